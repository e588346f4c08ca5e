package hearings

import (
	"context"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/text"
	"minyi/models"
)

// over are the states from which a registration does not come back.
var over = map[models.RegistrationStatus]bool{
	models.RegistrationWithdrawn: true, models.RegistrationDeclined: true, models.RegistrationNotDrawn: true,
	models.RegistrationExpired: true, models.RegistrationNoShow: true, models.RegistrationCancelled: true,
}

// Withdraw takes back a registration, by its id for its owner or an officer, or by
// the secret of its ticket for whoever holds that. The seat goes to the next in
// line at once. One that is withdrawn already is no error. Errors: NotFound, Closed
// (hearings.over) once the hearing has ended.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, idOrTicket string) error {
	r, h, err := s.owned(ctx, who, idOrTicket)
	if err != nil {
		return err
	}
	if r.Status == models.RegistrationWithdrawn {
		return nil
	}
	if s.isOver(h) {
		return models.Fail(models.Closed, "hearings.over")
	}
	return s.db.InTx(ctx, act(who, "withdraw", h), func(tx *models.Tx) error {
		if err := tx.LockSeats(); err != nil {
			return err
		}
		r, err := tx.Registration(r.ID)
		if err != nil {
			return err
		}
		if r.Status == models.RegistrationWithdrawn {
			tx.Act.Silent = true
			return nil
		}
		tx.Act.Detail = map[string]any{"registration": r.ID, "from": r.Status}
		if err := s.leave(tx, h, r, models.Turn{To: models.RegistrationWithdrawn}); err != nil {
			return err
		}
		tx.Emit(models.HearingTopic(h.ID), "hearings.withdrawn", map[string]any{"id": h.ID})
		ticket, err := tx.FirstTicket(r.ID)
		if err != nil {
			return err
		}
		return s.tell(tx, h, r, ticket, "hearing_withdrawn", "once", nil)
	})
}

// isOver says that nobody gets, takes or leaves a seat any more: the hearing has ended
// or was cancelled.
func (s *Service) isOver(h models.Hearing) bool {
	switch h.State(s.db.Now()) {
	case models.HearingEnded, models.HearingRecorded, models.HearingCancelled:
		return true
	}
	return false
}

// leave ends a registration and gives its seats or places to the next.
func (s *Service) leave(tx *models.Tx, h models.Hearing, r models.Registration, t models.Turn) error {
	if over[r.Status] {
		return models.Fail(models.Conflict, "error.stale")
	}
	if err := tx.TurnRegistration(r.ID, r.Status, t); err != nil {
		return err
	}
	switch {
	case r.Status.HoldsSeat():
		if err := tx.FreeSeats(r.CategoryID, r.Seats); err != nil {
			return err
		}
		if h.StartsAt == nil || tx.Now.Before(*h.StartsAt) { // at the door reserves are called up, see CallReserves
			return s.promote(tx, h, r.CategoryID, false)
		}
	case r.Status == models.RegistrationWaiting:
		return tx.LeaveQueue(r.CategoryID, r.Seats)
	}
	return nil
}

// promote gives the free seats of a category to the next in line, in order. A seat
// is offered for a while where the hearing says so and there is time; else it is
// theirs. present looks only at those who wait at the door.
func (s *Service) promote(tx *models.Tx, h models.Hearing, categoryID string, present bool) error {
	if h.CancelledAt != nil || h.EndedAt != nil {
		return nil
	}
	for {
		c, err := tx.Category(categoryID)
		if err != nil {
			return err
		}
		free := c.Seats - c.Taken
		if free <= 0 {
			return nil
		}
		r, err := tx.NextWaiting(c.ID, free, present)
		if models.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		ok, err := tx.TakeSeats(c.ID, r.Seats)
		if err != nil || !ok {
			return err
		}
		if err := tx.LeaveQueue(c.ID, r.Seats); err != nil {
			return err
		}
		if err := s.raise(tx, h, r, present); err != nil {
			return err
		}
	}
}

