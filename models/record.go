package models

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// Record is the 笔录 of a hearing or a room: About is "hearing:<id>" or
// "room:<code>". It is written, opened for correction and confirmation for the set
// days, then frozen with a hash over all of it.
type Record struct {
	About            string `gorm:"primaryKey"`
	UnitID           string
	SummaryZH        string
	SummaryEN        string
	Host             string
	Clerk            string
	Revision         int64
	CreatedBy        string
	CreatedAt        time.Time
	UpdatedAt        time.Time  `gorm:"autoUpdateTime:false"`
	OpenedAt         *time.Time // public and open for correction
	CorrectionsUntil *time.Time
	FrozenAt         *time.Time
	Hash             string
}

// RecordEntry is one thing said or done, in order.
type RecordEntry struct {
	ID             string `gorm:"primaryKey"`
	About          string
	Position       int
	AgendaID       string
	Kind           string // speech, question, answer, note
	Speaker        string // as it is shown
	RegistrationID string // whose words they are, if known
	Source         string // "question:<id>" for what came from a live room
	TextZH         string
	TextEN         string
	SaidAt         *time.Time
	CreatedBy      string
	CreatedAt      time.Time
	UpdatedAt      time.Time `gorm:"autoUpdateTime:false"`
}

// RecordCorrection is what a participant wants changed in the record.
type RecordCorrection struct {
	ID             string `gorm:"primaryKey"`
	About          string
	EntryID        string
	RegistrationID string
	Name           string
	Text           string
	CreatedAt      time.Time
	Decision       string // accepted, declined; empty while open
	Note           string
	DecidedBy      string
	DecidedAt      *time.Time
}

// RecordConfirmation is the signature of a participant under the record at a revision.
type RecordConfirmation struct {
	About          string `gorm:"primaryKey"`
	RegistrationID string `gorm:"primaryKey"`
	Name           string
	Signed         bool   // false: refuses to sign, which is noted
	Way            string // ticket, paper
	Revision       int64
	CreatedAt      time.Time
}

// HearingReport tells how each view was treated. Items is a JSON list, see
// [ReportItem].
type HearingReport struct {
	HearingID   string `gorm:"primaryKey"`
	SummaryZH   string
	SummaryEN   string
	Items       string
	Revision    int64
	UpdatedBy   string
	UpdatedAt   time.Time `gorm:"autoUpdateTime:false"`
	ProposedBy  string
	ProposedAt  *time.Time
	PublishedBy string
	PublishedAt *time.Time
}

// ReportItem is one view of the hearing with what became of it.
type ReportItem struct {
	ViewZH   string `json:"view_zh"`
	ViewEN   string `json:"view_en"`
	By       string `json:"by"` // as it is shown, or how many
	Decision string `json:"decision"`
	ReasonZH string `json:"reason_zh"`
	ReasonEN string `json:"reason_en"`
	Clause   string `json:"clause"`
}

// RecordOf finds the record about a hearing or a room; [ErrNotFound] if there is none.
func (db *DB) RecordOf(ctx context.Context, about string) (Record, error) {
	return one[Record](ctx, db, "about = ?", about)
}

// RecordOf reads a record inside the act.
func (tx *Tx) RecordOf(about string) (Record, error) {
	return oneIn[Record](tx.sql(), "about = ?", about)
}

// RecordEntries lists what a record says, in order.
func (db *DB) RecordEntries(ctx context.Context, about string) ([]RecordEntry, error) {
	return many[RecordEntry](ctx, db, "position, id", "about = ?", about)
}

// RecordEntries lists what a record says, inside the act.
func (tx *Tx) RecordEntries(about string) ([]RecordEntry, error) {
	return manyIn[RecordEntry](tx.sql(), "position, id", "about = ?", about)
}

// RecordCorrections lists the wishes for correction of a record.
func (db *DB) RecordCorrections(ctx context.Context, about string) ([]RecordCorrection, error) {
	return many[RecordCorrection](ctx, db, "id", "about = ?", about)
}

// RecordCorrections lists the wishes for correction inside the act.
func (tx *Tx) RecordCorrections(about string) ([]RecordCorrection, error) {
	return manyIn[RecordCorrection](tx.sql(), "id", "about = ?", about)
}

// RecordConfirmations lists who signed a record.
func (db *DB) RecordConfirmations(ctx context.Context, about string) ([]RecordConfirmation, error) {
	return many[RecordConfirmation](ctx, db, "created_at", "about = ?", about)
}

// RecordConfirmations lists who signed a record, inside the act.
func (tx *Tx) RecordConfirmations(about string) ([]RecordConfirmation, error) {
	return manyIn[RecordConfirmation](tx.sql(), "created_at", "about = ?", about)
}

