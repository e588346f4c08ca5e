// Package handlerstest runs the whole program for tests of handlers, and a browser
// without scripts against it: real sockets, real databases, forms sent as a browser
// would send them.
package handlerstest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/app"
	"minyi/app/kit/actor"
	"minyi/app/settings"
	"minyi/models"
	"minyi/models/modelstest"
)

// Site is the whole program, running.
type Site struct {
	*app.App
	t testing.TB
	// URL is its address without a slash at the end.
	URL string
}

// Each runs f with the whole program on SQLite and on PostgreSQL.
func Each(t *testing.T, f func(t *testing.T, s Site)) {
	t.Run("sqlite", func(t *testing.T) { f(t, Start(t, "")) })
	t.Run("postgres", func(t *testing.T) { f(t, Start(t, modelstest.PostgresURL(t))) })
}

// EachAt is [Each] with a clock that the test moves.
func EachAt(t *testing.T, f func(t *testing.T, s Site, clock *modelstest.Clock)) {
	both := func(database func(*testing.T) string) func(*testing.T) {
		return func(t *testing.T) {
			clock := modelstest.NewClock(modelstest.Start)
			f(t, start(t, database(t), clock.Now), clock)
		}
	}
	t.Run("sqlite", both(func(*testing.T) string { return "" }))
	t.Run("postgres", both(func(t *testing.T) string { return modelstest.PostgresURL(t) }))
}

// Start runs the program on an empty database; "" is SQLite.
func Start(t *testing.T, database string) Site {
	t.Helper()
	return start(t, database, nil)
}

func start(t *testing.T, database string, now func() time.Time) Site {
	t.Helper()
	t.Setenv("MINYI_ADDR", "127.0.0.1:0")
	t.Setenv("MINYI_DATA_DIR", t.TempDir())
	t.Setenv("MINYI_DATABASE_URL", database)
	t.Setenv("MINYI_MAILBOX", "on")
	set, err := settings.Read()
	if err != nil {
		t.Fatal(err)
	}
	running, cancel := context.WithCancel(context.Background())
	a, err := app.NewAt(running, set, slog.New(slog.DiscardHandler), now)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Run(running, func(url string) { urls <- url }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("stop: ", err)
		}
	})
	select {
	case url := <-urls:
		return Site{a, t, url}
	case err := <-ended:
		t.Fatal(err)
	}
	panic("unreachable")
}

