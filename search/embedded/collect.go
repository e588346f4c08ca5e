package embedded

import (
	"bytes"
	"container/heap"
	"slices"
	"strconv"
	"strings"

	bleve "github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"

	"minyi/search"
)

// candidate is a hit that may be among the best.
type candidate struct {
	id    index.IndexInternalID
	score float64
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
	order   index.DocValueReader // nil for relevance
	groups  map[string]*group
	heap    candidates
	keep    int
	total   int
	partial bool
}

func newCollector(s *session) (*collector, error) {
	c := &collector{s: s, groups: map[string]*group{}, keep: s.q.Offset + s.q.Limit}
	var err error
	if c.facts, err = s.reader.DocValueReader([]string{fieldFacts}); err != nil {
		return nil, err
	}
	if s.q.Sort != search.ByRelevance {
		c.order, err = s.reader.DocValueReader([]string{fieldOrder})
	} else {
		c.keep = max(c.keep, search.Window)
	}
	return c, err
}

// collect looks at every hit, at most VisitMost of them.
func (c *collector) collect(w bleve.Searcher) error {
	ctx := &bleve.SearchContext{DocumentMatchPool: bleve.NewDocumentMatchPool(w.DocumentMatchPoolSize()+1, 0), IndexReader: c.s.reader}
	var g *group
	pick := func(_ string, packed []byte) { g = c.group(packed) }
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
				if err := c.offer(m, g); err != nil {
					return err
				}
			}
		}
		ctx.DocumentMatchPool.Put(m)
	}
}

// offer keeps a hit if it is one of the best so far.
func (c *collector) offer(m *bleve.DocumentMatch, g *group) error {
	score := m.Score * g.weight
	if c.order != nil {
		err := c.order.VisitDocValues(m.IndexInternalID, func(_ string, packed []byte) {
			at, supports, _ := bytes.Cut(packed, []byte{1})
			if c.s.q.Sort == search.BySupport {
				score = float64(number(supports))*1e11 + float64(number(at)) // voices first, then the newest
			} else {
				score = float64(number(at))
			}
		})
		if err != nil {
			return err
		}
	}
	if c.keep == 0 || len(c.heap) == c.keep && score <= c.heap[0].score {
		return nil
	}
	if len(c.heap) == c.keep {
		c.heap[0] = candidate{slices.Clone(m.IndexInternalID), score}
		heap.Fix(&c.heap, 0)
		return nil
	}
	heap.Push(&c.heap, candidate{slices.Clone(m.IndexInternalID), score})
	return nil
}

func number(b []byte) int64 {
	n, _ := strconv.ParseInt(string(b), 36, 64)
	return n
}

// best gives the kept hits, the best one first.
func (c *collector) best() []candidate {
	slices.SortFunc(c.heap, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return bytes.Compare(a.id, b.id) // as in the heap, where the first of equals stays
	})
	return c.heap
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
func (h candidates) Less(i, j int) bool { return h[i].score < h[j].score }
func (h candidates) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push adds a hit.
func (h *candidates) Push(x any) { *h = append(*h, x.(candidate)) }

// Pop takes the last one.
func (h *candidates) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
