package record_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"minyi/app/kit/record"
	"minyi/models"
	"minyi/models/modelstest"
)

// The rule: an impatient thumb asks once, also when both touches come at the same moment;
// other wishes are kept up to a limit, which everybody has for themselves.
func TestAWishThatComesTwiceAtOnceIsKeptOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx, about := context.Background(), "room:ABCD"
		do := func(fn func(tx *models.Tx) error) error {
			return db.InTx(ctx, models.Act{By: "system", Name: "test.wish"}, fn)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(do(func(tx *models.Tx) error {
			return record.Begin(tx, about, "U", "system", []models.RecordEntry{{Kind: "speech", Source: "speech:1", TextZH: "收两元。"}}, nil)
		}))
		entries, err := db.RecordEntries(ctx, about)
		must(err)
		wish := func(of, entry, text string) error {
			return do(func(tx *models.Tx) error {
				_, err := record.Wish(tx, models.RecordCorrection{ID: models.NewID(tx.Now), About: about, EntryID: entry, RegistrationID: of, Name: of, Text: text, CreatedAt: tx.Now})
				return err
			})
		}
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if err := wish("A", entries[0].ID, "三元。"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		kept := func() []models.RecordCorrection {
			list, err := db.RecordCorrections(ctx, about)
			must(err)
			return list
		}
		if n := len(kept()); n != 1 {
			t.Fatalf("one wish that came 16 times at once is kept %d times", n)
		}
		if err := wish("A", "nowhere", "三元。"); models.KindOf(err) != models.Invalid {
			t.Errorf("of an entry that is not there: %v", err)
		}
		for i := 1; i < record.MostWishes; i++ {
			must(wish("A", "", fmt.Sprint("第 ", i, " 处")))
		}
		if err := wish("A", "", "还有一处"); models.KindOf(err) != models.Conflict {
			t.Errorf("one more than the most: %v", err)
		}
		must(wish("A", entries[0].ID, "三元。")) // still there, and asked once more
		must(wish("B", entries[0].ID, "三元。"))
		if n := len(kept()); n != record.MostWishes+1 {
			t.Errorf("%d wishes are kept", n)
		}
		// What was decided may be asked for again.
		must(do(func(tx *models.Tx) error {
			return tx.DecideCorrection(kept()[record.MostWishes].ID, "declined", "录音为准", "system")
		}))
		must(wish("B", entries[0].ID, "三元。"))
		if n := len(kept()); n != record.MostWishes+2 {
			t.Errorf("%d wishes are kept after a decision", n)
		}
	})
}
