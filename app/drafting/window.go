package drafting

import (
	"context"
	"encoding/json"

	"minyi/app/kit/calendar"
	"minyi/models"
)

// Profile gives the rule profile that binds a consultation: the unit's own one,
// else the one for everybody, else the one that ships with the program.
func (s *Service) Profile(ctx context.Context, key, unitID string) (calendar.Profile, error) {
	rows, err := s.db.RuleProfiles(ctx, key)
	if err != nil {
		return calendar.Profile{}, err
	}
	var best *models.RuleProfile
	for i, r := range rows {
		if r.UnitID == unitID || r.UnitID == "" && best == nil {
			best = &rows[i]
		}
	}
	if best != nil {
		p := calendar.Profile{Key: best.Key, Name: calendar.Words{Zh: best.NameZH, En: best.NameEN}}
		return p, json.Unmarshal([]byte(best.Rules), &p.Rules)
	}
	for _, p := range calendar.ShippedProfiles() {
		if p.Key == key {
			return p, nil
		}
	}
	return calendar.Profile{Key: key}, nil
}

// Calendar gives the working days as the site knows them.
func (s *Service) Calendar(ctx context.Context) (*calendar.Calendar, error) {
	rows, err := s.db.Holidays(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return calendar.New(s.zone, calendar.Shipped()...), nil
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
	return calendar.New(s.zone, entries...), nil
}

// Window counts the consultation's comment period against its rule profile.
func (s *Service) Window(ctx context.Context, c models.Consultation) (calendar.Period, error) {
	if c.OpensAt == nil || c.ClosesAt == nil {
		return calendar.Period{}, nil
	}
	p, err := s.Profile(ctx, c.Profile, c.UnitID)
	if err != nil {
		return calendar.Period{}, err
	}
	days, err := s.Calendar(ctx)
	if err != nil {
		return calendar.Period{}, err
	}
	return calendar.Window(p, days, *c.OpensAt, *c.ClosesAt), nil
}

func (s *Service) shortWindow(ctx context.Context, c models.Consultation) (bool, error) {
	w, err := s.Window(ctx, c)
	return w.Below, err
}
