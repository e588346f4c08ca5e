// Package rules reads what the law asks for as a site has it: the rule profiles and
// the working days that administrators keep, else those that ship with the program.
package rules

import (
	"context"
	"encoding/json"
	"time"

	"minyi/app/kit/calendar"
	"minyi/models"
)

// Profile gives the rule profile that binds a kind of decision in a unit: the unit's
// own one, else the one for everybody, else the one that ships with the program; one
// without rules if nobody knows the key.
func Profile(ctx context.Context, db *models.DB, key, unitID string) (calendar.Profile, error) {
	row, err := db.RuleProfile(ctx, key, unitID)
	if err == nil {
		return Parse(row)
	}
	if !models.IsNotFound(err) {
		return calendar.Profile{}, err
	}
	for _, p := range calendar.ShippedProfiles() {
		if p.Key == key {
			return p, nil
		}
	}
	return calendar.Profile{Key: key}, nil
}

// Parse reads a profile as it is stored.
func Parse(row models.RuleProfile) (calendar.Profile, error) {
	p := named(row)
	return p, json.Unmarshal([]byte(row.Rules), &p.Rules)
}

func named(row models.RuleProfile) calendar.Profile {
	return calendar.Profile{Key: row.Key, Name: calendar.Words{Zh: row.NameZH, En: row.NameEN}}
}

// Profiles lists the rule profiles to choose from by key and name: those of the site,
// and those that ship with the program and are not among them.
func Profiles(ctx context.Context, db *models.DB) ([]calendar.Profile, error) {
	rows, err := db.AllRuleProfiles(ctx)
	if err != nil {
		return nil, err
	}
	var list []calendar.Profile
	seen := map[string]bool{}
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
