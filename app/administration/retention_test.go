package administration_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"minyi/app/administration"
	"minyi/app/kit/upload"
	"minyi/models"
	"minyi/models/modelstest"
)

func typed(changes map[string]string) map[string]string {
	out := map[string]string{"contact": "365", "files": "1095", "letters": "90", "sessions": "30", "baskets": "60",
		"signup_access": "30", "signup_contact": "180", "signup_name": "1095"}
	for k, v := range changes {
		out[k] = v
	}
	return out
}

func TestWhatIsOverItsTermGoesAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, db *models.DB, clock *modelstest.Clock) {
		dir := t.TempDir()
		s.Keep(time.UTC, upload.NewStore(dir))
		_, unit := modelstest.City(t, db)
		at := func(days int) *time.Time { d := clock.Now().AddDate(0, 0, -days); return &d }
		answered := modelstest.Consultation(t, db, unit, 1, func(c *models.Consultation) { c.AnsweredAt = at(400) })
		young := modelstest.Consultation(t, db, unit, 1, func(c *models.Consultation) { c.AnsweredAt = at(100) })
		silent := modelstest.Consultation(t, db, unit, 1, func(c *models.Consultation) { c.ClosesAt = at(800) })
		open := modelstest.Consultation(t, db, unit, 1, nil)
		person := modelstest.Person(t, db, "lin", unit)
		put := func(tx *models.Tx, rows ...any) error {
			for _, r := range rows {
				if err := tx.Insert(r); err != nil {
					return err
				}
			}
			return nil
		}
		err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			for i, c := range []models.Consultation{answered, young, silent, open} {
				r := &models.Receipt{ID: "R" + c.ID, Code: "C" + c.ID, ConsultationID: c.ID, ContactKind: "mail", Contact: "lin@minyi.example", ContactKey: "lin@minyi.example", Notify: true, Opinions: 1, CreatedAt: tx.Now}
				o := &models.Opinion{ID: "O" + c.ID, ConsultationID: c.ID, Number: 1, VersionNumber: 1, ClauseKey: "a1", ReceiptID: r.ID, Body: "好", Shown: true, CreatedAt: tx.Now}
				f := &models.Attachment{ID: "F" + c.ID, OwnerKind: models.OfOpinion, OwnerID: o.ID, Name: "a.pdf", SHA256: string(rune('a'+i)) + "00", CreatedAt: tx.Now}
				if err := put(tx, r, o, f); err != nil {
					return err
				}
			}
			old, new := *at(91), *at(10)
			return put(tx,
				&models.Letter{ID: "L1", Channel: "mail", Recipient: "x", Kind: "test", DedupeKey: "1", SentAt: &old, CreatedAt: old, NextAt: old},
				&models.Letter{ID: "L2", Channel: "mail", Recipient: "x", Kind: "test", DedupeKey: "2", SentAt: &new, CreatedAt: old, NextAt: old},
				&models.Letter{ID: "L3", Channel: "mail", Recipient: "x", Kind: "test", DedupeKey: "3", CreatedAt: old, NextAt: old}, // never sent yet
				&models.Session{ID: "S1", TokenHash: "1", PersonID: person.ID, CreatedAt: old, SeenAt: old, ExpiresAt: old},
				&models.Session{ID: "S2", TokenHash: "2", PersonID: person.ID, CreatedAt: old, SeenAt: new, ExpiresAt: clock.Now().Add(time.Hour)},
				&models.Basket{ID: "B1", Owner: "v:1", ConsultationID: open.ID, BeganAt: old, UpdatedAt: old},
				&models.BasketItem{ID: "I1", BasketID: "B1", ClauseKey: "a1", VersionNumber: 1, CreatedAt: old, UpdatedAt: old},
				&models.Attachment{ID: "F1", OwnerKind: models.OfBasketItem, OwnerID: "I1", Name: "b.pdf", SHA256: "f00", CreatedAt: old},
				&models.Basket{ID: "B2", Owner: "v:2", ConsultationID: open.ID, BeganAt: new, UpdatedAt: new},
				&models.IdempotencyKey{ID: "K1", Hash: "h", Result: "{}", CreatedAt: *at(31)},
				&models.IdempotencyKey{ID: "K2", Hash: "h", Result: "{}", CreatedAt: *at(29)})
		})
		if err != nil {
			t.Fatal(err)
		}
		// Bytes on disk: named by a row, by none, and by none but just sent.
		for _, name := range []string{"d00", "e00", "e11"} {
			path := filepath.Join(dir, name[:2], name)
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if old := time.Now().Add(-48 * time.Hour); name != "e11" {
				if err := os.Chtimes(path, old, old); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := s.ChangeRetention(ctx, city, typed(map[string]string{"files": "200"})); err != nil {
			t.Fatal(err)
		}
		done, err := s.Purge(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for kind, want := range map[string]int64{"contact": 2, "files": 2, "letters": 1, "sessions": 1, "baskets": 1, "keys": 1, "disk": 1} {
			if done[kind] != want {
				t.Errorf("%s: %d were taken, want %d", kind, done[kind], want)
			}
		}
		for _, c := range []models.Consultation{answered, silent, young, open} {
			r, err := db.ReceiptByID(ctx, "R"+c.ID)
			if gone := c.ID == answered.ID || c.ID == silent.ID; err != nil || (r.Contact == "") != gone || (r.ContactKey == "") != gone {
				t.Errorf("%s: contact %q (%v)", c.ID, r.Contact, err)
			}
		}
		if named, _ := db.FileNamed(ctx, "f00"); named {
			t.Error("a file of a forgotten basket is still named")
		}
		if o, err := db.OpinionByID(ctx, "O"+answered.ID); err != nil || o.Body != "好" {
			t.Error("an opinion went with its contact: ", err)
		}
		acts, err := db.AuditTrail(ctx, models.AuditFilter{Name: "retention.purge", Limit: 5})
		if err != nil || len(acts) != 1 {
			t.Errorf("%d rows in the log for one purge (%v)", len(acts), err)
		}
	})
}

