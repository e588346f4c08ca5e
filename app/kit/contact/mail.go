package contact

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Limits of RFC 5321 §4.5.3.1, in bytes.
const (
	maxLocal = 64
	maxMail  = 254
)

// domains reads names as browsers do: case, full-width letters and the
// ideographic full stop are folded, rules of registration and of right-to-left
// labels are checked.
var domains = idna.New(
	idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true),
	idna.ValidateLabels(true), idna.VerifyDNSLength(true), idna.Transitional(false))

// ParseMail reads a mail address. International domains and local parts are
// taken (RFC 6531); quoted local parts, comments, addresses with a display name
// and bare IP addresses are not, because people type them only by mistake.
// The key is in small letters as a whole: two people with li@ and Li@ at one
// provider do not exist in practice. Dots and +tags are kept: what they mean
// is the provider's matter. It returns [ErrEmpty], [ErrTooLong] or [ErrMail].
func ParseMail(typed string) (Contact, error) {
	if len(typed) > maxTyped {
		return Contact{}, ErrTooLong
	}
	if !utf8.ValidString(typed) {
		return Contact{}, ErrMail
	}
	s := strings.TrimFunc(norm.NFKC.String(typed), unneeded)
	if s == "" {
		return Contact{}, ErrEmpty
	}
	s = strings.TrimPrefix(s, "mailto:")
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !goodLocal(local) {
		return Contact{}, ErrMail
	}
	ascii, err := domains.ToASCII(domain)
	if err != nil || !goodDomain(ascii) {
		return Contact{}, ErrMail
	}
	if len(local) > maxLocal || len(local)+1+len(ascii) > maxMail {
		return Contact{}, ErrTooLong
	}
	shown, err := domains.ToUnicode(ascii)
	if err != nil || !fits(shown) {
		shown = ascii
	}
	key := norm.NFC.String(strings.ToLower(local)) + "@" + ascii
	return Contact{Kind: Mail, Value: local + "@" + shown, Key: key}, nil
}

// Deliverable is the address as mail servers take it: the owner's spelling of
// the local part, the domain in ASCII. It is empty for a phone.
func (c Contact) Deliverable() string {
	if c.Kind != Mail {
		return ""
	}
	local, _, _ := strings.Cut(c.Value, "@")
	_, domain, _ := strings.Cut(c.Key, "@")
	return local + "@" + domain
}

// unneeded is what gets pasted around an address.
func unneeded(r rune) bool {
	return unicode.IsSpace(r) || r == '<' || r == '>' || r == '\u200b' || r == '\ufeff' || r == '\u2060'
}

// fits tells whether the Unicode form of a domain can stand in a Value: nothing
// in it may be taken for a delimiter.
func fits(domain string) bool { return !strings.ContainsAny(domain, "@ ,;<>\"") }

// atext are the symbols that a local part may have beside letters and digits.
const atext = "!#$%&'*+-/=?^_`{|}~."

func goodLocal(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		case r < utf8.RuneSelf:
			if !strings.ContainsRune(atext, r) {
				return false
			}
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			return false
		}
	}
	r, _ := utf8.DecodeRuneInString(s)
	return !unicode.IsMark(r)
}

// goodDomain wants at least two labels, the last one not a number: local hosts
// and IP addresses are no place where a resident's mail lives.
func goodDomain(ascii string) bool {
	i := strings.LastIndexByte(ascii, '.')
	if i <= 0 || i == len(ascii)-1 {
		return false
	}
	if _, err := netip.ParseAddr(ascii); err == nil {
		return false
	}
	return strings.ContainsFunc(ascii[i+1:], func(r rune) bool { return r >= 'a' && r <= 'z' })
}

func maskMail(v string) string {
	local, domain, _ := strings.Cut(v, "@")
	r, n := utf8.DecodeRuneInString(local)
	if n == 0 || n == len(local) {
		return "***@" + domain // one letter is the whole name
	}
	return string(r) + "***@" + domain
}
