package search

import (
	"regexp"
	"strings"
	"unicode/utf8"
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

// address is the number of a clause and the place in runes that it stands at.
type address struct {
	at       string
	from, to int
}

// addresses finds all numbers of clauses in folded text, in order: "12" for 第十二条 and
// Article 12, "ch:2" for 第二章. It looks at the text once, however many there are.
func addresses(text []rune) []address {
	if !namesClause(text) {
		return nil
	}
	s := string(text)
	at := counter{s: s}
	var out []address
	for _, m := range addressZH.FindAllStringSubmatchIndex(s, -1) {
		if a, end := addressOf(s, m); a != "" && (len(out) == 0 || at.b <= m[0]) {
			from := at.runes(m[0])
			out = append(out, address{a, from, at.runes(end)})
		}
	}
	at = counter{s: s}
	for _, m := range addressEN.FindAllStringSubmatchIndex(s, -1) {
		from := at.runes(m[2])
		out = append(out, address{above[s[m[2]:m[3]]] + s[m[4]:m[5]], from, at.runes(m[5])})
	}
	return out
}

// counter turns places in bytes into places in runes, going forward only.
type counter struct {
	s    string
	b, n int
}

func (c *counter) runes(b int) int {
	if b > c.b {
		c.n += utf8.RuneCountInString(c.s[c.b:b])
		c.b = b
	}
	return c.n
}

// addressOf reads one match: its number, and where it ends with the paragraphs and
// items behind it.
func addressOf(s string, m []int) (at string, end int) {
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
			return "", 0
		}
	}
	n, ok := digitsOf(number)
	if !ok {
		return "", 0
	}
	if k, ok := digitsOf(sub); ok && sub != "" {
		n += "-" + k
	}
	end = m[1]
	if unit == "条" {
		end += len(belowZH.FindString(s[end:min(len(s), end+200)]))
	}
	return above[unit] + n, end
}

// findAddress finds the clause that is meant: of several the last one counts, since
// addresses go from the whole to the part, and the article before its chapter.
func findAddress(text []rune) (at string, from, to int) {
	for _, a := range addresses(text) {
		if at == "" || !strings.Contains(a.at, ":") || strings.Contains(at, ":") {
			at, from, to = a.at, a.from, a.to
		}
	}
	return at, from, to
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

// appendAddresses adds the terms of the clauses that a text names, at most 200.
func appendAddresses(out []string, text []rune) []string {
	for i, a := range addresses(text) {
		if i == 200 {
			break
		}
		out = append(out, addressTerm(a.at))
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
