package operations

import "testing"

// Drawing has codes of receipts given by f until the test ends; it is given the true draw.
func Drawing(t testing.TB, f func(draw func() string) string) {
	before := draw
	draw = func() string { return f(before) }
	t.Cleanup(func() { draw = before })
}
