package search

import (
	"context"
	"runtime/debug"
	"time"

	"minyi/models"
	index "minyi/search"
)

// closeEnough is how many events may be missing before a rebuild stops the indexer for
// the last of them, and tellEvery is how often its progress is kept.
const (
	closeEnough = 200
	tellEvery   = 500 * time.Millisecond
)

// askRebuild wakes who rebuilds; one that waits already serves both.
func (x *indexer) askRebuild() {
	select {
	case x.rebuilt <- struct{}{}:
	default:
	}
}

// rebuilds makes the index anew whenever somebody asks, and first if it is stale.
func (x *indexer) rebuilds(ctx context.Context, store string, stale bool) {
	if stale || x.asked(ctx) {
		x.askRebuild()
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.rebuilt:
		}
		x.s.o.Log.Info("search index is made anew", "index", x.name)
		progress := x.s.progress(ctx, x)
		x.making.Store(true)
		n, err := x.rebuild(ctx, store, progress.add)
		x.making.Store(false)
		progress.end(ctx, err)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			x.failures.add(err, x.s.o.DB.Now())
			x.s.o.Log.Warn("search index was not made anew", "index", x.name, "err", err)
			rest(ctx, openEvery)
			x.askRebuild()
		default:
			x.s.o.Log.Info("search index is in use", "index", x.name, "documents", n)
			debug.FreeOSMemory()         // what it was made of is not wanted again for a long time
			if !x.desk && x.asked(ctx) { // somebody asked while it was made
				x.askRebuild()
			}
		}
	}
}

// asked says whether somebody waits for a rebuild since before this start.
func (x *indexer) asked(ctx context.Context) bool {
	_, err := x.s.o.DB.IndexRebuildOpen(ctx)
	return err == nil
}

// rebuild makes an index beside the one in use and puts it in its place. Searches and
// the indexer go on meanwhile; what happens is caught up with before the exchange.
func (x *indexer) rebuild(ctx context.Context, store string, told func(n int)) (n int, err error) {
	engine, err := x.ensure()
	if err != nil {
		return 0, err
	}
	// The position is read before the documents: what changes in between is applied
	// again, never missed.
	from, err := x.s.o.DB.LastEvent(ctx)
	if err != nil {
		return 0, err
	}
	b, err := engine.Rebuild(ctx)
	if err != nil {
		return 0, err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = b.Discard(last) // does nothing after a swap
	}()
	x.s.working.Add(1)
	defer x.s.working.Add(-1)
	pace := x.newPace()
	pace.begin()
	paced := pace.applyInStorm(x.kept(b.Apply))
	// Small kinds go together, since every change of a common server costs its time; there
	// is nothing yet to take out. More at once would rest half as often.
	g := gathered{apply: paced, most: func(int) int { return loadAtOnce }}
	add := func(ctx context.Context, b index.Batch) error { return g.add(ctx, index.Batch{Put: b.Put}) }
	for _, src := range x.sources() {
		some, err := x.walk(ctx, x.s.loader(), add, src, "", told)
		n += some
		if err != nil {
			return n, err
		}
	}
	if err := g.end(ctx, nil); err != nil {
		return n, err
	}
	for {
		events, err := x.s.o.DB.EventsAfter(ctx, from, 500)
		if err != nil {
			return n, err
		}
		if len(events) < closeEnough {
			break
		}
		if _, err := x.applyTo(ctx, gathered{apply: paced, most: pace.atOnce}, events, nil); err != nil {
			return n, err
		}
		from = events[len(events)-1].Seq
	}
	return n, x.exchange(ctx, b, store, from)
}

// exchange applies the last events while the indexer waits, and swaps.
func (x *indexer) exchange(ctx context.Context, b index.Builder, store string, from int64) error {
	x.applying.Lock()
	defer x.applying.Unlock()
	for {
		events, err := x.s.o.DB.EventsAfter(ctx, from, 500)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			break
		}
		if _, err := x.applyTo(ctx, gathered{apply: x.kept(b.Apply)}, events, nil); err != nil {
			return err
		}
		from = events[len(events)-1].Seq
	}
	if err := x.kept(b.Apply)(ctx, index.Batch{Position: &index.Position{Store: store, Mapping: index.Mapping, Seq: from}}); err != nil {
		return err
	}
	defer x.changed()
	return b.Swap(ctx)
}

