package hearings

import (
	"context"
	"log/slog"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
)

// tickAtMost is how long the clock waits when nothing is known to happen: other
// nodes may have published something meanwhile.
const tickAtMost = 15 * time.Second

// offersAtOnce bounds how many ended offers one round looks at.
const offersAtOnce = 200

// reminders are sent so long before the start.
var reminders = []struct {
	kind   string
	before time.Duration
}{{"reminded_week", 7 * 24 * time.Hour}, {"reminded_day", 24 * time.Hour}}

// Run keeps the clock of all hearings until ctx ends: openings and closings of
// sign-up, offers that end, reminders and records that freeze.
func (s *Service) Run(ctx context.Context) {
	for {
		wait := tickAtMost
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("the clock of the hearings waits", "err", err)
		} else if next, err := s.db.NextHearingMoment(ctx, s.db.Now()); err == nil && !next.IsZero() {
			wait = min(wait, max(next.Sub(s.db.Now()), 0)+10*time.Millisecond)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case id := <-s.unplaced:
			if err := s.placeDrawn(ctx, id); err != nil && ctx.Err() == nil {
				slog.Warn("the reserves of a draw wait", "hearing", id, "err", err)
			}
		case <-timer.C:
		}
		timer.Stop()
	}
}

// unplacedFor is how long a draw may take to place its reserves before the clock
// goes on with it.
const unplacedFor = time.Minute

// Tick does what is due by now, each thing once, however many nodes do this.
func (s *Service) Tick(ctx context.Context) error {
	now := s.db.Now()
	for _, kind := range []string{models.MilestoneOpened, models.MilestoneClosed} {
		list, err := s.db.HearingsUnannounced(ctx, kind, now)
		if err != nil {
			return err
		}
		for _, h := range list {
			if err := s.announce(ctx, h, kind); err != nil {
				return err
			}
		}
	}
	offers, err := s.db.OffersOver(ctx, now, offersAtOnce)
	if err != nil {
		return err
	}
	for _, r := range offers {
		if err := s.expire(ctx, r); err != nil {
			return err
		}
	}
	for _, r := range reminders {
		list, err := s.db.HearingsStarting(ctx, r.kind, now, now.Add(r.before))
		if err != nil {
			return err
		}
		for _, h := range list {
			if err := s.remind(ctx, h, r.kind); err != nil {
				return err
			}
		}
	}
	drawn, err := s.db.HearingsUnplaced(ctx, placed)
	if err != nil {
		return err
	}
	for _, h := range drawn {
		if now.Sub(*h.DrawnAt) < unplacedFor {
			continue // who drew is still at it
		}
		if err := s.placeDrawn(ctx, h.ID); err != nil {
			return err
		}
	}
	records, err := s.db.RecordsToFreeze(ctx, now)
	if err != nil {
		return err
	}
	for _, r := range records {
		if err := s.freeze(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) announce(ctx context.Context, h models.Hearing, kind string) error {
	a := act(actor.System, kind, h)
	a.Silent = true
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		now, err := tx.Hearing(h.ID)
		if err != nil {
			return err
		}
		at := now.SignupOpensAt
		if kind == models.MilestoneClosed {
			at = now.SignupClosesAt
		}
		if at == nil || at.After(tx.Now) || now.CancelledAt != nil {
			return nil // moved or cancelled since it was listed
		}
		first, err := tx.AnnounceHearing(models.HearingMilestone{HearingID: h.ID, Kind: kind, At: *at})
		if err != nil || !first {
			return err
		}
		tx.Emit(models.HearingTopic(h.ID), "hearings."+kind, map[string]any{"id": h.ID, "at": at})
		return nil
	})
}

// remind tells everybody with a seat of the time and the place, once for each start.
func (s *Service) remind(ctx context.Context, h models.Hearing, kind string) error {
	a := act(actor.System, "remind", h)
	a.Silent = true
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		now, err := tx.Hearing(h.ID)
		if err != nil || now.StartsAt == nil || now.CancelledAt != nil {
			return err
		}
		first, err := tx.AnnounceHearing(models.HearingMilestone{HearingID: h.ID, Kind: kind, At: *now.StartsAt})
		if err != nil || !first {
			return err
		}
		if kind == "reminded_week" && now.StartsAt.Sub(tx.Now) < 48*time.Hour {
			return nil // the reminder of the day before says all
		}
		return s.tellAll(tx, now, "hearing_reminder", kind+now.StartsAt.Format("20060102T1504"), []models.RegistrationStatus{models.RegistrationConfirmed}, nil)
	})
}
