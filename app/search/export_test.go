package search

import (
	"context"
	"time"

	"minyi/models"
	index "minyi/search"
)

// For tests outside of the package: what a node does that keeps a common index.

const LeaseFor = leaseFor

var ErrLost = errLost

// TakeLease takes the lease of the public index.
func (s *Service) TakeLease(ctx context.Context) (bool, error) { return s.indexers[0].take(ctx) }

// WriteKept changes an engine as the keeper of the public index does.
func (s *Service) WriteKept(ctx context.Context, e index.Engine, b index.Batch) error {
	return s.indexers[0].kept(e.Apply)(ctx, b)
}

// Storm lets a service that has not begun believe that much is written, and rest so long
// after each change of the public index.
func (s *Service) Storm(rest time.Duration) {
	x := s.indexers[0]
	x.pace.storm, x.pace.seen, x.pace.least, x.pace.most = 0, 0, rest, rest
}

// Engine is that of the public index.
func (s *Service) Engine() index.Engine { return s.indexers[0].get() }

// Resting tells how long the public index rests after a change that took so long, by what
// is written to a store; quiet is what it rests at most while little is.
func Resting(db *models.DB, clock func() time.Time) (rest func(took, quiet time.Duration) time.Duration) {
	p := New(Options{DB: db, Clock: clock}).indexers[0].pace
	p.begin()
	return p.length
}
