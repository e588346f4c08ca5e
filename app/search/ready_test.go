package search_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/app/search"
	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
	"minyi/search/embedded"
)

// anew starts the service on an index that leaves whatever prepare makes of an empty
// folder, and holds its rebuilds until the gate is opened.
func (p *place) anew(prepare func(e *embedded.Engine) error) {
	p.t.Helper()
	p.stop()
	if err := os.RemoveAll(p.dir); err != nil {
		p.t.Fatal(err)
	}
	p.spoil(prepare)
	p.gate = make(chan struct{})
	p.begin()
}

// While the very first index is made, or that of another store is still there, nothing
// could tell that an answer lacks most of what there is: titles and clauses answer, and
// the answer says that it is a part.
func TestWhileTheFirstIndexIsMadeAnswersSayThatTheyAreAPart(t *testing.T) {
	for name, prepare := range map[string]func(e *embedded.Engine) error{
		"there was none": func(*embedded.Engine) error { return nil },
		"it was of another store": func(e *embedded.Engine) error {
			foreign := index.Document{ID: "opinion:foreign", Kind: index.KindOpinion, Matter: "consultation:foreign", Text: index.Words{ZH: "别处的油烟"}}
			return e.Apply(context.Background(), index.Batch{Put: []index.Document{foreign}, Position: &index.Position{Store: "another", Mapping: index.Mapping, Seq: 1}})
		},
		"it was begun before a crash": func(e *embedded.Engine) error {
			return e.Apply(context.Background(), index.Batch{Position: &index.Position{Mapping: 0, Seq: 1}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *place) {
				one := p.say("炒粉摊的油烟太大了")
				p.anew(prepare)
				two := p.say("烧烤摊的油烟也大")
				for range 3 {
					f := p.find(search.Ask{Text: "油烟"})
					if !f.Degraded || !f.Partial || f.Total != 0 || len(f.Counts) != 0 {
						t.Errorf("an index that is not complete answers: %v, counts %v, degraded %v", ids(f), f.Counts, f.Degraded)
					}
					if f := p.find(search.Ask{Text: "夜市"}); !f.Degraded || !slices.Contains(ids(f), "consultation:"+p.c.ID) {
						t.Errorf("titles do not answer meanwhile: %v, degraded %v", ids(f), f.Degraded)
					}
				}
				if ok, text := p.examined(); !ok || !strings.Contains(text, "public: search.health_making") {
					t.Errorf("the doctor says: %v %s", ok, text)
				}
				close(p.gate)
				p.until("all is found", func() bool {
					f := p.find(search.Ask{Text: "油烟"})
					got := ids(f)
					return !f.Degraded && f.Total == 2 && slices.Contains(got, "opinion:"+one[0]) && slices.Contains(got, "opinion:"+two[0])
				})
			})
		})
	}
}

// Of several nodes one keeps the index. One that was killed cannot give its lease back:
// it runs out soon, and another node takes the index.
func TestAKeeperThatWasKilledIsReplacedWithinSeconds(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		p.until("the draft is found", p.finds("夜市管理办法", "consultation:"+p.c.ID))
		p.stop()
		ctx := context.Background()
		err := p.db.InTx(ctx, models.Act{By: "system", Name: "test.lease", Silent: true}, func(tx *models.Tx) error {
			for _, name := range []string{"search:public", "search:desk"} {
				if have, err := tx.Lease(name, "killed", tx.Now.Add(search.LeaseFor)); err != nil || !have {
					return errors.Join(err, errors.New("no lease"))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		p.engine = func(name string) (index.Engine, error) { return embedded.Open(filepath.Join(p.dir, name)) }
		p.begin()
		one := p.say("灯箱晃眼")
		if held, err := p.db.LeaseHeld(ctx, "search:public"); err != nil || !held {
			t.Fatalf("the lease of the killed one is gone: %v", err)
		}
		if f := p.find(search.Ask{Text: "灯箱"}); f.Total != 0 {
			t.Error("the index is written while another node may keep it")
		}
		p.clock.Add(search.LeaseFor + time.Second)
		p.until("an opinion is found", p.finds("灯箱", "opinion:"+one[0]))
	})
}

// A node that stood still longer than its lease writes nothing that it read before:
// another one may have taken out since what is hidden now.
func TestANodeThatLostItsLeaseWritesNothing(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		e, err := embedded.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		b := index.Batch{Put: []index.Document{{ID: "opinion:1", Kind: index.KindOpinion, Text: index.Words{ZH: "积水"}}}}
		s := search.New(search.Options{DB: db, Shared: true, Clock: clock.Now})
		if err := s.WriteKept(ctx, e, b); !errors.Is(err, search.ErrLost) {
			t.Errorf("it writes without a lease: %v", err)
		}
		if have, err := s.TakeLease(ctx); err != nil || !have {
			t.Fatal("no lease: ", err)
		}
		if err := s.WriteKept(ctx, e, b); err != nil {
			t.Error("the keeper cannot write: ", err)
		}
		clock.Add(search.LeaseFor)
		b.Put[0].ID = "opinion:2"
		if err := s.WriteKept(ctx, e, b); !errors.Is(err, search.ErrLost) {
			t.Errorf("it writes after its lease: %v", err)
		}
		if n, err := e.Count(ctx); err != nil || n != 1 {
			t.Errorf("%d documents, %v", n, err)
		}
	})
}
