package rooms

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"minyi/app/kit/actor"
	"minyi/app/kit/record"
	"minyi/app/kit/text"
	"minyi/models"
)

// How those who asked and spoke correct and confirm their words in the record, and what
// moderators decide about it.

// Said is an entry of a record that holds somebody's own words.
type Said struct {
	models.RecordEntry
	// Key is the question or the place on the speaking list, under which it is signed;
	// Name is how the signature reads.
	Key, Name string
	// Signed is the answer that was given: nil for none yet, false for a refusal.
	Signed *bool
}

// Said lists the entries of a record that are the actor's own words, by what the room
// knows of who asked and spoke; none for who said nothing.
func (s *Service) Said(ctx context.Context, who actor.Actor, v Recording) ([]Said, error) {
	if !who.Known() {
		return nil, nil
	}
	questions, err := s.db.QuestionsBy(ctx, v.Room.ID, who.Voice())
	if err != nil {
		return nil, err
	}
	speakers, err := s.db.SpeakersOf(ctx, v.Room.ID)
	if err != nil {
		return nil, err
	}
	names := map[string]string{} // by the source of the entry
	for _, q := range questions {
		names["question:"+q.ID] = "№ " + strconv.FormatInt(q.Number, 10)
	}
	for _, e := range speakers {
		if e.Voice != "" && e.Voice == who.Voice() {
			names["speech:"+e.ID] = e.Name
		}
	}
	var own []Said
	for _, e := range v.Entries {
		name, mine := names[e.Source]
		if !mine {
			continue
		}
		if e.Speaker != "" {
			name = e.Speaker
		}
		_, key, _ := strings.Cut(e.Source, ":")
		one := Said{RecordEntry: e, Key: key, Name: name}
		for _, c := range v.Confirmations {
			if c.RegistrationID == key {
				one.Signed = &c.Signed
			}
		}
		own = append(own, one)
	}
	return own, nil
}

// participant finds an open record for somebody whose words are in it. Errors:
// NotFound, Closed (rooms.corrections_closed).
func (s *Service) participant(ctx context.Context, who actor.Actor, code string) (Recording, []Said, error) {
	v, err := s.Record(ctx, who, code)
	if err != nil {
		return v, nil, err
	}
	own, err := s.Said(ctx, who, v)
	switch {
	case err != nil:
		return v, own, err
	case len(own) == 0:
		return v, own, models.ErrNotFound
	case !v.Open(s.db.Now()):
		return v, own, models.Fail(models.Closed, "rooms.corrections_closed")
	}
	return v, own, nil
}

// stillOpen holds that a record has not been frozen while somebody wrote.
func stillOpen(tx *models.Tx, v Recording) error {
	var err error
	if v.Record, err = tx.RecordOf(v.About); err == nil && !v.Open(tx.Now) {
		err = models.Fail(models.Closed, "rooms.corrections_closed")
	}
	return err
}

// Correct asks for a correction of the actor's own words; the same wish again has the
// effect of once. Errors: NotFound, Closed, Invalid with a field, Conflict
// (record.wishes_many).
func (s *Service) Correct(ctx context.Context, who actor.Actor, code, entryID, wish string) error {
	v, own, err := s.participant(ctx, who, code)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(own, func(e Said) bool { return e.ID == entryID })
	if i < 0 {
		return models.ErrNotFound
	}
	wish = text.Clean(wish)
	var f models.Faults
	if (size{most: AnswerLimit, empty: "rooms.correction_empty"}).check(&f, "text", wish); f.Err() != nil {
		return f.Err()
	}
	return s.db.InTx(ctx, act(who, "rooms.correct", v.Room), func(tx *models.Tx) error {
		if err := stillOpen(tx, v); err != nil {
			return err
		}
		one := models.RecordCorrection{ID: models.NewID(tx.Now), About: v.About, EntryID: entryID, RegistrationID: own[i].Key, Name: own[i].Name, Text: wish, CreatedAt: tx.Now}
		if kept, err := record.Wish(tx, one); !kept || err != nil {
			return err
		}
		tellHearing(tx, v.Room)
		return nil
	})
}

// tellHearing lets the pages of the room's hearing show what has come to its record.
func tellHearing(tx *models.Tx, room models.Room) {
	if room.HearingID != "" {
		tx.Emit(models.HearingTopic(room.HearingID), "hearings.correction", map[string]any{"id": room.HearingID})
	}
}

// Confirm notes that the actor confirms their words in the record, or refuses to; the
// last word counts. Errors: NotFound, Closed.
func (s *Service) Confirm(ctx context.Context, who actor.Actor, code string, signed bool) error {
	v, own, err := s.participant(ctx, who, code)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "rooms.confirm", v.Room), func(tx *models.Tx) error {
		if err := stillOpen(tx, v); err != nil {
			return err
		}
		for _, e := range own {
			c := models.RecordConfirmation{About: v.About, RegistrationID: e.Key, Name: e.Name, Signed: signed, Way: "account", Revision: v.Revision, CreatedAt: tx.Now}
			if err := tx.ConfirmRecord(c); err != nil {
				return err
			}
		}
		tellHearing(tx, v.Room)
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
	var f models.Faults
	in.Note, in.ZH, in.EN = bounded(&f, "note", in.Note, NoteLimit), text.Clean(in.ZH), text.Clean(in.EN)
	within(&f, "text", in.ZH, EntryLimit)
	within(&f, "text", in.EN, EntryLimit)
	if in.Accept && in.ZH == "" && in.EN == "" {
		f.Add("text", "rooms.correction_empty")
	}
	if err := f.Err(); err != nil {
		return err
	}
	about := models.RoomTopic(room.Code)
	return s.db.InTx(ctx, act(who, "rooms.decide_correction", room), func(tx *models.Tx) error {
		r, err := tx.RecordOf(about)
		if err != nil {
			return err
		}
		if r.FrozenAt != nil {
			return models.Fail(models.Closed, "rooms.corrections_closed")
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
		tx.Emit("", "rooms.record_changed", map[string]string{"room": room.Code})
		return tx.SaveRecord(&r, r.Revision)
	})
}
