package search_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/rooms"
	"minyi/app/search"
	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
)

// alerts counts the letters about saved searches, after whatever is due was looked after
// twice.
func (p *place) alerts() int {
	p.t.Helper()
	ctx := context.Background()
	p.clock.Add(2 * time.Hour)
	for range 2 {
		if err := p.s.LookAfterDue(ctx, time.Hour); err != nil {
			p.t.Fatal(err)
		}
	}
	letters, err := p.db.Letters(ctx, false, "", 100)
	if err != nil {
		p.t.Fatal(err)
	}
	n := 0
	for _, l := range letters {
		if l.Kind == "search_alert" {
			n++
		}
	}
	return n
}

// What an officer looked at first is news when everybody can see it, once; that it was
// hidden and is back is none.
func TestAnOpinionThatWasHeldIsNewsOnceWhenItIsShown(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		p.c = modelstest.Consultation(t, p.db, p.department, 14, func(c *models.Consultation) { c.HoldNew = true })
		person := modelstest.Person(t, p.db, "reader", p.unit)
		person.Notify = models.ChannelMail
		if err := p.db.InTx(ctx, models.Act{By: "system", Name: "test.notify", Silent: true}, func(tx *models.Tx) error { return tx.Save(&person) }); err != nil {
			t.Fatal(err)
		}
		reader, officer := actor.Actor{PersonID: person.ID, Lang: "zh"}, p.officer(models.Officer)
		for _, q := range []string{"q=烟花", "q=潜水艇+烟花"} { // of the second only half is ever there
			if err := p.s.Save(ctx, reader, q, true); err != nil {
				t.Fatal(err)
			}
		}
		p.clock.Add(time.Minute)
		id := p.say("夜里放烟花太吵")[0]
		p.until("the desk finds it", func() bool {
			f := p.find(search.Ask{Text: "烟花", Desk: true}, officer)
			return slices.Contains(ids(f), "opinion:"+id) && f.Hits[0].State == "held"
		})
		if n := p.alerts(); n != 0 {
			t.Fatalf("%d letters about what nobody may see yet", n)
		}
		if err := p.opinions.Show(ctx, officer, id); err != nil {
			t.Fatal(err)
		}
		p.until("everybody finds it", p.finds("烟花", "opinion:"+id))
		if n := p.alerts(); n != 1 {
			t.Fatalf("%d letters when it is shown, not 1", n)
		}
		if err := p.opinions.Hide(ctx, officer, id, "spam", "重复", models.Idem{}); err != nil {
			t.Fatal(err)
		}
		p.until("it is hidden", func() bool { return p.find(search.Ask{Text: "烟花"}).Total == 0 })
		if err := p.opinions.Show(ctx, officer, id); err != nil {
			t.Fatal(err)
		}
		p.until("it is back", p.finds("烟花", "opinion:"+id))
		if n := p.alerts(); n != 1 {
			t.Errorf("%d letters after it was hidden and is back, not 1", n)
		}
	})
}

// An index that is behind makes nobody miss anything: what it did not know at one look is
// told at the next.
func TestWhatALateIndexDidNotKnowIsToldAtTheNextLook(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		person := modelstest.Person(t, p.db, "reader", p.unit)
		person.Notify = models.ChannelMail
		if err := p.db.InTx(ctx, models.Act{By: "system", Name: "test.notify", Silent: true}, func(tx *models.Tx) error { return tx.Save(&person) }); err != nil {
			t.Fatal(err)
		}
		one := p.say("夜市的灯很好看")[0]
		p.until("an opinion is found", p.finds("夜市的灯", "opinion:"+one))
		if err := p.s.Save(ctx, actor.Actor{PersonID: person.ID, Lang: "zh"}, "q=烟花", true); err != nil {
			t.Fatal(err)
		}
		p.clock.Add(time.Minute)
		p.late.Store(true)
		two := p.say("夜里放烟花太吵")[0]
		if n := p.alerts(); n != 0 {
			t.Fatalf("%d letters about what the index does not know", n)
		}
		p.late.Store(false)
		p.until("the index has caught up", p.finds("烟花", "opinion:"+two))
		if n := p.alerts(); n != 1 {
			t.Errorf("%d letters once it knows, not 1", n)
		}
	})
}

