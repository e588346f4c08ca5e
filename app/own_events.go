package app

import (
	"sync"

	"minyi/models"
)

// ownEvents remembers what this process has committed until it comes back from the
// store among the events of all nodes.
type ownEvents struct {
	mu   sync.Mutex
	seqs map[int64]bool
}

func (o *ownEvents) add(events []models.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seqs == nil {
		o.seqs = map[int64]bool{}
	}
	for _, e := range events {
		o.seqs[e.Seq] = true
	}
}

// without gives the events, in order, that other nodes have committed, and forgets
// everything up to the last one.
func (o *ownEvents) without(events []models.Event) []models.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	var theirs []models.Event
	for _, e := range events {
		if !o.seqs[e.Seq] {
			theirs = append(theirs, e)
		}
	}
	for seq := range o.seqs {
		if seq <= events[len(events)-1].Seq {
			delete(o.seqs, seq)
		}
	}
	return theirs
}
