package web_test

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"

	"minyi/handlers/web"
	"minyi/models"
)

// What cannot be text is refused before any feature sees it: PostgreSQL would answer
// it with a fault, and a page that shows it again would be none.
func TestWhatIsNoTextIsRefused(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		r.Page("GET", "/see/:x", web.Public, func(c *web.Ctx) error { return c.SendString(c.Params("x") + c.Query("q")) })
		r.Page("POST", "/write", web.Public, func(c *web.Ctx) error { return c.SendString(c.FormValue("body")) })
	})
	parts := func(body, file string) (string, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		w.WriteField("body", body)
		f, _ := w.CreateFormFile("file", file)
		f.Write([]byte("\x00\xff may be anything"))
		w.Close()
		return w.FormDataContentType(), b.String()
	}
	goodKind, good := parts("路灯\n太暗", "照片.png")
	badKind, bad := parts("a\x00b", "x.png")
	nameKind, name := parts("a", "\xff.png")
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		method, path, kind, body string
		want                     int
	}{
		{"GET", "/see/%E8%B7%AF?q=%E7%81%AF", "", "", 200},
		{"GET", "/see/%FF", "", "", 400},
		{"GET", "/see/a%00b", "", "", 400},
		{"GET", "/see/a?other=%ED%A0%80", "", "", 400},
		{"GET", "/see/a?other=%00", "", "", 400},
		{"GET", "/see/a?q=%ED%A0%80", "", "", 200}, // what is searched for is whatever somebody pasted
		{"GET", "/see/a?q=b%00c", "", "", 200},
		{"GET", "/see/a?%FF=1", "", "", 400},
		{"POST", "/write", form, "body=%E8%B7%AF%0A%E7%81%AF", 200},
		{"POST", "/write", form, "body=a%00b", 400},
		{"POST", "/write", form, "other=%FF", 400},
		{"POST", "/write", goodKind, good, 200},
		{"POST", "/write", badKind, bad, 400},
		{"POST", "/write", nameKind, name, 400},
		{"POST", "/write", "multipart/form-data; boundary=none", "nothing", 400},
	} {
		res, body := do(t, client, c.method, c.path, c.body, "Content-Type", c.kind)
		if res.StatusCode != c.want {
			t.Errorf("%s %s %q: %d, want %d", c.method, c.path, c.body, res.StatusCode, c.want)
		}
		if strings.ToValidUTF8(body, "") != body || strings.Contains(body, "\x00") {
			t.Errorf("%s %s %q: the page is no text", c.method, c.path, c.body)
		}
	}
}

// Who says that they cannot read an encoding does not get it.
func TestAnswersAreSqueezedOnlyAsTheReaderCanTakeThem(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		r.Page("GET", "/long", web.Public, func(c *web.Ctx) error { return c.Render(page(strings.Repeat("long ", 1000))) })
	})
	for accept, want := range map[string]string{
		"": "", "br": "br", "gzip, deflate, br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "br;q=0.0,gzip;q=0": "", "br; q=0.5": "br", "identity": "", "xbr": "",
	} {
		res, _ := do(t, client, "GET", "/long", "", "Accept-Encoding", accept)
		if have := res.Header.Get("Content-Encoding"); have != want {
			t.Errorf("Accept-Encoding %q was answered as %q, want %q", accept, have, want)
		}
	}
}

// A form speaks before the address that it is sent to, and what was typed into it
// comes back with the page that refuses it, except passwords.
func TestWhatWasTypedIsHeardAndComesBack(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		r.Page("POST", "/write", web.Public, func(c *web.Ctx) error {
			return models.FailField("name", "error.wrong_type", "field", c.FormValue("name")+"/"+c.FormValue("only"))
		})
		r.Page("GET", "/go/:x", web.Public, func(c *web.Ctx) error { return c.See("/to/" + c.Params("x") + "?a=%E8%B7%AF") })
	})
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	res, body := do(t, client, "POST", "/write?name=link&only=address", "name=form&title=%E8%B7%AF%E7%81%AF&password=a+secret&old=old+secret&note=x&id=7&csrf=abc", form...)
	if res.StatusCode != 422 || !strings.Contains(body, "form/address") || strings.Contains(body, "link/") {
		t.Errorf("the address spoke before the form: %d %.600s", res.StatusCode, body)
	}
	for _, text := range []string{">路灯</textarea>", ">x</textarea>"} {
		if !strings.Contains(body, text) {
			t.Errorf("the page does not give back %s", text)
		}
	}
	if strings.Contains(body, "secret") || strings.Contains(body, ">7</textarea>") {
		t.Error("the page shows what nobody wrote, or a password")
	}
	for path, want := range map[string]string{"/go/%25": "/to/%25?a=%E8%B7%AF", "/go/%E8%B7%AF": "/to/%E8%B7%AF?a=%E8%B7%AF", "/en/go/a%0d%0aX:%201": "/en/to/a%0D%0AX:%201?a=%E8%B7%AF"} {
		if res, _ := do(t, client, "GET", path, ""); res.Header.Get("Location") != want {
			t.Errorf("%s leads to %q, want %q", path, res.Header.Get("Location"), want)
		}
	}
}
