package drafting

import (
	"context"
	"fmt"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// UndoFor is how long a publishing can be taken back, if nobody has written yet.
const UndoFor = 10 * time.Minute

// ReasonLimit bounds a published reason, in characters; twice that in English.
const ReasonLimit = 1000

// Propose is the first of the two steps to the public: an officer says that the
// consultation is ready. Errors: Invalid (drafting.not_ready) when the checklist
// still blocks, Closed when it is public.
func (s *Service) Propose(ctx context.Context, who actor.Actor, id string) error {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if c.PublishedAt != nil {
		return models.Fail(models.Closed, "drafting.public")
	}
	if err := s.ready(ctx, c); err != nil {
		return err
	}
	act := who.Act("consultations.propose", models.ConsultationTopic(id))
	act.UnitID = c.UnitID
	return s.db.InTx(ctx, act, func(tx *models.Tx) error { return tx.ProposeConsultation(id, who.PersonID) })
}

// TakeBack undoes a proposal, so that the consultation can be edited again.
func (s *Service) TakeBack(ctx context.Context, who actor.Actor, id string) error {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	act := who.Act("consultations.take_back", models.ConsultationTopic(id))
	act.UnitID = c.UnitID
	return s.db.InTx(ctx, act, func(tx *models.Tx) error { return tx.TakeBackProposal(id) })
}

// Publish is the second step, by another officer: the consultation and its first
// version become public; it opens at its opening time. Errors: Forbidden
// (drafting.second_person) for the one who proposed, Conflict, Invalid.
func (s *Service) Publish(ctx context.Context, who actor.Actor, id string, idem models.Idem) error {
	return s.PublishSeen(ctx, who, id, 0, idem)
}

// PublishSeen is [Service.Publish] by somebody who has read the consultation at a
// revision: what was changed since is not published unread, but Conflict.
func (s *Service) PublishSeen(ctx context.Context, who actor.Actor, id string, revision int64, idem models.Idem) error {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if revision != 0 && c.PublishedAt == nil && revision != c.Revision {
		return models.Fail(models.Conflict, "error.stale")
	}
	if c.ProposedBy == "" && c.PublishedAt == nil {
		return models.Fail(models.Conflict, "drafting.not_proposed")
	}
	if c.ProposedBy == who.PersonID && c.PublishedAt == nil {
		return models.Fail(models.Forbidden, "drafting.second_person")
	}
	if err := s.ready(ctx, c); err != nil {
		return err
	}
	act := who.Act("consultations.publish", models.ConsultationTopic(id))
	act.UnitID, act.Detail = c.UnitID, map[string]any{"proposed_by": c.ProposedBy, "opens_at": c.OpensAt, "closes_at": c.ClosesAt}
	_, _, err = models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (bool, error) {
		if err := tx.PublishConsultation(id, who.PersonID, c.Revision); err != nil {
			return false, err
		}
		versions, err := tx.Versions(id)
		if err != nil {
			return false, err
		}
		for _, v := range versions {
			if v.PublishedAt == nil {
				if err := tx.PublishVersion(v.ID); err != nil {
					return false, err
				}
			}
		}
		tx.Emit(models.ConsultationTopic(id), "consultations.published", map[string]any{"id": id})
		return true, nil
	})
	return err
}

// Undo takes a publishing back within [UndoFor], if nobody has written yet.
// Errors: Closed (drafting.undo_late), Conflict when opinions are there.
func (s *Service) Undo(ctx context.Context, who actor.Actor, id string) error {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	act := who.Act("consultations.undo_publish", models.ConsultationTopic(id))
	act.UnitID = c.UnitID
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		if c.PublishedAt == nil || tx.Now.After(c.PublishedAt.Add(UndoFor)) {
			return models.Fail(models.Closed, "drafting.undo_late")
		}
		if err := tx.Unpublish(id); err != nil {
			return err
		}
		versions, err := tx.Versions(id)
		if err != nil {
			return err
		}
		for _, v := range versions {
			if v.PublishedAt == nil {
				continue
			}
			if err := tx.HideVersion(v.ID); err != nil {
				return err
			}
		}
		tx.Emit(models.ConsultationTopic(id), "consultations.unpublished", map[string]any{"id": id})
		return nil
	})
}

