// Package rules reads what the law asks for as a site has it: the rule profiles and
// the working days that administrators keep, else those that ship with the program.
package rules

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/calendar"
	"minyi/models"
)

// Profile gives the rule profile that binds a kind of decision in a unit: the unit's
// own one, else that of the nearest unit above it, else the one for everybody, else the
// one that ships with the program; one without rules if nobody knows the key.
func Profile(ctx context.Context, db *models.DB, key, unitID string) (calendar.Profile, error) {
	rows, err := db.RuleProfiles(ctx, key)
	if err != nil {
		return calendar.Profile{}, err
	}
	var unit models.Unit
	if unitID != "" && slices.ContainsFunc(rows, func(r models.RuleProfile) bool { return r.UnitID != "" }) {
		if unit, err = db.UnitByID(ctx, unitID); err != nil && !models.IsNotFound(err) {
			return calendar.Profile{}, err
		}
	}
	if row, found := Nearest(rows, unit); found {
		return Parse(row)
	}
	return shipped(key), nil
}

// Nearest finds, of the rows of one key, the one that holds for a unit: its own, else
// that of the nearest unit above it, else the one for everybody.
func Nearest(rows []models.RuleProfile, unit models.Unit) (row models.RuleProfile, found bool) {
	reach := -1
	for _, r := range rows {
		at := 0
		if r.UnitID != "" {
			if at = strings.Index(unit.Path, "/"+r.UnitID+"/") + 1; at == 0 {
				continue // of another part of the tree
			}
		}
		if at > reach {
			row, found, reach = r, true, at
		}
	}
	return row, found
}

func shipped(key string) calendar.Profile {
	for _, p := range calendar.ShippedProfiles() {
		if p.Key == key {
			return p
		}
	}
	return calendar.Profile{Key: key}
}

// Bound is a rule as it holds for a unit, with the unit that laid it down: empty where it
// holds for everybody.
type Bound struct {
	calendar.Rule
	UnitID string
}

// Everywhere gives a rule of a profile for each unit, as it is inherited down the tree,
// by the unit's id. A profile that lacks the rule gives one without a number.
func Everywhere(ctx context.Context, db *models.DB, profile, rule string, units []models.Unit) (map[string]Bound, error) {
	rows, err := db.RuleProfiles(ctx, profile)
	if err != nil {
		return nil, err
	}
	out := make(map[string]Bound, len(units))
	for _, u := range units {
		p, from := shipped(profile), ""
		if row, found := Nearest(rows, u); found {
			if p, err = Parse(row); err != nil {
				return nil, err
			}
			from = row.UnitID
		}
		r, _ := p.Rule(rule)
		out[u.ID] = Bound{r, from}
	}
	return out, nil
}

// Parse reads a profile as it is stored.
func Parse(row models.RuleProfile) (calendar.Profile, error) {
	p := named(row)
	return p, json.Unmarshal([]byte(row.Rules), &p.Rules)
}

func named(row models.RuleProfile) calendar.Profile {
	return calendar.Profile{Key: row.Key, Name: calendar.Words{Zh: row.NameZH, En: row.NameEN}}
}

// Profiles lists the rule profiles to choose from for a decision by key and name: those
// of the site, and those that ship with the program and are not among them.
func Profiles(ctx context.Context, db *models.DB) ([]calendar.Profile, error) {
	rows, err := db.AllRuleProfiles(ctx)
	if err != nil {
		return nil, err
	}
	var list []calendar.Profile
	seen := map[string]bool{calendar.Programme: true} // it binds no decision
	for _, r := range rows {
		if !seen[r.Key] {
			seen[r.Key] = true
			list = append(list, named(r))
		}
	}
	for _, p := range calendar.ShippedProfiles() {
		if !seen[p.Key] {
			list = append(list, p)
		}
	}
	return list, nil
}

// Known tells whether there is a profile of that key that can bind a decision.
func Known(ctx context.Context, db *models.DB, key string) (bool, error) {
	list, err := Profiles(ctx, db)
	return slices.ContainsFunc(list, func(p calendar.Profile) bool { return p.Key == key }), err
}

// Calendar gives the working days in a zone as the site knows them.
func Calendar(ctx context.Context, db *models.DB, zone *time.Location) (*calendar.Calendar, error) {
	rows, err := db.Holidays(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return calendar.New(zone, calendar.Shipped()...), nil
	}
	var entries []calendar.Entry
	for _, h := range rows {
		d, err := calendar.ParseDay(h.Day)
		if err != nil {
			return nil, err
		}
		kind := calendar.Rest
		if h.Work {
			kind = calendar.Work
		}
		entries = append(entries, calendar.Entry{Day: d, Kind: kind, Name: h.NameZH})
	}
	return calendar.New(zone, entries...), nil
}
