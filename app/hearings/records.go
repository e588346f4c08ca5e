package hearings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/app/kit/text"
	"minyi/models"
)

// Limits of a record.
const (
	MostEntries     = 2000
	EntryLimit      = 5000
	CorrectionLimit = 1000
)

// standardCorrectionDays holds where the rule profile says nothing.
const standardCorrectionDays = 5

// RecordView is a record with all that hangs on it.
type RecordView struct {
	Hearing models.Hearing
	Unit    models.Unit
	Agenda  []models.AgendaItem
	models.Record
	models.RecordParts
}

// Record gives the record of a hearing: to everybody once it is open for correction,
// to those who work on it before. Errors: NotFound.
func (s *Service) Record(ctx context.Context, who actor.Actor, hearingID string) (RecordView, error) {
	var v RecordView
	var err error
	if v.Hearing, err = s.visible(ctx, hearingID); err != nil {
		return v, err
	}
	about := models.HearingTopic(hearingID)
	if v.Record, err = s.db.RecordOf(ctx, about); err != nil {
		return v, err
	}
	if v.OpenedAt == nil {
		if _, err := s.door(ctx, who, hearingID); err != nil {
			return v, models.ErrNotFound
		}
	}
	if v.Unit, err = s.db.UnitByID(ctx, v.Hearing.UnitID); err != nil {
		return v, err
	}
	if v.Agenda, err = s.db.AgendaOf(ctx, about); err != nil {
		return v, err
	}
	v.RecordParts, err = s.db.RecordParts(ctx, about)
	return v, err
}

// BeginRecord makes the record of a hearing from its agenda, the speakers who came,
// and the questions of its live rooms. Called again it adds what is new and keeps
// what was written. Errors: NotFound, Closed (hearings.not_begun,
// hearings.record_frozen).
func (s *Service) BeginRecord(ctx context.Context, who actor.Actor, hearingID string) error {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return err
	}
	state := h.State(s.db.Now())
	if state != models.HearingLive && state != models.HearingEnded {
		return models.Fail(models.Closed, "hearings.not_begun")
	}
	about := models.HearingTopic(hearingID)
	speakers, err := s.arrivedSpeakers(ctx, h)
	if err != nil {
		return err
	}
	var asked []Question
	if s.o.Questions != nil {
		if asked, err = s.o.Questions.Asked(ctx, hearingID); err != nil {
			return err
		}
	}
	return s.db.InTx(ctx, act(who, "begin_record", h), func(tx *models.Tx) error {
		r, err := tx.RecordOf(about)
		if models.IsNotFound(err) {
			r = models.Record{About: about, UnitID: h.UnitID, Revision: 1, CreatedBy: who.PersonID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			err = tx.Insert(&r)
		}
		if err != nil {
			return err
		}
		if r.OpenedAt != nil {
			return models.Fail(models.Closed, "hearings.record_open")
		}
		agenda, err := tx.AgendaOf(about)
		if err != nil {
			return err
		}
		have, err := tx.RecordEntries(about)
		if err != nil {
			return err
		}
		return tx.SetRecordEntries(about, gather(have, agenda, speakers, asked))
	})
}

