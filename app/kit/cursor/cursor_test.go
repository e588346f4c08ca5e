package cursor_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"minyi/app/kit/cursor"
)

func signer(t testing.TB, secret string) *cursor.Signer {
	t.Helper()
	s, err := cursor.NewSigner([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRoundTrip(t *testing.T) {
	s := signer(t, "0123456789abcdef")
	for _, fields := range [][]string{nil, {""}, {"", ""}, {"42", "01HX"}, {"意见", "a\x00b", strings.Repeat("x", 300)}} {
		c := s.Encode("opinions?sort=new", fields...)
		got, err := s.Decode("opinions?sort=new", c)
		if err != nil || !slices.Equal(got, fields) {
			t.Errorf("%q came back as %q, %v", fields, got, err)
		}
		if strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("%q does not fit into a URL as it stands", c)
		}
	}
}

func TestForeignCursorsAreRefused(t *testing.T) {
	s := signer(t, "0123456789abcdef")
	good := s.Encode("opinions?sort=new", "42", "01HX")
	for name, try := range map[string]struct {
		s       *cursor.Signer
		purpose string
		cursor  string
	}{
		"another order":      {s, "opinions?sort=old", good},
		"another list":       {s, "consultations", good},
		"another site":       {signer(t, "fedcba9876543210"), "opinions?sort=new", good},
		"empty":              {s, "opinions?sort=new", ""},
		"not base64":         {s, "opinions?sort=new", "!" + good},
		"padded":             {s, "opinions?sort=new", good + "="},
		"with a line end":    {s, "opinions?sort=new", good + "\n"},
		"cut":                {s, "opinions?sort=new", good[:len(good)-2]},
		"long":               {s, "opinions?sort=new", strings.Repeat("A", 5000)},
		"too many fields":    {s, "x", s.Encode("x", slices.Repeat([]string{"1"}, 17)...)},
		"purpose in the row": {s, "opinions?sort=new\x01", good},
	} {
		if got, err := try.s.Decode(try.purpose, try.cursor); !errors.Is(err, cursor.ErrInvalid) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for i := range good {
		for _, r := range []byte("AZaz09-_") {
			if bad := good[:i] + string(r) + good[i+1:]; bad != good {
				if _, err := s.Decode("opinions?sort=new", bad); err == nil {
					t.Fatalf("changed at %d and still taken", i)
				}
			}
		}
	}
	if _, err := cursor.NewSigner([]byte("short")); err == nil {
		t.Error("a short secret is taken")
	}
}

func FuzzDecode(f *testing.F) {
	s := signer(f, "0123456789abcdef")
	f.Add("p", s.Encode("p", "a", "b"))
	f.Add("p", "AAAA")
	f.Fuzz(func(t *testing.T, purpose, c string) {
		fields, err := s.Decode(purpose, c)
		if err == nil && s.Encode(purpose, fields...) != c {
			t.Fatalf("%q is a second spelling of %q", c, fields)
		}
	})
}
