package outline

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// style is the look of a number. Lists of one style are one sequence.
type style string

const (
	stylePart    style = "part"
	styleSubpart style = "subpart" // 分编
	styleChapter style = "chapter"
	styleSection style = "section"
	styleArticle style = "article"
	styleAnnex   style = "annex"
	enArticle    style = "Article"
	enSection    style = "Section"
	zhComma      style = "一、"
	zhParen      style = "（一）"
	decDot       style = "1."
	decParen     style = "(1)"
	decClose     style = "1)"
	circled      style = "①"
	lowerParen   style = "(a)"
	upperParen   style = "(A)"
	lowerDot     style = "a."
	upperDot     style = "A."
	lowerRoman   style = "(i)"
	upperRoman   style = "I."
	decimals     style = "1.1" // with the count of numbers behind it: 1.12, 1.13
	bullet       style = "•"
)

// zhRank orders the four levels that 公文 use (GB/T 9704-2012 §7.3.3) and the
// circled one below: a wider number always ends the narrower ones.
var zhRank = map[style]int{zhComma: 1, zhParen: 2, decDot: 3, decParen: 4, circled: 5}

// marker is a number at the beginning of a paragraph.
type marker struct {
	style  style
	n      int   // its last count: 12 for 第十二条, 2 for 5.1.2
	sub    []int // 之一 → [1]; for decimals all counts
	number string
	rest   string
	spaced bool // white space or the end follows
}

const gap = `[\s\p{Z}]*`

var (
	reStruct = regexp.MustCompile(`^第` + gap + `([` + numerals + `](?:` + gap + `[` + numerals + `])*)` + gap + `(分编|编|篇|部分|章|节|条)((?: ?之 ?[` + numerals + `]+)*)`)
	reZhList = regexp.MustCompile(`^([一二三四五六七八九十百]{1,5})` + gap + `[、．.]`)
	// 一、二级医院 is a sentence, not a number.
	reZhRow   = regexp.MustCompile(`^[一二三四五六七八九十]+(?:、|级|类|等|者|款|项|条|期|线|审|次)`)
	reParen   = regexp.MustCompile(`^[（(]` + gap + `(?:([一二三四五六七八九十百]{1,5})|([0-9０-９]{1,3})|([a-zA-Z]{1,6}))` + gap + `[）)]`)
	reDecimal = regexp.MustCompile(`^([0-9０-９]{1,3}(?:[.．][0-9０-９]{1,3}){1,5})[.．、]?`)
	reDec     = regexp.MustCompile(`^([0-9０-９]{1,3})` + `([.．、)）])`)
	reBare    = regexp.MustCompile(`^([0-9]{1,3})[\s\p{Z}]+\S`)
	reLetter  = regexp.MustCompile(`^([A-Za-z]|[ivxIVX]{2,5})([.．)）、])`)
	reEnglish = regexp.MustCompile(`^(Article|ARTICLE|Art\.|Section|SECTION|Sec\.|SEC\.|§|Chapter|CHAPTER|Part|PART|Title|TITLE)` + gap + `(\d{1,4}[A-Za-z]?(?:[.\-]\d+)*|[IVXLC]+|[A-Z]|(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))(?:\b|$)([.:：—–]?)`)
	// A.1 and A.1.2 in the annexes of standards.
	reLettered = regexp.MustCompile(`^([A-Z])((?:\.[0-9]{1,3}){1,4})(?:[\s\p{Z}]|$)`)
	reAnnex    = regexp.MustCompile(`^(附件|附录|附表|附图)` + gap + `([A-Z]|[` + numerals + `]*)` + gap + `([:：]?)`)
	reEnAnnex  = regexp.MustCompile(`^(Annex|ANNEX|Appendix|APPENDIX|Schedule|SCHEDULE|Attachment|ATTACHMENT|Exhibit|EXHIBIT)(?:` + gap + `(\d+|[IVX]+|[A-Z]))?(?:\b|$)([.:]?)`)
	reBracket  = regexp.MustCompile(`^(?:【[^【】\n]{1,30}】|〔[^〔〕\n]{1,30}〕|\[[^\[\]\n]{1,30}\]|（[^（）\n，。；：]{1,20}）)`)
	// What follows a number when a sentence merely speaks of that clause: glued to
	// the number, and behind a space.
	reReference = regexp.MustCompile(`^(?:第|规定|、|，|至|所|的|之|以外|款|项|。|；|前款|作为|改为|修改|中[^华国]|(?:和|或|或者|及|与|到)(?:本[^市省区县州国院会]{0,2})?第)`)
	reSpacedRef = regexp.MustCompile(`^(?:第[` + numerals + `]+(?:款|项|条)|规定的|、|，|(?:和|或|或者|及|与|至)第|所列)`)
)

