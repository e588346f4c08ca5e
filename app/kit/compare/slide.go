package compare

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// reach is how many words an insertion or removal may be shifted.
const reach = 100

// slide shifts pure insertions and removals to where a reader would see them.
// 措施并组织实施 without 并组织实施 can be marked as 措[施并组织实]施 as well: the
// same characters are left, but people mark between words and at punctuation.
func slide(blocks []block) []block {
	blocks = append(blocks, block{}) // room for what is shifted behind the last change
	for i := range blocks[:len(blocks)-1] {
		b := &blocks[i]
		switch {
		case b.removed != "" && b.added == "":
			b.kept, b.removed, blocks[i+1].kept = shift(b.kept, b.removed, blocks[i+1].kept)
		case b.added != "" && b.removed == "":
			b.kept, b.added, blocks[i+1].kept = shift(b.kept, b.added, blocks[i+1].kept)
		}
	}
	out := blocks[:1]
	for _, b := range blocks[1:] {
		if b.kept == "" {
			out[len(out)-1].removed += b.removed
			out[len(out)-1].added += b.added
		} else {
			out = append(out, b)
		}
	}
	return out
}

// shift finds the best place of edit between the texts before and after. The
// text stays the same when what leaves the edit on one side equals what enters
// it on the other.
func shift(before, edit, after string) (string, string, string) {
	text := before + edit + after
	start, end := len(before), len(before)+len(edit)
	best, at := edges(text, start, end), 0
	by := 0
	for range reach {
		n := len(lastWord(text[start+by : end+by]))
		if start+by < n || text[start+by-n:start+by] != text[end+by-n:end+by] {
			break
		}
		by -= n
		if s := edges(text, start+by, end+by); s > best {
			best, at = s, by
		}
	}
	by = 0
	for range reach {
		n := wordLength(text[start+by : end+by])
		if end+by+n > len(text) || text[start+by:start+by+n] != text[end+by:end+by+n] {
			break
		}
		by += n
		if s := edges(text, start+by, end+by); s > best {
			best, at = s, by
		}
	}
	return text[:start+at], text[start+at : end+at], text[end+at:]
}

// lastWord is the last word of a text that is not empty.
func lastWord(s string) string {
	from := max(0, len(s)-64)
	for from > 0 && !utf8.RuneStart(s[from]) {
		from--
	}
	w := s[from:]
	for n := wordLength(w); n < len(w); n = wordLength(w) {
		w = w[n:]
	}
	return w
}

// edges rates the two ends of an edit in a text.
func edges(text string, start, end int) int {
	return edge(text[:start], text[start:]) + edge(text[:end], text[end:])
}

func edge(left, right string) int {
	if left == "" || right == "" {
		return 5
	}
	l, _ := utf8.DecodeLastRuneInString(left)
	r, _ := utf8.DecodeRuneInString(right)
	switch {
	case l == '\n' || r == '\n':
		return 5
	case strings.ContainsRune("。；！？!?;", l), unicode.IsSpace(l) && endsSentence(left):
		return 4
	case unicode.IsPunct(l) || unicode.IsSpace(l):
		return 3
	case unicode.IsPunct(r) || unicode.IsSpace(r):
		return 2
	}
	return 0
}

// endsSentence looks before the one space that text ends with.
func endsSentence(text string) bool {
	return len(text) > 1 && strings.ContainsRune(".!?;:", rune(text[len(text)-2]))
}
