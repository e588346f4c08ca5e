// Package draw holds public draws that anybody can run again: a list of applicants
// that is committed by its hash before the seed exists, a result that follows from
// list and seed alone, and a check that names what was changed.
//
// The rule, in words. The seed's hash is SHA-256 of the commitment, a line end and
// the seed. Every applicant gets a lot: SHA-256 of the seed's hash, a line end, the
// category, a line end and the number. Lots are compared as bytes, the smallest
// first; who was drawn lately (cooling-off) stands behind all others. Each category
// is filled to its minimum in this order; then the rest of the seats go to the
// smallest lots of all categories, up to the maximum of each. A family takes its
// seats together, or is passed over while too few are left. Who got no seat is a
// reserve of their category, in the order of the lots.
package draw

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
)

// Category is a group with its quota.
type Category struct {
	Key     string // without white space
	Name    string
	Minimum int // filled first
	Seats   int // at most so many
}

// Applicant is one sign-up under its pseudonymous number.
type Applicant struct {
	Number   int64
	Category string // key
	Seats    int    // people who come together or not at all, at least 1
	// Before is how often the same person was drawn within the cooling-off time.
	Before int
}

// List is what is committed before the seed is known.
type List struct {
	Hearing    string // id
	Title      string
	Total      int // seats over all categories; 0 means the sum of their seats
	Categories []Category
	Applicants []Applicant
}

// Place is one seat or place among the reserves. Rank counts from 1 in the category.
type Place struct {
	Category string
	Rank     int
	Number   int64
	Seats    int
}

// Result is what the draw gave, categories in the order of the list.
type Result struct {
	Seats    []Place
	Reserves []Place
}

// SeedHash binds a seed to the list that was committed.
func SeedHash(commitment, seed string) string {
	sum := sha256.Sum256([]byte(commitment + "\n" + seed))
	return hex.EncodeToString(sum[:])
}

// lot is an applicant with what decides the order.
type lot struct {
	Applicant
	key [sha256.Size]byte
}

func (a lot) before(b lot) int {
	return cmp.Or(cmp.Compare(min(a.Before, 1), min(b.Before, 1)), bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.Number, b.Number))
}

// Run draws. It depends on nothing but its arguments: the order of the applicants
// in the list does not matter.
func Run(l List, seedHash string) Result {
	groups := map[string][]lot{}
	for _, a := range l.Applicants {
		groups[a.Category] = append(groups[a.Category], lot{a, lotOf(seedHash, a)})
	}
	total := l.Total
	if total == 0 {
		for _, c := range l.Categories {
			total += c.Seats
		}
	}
	given, left := map[string]int{}, total
	chosen := map[int64]bool{}
	take := func(a lot, most int) {
		if a.Seats <= left && given[a.Category]+a.Seats <= most {
			chosen[a.Number], given[a.Category], left = true, given[a.Category]+a.Seats, left-a.Seats
		}
	}
	most := map[string]int{}
	for _, c := range l.Categories {
		most[c.Key] = c.Seats
		slices.SortFunc(groups[c.Key], lot.before)
		for _, a := range groups[c.Key] {
			if given[c.Key] >= min(c.Minimum, c.Seats) {
				break
			}
			take(a, min(c.Minimum, c.Seats))
		}
	}
	var rest []lot
	for _, c := range l.Categories {
		for _, a := range groups[c.Key] {
			if !chosen[a.Number] {
				rest = append(rest, a)
			}
		}
	}
	slices.SortFunc(rest, lot.before)
	for _, a := range rest {
		if left == 0 {
			break
		}
		take(a, most[a.Category])
	}
	var out Result
	for _, c := range l.Categories {
		seat, reserve := 0, 0
		for _, a := range groups[c.Key] {
			if chosen[a.Number] {
				seat++
				out.Seats = append(out.Seats, Place{c.Key, seat, a.Number, a.Seats})
			} else {
				reserve++
				out.Reserves = append(out.Reserves, Place{c.Key, reserve, a.Number, a.Seats})
			}
		}
	}
	return out
}

func lotOf(seedHash string, a Applicant) [sha256.Size]byte {
	b := make([]byte, 0, len(seedHash)+len(a.Category)+24)
	b = append(append(append(append(b, seedHash...), '\n'), a.Category...), '\n')
	return sha256.Sum256(strconv.AppendInt(b, a.Number, 10))
}
