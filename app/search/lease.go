package search

import (
	"context"
	"errors"
	"sync"
	"time"

	"minyi/models"
	index "minyi/search"
)

func leaseName(index string) string { return "search:" + index }

// errLost says that another node may keep the index by now.
var errLost = errors.New("search: the lease of the index has run out")

// lease makes sure that of several nodes one keeps a common index. release is nil
// when another node does. A lost lease cancels ctx.
func (x *indexer) lease(ctx context.Context, lost context.CancelFunc) (release func(), err error) {
	if !x.s.o.Shared {
		return func() {}, nil
	}
	held, err := x.s.o.DB.LeaseHeld(ctx, leaseName(x.name)) // only reads, so that waiting costs nobody a write
	if err != nil || held {
		return nil, err
	}
	have, err := x.take(ctx)
	if err != nil || !have {
		return nil, err
	}
	var renewing sync.WaitGroup
	renewing.Go(func() {
		for ctx.Err() == nil {
			rest(ctx, leaseEvery)
			if have, err := x.take(ctx); err == nil && !have {
				lost()
			}
		}
	})
	return func() {
		lost()
		renewing.Wait()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		_ = x.s.o.DB.InTx(last, models.Act{By: "system", Name: "search.lease_end", Silent: true}, func(tx *models.Tx) error { return tx.EndLease(leaseName(x.name), x.s.holder) })
	}, nil
}

// take takes the lease or goes on with it.
func (x *indexer) take(ctx context.Context) (have bool, err error) {
	began := x.s.o.Clock()
	err = x.s.o.DB.InTx(ctx, models.Act{By: "system", Name: "search.lease", Silent: true}, func(tx *models.Tx) (err error) {
		have, err = tx.Lease(leaseName(x.name), x.s.holder, tx.Now.Add(leaseFor))
		return err
	})
	if err == nil && have {
		x.keptUntil.Store(began.Add(leaseFor).UnixNano())
	}
	return have, err
}

// kept is a change of the index that is made only while the lease holds: a node that
// stood still for a while must not write what it read before that, for another one may
// have taken out since what is hidden now.
func (x *indexer) kept(apply func(context.Context, index.Batch) error) func(context.Context, index.Batch) error {
	if !x.s.o.Shared {
		return apply
	}
	return func(ctx context.Context, b index.Batch) error {
		if x.s.o.Clock().UnixNano() >= x.keptUntil.Load() {
			return errLost
		}
		return apply(ctx, b)
	}
}
