package rooms

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/app/kit/text"
	"minyi/models"
)

// The record of a room of its own. That of a hearing is kept with the hearing, which
// takes over what its rooms leave. Both are frozen alike once the days for corrections
// are over, see models.RecordsToFreeze.

// EntryLimit is the most characters of an entry that a moderator writes anew.
const EntryLimit = 5000

// recordRule names the rule profile and the rule by which a record stays open for
// corrections; standardDays hold where it says nothing.
const (
	recordProfile = "hearing_default"
	recordRule    = "record_correction"
	standardDays  = 5
)

// Recording is the record of a room with all that hangs on it.
type Recording struct {
	Room models.Room
	models.Record
	models.RecordParts
}

// Record gives the record of a room of its own: to everybody once it is open for
// corrections, to moderators before. Errors: NotFound.
func (s *Service) Record(ctx context.Context, who actor.Actor, code string) (Recording, error) {
	room, err := s.Room(ctx, code)
	if err != nil {
		return Recording{}, err
	}
	v := Recording{Room: room}
	about := models.RoomTopic(room.Code)
	if v.Record, err = s.db.RecordOf(ctx, about); err != nil {
		return v, err
	}
	if v.OpenedAt == nil && s.moderates(ctx, who, room) != nil {
		return v, models.ErrNotFound
	}
	v.RecordParts, err = s.db.RecordParts(ctx, about)
	return v, err
}

// BeginRecord makes the record of a closed room from what was asked, answered and
// spoken; again, it adds what has come since. Errors: SignIn, NotFound, Closed
// (rooms.not_ended, rooms.record_open), Conflict (rooms.record_of_hearing).
func (s *Service) BeginRecord(ctx context.Context, who actor.Actor, code string) error {
	room, err := s.Moderated(ctx, who, code)
	switch {
	case err != nil:
		return err
	case room.HearingID != "":
		return models.Fail(models.Conflict, "rooms.record_of_hearing")
	case room.State != models.RoomClosed:
		return models.Fail(models.Closed, "rooms.not_ended")
	}
	d, err := s.draft(ctx, room)
	if err != nil {
		return err
	}
	about := models.RoomTopic(room.Code)
	return s.db.InTx(ctx, act(who, "rooms.begin_record", room), func(tx *models.Tx) error {
		r, err := tx.RecordOf(about)
		if models.IsNotFound(err) {
			r = models.Record{About: about, UnitID: room.UnitID, Revision: 1, CreatedBy: who.PersonID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			err = tx.Insert(&r)
		}
		if err != nil {
			return err
		}
		if r.OpenedAt != nil {
			return models.Fail(models.Closed, "rooms.record_open")
		}
		have, err := tx.RecordEntries(about)
		if err != nil {
			return err
		}
		return tx.SetRecordEntries(about, gather(have, d))
	})
}

// gather adds to a record what is not in it yet.
func gather(have []models.RecordEntry, d Draft) []models.RecordEntry {
	out := slices.Clone(have)
	add := func(e models.RecordEntry) {
		if !slices.ContainsFunc(have, func(h models.RecordEntry) bool { return h.Source == e.Source }) {
			out = append(out, e)
		}
	}
	for _, e := range d.Speakers {
		spoken := int(e.Spoken(d.At).Seconds())
		add(models.RecordEntry{AgendaID: e.AgendaItemID, Kind: "speech", Speaker: e.Name, RegistrationID: e.ID, Source: "speech:" + e.ID, SaidAt: e.BeganAt,
			TextZH: fmt.Sprintf("发言 %d 分 %d 秒", spoken/60, spoken%60), TextEN: fmt.Sprintf("Spoke for %d min %d s", spoken/60, spoken%60)})
	}
	for _, q := range d.Questions {
		at := q.CreatedAt
		add(models.RecordEntry{AgendaID: q.AgendaItemID, Kind: "question", Speaker: q.By(), RegistrationID: q.ID, Source: "question:" + q.ID, SaidAt: &at, TextZH: q.Body})
		if q.AnswerZH != "" || q.AnswerEN != "" || q.State == models.QuestionAnswered {
			add(models.RecordEntry{AgendaID: q.AgendaItemID, Kind: "answer", Speaker: q.Answerer, Source: "answer:" + q.ID, SaidAt: q.AnsweredAt, TextZH: q.AnswerZH, TextEN: q.AnswerEN})
		}
	}
	return out
}

// OpenRecord makes the record public and lets everybody who spoke or asked correct and
// confirm it for the days that the rule profile sets; then it is frozen. Errors:
// SignIn, NotFound, Conflict when it is open or somebody was faster.
func (s *Service) OpenRecord(ctx context.Context, who actor.Actor, code string) error {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return err
	}
	days, err := s.correctionDays(ctx, room)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "rooms.open_record", room), func(tx *models.Tx) error {
		r, err := tx.RecordOf(models.RoomTopic(room.Code))
		if err != nil {
			return err
		}
		if r.OpenedAt != nil {
			return models.Fail(models.Conflict, "rooms.record_open")
		}
		at, until := tx.Now, calendar.DayOf(tx.Now, s.zone).Add(days).End(s.zone).UTC()
		r.OpenedAt, r.CorrectionsUntil = &at, &until
		tx.Emit("", "rooms.record_opened", map[string]string{"room": room.Code})
		return tx.SaveRecord(&r, r.Revision)
	})
}

