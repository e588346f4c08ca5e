package docx

import (
	"strconv"
	"strings"
)

const (
	zhDigits = "〇一二三四五六七八九"
	zhLegal  = "零壹贰叁肆伍陆柒捌玖"
	heaven   = "甲乙丙丁戊己庚辛壬癸"
	earth    = "子丑寅卯辰巳午未申酉戌亥"
)

// formatNumber prints n as Word's number format of that name does; unknown
// formats print as decimal so that a number is never lost.
func formatNumber(format string, n int) string {
	switch format {
	case "none", "bullet":
		return ""
	case "decimalZero":
		if n >= 0 && n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "upperRoman":
		return roman(n)
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperLetter":
		return letters(n)
	case "lowerLetter":
		return strings.ToLower(letters(n))
	case "chineseCounting", "taiwaneseCounting":
		// Counts with 十 up to 99 and digit by digit above (ECMA-376 17.18.59).
		if n < 100 {
			return counting(n, zhDigits, "十百千", "〇")
		}
		return eachDigit(n, "○一二三四五六七八九")
	case "chineseCountingThousand", "taiwaneseCountingThousand", "japaneseCounting":
		return counting(n, zhDigits, "十百千", "零")
	case "chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal":
		return counting(n, zhLegal, "拾佰仟", "零")
	case "ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital", "koreanDigital2":
		return eachDigit(n, zhDigits)
	case "ideographTraditional":
		return pick(n, heaven)
	case "ideographZodiac":
		return pick(n, earth)
	case "decimalFullWidth", "decimalFullWidth2":
		return eachDigit(n, "０１２３４５６７８９")
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		return enclosed(n, '①', 20)
	case "decimalEnclosedParen":
		return enclosed(n, '⑴', 20)
	case "decimalEnclosedFullstop":
		return enclosed(n, '⒈', 20)
	case "ideographEnclosedCircle":
		return enclosed(n, '㊀', 10)
	case "ordinal":
		return ordinal(n)
	case "numberInDash":
		return "- " + strconv.Itoa(n) + " -"
	}
	return strconv.Itoa(n)
}

// counting writes n below 10,000 with units, as 一百零一; beyond, digit by digit.
func counting(n int, digits, units, zero string) string {
	if n <= 0 || n >= 10_000 {
		return eachDigit(n, digits)
	}
	d, u := []rune(digits), []rune(units)
	var b strings.Builder
	gap := false
	for place := 3; place >= 0; place-- {
		digit := n
		for range place {
			digit /= 10
		}
		digit %= 10
		if digit == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteString(zero)
			gap = false
		}
		// 十 to 十九 are said without 一 in front.
		if !(place == 1 && digit == 1 && n < 20) || digits == zhLegal {
			b.WriteRune(d[digit])
		}
		if place > 0 {
			b.WriteRune(u[place-1])
		}
	}
	return b.String()
}

func eachDigit(n int, digits string) string {
	d := []rune(digits)
	var b strings.Builder
	for _, r := range strconv.Itoa(n) {
		if r < '0' || r > '9' {
			b.WriteRune(r)
			continue
		}
		b.WriteRune(d[r-'0'])
	}
	return b.String()
}

func pick(n int, from string) string {
	r := []rune(from)
	if n < 1 || n > len(r) {
		return strconv.Itoa(n)
	}
	return string(r[n-1])
}

func enclosed(n int, first rune, most int) string {
	if n < 1 || n > most {
		return strconv.Itoa(n)
	}
	return string(first + rune(n-1))
}

func letters(n int) string {
	// Word repeats the letter after Z: AA, BB. A bound keeps hostile starts short.
	if n < 1 || n > 780 {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(rune('A'+(n-1)%26)), (n-1)/26+1)
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, s := range []struct {
		v int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= s.v; n -= s.v {
			b.WriteString(s.s)
		}
	}
	return b.String()
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
