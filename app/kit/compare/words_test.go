package compare

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What is folded without the tables of the library is folded as they say, alone and
// beside any other such character.
func TestCharactersAreFoldedAsTheLibraryFoldsThem(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		form, ok := folded(r)
		if !ok {
			continue
		}
		if want := norm.NFKC.String(string(r)); string(form) != want {
			t.Errorf("%U is folded to %q, want %q", r, form, want)
		}
		all.WriteRune(r)
	}
	text := all.String()
	if text += text; plain(text) != plain(norm.NFKC.String(text)) {
		t.Error("beside others they are folded otherwise")
	}
}
