package models

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Repeat lets a request be sent again although the verb that it calls takes no [Idem]
// of its own: it travels in the context, and the first act that commits writes down the
// key in its own transaction. Whoever answers keeps the answer with it afterwards
// ([DB.KeepAnswer]), to give the same one again.
type Repeat struct {
	Idem Idem
	// Done says that an act of this request was committed with the key.
	Done bool
	// Off says that the verb keeps its key itself.
	Off bool
}

type repeatKey struct{}

// WithRepeat gives the context that [DB.InTx] finds r in.
func WithRepeat(ctx context.Context, r *Repeat) context.Context {
	return context.WithValue(ctx, repeatKey{}, r)
}

// errRepeated says that the key is known; what was answered then may be known too.
var errRepeated = Fail(Conflict, "error.repeated")

// once makes a job the one that writes down the key of the request it belongs to.
// It gives what is called after the job has succeeded.
func once(j *job) func() {
	r, _ := j.ctx.Value(repeatKey{}).(*Repeat)
	if r == nil || r.Done || r.Off {
		return func() {}
	}
	j.key = r.Idem.id()
	fn := j.fn
	j.fn = func(tx *Tx) error {
		switch old := tx.g.keys[j.key]; {
		case old != nil && old.Hash != r.Idem.Hash:
			return Fail(Invalid, "error.idempotency")
		case old != nil:
			return errRepeated
		}
		if err := fn(tx); err != nil {
			return err
		}
		return tx.remember(j.key, r.Idem, nil)
	}
	return func() { r.Done = true }
}

// KeepAnswer writes down what was answered to a request whose key an act has written
// down.
func (db *DB) KeepAnswer(ctx context.Context, idem Idem, answer any) error {
	b, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	sealed, err := idem.seal(b)
	if err != nil {
		return err
	}
	return db.enqueue(&job{ctx: ctx, act: Act{By: idem.Voice, Name: "keys.answer", Silent: true}, done: make(chan struct{}), fn: func(tx *Tx) error {
		return changed(tx.sql().Model(&IdempotencyKey{}).Where("id = ?", idem.id()).Update("result", sealed))
	}})
}

// ForgetRepeat takes a key back: the request as a whole has failed, and may be sent again.
func (db *DB) ForgetRepeat(ctx context.Context, idem Idem) error {
	return db.enqueue(&job{ctx: ctx, act: Act{By: idem.Voice, Name: "keys.forget", Silent: true}, done: make(chan struct{}), fn: func(tx *Tx) error {
		return tx.sql().Where("id = ?", idem.id()).Delete(&IdempotencyKey{}).Error
	}})
}

// answerPatience is how long a repeated request waits for the answer to the first one,
// which may be on its way, and answerLook how often it looks.
const (
	answerPatience = 3 * time.Second
	answerLook     = 20 * time.Millisecond
)

// AnswerTo reads into out what was answered to a request before. known says whether the
// key was ever seen. Errors: Invalid (error.idempotency) for another request with the
// same key; Conflict (error.repeated) for one that was done and whose answer is lost.
func (db *DB) AnswerTo(ctx context.Context, idem Idem, out any) (known bool, err error) {
	look := time.NewTicker(answerLook)
	defer look.Stop()
	over := time.NewTimer(answerPatience)
	defer over.Stop()
	for {
		row, err := one[IdempotencyKey](ctx, db, "id = ?", idem.id())
		switch {
		case IsNotFound(err):
			return false, nil
		case err != nil:
			return false, err // nobody knows
		case row.Hash != idem.Hash:
			return true, Fail(Invalid, "error.idempotency")
		case row.Result != noAnswer:
			answer, err := idem.open(row.Result)
			if err != nil {
				return true, err
			}
			return true, json.Unmarshal(answer, out)
		}
		select {
		case <-look.C:
		case <-over.C:
			return true, errRepeated
		case <-ctx.Done():
			return true, errors.Join(errRepeated, ctx.Err())
		}
	}
}
