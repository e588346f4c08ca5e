package hearings

import (
	"context"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// Propose is the first of the two steps to the public: an officer says that the
// hearing is ready. Errors: Invalid naming what the checklist misses, Closed when it
// is public, Conflict when it was proposed.
func (s *Service) Propose(ctx context.Context, who actor.Actor, id string) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if h.PublishedAt != nil {
		return models.Fail(models.Closed, "hearings.public")
	}
	if err := s.ready(ctx, h); err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "propose", h), func(tx *models.Tx) error { return tx.ProposeHearing(id, who.PersonID) })
}

// TakeBack undoes a proposal, so that the hearing can be edited again. Who returns a
// colleague's work says why; the note stays with the act, see [Returned].
// Errors: Invalid (note), Conflict when it is not proposed.
func (s *Service) TakeBack(ctx context.Context, who actor.Actor, id, note string) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if note, err = returnNote(who, h.ProposedBy, note); err != nil {
		return err
	}
	a := act(who, takenBack, h)
	a.Reason = note
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := tx.TakeBackHearing(id); err != nil {
			return err
		}
		return s.tellReturned(tx, who, h, "hearing_returned", h.ProposedBy, note, "/desk/hearings/"+id)
	})
}

// returnNote cleans the note with which something is returned to the officer who proposed
// it. A colleague's work is not returned without one. Errors: Invalid (note).
func returnNote(who actor.Actor, proposedBy, note string) (string, error) {
	if note = text.Clean(note); note == "" && proposedBy != "" && proposedBy != who.PersonID {
		return "", models.FailField("note", "hearings.return_note_wanted")
	}
	if over := text.Length(note) - ReasonLimit; over > 0 {
		return "", models.FailField("note", "hearings.too_long", "most", ReasonLimit, "over", over)
	}
	return note, nil
}

// tellReturned writes to the officer who proposed something that a colleague returned it,
// with the note; nothing to who takes back their own.
func (s *Service) tellReturned(tx *models.Tx, who actor.Actor, h models.Hearing, kind, to, note, url string) error {
	if to == "" || to == who.PersonID {
		return nil
	}
	p, err := tx.Person(to)
	if err != nil {
		return err
	}
	l := models.LetterTo(p, kind)
	l.DedupeKey = kind + ":" + h.ID + ":" + tx.Now.Format(time.RFC3339Nano)
	return tx.QueueLetter(l, map[string]string{"title": h.Title(p.Lang), "name": who.Name, "note": note, "url": url})
}

// takenBack names the act of [Service.TakeBack].
const takenBack = "take_back"

// Returned is why a colleague returned a hearing that was proposed.
type Returned struct {
	Note string
	By   string // name of the colleague
	At   time.Time
}

// returned gives the note with which a draft came back last; an empty one for drafts
// that are proposed, or never came back with one.
func (s *Service) returned(ctx context.Context, h models.Hearing) (Returned, error) {
	if h.PublishedAt != nil || h.ProposedBy != "" {
		return Returned{}, nil
	}
	return s.lastReturn(ctx, h, takenBack)
}

// lastReturn gives the note of the last act of a name about a hearing; an empty one where
// it had none.
func (s *Service) lastReturn(ctx context.Context, h models.Hearing, name string) (Returned, error) {
	list, err := s.db.AuditTrail(ctx, models.AuditFilter{About: models.HearingTopic(h.ID), Name: "hearings." + name, Limit: 1})
	if err != nil || len(list) == 0 || list[0].Reason == "" {
		return Returned{}, err
	}
	out := Returned{Note: list[0].Reason, At: list[0].At}
	out.By, err = s.Colleague(ctx, strings.TrimPrefix(list[0].By, "p:"))
	return out, err
}

// Colleague is how the desk names somebody who acted there; empty for who has no name, or
// is erased.
func (s *Service) Colleague(ctx context.Context, personID string) (string, error) {
	p, err := s.db.PersonByID(ctx, personID)
	if models.IsNotFound(err) {
		return "", nil
	}
	return first(p.Name, p.Nickname), err
}

