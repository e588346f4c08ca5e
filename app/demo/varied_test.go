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
	const n = 20_000
	for range n {
		s := next()
		seen[s.Body] = true
		langs[s.Lang]++
		stances[s.Stance]++
		if strings.ContainsAny(s.Body, "{}!！") || strings.Contains(s.Body, "  ") || s.Body != strings.TrimSpace(s.Body) {
			t.Fatalf("unfinished: %q", s.Body)
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

func TestVariedSpeaksOfTheTopicAskedFor(t *testing.T) {
	for _, key := range order {
		next := Varied(5, key, "no such topic")
		for range 50 {
			if s := next(); s.Topic != key {
				t.Fatalf("asked for %s, got %s", key, s.Topic)
			}
		}
	}
	seen := map[string]bool{}
	next := Varied(5)
	for range 500 {
		seen[next().Topic] = true
	}
	if len(seen) != len(order) || len(Topics()) != len(order) {
		t.Errorf("%d topics of %d consultations", len(seen), len(order))
	}
}

// Both languages must have every topic, stance and part, or a sample would
// have a hole where a sentence belongs.
func TestVariationsAreCompleteInBothLanguages(t *testing.T) {
	for lang, p := range variations() {
		for _, key := range order {
			about := p.Topics[key]
			parts := [][]string{p.Who, p.Link, p.Said, p.End, about.Place, about.Time, about.Fact}
			for _, stance := range []string{"support", "amend", "oppose", "question"} {
				parts = append(parts, about.Reason[stance])
			}
			for i, part := range parts {
				if len(part) < 3 {
					t.Errorf("%s %s: part %d has %d phrases", lang, key, i, len(part))
				}
			}
		}
	}
}
