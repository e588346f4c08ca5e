package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/libtnb/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Options say where the store is.
type Options struct {
	// URL of PostgreSQL; empty means SQLite in Dir.
	URL string
	// Dir is the data folder of the embedded default; the file is minyi.db.
	Dir string
	// Now is the one clock; nil means time.Now.
	Now func() time.Time
	// Log takes what goes wrong in the background; nil means slog.Default.
	Log *slog.Logger
	// Silence is how long PostgreSQL may say nothing before who waits is told that
	// nothing can be saved now; 0 means six seconds.
	Silence time.Duration
}

// DB is the store. It is safe for concurrent use.
type DB struct {
	read        *gorm.DB // many connections, never writes
	write       *gorm.DB // SQLite: one connection; PostgreSQL: the writers' pool
	postgres    bool
	url         string
	file        string
	now         func() time.Time
	log         *slog.Logger
	silence     time.Duration // 0 on SQLite
	writers     []*writer
	queue       chan *job
	writes      writeLog
	checkpoints *checkpointer // nil on PostgreSQL
	mu          sync.RWMutex
	closed      bool
	hooks       []func([]Event)
	letters     chan struct{} // wakes who sends letters
	done        sync.WaitGroup
}

// Open connects to the store and starts its writers; it changes no table (see
// [DB.Migrate]). The caller ends it with [DB.Close].
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{now: o.Now, log: o.Log, url: o.URL, queue: make(chan *job, queueLimit), letters: make(chan struct{}, 1)}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.Default()
	}
	var err error
	if o.URL != "" {
		db.postgres = true
		if db.silence = o.Silence; db.silence == 0 {
			db.silence = standardSilence
		}
		err = db.openPostgres(o.URL)
	} else {
		db.file = filepath.Join(o.Dir, "minyi.db")
		err = db.openSQLite()
	}
	if err != nil {
		return nil, err
	}
	if err := db.Ping(ctx); err != nil {
		db.closePools()
		return nil, err
	}
	n := 1
	if db.postgres {
		n = postgresWriters
	}
	for range n {
		w := &writer{db: db}
		db.writers = append(db.writers, w)
		db.done.Add(1)
		go func() { defer db.done.Done(); w.run() }()
	}
	if !db.postgres {
		db.startCheckpoints()
	}
	return db, nil
}

// config leaves PrepareStmt off: compiled statements are kept below it, by the
// connections themselves, see [sqliteConn] and pgx.
func config() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Time{} }, // times come from Tx.Now, never from gorm
	}
}

// Pages that a connection to SQLite may keep, as kilobytes below zero; its allocator
// takes twice as much. All connections of a process keep them in one place, in which
// pages that were not used lately give way first: readers have the writer's part too
// while it rests. More gains a reader little, since the system has the file in memory: with
// 8 MB for each a page out of a list of 100,000 opinions takes as much time as with 1 MB, and
// the first pages of sixty lists that just fit take a tenth less, for 60 MB more in all.
const (
	writerPages = "-8000"
	readerPages = "-1000"
)

// lockPatience is how long a connection waits for another one's lock, in milliseconds.
const lockPatience = "busy_timeout(5000)"