// arrivedSpeakers lists the speakers who came, in the order of their numbers.
func (s *Service) arrivedSpeakers(ctx context.Context, h models.Hearing) ([]models.Registration, error) {
	cats, err := s.db.CategoriesOf(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	speaks := map[string]bool{}
	for _, c := range cats {
		speaks[c.ID] = c.Role == models.Speaker
	}
	list, err := s.db.Registrations(ctx, h.ID, []models.RegistrationStatus{models.RegistrationConfirmed})
	if err != nil {
		return nil, err
	}
	tickets, err := s.db.TicketsOfHearing(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	here := map[string]bool{}
	for _, t := range tickets {
		here[t.RegistrationID] = here[t.RegistrationID] || t.ArrivedAt != nil
	}
	var out []models.Registration
	for _, r := range list {
		if speaks[r.CategoryID] && here[r.ID] {
			out = append(out, r)
		}
	}
	return out, nil
}

// gather adds to a record what is not in it yet: one note for each point of the
// agenda, one speech for each speaker, each question with its answer.
func gather(have []models.RecordEntry, agenda []models.AgendaItem, speakers []models.Registration, asked []Question) []models.RecordEntry {
	known := map[string]bool{}
	for _, e := range have {
		known[e.Source] = true
	}
	out := append([]models.RecordEntry{}, have...)
	add := func(e models.RecordEntry) {
		if !known[e.Source] {
			known[e.Source] = true
			out = append(out, e)
		}
	}
	for _, a := range agenda {
		add(models.RecordEntry{Kind: "note", AgendaID: a.ID, Speaker: a.Presenter, TextZH: a.TitleZH, TextEN: a.TitleEN, Source: "agenda:" + a.ID})
	}
	for _, r := range speakers {
		add(models.RecordEntry{Kind: "speech", Speaker: speakerName(r), RegistrationID: r.ID, TextZH: r.KeyPoints, Source: "speaker:" + r.ID})
	}
	for _, q := range asked {
		at := q.At
		add(models.RecordEntry{Kind: "question", AgendaID: q.AgendaID, Speaker: q.By, TextZH: q.Text, Source: "question:" + q.ID, SaidAt: &at})
		if q.Answer != "" {
			add(models.RecordEntry{Kind: "answer", AgendaID: q.AgendaID, Speaker: q.Answerer, TextZH: q.Answer, Source: "answer:" + q.ID, SaidAt: &at})
		}
	}
	return out
}

// speakerName is the name for the record: the real one with consent, else the number.
func speakerName(r models.Registration) string {
	if r.PublishName && r.Name != "" {
		return r.Name
	}
	return numberForm(r.Number)
}

// RecordInput is what a clerk writes.
type RecordInput struct {
	SummaryZH, SummaryEN string
	Host, Clerk          string
	Entries              []models.RecordEntry
}

// WriteRecord keeps what the clerk wrote. Errors: Invalid with fields, Conflict
// (error.stale) when somebody else was faster or it is frozen, Closed while it is
// open for correction and the change is not an accepted correction.
func (s *Service) WriteRecord(ctx context.Context, who actor.Actor, hearingID string, revision int64, in RecordInput) error {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return err
	}
	var faults models.Faults
	in.SummaryZH, in.SummaryEN = text.Clean(in.SummaryZH), text.Clean(in.SummaryEN)
	in.Host, in.Clerk = text.Cut(text.Line(in.Host), 60), text.Cut(text.Line(in.Clerk), 60)
	if text.Length(in.SummaryZH) > TextLimit || text.Length(in.SummaryEN) > TextLimit {
		faults.Add("summary_zh", "hearings.too_long", "most", TextLimit, "over", text.Length(in.SummaryZH)-TextLimit)
	}
	if len(in.Entries) > MostEntries {
		faults.Add("entries", "hearings.too_many_rows", "most", MostEntries)
	}
	for i := range in.Entries {
		e := &in.Entries[i]
		e.TextZH, e.TextEN, e.Speaker = text.Clean(e.TextZH), text.Clean(e.TextEN), text.Cut(text.Line(e.Speaker), 60)
		if text.Length(e.TextZH) > EntryLimit || text.Length(e.TextEN) > 2*EntryLimit {
			faults.Add(fmt.Sprintf("entry_%d", i), "hearings.too_long", "most", EntryLimit, "over", text.Length(e.TextZH)-EntryLimit)
		}
		switch e.Kind {
		case "speech", "question", "answer", "note":
		default:
			e.Kind = "note"
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	about := models.HearingTopic(hearingID)
	return s.db.InTx(ctx, act(who, "write_record", h), func(tx *models.Tx) error {
		r, err := tx.RecordOf(about)
		if err != nil {
			return err
		}
		if r.FrozenAt != nil {
			return models.Fail(models.Closed, "hearings.record_frozen")
		}
		r.SummaryZH, r.SummaryEN, r.Host, r.Clerk = in.SummaryZH, in.SummaryEN, in.Host, in.Clerk
		if err := tx.SaveRecord(&r, revision); err != nil {
			return err
		}
		tx.Act.Detail = map[string]any{"revision": r.Revision, "open": r.OpenedAt != nil}
		if r.OpenedAt != nil {
			tx.Emit(models.HearingTopic(hearingID), "hearings.record_changed", map[string]any{"id": hearingID})
		}
		return tx.SetRecordEntries(about, in.Entries)
	})
}

// OpenRecord makes the record public and opens it for correction and confirmation
// for the days that the rule profile sets. Errors: Closed before the hearing ended,
// Invalid (hearings.record_empty), Conflict when it is open.
func (s *Service) OpenRecord(ctx context.Context, who actor.Actor, hearingID string, revision int64) error {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return err
	}
	if h.State(s.db.Now()) != models.HearingEnded {
		return models.Fail(models.Closed, "hearings.not_ended")
	}
	days, err := s.correctionDays(ctx, h)
	if err != nil {
		return err
	}
	about := models.HearingTopic(hearingID)
	return s.db.InTx(ctx, act(who, "open_record", h), func(tx *models.Tx) error {
		r, err := tx.RecordOf(about)
		if err != nil {
			return err
		}
		entries, err := tx.RecordEntries(about)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return models.FailField("entries", "hearings.record_empty")
		}
		if r.OpenedAt != nil {
			return models.Fail(models.Conflict, "hearings.record_open")
		}
		until := calendar.DayOf(tx.Now, s.o.Zone).Add(days).End(s.o.Zone)
		r.OpenedAt, r.CorrectionsUntil = &tx.Now, &until
		if err := tx.SaveRecord(&r, revision); err != nil {
			return err
		}
		tx.Emit(models.HearingTopic(hearingID), "hearings.record_opened", map[string]any{"id": hearingID})
		return s.tellAll(tx, h, "hearing_record", "once", []models.RegistrationStatus{models.RegistrationConfirmed})
	})
}

func (s *Service) correctionDays(ctx context.Context, h models.Hearing) (int, error) {
	p, err := s.Profile(ctx, h.Profile, h.UnitID)
	if err != nil {
		return 0, err
	}
	if r, ok := p.Rule("record_correction"); ok {
		return int(r.Number), nil
	}
	return standardCorrectionDays, nil
}

// Correct asks for a correction of the record, by the secret of a ticket of somebody
// who took part. Errors: NotFound, Invalid (text), Closed (hearings.record_closed).
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
		tx.Later(&models.RecordCorrection{ID: models.NewID(tx.Now), About: about, EntryID: entryID, RegistrationID: r.ID, Name: speakerName(r), Text: wish, CreatedAt: tx.Now})
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
	if rec.OpenedAt == nil || rec.FrozenAt != nil || rec.CorrectionsUntil == nil || !tx.Now.Before(*rec.CorrectionsUntil) {
		return models.Fail(models.Closed, "hearings.record_closed")
	}
	return nil
}

