package search

import (
	"cmp"
	"slices"
	"strings"
)

// Rank orders the best hits of an engine anew by what only the texts tell: whether
// the words stand together, in the title, and whether the clause that was asked for
// is the document. Engines give hits in their own order; both are ranked alike.
func Rank(u Understood, hits []Hit) {
	if len(hits) == 0 {
		return
	}
	top := hits[0].Score
	for _, h := range hits {
		top = max(top, h.Score)
	}
	for i := range hits {
		engine := 0.0
		if top > 0 {
			engine = hits[i].Score / top
		}
		hits[i].Score = u.likeness(&hits[i].Document) + 2*engine
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		// An engine gives equals in an order that the next rebuild changes.
		return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID))
	})
}

// likeness is how well a document fits; what the numbers weigh was found by trying
// queries on real drafts and messages.
func (u Understood) likeness(d *Document) float64 {
	title := string(Fold(d.Title.ZH + "\n" + d.Title.EN))
	also := string(Fold(d.Also))
	text := string(Fold(d.Text.ZH + "\n" + d.Text.EN + "\n" + d.Contacts))
	score := d.Kind.weight()
	for i, t := range u.Terms {
		score += t.likeness(title, also, text)
		if len(soundSpans([]rune(title), t.Text(), i, t.Prefix)) > 0 {
			score += 3
		}
		if at := t.Forms[0].Terms[0]; d.Kind == KindClause && strings.Contains(at, ".") && at == d.Address() {
			score += 8
		}
	}
	if whole := string(u.whole); len(u.whole) > 1 {
		name, _, _ := strings.Cut(title, "\n")
		switch {
		case name == whole || strings.HasSuffix(title, "\n"+whole):
			score += 6
		case strings.Contains(title, whole):
			score += 4
		case u.Clause != "" && strings.Contains(also, whole):
			score += 5
		case strings.Contains(text, whole):
			score += 2
		}
	}
	if u.Clause != "" {
		switch {
		case d.Address() != u.Clause:
		case d.Kind == KindClause:
			score += 8
		default:
			score += 2
		}
	}
	return score
}

// likeness of a term is that of its best form.
func (t Term) likeness(title, also, text string) float64 {
	best := 0.0
	for _, f := range t.Forms {
		s := 0.0
		switch {
		case f.in(title):
			s += 3
		case !f.Synonym && f.misspelt(title):
			s += 2.5
		}
		switch {
		case f.in(text):
			s += 1.5
		default:
			s += f.share(text)
		}
		if f.in(also) {
			s++
		}
		if f.Synonym {
			s *= 0.8
		}
		best = max(best, s)
	}
	return best
}

// share is how much of a longer word stands in a folded text in pieces, from 0 to 1:
// most of it counts for more than twice as much as half of it.
func (f Form) share(text string) float64 {
	if len(f.Terms) < 3 {
		return 0
	}
	n := 0
	for _, t := range f.Terms {
		if strings.Contains(text, t) {
			n++
		}
	}
	share := float64(n) / float64(len(f.Terms))
	return share * share
}

// misspelt says whether a word with letters stands in a folded title but for a slip of
// the pen.
func (f Form) misspelt(title string) bool {
	if len(f.Terms) != 1 || MayErr(f.Text) == 0 {
		return false
	}
	text := []rune(title)
	for _, w := range words(text) {
		if !w.han && alike(string(text[w.from:w.to]), f.Text, false, true) {
			return true
		}
	}
	return false
}

// in says whether the form stands in a folded text as it is.
func (f Form) in(text string) bool {
	if len(f.Terms) == 1 && f.Terms[0] != f.Text && !IsHanTerm(f.Terms[0]) && strings.Contains(text, f.Terms[0]) {
		return true
	}
	return strings.Contains(text, f.Text)
}
