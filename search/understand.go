package search

import (
	"slices"
	"strings"
	"unicode"
)

// Form is one way in which a term may stand in a text.
type Form struct {
	// Text is how it is written, folded.
	Text string
	// Terms must all be there.
	Terms []string
	// Synonym says that it is another word than the one that was typed.
	Synonym bool
}

// Term is one thing that is looked for; any of its forms will do.
type Term struct {
	Forms []Form
	// Prefix says that the word may go on: it is the last one, still being typed.
	Prefix bool
}

// Text is the term as it was typed.
func (t Term) Text() string { return t.Forms[0].Text }

// Understood is what became of a typed text.
type Understood struct {
	Terms []Term
	// Clause is the number of the clause that is asked for ("12"), as it was typed in
	// ClauseText.
	Clause, ClauseText string
	// Cut says that the text was too long and only its beginning is looked for.
	Cut bool
	// whole is the folded text without the address, for whole matches.
	whole []rune
	// words that were typed apart and say something.
	words int
}

// Empty says that there is nothing to look for.
func (u Understood) Empty() bool { return len(u.Terms) == 0 && u.Clause == "" }

// Around says whether the name of what a document stands in counts as well: when a
// clause or several words are looked for, one of them may be that name.
func (u Understood) Around() bool { return u.Clause != "" || u.words > 1 }

