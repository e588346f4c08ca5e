package embedded_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
