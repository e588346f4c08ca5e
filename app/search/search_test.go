package search_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/opinions"
	"minyi/app/search"
	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
	"minyi/search/embedded"
)

// place is a store with a city, a consultation and the service that keeps its indexes.
type place struct {
	t          *testing.T
	db         *models.DB
	clock      *modelstest.Clock
	s          *search.Service
	opinions   *opinions.Service
	unit       models.Unit
	c          models.Consultation
	away       *atomic.Bool // the engine answers nothing
	late       *atomic.Bool // the engine takes no change
	dir        string
	stop       func()
	department models.Unit
	gate       chan struct{} // a rebuild writes nothing before it is closed; nil: at once
	storm      time.Duration // much is written, and the public's index rests so long; 0: as it is
	// engine opens another engine than the embedded one, which all nodes have in common.
	engine func(name string) (index.Engine, error)
}

func each(t *testing.T, f func(t *testing.T, p *place)) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		p := newPlace(t, db, clock)
		p.begin()
		t.Cleanup(func() { p.stop() })
		f(t, p)
	})
}

// newPlace makes a city with a consultation whose service has not begun.
func newPlace(t *testing.T, db *models.DB, clock *modelstest.Clock) *place {
	p := &place{t: t, db: db, clock: clock, opinions: opinions.New(db), away: &atomic.Bool{}, late: &atomic.Bool{}, dir: t.TempDir(), stop: func() {}}
	p.unit, p.department = modelstest.City(t, db)
	p.c = modelstest.Consultation(t, db, p.department, 14, nil)
	return p
}

// flaky is an engine that can be away.
type flaky struct {
	index.Engine
	away *atomic.Bool
	late *atomic.Bool
	gate chan struct{}
}

// gated is a rebuild that waits.
type gated struct {
	index.Builder
	gate chan struct{}
}

func (f flaky) Rebuild(ctx context.Context) (index.Builder, error) {
	b, err := f.Engine.Rebuild(ctx)
	if err == nil && f.gate != nil {
		b = gated{b, f.gate}
	}
	return b, err
}

func (g gated) Apply(ctx context.Context, b index.Batch) error {
	select {
	case <-g.gate:
	case <-ctx.Done():
		return ctx.Err()
	}
	return g.Builder.Apply(ctx, b)
}

func (f flaky) Search(ctx context.Context, q index.Query) (index.Result, error) {
	if f.away.Load() {
		return index.Result{}, index.ErrAway
	}
	return f.Engine.Search(ctx, q)
}

func (f flaky) Apply(ctx context.Context, b index.Batch) error {
	if f.away.Load() || f.late.Load() {
		return index.ErrAway
	}
	return f.Engine.Apply(ctx, b)
}

// begin starts the service, as a program that starts.
func (p *place) begin() {
	o := search.Options{DB: p.db, Zone: time.UTC, Clock: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Open: func(name string) (index.Engine, error) {
		e, err := embedded.Open(filepath.Join(p.dir, name))
		return flaky{e, p.away, p.late, p.gate}, err
	}, Standing: func(ctx context.Context, name string) (index.Standing, error) {
		return embedded.Standing(ctx, filepath.Join(p.dir, name))
	}}
	if p.engine != nil {
		o.Open, o.Shared = p.engine, true
	}
	p.s = search.New(o)
	if p.storm > 0 {
		p.s.Storm(p.storm)
	}
	follower := p.db.Follower()
	p.db.OnCommit(p.s.Committed)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); p.s.Run(ctx, follower) }()
	p.stop = func() { cancel(); <-done }
}

// say gives opinions of a visitor and their ids.
func (p *place) say(texts ...string) []string {
	p.t.Helper()
	var said []opinions.Said
	for _, text := range texts {
		said = append(said, opinions.Said{ClauseKey: "a12", Body: text, Stance: models.StanceAmend})
	}
	out, err := p.opinions.Submit(context.Background(), actor.Actor{Visit: "v", Lang: "zh"}, opinions.SubmitInput{ConsultationID: p.c.ID, Opinions: said, ContactKind: "mail", Contact: "lin@minyi.example", ContactKey: "lin@minyi.example"}, models.Idem{})
	if err != nil {
		p.t.Fatal(err)
	}
	return out.Opinions
}

