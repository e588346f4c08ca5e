package models_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

// A time is the same moment in every zone: what falls due is found by it, and it comes
// back in UTC.
func TestTimesAreComparedAsMomentsWhateverTheirZone(t *testing.T) {
	zones := map[string]*time.Location{"Shanghai": time.FixedZone("", 8*3600), "New York": time.FixedZone("", -5*3600), "UTC": time.UTC}
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		_, unit := modelstest.City(t, db)
		now := db.Now()
		for name, zone := range zones {
			for _, c := range []struct {
				about string
				until time.Time
				due   bool
			}{
				{"before " + name, now.Add(-time.Minute).In(zone), true},
				{"after " + name, now.Add(time.Minute).In(zone), false},
			} {
				err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
					return tx.Insert(&models.Record{About: c.about, UnitID: unit.ID, CreatedAt: now.In(zone), UpdatedAt: now.In(zone), OpenedAt: &now, CorrectionsUntil: &c.until})
				})
				if err != nil {
					t.Fatal(err)
				}
				list, err := db.RecordsToFreeze(ctx, now)
				if err != nil {
					t.Fatal(err)
				}
				found := false
				for _, r := range list {
					found = found || r.About == c.about
					if _, off := r.CorrectionsUntil.Zone(); off != 0 {
						t.Errorf("%s came back as %s", r.About, r.CorrectionsUntil)
					}
				}
				if found != c.due {
					t.Errorf("%s: due %v at %s, want %v", c.about, found, now, c.due)
				}
			}
		}
	})
}

// Kept statements change nothing of what is read: not where one text is read twice at a
// time, not where more texts come than are kept, and not where the table has changed.
func TestKeptStatementsReadWhatIsThere(t *testing.T) {
	ctx := context.Background()
	pool, err := sql.Open("sqlite-kept", "file:"+filepath.Join(t.TempDir(), "kept.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	do := func(text string, args ...any) {
		t.Helper()
		if _, err := conn.ExecContext(ctx, text, args...); err != nil {
			t.Fatal(err)
		}
	}
	const all = "SELECT * FROM kept ORDER BY n"
	read := func(between func()) (list []int, columns int) {
		t.Helper()
		rows, err := conn.QueryContext(ctx, all)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, _ := rows.Columns()
		for rows.Next() {
			var n, rest sql.NullInt64
			if err := rows.Scan([]any{&n, &rest}[:len(names)]...); err != nil {
				t.Fatal(err)
			}
			list = append(list, int(n.Int64))
			if between != nil {
				between()
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return list, len(names)
	}
	do("CREATE TABLE kept (n INTEGER)")
	for n := range 3 {
		do("INSERT INTO kept (n) VALUES (?)", n)
	}
	want := []int{0, 1, 2}
	texts := 0
	outer, _ := read(func() {
		if inner, _ := read(nil); !slices.Equal(inner, want) {
			t.Errorf("read inside of its own reading: %v", inner)
		}
		for range 100 {
			texts++
			do(fmt.Sprintf("UPDATE kept SET n = n WHERE n = %d", -texts))
		}
	})
	if !slices.Equal(outer, want) {
		t.Errorf("read around another reading of the same text: %v", outer)
	}
	do("ALTER TABLE kept ADD COLUMN more INTEGER")
	if again, columns := read(nil); !slices.Equal(again, want) || columns != 2 {
		t.Errorf("after a column was added: %v of %d columns", again, columns)
	}
}
