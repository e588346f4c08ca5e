package modelstest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"minyi/models"
)

// City makes a city with one department, and gives both.
func City(t testing.TB, db *models.DB) (city, department models.Unit) {
	t.Helper()
	do(t, db, func(tx *models.Tx) error {
		city = models.Unit{ID: models.NewID(tx.Now), Level: models.City, Slug: "city", NameZH: "云汀市", NameEN: "Yunting City", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		city.Path = "/" + city.ID + "/"
		if err := tx.Insert(&city); err != nil {
			return err
		}
		department = models.Unit{ID: models.NewID(tx.Now), ParentID: city.ID, Level: models.Department, Slug: "markets", NameZH: "市场监管局", NameEN: "Markets Bureau", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		department.Path = city.Path + department.ID + "/"
		return tx.Insert(&department)
	})
	return city, department
}

// Person makes somebody with an account, and gives them roles in a unit.
func Person(t testing.TB, db *models.DB, name string, unit models.Unit, roles ...models.RoleName) models.Person {
	t.Helper()
	var p models.Person
	do(t, db, func(tx *models.Tx) error {
		mail := name + "@minyi.example"
		p = models.Person{ID: models.NewID(tx.Now), Email: mail, EmailKey: &mail, Name: name, Nickname: name, Lang: "zh", Tier: models.TierContact, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Insert(&p); err != nil {
			return err
		}
		for _, r := range roles {
			if err := tx.Insert(&models.Role{ID: models.NewID(tx.Now), PersonID: p.ID, UnitID: unit.ID, Name: r, CreatedAt: tx.Now}); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}

// Consultation makes a public consultation of the unit, open from a day ago for 30
// days, with one version of n articles a1 … an. change may alter it before it is
// written.
func Consultation(t testing.TB, db *models.DB, unit models.Unit, n int, change func(*models.Consultation)) models.Consultation {
	t.Helper()
	var c models.Consultation
	do(t, db, func(tx *models.Tx) error {
		opens, closes := tx.Now.Add(-24*time.Hour), tx.Now.Add(29*24*time.Hour)
		c = models.Consultation{ID: fmt.Sprintf("2027-%03d", consultations.Add(1)), UnitID: unit.ID, Profile: "major_decision", Topic: "markets", TitleZH: "夜市管理办法", TitleEN: "Night market rules",
			Points: "{}", Prompts: "[]", Glossary: "[]", OpensAt: &opens, ClosesAt: &closes, PublishedAt: &opens, PublishedBy: "second", ProposedBy: "first", CreatedAt: opens, UpdatedAt: opens}
		if change != nil {
			change(&c)
		}
		if err := tx.Insert(&c); err != nil {
			return err
		}
		v := models.Version{ID: models.NewID(tx.Now), ConsultationID: c.ID, Number: 1, TitleZH: c.TitleZH, TitleEN: c.TitleEN, Warnings: "[]", CreatedAt: tx.Now, PublishedAt: c.PublishedAt}
		if err := tx.Insert(&v); err != nil {
			return err
		}
		for i := range n {
			tx.Later(&models.Clause{ID: models.NewID(tx.Now), VersionID: v.ID, ConsultationID: c.ID, Key: fmt.Sprintf("a%d", i+1), Position: i, Kind: "article",
				Number: fmt.Sprintf("第%d条", i+1), Text: fmt.Sprintf("夜市每天营业到晚上%d点。", 20+i%4), TextEN: "Markets close at night.", Depth: 1, Target: true})
		}
		return nil
	})
	return c
}

func do(t testing.TB, db *models.DB, f func(*models.Tx) error) {
	t.Helper()
	if err := db.InTx(context.Background(), models.Act{By: "system", Name: "test.fixture", Silent: true}, f); err != nil {
		t.Fatal(err)
	}
}