// Publish is the second step, by another officer who read the hearing at a revision
// (0 for the present one). Errors: Forbidden (hearings.second_person) for the one
// who proposed, Conflict (error.stale, hearings.not_proposed), Invalid.
func (s *Service) Publish(ctx context.Context, who actor.Actor, id string, revision int64, idem models.Idem) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if h.PublishedAt == nil {
		switch {
		case revision != 0 && revision != h.Revision:
			return models.Fail(models.Conflict, "error.stale")
		case h.ProposedBy == "":
			return models.Fail(models.Conflict, "hearings.not_proposed")
		case h.ProposedBy == who.PersonID:
			return models.Fail(models.Forbidden, "hearings.second_person")
		}
		if err := s.ready(ctx, h); err != nil {
			return err
		}
	}
	a := act(who, "publish", h)
	a.Reason, a.Detail = h.OverrideZH, map[string]any{"proposed_by": h.ProposedBy, "starts_at": h.StartsAt}
	_, _, err = models.Once(ctx, s.db, a, idem, func(tx *models.Tx) (bool, error) {
		tx.Emit(models.HearingTopic(id), "hearings.published", map[string]any{"id": id})
		if h.ConsultationID != "" {
			tx.Emit(models.ConsultationTopic(h.ConsultationID), "hearings.published", map[string]any{"id": id})
			if err := s.tellFollowers(tx, h); err != nil {
				return false, err
			}
		}
		return true, tx.PublishHearing(id, who.PersonID, h.Revision)
	})
	return err
}

// MoveInput is a new time and place.
type MoveInput struct {
	StartsAt, EndsAt time.Time
	SignupClosesAt   *time.Time
	DrawAt           *time.Time
	PlaceZH, PlaceEN string
	// SamePlaceEN says that the English words for the place still hold although the
	// Chinese ones change.
	SamePlaceEN        bool
	OnlineURL          string
	ReasonZH, ReasonEN string
}

// Move changes time or place of a public hearing, keeps what was, and tells
// everybody who signed up. Errors: Invalid with fields, Conflict, Closed.
func (s *Service) Move(ctx context.Context, who actor.Actor, id string, sequence int, in MoveInput) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if state := h.State(s.db.Now()); state == models.HearingDraft || state == models.HearingEnded || state == models.HearingRecorded || state == models.HearingCancelled {
		return models.Fail(models.Closed, "hearings.over")
	}
	moved := h
	var faults models.Faults
	if !in.StartsAt.After(s.db.Now()) {
		faults.Add("starts_at", "hearings.starts_past")
	}
	dates := Input{SignupOpensAt: h.SignupOpensAt, SignupClosesAt: h.SignupClosesAt, DrawAt: h.DrawAt, StartsAt: &in.StartsAt, EndsAt: &in.EndsAt}
	if in.SignupClosesAt != nil {
		dates.SignupClosesAt = in.SignupClosesAt
	}
	if in.DrawAt != nil {
		dates.DrawAt = in.DrawAt
	}
	checkDates(&faults, &moved, &dates)
	line := liner(&faults)
	moved.PlaceZH, moved.PlaceEN, moved.OnlineURL = line("place_zh", in.PlaceZH, LineLimit), line("place_en", in.PlaceEN, 2*LineLimit), line("online_url", in.OnlineURL, addressLimit)
	checkAddress(&faults, moved.OnlineURL)
	if !in.SamePlaceEN && moved.PlaceZH != h.PlaceZH && moved.PlaceEN == h.PlaceEN && h.PlaceEN != "" {
		faults.Add("place_en", "hearings.place_en_old") // or readers of English go to the old place
	}
	if moved.PlaceZH == "" && moved.OnlineURL == "" {
		faults.Add("place_zh", "hearings.place_wanted")
	}
	zh, en := reason(&faults, in.ReasonZH, in.ReasonEN)
	if err := faults.Err(); err != nil {
		return err
	}
	a := act(who, "move", h)
	a.Reason, a.Detail = zh, map[string]any{"old": h.StartsAt, "new": in.StartsAt, "old_place": h.PlaceZH, "new_place": moved.PlaceZH}
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := tx.MoveHearing(moved, sequence); err != nil {
			return err
		}
		tx.Later(&models.HearingChange{ID: models.NewID(tx.Now), HearingID: id, Kind: "moved", OldStartsAt: h.StartsAt, OldEndsAt: h.EndsAt, NewStartsAt: &in.StartsAt, NewEndsAt: &in.EndsAt,
			OldPlaceZH: h.PlaceZH, OldPlaceEN: h.PlaceEN, ReasonZH: zh, ReasonEN: en, CreatedBy: who.PersonID, CreatedAt: tx.Now})
		tx.Emit(models.HearingTopic(id), "hearings.moved", map[string]any{"id": id, "starts_at": in.StartsAt})
		return s.tellAll(tx, moved, "hearing_moved", strconv.Itoa(sequence+1), nil, func(lang string) map[string]string { // moved back is moved once more
			return map[string]string{"old_at": models.LetterMoment(*h.StartsAt), "old_place": first(h.Place(lang), h.OnlineURL), "why": either(lang, zh, en)}
		})
	})
}

