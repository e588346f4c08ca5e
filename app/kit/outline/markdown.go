package outline

import (
	"regexp"
	"strings"
	"unicode"
)

// What counts as markup in Markdown, and so is not kept; everything else is:
//   - the # of headings, the lines of = or - under a heading, horizontal rules
//   - the sign of a list (-, *, +) and of a quotation (>) at the line's beginning
//   - * and _ in pairs around emphasised words
//   - the pipes and rules of tables (cells are parted by tabs, rows by line ends)
//   - HTML tags with known names, with their attributes; &nbsp; &emsp; &ensp;
//   - the --- lines around front matter
//
// HTML comments, links, pictures, code and backslashes stay as they are typed.
var (
	reHeading  = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t\x{3000}]+|$|(\p{Han}))(.*)$`)
	reBullet   = regexp.MustCompile(`^([ \t]*)[-*+][ \t]+(\S.*)$`)
	reQuote    = regexp.MustCompile(`^ {0,3}(?:> ?)+`)
	reRuleRow  = regexp.MustCompile(`^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)
	reTag      = regexp.MustCompile(`(?i)</?(?:a|abbr|address|article|aside|b|big|blockquote|body|caption|center|cite|code|col|colgroup|dd|del|details|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|head|header|hr|html|i|img|ins|kbd|li|main|mark|nav|ol|p|pre|q|s|section|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul)(?:\s+[^<>]*)?/?>`)
	reBreak    = regexp.MustCompile(`(?i)<br\s*/?>`)
	reSpaces   = strings.NewReplacer("&nbsp;", "\u00a0", "&emsp;", "\u2003", "&ensp;", "\u2002")
	reBold     = regexp.MustCompile(`\*\*([^\s*](?:[^*\n]*[^\s*])?)\*\*`)
	reItalic   = regexp.MustCompile(`\*([^\s*](?:[^*\n]*[^\s*])?)\*`)
	reBoldLow  = regexp.MustCompile(`(^|[^\p{L}\p{N}_])__([^\s_](?:[^_\n]*[^\s_])?)__($|[^\p{L}\p{N}_])`)
	reItalLow  = regexp.MustCompile(`(^|[^\p{L}\p{N}_])_([^\s_](?:[^_\n]*[^\s_])?)_($|[^\p{L}\p{N}_])`)
	reComment  = regexp.MustCompile(`(?s)<!--.*?-->`)
	rePicture  = regexp.MustCompile(`!\[([^\]]*)\]\([^)]*\)|(?i:<img\s(?:[^<>]*\balt="([^"]*)")?)`)
	reFootnote = regexp.MustCompile(`^\[\^[^\]]+\]:`)
)

// Signs behind a backslash are words, and lie hidden while emphasis is looked for.
var (
	escapedSigns = strings.NewReplacer(`\\`, `\\`, `\*`, "\ufdd0", `\_`, "\ufdd1")
	typedSigns   = strings.NewReplacer("\ufdd0", `\*`, "\ufdd1", `\_`)
)

// stripMarkdown removes the inline markup listed above from a piece of text;
// comments and code between backticks are left alone.
func stripMarkdown(s string) string {
	if !strings.ContainsAny(s, "*_<&`") {
		return s
	}
	var b strings.Builder
	comment, passed := reComment.FindStringIndex(s), 0
	for s != "" {
		from, to := len(s), len(s)
		if comment != nil && comment[0] < passed { // looked for again only behind the last
			if comment = reComment.FindStringIndex(s); comment != nil {
				comment[0], comment[1] = comment[0]+passed, comment[1]+passed
			}
		}
		if comment != nil {
			from, to = comment[0]-passed, comment[1]-passed
		}
		if i := strings.IndexByte(s, '`'); i >= 0 && i < from {
			if j := strings.IndexByte(s[i+1:], '`'); j >= 0 {
				from, to = i, i+j+2
			}
		}
		b.WriteString(stripTags(s[:from]))
		b.WriteString(s[from:to])
		s, passed = s[to:], passed+to
	}
	// Emphasis may reach across code and comments, so it comes last and whole.
	out := escapedSigns.Replace(b.String())
	for _, re := range []*regexp.Regexp{reBold, reItalic} {
		out = re.ReplaceAllString(out, "$1")
	}
	for _, re := range []*regexp.Regexp{reBoldLow, reItalLow} {
		out = re.ReplaceAllString(out, "$1$2$3")
	}
	return typedSigns.Replace(out)
}

