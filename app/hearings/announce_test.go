package hearings_test

import (
	"strings"
	"testing"
	"time"

	"minyi/app/hearings"
	"minyi/app/kit/actor"
	"minyi/models"
	"minyi/models/modelstest"
)

// A notice that nobody finds is none: who follows the draft is told when its hearing is
// announced, once; the clauses that it is about are those of the draft.
func TestFollowersOfADraftAreToldOfItsHearing(t *testing.T) {
	each(t, func(w *world) {
		c := modelstest.Consultation(t, w.db, w.unit, 3, nil)
		reader, quiet := w.resident("reader"), w.resident("quiet") // who wants no news gets none
		p, err := w.db.PersonByID(w.ctx, reader.PersonID)
		w.must(err)
		p.Notify = models.ChannelMail
		w.must(w.db.InTx(w.ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			if err := tx.Save(&p); err != nil {
				return err
			}
			if err := tx.Insert(&models.Follow{PersonID: quiet.PersonID, ConsultationID: c.ID, CreatedAt: tx.Now}); err != nil {
				return err
			}
			return tx.Insert(&models.Follow{PersonID: reader.PersonID, ConsultationID: c.ID, CreatedAt: tx.Now})
		}))
		input := w.input(speakers(models.FirstCome, 2, 5))
		input.ConsultationID, input.Clauses = c.ID, []string{"a2", "a9"}
		_, err = w.s.Create(w.ctx, w.one, input, models.Idem{})
		w.fails(err, models.Invalid, "hearings.no_clause")
		input.Clauses = []string{"a3", "a2"}
		h := w.published(input)
		v, err := w.s.Show(w.ctx, h.ID)
		w.must(err)
		if len(v.Linked) != 2 || v.Linked[0].Key != "a3" || v.Linked[1].Number != "第2条" {
			t.Errorf("clauses: %+v", v.Linked)
		}
		letters, err := w.db.LettersDue(w.ctx, w.clock.Now().Add(time.Hour), 100)
		w.must(err)
		told := 0
		for _, l := range letters {
			if l.Kind == "hearing_announced" {
				told++
				if l.Recipient != "reader@minyi.example" {
					t.Errorf("told %s", l.Recipient)
				}
			}
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
	})
}

// The rule of procedure.md §1: composition and attendance are shown, of the list when it
// is published and of those who came when the hearing has begun.
func TestEverybodySeesHowTheParticipantsMeetTheRules(t *testing.T) {
	each(t, func(w *world) {
		consumers := speakers(models.FirstCome, 2, 0)
		consumers.Rule = "consumers_share"
		input := w.input(consumers, hearings.CategoryInput{Key: "experts", Role: models.Speaker, NameZH: "专家", Method: models.FirstCome, Seats: 2})
		input.Profile, input.OverrideZH = "price_hearing", "试行。"
		h := w.published(input)
		a, b := w.signUp(h, w.resident("a"), "consumers"), w.signUp(h, w.resident("b"), "experts")
		seen := func() hearings.Presence {
			t.Helper()
			v, err := w.s.Show(w.ctx, h.ID)
			w.must(err)
			p, err := w.s.Presence(w.ctx, v)
			w.must(err)
			return p
		}
		if p := seen(); len(p.Listed) != 0 || p.Begun {
			t.Errorf("before the list is public: %+v", p)
		}
		w.clock.Set(h.SignupClosesAt.Add(time.Hour))
		w.fails(w.s.PublishList(w.ctx, w.one, h.ID, strings.Repeat("长", hearings.ReasonLimit+1), ""), models.Invalid, "hearings.too_long")
		w.must(w.s.PublishList(w.ctx, w.one, h.ID, "", ""))
		if p := seen(); len(p.Listed) != 1 || p.Listed[0].Part != 1 || p.Listed[0].Whole != 2 || !p.Listed[0].Met || p.Begun {
			t.Errorf("of the list: %+v", p)
		}
		w.clock.Set(h.StartsAt.Add(-30 * time.Minute))
		if got := w.shown(h, hearings.Shown{Key: "k1", Ticket: b.Ticket}); got.Result != "in" {
			t.Fatalf("at the door: %+v", got)
		}
		w.clock.Set(h.StartsAt.Add(time.Minute))
		if p := seen(); !p.Begun || p.Arrived != 1 || len(p.Came) != 1 || p.Came[0].Part != 0 || p.Came[0].Whole != 1 || p.Came[0].Met {
			t.Errorf("of those who came: %+v", p)
		}
		if got := w.shown(h, hearings.Shown{Key: "k2", Ticket: a.Ticket}); got.Result != "in" {
			t.Fatalf("at the door: %+v", got)
		}
		if p := seen(); p.Arrived != 2 || !p.Came[0].Met {
			t.Errorf("when all are there: %+v", p)
		}
	})
}

