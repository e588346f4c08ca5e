package hearings

import (
	"context"
	"slices"
	"strings"

	"minyi/app/kit/actor"
	"minyi/app/kit/record"
	"minyi/app/kit/text"
	"minyi/models"
)

// How those who took part correct and confirm the record, and how it is frozen.

// Correct asks for a correction of the record, by the secret of a ticket of somebody
// who took part. The same wish again, while it is open, is the same one. Errors: NotFound,
// Invalid (text, entry), Closed (hearings.record_closed), Forbidden (hearings.not_there),
// Conflict (record.wishes_many) for more than [record.MostWishes].
func (s *Service) Correct(ctx context.Context, who actor.Actor, ticket, entryID, wish string) error {
	r, h, err := s.participant(ctx, who, ticket)
	if err != nil {
		return err
	}
	if wish = text.Clean(wish); wish == "" {
		return models.FailField("text", "hearings.correction_wanted")
	}
	if over := text.Length(wish) - CorrectionLimit; over > 0 {
		return models.FailField("text", "hearings.too_long", "most", CorrectionLimit, "over", over)
	}
	about := models.HearingTopic(h.ID)
	return s.db.InTx(ctx, act(who, "correct", h), func(tx *models.Tx) error {
		if err := s.correctable(tx, about); err != nil {
			return err
		}
		one := models.RecordCorrection{ID: models.NewID(tx.Now), About: about, EntryID: entryID, RegistrationID: r.ID, Name: speakerName(r), Text: wish, CreatedAt: tx.Now}
		if kept, err := record.Wish(tx, one); !kept || err != nil {
			return err
		}
		tx.Act.Detail = map[string]any{"registration": r.ID}
		tx.Emit(models.HearingTopic(h.ID), "hearings.correction", map[string]any{"id": h.ID})
		return nil
	})
}

func (s *Service) correctable(tx *models.Tx, about string) error {
	rec, err := tx.RecordOf(about)
	if err != nil {
		return err
	}
	if !record.IsOpen(rec, tx.Now) {
		return models.Fail(models.Closed, "hearings.record_closed")
	}
	return nil
}

// participant finds the registration behind a ticket of somebody who was there. Errors:
// NotFound without a seat, Forbidden (hearings.not_there) for who had one and did not come.
func (s *Service) participant(ctx context.Context, who actor.Actor, ticket string) (models.Registration, models.Hearing, error) {
	r, h, err := s.owned(ctx, who, ticket)
	if err == nil && r.Status != models.RegistrationConfirmed {
		err = models.ErrNotFound
	}
	if err != nil {
		return r, h, err
	}
	tickets, err := s.db.TicketsOf(ctx, r.ID)
	if err != nil {
		return r, h, err
	}
	took, err := s.tookPart(ctx, r, tickets)
	if err == nil && !took {
		err = models.Fail(models.Forbidden, "hearings.not_there")
	}
	return r, h, err
}

// tookPart says whether somebody with a seat was there: a desk let in one of their tickets,
// or the record holds their words. The law has those who took part confirm the record, and
// nobody else can say whether it is right.
func (s *Service) tookPart(ctx context.Context, r models.Registration, tickets []models.Ticket) (bool, error) {
	if slices.ContainsFunc(tickets, func(t models.Ticket) bool { return t.ArrivedAt != nil }) {
		return true, nil
	}
	entries, err := s.db.RecordEntries(ctx, models.HearingTopic(r.HearingID))
	return spoke(r, entries), err
}

// spoke says whether a record holds somebody's words.
func spoke(r models.Registration, entries []models.RecordEntry) bool {
	return slices.ContainsFunc(entries, func(e models.RecordEntry) bool { return e.RegistrationID == r.ID })
}