// Cancel ends a public hearing before it is over, with a published reason, and
// tells everybody who signed up. Errors: Invalid, Conflict.
func (s *Service) Cancel(ctx context.Context, who actor.Actor, id, reasonZH, reasonEN string) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	var faults models.Faults
	zh, en := reason(&faults, reasonZH, reasonEN)
	if err := faults.Err(); err != nil {
		return err
	}
	a := act(who, "cancel", h)
	a.Reason = zh
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		if err := tx.CancelHearing(id, zh, en); err != nil {
			return err
		}
		tx.Later(&models.HearingChange{ID: models.NewID(tx.Now), HearingID: id, Kind: "cancelled", OldStartsAt: h.StartsAt, OldEndsAt: h.EndsAt, OldPlaceZH: h.PlaceZH, OldPlaceEN: h.PlaceEN, ReasonZH: zh, ReasonEN: en, CreatedBy: who.PersonID, CreatedAt: tx.Now})
		tx.Emit(models.HearingTopic(id), "hearings.cancelled", map[string]any{"id": id})
		return s.tellAll(tx, h, "hearing_cancelled", "once", nil, func(lang string) map[string]string {
			return map[string]string{"why": either(lang, zh, en)}
		})
	})
}

// End closes a hearing that has begun, before its planned end. Errors: Closed
// (hearings.not_begun), Conflict when it is over.
func (s *Service) End(ctx context.Context, who actor.Actor, id string) error {
	h, err := s.door(ctx, who, id)
	if err != nil {
		return err
	}
	if h.PublishedAt == nil || h.CancelledAt != nil || h.StartsAt.After(s.db.Now()) {
		return models.Fail(models.Closed, "hearings.not_begun")
	}
	return s.db.InTx(ctx, act(who, "end", h), func(tx *models.Tx) error {
		tx.Emit(models.HearingTopic(id), "hearings.ended", map[string]any{"id": id})
		return tx.StampHearing(id, "ended")
	})
}

// reason checks a reason that will be published: Chinese is a duty.
func reason(faults *models.Faults, zh, en string) (string, string) {
	zh, en = text.Clean(zh), text.Clean(en)
	if zh == "" {
		faults.Add("reason_zh", "hearings.reason_wanted")
	}
	if over := text.Length(zh) - ReasonLimit; over > 0 {
		faults.Add("reason_zh", "hearings.too_long", "most", ReasonLimit, "over", over)
	}
	if over := text.Length(en) - 2*ReasonLimit; over > 0 {
		faults.Add("reason_en", "hearings.too_long", "most", 2*ReasonLimit, "over", over)
	}
	return zh, en
}
