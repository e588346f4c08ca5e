package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"minyi/search"
	"minyi/search/embedded"
	"minyi/search/searchtest"
)

func open(t *testing.T, dir string) *embedded.Engine {
	t.Helper()
	e, err := embedded.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestContract(t *testing.T) {
	searchtest.Run(t, func(t *testing.T) search.Engine { return open(t, t.TempDir()) })
}

// What happened at one moment stands in one order as well: by its id, wherever the
// index keeps it.
func TestEqualsOfOneMomentStandInOneOrder(t *testing.T) {
	ctx := context.Background()
	orders := map[search.Sort][]string{}
	for layout := range 3 {
		e := open(t, t.TempDir())
		for range 1 + layout { // again, so that the index keeps stale ones too
			for from := 0; from < 90; from += 15 {
				var b search.Batch
				for i := from; i < from+15; i++ {
					n := []int{i, 89 - i, i * 7 % 90}[layout]
					b.Put = append(b.Put, search.Document{ID: fmt.Sprintf("opinion:%03d", n), Kind: search.KindOpinion, Matter: "consultation:2027-001", Text: search.Words{ZH: "收费透明"}, Supports: int64(n % 2)})
				}
				if err := e.Apply(ctx, b); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, sort := range search.Sorts {
			var got []string
			for offset := 0; offset < 90; offset += 20 {
				r, err := e.Search(ctx, search.Query{Text: "收费", Sort: sort, Offset: offset, Limit: 20})
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range r.Hits {
					got = append(got, h.ID)
				}
			}
			if orders[sort] == nil {
				orders[sort] = got
			}
			once := slices.Clone(got)
			slices.Sort(once)
			if !slices.Equal(got, orders[sort]) || len(slices.Compact(once)) != 90 {
				t.Errorf("%s: layout %d gives another order, or some twice", sort, layout)
			}
		}
	}
}

// What was applied is there after the program ended, with its position, and what an
// unfinished rebuild left is gone.
func TestReopen(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	e := open(t, dir)
	at := search.Position{Store: "s", Mapping: search.Mapping, Seq: 9}
	if err := e.Apply(ctx, search.Batch{Put: searchtest.Corpus(), Position: &at}); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Open(dir); !errors.Is(err, embedded.ErrOwned) {
		t.Errorf("a second owner gets %v", err)
	}
	if _, err := e.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	e.Close()
	e = open(t, dir)
	if p, err := e.Position(ctx); err != nil || p != at {
		t.Errorf("position %+v %v", p, err)
	}
	if n, _ := e.Count(ctx); n != len(searchtest.Corpus()) {
		t.Errorf("%d documents", n)
	}
	folders, _ := filepath.Glob(filepath.Join(dir, "g-*"))
	if len(folders) != 1 {
		t.Errorf("folders left: %v", folders)
	}
}

// A folder that is damaged does not stop the program: the index is derived.
func TestDamaged(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	e := open(t, dir)
	e.Close()
	if err := os.WriteFile(filepath.Join(dir, "CURRENT"), []byte("../elsewhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e = open(t, dir)
	if n, err := e.Count(ctx); err != nil || n != 0 {
		t.Errorf("%d %v", n, err)
	}
	e.Close()
	if _, err := e.Search(ctx, search.Query{Text: "泊位"}); !errors.Is(err, search.ErrAway) {
		t.Errorf("a closed engine says %v", err)
	}
}

func TestJudgedQueries(t *testing.T) { searchtest.Judge(t, open(t, t.TempDir())) }
