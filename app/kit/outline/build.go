package outline

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Ranks say what ends what: a clause ends all open ones of its rank or above.
const (
	rankAnnex     = 5
	rankPart      = 10
	rankSubpart   = 11
	rankChapter   = 20
	rankSection   = 30
	rankHeading   = 40
	rankArticle   = 50
	rankParagraph = 60
	rankList      = 70
)

// longClause is the length in characters above which a person should look
// whether two clauses ran together.
const longClause = 2000

// open is a clause that later ones may still belong to.
type open struct {
	node  int
	rank  int
	level int // heading level of the source, 0 without
	style style
	n     int
	sub   []int
}

type builder struct {
	blocks   []block
	marks    []*marker
	nodes    []Clause
	lines    []int // of the nodes
	stack    []open
	warnings []Warning
	quote    quote
	article  open            // the last article of this text or annex
	lists    map[style]int   // last number of each list style in this article
	seen     map[style][]int // where markers of a style stand, for looking ahead
	at       int             // the block that is being placed
	articles bool            // the document has articles at all
}

// build gives every block its place. Order is kept and every block ends up in
// exactly one clause: that is why nothing can be lost.
func build(blocks []block, warnings []Warning, hint string) Outline {
	b := &builder{blocks: blocks, warnings: warnings, lists: map[style]int{}, seen: map[style][]int{}}
	b.scanAll()
	groups := map[int]span{}
	for _, s := range append(contents(blocks, b.marks), signatures(blocks, b.marks)...) {
		if _, taken := groups[s.from]; !taken {
			groups[s.from] = s
		}
	}
	title := titleAt(blocks, b.marks)
	for i := 0; i < len(blocks); i++ {
		if s, ok := groups[i]; ok {
			b.group(s)
			i = s.to - 1
			continue
		}
		if i == title {
			b.put(Clause{Kind: Heading, Title: blocks[i].text, Depth: 1}, blocks[i].line)
			continue
		}
		b.block(i)
	}
	out := Outline{Title: b.title(title, hint), Clauses: settle(b.nodes), Warnings: b.warnings}
	b.review(&out)
	return out
}

func (b *builder) scanAll() {
	b.marks = make([]*marker, len(b.blocks))
	count := map[style]int{}
	for i, bl := range b.blocks {
		if bl.verbatim {
			continue
		}
		if m, ok := scan(bl.text); ok {
			b.marks[i] = &m
			count[m.style]++
		}
	}
	// In English texts the more frequent of Article and Section is the clause.
	article, section := styleChapter, styleArticle
	if count[enArticle] > count[enSection] {
		article, section = styleArticle, styleSection
	}
	for i, m := range b.marks {
		if m == nil {
			continue
		}
		switch m.style {
		case enArticle:
			m.style = article
			if count[enSection] == 0 {
				m.style = styleArticle
			}
		case enSection:
			m.style = section
		}
		b.seen[m.style] = append(b.seen[m.style], i)
		b.articles = b.articles || m.style == styleArticle
	}
}

// title is what the outline is called.
func (b *builder) title(at int, hint string) string {
	if at >= 0 {
		t := strings.Join(strings.Fields(b.blocks[at].text), " ")
		if at+1 < len(b.blocks) && reDraft.MatchString(b.blocks[at+1].text) {
			t += b.blocks[at+1].text
		}
		return t
	}
	for i, bl := range b.blocks {
		if bl.verbatim && i == 0 {
			if m := regexp.MustCompile(`(?m)^title:[ \t]*["']?(.+?)["']?[ \t]*$`).FindStringSubmatch(bl.text); m != nil {
				return m[1]
			}
		}
		if bl.level > 0 {
			if m := b.marks[i]; m != nil {
				return m.rest
			}
			return strings.Join(strings.Fields(bl.text), " ")
		}
		if !bl.verbatim {
			break
		}
	}
	for _, bl := range b.blocks {
		if hint != "" && strings.Contains(bl.text, hint) {
			return hint
		}
	}
	return ""
}

func (b *builder) warn(line int, code string, args ...string) {
	b.warnings = append(b.warnings, Warning{Line: line, Code: code, Args: args})
}

// put appends a node and returns its index.
func (b *builder) put(c Clause, line int) int {
	b.nodes = append(b.nodes, c)
	b.lines = append(b.lines, line)
	return len(b.nodes) - 1
}