func (p *place) find(ask search.Ask, who ...actor.Actor) search.Found {
	p.t.Helper()
	if ask.Limit == 0 {
		ask.Limit = 20
	}
	f, err := p.s.Find(context.Background(), append(who, actor.Actor{Lang: "zh"})[0], ask)
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

// until waits for a condition; an index follows within moments.
func (p *place) until(what string, ok func() bool) {
	p.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			p.t.Fatalf("never: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func ids(f search.Found) []string {
	var out []string
	for _, h := range f.Hits {
		out = append(out, h.ID)
	}
	return out
}

func (p *place) finds(text, id string) func() bool {
	return func() bool { return slices.Contains(ids(p.find(search.Ask{Text: text})), id) }
}

func (p *place) officer(roles ...models.RoleName) actor.Actor {
	person := modelstest.Person(p.t, p.db, "officer"+models.NewID(time.Now()), p.department, roles...)
	held := []models.Role{}
	for _, r := range roles {
		held = append(held, models.Role{PersonID: person.ID, UnitID: p.department.ID, Name: r, Unit: p.department})
	}
	return actor.Actor{PersonID: person.ID, Roles: held, Lang: "zh"}
}

func TestWhatIsSaidIsFoundAndWhatIsHiddenIsNot(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		p.until("the draft is found", p.finds("夜市管理办法", "consultation:"+p.c.ID))
		one := p.say("烤鱿鱼的油烟太大了", "炒粉摊位应当限量")
		p.until("an opinion is found", p.finds("鱿鱼", "opinion:"+one[0]))
		f := p.find(search.Ask{Text: "鱿鱼"})
		if f.Counts[index.ByKind][0].N != 1 || f.Counts[search.ByUnit][1].Unit.ID != p.department.ID {
			t.Errorf("counts %+v", f.Counts)
		}
		if f.Hits[0].Number != "第12条" || f.Hits[0].Matter.Title.ZH != "夜市管理办法" {
			t.Errorf("path %+v", f.Hits[0])
		}
		officer := p.officer(models.Officer)
		if err := p.opinions.Hide(context.Background(), officer, one[0], "spam", "请另行提出", models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if got := ids(p.find(search.Ask{Text: "鱿鱼"})); slices.Contains(got, "opinion:"+one[0]) {
			t.Error("a hidden opinion stands among the hits at once after hiding")
		}
		p.until("nothing counts the hidden one", func() bool {
			f := p.find(search.Ask{Text: "鱿鱼"})
			return f.Total == 0 && len(f.Counts[index.ByKind]) == 0
		})
		p.until("the desk finds it with its state", func() bool {
			f := p.find(search.Ask{Text: "鱿鱼", Desk: true}, officer)
			return len(f.Hits) == 1 && f.Hits[0].State == "hidden"
		})
		if err := p.opinions.Show(context.Background(), officer, one[0]); err != nil {
			t.Fatal(err)
		}
		p.until("it is found again", p.finds("鱿鱼", "opinion:"+one[0]))
	})
}

func TestTheDeskFindsByContactAndOthersFindNothingThere(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		one := p.say("希望延长营业时间")
		officer := p.officer(models.Officer)
		p.until("the desk finds a contact", func() bool {
			return slices.Contains(ids(p.find(search.Ask{Text: "lin@minyi.example", Desk: true}, officer)), "opinion:"+one[0])
		})
		if f := p.find(search.Ask{Text: "lin@minyi.example"}); len(f.Hits) != 0 || f.Total != 0 {
			t.Errorf("the public finds a contact: %v", ids(f))
		}
		other := actor.Actor{PersonID: "x", Lang: "zh", Roles: []models.Role{{Name: models.Officer, Unit: models.Unit{Path: "/elsewhere/"}}}}
		if f := p.find(search.Ask{Text: "营业时间", Desk: true}, other); len(f.Hits) != 0 || f.Total != 0 || len(f.Counts[index.ByKind]) != 0 {
			t.Errorf("the desk of another unit finds %v, counts %v", ids(f), f.Counts)
		}
		if _, err := p.s.Find(context.Background(), actor.Actor{}, search.Ask{Text: "x", Desk: true}); models.KindOf(err) != models.SignIn {
			t.Errorf("without a sign-in: %v", err)
		}
		if _, err := p.s.Find(context.Background(), actor.Actor{PersonID: "x"}, search.Ask{Text: "x", Desk: true}); models.KindOf(err) != models.NotFound {
			t.Errorf("without a role: %v", err)
		}
	})
}

