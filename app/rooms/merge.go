package rooms

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Merge lets one question speak for another that asks the same. Voices and authors
// of both count for it, each once; nothing of the other is lost, and it can be
// parted again. Errors: Invalid (rooms.merge_itself, rooms.merge_unknown), SignIn,
// NotFound, Conflict.
func (s *Service) Merge(ctx context.Context, who actor.Actor, w Which, into string, idem models.Idem) (Moved, error) {
	if w.ID == into {
		return Moved{}, models.FailField("into", "rooms.merge_itself")
	}
	return s.make(ctx, who, w, idem, move{verb: "merge", kind: "rooms.merged", from: []models.QuestionState{models.QuestionWaiting, models.QuestionQueued},
		do: func(tx *models.Tx, room models.Room, q *models.Question) error {
			if q.MergedInto != "" {
				return errStale
			}
			head, err := s.head(tx, room, q.ID, into)
			if err != nil {
				return err
			}
			children, err := tx.QuestionsMergedIn(q.ID)
			if err != nil {
				return err
			}
			for _, c := range children { // one level deep: those it spoke for go along
				c.MergedInto = head.ID
				if err := tx.ChangeQuestion(&c); err != nil {
					return err
				}
			}
			q.MergedInto, q.Merged = head.ID, 0
			head.Merged += 1 + len(children)
			return tx.ChangeQuestion(&head)
		},
		after: func(tx *models.Tx, room models.Room, q models.Question) error {
			if err := s.recounted(tx, room, q.MergedInto, who); err != nil {
				return err
			}
			return tellAuthor(tx, room, q, "question_merged")
		}})
}

// head finds the question into which another is merged; that of a merged one is
// the one that speaks for it.
func (s *Service) head(tx *models.Tx, room models.Room, id, into string) (models.Question, error) {
	unknown := models.FailField("into", "rooms.merge_unknown")
	if !models.IsID(into) {
		return models.Question{}, unknown
	}
	head, err := tx.Question(into)
	if err == nil && head.MergedInto != "" {
		head, err = tx.Question(head.MergedInto)
	}
	switch {
	case models.IsNotFound(err):
		return head, unknown
	case err != nil:
		return head, err
	case head.ID == id:
		return head, models.FailField("into", "rooms.merge_itself")
	case head.RoomID != room.ID || head.ErasedAt != nil || head.State == models.QuestionHeld || head.State == models.QuestionAnswered:
		return head, unknown
	}
	return head, nil
}

// recounted sets the count of a question anew and tells everybody.
func (s *Service) recounted(tx *models.Tx, room models.Room, id string, who actor.Actor) error {
	if err := tx.RecountQuestion(room, id); err != nil {
		return err
	}
	q, err := tx.Question(id)
	if err != nil {
		return err
	}
	s.announce(tx, room, change{kind: "rooms.counted", was: q.Shown(), after: q, by: who.Name})
	return nil
}

// Unmerge parts a question again from the one that speaks for it; each keeps its own
// voices. Errors: SignIn, NotFound, Conflict when it is not merged.
func (s *Service) Unmerge(ctx context.Context, who actor.Actor, w Which, idem models.Idem) (Moved, error) {
	into := ""
	return s.make(ctx, who, w, idem, move{verb: "unmerge", kind: "rooms.parted",
		do: func(_ *models.Tx, _ models.Room, q *models.Question) error {
			if into = q.MergedInto; into == "" {
				return errStale
			}
			q.MergedInto = ""
			return nil
		},
		after: func(tx *models.Tx, room models.Room, q models.Question) error { return s.part(tx, room, &q, into, who) }})
}

// part takes a question out of the count of the one that spoke for it.
func (s *Service) part(tx *models.Tx, room models.Room, q *models.Question, from string, who actor.Actor) error {
	head, err := tx.Question(from)
	if err != nil {
		return err
	}
	head.Merged = max(head.Merged-1, 0)
	if err := tx.ChangeQuestion(&head); err != nil {
		return err
	}
	if err := s.recounted(tx, room, head.ID, who); err != nil {
		return err
	}
	if err := tx.RecountQuestion(room, q.ID); err != nil {
		return err
	}
	now, err := tx.Question(q.ID)
	if err == nil {
		q.Supports = now.Supports
	}
	return err
}
