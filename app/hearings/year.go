package hearings

import (
	"context"
	"slices"
	"time"

	"minyi/models"
)

// The calendar of participation.

// Promised is how many large events a unit promises in a year.
const Promised = 2

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
	Events  []models.Hearing // of the unit itself, in their order
}

// lastCall is how long before the end of a year an event must at least be
// announced: later the notice cannot be kept.
const lastCall = 30

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
			missing := max(0, Promised-row.Held-row.Scheduled)
			if !now.Before(until.AddDate(0, 0, -lastCall)) {
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
