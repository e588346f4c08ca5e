package parts

import (
	"context"
	"html"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"minyi/frontend"
)

// StanceSplit lists the counts by stance with sign and word. A draft has one for
// each clause, and only the numbers differ: what stands before them is put together
// once, which makes the whole page a third cheaper.
func StanceSplit(f frontend.Frame, c StanceCounts) templ.Component {
	var b strings.Builder
	writeStanceSplit(&b, f, c)
	return templ.Raw(b.String())
}

func writeStanceSplit(b *strings.Builder, f frontend.Frame, c StanceCounts) {
	b.WriteString(`<ul class="stance-split">`)
	for i, label := range stanceLabels(f.Words) {
		b.WriteString(label)
		b.WriteString(f.Words.Number(c.Of(Stances[i])))
		b.WriteString("</span></li>")
	}
	b.WriteString("</ul>")
}

var splitLabels sync.Map // *frontend.Words → what stands before each number

func stanceLabels(w *frontend.Words) []string {
	if known, ok := splitLabels.Load(w); ok {
		return known.([]string)
	}
	labels := make([]string, len(Stances))
	for i, stance := range Stances {
		var icon strings.Builder
		_ = Icon("stance-"+stance).Render(context.Background(), &icon) // a builder takes everything
		labels[i] = `<li class="stance-` + stance + `">` + icon.String() + `<span class="sr">` + html.EscapeString(w.T("parts.stance_"+stance)) + " </span><span>"
	}
	splitLabels.Store(w, labels)
	return labels
}
