package search

import (
	"regexp"
	"strings"
)

// Units of a draft that stand above its articles have numbers of their own; all
// other units are called by their number alone, since drafts name them differently.
var above = map[string]string{"编": "part:", "章": "ch:", "节": "sec:", "part": "part:", "chapter": "ch:"}

var (
	addressZH = regexp.MustCompile(`第\s?([` + numerals + `0-9]{1,9})\s?(编|章|节|条)(?:之([` + numerals + `]{1,3}))?|([0-9]{1,4})条|([` + numerals + `]{1,7})条(?:之([` + numerals + `]{1,3}))?`)
	belowZH   = regexp.MustCompile(`^(?:第\s?[` + numerals + `0-9]{1,5}\s?[款项目])+`)
	addressEN = regexp.MustCompile(`(?:^|[^a-z])(part|chapter|article|art|section|sec|clause|§)[.\s]{0,3}([0-9]{1,4}(?:\.[0-9]{1,3}){0,4})(?:[^0-9]|$)`)
	bare      = regexp.MustCompile(`^[\s(（]*([0-9]{1,4}(?:\.[0-9]{1,3}){0,4})[)）.、\s]*$`)
)

// findAddress finds the number of a clause in folded text: "12" for 第十二条 and
// Article 12, "ch:2" for 第二章. It gives the place in runes that it stands at. Of
// several the last one counts, since addresses go from the whole to the part.
func findAddress(text []rune) (at string, from, to int) {
	s := string(text)
	runes := func(b int) int { return len([]rune(s[:b])) }
	for _, m := range addressZH.FindAllStringSubmatchIndex(s, -1) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s[m[2*i]:m[2*i+1]]
		}
		number, unit, sub := group(1), group(2), group(3)
		switch {
		case group(4) != "":
			number, unit = group(4), "条"
		case group(5) != "":
			number, unit, sub = group(5), "条", group(6)
			if len([]rune(number)) == 1 && strings.ContainsAny(number, "一两万千百") { // 一条路 is no clause
				continue
			}
		}
		n, ok := digitsOf(number)
		if !ok {
			continue
		}
		if k, ok := digitsOf(sub); ok && sub != "" {
			n += "-" + k
		}
		end := m[1]
		if unit == "条" {
			if below := belowZH.FindString(s[end:]); below != "" {
				end += len(below)
			}
		}
		if from != to && above[unit] != "" && !strings.Contains(at, ":") {
			continue // the article is what is meant, wherever its chapter is named
		}
		at, from, to = above[unit]+n, runes(m[0]), runes(end)
	}
	if at != "" {
		return at, from, to
	}
	if m := addressEN.FindStringSubmatchIndex(s); m != nil {
		return above[s[m[2]:m[3]]] + s[m[4]:m[5]], runes(m[2]), runes(m[5])
	}
	return "", 0, 0
}

func digitsOf(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	run := []rune(s)
	if isDigit(run[0]) {
		s = strings.TrimLeft(s, "0")
		return s, s != ""
	}
	return numeralValue(run)
}

// bareNumber is the address of a number that stands alone: 十二、 or 3.2.
func bareNumber(s string) string {
	f := string(Fold(s))
	if m := bare.FindStringSubmatch(f); m != nil {
		return m[1]
	}
	f = strings.Trim(f, "()（）、. 　")
	if n, ok := numeralValue([]rune(f)); ok && f != "" {
		return n
	}
	return ""
}

// addressTerm is the term of a clause's number: §12.
func addressTerm(at string) string { return "§" + at }

// AddressTerm is the term by which documents are found that are, are about, or name
// the clause that is asked for.
func (u Understood) AddressTerm() string { return addressTerm(u.Clause) }

// appendAddresses adds the terms of all clauses that a text names.
func appendAddresses(out []string, text []rune) []string {
	if !namesClause(text) {
		return out
	}
	for n := 0; n < 20; n++ {
		at, from, _ := findAddress(text)
		if at == "" {
			break
		}
		out = append(out, addressTerm(at))
		text = text[:from]
	}
	return out
}

// namesClause is a quick look whether a text may name a clause at all.
func namesClause(text []rune) bool {
	for i, r := range text {
		switch r {
		case '条', '§':
			return true
		case '第':
			return true
		case 'a', 'c', 's', 'p':
			for _, unit := range []string{"art", "cha", "cla", "sec", "par"} {
				if i+3 < len(text) && string(text[i:i+3]) == unit {
					return true
				}
			}
		}
	}
	return false
}
