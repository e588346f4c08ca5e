package hearings

import (
	"context"
	"slices"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/models"
)

// Row is one hearing in a list.
type Row struct {
	models.Hearing
	Unit       models.Unit
	Categories []models.HearingCategory
}

// Query asks for a list of public hearings.
type Query struct {
	UnitSlug string // the unit and all below it
	Kind     models.HearingKind
	// States narrows by state; empty means all of the list's half.
	States []models.HearingState
	Past   bool
	Both   bool
	Limit  int
	After  *models.HearingPlace
}

// List gives public hearings: those to come, the next first, or those that are over,
// the latest first. next is where the next page begins, nil on the last one. Errors:
// Invalid (unit) for an unknown unit.
func (s *Service) List(ctx context.Context, q Query) (rows []Row, next *models.HearingPlace, err error) {
	mq := models.HearingQuery{Kind: q.Kind, Past: q.Past, Both: q.Both, Limit: q.Limit + 1, After: q.After}
	units, err := s.unitsByID(ctx)
	if err != nil {
		return nil, nil, err
	}
	if q.UnitSlug != "" {
		if mq.UnitIDs = under(units, q.UnitSlug); len(mq.UnitIDs) == 0 {
			return nil, nil, models.FailField("unit", "hearings.no_unit")
		}
	}
	list, err := s.db.Hearings(ctx, mq, s.db.Now())
	if err != nil {
		return nil, nil, err
	}
	if len(list) > q.Limit {
		list = list[:q.Limit]
		last := list[q.Limit-1]
		next = &models.HearingPlace{StartsAt: *last.StartsAt, ID: last.ID}
	}
	rows, err = s.rows(ctx, list, units)
	if len(q.States) > 0 {
		now := s.db.Now()
		rows = slices.DeleteFunc(rows, func(r Row) bool { return !slices.Contains(q.States, r.State(now)) })
	}
	return rows, next, err
}

func (s *Service) rows(ctx context.Context, list []models.Hearing, units map[string]models.Unit) ([]Row, error) {
	ids := make([]string, len(list))
	for i, h := range list {
		ids[i] = h.ID
	}
	cats, err := s.db.CategoriesOfAll(ctx, ids)
	rows := make([]Row, 0, len(list))
	for _, h := range list {
		rows = append(rows, Row{h, units[h.UnitID], cats[h.ID]})
	}
	return rows, err
}

func (s *Service) unitsByID(ctx context.Context) (map[string]models.Unit, error) {
	list, err := s.db.Units(ctx)
	out := make(map[string]models.Unit, len(list))
	for _, u := range list {
		out[u.ID] = u
	}
	return out, err
}

