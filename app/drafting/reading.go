package drafting

import (
	"context"
	"encoding/json"
	"slices"

	"minyi/app/kit/actor"
	"minyi/app/kit/compare"
	"minyi/app/kit/docx"
	"minyi/app/kit/outline"
	"minyi/app/kit/text"
	"minyi/models"
)

// reading is what an import keeps beside its outline.
type reading struct {
	// Changes says what the outline made of tracked changes: accept or reject.
	Changes string
	// Other is the same file read the other way; nil when nothing was tracked.
	Other *outline.Outline `json:",omitempty"`
	// Translation is the working translation, its clauses in the same order.
	Translation     *outline.Outline `json:",omitempty"`
	TranslationName string           `json:",omitempty"`
}

func readingOf(i models.Import) reading {
	var r reading
	_ = json.Unmarshal([]byte(i.Options), &r) // written by us
	return r
}

func changesOf(o outline.Options) docx.Changes {
	if o.Changes == docx.Reject {
		return docx.Reject
	}
	return docx.Accept
}

func hasChanges(o outline.Outline) bool {
	return slices.ContainsFunc(o.Warnings, func(w outline.Warning) bool { return w.Code == "tracked_changes" })
}

// Draft is an import as the preview shows it.
type Draft struct {
	models.Import
	Consultation models.Consultation
	Outline      outline.Outline
	// Tracked says that the file has tracked changes, Rejected that they were left
	// out.
	Tracked, Rejected bool
	// Translation is the working translation; nil for none.
	Translation     *outline.Outline
	TranslationName string
}

// Draft gives an import to the officers of its consultation. Errors: NotFound.
func (s *Service) Draft(ctx context.Context, who actor.Actor, importID string) (Draft, error) {
	row, c, err := s.importOf(ctx, who, importID)
	if err != nil {
		return Draft{}, err
	}
	o, err := OutlineOf(row)
	r := readingOf(row)
	return Draft{Import: row, Consultation: c, Outline: o, Tracked: r.Other != nil, Rejected: r.Changes == string(docx.Reject), Translation: r.Translation, TranslationName: r.TranslationName}, err
}

// SwitchChanges reads the tracked changes of an import the other way. Each way
// keeps its own fixes. Errors: Invalid (drafting.nothing_tracked), Conflict.
func (s *Service) SwitchChanges(ctx context.Context, who actor.Actor, importID string, revision int64) error {
	return s.reread(ctx, who, importID, revision, func(row *models.Import, r *reading) error {
		if r.Other == nil {
			return models.Fail(models.Invalid, "drafting.nothing_tracked")
		}
		now, err := OutlineOf(*row)
		if err != nil {
			return err
		}
		row.Outline, row.Source = asJSON(*r.Other), plain(*r.Other)
		r.Other = &now
		if r.Changes == string(docx.Reject) {
			r.Changes = string(docx.Accept)
		} else {
			r.Changes = string(docx.Reject)
		}
		return nil
	})
}

// Translate adds a working translation to an import, or takes it away when data is
// empty. Its clauses are set beside those of the draft in their order. Errors:
// those of outline.Read, Conflict.
func (s *Service) Translate(ctx context.Context, who actor.Actor, importID string, revision int64, name string, data []byte) error {
	return s.reread(ctx, who, importID, revision, func(_ *models.Import, r *reading) error {
		if len(data) == 0 {
			r.Translation, r.TranslationName = nil, ""
			return nil
		}
		o, err := outline.Read(name, data, outline.Options{})
		if err != nil {
			return err
		}
		r.Translation, r.TranslationName = &o, text.Line(name)
		return nil
	})
}

func (s *Service) reread(ctx context.Context, who actor.Actor, importID string, revision int64, change func(*models.Import, *reading) error) error {
	row, _, err := s.importOf(ctx, who, importID)
	if err != nil {
		return err
	}
	r := readingOf(row)
	if err := change(&row, &r); err != nil {
		return err
	}
	row.Options = asJSON(r)
	act := who.Act("drafts.fix", models.ConsultationTopic(row.ConsultationID))
	act.Silent = true // the confirmed version is what counts
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		row := row // the act may be tried again
		return tx.SaveImport(&row, revision)
	})
}

// Matched says what an import makes of the public version before it.
type Matched struct {
	Previous models.Version
	Old      outline.Outline
	Result   compare.Result
	Changes  []compare.Change
	// Opinions counts the public opinions by permanent clause key.
	Opinions map[string]models.ClauseCount
}

// Match compares an import with the newest public version; nil when there is none.
func (s *Service) Match(ctx context.Context, d Draft) (*Matched, error) {
	v, err := s.db.PublicVersion(ctx, d.Consultation.ID)
	if models.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	clauses, err := s.db.ClausesOf(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	m := Matched{Previous: v, Old: Outline(v.TitleZH, clauses)}
	if m.Opinions, err = s.db.ClauseCounts(ctx, d.Consultation.ID); err != nil {
		return nil, err
	}
	m.Result = compare.Versions(m.Old, d.Outline)
	m.Changes = compare.Summary(m.Result, m.Old, d.Outline)
	return &m, nil
}

// faults checks the texts that say what a version is.
func (in ConfirmInput) faults() error {
	var faults models.Faults
	for _, f := range []struct {
		field, s string
		most     int
	}{{"title_zh", in.TitleZH, TitleLimit}, {"title_en", in.TitleEN, 2 * TitleLimit}, {"note_zh", in.NoteZH, ReasonLimit}, {"note_en", in.NoteEN, 2 * ReasonLimit}} {
		if over := text.Length(text.Clean(f.s)) - f.most; over > 0 {
			faults.Add(f.field, "drafting.too_long", "most", f.most, "over", over)
		}
	}
	return faults.Err()
}