// Confirm signs the record as it stands, or notes that somebody will not sign; by
// the secret of a ticket. The last word counts. Errors: as for [Service.Correct].
func (s *Service) Confirm(ctx context.Context, who actor.Actor, ticket string, signs bool) error {
	r, h, err := s.participant(ctx, who, ticket)
	if err != nil {
		return err
	}
	about := models.HearingTopic(h.ID)
	a := act(who, "confirm_record", h)
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := s.correctable(tx, about); err != nil {
			return err
		}
		rec, err := tx.RecordOf(about)
		if err != nil {
			return err
		}
		tx.Act.Detail = map[string]any{"registration": r.ID, "signed": signs, "revision": rec.Revision}
		return tx.ConfirmRecord(models.RecordConfirmation{About: about, RegistrationID: r.ID, Name: speakerName(r), Signed: signs, Way: "ticket", Revision: rec.Revision, CreatedAt: tx.Now})
	})
}

// DecideCorrection answers a wish for correction. An accepted one with a new text
// changes its entry; the old text stays in the audit row. Errors: NotFound, Invalid
// (note_<id>, text_<id>) without a reason for declining or for too long ones, Conflict when it was decided, Closed when
// the record is frozen.
func (s *Service) DecideCorrection(ctx context.Context, who actor.Actor, hearingID, correctionID string, accept bool, newText, note string) error {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return err
	}
	var faults models.Faults
	if note, newText = text.Clean(note), text.Clean(newText); !accept && note == "" {
		faults.Add("note_"+correctionID, "hearings.note_wanted")
	}
	if over := text.Length(newText) - EntryLimit; over > 0 {
		faults.Add("text_"+correctionID, "hearings.too_long", "most", EntryLimit, "over", over)
	}
	if over := text.Length(note) - noteLimit; over > 0 {
		faults.Add("note_"+correctionID, "hearings.too_long", "most", noteLimit, "over", over)
	}
	if err := faults.Err(); err != nil {
		return err
	}
	about := models.HearingTopic(hearingID)
	a := act(who, "decide_correction", h)
	a.Reason = note
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		rec, err := tx.RecordOf(about)
		if err != nil {
			return err
		}
		if rec.FrozenAt != nil {
			return models.Fail(models.Closed, "hearings.record_frozen")
		}
		list, err := tx.RecordCorrections(about)
		if err != nil {
			return err
		}
		entryID := ""
		found := false
		for _, c := range list {
			if c.ID == correctionID {
				entryID, found = c.EntryID, true
			}
		}
		if !found {
			return models.ErrNotFound
		}
		decision := "declined"
		if accept {
			decision = "accepted"
			if err := s.replaceEntry(tx, about, entryID, newText); err != nil {
				return err
			}
			if err := tx.SaveRecord(&rec, rec.Revision); err != nil {
				return err
			}
		}
		tx.Emit(models.HearingTopic(hearingID), "hearings.record_changed", map[string]any{"id": hearingID})
		return tx.DecideCorrection(correctionID, decision, note, who.PersonID)
	})
}

func (s *Service) replaceEntry(tx *models.Tx, about, entryID, newText string) error {
	if entryID == "" || newText == "" {
		return nil
	}
	entries, err := tx.RecordEntries(about)
	if err != nil {
		return err
	}
	for i := range entries {
		if entries[i].ID == entryID {
			tx.Act.Detail = map[string]any{"entry": entryID, "old": entries[i].TextZH}
			entries[i].TextZH = newText
		}
	}
	return tx.SetRecordEntries(about, entries)
}

// freeze ends the days of correction of a record, of a hearing or a room.
func (s *Service) freeze(ctx context.Context, r models.Record) error {
	id, isHearing := strings.CutPrefix(r.About, "hearing:")
	a := models.Act{By: actor.System.Voice(), Name: "hearings.freeze_record", About: r.About, UnitID: r.UnitID}
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		hash, now, err := record.Freeze(tx, r.About)
		if err != nil || !now {
			tx.Act.Silent = err == nil
			return err
		}
		tx.Act.Detail = map[string]any{"hash": hash}
		if !isHearing {
			return nil
		}
		tx.Emit(r.About, "hearings.recorded", map[string]any{"id": id, "hash": hash})
		return tx.StampHearing(id, "recorded")
	})
}