// under lists the ids of a unit, given by slug or id, and all below it.
func under(units map[string]models.Unit, slug string) []string {
	var path string
	for _, u := range units {
		if u.Slug == slug || u.ID == slug {
			path = u.Path
		}
	}
	var ids []string
	for _, u := range units {
		if u.Under(path) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// Units lists all units, for the filter of the list.
func (s *Service) Units(ctx context.Context) ([]models.Unit, error) { return s.db.Units(ctx) }

// UnitsOf lists the units for which the actor may make hearings.
func (s *Service) UnitsOf(ctx context.Context, who actor.Actor) ([]models.Unit, error) {
	all, err := s.db.Units(ctx)
	return slices.DeleteFunc(all, func(u models.Unit) bool { return !who.Has(u.Path, models.Officer) }), err
}

// View is a hearing as everybody sees it.
type View struct {
	Row
	Agenda       []models.AgendaItem
	Changes      []models.HearingChange
	Consultation *models.Consultation
	Files        []models.Attachment
	Clock        []calendar.Step
	Profile      calendar.Profile
	// Applied counts those who are in a draw or wait, by category id.
	Applied map[string]int
	Pool    int
	Draw    *models.Draw
	Record  *models.Record
	Report  *models.HearingReport
	// Missing are the points of the checklist that were overridden.
	Missing []Check
	// Composition is how the quotas meet the profile.
	Composition []Share
}

// Show gives a public hearing with all that hangs on it. Errors: NotFound.
func (s *Service) Show(ctx context.Context, id string) (View, error) {
	h, err := s.visible(ctx, id)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, h)
}

func (s *Service) view(ctx context.Context, h models.Hearing) (v View, err error) {
	v.Hearing = h
	if v.Unit, err = s.db.UnitByID(ctx, h.UnitID); err != nil {
		return v, err
	}
	if v.Categories, err = s.db.CategoriesOf(ctx, h.ID); err != nil {
		return v, err
	}
	if v.Agenda, err = s.db.AgendaOf(ctx, models.HearingTopic(h.ID)); err != nil {
		return v, err
	}
	if v.Changes, err = s.db.ChangesOf(ctx, h.ID); err != nil {
		return v, err
	}
	if v.Files, err = s.db.AttachmentsOf(ctx, FileOwner, h.ID); err != nil {
		return v, err
	}
	if v.Clock, err = s.Clock(ctx, h); err != nil {
		return v, err
	}
	if v.Profile, err = s.Profile(ctx, h.Profile, h.UnitID); err != nil {
		return v, err
	}
	if h.ConsultationID != "" {
		c, err := s.db.ConsultationByID(ctx, h.ConsultationID)
		if err != nil && !models.IsNotFound(err) {
			return v, err
		}
		if err == nil && c.PublishedAt != nil {
			v.Consultation = &c
		}
	}
	if err := s.counts(ctx, &v); err != nil {
		return v, err
	}
	if h.OverrideZH != "" {
		checks, err := s.Checklist(ctx, h, v.Categories, v.Agenda)
		if err != nil {
			return v, err
		}
		v.Missing = slices.DeleteFunc(checks, func(c Check) bool { return c.Met || !c.Blocking || c.Fixed })
	}
	v.Composition = composition(v.Profile, v.Categories, func(c models.HearingCategory) int { return c.Seats })
	return v, s.documents(ctx, &v)
}

func (s *Service) counts(ctx context.Context, v *View) error {
	counts, err := s.db.RegistrationCounts(ctx, v.ID)
	v.Applied = map[string]int{}
	for _, c := range counts {
		switch c.Status {
		case models.RegistrationPool, models.RegistrationPending, models.RegistrationWaiting:
			v.Applied[c.CategoryID] += int(c.N)
		}
		if c.Status == models.RegistrationPool {
			v.Pool += int(c.N)
		}
	}
	return err
}

// documents adds draw, record and report, as far as they are public.
func (s *Service) documents(ctx context.Context, v *View) error {
	if d, err := s.db.DrawOf(ctx, v.ID); err == nil {
		d.List, d.File = "", ""
		v.Draw = &d
	} else if !models.IsNotFound(err) {
		return err
	}
	if r, err := s.db.RecordOf(ctx, models.HearingTopic(v.ID)); err == nil {
		if r.OpenedAt != nil {
			v.Record = &r
		}
	} else if !models.IsNotFound(err) {
		return err
	}
	if r, err := s.db.ReportOf(ctx, v.ID); err == nil {
		if r.PublishedAt != nil {
			v.Report = &r
		}
	} else if !models.IsNotFound(err) {
		return err
	}
	return nil
}

// FileOwner is the kind under which the materials of hearings are attached.
const FileOwner = "hearing"

// Participant is a line of the list of participants: a number, and the name where
// there is consent.
type Participant struct {
	Number       int64
	Name         string // empty without consent
	Organisation string
	CategoryID   string
	KeyPoints    string
}

// Participants gives the public list of participants (speakers) once it is
// published: no personal data without consent. Errors: NotFound.
func (s *Service) Participants(ctx context.Context, id string) (models.Hearing, []Participant, error) {
	h, err := s.visible(ctx, id)
	if err != nil {
		return h, nil, err
	}
	if h.DrawnAt == nil && h.ListPublishedAt == nil {
		return h, nil, nil
	}
	cats, err := s.db.CategoriesOf(ctx, id)
	if err != nil {
		return h, nil, err
	}
	speaks := map[string]bool{}
	for _, c := range cats {
		speaks[c.ID] = c.Role == models.Speaker
	}
	list, err := s.db.Registrations(ctx, id, []models.RegistrationStatus{models.RegistrationConfirmed, models.RegistrationNoShow})
	if err != nil {
		return h, nil, err
	}
	out := []Participant{}
	for _, r := range list {
		if !speaks[r.CategoryID] {
			continue
		}
		p := Participant{Number: r.Number, CategoryID: r.CategoryID, KeyPoints: r.KeyPoints}
		if r.PublishName {
			p.Name, p.Organisation = r.Name, r.Organisation
		}
		out = append(out, p)
	}
	return h, out, nil
}

// TicketView is what the holder of a ticket's secret sees.
type TicketView struct {
	View
	Registration models.Registration
	Category     models.HearingCategory
	Tickets      []models.Ticket // of the whole family; the first is the one shown
	Ahead        int             // on the waiting list
	Delivery     *models.Delivery
	// Selections is how often this person was drawn before, in other hearings.
	Selections int
	Signed     *models.RecordConfirmation
}

// Ticket gives the page behind a ticket's secret. Errors: NotFound.
func (s *Service) Ticket(ctx context.Context, ticket string) (TicketView, error) {
	var v TicketView
	t, err := s.db.TicketByCode(ctx, ticket)
	if err != nil {
		return v, err
	}
	if v.Registration, err = s.db.RegistrationByID(ctx, t.RegistrationID); err != nil {
		return v, err
	}
	h, err := s.db.HearingByID(ctx, t.HearingID)
	if err != nil {
		return v, err
	}
	if v.View, err = s.view(ctx, h); err != nil {
		return v, err
	}
	for _, c := range v.Categories {
		if c.ID == v.Registration.CategoryID {
			v.Category = c
		}
	}
	if v.Tickets, err = s.db.TicketsOf(ctx, t.RegistrationID); err != nil {
		return v, err
	}
	slices.SortStableFunc(v.Tickets, func(a, b models.Ticket) int {
		switch {
		case a.ID == t.ID && b.ID != t.ID:
			return -1
		case b.ID == t.ID && a.ID != t.ID:
			return 1
		}
		return a.Position - b.Position
	})
	if v.Registration.Status == models.RegistrationWaiting {
		n, err := s.db.WaitingAhead(ctx, v.Registration)
		if err != nil {
			return v, err
		}
		v.Ahead = int(n)
	}
	deliveries, err := s.db.DeliveriesOf(ctx, h.ID)
	if err != nil {
		return v, err
	}
	if d, ok := deliveries[v.Registration.ID]; ok {
		v.Delivery = &d
	}
	if v.View.Record != nil {
		signed, err := s.db.RecordConfirmations(ctx, models.HearingTopic(h.ID))
		if err != nil {
			return v, err
		}
		for _, c := range signed {
			if c.RegistrationID == v.Registration.ID {
				v.Signed = &c
			}
		}
	}
	return v, nil
}

// Mine lists the actor's registrations with their hearings, the newest first.
func (s *Service) Mine(ctx context.Context, who actor.Actor) ([]TicketView, error) {
	if !who.SignedIn() {
		return nil, nil
	}
	list, err := s.db.RegistrationsOf(ctx, who.PersonID)
	if err != nil {
		return nil, err
	}
	var out []TicketView
	for _, r := range list {
		tickets, err := s.db.TicketsOf(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		h, err := s.db.HearingByID(ctx, r.HearingID)
		if err != nil {
			return nil, err
		}
		v := TicketView{Registration: r, Tickets: tickets}
		v.Hearing = h
		out = append(out, v)
	}
	return out, nil
}

// Existing finds the ticket of the registration that the actor has in a hearing
// already; NotFound without one.
func (s *Service) Existing(ctx context.Context, who actor.Actor, hearingID string) (string, error) {
	if !who.SignedIn() {
		return "", models.ErrNotFound
	}
	r, err := s.db.ActiveRegistration(ctx, hearingID, "p:"+who.PersonID)
	if err != nil {
		return "", err
	}
	tickets, err := s.db.TicketsOf(ctx, r.ID)
	if err != nil || len(tickets) == 0 {
		return "", models.ErrNotFound
	}
	return tickets[0].Code, nil
}

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

// Registration gives a registration to its owner, an officer, or whoever holds the
// secret of its ticket. Errors: NotFound.
func (s *Service) Registration(ctx context.Context, who actor.Actor, idOrTicket string) (TicketView, error) {
	r, _, err := s.owned(ctx, who, idOrTicket)
	if err != nil {
		return TicketView{}, err
	}
	tickets, err := s.db.TicketsOf(ctx, r.ID)
	if err != nil || len(tickets) == 0 {
		return TicketView{}, models.ErrNotFound
	}
	return s.Ticket(ctx, tickets[0].Code)
}
