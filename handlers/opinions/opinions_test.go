package opinions_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/app"
	"minyi/app/settings"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

// site is the whole program, running.
type site struct {
	*app.App
	t   *testing.T
	url string
}

// each runs f with the whole program on SQLite and on PostgreSQL.
func each(t *testing.T, f func(t *testing.T, s site)) {
	t.Run("sqlite", func(t *testing.T) { f(t, start(t, "")) })
	t.Run("postgres", func(t *testing.T) { f(t, start(t, modelstest.PostgresURL(t))) })
}

func start(t *testing.T, database string) site {
	t.Helper()
	t.Setenv("MINYI_ADDR", "127.0.0.1:0")
	t.Setenv("MINYI_DATA_DIR", t.TempDir())
	t.Setenv("MINYI_DATABASE_URL", database)
	t.Setenv("MINYI_MAILBOX", "on")
	set, err := settings.Read()
	if err != nil {
		t.Fatal(err)
	}
	running, cancel := context.WithCancel(ctx)
	a, err := app.New(running, set, slog.New(slog.DiscardHandler))
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
		return site{a, t, url}
	case err := <-ended:
		t.Fatal(err)
	}
	panic("unreachable")
}

// browser is one without scripts.
type browser struct {
	site
	client *http.Client
	auth   string
}

func (s site) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &browser{s, &http.Client{Jar: jar}, ""}
}

// page is what came back, after redirects.
type page struct {
	*goquery.Document
	status int
	path   string
	body   string
}

func (b *browser) send(req *http.Request) page {
	b.t.Helper()
	if b.auth != "" {
		req.Header.Set("Authorization", "Bearer "+b.auth)
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
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(raw)))
	if err != nil {
		b.t.Fatal(err)
	}
	return page{doc, res.StatusCode, res.Request.URL.Path, string(raw)}
}

func (b *browser) open(path string) page {
	b.t.Helper()
	req, err := http.NewRequest("GET", b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(req)
}

func (b *browser) post(path string, values url.Values) page {
	b.t.Helper()
	req, err := http.NewRequest("POST", b.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(req)
}

// fields are what a browser would send of a form, with changes.
func fields(p page, action string, changes ...string) (to string, values url.Values) {
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
		case kind == "radio" || kind == "checkbox":
			if _, on := el.Attr("checked"); on {
				values.Add(name, value)
			}
		case kind != "submit":
			values.Set(name, value)
		}
	})
	for i := 0; i+1 < len(changes); i += 2 {
		values.Set(changes[i], changes[i+1])
	}
	return to, values
}

// fill sends a form of a page with changes.
func (b *browser) fill(p page, action string, changes ...string) page {
	b.t.Helper()
	to, values := fields(p, action, changes...)
	if to == "" {
		b.t.Fatalf("%s has no form for %s:\n%s", p.path, action, p.Find("main").Text())
	}
	return b.post(to, values)
}

