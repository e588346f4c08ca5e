package opinions_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"minyi/models"

	"minyi/handlers/handlerstest"
)

var ctx = context.Background()

func TestTwoClausesOneBasketOneReceiptWithoutScriptsOrAccount(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, false)
		b := s.Browser()
		base := "/consultations/" + c.ID
		// The first words come from a page that was kept for everybody: no cookie, no token.
		b.Post(base+"/basket?clause=a1", url.Values{"stance": {"amend"}, "body": {"晚上十一点<script>收摊</script>"}, "suggestion": {"夜市每天营业到晚上23点。"}})
		p := b.Open(base + "/basket")
		if n := p.Find(".check-answers > li").Length(); n != 1 {
			t.Fatalf("the basket shows %d opinions:\n%s", n, p.Find("main").Text())
		}
		if strings.Contains(p.Body, "<script>收摊") {
			t.Error("markup of an opinion came through")
		}
		csrf, _ := p.Find(`input[name=csrf]`).Attr("value")
		if p = b.Post(base+"/basket?clause=a2", url.Values{"csrf": {csrf}, "body": {"请早一点。"}, "then": {"basket"}}); p.Find(".check-answers > li").Length() != 2 {
			t.Fatalf("the second opinion is missing (%d):\n%s", p.Status, p.Find("main").Text())
		}
		// No contact yet: asked for, nothing is lost.
		again := b.Fill(p, "/basket/send", "display", "nickname", "name", "夜归人")
		if again.Status != 422 || again.Find(".error-summary").Length() != 1 || again.Find(`input[name=name]`).AttrOr("value", "") != "夜归人" {
			t.Fatalf("without a contact: %d\n%s", again.Status, again.Find("main").Text())
		}
		// What is no contact is asked for again where it stands: no code can be on its way.
		again = b.Fill(again, "/basket/send", "contact", "lin at minyi")
		if again.Status != 422 || again.Find(`input[autocomplete=one-time-code]`).Length() != 0 || again.Find(`input[name=contact][type=text]`).AttrOr("value", "") != "lin at minyi" {
			t.Fatalf("what is no contact: %d\n%s", again.Status, again.Find("main").Text())
		}
		// A contact that was mistyped can be changed while the code is waited for.
		asked := b.Fill(again, "/basket/send", "contact", "lni@minyi.example")
		back := b.Fill(asked, "/basket/send", "change", "1")
		if back.Find(`input[name=contact][type=text]`).AttrOr("value", "") != "lni@minyi.example" || back.Find(`input[name=name]`).AttrOr("value", "") != "夜归人" {
			t.Fatalf("back to the contact: %d\n%s", back.Status, back.Find("main").Text())
		}
		asked = b.Fill(back, "/basket/send", "contact", "lin@minyi.example")
		if asked.Find(`input[autocomplete=one-time-code]`).Length() != 1 {
			t.Fatalf("no code is asked for: %d\n%s", asked.Status, asked.Find("main").Text())
		}
		code := s.Code("lin@minyi.example")
		wrong := b.Fill(asked, "/basket/send", "code", strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code))
		if wrong.Status != 422 || wrong.Find(".error-summary").Length() != 1 {
			t.Fatalf("a wrong code: %d", wrong.Status)
		}
		to, values := handlerstest.Fields(wrong, "/basket/send", "code", code)
		receipt := b.Post(to, values)
		if !strings.HasPrefix(receipt.Path, "/r/") || receipt.Find(".check-answers > li").Length() != 2 {
			t.Fatalf("no receipt: %d %s\n%s", receipt.Status, receipt.Path, receipt.Find("main").Text())
		}
		// Numbers that follow one another are said as a range.
		if way := receipt.Find(".status-path").Text(); !strings.Contains(way, "第 1–2 号") {
			t.Errorf("the numbers of the receipt: %s", way)
		}
		if way := b.Open("/en" + receipt.Path).Find(".status-path").Text(); !strings.Contains(way, "Nos. 1–2") {
			t.Errorf("the numbers of the receipt in English: %s", way)
		}
		// Sent again, as after a lost connection: the same receipt, nothing doubled.
		if twice := b.Post(to, values); twice.Path != receipt.Path {
			t.Errorf("sent again: %s, first %s", twice.Path, receipt.Path)
		}
		counts, err := s.DB.ClauseCounts(ctx, c.ID)
		if err != nil || counts[""].Total != 2 || counts["a1"].Amend != 1 {
			t.Errorf("counts %+v (%v)", counts, err)
		}
		if empty := b.Open(base + "/basket"); empty.Find(".check-answers > li").Length() != 0 {
			t.Error("what was sent is still in the basket")
		}
		othersSeeOnlyTheState(t, s, receipt)
	})
}

