package gallery

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// sampleFrame is a frame with everything that an operator can set.
func sampleFrame(lang string, reading frontend.Reading) frontend.Frame {
	words := frontend.WordsIn(lang)
	return frontend.Frame{
		Words: words, Reading: reading, Path: Path, CSRF: "token", Nav: "consultations", Now: time.Date(2027, 1, 3, 6, 30, 0, 0, time.UTC),
		Site: frontend.Site{
			Name: words.T("frame.nav_consultations"), Host: words.T("gallery.unit"), Contact: "minyi@example.cn", Phone: "0570-0000000", Hotline: "12345",
			SiteID: "3308000000", ICP: "ICP 00000000-1", ReportURL: "https://example.cn/", Domain: "minyi.example", BaseURL: "https://minyi.example",
			Areas: []string{"consultations", "hearings", "feedback", "performance", "me"}, Pages: []string{"help", "accessibility", "privacy"}, Search: true,
		},
		DeskNav: []frontend.NavItem{
			{Text: words.T("gallery.desk_queue"), URL: "/desk", Icon: "box", Count: 12, Current: true},
			{Text: words.T("gallery.desk_consultations"), URL: "/desk/consultations", Icon: "draft"},
			{Text: words.T("gallery.desk_import"), URL: "/desk/import", Icon: "upload"},
		},
	}
}

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPreview serves the gallery for looking at it while parts are being drawn:
//
//	MINYI_GALLERY_ADDR=127.0.0.1:31234 go test ./frontend/pages/gallery -run Preview -timeout 0
//
// ?size= and ?contrast= choose the reading, /en/ the language.
func TestPreview(t *testing.T) {
	addr := os.Getenv("MINYI_GALLERY_ADDR")
	if addr == "" {
		t.Skip("MINYI_GALLERY_ADDR is not set: nothing to look at")
	}
	frontend.UseDisk("../..")
	http.HandleFunc(frontend.AssetPrefix, func(w http.ResponseWriter, r *http.Request) {
		body, kind, encoding, ok := frontend.AssetFile(r.URL.Path, r.Header.Get("Accept-Encoding"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		if encoding != "" {
			w.Header().Set("Content-Encoding", encoding)
		}
		w.Write(body)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		lang, path := "zh", r.URL.Path
		if rest, ok := strings.CutPrefix(path, "/en"); ok {
			lang, path = "en", rest
		}
		q := r.URL.Query()
		p := NewShowPage(sampleFrame(lang, frontend.NewReading(q.Get("size"), q.Get("contrast"))))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'")
		switch path {
		case Path + "/interruption":
			Interrupt(p).Render(r.Context(), w)
		case Path + "/desk":
			Desk(p).Render(r.Context(), w)
		case Path + "/matters", Path + "/lists", Path + "/small":
			piece := map[string]func(ShowPage) templ.Component{"matters": matters, "lists": lists, "small": small}[strings.TrimPrefix(path, Path+"/")](p)
			parts.Page(p.Frame).Render(templ.WithChildren(r.Context(), piece), w)
		default:
			Show(p).Render(r.Context(), w)
		}
	})
	t.Log(http.ListenAndServe(addr, nil))
}
