package rooms

import (
	"cmp"

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
func within(f *models.Faults, field, s string, most int) { size{most: most}.check(f, field, s) }

// size is how long a text may be, in characters, and what is said of one that is missing
// or too long. One may be left out where nothing is said of that.
type size struct {
	most        int
	empty, long string
}

func questionSize(most int) size { return size{most, "rooms.body_empty", "rooms.body_long"} }

// check adds the fault of a field whose text, read as its kind is, has not the size; which
// are more arguments for what is said of one that is too long.
func (z size) check(f *models.Faults, field, s string, which ...any) {
	switch n := text.Length(s); {
	case n == 0 && z.empty != "":
		f.Add(field, z.empty)
	case n > z.most:
		f.Add(field, cmp.Or(z.long, "rooms.too_long"), append(which, "over", n-z.most, "most", z.most)...)
	}
}