// othersSeeOnlyTheState opens a receipt as somebody who only has the code, then
// with the contact detail.
func othersSeeOnlyTheState(t *testing.T, s handlerstest.Site, mine handlerstest.Page) {
	t.Helper()
	other := s.Browser()
	p := other.Open(mine.Path)
	if p.Status != 200 || strings.Contains(p.Body, "请早一点") || p.Find(".status-path li").Length() != 4 {
		t.Errorf("who only has the code sees %d:\n%s", p.Status, p.Find("main").Text())
	}
	if p.Find("code.break").Text() == "" || !strings.Contains(mine.Find("main").Text(), "请早一点") {
		t.Error("hash or own texts are missing")
	}
	code := strings.TrimPrefix(mine.Path, "/r/")
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
		p := other.Fill(other.Open("/r"), "/r", "code", tc.code, "detail", tc.detail)
		if p.Status != tc.status || strings.Contains(p.Body, "请早一点") != tc.texts {
			t.Errorf("%s: %d, texts %v", name, p.Status, strings.Contains(p.Body, "请早一点"))
		}
		if tc.status == 422 && !strings.Contains(p.Body, "没有找到这份回执") {
			t.Errorf("%s has a message of its own", name)
		}
	}
	if p := other.Open("/api/v1/receipts/" + code); p.Status != 200 || strings.Contains(p.Body, "body") || !strings.Contains(p.Body, `"number":2`) {
		t.Errorf("the API tells a stranger: %d %s", p.Status, p.Body)
	}
	if p := other.Open("/api/v1/receipts/" + code + "?contact=lin@minyi.example"); !strings.Contains(p.Body, "请早一点") {
		t.Errorf("the API tells the author: %d %s", p.Status, p.Body)
	}
	if p := other.Open("/api/v1/receipts/0000-0000"); p.Status != 404 {
		t.Errorf("a wrong code: %d", p.Status)
	}
	if p := other.Open(mine.Path + "/calendar.ics"); !strings.Contains(p.Body, "BEGIN:VEVENT") {
		t.Errorf("calendar: %d %.200s", p.Status, p.Body)
	}
}

func TestOpinionsInTheBasketCanBeChangedAndRemoved(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, true)
		b := s.Browser()
		base := "/en/consultations/" + c.ID
		b.Post(base+"/basket?clause=a1", url.Values{"body": {"first"}})
		p := b.Open(base + "/basket")
		edit, _ := p.Find(".check-answers a.button").Attr("href")
		form := b.Open(edit)
		// The clause stands in the field for another wording; sent back as it is, it is no suggestion.
		if !strings.Contains(form.Find("textarea[name=suggestion]").Text(), "夜市") {
			t.Error("the clause is not there to be rewritten")
		}
		long := strings.Repeat("字", 2001)
		bad := b.Fill(form, "/basket/", "body", long)
		if bad.Status != 422 || bad.Find("textarea[name=body]").Text() != long || !strings.HasPrefix(bad.Find("title").Text(), "Error") {
			t.Errorf("too long: %d, kept %d characters, title %q", bad.Status, len([]rune(bad.Find("textarea[name=body]").Text())), bad.Find("title").Text())
		}
		p = b.Fill(bad, "/basket/", "body", "second", "stance", "support")
		if text := p.Find(".check-answers").Text(); !strings.Contains(text, "second") || strings.Contains(text, "first") || p.Find(".diff").Length() != 0 {
			t.Errorf("after the change: %s", text)
		}
		if stranger := s.Browser().Open(edit); stranger.Status != 404 {
			t.Errorf("somebody else's basket: %d", stranger.Status)
		}
		p = b.Fill(b.Open(edit+"/remove"), "/remove")
		if p.Find(".empty").Length() != 1 {
			t.Errorf("the removed opinion is still there:\n%s", p.Find("main").Text())
		}
		b.Post(base+"/basket?clause=a3", url.Values{"csrf": {handlerstest.CSRF(b.Open("/r"))}, "body": {"third"}})
		if p = b.Fill(b.Open(base+"/basket"), "/basket/send", "way", "none"); !strings.HasPrefix(p.Path, "/en/r/") {
			t.Errorf("with nothing but the receipt: %d %s\n%s", p.Status, p.Path, p.Find("main").Text())
		}
	})
}

func TestAWrongOpinionComesBackWithItsWords(t *testing.T) {
	s := handlerstest.Start(t, "")
	c := s.Consultation(nil, true)
	draft := s.Consultation(func(c *models.Consultation) { c.PublishedAt = nil }, true)
	over := s.Consultation(func(c *models.Consultation) {
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
		p := s.Browser().Post("/consultations/"+tc.id+"/basket?clause="+url.QueryEscape(tc.clause), url.Values{"body": {tc.body}})
		if p.Status != tc.status {
			t.Errorf("%s: %d, want %d", name, p.Status, tc.status)
		}
		if strings.TrimSpace(tc.body) != "" && !strings.Contains(p.Text(), tc.body) {
			t.Errorf("%s: the words are lost", name)
		}
	}
}
