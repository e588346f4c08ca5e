package searchtest

import (
	"context"
	"slices"
	"testing"

	"minyi/search"
)

// Probe asks an engine that holds the corpus for a text and a value of any kind, in one
// of the ways that a query may have: it must be answered, and what was found must pass
// what was asked for.
func Probe(t *testing.T, e search.Engine, text, value string, how byte) {
	q := search.Query{Text: text, Facets: search.Facets, Limit: 20, Sort: search.Sorts[int(how>>4)%len(search.Sorts)], Similar: how&8 != 0, Without: []string{parking}}
	var narrowed search.Facet
	switch how & 3 {
	case 1:
		narrowed = search.Facets[int(how>>2)%len(search.Facets)]
		q.Filters = map[search.Facet][]string{narrowed: {value}}
	case 2:
		q.Clause = value
	case 3:
		q.Without = append(q.Without, value)
	}
	r, err := e.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("%q %q %d: %v", text, value, how, err)
	}
	if r.Total < len(r.Hits) {
		t.Errorf("%d hits of %d", len(r.Hits), r.Total)
	}
	if n := r.Facets[search.ByMatter][parking]; n != 0 {
		t.Errorf("%q %q %d: %d hits of what is left out are counted", text, value, how, n)
	}
	for _, h := range r.Hits {
		if slices.Contains(q.Without, h.Matter) {
			t.Errorf("%q %q %d finds %s, which is left out", text, value, how, h.ID)
		}
		if narrowed != "" && h.Value(narrowed) != value {
			t.Errorf("%q finds %s, whose %s is %q and not %q", text, h.ID, narrowed, h.Value(narrowed), value)
		}
		if q.Clause != "" && search.ClauseRef(h.Matter, h.Clause) != value {
			t.Errorf("%q about %q finds %s", text, value, h.ID)
		}
		r.Understood.Mark(h.Text.ZH, 110)
	}
}
