package search

import (
	"context"
	"sync"
	"time"

	"minyi/models"
	index "minyi/search"
)

// How often it is looked whether an index may answer: what is complete stays so, what
// is being made is wanted soon.
const (
	readyEvery   = 5 * time.Second
	unreadyEvery = 200 * time.Millisecond
	readyWithin  = 300 * time.Millisecond
)

// ready remembers whether the index in use may answer: it belongs to this store and
// everything was put into it once. While the very first one is made, or that of another
// store is still in its place, its counts would be wrong, and nobody could see it.
type ready struct {
	mu      sync.Mutex
	ok      bool
	next    time.Time // when it is looked again
	looking bool
	changes int // of the index in use
}

// mayAnswer says whether the index can be asked.
func (x *indexer) mayAnswer(ctx context.Context, engine index.Engine) bool {
	r := &x.ready
	r.mu.Lock()
	ok, now := r.ok, x.s.o.Clock()
	if now.Before(r.next) || r.looking && ok {
		r.mu.Unlock()
		return ok
	}
	r.looking = true
	before := r.changes
	r.mu.Unlock()

	within, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	var store string
	var at index.Position
	err := x.s.o.DB.SettingInto(within, models.EpochSetting, &store)
	if err == nil {
		at, err = engine.Position(within)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looking = false
	if before != r.changes { // what was read is of the index before
		return r.ok
	}
	if err == nil { // an engine that does not answer will not answer the search either
		r.ok = at.Store == store && at.Mapping > 0
	}
	if r.next = now.Add(unreadyEvery); r.ok {
		r.next = now.Add(readyEvery)
	}
	return r.ok
}

// changed makes the next search look again: another index is in use.
func (x *indexer) changed() {
	x.ready.mu.Lock()
	x.ready.next, x.ready.ok = time.Time{}, false
	x.ready.changes++
	x.ready.mu.Unlock()
}
