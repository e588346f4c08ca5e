// Package search lets everybody find what was proposed, what was said and what came of
// it. It keeps the indexes in step with the store: events are followed in the order of
// their commits, documents are loaded as the public may see them at that time, and a
// write never waits for an index. An engine that is away is replaced by a look into the
// titles and clauses of the database, and the answer says so.
package search

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"minyi/app/kit/code"
	"minyi/models"
	index "minyi/search"
)

// Options are what the service needs.
type Options struct {
	DB *models.DB
	// Open opens the engine of an index ("public" or "desk").
	Open func(name string) (index.Engine, error)
	// Standing looks at an index that another process may keep; nil where [Service.Examine]
	// is not asked for.
	Standing func(ctx context.Context, name string) (index.Standing, error)
	// Engine names what Open opens, for people who tend the site.
	Engine string
	// Shared says that all nodes have one index in common, which one of them keeps.
	Shared bool
	// NewEpoch makes the epoch of a store that has none yet.
	NewEpoch func() string
	// Clock measures how long things take; nil means the store's.
	Clock func() time.Time
	Zone  *time.Location
	// Shows says whether the site has a page at a route; nil: it has all.
	Shows func(route string) bool
	Log   *slog.Logger
}

// Service finds, and keeps the indexes. It is safe for concurrent use.
type Service struct {
	o        Options
	indexers []*indexer // public, desk
	holder   string
	texts    *texts
	matters  matters
	// restUntil is when an engine that failed is asked again, in nanoseconds.
	restUntil [2]atomic.Int64
	// working is how many work at an index now: who follow the store, and who make one anew.
	working atomic.Int32
}

// New makes the service; [Service.Run] keeps the indexes.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = o.DB.Now
	}
	if o.NewEpoch == nil {
		o.NewEpoch = func() string { return code.NewToken()[:16] }
	}
	s := &Service{o: o, holder: code.NewToken()[:16], texts: &texts{kept: map[string]*draft{}}}
	for _, name := range []string{"public", "desk"} {
		x := &indexer{s: s, name: name, desk: name == "desk", rebuilt: make(chan struct{}, 1), urgent: newUrgent(), open: func() (index.Engine, error) { return o.Open(name) }}
		x.pace = x.newPace()
		s.indexers = append(s.indexers, x)
	}
	return s
}

func (s *Service) zone() *timeZone { return s.o.Zone }

// Run keeps both indexes in step and looks after saved searches until ctx ends.
func (s *Service) Run(ctx context.Context, follower *models.Follower) {
	var all sync.WaitGroup
	for _, x := range s.indexers {
		all.Go(func() { x.run(ctx, follower) })
	}
	all.Go(func() { s.lookAfter(ctx) })
	all.Wait()
}

// Committed hears of events, forgets what they make stale, and lets the indexes know at
// once what is taken back from readers.
func (s *Service) Committed(events []models.Event) {
	s.matters.committed(events)
	for _, x := range s.indexers {
		x.urgent.add(events)
	}
}
