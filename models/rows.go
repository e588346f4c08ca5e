package models

import (
	"cmp"
	"database/sql"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm/schema"
)

// How a group writes its rows: acts leave plain structs, and here they become few
// statements whose text is the same whatever the number of rows, so that it is compiled
// once and kept. On SQLite that is one row, run again for each; on PostgreSQL one array
// for each column, since there a round trip is what costs.

// statement is one SQL statement with its arguments.
type statement struct {
	sql  string
	args []any
	// each, where it is not 0, says how many of the arguments one run takes: the
	// statement is run again with the next ones, until all are used.
	each int
}

// runs are the arguments of each run.
func (s statement) runs() iter.Seq[[]any] {
	if s.each == 0 {
		return slices.Values([][]any{s.args})
	}
	return slices.Chunk(s.args, s.each)
}

// lines are rows of one table, column by column.
type lines struct {
	table   string
	columns []column
	n       int
	suffix  string // what follows the values: ON CONFLICT …
}

// column holds the values of one column; the kind says which of the lists is used.
type column struct {
	name  string
	kind  kind
	texts []string
	whole []int64
	truth []bool
	any   []any // everything else, nil for NULL
}

// kind is how a column is kept on PostgreSQL.
type kind string

const (
	asText   kind = "text"
	asNumber kind = "bigint"
	asTruth  kind = "boolean"
	asReal   kind = "double precision"
	asTime   kind = "timestamptz"
	asBytes  kind = "bytea"
)

func (c *column) at(row int) any {
	switch {
	case c.any != nil:
		return c.any[row]
	case c.kind == asText:
		return c.texts[row]
	case c.kind == asNumber:
		return c.whole[row]
	}
	return c.truth[row]
}

// list is the whole column as PostgreSQL takes it.
func (c *column) list() any {
	switch {
	case c.any != nil:
		return c.any
	case c.kind == asText:
		return c.texts
	case c.kind == asNumber:
		return c.whole
	}
	return c.truth
}

func texts(name string, list []string) column { return column{name: name, kind: asText, texts: list} }
func wholes(name string, list []int64) column {
	return column{name: name, kind: asNumber, whole: list}
}

func (l *lines) head() string {
	names := make([]string, len(l.columns))
	for i, c := range l.columns {
		names[i] = c.name
	}
	return "INSERT INTO " + l.table + " (" + strings.Join(names, ", ") + ")"
}

// statement gives what writes the rows.
func (l *lines) statement(postgres bool) statement {
	if postgres {
		return l.arrays()
	}
	args := make([]any, 0, l.n*len(l.columns))
	for row := range l.n {
		for i := range l.columns {
			args = append(args, l.columns[i].at(row))
		}
	}
	values := " VALUES (?" + strings.Repeat(",?", len(l.columns)-1) + ") "
	return statement{l.head() + values + l.suffix, args, len(l.columns)}
}

func (l *lines) arrays() statement {
	var b strings.Builder
	b.WriteString(l.head() + " SELECT * FROM unnest(")
	args := make([]any, len(l.columns))
	for i := range l.columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1) + "::" + string(l.columns[i].kind) + "[]")
		args[i] = l.columns[i].list()
	}
	b.WriteString(") " + l.suffix)
	return statement{sql: b.String(), args: args}
}

// layout is how the rows of one model are kept.
type layout struct {
	table  string
	fields []*schema.Field
	kinds  []kind
}

var (
	layouts sync.Map // reflect.Type of a model → layout
	parsed  sync.Map // gorm's own
	moment  = reflect.TypeFor[time.Time]()
)

// layoutOf reads the layout of a model. A model with a field that is none of the
// kinds above is a mistake in the code.
func layoutOf(model reflect.Type, namer schema.Namer) (layout, error) {
	if known, ok := layouts.Load(model); ok {
		return known.(layout), nil
	}
	s, err := schema.Parse(reflect.New(model).Interface(), &parsed, namer)
	if err != nil {
		return layout{}, err
	}
	l := layout{table: s.Table}
	for _, name := range s.DBNames {
		f := s.FieldsByDBName[name]
		k, ok := kindOf(f.FieldType)
		if !ok || f.HasDefaultValue || f.Serializer != nil {
			return layout{}, fmt.Errorf("%s.%s: no row that is left for later can hold a %s", s.Table, name, f.FieldType)
		}
		l.fields, l.kinds = append(l.fields, f), append(l.kinds, k)
	}
	layouts.Store(model, l)
	return l, nil
}

func kindOf(t reflect.Type) (kind, bool) {
	switch {
	case t.Kind() == reflect.Pointer:
		return kindOf(t.Elem())
	case t == moment:
		return asTime, true
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return asBytes, true
	}
	switch t.Kind() {
	case reflect.String:
		return asText, true
	case reflect.Bool:
		return asTruth, true
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16, reflect.Int8:
		return asNumber, true
	case reflect.Float64, reflect.Float32:
		return asReal, true
	}
	return "", false
}

// lines lays rows, pointers to one model, out by columns.
func (l layout) lines(rows []any) lines {
	out := lines{table: l.table, n: len(rows), columns: make([]column, len(l.fields))}
	for i, f := range l.fields {
		c := column{name: f.DBName, kind: l.kinds[i]}
		for _, row := range rows {
			c.add(reflect.ValueOf(row).Elem().FieldByIndex(f.StructField.Index), len(rows))
		}
		out.columns[i] = c
	}
	return out
}

func (c *column) add(v reflect.Value, n int) {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil():
		c.any = append(c.any, nil)
	case v.Kind() == reflect.Pointer:
		c.any = append(c.any, v.Elem().Interface())
	case c.kind == asText:
		c.texts = append(slices.Grow(c.texts, n-len(c.texts)), v.String())
	case c.kind == asNumber:
		c.whole = append(slices.Grow(c.whole, n-len(c.whole)), v.Int())
	case c.kind == asTruth:
		c.truth = append(slices.Grow(c.truth, n-len(c.truth)), v.Bool())
	default:
		c.any = append(slices.Grow(c.any, n-len(c.any)), v.Interface())
	}
}

// send runs statements that need no answer, in order. On PostgreSQL they go out
// together: one round trip for all.
func (g *group) send(list []statement) error {
	g.alive()
	if !g.db.postgres {
		//house:allow raw-sql this Raw hands out the driver and takes no SQL
		return g.conn.Raw(func(driver any) error {
			for _, s := range list {
				if err := driver.(*sqliteConn).run(s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	var batch pgx.Batch
	for _, s := range list {
		batch.Queue(s.sql, s.args...)
	}
	//house:allow raw-sql this Raw hands out the driver and takes no SQL
	return g.conn.Raw(func(driver any) error {
		return driver.(*stdlib.Conn).Conn().SendBatch(g.sql.Statement.Context, &batch).Close()
	})
}

// ask runs one statement and hands each row of its answers to scan.
func (g *group) ask(s statement, scan func(*sql.Rows) error) error {
	for args := range s.runs() {
		g.alive()
		rows, err := g.sql.Statement.ConnPool.QueryContext(g.sql.Statement.Context, s.sql, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := scan(rows); err != nil {
				_ = rows.Close()
				return err
			}
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
