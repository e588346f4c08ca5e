package rooms

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/record"
	"minyi/app/kit/text"
	"minyi/models"
)

// The record of a room of its own. That of a hearing is written with the hearing, which
// takes over what its rooms leave; who asked in such a room corrects and confirms their
// words there from the room. Both are frozen alike once the days for corrections are
// over, see models.RecordsToFreeze.

// Limits of what moderators write into a record: the characters of an entry, and how
// many entries there are.
const (
	EntryLimit  = record.EntryLimit
	MostEntries = 500
)

// recordProfile is the rule profile by which the record of a room of its own stays open
// for corrections.
const recordProfile = "hearing_default"

// Recording is the record of a room with all that hangs on it.
type Recording struct {
	Room models.Room
	models.Record
	models.RecordParts
}

// Open says whether those who took part may correct and confirm their words now.
func (r Recording) Open(now time.Time) bool {
	return record.IsOpen(r.Record, now)
}

// Record gives the record that a room's words are in, its own or that of its hearing:
// to everybody once it is open for corrections, to moderators before. Errors: NotFound.
func (s *Service) Record(ctx context.Context, who actor.Actor, code string) (Recording, error) {
	room, err := s.Room(ctx, code)
	if err != nil {
		return Recording{}, err
	}
	v := Recording{Room: room}
	about := agendaAbout(room)
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
		return record.Begin(tx, about, room.UnitID, who.PersonID, EntriesOf(d), models.Fail(models.Closed, "rooms.record_open"))
	})
}

// EntriesOf is what a record begins with: who spoke how long, what was asked and answered.
func EntriesOf(d Draft) []models.RecordEntry {
	var out []models.RecordEntry
	add := func(e models.RecordEntry) { out = append(out, e) }
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
	days, err := record.Days(ctx, s.db, recordProfile, room.UnitID)
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
		record.Open(&r, tx.Now, days, s.zone)
		tx.Emit("", "rooms.record_opened", map[string]string{"room": room.Code})
		return tx.SaveRecord(&r, r.Revision)
	})
}

// RecordInput is what a moderator writes into the record of a room of its own.
type RecordInput struct {
	SummaryZH, SummaryEN string
	Host, Clerk          string
	// Entries in their order; those without words and speaker are left out, those without an id
	// are new.
	Entries []models.RecordEntry
}

// WriteRecord keeps what a moderator wrote before the record was opened for
// corrections. Errors: SignIn, NotFound, Invalid with a field, Conflict (error.stale)
// when somebody was faster, Closed (rooms.record_open) afterwards.
func (s *Service) WriteRecord(ctx context.Context, who actor.Actor, code string, revision int64, in RecordInput) error {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return err
	}
	var f models.Faults
	in.SummaryZH, in.SummaryEN, in.Host, in.Clerk = text.Clean(in.SummaryZH), text.Clean(in.SummaryEN), bounded(&f, "host", in.Host, NameLimit), bounded(&f, "clerk", in.Clerk, NameLimit)
	bound := func(field, s string) { within(&f, field, s, EntryLimit) }
	bound("summary_zh", in.SummaryZH)
	bound("summary_en", in.SummaryEN)
	var entries []models.RecordEntry
	for i, e := range in.Entries {
		e.TextZH, e.TextEN, e.Speaker = text.Clean(e.TextZH), text.Clean(e.TextEN), bounded(&f, "e_by_"+strconv.Itoa(i), e.Speaker, NameLimit)
		bound("e_zh_"+strconv.Itoa(i), e.TextZH)
		bound("e_en_"+strconv.Itoa(i), e.TextEN)
		e.Kind = record.Kind(e.Kind)
		if e.TextZH != "" || e.TextEN != "" || e.Speaker != "" {
			entries = append(entries, e)
		}
	}
	if len(entries) > MostEntries {
		f.Add("summary_zh", "rooms.record_long", "most", MostEntries)
	}
	if err := f.Err(); err != nil {
		return err
	}
	about := models.RoomTopic(room.Code)
	return s.db.InTx(ctx, act(who, "rooms.write_record", room), func(tx *models.Tx) error {
		r, err := tx.RecordOf(about)
		if err != nil {
			return err
		}
		if r.OpenedAt != nil {
			return models.Fail(models.Closed, "rooms.record_open")
		}
		r.SummaryZH, r.SummaryEN, r.Host, r.Clerk = in.SummaryZH, in.SummaryEN, in.Host, in.Clerk
		if err := tx.SaveRecord(&r, revision); err != nil {
			return err
		}
		tx.Act.Detail = map[string]any{"revision": r.Revision}
		had, err := tx.RecordEntries(about)
		if err != nil {
			return err
		}
		for i := range entries { // what tells whose words they are is never taken from a form
			entries[i].RegistrationID, entries[i].Source = "", ""
			for _, h := range had {
				if h.ID == entries[i].ID {
					entries[i].RegistrationID, entries[i].Source, entries[i].SaidAt = h.RegistrationID, h.Source, h.SaidAt
				}
			}
		}
		return tx.SetRecordEntries(about, entries)
	})
}
