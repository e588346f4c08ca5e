// Package contact reads the mail addresses and phone numbers that people type,
// gives each one true form, and shows them masked. It never asks the network.
package contact

import (
	"errors"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Kind says how a contact is reached.
type Kind string

// The kinds of contact; the values are stored.
const (
	Mail  Kind = "mail"
	Phone Kind = "phone"
)

// Contact is one way to reach a person.
type Contact struct {
	Kind Kind
	// Value is what its owner is shown: li@example.org, 13812345678,
	// 010-12345678, +85221234567.
	Value string
	// Key is the folded form by which two spellings are one contact: mail
	// addresses in small letters with an ASCII domain, phone numbers in E.164.
	Key string
}

// Errors of the parsers: what is wrong, for a sentence beside the field.
var (
	ErrEmpty    = errors.New("contact: nothing was typed")
	ErrMail     = errors.New("contact: not a mail address")
	ErrPhone    = errors.New("contact: not a phone number")
	ErrAreaCode = errors.New("contact: a fixed line needs its area code")
	ErrTooLong  = errors.New("contact: too long")
)

// maxTyped bounds what the parsers look at, in bytes: the longest mail address
// has 254, and full-width letters take three.
const maxTyped = 1024

// Parse reads a mail address or a phone number; an @ tells which. Errors are
// those of [ParseMail] and [ParsePhone].
func Parse(typed string) (Contact, error) {
	if strings.ContainsAny(typed, "@＠") {
		return ParseMail(typed)
	}
	if strings.IndexFunc(norm.NFKC.String(limit(typed)), func(r rune) bool { return r >= '0' && r <= '9' }) < 0 &&
		strings.TrimSpace(typed) != "" {
		return Contact{}, ErrMail // words without a digit: more likely half an address
	}
	return ParsePhone(typed)
}

// limit cuts what is only looked at to decide something.
func limit(s string) string {
	if len(s) > maxTyped {
		return s[:maxTyped]
	}
	return s
}

// CanText tells whether a text message can reach the contact: mainland mobile
// numbers, and foreign numbers, of which nobody here can know the kind.
func (c Contact) CanText() bool {
	if c.Kind != Phone {
		return false
	}
	national, mainland := strings.CutPrefix(c.Key, "+86")
	return !mainland || isMobile(national)
}

// Masked is the contact as others and logs may see it: z***@example.org,
// 138****5678, 010-****5678, +852****4567.
func (c Contact) Masked() string {
	if c.Kind == Mail {
		return maskMail(c.Value)
	}
	return c.maskPhone()
}

// MatchesLast4 tells whether typed are the last four digits of the phone
// number. Four digits are guessed in 10,000 tries: only for a second proof
// beside a receipt code, under a limit.
func (c Contact) MatchesLast4(typed string) bool {
	d, err := digits(typed)
	return err == nil && c.Kind == Phone && len(d) == 4 && !strings.HasPrefix(d, "+") &&
		len(c.Key) > 4 && strings.HasSuffix(c.Key, d)
}

// Matches tells whether typed names this contact: the whole number or mail
// address in any spelling, or the last four digits of a phone number.
func (c Contact) Matches(typed string) bool {
	if c.MatchesLast4(typed) {
		return true
	}
	other, err := Parse(typed)
	return err == nil && c.Key != "" && other.Kind == c.Kind && other.Key == c.Key
}
