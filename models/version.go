package models

import (
	"context"
	"time"
)

// Version is one text of a draft. Once public it never changes.
type Version struct {
	ID             string `gorm:"primaryKey"`
	ConsultationID string
	Number         int // 1, 2, … within the consultation
	TitleZH        string
	TitleEN        string
	NoteZH         string // why there is a new version
	NoteEN         string
	SourceName     string
	SourceSHA256   string
	Warnings       string // JSON, as the import gave them
	CreatedBy      string
	CreatedAt      time.Time
	PublishedAt    *time.Time
}

// Clause is one clause of one version. Key is its permanent identity: the same
// clause keeps it in every version of the consultation, whatever its number.
type Clause struct {
	ID             string `gorm:"primaryKey"`
	VersionID      string
	ConsultationID string
	Key            string
	Position       int
	Kind           string // as in app/kit/outline
	Number         string
	Title          string
	Text           string
	TitleEN        string // working translation; the original governs
	TextEN         string
	Depth          int
	ParentKey      string
	// Target says that residents comment on it: articles, or where a draft has
	// none, its headings and texts.
	Target bool
}

// ClauseLink says what a clause of the version before became in this version.
type ClauseLink struct {
	ID             string `gorm:"primaryKey"`
	ConsultationID string
	VersionID      string // the newer version
	OldKey         string // empty: the clause is new
	NewKey         string // empty: the clause was deleted
	Change         string // as in app/kit/compare
	Similarity     float64
}

// Import is an uploaded text on its way to a version: kept until it is confirmed
// or given up, so that the preview survives a closed browser.
type Import struct {
	ID             string `gorm:"primaryKey"`
	ConsultationID string
	FileName       string
	SHA256         string
	Options        string // JSON
	Source         string // the readable original, for the side-by-side preview
	Outline        string // JSON of app/kit/outline.Outline, with the fixes so far
	Revision       int64
	CreatedBy      string
	CreatedAt      time.Time
	UpdatedAt      time.Time `gorm:"autoUpdateTime:false"`
	ConfirmedAt    *time.Time
}

// VersionsOf lists the versions of a consultation, oldest first.
func (db *DB) VersionsOf(ctx context.Context, consultationID string) ([]Version, error) {
	return many[Version](ctx, db, "number", "consultation_id = ?", consultationID)
}

// ClausesOf lists the clauses of a version in document order.
func (db *DB) ClausesOf(ctx context.Context, versionID string) ([]Clause, error) {
	return many[Clause](ctx, db, "position", "version_id = ?", versionID)
}

// LinksInto lists what the clauses of the version before became in this version.
func (db *DB) LinksInto(ctx context.Context, versionID string) ([]ClauseLink, error) {
	return many[ClauseLink](ctx, db, "id", "version_id = ?", versionID)
}
