package hearings_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"minyi/frontend"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// faultsOf are the fields to which the summary of errors leads, in their order.
func faultsOf(p handlerstest.Page) string {
	return strings.Join(p.Find(".error-summary a").Map(func(_ int, a *goquery.Selection) string {
		return strings.TrimPrefix(a.AttrOr("href", ""), "#f-")
	}), " ")
}

// TestASignUpNamesEverythingThatIsWrongAtOnce: in the order of the page, each message
// with a place to lead to, and all that was typed is still there.
func TestASignUpNamesEverythingThatIsWrongAtOnce(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		d.published(t)
		path := "/hearings/" + d.id + "/register"
		long := strings.Repeat("何", 31)
		typed := url.Values{"name": {long}, "contact": {"not an address"}, "key_points": {strings.Repeat("点", 301)}, "companion_1": {long}, "access_needs": {"<b>轮椅</b>"}}
		visitor := s.Browser()
		_, values := handlerstest.Fields(visitor.Open(path), "/register")
		for name, v := range typed {
			values[name] = v
		}
		p := visitor.Post(path, values)
		if want := "category name contact key_points companions consent_access"; p.Status != 422 || faultsOf(p) != want {
			t.Fatalf("answered %d with faults %q, not %q", p.Status, faultsOf(p), want)
		}
		p.Find(".error-summary a").Each(func(_ int, a *goquery.Selection) {
			if to := a.AttrOr("href", ""); p.Find(to).Length() != 1 && p.Find(to+"-0").Length() != 1 {
				t.Errorf("the summary leads to %s, which is nowhere", to)
			}
		})
		if !strings.Contains(p.Find("#f-name-error").Text(), "30") {
			t.Errorf("the name: %q", p.Find("#f-name-error").Text())
		}
		_, kept := handlerstest.Fields(p, "/register")
		for name, v := range typed {
			if kept.Get(name) != v[0] {
				t.Errorf("typed %s %q came back as %q", name, v[0], kept.Get(name))
			}
		}
		if english := visitor.Open("/en" + path); english.Find("form[action='/en"+path+"']").Length() != 1 {
			t.Errorf("no form in English: %d", english.Status)
		} else if p := visitor.Fill(english, "/register", "name", long); p.Status != 422 || !strings.Contains(p.Find("#f-name-error").Text(), "At most 30") {
			t.Errorf("in English: %d %q", p.Status, p.Find("#f-name-error").Text())
		}
		// Nothing was sent to anybody, nothing is half done.
		if strings.Contains(s.Browser().Open("/mailbox").Find("main").Text(), "not an address") {
			t.Error("a letter went to what is no address")
		}
	})
}

// TestAMistypedContactIsChangedAndAnOldCodeIsAskedForAgain: nothing typed is lost on
// the way back, and who signed up before is shown that ticket.
func TestAMistypedContactIsChangedAndAnOldCodeIsAskedForAgain(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		d.published(t)
		path := "/hearings/" + d.id + "/register"
		visitor := s.Browser()
		asked := visitor.Fill(visitor.Open(path), "/register", "category", "g2", "name", "何女士", "contact", "he@wrong.example", "key_points", "路口太暗。")
		if asked.Find("input[name=code]").Length() != 1 {
			t.Fatalf("no code asked for: %d %s", asked.Status, faultsOf(asked))
		}
		p := visitor.Fill(asked, "/register", "change", "1")
		if p.Find("input[name=contact]").AttrOr("value", "") != "he@wrong.example" || p.Find("textarea[name=key_points]").Text() != "路口太暗。" || p.Find("input[name=code]").Length() != 0 {
			t.Fatalf("changed: %d %s", p.Status, p.Find("main").Text())
		}
		p = visitor.Fill(p, "/register", "contact", "he@right.example")
		if wrong := visitor.Fill(p, "/register", "code", "000000"); wrong.Status != 422 || faultsOf(wrong) != "code" {
			t.Errorf("a wrong code: %d %q", wrong.Status, faultsOf(wrong))
		}
		code := s.Code("he@right.example")
		other := s.Browser() // a form that was copied to where nobody asked for a code
		if p := other.Fill(p, "/register", "code", code); p.Status != 422 || p.Find("input[name=contact]").Length() != 1 || p.Find("input[name=name]").AttrOr("value", "") != "何女士" {
			t.Errorf("a code of somebody else: %d %s", p.Status, p.Find("main").Text())
		}
		done := visitor.Fill(p, "/register", "code", code)
		if done.Status != 200 || !strings.HasPrefix(done.Path, "/t/") {
			t.Fatalf("signed up: %d %s %s", done.Status, done.Path, faultsOf(done))
		}
		if again := visitor.Fill(p, "/register", "code", code); again.Path != done.Path {
			t.Errorf("sent twice: %s after %s", again.Path, done.Path)
		}
		// Once more, as another sending with a contact that is confirmed still.
		if again := visitor.Fill(p, "/register", "code", "", frontend.IdempotencyField, models.NewID(s.DB.Now())); again.Path != done.Path {
			t.Errorf("signed up once more: %d %s %s", again.Status, again.Path, faultsOf(again))
		}
		if list, err := s.DB.Registrations(context.Background(), d.id, []models.RegistrationStatus{models.RegistrationConfirmed}); err != nil || len(list) != 1 {
			t.Errorf("%d people have a seat: %v", len(list), err)
		}
	})
}

// TestFormsOfATicketComeFromThisSite: a browser says so in Origin and Referer, and only
// then they are taken.
func TestFormsOfATicketComeFromThisSite(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		d.published(t)
		resident := s.As(modelstest.Person(t, s.DB, "resident", models.Unit{}))
		ticket := resident.Fill(resident.Open("/hearings/"+d.id+"/register"), "/register", "category", "g2", "name", "何女士").Path
		holder := s.Browser()
		if p := holder.Open(ticket); p.Status != 200 || p.Find(".ticket").Length() != 1 {
			t.Fatalf("a ticket of a hearing that nobody changed since: %d", p.Status)
		}
		send := func(origin, referer string) handlerstest.Page {
			req, err := http.NewRequest("POST", s.URL+ticket+"/withdraw", strings.NewReader("csrf="+url.QueryEscape(handlerstest.CSRF(holder.Open(ticket+"/withdraw")))))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", origin)
			if referer != "" {
				req.Header.Set("Referer", referer)
			}
			return holder.Send(req)
		}
		for _, foreign := range []string{"https://elsewhere.example", "null"} {
			if p := send(foreign, ""); p.Status != 403 {
				t.Errorf("from %s: %d", foreign, p.Status)
			}
		}
		if p := send(s.URL, s.URL+ticket+"/withdraw"); p.Status != 200 || p.Path != ticket || p.Find(".ticket").Length() != 0 {
			t.Errorf("from here: %d %s", p.Status, p.Find("main").Text())
		}
	})
}
