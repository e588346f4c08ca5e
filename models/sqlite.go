package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"modernc.org/sqlite"
)

// sqliteDriver is the SQLite driver with every time written in UTC, and with
// connections that keep the statements they have compiled.
type sqliteDriver struct{ driver.Driver }

// sqliteDriverName is what it is registered as.
const sqliteDriverName = "sqlite-kept"

func init() {
	sql.Register(sqliteDriverName, sqliteDriver{&sqlite.Driver{}})
	// A commit waits for the data and the size of the file, as on every Linux
	// distribution's SQLite, and not for the time of its last change, which no
	// recovery asks for. Where there is no such call, all is waited for.
	_, _ = sqlite.Fdatasync(true)
}

// Open opens a connection of the library's driver.
func (d sqliteDriver) Open(name string) (driver.Conn, error) {
	c, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	kept, err := simplelru.NewLRU(statementsKept, func(_ string, s *compiled) { s.drop() })
	if err != nil {
		return nil, err
	}
	return &sqliteConn{c.(wholeConn), kept}, nil
}

// wholeConn is what a connection of the library can do.
type wholeConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
	Ping(ctx context.Context) error
}

// Limits of what a connection keeps: statements, and bytes of the text of one. Longer
// ones are lists of values, which hardly ever come again.
const (
	statementsKept = 64
	statementLimit = 4 << 10
)

// sqliteConn keeps the statements that it has compiled: compiling one costs as much as
// running it. Like every connection of database/sql it is used by one goroutine at a
// time.
type sqliteConn struct {
	wholeConn
	kept *simplelru.LRU[string, *compiled]
}

// compiled is a statement that is kept.
type compiled struct {
	wholeStmt
	busy bool // its rows are being read
	gone bool // it is not kept any more, and is closed with its rows
}

// wholeStmt is what a statement of the library can do.
type wholeStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (s *compiled) drop() {
	if s.gone = true; !s.busy {
		_ = s.Close()
	}
}

// compile gives the statement for a text; nil where it is not to be kept, or is being
// read already.
func (c *sqliteConn) compile(ctx context.Context, text string) (*compiled, error) {
	if len(text) > statementLimit {
		return nil, nil
	}
	if s, ok := c.kept.Get(text); ok {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	stmt, err := c.wholeConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &compiled{wholeStmt: stmt.(wholeStmt)}
	c.kept.Add(text, s)
	return s, nil
}

// ExecContext runs a statement that needs no answer.
func (c *sqliteConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.compile(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.wholeConn.ExecContext(ctx, text, args)
	}
	return s.ExecContext(ctx, args)
}

// QueryContext runs a statement whose rows are read.
func (c *sqliteConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.compile(ctx, text)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.wholeConn.QueryContext(ctx, text, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return keptRows{rows.(wholeRows), s}, nil
}

// keptRows give their statement back when they have been read.
type keptRows struct {
	wholeRows
	of *compiled
}

// wholeRows is what rows of the library can tell.
type wholeRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// Close ends the reading.
func (r keptRows) Close() error {
	err := r.wholeRows.Close()
	r.of.busy = false
	if r.of.gone {
		_ = r.of.Close()
	}
	return err
}

// run runs a statement of a group for each of its rows, without the way through
// database/sql, which costs more than the row.
func (c *sqliteConn) run(s statement) error {
	ctx := context.Background() // a file does not keep anybody waiting
	var named []driver.NamedValue
	for args := range s.runs() {
		named = named[:0]
		for i, v := range args {
			n := driver.NamedValue{Ordinal: i + 1, Value: v}
			switch v.(type) {
			case string, int64, bool, nil:
			default:
				if err := c.CheckNamedValue(&n); err == driver.ErrSkip {
					if n.Value, err = driver.DefaultParameterConverter.ConvertValue(v); err != nil {
						return err
					}
				}
			}
			named = append(named, n)
		}
		if _, err := c.ExecContext(ctx, s.sql, named); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the connection with all it keeps.
func (c *sqliteConn) Close() error {
	c.kept.Purge()
	return c.wholeConn.Close()
}

// CheckNamedValue puts times into UTC and leaves everything else to the standard rules.
// SQLite keeps times as text and compares them as text; the library would write each in
// its own zone, and half past eight in Shanghai would come after noon in Greenwich.
func (*sqliteConn) CheckNamedValue(v *driver.NamedValue) error {
	switch t := v.Value.(type) {
	case time.Time:
		v.Value = t.UTC()
	case *time.Time:
		v.Value = nil
		if t != nil {
			v.Value = t.UTC()
		}
	default:
		return driver.ErrSkip
	}
	return nil
}
