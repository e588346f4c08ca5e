package outline

import "strconv"

// Number reads the number out of a clause's printed number (第十二条, （三）, 5);
// 0 if there is none. Of 5.1.2 it reads the digits before the first dot.
func Number(printed string) int {
	for i, r := range printed {
		if r == '.' || r == '．' || r == '之' {
			printed = printed[:i]
			break
		}
	}
	return numeral(printed)
}

// Named reads a printed number that says its own kind: 第十二条 is an article with
// the number 12, 第八条之一 one with the number 8-1. Empty for all others, such as
// （三） and for what is no number of a part, chapter, section or article.
func Named(printed string) (kind Kind, number string) {
	m, ok := scan(printed)
	if !ok || m.rest != "" {
		return "", ""
	}
	switch m.style {
	case stylePart:
		kind = Part
	case styleChapter:
		kind = Chapter
	case styleSection:
		kind = Section
	case styleArticle:
		kind = Article
	default:
		return "", ""
	}
	number = strconv.Itoa(m.n)
	for _, n := range m.sub {
		number += "-" + strconv.Itoa(n)
	}
	return kind, number
}
