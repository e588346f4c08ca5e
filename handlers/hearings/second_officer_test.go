package hearings_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// says holds that a page tells each of the words in its main part.
func (j *journey) says(p handlerstest.Page, what string, words ...string) {
	j.t.Helper()
	text := p.Find("main").Text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			j.t.Errorf("%s: %d, nothing of %q in %s", what, p.Status, w, text)
		}
	}
}

// offers holds that a page has, or has not, a form that leads somewhere.
func (j *journey) offers(p handlerstest.Page, what, action string, want bool) {
	j.t.Helper()
	if has := p.Find("main form[action$='"+action+"']").Length() > 0; has != want {
		j.t.Errorf("%s offers %s: %v", what, action, has)
	}
}

// letterTo counts the letters of a kind that somebody was sent, with words in their data.
func (j *journey) letterTo(kind, to, words string) (n int) {
	j.t.Helper()
	list, err := j.s.DB.Letters(context.Background(), false, "", 1000)
	if err != nil {
		j.t.Fatal(err)
	}
	for _, l := range list {
		if l.Kind == kind && l.Recipient == to && strings.Contains(l.Data, words) {
			n++
		}
	}
	return n
}

// begun makes the hearing with two officers; the first is told by mail.
func begun(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) *journey {
	j := &journey{t: t, s: s, clock: clock}
	j.announce()
	first := modelstest.Person(t, s.DB, "yi", s.Unit(true), models.Officer)
	err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		first.Notify = models.ChannelMail
		return tx.Save(&first)
	})
	if err != nil {
		t.Fatal(err)
	}
	j.one, j.two = s.As(first), s.As(modelstest.Person(t, s.DB, "er", s.Unit(true), models.Officer))
	return j
}

// Two people make a report public: the second publishes it or returns it with a note, the
// first mends it and proposes it again. Who wrote what, and what comes next, stands on the
// page for both.
func TestAReportIsReturnedWithANoteMendedAndPublished(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		j := begun(t, s, clock)
		j.to(j.h.EndsAt.Add(time.Hour))
		page := "/report"
		j.sent(j.one.Fill(j.one.Open(j.desks(page)), "/report", "summary_zh", "三条意见都已研究。", "v_zh_0", "分时收费。", "v_decision_0", "adopted"), "writing")
		j.sent(j.one.Fill(j.one.Open(j.desks(page)), "/report/propose"), "proposing")
		mine := j.one.Open(j.desks(page))
		j.says(mine, "who proposed", "您在", "等另一位同事")
		j.offers(mine, "who proposed", "/report/publish", false)
		read := j.two.Open(j.desks(page))
		j.says(read, "the second officer", "yi在", "提交")
		j.offers(read, "the second officer", "/report/publish", true)

		j.refused(j.two.Fill(read, "/report/return", "note", " "), "returned without a word", "note")
		long := j.two.Fill(read, "/report/return", "note", strings.Repeat("长", 1001))
		j.refused(long, "returned with too many words", "note", "note", strings.Repeat("长", 1001))
		english := j.two.Open("/en" + j.desks(page))
		j.says(english, "in English", "Proposed by yi", "Return")
		j.sent(j.two.Fill(read, "/report/return", "note", "第一条没有写理由。"), "returning")
		for who, b := range map[string]*handlerstest.Browser{"the first": j.one, "the second": j.two} {
			p := b.Open(j.desks(page))
			j.says(p, who+" after the return", "er退回了", "第一条没有写理由。")
			j.offers(p, who+" after the return", "/report/publish", false)
			j.offers(p, who+" after the return", "/report/propose", true)
		}
		if n := j.letterTo("hearing_report_returned", "yi@minyi.example", "第一条没有写理由。"); n != 1 {
			t.Errorf("the first officer was told %d times", n)
		}
		// What was read before the return is published by nobody.
		if late := j.two.Fill(read, "/report/publish"); late.Status != 409 || late.Find(".error-summary").Length() != 1 {
			t.Errorf("a report that was returned is published: %d", late.Status)
		}
		if again := j.two.Fill(read, "/report/return", "note", "再退一次。"); again.Status != 409 {
			t.Errorf("returned twice: %d", again.Status)
		}
		j.sent(j.one.Fill(j.one.Open(j.desks(page)), "/report", "v_why_zh_0", "先试行一年。"), "mending")
		j.sent(j.one.Fill(j.one.Open(j.desks(page)), "/report/propose"), "proposing again")
		j.sent(j.one.Fill(j.one.Open(j.desks(page)), "/report/return"), "taking it back") // one's own needs no reason
		if p := j.one.Open(j.desks(page)); strings.Contains(p.Find("main").Text(), "退回了") {
			t.Error("an old note stands beside a report that was taken back")
		}
		j.sent(j.one.Fill(j.one.Open(j.desks(page)), "/report/propose"), "proposing once more")
		j.sent(j.two.Fill(j.two.Open(j.desks(page)), "/report/publish"), "publishing")
		for _, b := range []*handlerstest.Browser{j.one, j.two} {
			p := b.Open(j.desks(page))
			j.says(p, "a public report", "er在", "公布了报告")
			j.offers(p, "a public report", "/report/return", false)
			if p.Find("main a[href*='/hearings/"+j.h.ID+"/record']").Length() != 1 {
				t.Error("no way from a public report to its page")
			}
		}
		if r, err := s.DB.ReportOf(context.Background(), j.h.ID); err != nil || r.PublishedAt == nil || !strings.Contains(r.Items, "先试行一年。") {
			t.Errorf("published: %+v %v", r, err)
		}
	})
}

