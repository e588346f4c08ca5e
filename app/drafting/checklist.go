package drafting

import (
	"context"
	"encoding/json"

	"minyi/models"
)

// Check is one point of the list before publishing. Blocking points must be met;
// the others are advice.
type Check struct {
	Key      string // text key: drafting.check.<Key>
	Blocking bool
	Met      bool
}

// Checklist tells what is still missing before the consultation may be published.
func (s *Service) Checklist(ctx context.Context, c models.Consultation) ([]Check, error) {
	versions, err := s.db.VersionsOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var points models.Points
	_ = json.Unmarshal([]byte(c.Points), &points) // written by us; nothing means no points
	short, err := s.shortWindow(ctx, c)
	if err != nil {
		return nil, err
	}
	profile, err := s.Profile(ctx, c.Profile, c.UnitID)
	if err != nil {
		return nil, err
	}
	return []Check{
		{"profile", true, len(profile.Rules) > 0},
		{"title", true, c.TitleZH != ""},
		{"title_en", true, c.TitleEN != ""},
		{"draft", true, len(versions) > 0},
		{"explanation", true, c.ExplanationZH != ""},
		{"dates", true, c.OpensAt != nil && c.ClosesAt != nil && s.db.Now().Before(*c.ClosesAt)},
		{"window", true, !short || c.ShortReasonZH != ""},
		{"contact", true, c.ContactName != "" && (c.ContactPhone != "" || c.ContactEmail != "")},
		{"next", true, c.NextZH != ""},
		{"due", true, c.ResponseDueAt != nil},
		{"points", false, len(points.ZH) >= 3},
		{"points_en", false, len(points.EN) >= 3},
		{"explanation_en", false, c.ExplanationEN != ""},
		{"prompts", false, c.Prompts != "[]" && c.Prompts != ""},
	}, nil
}

// ready gives an error that names every blocking point that is not met.
func (s *Service) ready(ctx context.Context, c models.Consultation) error {
	checks, err := s.Checklist(ctx, c)
	if err != nil {
		return err
	}
	var faults models.Faults
	for _, check := range checks {
		if check.Blocking && !check.Met {
			faults.Add(check.Key, "drafting.missing."+check.Key)
		}
	}
	return faults.Err()
}
