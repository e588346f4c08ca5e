package drafting

import (
	"context"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/models"
)

// Overview is one consultation as its officers see it.
type Overview struct {
	models.Consultation
	Unit       models.Unit
	Versions   []models.Version // oldest first
	Imports    []models.Import  // waiting for confirmation
	Extensions []models.Extension
	Files      []models.Attachment
	Checks     []Check
	Opinions   int64
}

// Overview gives a consultation with all that its officers keep in view. Errors:
// NotFound for others.
func (s *Service) Overview(ctx context.Context, who actor.Actor, id string) (o Overview, err error) {
	if o.Consultation, err = s.mine(ctx, who, id); err != nil {
		return o, err
	}
	if o.Unit, err = s.db.UnitByID(ctx, o.UnitID); err != nil {
		return o, err
	}
	if o.Versions, err = s.db.VersionsOf(ctx, id); err != nil {
		return o, err
	}
	if o.Imports, err = s.db.ImportsOf(ctx, id); err != nil {
		return o, err
	}
	if o.Extensions, err = s.db.ExtensionsOf(ctx, id); err != nil {
		return o, err
	}
	if o.Files, err = s.db.AttachmentsOf(ctx, models.OfConsultation, id); err != nil {
		return o, err
	}
	if o.Checks, err = s.Checklist(ctx, o.Consultation); err != nil {
		return o, err
	}
	counts, err := s.db.TotalCounts(ctx, []string{id})
	o.Opinions = counts[id].Total
	return o, err
}

// Units lists the units for which the actor may make consultations, as a tree in
// one row.
func (s *Service) Units(ctx context.Context, who actor.Actor) ([]models.Unit, error) {
	all, err := s.db.Units(ctx)
	var mine []models.Unit
	for _, u := range all {
		if who.Has(u.Path, models.Officer) {
			mine = append(mine, u)
		}
	}
	return mine, err
}

// Due is something that a consultation asks of its officers.
type Due struct {
	models.Consultation
	// What is review (a colleague waits for the second person), opens_soon,
	// closes_soon, answer (the answer is due), overdue, or looks (N opinions wait for
	// an officer's look).
	What string
	At   time.Time
	N    int64
}

// soon is how long before a date the desk shows it.
const soon = 3 * 24 * time.Hour

// Desk lists the actor's consultations, newest first, and what is due, most urgent
// first.
func (s *Service) Desk(ctx context.Context, who actor.Actor) (list []models.Consultation, due []Due, err error) {
	if list, err = s.db.ConsultationsUnder(ctx, who.Paths(models.Officer)); err != nil {
		return nil, nil, err
	}
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	waits, err := s.db.WaitingOf(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	now := s.db.Now()
	var late, today, later []Due
	for _, c := range list {
		if n := waits[c.ID]; n > 0 {
			today = append(today, Due{Consultation: c, What: "looks", At: now, N: n})
		}
		switch c.Status(now) {
		case models.StatusDraft:
			if c.ProposedBy != "" && c.ProposedBy != who.PersonID {
				today = append(today, Due{Consultation: c, What: "review", At: *c.ProposedAt})
			}
		case models.StatusScheduled:
			if c.OpensAt != nil && c.OpensAt.Sub(now) < soon {
				later = append(later, Due{Consultation: c, What: "opens_soon", At: *c.OpensAt})
			}
		case models.StatusOpen:
			if c.ClosesAt != nil && c.ClosesAt.Sub(now) < soon {
				today = append(today, Due{Consultation: c, What: "closes_soon", At: *c.ClosesAt})
			}
		case models.StatusClosed:
			switch {
			case c.ResponseDueAt == nil:
			case now.After(*c.ResponseDueAt):
				late = append(late, Due{Consultation: c, What: "overdue", At: *c.ResponseDueAt})
			default:
				later = append(later, Due{Consultation: c, What: "answer", At: *c.ResponseDueAt})
			}
		}
	}
	return list, append(append(late, today...), later...), nil
}

// VersionOf gives a version of a consultation, public or not, with its clauses, to
// the officers of the consultation. Errors: NotFound.
func (s *Service) VersionOf(ctx context.Context, who actor.Actor, id string, number int) (models.Version, []models.Clause, error) {
	if _, err := s.mine(ctx, who, id); err != nil {
		return models.Version{}, nil, err
	}
	versions, err := s.db.VersionsOf(ctx, id)
	if err != nil {
		return models.Version{}, nil, err
	}
	for _, v := range versions {
		if v.Number == number {
			clauses, err := s.db.ClausesOf(ctx, v.ID)
			return v, clauses, err
		}
	}
	return models.Version{}, nil, models.ErrNotFound
}

// Totals counts the public opinions of consultations by id.
func (s *Service) Totals(ctx context.Context, list []models.Consultation) (map[string]int64, error) {
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	counts, err := s.db.TotalCounts(ctx, ids)
	out := map[string]int64{}
	for id, n := range counts {
		out[id] = n.Total
	}
	return out, err
}

// Targets lists the clauses of the newest version on which people comment.
func (s *Service) Targets(ctx context.Context, who actor.Actor, id string) ([]models.Clause, error) {
	if _, err := s.mine(ctx, who, id); err != nil {
		return nil, err
	}
	versions, err := s.db.VersionsOf(ctx, id)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	clauses, err := s.db.ClausesOf(ctx, versions[len(versions)-1].ID)
	var list []models.Clause
	for _, c := range clauses {
		if c.Target {
			list = append(list, c)
		}
	}
	return list, err
}

// Profiles lists the rule profiles to choose from: those of the site, else those
// that ship with the program.
func (s *Service) Profiles(ctx context.Context) ([]calendar.Profile, error) {
	return rules.Profiles(ctx, s.db)
}

// NameOf is how a colleague is named to officers.
func (s *Service) NameOf(ctx context.Context, personID string) string {
	p, err := s.db.PersonByID(ctx, personID)
	if err != nil {
		return ""
	}
	return first(p.Name, p.Nickname)
}

// Deadlines dates the duties of the consultation's rule profile.
func (s *Service) Deadlines(ctx context.Context, c models.Consultation) ([]calendar.Step, error) {
	if c.OpensAt == nil || c.ClosesAt == nil {
		return nil, nil
	}
	p, err := s.Profile(ctx, c.Profile, c.UnitID)
	if err != nil {
		return nil, err
	}
	days, err := s.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	return calendar.Deadlines(p, days, map[calendar.Anchor]time.Time{calendar.Opens: *c.OpensAt, calendar.Closes: *c.ClosesAt}), nil
}
