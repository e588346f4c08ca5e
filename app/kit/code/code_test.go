package code_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"minyi/app/kit/code"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func TestNew(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[string]bool{}
	var first [32]int
	for range 20000 {
		c := code.New()
		if !shape.MatchString(c) {
			t.Fatalf("%q has not the form of a receipt code", c)
		}
		if got, err := code.Parse(c); err != nil || got != c {
			t.Fatalf("Parse(%q) = %q, %v", c, got, err)
		}
		if seen[c] {
			t.Fatalf("%q was drawn twice in 20,000 draws of 34,000,000,000", c)
		}
		seen[c] = true
		first[strings.IndexByte(alphabet, c[0])]++
	}
	for i, n := range first { // 625 expected, deviation 25
		if n < 450 || n > 800 {
			t.Errorf("symbol %c begins %d of 20,000 codes: the draw is not even", alphabet[i], n)
		}
	}
}

func TestParse(t *testing.T) {
	c := code.New()
	for !strings.Contains(c[1:], "0") || !strings.Contains(c[1:], "1") {
		c = code.New()
	}
	full := strings.Map(func(r rune) rune { return r + 0xFEE0 }, strings.ReplaceAll(c, "-", ""))
	for name, typed := range map[string]string{
		"as printed":         c,
		"small letters":      strings.ToLower(c),
		"without the hyphen": strings.ReplaceAll(c, "-", ""),
		"with spaces":        " " + strings.Join(strings.Split(c, ""), " ") + "\n",
		"full width":         full,
		"a Chinese dash":     strings.ReplaceAll(c, "-", "——"),
		"full-width hyphen":  strings.ReplaceAll(c, "-", "－"),
		"O for 0, I for 1":   strings.NewReplacer("0", "O", "1", "I").Replace(c),
		"o for 0, l for 1":   strings.NewReplacer("0", "o", "1", "l").Replace(c),
	} {
		if got, err := code.Parse(typed); err != nil || got != c {
			t.Errorf("%s: Parse(%q) = %q, %v; want %q", name, typed, got, err, c)
		}
	}
	for typed, want := range map[string]error{
		"":                         code.ErrLength,
		c[:8]:                      code.ErrLength,
		c + "7":                    code.ErrLength,
		"UUUU-UUUU":                code.ErrSymbol,
		"回执码":                      code.ErrSymbol,
		c[:8] + "<":                code.ErrSymbol,
		strings.Repeat("7", 1<<20): code.ErrLength,
	} {
		if got, err := code.Parse(typed); !errors.Is(err, want) || got != "" {
			t.Errorf("Parse(%.20q) = %q, %v; want %v", typed, got, err, want)
		}
	}
}

// The rule: whoever mistypes one symbol or exchanges two is told so, and never
// shown another person's receipt.
func TestCheckSymbolCatchesEverySlip(t *testing.T) {
	for range 50 {
		c := strings.ReplaceAll(code.New(), "-", "")
		for i := range c {
			for _, r := range alphabet {
				wrong := c[:i] + string(r) + c[i+1:]
				if _, err := code.Parse(wrong); wrong != c && !errors.Is(err, code.ErrCheck) {
					t.Fatalf("%s typed as %s: %v", c, wrong, err)
				}
			}
			for j := i + 1; j < len(c); j++ {
				b := []byte(c)
				b[i], b[j] = b[j], b[i]
				if _, err := code.Parse(string(b)); string(b) != c && !errors.Is(err, code.ErrCheck) {
					t.Fatalf("%s with places %d and %d exchanged: %v", c, i, j, err)
				}
			}
		}
	}
}

func TestSpelled(t *testing.T) {
	for in, want := range map[string]string{"7K4M-29QX": "7 K 4 M, 2 9 Q X", "": "", "-A-": "A"} {
		if got := code.Spelled(in); got != want {
			t.Errorf("Spelled(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDigits(t *testing.T) {
	var at [6][10]int
	for range 60000 {
		d := code.NewDigits()
		if len(d) != 6 {
			t.Fatalf("%q", d)
		}
		for i, r := range d {
			at[i][r-'0']++
		}
	}
	for i := range at {
		for d, n := range at[i] { // 6,000 expected, deviation 73
			if n < 5500 || n > 6500 {
				t.Errorf("digit %d stands %d times of 60,000 at place %d", d, n, i)
			}
		}
	}
	for _, typed := range []string{"048213", " 048 213 ", "048-213", "０４８２１３"} {
		if got, err := code.ParseDigits(typed); err != nil || got != "048213" {
			t.Errorf("ParseDigits(%q) = %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "04821", "0482133", "04821a", "٠٤٨٢١٣", strings.Repeat(" ", 100) + "048213"} {
		if _, err := code.ParseDigits(typed); !errors.Is(err, code.ErrDigits) {
			t.Errorf("ParseDigits(%q): %v", typed, err)
		}
	}
}

func TestTokens(t *testing.T) {
	a, b := code.NewToken(), code.NewToken()
	if a == b || !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(a) {
		t.Fatalf("tokens %q, %q", a, b)
	}
	// The known SHA-256 of "abc".
	if got := code.Hash("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("Hash(abc) = %s", got)
	}
	if !code.Same(code.Hash(a), code.Hash(a)) || code.Same(code.Hash(a), code.Hash(b)) {
		t.Error("Same does not compare")
	}
}

func TestKeyedHash(t *testing.T) {
	k := []byte("0123456789abcdef0123456789abcdef")
	base := code.KeyedHash(k, "voice", "person", "question")
	if len(base) != 64 || base != code.KeyedHash(k, "voice", "person", "question") {
		t.Fatal("not a stable hash")
	}
	for name, other := range map[string]string{
		"another key":        code.KeyedHash([]byte("x"), "voice", "person", "question"),
		"another purpose":    code.KeyedHash(k, "sign_in", "person", "question"),
		"another question":   code.KeyedHash(k, "voice", "person", "question2"),
		"parts run together": code.KeyedHash(k, "voice", "personq", "uestion"),
		"one part":           code.KeyedHash(k, "voice", "personquestion"),
	} {
		if other == base {
			t.Errorf("%s gives the same hash", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"7K4M-29QX", "7k4m29qx", "７Ｋ４Ｍ", "—", "\xff", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := code.Parse(typed)
		if err != nil {
			if c != "" {
				t.Fatalf("%q with error %v", c, err)
			}
			return
		}
		if again, err := code.Parse(c); err != nil || again != c {
			t.Fatalf("the true form %q of %q is not stable: %q, %v", c, typed, again, err)
		}
	})
}
