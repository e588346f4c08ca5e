package compare

import (
	"fmt"
	"strings"
	"testing"

	"minyi/app/kit/outline"
)

// anyOutline reads lines "kind parent number|title|text" into clauses with
// unique keys, so that shapes come up that no reader would make.
func anyOutline(s string) outline.Outline {
	kinds := []outline.Kind{outline.Part, outline.Chapter, outline.Section, outline.Article, outline.Paragraph, outline.Item, outline.Subitem, outline.Heading, outline.Text, "?"}
	var o outline.Outline
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		c := outline.Clause{Key: fmt.Sprintf("k%d", len(o.Clauses)), Kind: outline.Article}
		if len(line) >= 2 {
			c.Kind = kinds[int(line[0])%len(kinds)]
			if n := len(o.Clauses); n > 0 && line[1] != '0' {
				c.Parent = fmt.Sprintf("k%d", int(line[1])%(n+1))
			}
			line = line[2:]
		}
		f := strings.SplitN(line, "|", 3)
		c.Text = f[len(f)-1]
		if len(f) > 1 {
			c.Number = f[0]
		}
		if len(f) > 2 {
			c.Title = f[1]
		}
		o.Clauses = append(o.Clauses, c)
		if len(o.Clauses) == 60 {
			break
		}
	}
	return o
}

func FuzzVersions(f *testing.F) {
	f.Add("10第一章|总则|\n31第一条||为了保护公园绿地\n32第二条||依照第一条处理。", "10第一章|总则|\n31第一条||依照第二条处理。\n42||为了保护公园绿地")
	f.Add("30第一条||a b c d e f g h i j. a b c", "30§||第第条第0条之\n30||a b c d e f g h i j")
	f.Add("70|Heading|\n71|Other|text of section 4 of the Act", "30||text of section 5.1, and 6")
	f.Fuzz(func(t *testing.T, a, b string) {
		old, new := anyOutline(a), anyOutline(b)
		r := Versions(old, new)
		complete(t, old, new, r)
		c := First(keysOf(old))
		inherited(t, "fuzz", new, c, Carry(c.Keys, nil, r), c.Fresh, map[string]bool{})
		Summary(r, old, new)
		if got := say(Versions(old, old), false); got != "" {
			t.Fatalf("compared with itself: %s", got)
		}
	})
}