// correctionDays is how long a record stays open, by the unit's rule profile.
func (s *Service) correctionDays(ctx context.Context, room models.Room) (int, error) {
	var rules []calendar.Rule
	row, err := s.db.RuleProfile(ctx, recordProfile, room.UnitID)
	switch {
	case err == nil:
		if err := json.Unmarshal([]byte(row.Rules), &rules); err != nil {
			return 0, err
		}
	case models.IsNotFound(err):
		for _, p := range calendar.ShippedProfiles() {
			if p.Key == recordProfile {
				rules = p.Rules
			}
		}
	default:
		return 0, err
	}
	if r, ok := (calendar.Profile{Rules: rules}).Rule(recordRule); ok && r.Number > 0 {
		return int(r.Number), nil
	}
	return standardDays, nil
}

// took finds the entries of a record that are the actor's own words.
func (s *Service) took(ctx context.Context, who actor.Actor, v Recording) (own []models.RecordEntry, name string, err error) {
	questions, err := s.db.QuestionsBy(ctx, v.Room.ID, who.Voice())
	if err != nil {
		return nil, "", err
	}
	speakers, err := s.db.SpeakersOf(ctx, v.Room.ID)
	if err != nil {
		return nil, "", err
	}
	mine := map[string]bool{}
	for _, q := range questions {
		mine[q.ID] = true
	}
	for _, e := range speakers {
		mine[e.ID] = mine[e.ID] || e.Voice != "" && e.Voice == who.Voice()
	}
	for _, e := range v.Entries {
		if e.RegistrationID != "" && mine[e.RegistrationID] {
			own, name = append(own, e), e.Speaker
		}
	}
	return own, name, nil
}

// participant finds an open record for somebody whose words are in it. Errors:
// NotFound, Closed (rooms.record_closed).
func (s *Service) participant(ctx context.Context, who actor.Actor, code string) (Recording, []models.RecordEntry, string, error) {
	if !who.Known() {
		return Recording{}, nil, "", models.ErrNotFound
	}
	v, err := s.Record(ctx, who, code)
	if err != nil {
		return v, nil, "", err
	}
	own, name, err := s.took(ctx, who, v)
	switch {
	case err != nil:
		return v, own, name, err
	case len(own) == 0:
		return v, own, name, models.ErrNotFound
	case v.OpenedAt == nil || v.FrozenAt != nil || v.CorrectionsUntil == nil || !s.db.Now().Before(*v.CorrectionsUntil):
		return v, own, name, models.Fail(models.Closed, "rooms.record_closed")
	}
	return v, own, name, nil
}

