package models_test

import (
	"context"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

// A time is the same moment in every zone: what falls due is found by it, and it comes
// back in UTC.
func TestTimesAreComparedAsMomentsWhateverTheirZone(t *testing.T) {
	zones := map[string]*time.Location{"Shanghai": time.FixedZone("", 8*3600), "New York": time.FixedZone("", -5*3600), "UTC": time.UTC}
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		ctx := context.Background()
		_, unit := modelstest.City(t, db)
		now := db.Now()
		for name, zone := range zones {
			for _, c := range []struct {
				about string
				until time.Time
				due   bool
			}{
				{"before " + name, now.Add(-time.Minute).In(zone), true},
				{"after " + name, now.Add(time.Minute).In(zone), false},
			} {
				err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
					return tx.Insert(&models.Record{About: c.about, UnitID: unit.ID, CreatedAt: now.In(zone), UpdatedAt: now.In(zone), OpenedAt: &now, CorrectionsUntil: &c.until})
				})
				if err != nil {
					t.Fatal(err)
				}
				list, err := db.RecordsToFreeze(ctx, now)
				if err != nil {
					t.Fatal(err)
				}
				found := false
				for _, r := range list {
					found = found || r.About == c.about
					if _, off := r.CorrectionsUntil.Zone(); off != 0 {
						t.Errorf("%s came back as %s", r.About, r.CorrectionsUntil)
					}
				}
				if found != c.due {
					t.Errorf("%s: due %v at %s, want %v", c.about, found, now, c.due)
				}
			}
		}
	})
}
