package models_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

func newUnit(tx *models.Tx, slug string) *models.Unit {
	id := models.NewID(tx.Now)
	return &models.Unit{ID: id, Path: "/" + id + "/", Level: models.City, Slug: slug, NameZH: slug, CreatedAt: tx.Now, UpdatedAt: tx.Now}
}

var act = models.Act{By: "system", Name: "units.create", About: "unit:x"}

func TestActsThatShareACommitKeepOrLoseEachAlone(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		refused := models.Fail(models.Closed, "test.refused")
		var wg sync.WaitGroup
		errs := make([]error, 60)
		for i := range errs {
			wg.Add(1)
			go func() {
				defer wg.Done()
				errs[i] = db.InTx(ctx, act, func(tx *models.Tx) error {
					u := newUnit(tx, fmt.Sprintf("u%d", i/2)) // every second one meets a taken name
					if i%3 == 0 {
						tx.Later(u)
					} else if err := tx.Insert(u); err != nil {
						return err
					}
					tx.Emit("units", "units.created", u.Slug)
					if i%10 == 9 {
						return refused
					}
					return nil
				})
			}()
		}
		wg.Wait()
		units, err := db.Units(ctx)
		if err != nil {
			t.Fatal(err)
		}
		won := 0
		for i, err := range errs {
			switch {
			case err == nil:
				won++
			case i%10 == 9 && errors.Is(err, refused):
			case models.KindOf(err) == models.Conflict: // the unique key
			default:
				t.Errorf("act %d: unexpected error %v", i, err)
			}
		}
		if len(units) != won {
			t.Errorf("%d acts were acknowledged, %d rows are there", won, len(units))
		}
		trail, err := db.AuditTrail(ctx, models.AuditFilter{Limit: 1000})
		if err != nil || len(trail) != won {
			t.Errorf("%d audit rows for %d acts (%v)", len(trail), won, err)
		}
		events, err := db.EventsAfter(ctx, 0, 1000)
		if err != nil || len(events) != won {
			t.Fatalf("%d events for %d acts (%v)", len(events), won, err)
		}
		for i, e := range events {
			if e.Seq != int64(i+1) || e.TopicSeq != int64(i+1) {
				t.Fatalf("event %d has numbers %d and %d: there must be no gap", i, e.Seq, e.TopicSeq)
			}
		}
	})
}

func TestSameKeyHasOneEffect(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		var wg sync.WaitGroup
		ids := make([]string, 40)
		for i := range ids {
			wg.Add(1)
			go func() {
				defer wg.Done()
				id, _, err := models.Once(ctx, db, act, models.Idem{Voice: "p:1", Key: "k", Hash: "h"}, func(tx *models.Tx) (string, error) {
					u := newUnit(tx, models.NewID(tx.Now))
					tx.Later(u)
					return u.ID, nil
				})
				if err != nil {
					t.Error(err)
				}
				ids[i] = id
			}()
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("two answers to one key: %s and %s", ids[0], id)
			}
		}
		units, _ := db.Units(ctx)
		if len(units) != 1 {
			t.Fatalf("%d effects of one key", len(units))
		}
		_, _, err := models.Once(ctx, db, act, models.Idem{Voice: "p:1", Key: "k", Hash: "other"}, func(tx *models.Tx) (string, error) { return "", nil })
		if models.KindOf(err) != models.Invalid {
			t.Errorf("same key with another request: %v", err)
		}
		_, replayed, err := models.Once(ctx, db, act, models.Idem{Voice: "p:2", Key: "k", Hash: "h"}, func(tx *models.Tx) (string, error) { return "mine", nil })
		if err != nil || replayed {
			t.Errorf("another person's key must be independent: replayed %v, %v", replayed, err)
		}
	})
}