// The rule of 个人信息保护法 art. 19: each field of a sign-up goes when its own term is
// over, in the nightly purge; what people agreed to publish stays in the list.
func TestEachFieldOfASignUpGoesWhenItsTermIsOver(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, db *models.DB, clock *modelstest.Clock) {
		s.Keep(time.UTC, nil)
		_, unit := modelstest.City(t, db)
		ended := clock.Now()
		err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			for i, id := range []string{"h2027-001", "h2027-002"} {
				began, ended := ended.AddDate(0, 0, 400*i).Add(-2*time.Hour), ended.AddDate(0, 0, 400*i)
				h := &models.Hearing{ID: id, Kind: models.KindHearing, UnitID: unit.ID, Profile: "hearing_default", TitleZH: "听证会", Clauses: "[]", Questions: "[]", StartsAt: &began, EndsAt: &ended, PublishedAt: &tx.Now, ListPublishedAt: &tx.Now, CreatedAt: tx.Now, UpdatedAt: tx.Now}
				c := &models.HearingCategory{ID: "C" + id, HearingID: id, Key: "speakers", Role: models.Speaker, NameZH: "陈述人", Method: models.FirstCome, Seats: 9, Taken: 2}
				for _, row := range []any{h, c} {
					if err := tx.Insert(row); err != nil {
						return err
					}
				}
				for _, named := range []bool{false, true} {
					r := &models.Registration{ID: models.NewID(tx.Now), HearingID: id, CategoryID: c.ID, Number: map[bool]int64{false: 1, true: 2}[named], Status: models.RegistrationConfirmed, Active: true, Seats: 1, ContactKind: "mail", Contact: "lin@minyi.example", ContactKey: "lin@minyi.example",
						Name: "林一", Organisation: "社区", PublishName: named, AccessNeeds: "轮椅", ConsentAccess: true, Answers: `{"q":"骑车来"}`, KeyPoints: "夜市早点收。", Lang: "zh", Notify: true, Channel: models.Web, CreatedAt: tx.Now, UpdatedAt: tx.Now}
					k := &models.Ticket{ID: models.NewID(tx.Now), HearingID: id, RegistrationID: r.ID, Code: r.ID, Digits: r.ID[len(r.ID)-6:], Name: "林一"}
					if err := tx.Insert(r); err != nil {
						return err
					}
					if err := tx.Insert(k); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ChangeRetention(ctx, city, typed(map[string]string{"signup_access": "7", "signup_contact": "90", "signup_name": "365"})); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			day                   int
			access, contact, name bool
		}{{6, true, true, true}, {8, false, true, true}, {89, false, true, true}, {91, false, false, true}, {364, false, false, true}, {366, false, false, false}} {
			clock.Set(ended.AddDate(0, 0, step.day))
			if _, err := s.Purge(ctx); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"h2027-001", "h2027-002"} {
				later := id == "h2027-002" // its own end is what counts
				list, err := db.Registrations(ctx, id, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range list {
					if (r.AccessNeeds != "") != (step.access || later) || (r.Answers != "{}") != (step.access || later) {
						t.Errorf("%s after %d days: needs %q, answers %q", id, step.day, r.AccessNeeds, r.Answers)
					}
					if gone := !step.contact && !later; (r.Contact == "") != gone || (r.ContactKey == "") != gone || r.Notify == gone {
						t.Errorf("%s after %d days: contact %q", id, step.day, r.Contact)
					}
					if has := step.name || later || r.PublishName; (r.Name != "") != has || (r.Organisation != "") != has || r.KeyPoints == "" {
						t.Errorf("%s after %d days: name %q of %q, consent %v", id, step.day, r.Name, r.Organisation, r.PublishName)
					}
					tickets, err := db.TicketsOf(ctx, r.ID)
					if err != nil || (tickets[0].Name != "") != (step.name || later) {
						t.Errorf("%s after %d days: a ticket of %q (%v)", id, step.day, tickets[0].Name, err)
					}
				}
			}
		}
		one, err := db.HearingByID(ctx, "h2027-001")
		if err != nil || one.PurgedAt == nil {
			t.Errorf("a hearing whose terms are all over is looked at each night: %v (%v)", one.PurgedAt, err)
		}
		done, err := s.Purge(ctx)
		if err != nil || done["signup_name"]+done["signup_contact"]+done["signup_access"] != 0 {
			t.Errorf("the next night takes %v (%v)", done, err)
		}
	})
}

func TestThePurgeRunsOnceANightOnAllNodesTogether(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, db *models.DB, _ *modelstest.Clock) {
		for _, day := range []string{"2027-03-01", "2027-03-01", "2027-03-02"} {
			if err := s.PurgeOnce(ctx, day); err != nil {
				t.Fatal(err)
			}
		}
		if acts, err := db.AuditTrail(ctx, models.AuditFilter{Name: "retention.purge", Limit: 5}); err != nil || len(acts) != 2 {
			t.Errorf("two nights, %d purges (%v)", len(acts), err)
		}
	})
}

func TestTermsOutsideTheirBoundsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, db *models.DB, _ *modelstest.Clock) {
		for _, wrong := range []string{"", "x", "0", "-1", "29", "3651", "1.5", "9999999999999999999"} {
			if err := s.ChangeRetention(ctx, city, typed(map[string]string{"contact": wrong})); key(err) != "administration.term_wrong" {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if err := s.ChangeRetention(ctx, part, typed(nil)); !models.IsNotFound(err) {
			t.Errorf("an administrator of a part: %v", err)
		}
		if days, err := s.Retention(ctx); err != nil || days["contact"] != 365 {
			t.Errorf("%v %v", days, err)
		}
	})
}
