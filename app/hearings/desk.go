package hearings

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/app/kit/text"
	"minyi/models"
)

// Desk lists the hearings of the units in which the actor is an officer or a
// moderator, the newest first.
func (s *Service) Desk(ctx context.Context, who actor.Actor) ([]Row, error) {
	list, err := s.db.HearingsUnder(ctx, who.Paths(models.Officer, models.Moderator))
	if err != nil {
		return nil, err
	}
	units, err := s.unitsByID(ctx)
	if err != nil {
		return nil, err
	}
	return s.rows(ctx, list, units)
}

// Overview is a hearing as its officers see it.
type Overview struct {
	View
	Checks []Check
	// Counts are registrations by category and state.
	Counts  []models.RegistrationCount
	Arrived int
	// Came is the composition of those who checked in, against the profile.
	Came       []Share
	Deliveries map[string]models.Delivery
	// Officer says that the actor may change the hearing, not only stand at its door.
	Officer bool
	// Returned is why a colleague returned the draft, ProposedName who proposed it.
	Returned     Returned
	ProposedName string
}

// Overview gives a hearing with all that its officers keep in view. Errors: NotFound
// for others.
func (s *Service) Overview(ctx context.Context, who actor.Actor, id string) (o Overview, err error) {
	h, err := s.door(ctx, who, id)
	if err != nil {
		return o, err
	}
	_, err = s.mine(ctx, who, id)
	o.Officer = err == nil
	if o.View, err = s.view(ctx, h); err != nil {
		return o, err
	}
	if o.Checks, err = s.Checklist(ctx, h, o.Categories, o.Agenda); err != nil {
		return o, err
	}
	if o.Counts, err = s.db.RegistrationCounts(ctx, id); err != nil {
		return o, err
	}
	if o.Deliveries, err = s.db.DeliveriesOf(ctx, id); err != nil {
		return o, err
	}
	if o.Returned, err = s.returned(ctx, h); err != nil {
		return o, err
	}
	if h.ProposedBy != "" && h.PublishedAt == nil {
		if o.ProposedName, err = s.Colleague(ctx, h.ProposedBy); err != nil {
			return o, err
		}
	}
	return o, s.attendance(ctx, &o)
}

// attendance counts who came, and holds it against the rules of the composition.
func (s *Service) attendance(ctx context.Context, o *Overview) error {
	list, err := s.db.Registrations(ctx, o.ID, []models.RegistrationStatus{models.RegistrationConfirmed})
	if err != nil {
		return err
	}
	of := map[string]string{}
	for _, r := range list {
		of[r.ID] = r.CategoryID
	}
	tickets, err := s.db.TicketsOfHearing(ctx, o.ID)
	if err != nil {
		return err
	}
	came := map[string]int{}
	for _, t := range tickets {
		if t.ArrivedAt != nil {
			o.Arrived++
			came[of[t.RegistrationID]]++
		}
	}
	o.Came = composition(o.Profile, o.Categories, func(c models.HearingCategory) int { return came[c.ID] })
	return nil
}

// PublishList makes the list of participants public where no draw did. A composition
// that does not meet the profile needs a reason, which is published with the list.
// Errors: Closed before sign-up ends, Invalid (hearings.missing.composition), Conflict.
func (s *Service) PublishList(ctx context.Context, who actor.Actor, id, reasonZH, reasonEN string) error {
	h, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	if state := h.State(s.db.Now()); state != models.HearingClosed && state != models.HearingDrawn {
		return models.Fail(models.Closed, "hearings.signup_first")
	}
	reasonZH, reasonEN = text.Clean(reasonZH), text.Clean(reasonEN)
	var faults models.Faults
	for field, v := range map[string]string{"reason_zh": reasonZH, "reason_en": reasonEN} {
		if over := text.Length(v) - ReasonLimit; over > 0 {
			faults.Add(field, "hearings.too_long", "most", ReasonLimit, "over", over)
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	p, err := s.Profile(ctx, h.Profile, h.UnitID)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "publish_list", h), func(tx *models.Tx) error {
		cats, err := tx.CategoriesOf(id)
		if err != nil {
			return err
		}
		for _, share := range composition(p, cats, func(c models.HearingCategory) int { return c.Taken }) {
			if share.Met || !share.Rule.Blocking {
				continue
			}
			if reasonZH == "" {
				return models.FailField("reason_zh", "hearings.missing.composition")
			}
			tx.Act.Reason = reasonZH
			tx.Later(&models.HearingChange{ID: models.NewID(tx.Now), HearingID: id, Kind: "composition", ReasonZH: reasonZH, ReasonEN: reasonEN, CreatedBy: who.PersonID, CreatedAt: tx.Now})
			break
		}
		tx.Emit(models.HearingTopic(id), "hearings.list_published", map[string]any{"id": id})
		return tx.StampHearing(id, "list")
	})
}

// Profiles lists the rule profiles to choose from: those of the site and those that
// ship with the program.
func (s *Service) Profiles(ctx context.Context) ([]calendar.Profile, error) {
	return rules.Profiles(ctx, s.db)
}
