package models

import (
	"context"
	"database/sql"
	"errors"
)

// SQLite writes what is new to a log, and copies it into its file at a checkpoint. Left
// to itself it does that within a commit, of which it then makes a slow one: somebody in
// every few thousand waits until the pages of all the others are copied. So most of it is
// copied beside the writer; what the writer still copies itself, when the log is long
// enough to be begun anew, is what has come in meanwhile.
const (
	logLimit        = 16_000 // pages; from here on the writer copies what is left, and begins anew
	checkpointFirst = 12_000 // pages that are not copied yet, at which copying begins
	checkpointLate  = 15_000 // pages in the log, from which on what is new is copied again
)

// checkpointer copies the log of SQLite beside the writer.
type checkpointer struct {
	pool *sql.DB // that of the readers: copying changes no data
	wake chan struct{}
	done chan struct{} // closed when it has ended
}

func (db *DB) startCheckpoints() {
	c := &checkpointer{sqlOf(db.read), make(chan struct{}, 1), make(chan struct{})}
	db.checkpoints = c
	go func() { defer close(c.done); c.run() }()
}

// written says that there is more in the log; it never waits.
func (c *checkpointer) written() {
	if c == nil { // PostgreSQL sees to it by itself
		return
	}
	select {
	case c.wake <- struct{}{}:
	default: // it is awake already
	}
}

// run copies until nothing more will be written. What fails here is left to the writer.
func (c *checkpointer) run() {
	for range c.wake {
		_, inLog, copied, err := ask(context.Background(), c.pool, "PRAGMA wal_checkpoint(NOOP)")
		if err == nil && (inLog-copied >= checkpointFirst || inLog >= checkpointLate && inLog > copied) {
			_, _, _, _ = ask(context.Background(), c.pool, "PRAGMA wal_checkpoint(PASSIVE)")
		}
	}
}

// ask runs a statement about the log and tells how many pages are in it, and how many of
// these are in the file as well; busy says that it was kept from doing all of its work.
func ask(ctx context.Context, on interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, statement string) (busy bool, inLog, copied int, err error) {
	//house:allow raw-sql all statements are written in this file
	err = on.QueryRowContext(ctx, statement).Scan(&busy, &inLog, &copied)
	return busy, inLog, copied, err
}

// EmptyLog copies the whole log of SQLite into its file and cuts it off, so that words that
// were taken back stand on the disk no more: in the file they are written over, in the log
// they would stay until it is long enough to be begun anew. On PostgreSQL, which sees to
// its log by itself, nothing is done. Errors: [Unavailable] (error.busy) while somebody
// reads for longer than a moment, a backup for one; it is asked again later.
func (db *DB) EmptyLog(ctx context.Context) error {
	if db.checkpoints == nil {
		return nil
	}
	conn, err := db.checkpoints.pool.Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Close()
	// Writers wait until nobody reads from the log any more: not for long.
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout(250)"); err != nil {
		return unavailable(err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA "+lockPatience) }()
	busy, _, _, err := ask(ctx, conn, "PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil {
		return unavailable(err)
	}
	if busy {
		return &Error{Kind: Unavailable, Key: "error.busy", Err: errors.New("the log is being read")}
	}
	return nil
}

// stop ends it, after the writers have ended.
func (c *checkpointer) stop() {
	if c != nil {
		close(c.wake)
		<-c.done
	}
}
