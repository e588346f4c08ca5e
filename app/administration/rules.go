package administration

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/models"
)

// rows turns arrangements into what is stored.
func rows(list []calendar.Entry) []models.Holiday {
	out := make([]models.Holiday, 0, len(list))
	for _, e := range list {
		out = append(out, models.Holiday{Day: e.Day.String(), Work: e.Kind == calendar.Work, NameZH: e.Name})
	}
	return out
}

// Holidays lists the arrangement of a year and the years that have one.
func (s *Service) Holidays(ctx context.Context, who actor.Actor, year int) ([]models.Holiday, []int, error) {
	if err := whole(who); err != nil {
		return nil, nil, err
	}
	all, err := s.db.Holidays(ctx)
	if err != nil {
		return nil, nil, err
	}
	var list []models.Holiday
	var years []int
	for _, h := range all {
		y, err := strconv.Atoi(h.Day[:4])
		if err != nil {
			continue
		}
		if len(years) == 0 || years[len(years)-1] != y {
			years = append(years, y)
		}
		if y == year {
			list = append(list, h)
		}
	}
	return list, years, nil
}

// ImportHolidays takes arrangements as CSV (date, kind rest or work, name, source);
// days that are known are replaced. It tells how many days there were. Errors:
// Invalid (csv) with the line at fault; then nothing is taken.
func (s *Service) ImportHolidays(ctx context.Context, who actor.Actor, csv string) (int, error) {
	if err := whole(who); err != nil {
		return 0, err
	}
	if strings.TrimSpace(csv) == "" {
		return 0, models.FailField("csv", "administration.csv_empty")
	}
	if len(csv) > 256<<10 {
		return 0, models.FailField("csv", "administration.csv_large")
	}
	list, err := calendar.ParseCSV(strings.NewReader(csv))
	if err != nil {
		return 0, &models.Error{Kind: models.Invalid, Key: "administration.csv_wrong", Field: "csv", Args: []any{"reason", strings.TrimPrefix(err.Error(), "calendar: ")}, Err: err}
	}
	err = s.db.InTx(ctx, who.Act("administration.import_holidays", "site"), func(tx *models.Tx) error {
		tx.Act.Detail = map[string]int{"days": len(list)}
		tx.Emit("", "holidays.changed", map[string]int{"days": len(list)})
		return tx.PutHolidays(rows(list))
	})
	return len(list), err
}

// Profile is a rule profile with its rules read, as it holds for the site or for a unit.
type Profile struct {
	models.RuleProfile
	Parsed calendar.Profile
	// For is the unit for which it was asked, empty for the site. Own says that the unit
	// has one of its own; else the rules are those of From, or of the site.
	For, From models.Unit
	Own       bool
	// Owners are the units with a profile of their own, Units all units of the site.
	Owners, Units []models.Unit
}

// Profiles lists the rule profiles of the site.
func (s *Service) Profiles(ctx context.Context, who actor.Actor) ([]Profile, error) {
	if err := whole(who); err != nil {
		return nil, err
	}
	list, err := s.db.AllRuleProfiles(ctx)
	if err != nil {
		return nil, err
	}
	var out []Profile
	for _, p := range list {
		if p.UnitID != "" {
			continue // found from that of the site
		}
		parsed, err := rules.Parse(p)
		if err != nil {
			return nil, err
		}
		out = append(out, Profile{RuleProfile: p, Parsed: parsed})
	}
	return out, nil
}

// Profile reads a rule profile of the site or, with the short name of a unit, as it holds
// there; NotFound if there is none, or no such unit.
func (s *Service) Profile(ctx context.Context, who actor.Actor, key, unit string) (p Profile, err error) {
	if err := whole(who); err != nil {
		return p, err
	}
	if p.Units, err = s.db.Units(ctx); err != nil {
		return p, err
	}
	rows, err := s.db.RuleProfiles(ctx, key)
	if err != nil {
		return p, err
	}
	for _, u := range p.Units {
		if u.Slug == unit {
			p.For = u
		}
		if slices.ContainsFunc(rows, func(r models.RuleProfile) bool { return r.UnitID == u.ID }) {
			p.Owners = append(p.Owners, u)
		}
	}
	row, found := rules.Nearest(rows, p.For)
	if !found || unit != "" && p.For.ID == "" {
		return p, models.ErrNotFound
	}
	p.RuleProfile, p.Own = row, row.UnitID == p.For.ID
	if i := slices.IndexFunc(p.Owners, func(u models.Unit) bool { return u.ID == row.UnitID }); i >= 0 {
		p.From = p.Owners[i]
	}
	p.Parsed, err = rules.Parse(row)
	return p, err
}

// RuleChange is what an administrator may change about a rule: local rules may ask
// for more, and a text that was checked can be marked so.
type RuleChange struct {
	Number             string // as typed; empty for a duty without a number
	Blocking, Verified bool
}

