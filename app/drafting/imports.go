package drafting

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"minyi/app/kit/actor"
	"minyi/app/kit/compare"
	"minyi/app/kit/docx"
	"minyi/app/kit/outline"
	"minyi/app/kit/text"
	"minyi/models"
)

// Import reads an uploaded text and keeps its outline for the preview. Nothing is
// left behind when the file cannot be read. Errors: those of outline.Read, NotFound
// for others' consultations.
func (s *Service) Import(ctx context.Context, who actor.Actor, consultationID, name string, data []byte, o outline.Options, idem models.Idem) (models.Import, error) {
	c, err := s.mine(ctx, who, consultationID)
	if err != nil {
		return models.Import{}, err
	}
	found, err := outline.Read(name, data, o)
	if err != nil {
		return models.Import{}, err
	}
	kept := reading{Changes: string(changesOf(o))}
	if hasChanges(found) {
		other := o
		if other.Changes = docx.Reject; o.Changes == docx.Reject {
			other.Changes = docx.Accept
		}
		second, err := outline.Read(name, data, other)
		if err != nil {
			return models.Import{}, err
		}
		kept.Other = &second
	}
	if len(found.Clauses) == 0 {
		return models.Import{}, models.FailField("file", "drafting.empty_draft")
	}
	sum := sha256.Sum256(data)
	act := who.Act("drafts.import", models.ConsultationTopic(c.ID))
	act.UnitID, act.Detail = c.UnitID, map[string]any{"file": text.Line(name), "sha256": hex.EncodeToString(sum[:])}
	row, _, err := models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (models.Import, error) {
		row := models.Import{
			ID: models.NewID(tx.Now), ConsultationID: c.ID, FileName: text.Line(name), SHA256: hex.EncodeToString(sum[:]), Options: asJSON(kept),
			Source: plain(found), Outline: asJSON(found), Revision: 1, CreatedBy: who.PersonID, CreatedAt: tx.Now, UpdatedAt: tx.Now,
		}
		return row, tx.Insert(&row)
	})
	return row, err
}

// plain is the readable original beside the detected tree.
func plain(o outline.Outline) string {
	var b []byte
	for _, c := range o.Clauses {
		for i, part := range []string{c.Number, c.Title, c.Text} {
			if part == "" {
				continue
			}
			if i > 0 && len(b) > 0 && b[len(b)-1] != '\n' {
				b = append(b, ' ')
			}
			b = append(b, part...)
		}
		b = append(b, '\n')
	}
	return string(b)
}

// OutlineOf reads the outline of an import, with the fixes so far.
func OutlineOf(i models.Import) (outline.Outline, error) {
	var o outline.Outline
	return o, json.Unmarshal([]byte(i.Outline), &o)
}

// Fix changes the outline of an import; revision is the one of the preview.
// Errors: those of the change, Conflict when somebody else was faster.
func (s *Service) Fix(ctx context.Context, who actor.Actor, importID string, revision int64, change func(outline.Outline) (outline.Outline, error)) (models.Import, error) {
	row, _, err := s.importOf(ctx, who, importID)
	if err != nil {
		return row, err
	}
	o, err := OutlineOf(row)
	if err != nil {
		return row, err
	}
	if o, err = change(o); err != nil {
		return row, err
	}
	row.Outline = asJSON(o)
	act := who.Act("drafts.fix", models.ConsultationTopic(row.ConsultationID))
	act.Silent = true // the confirmed version is what counts
	return row, s.db.InTx(ctx, act, func(tx *models.Tx) error { return tx.SaveImport(&row, revision) })
}

// ImportByID gives an import to the officers of its consultation.
func (s *Service) ImportByID(ctx context.Context, who actor.Actor, id string) (models.Import, error) {
	row, _, err := s.importOf(ctx, who, id)
	return row, err
}

func (s *Service) importOf(ctx context.Context, who actor.Actor, id string) (models.Import, models.Consultation, error) {
	row, err := s.db.ImportByID(ctx, id)
	if err != nil {
		return row, models.Consultation{}, err
	}
	c, err := s.mine(ctx, who, row.ConsultationID)
	return row, c, err
}

