package hearings

import (
	"context"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/text"
	"minyi/models"
)

// Shown is one showing of a ticket at a desk.
type Shown struct {
	// Key is made at the desk, so that sending it again has one effect.
	Key string `json:"key"`
	// Ticket is the secret of the code, the six digits, or the ticket's id from the
	// list of names.
	Ticket string    `json:"ticket"`
	Way    string    `json:"way"` // camera, digits, name
	At     time.Time `json:"at"`
	Desk   string    `json:"desk"`
	// Undo takes back the showing with this key instead. Of the rest only Ticket is read
	// then: it keeps a showing that comes later than its undo from letting anybody in.
	Undo bool `json:"undo"`
}

// Outcome is what the steward is told about one showing.
type Outcome struct {
	Key string `json:"key"`
	// Result is in (let in), already (came in before), reserve (waits at the door),
	// not_confirmed (see Status), wrong_hearing, unknown, undone, key_used (the key is
	// that of another showing) or held (too many wrong digits; nothing was looked up).
	Result string `json:"result"`
	// Status is how the registration stands, where the ticket is known.
	Status   models.RegistrationStatus `json:"status,omitempty"`
	Name     string                    `json:"name"`
	Category string                    `json:"category"`
	Number   int64                     `json:"number"`
	Since    *time.Time                `json:"since,omitempty"` // of who came in before
	Desk     string                    `json:"desk,omitempty"`

	wait time.Duration // of who is held, until digits are looked up again
}

// MostShown bounds what a desk sends at once after it was offline.
const MostShown = 2000

// Merge is [Service.CheckIn] for what waited on a device. Sent is what the clock of that
// device said when it sent; the moments of the showings are put right by it, since a
// clock may be wrong by hours. Zero leaves them as they are.
func (s *Service) Merge(ctx context.Context, who actor.Actor, hearingID string, sent time.Time, list []Shown) ([]Outcome, error) {
	if !sent.IsZero() {
		list = slices.Clone(list)
		wrong := s.db.Now().Sub(sent)
		for i := range list {
			if !list[i].At.IsZero() {
				list[i].At = list[i].At.Add(wrong)
			}
		}
	}
	return s.CheckIn(ctx, who, hearingID, list)
}

// keyLimit bounds the key of a showing, in bytes.
const keyLimit = 80

// CheckIn takes what a desk saw, one or a queue of it from a time offline. Of all
// showings of one ticket one is let in, whichever desks saw it; one showing that
// cannot be taken keeps no other back. Errors: NotFound for who does not stand at this
// door, Closed (hearings.door_closed) outside the day of the hearing, TooLarge beyond
// [MostShown] and Invalid (key) for a showing without a key, both before anything was
// done, TooMany (hearings.digits_held) when nothing was looked up.
func (s *Service) CheckIn(ctx context.Context, who actor.Actor, hearingID string, list []Shown) ([]Outcome, error) {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return nil, err
	}
	if len(list) > MostShown {
		return nil, models.Fail(models.TooLarge, "hearings.shown_many", "most", MostShown)
	}
	for _, one := range list {
		if one.Key == "" || len(one.Key) > keyLimit || text.Line(one.Key) != one.Key {
			return nil, models.FailField("key", "hearings.key_wanted")
		}
	}
	if err := s.doorOpen(h); err != nil {
		return nil, err
	}
	out := make([]Outcome, 0, len(list))
	held := 0
	var wait time.Duration
	for _, one := range list {
		do := s.admit
		if one.Undo {
			do = s.undo
		}
		got, err := do(ctx, who, h, one)
		if err != nil {
			return out, err
		}
		if got.Result == "held" {
			held, wait = held+1, got.wait
		}
		out = append(out, got)
	}
	if held > 0 && held == len(list) {
		return nil, &models.Error{Kind: models.TooMany, Key: "hearings.digits_held", RetryAfter: wait}
	}
	return out, nil
}

// doorsBefore is how long before the start people are let in.
const doorsBefore = 4 * time.Hour

// doorOpen says whether people may be let in; what desks saw offline may still come
// in on the day after.
func (s *Service) doorOpen(h models.Hearing) error {
	now := s.db.Now()
	if h.PublishedAt == nil || h.CancelledAt != nil || h.StartsAt == nil || now.Before(h.StartsAt.Add(-doorsBefore)) || now.After(h.EndsAt.Add(24*time.Hour)) {
		return models.Fail(models.Closed, "hearings.door_closed")
	}
	return nil
}

// readTicket makes of what was shown what a ticket is found by: its digits, its secret
// or its id.
func readTicket(shown string) (typed string, digits bool) {
	typed = text.Line(shown)
	if at := strings.LastIndex(typed, "/t/"); at >= 0 { // the camera reads the whole address
		typed = strings.TrimRight(typed[at+3:], "/")
	}
	if six, err := code.ParseDigits(typed); err == nil {
		return six, true
	}
	return typed, false
}

// shownTicket finds the ticket of a hearing that was shown; NotFound when it has none.
func shownTicket(tx *models.Tx, hearingID, typed string) (models.Ticket, error) {
	t, err := tx.TicketIn(hearingID, typed)
	if models.IsNotFound(err) && models.IsID(typed) {
		if t, err = tx.Ticket(typed); err == nil && t.HearingID != hearingID {
			err = models.ErrNotFound
		}
	}
	return t, err
}

