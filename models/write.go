package models

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// Limits of the one door for writes.
const (
	queueLimit      = 4096 // acts that may wait; beyond it people are told to come back
	groupLimit      = 128  // acts that share one commit
	postgresWriters = 2    // one gathers while the other flushes
	longestPatience = 5 * time.Millisecond
	shareOfWait     = 3                      // of the time of the last commit: one part in so many is waited
	silence         = 300 * time.Microsecond // nobody comes any more
	longestWait     = 4 * time.Second        // for a writer to begin; then people are told to come back
	quickCommit     = 4 * time.Millisecond   // below it two halves take turns, see gather
	leastHalf       = 12                     // acts; fewer are no half, the flush is most of what they cost
	tries           = 5                      // of one act alone, after races that the database decided
)

// Act names what is done, by whom, about what; it becomes the audit row.
type Act struct {
	By     string // person id, or "visit:…", "system"
	Name   string // verb of the use case: opinions.submit
	About  string // "consultation:2027-012"
	UnitID string
	Tier   string // how sure we are of who it is, see Tier
	Reason string // reason code or published reason, where the act needs one
	Detail any    // facts that the public record will need, as JSON
	// Silent leaves no audit row: for what is no act on public matters, such as
	// a session seen or a draft saved.
	Silent bool
}

type job struct {
	ctx  context.Context
	act  Act
	key  string // of the idempotency keys, if the client asked for one
	fn   func(*Tx) error
	done chan struct{}
	err  error
	// taken is set by the writer that runs the job, or by the caller who gives up
	// before anybody has begun.
	taken atomic.Bool
}

// InTx is the one door for writes. fn runs in a transaction of its own or shares
// one with acts that wait at the same time (group commit); either way all of fn
// happens or none of it, and InTx returns only after the commit is on disk.
//
// fn may run more than once (after a race that the database decided), so it
// must have no effects beside tx; effects belong into events. What fn returns as
// an error undoes the act and is returned as it is.
//
// Errors: [Unavailable] when the store cannot take writes or too many wait;
// [Conflict] (error.duplicate) when a unique key is taken.
func (db *DB) InTx(ctx context.Context, act Act, fn func(*Tx) error) error {
	j := &job{ctx: ctx, act: act, fn: fn, done: make(chan struct{})}
	kept := once(j)
	if err := db.enqueue(j); err != nil {
		return err
	}
	kept()
	return nil
}

// enqueue gives a job to the writers and waits until it is decided.
func (db *DB) enqueue(j *job) error {
	db.mu.RLock()
	if db.closed {
		db.mu.RUnlock()
		return unavailable(errors.New("store is closed"))
	}
	select {
	case db.queue <- j:
		db.mu.RUnlock()
	default:
		db.mu.RUnlock()
		return &Error{Kind: Unavailable, Key: "error.busy", RetryAfter: 2 * time.Second, Err: errors.New("write queue is full")}
	}
	patience := time.NewTimer(longestWait)
	defer patience.Stop()
	select {
	case <-j.done:
		return j.err
	case <-patience.C:
	}
	if j.taken.CompareAndSwap(false, true) {
		return &Error{Kind: Unavailable, Key: "error.busy", RetryAfter: 2 * time.Second, Err: errors.New("no writer began in time")}
	}
	<-j.done // it has begun: only the outcome is an honest answer
	return j.err
}

// writer commits groups of acts, one after the other.
type writer struct {
	db *DB
	// last and took are the size of the group before and how long its commit took:
	// those who were answered by it are likely to write again at once.
	last int
	took time.Duration
}

func (w *writer) run() {
	for first := range w.db.queue {
		jobs := w.gather([]*job{first})
		w.commit(jobs)
	}
}

// gather takes what waits. If the last group had company, it stays open as long as
// people keep coming: who was answered together comes back together, and a commit
// shared by more of them costs one flush, and one write of each page, instead of
// many. It never waits longer than a share of what the last commit took: on a disk
// that flushes quickly those who are late are read while the others are written, and
// nobody stands still. Who writes alone never waits.
//
// With one writer, quick commits and many who write, half of them are enough, and no more
// are taken: if all came together, they would be answered together and come back together,
// and the writer would have nothing to do meanwhile. So one half is written while the
// other half reads its answers and asks anew. PostgreSQL has two writers for that.
func (w *writer) gather(jobs []*job) []*job {
	var end <-chan time.Time
	most, enough := groupLimit, 2*w.last
	if half := (len(w.db.queue) + len(jobs) + w.last) / 2; !w.db.postgres && half >= leastHalf && w.took < quickCommit {
		most, enough = min(half, groupLimit), half
	}
	for len(jobs) < most {
		select {
		case j, ok := <-w.db.queue:
			if !ok {
				return jobs
			}
			jobs = append(jobs, j)
			continue
		default:
		}
		if w.last < 2 || len(jobs) >= enough {
			return jobs
		}
		if end == nil {
			end = time.After(min(w.took/shareOfWait, longestPatience))
		}
		select {
		case j, ok := <-w.db.queue:
			if !ok {
				return jobs
			}
			jobs = append(jobs, j)
		case <-time.After(silence):
			return jobs
		case <-end:
			return jobs
		}
	}
	return jobs
}