// participant finds the registration behind a ticket of somebody who was there.
func (s *Service) participant(ctx context.Context, who actor.Actor, ticket string) (models.Registration, models.Hearing, error) {
	r, h, err := s.owned(ctx, who, ticket)
	if err == nil && r.Status != models.RegistrationConfirmed {
		err = models.ErrNotFound
	}
	return r, h, err
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
// (note) without a reason for declining, Conflict when it was decided, Closed when
// the record is frozen.
func (s *Service) DecideCorrection(ctx context.Context, who actor.Actor, hearingID, correctionID string, accept bool, newText, note string) error {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return err
	}
	if note, newText = text.Clean(note), text.Clean(newText); !accept && note == "" {
		return models.FailField("note", "hearings.note_wanted")
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

// freeze ends the days of correction: the record gets its hash and never changes
// again. Wishes that nobody answered are kept as they are, open and visible.
func (s *Service) freeze(ctx context.Context, r models.Record) error {
	id, isHearing := strings.CutPrefix(r.About, "hearing:")
	a := models.Act{By: actor.System.Voice(), Name: "hearings.freeze_record", About: r.About, UnitID: r.UnitID}
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		now, err := tx.RecordOf(r.About)
		if err != nil {
			return err
		}
		if now.FrozenAt != nil || now.CorrectionsUntil == nil || now.CorrectionsUntil.After(tx.Now) {
			tx.Act.Silent = true
			return nil
		}
		entries, err := tx.RecordEntries(r.About)
		if err != nil {
			return err
		}
		corrections, err := tx.RecordCorrections(r.About)
		if err != nil {
			return err
		}
		signed, err := tx.RecordConfirmations(r.About)
		if err != nil {
			return err
		}
		now.Hash, now.FrozenAt = RecordHash(now, entries, corrections, signed), &tx.Now
		tx.Act.Detail = map[string]any{"hash": now.Hash}
		if err := tx.SaveRecord(&now, now.Revision); err != nil {
			return err
		}
		if !isHearing {
			return nil
		}
		tx.Emit(r.About, "hearings.recorded", map[string]any{"id": id, "hash": now.Hash})
		return tx.StampHearing(id, "recorded")
	})
}

// RecordHash is SHA-256 over everything that a record says, in a fixed form.
func RecordHash(r models.Record, entries []models.RecordEntry, corrections []models.RecordCorrection, signed []models.RecordConfirmation) string {
	sum := sha256.Sum256([]byte(RecordText(r, entries, corrections, signed)))
	return hex.EncodeToString(sum[:])
}

// RecordText is the fixed form of a record that its hash covers; it lies in the
// archive package, so that anybody can hash it again.
func RecordText(r models.Record, entries []models.RecordEntry, corrections []models.RecordCorrection, signed []models.RecordConfirmation) string {
	var b strings.Builder
	field := func(name, v string) { fmt.Fprintf(&b, "%s %d\n%s\n", name, len(v), v) }
	field("about", r.About)
	field("host", r.Host)
	field("clerk", r.Clerk)
	field("summary_zh", r.SummaryZH)
	field("summary_en", r.SummaryEN)
	for _, e := range entries {
		field("entry", e.ID)
		field("kind", e.Kind)
		field("agenda", e.AgendaID)
		field("speaker", e.Speaker)
		field("text_zh", e.TextZH)
		field("text_en", e.TextEN)
	}
	for _, c := range corrections {
		field("correction", c.EntryID)
		field("by", c.Name)
		field("text", c.Text)
		field("decision", c.Decision)
		field("note", c.Note)
	}
	for _, c := range signed {
		field("confirmation", c.Name)
		field("signed", fmt.Sprint(c.Signed))
		field("at", c.CreatedAt.UTC().Format(time.RFC3339))
	}
	return b.String()
}
