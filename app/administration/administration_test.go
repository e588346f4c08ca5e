package administration_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"minyi/app/administration"
	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

func administrator(unit models.Unit) actor.Actor {
	return actor.Actor{PersonID: "A", Fresh: true, Roles: []models.Role{{Name: models.Administrator, Unit: unit}}}
}

// The one who administers the city, and one of a department in it.
var (
	city = administrator(models.Unit{ID: "C", Path: "/C/"})
	part = administrator(models.Unit{ID: "D", ParentID: "C", Path: "/C/D/"})
)

func each(t *testing.T, f func(t *testing.T, s *administration.Service, db *models.DB, clock *modelstest.Clock)) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		s := administration.New(db, slog.New(slog.DiscardHandler))
		db.OnCommit(s.Committed)
		f(t, s, db, clock)
	})
}

func key(err error) string {
	var e *models.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

func TestTheWholeSiteIsForAdministratorsOfTheWholeSite(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, db *models.DB, _ *modelstest.Clock) {
		acts := map[string]func(who actor.Actor) error{
			"site":     func(who actor.Actor) error { _, err := s.SiteForEdit(ctx, who); return err },
			"change":   func(who actor.Actor) error { return s.ChangeSite(ctx, who, administration.Site{}) },
			"holidays": func(who actor.Actor) error { _, _, err := s.Holidays(ctx, who, 2027); return err },
			"import":   func(who actor.Actor) error { _, err := s.ImportHolidays(ctx, who, "2027-01-01,rest"); return err },
			"rules":    func(who actor.Actor) error { _, err := s.Profiles(ctx, who); return err },
			"audit":    func(who actor.Actor) error { _, _, err := s.Audit(ctx, who, models.AuditFilter{}); return err },
			"health":   func(who actor.Actor) error { _, err := s.Health(ctx, who); return err },
		}
		officer := actor.Actor{PersonID: "O", Roles: []models.Role{{Name: models.Officer, Unit: models.Unit{ID: "C", Path: "/C/"}}}}
		for name, act := range acts {
			if err := act(city); err != nil {
				t.Errorf("%s for the city: %v", name, err)
			}
			for _, who := range []actor.Actor{part, officer} {
				if err := act(who); !models.IsNotFound(err) {
					t.Errorf("%s for %+v: %v", name, who.Roles, err)
				}
			}
			if err := act(actor.Actor{}); models.KindOf(err) != models.SignIn {
				t.Errorf("%s for a stranger: %v", name, err)
			}
		}
	})
}

func TestTheSiteShowsOnlyNumbersThatCanBeDialled(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, _ *models.DB, _ *modelstest.Clock) {
		for number, dialled := range map[string]bool{"12345": true, "010-12345678 转 801": true, "": true, "(---)": false, "总机": false} {
			err := s.ChangeSite(ctx, city, administration.Site{NameZH: "云汀", NameEN: "Yunting", Phone: number, Hotline: number})
			if (key(err) != "administration.phone_form") != dialled {
				t.Errorf("%q: %v", number, err)
			}
		}
	})
}

func TestSeedingNeverOverwritesWhatAnOperatorChanged(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, db *models.DB, clock *modelstest.Clock) {
		if err := s.Seed(ctx); err != nil {
			t.Fatal(err)
		}
		p, err := s.Profile(ctx, city, "major_decision", "")
		if err != nil || len(p.Parsed.Rules) == 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		clock.Add(time.Minute)
		change := map[string]administration.RuleChange{"comment_period": {Number: "45", Blocking: true, Verified: true}}
		if err := s.ChangeRules(ctx, city, p.Key, "", p.UpdatedAt, change); err != nil {
			t.Fatal(err)
		}
		if err := s.ChangeRules(ctx, city, p.Key, "", p.UpdatedAt, change); key(err) != "error.stale" {
			t.Errorf("a stale form: %v", err)
		}
		if _, err := s.ImportHolidays(ctx, city, "2026-01-01,work,元旦"); err != nil {
			t.Fatal(err)
		}
		if err := s.Seed(ctx); err != nil {
			t.Fatal(err)
		}
		p, err = s.Profile(ctx, city, "major_decision", "")
		if err != nil {
			t.Fatal(err)
		}
		if r, _ := p.Parsed.Rule("comment_period"); r.Number != 45 {
			t.Errorf("the rule is back at %v days", r.Number)
		}
		list, years, err := s.Holidays(ctx, city, 2026)
		if err != nil || len(years) < 3 || len(list) == 0 || list[0].Day != "2026-01-01" || !list[0].Work {
			t.Errorf("%+v %v, %v", list[:min(1, len(list))], years, err)
		}
	})
}

func TestWrongRulesAndHolidaysChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, db *models.DB, _ *modelstest.Clock) {
		if err := s.Seed(ctx); err != nil {
			t.Fatal(err)
		}
		before, _, err := s.Holidays(ctx, city, 2026)
		if err != nil {
			t.Fatal(err)
		}
		for csv, want := range map[string]string{
			"": "administration.csv_empty", "2026-13-01,rest": "administration.csv_wrong", "2026-03-02,rest\n2026-03-03,party": "administration.csv_wrong",
			"2026-03-02,rest\n2026-03-02,work": "administration.csv_wrong", strings.Repeat("2026-03-02,rest\n", 20_000): "administration.csv_large",
		} {
			if _, err := s.ImportHolidays(ctx, city, csv); key(err) != want {
				t.Errorf("%.30q: %v", csv, err)
			}
		}
		if after, _, err := s.Holidays(ctx, city, 2026); err != nil || len(after) != len(before) {
			t.Errorf("%d days became %d, %v", len(before), len(after), err)
		}
		p, err := s.Profile(ctx, city, "price_hearing", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Parsed.Rules {
			for _, number := range []string{"", "-1", "x", "1e9", "NaN", "0.5.5", "3651"} {
				if r.Unit == calendar.Duty {
					continue
				}
				err := s.ChangeRules(ctx, city, p.Key, "", p.UpdatedAt, map[string]administration.RuleChange{r.Key: {Number: number}})
				if key(err) != "administration.rule_number" {
					t.Errorf("%s = %q: %v", r.Key, number, err)
				}
			}
		}
	})
}

// A unit may have rules of its own and give them up again; those of the site stay as they
// are, and nobody overwrites what somebody else has changed meanwhile.
func TestAUnitHasRulesOfItsOwnUntilTheyAreTakenAway(t *testing.T) {
	each(t, func(t *testing.T, s *administration.Service, db *models.DB, clock *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		if err := s.Seed(ctx); err != nil {
			t.Fatal(err)
		}
		const profile = calendar.Programme
		number := func(slug string) (float64, administration.Profile) {
			t.Helper()
			p, err := s.Profile(ctx, city, profile, slug)
			if err != nil {
				t.Fatal(err)
			}
			r, _ := p.Parsed.Rule(calendar.LargeEvents)
			return r.Number, p
		}
		change := func(n string) map[string]administration.RuleChange {
			return map[string]administration.RuleChange{calendar.LargeEvents: {Number: n}}
		}
		for _, wrong := range []string{"", "x", "-1", "1.5", "367"} {
			if err := s.ChangeRules(ctx, city, profile, "", clock.Now(), change(wrong)); key(err) != "administration.rule_number" {
				t.Errorf("%q events a year: %v", wrong, err)
			}
		}
		_, site := number("")
		n, read := number(unit.Slug)
		if n != 2 || read.Own || read.For.ID != unit.ID {
			t.Fatalf("inherited: %v, own %v", n, read.Own)
		}
		clock.Add(time.Minute)
		if err := s.ChangeRules(ctx, part, profile, unit.Slug, read.UpdatedAt, change("4")); !models.IsNotFound(err) {
			t.Errorf("an administrator of a part: %v", err)
		}
		if err := s.ChangeRules(ctx, city, profile, unit.Slug, read.UpdatedAt, change("4")); err != nil {
			t.Fatal(err)
		}
		if err := s.ChangeRules(ctx, city, profile, unit.Slug, read.UpdatedAt, change("5")); key(err) != "error.stale" {
			t.Errorf("a stale form: %v", err)
		}
		n, own := number(unit.Slug)
		if of, _ := number(""); n != 4 || !own.Own || of != 2 {
			t.Errorf("its own: %v, own %v, of the site %v", n, own.Own, of)
		}
		if err := s.InheritRules(ctx, city, profile, unit.Slug, read.UpdatedAt); key(err) != "error.stale" {
			t.Errorf("taken away with a stale form: %v", err)
		}
		if err := s.InheritRules(ctx, city, profile, "", site.UpdatedAt); !models.IsNotFound(err) {
			t.Errorf("those of the site taken away: %v", err)
		}
		if err := s.InheritRules(ctx, city, profile, unit.Slug, own.UpdatedAt); err != nil {
			t.Fatal(err)
		}
		if n, p := number(unit.Slug); n != 2 || p.Own {
			t.Errorf("given up: %v, own %v", n, p.Own)
		}
		if _, err := s.Profile(ctx, city, profile, "nowhere"); !models.IsNotFound(err) {
			t.Errorf("of a unit that is none: %v", err)
		}
	})
}