// commit tries the jobs in one transaction; when the database refuses the group,
// each job gets a transaction of its own. When the database is away none is tried
// again: whether a commit whose answer was lost has happened nobody knows, and the
// caller's idempotency key is what makes asking again safe.
func (w *writer) commit(jobs []*job) {
	jobs = slices.DeleteFunc(jobs, func(j *job) bool { return !j.taken.CompareAndSwap(false, true) })
	if len(jobs) == 0 {
		return
	}
	began := time.Now() //house:allow clock how long a commit takes is no time of an act
	err := w.group(jobs)
	switch {
	case err != nil && w.db.away(err):
		for _, j := range jobs {
			j.err = err
		}
	case err != nil:
		for _, j := range jobs {
			w.alone(j)
		}
	}
	w.last, w.took = len(jobs), time.Since(began)
	w.db.writes.add(w.last, w.took)
	for _, j := range jobs {
		w.settle(j)
		close(j.done)
	}
	w.db.checkpoints.written()
}

func (w *writer) alone(j *job) {
	for try := range tries {
		err := w.group([]*job{j})
		if err == nil {
			return
		}
		j.err = err
		if !raced(err) || w.db.away(err) {
			break
		}
		time.Sleep(time.Duration(try) * 3 * time.Millisecond)
	}
}

// settle turns what the store said into what people can be told.
func (w *writer) settle(j *job) {
	var known *Error
	if j.err == nil || errors.As(j.err, &known) {
		return
	}
	if IsDuplicate(j.err) {
		j.err = &Error{Kind: Conflict, Key: "error.duplicate", Err: j.err}
		return
	}
	w.db.log.Error("write failed", "act", j.act.Name, "about", j.act.About, "err", scrub(j.err, w.db.url))
	j.err = unavailable(j.err)
}

// group runs the jobs in one transaction. A job's own error stays with the job;
// an error returned here means that nothing of the group was kept.
func (w *writer) group(jobs []*job) (err error) {
	// A caller that gives up must not break the others' transaction.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	g := &group{db: w.db}
	ctx, done := g.watch(ctx)
	defer done()
	if err := g.begin(ctx); err != nil {
		return err
	}
	defer g.end()
	defer func() {
		if err != nil {
			g.sql.Rollback()
		}
	}()
	if err := g.recall(jobs); err != nil {
		return err
	}
	for _, j := range jobs {
		if j.err = j.ctx.Err(); j.err != nil {
			j.err = unavailable(j.err)
			continue
		}
		if err := g.do(j); err != nil {
			return err
		}
	}
	if err := g.flush(); err != nil {
		return err
	}
	g.alive()
	if err := g.sql.Commit().Error; err != nil {
		return err
	}
	if g.letters {
		select {
		case w.db.letters <- struct{}{}:
		default: // who sends them is awake already
		}
	}
	if len(g.events) > 0 {
		for _, hook := range w.db.hooks {
			hook(g.events)
		}
	}
	return nil
}

// begin opens the group's transaction. The connection stays at hand, so that
// statements can go out together.
func (g *group) begin(ctx context.Context) (err error) {
	q := g.db.write.WithContext(ctx)
	if g.conn, err = sqlOf(g.db.write).Conn(ctx); err != nil {
		return err
	}
	q.Statement.ConnPool = g.conn
	if g.sql = q.Begin(); g.sql.Error != nil {
		g.end()
	}
	return g.sql.Error
}

func (g *group) end() { _ = g.conn.Close() } // back into the pool

// do runs one job inside the group and keeps or undoes what it did.
func (g *group) do(j *job) error {
	tx := &Tx{Now: g.db.Now(), Act: j.act, g: g}
	j.err = guard(tx, j.fn)
	if tx.broken != nil {
		return tx.broken
	}
	if j.err != nil {
		var known *Error
		if !errors.As(j.err, &known) && raced(j.err) {
			return j.err
		}
		if tx.marked {
			return g.sql.Exec("ROLLBACK TO SAVEPOINT act").Error
		}
		return nil
	}
	if tx.marked {
		if err := g.sql.Exec("RELEASE SAVEPOINT act").Error; err != nil {
			return err
		}
	}
	if !tx.Act.Silent {
		tx.Later(auditRow(tx))
	}
	g.keep(tx)
	return nil
}

// guard turns a panic of one act into its error; the writer serves everybody.
func guard(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in act %s: %v\n%s", tx.Act.Name, p, debug.Stack())
		}
	}()
	return fn(tx)
}

// away says whether the database cannot be reached, as opposed to refusing what it
// was asked for.
func (db *DB) away(err error) bool {
	if !db.postgres {
		return false
	}
	var known *Error
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		class := pg.Code[:min(2, len(pg.Code))]
		return class == "08" || class == "53" || class == "57" // connection, resources, shutdown
	}
	return !errors.As(err, &known) && !errors.Is(err, gorm.ErrDuplicatedKey) && !errors.Is(err, gorm.ErrForeignKeyViolated) && !errors.Is(err, gorm.ErrCheckConstraintViolated)
}

// raced says whether the database decided a race against us, so that running
// the act again gives an honest answer.
func raced(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "40001", "40P01", "23505":
			return true
		}
	}
	return errors.Is(err, gorm.ErrDuplicatedKey) ||
		strings.Contains(err.Error(), "UNIQUE constraint failed") || strings.Contains(err.Error(), "database is locked")
}

// IsDuplicate says whether err is a violated unique key.
func IsDuplicate(err error) bool {
	var pg *pgconn.PgError
	return err != nil && (errors.Is(err, gorm.ErrDuplicatedKey) || errors.As(err, &pg) && pg.Code == "23505" ||
		strings.Contains(err.Error(), "UNIQUE constraint failed"))
}

// Probe checks that the store takes writes, without leaving a trace.
func (tx *Tx) Probe() error {
	return tx.sql().Exec("UPDATE settings SET updated_at = updated_at WHERE key = 'server.secret'").Error
}