// What was not met when a hearing was published stays said, and what was met then is not
// missed later because days went by.
func TestTheChecklistOfAPublicHearingIsThatOfItsPublishing(t *testing.T) {
	each(t, func(w *world) {
		input := w.input(speakers(models.FirstCome, 2, 5))
		input.OverrideZH, input.TitleEN = "只有中文标题。", ""
		h := w.published(input)
		missing := func() (keys []string) {
			t.Helper()
			v, err := w.s.Show(w.ctx, h.ID)
			w.must(err)
			for _, m := range v.Missing {
				keys = append(keys, m.Key)
			}
			return keys
		}
		if got := missing(); len(got) != 1 || got[0] != "title_en" {
			t.Errorf("at first: %v", got)
		}
		w.clock.Set(h.StartsAt.Add(-24 * time.Hour)) // no notice could be kept any more
		if got := missing(); len(got) != 1 || got[0] != "title_en" {
			t.Errorf("the day before the hearing: %v", got)
		}
	})
}

// Nobody gets a seat, or news of one, at a hearing that is cancelled or over.
func TestNothingIsGivenAtAHearingThatIsOver(t *testing.T) {
	each(t, func(w *world) {
		press := hearings.CategoryInput{Key: "press", Role: models.Press, NameZH: "媒体", Method: models.Approval, Seats: 2}
		input := w.input(speakers(models.FirstCome, 1, 5), press)
		input.OfferHours = 24
		for _, over := range []string{"cancelled", "ended"} {
			h := w.published(input)
			first, second, reporter := w.signUp(h, w.resident("first-"+over), "consumers"), w.signUp(h, w.resident("second-"+over), "consumers"), w.signUp(h, w.resident("press-"+over), "press")
			w.must(w.s.Withdraw(w.ctx, actor.Actor{}, first.Ticket))
			if w.status(second.ID) != models.RegistrationOffered {
				t.Fatalf("%s: the seat is not offered", over)
			}
			if over == "cancelled" {
				w.must(w.s.Cancel(w.ctx, w.one, h.ID, "方案撤回。", ""))
			} else {
				w.clock.Set(h.EndsAt.Add(time.Minute))
			}
			w.fails(w.s.Accept(w.ctx, actor.Actor{}, second.Ticket), models.Closed, "hearings.over")
			w.fails(w.s.Decide(w.ctx, w.one, h.ID, reporter.ID, true, ""), models.Closed, "hearings.over")
			w.fails(w.s.SetSeats(w.ctx, w.one, h.ID, w.category(h, "consumers").ID, 9, 9), models.Closed, "hearings.over")
			w.clock.Add(25 * time.Hour)
			w.must(w.s.Tick(w.ctx))
			letters, err := w.db.LettersDue(w.ctx, w.clock.Now().Add(time.Hour), 100)
			w.must(err)
			for _, l := range letters {
				if l.Kind == "hearing_expired" || l.Kind == "hearing_confirmed" && strings.HasPrefix(l.Recipient, "press") {
					t.Errorf("%s: a letter %s to %s", over, l.Kind, l.Recipient)
				}
			}
			w.sound()
			input.StartsAt, input.EndsAt = in(w.clock.Now(), 40*day), in(w.clock.Now(), 40*day+time.Hour)
			input.SignupOpensAt, input.SignupClosesAt, input.DrawAt = in(w.clock.Now(), -time.Hour), in(w.clock.Now(), 10*day), in(w.clock.Now(), 12*day)
		}
	})
}
