package search

import "strings"

// word is a run of letters, or of Chinese characters, in folded text.
type word struct {
	from, to int
	han      bool
}

// words cuts folded text into runs. Digits with points between them (3.2.1) are one
// word.
func words(text []rune) []word {
	var out []word
	for i := 0; i < len(text); {
		switch {
		case isHan(text[i]):
			j := i
			for j < len(text) && isHan(text[j]) {
				j++
			}
			out = append(out, word{i, j, true})
			i = j
		case isLetter(text[i]):
			j := i
			for j < len(text) && (isLetter(text[j]) || text[j] == '.' && j+1 < len(text) && isDigit(text[j-1]) && isDigit(text[j+1])) {
				j++
			}
			out = append(out, word{i, j, false})
			i = j
		default:
			i++
		}
	}
	return out
}

// wordMost is the longest term in runes; longer runs of letters are cut.
const wordMost = 40

// appendTerms adds the terms that a text is found by: words with letters in their
// simple form, pairs of Chinese characters, the last character of each run (so that
// every character begins a term), and numbers as digits.
func appendTerms(out []string, s string) []string {
	if s == "" {
		return out
	}
	text := Fold(s)
	before := word{}
	for _, w := range words(text) {
		run := text[w.from:w.to]
		if w.han && before.han && quoted(text[before.to:w.from]) {
			out = append(out, string(text[before.to-1])+string(text[w.from]))
		}
		before = w
		if !w.han {
			out = append(out, stem(string(run[:min(len(run), wordMost)])))
			continue
		}
		out = appendPairs(out, run)
		out = append(out, string(run[len(run)-1:]))
		for i := w.from; i < w.to; i++ {
			if !isNumeral(text[i]) {
				continue
			}
			end, value, ok := numeralAt(text[:w.to], i)
			if ok {
				out = append(out, value)
			}
			i = max(end-1, i)
		}
	}
	return out
}

// quoted says whether nothing but marks of quotation stands between two runs: what is
// called 政务服务“好差评”制度 in a rule is looked for without them.
func quoted(between []rune) bool {
	for _, r := range between {
		if !strings.ContainsRune(`“”‘’"'「」『』《》〈〉`, r) {
			return false
		}
	}
	return len(between) > 0
}

func appendPairs(out []string, run []rune) []string {
	for i := 0; i+1 < len(run); i++ {
		out = append(out, string(run[i:i+2]))
	}
	return out
}

// stem takes the plural off English words; more would join words that differ.
func stem(w string) string {
	n := len(w)
	switch {
	case n < 4 || w[n-1] != 's' || w[n-2] == 's' || w[n-2] == 'u' || w[n-2] == 'i':
		return w
	case strings.HasSuffix(w, "ies") && n > 4:
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "sses") || strings.HasSuffix(w, "xes") || strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "shes"):
		return w[:n-2]
	}
	return w[:n-1]
}

// IsHanTerm says whether a term is made of Chinese characters: typos are looked for
// in others only.
func IsHanTerm(term string) bool {
	for _, r := range term {
		return isHan(r)
	}
	return false
}

// IsNumber says whether a term is a number, which never stands for a longer one.
func IsNumber(term string) bool {
	for _, r := range term {
		return isDigit(r)
	}
	return false
}

// MayErr gives how many letters of a term may be wrong: none in Chinese, numbers and
// short words.
func MayErr(term string) int {
	n := 0
	for _, r := range term {
		if isHan(r) || isDigit(r) {
			return 0
		}
		n++
	}
	switch {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}
