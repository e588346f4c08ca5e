package rooms

import (
	"slices"
	"unicode"

	"minyi/models"
)

// nearEnough is the share of common pairs from which two questions are shown to
// whoever types: low, since a reader decides in a second and a duplicate costs the
// chair more.
const nearEnough = 0.28

// pairs gives the pairs of neighbouring letters of a text, without case, spaces and
// marks: Chinese needs no words for it.
func pairs(s string) map[[2]rune]bool {
	set := map[[2]rune]bool{}
	var before rune
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		r = unicode.ToLower(r)
		if before != 0 {
			set[[2]rune{before, r}] = true
		}
		before = r
	}
	return set
}

// likeness is the share of pairs that two texts have in common, by the shorter one,
// so that a question being typed finds the whole one.
func likeness(a, b map[[2]rune]bool) float64 {
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	both := 0
	for p := range a {
		if b[p] {
			both++
		}
	}
	return float64(both) / float64(len(a))
}

// nearest are the questions most like a text, at most n.
func nearest(body string, list []models.Question, n int) []models.Question {
	type near struct {
		q  models.Question
		by float64
	}
	own := pairs(body)
	var found []near
	for _, q := range list {
		if by := likeness(own, pairs(q.Body)); by >= nearEnough {
			found = append(found, near{q, by})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int {
		switch {
		case a.by > b.by:
			return -1
		case a.by < b.by:
			return 1
		}
		return 0
	})
	var out []models.Question
	for _, f := range found[:min(n, len(found))] {
		out = append(out, f.q)
	}
	return out
}

// Moderators are shown pairs of questions that are alike at once, when not more than
// so many wait: beyond it the comparison of all with all would cost too much.
const (
	likeEnough  = 0.5
	likedAtOnce = 100
)

// pair names, for every question that waits, the one most like it among those before
// it and those in the queue.
func pair(q *Queue) {
	if len(q.Waiting) > likedAtOnce {
		return
	}
	type known struct {
		id  string
		set map[[2]rune]bool
	}
	var seen []known
	for _, v := range q.Queued {
		seen = append(seen, known{v.ID, pairs(v.Body)})
	}
	for i := range q.Waiting {
		v := &q.Waiting[i]
		own, best := pairs(v.Body), likeEnough
		for _, k := range seen {
			if by := likeness(own, k.set); by >= best {
				best, v.Like = by, k.id
			}
		}
		seen = append(seen, known{v.ID, own})
	}
}
