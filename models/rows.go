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
	empty bool  // nothing stands there in any row
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

// nothing is how the language writes that nothing is there: cheaper than a value
// that is bound.
func (c *column) nothing() string {
	switch {
	case c.any != nil:
		return "NULL"
	case c.kind == asText:
		return "''"
	}
	return "0"
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
	for _, c := range l.columns {
		if !c.empty {
			bound++
		}
	}
	var list []statement
	head, step := l.head(), max(1, valuesAtOnce/max(1, bound))
	for from := 0; from < l.n; from += step {
		list = append(list, l.tuples(head, from, min(from+step, l.n)))
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

func (l *lines) tuples(head string, from, to int) statement {
	var b strings.Builder
	b.WriteString(head + " VALUES ")
	args := make([]any, 0, (to-from)*len(l.columns))
	for row := from; row < to; row++ {
		if row > from {
			b.WriteByte(',')
		}
		for i := range l.columns {
			b.WriteByte("(,"[min(i, 1)])
			if c := &l.columns[i]; c.empty {
				b.WriteString(c.nothing())
			} else {
				b.WriteByte('?')
				args = append(args, c.at(row))
			}
		}
		b.WriteByte(')')
	}
	b.WriteString(" " + l.suffix)
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
		c := column{name: f.DBName, kind: l.kinds[i], empty: l.kinds[i] != asTime || f.FieldType.Kind() == reflect.Pointer}
		for _, row := range rows {
			v := reflect.ValueOf(row).Elem().FieldByIndex(f.StructField.Index)
			c.empty = c.empty && v.IsZero()
			c.add(v, len(rows))
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