// push puts a clause below the open ones and opens it.
func (b *builder) push(c Clause, line int, o open) {
	c.Depth = len(b.stack) + 1
	o.node = b.put(c, line)
	b.stack = append(b.stack, o)
}

// close ends every open clause from the first that the test accepts.
func (b *builder) close(ends func(open) bool) {
	if i := slices.IndexFunc(b.stack, ends); i >= 0 {
		b.stack = b.stack[:i]
	}
}

func (b *builder) closeRank(rank int) { b.close(func(o open) bool { return o.rank >= rank }) }

// group puts several blocks into one text: contents and signatures.
func (b *builder) group(s span) {
	var lines []string
	for _, bl := range b.blocks[s.from:s.to] {
		lines = append(lines, bl.text)
	}
	b.close(func(o open) bool { return o.rank > rankAnnex })
	b.put(Clause{Kind: Text, Text: strings.Join(lines, "\n"), Depth: len(b.stack) + 1}, b.blocks[s.from].line)
	if s.code != "" {
		b.warn(b.blocks[s.from].line, s.code)
	}
}

// block places one block.
func (b *builder) block(i int) {
	b.at = i
	bl, m := b.blocks[i], b.marks[i]
	if bl.rule && m == nil {
		b.closeRank(rankArticle)
	}
	if bl.end {
		b.stack = nil
	}
	if bl.verbatim {
		b.put(Clause{Kind: Text, Text: bl.text, Depth: len(b.stack) + 1}, bl.line)
		return
	}
	if b.quoted(bl, m) {
		return
	}
	b.place(i, bl, m)
	b.quote.after(bl.text)
	if at := reOpening.FindStringIndex(bl.text); at != nil && b.quote.depth > 0 {
		if q, ok := scan(bl.text[at[1]:]); ok && q.style == styleArticle {
			b.warn(bl.line, "quoted_article", q.number)
		}
	}
}

func (b *builder) place(i int, bl block, m *marker) {
	if m != nil {
		switch m.style {
		case stylePart, styleSubpart, styleChapter, styleSection:
			b.container(bl, m)
			return
		case styleAnnex:
			b.stack, b.article, b.lists = nil, open{}, map[style]int{}
			b.push(Clause{Kind: Heading, Number: m.number, Title: m.rest}, bl.line, open{rank: rankAnnex, style: styleAnnex})
			return
		case styleArticle:
			if b.fitsArticle(bl, m) {
				b.placeArticle(i, bl, m)
				return
			}
			b.warn(bl.line, "unsure_article", m.number)
		default:
			if b.fitsList(i, bl, m) {
				b.placeList(i, bl, m)
				return
			}
		}
	}
	switch {
	case bl.level > 0:
		b.heading(bl)
	case entry(bl.text) == "附则" || entry(bl.text) == "总则":
		b.closeRank(rankPart)
		b.push(Clause{Kind: Heading, Title: bl.text}, bl.line, open{rank: rankChapter})
	case bl.bullet:
		b.bullet(bl)
	default:
		b.paragraph(bl)
	}
}

// container opens 编, 章 or 节.
func (b *builder) container(bl block, m *marker) {
	kind, rank := Part, rankPart
	switch m.style {
	case styleSubpart:
		rank = rankSubpart
	case styleChapter:
		kind, rank = Chapter, rankChapter
	case styleSection:
		kind, rank = Section, rankSection
	}
	b.close(func(o open) bool {
		return o.rank >= rank && o.rank != rankHeading || o.rank == rankHeading && (o.style != "" || bl.level > 0 && o.level >= bl.level)
	})
	b.sequence(bl.line, m)
	b.push(Clause{Kind: kind, Number: m.number, Title: m.rest}, bl.line, open{rank: rank, level: bl.level, style: m.style, n: m.n})
}

// heading opens a heading that carries no number.
func (b *builder) heading(bl block) {
	b.close(func(o open) bool {
		return o.level >= bl.level || o.level == 0 && o.rank >= rankArticle
	})
	b.push(Clause{Kind: Heading, Title: bl.text}, bl.line, open{rank: rankHeading, level: bl.level})
}

// fitsArticle tells an article from a sentence that begins with the number of
// another one.
func (b *builder) fitsArticle(bl block, m *marker) bool {
	if bl.level > 0 || bl.auto {
		return true
	}
	next := m.n == b.article.n+1 || m.n == b.article.n && len(m.sub) > 0
	if m.spaced {
		return next || !reSpacedRef.MatchString(m.rest)
	}
	return next
}

