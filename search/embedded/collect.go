package embedded

import (
	"bytes"
	"cmp"
	"container/heap"
	"slices"
	"strings"

	bleve "github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"

	"minyi/search"
)

// candidate is a hit that may be among the best.
type candidate struct {
	id    index.IndexInternalID
	score float64
	place place
}

// group is all hits that share their facts.
type group struct {
	values []string // in the order of search.Facets
	// misses lists the filters that the group does not pass; -1 is one that is not a
	// facet's, so that it is counted nowhere.
	misses []int
	weight float64
	n      int
}

// collector counts hits by their facts and keeps the best.
type collector struct {
	s       *session
	facts   index.DocValueReader
	groups  map[string]*group
	heap    candidates
	keep    int
	total   int
	partial bool
}

func newCollector(s *session) (*collector, error) {
	c := &collector{s: s, groups: map[string]*group{}, keep: s.q.Offset + s.q.Limit}
	if s.q.Sort == search.ByRelevance {
		c.keep = max(c.keep, search.Window)
	}
	var err error
	c.facts, err = s.reader.DocValueReader([]string{fieldFacts})
	return c, err
}

// collect looks at every hit, at most VisitMost of them.
func (c *collector) collect(w bleve.Searcher) error {
	ctx := &bleve.SearchContext{DocumentMatchPool: bleve.NewDocumentMatchPool(w.DocumentMatchPoolSize()+1, 0), IndexReader: c.s.reader}
	var g *group
	var order []byte
	pick := func(_ string, packed []byte) {
		var facts []byte
		facts, order, _ = bytes.Cut(packed, []byte{orderMark})
		g = c.group(facts)
	}
	for n := 0; ; n++ {
		m, err := w.Next(ctx)
		if err != nil {
			return err
		}
		if m == nil {
			return nil
		}
		if n == VisitMost || n%1024 == 1023 && c.s.ctx.Err() != nil {
			c.partial = true
			return nil
		}
		g = nil
		if err := c.facts.VisitDocValues(m.IndexInternalID, pick); err != nil {
			return err
		}
		if g != nil {
			g.n++
			if len(g.misses) == 0 {
				c.total++
				c.offer(m, g, order)
			}
		}
		ctx.DocumentMatchPool.Put(m)
	}
}

// offer keeps a hit if it is one of the best so far. Where its place says nothing new it
// is not read: most hits of a common word are worse than the worst that is kept.
func (c *collector) offer(m *bleve.DocumentMatch, g *group, order []byte) {
	if c.keep == 0 {
		return
	}
	one := candidate{id: m.IndexInternalID, score: m.Score * g.weight}
	full := len(c.heap) == c.keep
	switch c.s.q.Sort {
	case search.ByDate:
		one.score = 0
	case search.BySupport:
		one.score = float64(placeOf(order).supports)
	}
	if full {
		switch worst := &c.heap[0]; {
		case one.score < worst.score, one.score == worst.score && atOf(order) < worst.place.at:
			return
		}
	}
	one.place = placeOf(order)
	if full && before(c.heap[0], one) < 0 {
		return
	}
	one.id = slices.Clone(one.id)
	if full {
		c.heap[0] = one
		heap.Fix(&c.heap, 0)
		return
	}
	heap.Push(&c.heap, one)
}

// best gives the kept hits, the best one first.
func (c *collector) best() []candidate {
	slices.SortFunc(c.heap, before)
	return c.heap
}

// before is the one order of hits, that of the heap too: equals stand the newest first
// and then by their id, wherever the index keeps them. If any of several equals could
// go, the next page would show one again and leave another out.
func before(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.place.at, a.place.at), cmp.Compare(a.place.id, b.place.id), bytes.Compare(a.id, b.id))
}

// group finds the group of packed facts.
func (c *collector) group(packed []byte) *group {
	if g, ok := c.groups[string(packed)]; ok {
		return g
	}
	g := &group{values: strings.Split(string(packed), "\x01")}
	for len(g.values) < len(search.Facets) {
		g.values = append(g.values, "")
	}
	for i, f := range search.Facets {
		if wanted := c.s.q.Filters[f]; len(wanted) > 0 && !slices.Contains(wanted, g.values[i]) {
			g.misses = append(g.misses, i)
		}
		switch f {
		case search.ByMatter:
			if slices.Contains(c.s.q.Without, g.values[i]) {
				g.misses = append(g.misses, -1)
			}
		case search.ByKind:
			g.weight = search.Kind(g.values[i]).Weight()
		}
	}
	c.groups[string(packed)] = g
	return g
}

// facets counts each wanted facet under all filters but its own.
func (c *collector) facets() map[search.Facet]map[string]int {
	out := c.s.noFacets()
	for _, g := range c.groups {
		for i, f := range search.Facets {
			counts, wanted := out[f]
			if !wanted || g.values[i] == "" {
				continue
			}
			if len(g.misses) == 0 || len(g.misses) == 1 && g.misses[0] == i {
				counts[g.values[i]] += g.n
			}
		}
	}
	return out
}

// candidates is a heap with the worst on top.
type candidates []candidate

func (h candidates) Len() int           { return len(h) }
func (h candidates) Less(i, j int) bool { return before(h[i], h[j]) > 0 }
func (h candidates) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push adds a hit.
func (h *candidates) Push(x any) { *h = append(*h, x.(candidate)) }

// Pop takes the last one.
func (h *candidates) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
