package search

import (
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folded is the table of runes whose folded form is not found by a rule.
var folded = func() map[rune]rune {
	table := map[rune]rune{}
	pair := []rune(variants)
	for i := 0; i+1 < len(pair); i += 2 {
		table[pair[i]] = pair[i+1]
	}
	for r := rune(0xC0); r < 0x250; r++ { // é → e
		if d := []rune(norm.NFD.String(string(r))); len(d) > 1 && d[0] < 0x80 {
			table[r] = unicode.ToLower(d[0])
		}
	}
	return table
}()

// Fold brings text into the form in which it is compared: half width, small
// letters, simplified characters. One rune stays one rune, so that a place in the
// folded text is the same place in the original.
func Fold(s string) []rune {
	out := []rune(s)
	for i, r := range out {
		out[i] = foldRune(r)
	}
	return out
}

func foldRune(r rune) rune {
	switch {
	case r < 0x80:
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return foldRune(r - 0xFEE0)
	case r == 0x3000:
		return ' '
	}
	if f, ok := folded[r]; ok {
		return f
	}
	if r > 0x2E80 {
		return r
	}
	return unicode.ToLower(r)
}

func isHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r == '〇' || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x323AF
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isLetter says whether a rune belongs to a word of a script with words.
func isLetter(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || isDigit(r) || r >= 'A' && r <= 'Z'
	}
	return !isHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
