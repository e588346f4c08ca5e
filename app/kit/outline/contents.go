package outline

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// span is a run of blocks that become one text: from inclusive, to exclusive.
type span struct {
	from, to int
	code     string // the warning to give, empty for none
}

var (
	reContents = regexp.MustCompile(`(?i)^(?:目[\s\p{Z}]*[录次]|contents|table of contents)[:：]?$`)
	// Leaders and a page number at the end of a line of contents.
	reLeader = regexp.MustCompile(`[\s\p{Z}.·•…⋯＿_\-—]*\d{0,4}$`)
	reDate   = regexp.MustCompile(`^(?:\d{4}|[二一][〇○零Ｏ0-9一二三四五六七八九]{3}|[Xx×＊*]{2,4})[\s\p{Z}]*年[\s\p{Z}]*[0-9一二三四五六七八九十Xx×＊*]{1,3}[\s\p{Z}]*月[\s\p{Z}]*[0-9一二三四五六七八九十Xx×＊*]{1,4}[\s\p{Z}]*日$`)
	reTitle  = regexp.MustCompile(`(?:条例|办法|规定|细则|通知|意见|方案|法|决定|修正案|规则|章程|标准|规划|公告|草案|指南|规程|稿[）)]|草案[）)])$`)
	// The list of annexes above the signature.
	reAttached = regexp.MustCompile(`^附[\s\p{Z}]*件[:：]`)
	reDraft    = regexp.MustCompile(`^[（(].{0,20}(?:稿|草案).{0,6}[）)]$`)
)

// contents finds the tables of contents: their lines must not become clauses.
func contents(blocks []block, marks []*marker) []span {
	var out []span
	tries := 0
	for i := 0; i < len(blocks); i++ {
		to := i
		switch {
		case blocks[i].toc:
			for to < len(blocks) && blocks[to].toc {
				to++
			}
		case tries < 50 && !blocks[i].verbatim && reContents.MatchString(strings.TrimFunc(blocks[i].text, blank)):
			tries++
			to = afterContents(blocks, marks, i+1)
		case marks[i] != nil && len(out) == 0 && wide(marks[i].style):
			to = listedTwice(blocks, marks, i)
		}
		if to > i {
			out = append(out, span{from: i, to: to, code: "contents"})
			i = to - 1
		}
	}
	return out
}

func wide(s style) bool {
	return s == stylePart || s == styleSubpart || s == styleChapter || s == styleSection
}

// afterContents finds where the real text begins: at the block that repeats the
// first entry, with nothing but short lines in between; else behind the lines that
// end in a page number.
func afterContents(blocks []block, marks []*marker, first int) int {
	if first >= len(blocks) {
		return first
	}
	for j := first + 1; j < len(blocks) && j < first+3000; j++ {
		if same(blocks, marks, first, j) {
			return j
		}
		if width(blocks[j].text) > 120 || blocks[j].verbatim {
			break
		}
	}
	j := first
	for j < len(blocks) && width(blocks[j].text) <= 120 && paged(blocks[j].text) {
		j++
	}
	return max(j, first)
}

// listedTwice finds contents without a heading: chapters that follow each other
// with no text until the first one comes again.
func listedTwice(blocks []block, marks []*marker, i int) int {
	for j := i + 1; j < len(blocks) && j < i+1000; j++ {
		if j > i+1 && same(blocks, marks, i, j) {
			return j
		}
		if m := marks[j]; m == nil && !paged(blocks[j].text) || m != nil && !wide(m.style) && m.style != styleAnnex {
			return i
		}
	}
	return i
}

func same(blocks []block, marks []*marker, a, b int) bool {
	if ma, mb := marks[a], marks[b]; ma != nil && mb != nil {
		return ma.style == mb.style && ma.n == mb.n && len(ma.sub) == len(mb.sub)
	}
	return entry(blocks[a].text) == entry(blocks[b].text)
}

// entry is a line of contents without its leader, page number and spaces.
func entry(s string) string {
	s = reLeader.ReplaceAllString(strings.TrimFunc(s, blank), "")
	return strings.Map(func(r rune) rune {
		if blank(r) {
			return -1
		}
		return r
	}, s)
}

// paged reports a leader or tab with a page number at the end.
func paged(s string) bool {
	tail := reLeader.FindString(strings.TrimFunc(s, blank))
	digits := strings.TrimRight(tail, "0123456789")
	return digits != tail && (strings.Contains(digits, "\t") || utf8.RuneCountInString(strings.TrimFunc(digits, blank)) >= 2)
}

// signatures finds the list of annexes, and the name of the unit with the date below it, at the end of a
// text or before an annex; a line of only a date is enough.
func signatures(blocks []block, marks []*marker) []span {
	var out []span
	seen := false
	for i, b := range blocks {
		seen = seen || marks[i] != nil
		if seen && !b.verbatim && reAttached.MatchString(b.text) {
			to := i + 1
			for to < len(blocks) && marks[to] != nil && marks[to].style == decDot && marks[to].n == to-i+1 {
				to++
			}
			out = append(out, span{from: i, to: to})
			continue
		}
		if !seen || b.verbatim || !reDate.MatchString(b.text) {
			continue
		}
		if i+1 < len(blocks) && !blocks[i+1].end && (marks[i+1] == nil || marks[i+1].style != styleAnnex) && !reContents.MatchString(blocks[i+1].text) && i+1 < len(blocks)-2 {
			continue
		}
		from := i
		for from > 0 && i-from < 3 && marks[from-1] == nil && !blocks[from-1].verbatim && blocks[from-1].level == 0 && titleLike(blocks[from-1].text) && width(blocks[from-1].text) <= 60 {
			from--
		}
		out = append(out, span{from: from, to: i + 1})
	}
	return out
}

// titleAt finds the block that is the document's title, -1 without.
func titleAt(blocks []block, marks []*marker) int {
	first, ones := -1, 0
	for i, b := range blocks {
		if b.title {
			return i
		}
		if b.level == 1 {
			if ones++; first < 0 {
				first = i
			}
		}
	}
	candidate := -1
	for i, b := range blocks {
		if i > 12 || marks[i] != nil || b.toc || reContents.MatchString(b.text) {
			break
		}
		if b.verbatim || !titleLike(b.text) || width(b.text) > 120 || reDate.MatchString(b.text) {
			continue
		}
		if b.level == 1 {
			return oneOf(i, ones)
		}
		if b.level > 1 {
			break
		}
		if reTitle.MatchString(b.text) && !reDraft.MatchString(b.text) {
			return i
		}
		if candidate < 0 || b.center && !blocks[candidate].center {
			candidate = i
		}
	}
	if candidate >= 0 && candidate <= 1 && len(blocks) > 1 && first < 0 {
		return candidate
	}
	return -1
}

// oneOf takes a first-level heading for the title unless there are many: then
// they are the sections.
func oneOf(i, ones int) int {
	if ones > 2 {
		return -1
	}
	return i
}
