package search

import (
	"context"
	"sync"
	"time"

	"minyi/models"
	index "minyi/search"
)

// What is taken back from readers leaves the index before what came earlier is in it:
// while much is written that may take long, and the counts would tell of it until then.
// To do it early is safe, since documents are always made of what the store holds at
// that moment: when the order comes to the event again, or to the one that brought it,
// there is nothing to put.

// takesBack lists the events that take single things back.
var takesBack = map[string]bool{
	"opinions.hidden": true, "opinions.erased": true, "opinions.disowned": true,
	"rooms.removed": true, "rooms.retracted": true, "rooms.forgotten": true,
}

// urgentMost bounds how many events wait; more are left to the order.
const urgentMost = 1000

// urgent are events that an index hears of before their turn. It is safe for concurrent
// use.
type urgent struct {
	mu     sync.Mutex
	events []models.Event
	wake   chan struct{}
}

func newUrgent() *urgent { return &urgent{wake: make(chan struct{}, 1)} }

// add keeps what takes something back; it never waits.
func (u *urgent) add(events []models.Event) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := len(u.events)
	for _, e := range events {
		if takesBack[e.Kind] && len(u.events) < urgentMost {
			u.events = append(u.events, e)
		}
	}
	if len(u.events) == before {
		return
	}
	select {
	case u.wake <- struct{}{}:
	default: // it is awake already
	}
}

// take gives what waits.
func (u *urgent) take() []models.Event {
	u.mu.Lock()
	defer u.mu.Unlock()
	events := u.events
	u.events = nil
	return events
}

// rest is a rest that what is taken back interrupts. Between two changes of an index
// nothing else changes it.
func (x *indexer) rest(ctx context.Context, engine index.Engine, d time.Duration) error {
	over := time.NewTimer(d)
	defer over.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-over.C:
			return nil
		case <-x.urgent.wake:
			if err := x.takeBack(ctx, engine); err != nil {
				return err
			}
		}
	}
}

// takeBack applies what waits in urgent. The position stays: the order goes on.
func (x *indexer) takeBack(ctx context.Context, engine index.Engine) error {
	events := x.urgent.take()
	if len(events) == 0 {
		return nil
	}
	_, err := x.applyTo(ctx, gathered{apply: x.kept(engine.Apply)}, events, nil)
	return err
}