// ConfirmInput says what a version is called and why it comes.
type ConfirmInput struct {
	Revision         int64
	TitleZH, TitleEN string
	NoteZH, NoteEN   string
	// Translation is the outline of a working translation with the same clauses in
	// the same order; nil for none.
	Translation *outline.Outline
}

// Confirm makes a version out of an import: its clauses keep the identity that
// they had in the version before, and links say what became of each. A version
// that is not public yet is replaced. Errors: Conflict (error.stale), Invalid
// (drafting.empty_draft, drafting.translation_differs).
func (s *Service) Confirm(ctx context.Context, who actor.Actor, importID string, in ConfirmInput) (models.Version, error) {
	row, c, err := s.importOf(ctx, who, importID)
	if err != nil {
		return models.Version{}, err
	}
	o, err := OutlineOf(row)
	if err != nil {
		return models.Version{}, err
	}
	if len(o.Clauses) == 0 {
		return models.Version{}, models.Fail(models.Invalid, "drafting.empty_draft")
	}
	if err := in.faults(); err != nil {
		return models.Version{}, err
	}
	if in.Translation == nil {
		in.Translation = readingOf(row).Translation
	}
	if in.Translation != nil && len(in.Translation.Clauses) != len(o.Clauses) {
		return models.Version{}, models.FailField("translation", "drafting.translation_differs", "zh", len(o.Clauses), "en", len(in.Translation.Clauses))
	}
	act := who.Act("drafts.confirm", models.ConsultationTopic(c.ID))
	act.UnitID = c.UnitID
	var v models.Version
	err = s.db.InTx(ctx, act, func(tx *models.Tx) error {
		now, err := tx.Consultation(c.ID)
		if err != nil {
			return err
		}
		if now.PublishedAt == nil && now.ProposedBy != "" {
			return models.Fail(models.Closed, "drafting.proposed")
		}
		if now.AnsweredAt != nil || now.WithdrawnAt != nil {
			return models.Fail(models.Closed, "drafting.over")
		}
		row := row // the act may be tried again
		row.ConfirmedAt = &tx.Now
		if err := tx.SaveImport(&row, in.Revision); err != nil {
			return err
		}
		v, err = s.newVersion(tx, c, row, o, in)
		tx.Act.Detail = map[string]any{"version": v.Number, "sha256": row.SHA256}
		saved(tx, c.ID)
		return err
	})
	return v, err
}

func (s *Service) newVersion(tx *models.Tx, c models.Consultation, i models.Import, o outline.Outline, in ConfirmInput) (models.Version, error) {
	versions, err := tx.Versions(c.ID)
	if err != nil {
		return models.Version{}, err
	}
	if n := len(versions); n > 0 && versions[n-1].PublishedAt == nil {
		if err := tx.RemoveVersion(versions[n-1].ID); err != nil {
			return models.Version{}, err
		}
		versions = versions[:n-1]
	}
	v := models.Version{
		ID: models.NewID(tx.Now), ConsultationID: c.ID, Number: len(versions) + 1, TitleZH: first(text.Line(in.TitleZH), o.Title, c.TitleZH), TitleEN: first(text.Line(in.TitleEN), c.TitleEN),
		NoteZH: text.Clean(in.NoteZH), NoteEN: text.Clean(in.NoteEN), SourceName: i.FileName, SourceSHA256: i.SHA256, Warnings: asJSON(o.Warnings),
		CreatedBy: tx.Act.By, CreatedAt: tx.Now,
	}
	if err := tx.Insert(&v); err != nil {
		return v, err
	}
	carried, err := s.carry(tx, versions, o)
	if err != nil {
		return v, err
	}
	addClauses(tx, v, o, in.Translation, carried.Keys)
	for _, l := range carried.Links {
		tx.Later(&models.ClauseLink{ID: models.NewID(tx.Now), ConsultationID: c.ID, VersionID: v.ID, OldKey: l.From, NewKey: l.To, Change: string(l.Change), Similarity: l.Similarity})
	}
	return v, nil
}

