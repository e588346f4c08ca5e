package rules_test

import (
	"context"
	"testing"
	"time"

	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/models"
	"minyi/models/modelstest"
)

// What administrators keep comes before what ships with the program, and a unit's own
// rules before those of the site.
func TestTheSitesOwnRulesComeBeforeThoseThatShip(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		_, unit := modelstest.City(t, db)
		shipped := calendar.ShippedProfiles()[0]
		if p, err := rules.Profile(ctx, db, shipped.Key, unit.ID); err != nil || len(p.Rules) != len(shipped.Rules) {
			t.Errorf("as it ships: %d rules, %v", len(p.Rules), err)
		}
		if p, err := rules.Profile(ctx, db, "nobody_knows", unit.ID); err != nil || p.Key != "nobody_knows" || len(p.Rules) != 0 {
			t.Errorf("an unknown profile: %v %v", p, err)
		}
		day := calendar.DayOf(time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), time.UTC) // a Wednesday
		err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			if err := tx.SeedRuleProfile(models.RuleProfile{Key: shipped.Key, NameZH: "本市", NameEN: "City", Rules: "[]"}); err != nil {
				return err
			}
			return tx.PutHolidays([]models.Holiday{{Day: day.String(), NameZH: "本地节日"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := rules.Profile(ctx, db, shipped.Key, unit.ID); err != nil || p.Name.En != "City" || len(p.Rules) != 0 {
			t.Errorf("as the site has it: %v %v", p, err)
		}
		list, err := rules.Profiles(ctx, db)
		if err != nil || len(list) != len(calendar.ShippedProfiles()) {
			t.Errorf("%d profiles to choose from, %v", len(list), err)
		}
		days, err := rules.Calendar(ctx, db, time.UTC)
		if err != nil || days.NextWorking(day) == day {
			t.Errorf("the site's own holiday is a working day: %v %v", days.NextWorking(day), err)
		}
	})
}
