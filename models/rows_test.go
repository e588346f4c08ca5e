package models_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"minyi/models"
	"minyi/models/modelstest"
)

// Rows that are left for later are kept as they are, whatever their number, and whichever
// of their fields are empty in all of them, in some, or in none.
func TestRowsLeftForLaterAreKeptAsTheyAre(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 3, nil)
		for _, n := range []int{1, 2, 3, 4, 5, 15, 16, 17, 20, 21, 37} {
			for fill := range 3 {
				receipt := fmt.Sprintf("r%d-%d", n, fill)
				var want []models.Opinion
				err := db.InTx(ctx, act, func(tx *models.Tx) error {
					rows := make([]*models.Opinion, n)
					for i := range rows {
						o := &models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, ReceiptID: receipt, CreatedAt: tx.Now}
						if fill == 1 && i%2 == 1 || fill == 2 {
							at := tx.Now.Add(time.Duration(i) * time.Second)
							o.VersionNumber, o.ClauseKey, o.ParentID, o.PersonID, o.Voice, o.Stance, o.Body = i+1, "a1", "other", "p", "p:p", models.StanceAmend, "路口太窄"
							o.Suggestion, o.Display, o.DisplayName, o.Channel, o.Lang, o.Tier, o.Shown = "改为", models.Nickname, "老林", models.Web, "zh", models.TierContact, true
							o.Official, o.Supports, o.Replies, o.AnswerID, o.EnteredBy, o.Assignee = true, int64(i), 2, "a", "e", "f"
							o.HeldAt, o.HiddenAt, o.ErasedAt, o.ShownAt = &at, &at, &at, &at
						}
						tx.Serial("opinions:"+c.ID, &o.Number)
						tx.Later(o)
						rows[i] = o
					}
					if _, err := tx.Opinion("none"); !models.IsNotFound(err) { // a read of one's own writes what was left
						return err
					}
					for _, o := range rows {
						want = append(want, *o)
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				got, err := db.OpinionsOfReceipt(ctx, receipt)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%d rows, filled %d: %s", n, fill, diff)
				}
			}
		}
	})
}

// A log that has grown long is copied into the file beside the writer, before the writer
// has to do all of it within a commit.
func TestALongLogIsCopiedBesideTheWriter(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	ctx := context.Background()
	_, unit := modelstest.City(t, db)
	c := modelstest.Consultation(t, db, unit, 3, nil)
	body := strings.Repeat("长", 1<<20)
	for range 17 { // 3 MB each: 13,000 pages
		err := db.InTx(ctx, act, func(tx *models.Tx) error {
			o := &models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, ReceiptID: "r", Body: body, CreatedAt: tx.Now}
			tx.Serial("opinions:"+c.ID, &o.Number)
			tx.Later(o)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const patience = 30 * time.Second
	for began := time.Now(); ; <-time.After(10 * time.Millisecond) {
		inLog, copied, err := db.Log()
		if err != nil {
			t.Fatal(err)
		}
		if inLog >= models.LogLimit {
			t.Fatalf("%d pages in the log: the writer copies them itself, and nothing is shown here", inLog)
		}
		if copied >= models.CheckpointFirst {
			break
		}
		if time.Since(began) > patience {
			t.Fatalf("%d of %d pages are copied", copied, inLog)
		}
	}
	list, err := db.OpinionsOfReceipt(ctx, "r")
	if err != nil || len(list) != 17 {
		t.Fatalf("%d opinions (%v)", len(list), err)
	}
	for _, o := range list {
		if o.Body != body {
			t.Errorf("opinion %d has another text", o.Number)
		}
	}
}
