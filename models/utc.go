package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"github.com/glebarez/sqlite"
)

// utcDriver is the SQLite driver with every time written in UTC. SQLite keeps times as
// text and compares them as text; the library would write each in its own zone, and
// half past eight in Shanghai would come after noon in Greenwich.
type utcDriver struct{ driver.Driver }

// utcDriverName is what it is registered as.
const utcDriverName = "sqlite-utc"

func init() {
	probe, err := sql.Open(sqlite.DriverName, "")
	if err != nil {
		panic(err) // the library has not registered its driver
	}
	sql.Register(utcDriverName, utcDriver{probe.Driver()})
	_ = probe.Close() // nothing was opened
}

// Open opens a connection of the library's driver.
func (d utcDriver) Open(name string) (driver.Conn, error) {
	c, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return utcConn{c.(wholeConn)}, nil
}

// wholeConn is what a connection of the library can do.
type wholeConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	Ping(ctx context.Context) error
}

type utcConn struct{ wholeConn }

// CheckNamedValue puts times into UTC and leaves everything else to the standard rules.
func (utcConn) CheckNamedValue(v *driver.NamedValue) error {
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
