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
// once and kept. On SQLite that is some rows at a time, run again for the next ones; on
// PostgreSQL one array for each column, since there a round trip is what costs.

// rowsAtOnce is how many rows one statement of SQLite writes, as long as there are as
// many: its table and indexes are opened once for all of them.
var rowsAtOnce = []int{16, 4, 1}

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

// statements give what writes the rows.
func (l *lines) statements(postgres bool) []statement {
	if postgres {
		return []statement{l.arrays()}
	}
	// What is empty in every row, as half of the columns of most tables are, stands in
	// the text: a value costs a copy, and the way into its place. The first column is a
	// key and always given.
	values, given := make([]string, len(l.columns)), make([]*column, 0, len(l.columns))
	for i := range l.columns {
		if c := &l.columns[i]; i > 0 && c.empty() {
			values[i] = emptyOf[c.kind]
			if c.any != nil {
				values[i] = "NULL"
			}
		} else {
			values[i], given = "?", append(given, c)
		}
	}
	head, one := l.head()+" VALUES ", "("+strings.Join(values, ", ")+")"
	var list []statement
	for row, step := 0, 0; row < l.n; step++ {
		n := rowsAtOnce[step]
		end := l.n - (l.n-row)%n
		if end == row {
			continue
		}
		s := statement{sql: head + one + strings.Repeat(", "+one, n-1) + " " + l.suffix, args: make([]any, 0, (end-row)*len(given)), each: n * len(given)}
		for ; row < end; row++ {
			for _, c := range given {
				s.args = append(s.args, c.at(row))
			}
		}
		list = append(list, s)
	}
	return list
}

// emptyOf is what is empty, in the words of SQLite.
var emptyOf = map[kind]string{asText: "''", asNumber: "0", asTruth: "0"}

// empty says whether all rows have nothing in the column: no text, 0, false, or NULL.
func (c *column) empty() bool {
	switch {
	case c.any != nil:
		return !slices.ContainsFunc(c.any, func(v any) bool { return v != nil })
	case c.kind == asText:
		return !slices.ContainsFunc(c.texts, func(v string) bool { return v != "" })
	case c.kind == asNumber:
		return !slices.ContainsFunc(c.whole, func(v int64) bool { return v != 0 })
	}
	return !slices.Contains(c.truth, true)
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

// ask runs statements, in order, and hands each row of their answers to scan.
func (g *group) ask(list []statement, scan func(*sql.Rows) error) error {
	for _, s := range list {
		for args := range s.runs() {
			if err := g.askOnce(s.sql, args, scan); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *group) askOnce(text string, args []any, scan func(*sql.Rows) error) error {
	g.alive()
	rows, err := g.sql.Statement.ConnPool.QueryContext(g.sql.Statement.Context, text, args...)
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
	return rows.Err()
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
