package embedded_test

import (
	"context"
	"testing"

	"minyi/search"
	"minyi/search/embedded"
	"minyi/search/searchtest"
)

// Whatever is typed or chosen is data: it is answered without a fault, nothing that is
// left out is found, and no hit fails a filter.
func FuzzSearch(f *testing.F) {
	e, err := embedded.Open(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { e.Close() })
	if err := e.Apply(context.Background(), search.Batch{Put: searchtest.Corpus()}); err != nil {
		f.Fatal(err)
	}
	for _, s := range searchtest.Hostile {
		f.Add(s, "opinion", byte(0))
		f.Add("泊位", s, byte(3))
	}
	f.Fuzz(func(t *testing.T, text, value string, how byte) { searchtest.Probe(t, e, text, value, how) })
}