func (db *DB) openSQLite() error {
	if err := os.MkdirAll(filepath.Dir(db.file), 0o750); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	dsn := func(more ...string) string {
		q := url.Values{}
		q.Set("_time_format", "sqlite")
		for _, p := range append([]string{lockPatience, "foreign_keys(1)", "synchronous(FULL)", "journal_mode(WAL)", "temp_store(MEMORY)", "mmap_size(0)", "wal_autocheckpoint(" + strconv.Itoa(logLimit) + ")"}, more...) {
			q.Add("_pragma", p)
		}
		return "file:" + (&url.URL{Path: db.file}).EscapedPath() + "?" + q.Encode()
	}
	open := func(dsn string) (*gorm.DB, error) {
		pool, err := sql.Open(sqliteDriverName, dsn)
		if err != nil {
			return nil, err
		}
		return gorm.Open(sqlite.Dialector{Conn: pool}, config())
	}
	// What is deleted is written over: a row that is taken back would else stay readable in
	// the free places of the file. It costs nothing where nothing is deleted.
	w, err := open(dsn("secure_delete(ON)", "cache_size("+writerPages+")") + "&_txlock=immediate")
	if err != nil {
		return fmt.Errorf("open %s: %w", db.file, err)
	}
	db.write = w
	pool(w, 1)
	if db.read, err = open(dsn("query_only(1)", "cache_size("+readerPages+")")); err != nil {
		return fmt.Errorf("open %s: %w", db.file, err)
	}
	pool(db.read, max(4, runtime.GOMAXPROCS(0)*2))
	return nil
}

// openPostgres pins the session to UTC.
func (db *DB) openPostgres(dsn string) error {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return fmt.Errorf("MINYI_DATABASE_URL: %w", scrub(err, dsn))
	}
	c.RuntimeParams["timezone"] = "UTC"
	c.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 4 * time.Second
	}
	open := func(n int) (*gorm.DB, error) {
		conn := stdlib.OpenDB(*c)
		g, err := gorm.Open(postgres.New(postgres.Config{Conn: conn}), config())
		if err != nil {
			return nil, fmt.Errorf("open database: %w", scrub(err, dsn))
		}
		pool(g, n)
		return g, nil
	}
	if db.write, err = open(postgresWriters + 2); err != nil {
		return err
	}
	if db.read, err = open(max(8, runtime.GOMAXPROCS(0)*4)); err != nil {
		return err
	}
	return boundReads(db.read, db.silence)
}

// scrub keeps a password out of logs.
func scrub(err error, dsn string) error {
	if u, e := url.Parse(dsn); e == nil && u.User != nil {
		if p, ok := u.User.Password(); ok && p != "" {
			return errors.New(strings.ReplaceAll(err.Error(), p, "***"))
		}
	}
	return err
}

func pool(g *gorm.DB, n int) {
	if s, err := g.DB(); err == nil {
		s.SetMaxOpenConns(n)
		s.SetMaxIdleConns(n)
	}
}

func sqlOf(g *gorm.DB) *sql.DB {
	if g == nil {
		return nil
	}
	s, _ := g.DB()
	return s
}

// Postgres says whether the store is PostgreSQL.
func (db *DB) Postgres() bool { return db.postgres }

// File is the SQLite file; empty on PostgreSQL.
func (db *DB) File() string { return db.file }

// URL is the address of PostgreSQL, with its password; never log it.
func (db *DB) URL() string { return db.url }

// Now is the time of the one clock, UTC in microseconds.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Ping says whether the store answers reads.
func (db *DB) Ping(ctx context.Context) error {
	if err := sqlOf(db.read).PingContext(ctx); err != nil {
		return unavailable(scrub(err, db.url))
	}
	return nil
}

// OnCommit adds a listener that is called after every commit and before the
// writer's caller is answered, so that what it invalidates is never read stale
// by that caller. It must be quick and must not write. Call it before serving.
func (db *DB) OnCommit(f func([]Event)) { db.hooks = append(db.hooks, f) }

// Close lets waiting writes finish and closes the connections.
func (db *DB) Close() error {
	db.mu.Lock()
	first := !db.closed
	if first {
		db.closed = true
		close(db.queue)
	}
	db.mu.Unlock()
	db.done.Wait()
	if first {
		db.checkpoints.stop()
	}
	return db.closePools()
}

func (db *DB) closePools() error {
	var errs []error
	for _, g := range []*gorm.DB{db.read, db.write} {
		if s := sqlOf(g); s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

func unavailable(err error) error {
	return &Error{Kind: Unavailable, Key: "error.unavailable", RetryAfter: 5 * time.Second, Err: err}
}
