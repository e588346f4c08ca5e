package models

import (
	"context"
	"time"
)

// Purposes of one-time codes.
const (
	PurposeSignIn  = "sign_in" // sign in, or make an account
	PurposeReset   = "reset"   // choose a new password
	PurposeContact = "contact" // confirm a new contact of an account
	PurposeConfirm = "confirm" // take part without an account
)

// CodeTries is how often a code may be typed wrongly before it ends.
const CodeTries = 5

// SignInCode is a one-time code sent to a contact. Only its keyed hash is stored.
type SignInCode struct {
	ID          string `gorm:"primaryKey"`
	ContactKind string // mail, phone
	Contact     string // as its owner writes it
	ContactKey  string
	Purpose     string
	// Voice is who asked for the code; nobody else can use it.
	Voice     string
	CodeHash  string
	Data      string // JSON: what was asked for and waits for the code
	Tries     int
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time // it was typed rightly
}

// SignInCodeByID finds a code that was sent, in any state.
func (db *DB) SignInCodeByID(ctx context.Context, id string) (SignInCode, error) {
	return one[SignInCode](ctx, db, "id = ?", id)
}

// SendCode keeps a new code; earlier ones that the same voice asked for, for the
// same contact and purpose, end. Those of others live on, so that nobody can end
// somebody else's code.
func (tx *Tx) SendCode(c *SignInCode) error {
	err := tx.sql().Model(&SignInCode{}).Where("contact_key = ? AND purpose = ? AND voice = ? AND used_at IS NULL AND expires_at > ?", c.ContactKey, c.Purpose, c.Voice, tx.Now).
		Update("expires_at", tx.Now).Error
	if err != nil {
		return err
	}
	return tx.Insert(c)
}

// TryCode counts a try and tells whether it was the right code, which it then uses
// up. [ErrNotFound] when the code has ended, was used or was tried too often. The
// caller must let the act succeed even when the code was wrong: the try counts.
func (tx *Tx) TryCode(id, hash string) (c SignInCode, right bool, err error) {
	q := tx.sql().Exec("UPDATE sign_in_codes SET tries = tries + 1 WHERE id = ? AND used_at IS NULL AND tries < ? AND expires_at > ?", id, CodeTries, tx.Now)
	if q.Error != nil {
		return c, false, q.Error
	}
	if q.RowsAffected == 0 {
		return c, false, ErrNotFound
	}
	q = tx.sql().Model(&SignInCode{}).Where("id = ? AND code_hash = ? AND used_at IS NULL", id, hash).Update("used_at", tx.Now)
	if q.Error != nil {
		return c, false, q.Error
	}
	c, err = oneIn[SignInCode](tx.sql(), "id = ?", id)
	return c, q.RowsAffected == 1, err
}
