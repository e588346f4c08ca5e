package search

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"minyi/models"
	index "minyi/search"
)

// Timing of indexing.
const (
	loadAtOnce = 500
	openEvery  = 3 * time.Second // while the engine cannot be opened
	// A node that was killed keeps the common index for leaseFor at most; the others look
	// for that every leaseLook. Who keeps it says so every leaseEvery.
	leaseFor   = 5 * time.Second
	leaseEvery = 1500 * time.Millisecond
	leaseLook  = time.Second
	// deskAfter is how long the desk's index lets the public's go ahead on a common server.
	deskAfter = 2 * time.Second
)

// indexer keeps one index in step with the store.
type indexer struct {
	s    *Service
	name string // public, desk
	desk bool
	open func() (index.Engine, error)

	mu     sync.Mutex
	engine index.Engine // nil until it could be opened
	// applying is held while a batch is applied, and by a rebuild while it swaps.
	applying sync.Mutex
	rebuilt  chan struct{} // asks for a rebuild
	pace     *pace         // of the index in use
	urgent   *urgent       // what it hears of before its turn
	ready    ready
	making   atomic.Bool // it is being made anew
	failures failures
	// keptUntil is when the lease of a common index ends, in nanoseconds.
	keptUntil atomic.Int64
}

// at is the place of the index among both.
func (x *indexer) at() int {
	if x.desk {
		return 1
	}
	return 0
}

// get gives the engine, nil while it is not there.
func (x *indexer) get() index.Engine {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.engine
}

