package models

import (
	"context"
	"time"
)

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

// SessionByHash finds a session that has not ended and not expired.
func (db *DB) SessionByHash(ctx context.Context, hash string, now time.Time) (Session, error) {
	return one[Session](ctx, db, "token_hash = ? AND ended_at IS NULL AND expires_at > ?", hash, now)
}

// SessionsOf lists a person's sessions that can still be used, the newest first.
func (db *DB) SessionsOf(ctx context.Context, personID string, now time.Time) ([]Session, error) {
	return many[Session](ctx, db, "id DESC", "person_id = ? AND ended_at IS NULL AND expires_at > ?", personID, now)
}

// TokenByHash finds an API token that was not revoked.
func (db *DB) TokenByHash(ctx context.Context, hash string) (Token, error) {
	return one[Token](ctx, db, "token_hash = ? AND revoked_at IS NULL", hash)
}

// TokensOf lists a person's API tokens that were not revoked, the newest first.
func (db *DB) TokensOf(ctx context.Context, personID string) ([]Token, error) {
	return many[Token](ctx, db, "id DESC", "person_id = ? AND revoked_at IS NULL", personID)
}

// EndSession ends one session of a person; [ErrNotFound] if there is no such one.
func (tx *Tx) EndSession(personID, id string) error {
	q := tx.sql().Model(&Session{}).Where("id = ? AND person_id = ? AND ended_at IS NULL", id, personID).Update("ended_at", tx.Now)
	if q.Error == nil && q.RowsAffected == 0 {
		return ErrNotFound
	}
	return q.Error
}

// EndSessionsOf ends all sessions of a person except one (empty: none is kept)
// and tells how many there were.
func (tx *Tx) EndSessionsOf(personID, except string) (int64, error) {
	q := tx.sql().Model(&Session{}).Where("person_id = ? AND id <> ? AND ended_at IS NULL", personID, except).Update("ended_at", tx.Now)
	return q.RowsAffected, q.Error
}

// SeenSession moves the end of a session that was used.
func (tx *Tx) SeenSession(id string, seen, expires time.Time) error {
	return tx.sql().Model(&Session{}).Where("id = ? AND ended_at IS NULL AND seen_at < ?", id, seen).
		Updates(map[string]any{"seen_at": seen, "expires_at": expires}).Error
}

// UsedToken notes when a token was used last.
func (tx *Tx) UsedToken(id string, at time.Time) error {
	return tx.sql().Model(&Token{}).Where("id = ?", id).Update("used_at", at).Error
}

// RevokeToken ends an API token of a person; [ErrNotFound] if there is no such one.
func (tx *Tx) RevokeToken(personID, id string) error {
	q := tx.sql().Model(&Token{}).Where("id = ? AND person_id = ? AND revoked_at IS NULL", id, personID).Update("revoked_at", tx.Now)
	if q.Error == nil && q.RowsAffected == 0 {
		return ErrNotFound
	}
	return q.Error
}

// SessionsToEnd lists the ids of a person's sessions that have not ended, without
// one of them.
func (tx *Tx) SessionsToEnd(personID, except string) ([]string, error) {
	list, err := manyIn[Session](tx.sql(), "id", "person_id = ? AND id <> ? AND ended_at IS NULL AND expires_at > ?", personID, except, tx.Now)
	ids := make([]string, 0, len(list))
	for _, s := range list {
		ids = append(ids, s.ID)
	}
	return ids, err
}
