package compare

import (
	"cmp"
	"slices"
	"strconv"
)

// Link says where a clause went, by permanent keys, so that the opinions on it
// can follow.
type Link struct {
	From       string  `json:"from"`
	To         string  `json:"to"` // empty when the clause was deleted
	Change     Verdict `json:"change"`
	Similarity float64 `json:"similarity"`
}

// Carried is what a new version inherits.
type Carried struct {
	// Keys gives the permanent key of every clause of the new version by its key
	// in the outline.
	Keys map[string]string
	// Links has at least one link from every clause of the previous version, in
	// the order of the comparison.
	Links []Link
	// Fresh lists the permanent keys that were made for this version, in document
	// order; they have been used from now on.
	Fresh []string
}

// First gives the clauses of a first version their permanent keys: their own
// keys in the outline.
func First(keys []string) Carried {
	c := Carried{Keys: map[string]string{}}
	for _, k := range keys {
		if _, known := c.Keys[k]; !known {
			c.Keys[k] = k
			c.Fresh = append(c.Fresh, k)
		}
	}
	return c
}

// Carry hands the permanent keys of the previous version on to the next one.
// kept holds them by the keys in the previous outline, ever all permanent keys
// that this consultation has used in any version (those in kept need not be
// repeated).
//
// A clause keeps its key through renumbering, moving and editing. Of the parts
// of a split clause the one with most in common keeps it, and so does, of
// merged clauses, the one with most in common with the result; a clause never
// gets two keys, a key never two clauses. All other clauses get fresh keys: the
// key in the outline if nobody ever had it (a14), otherwise with a count
// (a14-2). A key that ends with its clause is never given again. An identity
// does not go from an article to a paragraph or back; a link does.
//
// A clause of the previous version without a key in kept is treated as unknown:
// it has no link, and its successor gets a fresh key.
func Carry(kept map[string]string, ever []string, r Result) Carried {
	used := make(map[string]bool, len(kept)+len(ever))
	for _, k := range kept {
		used[k] = true
	}
	for _, k := range ever {
		used[k] = true
	}
	c := Carried{Keys: inherit(kept, r)}
	for _, m := range r.Clauses {
		if _, has := c.Keys[m.New]; m.New == "" || has {
			continue
		}
		k := fresh(m.New, used)
		used[k] = true
		c.Keys[m.New] = k
		c.Fresh = append(c.Fresh, k)
	}
	c.Links = links(kept, c.Keys, r)
	return c
}

// inherit gives every key to at most one clause: first where one became one,
// then to the parts, best first.
func inherit(kept map[string]string, r Result) map[string]string {
	heirs := slices.DeleteFunc(slices.Clone(r.Clauses), func(m Match) bool {
		return m.Old == "" || m.New == "" || m.Across || kept[m.Old] == ""
	})
	slices.SortStableFunc(heirs, func(x, y Match) int {
		return cmp.Or(cmp.Compare(parts(x), parts(y)), cmp.Compare(y.Similarity, x.Similarity))
	})
	keys, given := make(map[string]string, len(heirs)), make(map[string]bool, len(heirs))
	for _, m := range heirs {
		if k := kept[m.Old]; keys[m.New] == "" && !given[k] {
			keys[m.New], given[k] = k, true
		}
	}
	return keys
}

func parts(m Match) int {
	if m.Change == Split || m.Change == Merged {
		return 1
	}
	return 0
}

func fresh(wish string, used map[string]bool) string {
	if !used[wish] {
		return wish
	}
	for n := 2; ; n++ {
		if k := wish + "-" + strconv.Itoa(n); !used[k] {
			return k
		}
	}
}

func links(kept, keys map[string]string, r Result) []Link {
	var all []Link
	for _, m := range r.Clauses {
		if from := kept[m.Old]; m.Old != "" && from != "" {
			all = append(all, Link{From: from, To: keys[m.New], Change: m.Change, Similarity: m.Similarity})
		}
	}
	return all
}
