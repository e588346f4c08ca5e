package models_test

import (
	"context"
	"strings"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

// Whom to tell of an answer is found without reading the receipts of everybody else.
func TestReceiptsToTellAreFoundByAnIndex(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 1, nil)
		err := db.InTx(ctx, act, func(tx *models.Tx) error {
			for i := range 500 {
				r := &models.Receipt{ID: models.NewID(tx.Now), Code: models.NewID(tx.Now), ConsultationID: c.ID, PersonID: "p", Voice: "p:p", Lang: "zh", Notify: i%100 == 0, Opinions: 1, CreatedAt: tx.Now}
				tx.Later(r)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		plans, err := db.Plans(func(view *models.DB) error {
			n, err := view.CountReceiptsToTell(ctx, c.ID)
			if n != 5 {
				t.Errorf("%d receipts, want 5", n)
			}
			return err
		})
		if err != nil || len(plans) != 1 {
			t.Fatal(len(plans), err)
		}
		for sql, plan := range plans {
			if !strings.Contains(plan, "receipts_notify") {
				t.Errorf("%s\n%s", sql, plan)
			}
		}
	})
}

// Contacts whose time is over are found by what still has one: a consultation of many
// receipts is not read through for each of the bounded acts that forget them.
func TestContactsToForgetAreFoundByAnIndex(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		ctx := context.Background()
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 1, nil)
		err := db.InTx(ctx, act, func(tx *models.Tx) error {
			for i := range 500 {
				r := &models.Receipt{ID: models.NewID(tx.Now), Code: models.NewID(tx.Now), ConsultationID: c.ID, PersonID: "p", Voice: "p:p", Lang: "zh", Opinions: 1, CreatedAt: tx.Now}
				if i%100 == 0 {
					r.ContactKind, r.Contact, r.ContactKey, r.Notify = "email", "a@yunting.example", models.NewID(tx.Now), true
				}
				tx.Later(r)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		plans, err := db.WritePlans(act, func(tx *models.Tx) error {
			n, err := tx.ForgetContacts(c.ID)
			if n != 5 {
				t.Errorf("%d contacts were forgotten, want 5", n)
			}
			return err
		})
		if err != nil || len(plans) != 1 {
			t.Fatal(len(plans), err)
		}
		for sql, plan := range plans {
			if !strings.Contains(plan, "receipts_contact") {
				t.Errorf("%s\n%s", sql, plan)
			}
		}
	})
}
