package web

import (
	"sync"
	"time"
)

// places are what may be held at once, so many in all and so many for each network:
// one that is slow, or means harm, must not take them from everybody.
type places struct {
	each int

	mu      sync.Mutex
	free    int
	of      map[string]int // taken, by network
	changed chan struct{}  // closed when one becomes free
}

func newPlaces(all, each int) *places {
	return &places{each: each, free: all, of: map[string]int{}, changed: make(chan struct{})}
}

// take waits for a place of a network for as long as patience. What it returns gives
// the place back, and is nil when none became free.
func (p *places) take(network string, patience time.Duration) (leave func()) {
	over := time.NewTimer(patience)
	defer over.Stop()
	for {
		p.mu.Lock()
		if p.free > 0 && p.of[network] < p.each {
			p.free--
			p.of[network]++
			p.mu.Unlock()
			return sync.OnceFunc(func() { p.leave(network) })
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-over.C:
			return nil
		}
	}
}

func (p *places) leave(network string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free++
	if p.of[network]--; p.of[network] == 0 {
		delete(p.of, network)
	}
	close(p.changed)
	p.changed = make(chan struct{})
}