// Correct asks for a correction of the actor's own words. Errors: NotFound, Closed,
// Invalid with a field.
func (s *Service) Correct(ctx context.Context, who actor.Actor, code, entryID, wish string) error {
	v, own, name, err := s.participant(ctx, who, code)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(own, func(e models.RecordEntry) bool { return e.ID == entryID })
	if i < 0 {
		return models.ErrNotFound
	}
	wish = text.Clean(wish)
	switch n := text.Length(wish); {
	case n == 0:
		return models.FailField("text", "rooms.correction_empty")
	case n > AnswerLimit:
		return models.FailField("text", "rooms.too_long", "over", n-AnswerLimit, "most", AnswerLimit)
	}
	return s.db.InTx(ctx, act(who, "rooms.correct", v.Room), func(tx *models.Tx) error {
		return tx.Insert(&models.RecordCorrection{ID: models.NewID(tx.Now), About: v.About, EntryID: entryID, RegistrationID: own[i].RegistrationID, Name: name, Text: wish, CreatedAt: tx.Now})
	})
}

// Confirm notes that the actor confirms their words in the record, or refuses to.
// Errors: NotFound, Closed.
func (s *Service) Confirm(ctx context.Context, who actor.Actor, code string, signed bool) error {
	v, own, name, err := s.participant(ctx, who, code)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "rooms.confirm", v.Room), func(tx *models.Tx) error {
		for _, e := range own {
			c := models.RecordConfirmation{About: v.About, RegistrationID: e.RegistrationID, Name: name, Signed: signed, Way: "account", Revision: v.Revision, CreatedAt: tx.Now}
			if err := tx.ConfirmRecord(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// DecideInput is what a moderator decides about a wish for correction; ZH and EN are
// the entry as it reads afterwards, where it was accepted.
type DecideInput struct {
	Accept bool
	Note   string
	ZH, EN string
}

// Decide answers a wish for correction. Errors: SignIn, NotFound, Invalid with a
// field, Closed after the record was frozen, Conflict when it was decided.
func (s *Service) Decide(ctx context.Context, who actor.Actor, code, correctionID string, in DecideInput) error {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return err
	}
	in.Note, in.ZH, in.EN = text.Cut(text.Line(in.Note), NoteLimit), text.Cut(text.Clean(in.ZH), EntryLimit), text.Cut(text.Clean(in.EN), EntryLimit)
	if in.Accept && in.ZH == "" && in.EN == "" {
		return models.FailField("text", "rooms.correction_empty")
	}
	about := models.RoomTopic(room.Code)
	return s.db.InTx(ctx, act(who, "rooms.decide_correction", room), func(tx *models.Tx) error {
		r, err := tx.RecordOf(about)
		if err != nil {
			return err
		}
		if r.FrozenAt != nil {
			return models.Fail(models.Closed, "rooms.record_closed")
		}
		list, err := tx.RecordCorrections(about)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(c models.RecordCorrection) bool { return c.ID == correctionID })
		if i < 0 {
			return models.ErrNotFound
		}
		decision := "declined"
		if in.Accept {
			decision = "accepted"
		}
		if err := tx.DecideCorrection(correctionID, decision, in.Note, who.PersonID); err != nil || !in.Accept {
			return err
		}
		entries, err := tx.RecordEntries(about)
		if err != nil {
			return err
		}
		for j := range entries {
			if entries[j].ID == list[i].EntryID {
				entries[j].TextZH, entries[j].TextEN = in.ZH, in.EN
			}
		}
		if err := tx.SetRecordEntries(about, entries); err != nil {
			return err
		}
		return tx.SaveRecord(&r, r.Revision)
	})
}
