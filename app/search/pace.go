package search

import (
	"context"
	"sync/atomic"
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
	// From busy acts a second on it rests restLeast: a discussion that goes on is then two
	// changes a second and not five, which is the part of the machine that who reads it gets.
	busy     = 5
	busySeen = 3 // acts that make one, so that two at once are none
	// While this process takes more than storm acts a second it rests at least
	// restLeast, and up to restMost after large changes: it catches up when people pause.
	// All who work at an index then share the part of the machine that one may take, and
	// a change holds at most stormAtOnce documents, or restMost would cut the rest short.
	storm       = 50
	stormSeen   = 10 // acts that make one, so that some by chance are none
	restLeast   = 500 * time.Millisecond
	restMost    = 5 * time.Second
	stormAtOnce = 300
)

// pace measures how fast the store takes acts, and rests accordingly. It is used by
// one goroutine at a time.
type pace struct {
	db    *models.DB
	clock func() time.Time
	// longer is how many times as long it rests: the desk waits longer than the public.
	longer time.Duration
	// working is how many work at an index of this site now.
	working *atomic.Int32
	// The limits above; a test has others.
	storm, seen float64
	least, most time.Duration
	at          time.Time // of the last look
	acts        float64   // that were written until then
	busy        bool      // what the last look found
	stormy      bool      // so busy that a change must be small as well
}

func (x *indexer) newPace() *pace {
	p := &pace{db: x.s.o.DB, clock: x.s.o.Clock, longer: 1, working: &x.s.working, storm: storm, seen: stormSeen, least: restLeast, most: restMost}
	if x.desk {
		p.longer = 2
	}
	return p
}

// begin takes the first look, so that the first change knows already how much is written.
func (p *pace) begin() {
	if p.at.IsZero() {
		p.look()
	}
}

// atOnce is how many documents a change may hold; usual is what it holds in quiet times.
func (p *pace) atOnce(usual int) int {
	if p.stormy {
		return min(usual, stormAtOnce)
	}
	return usual
}

// apply is an engine's Apply that rests after each change, in the way that is given.
func (p *pace) apply(apply func(context.Context, index.Batch) error, rest func(context.Context, time.Duration) error) func(context.Context, index.Batch) error {
	return p.resting(apply, rest, restQuiet)
}

// applyInStorm rests only while much is written, for a rebuild that somebody waits for.
func (p *pace) applyInStorm(apply func(context.Context, index.Batch) error) func(context.Context, index.Batch) error {
	return p.resting(apply, func(ctx context.Context, d time.Duration) error { rest(ctx, d); return nil }, 0)
}

// resting counts reading the documents as work: what went by since it rested last.
func (p *pace) resting(apply func(context.Context, index.Batch) error, rest func(context.Context, time.Duration) error, quiet time.Duration) func(context.Context, index.Batch) error {
	began := p.clock()
	return func(ctx context.Context, b index.Batch) error {
		if err := apply(ctx, b); err != nil || len(b.Put)+len(b.Delete) == 0 {
			return err
		}
		err := rest(ctx, p.length(p.clock().Sub(began), quiet))
		began = p.clock()
		return err
	}
}

// length says how long to rest after a change that took so long; with no quiet to keep it
// rests in a storm only.
func (p *pace) length(took, quiet time.Duration) time.Duration {
	if p.look(); p.stormy {
		return min(max(restFor*took*time.Duration(max(1, p.working.Load())), p.least*p.longer), p.most)
	}
	if p.busy && quiet > 0 {
		return p.least * p.longer
	}
	return min(restFor*took, quiet) * p.longer
}

// look finds out whether much was written since the last look.
func (p *pace) look() {
	now, acts := p.clock(), p.db.WriteStats().Acts.Sum
	came, since := acts-p.acts, now.Sub(p.at)
	known := !p.at.IsZero()
	p.at, p.acts = now, acts
	above := func(seen, rate float64) bool { return known && came >= seen && came >= rate*since.Seconds() }
	p.busy, p.stormy = above(busySeen, busy), above(p.seen, p.storm)
}
