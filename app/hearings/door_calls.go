package hearings

import (
	"context"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
)

// callsBefore is how long before the start reserves may be called up.
const callsBefore = 30 * time.Minute

// CallReserves gives the seats of those who did not come to the reserves of the same
// category who wait at the door, in their order. It may be called when the hearing
// begins, and again: who was called up has come and loses nothing by another call. It
// gives how many registrations lost their seats and how many seats were called up.
// Errors: NotFound, Closed.
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
		if noShows+called == 0 { // another desk was first
			tx.Act.Silent = err == nil
			return err
		}
		tx.Emit(models.HearingTopic(h.ID), "hearings.reserves", map[string]any{"id": h.ID})
		return err
	})
	return noShows, called, err
}

// calledNow gives a reserve who comes late a seat that stayed free when reserves were
// called up, unless somebody who stands before them waits at the door for it. It says
// whether they have a seat.
func (s *Service) calledNow(tx *models.Tx, h models.Hearing, r models.Registration) (bool, error) {
	if tx.Now.Before(h.StartsAt.Add(-callsBefore)) {
		return false, nil
	}
	if err := s.promote(tx, h, r.CategoryID, true); err != nil {
		return false, err
	}
	now, err := tx.Registration(r.ID)
	return now.Status == models.RegistrationConfirmed, err
}
