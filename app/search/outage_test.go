package search_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/opinions"
	"minyi/app/search"
	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
	"minyi/search/meili"
	"minyi/search/searchtest"
)

// eachWithMeilisearch is each with a real server that the test may stop.
func eachWithMeilisearch(t *testing.T, f func(t *testing.T, p *place, server *searchtest.Process)) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		server := searchtest.OwnMeilisearch(t)
		p := newPlace(t, db, clock)
		p.engine = func(name string) (index.Engine, error) {
			return meili.Open(meili.Options{URL: server.URL, Key: server.Key, Index: "minyi_" + name}), nil
		}
		p.begin()
		t.Cleanup(func() { p.stop() })
		f(t, p, server)
	})
}

// A Meilisearch that dies takes nothing with it: readers get titles and clauses and are
// told so, writers notice nothing, and when it is back with all that it knew before, what
// was hidden or erased meanwhile leaves hits, counts, facets and marks within seconds.
func TestWhatWasHiddenOrErasedWhileMeilisearchWasDownIsGoneSoonAfterItIsBack(t *testing.T) {
	eachWithMeilisearch(t, func(t *testing.T, p *place, server *searchtest.Process) {
		ctx := context.Background()
		author := actor.Actor{PersonID: modelstest.Person(t, p.db, "author", models.Unit{}).ID, Lang: "zh"}
		receipt, err := p.opinions.Submit(ctx, author, opinions.SubmitInput{ConsultationID: p.c.ID, Opinions: []opinions.Said{{ClauseKey: "a3", Body: "鱿鱼摊的烟囱应当拆除", Stance: models.StanceOppose}}}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		erased := receipt.Opinions[0]
		said := p.say("鱿鱼摊的油烟太大", "鱿鱼摊摆得太密")
		hidden, kept := said[0], said[1]
		officer := p.officer(models.Officer)
		p.until("all three are found", func() bool { return p.find(search.Ask{Text: "鱿鱼"}).Total == 3 })
		p.until("the desk finds all three", func() bool { return p.find(search.Ask{Text: "鱿鱼", Desk: true}, officer).Total == 3 })

		server.Stop()
		began := time.Now()
		if f := p.find(search.Ask{Text: "夜市"}); !f.Degraded || !f.Partial || !slices.Contains(ids(f), "consultation:"+p.c.ID) {
			t.Errorf("without the engine: degraded %v, partial %v, %v", f.Degraded, f.Partial, ids(f))
		}
		t.Logf("answered in %v without the engine", time.Since(began).Round(time.Millisecond))
		if err := p.opinions.Hide(ctx, officer, hidden, "spam", "重复", models.Idem{}); err != nil {
			t.Error("a write noticed: ", err)
		}
		if err := p.opinions.Erase(ctx, author, receipt.Code, erased, models.Idem{}); err != nil {
			t.Error("a write noticed: ", err)
		}
		fresh := p.say("鱿鱼可以卖到九点")[0]

		server.Start()
		began = time.Now()
		p.until("hits and every count are right", func() bool {
			f := p.find(search.Ask{Text: "鱿鱼"})
			got := ids(f)
			return !f.Degraded && f.Total == 2 && slices.Contains(got, "opinion:"+kept) && slices.Contains(got, "opinion:"+fresh) &&
				only(f, index.ByKind, "opinion", 2) && only(f, index.ByStance, string(models.StanceAmend), 2) && f.Counts[search.ByUnit][0].N == 2
		})
		t.Logf("right again %v after the engine was back", time.Since(began).Round(time.Millisecond))
		for _, word := range []string{"烟囱", "油烟"} { // of the erased and the hidden one
			f := p.find(search.Ask{Text: word})
			if f.Total != 0 || len(f.Counts[index.ByKind]) != 0 {
				t.Errorf("%s still counts: %d %v", word, f.Total, f.Counts)
			}
			for _, h := range f.Hits {
				if strings.Contains(h.Text.ZH, word) {
					t.Errorf("%s is still shown: %q", word, h.Text.ZH)
				}
			}
		}
		if f := p.find(search.Ask{Clause: index.ClauseRef(models.ConsultationTopic(p.c.ID), "a3")}); slices.Contains(ids(f), "opinion:"+erased) || f.Total != 1 {
			t.Errorf("everything about the clause: %v of %d", ids(f), f.Total)
		}
		p.until("the desk knows as well", func() bool {
			f := p.find(search.Ask{Text: "鱿鱼", Desk: true}, officer)
			return !f.Degraded && f.Total == 3 && only(f, index.ByState, "hidden", 1) && !slices.Contains(ids(f), "opinion:"+erased)
		})
	})
}

// only says whether a facet counts one value and nothing else.
func only(f search.Found, by index.Facet, value string, n int) bool {
	c := f.Counts[by]
	return len(c) == 1 && c[0].Value == value && c[0].N == n
}

// A Meilisearch that takes calls and answers none keeps no reader: while it is frozen the
// answer comes from titles and clauses.
func TestAFrozenMeilisearchKeepsNoReaderWaiting(t *testing.T) {
	eachWithMeilisearch(t, func(t *testing.T, p *place, server *searchtest.Process) {
		one := p.say("路灯太暗")
		p.until("an opinion is found", p.finds("路灯", "opinion:"+one[0]))
		server.Freeze()
		defer server.Thaw()
		for i := range 3 {
			began := time.Now()
			f := p.find(search.Ask{Text: "夜市"})
			if !f.Degraded || !slices.Contains(ids(f), "consultation:"+p.c.ID) {
				t.Errorf("answer %d: degraded %v, %v", i, f.Degraded, ids(f))
			}
			t.Logf("answer %d after %v", i, time.Since(began).Round(time.Millisecond))
		}
		two := p.say("路灯坏了")
		server.Thaw()
		p.until("what was said meanwhile is found", p.finds("路灯", "opinion:"+two[0]))
	})
}
