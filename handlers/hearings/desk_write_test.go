package hearings_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// TestADraftIsReturnedWithANoteMendedAndPublished: the second officer does not only say
// yes; a refusal without words keeps what was typed, and the first one reads why.
func TestADraftIsReturnedWithANoteMendedAndPublished(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		if p := d.one.Fill(d.one.Open(d.path()), "/propose"); p.Status != 200 {
			t.Fatal(p.Status)
		}
		// What is to be published can be read first, by the officers alone.
		for prefix, title := range map[string]string{"": "路灯听证会", "/en": "Street lights"} {
			if p := d.two.Open(prefix + d.path() + "/preview"); p.Status != 200 || !strings.Contains(p.Find("h1").Text(), title) || p.Find(".hearing-categories").Length() != 1 || p.Find(".notice a[href='"+prefix+d.path()+"']").Length() != 1 || p.Header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("the preview: %d %s", p.Status, p.Find("main").Text())
			}
		}
		if p := s.As(modelstest.Person(t, s.DB, "stranger", models.Unit{})).Open(d.path() + "/preview"); p.Status != 403 && p.Status != 404 {
			t.Errorf("a stranger reads the draft: %d", p.Status)
		}
		if p := d.two.Fill(d.two.Open(d.path()), "/take-back", "note", " \u200b "); p.Status != 422 || faultsOf(p) != "note" || p.Find("details[open] textarea[name=note]").Length() != 1 {
			t.Errorf("returned without a word: %d %q", p.Status, faultsOf(p))
		}
		long := strings.Repeat("改", 1001)
		if p := d.two.Fill(d.two.Open("/en"+d.path()), "/take-back", "note", long); p.Status != 422 || p.Find("textarea[name=note]").Text() != long || !strings.Contains(p.Find("#f-note-error").Text(), "At most") {
			t.Errorf("returned with too many words: %d %q", p.Status, p.Find("#f-note-error").Text())
		}
		if p := d.one.Open(d.path() + "/edit"); p.Status != 200 || d.one.Fill(p, d.id+"/edit", "title_zh", "改了").Status != 409 {
			t.Error("a draft that is proposed is changed")
		}
		note := "<b>名额</b>少了，旁听至少五个。"
		if p := d.two.Fill(d.two.Open(d.path()), "/take-back", "note", note); p.Status != 200 {
			t.Fatalf("returned: %d %s", p.Status, faultsOf(p))
		}
		p := d.one.Open(d.path())
		if said := p.Find(".notice .kept-lines").Text(); said != note || !strings.Contains(p.Find(".notice").Text(), "second") {
			t.Errorf("the first officer reads %q", p.Find(".notice").Text())
		}
		if p := d.one.Fill(d.one.Open(d.path()+"/edit?part=who"), d.id+"/edit", "cat_seats_1", "5"); p.Status != 200 {
			t.Fatalf("mended: %d %s", p.Status, faultsOf(p))
		}
		stale := d.two.Open(d.path())
		d.one.Fill(d.one.Open(d.path()), "/propose")
		if p := d.two.Open(d.path()); p.Find(".notice .kept-lines").Length() != 0 {
			t.Error("the note still stands on what was proposed again")
		}
		if stale.Find("form[action$='/publish']").Length() != 0 {
			t.Error("a draft that was returned can be published")
		}
		if p := d.two.Fill(d.two.Open(d.path()), "/publish"); p.Status != 200 || p.Find(".error-summary").Length() != 0 {
			t.Fatalf("published: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		if p := s.Browser().Open("/hearings/" + d.id); p.Status != 200 || strings.Contains(p.Body, "名额</b>") || !strings.Contains(p.Find(".hearing-categories").Text(), "5 个名额") {
			t.Errorf("public: %d %s", p.Status, p.Find(".hearing-categories").Text())
		}
	})
}

// ended makes a hearing that is over, with a record that was begun.
func ended(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) desks {
	t.Helper()
	d := filled(t, s)
	d.published(t)
	clock.Set(d.DB.Now().Add(60*day + time.Hour))
	if p := d.one.Fill(d.one.Open(d.path()+"/record"), "/record/begin"); p.Status != 200 {
		t.Fatalf("begun: %d %s", p.Status, p.Find("main").Text())
	}
	clock.Add(3 * time.Hour)
	return d
}

