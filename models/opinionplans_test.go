package models_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

// A page of opinions is found by one index in its order, whatever is asked for: nothing
// is sorted, no table is read through, and the stance is a part of the index, so that a
// rare one is not looked for in every opinion of the clause, or of the consultation.
func TestEveryPageOfOpinionsIsFoundByAnIndex(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 3, nil)
		err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			for i := range 3000 {
				stance := models.Stances[0]
				if i%100 == 0 {
					stance = models.StanceQuestion
				}
				o := &models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, VersionNumber: 1, ClauseKey: "a1", Voice: "p:x", Stance: stance, Body: "路口太窄",
					Display: models.Anonymous, Channel: models.Web, Lang: "zh", Tier: models.TierContact, Shown: true, Supports: int64(i % 3), Replies: int64(i % 2), CreatedAt: tx.Now}
				tx.Serial("opinions:"+c.ID, &o.Number)
				tx.Count(c.ID, "a1", stance, 1)
				tx.Later(o)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, sort := range []models.Sort{models.Newest, models.Supported, models.Discussed} {
			for _, stance := range []models.Stance{models.StanceNone, models.StanceQuestion} {
				for _, clause := range []string{"a1", ""} {
					q := models.OpinionQuery{ConsultationID: c.ID, ClauseKey: clause, Stance: stance, Sort: sort, Limit: 20}
					t.Run(fmt.Sprintf("%s %s %s", sort, stance, clause), func(t *testing.T) {
						plans, err := db.Plans(func(view *models.DB) error {
							list, err := view.Opinions(ctx, q)
							if err == nil && len(list) == 0 {
								t.Error("nothing was found")
							}
							return err
						})
						if err != nil {
							t.Fatal(err)
						}
						looked := 0
						for sql, plan := range plans {
							if !strings.Contains(sql, "opinions") {
								continue
							}
							looked++
							bad := strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort") || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "SCAN")
							indexed := strings.Contains(plan, "USING INDEX opinions_") || strings.Contains(plan, "using opinions_")
							inIndex := stance == models.StanceNone || !db.Postgres() || strings.Contains(plan, "Index Cond") && strings.Contains(strings.Split(plan, "Filter")[0], "stance")
							if bad || !indexed || !inIndex {
								t.Errorf("%s\n%s", sql, plan)
							}
						}
						if looked == 0 {
							t.Error("no statement was looked at")
						}
					})
				}
			}
		}
	})
}
