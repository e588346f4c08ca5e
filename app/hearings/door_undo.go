package hearings

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/models"
)

// undo takes back one showing: the person of the ticket has not come in after all.
// One that let nobody in, or was taken back before, is no error. One that is not known
// yet is kept as taken back, where the ticket is told: what a desk sends may arrive in
// another order.
func (s *Service) undo(ctx context.Context, who actor.Actor, h models.Hearing, in Shown) (Outcome, error) {
	out := Outcome{Key: in.Key, Result: "undone"}
	err := s.db.InTx(ctx, act(who, "undo_check_in", h), func(tx *models.Tx) error {
		if err := tx.LockSeats(); err != nil {
			return err
		}
		c, err := tx.CheckInByKey(in.Key)
		switch {
		case models.IsNotFound(err):
			return s.undoBefore(tx, who, h, in)
		case err != nil:
			return err
		case c.HearingID != h.ID:
			tx.Act.Silent, out.Result = true, "key_used"
			return nil
		}
		t, err := tx.Ticket(c.TicketID)
		if err != nil {
			return err
		}
		r, err := tx.Registration(t.RegistrationID)
		if err != nil {
			return err
		}
		cat, err := tx.Category(r.CategoryID)
		if err != nil {
			return err
		}
		out.Name, out.Category, out.Number = first(t.Name, r.Name), cat.Name(langOr(who.Lang)), r.Number
		if !c.Admitted {
			tx.Act.Silent = true
			return nil
		}
		tx.Act.Detail = map[string]any{"registration": r.ID, "number": r.Number, "desk": c.Desk}
		tx.Emit(models.HearingTopic(h.ID), "hearings.arrived", map[string]any{"id": h.ID})
		return tx.UndoCheckIn(c)
	})
	return out, err
}

// undoBefore keeps that a showing was taken back that has not arrived. It never looks up
// digits, which would be a way to try them.
func (s *Service) undoBefore(tx *models.Tx, who actor.Actor, h models.Hearing, in Shown) error {
	tx.Act.Silent = true
	typed, digits := readTicket(in.Ticket)
	if typed == "" || digits {
		return nil
	}
	t, err := shownTicket(tx, h.ID, typed)
	if models.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.Insert(&models.CheckIn{ID: models.NewID(tx.Now), HearingID: h.ID, TicketID: t.ID, Key: in.Key, Way: "name", At: tx.Now, CreatedBy: who.PersonID, CreatedAt: tx.Now, UndoneAt: &tx.Now})
}