// run follows the store until ctx ends.
func (x *indexer) run(ctx context.Context, follower *models.Follower) {
	for ctx.Err() == nil {
		err := x.follow(ctx, follower)
		if ctx.Err() != nil {
			break
		}
		if err == nil { // another node keeps it
			rest(ctx, leaseLook)
			continue
		}
		x.failures.add(err, x.s.o.DB.Now())
		x.s.o.Log.Warn("search index waits", "index", x.name, "err", err)
		rest(ctx, openEvery)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.engine != nil {
		if err := x.engine.Close(); err != nil {
			x.s.o.Log.Warn("search index was not closed", "index", x.name, "err", err)
		}
		x.engine = nil
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// ensure opens the engine.
func (x *indexer) ensure() (index.Engine, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.engine != nil {
		return x.engine, nil
	}
	e, err := x.open()
	if err == nil {
		x.engine = e
	}
	return e, err
}

// follow brings the index into step and keeps it there. It returns when the lease is
// lost or the engine fails for good.
func (x *indexer) follow(ctx context.Context, follower *models.Follower) error {
	engine, err := x.ensure()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	release, err := x.lease(ctx, cancel)
	if err != nil || release == nil {
		return err
	}
	defer release()
	store, err := x.s.o.DB.KeptSetting(ctx, models.EpochSetting, x.s.o.NewEpoch)
	if err != nil {
		return err
	}
	at, err := engine.Position(ctx)
	if err != nil {
		return err
	}
	last, err := x.s.o.DB.LastEvent(ctx)
	if err != nil {
		return err
	}
	stale := at.Store != store || at.Seq > last || at.Mapping != index.Mapping
	if at.Store != store || at.Seq > last { // of another store, or empty: nothing of it may be shown
		at = index.Position{Store: store, Seq: last}
		if err := engine.Reset(ctx); err != nil {
			return err
		}
		// The mapping is left out, so that a start after a crash begins the rebuild again.
		if err := engine.Apply(ctx, index.Batch{Position: &at}); err != nil {
			return err
		}
		x.changed()
	}
	x.s.working.Add(1)
	defer x.s.working.Add(-1)
	x.pace.begin()
	var building sync.WaitGroup
	defer building.Wait()
	building.Go(func() { x.rebuilds(ctx, store, stale) })
	follower.Follow(ctx, at.Seq, func(events []models.Event) error { return x.apply(ctx, engine, store, events) })
	cancel()
	return nil
}

// apply brings what events have changed into the index, in batches, and moves its
// position with the last of them.
func (x *indexer) apply(ctx context.Context, engine index.Engine, store string, events []models.Event) error {
	if x.desk && x.s.o.Shared { // one server takes one change after the other: the public first
		rest(ctx, deskAfter)
	}
	x.applying.Lock()
	_, err := x.applyTo(ctx, gathered{apply: x.pace.apply(x.kept(engine.Apply), func(ctx context.Context, d time.Duration) error { return x.rest(ctx, engine, d) }), most: x.pace.atOnce}, events, &index.Position{Store: store, Mapping: x.mapping(ctx, engine), Seq: events[len(events)-1].Seq})
	x.applying.Unlock()
	if err == nil {
		x.s.restUntil[x.at()].Store(0) // it answers again
	}
	for _, e := range events {
		if e.Kind == models.RebuildAsked {
			x.askRebuild()
		}
	}
	return err
}

// mapping keeps the version that the index has: an old one stays old until a rebuild.
func (x *indexer) mapping(ctx context.Context, engine index.Engine) int {
	at, err := engine.Position(ctx)
	if err != nil {
		return 0 // the batch will fail as well
	}
	return at.Mapping
}

// applyTo applies what events have changed and tells how many documents it looked at.
func (x *indexer) applyTo(ctx context.Context, g gathered, events []models.Event, at *index.Position) (int, error) {
	l := x.s.loader()
	n := 0
	apply := g.add
	for _, src := range x.sources() {
		ids, matters, err := x.touched(ctx, src, events)
		if err != nil {
			return n, err
		}
		for len(ids) > 0 {
			part := ids[:min(len(ids), g.limit(loadAtOnce))]
			ids = ids[len(part):]
			n += len(part)
			if err := x.put(ctx, l, apply, src, part); err != nil {
				return n, err
			}
		}
		for _, m := range matters {
			some, err := x.walk(ctx, l, apply, src, m, nil)
			n += some
			if err != nil {
				return n, err
			}
		}
	}
	return n, g.end(ctx, at)
}

// gathered joins small batches, so that what a moment brought is one change of the
// index together with its position.
type gathered struct {
	apply func(context.Context, index.Batch) error
	// most bounds the documents of a change, of which usual is what there may be in quiet
	// times; nil leaves it at that.
	most func(usual int) int
	b    index.Batch
}

func (g *gathered) limit(usual int) int {
	if g.most == nil {
		return usual
	}
	return g.most(usual)
}

func (g *gathered) add(ctx context.Context, b index.Batch) error {
	for _, d := range b.Put { // what was gone before is there again
		g.b.Delete = slices.DeleteFunc(g.b.Delete, func(id string) bool { return id == d.ID })
	}
	g.b.Put, g.b.Delete = append(g.b.Put, b.Put...), append(g.b.Delete, b.Delete...)
	if len(g.b.Put)+len(g.b.Delete) < g.limit(2*loadAtOnce) {
		return nil
	}
	return g.end(ctx, nil)
}

func (g *gathered) end(ctx context.Context, at *index.Position) error {
	b := g.b
	g.b = index.Batch{}
	b.Position = at
	if len(b.Put)+len(b.Delete) == 0 && at == nil {
		return nil
	}
	return g.apply(ctx, b)
}

// touched lists what events have changed of a source, each once.
func (x *indexer) touched(ctx context.Context, src Source, events []models.Event) (ids, matters []string, err error) {
	one, all := map[string]bool{}, map[string]bool{}
	var above, people []string
	for _, e := range events {
		for _, t := range src.Touched(e) {
			if t.Desk && !x.desk {
				continue
			}
			switch {
			case t.ID == "" && t.Matter != "" && !all[t.Matter]:
				all[t.Matter] = true
				matters = append(matters, t.Matter)
			case t.ID != "" && !one[t.ID]:
				one[t.ID] = true
				ids = append(ids, t.ID)
			}
			if t.Below {
				above = append(above, t.ID)
			}
			if t.Person != "" {
				people = append(people, t.Person)
			}
		}
	}
	for list, of := range map[*[]string]func(context.Context, *models.DB, []string) ([]string, error){&above: src.Below, &people: src.Of} {
		if of == nil || len(*list) == 0 {
			continue
		}
		more, err := of(ctx, x.s.o.DB, *list)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range more {
			if !one[id] {
				one[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids, matters, nil
}

// put loads documents and applies them; ids without a document are taken out.
func (x *indexer) put(ctx context.Context, l *loader, apply func(context.Context, index.Batch) error, src Source, ids []string) error {
	docs, err := src.Load(ctx, l, ids, x.desk)
	if err != nil {
		return err
	}
	b := index.Batch{Put: docs}
	there := map[string]bool{}
	for i := range docs {
		there[docs[i].ID] = true
	}
	for _, id := range ids {
		if id := documentID(src.Kind, id); !there[id] {
			b.Delete = append(b.Delete, id)
		}
	}
	return apply(ctx, b)
}

// walk applies all documents of a source in a matter, or in all.
func (x *indexer) walk(ctx context.Context, l *loader, apply func(context.Context, index.Batch) error, src Source, matter string, told func(n int)) (n int, err error) {
	for after := ""; ; {
		ids, next, err := src.IDs(ctx, x.s.o.DB, matter, after, loadAtOnce)
		if err != nil || len(ids) == 0 {
			return n, err
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if err := x.put(ctx, l, apply, src, ids); err != nil {
			return n, err
		}
		n += len(ids)
		after = next
		if told != nil {
			told(len(ids))
		}
		if matter == "" {
			l = x.s.loader() // what it remembers must not grow with the store
		}
	}
}

// ErrBusy says that another process keeps the index.
var ErrBusy = errors.New("search: another process keeps the index")