// A question that waits for a moderator is found by those who run the room and by nobody
// else, from the moment it is asked until its author takes it back.
func TestTheDeskFollowsAQuestionThatWaits(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		r := rooms.New(rooms.Options{DB: p.db})
		chair := p.officer(models.Moderator)
		ann := actor.Actor{PersonID: modelstest.Person(t, p.db, "ann", models.Unit{}).ID, Tier: models.TierContact, Lang: "zh"}
		room, err := r.Create(ctx, chair, rooms.RoomInput{UnitID: p.department.ID, TitleZH: "夜市座谈", TitleEN: "Night market talk", Moderated: true}, models.Idem{})
		if err == nil {
			room, err = r.Open(ctx, chair, room.Code)
		}
		if err != nil {
			t.Fatal(err)
		}
		asked, err := r.Ask(ctx, ann, rooms.AskInput{Code: room.Code, Body: "糖葫芦摊位几点收摊"}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		id := "question:" + asked.ID
		stands := func(state string) func() bool {
			return func() bool {
				f := p.find(search.Ask{Text: "糖葫芦", Desk: true}, chair)
				return slices.Contains(ids(f), id) && f.Hits[0].State == state && f.Hits[0].Matter.Title.ZH == "夜市座谈"
			}
		}
		public := func() int { return p.find(search.Ask{Text: "糖葫芦"}).Total }
		p.until("who runs the room finds it waiting", stands("held"))
		if public() != 0 || p.find(search.Ask{Text: "糖葫芦", Desk: true}, p.officer(models.Supervisor)).Total != 0 {
			t.Error("somebody else finds what waits for a moderator")
		}
		if f := p.find(search.Ask{Desk: true, Choices: map[index.Facet][]string{index.ByState: {"held"}}}, chair); !slices.Contains(ids(f), id) {
			t.Errorf("everything that waits: %v", ids(f))
		}
		if _, err := r.Approve(ctx, chair, rooms.Which{ID: asked.ID}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		p.until("everybody finds it", func() bool { return public() == 1 })
		p.until("it waits no more", stands(""))
		if _, err := r.Hold(ctx, chair, rooms.Which{ID: asked.ID}, "insult", "", models.Idem{}); err != nil {
			t.Fatal(err)
		}
		p.until("it is held back", stands("hidden"))
		p.until("nobody else finds it", func() bool { return public() == 0 })
		if err := r.Retract(ctx, ann, asked.ID); err != nil {
			t.Fatal(err)
		}
		p.until("it is gone", func() bool { return p.find(search.Ask{Text: "糖葫芦", Desk: true}, chair).Total == 0 })
	})
}

// Who tends the site is told how an index is: how much it knows, and what failed last.
func TestTheHealthOfAnIndexTellsWhatFailed(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		one := p.say("烤鱿鱼的油烟太大了")
		p.until("an opinion is found", p.finds("鱿鱼", "opinion:"+one[0]))
		p.until("both indexes are well", func() bool {
			for _, h := range p.s.Health(context.Background()) {
				if !h.Well() || h.Documents == 0 || h.Behind != 0 || h.Mapping != index.Mapping || h.Failures != 0 {
					return false
				}
			}
			return true
		})
		p.away.Store(true)
		p.find(search.Ask{Text: "鱿鱼"})
		if h := p.s.Health(context.Background())[0]; h.Well() || h.Answers || h.Failures == 0 || h.Failure == "" || h.Failed.IsZero() {
			t.Errorf("an engine that is away: %+v", h)
		}
		p.away.Store(false)
	})
}
