package opinions_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/opinions"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

func one(id, clause, body string) opinions.SubmitInput {
	return opinions.SubmitInput{ConsultationID: id, Opinions: []opinions.Said{{ClauseKey: clause, Stance: models.StanceAmend, Body: body}}}
}

func TestOneBasketGivesOneReceiptWhateverIsResent(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 5, nil)
		who := actor.Actor{PersonID: modelstest.Person(t, db, "lin", unit).ID, Lang: "zh"}
		s := opinions.New(db)
		var wg sync.WaitGroup
		var mu sync.Mutex
		codes := map[string]int{}
		for i := range 40 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				in := one(c.ID, fmt.Sprintf("a%d", i%4/2+1), "晚上十一点收摊就好。")
				got, err := s.Submit(ctx, who, in, models.Idem{Voice: who.Voice(), Key: fmt.Sprint(i % 4), Hash: models.HashOf(in)})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				codes[got.Code]++
				mu.Unlock()
			}()
		}
		wg.Wait()
		if len(codes) != 4 {
			t.Errorf("4 sendings, each repeated 10 times, gave %d receipts", len(codes))
		}
		page, err := s.List(ctx, who, opinions.Query{ConsultationID: c.ID, Limit: 50})
		if err != nil || len(page.Opinions) != 4 {
			t.Fatalf("%d opinions are listed (%v)", len(page.Opinions), err)
		}
		for i, o := range page.Opinions {
			if o.Number != int64(4-i) {
				t.Errorf("opinion %d has number %d: numbers have no gap", i, o.Number)
			}
		}
		counts, _ := db.ClauseCounts(ctx, c.ID)
		if counts[""].Total != 4 || counts["a1"].Amend != 2 {
			t.Errorf("counts: %+v", counts)
		}
	})
}

func TestOnlyTheOpenWindowTakesOpinions(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 1, func(c *models.Consultation) { c.GraceMinutes = 10 })
		who := actor.Actor{PersonID: "p", Lang: "zh"}
		s := opinions.New(db)
		in := one(c.ID, "a1", "好")
		at := func(moment time.Time, began time.Time, want string) {
			t.Helper()
			clock.Set(moment)
			in.BeganAt = began
			_, err := s.Submit(ctx, who, in, models.Idem{})
			got := ""
			if e, ok := err.(*models.Error); ok {
				got = e.Key
			} else if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("at %v, begun %v: %q, want %q", moment, began, got, want)
			}
		}
		opens, closes := *c.OpensAt, *c.ClosesAt
		at(opens.Add(-time.Microsecond), time.Time{}, "opinions.not_open")
		at(opens, time.Time{}, "")
		at(closes.Add(-time.Microsecond), time.Time{}, "")
		at(closes, time.Time{}, "opinions.closed")
		at(closes.Add(5*time.Minute), closes.Add(-time.Minute), "")
		at(closes.Add(5*time.Minute), closes.Add(time.Minute), "opinions.closed")
		at(closes.Add(10*time.Minute), closes.Add(-time.Minute), "opinions.closed")
	})
}

