package models_test

import (
	"context"
	"strings"
	"testing"

	"minyi/models"
	"minyi/models/modelstest"
)

// receipts fills a consultation with five hundred receipts, of which set makes every
// hundredth a special one.
func receipts(t *testing.T, db *models.DB, set func(r *models.Receipt)) models.Consultation {
	t.Helper()
	_, unit := modelstest.City(t, db)
	c := modelstest.Consultation(t, db, unit, 1, nil)
	err := db.InTx(context.Background(), act, func(tx *models.Tx) error {
		for i := range 500 {
			r := &models.Receipt{ID: models.NewID(tx.Now), Code: models.NewID(tx.Now), ConsultationID: c.ID, PersonID: "p", Voice: "p:p", Lang: "zh", Opinions: 1, CreatedAt: tx.Now}
			if i%100 == 0 {
				set(r)
			}
			tx.Later(r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// byIndex holds that there was one statement, and that it looks by an index.
func byIndex(t *testing.T, index string, plans map[string]string, err error) {
	t.Helper()
	if err != nil || len(plans) != 1 {
		t.Fatal(len(plans), err)
	}
	for sql, plan := range plans {
		if !strings.Contains(plan, index) {
			t.Errorf("%s\n%s", sql, plan)
		}
	}
}

// Whom to tell of an answer is found without reading the receipts of everybody else.
func TestReceiptsToTellAreFoundByAnIndex(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		c := receipts(t, db, func(r *models.Receipt) { r.Notify = true })
		plans, err := db.Plans(func(view *models.DB) error {
			n, err := view.CountReceiptsToTell(context.Background(), c.ID)
			if n != 5 {
				t.Errorf("%d receipts, want 5", n)
			}
			return err
		})
		byIndex(t, "receipts_notify", plans, err)
	})
}

// Contacts whose time is over are found by what still has one: a consultation of many
// receipts is not read through for each of the bounded acts that forget them.
func TestContactsToForgetAreFoundByAnIndex(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		c := receipts(t, db, func(r *models.Receipt) {
			r.ContactKind, r.Contact, r.ContactKey, r.Notify = "email", "a@yunting.example", models.NewID(r.CreatedAt), true
		})
		plans, err := db.WritePlans(act, func(tx *models.Tx) error {
			n, err := tx.ForgetContacts(c.ID)
			if n != 5 {
				t.Errorf("%d contacts were forgotten, want 5", n)
			}
			return err
		})
		byIndex(t, "receipts_contact", plans, err)
	})
}
