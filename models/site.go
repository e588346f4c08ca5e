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
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
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
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
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

// KeptSetting reads a text setting that is made once and then kept, such as the
// server's secret; nodes that start together agree on the first one written.
func (db *DB) KeptSetting(ctx context.Context, key string, fresh func() string) (string, error) {
	var have string
	if err := db.SettingInto(ctx, key, &have); err != nil || have != "" {
		return have, err
	}
	value, err := json.Marshal(fresh())
	if err != nil {
		return "", err
	}
	err = db.InTx(ctx, Act{By: "system", Name: "site.keep", Silent: true}, func(tx *Tx) error {
		return tx.Insert(&Setting{Key: key, Value: string(value), UpdatedBy: tx.Act.By, UpdatedAt: tx.Now})
	})
	if err != nil && KindOf(err) != Conflict {
		return "", err
	}
	err = db.SettingInto(ctx, key, &have) // another node may have been faster
	return have, err
}

// EpochSetting holds the epoch of live positions: it changes whenever the numbers
// of events lose their meaning, which a restore does.
const EpochSetting = "live.epoch"

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

// AllRuleProfiles lists all rule profiles, those of the site before those of units.
func (db *DB) AllRuleProfiles(ctx context.Context) ([]RuleProfile, error) {
	return many[RuleProfile](ctx, db, "key, unit_id", "1 = 1")
}

// PutHolidays writes days; those of the same date are replaced.
func (tx *Tx) PutHolidays(list []Holiday) error {
	if len(list) == 0 {
		return nil
	}
	return tx.sql().Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(list, 200).Error
}

// SeedHolidays writes days that are not known yet.
func (tx *Tx) SeedHolidays(list []Holiday) error {
	if len(list) == 0 {
		return nil
	}
	return tx.sql().Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(list, 200).Error
}

// SeedRuleProfile writes a profile unless its key is known.
func (tx *Tx) SeedRuleProfile(p RuleProfile) error {
	p.ID, p.UpdatedAt, p.UpdatedBy = NewID(tx.Now), tx.Now, tx.Act.By
	return tx.sql().Clauses(clause.OnConflict{DoNothing: true}).Create(&p).Error
}

// AddRuleProfile writes the first profile of a unit; Conflict (error.stale) when another
// was faster.
func (tx *Tx) AddRuleProfile(p RuleProfile) error {
	p.ID, p.UpdatedAt, p.UpdatedBy = NewID(tx.Now), tx.Now, tx.Act.By
	return changed(tx.sql().Clauses(clause.OnConflict{DoNothing: true}).Create(&p))
}

// DropRuleProfile takes a unit's own profile away, as it was read, so that the one above
// it holds again; Conflict (error.stale) otherwise. That of the site stays.
func (tx *Tx) DropRuleProfile(p RuleProfile, read time.Time) error {
	return changed(tx.sql().Where("id = ? AND unit_id <> '' AND updated_at = ?", p.ID, read).Delete(&RuleProfile{}))
}

// SaveRuleProfile changes the rules of a profile that nobody has changed since it
// was read; Conflict (error.stale) otherwise.
func (tx *Tx) SaveRuleProfile(p RuleProfile, read time.Time) error {
	return changed(tx.sql().Model(&RuleProfile{}).Where("id = ? AND updated_at = ?", p.ID, read).
		Updates(map[string]any{"rules": p.Rules, "updated_by": tx.Act.By, "updated_at": tx.Now}))
}
