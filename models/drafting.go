package models

import (
	"context"
	"fmt"
	"time"
)

// Number hands out the next number of a sequence at once; see [Tx.Serial] for the
// cheap way. A number of an act that fails is not used up.
func (tx *Tx) Number(name string) (int64, error) {
	var n int64
	err := tx.sql().Raw("INSERT INTO serials (name, n) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = serials.n + 1 RETURNING n", name).Scan(&n).Error
	return n, err
}

// NewConsultationID makes the readable id of a consultation, 2027-012, by the year
// in the given zone.
func (tx *Tx) NewConsultationID(zone *time.Location) (string, error) {
	year := tx.Now.In(zone).Year()
	n, err := tx.Number(fmt.Sprintf("consultations:%d", year))
	return fmt.Sprintf("%d-%03d", year, n), err
}

// SaveConsultation writes the officers' fields of a consultation whose form was
// read at the given revision; [Conflict] (error.stale) when it was changed since.
func (tx *Tx) SaveConsultation(c *Consultation, revision int64) error {
	c.Revision, c.UpdatedAt = revision+1, tx.Now
	return changed(tx.sql().Model(&Consultation{}).Where("id = ? AND revision = ?", c.ID, revision).
		Select("unit_id", "profile", "topic", "title_zh", "title_en", "points", "explanation_zh", "explanation_en", "next_zh", "next_en",
			"contact_name", "contact_phone", "contact_email", "contact_post", "prompts", "glossary", "opens_at", "closes_at", "response_due_at",
			"grace_minutes", "short_reason_zh", "short_reason_en", "hide_split", "hold_new", "revision", "updated_at").Updates(c))
}

// ProposeConsultation notes the first of the two people who publish.
func (tx *Tx) ProposeConsultation(id, by string) error {
	return changed(tx.sql().Exec("UPDATE consultations SET proposed_by = ?, proposed_at = ?, revision = revision + 1 WHERE id = ? AND published_at IS NULL", by, tx.Now, id))
}

// TakeBackProposal makes a consultation editable again before it is published.
func (tx *Tx) TakeBackProposal(id string) error {
	return changed(tx.sql().Exec("UPDATE consultations SET proposed_by = '', proposed_at = NULL, revision = revision + 1 WHERE id = ? AND published_at IS NULL AND proposed_by <> ''", id))
}

// PublishConsultation notes the second person, who must be another one, and makes
// the consultation public; [Conflict] when it was not proposed as seen at the
// revision, or is public already.
func (tx *Tx) PublishConsultation(id, by string, revision int64) error {
	return changed(tx.sql().Exec("UPDATE consultations SET published_by = ?, published_at = ?, revision = revision + 1 WHERE id = ? AND published_at IS NULL AND proposed_by <> '' AND proposed_by <> ? AND revision = ?",
		by, tx.Now, id, by, revision))
}

// MoveClosing sets a new closing time if the old one is still what the officer saw.
func (tx *Tx) MoveClosing(id string, old, closes time.Time, due *time.Time) error {
	return changed(tx.sql().Exec("UPDATE consultations SET closes_at = ?, response_due_at = ?, revision = revision + 1, updated_at = ? WHERE id = ? AND closes_at = ?", closes, due, tx.Now, id, old))
}

// WithdrawConsultation takes a consultation back with a published reason.
func (tx *Tx) WithdrawConsultation(id, zh, en string) error {
	return changed(tx.sql().Exec("UPDATE consultations SET withdrawn_at = ?, withdrawn_zh = ?, withdrawn_en = ?, revision = revision + 1, updated_at = ? WHERE id = ? AND published_at IS NOT NULL AND withdrawn_at IS NULL AND answered_at IS NULL", tx.Now, zh, en, tx.Now, id))
}

// Unpublish undoes a publishing that nobody has used yet.
func (tx *Tx) Unpublish(id string) error {
	return changed(tx.sql().Exec("UPDATE consultations SET published_at = NULL, published_by = '', proposed_at = NULL, proposed_by = '', revision = revision + 1 WHERE id = ? AND published_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM opinions WHERE consultation_id = ?)", id, id))
}

