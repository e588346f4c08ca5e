package models

import (
	"context"
	"encoding/json"
	"time"
)

// Audit is the trace of one act: who did what about what, when, and why. Rows are
// only ever added.
type Audit struct {
	ID     string `gorm:"primaryKey"`
	At     time.Time
	By     string `gorm:"column:actor"`
	Name   string
	About  string
	UnitID string
	Tier   string
	Reason string
	Detail string // JSON: the facts that a public record needs
}

// TableName is acts.
func (Audit) TableName() string { return "acts" }

// unnumbered says that no number of a sequence stands in the row, so that it can be
// written before numbers are taken.
func (Audit) unnumbered() {}

func auditRow(tx *Tx) *Audit {
	detail := ""
	if tx.Act.Detail != nil {
		if b, err := json.Marshal(tx.Act.Detail); err == nil {
			detail = string(b)
		}
	}
	a := tx.Act
	return &Audit{ID: NewID(tx.Now), At: tx.Now, By: a.By, Name: a.Name, About: a.About, UnitID: a.UnitID, Tier: a.Tier, Reason: a.Reason, Detail: detail}
}

// AuditFilter narrows [DB.AuditTrail]; empty fields do not narrow.
type AuditFilter struct {
	About, By, Name string
	// From and To narrow to acts from a moment on and before a moment.
	From, To time.Time
	Before   string // id of the last row seen
	Limit    int
}

// AuditTrail lists acts, newest first. Acts of one person or of one name leave out
// the sending of opinions, which is found by what it is about.
func (db *DB) AuditTrail(ctx context.Context, f AuditFilter) ([]Audit, error) {
	q := db.read.WithContext(ctx).Order("id DESC").Limit(clampLimit(f.Limit))
	if f.About != "" {
		q = q.Where("about = ?", f.About)
	}
	if f.By != "" {
		q = q.Where("actor = ? AND name <> 'opinions.submit'", f.By)
	}
	if f.Name == "opinions.submit" {
		q = q.Where("name = ?", f.Name)
	} else if f.Name != "" {
		q = q.Where("name = ? AND name <> 'opinions.submit'", f.Name)
	}
	if f.Before != "" {
		q = q.Where("id < ?", f.Before)
	}
	if !f.From.IsZero() {
		q = q.Where("id >= ?", firstID(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("id < ?", firstID(f.To))
	}
	var list []Audit
	return list, wrap(q.Find(&list).Error)
}

func clampLimit(n int) int {
	if n <= 0 || n > 1000 {
		return 100
	}
	return n
}
