package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// step is one migration. Steps are frozen once released and only ever added; each
// holds its own statements, so that later changes of the models do not reach
// back. {{time}} is the one type that the databases name differently.
// sqlite holds what only SQLite needs, after the rest.
type step struct {
	id     string
	sql    []string
	sqlite []string
}

var steps = []step{step0001, step0002, step0003, step0004, step0005, step0006, step0007, step0012, step0013, step0014, step0015, step0017, step0020}

// FirstMigration is the id of the step that makes the tables: a store in which it is
// pending has never kept anything.
const FirstMigration = "0001_consultations"

// ErrNewerSchema is returned when the database was written by a newer program.
var ErrNewerSchema = Fail(Unavailable, "error.newer_schema")

// Migrate brings the database to the schema of this program. It may run on
// several nodes at once: one does the work, the others wait. Errors:
// [ErrNewerSchema] when the database knows steps that this program does not.
func (db *DB) Migrate(ctx context.Context) error {
	if !db.postgres {
		return db.migrateIn(db.write.WithContext(ctx))
	}
	return db.write.WithContext(ctx).Connection(func(conn *gorm.DB) error {
		// 0x6d696e7969 is "minyi".
		if err := conn.Exec("SELECT pg_advisory_lock(469853563241)").Error; err != nil {
			return err
		}
		defer conn.Exec("SELECT pg_advisory_unlock(469853563241)")
		return db.migrateIn(conn)
	})
}

func (db *DB) migrateIn(g *gorm.DB) error {
	if err := g.Exec(db.ddl("CREATE TABLE IF NOT EXISTS migrations (id TEXT PRIMARY KEY, applied_at {{time}} NOT NULL)")).Error; err != nil {
		return unavailable(err)
	}
	done, err := db.applied(g)
	if err != nil {
		return err
	}
	fresh := 0
	for _, s := range steps {
		if done[s.id] {
			delete(done, s.id)
			continue
		}
		fresh++
		err := g.Transaction(func(tx *gorm.DB) error {
			stmts := s.sql
			if !db.postgres {
				stmts = slices.Concat(s.sql, s.sqlite)
			}
			for _, stmt := range stmts {
				//house:allow raw-sql the statements are the frozen texts of the steps
				if err := tx.Exec(db.ddl(stmt)).Error; err != nil {
					return fmt.Errorf("migration %s: %w in %.80s", s.id, err, stmt)
				}
			}
			return tx.Exec("INSERT INTO migrations (id, applied_at) VALUES (?, ?)", s.id, db.Now()).Error
		})
		if err != nil {
			return err
		}
	}
	if len(done) > 0 {
		return &Error{Kind: Unavailable, Key: ErrNewerSchema.Key, Err: fmt.Errorf("database has unknown migrations %v", sortedKeys(done))}
	}
	if fresh == 0 {
		return nil
	}
	return db.checkForeignKeys(g)
}

func (db *DB) applied(g *gorm.DB) (map[string]bool, error) {
	var ids []string
	if err := g.Raw("SELECT id FROM migrations").Scan(&ids).Error; err != nil {
		return nil, unavailable(err)
	}
	done := map[string]bool{}
	for _, id := range ids {
		done[id] = true
	}
	return done, nil
}

// Pending lists the migrations that the database still lacks.
func (db *DB) Pending(ctx context.Context) ([]string, error) {
	g := db.read.WithContext(ctx)
	done := map[string]bool{}
	if g.Migrator().HasTable("migrations") {
		var err error
		if done, err = db.applied(g); err != nil {
			return nil, err
		}
	}
	var missing []string
	for _, s := range steps {
		if !done[s.id] {
			missing = append(missing, s.id)
		}
	}
	return missing, nil
}

// checkForeignKeys looks for orphans on SQLite; PostgreSQL never has any.
func (db *DB) checkForeignKeys(g *gorm.DB) error {
	if db.postgres {
		return nil
	}
	var orphans []map[string]any
	if err := g.Raw("PRAGMA foreign_key_check").Scan(&orphans).Error; err != nil {
		return unavailable(err)
	}
	if len(orphans) > 0 {
		return unavailable(fmt.Errorf("%d rows point to nothing, the first: %v", len(orphans), orphans[0]))
	}
	return nil
}

func (db *DB) ddl(stmt string) string {
	kind := "TIMESTAMP"
	if db.postgres {
		kind = "TIMESTAMPTZ(6)"
	}
	return strings.ReplaceAll(stmt, "{{time}}", kind)
}