// PublishVersion makes a version public, after which nothing changes it any more.
func (tx *Tx) PublishVersion(id string) error {
	return changed(tx.sql().Exec("UPDATE versions SET published_at = ? WHERE id = ? AND published_at IS NULL", tx.Now, id))
}

// HideVersion undoes [Tx.PublishVersion] together with [Tx.Unpublish].
func (tx *Tx) HideVersion(id string) error {
	return changed(tx.sql().Exec("UPDATE versions SET published_at = NULL WHERE id = ? AND published_at IS NOT NULL", id))
}

// Versions lists the versions of a consultation inside the act, oldest first.
func (tx *Tx) Versions(consultationID string) ([]Version, error) {
	return manyIn[Version](tx.sql(), "number", "consultation_id = ?", consultationID)
}

// Clauses lists the clauses of a version inside the act, in document order.
func (tx *Tx) Clauses(versionID string) ([]Clause, error) {
	return manyIn[Clause](tx.sql(), "position", "version_id = ?", versionID)
}

// RemoveVersion deletes a version that is not public, with its clauses and links.
func (tx *Tx) RemoveVersion(id string) error {
	v, err := oneIn[Version](tx.sql(), "id = ? AND published_at IS NULL", id)
	if err != nil {
		return err
	}
	for _, table := range []any{&Clause{}, &ClauseLink{}} {
		if err := tx.sql().Where("version_id = ?", v.ID).Delete(table).Error; err != nil {
			return err
		}
	}
	return changed(tx.sql().Where("id = ? AND published_at IS NULL", v.ID).Delete(&Version{}))
}

// Import reads an import inside the act.
func (tx *Tx) Import(id string) (Import, error) { return oneIn[Import](tx.sql(), "id = ?", id) }

// SaveImport writes the fixes of an import whose preview was read at the given
// revision; [Conflict] when it was changed or confirmed since.
func (tx *Tx) SaveImport(i *Import, revision int64) error {
	i.Revision, i.UpdatedAt = revision+1, tx.Now
	return changed(tx.sql().Model(&Import{}).Where("id = ? AND revision = ? AND confirmed_at IS NULL", i.ID, revision).
		Select("outline", "options", "source", "revision", "updated_at", "confirmed_at").Updates(i))
}

// RemoveImport gives an import up; [Conflict] when it was confirmed.
func (tx *Tx) RemoveImport(id string) error {
	return changed(tx.sql().Where("id = ? AND confirmed_at IS NULL", id).Delete(&Import{}))
}

// TranslateClause sets the working translation of a clause of a version that is
// not public.
func (tx *Tx) TranslateClause(versionID, key, title, text string) error {
	return changed(tx.sql().Exec("UPDATE clauses SET title_en = ?, text_en = ? WHERE version_id = ? AND key = ? AND EXISTS (SELECT 1 FROM versions WHERE id = ? AND published_at IS NULL)", title, text, versionID, key, versionID))
}

// ImportByID finds an import; [ErrNotFound] if there is none.
func (db *DB) ImportByID(ctx context.Context, id string) (Import, error) {
	return one[Import](ctx, db, "id = ?", id)
}

// ImportsOf lists the imports of a consultation that wait for confirmation.
func (db *DB) ImportsOf(ctx context.Context, consultationID string) ([]Import, error) {
	return many[Import](ctx, db, "id", "consultation_id = ? AND confirmed_at IS NULL", consultationID)
}

// ConsultationsUnder lists the consultations of the units below one of the paths,
// newest first, in every state.
func (db *DB) ConsultationsUnder(ctx context.Context, paths []string) ([]Consultation, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	units := db.read.WithContext(ctx).Model(&Unit{}).Select("id")
	for i, p := range paths {
		if i == 0 {
			units = units.Where("path LIKE ?", p+"%")
		} else {
			units = units.Or("path LIKE ?", p+"%")
		}
	}
	return many[Consultation](ctx, db, "created_at DESC, id DESC", "unit_id IN (?)", units)
}

// ExtensionsOf lists how often a closing time was moved, oldest first.
func (db *DB) ExtensionsOf(ctx context.Context, consultationID string) ([]Extension, error) {
	return many[Extension](ctx, db, "id", "consultation_id = ?", consultationID)
}
