package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Idem is what makes a repeated request have one effect: the key that the client
// chose, the person (voice) who sent it and a hash of what was asked. An empty
// Key means that the client did not ask for it.
type Idem struct {
	Voice string
	Key   string
	Hash  string
}

// HashOf gives the hash of a request for [Idem].
func HashOf(request any) string {
	b, err := json.Marshal(request)
	if err != nil {
		panic(err) // inputs are plain structs
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// IdempotencyKey is a remembered answer. Keys of different people never meet.
type IdempotencyKey struct {
	Voice     string `gorm:"primaryKey"`
	Key       string `gorm:"primaryKey"`
	Hash      string
	Result    string
	CreatedAt time.Time
}

type idemKey struct{ voice, key string }

// Once runs fn in [DB.InTx] unless the same voice has sent the same key before:
// then it returns what was answered then and replayed is true. The same key with
// another request is an Invalid error (error.idempotency).
func Once[T any](ctx context.Context, db *DB, act Act, idem Idem, fn func(*Tx) (T, error)) (out T, replayed bool, err error) {
	err = db.InTx(ctx, act, func(tx *Tx) error {
		replayed = false
		old, err := tx.answered(idem)
		if err != nil {
			return err
		}
		if old != nil {
			if old.Hash != idem.Hash {
				return Fail(Invalid, "error.idempotency")
			}
			replayed, tx.Act.Silent = true, true
			return json.Unmarshal([]byte(old.Result), &out)
		}
		if out, err = fn(tx); err != nil {
			return err
		}
		return tx.remember(idem, out)
	})
	return out, replayed, err
}

// answered finds what was answered to the key before, also by an act of the same
// group that is not written yet.
func (tx *Tx) answered(idem Idem) (*IdempotencyKey, error) {
	if idem.Key == "" {
		return nil, nil
	}
	if row := tx.g.keys[idemKey{idem.Voice, idem.Key}]; row != nil {
		return row, nil
	}
	var row IdempotencyKey
	err := tx.peek().Where("voice = ? AND key = ?", idem.Voice, idem.Key).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		tx.broken = err
		return nil, err
	}
	return &row, nil
}

func (tx *Tx) remember(idem Idem, out any) error {
	if idem.Key == "" {
		return nil
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	row := &IdempotencyKey{Voice: idem.Voice, Key: idem.Key, Hash: idem.Hash, Result: string(b), CreatedAt: tx.Now}
	tx.Later(row)
	tx.claimed = append(tx.claimed, row)
	return nil
}
