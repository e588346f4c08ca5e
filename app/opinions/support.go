package opinions

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Supported is the answer to a voice given or taken back.
type Supported struct {
	Supports int64 `json:"supports"`
	On       bool  `json:"on"`
}

// Support gives (on) or takes back one voice for an opinion. Doing it twice has
// the effect of once. Errors: SignIn for who cannot be told apart, NotFound,
// Forbidden on one's own opinion, Closed after the window.
func (s *Service) Support(ctx context.Context, who actor.Actor, opinionID string, on bool, idem models.Idem) (Supported, error) {
	if !who.Known() {
		return Supported{}, models.Fail(models.SignIn, "opinions.support_sign_in")
	}
	o, c, err := s.shown(ctx, opinionID)
	if err != nil {
		return Supported{}, err
	}
	if o.Voice == who.Voice() {
		return Supported{}, models.Fail(models.Forbidden, "opinions.support_own")
	}
	act := who.Act("opinions.support", "opinion:"+o.ID)
	act.UnitID, act.Detail = c.UnitID, map[string]any{"on": on}
	out, _, err := models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (Supported, error) {
		now, err := tx.PeekConsultation(c.ID)
		if err != nil {
			return Supported{}, err
		}
		if err := takes(now, tx.Now, tx.Now); err != nil {
			if models.KindOf(err) == models.Closed && now.Status(tx.Now) != models.StatusScheduled { // nobody wrote words that are safe
				err = models.Fail(models.Closed, "opinions.support_closed")
			}
			return Supported{}, err
		}
		changed, total, err := tx.Support(o.ID, who.Voice(), who.TierOr(), on)
		if err != nil {
			return Supported{}, err
		}
		if changed {
			tx.Emit(models.ConsultationTopic(c.ID), "opinions.supported", map[string]any{"id": o.ID, "supports": total})
		}
		return Supported{Supports: total, On: on}, nil
	})
	return out, err
}

// shown finds an opinion that everybody may see, with its consultation.
func (s *Service) shown(ctx context.Context, id string) (models.Opinion, models.Consultation, error) {
	if !models.IsID(id) {
		return models.Opinion{}, models.Consultation{}, models.ErrNotFound
	}
	o, err := s.db.OpinionByID(ctx, id)
	if err != nil {
		return o, models.Consultation{}, err
	}
	c, err := s.visible(ctx, o.ConsultationID)
	if err == nil && !o.Shown {
		err = models.ErrNotFound
	}
	return o, c, err
}
