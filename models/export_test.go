package models

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Plans runs f on a view of the store and gives, for each statement that it ran, the
// statement and how the database would look for it. On PostgreSQL it is told how many
// rows there are, and what it prefers as long as they are few, to read the table through
// and sort, is ruled out where there is another way.
func (db *DB) Plans(f func(*DB) error) (plans map[string]string, err error) {
	var list []string
	view := &DB{read: db.read, postgres: db.postgres}
	view.OnRead(func(sql string) { list = append(list, sql) })
	if err := f(view); err != nil {
		return nil, err
	}
	return db.explain(list)
}

// WritePlans runs an act and gives the same of each statement that it ran, as [DB.Plans]
// does for what reads.
func (db *DB) WritePlans(act Act, f func(*Tx) error) (plans map[string]string, err error) {
	var list []string
	err = db.InTx(context.Background(), act, func(tx *Tx) error {
		plain := tx.g.sql
		tx.g.sql = plain.Session(&gorm.Session{Logger: reads{logger.Discard, func(sql string) {
			if !strings.HasPrefix(sql, "SAVEPOINT") {
				list = append(list, sql)
			}
		}}})
		defer func() { tx.g.sql = plain }()
		return f(tx)
	})
	if err != nil {
		return nil, err
	}
	return db.explain(list)
}

// explain asks the database how it would look for what statements are about.
func (db *DB) explain(list []string) (plans map[string]string, err error) {
	plans = map[string]string{}
	err = db.read.Transaction(func(g *gorm.DB) error {
		ask := "EXPLAIN QUERY PLAN "
		if db.postgres {
			ask = "EXPLAIN "
			if err := g.Exec("ANALYZE opinions; ANALYZE receipts; ANALYZE hearing_tickets; ANALYZE hearing_registrations; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off").Error; err != nil {
				return err
			}
		}
		for _, sql := range list {
			var lines []map[string]any
			//house:allow raw-sql the statement is one that the store has just run
			if err := g.Raw(ask + sql).Scan(&lines).Error; err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
			var b strings.Builder
			for _, l := range lines {
				for _, name := range []string{"detail", "QUERY PLAN"} {
					if l[name] != nil {
						fmt.Fprintln(&b, l[name])
					}
				}
			}
			plans[sql] = b.String()
		}
		return nil
	})
	return plans, err
}

// Limits of the log of SQLite, in pages.
const (
	LogLimit        = logLimit
	CheckpointFirst = checkpointFirst
)

// Log tells how many pages are in the log, and how many of them in the file as well.
func (db *DB) Log() (inLog, copied int, err error) {
	_, inLog, copied, err = ask(context.Background(), db.checkpoints.pool, "PRAGMA wal_checkpoint(NOOP)")
	return inLog, copied, err
}

// KeptAnswers are the remembered answers as they stand in the store.
func (db *DB) KeptAnswers(ctx context.Context) (list []IdempotencyKey, err error) {
	return list, db.read.WithContext(ctx).Order("created_at, id").Find(&list).Error
}

// KeepOpen puts an answer in the place of a kept one, as it was kept before answers were
// sealed.
func (tx *Tx) KeepOpen(i Idem, result string) error {
	return changed(tx.sql().Model(&IdempotencyKey{}).Where("id = ?", i.id()).Update("result", result))
}
