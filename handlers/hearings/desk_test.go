package hearings_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	strict "github.com/emersion/go-ical"

	"minyi/frontend"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// desks are two officers of one unit with a hearing that one of them filled in.
type desks struct {
	handlerstest.Site
	one, two *handlerstest.Browser
	id       string
}

func (d desks) path() string { return "/desk/hearings/" + d.id }

// local is a moment from now as a field of date and time has it.
func (d desks) local(after time.Duration) string {
	return d.DB.Now().Add(after).In(frontend.Zone()).Format("2006-01-02T15:04")
}

const day = 24 * time.Hour

// filled makes a hearing by the steps of the form, as a browser without scripts does.
func filled(t *testing.T, s handlerstest.Site) desks {
	t.Helper()
	unit := s.Unit(true)
	d := desks{Site: s, one: s.As(modelstest.Person(t, s.DB, "first", unit, models.Officer)), two: s.As(modelstest.Person(t, s.DB, "second", unit, models.Officer))}
	p := d.one.Fill(d.one.Open("/desk/hearings/new"), "/new", "unit", unit.ID, "title_zh", "路灯听证会", "title_en", "Street lights", "about_zh", "先装哪里。", "profile", "hearing_default")
	if p.Status != 200 || !strings.HasSuffix(p.Path, "/edit") {
		t.Fatalf("made: %d %s\n%s", p.Status, p.Path, p.Find(".error-summary").Text())
	}
	d.id = strings.Split(p.Path, "/")[3]
	for _, step := range [][]string{
		{"starts_at", d.local(60 * day), "ends_at", d.local(60*day + 3*time.Hour), "signup_opens_at", d.local(-time.Hour), "signup_closes_at", d.local(20 * day), "place_zh", "街道办事处"},
		{"cat_zh_0", "住户", "cat_role_0", "speaker", "cat_method_0", "first_come", "cat_seats_0", "5", "cat_zh_1", "旁听", "cat_role_1", "observer", "cat_method_1", "first_come", "cat_seats_1", "3", "method_zh", "先到先得。"},
		{"ag_zh_0", "介绍方案", "ag_min_0", "20"},
		{"contact_name", "城管科", "contact_phone", "0000-5550111", "access_zh", "有坡道。", "rules_zh", "每人五分钟。"},
		nil,
		{"override_zh", "演练用。"},
	} {
		if p = d.one.Fill(p, d.id+"/edit", step...); p.Status != 200 {
			t.Fatalf("step with %v: %d %s", step, p.Status, p.Find(".error-summary").Text())
		}
	}
	if p.Path != d.path() {
		t.Fatalf("the last step leads to %s", p.Path)
	}
	return d
}

// published lets one officer propose and the other one publish.
func (d desks) published(t *testing.T) {
	t.Helper()
	if p := d.one.Fill(d.one.Open(d.path()), "/propose"); p.Status != 200 || p.Find("form[action$='/publish']").Length() != 0 {
		t.Fatalf("proposed: %d %s", p.Status, p.Find(".error-summary").Text())
	}
	if p := d.two.Fill(d.two.Open(d.path()), "/publish"); p.Status != 200 || p.Find(".error-summary").Length() != 0 {
		t.Fatalf("published: %d %s", p.Status, p.Find(".error-summary").Text())
	}
}

