package models_test

import (
	"context"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

func TestWhatClosesFirstStandsFirstAndTheNextChangeIsTheNearest(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		at := func(opens, closes int) string {
			c := modelstest.Consultation(t, db, unit, 1, func(c *models.Consultation) {
				from, to := db.Now().Add(time.Duration(opens)*time.Hour), db.Now().Add(time.Duration(closes)*time.Hour)
				c.OpensAt, c.ClosesAt = &from, &to
			})
			return c.ID
		}
		closed, late, early, coming := at(-90, -1), at(-80, 50), at(-70, 20), at(30, 90)
		list, err := db.Consultations(context.Background(), models.ConsultationQuery{Now: db.Now(), Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{early, late, coming, closed}
		if len(list) != len(want) {
			t.Fatalf("%d consultations, not %d", len(list), len(want))
		}
		for i, id := range want {
			if list[i].ID != id {
				t.Errorf("place %d holds %s, not %s", i+1, list[i].ID, id)
			}
		}
		next, err := db.NextChange(context.Background(), db.Now())
		if err != nil || !next.Equal(*list[0].ClosesAt) {
			t.Errorf("the next change is at %v (%v), not when the first one closes, %v", next, err, list[0].ClosesAt)
		}
	})
}
