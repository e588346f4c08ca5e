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
		if err != nil || len(list) != len(calendar.ShippedProfiles())-1 {
			t.Errorf("%d profiles to choose from, %v", len(list), err)
		}
		days, err := rules.Calendar(ctx, db, time.UTC)
		if err != nil || days.NextWorking(day) == day {
			t.Errorf("the site's own holiday is a working day: %v %v", days.NextWorking(day), err)
		}
	})
}

// The rule of procedure.md: every number is data, chosen for each government unit. What a
// unit lays down holds there and below, and nowhere else.
func TestRulesAreInheritedDownTheTree(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		city, department := modelstest.City(t, db)
		var county models.Unit
		put := func(unit models.Unit, number string) {
			t.Helper()
			err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
				if county.ID == "" {
					county = models.Unit{ID: models.NewID(tx.Now), ParentID: city.ID, Level: models.County, Slug: "county", NameZH: "县", NameEN: "County", CreatedAt: tx.Now, UpdatedAt: tx.Now}
					county.Path = city.Path + county.ID + "/"
					if err := tx.Insert(&county); err != nil {
						return err
					}
				}
				return tx.AddRuleProfile(models.RuleProfile{Key: calendar.Programme, UnitID: unit.ID, NameZH: "安排", NameEN: "Programme",
					Rules: `[{"key":"large_events","number":` + number + `,"unit":"times","duty":{"zh":"办","en":"Hold"},"source":{"zh":"计划","en":"Plan"}}]`})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		holds := func(when string, want map[string]float64, from map[string]string) {
			t.Helper()
			units, err := db.Units(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got, err := rules.Everywhere(ctx, db, calendar.Programme, calendar.LargeEvents, units)
			if err != nil {
				t.Fatal(err)
			}
			for id, n := range want {
				p, err := rules.Profile(ctx, db, calendar.Programme, id)
				if r, _ := p.Rule(calendar.LargeEvents); err != nil || got[id].Number != n || r.Number != n || got[id].UnitID != from[id] {
					t.Errorf("%s, %s: %v of %q and %v (%v), want %v of %q", when, id, got[id].Number, got[id].UnitID, r.Number, err, n, from[id])
				}
			}
		}
		holds("as it ships", map[string]float64{city.ID: 2, department.ID: 2}, nil)
		put(models.Unit{}, "3")
		holds("of the site", map[string]float64{city.ID: 3, department.ID: 3, county.ID: 3}, nil)
		put(county, "5")
		holds("of a county", map[string]float64{city.ID: 3, department.ID: 3, county.ID: 5}, map[string]string{county.ID: county.ID})
		put(city, "4")
		holds("of the city", map[string]float64{city.ID: 4, department.ID: 4, county.ID: 5}, map[string]string{city.ID: city.ID, department.ID: city.ID, county.ID: county.ID})
	})
}