// TestTwoPeopleWhoWriteTheRecordOrTheReportSeeEachOthersWords: who saves second loses
// nothing and overwrites nothing without seeing it.
func TestTwoPeopleWhoWriteTheRecordOrTheReportSeeEachOthersWords(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := ended(t, s, clock)
		both := func(p handlerstest.Page) string {
			return strings.Join(p.Find(".conflict td").Map(func(_ int, c *goquery.Selection) string { return c.Text() }), "|")
		}
		for _, c := range []struct {
			part, field, row, decision string
			fields                     []string
		}{
			{"/record", "summary_zh", "e_zh_0", "", nil},
			{"/report", "summary_zh", "v_zh_0", "v_decision_0", []string{"v_decision_0", "adopted"}},
		} {
			form := func(b *handlerstest.Browser) handlerstest.Page {
				p := b.Open(d.path() + c.part)
				p.Find("form[action$='/begin'], form[action$='/propose']").Remove()
				return p
			}
			send := func(b *handlerstest.Browser, p handlerstest.Page, changes ...string) handlerstest.Page {
				_, values := handlerstest.Fields(p, c.part, append(changes, c.fields...)...)
				return b.Post(d.path()+c.part, values)
			}
			stale := form(d.two)
			if p := send(d.one, form(d.one), c.field, "甲写的摘要。", c.row, "甲的一段。"); p.Status != 200 || p.Find(".error-summary").Length() != 0 {
				t.Fatalf("%s, the first: %d %s", c.part, p.Status, p.Find("main").Text())
			}
			p := send(d.two, stale, c.field, "<i>乙</i>写的摘要。", c.row, "乙的一段。")
			said := both(p)
			if p.Status != 409 || !strings.Contains(said, "甲写的摘要。|<i>乙</i>写的摘要。") || !strings.Contains(said, "甲的一段。") || !strings.Contains(said, "乙的一段。") {
				t.Fatalf("%s, the second: %d, beside each other %q", c.part, p.Status, said)
			}
			if p.Find("textarea[name="+c.field+"]").Text() != "<i>乙</i>写的摘要。" || p.Find("textarea[name="+c.row+"]").Text() != "乙的一段。" {
				t.Errorf("%s: what was typed is not in the form", c.part)
			}
			p.Find("form[action$='/begin'], form[action$='/propose'], form[action$='/open']").Remove()
			if p = send(d.two, p); p.Status != 200 || p.Find(".conflict").Length() != 0 {
				t.Fatalf("%s, saved again: %d", c.part, p.Status)
			}
			if now := form(d.one); now.Find("textarea[name="+c.field+"]").Text() != "<i>乙</i>写的摘要。" {
				t.Errorf("%s: kept %q", c.part, now.Find("textarea[name="+c.field+"]").Text())
			}
		}
		// A row of the report says what is wrong with it in its own place, and loses nothing.
		p := d.one.Open(d.path() + "/report")
		p.Find("form[action$='/propose']").Remove()
		_, values := handlerstest.Fields(p, "/report", "v_zh_1", "太贵。", "v_decision_1", "not_adopted", "v_by_2", "三人", "v_why_zh_2", "没有写意见的理由", "v_decision_2", "adopted")
		if p = d.one.Post(d.path()+"/report", values); p.Status != 422 || faultsOf(p) != "item_1 item_2" || p.Find("[name=v_why_zh_2]").Text() != "没有写意见的理由" {
			t.Errorf("rows with faults: %d %q", p.Status, faultsOf(p))
		}
	})
}

// TestMaterialsAreToldApartByWhatIsInThem: wrong ones are refused by name in the reader's
// language, one that is sent twice is kept once.
func TestMaterialsAreToldApartByWhatIsInThem(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		pdf := []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
		send := func(path, name string, data []byte) handlerstest.Page {
			to, values := handlerstest.Fields(d.one.Open(path), "/files")
			return d.one.UploadAs(to, "file", values, handlerstest.Attached{Name: name, Data: data})
		}
		for name, data := range map[string][]byte{
			"program.pdf": []byte("MZ\x90\x00this is no document"), "page.pdf": []byte("<!doctype html><script>alert(1)</script>"), "empty.pdf": {}, "macro.docm": macro(t, "word/vbaProject.bin"), "macro.docx": macro(t, "word/vbaProject.bin"),
			"huge.pdf": append(bytes.Clone(pdf), make([]byte, 20<<20)...),
		} {
			for _, lang := range []string{"", "/en"} {
				p := send(lang+d.path(), name, data)
				if p.Status != 422 && p.Status != 413 || p.Status == 422 && faultsOf(p) != "file" {
					t.Errorf("%s%s: %d %q %s", lang, name, p.Status, faultsOf(p), p.Find(".error-summary").Text())
				}
			}
		}
		to, values := handlerstest.Fields(d.one.Open(d.path()), "/files")
		for range 2 {
			if p := d.one.UploadAs(to, "file", values, handlerstest.Attached{Name: "../../草案.pdf", Data: pdf}); p.Status != 200 {
				t.Fatalf("a PDF: %d %s", p.Status, faultsOf(p))
			}
		}
		if p := d.one.UploadAs(to, "file", values, handlerstest.Attached{Name: "a.pdf", Data: pdf}, handlerstest.Attached{Name: "b.pdf", Data: pdf}); p.Status != 422 {
			t.Errorf("two at once: %d", p.Status)
		}
		files := d.one.Open(d.path()).Find("a[href*='/files/']")
		if files.Length() != 1 || files.Text() != "草案.pdf" {
			t.Errorf("kept %d files: %q", files.Length(), files.Text())
		}
		if status, _, _ := s.Browser().Raw(files.AttrOr("href", "")); status != 404 {
			t.Errorf("the material of a draft is public: %d", status)
		}
		d.published(t)
		if status, head, body := s.Browser().Raw(files.AttrOr("href", "")); status != 200 || !bytes.Equal(body, pdf) || !strings.HasPrefix(head.Get("Content-Disposition"), "attachment") {
			t.Errorf("the material of a public hearing: %d %q", status, head.Get("Content-Disposition"))
		}
		if p := d.one.Fill(d.one.Open(d.path()+"/registrations"), "/hand-over", "number", "1"); p.Status != 422 || faultsOf(p) != "number" {
			t.Errorf("handed to a number of nobody: %d", p.Status)
		}
		d.one.Fill(d.one.Open(d.path()+"/entry"), "/entry", "category", "g2", "name", "何爷爷", "consent", "1")
		if p := d.one.Fill(d.one.Open(d.path()+"/registrations"), "/hand-over", "number", "000001"); p.Status != 200 || !strings.Contains(p.Find("table.data").Text(), "已签收") {
			t.Errorf("handed over: %d %s", p.Status, p.Find("table.data").Text())
		}
	})
}

// macro is a Word file with a program in it.
func macro(t *testing.T, program string) []byte {
	t.Helper()
	return zipOf(t, map[string]string{"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`,
		"word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>`, program: "\xd0\xcf\x11\xe0"})
}

func zipOf(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, s := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, s)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
