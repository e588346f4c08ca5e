package compare

import (
	"slices"
	"strings"

	"minyi/app/kit/outline"
)

// Label names a clause for people.
type Label struct {
	Key    string       `json:"key"`
	Kind   outline.Kind `json:"kind"`
	Number string       `json:"number"`
	Title  string       `json:"title"`
	at     int          // place in the document
	rank   int          // place among the units, or among the structure
}

// Change is one entry of the list of what changed.
type Change struct {
	// Key is the text key of its sentence: compare.<word>.
	Key  string  `json:"key"`
	Olds []Label `json:"olds,omitempty"`
	News []Label `json:"news,omitempty"`
	// Range is true when Olds and News hold the first and the last clause of a
	// row of renumbered ones.
	Range bool `json:"range,omitempty"`
	// Similarity is that of the clauses, of the best pair if there are several.
	Similarity float64 `json:"similarity"`
}

// Text keys of the sentences, with the placeholders {old} and {new}. With numbers: the clause also got another number.
const (
	KeyEdited           = "compare.edited"
	KeyEditedRenumbered = "compare.edited_renumbered"
	KeyMoved            = "compare.moved"
	KeyMovedEdited      = "compare.moved_edited"
	KeySplit            = "compare.split"
	KeyMerged           = "compare.merged"
	KeyRegrouped        = "compare.regrouped" // several clauses became several others
	KeyNew              = "compare.new"
	KeyDeleted          = "compare.deleted"
	KeyRenumbered       = "compare.renumbered"
	KeyNothing          = "compare.nothing" // instead of an empty list
)

// Text keys of the pieces that the placeholders are made of.
const (
	keyTitled  = "compare.titled"  // {number}, {title}
	keyRange   = "compare.range"   // {first}, {last}
	keyJoiner  = "compare.joiner"  // between several clauses
	keyUnnamed = "compare.unnamed" // a clause without number and title
)

// VerdictKey is the text key of the one word for a verdict, for marks and columns.
func VerdictKey(v Verdict) string {
	return "compare.verdict_" + strings.ReplaceAll(string(v), "+", "_")
}

// Args gives the placeholders of the entry's sentence; text looks up a text key
// in the reader's language and fills its placeholders.
func (c Change) Args(text func(key string, args map[string]string) string) map[string]string {
	return map[string]string{"old": c.names(c.Olds, text), "new": c.names(c.News, text)}
}

func (c Change) names(ls []Label, text func(string, map[string]string) string) string {
	names := make([]string, len(ls))
	for i, l := range ls {
		number, title := strings.TrimSpace(l.Number), strings.TrimSpace(l.Title)
		switch {
		case number != "" && title != "":
			names[i] = text(keyTitled, map[string]string{"number": number, "title": title})
		case number+title == "":
			names[i] = text(keyUnnamed, nil)
		default:
			names[i] = number + title
		}
	}
	if c.Range && len(names) == 2 {
		return text(keyRange, map[string]string{"first": names[0], "last": names[1]})
	}
	return strings.Join(names, text(keyJoiner, nil))
}

// Summary lists what changed, in the order of the new version: articles and
// what stands in their place, and the headings above them. Changes of single
// paragraphs are part of their article's entry. Clauses that only got another
// number are joined into rows. Clauses that stayed as they were are left out,
// so two equal versions give an empty list.
func Summary(r Result, old, new outline.Outline) []Change {
	oldParts, newParts := partsOf(old), partsOf(new)
	s := summary{olds: labels(old, oldParts), news: labels(new, newParts), oldParts: oldParts, newParts: newParts, done: map[int]bool{}}
	for i, m := range r.Clauses {
		if m.Across || s.oldParts[m.Old] || s.newParts[m.New] || s.done[i] {
			continue
		}
		if parts(m) == 1 {
			s.regroup(r.Clauses, i)
		} else {
			s.single(m)
		}
	}
	return s.list
}

