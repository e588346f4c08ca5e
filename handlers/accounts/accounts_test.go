package accounts_test

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

	"minyi/app"
	"minyi/app/accounts"
	"minyi/app/kit/actor"
	"minyi/app/units"
	"minyi/handlers/handlerstest"
	"minyi/models"
)

const strong = "晚风吹过稻田和小河"

// site is the whole program on a port of its own.
type site struct {
	*testing.T
	url  string
	app  *app.App
	s    *accounts.Service
	city models.Unit
}

func start(t *testing.T) *site {
	t.Helper()
	a := handlerstest.Start(t, "")
	s := &site{T: t, app: a.App, url: a.URL, s: accounts.New(accounts.Options{DB: a.DB, Secret: []byte("x"), Log: slog.New(slog.DiscardHandler)})}
	var err error
	s.city, err = units.New(a.DB).Create(t.Context(), actor.System, units.Input{Level: models.City, Slug: "qinghe", NameZH: "清河市", NameEN: "Qinghe"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) person(email string, roles ...models.RoleName) {
	s.Helper()
	p, err := s.s.Create(context.Background(), actor.System, accounts.CreateInput{Email: email, Password: strong})
	if err != nil {
		s.Fatal(err)
	}
	for _, r := range roles {
		if _, err := s.s.Grant(context.Background(), actor.System, accounts.GrantInput{PersonID: p.ID, UnitID: s.city.ID, Role: r}); err != nil {
			s.Fatal(err)
		}
	}
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	*site
	http.Client
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	return &browser{s, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type page struct {
	status   int
	body, to string
}

func (b *browser) do(r *http.Request) page {
	b.Helper()
	a, err := b.Client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		b.Fatal(err)
	}
	return page{a.StatusCode, string(body), a.Header.Get("Location")}
}

func (b *browser) open(path string) page {
	b.Helper()
	r, err := http.NewRequest("GET", b.url+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	return b.do(r)
}

var hidden = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// send posts a form with the token of the page that holds it.
func (b *browser) send(from, path string, form url.Values) page {
	b.Helper()
	if m := hidden.FindStringSubmatch(b.open(from).body); m != nil {
		form.Set("csrf", m[1])
	}
	return b.post(path, form, nil)
}

func (b *browser) post(path string, form url.Values, header map[string]string) page {
	b.Helper()
	r, err := http.NewRequest("POST", b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	return b.do(r)
}

func (b *browser) signIn(email string) {
	b.Helper()
	if p := b.send("/signin", "/signin", url.Values{"contact": {email}, "password": {strong}, "way": {"password"}}); p.status != 303 {
		b.Fatalf("%s cannot sign in: %d", email, p.status)
	}
}

func (b *browser) session() string {
	u, _ := url.Parse(b.url)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == "minyi_session" {
			return c.Value
		}
	}
	return ""
}

func TestSignInByCodeLeadsBackToWhereTheReaderWas(t *testing.T) {
	s := start(t)
	for lang, prefix := range map[string]string{"zh": "", "en": "/en"} {
		b := s.browser()
		email := lang + "@example.org"
		p := b.send(prefix+"/signin?back="+prefix+"/units", prefix+"/signin", url.Values{"contact": {email}, "way": {"code"}, "back": {prefix + "/units"}})
		if p.status != 303 || !strings.HasPrefix(p.to, prefix+"/signin/code?") {
			t.Fatalf("%s: %d %s", lang, p.status, p.to)
		}
		asked := p.to
		u, err := url.Parse(asked)
		if err != nil {
			t.Fatal(err)
		}
		digits := b.code(email)
		if p := b.send(asked, prefix+"/signin/code", url.Values{"t": u.Query()["t"], "code": {"12"}, "back": u.Query()["back"]}); p.status != 422 || !strings.Contains(p.body, "error-summary") {
			t.Errorf("%s: half a code gives %d", lang, p.status)
		}
		p = b.send(asked, prefix+"/signin/code", url.Values{"t": u.Query()["t"], "code": {digits[:3] + " " + digits[3:]}, "back": u.Query()["back"]})
		if p.status != 303 || p.to != prefix+"/units" {
			t.Errorf("%s: the code gives %d %s", lang, p.status, p.to)
		}
		if p := b.open(prefix + "/me/settings"); p.status != 200 || !strings.Contains(p.body, email) || strings.Contains(p.body, "⟦") {
			t.Errorf("%s: settings give %d", lang, p.status)
		}
	}
}

// code waits for the letter on the mailbox page and reads the code in it.
func (b *browser) code(email string) string {
	b.Helper()
	digits := regexp.MustCompile(`(?s)` + regexp.QuoteMeta(email) + `.*?\s(\d{6})\s`)
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if m := digits.FindStringSubmatch(b.open("/mailbox").body); m != nil {
			return m[1]
		}
		select {
		case <-deadline:
			b.Fatal("no letter came")
		case <-tick.C:
		}
	}
}

func TestForgedFormsChangeNothing(t *testing.T) {
	s := start(t)
	s.person("lin@example.org")
	b := s.browser()
	b.signIn("lin@example.org")
	form := url.Values{"nickname": {"坏人"}, "notify": {"mail"}, "lang": {"zh"}}
	token := hidden.FindStringSubmatch(b.open("/me/settings").body)[1]
	for name, p := range map[string]page{
		"no token":       b.post("/me/settings/profile", form, nil),
		"wrong token":    b.post("/me/settings/profile", url.Values{"nickname": {"坏人"}, "csrf": {"x" + token}}, nil),
		"another site":   b.post("/me/settings/profile", url.Values{"nickname": {"坏人"}, "csrf": {token}}, map[string]string{"Origin": "https://evil.example"}),
		"cross-site":     b.post("/me/settings/profile", url.Values{"nickname": {"坏人"}, "csrf": {token}}, map[string]string{"Sec-Fetch-Site": "cross-site"}),
		"forged signout": b.post("/signout", url.Values{}, nil),
	} {
		if p.status != 403 {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	if body := b.open("/me/settings").body; strings.Contains(body, "坏人") {
		t.Error("the name was changed")
	}
	form.Set("nickname", "河边人")
	if p := b.send("/me/settings", "/me/settings/profile", form); p.status != 303 || !strings.Contains(b.open("/me/settings").body, "河边人") {
		t.Errorf("the true form: %d", p.status)
	}
	if p := b.send("/me/settings", "/signout", url.Values{}); p.status != 303 || b.session() != "" {
		t.Errorf("sign-out: %d, cookie %q", p.status, b.session())
	}
}

func TestAPlantedSessionIsNeverAdopted(t *testing.T) {
	s := start(t)
	s.person("lin@example.org")
	b := s.browser()
	u, _ := url.Parse(s.url)
	planted := strings.Repeat("a", 43)
	b.Jar.SetCookies(u, []*http.Cookie{{Name: "minyi_session", Value: planted, Path: "/"}})
	b.signIn("lin@example.org")
	if got := b.session(); got == "" || got == planted {
		t.Errorf("the session is %q", got)
	}
	thief := s.browser()
	thief.Jar.SetCookies(u, []*http.Cookie{{Name: "minyi_session", Value: planted, Path: "/"}})
	if p := thief.open("/me/settings"); p.status != 303 {
		t.Errorf("the planted secret opens the settings: %d", p.status)
	}
}

func TestAnswersTellNobodyWhoHasAnAccount(t *testing.T) {
	s := start(t)
	s.person("known@example.org")
	changing := regexp.MustCompile(`[0-9a-f]{12}`)
	ask := func(email, way string) page {
		p := s.browser().post("/signin", url.Values{"contact": {email}, "password": {"a wrong one"}, "way": {way}}, nil)
		p.body = changing.ReplaceAllString(strings.ReplaceAll(p.body, email, "X"), "N")
		p.to, _, _ = strings.Cut(p.to, "t=")
		return p
	}
	for _, way := range []string{"password", "code"} {
		if a, b := ask("known@example.org", way), ask("other@example.org", way); a != b {
			t.Errorf("%s: %d %s and %d %s differ", way, a.status, a.to, b.status, b.to)
		}
	}
}

func TestTypedTextIsKeptAndPasswordsAreNotSentBack(t *testing.T) {
	s := start(t)
	p := s.browser().post("/en/signup", url.Values{"contact": {`<b>"not a contact`}, "nickname": {"River & <i>"}, "password": {"short"}}, nil)
	if p.status != 422 || !strings.Contains(p.body, "River &amp; &lt;i&gt;") || !strings.Contains(p.body, "&lt;b&gt;") || strings.Contains(p.body, "<b>") {
		t.Errorf("%d: typed text is lost or not escaped", p.status)
	}
	if strings.Contains(p.body, `"short"`) || !strings.Contains(p.body, "Error") {
		t.Error("the password came back, or the title does not say that it failed")
	}
}

func TestAdministrationIsThereForAdministratorsOnly(t *testing.T) {
	s := start(t)
	s.person("lin@example.org")
	s.person("wei@example.org", models.Officer, models.Supervisor, models.Moderator)
	s.person("an@example.org", models.Administrator)
	who := map[string]int{"": 303, "lin@example.org": 404, "wei@example.org": 404, "an@example.org": 200}
	seen := 0
	for email, want := range who {
		b := s.browser()
		if email != "" {
			b.signIn(email)
		}
		for _, r := range s.app.Router.Routes() {
			if r.Method != "GET" || !strings.HasPrefix(r.Path, "/admin") || strings.Contains(r.Path, ":") || r.Path == "/admin/units/new" {
				continue
			}
			seen++
			if p := b.open(r.Path); p.status != want {
				t.Errorf("%q opens %s: %d, wanted %d", email, r.Path, p.status, want)
			} else if strings.Contains(p.body, "⟦") {
				t.Errorf("%s has a text that is missing", r.Path)
			}
		}
	}
	if seen < 4*7 {
		t.Fatalf("only %d pages were tried", seen)
	}
}

func TestTheSiteSaysWhatTheAdministratorWroteAtOnce(t *testing.T) {
	s := start(t)
	s.person("an@example.org", models.Administrator)
	reader, b := s.browser(), s.browser()
	reader.open("/units") // now kept for other readers
	b.signIn("an@example.org")
	form := url.Values{"name_zh": {"清河民意"}, "host_zh": {"清河市人民政府"}, "icp": {"示例ICP备00000000号"}, "report_url": {"not an address"}}
	if p := b.send("/admin/site", "/admin/site", form); p.status != 422 || !strings.Contains(p.body, "清河市人民政府") {
		t.Errorf("a wrong address: %d", p.status)
	}
	form.Set("report_url", "https://example.org/report")
	if p := b.send("/admin/site", "/admin/site", form); p.status != 303 {
		t.Fatalf("saving: %d", p.status)
	}
	if body := reader.open("/units").body; !strings.Contains(body, "清河民意") || !strings.Contains(body, "示例ICP备00000000号") {
		t.Error("readers see the old page")
	}
	if body := b.open("/admin/audit?name=administration.change_site").body; !strings.Contains(body, "清河市人民政府") {
		t.Error("the change is not in the log")
	}
}
