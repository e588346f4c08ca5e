package models

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Timing of the way from a commit to those who follow.
const (
	followEvery = 2 * time.Second       // a lost wake-up only delays by this much
	nudgeEvery  = 20 * time.Millisecond // notifications of one node are gathered for this long
	followRest  = 5 * time.Millisecond  // between two looks: what comes meanwhile is read together
	followBatch = 500
	followKept  = 512 // of the newest events of this process, about a kilobyte each
	channelName = "minyi_events"
)

// Follower wakes those who wait for new events: by commits of this process and,
// on PostgreSQL, of every other node. Start it once with [DB.Follower].
type Follower struct {
	db      *DB
	name    string // of this process among the nodes
	kept    kept
	mu      sync.Mutex
	waiters map[*waiter]bool
}

// kept are the newest events that this process has committed: whoever follows reads
// them from here, and not each of them once more from the store after every commit.
// Events that another process has written are missing in between.
type kept struct {
	mu     sync.Mutex
	slot   [followKept]Event // an event stands where its number says
	newest int64
}

func (k *kept) put(events []Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range events {
		k.slot[e.Seq%followKept] = e
		k.newest = max(k.newest, e.Seq)
	}
}

// after gives up to limit events that follow seq without a gap, and whether the next
// one has to be read from the store: another process has written it, or it is old.
func (k *kept) after(seq int64, limit int) (list []Event, elsewhere bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for next := seq + 1; next <= k.newest && len(list) < limit; next++ {
		e := k.slot[next%followKept]
		if e.Seq != next {
			return list, len(list) == 0
		}
		list = append(list, e)
	}
	return list, false
}

type waiter struct {
	woken chan struct{}
	// others is set when another node has committed: only the store tells what.
	others atomic.Bool
	// ownOnly is set for who tells the other nodes: waking it for their commits
	// would send notifications back and forth for ever.
	ownOnly bool
}

// Follower makes the follower and registers it for this process's commits; Run
// must be running for the commits of other nodes.
func (db *DB) Follower() *Follower {
	f := &Follower{db: db, name: NewID(db.Now()), waiters: map[*waiter]bool{}}
	db.OnCommit(func(events []Event) { f.kept.put(events); f.signal(true) })
	return f
}

func (f *Follower) signal(own bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.waiters {
		if w.ownOnly && !own {
			continue
		}
		if !own {
			w.others.Store(true)
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
	for store := true; ; {
		rested := time.After(followRest)
		events, err := f.after(ctx, seq, w.others.Swap(false) || store)
		store = false
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
			store = true
		}
		select {
		case <-ctx.Done():
			return seq
		case <-woken:
		case <-tick.C:
			store = true
		}
	}
}

// after reads the next events: from the store if it is asked to, or if this process
// does not have them.
func (f *Follower) after(ctx context.Context, seq int64, store bool) ([]Event, error) {
	if !store {
		if list, elsewhere := f.kept.after(seq, followBatch); !elsewhere {
			return list, nil
		}
	}
	return f.db.EventsAfter(ctx, seq, followBatch)
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

// nudge tells the other nodes. A notification is a transaction of its own; it does not
// wait for the disk, since what it tells of is kept already.
func (f *Follower) nudge(ctx context.Context) {
	w, done := f.wait(true)
	defer done()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.woken:
		}
		if err := f.db.read.WithContext(ctx).Exec("SELECT set_config('synchronous_commit', 'off', true), pg_notify(?, ?)", channelName, f.name).Error; err != nil && ctx.Err() == nil {
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
