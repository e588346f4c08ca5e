package outline

import "strings"

// numerals are all characters that Chinese numbers of clauses are made of.
const numerals = `0-9０-９零〇○一二三四五六七八九十百千两`

var zhDigit = map[rune]int{'零': 0, '〇': 0, '○': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

// numeral reads 十二, 一百零一, 一〇一, 12 or １２, blanks inside ignored. Numbers above
// 99,999 are no numbers of clauses: 0.
func numeral(s string) int {
	total, digit, last := 0, 0, false
	for _, r := range s {
		unit := 0
		switch {
		case r >= '0' && r <= '9':
			digit, last = step(digit, int(r-'0'), last), true
		case r >= '０' && r <= '９':
			digit, last = step(digit, int(r-'０'), last), true
		case r == '十':
			unit = 10
		case r == '百':
			unit = 100
		case r == '千':
			unit = 1000
		default:
			if d, ok := zhDigit[r]; ok {
				digit, last = step(digit, d, last), true
			}
		}
		if unit > 0 {
			// 十 alone is ten; the digit in front belongs to the unit.
			if !last {
				digit = 1
			}
			total += digit * unit
			digit, last = 0, false
		}
		if total+digit > 99_999 {
			return 0
		}
	}
	return total + digit
}

// step lets digits stand side by side (一〇一) as in decimal numbers.
func step(digit, d int, last bool) int {
	if last {
		return digit*10 + d
	}
	return d
}

// roman reads a Roman number in either case, 0 for anything else.
func roman(s string) int {
	value := map[rune]int{'I': 1, 'V': 5, 'X': 10, 'L': 50, 'C': 100, 'D': 500, 'M': 1000}
	total, before := 0, 0
	for _, r := range strings.ToUpper(s) {
		v := value[r]
		if v == 0 {
			return 0
		}
		if total += v; before < v {
			total -= 2 * before
		}
		before = v
	}
	return total
}

// letter reads a, b … z, aa, bb as 1, 2 … 26, 27, 28; 0 for anything else.
func letter(s string) int {
	s = strings.ToLower(s)
	if s == "" || len(s) > 3 || s[0] < 'a' || s[0] > 'z' || strings.Trim(s, s[:1]) != "" {
		return 0
	}
	return int(s[0]-'a') + 1 + 26*(len(s)-1)
}

// word reads the spelled-out numbers that old ordinances use.
func word(s string) int {
	for i, w := range []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"} {
		if strings.EqualFold(s, w) {
			return i + 1
		}
	}
	return 0
}
