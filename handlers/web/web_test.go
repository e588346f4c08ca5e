package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/valyala/fasthttp/fasthttputil"

	"minyi/app/kit/actor"
	"minyi/frontend"
	"minyi/handlers/web"
	"minyi/models"
)

// people knows one session and one token.
type people struct{}

func (people) BySession(_ context.Context, secret string) (actor.Actor, error) {
	if secret == "good" {
		return actor.Actor{PersonID: "anna", CSRF: "tok"}, nil
	}
	return actor.Actor{}, models.Fail(models.SignIn, "error.sign_in")
}

func (people) ByToken(_ context.Context, token string) (actor.Actor, error) {
	if token == "t1" {
		return actor.Actor{PersonID: "anna"}, nil
	}
	return actor.Actor{}, models.Fail(models.SignIn, "error.sign_in")
}

// site starts a real server with the routes that mount adds.
func site(t *testing.T, mount func(*web.Router)) (*http.Client, *web.Router) {
	t.Helper()
	return siteWith(t, web.Uploads{}, mount)
}

// siteWith is site with bounds of its own for large bodies.
func siteWith(t *testing.T, uploads web.Uploads, mount func(*web.Router)) (*http.Client, *web.Router) {
	t.Helper()
	r := web.NewRouter(web.Options{
		Uploads: uploads, People: people{}, PublicURL: "http://minyi.test", Secret: []byte(strings.Repeat("k", 32)), Now: time.Now,
		Log: discard(), Site: func(string) frontend.Site { return frontend.Site{Name: "x"} },
	})
	mount(r)
	r.Finish()
	ln := fasthttputil.NewInmemoryListener()
	s := web.NewServer(r)
	go s.Serve(ln)
	t.Cleanup(func() { s.Shutdown(context.Background()) })
	client := &http.Client{
		Transport:     &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ln.Dial() }, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client, r
}

func do(t *testing.T, client *http.Client, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://minyi.test"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res, string(b)
}

func page(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

func TestStringsOfARequestOutliveIt(t *testing.T) {
	var kept []string
	var mu sync.Mutex
	client, _ := site(t, func(r *web.Router) {
		r.Page("GET", "/keep/:word", web.Public, func(c *web.Ctx) error {
			mu.Lock()
			defer mu.Unlock()
			kept = append(kept, c.Params("word"), c.Query("q"), c.Get("X-Word"))
			return c.SendString("ok")
		})
	})
	for i := range 30 {
		w := fmt.Sprintf("word%04d", i)
		do(t, client, "GET", "/keep/"+w+"?q="+w, "", "X-Word", w)
	}
	for i, got := range kept {
		if want := fmt.Sprintf("word%04d", i/3); got != want {
			t.Fatalf("string %d changed from %s to %s after its request", i, want, got)
		}
	}
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		r.Page("POST", "/write", web.Public, func(c *web.Ctx) error { return c.SendString("written") })
	})
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	session := append([]string{"Cookie", "minyi_session=good"}, form...)
	for _, c := range []struct {
		name   string
		body   string
		header []string
		want   int
	}{
		{"no cookie, no origin", "", form, 200},
		{"no cookie, own origin", "", append([]string{"Origin", "http://minyi.test"}, form...), 200},
		{"foreign origin", "", append([]string{"Origin", "http://evil.test"}, form...), 403},
		{"origin with our name as prefix", "", append([]string{"Origin", "http://minyi.test.evil.test"}, form...), 403},
		{"null origin", "", append([]string{"Origin", "null"}, form...), 403},
		{"cross-site by the browser's word", "", append([]string{"Sec-Fetch-Site", "cross-site"}, form...), 403},
		{"same-site is another host", "", append([]string{"Sec-Fetch-Site", "same-site"}, form...), 403},
		{"session without token", "", session, 403},
		{"session with a wrong token", "csrf=tik", session, 403},
		{"session with its token", "csrf=tok", session, 200},
		{"bearer needs none", "", append([]string{"Authorization", "Bearer t1"}, form...), 200},
		{"bearer wrong", "", append([]string{"Authorization", "Bearer t2"}, form...), 401},
	} {
		if res, _ := do(t, client, "POST", "/write", c.body, c.header...); res.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.name, res.StatusCode, c.want)
		}
	}
}

