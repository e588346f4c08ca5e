package web_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"minyi/handlers/web"
)

// A fault in one page is that reader's answer. Without this the server ends the whole
// program, with everybody in it.
func TestAFaultInOnePageEndsNothingElse(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		broken := func(c *web.Ctx) error {
			var nothing []string
			return errors.New(nothing[len(c.Query("x"))])
		}
		r.Page("GET", "/broken", web.Public, broken)
		r.API("GET", "/broken", web.Public, broken)
		r.Page("GET", "/fine", web.Public, func(c *web.Ctx) error { return c.SendString("fine") })
	})
	for path, kind := range map[string]string{"/broken": "text/html", "/en/broken": "text/html", "/api/v1/broken": "application/problem+json"} {
		res, body := do(t, client, "GET", path, "")
		if res.StatusCode != 500 || !strings.HasPrefix(res.Header.Get("Content-Type"), kind) {
			t.Errorf("%s answered %d as %s", path, res.StatusCode, res.Header.Get("Content-Type"))
		}
		for _, inner := range []string{"index out of range", "goroutine", ".go:"} {
			if strings.Contains(body, inner) {
				t.Errorf("%s shows %q to its reader", path, inner)
			}
		}
		if res, _ := do(t, client, "GET", "/fine", ""); res.StatusCode != 200 {
			t.Errorf("after %s another page answered %d", path, res.StatusCode)
		}
	}
}

// What cannot be read as a request is refused with the same headers as a page, in
// words, and the connection ends: nothing after it is taken for a request.
func TestWhatIsNoRequestIsRefusedInWords(t *testing.T) {
	_, r := site(t, func(r *web.Router) {
		r.Page("GET", "/fine", web.Public, func(c *web.Ctx) error { return c.SendString("fine") })
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := web.NewServer(r)
	go s.Serve(ln)
	t.Cleanup(func() { s.Shutdown(t.Context()) })
	for name, c := range map[string]struct {
		raw  string
		want int
	}{
		"no request":           {"hello\r\n\r\n", 400},
		"a long header":        {"GET /fine HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("y", 64<<10) + "\r\n\r\n", 431},
		"a space before colon": {"GET /fine HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello", 400},
		"two lengths":          {"POST /fine HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
		"a large form":         {"POST /fine HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 900000000\r\n\r\n", 413},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go io.WriteString(conn, c.raw)
			in := bufio.NewReader(conn)
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != c.want || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain; charset=utf-8") || len(body) == 0 {
				t.Errorf("answered %d as %s: %s", res.StatusCode, res.Header.Get("Content-Type"), body)
			}
			if res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("without the headers of a page: ", res.Header)
			}
			if c.want == 431 && !strings.Contains(string(body), "太长") {
				t.Errorf("says %q", body)
			}
			if !res.Close {
				t.Error("the connection stays open")
			}
		})
	}
}
