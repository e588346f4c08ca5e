package parts

import (
	"context"
	"html"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"minyi/frontend"
)

// ClauseControl draws the link that opens the thread and the form of a clause: in
// the margin or a sheet where scripts run, on the clause page otherwise. Like
// [StanceSplit] it is put together by hand, because a draft has one for each clause
// and they are what is drawn anew for every page.
func ClauseControl(f frontend.Frame, p ClauseControlProps) templ.Component {
	var b strings.Builder
	b.Grow(1024)
	b.WriteString(`<a class="clause-control" href="`)
	b.WriteString(html.EscapeString(string(templ.URL(p.URL))))
	b.WriteString(`" data-sheet data-count="`)
	b.WriteString(strconv.Itoa(p.Count))
	b.WriteString(`" data-clause-control="`)
	b.WriteString(html.EscapeString(p.Key))
	b.WriteString(`" data-open="`)
	b.WriteString(strconv.FormatBool(p.Open))
	b.WriteString(`">`)
	b.WriteString(commentIcon())
	b.WriteString(`<span class="sr">`)
	b.WriteString(html.EscapeString(p.Number))
	b.WriteString(` </span><span data-count-text>`)
	b.WriteString(html.EscapeString(p.text(f)))
	b.WriteString(`</span><span class="paper">`) // a printed page invites nobody
	if p.Count > 0 {
		b.WriteString(html.EscapeString(f.N("parts.clause_paper", p.Count)))
	}
	b.WriteString(`</span>`)
	if p.New > 0 {
		b.WriteString(`<span class="count">`)
		b.WriteString(html.EscapeString(f.N("parts.count_new", p.New)))
		b.WriteString(`</span>`)
	}
	b.WriteString(`</a>`)
	if p.Counts != nil {
		writeStanceSplit(&b, f, *p.Counts)
	}
	return templ.Raw(b.String())
}

// text is what the link says: how many opinions there are and whether more can come.
func (p ClauseControlProps) text(f frontend.Frame) string {
	switch {
	case p.Count == 0 && p.Open:
		return f.T("parts.clause_first")
	case p.Open:
		return f.N("parts.clause_open", p.Count)
	case p.Count == 0:
		return f.T("parts.clause_none")
	}
	return f.N("parts.clause_closed", p.Count)
}

var commentIcon = sync.OnceValue(func() string {
	var b strings.Builder
	_ = Icon("comment").Render(context.Background(), &b) // a builder takes everything
	return b.String()
})