func TestReadyPagesAreFreshAndNobodyElses(t *testing.T) {
	var made atomic.Int64
	client, r := site(t, func(r *web.Router) {
		r.Page("GET", "/list", web.Public, func(c *web.Ctx) error {
			c.Depends(time.Time{}, "consultations")
			return c.Render(page(fmt.Sprintf("<p>%s %s %s %d", c.Lang(), c.Query("page"), c.Who.PersonID, made.Add(1))))
		})
	})
	first := func(path string, header ...string) string {
		_, body := do(t, client, "GET", path, "", header...)
		_, again := do(t, client, "GET", path, "", header...)
		if len(header) == 0 && body != again {
			t.Errorf("%s was made twice: %q and %q", path, body, again)
		}
		return body
	}
	seen := map[string]string{}
	for _, path := range []string{"/list", "/list?page=2", "/en/list", "/en/list?page=2"} {
		body := first(path)
		if other := seen[body]; other != "" {
			t.Errorf("%s shows the page of %s", path, other)
		}
		seen[body] = path
	}
	first("/list", "Cookie", "minyi_reading=standard.standard") // kept for everybody who reads with these settings
	for _, cookie := range []string{"minyi_session=good", "minyi_reading=standard.standard; minyi_session=good"} {
		if body := first("/list", "Cookie", cookie); !strings.Contains(body, "anna") {
			t.Errorf("a signed-in reader with %s got %q", cookie, body)
		}
	}
	if body := first("/list"); strings.Contains(body, "anna") {
		t.Errorf("a personal page was kept for others: %q", body)
	}
	before := first("/list")
	r.Cache().Bump("consultations")
	if after := first("/list"); after == before {
		t.Error("the page did not follow the change of what it shows")
	}
	res, _ := do(t, client, "GET", "/list", "", "Accept-Encoding", "br")
	res2, _ := do(t, client, "GET", "/list", "", "Accept-Encoding", "br", "If-None-Match", res.Header.Get("ETag"))
	if res2.StatusCode != 304 {
		t.Errorf("a page that the reader has was sent again: %d", res2.StatusCode)
	}
}

// Programs say by weights which language they want; the order means nothing.
func TestProgramsAreAnsweredInTheLanguageTheyWantMost(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {})
	for accept, want := range map[string]string{
		"": "没有", "fr": "没有", "*": "没有", "zh-Hant-TW": "没有", "en;q=0": "没有", "en;q=0, zh": "没有", "no language at all;;": "没有", "en;q=0.5,zh-CN;q=0.9": "没有",
		"en": "Not found", "EN-gb": "Not found", "fr, en;q=0.2": "Not found", "zh;q=0.1, en;q=0.9": "Not found", "de-DE,zh;q=0.2,en;q=0.3": "Not found",
	} {
		if _, body := do(t, client, "GET", "/api/v1/nothing", "", "Accept-Language", accept); !strings.Contains(body, want) {
			t.Errorf("%q was answered with %s", accept, body)
		}
	}
}

func TestErrorsSpeakTheReadersLanguageAndForm(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		r.API("POST", "/x", web.Public, func(c *web.Ctx) error {
			var in struct {
				A int `json:"a"`
			}
			return c.Read(&in)
		})
		r.Page("GET", "/desk", web.DeskOnly, func(c *web.Ctx) error { return nil })
	})
	for _, c := range []struct {
		body, kind, code string
		status           int
	}{
		{`{"a":"x"}`, "application/json", "error.wrong_type", 422},
		{`{"b":1}`, "application/json", "error.unknown_field", 422},
		{`[{"a":1}]`, "application/json", "error.object_wanted", 422},
		{`"a"`, "application/json", "error.object_wanted", 422},
		{"{\"a\":1,\"b\":\"\xff\xfe\"}", "application/json", "error.malformed", 400},
		{`{"a":1,"b":"x\ud83dy"}`, "application/json", "error.malformed", 400},
		{`{"a":1,"b":"\ude00\ud83d"}`, "application/json", "error.malformed", 400},
		{`{"a":1,"b":"\\\ud83d"}`, "application/json", "error.malformed", 400},
		{`{"a":1}{}`, "application/json", "error.malformed", 400},
		{`{`, "application/json", "error.malformed", 400},
		{``, "application/json", "error.malformed", 400},
		{`a=1`, "application/x-www-form-urlencoded", "error.json_wanted", 415},
		{`{"a":1}`, "text/plain", "error.json_wanted", 415},
		{`{"a":"` + strings.Repeat("x", 2<<20) + `"}`, "application/json", "error.too_large", 413},
		{`{"a":"` + strings.Repeat("x", 9<<20) + `"}`, "application/json", "error.too_large", 413},
	} {
		res, body := do(t, client, "POST", "/api/v1/x", c.body, "Content-Type", c.kind, "Accept-Language", "en")
		var p web.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || p.Code != c.code || res.StatusCode != c.status || p.Detail == "" {
			t.Errorf("%s: %d %s", c.body, res.StatusCode, body)
		}
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: content type %s", c.body, res.Header.Get("Content-Type"))
		}
	}
	if res, body := do(t, client, "GET", "/en/nowhere", ""); res.StatusCode != 404 || !strings.Contains(body, `lang="en"`) || !strings.Contains(body, "not here") {
		t.Errorf("an English reader got %d %.300s", res.StatusCode, body)
	}
	if res, _ := do(t, client, "GET", "/desk", ""); res.StatusCode != 303 || res.Header.Get("Location") != "/signin?back="+url.QueryEscape("/desk") {
		t.Errorf("who must sign in got %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res, _ := do(t, client, "GET", "/desk", "", "Cookie", "minyi_session=good"); res.StatusCode != 404 {
		t.Errorf("a resident at the desk got %d: what may not be seen is not there", res.StatusCode)
	}
}

