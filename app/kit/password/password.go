// Package password keeps passwords as argon2id hashes and refuses those that
// everybody guesses first. A check takes the same time whether or not there is
// an account to check against.
package password

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// Limits of a password, in characters.
const (
	Min = 8
	Max = 128
)

// Errors of [Check]: what is wrong with a password that somebody wants.
var (
	ErrShort  = errors.New("password: too short")
	ErrLong   = errors.New("password: too long")
	ErrCommon = errors.New("password: one of those that are guessed first")
)

// params cost about 30 ms and 19 MiB (OWASP's second choice for argon2id: m=19 MiB,
// t=2, p=1), so that a small machine can serve several people who sign in.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// working bounds how many hashes are computed at once: each takes its memory, and a
// crowd that signs in must not take all of it.
var working = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// Check gives nil for a password that may be used, else [ErrShort], [ErrLong] or
// [ErrCommon]. About names what the password must not be: the person's contacts.
func Check(password string, about ...string) error {
	if len(password) > longest {
		return ErrLong
	}
	n := utf8.RuneCountInString(fold(password))
	switch {
	case n < Min:
		return ErrShort
	case n > Max:
		return ErrLong
	}
	low := strings.ToLower(strings.TrimSpace(fold(password)))
	if common[low] || fewSigns(low) || inRow(low) {
		return ErrCommon
	}
	for _, a := range about {
		a = strings.ToLower(fold(a))
		local, _, _ := strings.Cut(a, "@")
		if own(low, a) || own(low, local) {
			return ErrCommon
		}
	}
	return nil
}

// own tells a password that is somebody's own word and at most three signs more.
func own(low, word string) bool {
	return len(word) >= 4 && strings.Contains(low, word) &&
		utf8.RuneCountInString(strings.Replace(low, word, "", 1)) <= 3
}

// longest is where hashing and folding stop, in bytes: a sign has at most four,
// and folding can shorten.
const longest = 16 * Max

// fold makes one password of what different keyboards send for it: composed and
// decomposed letters, and full-width ones of an input method that was left on.
func fold(password string) string { return norm.NFKC.String(password) }

// common are those of eight signs and more that lead the lists of leaked passwords
// and are neither one sign repeated nor signs in a row.
var common = map[string]bool{
	"password": true, "password1": true, "password123": true, "passw0rd": true, "p@ssw0rd": true, "qwertyuiop": true,
	"1q2w3e4r": true, "1q2w3e4r5t": true, "1qaz2wsx": true, "qazwsxedc": true, "qwer1234": true, "asdf1234": true, "abcd1234": true,
	"a1234567": true, "a12345678": true, "a123456789": true, "aa123456": true, "q1w2e3r4": true, "admin123": true, "admin888": true,
	"iloveyou": true, "woaini1314": true, "woaini520": true, "5201314520": true, "13145200": true, "88888888a": true, "zxcvbnm123": true,
	"abc12345": true, "abc123456": true, "qq123456": true, "wang1234": true, "letmein1": true, "welcome1": true, "asdfghjkl": true,
	"11223344": true, "12341234": true, "12344321": true, "87654321": true, "147258369": true, "789456123": true, "123123123": true,
}

// fewSigns tells a password made of one or two signs.
func fewSigns(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 3
}

// inRow tells 12345678, 87654321 and abcdefgh.
func inRow(s string) bool {
	up, down := true, true
	var last rune
	for i, r := range s {
		if i > 0 {
			up = up && (r == last+1 || last == '9' && r == '0')
			down = down && r == last-1
		}
		last = r
	}
	return up || down
}

// Hash makes the hash to store, with its own salt and parameters in it.
func Hash(password string) (string, error) {
	working <- struct{}{}
	defer func() { <-working }()
	return argon2id.CreateHash(fold(password), params)
}

// stranger is a hash that no password fits, for people who have none.
var stranger = sync.OnceValue(func() string {
	h, err := Hash("\x00 nobody types this \x00")
	if err != nil {
		panic(err) // the system has no randomness
	}
	return h
})

// Fits tells whether the password is the one of the hash. An empty hash (no
// account, no password) fits nothing and takes as long.
func Fits(password, hash string) bool {
	known := hash != ""
	if !known {
		hash = stranger()
	}
	if len(password) > longest { // nobody's password; do not hash a novel
		password = ""
		known = false
	}
	if !bearable(hash) { // damaged in the store: no password fits, as slowly as ever
		hash, known = stranger(), false
	}
	working <- struct{}{}
	defer func() { <-working }()
	ok, err := argon2id.ComparePasswordAndHash(fold(password), hash)
	return ok && err == nil && known
}

// bearable tells a hash that can be checked without taking the machine's memory
// or, with no rounds or lanes, stopping the program.
func bearable(hash string) bool {
	p, _, _, err := argon2id.DecodeHash(hash)
	return err == nil && p.Memory <= 256*1024 && p.Iterations >= 1 && p.Iterations <= 16 &&
		p.Parallelism >= 1 && p.Parallelism <= 16 && p.KeyLength >= 16 && p.KeyLength <= 128
}

// Stale tells that a hash was made more cheaply than today's: after the right
// password, store a new one.
func Stale(hash string) bool {
	p, _, _, err := argon2id.DecodeHash(hash)
	return err == nil && (p.Memory < params.Memory || p.Iterations < params.Iterations)
}
