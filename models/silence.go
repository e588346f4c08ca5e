package models

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm"
)

// standardSilence is how long PostgreSQL may say nothing in answer to a statement. A
// server that was stopped, or a machine that lost its disk, keeps its connections open
// and never answers: without a bound everybody would wait with it.
const standardSilence = 6 * time.Second

// watch gives the context of a group, which ends when the store has said nothing for
// too long; every statement of the group begins the time anew.
func (g *group) watch(ctx context.Context) (context.Context, func()) {
	if g.db.silence == 0 {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	g.silent = time.AfterFunc(g.db.silence, cancel)
	return ctx, func() { g.silent.Stop(); cancel() }
}

// alive says that a statement of the group begins.
func (g *group) alive() {
	if g.silent != nil {
		g.silent.Reset(g.db.silence)
	}
}

// before keeps what a read was like before it was bounded.
type before struct {
	of     *gorm.Statement // a statement inside another one is its copy, with its settings
	ctx    context.Context
	cancel context.CancelFunc
}

const beforeKey = "minyi:before"

// boundReads gives every read that has no deadline one of its own, the wait for a
// connection included. Transactions are left alone: an export reads for as long as it
// needs.
func boundReads(g *gorm.DB, within time.Duration) error {
	begin := func(g *gorm.DB) {
		s := g.Statement
		if _, pool := s.ConnPool.(*sql.DB); !pool || s.Context == nil {
			return
		}
		if _, has := s.Context.Deadline(); has {
			return
		}
		ctx, cancel := context.WithTimeout(s.Context, within)
		s.Settings.Store(beforeKey, before{s, s.Context, cancel})
		s.Context = ctx
	}
	end := func(g *gorm.DB, read bool) {
		kept, _ := g.Statement.Settings.Load(beforeKey)
		b, was := kept.(before)
		if !was || b.of != g.Statement {
			return
		}
		g.Statement.Settings.Delete(beforeKey)
		g.Statement.Context = b.ctx
		if read { // else its rows are still to be read, and the deadline ends it
			b.cancel()
		}
	}
	whole, open := func(g *gorm.DB) { end(g, true) }, func(g *gorm.DB) { end(g, false) }
	c := g.Callback()
	for _, err := range []error{
		c.Query().Before("gorm:query").Register("minyi:bound", begin), c.Query().After("gorm:query").Register("minyi:bounded", whole),
		c.Raw().Before("gorm:raw").Register("minyi:bound", begin), c.Raw().After("gorm:raw").Register("minyi:bounded", whole),
		c.Row().Before("gorm:row").Register("minyi:bound", begin), c.Row().After("gorm:row").Register("minyi:bounded", open),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}
