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

// Moderators are shown pairs of questions that are alike from likeEnough on. Beyond
// likedAtOnce that wait they are not compared any more: nobody reads so many cards.
const (
	likeEnough  = 0.5
	likedAtOnce = 1000
)

// index holds questions by their pairs of letters, so that one is compared only with
// those that share some: a flood of hundreds is gone through at once.
type index struct {
	ids  []string
	size []int
	by   map[[2]rune][]int
}

// like gives the question that is most like a text, or "".
func (x *index) like(set map[[2]rune]bool) string {
	shared := map[int]int{}
	for p := range set {
		for _, i := range x.by[p] {
			shared[i]++
		}
	}
	best, id := likeEnough, ""
	for i, both := range shared {
		shorter := min(len(set), x.size[i])
		if by := float64(both) / float64(shorter); shorter >= 2 && (by > best || by == best && (id == "" || x.ids[i] < id)) {
			best, id = by, x.ids[i]
		}
	}
	return id
}

func (x *index) add(id string, set map[[2]rune]bool) {
	if x.by == nil {
		x.by = map[[2]rune][]int{}
	}
	for p := range set {
		x.by[p] = append(x.by[p], len(x.ids))
	}
	x.ids, x.size = append(x.ids, id), append(x.size, len(set))
}

// pair names, for every question that waits, the one most like it among those before
// it and those in the queue.
func pair(q *Queue) {
	if len(q.Waiting) > likedAtOnce {
		return
	}
	var seen index
	for _, v := range q.Queued {
		seen.add(v.ID, pairs(v.Body))
	}
	for i := range q.Waiting {
		v := &q.Waiting[i]
		own := pairs(v.Body)
		v.Like = seen.like(own)
		seen.add(v.ID, own)
	}
}

// Grouped puts questions that ask nearly the same one behind the other, each group in
// the place of the one that came first, and tells how many groups of several there are.
func Grouped(list []DeskView) (sorted []DeskView, groups int) {
	at, head := map[string]int{}, make([]int, len(list))
	for i, v := range list {
		at[v.ID], head[i] = i, i
		if j, ok := at[v.Like]; ok {
			head[i] = head[j]
		}
	}
	members := map[int][]DeskView{}
	for i, v := range list {
		members[head[i]] = append(members[head[i]], v)
	}
	for i := range list {
		if sorted = append(sorted, members[i]...); len(members[i]) > 1 {
			groups++
		}
	}
	return sorted, groups
}
