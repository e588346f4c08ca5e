package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"minyi/app/kit/text"
)

func TestCleanKeepsWhatPeopleSee(t *testing.T) {
	for in, want := range map[string]string{
		"  夜市太吵。\r\n\r\n\r\n\r\n\r\n谢谢 \n": "夜市太吵。\n\n\n谢谢",
		"a\u202Eb\u0000c\u200Bd":           "abcd",
		"\u3000\u3000空两格":                  "空两格",
		"e\u0301":                          "é",
		"\xff坏":                            "\uFFFD坏",
		"👩\u200d🌾":                         "👩\u200d🌾",
		"<script>alert(1)</script>":        "<script>alert(1)</script>",
	} {
		if got := text.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := text.Line(" 王\t \n 大\u3000明 "); got != "王 大 明" {
		t.Errorf("Line gave %q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\r\nb")
	f.Fuzz(func(t *testing.T, s string) {
		once := text.Clean(s)
		if !utf8.ValidString(once) || strings.ContainsAny(once, "\r\x00\u202e") {
			t.Fatalf("not clean: %q", once)
		}
		if text.Clean(once) != once {
			t.Fatalf("cleaning twice changes %q to %q", once, text.Clean(once))
		}
	})
}
