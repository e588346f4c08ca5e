package about_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"minyi/handlers/handlerstest"
	"minyi/models/modelstest"
)

func read(t *testing.T, address string) (int, string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

var footerLink = regexp.MustCompile(`(?s)<ul class="footer-links">(.*?)</ul>`)

func TestThePagesOfTheFooterAreThereInBothLanguages(t *testing.T) {
	site := handlerstest.Start(t, "").URL
	says := map[string]map[string]string{
		"":    {"/help": "放进意见篮还不算提交", "/privacy": "后台实名，前台自愿", "/accessibility": "12345", "/sitemap": "正在征集意见"},
		"/en": {"/help": "The basket is not yet a submission", "/privacy": "Anonymous means hidden from the public", "/accessibility": "12345", "/sitemap": "Open consultations"},
	}
	for lang, pages := range says {
		_, home := read(t, site+lang+"/")
		footer := footerLink.FindString(home)
		for path, sentence := range pages {
			if !strings.Contains(footer, `href="`+lang+path+`"`) {
				t.Errorf("the footer does not lead to %s%s", lang, path)
			}
			status, body := read(t, site+lang+path)
			if status != http.StatusOK || !strings.Contains(body, sentence) {
				t.Errorf("%s%s answers %d and does not say %q", lang, path, status, sentence)
			}
			if strings.Contains(body, "⟦") || strings.Contains(body, "{phone}") {
				t.Errorf("%s%s shows a key in place of words", lang, path)
			}
			if strings.Count(body, "<h1") != 1 {
				t.Errorf("%s%s has not one main heading", lang, path)
			}
		}
	}
}

func TestTheSiteMapLeadsOnlyToWhatIsThereAndListsWhatIsOpen(t *testing.T) {
	a := handlerstest.Start(t, "")
	site := a.URL
	_, unit := modelstest.City(t, a.DB)
	c := modelstest.Consultation(t, a.DB, unit, 2, nil)
	_, body := read(t, site+"/sitemap")
	main := body[strings.Index(body, "<main"):strings.Index(body, "</main>")]
	if !strings.Contains(main, "/consultations/"+c.ID+`"`) {
		t.Error("the open consultation is not on the map")
	}
	links := regexp.MustCompile(`href="(/[^"]*)"`).FindAllStringSubmatch(main, -1)
	for _, link := range links {
		if status, _ := read(t, site+link[1]); status != http.StatusOK {
			t.Errorf("the map leads to %s, which answers %d", link[1], status)
		}
	}
	for _, area := range []string{"/", "/consultations", "/hearings", "/live", "/search", "/units", "/r", "/me", "/help", "/privacy", "/accessibility", "/developers"} {
		if !strings.Contains(main, `href="`+area+`"`) {
			t.Errorf("the map does not lead to %s", area)
		}
	}
}

func TestCrawlersStayAwayFromReceipts(t *testing.T) {
	site := handlerstest.Start(t, "").URL
	status, body := read(t, site+"/robots.txt")
	for _, path := range []string{"/r/", "/en/r/", "/me", "/desk", "/api/"} {
		if status != http.StatusOK || !strings.Contains(body, "Disallow: "+path+"\n") {
			t.Errorf("crawlers may read %s", path)
		}
	}
	if strings.Contains(body, "Disallow: /\n") || strings.Contains(body, "Disallow: /consultations\n") {
		t.Error("crawlers may not read what is public")
	}
}
