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

// Tier is how sure we are of who a person is; shown beside counts, never
// silently weighted (trust.md §4).
type Tier string

// The tiers, from the weakest.
const (
	TierNone      Tier = "none"       // not verified
	TierContact   Tier = "contact"    // contact confirmed by a code
	TierResident  Tier = "resident"   // identity confirmed by an identity provider
	TierCheckedIn Tier = "checked_in" // seen at the hearing
)

// Person is somebody with an account. Keys are the folded forms that must be
// unique; an empty key is stored as null.
type Person struct {
	ID           string `gorm:"primaryKey"`
	Email        string
	EmailKey     *string
	Phone        string
	PhoneKey     *string
	Name         string // real name, never shown without the person's choice
	Nickname     string
	PasswordHash string
	Lang         string
	OIDCIssuer   string  `gorm:"column:oidc_issuer"`
	OIDCSubject  *string `gorm:"column:oidc_subject"`
	Tier         Tier
	// Notify says where news go: mail, sms or none.
	Notify     string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	DisabledAt *time.Time
	ErasedAt   *time.Time
}

// TableName is people.
func (Person) TableName() string { return "people" }

// Role binds a person to a unit and its subtree.
type Role struct {
	ID        string `gorm:"primaryKey"`
	PersonID  string
	UnitID    string
	Name      RoleName
	GrantedBy string
	CreatedAt time.Time
	Unit      Unit `gorm:"foreignKey:UnitID"`
}

// Session is a signed-in browser; only the hash of its secret is stored.
type Session struct {
	ID        string `gorm:"primaryKey"`
	TokenHash string
	PersonID  string
	Desk      bool // ends after 30 idle minutes instead of 7 days
	CSRF      string
	Network   string
	Agent     string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	EndedAt   *time.Time
}

// Token lets a program act for a person over the API; only its hash is stored.
type Token struct {
	ID        string `gorm:"primaryKey"`
	TokenHash string
	PersonID  string
	Name      string
	CreatedAt time.Time
	UsedAt    *time.Time
	RevokedAt *time.Time
}

// SignInCode is a one-time code sent to a contact. Only its keyed hash is stored.
type SignInCode struct {
	ID         string `gorm:"primaryKey"`
	ContactKey string
	Purpose    string // sign_in, confirm, reset
	CodeHash   string
	Tries      int
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     *time.Time
}

// PersonByID finds a person; [ErrNotFound] if there is none.
func (db *DB) PersonByID(ctx context.Context, id string) (Person, error) {
	return one[Person](ctx, db, "id = ?", id)
}

// PersonByEmailKey finds a person by the folded mail address.
func (db *DB) PersonByEmailKey(ctx context.Context, key string) (Person, error) {
	return one[Person](ctx, db, "email_key = ?", key)
}

// PersonByPhoneKey finds a person by the normalised phone number.
func (db *DB) PersonByPhoneKey(ctx context.Context, key string) (Person, error) {
	return one[Person](ctx, db, "phone_key = ?", key)
}

// RolesOf lists a person's roles with their units.
func (db *DB) RolesOf(ctx context.Context, personID string) ([]Role, error) {
	var list []Role
	err := db.read.WithContext(ctx).Preload("Unit").Where("person_id = ?", personID).Order("id").Find(&list).Error
	return list, wrap(err)
}

// SessionByHash finds a session that has not ended and not expired.
func (db *DB) SessionByHash(ctx context.Context, hash string, now time.Time) (Session, error) {
	return one[Session](ctx, db, "token_hash = ? AND ended_at IS NULL AND expires_at > ?", hash, now)
}

// TokenByHash finds an API token that was not revoked.
func (db *DB) TokenByHash(ctx context.Context, hash string) (Token, error) {
	return one[Token](ctx, db, "token_hash = ? AND revoked_at IS NULL", hash)
}
