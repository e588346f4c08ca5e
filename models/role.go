package models

import (
	"context"
	"time"
)

// RoleName is what somebody may do in a unit and everything below it.
type RoleName string

// The roles. A resident needs none.
const (
	Officer       RoleName = "officer"       // 承办人
	Moderator     RoleName = "moderator"     // 主持人
	Supervisor    RoleName = "supervisor"    // 督办
	Administrator RoleName = "administrator" // 管理员
)

// Role binds a person to a unit and its subtree.
type Role struct {
	ID        string `gorm:"primaryKey"`
	PersonID  string
	UnitID    string
	Name      RoleName
	GrantedBy string
	CreatedAt time.Time
	Unit      Unit   `gorm:"foreignKey:UnitID"`
	Person    Person `gorm:"foreignKey:PersonID"`
}

// RolesOf lists a person's roles with their units.
func (db *DB) RolesOf(ctx context.Context, personID string) ([]Role, error) {
	var list []Role
	err := db.read.WithContext(ctx).Preload("Unit").Where("person_id = ?", personID).Order("id").Find(&list).Error
	return list, wrap(err)
}

// Staff lists who holds a role in the units with these paths or below them, with
// unit and person, ordered by unit.
func (db *DB) Staff(ctx context.Context, paths []string) ([]Role, error) {
	var list []Role
	for _, path := range paths {
		var part []Role
		err := db.read.WithContext(ctx).Preload("Unit").Preload("Person").
			Joins("JOIN units ON units.id = roles.unit_id").
			Where("units.path LIKE ?", path+"%").
			Order("units.path, roles.name, roles.id").Find(&part).Error
		if err != nil {
			return nil, wrap(err)
		}
		for _, r := range part {
			if !heldAlready(list, r.ID) {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

func heldAlready(list []Role, id string) bool {
	for _, r := range list {
		if r.ID == id {
			return true
		}
	}
	return false
}

// Role reads a role with its unit inside the act.
func (tx *Tx) Role(id string) (Role, error) {
	var r Role
	err := tx.sql().Preload("Unit").Where("id = ?", id).Take(&r).Error
	return r, wrap(err)
}

// RolesOf lists a person's roles with their units inside the act.
func (tx *Tx) RolesOf(personID string) ([]Role, error) {
	var list []Role
	err := tx.sql().Preload("Unit").Where("person_id = ?", personID).Order("id").Find(&list).Error
	return list, wrap(err)
}

// RevokeRole takes a role away; Conflict when somebody else was faster.
func (tx *Tx) RevokeRole(id string) error {
	return changed(tx.sql().Where("id = ?", id).Delete(&Role{}))
}

// AdministratorsLeft counts the administrators of the root units: the last one
// cannot be taken away.
func (tx *Tx) AdministratorsLeft() (int64, error) {
	var n int64
	err := tx.sql().Model(&Role{}).Joins("JOIN units ON units.id = roles.unit_id").
		Where("roles.name = ? AND units.parent_id = ''", Administrator).Distinct("roles.person_id").Count(&n).Error
	return n, wrap(err)
}

// InsertRole writes a new role, without what it points to.
func (tx *Tx) InsertRole(r *Role) error { return tx.sql().Omit("Unit", "Person").Create(r).Error }