func (b *builder) placeArticle(i int, bl block, m *marker) {
	b.close(func(o open) bool {
		return o.rank >= rankArticle || o.rank == rankHeading && bl.level > 0 && o.level >= bl.level
	})
	b.articleOrder(bl.line, m)
	b.article = open{node: len(b.nodes), n: m.n, sub: m.sub, style: m.style, rank: 1}
	b.lists = map[style]int{}
	c := Clause{Kind: Article, Number: m.number, Text: m.rest}
	if t := reBracket.FindString(m.rest); t != "" && !isNumber(t) {
		c.Title, c.Text = t, strings.TrimFunc(m.rest[len(t):], blank)
	} else if bl.level > 0 && width(m.rest) <= 160 || titleLike(m.rest) && width(m.rest) <= 60 && b.textFollows(i) {
		c.Title, c.Text = m.rest, ""
	}
	b.push(c, bl.line, open{rank: rankArticle, level: bl.level, style: m.style, n: m.n})
}

func isNumber(s string) bool {
	m, ok := scan(s)
	return ok && m.rest == ""
}

// textFollows reports that the next block can be the text below a title.
func (b *builder) textFollows(i int) bool {
	if i+1 >= len(b.blocks) || b.blocks[i+1].end || b.blocks[i+1].level > 0 {
		return false
	}
	next := b.marks[i+1]
	return next == nil && !reDate.MatchString(b.blocks[i+1].text) || next != nil && next.style != b.marks[i].style && next.style != styleArticle && next.style != styleAnnex && !wide(next.style)
}

// articleOrder compares with the article before.
func (b *builder) articleOrder(line int, m *marker) {
	last := b.article
	switch {
	case last.rank == 0:
		if m.n != 1 {
			b.warn(line, "number_start", m.number)
		}
	case m.n == last.n+1 && (len(m.sub) == 0 || len(m.sub) == len(last.sub) && m.sub[0] <= 1):
	case m.n == 1 && !strings.HasPrefix(m.number, "第") && b.inFreshContainer():
	case m.n == last.n && slices.Equal(m.sub, last.sub):
		b.warn(line, "number_duplicate", m.number)
	case m.n == last.n && follows(last.sub, m.sub):
	case m.n < last.n || m.n == last.n && slices.Compare(m.sub, last.sub) < 0:
		b.warn(line, "number_order", m.number, b.nodes[last.node].Number)
	default:
		b.warn(line, "number_gap", m.number, b.nodes[last.node].Number)
	}
}

// inFreshContainer reports that a chapter has just begun: English sections often
// count anew in each.
func (b *builder) inFreshContainer() bool {
	if len(b.stack) == 0 {
		return false
	}
	top := b.stack[len(b.stack)-1]
	return top.rank < rankHeading && b.article.node < top.node
}

// follows: 之一 follows none, 之二 follows 之一, 之二之一 follows 之二.
func follows(last, next []int) bool {
	if len(next) == len(last)+1 {
		return slices.Equal(last, next[:len(last)]) && next[len(last)] == 1
	}
	return len(next) == len(last) && len(next) > 0 && slices.Equal(last[:len(last)-1], next[:len(next)-1]) && next[len(next)-1] == last[len(last)-1]+1
}

// sequence compares with the sibling before, which may just have been closed.
func (b *builder) sequence(line int, m *marker) {
	depth := len(b.stack) + 1
	for j := len(b.nodes) - 1; j >= 0; j-- {
		c := b.nodes[j]
		if c.Depth < depth {
			break
		}
		if c.Depth > depth {
			continue
		}
		before, ok := readNumber(c.Number)
		if !ok || before.style != m.style {
			continue
		}
		b.compare(line, m.number, m.n, c.Number, before.n)
		return
	}
}

func (b *builder) compare(line int, number string, n int, before string, last int) {
	switch {
	case n == last:
		b.warn(line, "number_duplicate", number)
	case n < last:
		b.warn(line, "number_order", number, before)
	case n > last+1:
		b.warn(line, "number_gap", number, before)
	}
}

