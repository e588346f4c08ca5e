package opinions_test

import (
	"net/url"
	"strings"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"

	"minyi/handlers/handlerstest"
)

func TestAContactDisownsWhatWasSaidInTheirName(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, true)
		unit := s.Unit(true)
		officer := s.Browser()
		officer.Auth = s.Token(modelstest.Person(t, s.DB, "officer", unit, models.Officer))
		entry := url.Values{"channel": {"phone"}, "clause": {"a1"}, "body": {"夜市太吵"}, "display": {"name"}, "name": {"林一鸣"}, "contact": {"lin@minyi.example"}, "consent": {"1"}}
		if p := officer.Post("/desk/c/"+c.ID+"/entry", entry); p.Status != 200 || p.Find(".notice").Length() == 0 {
			t.Fatalf("entry: %d\n%s", p.Status, p.Find("main").Text())
		}
		clause := "/consultations/" + c.ID + "/clauses/a1"
		if p := s.Browser().Open(clause); !strings.Contains(p.Body, "林一鸣") {
			t.Fatal("the entered opinion is not public with its name")
		}
		link := s.LinkTo("lin@minyi.example", "/not-mine/")
		b := s.Browser()
		asked := b.Open(link) // as a mail program does, too: nothing happens yet
		if asked.Status != 200 || !strings.Contains(asked.Find("main").Text(), "夜市太吵") {
			t.Fatalf("the link: %d\n%s", asked.Status, asked.Find("main").Text())
		}
		if p := s.Browser().Open(clause); !strings.Contains(p.Body, "夜市太吵") {
			t.Error("opening the link was enough")
		}
		for _, forged := range []string{"/not-mine/x", link + "x", link[:len(link)-2]} {
			if p := b.Open(forged); p.Status != 404 {
				t.Errorf("%s: %d", forged, p.Status)
			}
			if p := b.Post(forged, url.Values{}); p.Status != 404 {
				t.Errorf("POST %s: %d", forged, p.Status)
			}
		}
		for range 2 {
			if p := b.Post(link, url.Values{}); p.Status != 200 || strings.Contains(p.Body, "夜市太吵") || p.Find("form[action*='not-mine']").Length() != 0 {
				t.Errorf("told: %d\n%s", p.Status, p.Find("main").Text())
			}
		}
		if p := s.Browser().Open(clause); strings.Contains(p.Body, "夜市太吵") || strings.Contains(p.Body, "林一鸣") {
			t.Error("it is still public")
		}
		waits := officer.Open("/desk/c/" + c.ID + "/moderation")
		if !strings.Contains(waits.Find("main").Text(), "夜市太吵") {
			t.Fatalf("the officer does not see it:\n%s", waits.Find("main").Text())
		}
		var acts int
		list, err := s.DB.AuditTrail(ctx, models.AuditFilter{Name: "opinions.disown", Limit: 10})
		if acts = len(list); err != nil || acts != 1 {
			t.Errorf("%d audit rows for one disowning (%v)", acts, err)
		}
		if p := officer.Fill(waits, "/show"); p.Status != 200 {
			t.Fatalf("shown again: %d", p.Status)
		}
		p := s.Browser().Open(clause)
		if !strings.Contains(p.Body, "夜市太吵") || strings.Contains(p.Body, "林一鸣") {
			t.Error("shown again it must stand without the name")
		}
	})
}
