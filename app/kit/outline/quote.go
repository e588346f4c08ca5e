package outline

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// quote follows quotations that reach over several paragraphs, as amending texts
// have them: each paragraph begins with “, only the last ends with ”.
type quote struct{ depth int }

// A quotation of whole paragraphs is announced: 修改为：“… or reads: "…
var reOpening = regexp.MustCompile(`(?:[：:]|为)[\s\p{Z}]*[“「"]`)

func startsQuoted(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '“' || r == '「' || r == '"'
}

// feed counts the quotation marks of one paragraph. Straight marks only count
// where no curly ones stand.
func (q *quote) feed(text string) {
	if q.depth > 0 && startsQuoted(text) {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
	straight := !strings.ContainsAny(text, "“”「」")
	for _, r := range text {
		switch {
		case r == '“' || r == '「':
			q.depth++
		case r == '”' || r == '」':
			q.depth = max(q.depth-1, 0)
		case r == '"' && straight && q.depth == 0:
			q.depth = 1
		case r == '"' && straight:
			q.depth--
		}
	}
}

// after looks whether an ordinary paragraph has opened a long quotation.
func (q *quote) after(text string) {
	q.depth = 0
	if reOpening.MatchString(text) {
		q.feed(text)
	}
}

// quoted adds a quoted paragraph to the clause that quotes it. A paragraph that
// goes on with the numbers outside ends a quotation whose mark was forgotten.
func (b *builder) quoted(bl block, m *marker) bool {
	if len(b.nodes) == 0 || len(b.stack) == 0 {
		return false
	}
	c := &b.nodes[len(b.nodes)-1]
	inside := b.quote.depth > 0
	if !inside {
		inside = startsQuoted(bl.text) && c.Kind != Text && (strings.HasSuffix(c.Text, "：") || strings.HasSuffix(c.Text, ":"))
	}
	if !inside || bl.level > 0 || len(c.Text) > longest {
		return false
	}
	if m != nil && b.goesOnOutside(m) {
		b.warn(bl.line, "quote_open", m.number)
		b.quote.depth = 0
		return false
	}
	if c.Text != "" {
		c.Text += "\n"
	}
	c.Text += bl.text
	b.quote.feed(bl.text)
	bare := strings.TrimLeft(bl.text, "“「\"")
	if q, ok := scan(bare); ok && q.style == styleArticle {
		b.warn(bl.line, "quoted_article", q.number)
	}
	return true
}

func (b *builder) goesOnOutside(m *marker) bool {
	if m.style == styleArticle {
		return m.n == b.article.n+1 && b.article.rank > 0
	}
	if wide(m.style) || m.style == styleAnnex {
		return true
	}
	for _, o := range b.stack {
		if o.style == m.style && m.n == o.n+1 && (m.style == zhComma || m.style == zhParen || m.style == decDot) {
			return true
		}
	}
	return false
}
