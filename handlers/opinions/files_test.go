package opinions_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"minyi/models"
	"minyi/models/modelstest"

	"minyi/handlers/handlerstest"
)

// photo is a picture as phones make it: where it was taken stands in its EXIF data,
// and a film follows its end.
func photo(t *testing.T, width int) []byte {
	t.Helper()
	var plain bytes.Buffer
	picture := image.NewRGBA(image.Rect(0, 0, width, width))
	picture.Set(1, 1, color.White)
	if err := jpeg.Encode(&plain, picture, nil); err != nil {
		t.Fatal(err)
	}
	out := append([]byte{}, plain.Bytes()[:2]...)
	exif := "Exif\x00\x00GPS 31.2304 N 121.4737 E"
	out = append(out, 0xFF, 0xE1, 0, byte(len(exif)+2))
	out = append(out, exif...)
	out = append(out, plain.Bytes()[2:]...)
	return append(out, "ftypmp42 GPS 31.2304"...)
}

// bomb is a small PNG that says it has 40,000 × 40,000 pixels.
func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	data := out.Bytes()
	copy(data[16:], []byte{0, 0, 0x9C, 0x40, 0, 0, 0x9C, 0x40}) // the check sum is wrong now, as a forger would not mind
	return data
}

func kept(t *testing.T, s handlerstest.Site) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(s.Settings.DataDir, "attachments"), func(_ string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFilesGoWithTheOpinionToTheOfficeAndToNobodyElse(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, true)
		b := s.Browser()
		base := "/consultations/" + c.ID
		pdf := []byte("%PDF-1.7\nplan\n%%EOF")
		p := b.Upload(base+"/basket?clause=a1", url.Values{"body": {"摊位图见附件"}, "then": {"basket"}}, handlerstest.Attached{Name: "../门口 照片.jpg", Data: photo(t, 40)}, handlerstest.Attached{Name: "plan.pdf", Data: pdf})
		if got := p.Find(".check-answers .file-name").Text(); p.Status != 200 || got != "门口 照片.jpgplan.pdf" {
			t.Fatalf("the basket shows %q (%d):\n%s", got, p.Status, p.Find("main").Text())
		}
		// Refused one by one; the words and what could be taken stay.
		_, values := handlerstest.Fields(b.Open(base+"/clauses/a2"), "/basket", "body", "第二条意见")
		many := []handlerstest.Attached{{Name: "page.html", Data: []byte("<script>alert(1)</script>")}, {Name: "huge.png", Data: bomb(t)}, {Name: "big.pdf", Data: make([]byte, 10<<20+1)}, {Name: "empty.pdf", Data: nil}, {Name: "ok.pdf", Data: append(pdf, ' ')}}
		p = b.Upload(base+"/basket?clause=a2", values, many...)
		told := p.Find(".error-summary").Text()
		for _, f := range many[:4] {
			if !strings.Contains(told, f.Name) {
				t.Errorf("nothing is said about %s: %s", f.Name, told)
			}
		}
		if p.Status != 422 || strings.Contains(told, "ok.pdf") || p.Find("textarea[name=body]").Text() != "第二条意见" || p.Find(".files .file-name").Text() != "ok.pdf" {
			t.Fatalf("refused: %d\n%s", p.Status, p.Find("main").Text())
		}
		// Three at most; one can be taken away again without losing what is typed.
		to, values := handlerstest.Fields(p, "/basket/", "body", "改过的第二条")
		p = b.Upload(to, values, handlerstest.Attached{Name: "a.pdf", Data: append(pdf, 'a')}, handlerstest.Attached{Name: "b.pdf", Data: append(pdf, 'b')}, handlerstest.Attached{Name: "c.pdf", Data: append(pdf, 'c')})
		if p.Status != 422 || !strings.Contains(p.Find(".error-summary").Text(), "c.pdf") || p.Find(".files li").Length() != 3 {
			t.Errorf("a fourth file: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		to, values = handlerstest.Fields(p, "/basket/", "body", "又改了一次")
		values.Set("drop_file", p.Find("button[name=drop_file]").First().AttrOr("value", ""))
		if p = b.Upload(to, values); p.Find(".files li").Length() != 2 || p.Find("textarea[name=body]").Text() != "又改了一次" {
			t.Errorf("after taking one away: %d\n%s", p.Status, p.Find("main").Text())
		}
		// Somebody else's basket is not there, whatever they send.
		if other := s.Browser().Upload(to, url.Values{"body": {"x"}}, handlerstest.Attached{Name: "a.pdf", Data: pdf}); other.Status != 404 {
			t.Errorf("a stranger changed the basket: %d", other.Status)
		}
		receipt := b.Fill(b.Open(base+"/basket"), "/basket/send", "way", "none")
		link := receipt.Find("a.file-name").First().AttrOr("href", "")
		status, header, data := b.Raw(link)
		if status != 200 || bytes.Contains(data, []byte("GPS")) || bytes.Contains(data, []byte("Exif")) {
			t.Errorf("the photo still says where it was taken (%d, %d bytes)", status, len(data))
		}
		if _, _, err := image.Decode(bytes.NewReader(data)); err != nil {
			t.Error("the photo is broken: ", err)
		}
		for name, want := range map[string]string{"Content-Type": "image/jpeg", "Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"} {
			if header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, header.Get(name), want)
			}
		}
		if !strings.HasPrefix(header.Get("Content-Disposition"), "attachment;") {
			t.Error("it can be shown in this site's name: ", header.Get("Content-Disposition"))
		}
		whoReadsFiles(t, s, b, receipt, link, c)
	})
}

