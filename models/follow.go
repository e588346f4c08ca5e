package models

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Timing of the way from a commit to those who follow.
const (
	followEvery = 2 * time.Second       // a lost wake-up only delays by this much
	nudgeEvery  = 20 * time.Millisecond // notifications of one node are gathered for this long
	followRest  = 5 * time.Millisecond  // between two looks: what comes meanwhile is read together
	followBatch = 500
	channelName = "minyi_events"
)

// Follower wakes those who wait for new events: by commits of this process and,
// on PostgreSQL, of every other node. Start it once with [DB.Follower].
type Follower struct {
	db      *DB
	name    string // of this process among the nodes
	mu      sync.Mutex
	waiters map[*waiter]bool
}

type waiter struct {
	woken chan struct{}
	// ownOnly is set for who tells the other nodes: waking it for their commits
	// would send notifications back and forth for ever.
	ownOnly bool
}

// Follower makes the follower and registers it for this process's commits; Run
// must be running for the commits of other nodes.
func (db *DB) Follower() *Follower {
	f := &Follower{db: db, name: NewID(db.Now()), waiters: map[*waiter]bool{}}
	db.OnCommit(func([]Event) { f.signal(true) })
	return f
}

func (f *Follower) signal(own bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.waiters {
		if w.ownOnly && !own {
			continue
		}
		select {
		case w.woken <- struct{}{}:
		default: // it is awake already
		}
	}
}

func (f *Follower) wait(ownOnly bool) (*waiter, func()) {
	w := &waiter{woken: make(chan struct{}, 1), ownOnly: ownOnly}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiters[w] = true
	return w, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.waiters, w)
	}
}

// Follow hands every event after seq to fn, in order and in batches, until ctx
// ends. When fn fails it gets the same batch again a little later, so it must be
// idempotent. It returns the last handled number.
func (f *Follower) Follow(ctx context.Context, seq int64, fn func([]Event) error) int64 {
	w, done := f.wait(false)
	defer done()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		rested := time.After(followRest)
		events, err := f.db.EventsAfter(ctx, seq, followBatch)
		if err == nil && len(events) > 0 {
			if err = fn(events); err == nil {
				seq = events[len(events)-1].Seq
				if len(events) == followBatch {
					continue
				} // else what comes now wakes us again
			}
		}
		woken := w.woken
		if err == nil {
			select {
			case <-ctx.Done():
				return seq
			case <-rested:
			}
		}
		if err != nil {
			if ctx.Err() == nil {
				f.db.log.Warn("events wait", "after", seq, "err", err)
			}
			woken = nil // do not spin on what fails
		}
		select {
		case <-ctx.Done():
			return seq
		case <-woken:
		case <-tick.C:
		}
	}
}

// Run carries wake-ups between the nodes of one PostgreSQL until ctx ends; on
// SQLite it only waits. Notifications are sent after the commit and never inside
// a write: that was measured to cost more than half of the write rate.
func (f *Follower) Run(ctx context.Context) {
	if !f.db.postgres {
		<-ctx.Done()
		return
	}
	var both sync.WaitGroup
	both.Add(2)
	go func() { defer both.Done(); f.nudge(ctx) }()
	go func() { defer both.Done(); f.listen(ctx) }()
	both.Wait()
}

func (f *Follower) nudge(ctx context.Context) {
	w, done := f.wait(true)
	defer done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.woken:
		}
		if err := f.db.read.WithContext(ctx).Exec("SELECT pg_notify(?, ?)", channelName, f.name).Error; err != nil && ctx.Err() == nil {
			f.db.log.Warn("other nodes were not told", "err", scrub(err, f.db.url))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(nudgeEvery):
		}
	}
}

func (f *Follower) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := f.listenOnce(ctx); err != nil && ctx.Err() == nil {
			f.db.log.Warn("listening to other nodes stopped", "err", scrub(err, f.db.url))
		}
		select {
		case <-ctx.Done():
		case <-time.After(followEvery):
		}
	}
}

func (f *Follower) listenOnce(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, f.db.url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+channelName); err != nil {
		return err
	}
	for {
		news, err := conn.WaitForNotification(ctx)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
		if news.Payload != f.name { // of our own commits everybody here knows
			f.signal(false)
		}
	}
}
