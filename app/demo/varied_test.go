package demo

import (
	"strings"
	"testing"
)

func TestVariedIsTheSameForTheSameSeed(t *testing.T) {
	a, b, other := Varied(7), Varied(7), Varied(8)
	different := 0
	for range 500 {
		x := a()
		if x != b() {
			t.Fatal("two sequences of one seed differ")
		}
		if x != other() {
			different++
		}
	}
	if different < 490 {
		t.Errorf("only %d of 500 differ between seeds", different)
	}
}

func TestVariedHardlyRepeatsItself(t *testing.T) {
	next, seen := Varied(1), map[string]bool{}
	langs, stances := map[string]int{}, map[string]int{}
	const n = 50_000
	for range n {
		s := next()
		seen[s.Body] = true
		langs[s.Lang]++
		stances[s.Stance]++
		if strings.ContainsAny(s.Body, "{}") || strings.Contains(s.Body, "  ") || banned.MatchString(s.Body) {
			t.Fatalf("unfinished or banned: %q", s.Body)
		}
	}
	if len(seen) < n*99/100 {
		t.Errorf("%d different texts of %d", len(seen), n)
	}
	if langs["en"] < n/10 || langs["zh"] < n/2 || len(stances) != 5 {
		t.Errorf("languages %v, stances %v", langs, stances)
	}
}

func BenchmarkVaried(b *testing.B) {
	next := Varied(1)
	for b.Loop() {
		next()
	}
}
