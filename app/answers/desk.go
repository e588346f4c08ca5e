package answers

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Desk is the report of a consultation as the officers work on it.
type Desk struct {
	Consultation models.Consultation
	Unit         models.Unit
	Stored       models.Response // zero Revision: nobody has begun
	Report       Report
	Figures      Figures // counted now
	Cover        models.Coverage
	Checks       []Check
	// Clauses are all clauses on which somebody wrote or the office said something.
	Clauses     []ClauseOutcome
	Corrections []Correction
	// Versions are what the report said before, the newest first.
	Versions   []models.ResponseVersion
	Savers     map[string]models.Person
	ProposedBy models.Person
	UpdatedBy  models.Person
	// Letters is how many people will be told when it is published.
	Letters int64
	// Second says that the reader proposed it and another one has to publish.
	Second bool
}

// Desk gives the report to its officers. Errors: NotFound.
func (s *Service) Desk(ctx context.Context, who actor.Actor, id string) (d Desk, err error) {
	if d.Consultation, d.Unit, err = s.mine(ctx, who, id); err != nil {
		return d, err
	}
	d.Stored, err = s.db.Response(ctx, id)
	if err != nil && !models.IsNotFound(err) {
		return d, err
	}
	if d.Report, err = ReportOf(d.Stored); err != nil {
		return d, err
	}
	if d.Corrections, err = CorrectionsOf(d.Stored); err != nil {
		return d, err
	}
	covers, err := s.db.CoverageOf(ctx, []string{id})
	if err != nil {
		return d, err
	}
	d.Cover = covers[id]
	tallies, err := s.db.Tallies(ctx, id)
	if err != nil {
		return d, err
	}
	d.Figures = figures(d.Cover, tallies)
	d.Checks = s.Checklist(d.Consultation, d.Report, d.Cover, s.db.Now())
	if d.Clauses, err = s.outcomes(ctx, id, d.Report, d.Figures, false); err != nil {
		return d, err
	}
	if d.Letters, err = s.db.CountReceiptsToTell(ctx, id); err != nil {
		return d, err
	}
	if d.Versions, err = s.db.ResponseVersions(ctx, id); err != nil {
		return d, err
	}
	d.Second = d.Stored.ProposedBy == who.PersonID
	ids := []string{d.Stored.ProposedBy, d.Stored.UpdatedBy}
	for _, v := range d.Versions {
		ids = append(ids, v.SavedBy)
	}
	people, err := s.db.PeopleByID(ctx, ids)
	d.Savers = people
	d.ProposedBy, d.UpdatedBy = people[d.Stored.ProposedBy], people[d.Stored.UpdatedBy]
	return d, err
}
