package search

import "strconv"

const numerals = "〇零一二三四五六七八九十百千万两"

func isNumeral(r rune) bool {
	for _, n := range numerals {
		if r == n {
			return true
		}
	}
	return false
}

func numeralDigit(r rune) (int, bool) {
	switch r {
	case '〇', '零':
		return 0, true
	case '两':
		return 2, true
	}
	for i, n := range []rune("一二三四五六七八九") {
		if r == n {
			return i + 1, true
		}
	}
	return 0, false
}

// numeralValue reads a number written in characters: by places (二十三) or digit by
// digit (二〇二七). It is false for what is no number, such as 万万.
func numeralValue(run []rune) (string, bool) {
	if len(run) == 0 || len(run) > 9 {
		return "", false
	}
	digits := ""
	for _, r := range run {
		d, ok := numeralDigit(r)
		if !ok {
			digits = ""
			break
		}
		digits += strconv.Itoa(d)
	}
	if digits != "" {
		return digits, true
	}
	total, section, digit, last := 0, 0, -1, 1<<30
	for _, r := range run {
		if d, ok := numeralDigit(r); ok {
			if digit > 0 {
				return "", false
			}
			digit = d
			continue
		}
		unit := map[rune]int{'十': 10, '百': 100, '千': 1000, '万': 10000}[r]
		if unit == 10000 {
			if section == 0 && digit < 1 {
				return "", false
			}
			total, section, digit, last = (section+max(digit, 0))*unit, 0, -1, unit
			continue
		}
		if unit >= last {
			return "", false
		}
		if digit < 0 {
			digit = 1
		}
		section += digit * unit
		digit, last = -1, unit
	}
	return strconv.Itoa(total + section + max(digit, 0)), true
}

// numeralAt is the number that begins at i in folded text: its end and its value in
// digits. One character alone is a number only behind 第.
func numeralAt(text []rune, i int) (end int, value string, ok bool) {
	end = i
	for end < len(text) && isNumeral(text[end]) {
		end++
	}
	if end == i || end-i == 1 && (i == 0 || text[i-1] != '第') {
		return i, "", false
	}
	value, ok = numeralValue(text[i:end])
	return end, value, ok
}
