package search

import (
	"strings"
	"sync/atomic"

	"github.com/mozillazg/go-pinyin"
)

// Titles are found by their pinyin too: whoever types yingshang on a keyboard without an
// input method means 营商. Longer texts are not, since every text would sound like many
// others, and the index would grow by half.

// Limits of what is kept by sound.
const (
	syllablesMost = 4  // of a word that stands in the middle of what is typed
	runMost       = 12 // of the title's rest, for a word that is still being typed
	readingsMost  = 2  // of one character: 长 is chang and zhang
	soundLeast    = 4  // letters of a word that may be a sound
)

var readings = func() pinyin.Args {
	a := pinyin.NewArgs()
	a.Heteronym = true
	return a
}()

// firstHan and lastHan are the characters whose readings are remembered: to look one up
// takes longer than to compare a text of a hundred.
const firstHan, lastHan = 0x4E00, 0x9FFF

var known [lastHan - firstHan + 1]atomic.Pointer[[]string]

// sounds gives the readings of a character, the usual one first.
func sounds(r rune) []string {
	if r < firstHan || r > lastHan {
		return nil
	}
	if list := known[r-firstHan].Load(); list != nil {
		return *list
	}
	list := pinyin.SinglePinyin(r, readings)
	list = list[:min(len(list), readingsMost)]
	known[r-firstHan].Store(&list)
	return list
}

// SoundTerms are the terms by which a title is found by its pinyin: from each character
// on two, three and four syllables in one, and the rest of the run.
func (d *Document) SoundTerms() []string {
	var out []string
	seen := map[string]bool{}
	text := Fold(d.Title.ZH)
	for _, w := range words(text) {
		if !w.han {
			continue
		}
		for i := w.from; i+1 < w.to; i++ {
			joined := []string{""}
			for n, r := range text[i:min(w.to, i+syllablesMost)] {
				if joined = spoken(joined, r); n > 0 {
					for _, s := range joined {
						out = appendNew(out, seen, s)
					}
				}
			}
			if w.to-i > syllablesMost {
				out = appendNew(out, seen, usual(text[i:min(w.to, i+runMost)]))
			}
		}
	}
	return out
}

// spoken adds the readings of a character to what is there, at most eight together.
func spoken(joined []string, r rune) []string {
	var out []string
	for _, before := range joined {
		for _, s := range sounds(r) {
			if len(out) < 8 {
				out = append(out, before+s)
			}
		}
	}
	return out
}

// usual is a run in its usual readings, as long as a term may be.
func usual(run []rune) string {
	var b strings.Builder
	for _, r := range run {
		if list := sounds(r); len(list) > 0 {
			b.WriteString(list[0])
		}
	}
	s := b.String()
	return s[:min(len(s), wordMost)]
}

// MayBeSound says whether a word may be the pinyin of at least two characters.
func MayBeSound(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return len(word) >= soundLeast
}

// soundSpans finds the places in folded text that a typed word is the pinyin of; with
// prefix the last syllable may be still incomplete.
func soundSpans(text []rune, word string, term int, prefix bool) []span {
	if !MayBeSound(word) {
		return nil
	}
	var out []span
	for i := 0; i < len(text); i++ {
		if !isHan(text[i]) {
			continue
		}
		if n := heard(text[i:], word, prefix); n > 1 {
			out = append(out, span{i, i + n, term})
			i += n - 1
		}
	}
	return out
}

// heard is how many characters from the beginning of a text on sound like the word, 0
// where they do not.
func heard(text []rune, word string, prefix bool) int {
	if word == "" || len(text) == 0 || !isHan(text[0]) {
		return 0
	}
	for _, s := range sounds(text[0]) {
		switch {
		case s == word || prefix && strings.HasPrefix(s, word):
			return 1
		case strings.HasPrefix(word, s):
			if n := heard(text[1:], word[len(s):], prefix); n > 0 {
				return n + 1
			}
		}
	}
	return 0
}

// Heard lists what stands in a title where a typed word is taken for pinyin.
func (u Understood) Heard(title string) []string {
	text, original := Fold(title), []rune(title)
	var out []string
	seen := map[string]bool{}
	for i, t := range u.Terms {
		for _, s := range soundSpans(text, t.Text(), i, t.Prefix) {
			out = appendNew(out, seen, string(original[s.from:s.to]))
		}
	}
	return out
}
