package hearings_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// queue is a hearing with one seat for observers and people who signed up for it.
type queue struct {
	desks
	t       *testing.T
	clock   *modelstest.Clock
	tickets []string // paths
}

// lined lets so many people sign up for one seat that is kept for a day when it becomes free.
func lined(t *testing.T, s handlerstest.Site, clock *modelstest.Clock, people int) *queue {
	t.Helper()
	q := &queue{desks: filled(t, s), t: t, clock: clock}
	if p := q.one.Fill(q.one.Open(q.path()+"/edit?part=who"), q.id+"/edit", "cat_seats_1", "1", "cat_wait_1", "9", "offer_hours", "24"); p.Status != 200 {
		t.Fatalf("one seat: %d %s", p.Status, faultsOf(p))
	}
	q.published(t)
	for i := range people {
		name := string(rune('a'+i)) + "-waits"
		b := s.As(modelstest.Person(t, s.DB, name, models.Unit{}))
		lang := []string{"", "/en"}[i%2]
		p := b.Fill(b.Open(lang+"/hearings/"+q.id+"/register"), "/register", "category", "g2", "name", "何"+name, "notify", "1")
		if p.Status != 200 || !strings.Contains(p.Path, "/t/") {
			t.Fatalf("signed up: %d %s", p.Status, p.Find("main").Text())
		}
		q.tickets = append(q.tickets, strings.TrimPrefix(p.Path, "/en"))
	}
	return q
}

// says is what the ticket of one of them tells, in a language.
func (q *queue) says(i int, lang string) string {
	q.t.Helper()
	p := q.Browser().Open(map[string]string{"zh": "", "en": "/en"}[lang] + q.tickets[i])
	if p.Status != 200 {
		q.t.Fatalf("ticket %d: %d", i, p.Status)
	}
	return strings.Join(strings.Fields(p.Find(".ticket-state").Text()), " ")
}

// letters are the kinds of what one of them was sent, in order, after their language.
func (q *queue) letters(i int) string {
	q.t.Helper()
	list, err := q.DB.Letters(context.Background(), false, "", 100)
	if err != nil {
		q.t.Fatal(err)
	}
	slices.Reverse(list) // the newest come first
	out := ""
	for _, l := range list {
		if l.Recipient != string(rune('a'+i))+"-waits@minyi.example" {
			continue
		}
		if out == "" {
			out = l.Lang
		} else if l.Lang != out[:2] {
			q.t.Errorf("a letter to number %d in %s", i, l.Lang)
		}
		out += " " + strings.TrimPrefix(l.Kind, "hearing_")
	}
	return out
}

// does sends a form of the ticket of one of them.
func (q *queue) does(i int, page, action string) handlerstest.Page {
	q.t.Helper()
	b := q.Browser()
	return b.Fill(b.Open(q.tickets[i]+page), action)
}

