package opinions_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// Who began to write before the deadline may send within the grace, and nobody else: it is
// decided by the moment at which the form was shown and the moment of sending, and pages
// say so before and after. Everything here is done without scripts.
func TestWhoBeganBeforeTheDeadlineMaySendWithinTheGrace(t *testing.T) {
	const grace = 10 * time.Minute
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		closing := func() (models.Consultation, string, time.Time) {
			closes := clock.Now().Add(time.Hour).Truncate(time.Second)
			c := s.Consultation(func(c *models.Consultation) { c.ClosesAt, c.GraceMinutes = &closes, int(grace/time.Minute) }, true)
			return c, "/consultations/" + c.ID, closes
		}
		move := func(c models.Consultation, from, to time.Time) {
			t.Helper()
			err := s.DB.InTx(ctx, models.Act{By: "system", Name: "test"}, func(tx *models.Tx) error {
				tx.Emit(models.ConsultationTopic(c.ID), "consultations.extended", map[string]any{"id": c.ID})
				return tx.MoveClosing(c.ID, from, to, nil)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		says := func(p handlerstest.Page, words string) {
			t.Helper()
			if !strings.Contains(p.Find("main").Text(), words) {
				t.Errorf("%s does not say %q:\n%s", p.Path, words, p.Find("main").Text())
			}
		}
		for _, lang := range []struct{ prefix, soon, now, basket, closed string }{
			{"", "截止前在这一页开始写的", "截止前已经开始写的", "您在截止前就开始写了", "征集已经结束"},
			{"/en", "If you begin on this page before then", "If you began to write before closing", "You began before that", "Comments"},
		} {
			// Begun a moment before, written and sent in the last moment of the grace.
			_, base, closes := closing()
			clock.Set(closes.Add(-time.Second))
			early, tooLate := s.Browser(), s.Browser()
			form, other := early.Open(lang.prefix+base+"/clauses/a1"), tooLate.Open(lang.prefix+base+"/clauses/a1")
			says(form, lang.soon)
			clock.Set(closes)
			late := s.Browser()
			shut := late.Open(lang.prefix + base + "/clauses/a2")
			says(shut, lang.now)
			if shut.Find("textarea[name=body]").Length() != shut.Find("[data-in-grace][hidden] textarea[name=body]").Length() {
				t.Error("after the deadline a form is offered")
			}
			if mark, _ := shut.Find("[data-in-grace] input[name=began]").Attr("value"); mark != "" {
				t.Error("who comes after the deadline is given the mark of having begun")
			}
			clock.Set(closes.Add(grace - time.Microsecond))
			put := early.Fill(form, "/basket?clause=a1", "body", "差一点没赶上。")
			if put.Status != 200 {
				t.Fatalf("within the grace: %d\n%s", put.Status, put.Find("main").Text())
			}
			basket := early.Open(lang.prefix + base + "/basket")
			says(basket, lang.basket)
			if p := early.Fill(basket, "/basket/send", "way", "none"); !strings.Contains(p.Path, "/r/") {
				t.Errorf("sending within the grace: %d %s\n%s", p.Status, p.Path, p.Find("main").Text())
			}
			// The same form a moment later: what was typed stays on the page.
			clock.Set(closes.Add(grace))
			if p := tooLate.Fill(other, "/basket?clause=a1", "body", "来晚了的话。"); p.Status != 409 || p.Find("textarea[name=body]").Text() != "来晚了的话。" {
				t.Errorf("after the grace: %d\n%s", p.Status, p.Find("main").Text())
			}
			over := late.Open(lang.prefix + base + "/clauses/a2")
			if strings.Contains(over.Find("main").Text(), lang.now) {
				t.Error("the grace is over and the page still speaks of it")
			}
			if over.Find("textarea[name=body]").Length() != 0 || over.Find("[data-left][hidden]").Length() != 1 {
				t.Error("after the grace the page has no place for words that stayed on the device")
			}
			// Put within, not sent within: the words are offered as a letter.
			_, base, closes = closing()
			slow := s.Browser()
			form = slow.Open(lang.prefix + base + "/clauses/a1")
			clock.Set(closes.Add(time.Minute))
			slow.Fill(form, "/basket?clause=a1", "body", "放进篮子忘了提交。")
			basket = slow.Open(lang.prefix + base + "/basket")
			clock.Set(closes.Add(grace))
			for _, to := range []string{"", "late@minyi.example"} { // nobody is asked for a contact or a code for what cannot be sent
				if p := slow.Fill(basket, "/basket/send", "way", "contact", "contact", to); p.Status != 409 || !strings.Contains(p.Find("#letter").Text(), "放进篮子忘了提交。") {
					t.Errorf("sending after the grace with the contact %q: %d\n%s", to, p.Status, p.Find("main").Text())
				}
			}
			if p := slow.Fill(basket, "/basket/send", "way", "none"); p.Status != 409 || !strings.Contains(p.Find("#letter").Text(), "放进篮子忘了提交。") {
				t.Errorf("sending after the grace: %d\n%s", p.Status, p.Find("main").Text())
			}
		}
		// Begun after: without a mark, with a forged one, with that of another consultation.
		c, base, closes := closing()
		_, elsewhere, _ := closing()
		b := s.Browser()
		_, values := handlerstest.Fields(b.Open(elsewhere+"/clauses/a1"), "/basket")
		foreign := values.Get("began")
		_, values = handlerstest.Fields(b.Open(base+"/clauses/a1"), "/basket")
		if values.Get("began") == "" || foreign == "" {
			t.Fatal("the form does not say when it was shown")
		}
		clock.Set(closes.Add(time.Minute))
		for name, mark := range map[string]string{"no mark": "", "a forged mark": values.Get("began") + "x", "a mark of another consultation": foreign} {
			if p := s.Browser().Post(base+"/basket?clause=a1", url.Values{"body": {"后来才写的"}, "began": {mark}}); p.Status != 409 || p.Find("textarea[name=body]").Text() != "后来才写的" {
				t.Errorf("%s: %d", name, p.Status)
			}
		}
		// Extended meanwhile: everybody may write again, and the grace moves along.
		later := closes.Add(2 * time.Hour)
		moved := clock.Now()
		move(c, closes, later)
		if p := b.Fill(b.Open(base+"/clauses/a1"), "/basket?clause=a1", "body", "延期以后写的"); p.Status != 200 {
			t.Errorf("after extending: %d\n%s", p.Status, p.Find("main").Text())
		}
		clock.Set(later.Add(grace - time.Second))
		if p := b.Fill(b.Open(base+"/basket"), "/basket/send", "way", "none"); !strings.Contains(p.Path, "/r/") {
			t.Errorf("within the grace of the new deadline: %d %s", p.Status, p.Path)
		}
		if feed, want := s.Browser().Open("/consultations.atom").Body, "<updated>"+moved.UTC().Format(time.RFC3339)+"</updated>"; !strings.Contains(feed, want) {
			t.Errorf("a reader of the feed is not told of the new deadline, no %s in\n%s", want, feed)
		}
		if cal, want := s.Browser().Open(base+"/deadline.ics").Body, "LAST-MODIFIED:"+moved.UTC().Format("20060102T150405Z"); !strings.Contains(cal, want) {
			t.Errorf("no %s in\n%s", want, cal)
		}
		// Closed early: who began before the new deadline has the grace from there.
		c, base, closes = closing()
		b = s.Browser()
		form := b.Open(base + "/clauses/a1")
		clock.Add(30 * time.Minute)
		move(c, closes, clock.Now().Add(-time.Minute))
		if p := b.Fill(form, "/basket?clause=a1", "body", "提前结束"); p.Status != 200 {
			t.Errorf("closed early, within the grace: %d\n%s", p.Status, p.Find("main").Text())
		}
		clock.Add(grace)
		if p := s.Browser().Fill(form, "/basket?clause=a1", "body", "提前结束以后"); p.Status != 409 || p.Find("textarea[name=body]").Text() != "提前结束以后" {
			t.Errorf("closed early, after the grace: %d", p.Status)
		}
	})
}
