package hearings_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/app/kit/draw"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// refused holds that a form was not taken: a message that leads to each field, all that
// was typed still there.
func (j *journey) refused(p handlerstest.Page, what string, fields string, typed ...string) {
	j.t.Helper()
	var named []string
	p.Find(".error-summary a").Each(func(_ int, a *goquery.Selection) {
		href := a.AttrOr("href", "")
		if p.Find(href).Length() != 1 {
			j.t.Errorf("%s: the summary leads to %s, which is not there", what, href)
		}
		named = append(named, strings.TrimPrefix(href, "#f-"))
	})
	if p.Status != 422 && p.Status != 409 || strings.Join(named, " ") != fields {
		j.t.Errorf("%s: %d, told of %q, want %q\n%s", what, p.Status, named, fields, p.Find(".error-summary").Text())
	}
	for i := 0; i < len(typed); i += 2 {
		field := p.Find("[name=" + typed[i] + "]")
		kept := field.AttrOr("value", field.Text())
		if field.AttrOr("type", "") == "radio" {
			kept = p.Find("[name="+typed[i]+"]:checked").AttrOr("value", "")
		}
		if kept != typed[i+1] {
			j.t.Errorf("%s: %s holds %q, typed was %q", what, typed[i], kept, typed[i+1])
		}
	}
}

// atOnce sends two forms at the same time; exactly one of them is taken.
func (j *journey) atOnce(what string, send ...func() handlerstest.Page) (lost handlerstest.Page) {
	j.t.Helper()
	pages := make([]handlerstest.Page, len(send))
	var wg sync.WaitGroup
	for i := range send {
		wg.Go(func() { pages[i] = send[i]() })
	}
	wg.Wait()
	taken := 0
	for _, p := range pages {
		if p.Status == 200 {
			taken++
			continue
		}
		if lost = p; p.Status != 409 || p.Find(".error-summary").Length() != 1 {
			j.t.Errorf("%s, who came second: %d %s", what, p.Status, p.Find("main").Text())
		}
	}
	if taken != 1 {
		j.t.Fatalf("%s: %d of %d were taken", what, taken, len(send))
	}
	return lost
}

// The list is fixed once and the draw is made once: nothing that is mistyped, sent too
// early, sent twice or sent by two people at once half-does either.
func TestTheDrawIsFixedOnceWhateverIsTyped(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		j := &journey{t: t, s: s, clock: clock}
		j.announce()
		j.one, j.two = s.As(modelstest.Person(t, s.DB, "yi", s.Unit(true), models.Officer)), s.As(modelstest.Person(t, s.DB, "er", s.Unit(true), models.Officer))
		j.signUp()
		if page := j.one.Open(j.desks("/draw")); page.Find("main form").Length() > 0 {
			t.Error("the list can be fixed while people sign up")
		}
		j.to(j.h.SignupClosesAt.Add(day))
		seedAt := clock.Now().Add(day)
		rule := "三位见证人轮流掷骰子。"
		commit := func(b *handlerstest.Browser, typed ...string) func() handlerstest.Page {
			page := b.Open(j.desks("/draw"))
			return func() handlerstest.Page {
				return b.Fill(page, "/draw/commit", append([]string{"method", "dice", "dice", "20", "rule_zh", rule, "seed_at", j.zoned(seedAt)}, typed...)...)
			}
		}
		long := strings.Repeat("长", 151)
		for _, c := range []struct {
			fields string
			typed  []string
		}{
			{"rule_zh seed_at", []string{"rule_zh", " ", "seed_at", ""}},
			{"seed_at", []string{"seed_at", "2027-13-45T99:00"}},
			{"seed_at", []string{"seed_at", j.zoned(clock.Now().Add(-time.Hour))}},
			{"seed_at dice rule_zh", []string{"dice", "19", "rule_zh", long, "seed_at", "x"}},
			{"dice", []string{"dice", "101"}},
			{"dice", []string{"dice", "二十"}},
			{"rule_zh", []string{"rule_zh", strings.Repeat("🎲", 150)}},
			{"rule_en", []string{"rule_en", strings.Repeat("x", 451)}},
		} {
			j.refused(commit(j.one, c.typed...)(), strings.Join(c.typed, " "), c.fields, c.typed...)
		}
		if p := commit(j.one, "method", "coin")(); p.Status != 422 {
			t.Errorf("a way that there is not: %d", p.Status)
		}
		if _, err := s.DB.DrawOf(context.Background(), j.h.ID); !models.IsNotFound(err) {
			t.Fatalf("something was fixed: %v", err)
		}
		stale := commit(j.two, "rule_zh", "我来掷。")
		lost := j.atOnce("fixing the list", commit(j.one), commit(j.two, "rule_zh", "换一条规则。"))
		d, err := s.DB.DrawOf(context.Background(), j.h.ID)
		if err != nil {
			t.Fatal(err)
		}
		j.atStake(d, lost)
		j.refused(stale(), "a form from before", "")
		if again, err := s.DB.DrawOf(context.Background(), j.h.ID); err != nil || again.Commitment != d.Commitment {
			t.Errorf("fixed twice: %v", err)
		}
		seed := func(b *handlerstest.Browser, value, witnesses string) func() handlerstest.Page {
			page := b.Open(j.desks("/draw"))
			return func() handlerstest.Page {
				return b.Fill(page, "/draw/seed", "value", value, "witnesses", witnesses)
			}
		}
		const eyes, other, both = "35162 41352 16435 22164", "11111 22222 33333 44444", "见证甲\n见证乙"
		j.refused(seed(j.one, eyes, both)(), "too early", "", "value", eyes, "witnesses", both)
		j.to(seedAt.Add(time.Minute))
		for _, c := range [][3]string{
			{"value witnesses", " ", ""},
			{"value", "123", both},
			{"value", strings.Repeat("7", 20), both},
			{"value", "３５１６２ abcde 16435 22164", both},
			{"value", eyes + " 1", both},
			{"witnesses", eyes, "见证甲"},
			{"witnesses", eyes, "见证甲、见证甲"}, // one person is no two
		} {
			j.refused(seed(j.one, c[1], c[2])(), strings.Join(c[1:], " "), c[0], "value", c[1], "witnesses", c[2])
		}
		if now, err := s.DB.DrawOf(context.Background(), j.h.ID); err != nil || now.DrawnAt != nil {
			t.Fatalf("it was drawn with what was refused: %v", err)
		}
		stale = seed(j.two, strings.Repeat("6", 20), both)
		j.atOnce("drawing", seed(j.one, eyes, both), seed(j.two, other, both))
		j.refused(stale(), "a seed from before", "")
		done, err := s.DB.DrawOf(context.Background(), j.h.ID)
		if err != nil {
			t.Fatal(err)
		}
		if r, found := draw.Verify([]byte(done.File), d.Commitment); len(found) > 0 || len(r.Chosen) != 3 || !strings.Contains(done.File, done.Seed) {
			t.Errorf("the file: %v", found)
		}
		j.chosen()
		if public := s.Browser().Open("/hearings/" + j.h.ID + "/draw"); !strings.Contains(public.Find(".draw-proof").Text(), done.Seed) || !strings.Contains(public.Find(".draw-proof").Text(), "见证甲、见证乙") {
			t.Errorf("the public page:\n%s", public.Find(".draw-proof").Text())
		}
	})
}