// Who comes second to a draw or a decision is shown what stands, by whom and since when,
// and what comes next.
func TestWhoComesSecondSeesWhatStandsAndWhatComesNext(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		j := begun(t, s, clock)
		err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			return tx.Insert(&models.HearingCategory{ID: models.NewID(tx.Now), HearingID: j.h.ID, Key: "press", Position: 2, Role: models.Press, NameZH: "媒体", NameEN: "Press", Method: models.Approval, Seats: 1})
		})
		if err != nil {
			t.Fatal(err)
		}
		j.signUp()
		j.sent(j.one.Fill(j.one.Open(j.desks("/entry")), "/entry", "category", "press", "name", "何记者", "q_car", "无", "consent", "1"), "signing up")
		list, second := j.one.Open(j.desks("/registrations")), j.two.Open(j.desks("/registrations"))
		id := list.Find("input[name=registration]").AttrOr("value", "")
		j.sent(j.one.Fill(list, "/decide", "approve", "0", "note_"+id, "证件过期。"), "declining")
		lost := j.two.Fill(second, "/decide", "approve", "1")
		if lost.Status != 409 {
			t.Errorf("decided twice: %d", lost.Status)
		}
		j.says(lost, "who decides second", "yi在", "000007", "未通过", "证件过期。")

		j.to(j.h.SignupClosesAt.Add(day))
		seedAt := clock.Now().Add(day)
		form := j.two.Open(j.desks("/draw"))
		fix := func(b *handlerstest.Browser, p handlerstest.Page, rule string) handlerstest.Page {
			return b.Fill(p, "/draw/commit", "method", "dice", "dice", "20", "rule_zh", rule, "seed_at", j.zoned(seedAt))
		}
		j.sent(fix(j.one, j.one.Open(j.desks("/draw")), "三位见证人轮流掷骰子。"), "fixing the list")
		lost = fix(j.two, form, "另一条规则。")
		if lost.Status != 409 {
			t.Errorf("fixed twice: %d", lost.Status)
		}
		j.says(lost, "who fixes second", "yi", "6 人报名", "三位见证人轮流掷骰子。", "掷骰子", "20 次", "再填写")
		d, err := s.DB.DrawOf(context.Background(), j.h.ID)
		if err != nil {
			t.Fatal(err)
		}
		j.says(lost, "who fixes second", d.Commitment)
		j.to(seedAt.Add(time.Minute))
		form = j.two.Open(j.desks("/draw"))
		j.says(form, "when the number exists", "数字产生以后填在下面")
		throw := func(b *handlerstest.Browser, p handlerstest.Page, value string) handlerstest.Page {
			return b.Fill(p, "/draw/seed", "value", value, "witnesses", "见证甲、见证乙")
		}
		j.sent(throw(j.one, j.one.Open(j.desks("/draw")), "35162 41352 16435 22164"), "drawing")
		lost = throw(j.two, form, "11111 41352 16435 22164")
		if lost.Status != 409 {
			t.Errorf("drawn twice: %d", lost.Status)
		}
		j.says(lost, "who draws second", "yi", "35162", "见证甲", "见证乙", "下一步")
		if lost.Find("main a[href$='/draw']").Length() == 0 {
			t.Error("no way to the result")
		}
	})
}
