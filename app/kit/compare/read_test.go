package compare

import (
	"os"
	"path/filepath"
	"testing"

	"minyi/app/kit/outline"
)

// read cuts a text into clauses as an import does.
func read(t testing.TB, text string) outline.Outline {
	t.Helper()
	o, err := outline.Read("draft.md", []byte(text), outline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// sharedText reads a real text and skips loudly when it is not there.
func sharedText(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("MINYI_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(root, "data", "policies", "zh", name))
	if err != nil {
		t.Skipf("SKIPPED, the real texts are not here (set MINYI_SHARED): %v", err)
	}
	return string(b)
}