// whoReadsFiles tries strangers and officers, then erases.
func whoReadsFiles(t *testing.T, s handlerstest.Site, mine *handlerstest.Browser, receipt handlerstest.Page, link string, c models.Consultation) {
	t.Helper()
	file := link[strings.LastIndex(link, "/")+1:]
	for _, path := range []string{link, link + "?t=forged", "/attachments/" + file} {
		if status, _, _ := s.Browser().Raw(path); status != 404 {
			t.Errorf("a stranger gets %s: %d", path, status)
		}
	}
	if p := s.Browser().Open("/consultations/" + c.ID + "/clauses/a1"); strings.Contains(p.Body, "门口 照片") {
		t.Error("the file's name is public")
	}
	a, err := s.DB.AttachmentByID(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	unit := s.Unit(true)
	desk := "/desk/opinions/" + a.OwnerID
	officer := s.Browser()
	officer.Auth = s.Token(modelstest.Person(t, s.DB, "officer", unit, models.Officer))
	p := officer.Open(desk)
	at, _ := p.Find("a.file-name").First().Attr("href")
	if at == "" || officer.Open(at).Status != 200 {
		t.Errorf("the officer cannot read the file at %q:\n%s", at, p.Find("main").Text())
	}
	if p := officer.Open("/desk/opinions/" + models.NewID(s.DB.Now()) + "/files/" + file); p.Status != 404 {
		t.Errorf("a file under a foreign opinion: %d", p.Status)
	}
	stranger := s.Browser()
	stranger.Auth = s.Token(modelstest.Person(t, s.DB, "elsewhere", models.Unit{}))
	if p := stranger.Open(at); p.Status != 404 {
		t.Errorf("a resident reads it at the desk: %d", p.Status)
	}
	before := kept(t, s)
	erase, _ := receipt.Find(`a[href$="/erase"]`).First().Attr("href")
	mine.Fill(mine.Open(erase), "/erase")
	if status, _, _ := mine.Raw(link); status != 404 {
		t.Errorf("the file of an erased opinion: %d", status)
	}
	if now := kept(t, s); now != before-2 {
		t.Errorf("%d files lie on the disk after erasing two of %d", now, before)
	}
}

func TestWhoHasOnlyTheContactDetailFetchesFilesForAnHour(t *testing.T) {
	s := handlerstest.Start(t, "")
	c := s.Consultation(nil, false)
	b := s.Browser()
	base := "/consultations/" + c.ID
	b.Upload(base+"/basket?clause=a1", url.Values{"body": {"见附件"}}, handlerstest.Attached{Name: "plan.pdf", Data: []byte("%PDF-1.7\n%%EOF")})
	asked := b.Fill(b.Open(base+"/basket"), "/basket/send", "contact", "lin@minyi.example")
	receipt := b.Fill(asked, "/basket/send", "code", s.Code("lin@minyi.example"))
	other := s.Browser()
	shown := other.Fill(other.Open(receipt.Path), receipt.Path, "detail", "lin@minyi.example")
	link := shown.Find("a.file-name").AttrOr("href", "")
	if status, _, _ := other.Raw(link); status != 200 {
		t.Errorf("with the detail: %d at %s\n%s", status, link, goquery.NewDocumentFromNode(shown.Find("main").Get(0)).Text())
	}
	plain, _, _ := strings.Cut(link, "?")
	if status, _, _ := other.Raw(plain); status != 404 {
		t.Errorf("without the ticket: %d", status)
	}
}