// TestARememberedAnswerIsReadOnlyWithItsKey: what has been erased since stands in no
// remembered answer, whoever it was given to; and the request may still be sent again.
func TestARememberedAnswerIsReadOnlyWithItsKey(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		const name = "安若素"
		type said struct{ Author, Body string }
		idem := models.Idem{Voice: "p:1", Key: "k", Hash: "h"}
		ask := func(answer said) (said, bool) {
			t.Helper()
			out, replayed, err := models.Once(ctx, db, act, idem, func(*models.Tx) (said, error) { return answer, nil })
			if err != nil {
				t.Fatal(err)
			}
			return out, replayed
		}
		first, _ := ask(said{name, "几点散会？"})
		if again, replayed := ask(said{}); !replayed || again != first {
			t.Errorf("sent again it was answered %+v, and before %+v", again, first)
		}
		// The other way in which a request is remembered: its answer is said afterwards.
		late := models.Idem{Voice: "p:1", Key: "late", Hash: "h"}
		err := db.InTx(models.WithRepeat(ctx, &models.Repeat{Idem: late}), act, func(tx *models.Tx) error {
			tx.Later(newUnit(tx, models.NewID(tx.Now)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.KeepAnswer(ctx, late, first); err != nil {
			t.Fatal(err)
		}
		var again said
		if known, err := db.AnswerTo(ctx, late, &again); err != nil || !known || again != first {
			t.Errorf("known %v: %+v, %v", known, again, err)
		}
		kept, err := db.KeptAnswers(ctx)
		if err != nil || len(kept) != 2 {
			t.Fatal(kept, err)
		}
		for _, row := range kept {
			for _, field := range []string{row.ID, row.Hash, row.Result} {
				if strings.Contains(field, name) || strings.Contains(field, "散会") || !strings.HasPrefix(row.Result, "~") {
					t.Errorf("the answer lies open: %+v", row)
				}
			}
		}
		// One that an earlier version kept open is given as it stands.
		err = db.InTx(ctx, act, func(tx *models.Tx) error { return tx.KeepOpen(idem, `{"Author":"","Body":"old"}`) })
		if err != nil {
			t.Fatal(err)
		}
		if old, replayed := ask(said{}); !replayed || old.Body != "old" {
			t.Errorf("replayed %v: %+v", replayed, old)
		}
	})
}

func TestCountsOfManyWritersEqualARecount(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if err := db.InTx(ctx, act, func(tx *models.Tx) error {
					tx.Count("2027-001", fmt.Sprintf("a%d", i%5), models.Stances[i%4], 1)
					return nil
				}); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		counts, err := db.ClauseCounts(ctx, "2027-001")
		if err != nil {
			t.Fatal(err)
		}
		if counts[""].Total != 50 || counts["a3"].Total != 10 || counts[""].Support != 13 {
			t.Errorf("counts are %+v", counts)
		}
	})
}

func TestAPanicEndsOnlyItsOwnAct(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	err := db.InTx(context.Background(), act, func(*models.Tx) error { panic("test") })
	if models.KindOf(err) != models.Unavailable {
		t.Fatalf("got %v", err)
	}
	if err := db.InTx(context.Background(), act, func(tx *models.Tx) error { return tx.Insert(newUnit(tx, "a")) }); err != nil {
		t.Fatal(err)
	}
}

func TestWriteStatsCountEveryActOnce(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	before := db.WriteStats()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := db.InTx(context.Background(), act, func(*models.Tx) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	after := db.WriteStats()
	groups := after.Acts.Count - before.Acts.Count
	if acts := after.Acts.Sum - before.Acts.Sum; acts != 20 || groups == 0 || groups > 20 {
		t.Errorf("%v acts in %d groups, want 20 in at most 20", acts, groups)
	}
	if after.Seconds.Count != after.Acts.Count || after.Seconds.Sum <= before.Seconds.Sum || after.Acts.Buckets[128] != after.Acts.Count {
		t.Errorf("the numbers do not fit together: %+v", after)
	}
}
