package models

import (
	"context"
	"database/sql"
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
		inLog, copied, err := c.ask("PRAGMA wal_checkpoint(NOOP)")
		if err == nil && (inLog-copied >= checkpointFirst || inLog >= checkpointLate && inLog > copied) {
			_, _, _ = c.ask("PRAGMA wal_checkpoint(PASSIVE)")
		}
	}
}

// ask runs one of the two statements about the log and tells how many pages are in it,
// and how many of these are in the file as well.
func (c *checkpointer) ask(statement string) (inLog, copied int, err error) {
	var busy int
	//house:allow raw-sql both statements are written above
	err = c.pool.QueryRowContext(context.Background(), statement).Scan(&busy, &inLog, &copied)
	return inLog, copied, err
}

// stop ends it, after the writers have ended.
func (c *checkpointer) stop() {
	if c != nil {
		close(c.wake)
		<-c.done
	}
}
