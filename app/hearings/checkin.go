package hearings

import (
	"context"
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
	// Undo takes back the showing with this key instead; nothing else is read then.
	Undo bool `json:"undo"`
}

// Outcome is what the steward is told about one showing.
type Outcome struct {
	Key string `json:"key"`
	// Result is in (let in), already (came in before), reserve (waits at the door),
	// not_confirmed (see Status), wrong_hearing, unknown or undone.
	Result string `json:"result"`
	// Status is how the registration stands, where the ticket is known.
	Status   models.RegistrationStatus `json:"status,omitempty"`
	Name     string                    `json:"name"`
	Category string                    `json:"category"`
	Number   int64                     `json:"number"`
	Since    *time.Time                `json:"since,omitempty"` // of who came in before
	Desk     string                    `json:"desk,omitempty"`
}

// MostShown bounds what a desk sends at once after it was offline.
const MostShown = 2000

// CheckIn takes what a desk saw, one or a queue of it from a time offline. Of all
// showings of one ticket one is let in, whichever desks saw it. Errors: NotFound for
// who does not stand at this door, Closed (hearings.door_closed) outside the day of
// the hearing.
func (s *Service) CheckIn(ctx context.Context, who actor.Actor, hearingID string, list []Shown) ([]Outcome, error) {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return nil, err
	}
	if len(list) > MostShown {
		return nil, models.Fail(models.TooLarge, "error.too_large")
	}
	if err := s.doorOpen(h); err != nil {
		return nil, err
	}
	out := make([]Outcome, 0, len(list))
	for _, one := range list {
		do := s.admit
		if one.Undo {
			do = func(ctx context.Context, who actor.Actor, h models.Hearing, one Shown) (Outcome, error) {
				return s.undo(ctx, who, h, one.Key)
			}
		}
		got, err := do(ctx, who, h, one)
		if err != nil {
			return out, err
		}
		out = append(out, got)
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

func (s *Service) admit(ctx context.Context, who actor.Actor, h models.Hearing, in Shown) (Outcome, error) {
	out := Outcome{Key: in.Key}
	typed := text.Line(in.Ticket)
	if at := strings.LastIndex(typed, "/t/"); at >= 0 { // the camera reads the whole address
		typed = strings.TrimRight(typed[at+3:], "/")
	}
	if digits, err := code.ParseDigits(typed); err == nil {
		typed = digits
	}
	if in.Key == "" || len(in.Key) > 80 {
		return out, models.FailField("key", "hearings.key_wanted")
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
		t, err := tx.TicketIn(h.ID, typed)
		if models.IsNotFound(err) && models.IsID(typed) {
			if t, err = tx.Ticket(typed); err == nil && t.HearingID != h.ID {
				err = models.ErrNotFound
			}
		}
		if models.IsNotFound(err) {
			tx.Act.Silent, out.Result = true, "unknown"
			return nil
		}
		if err != nil {
			return err
		}
		return s.let(tx, h, t, in, who, &out)
	})
	if err == nil && out.Result == "unknown" {
		out.Result, err = s.elsewhere(ctx, h, typed)
	}
	return out, err
}

// elsewhere says whether what nobody here has is a ticket of another hearing: by its
// secret of any, by its digits of one on the days around this.
func (s *Service) elsewhere(ctx context.Context, h models.Hearing, typed string) (string, error) {
	if t, err := s.db.TicketByCode(ctx, typed); err == nil && t.HearingID != h.ID {
		return "wrong_hearing", nil
	} else if err != nil && !models.IsNotFound(err) {
		return "", err
	}
	found, err := s.db.TicketElsewhere(ctx, h.ID, typed, h.StartsAt.Add(-nearby), h.StartsAt.Add(nearby))
	if found {
		return "wrong_hearing", err
	}
	return "unknown", err
}

// nearby is how far another hearing may be whose digits somebody shows by mistake.
const nearby = 48 * time.Hour

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
		if before.TicketID != t.ID {
			return models.FailField("key", "hearings.key_used")
		}
		tx.Act.Silent = true
		switch out.Result = "in"; {
		case before.UndoneAt != nil:
			out.Result = "undone"
		case !before.Admitted:
			return s.seen(tx, t, out)
		}
		return nil
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
		out.Result = "reserve"
		return tx.MarkPresent(r.ID)
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

// callsBefore is how long before the start reserves may be called up.
const callsBefore = 30 * time.Minute

// CallReserves gives the seats of those who did not come to the reserves of the same
// category who wait at the door, in their order. It may be called when the hearing
// begins. It gives how many seats were called up. Errors: NotFound, Closed.
func (s *Service) CallReserves(ctx context.Context, who actor.Actor, hearingID, categoryID string) (noShows, called int, err error) {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return 0, 0, err
	}
	if err := s.doorOpen(h); err != nil {
		return 0, 0, err
	}
	if s.db.Now().Before(h.StartsAt.Add(-callsBefore)) {
		return 0, 0, models.Fail(models.Closed, "hearings.reserves_early")
	}
	err = s.db.InTx(ctx, act(who, "call_reserves", h), func(tx *models.Tx) error {
		noShows, called = 0, 0
		if err := tx.LockSeats(); err != nil {
			return err
		}
		c, err := tx.Category(categoryID)
		if err != nil || c.HearingID != h.ID {
			return models.ErrNotFound
		}
		absent, err := tx.AbsentOf(categoryID)
		if err != nil {
			return err
		}
		for _, r := range absent {
			if err := tx.TurnRegistration(r.ID, models.RegistrationConfirmed, models.Turn{To: models.RegistrationNoShow, Active: true}); err != nil {
				return err
			}
			if err := tx.FreeSeats(categoryID, r.Seats); err != nil {
				return err
			}
			noShows++
		}
		before, err := tx.Category(categoryID)
		if err != nil {
			return err
		}
		if err := s.promote(tx, h, categoryID, true); err != nil {
			return err
		}
		after, err := tx.Category(categoryID)
		called = after.Taken - before.Taken
		tx.Act.Detail = map[string]any{"category": c.Key, "no_shows": noShows, "called": called}
		tx.Emit(models.HearingTopic(h.ID), "hearings.reserves", map[string]any{"id": h.ID})
		return err
	})
	return noShows, called, err
}
