package outline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// block is one paragraph of the source without markup, ready to be given a place.
type block struct {
	line     int
	text     string
	level    int  // heading level 1–9, 0 for body text
	bullet   bool // a list sign stood before it
	indent   int  // of the bullet
	center   bool
	title    bool // the file itself says: this is the title
	verbatim bool // table, code, notes, front matter: no numbers are looked for
	end      bool // notes: belongs to the end of the document
	auto     bool // the number is an automatic one: no sentence begins with it
	toc      bool // the file itself says: table of contents
	rule     bool // a horizontal rule stood before it: the clause before has ended
}

// longest bounds, in bytes, what wrapped lines and quotations are joined to, so that
// a hostile file cannot make the joining take for ever.
const longest = 60_000

// width counts columns: Chinese characters take two.
func width(s string) int {
	n := 0
	for _, r := range s {
		if n++; r >= 0x2E80 {
			n++
		}
	}
	return n
}

// goesOn reports that next is the same paragraph as line, only broken by the
// editor's width; both are without markup. English texts are wrapped, Chinese
// ones hardly ever: there a full line that does not end a sentence is asked for.
func goesOn(line, next string) bool {
	if next == "" || line == "" {
		return false
	}
	if strings.HasPrefix(next, "\u3000") || strings.HasPrefix(next, "  ") || strings.HasPrefix(next, "\t") {
		return false
	}
	if _, marked := scan(next); marked {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(line, blank))
	if last >= 0x2E80 || unicode.Is(unicode.Han, last) || last == '”' || last == '…' {
		return width(line) >= 60 && !strings.ContainsRune("。；：！？”」』）…", last)
	}
	return width(line) >= 40
}

// joint is what stands between two halves of a wrapped paragraph.
func joint(line string) string {
	if last, _ := utf8.DecodeLastRuneInString(line); last >= 0x2E80 {
		return ""
	}
	return " "
}

// readPlain takes every line for a paragraph unless it was wrapped. Nothing is
// markup in plain text.
func readPlain(text string) ([]block, []Warning) {
	var out []block
	before := ""
	for i, line := range strings.Split(text, "\n") {
		bare := strings.TrimFunc(line, blank)
		if bare == "" {
			before = ""
			continue
		}
		if before != "" && len(out[len(out)-1].text) < longest && goesOn(before, line) {
			last := &out[len(out)-1]
			last.text += joint(last.text) + bare
		} else {
			indent := len(line) - len(strings.TrimLeft(line, " \u3000\t"))
			out = append(out, block{line: i + 1, text: bare, center: indent >= 12})
		}
		before = bare
	}
	return out, nil
}

// titleLike reports a short text that is no sentence.
func titleLike(s string) bool {
	if s == "" || width(s) > 80 || strings.Contains(s, "\n") {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(s)
	return !strings.ContainsRune("。；;，,：:、！!？?", last) && !(last == '.' && width(s) > 60) && !strings.ContainsAny(s, "。；") && !strings.Contains(s, ". ")
}
