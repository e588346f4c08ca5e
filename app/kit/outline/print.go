package outline

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// labelOf is how a warning names a clause.
func labelOf(c Clause) string {
	if c.Number != "" {
		return c.Number
	}
	return c.Key
}

func countText(n int) string { return strconv.Itoa(n) }

// shown is how many characters of a text a line of the tree holds.
const shown = 40

// Print writes the tree for people: key, number, title and the beginning of each
// text, indented by depth, and the warnings below. Messages are printed when they
// were filled, else codes and arguments.
func Print(w io.Writer, o Outline) error {
	var b strings.Builder
	if o.Title != "" {
		fmt.Fprintf(&b, "%s\n\n", o.Title)
	}
	for _, c := range o.Clauses {
		parts := []string{c.Number, c.Title, beginning(c.Text)}
		fmt.Fprintf(&b, "%-12s %s%s\n", c.Key, strings.Repeat("  ", max(c.Depth-1, 0)), strings.Join(filled(parts), " "))
	}
	if len(o.Warnings) > 0 {
		b.WriteString("\n")
	}
	for _, m := range o.Warnings {
		text := m.Message
		if text == "" {
			text = strings.Join(append([]string{m.Code}, m.Args...), " ")
		}
		fmt.Fprintf(&b, "! %d: %s\n", m.Line, text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func beginning(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > shown {
		return string([]rune(s)[:shown]) + "…"
	}
	return s
}

func filled(parts []string) []string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}