func TestWhileTheEngineIsAwayTitlesAndClausesAnswerAndHiddenThingsStayAway(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		one := p.say("地上油污没人擦")
		p.until("an opinion is found", p.finds("油污", "opinion:"+one[0]))
		p.away.Store(true)
		f := p.find(search.Ask{Text: "夜市"})
		if !f.Degraded || !f.Partial || len(f.Hits) == 0 || f.Hits[0].ID != "consultation:"+p.c.ID {
			t.Errorf("degraded %v: %v", f.Degraded, ids(f))
		}
		if f := p.find(search.Ask{Text: "100%_'"}); len(f.Hits) != 0 {
			t.Errorf("signs of the database's language find %v", ids(f))
		}
		if err := p.opinions.Hide(context.Background(), p.officer(models.Officer), one[0], "spam", "重复", models.Idem{}); err != nil {
			t.Fatal("a write noticed that the engine is away: ", err)
		}
		two := p.say("下水口堵了")
		p.stop()
		p.away.Store(false)
		p.begin()
		p.until("what was said meanwhile is found", p.finds("下水口", "opinion:"+two[0]))
		if f := p.find(search.Ask{Text: "油污"}); f.Total != 0 {
			t.Errorf("what was hidden meanwhile counts: %v", ids(f))
		}
	})
}

func TestARebuildServesMeanwhileAndMissesNothing(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		one := p.say("棚子要防火")
		p.until("an opinion is found", p.finds("防火", "opinion:"+one[0]))
		id, err := p.s.AskRebuild(context.Background(), "system")
		if err != nil {
			t.Fatal(err)
		}
		two := p.say("灭火器太少")
		p.until("the rebuild ends", func() bool {
			r, err := p.db.IndexRebuildByID(context.Background(), id)
			if err == nil && r.Failure != "" {
				t.Fatal(r.Failure)
			}
			return err == nil && r.FinishedAt != nil
		})
		p.until("both are found", func() bool {
			return p.finds("防火", "opinion:"+one[0])() && p.finds("灭火器", "opinion:"+two[0])()
		})
	})
}

func TestAnIndexOfAnotherStoreIsThrownAway(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		one := p.say("垃圾桶不够")
		p.until("an opinion is found", p.finds("垃圾桶", "opinion:"+one[0]))
		p.stop()
		e, err := embedded.Open(filepath.Join(p.dir, "public"))
		if err != nil {
			t.Fatal(err)
		}
		foreign := index.Document{ID: "opinion:foreign", Kind: index.KindOpinion, Matter: models.ConsultationTopic(p.c.ID), Text: index.Words{ZH: "别处的垃圾桶"}}
		if err := errors.Join(e.Apply(context.Background(), index.Batch{Put: []index.Document{foreign}, Position: &index.Position{Store: "another", Mapping: index.Mapping, Seq: 1}}), e.Close()); err != nil {
			t.Fatal(err)
		}
		p.begin()
		p.until("the index is made anew", func() bool {
			f := p.find(search.Ask{Text: "垃圾桶"})
			return f.Total == 1 && f.Hits[0].ID == "opinion:"+one[0]
		})
	})
}

func TestASavedSearchTellsWhatIsNewOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		p := newPlace(t, db, clock)
		p.begin()
		defer func() { p.stop() }()
		ctx := context.Background()
		person := modelstest.Person(t, db, "reader", p.unit)
		person.Notify = models.ChannelMail
		if err := db.InTx(ctx, models.Act{By: "system", Name: "test.notify", Silent: true}, func(tx *models.Tx) error { return tx.Save(&person) }); err != nil {
			t.Fatal(err)
		}
		who := actor.Actor{PersonID: person.ID, Lang: "zh"}
		if err := p.s.Save(ctx, who, "q=烟花&sort=support&foreign=1", true); err != nil {
			t.Fatal(err)
		}
		if err := p.s.Save(ctx, who, "q=烟花", true); err != nil { // the same
			t.Fatal(err)
		}
		list, err := p.s.Saved(ctx, who)
		if err != nil || len(list) != 1 || list[0].Query != "q=%E7%83%9F%E8%8A%B1" {
			t.Fatalf("saved %+v %v", list, err)
		}
		clock.Add(time.Minute)
		one := p.say("夜里放烟花太吵")
		p.until("an opinion is found", p.finds("烟花", "opinion:"+one[0]))
		clock.Add(2 * time.Hour)
		for range 2 {
			if err := p.s.LookAfterDue(ctx, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		letters, err := db.Letters(ctx, false, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, l := range letters {
			if l.Kind == "search_alert" {
				n++
				if !strings.Contains(l.Data, "烟花") || l.PersonID != person.ID {
					t.Errorf("letter %+v", l)
				}
			}
		}
		if n != 1 {
			t.Errorf("%d letters about one new thing", n)
		}
		if err := p.s.Forget(ctx, actor.Actor{PersonID: "somebody"}, list[0].ID); models.KindOf(err) != models.NotFound {
			t.Errorf("somebody else removes it: %v", err)
		}
		if err := p.s.Forget(ctx, who, list[0].ID); err != nil {
			t.Error(err)
		}
		if err := p.s.Save(ctx, who, "sort=date", true); models.KindOf(err) != models.Invalid {
			t.Errorf("nothing to save: %v", err)
		}
	})
}