// Clean brings typed text into one line without control characters, cut to a limit
// in characters.
func Clean(text string, limit int) (string, bool) {
	var b strings.Builder
	n, space := 0, true
	for _, r := range text {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) {
			r = ' '
		}
		if r == ' ' {
			if space {
				continue
			}
			space = true
		} else {
			space = false
		}
		if n == limit {
			return strings.TrimRight(b.String(), " "), true
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimRight(b.String(), " "), false
}

// Understand finds out what is looked for.
func Understand(text string) Understood {
	clean, cut := Clean(text, TextLimit)
	u := Understood{Cut: cut}
	folded := Fold(clean)
	at, from, to := findAddress(folded)
	if at != "" {
		u.Clause, u.ClauseText = at, string([]rune(clean)[from:to])
		for from != to { // 第二章第五条: the article is asked for, its chapter says no more
			for i := from; i < to; i++ {
				folded[i] = ' '
			}
			_, from, to = findAddress(folded)
		}
	}
	u.whole = squeeze(folded)
	list := words(folded)
	english := false // some word says something
	for _, w := range list {
		english = english || !w.han && !emptyEN[string(folded[w.from:w.to])]
	}
	for _, w := range list {
		run := folded[w.from:w.to]
		before := len(u.Terms)
		switch {
		case w.han:
			u.addHan(run)
		case english && emptyEN[string(run)]:
		default:
			u.add(latin(string(run[:min(len(run), wordMost)])))
		}
		if len(u.Terms) > before {
			u.words++
		}
	}
	u.dropMeasures()
	if len(u.Terms) > TermLimit {
		u.Terms, u.Cut = u.Terms[:TermLimit], true
	}
	if n := len(u.Terms); n > 0 && u.Clause == "" && !cut && len(folded) > 0 && (isLetter(folded[len(folded)-1]) || isHan(folded[len(folded)-1])) {
		u.Terms[n-1].Prefix = true
	}
	return u
}

// measures stand behind numbers and say nothing without them.
const measures = "年月日号元条款个人米"

// dropMeasures leaves out a measure behind a number: 2027年 is looked for as 2027.
func (u *Understood) dropMeasures() {
	u.Terms = slices.DeleteFunc(u.Terms, func(t Term) bool {
		return len(u.Terms) > 1 && len([]rune(t.Text())) == 1 && strings.Contains(measures, t.Text())
	})
}

func squeeze(text []rune) []rune { return []rune(strings.Join(strings.Fields(string(text)), " ")) }

func (u *Understood) add(t Term) {
	for _, have := range u.Terms {
		if have.Text() == t.Text() {
			return
		}
	}
	u.Terms = append(u.Terms, t)
}

func latin(w string) Term {
	t := Term{Forms: []Form{{Text: w, Terms: []string{stem(w)}}}}
	for _, key := range []string{w, stem(w), stem(w) + "s"} {
		if group, ok := synonymOf[key]; ok {
			t.Forms = append(t.Forms, others(group, key)...)
			break
		}
	}
	return t
}

// others are the forms of a group without the word itself.
func others(group []string, word string) []Form {
	var out []Form
	for _, w := range group {
		f := string(Fold(w))
		if f == word {
			continue
		}
		out = append(out, Form{Text: f, Terms: formTerms(f), Synonym: true})
	}
	return out
}

// formTerms are the terms that a word's form must have.
func formTerms(s string) []string {
	var out []string
	text := Fold(s)
	for _, w := range words(text) {
		run := text[w.from:w.to]
		switch {
		case !w.han:
			out = append(out, stem(string(run)))
		case len(run) == 1:
			out = append(out, string(run))
		default:
			out = appendPairs(out, run)
		}
	}
	return slices.Compact(out)
}

// addHan cuts a run of Chinese characters at empty words, numbers and words that
// have synonyms; what stands between is looked for as it is.
func (u *Understood) addHan(run []rune) {
	if t, ok := synonymTerm(run); ok {
		u.add(t)
		return
	}
	begin := 0
	flush := func(end int) {
		if end > begin {
			u.add(Term{Forms: []Form{{Text: string(run[begin:end]), Terms: formTerms(string(run[begin:end]))}}})
		}
	}
	for i := 0; i < len(run); {
		if n := emptyAt(run, i); n > 0 && n < len(run) {
			flush(i)
			i += n
			begin = i
			continue
		}
		if n, t := synonymAt(run, i); n > 0 && !lonely(run, begin, i, n) {
			flush(i)
			u.add(t)
			i += n
			begin = i
			continue
		}
		if isNumeral(run[i]) {
			if end, value, ok := numeralAt(run, i); ok {
				flush(i)
				u.add(Term{Forms: []Form{{Text: string(run[i:end]), Terms: []string{value}}}})
				i, begin = end, end
				continue
			}
		}
		i++
	}
	flush(len(run))
}

// lonely says whether cutting a word out would leave a single character beside it,
// which says less than the whole: 停车场 stays whole.
func lonely(run []rune, begin, i, n int) bool {
	if i-begin == 1 {
		return true
	}
	rest := len(run) - i - n
	return rest == 1 || rest > 1 && emptyAt(run, i+n+1) > 0 && emptyAt(run, i+n) == 0
}

func synonymTerm(run []rune) (Term, bool) {
	word := string(run)
	group, ok := synonymOf[word]
	if !ok {
		return Term{}, false
	}
	return Term{Forms: append([]Form{{Text: word, Terms: formTerms(word)}}, others(group, word)...)}, true
}

func synonymAt(run []rune, i int) (int, Term) {
	for n := min(synonymLongest, len(run)-i); n > 1; n-- {
		if t, ok := synonymTerm(run[i : i+n]); ok {
			return n, t
		}
	}
	return 0, Term{}
}

// emptyAt is the length of the empty word that begins at i.
func emptyAt(run []rune, i int) int {
	if i >= len(run) {
		return 0
	}
	for _, w := range notEmpty {
		r := []rune(w)
		for k := range r { // i may be inside of it
			if from := i - k; from >= 0 && from+len(r) <= len(run) && slices.Equal(run[from:from+len(r)], r) {
				return 0
			}
		}
	}
	for _, w := range emptyWords {
		r := []rune(w)
		if i+len(r) <= len(run) && slices.Equal(run[i:i+len(r)], r) {
			return len(r)
		}
	}
	return 0
}

// SimilarTerms picks the terms by which a whole text finds others like it: those of
// its words, without empty ones, at most limit, spread over the text.
func SimilarTerms(text string, limit int) []string {
	clean, _ := Clean(text, 2000)
	folded := Fold(clean)
	seen := map[string]bool{}
	var all []string
	for _, w := range words(folded) {
		run := folded[w.from:w.to]
		if !w.han {
			if s := string(run); len(s) > 2 && !emptyEN[s] {
				all = appendNew(all, seen, stem(s))
			}
			continue
		}
		begin := 0
		for i := 0; i <= len(run); i++ {
			n := 1
			if i < len(run) {
				if n = emptyAt(run, i); n == 0 {
					continue
				}
			}
			for _, t := range appendPairs(nil, run[begin:i]) {
				all = appendNew(all, seen, t)
			}
			begin = i + n
			i += n - 1
		}
	}
	if len(all) <= limit {
		return all
	}
	out := make([]string, 0, limit)
	for i := range limit {
		out = append(out, all[i*len(all)/limit])
	}
	return out
}

func appendNew(list []string, seen map[string]bool, t string) []string {
	if seen[t] {
		return list
	}
	seen[t] = true
	return append(list, t)
}
