package compare

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"minyi/app/kit/outline"
)

// Drafts that were written to make the comparison of every clause with every other
// one necessary. The limit is far above what is used: it is there for what grows with
// the square of the draft.
func TestNoPairOfDraftsHangsItsComparison(t *testing.T) {
	const within = 20 * time.Second
	law := func(n int, article func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(article(i))
			b.WriteByte('\n')
		}
		return b.String()
	}
	same := func(int) string {
		return "第一条 为了保护公园绿地，方便居民休息，制定本办法。"
	}
	numbered := func(step int) func(int) string {
		return func(i int) string {
			return fmt.Sprintf("第%d条 为了保护第%d号公园的绿地，方便居民休息。", i+1, i*step)
		}
	}
	backwards := func(i int) string {
		return fmt.Sprintf("第%d条 为了保护第%d号公园的绿地，方便居民休息。", i+1, 20_000-i)
	}
	for name, pair := range map[string][2]string{
		"20,000 equal clauses":          {law(20_000, same), law(19_999, same)},
		"20,000 clauses nearly equal":   {law(20_000, numbered(1)), law(20_000, numbered(3))},
		"20,000 clauses backwards":      {law(20_000, numbered(1)), law(20_000, backwards)},
		"every clause refers to others": {law(5000, func(i int) string { return "第一条 依照" + strings.Repeat("第二条、", 50) }), law(5000, func(i int) string { return "第一条 依照" + strings.Repeat("第三条、", 50) })},
		"one clause of a megabyte":      {"第一条 " + strings.Repeat("公园绿地", 80_000), "第一条 " + strings.Repeat("绿地公园", 80_000)},
		"one letter again and again":    {"第一条 " + strings.Repeat("a ", 400_000), "第一条 " + strings.Repeat("a ", 399_999) + "b"},
		"words that never come again":   {"第一条 " + law(40_000, func(i int) string { return fmt.Sprint(i, "，") }), "第一条 " + law(40_000, func(i int) string { return fmt.Sprint(-i, "，") })},
		"nothing against much":          {"", law(20_000, numbered(1))},
	} {
		t.Run(name, func(t *testing.T) {
			old, err := outline.Read("a.txt", []byte(pair[0]), outline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			new, err := outline.Read("b.txt", []byte(pair[1]), outline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			began, done := time.Now(), make(chan Result, 1)
			go func() {
				r := Versions(old, new)
				Summary(r, old, new)
				Text(pair[0], pair[1], "zh")
				done <- r
			}()
			select {
			case r := <-done:
				t.Logf("%s for %d and %d clauses", time.Since(began).Round(time.Millisecond), len(old.Clauses), len(new.Clauses))
				complete(t, old, new, r)
			case <-time.After(within):
				t.Fatalf("not compared within %s", within)
			}
		})
	}
}