func (s site) unit(receiptOnly bool) models.Unit {
	s.t.Helper()
	if unit, err := s.DB.UnitBySlug(ctx, "markets"); err == nil {
		return unit
	}
	_, unit := modelstest.City(s.t, s.DB)
	if receiptOnly {
		err := s.DB.InTx(ctx, models.Act{By: "system", Name: "test.unit", Silent: true}, func(tx *models.Tx) error {
			unit.ReceiptOnly = true
			return tx.Save(&unit)
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return unit
}

func (s site) consultation(change func(*models.Consultation), receiptOnly bool) models.Consultation {
	return modelstest.Consultation(s.t, s.DB, s.unit(receiptOnly), 3, change)
}

var digits = regexp.MustCompile(`\b\d{6}\b`)

// letters waits for a letter to somebody and gives the newest code in it.
func (s site) code(to string) string {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		p := s.browser().open("/mailbox")
		if i := strings.Index(p.body, to); i >= 0 {
			if found := digits.FindString(p.Find("main").Text()); found != "" {
				return found
			}
		}
	}
	s.t.Fatalf("no letter with a code to %s", to)
	return ""
}

func TestTwoClausesOneBasketOneReceiptWithoutScriptsOrAccount(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		c := s.consultation(nil, false)
		b := s.browser()
		base := "/consultations/" + c.ID
		// The first words come from a page that was kept for everybody: no cookie, no token.
		b.post(base+"/basket?clause=a1", url.Values{"stance": {"amend"}, "body": {"晚上十一点<script>收摊</script>"}, "suggestion": {"夜市每天营业到晚上23点。"}})
		p := b.open(base + "/basket")
		if n := p.Find(".check-answers > li").Length(); n != 1 {
			t.Fatalf("the basket shows %d opinions:\n%s", n, p.Find("main").Text())
		}
		if strings.Contains(p.body, "<script>收摊") {
			t.Error("markup of an opinion came through")
		}
		csrf, _ := p.Find(`input[name=csrf]`).Attr("value")
		if p = b.post(base+"/basket?clause=a2", url.Values{"csrf": {csrf}, "body": {"请早一点。"}, "then": {"basket"}}); p.Find(".check-answers > li").Length() != 2 {
			t.Fatalf("the second opinion is missing (%d):\n%s", p.status, p.Find("main").Text())
		}
		// No contact yet: asked for, nothing is lost.
		again := b.fill(p, "/basket/send", "display", "nickname", "name", "夜归人")
		if again.status != 422 || again.Find(".error-summary").Length() != 1 || again.Find(`input[name=name]`).AttrOr("value", "") != "夜归人" {
			t.Fatalf("without a contact: %d\n%s", again.status, again.Find("main").Text())
		}
		asked := b.fill(again, "/basket/send", "contact", "lin@minyi.example")
		if asked.Find(`input[autocomplete=one-time-code]`).Length() != 1 {
			t.Fatalf("no code is asked for: %d\n%s", asked.status, asked.Find("main").Text())
		}
		code := s.code("lin@minyi.example")
		wrong := b.fill(asked, "/basket/send", "code", strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code))
		if wrong.status != 422 || wrong.Find(".error-summary").Length() != 1 {
			t.Fatalf("a wrong code: %d", wrong.status)
		}
		to, values := fields(wrong, "/basket/send", "code", code)
		receipt := b.post(to, values)
		if !strings.HasPrefix(receipt.path, "/r/") || receipt.Find(".check-answers > li").Length() != 2 {
			t.Fatalf("no receipt: %d %s\n%s", receipt.status, receipt.path, receipt.Find("main").Text())
		}
		// Sent again, as after a lost connection: the same receipt, nothing doubled.
		if twice := b.post(to, values); twice.path != receipt.path {
			t.Errorf("sent again: %s, first %s", twice.path, receipt.path)
		}
		counts, err := s.DB.ClauseCounts(ctx, c.ID)
		if err != nil || counts[""].Total != 2 || counts["a1"].Amend != 1 {
			t.Errorf("counts %+v (%v)", counts, err)
		}
		if empty := b.open(base + "/basket"); empty.Find(".check-answers > li").Length() != 0 {
			t.Error("what was sent is still in the basket")
		}
		s.othersSeeOnlyTheState(t, receipt)
	})
}

// othersSeeOnlyTheState opens a receipt as somebody who only has the code, then
// with the contact detail.
func (s site) othersSeeOnlyTheState(t *testing.T, mine page) {
	t.Helper()
	other := s.browser()
	p := other.open(mine.path)
	if p.status != 200 || strings.Contains(p.body, "请早一点") || p.Find(".status-path li").Length() != 4 {
		t.Errorf("who only has the code sees %d:\n%s", p.status, p.Find("main").Text())
	}
	if p.Find("code.break").Text() == "" || !strings.Contains(mine.Find("main").Text(), "请早一点") {
		t.Error("hash or own texts are missing")
	}
	code := strings.TrimPrefix(mine.path, "/r/")
	for name, tc := range map[string]struct {
		code, detail string
		status       int
		texts        bool
	}{
		"right detail":  {strings.ToLower(code), "LIN@minyi.example", 200, true},
		"wrong detail":  {code, "other@minyi.example", 422, false},
		"wrong code":    {"0000-0000", "lin@minyi.example", 422, false},
		"not a code":    {"<b>", "", 422, false},
		"four of phone": {code, "1234", 422, false},
	} {
		p := other.fill(other.open("/r"), "/r", "code", tc.code, "detail", tc.detail)
		if p.status != tc.status || strings.Contains(p.body, "请早一点") != tc.texts {
			t.Errorf("%s: %d, texts %v", name, p.status, strings.Contains(p.body, "请早一点"))
		}
		if tc.status == 422 && !strings.Contains(p.body, "没有找到这份回执") {
			t.Errorf("%s has a message of its own", name)
		}
	}
	if p := other.open("/api/v1/receipts/" + code); p.status != 200 || strings.Contains(p.body, "body") || !strings.Contains(p.body, `"number":2`) {
		t.Errorf("the API tells a stranger: %d %s", p.status, p.body)
	}
	if p := other.open("/api/v1/receipts/" + code + "?contact=lin@minyi.example"); !strings.Contains(p.body, "请早一点") {
		t.Errorf("the API tells the author: %d %s", p.status, p.body)
	}
	if p := other.open("/api/v1/receipts/0000-0000"); p.status != 404 {
		t.Errorf("a wrong code: %d", p.status)
	}
	if p := other.open(mine.path + "/calendar.ics"); !strings.Contains(p.body, "BEGIN:VEVENT") {
		t.Errorf("calendar: %d %.200s", p.status, p.body)
	}
}

