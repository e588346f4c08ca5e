package rooms

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// mine finds a question of the actor's own; NotFound for those of others.
func (s *Service) mine(ctx context.Context, who actor.Actor, id string) (models.Question, models.Room, error) {
	if !models.IsID(id) || !who.Known() {
		return models.Question{}, models.Room{}, models.ErrNotFound
	}
	q, err := s.db.QuestionByID(ctx, id)
	if err == nil && (q.Voice != who.Voice() || q.ErasedAt != nil) {
		err = models.ErrNotFound
	}
	if err != nil {
		return q, models.Room{}, err
	}
	room, err := s.db.RoomByID(ctx, q.RoomID)
	return q, room, err
}

// Own finds a question for its author. Errors: NotFound.
func (s *Service) Own(ctx context.Context, who actor.Actor, id string) (OwnView, models.Room, error) {
	q, room, err := s.mine(ctx, who, id)
	return ownViewOf(q, s.offices(ctx).name(q.OfficeID)), room, err
}

// Retract takes the actor's own question back for good, as long as nobody has begun
// to answer it: its words go, its number stays. Errors: NotFound, Conflict
// (rooms.retract_late).
func (s *Service) Retract(ctx context.Context, who actor.Actor, id string) error {
	q, room, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "rooms.retract", room), func(tx *models.Tx) error {
		q, err := tx.Question(q.ID)
		if err != nil {
			return err
		}
		if q.Merged > 0 || q.State != models.QuestionWaiting && q.State != models.QuestionQueued && q.State != models.QuestionHeld {
			return models.Fail(models.Conflict, "rooms.retract_late")
		}
		tx.Act.Detail = map[string]any{"question": q.ID, "number": q.Number, "state": q.State}
		was, into, at := q.Shown(), q.MergedInto, tx.Now
		q.Body, q.Original, q.DisplayName, q.Display, q.Appeal, q.ErasedAt, q.MergedInto, q.ChangedBy = "", "", "", models.Anonymous, "", &at, "", who.PersonID
		if err := tx.ChangeQuestion(&q); err != nil {
			return err
		}
		if into != "" {
			if err := s.part(tx, room, &q, into, who); err != nil {
				return err
			}
		}
		tx.Unsay(room.DeskTopic(), q.ID)
		tx.Unsay(room.OwnTopic(q.Voice), q.ID)
		s.announce(tx, room, change{kind: "rooms.retracted", was: was, after: q})
		if was {
			return s.clearWall(tx, room.ID, q.ID)
		}
		return nil
	})
}

// Appeal is the author's objection to being held back, once; a second moderator
// decides by approving or by keeping it. Errors: NotFound, Invalid with a field,
// Conflict (rooms.appealed) when it is not held back or was objected to before.
func (s *Service) Appeal(ctx context.Context, who actor.Actor, id, words string) error {
	words = text.Clean(words)
	var f models.Faults
	if (size{most: NoteLimit, empty: "rooms.appeal_empty"}).check(&f, "text", words); f.Err() != nil {
		return f.Err()
	}
	q, room, err := s.mine(ctx, who, id)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, act(who, "rooms.appeal", room), func(tx *models.Tx) error {
		q, err := tx.Question(q.ID)
		if err != nil {
			return err
		}
		if q.State != models.QuestionHeld || q.AppealedAt != nil {
			return models.Fail(models.Conflict, "rooms.appealed")
		}
		at := tx.Now
		q.Appeal, q.AppealedAt = words, &at
		if err := tx.ChangeQuestion(&q); err != nil {
			return err
		}
		s.announce(tx, room, change{kind: "rooms.appealed", after: q})
		return nil
	})
}

// Uphold keeps a question back after its author has objected; never the moderator who
// held it back. The author is told. Errors: SignIn, NotFound, Forbidden
// (rooms.appeal_second), Conflict.
func (s *Service) Uphold(ctx context.Context, who actor.Actor, w Which, note string, idem models.Idem) (Moved, error) {
	var f models.Faults
	if note = bounded(&f, "note", note, NoteLimit); f.Err() != nil {
		return Moved{}, f.Err()
	}
	return s.make(ctx, who, w, idem, move{verb: "uphold", kind: "rooms.upheld", from: []models.QuestionState{models.QuestionHeld},
		do: func(_ *models.Tx, _ models.Room, q *models.Question) error {
			switch {
			case q.AppealedAt == nil:
				return errStale
			case q.HeldBy == who.PersonID:
				return models.Fail(models.Forbidden, "rooms.appeal_second")
			}
			q.HeldBy, q.Note = who.PersonID, note
			return nil
		},
		after: func(tx *models.Tx, room models.Room, q models.Question) error {
			return tellAuthor(tx, room, q, "question_upheld")
		}})
}

// Focus tells the other moderators of a room which question somebody looks at, so
// that two do not take the same. Errors: SignIn, NotFound.
func (s *Service) Focus(ctx context.Context, who actor.Actor, code, questionID string) error {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return err
	}
	if questionID != "" && !models.IsID(questionID) {
		return models.ErrNotFound
	}
	a := act(who, "rooms.focus", room)
	a.Silent = true
	return s.db.InTx(ctx, a, func(tx *models.Tx) error {
		tx.Emit(room.DeskTopic(), "rooms.focused", focusNews{focus{questionID, who.PersonID, who.Name}})
		return nil
	})
}

// focus is which question a moderator looks at; empty: none.
type focus struct {
	Question string `json:"question"`
	Person   string `json:"person"`
	Name     string `json:"name"`
}

type focusNews struct {
	Focus focus `json:"focus"`
}
