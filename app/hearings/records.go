package hearings

import (
	"context"
	"fmt"
	"slices"

	"minyi/app/kit/actor"
	"minyi/app/kit/record"
	"minyi/app/kit/text"
	"minyi/models"
)

// Limits of a record.
const (
	MostEntries     = 2000
	EntryLimit      = record.EntryLimit
	CorrectionLimit = 1000
	noteLimit       = 300 // of the answer to a wish
)

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
		agenda, err := tx.AgendaOf(about)
		if err != nil {
			return err
		}
		return record.Begin(tx, about, h.UnitID, who.PersonID, entriesOf(agenda, speakers, asked), models.Fail(models.Closed, "hearings.record_open"))
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
	here, err := s.arrived(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	var out []models.Registration
	for _, r := range list {
		if speaks[r.CategoryID] && here[r.ID] {
			out = append(out, r)
		}
	}
	return out, nil
}

// arrived are the sign-ups of a hearing of which somebody was let in.
func (s *Service) arrived(ctx context.Context, hearingID string) (map[string]bool, error) {
	tickets, err := s.db.TicketsOfHearing(ctx, hearingID)
	here := map[string]bool{}
	for _, t := range tickets {
		if t.ArrivedAt != nil {
			here[t.RegistrationID] = true
		}
	}
	return here, err
}

// entriesOf is what a record begins with: one note for each point of the agenda, one
// speech for each speaker, each question with its answer.
func entriesOf(agenda []models.AgendaItem, speakers []models.Registration, asked []Question) []models.RecordEntry {
	var out []models.RecordEntry
	for _, a := range agenda {
		out = append(out, models.RecordEntry{Kind: "note", AgendaID: a.ID, Speaker: a.Presenter, TextZH: a.TitleZH, TextEN: a.TitleEN, Source: "agenda:" + a.ID})
	}
	for _, r := range speakers {
		out = append(out, models.RecordEntry{Kind: "speech", Speaker: speakerName(r), RegistrationID: r.ID, TextZH: r.KeyPoints, Source: "speaker:" + r.ID})
	}
	for _, q := range asked {
		at := q.At
		out = append(out, models.RecordEntry{Kind: "question", AgendaID: q.AgendaID, Speaker: q.By, TextZH: q.Text, Source: "question:" + q.ID, SaidAt: &at})
		if q.Answer != "" {
			out = append(out, models.RecordEntry{Kind: "answer", AgendaID: q.AgendaID, Speaker: q.Answerer, TextZH: q.Answer, Source: "answer:" + q.ID, SaidAt: &at})
		}
	}
	return out
}

// speakerName is the name for the record: the real one with consent, else the number.
func speakerName(r models.Registration) string {
	if r.PublishName && r.Name != "" {
		return r.Name
	}
	return models.NumberForm(r.Number)
}

// RecordInput is what a clerk writes.
type RecordInput struct {
	SummaryZH, SummaryEN string
	Host, Clerk          string
	Entries              []models.RecordEntry
}

// WriteRecord keeps what the clerk wrote. Errors: Invalid with fields, Conflict
// (error.stale) when somebody else was faster, Closed when it is frozen.
func (s *Service) WriteRecord(ctx context.Context, who actor.Actor, hearingID string, revision int64, in RecordInput) error {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return err
	}
	var faults models.Faults
	in.SummaryZH, in.SummaryEN = text.Clean(in.SummaryZH), text.Clean(in.SummaryEN)
	line := liner(&faults)
	in.Host, in.Clerk = line("host", in.Host, LineLimit), line("clerk", in.Clerk, LineLimit)
	if over := max(text.Length(in.SummaryZH), text.Length(in.SummaryEN)) - TextLimit; over > 0 {
		faults.Add("summary_zh", "hearings.too_long", "most", TextLimit, "over", over)
	}
	if len(in.Entries) > MostEntries {
		faults.Add("entries", "hearings.too_many_rows", "most", MostEntries)
	}
	for i := range in.Entries {
		e := &in.Entries[i]
		e.TextZH, e.TextEN, e.Speaker = text.Clean(e.TextZH), text.Clean(e.TextEN), line(fmt.Sprintf("e_by_%d", i), e.Speaker, LineLimit)
		if over := max(text.Length(e.TextZH)-EntryLimit, text.Length(e.TextEN)-2*EntryLimit); over > 0 {
			faults.Add(fmt.Sprintf("entry_%d", i), "hearings.too_long", "most", EntryLimit, "over", over)
		}
		e.Kind = record.Kind(e.Kind)
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
// for the days that the rule profile sets; who took part is asked to check it. Errors: Closed before the hearing ended,
// Invalid (hearings.record_empty), Conflict when it is open.
func (s *Service) OpenRecord(ctx context.Context, who actor.Actor, hearingID string, revision int64) error {
	h, err := s.door(ctx, who, hearingID)
	if err != nil {
		return err
	}
	if h.State(s.db.Now()) != models.HearingEnded {
		return models.Fail(models.Closed, "hearings.not_ended")
	}
	days, err := record.Days(ctx, s.db, h.Profile, h.UnitID)
	if err != nil {
		return err
	}
	took, err := s.arrived(ctx, hearingID)
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
		record.Open(&r, tx.Now, days, s.o.Zone)
		if err := tx.SaveRecord(&r, revision); err != nil {
			return err
		}
		tx.Emit(models.HearingTopic(hearingID), "hearings.record_opened", map[string]any{"id": hearingID})
		list, err := tx.Recipients(hearingID, []models.RegistrationStatus{models.RegistrationConfirmed})
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(r models.Registration) bool { return !took[r.ID] && !spoke(r, entries) })
		return s.tellThese(tx, h, "hearing_record", "once", list, nil)
	})
}
