// Package modelstest gives tests a real, migrated store: SQLite always, and
// PostgreSQL where MINYI_TEST_DATABASE_URL names a server on which databases may
// be created.
package modelstest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver for creating databases

	"minyi/models"
)

// Clock is a clock that tests move by hand.
type Clock struct{ at atomic.Int64 }

// NewClock starts a clock at a fixed moment.
func NewClock(at time.Time) *Clock {
	c := &Clock{}
	c.Set(at)
	return c
}

// Now is the clock's time.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.at.Load()).UTC() }

// Set puts the clock to a moment.
func (c *Clock) Set(at time.Time) { c.at.Store(at.UnixMicro()) }

// Add moves the clock forward.
func (c *Clock) Add(d time.Duration) { c.at.Add(d.Microseconds()) }

// Start is where the clocks of [Each] begin.
var Start = time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC)

// Each runs f on SQLite and on PostgreSQL, each on a fresh migrated store with a
// clock of its own. Without a PostgreSQL that half is skipped, loudly; it fails
// when REQUIRE_SERVICES=1.
func Each(t *testing.T, f func(t *testing.T, db *models.DB, clock *Clock)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		clock := NewClock(Start)
		f(t, SQLite(t, clock.Now), clock)
	})
	t.Run("postgres", func(t *testing.T) {
		clock := NewClock(Start)
		f(t, Postgres(t, clock.Now), clock)
	})
}

var template struct {
	sync.Once
	sqlite []byte
	err    error
}

// SQLite gives a fresh migrated SQLite store, a copy of one that is migrated once.
func SQLite(t testing.TB, now func() time.Time) *models.DB {
	t.Helper()
	template.Do(func() {
		dir, err := os.MkdirTemp("", "minyi-template")
		if err != nil {
			template.err = err
			return
		}
		defer os.RemoveAll(dir)
		db, err := models.Open(context.Background(), models.Options{Dir: dir})
		if err == nil {
			err = db.Migrate(context.Background())
			db.Close()
		}
		if err == nil {
			template.sqlite, err = os.ReadFile(filepath.Join(dir, "minyi.db"))
		}
		template.err = err
	})
	if template.err != nil {
		t.Fatal(template.err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "minyi.db"), template.sqlite, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, models.Options{Dir: dir, Now: now})
}

// Postgres gives a fresh migrated PostgreSQL store in a database of its own, which
// is dropped after the test.
func Postgres(t testing.TB, now func() time.Time) *models.DB {
	t.Helper()
	db := open(t, models.Options{URL: PostgresURL(t), Now: now, Silence: time.Minute})
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return db
}

var databases, consultations atomic.Int64

// PostgresURL creates an empty database and gives its address.
func PostgresURL(t testing.TB) string {
	t.Helper()
	admin := os.Getenv("MINYI_TEST_DATABASE_URL")
	if admin == "" {
		if os.Getenv("REQUIRE_SERVICES") == "1" {
			t.Fatal("REQUIRE_SERVICES=1, but MINYI_TEST_DATABASE_URL names no PostgreSQL")
		}
		t.Skip("SKIPPED: no PostgreSQL (set MINYI_TEST_DATABASE_URL)")
	}
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal("MINYI_TEST_DATABASE_URL: ", err)
	}
	conn, err := sql.Open("pgx", admin)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("minyi_test_%d_%d_%d", os.Getpid(), time.Now().UnixNano()%1e9, databases.Add(1))
	if _, err := conn.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal("create database: ", err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil && !strings.Contains(err.Error(), "does not exist") {
			t.Log("drop database: ", err)
		}
		conn.Close()
	})
	u.Path = "/" + name
	return u.String()
}

func open(t testing.TB, o models.Options) *models.DB {
	t.Helper()
	db, err := models.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
