package models

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// OnRead has f told of every statement that reads from now on, with its values. It is
// for those who count what a page asks for and look at how it is found, and costs the
// text of each statement; call it before anybody reads.
func (db *DB) OnRead(f func(statement string)) {
	db.read = db.read.Session(&gorm.Session{Logger: reads{logger.Discard, f}})
}

// reads hands statements on.
type reads struct {
	logger.Interface
	to func(string)
}

// Trace is called by the library for each statement.
func (r reads) Trace(_ context.Context, _ time.Time, statement func() (string, int64), _ error) {
	sql, _ := statement()
	r.to(sql)
}

// LogMode is asked for by the library, and changes nothing.
func (r reads) LogMode(logger.LogLevel) logger.Interface { return r }
