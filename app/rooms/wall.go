package rooms

import (
	"context"
	"slices"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/models"
)

// WallInput is what the wall shall show.
type WallInput struct {
	View  string // see models.WallQuestion and its kin; empty leaves it
	About string // the question or poll
	Blank bool
}

var wallViews = []string{models.WallQuestion, models.WallTop, models.WallSpeakers, models.WallAgenda, models.WallPoll}

// SetWall says what the wall shows, or blanks it. Only what everybody may see can be
// chosen. Errors: SignIn, NotFound, Invalid with a field.
func (s *Service) SetWall(ctx context.Context, who actor.Actor, code string, in WallInput) (models.Room, error) {
	return s.alter(ctx, who, code, "rooms.wall", "rooms.walled", func(tx *models.Tx, r *models.Room) error {
		if r.WallBlank = in.Blank; in.View == "" {
			return nil
		}
		if !slices.Contains(wallViews, in.View) {
			return models.FailField("view", "rooms.wall_unknown")
		}
		if in.View == models.WallQuestion && in.About != "" {
			q, err := tx.Question(in.About)
			if err != nil || q.RoomID != r.ID || !q.Shown() {
				return models.FailField("about", "rooms.wall_unknown")
			}
		}
		r.WallView, r.WallAbout = in.View, in.About
		return nil
	})
}

// RenewWall gives the wall a new address and ends the old one. Errors: SignIn,
// NotFound.
func (s *Service) RenewWall(ctx context.Context, who actor.Actor, roomCode string) (models.Room, error) {
	return s.alter(ctx, who, roomCode, "rooms.renew_wall", "rooms.wall_renewed", func(_ *models.Tx, r *models.Room) error {
		r.WallSecret = code.NewToken()
		return nil
	})
}

// onWall puts a question on the wall, inside the act.
func (s *Service) onWall(tx *models.Tx, who actor.Actor, roomID, questionID string) error {
	r, err := tx.Room(roomID)
	if err != nil {
		return err
	}
	r.WallView, r.WallAbout, r.WallBlank, r.ChangedBy = models.WallQuestion, questionID, false, who.PersonID
	if err := tx.ChangeRoom(&r); err != nil {
		return err
	}
	announceRoom(tx, r, "rooms.walled")
	return nil
}

// rewind gives the wall back what it showed before a move.
func (s *Service) rewind(tx *models.Tx, who actor.Actor, roomID string, to WallInput) error {
	r, err := tx.Room(roomID)
	if err != nil {
		return err
	}
	r.WallView, r.WallAbout, r.WallBlank, r.ChangedBy = to.View, to.About, to.Blank, who.PersonID
	if err := tx.ChangeRoom(&r); err != nil {
		return err
	}
	announceRoom(tx, r, "rooms.walled")
	return nil
}

// clearWall takes a question that nobody may see any more off the wall.
func (s *Service) clearWall(tx *models.Tx, roomID, questionID string) error {
	r, err := tx.Room(roomID)
	if err != nil || r.WallView != models.WallQuestion || r.WallAbout != questionID {
		return err
	}
	r.WallAbout = ""
	if err := tx.ChangeRoom(&r); err != nil {
		return err
	}
	announceRoom(tx, r, "rooms.walled")
	return nil
}

// Wall is what the wall shows now: only what everybody may see.
type Wall struct {
	Room     models.Room
	Unit     models.Unit
	Question *models.Question
	Top      []models.Question
	Speakers []models.SpeakerEntry
	Agenda   []AgendaItem
	Poll     *PollView
}

// Wall finds what a wall shows by the secret of its address; NotFound otherwise.
func (s *Service) Wall(ctx context.Context, secret string) (w Wall, err error) {
	if len(secret) < 40 || len(secret) > 64 {
		return w, models.ErrNotFound
	}
	if w.Room, err = s.db.RoomByWall(ctx, secret); err != nil {
		return w, err
	}
	if w.Unit, err = s.db.UnitByID(ctx, w.Room.UnitID); err != nil || w.Room.WallBlank {
		return w, err
	}
	switch w.Room.WallView {
	case models.WallQuestion:
		return w, s.wallQuestion(ctx, &w)
	case models.WallTop:
		list, err := s.db.QuestionsShown(ctx, w.Room.ID, 5)
		w.Top = list
		return w, err
	case models.WallSpeakers:
		w.Speakers, err = s.db.SpeakersOf(ctx, w.Room.ID)
	case models.WallAgenda:
		w.Agenda, err = s.Agenda(ctx, w.Room)
	case models.WallPoll:
		w.Poll, err = s.wallPoll(ctx, w.Room)
	}
	return w, err
}

// wallQuestion finds the question on the wall, if it may be seen.
func (s *Service) wallQuestion(ctx context.Context, w *Wall) error {
	if w.Room.WallAbout == "" {
		return nil
	}
	q, err := s.db.QuestionByID(ctx, w.Room.WallAbout)
	if models.IsNotFound(err) {
		return nil
	}
	if err == nil && q.RoomID == w.Room.ID && q.Shown() {
		w.Question = &q
	}
	return err
}
