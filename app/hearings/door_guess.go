package hearings

import (
	"context"
	"slices"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/limit"
	"minyi/models"
)

// Six digits are a million; who tries them out at a door would soon find some that let
// in. Wrong ones are therefore counted, for each account at each door and for the whole
// door. Right ones cost nothing, so a busy door is never held.
const (
	wrongOfDesk = 20 // in a minute
	wrongOfDoor = 60
)

// guess asks whether six digits may be looked up, and gives how long to wait if not. It
// counts them as wrong; [Service.knew] takes that back.
func (s *Service) guess(who actor.Actor, h models.Hearing) time.Duration {
	rule, desk, door := guessRule(who, h)
	if v := s.limits.Allow(rule, desk, door); !v.OK {
		return v.RetryAfter
	}
	return 0
}

// knew takes back what [Service.guess] counted.
func (s *Service) knew(who actor.Actor, h models.Hearing) {
	rule, desk, door := guessRule(who, h)
	s.limits.Return(rule, desk, door)
}

func guessRule(who actor.Actor, h models.Hearing) (rule limit.Rule, desk, door string) {
	rule = limit.Rule{Action: "hearings.digits", Person: limit.Rate{Burst: wrongOfDesk, Per: time.Minute}, Network: limit.Rate{Burst: wrongOfDoor, Per: time.Minute}}
	return rule, h.ID + " " + who.Voice(), h.ID
}

// elsewhere says whether what nobody here has is a ticket of another hearing: by its
// secret of any, by its digits of one on the days around this. Digits are told only of
// hearings at whose door the actor stands too: they can be guessed.
func (s *Service) elsewhere(ctx context.Context, who actor.Actor, h models.Hearing, typed string, digits bool) (string, error) {
	if !digits {
		t, err := s.db.TicketByCode(ctx, typed)
		if models.IsNotFound(err) || err == nil && t.HearingID == h.ID {
			return "unknown", nil
		}
		return "wrong_hearing", err
	}
	units, err := s.db.UnitsOfDigits(ctx, h.ID, typed, h.StartsAt.Add(-nearby), h.StartsAt.Add(nearby))
	if slices.ContainsFunc(units, func(path string) bool { return who.Has(path, models.Officer, models.Moderator) }) {
		return "wrong_hearing", err
	}
	return "unknown", err
}

// nearby is how far another hearing may be whose digits somebody shows by mistake.
const nearby = 48 * time.Hour
