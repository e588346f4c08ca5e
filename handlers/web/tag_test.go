package web_test

import (
	"testing"

	"minyi/handlers/web"
)

// A reader asks with one tag, a list, a weak one or a star (RFC 9110 §13.1.2);
// a part of a tag is no tag.
func TestWhoHasAnAnswerAlreadyMayNameItInEveryWayOfHTTP(t *testing.T) {
	for header, want := range map[string]bool{
		`"abc"`: true, `W/"abc"`: true, `"x", "abc"`: true, `W/"x",W/"abc"`: true, `*`: true,
		``: false, `"x"`: false, `"xabc"`: false, `abc`: false, `,`: false,
	} {
		for _, tag := range []string{`"abc"`, `W/"abc"`} {
			if got := web.HasTag(header, tag); got != want {
				t.Errorf("If-None-Match: %s for %s gave %v", header, tag, got)
			}
		}
	}
}
