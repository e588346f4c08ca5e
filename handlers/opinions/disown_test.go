package opinions_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

// linkTo waits for a letter to somebody and gives the first path in it that begins
// so.
func (s site) linkTo(to, begins string) string {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		text := s.browser().open("/mailbox").Find("main").Text()
		if _, after, ok := strings.Cut(text, to); ok {
			if i := strings.Index(after, begins); i >= 0 {
				return strings.Fields(after[i:])[0]
			}
		}
	}
	s.t.Fatalf("no letter to %s with %s", to, begins)
	return ""
}

func TestAContactDisownsWhatWasSaidInTheirName(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		c := s.consultation(nil, true)
		unit := s.unit(true)
		officer := s.browser()
		officer.auth = s.token(modelstest.Person(t, s.DB, "officer", unit, models.Officer))
		entry := url.Values{"channel": {"phone"}, "clause": {"a1"}, "body": {"夜市太吵"}, "display": {"name"}, "name": {"林一鸣"}, "contact": {"lin@minyi.example"}, "consent": {"1"}}
		if p := officer.post("/desk/c/"+c.ID+"/entry", entry); p.status != 200 || p.Find(".notice").Length() == 0 {
			t.Fatalf("entry: %d\n%s", p.status, p.Find("main").Text())
		}
		clause := "/consultations/" + c.ID + "/clauses/a1"
		if p := s.browser().open(clause); !strings.Contains(p.body, "林一鸣") {
			t.Fatal("the entered opinion is not public with its name")
		}
		link := s.linkTo("lin@minyi.example", "/not-mine/")
		b := s.browser()
		asked := b.open(link) // as a mail program does, too: nothing happens yet
		if asked.status != 200 || !strings.Contains(asked.Find("main").Text(), "夜市太吵") {
			t.Fatalf("the link: %d\n%s", asked.status, asked.Find("main").Text())
		}
		if p := s.browser().open(clause); !strings.Contains(p.body, "夜市太吵") {
			t.Error("opening the link was enough")
		}
		for _, forged := range []string{"/not-mine/x", link + "x", link[:len(link)-2]} {
			if p := b.open(forged); p.status != 404 {
				t.Errorf("%s: %d", forged, p.status)
			}
			if p := b.post(forged, url.Values{}); p.status != 404 {
				t.Errorf("POST %s: %d", forged, p.status)
			}
		}
		for range 2 {
			if p := b.post(link, url.Values{}); p.status != 200 || strings.Contains(p.body, "夜市太吵") || p.Find("form[action*='not-mine']").Length() != 0 {
				t.Errorf("told: %d\n%s", p.status, p.Find("main").Text())
			}
		}
		if p := s.browser().open(clause); strings.Contains(p.body, "夜市太吵") || strings.Contains(p.body, "林一鸣") {
			t.Error("it is still public")
		}
		waits := officer.open("/desk/c/" + c.ID + "/moderation")
		if !strings.Contains(waits.Find("main").Text(), "夜市太吵") {
			t.Fatalf("the officer does not see it:\n%s", waits.Find("main").Text())
		}
		var acts int
		list, err := s.DB.AuditTrail(ctx, models.AuditFilter{Name: "opinions.disown", Limit: 10})
		if acts = len(list); err != nil || acts != 1 {
			t.Errorf("%d audit rows for one disowning (%v)", acts, err)
		}
		if p := officer.fill(waits, "/show"); p.status != 200 {
			t.Fatalf("shown again: %d", p.status)
		}
		p := s.browser().open(clause)
		if !strings.Contains(p.body, "夜市太吵") || strings.Contains(p.body, "林一鸣") {
			t.Error("shown again it must stand without the name")
		}
	})
}
