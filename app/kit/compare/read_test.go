package compare

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"minyi/app/kit/outline"
)

var (
	chapterLine = regexp.MustCompile(`^(?:#+\s*)?(第[一二三四五六七八九十百]+章)[\s　]*(.*)$`)
	articleLine = regexp.MustCompile(`^(第[一二三四五六七八九十百]+条(?:之[一二三四五六七八九十]+)?)[\s　]+(.*)$`)
	itemLine    = regexp.MustCompile(`^(（[一二三四五六七八九十]+）)(.*)$`)
)

// read cuts a small Chinese text into chapters, articles, paragraphs and items.
func read(text string) outline.Outline {
	var o outline.Outline
	var chapter, article, last, count, paragraphs = "", "", "", map[string]int{}, 0
	add := func(c outline.Clause) string {
		count[c.Key]++
		if n := count[c.Key]; n > 1 {
			c.Key = fmt.Sprintf("%s~%d", c.Key, n)
		}
		o.Clauses = append(o.Clauses, c)
		return c.Key
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "<!--"):
		case chapterLine.MatchString(line):
			m := chapterLine.FindStringSubmatch(line)
			chapter = add(outline.Clause{Key: "c" + arabic(strings.Trim(m[1], "第章")), Kind: outline.Chapter, Number: m[1], Title: m[2], Depth: 1})
			article = ""
		case articleLine.MatchString(line):
			m := articleLine.FindStringSubmatch(line)
			article = add(outline.Clause{Key: "a" + articleKey(m[1]), Kind: outline.Article, Number: m[1], Text: m[2], Depth: 2, Parent: chapter})
			last, paragraphs = article, 1
		case article == "":
			add(outline.Clause{Key: "t", Kind: outline.Text, Text: line, Parent: chapter, Depth: 1})
		case itemLine.MatchString(line):
			m := itemLine.FindStringSubmatch(line)
			add(outline.Clause{Key: last + ".i" + arabic(strings.Trim(m[1], "（）")), Kind: outline.Item, Number: m[1], Text: m[2], Parent: last, Depth: 4})
		default:
			paragraphs++
			last = add(outline.Clause{Key: fmt.Sprintf("%s.p%d", article, paragraphs), Kind: outline.Paragraph, Text: line, Parent: article, Depth: 3})
		}
	}
	return o
}

func articleKey(number string) string {
	r, _ := numberOf(outline.Clause{Number: number})
	return r.number
}

// shared reads a real text and skips loudly when it is not there.
func sharedText(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("MINYI_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(root, "data", "policies", "zh", name))
	if err != nil {
		t.Skipf("SKIPPED, the real texts are not here (set MINYI_SHARED): %v", err)
	}
	return string(b)
}
