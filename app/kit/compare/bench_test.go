package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"minyi/app/kit/outline"
)

// codes makes two versions of a code of law with n articles, a quarter of them
// touched.
func codes(tb testing.TB, n int) (old, new outline.Outline) {
	s := &stock{rng: rand.New(rand.NewPCG(5, 6))}
	var list []string
	for range n {
		list = append(list, s.article())
	}
	return numbered(tb, list), numbered(tb, s.revise(list))
}

func benchmarkVersions(b *testing.B, n int) {
	old, new := codes(b, n)
	b.ReportAllocs()
	for b.Loop() {
		Versions(old, new)
	}
}

func BenchmarkVersions130Articles(b *testing.B)  { benchmarkVersions(b, 130) }
func BenchmarkVersions1300Articles(b *testing.B) { benchmarkVersions(b, 1300) }

// A draft as large as can be: five thousand articles of a thousand characters each.
func BenchmarkVersions5000LongArticles(b *testing.B) {
	s := &stock{rng: rand.New(rand.NewPCG(5, 6))}
	var list []string
	for range 5000 {
		var text strings.Builder
		for text.Len() < 3000 {
			text.WriteString(s.sentence())
		}
		list = append(list, text.String())
	}
	draft := func(list []string) (o outline.Outline) {
		for i, text := range list {
			o.Clauses = append(o.Clauses, outline.Clause{Key: fmt.Sprint("a", i+1), Kind: outline.Article, Number: fmt.Sprintf("第%d条", i+1), Text: text})
		}
		return o
	}
	old, new := draft(list), draft(s.revise(list))
	b.ReportAllocs()
	for b.Loop() {
		Versions(old, new)
	}
}

// Every article is touched: nothing is found by equal text alone.
func BenchmarkVersions1300ArticlesAllEdited(b *testing.B) {
	old, new := codes(b, 1300)
	new.Clauses = slices.Clone(new.Clauses)
	for i := range new.Clauses {
		new.Clauses[i].Text = strings.Replace(new.Clauses[i].Text, "，", "，依照规定", 1)
	}
	b.ReportAllocs()
	for b.Loop() {
		Versions(old, new)
	}
}

func BenchmarkVersionsTwoEditions(b *testing.B) {
	old := read(b, sharedText(b, "北京市优化营商环境条例(2020-03-27).md"))
	new := read(b, sharedText(b, "北京市优化营商环境条例(2024-11-29).md"))
	for b.Loop() {
		Versions(old, new)
	}
}

func BenchmarkTextArticle(b *testing.B) {
	new := strings.Replace(hours+dogs+stage, "晚上十点", "晚上九点半", 1)
	for b.Loop() {
		Text(hours+dogs+stage, new, "zh")
	}
}

func BenchmarkTextWholeLaw(b *testing.B) {
	old := sharedText(b, "北京市优化营商环境条例(2020-03-27).md")
	new := sharedText(b, "北京市优化营商环境条例(2024-11-29).md")
	for b.Loop() {
		Text(old, new, "zh")
	}
}

func BenchmarkTextNothingInCommon(b *testing.B) {
	s := &stock{rng: rand.New(rand.NewPCG(8, 9))}
	var old, new strings.Builder
	for range 1000 {
		old.WriteString(s.sentence())
		new.WriteString(s.sentence())
	}
	for b.Loop() {
		Text(old.String(), new.String(), "zh")
	}
}
