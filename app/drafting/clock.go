package drafting

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
)

// tickAtMost is how long the clock waits when nothing is known to happen: other
// nodes may have published something meanwhile.
const tickAtMost = 15 * time.Second

// lateLetters is how long after an opening or closing people are still told of it.
// A site that was away for days does not send old news.
const lateLetters = 24 * time.Hour

// Run announces openings and closings at their moments until ctx ends.
func (s *Service) Run(ctx context.Context) {
	for {
		wait := tickAtMost
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("openings and closings wait", "err", err)
		} else if next, err := s.db.NextChange(ctx, s.db.Now()); err == nil && !next.IsZero() {
			wait = min(wait, max(next.Sub(s.db.Now()), 0)+10*time.Millisecond)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Tick announces every consultation that has opened or closed by now, each once,
// however many nodes do this: consultations.opened, consultations.closed, and a
// letter to each follower.
func (s *Service) Tick(ctx context.Context) error {
	for _, kind := range []string{models.MilestoneOpened, models.MilestoneClosed} {
		list, err := s.db.Unannounced(ctx, kind, s.db.Now())
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := s.announce(ctx, c, kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) announce(ctx context.Context, c models.Consultation, kind string) error {
	act := actor.System.Act("consultations."+kind, models.ConsultationTopic(c.ID))
	act.UnitID, act.Silent = c.UnitID, true
	return s.db.InTx(ctx, act, func(tx *models.Tx) error {
		now, err := tx.Consultation(c.ID)
		if err != nil {
			return err
		}
		at := now.OpensAt
		if kind == models.MilestoneClosed {
			at = now.ClosesAt
		}
		if at == nil || at.After(tx.Now) || now.PublishedAt == nil || now.WithdrawnAt != nil {
			return nil // moved or taken back since it was listed
		}
		first, err := tx.Announce(models.Milestone{ConsultationID: c.ID, Kind: kind, At: *at})
		if err != nil || !first {
			return err
		}
		tx.Emit(models.ConsultationTopic(c.ID), "consultations."+kind, map[string]any{"id": c.ID, "at": at})
		if tx.Now.Sub(*at) > lateLetters {
			return nil
		}
		return s.tell(tx, now, "consultation_"+kind, fmt.Sprint(at.Unix()))
	})
}

// tell queues one letter to each follower; once says which event it is about.
func (s *Service) tell(tx *models.Tx, c models.Consultation, kind, once string) error {
	people, err := tx.Followers(c.ID)
	if err != nil {
		return err
	}
	for _, p := range people {
		l := models.LetterTo(p, kind)
		l.DedupeKey = kind + ":" + c.ID + ":" + once + ":" + p.ID
		data := map[string]string{"title": c.Title(p.Lang), "url": "/consultations/" + c.ID}
		if c.ClosesAt != nil {
			data["date_by"] = models.LetterMoment(*c.ClosesAt)
		}
		if err := tx.QueueLetter(l, data); err != nil {
			return err
		}
	}
	return nil
}
