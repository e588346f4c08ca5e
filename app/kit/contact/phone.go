package contact

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ParsePhone reads a phone number as typed: spaces, hyphens, brackets,
// full-width digits, +86, 0086 and 86 do not matter. Without a country it is a
// mainland one: a mobile number of 11 digits, or a fixed line with its area
// code (工业和信息化部 电信网编号计划: 010 and 02x with 8 digits, 03xx–09xx with
// 7 or 8). Numbers of other countries need + or 00 and 7 to 15 digits in all
// (ITU-T E.164); whether they exist only a message can tell. Service numbers
// (400, 95xxx) and extensions are refused. It returns [ErrEmpty],
// [ErrAreaCode], [ErrTooLong] or [ErrPhone].
func ParsePhone(typed string) (Contact, error) {
	d, err := digits(typed)
	if err != nil {
		return Contact{}, err
	}
	if rest, ok := strings.CutPrefix(d, "00"); ok {
		d = "+" + rest
	}
	rest, mainland := strings.CutPrefix(d, "+86")
	if !mainland && strings.HasPrefix(d, "+") {
		return foreign(d[1:])
	}
	if !mainland {
		rest = d
		if len(d) == 13 && strings.HasPrefix(d, "86") && isMobile(d[2:]) {
			rest = d[2:]
		}
	}
	return home(rest, mainland)
}

// digits folds what was typed to digits with at most one + in front.
func digits(typed string) (string, error) {
	if len(typed) > maxTyped {
		return "", ErrTooLong
	}
	var b strings.Builder
	for _, r := range norm.NFKC.String(typed) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" \t\r\n\u00a0-()[].·–—‐‑−─\u200b\u200e\u200f\u202a\u202c\u202d\u2060\ufeff", r):
			// written between digits, or copied along from an address book
		default:
			return "", ErrPhone
		}
	}
	if b.Len() == 0 {
		return "", ErrEmpty
	}
	return b.String(), nil
}

func isMobile(d string) bool { return len(d) == 11 && d[0] == '1' && d[1] >= '3' && d[1] <= '9' }

// home reads a mainland number. With +86 the leading zero of an area code is
// left out by those who know and typed by those who do not.
func home(d string, country bool) (Contact, error) {
	if isMobile(d) {
		return Contact{Kind: Phone, Value: d, Key: "+86" + d}, nil
	}
	if country && !strings.HasPrefix(d, "0") {
		d = "0" + d
	}
	if !strings.HasPrefix(d, "0") {
		if (len(d) == 7 || len(d) == 8) && d[0] >= '2' {
			return Contact{}, ErrAreaCode
		}
		return Contact{}, ErrPhone
	}
	area, line := splitArea(d)
	if line == "" || line[0] < '2' {
		return Contact{}, ErrPhone
	}
	return Contact{Kind: Phone, Value: area + "-" + line, Key: "+86" + area[1:] + line}, nil
}

// splitArea divides 01012345678 into 010 and 12345678; line is empty when the
// lengths do not fit.
func splitArea(d string) (area, line string) {
	n, short := 4, 7
	switch {
	case strings.HasPrefix(d, "010"), strings.HasPrefix(d, "02"):
		n, short = 3, 8
	case len(d) < 2 || d[1] < '3':
		return "", ""
	}
	if len(d) < n+short || len(d) > n+8 {
		return "", ""
	}
	return d[:n], d[n:]
}

func foreign(d string) (Contact, error) {
	switch {
	case len(d) > 15:
		return Contact{}, ErrTooLong
	case len(d) < 7 || d[0] == '0':
		return Contact{}, ErrPhone
	}
	return Contact{Kind: Phone, Value: "+" + d, Key: "+" + d}, nil
}

// maskPhone leaves the beginning that tells the region and the last four.
func (c Contact) maskPhone() string {
	v := c.Value
	if len(v) < 8 || !utf8.ValidString(v) {
		return "****"
	}
	last := v[len(v)-4:]
	if area, _, ok := strings.Cut(v, "-"); ok {
		return area + "-****" + last
	}
	head := 3
	if v[0] == '+' {
		head = min(4, len(v)-6) // at least two digits stay hidden
	}
	return v[:head] + "****" + last
}

// mostDialled bounds what an office prints as its telephone, in characters: two or
// three numbers with their extensions.
const mostDialled = 60

// dialled is one number as offices print it: a service number such as 12345, one with
// an area code, one with an extension.
var dialled = regexp.MustCompile(`^\+?[0-9][0-9 ()\-–—‐‑−·.]{1,23}(?:(?:转|分机|ext\.?|x|#)[ ]*[0-9]{1,6})?(?:\([^()0-9]{1,12}\))?$`)

// Dialled tells whether somebody who reads the line of an office can dial it. It is
// wider than [ParsePhone], which wants a number that a message can be sent to: service
// numbers, extensions and several numbers are taken.
func Dialled(line string) bool {
	line = strings.ToLower(norm.NFKC.String(line))
	if utf8.RuneCountInString(line) > mostDialled {
		return false
	}
	for _, one := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("、,;/或", r) }) {
		one = strings.TrimPrefix(strings.TrimSpace(one), "(") // (010) 12345678
		if !dialled.MatchString(one) {
			return false
		}
	}
	return strings.ContainsAny(line, "0123456789")
}
