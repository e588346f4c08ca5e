package models

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// serialRow is a row of the table that hands out numbers; it has no model of its own.
type serialRow struct {
	Name string `gorm:"primaryKey"`
	N    int64
}

// TableName is the table of the numbers.
func (serialRow) TableName() string { return "serials" }

// archived lists what a backup holds: every model, and the numbers handed out.
func archived() []any { return append([]any{&serialRow{}}, all...) }

// Export writes every table as JSON lines, all as they were at one moment, while
// others go on writing. out gives the writer of a table, which is finished when the
// next one is asked for; the counts tell how many rows each table has.
func (db *DB) Export(ctx context.Context, out func(table string) (io.Writer, error)) (map[string]int, error) {
	var o []*sql.TxOptions
	if db.postgres {
		o = append(o, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	}
	counts := map[string]int{}
	err := db.read.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		for _, model := range archived() {
			s, err := schema.Parse(model, &sync.Map{}, g.NamingStrategy)
			if err != nil {
				return err
			}
			w, err := out(s.Table)
			if err != nil {
				return err
			}
			if counts[s.Table], err = exportTable(ctx, g, s, w); err != nil {
				return fmt.Errorf("%s: %w", s.Table, err)
			}
		}
		return nil
	}, o...)
	return counts, err
}

func exportTable(ctx context.Context, g *gorm.DB, s *schema.Schema, w io.Writer) (n int, err error) {
	rows, err := g.Model(reflect.New(s.ModelType).Interface()).Rows()
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	buffered := bufio.NewWriterSize(w, 1<<16)
	e := json.NewEncoder(buffered)
	for ; rows.Next(); n++ {
		row := reflect.New(s.ModelType)
		if err := g.ScanRows(rows, row.Interface()); err != nil {
			return n, err
		}
		values := map[string]any{}
		for _, f := range s.Fields {
			if f.DBName != "" {
				values[f.DBName], _ = f.ValueOf(ctx, row.Elem())
			}
		}
		if err := e.Encode(values); err != nil {
			return n, err
		}
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	return n, buffered.Flush()
}

// Replace puts the rows of an export in place of everything that the store holds,
// all of it or nothing. in gives the lines of a table. Live positions get the new
// epoch, since their numbers mean something else from now on. No server may run on
// the store meanwhile.
func (db *DB) Replace(ctx context.Context, epoch string, in func(table string) (io.ReadCloser, error)) error {
	return db.write.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		tables := archived()
		for i := len(tables) - 1; i >= 0; i-- {
			if err := g.Session(&gorm.Session{AllowGlobalUpdate: true}).Delete(tables[i]).Error; err != nil {
				return err
			}
		}
		for _, model := range tables {
			s, err := schema.Parse(model, &sync.Map{}, g.NamingStrategy)
			if err != nil {
				return err
			}
			if err := importTable(ctx, g, s, in); err != nil {
				return fmt.Errorf("%s: %w", s.Table, err)
			}
		}
		value, err := json.Marshal(epoch)
		if err != nil {
			return err
		}
		if err := g.Where("key = ?", EpochSetting).Delete(&Setting{}).Error; err != nil {
			return err
		}
		if err := g.Create(&Setting{Key: EpochSetting, Value: string(value), UpdatedBy: "system", UpdatedAt: db.Now()}).Error; err != nil {
			return err
		}
		return db.checkForeignKeys(g)
	})
}

func importTable(ctx context.Context, g *gorm.DB, s *schema.Schema, in func(string) (io.ReadCloser, error)) error {
	r, err := in(s.Table)
	if err != nil {
		return err
	}
	defer r.Close()
	list := reflect.MakeSlice(reflect.SliceOf(reflect.PointerTo(s.ModelType)), 0, 100)
	write := func() error {
		if list.Len() == 0 {
			return nil
		}
		err := g.Create(list.Interface()).Error
		list = reflect.MakeSlice(list.Type(), 0, 100)
		return err
	}
	for d := json.NewDecoder(r); ; {
		var values map[string]json.RawMessage
		if err := d.Decode(&values); err == io.EOF {
			return write()
		} else if err != nil {
			return err
		}
		row := reflect.New(s.ModelType)
		for name, raw := range values {
			f := s.LookUpField(name)
			if f == nil {
				return fmt.Errorf("column %s is unknown to this program", name)
			}
			v := reflect.New(f.FieldType)
			if err := json.Unmarshal(raw, v.Interface()); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			f.ReflectValueOf(ctx, row.Elem()).Set(v.Elem())
		}
		if list = reflect.Append(list, row); list.Len() == 100 {
			if err := write(); err != nil {
				return err
			}
		}
	}
}

// Steps names the migrations that make this program's schema, in order.
func Steps() []string {
	var ids []string
	for _, s := range steps {
		ids = append(ids, s.id)
	}
	return ids
}

// Blank says whether nobody has used the store yet.
func (db *DB) Blank(ctx context.Context) (bool, error) {
	var n int64
	err := db.read.WithContext(ctx).Raw("SELECT (SELECT COUNT(*) FROM people) + (SELECT COUNT(*) FROM units) + (SELECT COUNT(*) FROM consultations)").Scan(&n).Error
	return n == 0, wrap(err)
}