// paragraph places a block without number: the first text of a clause, a further
// 款, or a text of its own.
func (b *builder) paragraph(bl block) {
	at := slices.IndexFunc(b.stack, func(o open) bool { return o.rank == rankArticle })
	if at >= 0 {
		c := &b.nodes[b.stack[at].node]
		if c.Text == "" && b.stack[at].node == len(b.nodes)-1 {
			if c.Title == "" && titleLike(bl.text) && width(bl.text) <= 60 && b.plainFollows() {
				c.Title = bl.text // ARTICLE 1 on one line, its title on the next
				return
			}
			c.Text = bl.text
			return
		}
		b.stack = b.stack[:at+1]
		b.push(Clause{Kind: Paragraph, Text: bl.text}, bl.line, open{rank: rankParagraph})
		return
	}
	if len(b.stack) == 0 {
		b.put(Clause{Kind: Text, Text: bl.text, Depth: 1}, bl.line)
		return
	}
	top := b.stack[len(b.stack)-1]
	c := &b.nodes[top.node]
	switch {
	case top.rank == rankParagraph:
		b.stack = b.stack[:len(b.stack)-1]
		b.paragraph(bl)
	case top.rank >= rankList && c.Kind != Heading:
		if c.Text == "" && top.node == len(b.nodes)-1 {
			c.Text = bl.text
			return
		}
		if b.endsLists() {
			b.put(Clause{Kind: Text, Text: bl.text, Depth: len(b.stack) + 1}, bl.line)
			return
		}
		b.push(Clause{Kind: Paragraph, Text: bl.text}, bl.line, open{rank: rankParagraph})
	case c.Title == "" && top.node == len(b.nodes)-1 && titleLike(bl.text):
		c.Title = bl.text // 第一章 on one line, 总则 on the next
	case top.rank < rankHeading && top.rank > rankAnnex && top.node == len(b.nodes)-1 && c.Text == "" && titleLike(bl.text) && width(bl.text) <= 60 && b.clauseFollows():
		c.Title += " " + bl.text // a title broken over two lines
	default:
		if b.articles && top.rank < rankHeading && top.rank > rankAnnex {
			b.warn(bl.line, "unnumbered")
		}
		b.put(Clause{Kind: Text, Text: bl.text, Depth: len(b.stack) + 1}, bl.line)
	}
}

// plainFollows reports that the next block is ordinary text.
func (b *builder) plainFollows() bool {
	next := b.at + 1
	return next < len(b.blocks) && b.marks[next] == nil && !b.blocks[next].verbatim && b.blocks[next].level == 0 && !titleLike(b.blocks[next].text)
}

// clauseFollows reports that the next block is an article or a section.
func (b *builder) clauseFollows() bool {
	next := b.at + 1
	return next < len(b.blocks) && b.marks[next] != nil && (b.marks[next].style == styleArticle || b.marks[next].style == styleSection)
}

// endsLists closes a plain list (1. (a) •) below a heading: a paragraph after it
// belongs to the heading again. 一、 and 5.1 hold their paragraphs themselves.
func (b *builder) endsLists() bool {
	at := slices.IndexFunc(b.stack, func(o open) bool { return o.rank >= rankList && b.nodes[o.node].Kind != Heading })
	if at <= 0 || b.nodes[b.stack[at-1].node].Kind != Heading {
		return false
	}
	if s := b.stack[at].style; s == zhComma || s == zhParen || decimalDepth(s) > 0 {
		return false
	}
	b.stack = b.stack[:at]
	return true
}

// review adds the warnings that need the finished outline and sorts them.
func (b *builder) review(out *Outline) {
	numbered := false
	for i, c := range out.Clauses {
		numbered = numbered || c.Number != "" || c.Kind == Heading && i > 0
		if n := utf8.RuneCountInString(c.Text); n > longClause && c.Kind != Text {
			b.warn(b.lines[i], "long_clause", labelOf(c), countText(n))
		}
	}
	switch {
	case len(out.Clauses) == 0:
		b.warn(0, "empty")
	case !numbered && len(out.Clauses) > 1:
		b.warn(b.lines[0], "unknown_structure")
	}
	if out.Clauses == nil {
		out.Clauses = []Clause{}
	}
	out.Warnings = b.warnings
	if out.Warnings == nil {
		out.Warnings = []Warning{}
	}
	locate(out.Warnings, b.blocks)
	slices.SortStableFunc(out.Warnings, func(x, y Warning) int { return x.Line - y.Line })
}
