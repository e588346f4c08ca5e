package compare

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"minyi/app/kit/outline"
)

// refMark takes the place of a reference's number in a masked text.
const refMark = '§'

// reference is a mention of a clause by its number, as in 依照第十二条 or
// "under section 4.2".
type reference struct {
	kind   string // 编 章 节 条, or empty where the kind word says nothing sure
	number string // 12, 12-1 (第十二条之一), 4.2
}

const numerals = "零〇一二三四五六七八九十百千两0-9"

var (
	refChinese = regexp.MustCompile(`第([` + numerals + `]+)([编章节条])(?:之([` + numerals + `]+))?`)
	refEnglish = regexp.MustCompile(`(?i)\b(?:articles?|sections?|clauses?|chapters?|parts?|paragraphs?|sec\.|art\.|para\.)\s+(\d+(?:\.\d+)*)`)
	// chained joins a reference to the one before it: 第十条、第十一条第二款和第十二条.
	chained = regexp.MustCompile(`^(?:[、和至或及与,，]|以及|第[` + numerals + `]+[款项])*$`)
	ofOther = regexp.MustCompile(`(?i)^(?:\([0-9a-z]+\))* of (?:the|act|public law|title|chapter [0-9]+ of the)\b`)
	ofHere  = regexp.MustCompile(`(?i)^(?:\([0-9a-z]+\))* of (?:the|this) (?:present|ordinance|regulations?|code|chapter|part|document|policy)\b`)
)

// mask replaces the numbers of references to the same document and lists them.
// References to other laws (《…》第十二条, "section 5 of the … Act") stay words
// of the text: when they change, the substance changes.
func mask(text string) (string, []reference) {
	text, refs := maskWith(text, refChinese, foreignChinese, referenceChinese, nil)
	if strings.ContainsAny(text, "0123456789") {
		text, refs = maskWith(text, refEnglish, foreignEnglish, referenceEnglish, refs)
	}
	return text, refs
}

// maskWith masks what re finds unless foreign says that it belongs to another
// document; was tells foreign whether the reference before, ending at before, did.
func maskWith(text string, re *regexp.Regexp, foreign func(text string, before, from, to int, was bool) bool,
	read func(text string, m []int) reference, refs []reference) (string, []reference) {
	found := re.FindAllStringSubmatchIndex(text, -1)
	if found == nil {
		return text, refs
	}
	var b strings.Builder
	end, was := 0, false
	for _, m := range found {
		was = foreign(text, end, m[0], m[1], was)
		if was {
			b.WriteString(text[end:m[1]])
		} else {
			b.WriteString(text[end:m[2]])
			b.WriteRune(refMark)
			b.WriteString(text[m[3]:m[1]])
			refs = append(refs, read(text, m))
		}
		end = m[1]
	}
	b.WriteString(text[end:])
	return b.String(), refs
}

// foreignChinese: after a law's title in 《》, or chained to such a reference.
func foreignChinese(text string, before, from, _ int, was bool) bool {
	if strings.HasSuffix(text[:from], "》") {
		return true
	}
	return was && chained.MatchString(text[before:from])
}

func foreignEnglish(text string, _, _, to int, _ bool) bool {
	rest := text[to:]
	return ofOther.MatchString(rest) && !ofHere.MatchString(rest)
}

func referenceChinese(text string, m []int) reference {
	n := arabic(text[m[2]:m[3]])
	if m[6] >= 0 {
		n += "-" + arabic(text[m[6]:m[7]])
	}
	return reference{kind: text[m[4]:m[5]], number: n}
}

func referenceEnglish(text string, m []int) reference {
	return reference{number: text[m[2]:m[3]]}
}

// arabic writes Chinese numerals below ten thousand in digits.
func arabic(s string) string {
	total, digit, seen := 0, 0, false
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digit, seen = min(digit*10+int(r-'0'), 1e6), true
		case r == '十':
			total, digit, seen = total+max(digit, 1)*10, 0, true
		case r == '百':
			total, digit, seen = total+max(digit, 1)*100, 0, true
		case r == '千':
			total, digit, seen = total+max(digit, 1)*1000, 0, true
		default:
			digit = chineseDigit(r)
		}
	}
	if n := total + digit; n > 0 || seen {
		return itoa(n)
	}
	return s
}

func chineseDigit(r rune) int {
	if r == '两' {
		return 2
	}
	i := strings.IndexRune("〇一二三四五六七八九", r)
	if i <= 0 {
		return 0
	}
	return utf8.RuneCountInString("〇一二三四五六七八九"[:i])
}

var decimal = regexp.MustCompile(`\d+(?:\.\d+)*`)

// numberOf reads a clause's printed number in the form references use.
func numberOf(c outline.Clause) (reference, bool) {
	if m := refChinese.FindStringSubmatchIndex(c.Number); m != nil {
		return referenceChinese(c.Number, m), true
	}
	if n := decimal.FindString(c.Number); n != "" && c.Kind != outline.Item && c.Kind != outline.Subitem {
		return reference{number: n}, true
	}
	return reference{}, false
}