// raise turns one who waited into one who has a seat, or is offered one.
func (s *Service) raise(tx *models.Tx, h models.Hearing, r models.Registration, present bool) error {
	until := offerUntil(h, tx.Now)
	turn := models.Turn{To: models.RegistrationConfirmed, Active: true}
	kind := "hearing_promoted"
	if until != nil && !present {
		turn.To, turn.OfferUntil, kind = models.RegistrationOffered, until, "hearing_offered"
	}
	ticket, err := turned(tx, r.ID, models.RegistrationWaiting, turn)
	if err != nil {
		return err
	}
	tx.Emit(models.HearingTopic(h.ID), "hearings.promoted", map[string]any{"id": h.ID})
	extra := map[string]string{}
	if until != nil {
		extra["until_by"] = models.LetterMoment(*until)
	}
	return s.tell(tx, h, r, ticket, kind, tx.Now.Format(time.RFC3339Nano), extra)
}

// turned turns a registration, numbers its tickets once it has seats, and gives the
// code of the first, which stands in the letter about it.
func turned(tx *models.Tx, id string, from models.RegistrationStatus, turn models.Turn) (string, error) {
	if err := tx.TurnRegistration(id, from, turn); err != nil {
		return "", err
	}
	if turn.To == models.RegistrationConfirmed {
		if err := tx.NumberTickets(id, code.NewDigits); err != nil {
			return "", err
		}
	}
	return tx.FirstTicket(id)
}

// shortestOffer is the least time that an offer leaves; with less, the seat is given.
const shortestOffer = time.Hour

// offerUntil is when an offer made now ends; nil when the seat is given at once.
func offerUntil(h models.Hearing, now time.Time) *time.Time {
	if h.OfferHours == 0 || h.StartsAt == nil {
		return nil
	}
	until := now.Add(time.Duration(h.OfferHours) * time.Hour)
	if last := h.StartsAt.Add(-24 * time.Hour); until.After(last) {
		until = last
	}
	if until.Before(now.Add(shortestOffer)) {
		return nil
	}
	return &until
}

// Accept takes an offered seat, by the secret of the ticket. Accepting twice is no
// error. Errors: NotFound, Closed (hearings.offer_over) when the offer has ended.
func (s *Service) Accept(ctx context.Context, who actor.Actor, ticket string) error {
	r, h, err := s.owned(ctx, who, ticket)
	if err != nil {
		return err
	}
	if r.Status == models.RegistrationConfirmed {
		return nil
	}
	if s.isOver(h) {
		return models.Fail(models.Closed, "hearings.over")
	}
	return s.db.InTx(ctx, act(who, "accept", h), func(tx *models.Tx) error {
		r, err := tx.Registration(r.ID)
		if err != nil {
			return err
		}
		if r.Status != models.RegistrationOffered || r.OfferUntil == nil || !tx.Now.Before(*r.OfferUntil) {
			return models.Fail(models.Closed, "hearings.offer_over")
		}
		if err := tx.TurnRegistration(r.ID, models.RegistrationOffered, models.Turn{To: models.RegistrationConfirmed, Active: true}); err != nil {
			return err
		}
		tx.Emit(models.HearingTopic(h.ID), "hearings.accepted", map[string]any{"id": h.ID})
		return tx.NumberTickets(r.ID, code.NewDigits)
	})
}

