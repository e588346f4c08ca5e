package compare

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Op says where a run of text stands.
type Op string

// A run stands in both texts, only in the new one, or only in the old one.
const (
	Kept    Op = "same"
	Added   Op = "added"
	Removed Op = "removed"
)

// Run is a stretch of a difference.
type Run struct {
	Op   Op     `json:"op"`
	Text string `json:"text"`
}

// Text shows what changed from old to new, for people to read. In Chinese it
// works by character, but keeps numbers (第二十三条, 2024, 3.5%) and Latin words
// whole; in other languages it works by word. Small islands of equal text
// between changes count as changed, two texts with little in common are shown as
// one removal and one addition, and of a removal and an addition at the same
// place the removal comes first. Joining the kept and removed runs gives old,
// joining the kept and added ones gives new, byte for byte.
//
// It uses Myers' algorithm on words. Texts that differ too much for it are cut
// at phrases that occur once on both sides (patience), so the time stays nearly
// in proportion to the length; what is left between is then shown as replaced.
// It is written here because what makes a difference readable, the choice of
// words and islands, is ours anyway, and the rest is some eighty lines;
// sergi/go-diff works by rune only and is no longer developed.
func Text(old, new, lang string) []Run {
	w := words{number: map[string]int32{}}
	a, b := w.split(old), w.split(new)
	runs := differ{a: a, b: b}.runs()
	islands := chineseIslands
	if !strings.HasPrefix(lang, "zh") {
		islands = wordIslands
	}
	return merged(runs, islands)
}

// words gives numbers to the words of both texts.
type words struct {
	number map[string]int32
}

// word is one piece of a text.
type word struct {
	id   int32
	text string
}

func (w *words) split(s string) []word {
	list := make([]word, 0, len(s)/3+1)
	for len(s) > 0 {
		n := wordLength(s)
		id, ok := w.number[s[:n]]
		if !ok {
			id = int32(len(w.number))
			w.number[s[:n]] = id
		}
		list = append(list, word{id, s[:n]})
		s = s[n:]
	}
	return list
}

const chineseNumerals = "零〇一二三四五六七八九十百千万亿两"

// date is a day, month or year, which reads badly when half of it is struck.
var date = regexp.MustCompile(`^[0-9]{4}年(?:[0-9]{1,2}月(?:[0-9]{1,2}日)?)?|^[0-9]{1,2}月[0-9]{1,2}日`)

// wordLength measures the word at the beginning of s in bytes: a run of letters
// and digits with what joins them (don't, 3.5%, 1,000), a run of Chinese numerals,
// a run of white space, or one character with its combining marks.
func wordLength(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == '\n' || r == '\r':
		return n
	case unicode.IsSpace(r):
		return runLength(s, func(r rune) bool { return unicode.IsSpace(r) && r != '\n' && r != '\r' })
	case strings.ContainsRune(chineseNumerals, r):
		return runLength(s, func(r rune) bool { return strings.ContainsRune(chineseNumerals, r) })
	case r >= '0' && r <= '9' && date.MatchString(s[:min(len(s), 24)]):
		return len(date.FindString(s[:min(len(s), 24)]))
	case spelled(r):
		return spelledLength(s)
	}
	return n + runLength(s[n:], unicode.IsMark)
}

func runLength(s string, in func(rune) bool) int {
	if n := strings.IndexFunc(s, func(r rune) bool { return !in(r) }); n >= 0 {
		return n
	}
	return len(s)
}

// spelled is for writing in which letters make words.
func spelled(r rune) bool {
	return unicode.IsDigit(r) || unicode.IsLetter(r) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer)
}

func spelledLength(s string) int {
	i := 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if spelled(r) || unicode.IsMark(r) {
			i += n
			continue
		}
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		last, _ := utf8.DecodeLastRuneInString(s[:i])
		switch {
		case (r == '\'' || r == '’') && unicode.IsLetter(last) && unicode.IsLetter(next) && spelled(next),
			(r == '.' || r == ',') && unicode.IsDigit(last) && unicode.IsDigit(next):
			i += n
		case (r == '%' || r == '％' || r == '‰') && unicode.IsDigit(last):
			return i + n
		default:
			return i
		}
	}
	return i
}

// How much equal text between two changes is too little to stand alone.
type island struct {
	runes int // at most so many characters
	words int // or so many words, white space aside
}

var (
	chineseIslands = island{runes: 2, words: 2}
	wordIslands    = island{runes: 12, words: 2}
)

// merged joins runs, swallows islands and puts removals before additions.
func merged(runs []Run, is island) []Run {
	blocks := swallow(slide(toBlocks(runs)), is)
	if confetti(blocks) {
		var all block
		for _, b := range blocks {
			all.removed += b.kept + b.removed
			all.added += b.kept + b.added
		}
		blocks = []block{all}
	}
	var out []Run
	emit := func(op Op, text string) {
		switch n := len(out); {
		case text == "":
		case n > 0 && out[n-1].Op == op:
			out[n-1].Text += text
		default:
			out = append(out, Run{op, text})
		}
	}
	for _, b := range blocks {
		emit(Kept, b.kept)
		emit(Removed, b.removed)
		emit(Added, b.added)
	}
	return out
}

// block is equal text followed by a change.
type block struct{ kept, removed, added string }

func toBlocks(runs []Run) []block {
	blocks := []block{{}}
	for _, r := range runs {
		b := &blocks[len(blocks)-1]
		if r.Op == Kept && (b.removed != "" || b.added != "") {
			blocks = append(blocks, block{})
			b = &blocks[len(blocks)-1]
		}
		switch r.Op {
		case Kept:
			b.kept += r.Text
		case Removed:
			b.removed += r.Text
		case Added:
			b.added += r.Text
		}
	}
	return blocks
}

// swallow turns islands into changes where both neighbours replace text and are
// at least as long as the island, or where the island is white space only.
func swallow(blocks []block, is island) []block {
	out := blocks[:1]
	for _, b := range blocks[1:] {
		last := &out[len(out)-1]
		if is.swallows(*last, b) {
			last.removed += b.kept + b.removed
			last.added += b.kept + b.added
		} else {
			out = append(out, b)
		}
	}
	return out
}

func (is island) swallows(before, after block) bool {
	if after.removed == "" && after.added == "" {
		return false
	}
	if strings.TrimSpace(after.kept) == "" && !strings.Contains(after.kept, "\n") {
		return before.removed != "" && after.removed != "" || before.added != "" && after.added != ""
	}
	n := utf8.RuneCountInString(after.kept)
	if n > is.runes || len(strings.Fields(after.kept)) > is.words || strings.ContainsAny(after.kept, "。；;\n") {
		return false
	}
	return n <= before.size() && n <= after.size() && before.replaces()+after.replaces() > 0
}

func (b block) size() int {
	return max(utf8.RuneCountInString(b.removed), utf8.RuneCountInString(b.added))
}

func (b block) replaces() int {
	if b.removed != "" && b.added != "" {
		return 1
	}
	return 0
}

// confetti tells when so little is left of either text, in so many pieces, that
// a word-by-word difference cannot be read.
func confetti(blocks []block) bool {
	kept, removed, added, pieces := 0, 0, 0, 0
	for _, b := range blocks {
		if n := utf8.RuneCountInString(b.kept); n > 0 {
			kept += n
			pieces++
		}
		removed += utf8.RuneCountInString(b.removed)
		added += utf8.RuneCountInString(b.added)
	}
	return pieces > 2 && removed > 0 && added > 0 && float64(kept) < 0.3*float64(kept+min(removed, added))
}
