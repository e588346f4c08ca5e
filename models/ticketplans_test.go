package models_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

// Who stands at the door of one hearing does not read the tickets of all others.
func TestTicketsOfAHearingAreFoundByAnIndex(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		_, unit := modelstest.City(t, db)
		err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			for n := range 20 {
				h := &models.Hearing{ID: fmt.Sprintf("h2027-%03d", n), Kind: models.KindForum, UnitID: unit.ID, Profile: "government_rules", Clauses: "[]", Questions: "[]", TitleZH: "座谈会", CreatedAt: tx.Now, UpdatedAt: tx.Now}
				c := &models.HearingCategory{ID: models.NewID(tx.Now), HearingID: h.ID, Key: "observers", Role: models.Observer, NameZH: "旁听人", Method: models.FirstCome, Seats: 100, Taken: 100}
				for _, row := range []any{h, c} {
					if err := tx.Insert(row); err != nil {
						return err
					}
				}
				for i := range 100 {
					r := &models.Registration{ID: models.NewID(tx.Now), HearingID: h.ID, CategoryID: c.ID, Number: int64(i + 1), Status: models.RegistrationConfirmed, Active: true, Seats: 1, Identity: fmt.Sprintf("c:%d", i), Name: "居民",
						Answers: "{}", Lang: "zh", Channel: models.Web, CreatedAt: tx.Now, UpdatedAt: tx.Now}
					tx.Later(r)
					tx.Later(&models.Ticket{ID: models.NewID(tx.Now), HearingID: h.ID, RegistrationID: r.ID, Code: models.NewID(tx.Now)[:22] + fmt.Sprint(n, i), Digits: fmt.Sprintf("%06d", i)})
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		const one = "h2027-007"
		for name, read := range map[string]func(*models.DB) (int, error){
			"list":   func(v *models.DB) (int, error) { l, err := v.DoorTickets(ctx, one); return len(l), err },
			"counts": func(v *models.DB) (int, error) { l, err := v.DoorCounts(ctx, one); return len(l), err },
			"name":   func(v *models.DB) (int, error) { l, err := v.DoorNamed(ctx, one, "居", 0, 20); return len(l), err },
		} {
			plans, err := db.Plans(func(view *models.DB) error {
				n, err := read(view)
				if err == nil && n == 0 {
					t.Errorf("%s: nothing was found", name)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for sql, plan := range plans {
				if strings.Contains(plan, "SCAN") || strings.Contains(plan, "Seq Scan on hearing_tickets") {
					t.Errorf("%s: %s\n%s", name, sql, plan)
				}
			}
			if len(plans) == 0 {
				t.Errorf("%s: no statement was looked at", name)
			}
		}
	})
}
