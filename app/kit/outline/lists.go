package outline

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// lookAhead is how many blocks further the second number of a list may stand.
const lookAhead = 300

// sibling finds the open list that m goes on with; it may change m's style, since
// (i) is a letter after (h) and a Roman one elsewhere.
func (b *builder) sibling(m *marker) int {
	if len(m.sub) > 0 && (m.style == lowerParen || m.style == upperParen || m.style == lowerDot || m.style == upperDot) {
		if at := b.openList(m.style); at >= 0 && m.n == b.stack[at].n+1 {
			return at
		}
		romanStyle := lowerRoman
		if m.style == upperParen || m.style == upperDot {
			romanStyle = upperRoman
		}
		if at := b.openList(romanStyle); at >= 0 || m.sub[0] == 1 || m.n == 0 {
			m.style, m.n, m.sub = romanStyle, m.sub[0], nil
			return at
		}
		m.sub = nil
	}
	return b.openList(m.style)
}

func (b *builder) openList(s style) int {
	for i := len(b.stack) - 1; i >= 0 && (b.stack[i].rank >= rankParagraph || b.stack[i].rank == rankHeading); i-- {
		if b.stack[i].style == s {
			return i
		}
	}
	return -1
}

// fitsList decides whether a number is one, or only how a sentence begins: a
// number fits when it goes on with an open list or begins one. The Chinese signs
// 一、（一）① are unmistakable; 3. or B. alone is not.
func (b *builder) fitsList(i int, bl block, m *marker) bool {
	at := b.sibling(m)
	if bl.level > 0 || bl.auto {
		return true
	}
	strong := m.style == zhComma || m.style == zhParen || m.style == circled || m.style == decParen
	last, known := b.lists[m.style]
	if at >= 0 {
		last, known = b.stack[at].n, true
	}
	if strings.HasPrefix(string(m.style), string(decimals)) {
		return b.fitsDecimal(i, bl, m, at)
	}
	switch {
	case strong:
		return true
	case known && m.n > last && m.n <= last+10:
		return true
	case m.n != 1:
		return false
	case m.style == lowerDot || m.style == upperDot || m.style == upperRoman || m.style == upperParen:
		return b.comes(i, m.style, 2)
	}
	return true
}

// comes reports that a marker of that style and count follows soon.
func (b *builder) comes(i int, s style, n int) bool {
	// Roman styles are told from letters only in sequence: both readings count.
	asLetters := map[style]style{lowerRoman: lowerParen, upperRoman: upperDot}
	for _, look := range []style{s, asLetters[s]} {
		list := b.seen[look]
		at, _ := slices.BinarySearch(list, i+1)
		for _, j := range list[at:] {
			if j > i+lookAhead {
				break
			}
			if m := b.marks[j]; m.n == n || len(m.sub) > 0 && m.sub[0] == n {
				return true
			}
		}
	}
	return false
}

// fitsDecimal: 5.1.2 goes on with 5.1.1 or begins below 5.1; a bare 5 needs a
// title and its sequence.
func (b *builder) fitsDecimal(i int, bl block, m *marker, at int) bool {
	if at >= 0 {
		last := b.stack[at].sub
		if len(last) == len(m.sub) {
			head := len(last) - 1
			if slices.Equal(last[:head], m.sub[:head]) {
				return m.n > last[head] && m.n <= last[head]+10
			}
			if slices.Compare(m.sub, last) < 0 {
				return false
			}
		}
	}
	if len(m.sub) == 1 {
		return at < 0 && m.n == 1 && titleLike(m.rest) && width(m.rest) <= 60 && (b.comes(i, decimals+"1", 2) || b.comes(i, decimals+"2", 1))
	}
	return m.n <= 1 || m.spaced && titleLike(m.rest) && b.comes(i, m.style, m.n+1)
}