// TestAFreedSeatIsOfferedAcceptedLeftToTheNextOrRunsOut: exactly the next in line is
// asked, says yes or no, or lets the time pass; nobody is passed over and each is told.
func TestAFreedSeatIsOfferedAcceptedLeftToTheNextOrRunsOut(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		q := lined(t, s, clock, 5)
		if said := q.says(1, "zh"); !strings.Contains(said, "候补") || !strings.Contains(said, "前面还有 0 位") {
			t.Errorf("first in line: %s", said)
		}
		if said := q.says(3, "en"); !strings.Contains(said, "2 ahead of you") {
			t.Errorf("third in line: %s", said)
		}
		if p := q.does(0, "/withdraw", "/withdraw"); p.Status != 200 || !strings.Contains(p.Find(".ticket-state").Text(), "已取消") {
			t.Fatalf("withdrawn: %d %s", p.Status, p.Find("main").Text())
		}
		for i, want := range []string{"", "名额等您确认", "前面还有 0 位", "前面还有 1 位"} {
			if said := q.says(i, "zh"); !strings.Contains(said, want) {
				t.Errorf("after the first went, ticket %d: %s", i, said)
			}
		}
		// The first lets it pass to the next, who lets the day go by.
		if p := q.does(1, "/withdraw", "/withdraw"); p.Status != 200 || !strings.Contains(q.says(2, "zh"), "名额等您确认") {
			t.Fatalf("left to the next: %d, %s", p.Status, q.says(2, "zh"))
		}
		late := q.Browser()
		form := late.Open(q.tickets[2])
		clock.Add(25 * time.Hour)
		if p := late.Fill(form, "/accept"); p.Status != 409 || !strings.Contains(p.Find(".error-summary").Text(), "保留时间已过") {
			t.Errorf("accepted too late: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		for range 2 { // each once, however often the clock looks
			if err := s.Hearings().Tick(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if said := q.says(2, "en"); !strings.Contains(said, "went to the next") || q.Browser().Open(q.tickets[2]).Find("form[action$='/accept']").Length() != 0 {
			t.Errorf("whose offer ran out: %s", said)
		}
		// The one after takes it, twice as an impatient thumb does.
		taker := q.Browser()
		to, values := handlerstest.Fields(taker.Open(q.tickets[3]), "/accept")
		for range 2 {
			if p := taker.Post(to, values); p.Status != 200 || p.Find(".ticket").Length() != 1 {
				t.Fatalf("accepted: %d %s", p.Status, p.Find("main").Text())
			}
		}
		if said := q.says(4, "zh"); !strings.Contains(said, "前面还有 0 位") {
			t.Errorf("who still waits: %s", said)
		}
		s.Letters("Please take your seat", "is kept for you until", "When: ", "请确认名额", "给您保留到", "没有在期限内确认")
		// Each got the letters of their own way, once, in their language, and nobody else's.
		for i, want := range []string{"zh confirmed withdrawn", "en waiting offered withdrawn", "zh waiting offered expired", "en waiting offered", "zh waiting"} {
			if got := q.letters(i); got != want {
				t.Errorf("letters to number %d: %s, want %s", i, got, want)
			}
		}
		if faults, err := s.DB.SeatFaults(context.Background()); err != nil || len(faults) > 0 {
			t.Errorf("counters differ from a recount: %v, %v", faults, err)
		}
	})
}

// TestWhoSignedUpReadsWhatMovedAndWhy: old and new time and place and the reason, in
// each reader's language; a place that changes in one language only is asked about.
func TestWhoSignedUpReadsWhatMovedAndWhy(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		q := lined(t, s, clock, 2)
		d := q.desks
		if p := d.one.Fill(d.one.Open(d.path()+"/move"), "/move", "place_en", "Subdistrict office", "reason_zh", "补上英文地点。", "reason_en", "The English place was missing."); p.Status != 200 {
			t.Fatalf("an English place: %d %s", p.Status, faultsOf(p))
		}
		form := d.one.Open(d.path() + "/move")
		fields := []string{"starts_at", d.local(70 * day), "ends_at", d.local(70*day + time.Hour), "place_zh", "市图书馆", "reason_zh", "空调检修。", "reason_en", "Repairs."}
		asked := d.one.Fill(form, "/move", fields...)
		if asked.Status != 422 || faultsOf(asked) != "place_en" || asked.Find("input[name=same_place_en]").Length() != 1 || asked.Find("[name=reason_zh]").Text() != "空调检修。" {
			t.Fatalf("the place of one language only: %d %q", asked.Status, faultsOf(asked))
		}
		if p := d.one.Fill(asked, "/move", "place_en", "City library"); p.Status != 200 {
			t.Fatalf("moved: %d %s", p.Status, faultsOf(p))
		}
		for lang, words := range map[string][]string{"zh": {"市图书馆", "街道办事处", "空调检修。"}, "en": {"City library", "Subdistrict office", "Repairs."}} {
			prefix := map[string]string{"zh": "", "en": "/en"}[lang]
			for _, path := range []string{"/hearings/" + d.id, q.tickets[0]} {
				p := s.Browser().Open(prefix + path)
				text := p.Find("main").Text()
				if !strings.Contains(text, words[0]) || p.Find("del:contains('"+words[1]+"')").Length() == 0 || path[1] == 'h' && !strings.Contains(text, words[2]) {
					t.Errorf("%s%s does not say what moved: %s", prefix, path, p.Find(".hearing-facts").Text())
				}
			}
		}
		if p := d.one.Fill(d.one.Open(d.path()+"/cancel"), "/cancel", "reason_zh", "方案撤回。", "reason_en", "The plan is withdrawn."); p.Status != 200 {
			t.Fatalf("cancelled: %d", p.Status)
		}
		if p := d.two.Fill(form, "/move", fields...); p.Status != 409 || p.Find("[name=reason_zh]").Text() != "空调检修。" {
			t.Errorf("moved after it was cancelled: %d", p.Status)
		}
		page := s.Browser().Open("/hearings/" + d.id)
		if steps := page.Find(".status-path li").Last().Text(); !strings.Contains(steps, "取消") || page.Find(".status-next, .status-current, .status-late").Length() != 0 || page.Find(".main-action a").Length() != 0 {
			t.Errorf("the page of a cancelled hearing: %s", page.Find(".status-path").Text())
		}
		s.Letters("原定：", "街道办事处", "空调检修。", "您的报名继续有效", "Before: ", "Subdistrict office", "Repairs.", "请不要前往", "方案撤回。", "Please do not come", "The plan is withdrawn.")
	})
}

// TestTheSignUpSaysHowLongEachFieldIsKept: the numbers of the site's settings beside the
// fields, on the web and at the counter (个人信息保护法 art. 17), and what has its own consent.
func TestTheSignUpSaysHowLongEachFieldIsKept(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := asking(t, s)
		err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			return tx.SetSetting("retention", map[string]int{"signup_access": 41, "signup_contact": 242, "signup_name": 743})
		})
		if err != nil {
			t.Fatal(err)
		}
		visitor := s.Browser()
		for path, hints := range map[string]map[string]string{
			"/hearings/" + d.id + "/register":    {"#f-name-hint": "743 天", "#f-contact-hint": "242 天", "#f-access_needs-hint": "41 天"},
			"/en/hearings/" + d.id + "/register": {"#f-name-hint": "743 days", "#f-contact-hint": "242 days", "#f-access_needs-hint": "41 days"},
			d.path() + "/entry":                  {"#f-name-hint": "743 天", "#f-access_needs-hint": "41 天"},
		} {
			b := visitor
			if strings.HasPrefix(path, "/desk") {
				b = d.one
			}
			p := b.Open(path)
			for id, days := range hints {
				if said := p.Find(id).Text(); !strings.Contains(said, days) {
					t.Errorf("%s: %s says %q", path, id, said)
				}
			}
			for _, consent := range []string{"publish_name", "consent_access"} {
				if box := p.Find("input[type=checkbox][name=" + consent + "]"); box.Length() != 1 || box.AttrOr("checked", "no") != "no" {
					t.Errorf("%s: the consent %s is not asked for on its own, or given beforehand", path, consent)
				}
			}
		}
		if p := visitor.Open("/hearings/" + d.id + "/register"); !strings.Contains(p.Find("form.hearing-form").Text(), "下面的回答只给承办单位看，会后 41 天删除") || p.Find("a[href='/privacy']").Length() == 0 {
			t.Error("nothing is said about the answers, or no way leads to the rest")
		}
	})
}