func TestWrongInputNamesItsFieldAndKeepsNothing(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	_, unit := modelstest.City(t, db)
	c := modelstest.Consultation(t, db, unit, 2, nil)
	draft := modelstest.Consultation(t, db, unit, 2, func(c *models.Consultation) { c.PublishedAt = nil })
	who := actor.Actor{PersonID: modelstest.Person(t, db, "lin", unit).ID, Lang: "zh"}
	s := opinions.New(db)
	long := strings.Repeat("长", opinions.BodyLimit+1)
	for name, tc := range map[string]struct {
		in         opinions.SubmitInput
		who        actor.Actor
		key, field string
	}{
		"nothing":               {opinions.SubmitInput{ConsultationID: c.ID}, who, "opinions.none", "opinions"},
		"empty body":            {one(c.ID, "a1", " \n "), who, "opinions.body_empty", "opinions[0].body"},
		"too long":              {one(c.ID, "a1", long), who, "opinions.body_long", "opinions[0].body"},
		"at the limit":          {one(c.ID, "a1", long[:len(long)-3]), who, "", ""},
		"no such clause":        {one(c.ID, "a99", "好"), who, "opinions.no_such_clause", "opinions[0].clause"},
		"no clause":             {one(c.ID, "", "好"), who, "opinions.clause_wanted", "opinions[0].clause"},
		"unpublished":           {one(draft.ID, "a1", "好"), who, "error.not_found", ""},
		"nowhere":               {one("2027-999", "a1", "好"), who, "error.not_found", ""},
		"unknown display":       {opinions.SubmitInput{ConsultationID: c.ID, Display: "x", Opinions: one("", "a1", "好").Opinions}, who, "opinions.display_unknown", "display"},
		"nobody and no contact": {one(c.ID, "a1", "好"), actor.Actor{}, "opinions.contact_wanted", ""},
		"one bad of two": {opinions.SubmitInput{ConsultationID: c.ID, Opinions: []opinions.Said{{ClauseKey: "a1", Body: "好"}, {ClauseKey: "zz", Body: "好"}}}, who,
			"opinions.no_such_clause", "opinions[1].clause"},
	} {
		_, err := s.Submit(ctx, tc.who, tc.in, models.Idem{})
		key, field := "", ""
		if e, ok := err.(*models.Error); ok {
			key, field = e.Key, e.Field
		} else if err != nil {
			t.Fatal(err)
		}
		if key != tc.key || field != tc.field {
			t.Errorf("%s: %q in %q, want %q in %q", name, key, field, tc.key, tc.field)
		}
	}
	if counts, _ := db.ClauseCounts(ctx, c.ID); counts[""].Total != 1 {
		t.Errorf("%d opinions are counted, 1 was taken", counts[""].Total)
	}
}

func TestOnePersonHasOneVoice(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 1, nil)
		s := opinions.New(db)
		author := actor.Actor{PersonID: "author", Lang: "zh"}
		got, err := s.Submit(ctx, author, one(c.ID, "a1", "好"), models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		id := got.Opinions[0]
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if _, err := s.Support(ctx, actor.Actor{PersonID: fmt.Sprint(i % 10)}, id, true, models.Idem{}); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		if r, err := s.Support(ctx, actor.Actor{PersonID: "0"}, id, false, models.Idem{}); err != nil || r.Supports != 9 {
			t.Errorf("10 people less one make %d (%v)", r.Supports, err)
		}
		if _, err := s.Support(ctx, author, id, true, models.Idem{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("the author's own voice: %v", err)
		}
		if _, err := s.Support(ctx, actor.Actor{Network: "192.0.2.1"}, id, true, models.Idem{}); models.KindOf(err) != models.SignIn {
			t.Errorf("a voice without identity: %v", err)
		}
	})
}

func TestEveryOrderShowsEveryOpinionOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 1, nil)
		s := opinions.New(db)
		want := 23
		for i := range want {
			clock.Add(time.Second)
			got, err := s.Submit(ctx, actor.Actor{PersonID: "author"}, one(c.ID, "a1", "好"), models.Idem{})
			if err != nil {
				t.Fatal(err)
			}
			for v := range i % 4 {
				if _, err := s.Support(ctx, actor.Actor{PersonID: fmt.Sprint(v)}, got.Opinions[0], true, models.Idem{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, sort := range []models.Sort{models.Newest, models.Supported, models.Discussed} {
			for _, stance := range []models.Stance{models.StanceNone, models.StanceAmend} {
				seen := map[string]bool{}
				q := opinions.Query{ConsultationID: c.ID, ClauseKey: "a1", Sort: sort, Stance: stance, Limit: 5}
				var last *models.Opinion
				for {
					p, err := s.List(ctx, actor.Actor{}, q)
					if err != nil {
						t.Fatal(err)
					}
					for _, o := range p.Opinions {
						if seen[o.ID] {
							t.Errorf("%s: %s is shown twice", sort, o.ID)
						}
						seen[o.ID] = true
						if sort == models.Supported && last != nil && o.Supports > last.Supports {
							t.Errorf("%d voices stand below %d", o.Supports, last.Supports)
						}
						last = &o
					}
					if p.Next == nil {
						break
					}
					q.After = p.Next
				}
				if len(seen) != want {
					t.Errorf("%s %q: %d of %d opinions are shown", sort, stance, len(seen), want)
				}
			}
		}
	})
}
