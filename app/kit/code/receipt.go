// Package code makes and reads the codes that people hold: receipt codes that
// can be read aloud, one-time codes for signing in, opaque tokens for programs
// and links, and keyed hashes that stand for an identity. Everything secret
// comes from crypto/rand.
package code

import (
	"crypto/rand"
	"errors"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A receipt code has 8 symbols, shown as 7K4M-29QX: seven random ones and one
// check symbol, in Crockford's base 32 (no I, L, O, U).
//
// Is 35 random bits enough?
//
//   - Collisions: the store's unique key decides, and the caller draws again.
//     With a million receipts one draw in 34,000 has to be repeated.
//   - Guessing: the check symbol is public and protects nobody; 2^35 is what
//     counts. On a site with a million receipts one guess in 34,000 hits some
//     receipt. What a hit shows is the state and the dates, never the texts or
//     the name: those need the contact detail that was given, or the session.
//     Under a limit of 20 tries an hour from one network, one hit takes ten
//     weeks. A longer code would be typed wrongly more often by those for whom it is made.
//
// So the code is a name that is hard to guess, not a password; no verb may
// change anything for whoever shows nothing but the code.
const (
	random = 7
	total  = random + 1
	half   = total / 2
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Errors of [Parse]: what was typed cannot be a receipt code.
var (
	ErrLength = errors.New("code: a receipt code has 8 symbols")
	ErrSymbol = errors.New("code: a symbol that receipt codes do not have")
	ErrCheck  = errors.New("code: mistyped, the check symbol does not fit")
)

// New makes a receipt code such as 7K4M-29QX. The caller relies on a unique key
// and calls New again when it is taken.
func New() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the program first
	bits := uint64(0)
	for _, x := range b {
		bits = bits<<8 | uint64(x)
	}
	var s [total]byte
	for i := range random {
		s[i] = byte(bits & 31)
		bits >>= 5
	}
	s[random] = check(s[:random])
	return spell(s[:])
}

// Parse reads a receipt code as people type it and gives its one true form.
// Case, spaces, hyphens of any kind and full-width letters do not matter; I and
// L are read as 1, O as 0. It returns [ErrSymbol] for a foreign symbol,
// [ErrLength] for too few or too many, and [ErrCheck] for a slip: every single
// wrong symbol and every two exchanged symbols are caught.
func Parse(typed string) (string, error) {
	if len(typed) > 256 { // nobody types so much; do not fold a novel
		return "", ErrLength
	}
	s := make([]byte, 0, total)
	for _, r := range strings.ToUpper(norm.NFKC.String(typed)) {
		if separator(r) {
			continue
		}
		v := value(r)
		if v < 0 {
			return "", ErrSymbol
		}
		if len(s) == total {
			return "", ErrLength
		}
		s = append(s, byte(v))
	}
	if len(s) != total {
		return "", ErrLength
	}
	if check(s[:random]) != s[random] {
		return "", ErrCheck
	}
	return spell(s), nil
}

// Spelled writes a code symbol by symbol for screen readers, which would read
// 7K4M as a word: "7 K 4 M, 2 9 Q X". Anything but letters and digits divides
// groups.
func Spelled(code string) string {
	var out strings.Builder
	sep := ""
	for _, r := range code {
		if !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			if out.Len() > 0 {
				sep = ", "
			}
			continue
		}
		out.WriteString(sep)
		out.WriteRune(r)
		sep = " "
	}
	return out.String()
}

func spell(s []byte) string {
	b := make([]byte, 0, total+1)
	for i, v := range s {
		if i == half {
			b = append(b, '-')
		}
		b = append(b, alphabet[v])
	}
	return string(b)
}

// value is the number of a symbol, or -1.
func value(r rune) int {
	switch r {
	case 'I', 'L':
		return 1
	case 'O':
		return 0
	}
	return strings.IndexRune(alphabet, r)
}

// separator tells what people put between the halves, also by an input method.
func separator(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '-', '_', '.', '·', '−', 'ー', '—', '–', '‐', '‑', '―', '─', '\u200b', '\ufeff':
		return true
	}
	return false
}

// check gives the symbol that makes the weighted sum over the field of 32
// elements zero. Position i weighs α^(i+1), the check itself 1. All weights
// differ and none is zero, so that one wrong symbol changes the sum by
// w·(a−b) ≠ 0 and an exchange of two by (v−w)·(a−b) ≠ 0.
func check(s []byte) byte {
	sum, w := byte(0), byte(1)
	for _, v := range s {
		w = times(w, 2)
		sum ^= times(w, v)
	}
	return sum
}

// times multiplies in GF(32) modulo x^5+x^2+1.
func times(a, b byte) byte {
	p := byte(0)
	for range 5 {
		if b&1 == 1 {
			p ^= a
		}
		b >>= 1
		a <<= 1
		if a&32 != 0 {
			a ^= 0b100101
		}
	}
	return p
}
