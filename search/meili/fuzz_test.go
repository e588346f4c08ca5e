package meili_test

import (
	"context"
	"testing"

	"minyi/search"
	"minyi/search/meili"
	"minyi/search/searchtest"
)

// As for the embedded engine: whatever is typed or chosen is data also to the server.
func FuzzSearch(f *testing.F) {
	server := searchtest.Meilisearch(f)
	e := meili.Open(meili.Options{URL: server.URL, Key: server.Key, Index: "minyi_fuzz"})
	f.Cleanup(func() { e.Close() })
	ctx := context.Background()
	if err := e.Reset(ctx); err != nil {
		f.Fatal(err)
	}
	if err := e.Apply(ctx, search.Batch{Put: searchtest.Corpus()}); err != nil {
		f.Fatal(err)
	}
	for _, s := range searchtest.Hostile {
		f.Add(s, "opinion", byte(0))
		f.Add("泊位", s, byte(3))
	}
	f.Fuzz(func(t *testing.T, text, value string, how byte) { searchtest.Probe(t, e, text, value, how) })
}
