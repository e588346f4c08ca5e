package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"minyi/app/search"
	"minyi/app/settings"
	"minyi/models"
	index "minyi/search"
	"minyi/search/embedded"
	"minyi/search/meili"
)

// newSearch wires the engine that the settings name: the embedded one in the data
// folder, or a Meilisearch.
func newSearch(db *models.DB, s settings.Settings, log *slog.Logger, shows func(route string) bool) *search.Service {
	o := search.Options{DB: db, Shows: shows, Zone: s.Location(), Log: log, Clock: time.Now} //house:allow clock how long an engine rests is no time of an act
	if s.MeiliURL == "" {
		o.Engine = "Bleve"
		o.Open = func(name string) (index.Engine, error) {
			return embedded.Open(filepath.Join(s.DataDir, "search", name))
		}
		o.Standing = func(ctx context.Context, name string) (index.Standing, error) {
			return embedded.Standing(ctx, filepath.Join(s.DataDir, "search", name))
		}
	} else {
		open := func(name string) *meili.Engine {
			return meili.Open(meili.Options{URL: s.MeiliURL, Key: s.MeiliKey, SearchKey: s.MeiliSearchKey, Index: "minyi_" + name})
		}
		o.Engine, o.Shared = "Meilisearch", true
		o.Open = func(name string) (index.Engine, error) { return open(name), nil }
		o.Standing = func(ctx context.Context, name string) (index.Standing, error) {
			e := open(name)
			defer e.Close()
			return e.Standing(ctx)
		}
	}
	return search.New(o)
}

// ReindexCommand makes the search index anew, beside a running server or without one.
type ReindexCommand struct{}

// Waiting for a server that keeps the index.
const (
	reindexLook = 300 * time.Millisecond
	reindexMost = 20 * time.Second // without a sign of life
)

// Run makes the index anew in this process; where a server keeps it, that server is
// asked and its progress shown. It exits 0 only when the new index is in use.
func (ReindexCommand) Run(ctx context.Context) error {
	return withStore(ctx, func(s settings.Settings, db *models.DB) error {
		total, err := db.SearchableRows(ctx)
		if err != nil {
			return err
		}
		bar := progress(int(total), "terminal.bar_reindex")
		service := newSearch(db, s, Logger(s), nil)
		n, err := service.Rebuild(ctx, func(n int) { _ = bar.Add(n) })
		if errors.Is(err, embedded.ErrOwned) || errors.Is(err, search.ErrBusy) {
			n, err = askServer(ctx, db, service, func(done int64) { _ = bar.Set64(done) })
		}
		_ = bar.Finish()
		if err != nil {
			return err
		}
		say("terminal.reindexed", "n", n)
		return nil
	})
}

// askServer asks the process that keeps the index, and waits until it has done it.
func askServer(ctx context.Context, db *models.DB, service *search.Service, told func(done int64)) (int, error) {
	id, err := service.AskRebuild(ctx, "system")
	if err != nil {
		return 0, err
	}
	for {
		row, err := db.IndexRebuildByID(ctx, id)
		if err != nil {
			return 0, err
		}
		told(row.Done)
		heard := row.AskedAt
		if row.SeenAt != nil {
			heard = *row.SeenAt
		}
		switch {
		case row.FinishedAt != nil:
			return int(row.Done), nil
		case db.Now().Sub(heard) > reindexMost:
			if row.Failure == "" {
				return 0, models.Fail(models.Unavailable, "terminal.index_silent")
			}
			return 0, &models.Error{Kind: models.Unavailable, Key: "terminal.index_failed", Err: errors.New(row.Failure)}
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(reindexLook):
		}
	}
}
