package models

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"time"
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
	ID        string `gorm:"primaryKey"` // hash of voice and key
	Hash      string
	Result    string // sealed with the key, or null while nobody has said the answer
	CreatedAt time.Time
}

func (IdempotencyKey) unnumbered() {}

// id names the key of this voice in the store.
func (i Idem) id() string { return HashOf([2]string{i.Voice, i.Key}) }

// Once runs fn in [DB.InTx] unless the same voice has sent the same key before:
// then it returns what was answered then and replayed is true. The same key with
// another request is an Invalid error (error.idempotency).
func Once[T any](ctx context.Context, db *DB, act Act, idem Idem, fn func(*Tx) (T, error)) (out T, replayed bool, err error) {
	j := &job{ctx: ctx, act: act, done: make(chan struct{})}
	if idem.Key != "" {
		j.key = idem.id() // here, and not while the writer makes others wait
	}
	j.fn = func(tx *Tx) error {
		replayed = false
		if old := tx.g.keys[j.key]; j.key != "" && old != nil {
			if old.Hash != idem.Hash {
				return Fail(Invalid, "error.idempotency")
			}
			replayed, tx.Act.Silent = true, true
			answer, err := idem.open(old.Result)
			if err != nil {
				return err
			}
			return json.Unmarshal(answer, &out)
		}
		got, err := fn(tx)
		if err != nil {
			return err
		}
		out = got
		return tx.remember(j.key, idem, out)
	}
	kept := func() {}
	if idem.Key == "" {
		kept = once(j)
	}
	if err = db.enqueue(j); err == nil {
		kept()
	}
	return out, replayed, err
}

// recall looks up, once for the whole group, what was answered before to the keys
// of its jobs.
func (g *group) recall(jobs []*job) error {
	var ids []string
	for _, j := range jobs {
		if j.key != "" {
			ids = append(ids, j.key)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	g.keys = map[string]*IdempotencyKey{}
	q := statement{sql: "SELECT id, hash, result FROM idempotency_keys WHERE id = ANY($1)", args: []any{ids}}
	if !g.db.postgres { // one text whatever the number of keys
		q = statement{sql: "SELECT id, hash, result FROM idempotency_keys WHERE id IN (SELECT value FROM json_each(?))", args: []any{string(mustJSON(ids))}}
	}
	return g.ask([]statement{q}, func(rows *sql.Rows) error {
		var r IdempotencyKey
		if err := rows.Scan(&r.ID, &r.Hash, &r.Result); err != nil {
			return err
		}
		g.keys[r.ID] = &r
		return nil
	})
}

// noAnswer is kept for a request that was done and whose answer is said later.
const noAnswer = "null"

// remember keeps the answer to a key whose id is given; nil for one that is said later.
func (tx *Tx) remember(id string, idem Idem, answer any) error {
	if id == "" {
		return nil
	}
	result := noAnswer
	if answer != nil {
		b, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		if result, err = idem.seal(b); err != nil {
			return err
		}
	}
	row := &IdempotencyKey{ID: id, Hash: idem.Hash, Result: result, CreatedAt: tx.Now}
	tx.Later(row)
	tx.claimed = append(tx.claimed, row)
	return nil
}
