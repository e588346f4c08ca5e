package outline

import "slices"

// A place is a character of the document, counted from 1 with white space left out.
// Reading and fixing keep every character and their order, so that a place means the
// same spot however the clauses around it were joined, split or named anew. 0 is no
// place: what is about the whole file.

// characters counts the characters of a text, white space apart.
func characters(s string) int {
	n := 0
	for _, r := range s {
		if !blank(r) {
			n++
		}
	}
	return n
}

// ends are the last places of the clauses, in document order.
func (o Outline) ends() []int {
	list, n := make([]int, len(o.Clauses)), 0
	for i, c := range o.Clauses {
		n += characters(c.Number) + characters(c.Title) + characters(c.Text)
		list[i] = n
	}
	return list
}

// PlaceOf is the first place of a clause, 0 if there is none with this key.
func (o Outline) PlaceOf(key string) int {
	ends := o.ends()
	for i, c := range o.Clauses {
		if c.Key == key {
			if i == 0 {
				return 1
			}
			return ends[i-1] + 1
		}
	}
	return 0
}

// Holding gives the keys of the clauses that hold the places, in their order; "" for
// what is no place of this document.
func (o Outline) Holding(places ...int) []string {
	ends, keys := o.ends(), make([]string, len(places))
	for n, at := range places {
		if i, _ := slices.BinarySearch(ends, at); at > 0 && i < len(ends) {
			keys[n] = o.Clauses[i].Key
		}
	}
	return keys
}

// Cut is where in a text, in bytes, the character at a place begins; its length when
// the text ends before.
func Cut(text string, place int) int {
	for i, r := range text {
		if blank(r) {
			continue
		}
		if place--; place <= 0 {
			return i
		}
	}
	return len(text)
}

// locate gives the warnings their places: the beginning of the first block on their
// line, or of the nearest block before it.
func locate(warnings []Warning, blocks []block) {
	lines, begins, n := []int{}, []int{}, 0
	for _, b := range blocks {
		if k := len(lines); k == 0 || lines[k-1] < b.line {
			lines, begins = append(lines, b.line), append(begins, n+1)
		}
		n += characters(b.text)
	}
	for i := range warnings {
		w := &warnings[i]
		at, found := slices.BinarySearch(lines, w.Line)
		if !found {
			at--
		}
		if w.Line > 0 && len(lines) > 0 {
			w.Place = begins[max(at, 0)]
		}
	}
}
