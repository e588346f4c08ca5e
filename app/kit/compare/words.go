package compare

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// feature is a pair of neighbouring words (characters in Chinese) by number.
type feature struct {
	id    int32
	count int32
}

// vocabulary gives numbers to words and to pairs of words of both versions.
type vocabulary struct {
	words    map[string]int32
	chars    []int32 // of the words that are one character of the basic plane, 0 for unknown
	n        int32   // of all words
	features map[uint64]int32
}

func newVocabulary() *vocabulary {
	return &vocabulary{words: map[string]int32{}, chars: make([]int32, 1<<16), features: map[uint64]int32{}}
}

// breakWord stands between lines: pairs do not reach over it.
const breakWord = int32(-1)

// tokens numbers the words of a text: every Chinese character is a word, so is
// every run of letters or digits; punctuation and spaces are none.
func (v *vocabulary) tokens(text string, to []int32) []int32 {
	start := -1
	flush := func(end int) {
		if start >= 0 {
			to = append(to, v.word(strings.ToLower(text[start:end])))
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case isHan(r) || r == refMark:
			flush(i)
			to = append(to, v.char(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if start < 0 {
				start = i
			}
		default:
			flush(i)
			if r == '\n' {
				to = append(to, breakWord)
			}
		}
	}
	flush(len(text))
	return to
}

func (v *vocabulary) word(s string) int32 {
	id, ok := v.words[s]
	if !ok {
		v.n++
		id = v.n
		v.words[strings.Clone(s)] = id
	}
	return id
}

// char is word for one character, which is what most words of Chinese texts are.
func (v *vocabulary) char(r rune) int32 {
	if int(r) >= len(v.chars) {
		return v.word(string(r))
	}
	if v.chars[r] == 0 {
		v.n++
		v.chars[r] = v.n
	}
	return v.chars[r]
}

func isHan(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF || r > 0x7F && unicode.Is(unicode.Han, r) }

func (v *vocabulary) feature(a, b int32) int32 {
	k := uint64(uint32(a))<<32 | uint64(uint32(b))
	id, ok := v.features[k]
	if !ok {
		id = int32(len(v.features))
		v.features[k] = id
	}
	return id
}

// pairs counts the neighbouring words. A text of fewer than four words is too
// short for pairs alone, so its single words count as well.
func (v *vocabulary) pairs(words []int32) []feature {
	ids := make([]int32, 0, len(words)+1)
	n, last := 0, breakWord
	for _, w := range words {
		if w != breakWord {
			n++
			if last != breakWord {
				ids = append(ids, v.feature(last, w))
			}
		}
		last = w
	}
	if n < 4 {
		for _, w := range words {
			if w != breakWord {
				ids = append(ids, v.feature(0, w))
			}
		}
	}
	return counted(ids)
}

// rarity weighs features by how few units carry them (idf), over both versions.
func rarity(features int, trees ...*tree) []float64 {
	in, units := make([]int, features), 0
	for _, t := range trees {
		for _, u := range t.units {
			units++
			for _, f := range t.nodes[u].features {
				in[f.id]++
			}
		}
	}
	w := make([]float64, features)
	for i, n := range in {
		w[i] = math.Log(1 + float64(units)/float64(max(n, 1)))
	}
	return w
}

// plain is the form in which two texts count as the same: widths folded, white
// space collapsed, none beside a Chinese character or punctuation.
func plain(s string) string {
	for _, r := range s {
		if _, ok := folded(r); !ok {
			s = norm.NFKC.String(s)
			break
		}
	}
	var b strings.Builder
	b.Grow(len(s))
	var last rune
	space := false
	for _, r := range s {
		if f, ok := folded(r); ok {
			r = f
		}
		switch {
		case unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff':
			space = true
			continue
		case space && tight(last) && tight(r):
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// folded gives the form of a character in which widths do not count (NFKC), for those
// that Chinese regulations are made of: that is most of the time that reading a draft
// takes. Others are not ok.
func folded(r rune) (form rune, ok bool) {
	switch {
	case r < 0x80, r >= 0x4E00 && r <= 0x9FFF:
		return r, true
	case r >= 0xFF01 && r <= 0xFF5E: // ，；：（）！？ and the wide letters and digits
		return r - 0xFEE0, true
	case r == 0x3000:
		return ' ', true
	case r == '、', r == '。', r >= '〈' && r <= '】', r == '“', r == '”', r == '‘', r == '’', r == '—', r == '·', r == refMark:
		return r, true
	}
	return 0, false
}

// tight is for characters between which a space carries meaning.
func tight(r rune) bool {
	return r != 0 && !isHan(r) && !(r > 0x7f && !unicode.IsLetter(r) && !unicode.IsDigit(r))
}
