package hearings

import (
	"context"
	"time"

	"minyi/app/kit/sheet"
	"minyi/models"
)

// Participant is a line of the list of participants: a number, and the name where
// there is consent.
type Participant struct {
	Number       int64
	Name         string // empty without consent
	Organisation string
	CategoryID   string
	KeyPoints    string
	// Selections is how often this person was drawn before, in other hearings: who is
	// chosen again and again is seen by everybody.
	Selections int
}

// fixedAt is when the participants were fixed, now for a hearing of which they are not
// yet: what somebody is drawn for later says nothing about this hearing.
func fixedAt(h models.Hearing, now time.Time) time.Time {
	switch {
	case h.DrawnAt != nil:
		return *h.DrawnAt
	case h.ListPublishedAt != nil:
		return *h.ListPublishedAt
	}
	return now
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
	var identities []string
	for _, r := range list {
		if speaks[r.CategoryID] {
			identities = append(identities, r.Identity)
		}
	}
	before, err := s.db.SelectionsOf(ctx, id, identities, fixedAt(h, s.db.Now()))
	if err != nil {
		return h, nil, err
	}
	out := []Participant{}
	for _, r := range list {
		if !speaks[r.CategoryID] {
			continue
		}
		p := Participant{Number: r.Number, CategoryID: r.CategoryID, KeyPoints: r.KeyPoints, Selections: before[r.Identity]}
		if r.PublishName {
			p.Name, p.Organisation = r.Name, r.Organisation
		}
		out = append(out, p)
	}
	return h, out, nil
}

// ParticipantTable is the public list of participants as a table in a language, the
// same on the site and in the archive. Errors: NotFound before it is published.
func (s *Service) ParticipantTable(ctx context.Context, id, lang string, t Texts) (sheet.Table, error) {
	_, list, err := s.Participants(ctx, id)
	if err == nil && list == nil {
		err = models.ErrNotFound
	}
	if err != nil {
		return sheet.Table{}, err
	}
	cats, err := s.db.CategoriesOf(ctx, id)
	if err != nil {
		return sheet.Table{}, err
	}
	names := map[string]string{}
	for _, c := range cats {
		names[c.ID] = c.Name(lang)
	}
	return sheet.Table{
		Name: t.T("hearings.participants"), Zone: s.o.Zone,
		Headers: []string{t.T("hearings.number"), t.T("hearings.name"), t.T("hearings.organisation"), t.T("hearings.category"), t.T("hearings.points"), t.T("hearings.selections")},
		Rows: func(write func(cells ...any) error) error {
			for _, x := range list {
				if err := write(models.NumberForm(x.Number), x.Name, x.Organisation, names[x.CategoryID], x.KeyPoints, x.Selections); err != nil {
					return err
				}
			}
			return nil
		},
	}, nil
}

// Presence is who takes part, held against the rules on the composition: of the list
// once it is published, and of those who came once the hearing has begun.
type Presence struct {
	Listed, Came []Share
	Begun        bool
	Arrived      int // people of all categories
}

// Presence gives who takes part in a public hearing, as everybody may see it.
func (s *Service) Presence(ctx context.Context, v View) (Presence, error) {
	var p Presence
	if v.DrawnAt == nil && v.ListPublishedAt == nil || v.CancelledAt != nil {
		return p, nil
	}
	p.Listed = composition(v.Profile, v.Categories, func(c models.HearingCategory) int { return c.Taken })
	if p.Begun = v.StartsAt != nil && !s.db.Now().Before(*v.StartsAt); !p.Begun {
		return p, nil
	}
	cats, err := s.doorCounts(ctx, v.ID)
	if err != nil {
		return p, err
	}
	came := map[string]int{}
	for _, c := range cats {
		came[c.ID] = c.Arrived
		p.Arrived += c.Arrived
	}
	p.Came = composition(v.Profile, v.Categories, func(c models.HearingCategory) int { return came[c.ID] })
	return p, nil
}