// What an address does not take is told apart from what is not there, with what it
// takes instead (RFC 9110 §15.5.6).
func TestAWrongMethodIsToldWhatTheAddressTakes(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		ok := func(c *web.Ctx) error { return c.SendString("ok") }
		r.API("GET", "/things/:id", web.Public, ok)
		r.API("DELETE", "/things/:id", web.Public, ok)
		r.API("GET", "/things/late", web.Public, ok)
		r.API("POST", "/things/:id/acts", web.Public, ok)
		r.Page("GET", "/pages/:id", web.Public, ok)
		r.Page("POST", "/pages/:id/seen", web.Public, ok)
		r.Page("POST", "/pages/all/:verb", web.Public, ok)
		r.Page("GET", "/pages/all/seen", web.Public, ok)
	})
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"PUT", "/api/v1/things/7", 405, "GET, DELETE, HEAD"},
		{"POST", "/api/v1/things/7", 405, "GET, DELETE, HEAD"},
		{"PUT", "/api/v1/things/late", 405, "GET, HEAD"}, // a pattern beside it takes DELETE
		{"GET", "/api/v1/things/7/acts", 405, "POST"},
		{"OPTIONS", "/api/v1/things/7/acts", 405, "POST"},
		{"POST", "/pages/7", 405, "GET, HEAD"},
		{"POST", "/en/pages/7", 405, "GET, HEAD"},
		{"PUT", "/pages/all/seen", 405, "GET, HEAD"},
		{"PUT", "/en/pages/all/seen", 405, "GET, HEAD"},
		{"POST", "/api/v1/nothing", 404, ""},
		{"BREW", "/api/v1/things/7", 405, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
		{"DELETE", "/api/v1/things/7", 200, ""},
	} {
		res, body := do(t, client, c.method, c.path, "")
		if res.StatusCode != c.status || res.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q, want %d %q", c.method, c.path, res.StatusCode, res.Header.Get("Allow"), c.status, c.allow)
		}
		if api := strings.HasPrefix(c.path, "/api/"); c.status >= 400 && api != strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s %s: %s %.100s", c.method, c.path, res.Header.Get("Content-Type"), body)
		}
	}
}

func TestAnIdempotencyKeyHasALimit(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		r.API("POST", "/x", web.Public, func(c *web.Ctx) error { return c.SendString("written") })
	})
	for n, want := range map[int]int{200: 200, 201: 400, 5000: 400} {
		res, body := do(t, client, "POST", "/api/v1/x", "", "Idempotency-Key", strings.Repeat("k", n))
		if res.StatusCode != want || want == 400 && !strings.Contains(body, "error.idempotency_long") {
			t.Errorf("a key of %d: %d %s", n, res.StatusCode, body)
		}
	}
}

func TestAFormOpenedBeforeTheFirstWordsWereSentIsTaken(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		r.Page("POST", "/write", web.Public, func(c *web.Ctx) error { return c.SendString("written") })
	})
	visit := "minyi_visit=" + strings.Repeat("v", 40)
	for _, tc := range []struct {
		name   string
		header []string
		want   int
	}{
		{"the browser says that it is ours", []string{"Cookie", visit, "Sec-Fetch-Site", "same-origin"}, 200},
		{"an older browser says where it comes from", []string{"Cookie", visit, "Origin", "http://minyi.test"}, 200},
		{"nobody says anything", []string{"Cookie", visit}, 403},
		{"another site", []string{"Cookie", visit, "Sec-Fetch-Site", "cross-site"}, 403},
		{"typed into the address bar", []string{"Cookie", visit, "Sec-Fetch-Site", "none"}, 403},
		{"a wrong token", []string{"Cookie", visit, "Sec-Fetch-Site", "same-origin", "X-CSRF-Token", "x"}, 403},
		{"a session needs its token", []string{"Cookie", "minyi_session=good", "Sec-Fetch-Site", "same-origin"}, 403},
	} {
		if res, _ := do(t, client, "POST", "/write", "", tc.header...); res.StatusCode != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, res.StatusCode, tc.want)
		}
	}
}

func TestHeadAnswersAsGetWithoutTheBody(t *testing.T) {
	client, _ := site(t, func(r *web.Router) {
		r.Page("GET", "/plain", web.Public, func(c *web.Ctx) error { return c.SendString("five!") })
		r.Page("GET", "/kept", web.Public, func(c *web.Ctx) error {
			c.Depends(time.Time{})
			return c.Render(page("kept for all"))
		})
	})
	for _, path := range []string{"/plain", "/kept", "/kept", "/en/kept"} {
		get, body := do(t, client, "GET", path, "")
		head, none := do(t, client, "HEAD", path, "")
		if head.StatusCode != 200 || none != "" || body == "" || head.ContentLength != get.ContentLength || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("%s: GET %d with %d bytes, HEAD %d with %q, says %d", path, get.StatusCode, get.ContentLength, head.StatusCode, none, head.ContentLength)
		}
	}
	if head, _ := do(t, client, "HEAD", "/nothing", ""); head.StatusCode != 404 {
		t.Errorf("HEAD of nothing: %d", head.StatusCode)
	}
}