func stripTags(s string) string {
	s = reBreak.ReplaceAllString(s, "\n")
	s = reTag.ReplaceAllString(s, "")
	return reSpaces.Replace(s)
}

// markdown collects blocks line by line.
type markdown struct {
	out      []block
	warnings []Warning
	para     []string // lines of the open paragraph, without signs
	first    block    // what the open paragraph is
	rule     bool
}

func readMarkdown(text string) ([]block, []Warning) {
	lines := strings.Split(text, "\n")
	m := &markdown{}
	i := m.frontMatter(lines)
	for i < len(lines) {
		i = m.line(lines, i)
	}
	m.flush()
	return m.out, m.warnings
}

func (m *markdown) warn(line int, code string, args ...string) {
	m.warnings = append(m.warnings, Warning{Line: line, Code: code, Args: args})
}

// pictures warns of each picture in a text with its description.
func (m *markdown) pictures(line int, text string) {
	for _, found := range rePicture.FindAllStringSubmatch(text, -1) {
		m.warn(line, "image", found[1]+found[2])
	}
}

// frontMatter keeps a YAML head as one text.
func (m *markdown) frontMatter(lines []string) int {
	if strings.TrimRight(lines[0], " \t") != "---" {
		return 0
	}
	for i := 1; i < len(lines) && i < 100; i++ {
		if strings.TrimRight(lines[i], " \t") == "---" {
			m.add(block{line: 1, text: strings.Join(lines[1:i], "\n"), verbatim: true})
			return i + 1
		}
	}
	return 0
}

func (m *markdown) add(b block) {
	b.text = strings.TrimFunc(b.text, blank)
	if b.text == "" {
		return
	}
	b.rule, m.rule = m.rule, false
	m.out = append(m.out, b)
}

// flush ends the open paragraph.
func (m *markdown) flush() {
	if len(m.para) == 0 {
		return
	}
	b := m.first
	raw := strings.Join(m.para, "\n")
	if reComment.MatchString(raw) {
		m.warn(b.line, "comment")
	}
	m.pictures(b.line, raw)
	if reFootnote.MatchString(raw) {
		m.warn(b.line, "footnote", strings.TrimSuffix(reFootnote.FindString(raw), ":"))
		b.verbatim = true
	}
	b.text = stripMarkdown(raw)
	m.para = nil
	m.add(b)
}

// line reads one line, or a whole table or fence, and returns the next index.
func (m *markdown) line(lines []string, i int) int {
	line := lines[i]
	bare := strings.TrimFunc(line, blank)
	switch {
	case bare == "":
		m.flush()
		return i + 1
	case strings.HasPrefix(bare, "```") || strings.HasPrefix(bare, "~~~"):
		return m.fence(lines, i, bare[:3])
	case strings.HasPrefix(bare, "<!--") && len(m.para) == 0:
		return m.comment(lines, i)
	case strings.ContainsRune(bare, '|') && i+1 < len(lines) && strings.ContainsRune(lines[i+1], '|') && reRuleRow.MatchString(lines[i+1]):
		return m.table(lines, i)
	}
	if q := reQuote.FindString(line); q != "" {
		line = line[len(q):]
		bare = strings.TrimFunc(line, blank)
		if bare == "" {
			m.flush()
			return i + 1
		}
	}
	if under := underline(bare); under > 0 && len(m.para) == 1 && m.first.line == i && !m.first.bullet {
		m.first.level = under
		m.flush()
		return i + 1
	}
	if thematic(bare) {
		m.flush()
		m.rule = true
		return i + 1
	}
	if h := reHeading.FindStringSubmatch(line); h != nil {
		m.flush()
		text := strings.TrimFunc(h[2]+h[3], blank)
		if t := strings.TrimRight(text, "#"); t == "" || strings.HasSuffix(t, " ") || strings.HasSuffix(t, "\t") {
			text = strings.TrimFunc(t, blank)
		}
		m.pictures(i+1, text)
		m.add(block{line: i + 1, text: stripMarkdown(text), level: len(h[1])})
		return i + 1
	}
	b := block{line: i + 1}
	content := line
	if l := reBullet.FindStringSubmatch(line); l != nil {
		b.bullet, b.indent, content = true, width(strings.ReplaceAll(l[1], "\t", "    ")), l[2]
	}
	m.text(b, content)
	return i + 1
}

