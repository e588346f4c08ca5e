package models

import (
	"cmp"
	"database/sql"
	"fmt"
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
// statements. On SQLite those are lists of values, since every run of a statement
// is compiled anew; on PostgreSQL one array for each column, so that the text is
// the same whatever the number of rows and is prepared once.

// valuesAtOnce is how many values one statement binds on SQLite: the driver looks
// for each one in the list of all, so that a long statement costs its length squared.
const valuesAtOnce = 160

// statement is one SQL statement with its arguments.
type statement struct {
	sql  string
	args []any
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
	// plain is set when every row has the same there.
	plain bool
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

// settle finds out whether every row has the same there.
func (c *column) settle() {
	switch {
	case c.any != nil:
		c.plain = !slices.ContainsFunc(c.any, func(v any) bool { return v != nil })
	case c.kind == asText:
		c.plain = !slices.ContainsFunc(c.texts, func(v string) bool { return v != c.texts[0] })
	case c.kind == asNumber:
		c.plain = !slices.ContainsFunc(c.whole, func(v int64) bool { return v != c.whole[0] })
	default:
		c.plain = !slices.Contains(c.truth, !c.truth[0])
	}
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

// statements gives what writes the rows.
func (l *lines) statements(postgres bool) []statement {
	if postgres {
		return []statement{l.arrays()}
	}
	bound := 0
	for i := range l.columns {
		l.columns[i].settle()
		if !l.columns[i].plain {
			bound++
		}
	}
	if bound == 0 { // a row by itself
		l.columns[0].plain, bound = false, 1
	}
	var list []statement
	step := max(1, valuesAtOnce/bound)
	for from := 0; from < l.n; from += step {
		list = append(list, l.tuples(bound, from, min(from+step, l.n)))
	}
	return list
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
	return statement{b.String(), args}
}

// tuples selects from a list of values, in which only what differs between the rows
// stands: the rest is compiled and bound once.
func (l *lines) tuples(bound, from, to int) statement {
	var b strings.Builder
	b.WriteString(l.head() + " SELECT ")
	args := make([]any, 0, len(l.columns)+(to-from)*bound)
	k := 0
	for i := range l.columns {
		if i > 0 {
			b.WriteByte(',')
		}
		if c := &l.columns[i]; c.plain {
			b.WriteByte('?')
			args = append(args, c.at(0))
		} else {
			k++
			b.WriteString("column" + strconv.Itoa(k))
		}
	}
	b.WriteString(" FROM (VALUES ")
	tuple := "(?" + strings.Repeat(",?", bound-1) + ")"
	for row := from; row < to; row++ {
		if row > from {
			b.WriteByte(',')
		}
		b.WriteString(tuple)
		for i := range l.columns {
			if !l.columns[i].plain {
				args = append(args, l.columns[i].at(row))
			}
		}
	}
	b.WriteString(") WHERE true " + l.suffix)
	return statement{b.String(), args}
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
	if g.conn == nil {
		for _, s := range list {
			if _, err := g.sql.Statement.ConnPool.ExecContext(g.sql.Statement.Context, s.sql, s.args...); err != nil {
				return err
			}
		}
		return nil
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

// ask runs one statement and hands each row of its answer to scan.
func (g *group) ask(s statement, scan func(*sql.Rows) error) error {
	g.alive()
	rows, err := g.sql.Statement.ConnPool.QueryContext(g.sql.Statement.Context, s.sql, s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
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
