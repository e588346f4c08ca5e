// Package letter sends letters to people: mails over SMTP and text messages
// over an HTTP gateway, or, where neither is set up, into a box that the
// operator can read. Whoever sends keeps the letter until a sender took it.
package letter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Channel is the way a letter goes.
type Channel string

// The channels; the values are stored.
const (
	Mail Channel = "mail"
	SMS  Channel = "sms"
)

// Letter is one letter to one person. It is written in full before it gets
// here, in the reader's language.
type Letter struct {
	// ID is unique and lasting: it becomes the Message-ID and the gateway's
	// idempotency key, so that a letter sent twice can be told.
	ID      string
	Channel Channel
	// To is a mail address or a phone number in E.164.
	To      string
	Subject string // mails only; one line
	Text    string // always there
	HTML    string // mails only; empty for a letter of plain text
	// UnsubscribeURL lets the reader end such letters with one click (RFC 8058:
	// a POST to an https address). Empty for letters that were asked for, such as codes.
	UnsubscribeURL string
	// At is when it was written, for the Date line; zero leaves it to the sender.
	At time.Time
}

// Sender takes letters. Nil means that the next station took the letter over.
// [Permanent] tells which errors make another try useless.
type Sender interface {
	Send(ctx context.Context, l Letter) error
}

// permanent marks an error that will come again however often one tries.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent tells whether a letter can never be sent as it is: a wrong address,
// a refused recipient. Everything else may succeed later.
func Permanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}

func never(format string, args ...any) error {
	return permanent{fmt.Errorf("letter: "+format, args...)}
}

// ErrNoSender says that nothing is set up for a letter's channel.
var ErrNoSender = errors.New("letter: no sender for this channel")

// Post hands each letter to the sender of its channel; a nil one gives [ErrNoSender].
type Post struct {
	Mail Sender
	SMS  Sender
}

// Send passes a letter on.
func (p Post) Send(ctx context.Context, l Letter) error {
	s := map[Channel]Sender{Mail: p.Mail, SMS: p.SMS}[l.Channel]
	if s == nil {
		return permanent{fmt.Errorf("%w: %s", ErrNoSender, l.Channel)}
	}
	return s.Send(ctx, l)
}

// Limits of a letter, in bytes. A text message of 500 characters already costs
// eight times one of 70.
const (
	maxSubject = 1000
	maxBody    = 1 << 20
	maxSMS     = 500 // characters
)

// check refuses what no sender may pass on, whoever wrote it.
func check(l Letter, c Channel) error {
	switch {
	case l.Channel != c:
		return never("a letter for %q came to the sender of %q", l.Channel, c)
	case l.ID == "" || strings.ContainsFunc(l.ID, unfitForID):
		return never("the id is empty or does not fit into a header")
	case strings.TrimSpace(l.Text) == "":
		return never("the text is empty")
	case !utf8.ValidString(l.Text) || !utf8.ValidString(l.HTML) || !utf8.ValidString(l.Subject):
		return never("not UTF-8")
	case strings.ContainsFunc(l.Subject, unicode.IsControl) || strings.ContainsFunc(l.To, unicode.IsControl):
		return never("a control character in a header")
	case len(l.Subject) > maxSubject || len(l.Text) > maxBody || len(l.HTML) > maxBody:
		return never("too long")
	case c == SMS && utf8.RuneCountInString(l.Text) > maxSMS:
		return never("more than %d characters in a text message", maxSMS)
	}
	return nil
}

func unfitForID(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
}
