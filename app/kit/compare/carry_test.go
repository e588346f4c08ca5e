package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"minyi/app/kit/outline"
)

func keysOf(o outline.Outline) (keys []string) {
	for _, c := range o.Clauses {
		keys = append(keys, c.Key)
	}
	return keys
}

func TestCarryKeepsIdentities(t *testing.T) {
	first := draft(t, aim, hours, dogs+bicycle, stage, starts)
	c1 := First(keysOf(first))
	// The third article is split, the fourth deleted, one is new.
	second := draft(t, aim, noise, hours, dogs, bicycle, starts)
	c2 := Carry(c1.Keys, c1.Fresh, Versions(first, second))
	want := map[string]string{"a1": "a1", "a2": "a2-2", "a3": "a2", "a4": "a4-2", "a5": "a3", "a6": "a5"}
	for k, w := range want {
		if c2.Keys[k] != w {
			t.Errorf("clause %s has the key %s, want %s", k, c2.Keys[k], w)
		}
	}
	if !slices.Contains(c2.Links, Link{From: "a4", Change: Deleted}) {
		t.Errorf("no link says that a4 was deleted: %v", c2.Links)
	}
	to := map[string]Verdict{}
	for _, l := range c2.Links {
		if l.From == "a3" {
			to[l.To] = l.Change
		}
	}
	if len(to) != 2 || to["a3"] != Split || to["a4-2"] != Split {
		t.Errorf("the opinions on a3 follow to %v", to)
	}
	// The deleted article comes back: nobody has its old key.
	third := draft(t, aim, noise, hours, dogs, bicycle, stage, starts)
	c3 := Carry(c2.Keys, append(c1.Fresh, c2.Fresh...), Versions(second, third))
	if got := c3.Keys["a6"]; got != "a6" || c3.Keys["a7"] != "a5" {
		t.Errorf("keys of the third version: %v", c3.Keys)
	}
}

func TestCarryGivesTheMergedClauseOneKey(t *testing.T) {
	first := draft(t, aim, dogs, bicycle, starts)
	c1 := First(keysOf(first))
	second := draft(t, aim, dogs+bicycle, starts)
	c2 := Carry(c1.Keys, c1.Fresh, Versions(first, second))
	if c2.Keys["a2"] != "a3" || len(c2.Fresh) != 0 {
		t.Errorf("the longer part should keep its key: %v, fresh %v", c2.Keys, c2.Fresh)
	}
	for _, from := range []string{"a2", "a3"} {
		if !slices.ContainsFunc(c2.Links, func(l Link) bool { return l.From == from && l.To == "a3" && l.Change == Merged }) {
			t.Errorf("no link from %s: %v", from, c2.Links)
		}
	}
}

// stock makes articles that have words of their own, as real ones do.
type stock struct {
	rng  *rand.Rand
	made int
}

func (s *stock) sentence() string {
	s.made++
	var b strings.Builder
	for range 14 + s.rng.IntN(25) {
		b.WriteRune(rune(0x4e00 + s.rng.IntN(900)))
		if s.rng.IntN(9) == 0 {
			b.WriteString("，")
		}
	}
	if s.rng.IntN(3) == 0 {
		b.WriteString("，由市人民政府有关部门依照职责处理")
	}
	return b.String() + "。"
}

func (s *stock) article() string {
	var ps []string
	for range 1 + s.rng.IntN(3) {
		ps = append(ps, s.sentence()+s.sentence())
	}
	return strings.Join(ps, "\n\n")
}

// revise makes a next version: articles edited, moved, split, merged, deleted
// and written.
func (s *stock) revise(list []string) []string {
	list = slices.Clone(list)
	for range 1 + len(list)/4 {
		i := s.rng.IntN(len(list))
		switch s.rng.IntN(7) {
		case 0:
			list = slices.Insert(list, i, s.article())
		case 1:
			if len(list) > 4 {
				list = slices.Delete(list, i, i+1)
			}
		case 2:
			a := list[i]
			list = slices.Delete(list, i, i+1)
			list = slices.Insert(list, s.rng.IntN(len(list)+1), a)
		case 3:
			if before, after, ok := strings.Cut(list[i], "\n\n"); ok {
				list[i] = before
				list = slices.Insert(list, i+1, after)
			}
		case 4:
			if i+1 < len(list) {
				list[i] += "\n\n" + list[i+1]
				list = slices.Delete(list, i+1, i+2)
			}
		case 5:
			list[i] = strings.Replace(list[i], "。", "，并向社会公布。", 1)
		case 6:
			list[i] += s.sentence()
		}
	}
	return list
}

