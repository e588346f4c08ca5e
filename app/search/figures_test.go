//go:build bench

package search_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/opinions"
	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
	"minyi/search/meili"
	"minyi/search/searchtest"
)

// writing runs 32 writers in a closed loop and gives how many opinions were kept a
// second.
func writing(t *testing.T, p *place, texts []index.Document, during time.Duration) float64 {
	var n atomic.Int64
	stop := time.Now().Add(during)
	var all sync.WaitGroup
	for w := range 32 {
		all.Go(func() {
			for i := 0; time.Now().Before(stop); i++ {
				body := []rune(texts[(w*97+i)%len(texts)].Text.ZH)
				in := opinions.SubmitInput{ConsultationID: p.c.ID, Opinions: []opinions.Said{{ClauseKey: "a1", Body: string(body[:min(len(body), 120)])}}, ContactKind: "mail", Contact: "x@minyi.example", ContactKey: "x@minyi.example"}
				if _, err := p.opinions.Submit(context.Background(), actor.Actor{Visit: fmt.Sprint("v", w), Lang: "zh"}, in, models.Idem{}); err != nil {
					t.Error(err)
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	return float64(n.Load()) / during.Seconds()
}

func middle(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

func TestFigureWritersWhileItIndexes(t *testing.T) {
	texts := searchtest.Messages(t)
	var ratios []float64
	for range 5 {
		rate := func(with bool) float64 {
			p := bench(t, nil, with)
			defer p.stop()
			return writing(t, p, texts, 6*time.Second)
		}
		without := rate(false)
		with := rate(true)
		ratios = append(ratios, with/without)
		t.Logf("writers: %.0f/s without, %.0f/s with", without, with)
	}
	t.Logf("| search: writers keep while it indexes, × without search, 32 writers on SQLite | %.2f | | ≥ 0.7 |", middle(ratios))
}

// bench is a place on SQLite; engine nil is the embedded one, with false starts no
// indexer.
func bench(t *testing.T, engine func(name string) (index.Engine, error), with bool) *place {
	db := modelstest.SQLite(t, time.Now)
	p := newPlace(t, db, nil)
	if !with {
		return p
	}
	p.engine = engine
	p.begin()
	return p
}

func latency(t *testing.T, p *place, name string) {
	p.until("the draft is found", p.finds("夜市管理办法", "consultation:"+p.c.ID))
	// The first indexes of a site are made once. What is said meanwhile waits for them.
	p.until("both indexes are made", func() bool {
		for _, h := range p.s.Health(context.Background()) {
			if !h.Well() || h.Making || h.Behind > 0 {
				return false
			}
		}
		return true
	})
	var all []float64
	for i := range 20 {
		word := fmt.Sprintf("测速%d号", 1000+i)
		id := p.say(word + "的意见")[0]
		began := time.Now()
		p.until("found", p.finds(word, "opinion:"+id))
		all = append(all, float64(time.Since(began).Milliseconds()))
	}
	slices.Sort(all)
	t.Logf("| search: from receipt to found, %s, p50 / most of 20 | %.0f / %.0f ms | | ≤ 2 s |", name, all[len(all)/2], all[len(all)-1])
}

func TestFigureFromReceiptToFound(t *testing.T) {
	p := bench(t, nil, true)
	defer func() { p.stop() }()
	latency(t, p, "embedded")
}

func TestFigureFromReceiptToFoundInMeilisearch(t *testing.T) {
	server := searchtest.Meilisearch(t)
	p := bench(t, func(name string) (index.Engine, error) {
		return meili.Open(meili.Options{URL: server.URL, Key: server.Key, Index: "minyi_figure_" + name}), nil
	}, true)
	defer func() { p.stop() }()
	latency(t, p, "Meilisearch")
}