// Token gives a person an API token.
func (s Site) Token(p models.Person) string {
	s.t.Helper()
	secret, _, err := s.Accounts().NewToken(context.Background(), actor.System, p.ID, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// Unit is the one department of the site; it is made when there is none yet, with
// or without opinions for nothing but a receipt.
func (s Site) Unit(receiptOnly bool) models.Unit {
	s.t.Helper()
	if unit, err := s.DB.UnitBySlug(context.Background(), "markets"); err == nil {
		return unit
	}
	_, unit := modelstest.City(s.t, s.DB)
	if receiptOnly {
		err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test.unit", Silent: true}, func(tx *models.Tx) error {
			unit.ReceiptOnly = true
			return tx.Save(&unit)
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return unit
}

// Consultation makes one with three articles in the department.
func (s Site) Consultation(change func(*models.Consultation), receiptOnly bool) models.Consultation {
	s.t.Helper()
	return modelstest.Consultation(s.t, s.DB, s.Unit(receiptOnly), 3, change)
}

var digits = regexp.MustCompile(`\b\d{6}\b`)

// letters waits until the mailbox page shows what find is looking for.
func (s Site) letters(what string, find func(text string) string) string {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if found := find(s.Browser().Open("/mailbox").Find("main").Text()); found != "" {
			return found
		}
	}
	s.t.Fatalf("no letter with %s", what)
	return ""
}

// Letters waits until letters were sent that say each of the words.
func (s Site) Letters(words ...string) {
	s.t.Helper()
	for _, w := range words {
		s.letters(w, func(text string) string {
			if strings.Contains(text, w) {
				return w
			}
			return ""
		})
	}
}

// Code waits for a letter to somebody and gives the newest code.
func (s Site) Code(to string) string {
	s.t.Helper()
	return s.letters("a code to "+to, func(text string) string {
		if strings.Contains(text, to) {
			return digits.FindString(text)
		}
		return ""
	})
}

// LinkTo waits for a letter to somebody and gives the first path in it that begins
// so.
func (s Site) LinkTo(to, begins string) string {
	s.t.Helper()
	return s.letters(begins+" to "+to, func(text string) string {
		_, after, _ := strings.Cut(text, to)
		if i := strings.Index(after, begins); i >= 0 {
			return strings.Fields(after[i:])[0]
		}
		return ""
	})
}

// Browser is one without scripts. With Auth it is a program with that token.
type Browser struct {
	Site
	client *http.Client
	Auth   string
}

// Browser gives a fresh one without cookies.
func (s Site) Browser() *Browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Browser{s, &http.Client{Jar: jar}, ""}
}

// As gives a browser that acts for a person.
func (s Site) As(p models.Person) *Browser {
	b := s.Browser()
	b.Auth = s.Token(p)
	return b
}

// Page is what came back, after redirects.
type Page struct {
	*goquery.Document
	Status int
	Path   string
	Body   string
	Header http.Header
}

// Send sends a request and reads the answer.
func (b *Browser) Send(req *http.Request) Page {
	b.t.Helper()
	if b.Auth != "" {
		req.Header.Set("Authorization", "Bearer "+b.Auth)
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	return Page{doc, res.StatusCode, res.Request.URL.Path, string(raw), res.Header}
}

// Open reads a page.
func (b *Browser) Open(path string) Page {
	b.t.Helper()
	req, err := http.NewRequest("GET", b.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Send(req)
}

// Post sends a form.
func (b *Browser) Post(path string, values url.Values) Page {
	b.t.Helper()
	req, err := http.NewRequest("POST", b.URL+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Send(req)
}

// Attached is a file of a form.
type Attached struct {
	Name string
	Data []byte
}

// Upload sends a form with files in the field "files".
func (b *Browser) Upload(path string, values url.Values, files ...Attached) Page {
	b.t.Helper()
	return b.UploadAs(path, "files", values, files...)
}

// UploadAs is [Browser.Upload] with files in a field of that name.
func (b *Browser) UploadAs(path, field string, values url.Values, files ...Attached) Page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, list := range values {
		for _, v := range list {
			if err := w.WriteField(name, v); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		part, err := w.CreateFormFile(field, f.Name)
		if err == nil {
			_, err = part.Write(f.Data)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequest("POST", b.URL+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.Send(req)
}

// Raw reads whatever lies at a path.
func (b *Browser) Raw(path string) (int, http.Header, []byte) {
	b.t.Helper()
	p := b.Open(path)
	return p.Status, p.Header, []byte(p.Body)
}

// Fields are what a browser would send of the first form of a page whose address
// contains action, with changes as name, value pairs.
func Fields(p Page, action string, changes ...string) (to string, values url.Values) {
	form := p.Find("form").FilterFunction(func(_ int, f *goquery.Selection) bool {
		a, _ := f.Attr("action")
		return strings.Contains(a, action) && !strings.Contains(a, "/reading")
	}).First()
	to, _ = form.Attr("action")
	values = url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, el *goquery.Selection) {
		name, _ := el.Attr("name")
		kind, _ := el.Attr("type")
		value, _ := el.Attr("value")
		switch {
		case goquery.NodeName(el) == "textarea":
			values.Set(name, el.Text())
		case goquery.NodeName(el) == "select":
			chosen := el.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = el.Find("option").First()
			}
			values.Set(name, chosen.AttrOr("value", ""))
		case kind == "radio" || kind == "checkbox":
			if _, on := el.Attr("checked"); on {
				values.Add(name, value)
			}
		case kind != "submit" && kind != "file":
			values.Set(name, value)
		}
	})
	for i := 0; i+1 < len(changes); i += 2 {
		values.Set(changes[i], changes[i+1])
	}
	return to, values
}

// Fill sends a form of a page with changes; see [Fields].
func (b *Browser) Fill(p Page, action string, changes ...string) Page {
	b.t.Helper()
	to, values := Fields(p, action, changes...)
	if to == "" {
		b.t.Fatalf("%s has no form for %s:\n%s", p.Path, action, p.Find("main").Text())
	}
	return b.Post(to, values)
}

// CSRF is the token that the forms of a page carry.
func CSRF(p Page) string {
	v, _ := p.Find("input[name=csrf]").Attr("value")
	return v
}
