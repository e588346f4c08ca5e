package outline

import (
	"strings"
	"unicode/utf8"

	"minyi/models"
)

// The operations of the import preview. Each takes an outline and gives a new one
// with keys, parents and depths made again; the one given stays as it is. Order
// and characters never change, only borders, kinds and levels: what was joined
// before an operation is joined after it. Warnings are kept as they are.
//
// Errors are *models.Error of kind Invalid: outline.error.no_clause (no such key),
// at_top, no_place (nothing before it that could hold it), bad_split, not_there
// (a number or title that does not stand at that place), bad_kind.

func impossible(code string) error { return models.Fail(models.Invalid, "outline.error."+code) }

// edit copies the outline and finds the clause.
func (o Outline) edit(key string) (Outline, int, error) {
	o.Clauses = append([]Clause{}, o.Clauses...)
	for i, c := range o.Clauses {
		if c.Key == key {
			return o, i, nil
		}
	}
	return o, 0, impossible("no_clause")
}

// end is the index behind the clause and everything below it.
func (o Outline) end(i int) int {
	j := i + 1
	for j < len(o.Clauses) && o.Clauses[j].Depth > o.Clauses[i].Depth {
		j++
	}
	return j
}

// parent is the index of the enclosing clause, -1 for a root.
func (o Outline) parent(i int) int {
	for j := i - 1; j >= 0; j-- {
		if o.Clauses[j].Depth < o.Clauses[i].Depth {
			return j
		}
	}
	return -1
}

// shift moves a clause with all below it by some levels.
func (o Outline) shift(i, by int) {
	for j, to := i, o.end(i); j < to; j++ {
		o.Clauses[j].Depth += by
	}
}

// Promote moves a clause one level out, after the one that held it; siblings
// behind it become its own.
func Promote(in Outline, key string) (Outline, error) {
	o, i, err := in.edit(key)
	if err != nil {
		return in, err
	}
	if o.Clauses[i].Depth <= 1 {
		return in, impossible("at_top")
	}
	o.shift(i, -1)
	o.suit(i)
	settle(o.Clauses)
	return o, nil
}

// Demote moves a clause one level in, to the end of the one before it.
func Demote(in Outline, key string) (Outline, error) {
	o, i, err := in.edit(key)
	if err != nil {
		return in, err
	}
	// The clause before must reach as deep, or there is no one to hold this one.
	if i == 0 || o.Clauses[i-1].Depth < o.Clauses[i].Depth {
		return in, impossible("no_place")
	}
	o.shift(i, 1)
	o.suit(i)
	settle(o.Clauses)
	return o, nil
}

// suit gives a clause that changed its level the kind that fits there: 条 and wider
// follow their number and become a 款 where they stand below a clause as narrow as
// themselves; lists are 项 or 目; the rest 款 below a clause, text elsewhere.
func (o Outline) suit(i int) {
	c := &o.Clauses[i]
	at := o.parent(i)
	var above Kind
	if at >= 0 {
		above = o.Clauses[at].Kind
	}
	if c.Number == "" {
		if m, ok := scan(c.Text); ok && c.Title == "" && width(m.number) <= 30 && rankOf(kindOf(m)) > rankOf(above) && kindOf(m) != Item {
			c.Number, c.Text = m.number, m.rest
			if kindOf(m) != Article {
				c.Title, c.Text = m.rest, ""
			}
		}
	}
	if m, ok := readNumber(c.Number); ok {
		kind := kindOf(m)
		switch {
		case kind == Item && (above == Item || above == Subitem):
			kind = Subitem
		case kind == Item && c.Kind == Heading:
			kind = Heading
		case kind == Item && c.Kind == Paragraph && (at < 0 || above == Heading):
			kind = Paragraph
		}
		if kind != Item && kind != Subitem && kind != Heading && rankOf(kind) <= rankOf(above) {
			c.Text, c.Number, c.Title = joined(*c), "", ""
			kind = Paragraph
		}
		c.Kind = kind
		return
	}
	if c.Kind == Heading {
		return
	}
	c.Kind = Text
	if above == Article || above == Paragraph || above == Item || above == Subitem {
		c.Kind = Paragraph
		if above == Paragraph {
			c.Kind = Text
		}
	}
}

// kindOf is the kind that a number shows by itself.
func kindOf(m marker) Kind {
	switch m.style {
	case stylePart, styleSubpart:
		return Part
	case styleChapter:
		return Chapter
	case styleSection:
		return Section
	case styleArticle, enArticle, enSection:
		return Article
	case styleAnnex:
		return Heading
	}
	return Item
}

// rankOf orders the kinds; what has no fixed place ranks before all.
func rankOf(k Kind) int {
	switch k {
	case Part:
		return 1
	case Chapter:
		return 2
	case Section:
		return 3
	case Article:
		return 4
	case Paragraph:
		return 5
	case Item:
		return 6
	case Subitem:
		return 7
	}
	return 0
}

// joined is all of a clause as it stood in the source.
func joined(c Clause) string {
	return strings.Join(filled([]string{c.Number, c.Title, c.Text}), " ")
}

