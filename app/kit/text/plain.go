// Package text makes what people type safe to keep, to measure and to show:
// plain text is folded to one form, explanations in Markdown become HTML that
// cannot do harm.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks bounds how many combining marks stand on one letter: more than any
// script needs, too few to paint over the neighbour's opinion.
const maxMarks = 6

// Clean folds a text of several lines:
//
//   - Unicode NFC, so that one word is written one way. (Compatibility
//     ideographs become the unified ones they stand for; shapes stay alike.)
//   - Every kind of line end becomes \n; spaces at line ends go; of more than
//     two empty lines in a row two stay.
//   - Control characters go, tabs stay. Bytes that are no UTF-8 become U+FFFD,
//     so that a gap can be seen.
//   - Characters that show nothing go: zero-width spaces, soft hyphens, fillers,
//     tags, and the marks that turn the direction of what follows, by which a
//     text can show other words than it has. Joiners stay between two visible
//     characters (Uyghur, Mongolian, emoji families), as do the marks for a
//     single direction.
//   - Space at both ends goes, ideographic space too.
//
// Cleaning twice changes nothing.
func Clean(s string) string { return fold(s, true) }

// Line folds a text of one line, such as a title or a name: as [Clean], and
// every run of white space and line ends becomes one space.
func Line(s string) string {
	return strings.Join(strings.FieldsFunc(fold(s, false), unicode.IsSpace), " ")
}

// Length counts characters as code points after [Clean]. A page's script
// counts the same with [...text].length; families of emoji count as their
// parts, Chinese characters as one each.
func Length(s string) int { return utf8.RuneCountInString(s) }

// Cut shortens to at most n characters for a list or a subject, the ellipsis
// included; it never parts a letter from its marks or a joined emoji.
func Cut(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	end := n - 1
	for end > 0 && (clings(r[end]) || r[end-1] == zwj) {
		end--
	}
	return strings.TrimRightFunc(string(r[:end]), unicode.IsSpace) + "…"
}

// Blank tells whether nothing in a text can be seen.
func Blank(s string) bool { return Clean(s) == "" }

const (
	zwnj = '\u200c'
	zwj  = '\u200d'
)

func joiner(r rune) bool { return r == zwj || r == zwnj }

// clings tells characters that belong to the one before them.
func clings(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me) || joiner(r) || selector(r) || r >= 0x1F3FB && r <= 0x1F3FF
}

func selector(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x180B && r <= 0x180D || r == 0x180F
}

// settled tells a text that is folded already: letters, Chinese characters and their
// usual punctuation, with single spaces between them. Most of what people write is.
func settled(s string) bool {
	space := true // at the end of a text it goes
	for _, r := range s {
		switch {
		case r == ' ':
			if space {
				return false
			}
			space = true
			continue
		case r > ' ' && r < 0x7F, r >= 0x4E00 && r <= 0x9FFF, r >= 0x3001 && r <= 0x3011, r >= 0xFF01 && r <= 0xFF5E,
			r == '“', r == '”', r == '‘', r == '’', r == '…', r == '—':
		default:
			return false
		}
		space = false
	}
	return !space
}

func fold(s string, lines bool) string {
	if settled(s) {
		return s
	}
	s = norm.NFC.String(strings.ToValidUTF8(s, "\ufffd"))
	var b strings.Builder
	b.Grow(len(s))
	f := folder{out: &b, lines: lines}
	for _, r := range s {
		f.take(r)
	}
	// What went may have stood between letters that now compose.
	return norm.NFC.String(strings.TrimFunc(b.String(), unicode.IsSpace))
}

// folder writes a text rune by rune; what may turn out to be at a line's end
// waits in pending.
type folder struct {
	out     *strings.Builder
	lines   bool
	cr      bool // the last one was \r: a \n belongs to it
	joiner  rune // waits for a visible character
	seen    bool // the last one written is visible
	marks   int
	pending []rune // spaces
	empty   int    // line ends in a row
}

func (f *folder) take(r rune) {
	switch {
	case r == '\n' && f.cr:
		f.cr = false
		return
	case lineEnd(r):
		f.cr = r == '\r'
		f.joiner, f.seen, f.pending, f.marks = 0, false, nil, 0
		f.empty++
		if f.empty <= 3 {
			f.out.WriteByte('\n')
		}
		return
	}
	f.cr = false
	switch {
	case joiner(r):
		if f.seen {
			f.joiner = r
		}
	case hidden(r):
	case unicode.IsSpace(r):
		f.joiner, f.seen, f.marks = 0, false, 0
		f.pending = append(f.pending, r)
	case selector(r):
		if f.seen && f.joiner == 0 && f.marks <= maxMarks {
			f.marks++
			f.out.WriteRune(r)
		}
	case unicode.In(r, unicode.Mn, unicode.Me):
		if f.marks++; f.marks <= maxMarks {
			f.write(r)
		}
	default:
		f.marks = 0
		f.write(r)
	}
}

func (f *folder) write(r rune) {
	for _, s := range f.pending {
		f.out.WriteRune(s)
	}
	f.pending, f.empty = nil, 0
	if f.joiner != 0 {
		f.out.WriteRune(f.joiner)
		f.joiner = 0
	}
	f.out.WriteRune(r)
	f.seen = true
}

func lineEnd(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// hidden tells what shows nothing and carries nothing that a reader sees.
func hidden(r rune) bool {
	switch {
	case r == '\t':
		return false
	case unicode.IsControl(r),
		r == 0x00AD, r == 0x034F, r == 0x061C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x180E,
		r == 0x200B, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F,
		r == 0x2800, r == 0x3164, r == 0xFEFF, r == 0xFFA0, r >= 0xFFF0 && r <= 0xFFFB,
		r >= 0x1D173 && r <= 0x1D17A, r >= 0xE0000 && r <= 0xE00FF, r >= 0xE01F0 && r <= 0xE0FFF:
		return true
	}
	return r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF // noncharacters
}