// TestAStepOfTheFormKeepsWhatTheOthersHold: each step writes its own fields only, a
// fault is named beside its field with the typed text, and nothing of it is stored.
func TestAStepOfTheFormKeepsWhatTheOthersHold(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		h, err := d.DB.HearingByID(context.Background(), d.id)
		if err != nil || h.TitleEN != "Street lights" || h.PlaceZH != "街道办事处" || h.AccessZH != "有坡道。" || h.StartsAt == nil || h.UpdatedAt.IsZero() {
			t.Fatalf("stored: %v, %+v", err, h)
		}
		// A proposal that lacks something leads to what is missing, and from there to the step.
		draft := d.one.Fill(d.one.Open("/desk/hearings/new"), "/new", "unit", h.UnitID, "title_zh", "另一场", "profile", "hearing_default")
		base := strings.TrimSuffix(draft.Path, "/edit")
		refused := d.one.Fill(d.one.Open(base), "/propose")
		if refused.Status != 422 || refused.Find(".error-summary a").Length() < 5 {
			t.Errorf("proposed with nothing in it: %d %s", refused.Status, faultsOf(refused))
		}
		refused.Find(".error-summary a").Each(func(_ int, a *goquery.Selection) {
			if to := a.AttrOr("href", ""); refused.Find(to+" a").Length() != 1 {
				t.Errorf("the summary leads to %s, which leads nowhere", to)
			}
		})
		for name, c := range map[string]struct {
			part, fault string
			fields      []string
		}{
			"too long a title":      {"what", "title_zh", []string{"title_zh", strings.Repeat("长", 121)}},
			"no title":              {"what", "title_zh", []string{"title_zh", " \u200b"}},
			"a kind of nobody":      {"what", "kind", []string{"kind", "<b>party</b>"}},
			"a foreign unit":        {"what", "unit", []string{"unit", models.NewID(s.DB.Now())}},
			"no such consultation":  {"what", "consultation", []string{"consultation", "2000-999"}},
			"a day that is none":    {"when", "starts_at", []string{"starts_at", "31 February"}},
			"an end before begin":   {"when", "ends_at", []string{"ends_at", d.local(59 * day)}},
			"an address that jumps": {"when", "online_url", []string{"online_url", "javascript:alert(1)"}},
			"seats in words":        {"who", "category_0", []string{"cat_seats_0", "five"}},
			"more than there are":   {"who", "category_0", []string{"cat_min_0", "6"}},
			"hours without end":     {"who", "offer_hours", []string{"offer_hours", "99999"}},
			"minutes below zero":    {"agenda", "agenda_0", []string{"ag_min_0", "-5"}},
			"minutes of nothing":    {"agenda", "agenda_1", []string{"ag_min_3", "5"}}, // the row comes up behind the written ones
			"a question in English": {"questions", "question_0", []string{"ask_en_0", "Which bus?"}},
			"no e-mail address":     {"place", "contact_email", []string{"contact_email", "ask the porter"}},
			"too long a contact":    {"place", "contact_name", []string{"contact_name", strings.Repeat("长", 201)}},
		} {
			p := d.one.Fill(d.one.Open(d.path()+"/edit?part="+c.part), d.id+"/edit", c.fields...)
			if p.Status != 422 && p.Status != 404 {
				t.Errorf("%s: answered %d", name, p.Status)
				continue
			}
			if p.Status == 422 && p.Find(`.error-summary a[href="#f-`+c.fault+`"]`).Length() != 1 {
				t.Errorf("%s: the summary leads to no field %s: %s", name, c.fault, p.Find(".error-summary").Text())
			}
			if _, values := handlerstest.Fields(p, d.id+"/edit"); p.Status == 422 && c.fields[0] != "ag_min_3" && p.Find("select[name="+c.fields[0]+"]").Length() == 0 && values.Get(c.fields[0]) != c.fields[1] {
				t.Errorf("%s: typed %q came back as %q", name, c.fields[1], values.Get(c.fields[0]))
			}
		}
		if now, err := d.DB.HearingByID(context.Background(), d.id); err != nil || now.Revision != h.Revision {
			t.Errorf("a refused step changed revision %d to %d (%v)", h.Revision, now.Revision, err)
		}
	})
}

// TestTwoOfficersSeeEachOthersWords: who saves second sees both texts, and what was
// typed is still in the form; saving again is a decision.
func TestTwoOfficersSeeEachOthersWords(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		stale := d.two.Open(d.path() + "/edit?part=when")
		if p := d.one.Fill(d.one.Open(d.path()+"/edit?part=when"), d.id+"/edit", "place_zh", "体育馆"); p.Status != 200 {
			t.Fatal(p.Status)
		}
		p := d.two.Fill(stale, d.id+"/edit", "place_zh", "<i>图书馆</i>")
		both := p.Find(".conflict td").Map(func(_ int, c *goquery.Selection) string { return c.Text() })
		if p.Status != 409 || strings.Join(both, "|") != "体育馆|<i>图书馆</i>" || p.Find("[name=place_zh]").AttrOr("value", "") != "<i>图书馆</i>" {
			t.Fatalf("second to save: %d, beside each other %q", p.Status, both)
		}
		if p = d.two.Fill(p, d.id+"/edit"); p.Status != 200 {
			t.Fatalf("saved again: %d", p.Status)
		}
		if h, err := d.DB.HearingByID(context.Background(), d.id); err != nil || h.PlaceZH != "<i>图书馆</i>" {
			t.Errorf("stored %q, %v", h.PlaceZH, err)
		}
	})
}

// date reads the one event of a calendar file by a parser that did not write it.
func date(t *testing.T, b *handlerstest.Browser, path string) strict.Component {
	t.Helper()
	status, head, body := b.Raw(path)
	if status != 200 || !strings.HasPrefix(head.Get("Content-Type"), "text/calendar") {
		t.Fatalf("%s: %d %s", path, status, head.Get("Content-Type"))
	}
	cal, err := strict.NewDecoder(strings.NewReader(string(body))).Decode()
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, body)
	}
	if err := strict.NewEncoder(new(strings.Builder)).Encode(cal); err != nil {
		t.Errorf("%s: not by the standard: %v", path, err)
	}
	if len(cal.Events()) != 1 {
		t.Fatalf("%s: %d events", path, len(cal.Events()))
	}
	return *cal.Events()[0].Component
}

func prop(c strict.Component, name string) string {
	if p := c.Props.Get(name); p != nil {
		return p.Value
	}
	return ""
}

