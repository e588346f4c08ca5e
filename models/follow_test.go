package models_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

// Who follows gets every event once, in its order and as the store has it, no matter
// whether this process or another node has written it.
func TestWhoFollowsGetsWhatAllNodesWriteInOrder(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // for what never comes
		defer cancel()
		nodes := []*models.DB{db}
		if db.Postgres() {
			other, err := models.Open(ctx, models.Options{URL: db.URL(), Now: clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			nodes = append(nodes, other)
		}
		const writers, all = 8, 1200 // more than a follower keeps
		got := make([][]models.Event, len(nodes))
		var carriers, followers, writing sync.WaitGroup
		for i, node := range nodes {
			f := node.Follower()
			carriers.Go(func() { f.Run(ctx) })
			mine, enough := context.WithCancel(ctx)
			followers.Go(func() {
				f.Follow(mine, 0, func(events []models.Event) error {
					if got[i] = append(got[i], events...); len(got[i]) >= all {
						enough()
					}
					return nil
				})
			})
		}
		for w := range writers {
			writing.Go(func() {
				for i := range all / writers {
					if err := nodes[w%len(nodes)].InTx(ctx, act, func(tx *models.Tx) error {
						tx.Emit("units", "units.created", fmt.Sprintf("%d of %d", i, w))
						return nil
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writing.Wait()
		followers.Wait()
		cancel()
		carriers.Wait()
		kept, err := db.EventsAfter(context.Background(), 0, 2*all)
		if err != nil || len(kept) != all {
			t.Fatalf("%d events are kept of %d (%v)", len(kept), all, err)
		}
		for i := range nodes {
			if len(got[i]) != all {
				t.Fatalf("node %d was told of %d events of %d", i, len(got[i]), all)
			}
			for n, e := range got[i] {
				if e.At, kept[n].At = e.At.UTC(), kept[n].At.UTC(); !reflect.DeepEqual(e, kept[n]) {
					t.Fatalf("node %d was told as number %d: %#v, the store has %#v", i, n+1, e, kept[n])
				}
			}
		}
	})
}