// LockRecord waits until no other act decides about what comes to a record.
func (tx *Tx) LockRecord(about string) error {
	if !tx.g.db.postgres {
		return nil // one writer anyway
	}
	return tx.sql().Model(&Record{}).Where("about = ?", about).Update("about", about).Error
}

// SaveRecord writes a record that was read at a revision and is not frozen;
// Conflict (error.stale) otherwise.
func (tx *Tx) SaveRecord(r *Record, revision int64) error {
	r.Revision, r.UpdatedAt = revision+1, tx.Now
	return changed(tx.sql().Model(&Record{}).Where("about = ? AND revision = ? AND frozen_at IS NULL", r.About, revision).
		Select("summary_zh", "summary_en", "host", "clerk", "revision", "updated_at", "opened_at", "corrections_until", "frozen_at", "hash").Updates(r))
}

// SetRecordEntries replaces what a record says; entries with an id that exists
// keep it, so that corrections stay where they were made.
func (tx *Tx) SetRecordEntries(about string, entries []RecordEntry) error {
	old, err := tx.RecordEntries(about)
	if err != nil {
		return err
	}
	had := map[string]RecordEntry{}
	for _, o := range old {
		had[o.ID] = o
	}
	if err := tx.sql().Where("about = ?", about).Delete(&RecordEntry{}).Error; err != nil {
		return err
	}
	for i := range entries {
		e := entries[i]
		before, known := had[e.ID]
		if known {
			e.CreatedAt, e.CreatedBy, e.Source = before.CreatedAt, before.CreatedBy, before.Source
			if e.RegistrationID == "" {
				e.RegistrationID = before.RegistrationID
			}
		} else {
			e.ID, e.CreatedAt, e.CreatedBy = NewID(tx.Now), tx.Now, tx.Act.By
		}
		e.About, e.Position, e.UpdatedAt = about, i, tx.Now
		if err := tx.Insert(&e); err != nil {
			return err
		}
	}
	return nil
}

// DecideCorrection answers a wish for correction that is open; Conflict otherwise.
func (tx *Tx) DecideCorrection(id, decision, note, by string) error {
	return changed(tx.sql().Model(&RecordCorrection{}).Where("id = ? AND decided_at IS NULL", id).
		Updates(map[string]any{"decision": decision, "note": note, "decided_by": by, "decided_at": tx.Now}))
}

// ConfirmRecord notes a signature, the last one of a person counts.
func (tx *Tx) ConfirmRecord(c RecordConfirmation) error {
	return tx.sql().Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "about"}, {Name: "registration_id"}}, UpdateAll: true}).Create(&c).Error
}

// RecordParts is all that hangs on a record.
type RecordParts struct {
	Entries       []RecordEntry
	Corrections   []RecordCorrection
	Confirmations []RecordConfirmation
}

// RecordParts reads what hangs on a record; all of it is empty for one that is not
// there.
func (db *DB) RecordParts(ctx context.Context, about string) (p RecordParts, err error) {
	if p.Entries, err = db.RecordEntries(ctx, about); err != nil {
		return p, err
	}
	if p.Corrections, err = db.RecordCorrections(ctx, about); err != nil {
		return p, err
	}
	p.Confirmations, err = db.RecordConfirmations(ctx, about)
	return p, err
}

// RecordsAfter lists what records are about that begins with a prefix ("room:") and
// comes after another, in order.
func (db *DB) RecordsAfter(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	var list []string
	err := db.read.WithContext(ctx).Model(&Record{}).Where("about > ? AND about > ? AND about < ?", after, prefix, prefix+"~").Order("about").Limit(limit).Pluck("about", &list).Error
	return list, wrap(err)
}

// RecordsToFreeze lists records whose days of correction ended before a moment.
func (db *DB) RecordsToFreeze(ctx context.Context, now time.Time) ([]Record, error) {
	return many[Record](ctx, db, "corrections_until", "opened_at IS NOT NULL AND frozen_at IS NULL AND corrections_until <= ?", now)
}

// ReportOf finds the report of a hearing; [ErrNotFound] if there is none.
func (db *DB) ReportOf(ctx context.Context, hearingID string) (HearingReport, error) {
	return one[HearingReport](ctx, db, "hearing_id = ?", hearingID)
}

// SaveReport writes a report that was read at a revision and is not public.
func (tx *Tx) SaveReport(r HearingReport, revision int64) error {
	r.Revision, r.UpdatedAt, r.UpdatedBy = revision+1, tx.Now, tx.Act.By
	if revision == 0 {
		return tx.Insert(&r)
	}
	return changed(tx.sql().Model(&HearingReport{}).Where("hearing_id = ? AND revision = ? AND published_at IS NULL", r.HearingID, revision).
		Select("summary_zh", "summary_en", "items", "revision", "updated_by", "updated_at", "proposed_by", "proposed_at", "published_by", "published_at").Updates(&r))
}