// Decide approves or declines a sign-up of a category with approval. An approved
// one that finds no seat waits. Errors: NotFound, also for a registration of another
// hearing, Invalid (note) without a reason for declining, Conflict when it was decided.
func (s *Service) Decide(ctx context.Context, who actor.Actor, hearingID, registrationID string, approve bool, note string) error {
	h, err := s.mine(ctx, who, hearingID)
	if err != nil {
		return err
	}
	r, err := s.db.RegistrationByID(ctx, registrationID)
	if err == nil && r.HearingID != hearingID {
		err = models.ErrNotFound
	}
	if err != nil {
		return err
	}
	if s.isOver(h) {
		return models.Fail(models.Closed, "hearings.over")
	}
	if note = text.Clean(note); !approve && note == "" {
		return models.FailField("note", "hearings.note_wanted")
	}
	if text.Length(note) > PointsLimit {
		return models.FailField("note", "hearings.too_long", "most", PointsLimit, "over", text.Length(note)-PointsLimit)
	}
	a := act(who, "decide", h)
	a.Detail = map[string]any{"registration": r.ID, "approved": approve, "reasoned": note != ""} // the reason stands on the sign-up and goes with it
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := tx.LockSeats(); err != nil {
			return err
		}
		turn, kind := models.Turn{To: models.RegistrationDeclined, By: who.PersonID, Note: note}, "hearing_declined"
		if approve {
			ok, err := tx.TakeSeats(r.CategoryID, r.Seats)
			if err != nil {
				return err
			}
			turn.Active, turn.To, kind = true, models.RegistrationConfirmed, "hearing_confirmed"
			if !ok {
				turn.To, kind = models.RegistrationWaiting, "hearing_waiting"
				if err := tx.FillQueue(r.CategoryID, r.Seats); err != nil {
					return err
				}
			}
		}
		ticket, err := turned(tx, r.ID, models.RegistrationPending, turn)
		if err != nil {
			return err
		}
		tx.Emit(models.HearingTopic(h.ID), "hearings.decided", map[string]any{"id": h.ID})
		return s.tell(tx, h, r, ticket, kind, "decided", map[string]string{"note": note})
	})
}

// expire ends an offer that was not answered, and gives the seat to the next.
func (s *Service) expire(ctx context.Context, r models.Registration) error {
	h, err := s.db.HearingByID(ctx, r.HearingID)
	if err != nil {
		return err
	}
	a := act(actor.System, "expire", h)
	a.Detail = map[string]any{"registration": r.ID}
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := tx.LockSeats(); err != nil {
			return err
		}
		now, err := tx.Registration(r.ID)
		if err != nil {
			return err
		}
		if now.Status != models.RegistrationOffered || now.OfferUntil == nil || now.OfferUntil.After(tx.Now) {
			tx.Act.Silent = true
			return nil
		}
		if err := s.leave(tx, h, now, models.Turn{To: models.RegistrationExpired}); err != nil {
			return err
		}
		ticket, err := tx.FirstTicket(r.ID)
		if err != nil {
			return err
		}
		if s.isOver(h) {
			return nil // that the hearing is cancelled says enough
		}
		return s.tell(tx, h, now, ticket, "hearing_expired", "once", nil)
	})
}

// owned finds a registration for who may act on it: the holder of its ticket's
// secret, its owner, or an officer of the hearing.
func (s *Service) owned(ctx context.Context, who actor.Actor, idOrTicket string) (models.Registration, models.Hearing, error) {
	var r models.Registration
	holder := false
	if models.IsID(idOrTicket) {
		found, err := s.db.RegistrationByID(ctx, idOrTicket)
		if err != nil {
			return r, models.Hearing{}, err
		}
		r = found
	} else {
		t, err := s.db.TicketByCode(ctx, idOrTicket)
		if err != nil {
			return r, models.Hearing{}, err
		}
		if r, err = s.db.RegistrationByID(ctx, t.RegistrationID); err != nil {
			return r, models.Hearing{}, err
		}
		holder = true
	}
	h, err := s.db.HearingByID(ctx, r.HearingID)
	if err != nil {
		return r, h, err
	}
	if holder || owns(who, r) {
		return r, h, nil
	}
	u, err := s.db.UnitByID(ctx, h.UnitID)
	if err != nil {
		return r, h, err
	}
	if who.Has(u.Path, models.Officer) {
		return r, h, nil
	}
	return r, h, models.ErrNotFound
}

func owns(who actor.Actor, r models.Registration) bool {
	if who.SignedIn() {
		return r.PersonID == who.PersonID
	}
	return who.Visit != "" && r.Voice == who.Voice() && r.EnteredBy == ""
}