// ChangeRules changes the rules of a profile by their keys; those that are not
// named stay. With the short name of a unit they hold there and below, and the unit has
// a profile of its own from then on. It holds for consultations that are opened
// afterwards. Errors: Invalid (number_<key>, or the whole form), NotFound, Conflict
// (error.stale).
func (s *Service) ChangeRules(ctx context.Context, who actor.Actor, key, unit string, read time.Time, changes map[string]RuleChange) error {
	p, err := s.Profile(ctx, who, key, unit)
	if err != nil {
		return err
	}
	var faults models.Faults
	for i := range p.Parsed.Rules {
		r := &p.Parsed.Rules[i]
		change, ok := changes[r.Key]
		if !ok {
			continue
		}
		r.Blocking, r.Verified = change.Blocking && r.CanBlock(), change.Verified
		if r.Unit == calendar.Duty {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(change.Number), 64)
		fits := n == float64(int(n)) && n >= 0 && n <= 3650 && (r.Unit != calendar.Times || n <= calendar.MostTimes)
		if err != nil || r.Unit == calendar.Fraction && !(n >= 0 && n <= 1) || r.Unit != calendar.Fraction && !fits {
			faults.Add("number_"+r.Key, "administration.rule_number")
			continue
		}
		r.Number = n
	}
	if err := faults.Err(); err != nil {
		return err
	}
	if err := p.Parsed.Check(); err != nil {
		return &models.Error{Kind: models.Invalid, Key: "administration.rule_wrong", Args: []any{"reason", err.Error()}, Err: err}
	}
	numbers, err := json.Marshal(p.Parsed.Rules)
	if err != nil {
		return err
	}
	act := who.Act("administration.change_rules", "rules:"+key)
	act.UnitID, act.Detail = p.For.ID, json.RawMessage(numbers)
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		row := p.RuleProfile
		row.Rules = string(numbers)
		tx.Emit("", "rules.changed", map[string]string{"key": key})
		if p.Own {
			return tx.SaveRuleProfile(row, read)
		}
		if !row.UpdatedAt.Equal(read) {
			return models.Fail(models.Conflict, "error.stale") // those above were changed since
		}
		row.UnitID = p.For.ID
		return tx.AddRuleProfile(row)
	})
}

// InheritRules takes a unit's own profile away, as it was read: the rules of the nearest
// unit above it, or of the site, hold there again. Errors: NotFound for a unit without
// one, Conflict (error.stale).
func (s *Service) InheritRules(ctx context.Context, who actor.Actor, key, unit string, read time.Time) error {
	p, err := s.Profile(ctx, who, key, unit)
	if err == nil && (!p.Own || p.For.ID == "") {
		err = models.ErrNotFound
	}
	if err != nil {
		return err
	}
	act := who.Act("administration.inherit_rules", "rules:"+key)
	act.UnitID, act.Detail = p.For.ID, json.RawMessage(p.Rules)
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		tx.Emit("", "rules.changed", map[string]string{"key": key})
		return tx.DropRuleProfile(p.RuleProfile, read)
	})
}

// Audit lists what was done, the newest first.
func (s *Service) Audit(ctx context.Context, who actor.Actor, f models.AuditFilter) ([]models.Audit, map[string]string, error) {
	if err := whole(who); err != nil {
		return nil, nil, err
	}
	list, err := s.db.AuditTrail(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	names := map[string]string{}
	for _, a := range list {
		id, ok := strings.CutPrefix(a.By, "p:")
		if !ok || names[a.By] != "" || id == actor.System.PersonID {
			continue
		}
		p, err := s.db.PersonByID(ctx, id)
		switch {
		case err == nil && p.ErasedAt == nil:
			names[a.By] = nameOf(p)
		case err != nil && !models.IsNotFound(err):
			return nil, nil, err
		}
	}
	return list, names, nil
}

// nameOf is how colleagues know a person: administrators see who acted.
func nameOf(p models.Person) string {
	for _, n := range []string{p.Name, p.Nickname, p.Email, p.Phone} {
		if n != "" {
			return n
		}
	}
	return p.ID
}

// Health is how the site is.
type Health struct {
	Database   string // SQLite or PostgreSQL
	Reads      error
	Writes     error
	Pending    []string // migrations that are not applied
	Waiting    int      // acts that wait for a writer
	LastEvent  int64
	Units      int
	Letters    models.LetterHealth
	HolidaysTo int // last year with a known arrangement, 0 for none
}

// Health looks at the store, the letters and what the legal clock needs.
func (s *Service) Health(ctx context.Context, who actor.Actor) (Health, error) {
	if err := whole(who); err != nil {
		return Health{}, err
	}
	h := Health{Database: "SQLite", Waiting: s.db.WriteStats().Waiting}
	if s.db.Postgres() {
		h.Database = "PostgreSQL"
	}
	h.Reads = s.db.Ping(ctx)
	h.Writes = s.db.InTx(ctx, models.Act{By: "system", Name: "site.ready", Silent: true}, func(tx *models.Tx) error { return tx.Probe() })
	var err error
	if h.Pending, err = s.db.Pending(ctx); err != nil {
		return h, err
	}
	if h.LastEvent, err = s.db.LastEvent(ctx); err != nil {
		return h, err
	}
	units, err := s.db.Units(ctx)
	if err != nil {
		return h, err
	}
	h.Units = len(units)
	if _, years, err := s.Holidays(ctx, who, 0); err != nil {
		return h, err
	} else if len(years) > 0 {
		h.HolidaysTo = years[len(years)-1]
	}
	h.Letters, err = s.db.LettersHealth(ctx, s.db.Now().Add(-7*24*time.Hour))
	return h, err
}