func TestOpinionsInTheBasketCanBeChangedAndRemoved(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		c := s.consultation(nil, true)
		b := s.browser()
		base := "/en/consultations/" + c.ID
		b.post(base+"/basket?clause=a1", url.Values{"body": {"first"}})
		p := b.open(base + "/basket")
		edit, _ := p.Find(".check-answers a.button").Attr("href")
		form := b.open(edit)
		// The clause stands in the field for another wording; sent back as it is, it is no suggestion.
		if !strings.Contains(form.Find("textarea[name=suggestion]").Text(), "夜市") {
			t.Error("the clause is not there to be rewritten")
		}
		long := strings.Repeat("字", 2001)
		bad := b.fill(form, "/basket/", "body", long)
		if bad.status != 422 || bad.Find("textarea[name=body]").Text() != long || !strings.HasPrefix(bad.Find("title").Text(), "Error") {
			t.Errorf("too long: %d, kept %d characters, title %q", bad.status, len([]rune(bad.Find("textarea[name=body]").Text())), bad.Find("title").Text())
		}
		p = b.fill(bad, "/basket/", "body", "second", "stance", "support")
		if text := p.Find(".check-answers").Text(); !strings.Contains(text, "second") || strings.Contains(text, "first") || p.Find(".diff").Length() != 0 {
			t.Errorf("after the change: %s", text)
		}
		if stranger := s.browser().open(edit); stranger.status != 404 {
			t.Errorf("somebody else's basket: %d", stranger.status)
		}
		p = b.fill(b.open(edit+"/remove"), "/remove")
		if p.Find(".empty").Length() != 1 {
			t.Errorf("the removed opinion is still there:\n%s", p.Find("main").Text())
		}
		b.post(base+"/basket?clause=a3", url.Values{"csrf": {csrfOf(b.open("/r"))}, "body": {"third"}})
		if p = b.fill(b.open(base+"/basket"), "/basket/send", "way", "none"); !strings.HasPrefix(p.path, "/en/r/") {
			t.Errorf("with nothing but the receipt: %d %s\n%s", p.status, p.path, p.Find("main").Text())
		}
	})
}

func csrfOf(p page) string {
	v, _ := p.Find("input[name=csrf]").Attr("value")
	return v
}

func TestAWrongOpinionComesBackWithItsWords(t *testing.T) {
	s := start(t, "")
	c := s.consultation(nil, true)
	draft := s.consultation(func(c *models.Consultation) { c.PublishedAt = nil }, true)
	over := s.consultation(func(c *models.Consultation) {
		at := c.OpensAt.Add(time.Hour)
		c.ClosesAt = &at
	}, true)
	for name, tc := range map[string]struct {
		id, clause, body string
		status           int
		kept             bool
	}{
		"empty":           {c.ID, "a1", " ", 422, true},
		"too long":        {c.ID, "a1", strings.Repeat("长", 2001), 422, true},
		"no such clause":  {c.ID, "a9", "好", 422, true},
		"unpublished":     {draft.ID, "a1", "好", 404, true},
		"nowhere":         {"2027-999", "a1", "好", 404, true},
		"closed":          {over.ID, "a1", "写得晚了", 409, true},
		"a script's keys": {c.ID, "'; DROP TABLE opinions --", "好", 422, true},
	} {
		p := s.browser().post("/consultations/"+tc.id+"/basket?clause="+url.QueryEscape(tc.clause), url.Values{"body": {tc.body}})
		if p.status != tc.status {
			t.Errorf("%s: %d, want %d", name, p.status, tc.status)
		}
		if strings.TrimSpace(tc.body) != "" && !strings.Contains(p.Text(), tc.body) {
			t.Errorf("%s: the words are lost", name)
		}
	}
}