// progress keeps how far a rebuild has come, so that whoever waits or looks in another
// process sees it. The public index tells; both belong to one wish, which the program
// itself has when it starts with a stale index.
type progress struct {
	s    *Service
	ctx  context.Context
	row  models.IndexRebuild
	last time.Time
}

func (s *Service) progress(ctx context.Context, x *indexer) *progress {
	p := &progress{s: s, ctx: ctx}
	if x.desk {
		return p
	}
	now := s.o.DB.Now()
	row, err := s.o.DB.IndexRebuildOpen(ctx)
	if models.IsNotFound(err) {
		row = models.IndexRebuild{ID: models.NewID(now), AskedBy: "system", AskedAt: now}
		err = s.o.DB.InTx(ctx, models.Act{By: "system", Name: "search.rebuild", Silent: true}, func(tx *models.Tx) error { return tx.Insert(&row) })
	}
	if err != nil {
		return p // it is made all the same
	}
	row.StartedAt, row.SeenAt, row.Done, row.Failure = &now, &now, 0, ""
	row.Total, _ = s.o.DB.SearchableRows(ctx) // only for the bar
	p.row = row
	p.keep()
	return p
}

func (p *progress) add(n int) {
	p.row.Done += int64(n)
	if now := p.s.o.DB.Now(); p.row.ID != "" && now.Sub(p.last) > tellEvery {
		p.last, p.row.SeenAt = now, &now
		p.keep()
	}
}

func (p *progress) end(ctx context.Context, err error) {
	if p.row.ID == "" || ctx.Err() != nil {
		return
	}
	now := p.s.o.DB.Now()
	p.row.SeenAt = &now
	if err == nil {
		p.row.FinishedAt = &now
	} else {
		p.row.Failure = err.Error()
	}
	p.keep()
}

func (p *progress) keep() {
	if p.row.ID == "" {
		return
	}
	err := p.s.o.DB.InTx(p.ctx, models.Act{By: "system", Name: "search.progress", Silent: true}, func(tx *models.Tx) error { return tx.SaveIndexRebuild(p.row) })
	if err != nil && p.ctx.Err() == nil {
		p.s.o.Log.Warn("progress of the search index was not kept", "err", err)
	}
}

// AskRebuild asks whoever keeps the index, maybe another process, to make it anew; the
// id finds its progress.
func (s *Service) AskRebuild(ctx context.Context, by string) (string, error) {
	var id string
	err := s.o.DB.InTx(ctx, models.Act{By: by, Name: "search.ask_rebuild", About: "site"}, func(tx *models.Tx) error {
		id = models.NewID(tx.Now)
		tx.Emit("", models.RebuildAsked, map[string]string{"id": id})
		return tx.Insert(&models.IndexRebuild{ID: id, AskedBy: by, AskedAt: tx.Now})
	})
	return id, err
}

// Rebuild makes both indexes anew in this process, for a program that serves nobody.
// told is given how many documents were looked at. Errors: those of opening the
// engines, when another process keeps them.
func (s *Service) Rebuild(ctx context.Context, told func(n int)) (int, error) {
	store, err := s.o.DB.KeptSetting(ctx, models.EpochSetting, s.o.NewEpoch)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, x := range s.indexers {
		ctx, cancel := context.WithCancel(ctx)
		release, err := x.lease(ctx, cancel)
		if err == nil && release == nil {
			err = ErrBusy
		}
		if err != nil {
			cancel()
			return total, err
		}
		progress := told
		if x.desk { // both hold the same things; the public one tells
			progress = nil
		}
		n, err := x.rebuild(ctx, store, progress)
		release()
		if !x.desk {
			total = n
		}
		if err != nil {
			return total, err
		}
	}
	return total, s.close()
}

// close ends the engines of a program that does not serve.
func (s *Service) close() error {
	for _, x := range s.indexers {
		if e := x.get(); e != nil {
			if err := e.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}
