package parts

import (
	"bytes"
	"context"
	"testing"
)

func TestLinksOfADraftAreLinksOnlyToOtherSites(t *testing.T) {
	for text, want := range map[string]string{
		"plain <b>":                             "plain &lt;b&gt;",
		"see [M-15-13](https://example.org/a).": `see <a href="https://example.org/a" rel="noopener nofollow">M-15-13</a>.`,
		`[a](https://example.org "T") [b](#c)`:  `<a href="https://example.org" rel="noopener nofollow">a</a> b`,
		"[x](javascript:alert(1))":              "[x](javascript:alert(1))",
		"[x](javascript:void)":                  "x",
		"第三条 [附件](/f/) 照办":                      "第三条 附件 照办",
	} {
		var out bytes.Buffer
		if err := Prose(text).Render(context.Background(), &out); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != want {
			t.Errorf("%q is drawn as %q, want %q", text, got, want)
		}
	}
}