// text goes on with the open paragraph or opens a new one.
func (m *markdown) text(b block, content string) {
	if len(m.para) > 0 && !b.bullet {
		last := m.para[len(m.para)-1]
		bare := stripMarkdown(strings.TrimFunc(content, blank))
		_, marked := scan(bare)
		hard := strings.HasSuffix(last, "  ") || strings.HasSuffix(last, `\`)
		switch {
		case !marked && hard:
			m.para = append(m.para, content)
			return
		case !marked && len(last) < longest && goesOn(stripMarkdown(last), strings.TrimLeft(content, " \t")):
			m.para[len(m.para)-1] = strings.TrimRightFunc(last, blank) + joint(strings.TrimRightFunc(last, blank)) + strings.TrimLeftFunc(content, blank)
			return
		}
	}
	m.flush()
	m.first, m.para = b, []string{content}
}

// fence keeps code with its fences, word for word.
func (m *markdown) fence(lines []string, i int, mark string) int {
	m.flush()
	end := len(lines) - 1
	for j := i + 1; j < len(lines); j++ {
		if strings.HasPrefix(strings.TrimFunc(lines[j], blank), mark) {
			end = j
			break
		}
	}
	m.add(block{line: i + 1, text: strings.Join(lines[i:end+1], "\n"), verbatim: true})
	return end + 1
}

// comment keeps an HTML comment of one or more lines; what follows it on its
// last line is read as a line of its own.
func (m *markdown) comment(lines []string, i int) int {
	for j := i; j < len(lines) && j < i+200; j++ {
		at := strings.Index(lines[j], "-->")
		if at < 0 {
			continue
		}
		head := append(append([]string{}, lines[i:j]...), lines[j][:at+3])
		m.warn(i+1, "comment")
		m.add(block{line: i + 1, text: strings.Join(head, "\n"), verbatim: true})
		if rest := lines[j][at+3:]; strings.TrimFunc(rest, blank) != "" {
			lines[j] = rest
			return j
		}
		return j + 1
	}
	m.text(block{line: i + 1}, lines[i])
	return i + 1
}

// table keeps rows and cells, without the pipes.
func (m *markdown) table(lines []string, i int) int {
	m.flush()
	var rows []string
	j := i
	for ; j < len(lines) && strings.ContainsRune(lines[j], '|'); j++ {
		if j == i+1 {
			continue
		}
		var cells []string
		for _, c := range cellsOf(strings.TrimFunc(lines[j], blank)) {
			cells = append(cells, strings.ReplaceAll(strings.TrimFunc(stripMarkdown(c), blank), "\n", " "))
		}
		rows = append(rows, strings.Join(cells, "\t"))
	}
	m.warn(i+1, "table")
	m.add(block{line: i + 1, text: strings.Join(rows, "\n"), verbatim: true})
	return j
}

// cellsOf parts a row at its pipes; one behind a backslash belongs to its cell.
func cellsOf(row string) []string {
	const kept = "\x00" // stands for such a pipe meanwhile; decoding leaves none of them
	row = strings.Trim(strings.ReplaceAll(row, `\|`, kept), "|")
	cells := strings.Split(row, "|")
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, kept, `\|`)
	}
	return cells
}

// underline gives the level of a heading's underline, 0 for another line.
func underline(s string) int {
	switch {
	case len(s) >= 2 && strings.Trim(s, "=") == "":
		return 1
	case len(s) >= 2 && strings.Trim(s, "-") == "":
		return 2
	}
	return 0
}

// thematic reports a horizontal rule: three or more of one sign, blanks between.
func thematic(s string) bool {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	return len(s) >= 3 && strings.Trim(s, s[:1]) == "" && strings.ContainsAny(s[:1], "-*_")
}