// TestCalendarsFollowAHearingThatIsMovedAndCancelled: the same uid with a higher
// sequence each time, as RFC 5545 asks for, on the notice and on the ticket; and the
// ticket of a hearing that was filled in by the form opens.
func TestCalendarsFollowAHearingThatIsMovedAndCancelled(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		d.published(t)
		resident := s.As(modelstest.Person(t, s.DB, "resident", models.Unit{}))
		p := resident.Fill(resident.Open("/hearings/"+d.id+"/register"), "/register", "category", "g2", "name", "何女士")
		if p.Status != 200 || !strings.HasPrefix(p.Path, "/t/") || p.Find(".ticket").Length() != 1 {
			t.Fatalf("signed up: %d %s\n%s", p.Status, p.Path, p.Find("main").Text())
		}
		ticket := p.Path
		public, own := "/hearings/"+d.id+"/calendar.ics", ticket+"/calendar.ics"
		first, mine := date(t, s.Browser(), public), date(t, s.Browser(), own)
		if prop(first, "SEQUENCE") != "0" || prop(first, "UID") == prop(mine, "UID") {
			t.Errorf("at first: sequence %s, uids %s and %s", prop(first, "SEQUENCE"), prop(first, "UID"), prop(mine, "UID"))
		}
		move, values := handlerstest.Fields(d.one.Open(d.path()+"/move"), "/move", "starts_at", d.local(70*day), "ends_at", d.local(70*day+time.Hour), "reason_zh", "会场检修。")
		if p := d.one.Post(move, values); p.Status != 200 {
			t.Fatalf("moved: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		if p := d.two.Post(move, values); p.Status != 409 { // the same form again, from elsewhere
			t.Errorf("moved from a form that is old: %d", p.Status)
		}
		_, wrong := handlerstest.Fields(d.one.Open(d.path()+"/move"), "/move", "starts_at", d.local(70*day), "ends_at", d.local(69*day), "online_url", "javascript:alert(1)", "place_zh", strings.Repeat("长", 201), "reason_zh", " ")
		if p := d.one.Post(move, wrong); p.Status != 422 || faultsOf(p) != "ends_at place_zh online_url reason_zh" || p.Find("[name=online_url]").AttrOr("value", "") != "javascript:alert(1)" {
			t.Errorf("moved with everything wrong: %d, faults %q", p.Status, faultsOf(p))
		}
		if p := d.one.Fill(d.one.Open(d.path()+"/cancel"), "/cancel", "reason_zh", ""); p.Status != 422 {
			t.Errorf("cancelled without a reason: %d", p.Status)
		}
		for path, was := range map[string]strict.Component{public: first, own: mine} {
			now := date(t, s.Browser(), path)
			if prop(now, "UID") != prop(was, "UID") || prop(now, "SEQUENCE") != "1" || prop(now, "DTSTART") == prop(was, "DTSTART") || prop(now, "DTSTAMP") < prop(was, "DTSTAMP") {
				t.Errorf("%s moved: %s %s %s", path, prop(now, "UID"), prop(now, "SEQUENCE"), prop(now, "DTSTART"))
			}
		}
		if p := d.one.Fill(d.one.Open(d.path()+"/cancel"), "/cancel", "reason_zh", "方案撤回。"); p.Status != 200 {
			t.Fatalf("cancelled: %d", p.Status)
		}
		for path, was := range map[string]strict.Component{public: first, own: mine} {
			now := date(t, s.Browser(), path)
			if prop(now, "UID") != prop(was, "UID") || prop(now, "SEQUENCE") != "2" || prop(now, "STATUS") != "CANCELLED" {
				t.Errorf("%s cancelled: %s %s %s", path, prop(now, "UID"), prop(now, "SEQUENCE"), prop(now, "STATUS"))
			}
		}
		if p := s.Browser().Open(ticket); p.Status != 200 || !strings.Contains(p.Find(".ticket-state").Text(), "方案撤回。") {
			t.Errorf("the ticket says: %d %s", p.Status, p.Find(".ticket-state").Text())
		}
	})
}

// TestFormsOfATicketAreNotRefusedAsForeign: a browser tells a form's origin only where
// the page allows it; "no-referrer" turns it into "null", which is refused.
func TestFormsOfATicketAreNotRefusedAsForeign(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		d.published(t)
		resident := s.As(modelstest.Person(t, s.DB, "resident", models.Unit{}))
		ticket := resident.Fill(resident.Open("/hearings/"+d.id+"/register"), "/register", "category", "g2", "name", "何女士").Path
		holder := s.Browser()
		for _, path := range []string{ticket, ticket + "/withdraw"} {
			if policy := holder.Open(path).Header.Get("Referrer-Policy"); policy != "same-origin" {
				t.Errorf("%s: Referrer-Policy %q", path, policy)
			}
		}
		for range 2 { // pressed twice
			if p := holder.Post(ticket+"/withdraw", url.Values{}); p.Status != 200 || p.Find(".ticket").Length() != 0 {
				t.Errorf("withdrawn: %d %s", p.Status, p.Find("main").Text())
			}
		}
		if faults, err := s.DB.SeatFaults(context.Background()); err != nil || len(faults) > 0 {
			t.Errorf("counters differ from a recount: %v, %v", faults, err)
		}
	})
}
