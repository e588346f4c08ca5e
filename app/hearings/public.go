package hearings

import (
	"context"
	"encoding/json"
	"slices"

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
	list, next, err := s.page(ctx, mq, q)
	if err != nil {
		return nil, nil, err
	}
	rows, err = s.rows(ctx, list, units)
	return rows, next, err
}

// pagesForStates bounds how many pages are read to fill one that is narrowed by state.
const pagesForStates = 20

// page reads as many hearings as asked for. States follow from dates and the clock, so
// the store does not narrow by them: pages are read until enough fit.
func (s *Service) page(ctx context.Context, mq models.HearingQuery, q Query) (out []models.Hearing, next *models.HearingPlace, err error) {
	now := s.db.Now()
	for range pagesForStates {
		list, err := s.db.Hearings(ctx, mq, now)
		if err != nil {
			return nil, nil, err
		}
		for _, h := range list {
			if len(q.States) > 0 && !slices.Contains(q.States, h.State(now)) {
				continue
			}
			if len(out) == q.Limit {
				return out, placeOf(out[q.Limit-1]), nil
			}
			out = append(out, h)
		}
		if len(list) < mq.Limit {
			return out, nil, nil
		}
		mq.After = placeOf(list[len(list)-1])
	}
	return out, mq.After, nil
}

func placeOf(h models.Hearing) *models.HearingPlace {
	return &models.HearingPlace{StartsAt: *h.StartsAt, ID: h.ID}
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
	// Linked are the clauses of the consultation that the hearing is about, as they
	// stand in its newest public version.
	Linked  []models.Clause
	Files   []models.Attachment
	Clock   []calendar.Step
	Profile calendar.Profile
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
	// Rooms are those of live questions, the oldest first.
	Rooms []models.Room
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
	if v.Rooms, err = s.db.RoomsOfHearing(ctx, h.ID); err != nil {
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
			if v.Linked, err = s.linked(ctx, h); err != nil {
				return v, err
			}
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

// Unanswered lists the questions of a public hearing that were accepted and that
// nobody has answered yet, in the order in which they were asked. Errors: NotFound.
func (s *Service) Unanswered(ctx context.Context, id string) ([]Question, error) {
	if _, err := s.visible(ctx, id); err != nil || s.o.Questions == nil {
		return nil, err
	}
	list, err := s.o.Questions.Asked(ctx, id)
	return slices.DeleteFunc(list, func(q Question) bool { return !q.Open }), err
}

// linked finds the clauses that a hearing is about in the newest public version of its
// consultation; what was deleted meanwhile is left out.
func (s *Service) linked(ctx context.Context, h models.Hearing) ([]models.Clause, error) {
	keys := clausesOf(h)
	if len(keys) == 0 {
		return nil, nil
	}
	versions, err := s.db.VersionsOf(ctx, h.ConsultationID)
	versions = slices.DeleteFunc(versions, func(v models.Version) bool { return v.PublishedAt == nil })
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	var out []models.Clause
	for _, key := range keys {
		k, err := s.db.ClauseIn(ctx, versions[len(versions)-1].ID, key)
		if models.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

// clausesOf reads the keys of the clauses that a hearing is about.
func clausesOf(h models.Hearing) (keys []string) {
	_ = json.Unmarshal([]byte(h.Clauses), &keys) // written by us; nothing means none
	return keys
}