// Split cuts the text of a clause before the character at offset (counted in
// Unicode characters of Text, above 0 and below its length). The second half
// becomes the next clause: what its own number says, else a 款 of an article, else
// a clause of the same kind; clauses below the first half go with the second.
func Split(in Outline, key string, offset int) (Outline, error) {
	o, i, err := in.edit(key)
	if err != nil {
		return in, err
	}
	c := &o.Clauses[i]
	runes := []rune(c.Text)
	if offset <= 0 || offset >= len(runes) {
		return in, impossible("bad_split")
	}
	head, tail := strings.TrimFunc(string(runes[:offset]), blank), strings.TrimFunc(string(runes[offset:]), blank)
	if head == "" || tail == "" {
		return in, impossible("bad_split")
	}
	c.Text = head
	second := Clause{Kind: c.Kind, Depth: c.Depth, Text: tail}
	if m, ok := scan(tail); ok && utf8.RuneCountInString(m.number) < 20 {
		second.Number, second.Text = m.number, m.rest
		if kind := kindOf(m); kind != Item {
			second.Kind = kind
		} else if c.Kind == Article || c.Kind == Paragraph || c.Kind == Text {
			second.Kind = Item
			if c.Kind != Text {
				second.Depth++
			}
		}
	} else if c.Kind != Paragraph && c.Kind != Text {
		second.Kind = Paragraph
		second.Depth++
	}
	if second.Kind == Heading || rankOf(second.Kind) > 0 && rankOf(second.Kind) <= rankOf(Section) {
		second.Title, second.Text = second.Text, ""
	}
	// Items below the first half follow the second and stand below it.
	if to := o.end(i); second.Kind == Paragraph && second.Depth > o.Clauses[i].Depth {
		for j := i + 1; j < to && o.Clauses[j].Kind != Paragraph; j++ {
			o.Clauses[j].Depth++
		}
	}
	o.Clauses = append(o.Clauses[:i+1], append([]Clause{second}, o.Clauses[i+1:]...)...)
	settle(o.Clauses)
	return o, nil
}

// Merge joins a clause to the text of the one directly before it, on a new line;
// clauses below it stay where they stand.
func Merge(in Outline, key string) (Outline, error) {
	o, i, err := in.edit(key)
	if err != nil {
		return in, err
	}
	if i == 0 {
		return in, impossible("no_place")
	}
	before := &o.Clauses[i-1]
	before.Text = strings.Join(filled([]string{before.Text, joined(o.Clauses[i])}), "\n")
	if by := before.Depth - o.Clauses[i].Depth; by != 0 {
		for j, to := i+1, o.end(i); j < to; j++ {
			o.Clauses[j].Depth += by
		}
	}
	o.Clauses = append(o.Clauses[:i], o.Clauses[i+1:]...)
	settle(o.Clauses)
	return o, nil
}

// SetKind says what a clause is and moves it below the nearest clause before it
// that is wider; headings and texts stay on their level. A number that stands at
// the beginning of the text is taken out of it for kinds that carry one.
func SetKind(in Outline, key string, kind Kind) (Outline, error) {
	o, i, err := in.edit(key)
	if err != nil {
		return in, err
	}
	if rankOf(kind) == 0 && kind != Heading && kind != Text {
		return in, impossible("bad_kind")
	}
	c := &o.Clauses[i]
	numbered := kind != Paragraph && kind != Text
	if m, ok := scan(c.Text); ok && numbered && c.Number == "" && c.Title == "" {
		c.Number, c.Text = m.number, m.rest
	}
	wide := rankOf(kind) > 0 && rankOf(kind) <= rankOf(Section) || kind == Heading
	switch {
	case wide && c.Title == "":
		c.Title, c.Text = c.Text, ""
	case !wide && kind != Article && c.Title != "":
		c.Text, c.Title = strings.Join(filled([]string{c.Title, c.Text}), " "), ""
	}
	if !numbered && c.Number != "" {
		c.Text, c.Number = strings.Join(filled([]string{c.Number, c.Text}), " "), ""
	}
	c.Kind = kind
	if rankOf(kind) > 0 {
		depth := 1
		for j := i - 1; j >= 0; j-- {
			if r := rankOf(o.Clauses[j].Kind); r > 0 && r < rankOf(kind) {
				depth = o.Clauses[j].Depth + 1
				break
			}
		}
		o.shift(i, depth-c.Depth)
	}
	settle(o.Clauses)
	return o, nil
}

// SetNumber moves the border between number and the rest: the new number must be
// what stands at the beginning of the clause, white space aside. Empty puts the
// number back into the text.
func SetNumber(in Outline, key, number string) (Outline, error) {
	o, i, err := in.edit(key)
	if err != nil {
		return in, err
	}
	c := &o.Clauses[i]
	rest, ok := cutSpaced(joined(*c), number)
	if !ok {
		return in, impossible("not_there")
	}
	title := ""
	if t, ok := cutSpaced(rest, c.Title); ok && c.Title != "" {
		title, rest = c.Title, t
	}
	c.Number, c.Title, c.Text = strings.TrimFunc(number, blank), title, rest
	settle(o.Clauses)
	return o, nil
}

// SetTitle moves the border between title and text in the same way.
func SetTitle(in Outline, key, title string) (Outline, error) {
	o, i, err := in.edit(key)
	if err != nil {
		return in, err
	}
	c := &o.Clauses[i]
	rest, ok := cutSpaced(strings.Join(filled([]string{c.Title, c.Text}), " "), title)
	if !ok {
		return in, impossible("not_there")
	}
	c.Title, c.Text = strings.TrimFunc(title, blank), rest
	settle(o.Clauses)
	return o, nil
}

// cutSpaced cuts prefix off s, both compared without white space.
func cutSpaced(s, prefix string) (string, bool) {
	want := []rune(strings.Map(func(r rune) rune {
		if blank(r) {
			return -1
		}
		return r
	}, prefix))
	for i, r := range s {
		if len(want) == 0 {
			return strings.TrimFunc(s[i:], blank), true
		}
		if blank(r) {
			continue
		}
		if r != want[0] {
			return "", false
		}
		want = want[1:]
	}
	return "", len(want) == 0
}
