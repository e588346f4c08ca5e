package hearings

import (
	"context"
	"slices"
	"time"

	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/models"
)

// The calendar of participation.

// YearRow is what a unit and all below it did in a year, against the promise.
type YearRow struct {
	Unit  models.Unit
	Depth int
	// Own are the large events of the unit itself; the numbers below count the
	// whole subtree.
	Held, Scheduled, Cancelled int
	OwnHeld, OwnScheduled      int
	// Overdue is how many of the promised events are neither held nor scheduled
	// when the year is over, or too late to be announced in time in this one.
	Overdue int
	// Promised is how many large events the unit promises in a year, with the rule that
	// says so; 0 for departments, which promise nothing of their own.
	Promised int
	Rule     rules.Bound
	Events   []models.Hearing // of the unit itself, in their order
}

// LastCall is the moment of a year from which an event that is not announced yet comes
// too late in it: the days of notice of the site's own rule profile before its end.
func (s *Service) LastCall(ctx context.Context, year int) (time.Time, error) {
	end := time.Date(year+1, 1, 1, 0, 0, 0, 0, s.o.Zone)
	p, err := s.Profile(ctx, ownProfile, "")
	for _, r := range p.Rules {
		if r.Key == noticeRules[0] && r.Unit == calendar.Days {
			return end.AddDate(0, 0, -int(r.Number)), err
		}
	}
	return end, err
}

// ownProfile is the key of the rule profile of the site itself, for hearings that no law
// binds to another one.
const ownProfile = "hearing_default"

// Year gives the calendar of participation: every unit with its hearings and forums
// of a year, rolled up over the tree, against the promise. Departments promise
// nothing of their own. The numbers are counted from records.
func (s *Service) Year(ctx context.Context, year int) ([]YearRow, error) {
	from := time.Date(year, 1, 1, 0, 0, 0, 0, s.o.Zone)
	until := from.AddDate(1, 0, 0)
	units, err := s.db.Units(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.allIn(ctx, from, until)
	if err != nil {
		return nil, err
	}
	now := s.db.Now()
	last, err := s.LastCall(ctx, year)
	if err != nil {
		return nil, err
	}
	promises, err := rules.Everywhere(ctx, s.db, calendar.Programme, calendar.LargeEvents, units)
	if err != nil {
		return nil, err
	}
	byUnit := map[string][]models.Hearing{}
	for _, h := range list {
		byUnit[h.UnitID] = append(byUnit[h.UnitID], h)
	}
	rows := make([]YearRow, 0, len(units))
	for _, u := range units {
		row := YearRow{Unit: u, Depth: depth(u), Events: byUnit[u.ID]}
		for _, below := range units {
			if !below.Under(u.Path) {
				continue
			}
			for _, h := range byUnit[below.ID] {
				count(&row, h, now, below.ID == u.ID)
			}
		}
		if u.Level != models.Department {
			row.Rule, row.Promised = promises[u.ID], int(promises[u.ID].Number)
			missing := max(0, row.Promised-row.Held-row.Scheduled)
			if !now.Before(last) {
				row.Overdue = missing
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func count(row *YearRow, h models.Hearing, now time.Time, own bool) {
	if !h.Large {
		return
	}
	switch h.State(now) {
	case models.HearingCancelled:
		row.Cancelled++
	case models.HearingEnded, models.HearingRecorded, models.HearingLive:
		row.Held++
		if own {
			row.OwnHeld++
		}
	default:
		row.Scheduled++
		if own {
			row.OwnScheduled++
		}
	}
}

func depth(u models.Unit) int {
	n := -2
	for _, r := range u.Path {
		if r == '/' {
			n++
		}
	}
	return max(n, 0)
}

// allIn lists all public hearings that begin in a span of time, in their order.
func (s *Service) allIn(ctx context.Context, from, until time.Time) ([]models.Hearing, error) {
	var all []models.Hearing
	q := models.HearingQuery{Both: true, From: from, Until: until, Limit: 1000}
	for {
		list, err := s.db.Hearings(ctx, q, s.db.Now())
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if len(list) < 1000 {
			slices.Reverse(all)
			return all, nil
		}
		last := list[len(list)-1]
		q.After = &models.HearingPlace{StartsAt: *last.StartsAt, ID: last.ID}
	}
}
