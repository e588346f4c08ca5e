// Package app says what Minyi does: each folder is one feature, and this file
// wires them to the store, the live hub and the web.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"minyi/app/settings"
	"minyi/frontend"
	"minyi/handlers/web"
	"minyi/models"
)

// App is the whole program, ready to serve.
type App struct {
	Settings settings.Settings
	DB       *models.DB
	Router   *web.Router
	Metrics  *prometheus.Registry
	log      *slog.Logger
	follower *models.Follower
	features features
	jobs     []func(context.Context)
	stopping atomic.Bool
	// listeners hear of every event, see hear.
	listeners []func([]models.Event)
	own       ownEvents
}

// OpenStore connects to the database that the settings name.
func OpenStore(ctx context.Context, s settings.Settings, log *slog.Logger) (*models.DB, error) {
	return openAt(ctx, s, log, nil)
}

func openAt(ctx context.Context, s settings.Settings, log *slog.Logger, now func() time.Time) (*models.DB, error) {
	db, err := models.Open(ctx, models.Options{URL: s.DatabaseURL, Dir: s.DataDir, Log: log, Now: now})
	if err != nil && ctx.Err() == nil {
		err = &models.Error{Kind: models.Unavailable, Key: "terminal.no_store", Err: err}
	}
	return db, err
}

// New opens the store, migrates it unless that is switched off, and wires the
// features. The caller ends it with [App.Run] or [App.Close].
func New(ctx context.Context, s settings.Settings, log *slog.Logger) (*App, error) {
	return NewAt(ctx, s, log, nil)
}

// NewAt is [New] with another clock than the machine's, for tests of what takes weeks;
// nil is the machine's.
func NewAt(ctx context.Context, s settings.Settings, log *slog.Logger, now func() time.Time) (*App, error) {
	db, err := openAt(ctx, s, log, now)
	if err != nil {
		return nil, err
	}
	a := &App{Settings: s, DB: db, log: log, Metrics: prometheus.NewRegistry()}
	if err := a.wire(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) wire(ctx context.Context) error {
	if a.Settings.Migrate == "on" {
		if err := a.DB.Migrate(ctx); err != nil {
			return err
		}
	}
	frontend.SetZone(a.Settings.Location())
	secret, err := a.secret(ctx)
	if err != nil {
		return err
	}
	a.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if a.DB.Postgres() {
		a.DB.OnCommit(a.own.add)
	}
	a.follower = a.DB.Follower()
	a.jobs = append(a.jobs, a.follower.Run)
	if a.features, err = newFeatures(ctx, a, secret); err != nil {
		return err
	}
	if err := a.features.admin.Seed(ctx); err != nil {
		return err
	}
	a.Router = web.NewRouter(a.webOptions(secret))
	a.hear(a.Router.Cache().Committed)
	a.jobs = append(a.jobs, a.invalidate)
	a.Metrics.MustRegister(numbers{a}, a.Router.Durations())
	a.mount()
	a.Router.Finish()
	return nil
}

// invalidate tells the listeners what other nodes have changed. What this process
// has committed they have heard already: to tell them twice would make every kept
// page anew twice.
func (a *App) invalidate(ctx context.Context) {
	if !a.DB.Postgres() {
		return
	}
	last, err := a.DB.LastEvent(ctx)
	for err != nil && ctx.Err() == nil {
		time.Sleep(time.Second)
		last, err = a.DB.LastEvent(ctx)
	}
	a.follower.Follow(ctx, last, func(events []models.Event) error {
		if events = a.own.without(events); len(events) == 0 {
			return nil
		}
		for _, hear := range a.listeners {
			hear(events)
		}
		return nil
	})
}

// secret keys cookies and cursors; all nodes share it through the database.
func (a *App) secret(ctx context.Context) ([]byte, error) {
	if a.Settings.Secret != "" {
		if len(a.Settings.Secret) < 32 {
			return nil, errors.New("MINYI_SECRET must have at least 32 characters")
		}
		return []byte(a.Settings.Secret), nil
	}
	have, err := a.DB.KeptSetting(ctx, "server.secret", func() string {
		b := make([]byte, 32)
		_, _ = rand.Read(b) // never fails
		return hex.EncodeToString(b)
	})
	return []byte(have), err
}

// Ready says whether the site can take writes.
func (a *App) Ready(ctx context.Context) error {
	if a.stopping.Load() {
		return models.Fail(models.Unavailable, "error.unavailable")
	}
	return a.DB.InTx(ctx, models.Act{By: "system", Name: "site.ready", Silent: true}, func(tx *models.Tx) error {
		return tx.Probe()
	})
}

// Run serves until ctx ends, then stops in order: not ready, live clients told to
// come back, HTTP, jobs, store. started, if not nil, gets the address.
func (a *App) Run(ctx context.Context, started func(addr string)) error {
	ln, err := net.Listen("tcp", a.Settings.Addr)
	if err != nil {
		a.Close()
		return fmt.Errorf("MINYI_ADDR=%s: %w", a.Settings.Addr, err)
	}
	if err := a.features.hub.Start(); err != nil {
		return errors.Join(err, ln.Close(), a.Close())
	}
	jobs, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	for _, job := range a.jobs {
		running.Go(func() { job(jobs) })
	}
	server := web.NewServer(a.Router)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	a.log.Info("serving", "address", "http://"+ln.Addr().String(), "public", a.Settings.PublicURL, "version", Version())
	if started != nil {
		started("http://" + ln.Addr().String())
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	a.log.Info("stopping")
	a.stopping.Store(true)
	within, cancel := context.WithTimeout(context.Background(), a.Settings.StopWithin)
	defer cancel()
	if e := a.features.stop(within); e != nil {
		a.log.Warn("live clients were cut", "err", e)
	}
	if e := server.Shutdown(within); e != nil && err == nil {
		a.log.Warn("connections were cut", "err", e)
	}
	stopJobs()
	running.Wait()
	return errors.Join(err, a.Close())
}

// Close lets waiting writes finish and closes the store.
func (a *App) Close() error { return a.DB.Close() }
