package search

import (
	"slices"
	"strings"
)

// Piece is a part of a text; Mark says that it is why the text was found. Pieces are
// plain text: whoever shows them escapes them.
type Piece struct {
	Text string
	Mark bool
}

// span is a place in runes that matches the term with the number.
type span struct{ from, to, term int }

// Mark gives the text with its matches marked. With a limit in characters it gives
// the sentence in which most terms stand, with what fits around it, and an ellipsis
// where something is left out; 0 gives the whole text.
func (u Understood) Mark(text string, limit int) []Piece {
	original := []rune(text)
	folded := Fold(text)
	spans := u.spans(folded)
	from, to := 0, len(original)
	if limit > 0 && len(original) > limit {
		from, to = excerpt(folded, spans, limit)
	}
	var out []Piece
	add := func(s string, mark bool) {
		if s != "" {
			out = append(out, Piece{s, mark})
		}
	}
	if from > 0 {
		add("…", false)
	}
	at := from
	for _, s := range spans {
		if s.to <= at || s.from >= to {
			continue
		}
		begin, end := max(s.from, at), min(s.to, to)
		add(string(original[at:begin]), false)
		add(string(original[begin:end]), true)
		at = end
	}
	add(string(original[at:to]), false)
	if to < len(original) {
		add("…", false)
	}
	return out
}

// Marked says whether anything in the pieces is a match.
func Marked(pieces []Piece) bool {
	return slices.ContainsFunc(pieces, func(p Piece) bool { return p.Mark })
}