// atStake holds that hash and list are public before there is a seed, and that who lost
// the race sees what is fixed.
func (j *journey) atStake(d models.Draw, lost handlerstest.Page) {
	j.t.Helper()
	if text := lost.Find("main").Text(); !strings.Contains(text, d.Commitment) || !strings.Contains(text, d.RuleZH) {
		j.t.Errorf("who came second does not see what is fixed:\n%s", text)
	}
	for _, path := range []string{"/hearings/" + j.h.ID + "/draw", "/en/hearings/" + j.h.ID + "/draw"} {
		text := j.s.Browser().Open(path).Find("main").Text()
		for _, shown := range []string{d.Commitment, "000001", "000006"} {
			if !strings.Contains(text, shown) {
				j.t.Errorf("%s does not show %s before the draw", path, shown)
			}
		}
	}
	_, _, file := j.s.Browser().Raw("/hearings/" + j.h.ID + "/draw.txt")
	if _, found := draw.Verify(file, d.Commitment); len(found) != 1 || found[0].Key != draw.FindNoResult {
		j.t.Errorf("the list as a file: %v", found)
	}
}

// A name in a record is never cut: it is kept as it was written, or refused.
func TestANameInARecordIsNeverCut(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		j := &journey{t: t, s: s, clock: clock}
		j.announce()
		j.one = s.As(modelstest.Person(t, s.DB, "yi", s.Unit(true), models.Moderator))
		j.to(j.h.StartsAt.Add(time.Hour))
		j.sent(j.one.Fill(j.one.Open(j.desks("/record")), "/record/begin"), "beginning the record")
		work := func() handlerstest.Page {
			p := j.one.Open(j.desks("/record"))
			p.Find("form[action$='/begin']").Remove() // the first on the page
			return p
		}
		name := "市住房和城乡建设管理委员会房屋管理处二级调研员" + strings.Repeat("某", 60)
		j.sent(j.one.Fill(work(), "/record", "host", name, "e_zh_0", "先介绍草案。", "e_by_0", name), "writing")
		if p := work(); p.Find("[name=host]").AttrOr("value", "") != name || p.Find("[name=e_by_0]").AttrOr("value", "") != name {
			t.Errorf("a long name is kept as %q", p.Find("[name=host]").AttrOr("value", ""))
		}
		long := strings.Repeat("某", 201)
		j.refused(j.one.Fill(work(), "/record", "clerk", long, "e_by_1", long), "names that are too long", "clerk e_by_1", "clerk", long, "e_by_1", long)
	})
}
