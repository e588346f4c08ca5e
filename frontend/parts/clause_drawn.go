package parts

import (
	"bytes"
	"context"
	"io"

	"github.com/a-h/templ"

	"minyi/frontend"
)

// DrawnClause is a clause drawn once for all readers of a language, with a gap in
// its margin. The text of a public version never changes, so only what stands in the
// gap, the control with its counts, is drawn for each page.
type DrawnClause struct{ before, after string }

// gap marks the margin while a clause is drawn. It holds a character that no text
// keeps: documents and forms are stripped of control characters.
const gap = "\x00margin\x00"

// DrawClause draws a clause whose props have no control.
func DrawClause(f frontend.Frame, p ClauseProps) (DrawnClause, error) {
	mark := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, gap)
		return err
	})
	var b bytes.Buffer
	if err := Clause(f, p).Render(templ.WithChildren(context.Background(), mark), &b); err != nil {
		return DrawnClause{}, err
	}
	before, after, _ := bytes.Cut(b.Bytes(), []byte(gap))
	return DrawnClause{string(before), string(after)}, nil
}

// Drawn fills the gap of a drawn clause with its control; nil leaves it empty.
func Drawn(f frontend.Frame, d DrawnClause, control *ClauseControlProps) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, d.before); err != nil {
			return err
		}
		if control != nil {
			if err := ClauseControl(f, *control).Render(ctx, w); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, d.after)
		return err
	})
}
