package models

import (
	"context"
	"strings"
	"time"
)

// Level is where a unit stands in the administration.
type Level string

// The levels of units.
const (
	City       Level = "city"       // 市
	County     Level = "county"     // 区、县
	Township   Level = "township"   // 乡镇、街道
	Department Level = "department" // 部门, at any of the three
)

// Unit is a government or one of its departments. Path holds the ids from the
// root down to the unit itself, "/city/county/self/", so that a subtree is a prefix.
type Unit struct {
	ID        string `gorm:"primaryKey"`
	ParentID  string
	Path      string
	Level     Level
	Slug      string // short ASCII name, unique
	NameZH    string
	NameEN    string
	AddressZH string
	AddressEN string
	Phone     string
	Email     string
	// ReceiptOnly lets residents take part with nothing but the receipt, without
	// giving a contact.
	ReceiptOnly bool
	Position    int
	CreatedAt   time.Time
	UpdatedAt   time.Time `gorm:"autoUpdateTime:false"`
}

// Name is the unit's name in a language ("zh" or "en").
func (u Unit) Name(lang string) string { return either(lang, u.NameZH, u.NameEN) }

// Under says whether the unit is the one with the given path or below it.
func (u Unit) Under(path string) bool { return path != "" && strings.HasPrefix(u.Path, path) }

// either picks the text of a language and falls back to the other one.
func either(lang, zh, en string) string {
	if lang == "en" && en != "" || zh == "" {
		return en
	}
	return zh
}

// Units lists all units, parents before children.
func (db *DB) Units(ctx context.Context) ([]Unit, error) {
	return many[Unit](ctx, db, "path, position", "1 = 1")
}

// UnitByID finds a unit; [ErrNotFound] if there is none.
func (db *DB) UnitByID(ctx context.Context, id string) (Unit, error) {
	return one[Unit](ctx, db, "id = ?", id)
}

// UnitBySlug finds a unit by its short name; [ErrNotFound] if there is none.
func (db *DB) UnitBySlug(ctx context.Context, slug string) (Unit, error) {
	return one[Unit](ctx, db, "slug = ?", slug)
}

// Unit reads a unit inside the act.
func (tx *Tx) Unit(id string) (Unit, error) { return oneIn[Unit](tx.sql(), "id = ?", id) }

// UnitBySlug reads a unit by its short name inside the act.
func (tx *Tx) UnitBySlug(slug string) (Unit, error) { return oneIn[Unit](tx.sql(), "slug = ?", slug) }

// SaveUnit writes a unit that was changed by nobody else since it was read;
// Conflict (error.stale) otherwise.
func (tx *Tx) SaveUnit(u Unit, read time.Time) error {
	u.UpdatedAt = tx.Now
	return changed(tx.sql().Model(&Unit{}).Where("id = ? AND updated_at = ?", u.ID, read).
		Select("level", "slug", "name_zh", "name_en", "address_zh", "address_en", "phone", "email", "receipt_only", "position", "updated_at").Updates(&u))
}

// MoveUnit puts a unit with all that is below it under another parent. Both must
// have been read in the same act, and the parent must not lie below the unit.
func (tx *Tx) MoveUnit(u, parent Unit) error {
	q := tx.sql().Model(&Unit{}).Where("id = ? AND path = ?", u.ID, u.Path).
		Updates(map[string]any{"parent_id": parent.ID, "updated_at": tx.Now})
	if err := changed(q); err != nil {
		return err
	}
	path := parent.Path + u.ID + "/"
	return tx.sql().Exec("UPDATE units SET path = ? || substr(path, ?) WHERE path LIKE ?", path, len(u.Path)+1, u.Path+"%").Error
}

// UnitConsultations lists what units have put before the public, the newest first.
func (db *DB) UnitConsultations(ctx context.Context, unitIDs []string, limit int) ([]Consultation, error) {
	q := db.read.WithContext(ctx).Limit(clampLimit(limit))
	return manyIn[Consultation](q, "published_at DESC, id DESC", "unit_id IN ? AND published_at IS NOT NULL", unitIDs)
}

// UnitDrafts counts a unit's consultations in any state, to tell what moving or
// closing it touches.
func (db *DB) UnitDrafts(ctx context.Context, unitIDs []string) (int64, error) {
	var n int64
	err := db.read.WithContext(ctx).Model(&Consultation{}).Where("unit_id IN ?", unitIDs).Count(&n).Error
	return n, wrap(err)
}
