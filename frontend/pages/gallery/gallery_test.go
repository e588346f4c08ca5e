package gallery

import (
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"minyi/frontend"
)

// pages are the gallery's pages in both languages and two sizes.
func pages(t *testing.T) map[string]*goquery.Document {
	t.Helper()
	found := map[string]*goquery.Document{}
	for _, lang := range frontend.Languages {
		for _, size := range []string{"standard", "elder"} {
			p := NewShowPage(sampleFrame(lang, frontend.NewReading(size, "")))
			for name, text := range map[string]string{"show": html(t, Show(p)), "interruption": html(t, Interrupt(p)), "desk": html(t, Desk(p))} {
				doc, err := goquery.NewDocumentFromReader(strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				found[lang+" "+size+" "+name] = doc
			}
		}
	}
	return found
}

func TestEveryStoryIsSaidInTheReadersLanguage(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	for name, doc := range pages(t) {
		if text := doc.Text(); strings.Contains(text, "⟦") {
			t.Errorf("%s: a text is missing: %s", name, regexp.MustCompile("⟦[^⟧]*⟧").FindString(text))
		} else if m := regexp.MustCompile(`\{[a-z_]+\}`).FindString(doc.Find("body").Clone().Find("script").Remove().End().Text()); m != "" {
			t.Errorf("%s: the placeholder %s was not filled", name, m)
		}
		want := "zh-CN"
		if strings.HasPrefix(name, "en") {
			want = "en"
			rest := doc.Find("body").Clone()
			rest.Find("script, [lang=zh-CN], .receipt-seal").Remove()
			if m := han.FindString(rest.Text()); m != "" {
				t.Errorf("%s: Chinese text %q on an English page", name, m)
			}
		}
		if got, _ := doc.Find("html").Attr("lang"); got != want {
			t.Errorf("%s: lang is %q", name, got)
		}
	}
}

func TestEveryPartKeepsTheRulesOfAPage(t *testing.T) {
	for name, doc := range pages(t) {
		if n := doc.Find("h1").Length(); n != 1 {
			t.Errorf("%s: %d h1", name, n)
		}
		ids := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id, _ := s.Attr("id")
			if ids[id] && !strings.HasPrefix(id, "bad-f-code") { // the wrong code is shown once more by itself
				t.Errorf("%s: id %q stands twice", name, id)
			}
			ids[id] = true
		})
		for _, attr := range []string{"aria-describedby", "aria-labelledby", "for"} {
			doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
				value, _ := s.Attr(attr)
				for _, id := range strings.Fields(value) {
					if !ids[id] {
						t.Errorf("%s: %s=%q leads nowhere", name, attr, id)
					}
				}
			})
		}
		doc.Find(".error-summary a").Each(func(_ int, s *goquery.Selection) {
			if to, _ := s.Attr("href"); !ids[strings.TrimPrefix(to, "#")] {
				t.Errorf("%s: the error summary leads to %s, which is not there", name, to)
			}
		})
		doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
			id, _ := s.Attr("id")
			_, named := s.Attr("aria-label")
			if !named && s.Closest("label").Length() == 0 && doc.Find(`label[for="`+id+`"]`).Length() == 0 {
				out, _ := goquery.OuterHtml(s)
				t.Errorf("%s: a field without a label: %s", name, out)
			}
		})
		doc.Find("button, a[href]").Each(func(_ int, s *goquery.Selection) {
			if _, hidden := s.Attr("hidden"); !hidden && strings.TrimSpace(s.Text()) == "" {
				out, _ := goquery.OuterHtml(s)
				t.Errorf("%s: an action without a name: %s", name, out)
			}
		})
		last := 1
		doc.Find("main h1, main h2, main h3, main h4, main h5, main h6").Each(func(_ int, s *goquery.Selection) {
			level := int(goquery.NodeName(s)[1] - '0')
			if level > last+1 {
				t.Errorf("%s: heading %q jumps from %d to %d", name, strings.TrimSpace(s.Text()), last, level)
			}
			last = level
		})
		if doc.Find("[style], style").Length() > 0 {
			t.Errorf("%s: inline style, which the policy forbids", name)
		}
	}
}

func TestNothingIsChosenBeforehand(t *testing.T) {
	for name, doc := range pages(t) {
		if n := doc.Find(`input[id^="e-"]:checked, input[id^="e-"][checked]`).Length(); n > 0 {
			t.Errorf("%s: %d choices are made before anybody chose", name, n)
		}
	}
}

func TestWhatWasTypedComesBack(t *testing.T) {
	p := NewShowPage(sampleFrame("zh", frontend.Reading{}))
	p.Failed = true
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html(t, Show(p))))
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Find("#bad-f-body").Text(); got != p.T("gallery.long_text") {
		t.Errorf("text area holds %q", got)
	}
	if got, _ := doc.Find("#bad-f-phone").Attr("value"); got != "1380013" {
		t.Errorf("field holds %q", got)
	}
	if _, ok := doc.Find("#bad-f-stance-2").Attr("checked"); !ok {
		t.Error("the stance is lost")
	}
	if title := doc.Find("title").Text(); !strings.HasPrefix(title, "错误：") {
		t.Errorf("the title of a failed form is %q", title)
	}
}
