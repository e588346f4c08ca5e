package search

import (
	"context"
	"time"

	"minyi/models"
	index "minyi/search"
)

// How an indexer leaves the machine to people who write and read.
//
// Every change of an index costs the same few milliseconds whether it holds one
// document or a thousand: a segment, a flush, and later its merge with others. What
// came in while it rested is one change, so resting after each is what makes it cheap;
// only the next change waits, never the first.
const (
	restFor   = 8                      // times as long as it worked
	restQuiet = 200 * time.Millisecond // at most, while little is written
	// While the store takes more than storm events a second it rests at least
	// restLeast, and up to restMost after large changes: it catches up when people pause.
	storm     = 20
	stormSeen = 3 // events that make one, so that two acts by chance are none
	restLeast = 500 * time.Millisecond
	restMost  = 5 * time.Second
)

// pace measures how fast the store takes events, and rests accordingly. It is used by
// one goroutine at a time.
type pace struct {
	db    *models.DB
	clock func() time.Time
	// longer is how many times as long it rests: the desk waits longer than the public.
	longer time.Duration
	at     time.Time // of the last look
	seq    int64     // the newest event then
}

func (x *indexer) newPace() *pace {
	p := &pace{db: x.s.o.DB, clock: x.s.o.Clock, longer: 1}
	if x.desk {
		p.longer = 2
	}
	return p
}

// apply is an engine's Apply that rests after each change.
func (p *pace) apply(apply func(context.Context, index.Batch) error) func(context.Context, index.Batch) error {
	return p.resting(apply, restQuiet)
}

// applyInStorm rests only while much is written, for a rebuild that somebody waits for.
func (p *pace) applyInStorm(apply func(context.Context, index.Batch) error) func(context.Context, index.Batch) error {
	return p.resting(apply, 0)
}

// resting counts reading the documents as work: what went by since it rested last.
func (p *pace) resting(apply func(context.Context, index.Batch) error, quiet time.Duration) func(context.Context, index.Batch) error {
	began := p.clock()
	return func(ctx context.Context, b index.Batch) error {
		if err := apply(ctx, b); err != nil || len(b.Put)+len(b.Delete) == 0 {
			return err
		}
		rest(ctx, p.length(ctx, p.clock().Sub(began), quiet))
		began = p.clock()
		return nil
	}
}

// length says how long to rest after a change that took so long.
func (p *pace) length(ctx context.Context, took, quiet time.Duration) time.Duration {
	seq, err := p.db.LastEvent(ctx)
	if err != nil {
		return quiet
	}
	now := p.clock()
	came, since := seq-p.seq, now.Sub(p.at)
	known := !p.at.IsZero()
	p.at, p.seq = now, seq
	if known && came >= stormSeen && float64(came) > storm*since.Seconds() {
		return min(max(restFor*took, restLeast)*p.longer, restMost)
	}
	return min(restFor*took, quiet) * p.longer
}