// PublishVersion makes the newest version of a public consultation public; from
// then on it never changes. The one who imported it cannot also publish it.
// Errors: Forbidden (drafting.second_person), Conflict, Closed after the answer.
func (s *Service) PublishVersion(ctx context.Context, who actor.Actor, id string, number int, idem models.Idem) error {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if c.PublishedAt == nil {
		return models.Fail(models.Conflict, "drafting.consultation_first")
	}
	if c.WithdrawnAt != nil || c.AnsweredAt != nil {
		return models.Fail(models.Closed, "drafting.over")
	}
	act := who.Act("versions.publish", models.ConsultationTopic(id))
	act.UnitID, act.Detail = c.UnitID, map[string]any{"version": number}
	_, _, err = models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (bool, error) {
		versions, err := tx.Versions(id)
		if err != nil {
			return false, err
		}
		for _, v := range versions {
			if v.Number != number {
				continue
			}
			if v.CreatedBy == who.Voice() {
				return false, models.Fail(models.Forbidden, "drafting.second_person")
			}
			tx.Emit(models.ConsultationTopic(id), "versions.published", map[string]any{"id": id, "version": number})
			if err := s.tell(tx, c, "consultation_version", fmt.Sprint(number)); err != nil {
				return false, err
			}
			return true, tx.PublishVersion(v.ID)
		}
		return false, models.ErrNotFound
	})
	return err
}

// Extend moves the closing time of an open consultation to a later one; the old
// time and the reason stay public. Errors: Invalid with fields, Closed.
func (s *Service) Extend(ctx context.Context, who actor.Actor, id string, closes time.Time, due *time.Time, reasonZH, reasonEN string) error {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	var faults models.Faults
	reasonZH, reasonEN = text.Clean(reasonZH), text.Clean(reasonEN)
	reasonFaults(&faults, reasonZH, reasonEN)
	if c.ClosesAt == nil || !closes.After(*c.ClosesAt) {
		faults.Add("closes_at", "drafting.extend_later")
	}
	if due != nil && due.Before(closes) {
		faults.Add("response_due_at", "drafting.due_before_closing")
	}
	if err := faults.Err(); err != nil {
		return err
	}
	if due == nil && c.ResponseDueAt != nil { // the answer moves with the closing
		moved := c.ResponseDueAt.Add(closes.Sub(*c.ClosesAt))
		due = &moved
	}
	act := who.Act("consultations.extend", models.ConsultationTopic(id))
	act.UnitID, act.Reason, act.Detail = c.UnitID, reasonZH, map[string]any{"old": c.ClosesAt, "new": closes}
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		if c.Status(tx.Now) != models.StatusOpen && c.Status(tx.Now) != models.StatusScheduled {
			return models.Fail(models.Closed, "drafting.extend_closed")
		}
		tx.Later(&models.Extension{ID: models.NewID(tx.Now), ConsultationID: id, OldClosesAt: *c.ClosesAt, NewClosesAt: closes, ReasonZH: reasonZH, ReasonEN: reasonEN, CreatedBy: who.PersonID, CreatedAt: tx.Now})
		tx.Emit(models.ConsultationTopic(id), "consultations.extended", map[string]any{"id": id, "closes_at": closes})
		moved := c
		moved.ClosesAt = &closes
		if err := s.tell(tx, moved, "consultation_extended", fmt.Sprint(closes.Unix())); err != nil {
			return err
		}
		return tx.MoveClosing(id, *c.ClosesAt, closes, due)
	})
}

// Withdraw takes a public consultation back with a published reason; its opinions
// stay. Errors: Invalid, Conflict when it is answered or withdrawn already.
func (s *Service) Withdraw(ctx context.Context, who actor.Actor, id, reasonZH, reasonEN string) error {
	c, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	reasonZH, reasonEN = text.Clean(reasonZH), text.Clean(reasonEN)
	var faults models.Faults
	if reasonFaults(&faults, reasonZH, reasonEN); faults.Err() != nil {
		return faults.Err()
	}
	act := who.Act("consultations.withdraw", models.ConsultationTopic(id))
	act.UnitID, act.Reason = c.UnitID, reasonZH
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		tx.Emit(models.ConsultationTopic(id), "consultations.withdrawn", map[string]any{"id": id})
		if err := s.tell(tx, c, "consultation_withdrawn", "once"); err != nil {
			return err
		}
		return tx.WithdrawConsultation(id, reasonZH, reasonEN)
	})
}

// reasonFaults checks a reason that will be published: Chinese is a duty.
func reasonFaults(faults *models.Faults, zh, en string) {
	if zh == "" {
		faults.Add("reason_zh", "drafting.reason_wanted")
	}
	if over := text.Length(zh) - ReasonLimit; over > 0 {
		faults.Add("reason_zh", "drafting.too_long", "most", ReasonLimit, "over", over)
	}
	if over := text.Length(en) - 2*ReasonLimit; over > 0 {
		faults.Add("reason_en", "drafting.too_long", "most", 2*ReasonLimit, "over", over)
	}
}