// scan finds the number at the beginning of a paragraph, if there is one. It looks
// only at the paragraph itself; whether it fits the place is the builder's matter.
func scan(text string) (marker, bool) {
	text = strings.TrimFunc(text, blank)
	if text == "" {
		return marker{}, false
	}
	first, _ := utf8.DecodeRuneInString(text)
	switch {
	case first == '第':
		return scanStruct(text)
	case first == '附':
		return scanAnnex(text, reAnnex)
	case first == '（' || first == '(':
		return scanParen(text)
	case first >= '0' && first <= '9' || first >= '０' && first <= '９':
		return scanDigits(text)
	case first >= '①' && first <= '⒛' || first >= '㈠' && first <= '㈩':
		return scanCircled(text, first)
	case first < utf8.RuneSelf || first == '§':
		return scanEnglish(text)
	}
	if m := reZhList.FindStringSubmatch(text); m != nil && !reZhRow.MatchString(text[len(m[0]):]) {
		return found(zhComma, numeral(m[1]), text, len(m[0]))
	}
	return marker{}, false
}

// readNumber reads a number that stands alone, as in Clause.Number; a bare 5 only
// counts as one here.
func readNumber(s string) (marker, bool) {
	if m, ok := scan(s); ok {
		return m, m.rest == ""
	}
	m, ok := scan(s + " \u4e00")
	return m, ok && s != "" && m.number == strings.TrimFunc(s, blank)
}

func found(s style, n int, text string, end int) (marker, bool) {
	if n <= 0 {
		return marker{}, false
	}
	rest := text[end:]
	r, _ := utf8.DecodeRuneInString(rest)
	return marker{style: s, n: n, number: strings.TrimFunc(text[:end], blank), rest: strings.TrimFunc(rest, blank), spaced: rest == "" || blank(r)}, true
}

func scanStruct(text string) (marker, bool) {
	m := reStruct.FindStringSubmatch(text)
	if m == nil {
		return marker{}, false
	}
	s := map[string]style{"分编": styleSubpart, "编": stylePart, "篇": stylePart, "部分": stylePart, "章": styleChapter, "节": styleSection, "条": styleArticle}[m[2]]
	end := len(m[0])
	for _, sep := range []string{"：", ":"} {
		if strings.HasPrefix(text[end:], sep) {
			end += len(sep)
		}
	}
	out, ok := found(s, numeral(m[1]), text, end)
	for _, sub := range strings.Split(m[3], "之")[1:] {
		out.sub = append(out.sub, numeral(sub))
	}
	if !out.spaced && reReference.MatchString(out.rest) {
		return marker{}, false
	}
	if s != styleArticle && (utf8.RuneCountInString(out.rest) > 50 || strings.ContainsAny(out.rest, "。；")) {
		return marker{}, false
	}
	return out, ok
}

func scanAnnex(text string, re *regexp.Regexp) (marker, bool) {
	m := re.FindStringSubmatch(text)
	if m == nil || m[3] != "" && len(m[0]) < len(text) && re == reAnnex && m[2] == "" {
		// 附件：1.… is the list of annexes above the signature, not an annex.
		return marker{}, false
	}
	n := max(numeral(m[2]), roman(m[2]), letter(m[2]), 1)
	out, ok := found(styleAnnex, n, text, len(m[0]))
	if utf8.RuneCountInString(out.rest) > 60 || strings.ContainsAny(out.rest, "。；，") || !out.spaced && m[3] == "" && m[2] == "" {
		return marker{}, false
	}
	if re == reEnAnnex && out.rest != "" && m[3] == "" && (m[2] == "" || !startsTitle(out.rest)) {
		return marker{}, false
	}
	return out, ok
}

func scanParen(text string) (marker, bool) {
	m := reParen.FindStringSubmatch(text)
	switch {
	case m == nil:
		return marker{}, false
	case m[1] != "":
		return found(zhParen, numeral(m[1]), text, len(m[0]))
	case m[2] != "":
		return found(decParen, numeral(m[2]), text, len(m[0]))
	}
	return scanLetters(text, m[3], len(m[0]), lowerParen, upperParen)
}

// scanLetters leaves (i), (v), (c) … to the builder, which knows the sequence:
// style by letter first, sub holds the Roman reading.
func scanLetters(text, s string, end int, lower, upper style) (marker, bool) {
	st := lower
	if unicode.IsUpper(rune(s[0])) {
		st = upper
	}
	n, r := letter(s), roman(s)
	if n == 0 && r == 0 || r > 60 && n == 0 || n == 0 && s != strings.ToLower(s) && s != strings.ToUpper(s) {
		return marker{}, false
	}
	out, ok := found(st, max(n, 1), text, end)
	if n == 0 {
		out.n = 0
	}
	if r > 0 {
		out.sub = []int{r}
	}
	return out, ok
}