// carry finds the permanent keys of the clauses of a new version.
func (s *Service) carry(tx *models.Tx, versions []models.Version, o outline.Outline) (compare.Carried, error) {
	if len(versions) == 0 {
		keys := make([]string, len(o.Clauses))
		for i, c := range o.Clauses {
			keys[i] = c.Key
		}
		return compare.First(keys), nil
	}
	var ever []string
	var previous []models.Clause
	for _, v := range versions {
		clauses, err := tx.Clauses(v.ID)
		if err != nil {
			return compare.Carried{}, err
		}
		for _, c := range clauses {
			ever = append(ever, c.Key)
		}
		previous = clauses
	}
	kept := map[string]string{}
	for _, c := range previous {
		kept[c.Key] = c.Key // stored clauses are compared under their permanent keys
	}
	return compare.Carry(kept, ever, compare.Versions(Outline("", previous), o)), nil
}

// Outline turns stored clauses back into an outline.
func Outline(title string, clauses []models.Clause) outline.Outline {
	o := outline.Outline{Title: title}
	for _, c := range clauses {
		o.Clauses = append(o.Clauses, outline.Clause{Key: c.Key, Kind: outline.Kind(c.Kind), Number: c.Number, Title: c.Title, Depth: c.Depth, Parent: c.ParentKey, Text: c.Text})
	}
	return o
}

// Clauses are those of an outline as a version has them, under the keys of the outline.
func Clauses(o outline.Outline) []models.Clause {
	target, list := targets(o), make([]models.Clause, len(o.Clauses))
	for i, c := range o.Clauses {
		list[i] = models.Clause{Key: c.Key, Position: i, Kind: string(c.Kind), Number: c.Number, Title: c.Title, Text: c.Text, Depth: c.Depth, ParentKey: c.Parent, Target: target[c.Key]}
	}
	return list
}

// addClauses writes the clauses of a version under their permanent keys.
func addClauses(tx *models.Tx, v models.Version, o outline.Outline, translation *outline.Outline, keys map[string]string) {
	for i, row := range Clauses(o) {
		row.ID, row.VersionID, row.ConsultationID = models.NewID(tx.Now), v.ID, v.ConsultationID
		row.Key, row.ParentKey = keys[row.Key], keys[row.ParentKey]
		if translation != nil {
			row.TitleEN, row.TextEN = translation.Clauses[i].Title, translation.Clauses[i].Text
			if row.TitleEN == "" && row.TextEN == "" {
				row.TextEN = translation.Clauses[i].Number
			}
		}
		tx.Later(&row)
	}
}

// targets chooses what residents comment on: articles; where a draft has none,
// what stands at the top level or directly under a heading.
func targets(o outline.Outline) map[string]bool {
	out := map[string]bool{}
	for _, c := range o.Clauses {
		if c.Kind == outline.Article {
			out[c.Key] = true
		}
	}
	if len(out) > 0 {
		return out
	}
	kinds := map[string]outline.Kind{}
	for _, c := range o.Clauses {
		kinds[c.Key] = c.Kind
		switch c.Kind {
		case outline.Heading, outline.Section, outline.Chapter:
			out[c.Key] = true
		case outline.Text, outline.Paragraph, outline.Item:
			if k := kinds[c.Parent]; c.Parent == "" || k == outline.Part {
				out[c.Key] = true
			}
		}
	}
	return out
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// GiveUp removes an import that was not confirmed.
func (s *Service) GiveUp(ctx context.Context, who actor.Actor, importID string) error {
	row, c, err := s.importOf(ctx, who, importID)
	if err != nil {
		return err
	}
	act := who.Act("drafts.give_up", models.ConsultationTopic(c.ID))
	act.UnitID = c.UnitID
	return s.db.InTx(ctx, act, func(tx *models.Tx) error { return tx.RemoveImport(row.ID) })
}

// Commentable names the clauses of an outline on which residents will comment.
func Commentable(o outline.Outline) map[string]bool { return targets(o) }
