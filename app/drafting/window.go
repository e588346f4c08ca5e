package drafting

import (
	"context"

	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/models"
)

// Profile gives the rule profile that binds a consultation of a unit.
func (s *Service) Profile(ctx context.Context, key, unitID string) (calendar.Profile, error) {
	return rules.Profile(ctx, s.db, key, unitID)
}

// Calendar gives the working days as the site knows them.
func (s *Service) Calendar(ctx context.Context) (*calendar.Calendar, error) {
	return rules.Calendar(ctx, s.db, s.zone)
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
