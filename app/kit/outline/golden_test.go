package outline

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden outlines anew")

// TestGolden shows one text of every layout and what becomes of it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		ext := filepath.Ext(file)
		if ext != ".txt" && ext != ".md" {
			continue
		}
		seen++
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			o := mustRead(t, file, string(data))
			if got, want := letters(whole(o)), letters(string(data)); got != want {
				t.Errorf("text was lost or added: %s", difference(got, want))
			}
			var b strings.Builder
			fmt.Fprintf(&b, "title: %s\n%s", o.Title, sketch(o))
			for _, w := range o.Warnings {
				fmt.Fprintf(&b, "! %d %s %s\n", w.Line, w.Code, strings.Join(w.Args, " "))
			}
			golden := strings.TrimSuffix(file, ext) + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("outline\n%s\nwant\n%s", b.String(), want)
			}
			tryEdits(t, o)
		})
	}
	if seen < 9 {
		t.Fatalf("only %d layouts found", seen)
	}
}
