package code

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// DigitsLength is the number of digits of a one-time code. A million codes, a
// life of minutes and five tries leave a guesser one chance in 200,000; more
// tries than that must end the code.
const DigitsLength = 6

// ErrDigits says that what was typed is not a one-time code.
var ErrDigits = errors.New("code: a one-time code has 6 digits")

// NewDigits makes a one-time code of 6 digits, leading zeros included. Every
// code is equally likely: draws beyond the last whole million are thrown away.
func NewDigits() string {
	const million = 1_000_000
	const end = (1 << 32) / million * million
	for {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		if n := binary.BigEndian.Uint32(b[:]); uint64(n) < end {
			return fmt.Sprintf("%06d", n%million)
		}
	}
}

// ParseDigits reads a one-time code as typed or pasted: spaces, hyphens and
// full-width digits do not matter. It returns [ErrDigits] for anything else.
func ParseDigits(typed string) (string, error) {
	if len(typed) > 64 {
		return "", ErrDigits
	}
	var b strings.Builder
	for _, r := range norm.NFKC.String(typed) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !separator(r):
			return "", ErrDigits
		}
	}
	if b.Len() != DigitsLength {
		return "", ErrDigits
	}
	return b.String(), nil
}

// NewToken makes an opaque token of 256 random bits: 43 symbols of base64url.
// Only its [Hash] is stored.
func NewToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Hash is the SHA-256 of a token in hexadecimal, the form to store and to look
// up by. It is for tokens of [NewToken] only: what people choose or what has
// few values (contacts, one-time codes) needs [KeyedHash] or a password hash.
func Hash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// KeyedHash is an HMAC-SHA-256 in hexadecimal over a purpose and the parts,
// under the site's secret. It stands for an identity where the identity itself
// must not: one person one voice per question, without a trace from question
// to question, by putting the question into the parts. Lengths are hashed too,
// so ("ab","c") and ("a","bc") differ. The key should have 32 random bytes.
func KeyedHash(key []byte, purpose string, parts ...string) string {
	m := hmac.New(sha256.New, key)
	write := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		m.Write(n[:])
		m.Write([]byte(s))
	}
	write(purpose)
	for _, p := range parts {
		write(p)
	}
	return hex.EncodeToString(m.Sum(nil))
}

// Same compares two hashes or codes in a time that does not tell where they
// differ.
func Same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
