package models

import (
	"errors"
	"fmt"
	"time"
)

// Kind sorts errors by what the caller can do about them; one table at the edge
// turns it into an HTTP status.
type Kind int

// The kinds of error that people can meet.
const (
	Internal     Kind = iota // something broke on our side: 500
	Invalid                  // the input is wrong: 422
	NotFound                 // it is not there, or not for this reader: 404
	Conflict                 // somebody was faster, or it exists already: 409
	Forbidden                // known, but not allowed: 403
	SignIn                   // who are you? 401
	TooMany                  // slow down: 429
	Closed                   // the time for it is over or not yet come: 409
	Unavailable              // the store cannot take writes now: 503
	TooLarge                 // more bytes than allowed: 413
	Gone                     // it was there and was taken down: 410
	Precondition             // the form or ETag is stale: 412
	Unreadable               // no request of the form that was agreed: 400
	WrongMedia               // another kind of content than is taken: 415
)

// Error is an error that people see. Key names the sentence (translated at the
// edge), Args fill its placeholders as name, value pairs, Field names the form
// field at fault, Err is the cause for the log only.
type Error struct {
	Kind       Kind
	Key        string
	Args       []any
	Field      string
	RetryAfter time.Duration
	Err        error
	// Also holds further faults of the same input, so that a form can show all
	// of them at once.
	Also []*Error
}

// Error gives the text for logs, never for people.
func (e *Error) Error() string {
	s := e.Key
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Err != nil {
		s = fmt.Sprintf("%s: %v", s, e.Err)
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail makes an error of a kind with its text key and name, value pairs.
func Fail(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: args}
}

// FailField makes an Invalid error bound to a form field.
func FailField(field, key string, args ...any) *Error {
	return &Error{Kind: Invalid, Key: key, Field: field, Args: args}
}

// KindOf tells the kind of err; Internal for anything that is not an *Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// IsNotFound says whether err means that the thing is not there.
func IsNotFound(err error) bool { return err != nil && KindOf(err) == NotFound }

// Faults collects the faults of one input. The zero value is ready.
type Faults struct{ list []*Error }

// Add notes a fault of a field.
func (f *Faults) Add(field, key string, args ...any) {
	f.list = append(f.list, FailField(field, key, args...))
}

// Take adds the faults of another check. An error of any other kind is given back.
func (f *Faults) Take(err error) error {
	var e *Error
	if err == nil || !errors.As(err, &e) || e.Kind != Invalid {
		return err
	}
	one := *e
	one.Also = nil
	f.list = append(append(f.list, &one), e.Also...)
	return nil
}

// Err gives nil, or one Invalid error that carries all faults.
func (f *Faults) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	first := *f.list[0]
	first.Also = f.list[1:]
	return &first
}

// ErrNotFound is what finders return when there is no such row.
var ErrNotFound = Fail(NotFound, "error.not_found")