func scanDigits(text string) (marker, bool) {
	if m := reDecimal.FindStringSubmatch(text); m != nil {
		var counts []int
		for _, p := range strings.FieldsFunc(m[1], func(r rune) bool { return r == '.' || r == '．' }) {
			counts = append(counts, numeral(p))
		}
		out, ok := found(decimals+style(strconv.Itoa(len(counts))), max(counts[len(counts)-1], 1), text, len(m[0]))
		out.n, out.sub = counts[len(counts)-1], counts
		r, _ := utf8.DecodeRuneInString(out.rest)
		if !ok || unicode.IsLower(r) || !out.spaced && !unicode.Is(unicode.Han, r) || strings.ContainsRune("万亿倍米个元%％度吨年月日", r) && out.rest != "" {
			return marker{}, false
		}
		return out, true
	}
	if m := reDec.FindStringSubmatch(text); m != nil {
		s := decDot
		if m[2] == ")" || m[2] == "）" {
			s = decClose
		}
		out, ok := found(s, numeral(m[1]), text, len(m[0]))
		if r, _ := utf8.DecodeRuneInString(out.rest); m[2] == "." && !out.spaced && !unicode.Is(unicode.Han, r) && !strings.ContainsRune("《“【（", r) {
			return marker{}, false
		}
		return out, ok
	}
	if m := reBare.FindStringSubmatch(text); m != nil {
		out, ok := found(decimals+"1", numeral(m[1]), text, len(m[1]))
		out.sub = []int{out.n}
		return out, ok
	}
	return marker{}, false
}

func scanCircled(text string, first rune) (marker, bool) {
	n := 0
	for _, row := range []rune{'①', '⑴', '⒈'} {
		if first >= row && first < row+20 {
			n = int(first-row) + 1
		}
	}
	if first >= '㈠' && first <= '㈩' {
		n = int(first-'㈠') + 1
	}
	s := map[bool]style{true: circled, false: decParen}[first < '⑴']
	switch {
	case first >= '㈠':
		s = zhParen
	case first >= '⒈':
		s = decDot
	}
	return found(s, n, text, utf8.RuneLen(first))
}

func scanEnglish(text string) (marker, bool) {
	if m := reEnglish.FindStringSubmatch(text); m != nil {
		s := enSection
		switch strings.ToLower(m[1])[0] {
		case 'a':
			s = enArticle
		case 'c':
			s = styleChapter
		case 'p', 't':
			s = stylePart
		}
		n := 0
		if d := strings.IndexFunc(m[2], func(r rune) bool { return r < '0' || r > '9' }); d != 0 {
			if d < 0 {
				d = len(m[2])
			}
			n = numeral(m[2][:d])
		} else if n = word(m[2]); n == 0 {
			n = max(roman(m[2]), 0)
		}
		if n == 0 {
			n = letter(m[2])
		}
		out, ok := found(s, n, text, len(m[0]))
		// "Section 7 of this ordinance" speaks of a section.
		if m[3] == "" && out.rest != "" && !startsTitle(out.rest) {
			return marker{}, false
		}
		if tail := strings.TrimLeft(m[2], "0123456789"); tail != m[2] {
			out.sub = suffix(tail)
		}
		return out, ok
	}
	if m := reLettered.FindStringSubmatch(text); m != nil {
		counts := append([]int{letter(m[1])}, suffix(m[2])...)
		out, ok := found(decimals+style(strconv.Itoa(len(counts))), counts[len(counts)-1], text, len(m[1]+m[2]))
		out.sub = counts
		return out, ok
	}
	if m := reLetter.FindStringSubmatch(text); m != nil {
		out, ok := scanLetters(text, m[1], len(m[0]), lowerDot, upperDot)
		if !out.spaced {
			return marker{}, false
		}
		return out, ok
	}
	return scanAnnex(text, reEnAnnex)
}

// suffix turns the tail of 5A or 5.2 or 5-2 into further counts.
func suffix(tail string) []int {
	var out []int
	for _, p := range strings.FieldsFunc(tail, func(r rune) bool { return r == '.' || r == '-' }) {
		if n := max(numeral(p), letter(p)); n > 0 {
			out = append(out, n)
		}
	}
	return out
}

// startsTitle reports that a text begins as a title does, not as the middle of a
// sentence.
func startsTitle(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r) || unicode.Is(unicode.Han, r) || strings.ContainsRune("—–-:(“\"[", r)
}

// blank is white space in the sense of "apart from white space": spaces of every
// width, line ends and the invisible marks that editors leave behind.
func blank(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Zs, r) || r == '\u200b' || r == '\ufeff' || r == '\u2060'
}
