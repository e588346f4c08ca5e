package hearings

import (
	"context"
	"encoding/json"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Applicant is a registration with all that its officers decide by.
type Applicant struct {
	models.Registration
	Category   models.HearingCategory
	Companions []string          // who comes along
	Answers    map[string]string // to the organiser's questions, by their key
	// Selections is how often this person was drawn before, in other hearings.
	Selections int
}

// Applicants lists the registrations of a hearing to those at its desk and its door,
// after a number; an empty category or state does not narrow. Errors: NotFound.
func (s *Service) Applicants(ctx context.Context, who actor.Actor, id, category string, status models.RegistrationStatus, after int64, limit int) (models.Hearing, []Applicant, error) {
	h, err := s.door(ctx, who, id)
	if err != nil {
		return h, nil, err
	}
	list, err := s.applicants(ctx, h, category, status, after, limit)
	return h, list, err
}

// EachApplicant calls write for every registration of a hearing, for lists; personal
// data only go to its officers. Errors: NotFound, and what write returns.
func (s *Service) EachApplicant(ctx context.Context, who actor.Actor, id string, write func(Applicant) error) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	after := int64(0)
	for {
		list, err := s.applicants(ctx, h, "", "", after, 1000)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, a := range list {
			if err := write(a); err != nil {
				return err
			}
			after = a.Number
		}
	}
}

// applicants reads a page of registrations with all that hangs on them.
func (s *Service) applicants(ctx context.Context, h models.Hearing, category string, status models.RegistrationStatus, after int64, limit int) ([]Applicant, error) {
	list, err := s.db.RegistrationPage(ctx, h.ID, category, status, after, limit)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	cats, err := s.db.CategoriesOf(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	byID := map[string]models.HearingCategory{}
	for _, c := range cats {
		byID[c.ID] = c
	}
	var families, identities []string
	for _, r := range list {
		identities = append(identities, r.Identity)
		if r.Seats > 1 {
			families = append(families, r.ID)
		}
	}
	companions, err := s.db.CompanionsOf(ctx, families)
	if err != nil {
		return nil, err
	}
	before, err := s.db.SelectionsOf(ctx, h.ID, identities, fixedAt(h, s.db.Now()))
	if err != nil {
		return nil, err
	}
	out := make([]Applicant, 0, len(list))
	for _, r := range list {
		a := Applicant{Registration: r, Category: byID[r.CategoryID], Companions: companions[r.ID], Selections: before[r.Identity]}
		_ = json.Unmarshal([]byte(r.Answers), &a.Answers) // written by us; nothing means none
		out = append(out, a)
	}
	return out, nil
}
