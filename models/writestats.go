package models

import (
	"slices"
	"sync"
	"time"
)

// Histogram counts values below ascending bounds, as Prometheus takes it.
type Histogram struct {
	Count   uint64
	Sum     float64
	Buckets map[float64]uint64 // how many were at most so much
}

// WriteStats tells how the one door for writes fares since the start.
type WriteStats struct {
	// Waiting is how many acts wait for a writer now.
	Waiting int
	// Acts is how many acts shared a commit, Seconds how long their group took from
	// the first statement to the disk.
	Acts, Seconds Histogram
}

// bounds of the two histograms: acts in a group, and seconds.
var (
	actBounds    = []float64{1, 2, 4, 8, 16, 32, 64, groupLimit}
	secondBounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}
)

// writeLog counts groups as they are committed.
type writeLog struct {
	mu            sync.Mutex
	acts, seconds counter
}

type counter struct {
	below []uint64 // by bound, not added up
	n     uint64
	sum   float64
}

func (c *counter) add(bounds []float64, v float64) {
	if c.below == nil {
		c.below = make([]uint64, len(bounds)+1)
	}
	i, _ := slices.BinarySearch(bounds, v)
	c.below[i]++
	c.n++
	c.sum += v
}

func (c *counter) histogram(bounds []float64) Histogram {
	h := Histogram{Count: c.n, Sum: c.sum, Buckets: make(map[float64]uint64, len(bounds))}
	var sum uint64
	for i, b := range bounds {
		if c.below != nil {
			sum += c.below[i]
		}
		h.Buckets[b] = sum
	}
	return h
}

func (l *writeLog) add(acts int, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acts.add(actBounds, float64(acts))
	l.seconds.add(secondBounds, took.Seconds())
}

// WriteStats reads the numbers of the door for writes.
func (db *DB) WriteStats() WriteStats {
	db.writes.mu.Lock()
	defer db.writes.mu.Unlock()
	return WriteStats{Waiting: len(db.queue), Acts: db.writes.acts.histogram(actBounds), Seconds: db.writes.seconds.histogram(secondBounds)}
}