func (s *Service) admit(ctx context.Context, who actor.Actor, h models.Hearing, in Shown) (Outcome, error) {
	out := Outcome{Key: in.Key}
	typed, digits := readTicket(in.Ticket)
	if digits {
		if wait := s.guess(who, h); wait > 0 {
			out.Result, out.wait = "held", wait
			return out, nil
		}
	}
	if in.Way != "camera" && in.Way != "digits" && in.Way != "name" {
		in.Way = "digits"
	}
	a := act(who, "check_in", h)
	a.Tier = string(models.TierCheckedIn)
	err := s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := tx.LockSeats(); err != nil {
			return err
		}
		if in.At.IsZero() || in.At.After(tx.Now) || in.At.Before(h.StartsAt.Add(-doorsBefore)) {
			in.At = tx.Now
		}
		t, err := shownTicket(tx, h.ID, typed)
		if models.IsNotFound(err) {
			tx.Act.Silent, out.Result = true, "unknown"
			return nil
		}
		if err != nil {
			return err
		}
		return s.let(tx, h, t, in, who, &out)
	})
	if err != nil {
		return out, err
	}
	if out.Result != "unknown" {
		if digits {
			s.knew(who, h)
		}
		return out, nil
	}
	out.Result, err = s.elsewhere(ctx, who, h, typed, digits)
	return out, err
}

// let lets one ticket in, unless it was in before.
func (s *Service) let(tx *models.Tx, h models.Hearing, t models.Ticket, in Shown, who actor.Actor, out *Outcome) error {
	r, err := tx.Registration(t.RegistrationID)
	if err != nil {
		return err
	}
	c, err := tx.Category(r.CategoryID)
	if err != nil {
		return err
	}
	out.Name, out.Category, out.Number, out.Status = first(t.Name, r.Name), c.Name(langOr(who.Lang)), r.Number, r.Status
	if before, err := tx.CheckInByKey(in.Key); err == nil { // this showing was sent before
		tx.Act.Silent = true
		return s.again(tx, before, t, r, out)
	} else if !models.IsNotFound(err) {
		return err
	}
	row := &models.CheckIn{ID: models.NewID(tx.Now), HearingID: h.ID, TicketID: t.ID, Key: in.Key, Way: in.Way, Desk: text.Cut(text.Line(in.Desk), 40), At: in.At, CreatedBy: who.PersonID, CreatedAt: tx.Now}
	switch r.Status {
	case models.RegistrationConfirmed, models.RegistrationNoShow:
		if r.Status == models.RegistrationNoShow { // came late: in, if a seat is left
			ok, err := tx.TakeSeats(r.CategoryID, r.Seats)
			if err != nil {
				return err
			}
			if !ok {
				tx.Act.Silent, out.Result = true, "not_confirmed"
				return nil
			}
			if err := tx.TurnRegistration(r.ID, models.RegistrationNoShow, models.Turn{To: models.RegistrationConfirmed, Active: true}); err != nil {
				return err
			}
		}
	case models.RegistrationWaiting:
		if err := tx.MarkPresent(r.ID); err != nil {
			return err
		}
		called, err := s.calledNow(tx, h, r)
		if err != nil {
			return err
		}
		if !called {
			out.Result = "reserve"
			return tx.Insert(row)
		}
		out.Status = models.RegistrationConfirmed
	default:
		tx.Act.Silent, out.Result = true, "not_confirmed"
		return nil
	}
	firstTime, err := tx.Arrive(t.ID, in.At)
	if err != nil {
		return err
	}
	row.Admitted = firstTime
	tx.Act.Detail = map[string]any{"registration": r.ID, "number": r.Number, "admitted": firstTime, "at": in.At, "desk": row.Desk, "way": row.Way}
	if err := tx.Insert(row); err != nil {
		return err
	}
	if !firstTime {
		return s.seen(tx, t, out)
	}
	out.Result = "in"
	tx.Emit(models.HearingTopic(h.ID), "hearings.arrived", map[string]any{"id": h.ID})
	return nil
}

// again answers a showing that was sent before as it was answered then: a reserve who was
// told to wait is not let in because the same showing comes once more after the call.
func (s *Service) again(tx *models.Tx, before models.CheckIn, t models.Ticket, r models.Registration, out *Outcome) error {
	if before.TicketID != t.ID { // nothing is told of this ticket
		*out = Outcome{Key: out.Key, Result: "key_used"}
		return nil
	}
	if out.Result = "in"; before.Admitted {
		return nil
	}
	if before.UndoneAt != nil {
		out.Result = "undone"
		return nil
	}
	first, err := tx.AdmittedCheckIn(t.ID)
	if err != nil && !models.IsNotFound(err) {
		return err
	}
	if r.PresentAt != nil && (err != nil || first.CreatedAt.After(before.CreatedAt)) {
		out.Result = "reserve"
		return nil
	}
	return s.seen(tx, t, out)
}

// seen tells since when, and by which desk, a ticket is in.
func (s *Service) seen(tx *models.Tx, t models.Ticket, out *Outcome) error {
	out.Result = "already"
	c, err := tx.AdmittedCheckIn(t.ID)
	if models.IsNotFound(err) {
		return nil
	}
	out.Since, out.Desk = &c.At, c.Desk
	return err
}
