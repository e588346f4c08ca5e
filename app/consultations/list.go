package consultations

import (
	"context"
	"slices"
	"time"

	"minyi/models"
)

// PageSize is how many consultations stand on a page of the list.
const PageSize = 20

// Row is a consultation in a list, with who runs it and what came in.
type Row struct {
	models.Consultation
	Unit     models.Unit
	Opinions int64
}

// Filter is what a reader looks for; empty fields do not narrow.
type Filter struct {
	Status models.Status
	Topic  string
	// Unit and Area are short names of units; each means the unit and everything
	// below it.
	Unit, Area string
	// Within keeps what closes in that time from now; From and Before bound the
	// publication.
	Within       time.Duration
	From, Before time.Time
}

// Listing is a page of the list.
type Listing struct {
	Rows  []Row
	Total int
	// Page counts from 1; Pages is the number of pages, at least 1.
	Page, Pages int
	Units       []models.Unit // every unit, parents before children
	// Ignored names the fields of the filter that made no sense.
	Ignored []string
	// Changes is when the list next changes by itself.
	Changes time.Time
}

// List gives a page of consultations that the public may see. What makes no sense
// in the filter is left out and named.
func (s *Service) List(ctx context.Context, f Filter, page int) (l Listing, err error) {
	q, err := s.query(ctx, f, &l)
	if err != nil {
		return l, err
	}
	if l.Total, err = s.db.CountConsultations(ctx, q); err != nil {
		return l, err
	}
	l.Pages = max(1, (l.Total+PageSize-1)/PageSize)
	l.Page = min(max(page, 1), l.Pages)
	q.Limit, q.Offset = PageSize, (l.Page-1)*PageSize
	if l.Rows, err = s.rows(ctx, q, l.Units); err != nil {
		return l, err
	}
	l.Changes, err = s.db.NextChange(ctx, q.Now)
	return l, err
}

// Published gives consultations by publication, the newest first, up to limit
// after a place; next is nil on the last page. Fields that make no sense are
// ignored and named in the listing.
func (s *Service) Published(ctx context.Context, f Filter, after *models.PublicationPlace, limit int) (l Listing, next *models.PublicationPlace, err error) {
	q, err := s.query(ctx, f, &l)
	if err != nil {
		return l, nil, err
	}
	q.ByPublication, q.After, q.Limit = true, after, limit+1
	if l.Rows, err = s.rows(ctx, q, l.Units); err != nil {
		return l, nil, err
	}
	if len(l.Rows) > limit {
		l.Rows = l.Rows[:limit]
		last := l.Rows[limit-1]
		next = &models.PublicationPlace{At: *last.PublishedAt, ID: last.ID}
	}
	l.Changes, err = s.db.NextChange(ctx, q.Now)
	return l, next, err
}

// query turns the filter into a question to the store.
func (s *Service) query(ctx context.Context, f Filter, l *Listing) (models.ConsultationQuery, error) {
	now := s.db.Now()
	q := models.ConsultationQuery{Now: now, PublishedFrom: f.From, PublishedBefore: f.Before}
	var err error
	if l.Units, err = s.db.Units(ctx); err != nil {
		return q, err
	}
	switch f.Status {
	case "", models.StatusScheduled, models.StatusOpen, models.StatusClosed, models.StatusAnswered:
		q.Status = f.Status
	default:
		l.Ignored = append(l.Ignored, "status")
	}
	if q.Topic = topic(f.Topic); q.Topic != f.Topic {
		l.Ignored = append(l.Ignored, "topic")
	}
	if f.Within > 0 {
		q.ClosesBefore = now.Add(f.Within)
	}
	for _, by := range []struct{ field, slug string }{{"unit", f.Unit}, {"area", f.Area}} {
		if by.slug == "" {
			continue
		}
		path := pathOf(l.Units, by.slug)
		if path == "" {
			l.Ignored = append(l.Ignored, by.field)
			continue
		}
		q.UnitIDs = narrowed(l.Units, path, q.UnitIDs)
	}
	return q, nil
}

func topic(s string) string {
	for _, t := range models.Topics {
		if t == s {
			return t
		}
	}
	return ""
}

func pathOf(units []models.Unit, slug string) string {
	for _, u := range units {
		if u.Slug == slug {
			return u.Path
		}
	}
	return ""
}

// narrowed lists the units below path that are also among the given ones, if any
// were given.
func narrowed(units []models.Unit, path string, among []string) []string {
	in := map[string]bool{}
	for _, id := range among {
		in[id] = true
	}
	ids := []string{}
	for _, u := range units {
		if u.Under(path) && (among == nil || in[u.ID]) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

func (s *Service) rows(ctx context.Context, q models.ConsultationQuery, units []models.Unit) ([]Row, error) {
	list, err := s.db.Consultations(ctx, q)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	counts, err := s.db.TotalCounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]models.Unit, len(units))
	for _, u := range units {
		byID[u.ID] = u
	}
	rows := make([]Row, len(list))
	for i, c := range list {
		rows[i] = Row{Consultation: c, Unit: byID[c.UnitID], Opinions: counts[c.ID].Total}
	}
	return rows, nil
}

// Home is what the home page shows.
type Home struct {
	Closing  []Row // at most 3, the nearest deadline first
	Open     []Row
	Soon     []Row // scheduled
	Answered []Row // the latest ones
	OpenAll  int   // how many are open in all
	Changes  time.Time
}

// How much the home page shows, and what "closing soon" means.
const (
	closingSoon = 7 * 24 * time.Hour
	homeClosing = 3
	homeOpen    = 6
	homeOther   = 4
)

// closing is when a consultation closes; far away for one without a date.
func closing(r Row) time.Time {
	if r.ClosesAt == nil {
		return time.Unix(1<<40, 0)
	}
	return *r.ClosesAt
}

// Home gives the home page: what one can influence now, and what was answered.
func (s *Service) Home(ctx context.Context) (h Home, err error) {
	var l Listing
	now := s.db.Now()
	if l.Units, err = s.db.Units(ctx); err != nil {
		return h, err
	}
	// One list serves all: what is open, then what is to come, what was closed and
	// answered stands in the order that the page needs.
	current, err := s.rows(ctx, models.ConsultationQuery{Now: now, ClosesBefore: now.AddDate(2, 0, 0), Limit: 100}, l.Units)
	if err != nil {
		return h, err
	}
	slices.SortStableFunc(current, func(a, b Row) int { return closing(a).Compare(closing(b)) })
	for _, r := range current {
		switch r.Status(now) {
		case models.StatusOpen:
			h.OpenAll++
			if len(h.Closing) < homeClosing && r.ClosesAt.Sub(now) <= closingSoon {
				h.Closing = append(h.Closing, r)
			} else if len(h.Open) < homeOpen {
				h.Open = append(h.Open, r)
			}
		case models.StatusScheduled:
			if len(h.Soon) < homeOther {
				h.Soon = append(h.Soon, r)
			}
		}
		if at := Changes(r.Consultation, now); !at.IsZero() && (h.Changes.IsZero() || at.Before(h.Changes)) {
			h.Changes = at
		}
	}
	h.Answered, err = s.rows(ctx, models.ConsultationQuery{Now: now, Status: models.StatusAnswered, Limit: homeOther, ByPublication: true}, l.Units)
	return h, err
}
