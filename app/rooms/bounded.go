package rooms

import (
	"minyi/app/kit/text"
	"minyi/models"
)

// bounded reads one line of a form. What is longer than most characters is a fault of its
// field: nothing that somebody typed is cut off without a word.
func bounded(f *models.Faults, field, typed string, most int) string {
	s := text.Line(typed)
	within(f, field, s, most)
	return s
}

// within adds a fault to a field whose text has more than most characters.
func within(f *models.Faults, field, s string, most int) {
	if n := text.Length(s); n > most {
		f.Add(field, "rooms.too_long", "over", n-most, "most", most)
	}
}
