// Package ical writes iCalendar files (RFC 5545) of deadlines and hearings, for
// people's own calendars.
package ical

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// MediaType is the content type of a calendar.
const MediaType = "text/calendar; charset=utf-8"

// Calendar is a list of dates under one name.
type Calendar struct {
	Name   string
	Lang   string // zh-CN, en
	Events []Event
}

// Event is one date. All times are written in UTC, so that every calendar
// shows them right without a table of zones.
type Event struct {
	// UID is unique in the world and lasting: the id of the thing, @, the site's host.
	UID string
	// Sequence counts the changes of time or place; a calendar replaces an
	// event by the one with the same UID and a higher number.
	Sequence int
	// Stamp is when this state of the event was written down (not when the file
	// was made: an unchanged event stays the same file).
	Stamp       time.Time
	Start, End  time.Time // End may be Start for a moment, such as a deadline
	Summary     string
	Description string
	Location    string
	URL         string // absolute, or empty
	Cancelled   bool
	// Tentative says that it may still come to nothing: somebody waits for a seat.
	Tentative bool
	// Organizer is who holds it, a mailto: or another absolute address, with the name
	// beside it; both may be empty.
	Organizer, OrganizerName string
	// Remind is how long before the start a calendar should ring; zero for never.
	Remind time.Duration
}

// ErrEvent says what an event lacks; the page that built it is at fault.
var ErrEvent = errors.New("ical: incomplete")

// Write writes the calendar as a publication (RFC 5546 §3.2.1), and one in which
// everything is cancelled as a cancellation (§3.2.5), so that calendars take the dates
// away. Nothing is written with [ErrEvent].
func Write(w io.Writer, c Calendar) error {
	out := ics.NewCalendar()
	out.SetProductId("-//Minyi//Minyi//EN")
	out.SetCalscale("GREGORIAN")
	out.SetMethod(method(c.Events))
	out.SetXWRCalName(legal(c.Name))
	seen := map[string]bool{}
	for _, e := range c.Events {
		if err := e.check(); err != nil {
			return err
		}
		if seen[e.UID] {
			return fmt.Errorf("%w: %s stands there twice", ErrEvent, e.UID)
		}
		seen[e.UID] = true
		add(out, e, c.Lang)
	}
	_, err := io.WriteString(w, fold(out.Serialize(ics.WithLineLength(unfolded), ics.WithNewLine("\r\n"))))
	return err
}

func method(events []Event) ics.Method {
	if len(events) == 0 || slices.ContainsFunc(events, func(e Event) bool { return !e.Cancelled }) {
		return ics.MethodPublish
	}
	return ics.MethodCancel
}

func (e Event) check() error {
	switch {
	case e.UID == "" || strings.ContainsFunc(e.UID, func(r rune) bool { return r <= ' ' || r > '~' }) || !strings.Contains(e.UID, "@"):
		return fmt.Errorf("%w: the uid %q", ErrEvent, e.UID)
	case e.Stamp.IsZero() || e.Start.IsZero() || e.End.Before(e.Start):
		return fmt.Errorf("%w: the times of %s", ErrEvent, e.UID)
	case strings.TrimSpace(e.Summary) == "" || e.Sequence < 0:
		return fmt.Errorf("%w: summary or sequence of %s", ErrEvent, e.UID)
	}
	for _, address := range []string{e.URL, e.Organizer} {
		if u, err := url.Parse(address); address != "" && (err != nil || !u.IsAbs() || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' })) {
			return fmt.Errorf("%w: the address of %s", ErrEvent, e.UID)
		}
	}
	return nil
}

func add(out *ics.Calendar, e Event, lang string) {
	v := out.AddEvent(e.UID)
	v.SetDtStampTime(e.Stamp)
	v.SetModifiedAt(e.Stamp)
	v.SetSequence(e.Sequence)
	v.SetStartAt(e.Start)
	if e.End.After(e.Start) {
		v.SetEndAt(e.End)
	}
	var in []ics.PropertyParameter
	if lang != "" {
		in = append(in, &ics.KeyValues{Key: "LANGUAGE", Value: []string{lang}})
	}
	v.SetSummary(legal(e.Summary), in...)
	if e.Description != "" {
		v.SetDescription(legal(e.Description), in...)
	}
	if e.Location != "" {
		v.SetLocation(legal(e.Location), in...)
	}
	if e.URL != "" {
		v.SetURL(e.URL)
	}
	if e.Organizer != "" {
		var named []ics.PropertyParameter
		if name := inParameter(e.OrganizerName); name != "" {
			named = append(named, ics.WithCN(name))
		}
		v.SetOrganizer(e.Organizer, named...)
	}
	switch {
	case e.Cancelled:
		v.SetStatus(ics.ObjectStatusCancelled)
	case e.Tentative:
		v.SetStatus(ics.ObjectStatusTentative)
	default:
		v.SetStatus(ics.ObjectStatusConfirmed)
	}
	// A deadline or a hearing to look on at does not make anybody busy.
	v.SetTimeTransparency(ics.TransparencyTransparent)
	if e.Remind > 0 && !e.Cancelled {
		a := v.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetDescription(legal(e.Summary))
		a.SetTrigger(fmt.Sprintf("-PT%dM", int(e.Remind/time.Minute)))
	}
}

// legal leaves out controls; line ends become those that the format escapes.
func legal(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, ""))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// inParameter is a text that may stand as the value of a parameter, which knows no
// escapes (RFC 5545 §3.2); what would have to be quoted is left out.
func inParameter(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if strings.ContainsRune("\";:,\\", r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, legal(s)))
}

// The library folds at word ends, which the format does not ask for, and
// writes the line ends of the system unless told; here lines are folded at 75
// bytes between characters and end with CR LF everywhere (RFC 5545 §3.1).
const unfolded = 1 << 30

func fold(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\r\n"), "\r\n") {
		n := 0
		for _, r := range line {
			w := len(string(r))
			if n+w > 75 {
				b.WriteString("\r\n ")
				n = 1
			}
			b.WriteRune(r)
			n += w
		}
		b.WriteString("\r\n")
	}
	return b.String()
}