// spans finds all matches, in order, joined where they touch or overlap.
func (u Understood) spans(text []rune) []span {
	var list []span
	runs := words(text)
	for i, t := range u.Terms {
		found := false
		for _, f := range t.Forms {
			if s := f.spans(text, runs, i, t.Prefix); len(s) > 0 {
				list = append(list, s...)
				found = true
			}
		}
		if !found {
			list = append(list, t.Forms[0].parts(text, i)...)
			list = append(list, soundSpans(text, t.Text(), i, t.Prefix)...)
		}
	}
	if u.Clause != "" {
		list = append(list, addressSpans(text, u.Clause, len(u.Terms))...)
	}
	slices.SortFunc(list, func(a, b span) int { return a.from - b.from })
	var out []span
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// spans finds the places where the form stands as it is.
func (f Form) spans(text []rune, runs []word, term int, prefix bool) []span {
	want := []rune(f.Text)
	var out []span
	if len(want) == 0 {
		return nil
	}
	if isHan(want[0]) {
		for i := 0; i+len(want) <= len(text); i++ {
			if text[i] == want[0] && slices.Equal(text[i:i+len(want)], want) {
				out = append(out, span{i, i + len(want), term})
				i += len(want) - 1
			}
		}
	}
	if len(f.Terms) == 1 && f.Terms[0] != "" && isDigit([]rune(f.Terms[0])[0]) {
		return append(out, numberSpans(text, runs, f.Terms[0], term)...)
	}
	if isHan(want[0]) {
		return out
	}
	phrase := strings.Fields(f.Text)
	for _, typo := range []bool{false, true} { // a likely word is marked where the right one is not
		for i := range runs {
			if s, ok := phraseAt(text, runs[i:], phrase, prefix, typo && !f.Synonym); ok {
				s.term = term
				out = append(out, s)
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

// phraseAt says whether words stand at the beginning of the runs.
func phraseAt(text []rune, runs []word, phrase []string, prefix, typo bool) (span, bool) {
	if len(runs) < len(phrase) {
		return span{}, false
	}
	for i, p := range phrase {
		have := string(text[runs[i].from:runs[i].to])
		if runs[i].han || !alike(have, p, prefix && i == len(phrase)-1, typo) {
			return span{}, false
		}
	}
	return span{from: runs[0].from, to: runs[len(phrase)-1].to}, true
}

// alike compares two words with letters: the same but for the plural, one going on,
// or one with a slip of the pen.
func alike(have, want string, prefix, typo bool) bool {
	switch {
	case have == want || stem(have) == stem(want):
		return true
	case prefix && strings.HasPrefix(have, want):
		return true
	case typo && have != "" && have[0] == want[0]:
		n := MayErr(want)
		return n > 0 && MayErr(have) > 0 && distance([]rune(stem(have)), []rune(stem(want)), n) <= n
	}
	return false
}

// distance is the number of letters put in, left out, changed or swapped between
// two words; more than most is not counted further.
func distance(a, b []rune, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// Distance is [distance] for engines that suggest words; letters only.
func Distance(a, b string, most int) int { return distance([]rune(a), []rune(b), most) }

// parts marks the pairs of a term that does not stand in the text as a whole.
func (f Form) parts(text []rune, term int) []span {
	var out []span
	for _, t := range f.Terms {
		if !IsHanTerm(t) {
			continue
		}
		r := []rune(t)
		for i := 0; i+len(r) <= len(text); i++ {
			if slices.Equal(text[i:i+len(r)], r) {
				out = append(out, span{i, i + len(r), term})
			}
		}
	}
	return out
}

func numberSpans(text []rune, runs []word, value string, term int) []span {
	var out []span
	for _, w := range runs {
		if !w.han {
			if string(text[w.from:w.to]) == value {
				out = append(out, span{w.from, w.to, term})
			}
			continue
		}
		for i := w.from; i < w.to; i++ {
			if !isNumeral(text[i]) {
				continue
			}
			end, v, ok := numeralAt(text[:w.to], i)
			if ok && v == value {
				out = append(out, span{i, end, term})
			}
			i = max(end-1, i)
		}
	}
	return out
}

func addressSpans(text []rune, clause string, term int) []span {
	var out []span
	for _, a := range addresses(text) {
		if a.at == clause {
			out = append(out, span{a.from, a.to, term})
		}
	}
	return out
}

func sentenceEnd(r rune) bool { return strings.ContainsRune("。！？；!?;\n", r) }

// excerpt finds the part of at most limit runes around the sentence in which the
// most different terms stand.
func excerpt(text []rune, spans []span, limit int) (from, to int) {
	if len(spans) == 0 {
		return wholeWords(text, 0, limit, span{})
	}
	best, most := spans[0], -1
	for i, s := range spans {
		seen := map[int]bool{}
		for _, other := range spans[i:] {
			if other.to-s.from > limit*2/3 {
				break
			}
			seen[other.term] = true
		}
		if len(seen) > most {
			best, most = s, len(seen)
		}
	}
	from = best.from
	for n := 0; from > 0 && n < limit/3 && !sentenceEnd(text[from-1]); n++ {
		from--
	}
	to = min(from+limit, len(text))
	if to == len(text) {
		from = max(0, to-limit)
	}
	return wholeWords(text, from, to, best)
}

// wholeWords takes cut words with letters off both ends, but never what is marked.
func wholeWords(text []rune, from, to int, keep span) (int, int) {
	inside := func(i int) bool { return i > 0 && i < len(text) && isLetter(text[i-1]) && isLetter(text[i]) }
	begin, end := from, to
	for inside(begin) && begin < keep.from && begin-from < wordMost {
		begin++
	}
	for inside(end) && end > keep.to && to-end < wordMost {
		end--
	}
	if inside(begin) { // one endless word
		begin = from
	}
	if inside(end) {
		end = to
	}
	for begin < keep.from && text[begin] == ' ' {
		begin++
	}
	for end > keep.to && text[end-1] == ' ' {
		end--
	}
	return begin, end
}

// Words lists the words with letters that were typed.
func (u Understood) Words() []string {
	var out []string
	for _, t := range u.Terms {
		if w := t.Text(); MayErr(w) > 0 {
			out = append(out, w)
		}
	}
	return out
}

// Alike lists the words of a text that are taken for a typed one, folded.
func (u Understood) Alike(typed, text string) []string {
	folded := Fold(text)
	var out []string
	for _, w := range words(folded) {
		have := string(folded[w.from:w.to])
		if !w.han && alike(have, typed, true, true) {
			out = append(out, have)
		}
	}
	return out
}

// SameWord says whether two folded words differ in their plural, or in going on, only.
func SameWord(have, typed string) bool { return alike(have, typed, true, false) }
