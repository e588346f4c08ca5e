package meili_test

import (
	"context"
	"strings"
	"testing"

	"minyi/search"
	"minyi/search/meili"
	"minyi/search/searchtest"
)

func TestContract(t *testing.T) {
	server := searchtest.Meilisearch(t)
	searchtest.Run(t, func(t *testing.T) search.Engine {
		name := "minyi_" + strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				return r
			}
			return '_'
		}, t.Name())
		e := meili.Open(meili.Options{URL: server.URL, Key: server.Key, Index: name})
		t.Cleanup(func() { e.Close() })
		if err := e.Reset(context.Background()); err != nil {
			t.Fatal(err)
		}
		return e
	})
}

func TestJudgedQueries(t *testing.T) {
	server := searchtest.Meilisearch(t)
	e := meili.Open(meili.Options{URL: server.URL, Key: server.Key, Index: "minyi_judged"})
	t.Cleanup(func() { e.Close() })
	if err := e.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	searchtest.Judge(t, e)
}
