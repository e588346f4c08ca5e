package search_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
)

// While much is written an index may lag far behind. What is hidden leaves it before
// what was said earlier has come into it.
func TestWhatIsHiddenLeavesTheIndexBeforeItsTurn(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		p := newPlace(t, db, clock)
		p.storm = time.Hour
		p.begin()
		t.Cleanup(func() { p.stop() })
		p.until("both indexes are made", func() bool {
			for _, h := range p.s.Health(context.Background()) {
				if !h.Well() || h.Making || h.Behind > 0 {
					return false
				}
			}
			return true
		})
		// The engine itself is asked: the service would leave out what is hidden anyway.
		holds := func(id string) bool {
			r, err := p.s.Engine().Search(context.Background(), index.Query{Limit: 50})
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(r.Hits, func(h index.Hit) bool { return h.ID == "opinion:"+id })
		}
		first := p.say("烤鱿鱼的油烟太大了")[0]
		p.until("the first opinion is in the index", func() bool { return holds(first) })
		second := p.say("炒粉摊位应当限量")[0]
		if err := p.opinions.Hide(context.Background(), p.officer(models.Officer), first, "spam", "请另行提出", models.Idem{}); err != nil {
			t.Fatal(err)
		}
		p.until("the hidden one is not in the index any more", func() bool { return !holds(first) })
		if holds(second) {
			t.Error("the index took the second opinion at once: this tells nothing of a hidden one's turn")
		}
	})
}
