package hearings

import (
	"context"
	"slices"
	"time"

	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/models"
)

// Check is one point of the list before publishing. Blocking points must be met, or
// be overridden with a reason that is published; Fixed ones cannot be overridden:
// without them there is nothing to publish. The others are advice.
type Check struct {
	Key      string // text key: hearings.check.<Key>
	Blocking bool
	Fixed    bool
	Met      bool
	// Rule is the rule of the profile behind the point, with its source; its key is
	// empty for points of the platform.
	Rule calendar.Rule
	// Due is the date that the rule gives, where it gives one.
	Due time.Time
}

// Profile gives the rule profile that binds a hearing of a unit.
func (s *Service) Profile(ctx context.Context, key, unitID string) (calendar.Profile, error) {
	return rules.Profile(ctx, s.db, key, unitID)
}

// calendar gives the working days as the site knows them.
func (s *Service) calendar(ctx context.Context) (*calendar.Calendar, error) {
	return rules.Calendar(ctx, s.db, s.o.Zone)
}

// Clock dates every rule of the hearing's profile that hangs on its day.
func (s *Service) Clock(ctx context.Context, h models.Hearing) ([]calendar.Step, error) {
	p, err := s.Profile(ctx, h.Profile, h.UnitID)
	if err != nil {
		return nil, err
	}
	days, err := s.calendar(ctx)
	if err != nil {
		return nil, err
	}
	at := map[calendar.Anchor]time.Time{} // comment periods belong to the consultation
	if h.StartsAt != nil {
		at[calendar.Hearing] = *h.StartsAt
	}
	return calendar.Deadlines(p, days, at), nil
}

// noticeRules are the rules that publishing itself has to keep: what has to be told
// so long before the hearing.
var noticeRules = []string{"quotas_notice", "hearing_notice"}

// Checklist tells what is still missing before the hearing may be published, each
// number from the rule profile with its source; of a public one what was missing when
// it was published.
func (s *Service) Checklist(ctx context.Context, h models.Hearing, cats []models.HearingCategory, agenda []models.AgendaItem) ([]Check, error) {
	p, err := s.Profile(ctx, h.Profile, h.UnitID)
	if err != nil {
		return nil, err
	}
	steps, err := s.Clock(ctx, h)
	if err != nil {
		return nil, err
	}
	now := s.db.Now()
	if h.PublishedAt != nil {
		now = *h.PublishedAt // what was not met then stays so, and what was met too
	}
	has := func(role ...models.HearingRole) bool {
		return slices.ContainsFunc(cats, func(c models.HearingCategory) bool { return slices.Contains(role, c.Role) })
	}
	draws := slices.ContainsFunc(cats, func(c models.HearingCategory) bool { return c.Method == models.ByDraw })
	out := []Check{
		{Key: "profile", Blocking: true, Fixed: true, Met: len(p.Rules) > 0},
		{Key: "title", Blocking: true, Fixed: true, Met: h.TitleZH != ""},
		{Key: "title_en", Blocking: true, Met: h.TitleEN != ""},
		{Key: "about", Blocking: true, Met: h.AboutZH != ""},
		{Key: "dates", Blocking: true, Fixed: true, Met: h.StartsAt != nil && h.EndsAt != nil && now.Before(*h.StartsAt)},
		{Key: "place", Blocking: true, Fixed: true, Met: h.PlaceZH != "" || h.OnlineURL != ""},
		{Key: "signup", Blocking: true, Fixed: true, Met: h.SignupOpensAt != nil && h.SignupClosesAt != nil && now.Before(*h.SignupClosesAt)},
		{Key: "categories", Blocking: true, Fixed: true, Met: len(cats) > 0},
		{Key: "speakers", Blocking: h.Kind == models.KindHearing, Met: has(models.Speaker)},
		{Key: "observers", Met: has(models.Observer, models.Online)},
		{Key: "method", Blocking: true, Met: h.MethodZH != ""},
		{Key: "draw_date", Blocking: true, Met: !draws || h.DrawAt != nil},
		{Key: "agenda", Blocking: true, Met: len(agenda) > 0},
		{Key: "contact", Blocking: true, Met: h.ContactName != "" && (h.ContactPhone != "" || h.ContactEmail != "")},
		{Key: "access", Met: h.AccessZH != ""},
		{Key: "rules", Met: h.RulesZH != ""},
		{Key: "consultation", Met: h.ConsultationID != ""},
	}
	for _, step := range steps {
		if slices.Contains(noticeRules, step.Rule.Key) {
			out = append(out, Check{Key: step.Rule.Key, Blocking: step.Rule.Blocking, Met: now.Before(step.Due), Rule: step.Rule, Due: step.Due})
		}
		if step.Rule.Key == "sign_up_closes" {
			out = append(out, Check{Key: step.Rule.Key, Blocking: step.Rule.Blocking, Met: h.SignupClosesAt != nil && !h.SignupClosesAt.After(step.Due), Rule: step.Rule, Due: step.Due})
		}
	}
	for _, c := range composition(p, cats, func(c models.HearingCategory) int { return c.Seats }) {
		out = append(out, Check{Key: "composition", Blocking: c.Rule.Blocking, Met: c.Met, Rule: c.Rule})
	}
	return out, nil
}

// Share is how a rule on the composition of the participants is met.
type Share struct {
	Rule  calendar.Rule
	Part  int
	Whole int
	Met   bool
}

// composition counts the participants (speakers) of the categories against the
// fractions that the profile asks for.
func composition(p calendar.Profile, cats []models.HearingCategory, count func(models.HearingCategory) int) []Share {
	var out []Share
	for _, r := range p.Rules {
		if r.Unit != calendar.Fraction {
			continue
		}
		s := Share{Rule: r}
		for _, c := range cats {
			if c.Role != models.Speaker {
				continue
			}
			s.Whole += count(c)
			if c.Rule == r.Key {
				s.Part += count(c)
			}
		}
		s.Met = r.MetBy(s.Part, s.Whole)
		out = append(out, s)
	}
	return out
}

// ready gives an error that names every blocking point that is not met and not
// overridden.
func (s *Service) ready(ctx context.Context, h models.Hearing) error {
	cats, err := s.db.CategoriesOf(ctx, h.ID)
	if err != nil {
		return err
	}
	agenda, err := s.db.AgendaOf(ctx, models.HearingTopic(h.ID))
	if err != nil {
		return err
	}
	checks, err := s.Checklist(ctx, h, cats, agenda)
	if err != nil {
		return err
	}
	var faults models.Faults
	for _, c := range checks {
		if !c.Met && (c.Fixed || c.Blocking && h.OverrideZH == "") {
			faults.Add(c.Key, "hearings.missing."+c.Key)
		}
	}
	return faults.Err()
}