type summary struct {
	olds, news         map[string]Label
	oldParts, newParts map[string]bool
	done               map[int]bool
	list               []Change
	inRow              bool // the list ends with a row of renumbered clauses
}

func (s *summary) single(m Match) {
	old, new := s.olds[m.Old], s.news[m.New]
	c := Change{Similarity: m.Similarity}
	if m.Old != "" {
		c.Olds = []Label{old}
	}
	if m.New != "" {
		c.News = []Label{new}
	}
	renumbered := m.Old != "" && m.New != "" && plain(old.Number) != plain(new.Number)
	switch {
	case m.Change == Same && renumbered:
		s.renumber(c)
		return
	case m.Change == Same:
		if !structural(new.Kind) { // a row goes on over headings
			s.inRow = false
		}
		return
	case m.Change == Edited && renumbered:
		c.Key = KeyEditedRenumbered
	default:
		c.Key = "compare." + strings.ReplaceAll(string(m.Change), "+", "_")
	}
	s.add(c)
}

func (s *summary) add(c Change) {
	s.inRow = false
	s.list = append(s.list, c)
}

// renumber lengthens the row of renumbered clauses or begins one.
func (s *summary) renumber(c Change) {
	c.Key = KeyRenumbered
	if !s.inRow || !s.follows(c) {
		s.list = append(s.list, c)
		s.inRow = true
		return
	}
	row := &s.list[len(s.list)-1]
	row.Olds, row.News, row.Range = append(row.Olds[:1], c.Olds...), append(row.News[:1], c.News...), true
}

// follows tells whether c comes right after the last row on both sides.
func (s *summary) follows(c Change) bool {
	row := s.list[len(s.list)-1]
	old, new := row.Olds[len(row.Olds)-1], row.News[len(row.News)-1]
	return old.rank+1 == c.Olds[0].rank && new.rank+1 == c.News[0].rank &&
		old.Kind == c.Olds[0].Kind && new.Kind == c.News[0].Kind
}

// regroup makes one entry of all splits and merges that hang together with
// row i.
func (s *summary) regroup(rows []Match, i int) {
	var c Change
	olds, news := map[string]bool{rows[i].Old: true}, map[string]bool{rows[i].New: true}
	for grown := true; grown; {
		grown = false
		for k, m := range rows {
			if parts(m) == 0 || m.Across || s.done[k] || !olds[m.Old] && !news[m.New] {
				continue
			}
			s.done[k], grown = true, true
			olds[m.Old], news[m.New] = true, true
			c.Similarity = max(c.Similarity, m.Similarity)
		}
	}
	c.Olds, c.News = pick(s.olds, olds), pick(s.news, news)
	switch {
	case len(c.Olds) == 1:
		c.Key = KeySplit
	case len(c.News) == 1:
		c.Key = KeyMerged
	default:
		c.Key = KeyRegrouped
	}
	s.add(c)
}

// pick lists the labels of keys in document order.
func pick(from map[string]Label, keys map[string]bool) []Label {
	var list []Label
	for k := range keys {
		list = append(list, from[k])
	}
	slices.SortFunc(list, func(x, y Label) int { return x.at - y.at })
	return list
}

func labels(o outline.Outline, parts map[string]bool) map[string]Label {
	m := make(map[string]Label, len(o.Clauses))
	units, structure := 0, 0
	for i, c := range o.Clauses {
		l := Label{Key: c.Key, Kind: c.Kind, Number: c.Number, Title: c.Title, at: i}
		switch {
		case structural(c.Kind):
			structure++
			l.rank = structure
		case !parts[c.Key]:
			units++
			l.rank = units
		}
		m[c.Key] = l
	}
	return m
}

// partsOf finds what lies inside units.
func partsOf(o outline.Outline) map[string]bool {
	inside, parts := map[string]bool{}, map[string]bool{}
	for _, c := range o.Clauses {
		if inside[c.Parent] {
			inside[c.Key], parts[c.Key] = true, true
		} else if !structural(c.Kind) {
			inside[c.Key] = true
		}
	}
	return parts
}
