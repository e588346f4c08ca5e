package compare

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes a comparison for the terminal: one line for each row and the
// number of each verdict at the end. It returns the writer's error.
func Print(w io.Writer, r Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "OLD\tNEW\tCHANGE\tALIKE")
	count := map[Verdict]int{}
	for _, m := range r.Clauses {
		alike := "-"
		if m.Old != "" && m.New != "" {
			alike = fmt.Sprintf("%.0f%%", 100*m.Similarity)
		}
		change := string(m.Change)
		if m.Across {
			change += " (another level)"
		} else {
			count[m.Change]++
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", dash(m.Old), dash(m.New), change, alike)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, v := range []Verdict{Same, Edited, Moved, MovedEdited, Split, Merged, New, Deleted} {
		if i > 0 {
			if _, err := fmt.Fprint(w, ", "); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "%d %s", count[v], v); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

func dash(key string) string {
	if key == "" {
		return "-"
	}
	return key
}