func numbered(t testing.TB, list []string) outline.Outline {
	t.Helper()
	var b strings.Builder
	for i, a := range list {
		fmt.Fprintf(&b, "第%d条 %s\n\n", i+1, a)
	}
	return read(t, b.String())
}

func TestIdentitiesSurviveChainsOfVersions(t *testing.T) {
	for seed := range uint64(15) {
		s := &stock{rng: rand.New(rand.NewPCG(seed, 7))}
		var list []string
		for range 6 + s.rng.IntN(25) {
			list = append(list, s.article())
		}
		version := numbered(t, list)
		c := First(keysOf(version))
		ever := slices.Clone(c.Fresh)
		gone := map[string]bool{}
		for step := range 5 {
			list = s.revise(list)
			next := numbered(t, list)
			r := Versions(version, next)
			complete(t, version, next, r)
			mirrored(t, version, next)
			d := Carry(c.Keys, ever, r)
			at := fmt.Sprintf("seed %d step %d", seed, step)
			inherited(t, at, next, c, d, ever, gone)
			ever, version, c = append(ever, d.Fresh...), next, d
		}
	}
}

// inherited holds the promises of Carry from version c to version d.
func inherited(t *testing.T, at string, next outline.Outline, c, d Carried, ever []string, gone map[string]bool) {
	t.Helper()
	holder := map[string]string{}
	for _, clause := range next.Clauses {
		k := d.Keys[clause.Key]
		if k == "" || holder[k] != "" || gone[k] {
			t.Fatalf("%s: %s got the key %q, held by %q, gone %v", at, clause.Key, k, holder[k], gone[k])
		}
		holder[k] = clause.Key
	}
	for _, k := range d.Fresh {
		if slices.Contains(ever, k) {
			t.Fatalf("%s: the key %s was used before", at, k)
		}
	}
	linked := map[string][]Link{}
	for _, l := range d.Links {
		linked[l.From] = append(linked[l.From], l)
		if l.To != "" && holder[l.To] == "" || (l.To == "") != (l.Change == Deleted) {
			t.Fatalf("%s: a link leads nowhere: %+v", at, l)
		}
	}
	for _, k := range c.Keys {
		if len(linked[k]) == 0 {
			t.Fatalf("%s: %s was lost without a link", at, k)
		}
		if holder[k] != "" && !slices.ContainsFunc(linked[k], func(l Link) bool { return l.To == k }) {
			t.Fatalf("%s: %s lives on without a link to itself", at, k)
		}
		if holder[k] == "" {
			gone[k] = true
		}
	}
}

// TestGeneratedVersionsAreUnderstood counts how many single acts on a generated
// draft come out as what they were.
func TestGeneratedVersionsAreUnderstood(t *testing.T) {
	right, all := 0, 0
	for seed := range uint64(120) {
		s := &stock{rng: rand.New(rand.NewPCG(seed, 11))}
		var list []string
		for range 20 {
			list = append(list, s.article())
		}
		i := 1 + s.rng.IntN(16)
		next := slices.Clone(list)
		var want string
		switch seed % 6 {
		case 0:
			next = slices.Insert(next, i, s.article())
			want = fmt.Sprintf(">a%d new", i+1)
		case 1:
			next = slices.Delete(next, i, i+1)
			want = fmt.Sprintf("a%d> deleted", i+1)
		case 2:
			next[i], next[i+2] = next[i+2], next[i]
			want = "moved"
		case 3:
			list[i] = s.sentence() + "\n\n" + s.sentence()
			first, second, _ := strings.Cut(list[i], "\n\n")
			next[i] = first
			next = slices.Insert(next, i+1, second)
			want = fmt.Sprintf("a%d>a%d split; a%d>a%d split", i+1, i+1, i+1, i+2)
		case 4:
			next[i] += next[i+1]
			next = slices.Delete(next, i+1, i+2)
			want = fmt.Sprintf("a%d>a%d merged; a%d>a%d merged", i+1, i+1, i+2, i+1)
		case 5:
			next[i] = strings.Replace(next[i], "。", "，法律、行政法规另有规定的除外。", 1)
			want = fmt.Sprintf("a%d>a%d edited", i+1, i+1)
		}
		r := Versions(numbered(t, list), numbered(t, next))
		units := slices.DeleteFunc(r.Clauses, func(m Match) bool { return strings.Contains(m.Old+m.New, "p") })
		got := say(Result{units}, false)
		all++
		if got == want || want == "moved" && strings.Count(got, "moved") == 2 && strings.Count(got, ";") == 1 {
			right++
		} else {
			t.Logf("seed %d: got %s, want %s", seed, got, want)
		}
	}
	t.Logf("%d of %d acts understood", right, all)
	if right < all*97/100 {
		t.Errorf("only %d of %d acts are understood", right, all)
	}
}
