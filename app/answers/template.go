package answers

import (
	"context"
	"slices"
	"strings"

	"minyi/app/kit/actor"
	"minyi/models"
)

// TemplateInput is a ready reason of a unit.
type TemplateInput struct {
	UnitID             string
	Name               string
	Decision           models.Decision // empty: for any decision
	ReasonZH, ReasonEN string
}

func (in *TemplateInput) check() error {
	var c cleaner
	in.Name = c.line("name", in.Name, NameLimit)
	if in.Name == "" {
		c.faults.Add("name", "answers.name_missing")
	}
	if in.Decision != models.Undecided && !slices.Contains(models.Decisions, in.Decision) {
		c.faults.Add("decision", "answers.decision_missing")
	}
	in.ReasonZH, in.ReasonEN = c.text("reason_zh", in.ReasonZH, ReasonLimit), c.text("reason_en", in.ReasonEN, ReasonLimit)
	if in.ReasonZH == "" {
		c.faults.Add("reason_zh", "answers.reason_missing")
	}
	return c.faults.Err()
}

// Templates lists the ready reasons that the officer may use and edit, and the
// units for which new ones can be made.
func (s *Service) Templates(ctx context.Context, who actor.Actor) ([]models.AnswerTemplate, []models.Unit, error) {
	all, err := s.db.Units(ctx)
	if err != nil {
		return nil, nil, err
	}
	var units []models.Unit
	var ids []string
	for _, u := range all {
		if who.Has(u.Path, models.Officer) {
			units = append(units, u)
			ids = append(ids, u.ID)
		}
	}
	list, err := s.db.TemplatesOf(ctx, ids)
	return list, units, err
}

// Template gives one ready reason to edit. Errors: NotFound.
func (s *Service) Template(ctx context.Context, who actor.Actor, id string) (models.AnswerTemplate, error) {
	t, err := s.db.TemplateByID(ctx, id)
	if err != nil {
		return t, err
	}
	return t, s.officer(ctx, who, t.UnitID)
}

// TemplatesFor lists the ready reasons for the answers of a consultation: those of
// its unit and of the units above. Errors: NotFound.
func (s *Service) TemplatesFor(ctx context.Context, who actor.Actor, consultationID string) ([]models.AnswerTemplate, error) {
	_, u, err := s.mine(ctx, who, consultationID)
	if err != nil {
		return nil, err
	}
	return s.templatesFor(ctx, u)
}

// Ready gives a ready reason to put into an answer: one of a unit in which the actor
// is an officer, or of a unit above it. Errors: NotFound.
func (s *Service) Ready(ctx context.Context, who actor.Actor, id string) (models.AnswerTemplate, error) {
	t, err := s.db.TemplateByID(ctx, id)
	if err != nil {
		return t, err
	}
	u, err := s.db.UnitByID(ctx, t.UnitID)
	if err != nil {
		return t, err
	}
	for _, path := range who.Paths(models.Officer) {
		if strings.HasPrefix(path, u.Path) || strings.HasPrefix(u.Path, path) {
			return t, nil
		}
	}
	return t, models.ErrNotFound
}

func (s *Service) officer(ctx context.Context, who actor.Actor, unitID string) error {
	u, err := s.db.UnitByID(ctx, unitID)
	if err != nil {
		return err
	}
	return who.Needs(u.Path, models.Officer)
}

// AddTemplate makes a ready reason. Errors: Invalid with fields, NotFound for a
// unit in which the actor is no officer.
func (s *Service) AddTemplate(ctx context.Context, who actor.Actor, in TemplateInput, idem models.Idem) (models.AnswerTemplate, error) {
	if err := in.check(); err != nil {
		return models.AnswerTemplate{}, err
	}
	if err := s.officer(ctx, who, in.UnitID); err != nil {
		if models.IsNotFound(err) {
			err = models.FailField("unit", "answers.no_unit")
		}
		return models.AnswerTemplate{}, err
	}
	a := who.Act("answers.add_template", "unit:"+in.UnitID)
	a.UnitID = in.UnitID
	row, _, err := models.Once(ctx, s.db, a, idem, func(tx *models.Tx) (models.AnswerTemplate, error) {
		t := models.AnswerTemplate{ID: models.NewID(tx.Now), UnitID: in.UnitID, Name: in.Name, Decision: in.Decision, ReasonZH: in.ReasonZH, ReasonEN: in.ReasonEN, CreatedBy: who.PersonID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		return t, tx.Insert(&t)
	})
	return row, err
}

// EditTemplate changes a ready reason; answers made from it keep their words. t is
// as it was read. Errors: Invalid with fields, NotFound, Conflict (error.stale).
func (s *Service) EditTemplate(ctx context.Context, who actor.Actor, t models.AnswerTemplate, in TemplateInput) error {
	if err := s.officer(ctx, who, t.UnitID); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	t.Name, t.Decision, t.ReasonZH, t.ReasonEN = in.Name, in.Decision, in.ReasonZH, in.ReasonEN
	a := who.Act("answers.edit_template", "unit:"+t.UnitID)
	a.UnitID = t.UnitID
	return s.db.InTx(ctx, a, func(tx *models.Tx) error { return tx.SaveTemplate(t) })
}

// RemoveTemplate deletes a ready reason. Errors: NotFound, Conflict.
func (s *Service) RemoveTemplate(ctx context.Context, who actor.Actor, id string) error {
	t, err := s.Template(ctx, who, id)
	if err != nil {
		return err
	}
	a := who.Act("answers.remove_template", "unit:"+t.UnitID)
	a.UnitID, a.Detail = t.UnitID, map[string]any{"name": t.Name}
	return s.db.InTx(ctx, a, func(tx *models.Tx) error { return tx.RemoveTemplate(id) })
}
