package models

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm/clause"
)

// Setting is one value that an administrator may change while the site runs.
type Setting struct {
	Key       string `gorm:"primaryKey"`
	Value     string // JSON
	UpdatedBy string
	UpdatedAt time.Time
}

// RuleProfile holds the rules that bind a kind of decision, each with its source,
// as data (procedure.md). UnitID is empty for those that ship with the program.
type RuleProfile struct {
	ID        string `gorm:"primaryKey"`
	Key       string
	UnitID    string
	NameZH    string
	NameEN    string
	Rules     string // JSON of app/kit/calendar.Rule
	UpdatedBy string
	UpdatedAt time.Time
}

// Holiday is a day that differs from the plain week: a day off, or a weekend day
// that is worked (调休).
type Holiday struct {
	Day    string `gorm:"primaryKey"` // 2027-02-06
	Work   bool
	NameZH string
	NameEN string
}

// SettingInto reads a setting into v; v stays as it is when there is none.
func (db *DB) SettingInto(ctx context.Context, key string, v any) error {
	list, err := many[Setting](ctx, db, "", "key = ?", key)
	if err != nil || len(list) == 0 {
		return err
	}
	return json.Unmarshal([]byte(list[0].Value), v)
}

// SetSetting writes a setting.
func (tx *Tx) SetSetting(key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	row := Setting{Key: key, Value: string(b), UpdatedBy: tx.Act.By, UpdatedAt: tx.Now}
	return tx.sql().Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
}

// RuleProfiles lists the profiles with a key: the one for everybody and those of
// single units.
func (db *DB) RuleProfiles(ctx context.Context, key string) ([]RuleProfile, error) {
	return many[RuleProfile](ctx, db, "unit_id", "key = ?", key)
}

// Holidays lists the days that differ from the plain week.
func (db *DB) Holidays(ctx context.Context) ([]Holiday, error) {
	return many[Holiday](ctx, db, "day", "1 = 1")
}
