package draw

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Result is who was drawn.
type Result struct {
	Commitment string
	Value      string
	Seed       string // 64 hex digits
	// Chosen are in the order of the categories, and by rank within each.
	Chosen []Ticket
	// Reserves move up in this order, one list for each category.
	Reserves map[string][]Ticket
}

// seedOf makes the seed out of what was committed and what nobody could know then.
func seedOf(commitment, value string) string {
	sum := sha256.Sum256([]byte("minyi draw seed\n" + commitment + "\n" + value))
	return hex.EncodeToString(sum[:])
}

type ranked struct {
	Ticket
	rank     [sha256.Size]byte
	category int // index in the list of categories
	taken    bool
}

// rank orders the tickets by chance: those marked later after all others, then by
// the hash of seed and number.
func rank(l List, seed string) []*ranked {
	at := map[string]int{}
	for i, c := range l.Categories {
		at[c.Key] = i
	}
	list := make([]*ranked, len(l.Tickets))
	prefix := "minyi draw rank\n" + seed + "\n"
	buf := make([]byte, 0, len(prefix)+longestKey)
	for i, t := range l.Tickets {
		buf = append(append(buf[:0], prefix...), t.Number...)
		list[i] = &ranked{Ticket: t, rank: sha256.Sum256(buf), category: at[t.Category]}
	}
	slices.SortFunc(list, func(a, b *ranked) int {
		if a.Later != b.Later {
			if b.Later {
				return -1
			}
			return 1
		}
		return cmp.Or(bytes.Compare(a.rank[:], b.rank[:]), cmp.Compare(a.Number, b.Number))
	})
	return list
}

// choose gives the seats; see the package comment for the rule.
func choose(l List, seed string) Result {
	all := rank(l, seed)
	of := make([][]*ranked, len(l.Categories))
	for _, t := range all {
		of[t.category] = append(of[t.category], t)
	}
	filled := make([]int, len(l.Categories))
	total := 0
	take := func(t *ranked) {
		t.taken = true
		filled[t.category] += t.Persons
		total += t.Persons
	}
	for i, c := range l.Categories {
		for _, t := range of[i] {
			if filled[i]+t.Persons <= c.Min {
				take(t)
			}
		}
	}
	for _, t := range all {
		if !t.taken && filled[t.category]+t.Persons <= l.Categories[t.category].Max && total+t.Persons <= l.Seats {
			take(t)
		}
	}
	r := Result{Seed: seed, Reserves: map[string][]Ticket{}}
	for i, c := range l.Categories {
		for _, t := range of[i] {
			switch {
			case t.taken:
				r.Chosen = append(r.Chosen, t.Ticket)
			case len(r.Reserves[c.Key]) < c.Reserves:
				r.Reserves[c.Key] = append(r.Reserves[c.Key], t.Ticket)
			}
		}
	}
	return r
}