// placeList puts a numbered block at its level.
func (b *builder) placeList(i int, bl block, m *marker) {
	inArticle := slices.ContainsFunc(b.stack, func(o open) bool { return o.rank == rankArticle })
	if bl.level > 0 {
		b.close(func(o open) bool { return o.level >= bl.level || o.level == 0 && o.rank >= rankArticle })
		inArticle = false
	}
	at := b.sibling(m)
	switch {
	case at >= 0:
		b.compare(bl.line, m.number, m.n, b.nodes[b.stack[at].node].Number, b.stack[at].n)
		b.stack = b.stack[:at]
	default:
		b.closeNarrower(m.style)
		if last, known := b.lists[m.style]; m.n > 1 && !(known && m.n == last+1) && bl.level == 0 && !strings.HasPrefix(string(m.style), string(decimals)) {
			b.warn(bl.line, "number_start", m.number)
		}
	}
	b.lists[m.style] = m.n
	c := Clause{Kind: b.listKind(m, inArticle), Number: m.number, Text: m.rest}
	rank := rankList
	if bl.level > 0 || !inArticle && titleLike(m.rest) && b.titles(m.style) && b.contentFollows(i, m) {
		c.Kind, c.Title, c.Text = Heading, m.rest, ""
		if bl.level > 0 {
			rank = rankHeading
		}
	}
	b.push(c, bl.line, open{rank: rank, level: bl.level, style: m.style, n: m.n, sub: m.sub})
}

// titles reports styles whose short lines are headings outside of articles.
func (b *builder) titles(s style) bool {
	return s == zhComma || s == zhParen || s == decDot || s == upperDot || s == upperRoman || strings.HasPrefix(string(s), string(decimals))
}

// contentFollows reports that the next block stands below this one.
func (b *builder) contentFollows(i int, m *marker) bool {
	if i+1 >= len(b.blocks) || b.blocks[i+1].end || b.blocks[i+1].level > 0 {
		return false
	}
	next := b.marks[i+1]
	if next == nil {
		return !b.blocks[i+1].rule && !reDate.MatchString(b.blocks[i+1].text)
	}
	return next.style != m.style && next.n <= 1 && !wide(next.style) && next.style != styleAnnex
}

// closeNarrower ends the lists that a new one cannot be below.
func (b *builder) closeNarrower(s style) {
	rank := zhRank[s]
	depth := decimalDepth(s)
	b.close(func(o open) bool {
		if o.rank < rankList && !(o.rank == rankHeading && o.style != "" && o.level == 0) {
			return false
		}
		if s == upperRoman {
			return true // I. is the widest of the Latin signs
		}
		if o.style == bulletStyle(0) && rank > 0 && rank < 3 {
			return true
		}
		return rank > 0 && zhRank[o.style] > rank || depth > 0 && decimalDepth(o.style) >= depth
	})
}

func decimalDepth(s style) int {
	if rest, ok := strings.CutPrefix(string(s), string(decimals)); ok {
		n, _ := strconv.Atoi(rest)
		return n
	}
	return 0
}

var reHan = regexp.MustCompile(`\p{Han}`)

// listKind: 项 at the first level below an article, a paragraph or a heading, 目
// below another item; a numbered paragraph where nothing stands above it.
func (b *builder) listKind(m *marker, inArticle bool) Kind {
	for j := len(b.stack) - 1; j >= 0; j-- {
		switch k := b.nodes[b.stack[j].node].Kind; {
		case k == Item || k == Subitem:
			return Subitem
		case k == Paragraph && decimalDepth(m.style) == 0:
			return Item
		}
	}
	if !inArticle && (decimalDepth(m.style) > 0 || m.style == decDot && !reHan.MatchString(m.rest) && strings.IndexFunc(m.rest, unicode.IsLetter) >= 0) {
		return Paragraph
	}
	return Item
}

func bulletStyle(indent int) style { return bullet + style(strconv.Itoa(indent/2)) }

// bullet places an item whose sign is markup; deeper indents are sub-items.
func (b *builder) bullet(bl block) {
	s := bulletStyle(bl.indent)
	if at := b.openList(s); at >= 0 {
		b.stack = b.stack[:at]
	} else {
		b.close(func(o open) bool { return strings.HasPrefix(string(o.style), string(bullet)) && o.style > s })
	}
	c := Clause{Kind: b.listKind(&marker{style: s}, true), Text: bl.text}
	b.push(c, bl.line, open{rank: rankList, style: s})
}
