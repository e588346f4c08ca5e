// Package text brings what people type into the form in which it is kept.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean prepares a text of several lines: valid UTF-8, composed (NFC), one kind of
// line end, no control or invisible direction characters, at most two empty lines
// in a row, no blanks at the ends. What people see stays as they wrote it; joiners
// inside words and emoji are kept.
func Clean(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if invisible(r) {
			return -1
		}
		return r
	}, s)
	lines := strings.Split(s, "\n")
	out := lines[:0]
	empty := 0
	for _, line := range lines {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" {
			empty++
		} else {
			empty = 0
		}
		if empty <= 2 {
			out = append(out, line)
		}
	}
	return strings.Trim(strings.Join(out, "\n"), "\n \t\u3000\u00a0")
}

// Line is [Clean] for a text of one line: line ends and tabs become blanks, and
// blanks in a row become one.
func Line(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// Length counts characters as people do when a form says "at most 2,000": code
// points, of which a Chinese character is one.
func Length(s string) int { return utf8.RuneCountInString(s) }

// invisible says whether a character shows nothing and can only hide or reorder
// text: controls, the direction overrides, soft hyphens, the zero-width space and
// tags. The zero-width joiners belong to scripts and emoji and stay.
func invisible(r rune) bool {
	switch {
	case r == '\u200c' || r == '\u200d':
		return false
	case unicode.Is(unicode.Cc, r), r == '\ufeff', r == '\u00ad', r == '\u200b', r == '\u2060':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r >= 0xe0000 && r <= 0xe007f, r == '\u200e', r == '\u200f':
		return true
	}
	return false
}
