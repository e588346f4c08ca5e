package rooms

import (
	"context"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

func checkAnswer(zh, en string, needed bool) error {
	var f models.Faults
	if needed && zh == "" && en == "" {
		f.Add("answer_zh", "rooms.answer_empty")
	}
	answer := size{most: AnswerLimit, long: "rooms.answer_long"}
	answer.check(&f, "answer_zh", zh)
	answer.check(&f, "answer_en", en)
	return f.Err()
}

// owes says whether the actor may answer a question in writing: an officer of the
// office that owes it, or who runs the room.
func (s *Service) owes(ctx context.Context, who actor.Actor, q models.Question, room models.Room) error {
	if q.OfficeID != "" {
		u, err := s.db.UnitByID(ctx, q.OfficeID)
		if err != nil {
			return err
		}
		if who.Has(u.Path, models.Officer) {
			return nil
		}
	}
	return s.moderates(ctx, who, room)
}

// Owed finds a question for who may answer it in writing. Errors: SignIn, NotFound.
func (s *Service) Owed(ctx context.Context, who actor.Actor, id string) (models.Question, models.Room, error) {
	q, room, err := s.questionIn(ctx, id)
	if err != nil {
		return q, room, err
	}
	return q, room, s.owes(ctx, who, q, room)
}

// Answer gives the written answer; the author and everybody see it at once, and a
// later one corrects it. Errors: Invalid with a field, SignIn, NotFound, Conflict
// when the question is not to be answered in writing, or somebody was faster.
func (s *Service) Answer(ctx context.Context, who actor.Actor, w Which, zh, en string, idem models.Idem) (DeskView, error) {
	zh, en = text.Clean(zh), text.Clean(en)
	if err := checkAnswer(zh, en, true); err != nil {
		return DeskView{}, err
	}
	q, room, err := s.Owed(ctx, who, w.ID)
	if err != nil {
		return DeskView{}, err
	}
	out, _, err := models.Once(ctx, s.db, act(who, "rooms.answer", room), idem, func(tx *models.Tx) (DeskView, error) {
		q, err := tx.Question(q.ID)
		if err != nil {
			return DeskView{}, err
		}
		if q.State != models.QuestionWritten || w.Revision != 0 && q.Revision != w.Revision {
			return DeskView{}, errStale
		}
		tx.Act.Detail = map[string]any{"question": q.ID, "number": q.Number, "again": q.AnsweredAt != nil, "late": q.DueAt != nil && q.DueAt.Before(tx.Now)}
		at := tx.Now
		if q.AnsweredAt == nil {
			q.AnsweredAt = &at
		}
		q.AnswerZH, q.AnswerEN, q.AnsweredBy, q.ChangedBy = zh, en, who.PersonID, who.PersonID
		if err := tx.ChangeQuestion(&q); err != nil {
			return DeskView{}, err
		}
		s.announce(tx, room, change{kind: "rooms.answered", was: q.Shown(), after: q, by: who.Name})
		if err := s.tellAnswered(tx, room, q); err != nil {
			return DeskView{}, err
		}
		return deskViewOf(q, s.offices(ctx).name(q.OfficeID), who.Name), nil
	})
	return out, err
}

// tellAnswered writes to the author and to the authors of what was merged.
func (s *Service) tellAnswered(tx *models.Tx, room models.Room, q models.Question) error {
	all, err := tx.QuestionsMergedIn(q.ID)
	if err != nil {
		return err
	}
	for _, one := range append(all, q) {
		if err := tellAuthor(tx, room, one, "question_answered"); err != nil {
			return err
		}
	}
	return nil
}

// Owing lists what the actor's offices owe a written answer to, the most urgent
// first. Errors: SignIn, NotFound.
func (s *Service) Owing(ctx context.Context, who actor.Actor) ([]Late, error) {
	paths := who.Paths(models.Officer, models.Moderator, models.Supervisor)
	if len(paths) == 0 {
		if !who.SignedIn() {
			return nil, models.Fail(models.SignIn, "error.sign_in")
		}
		return nil, models.ErrNotFound
	}
	list, err := s.db.QuestionsOwedBy(ctx, paths)
	if err != nil {
		return nil, err
	}
	return s.withRooms(ctx, list)
}

// Late is a question whose written answer is late, with the room and the office.
type Late struct {
	models.Question
	Room   models.Room
	Office *Words
}

// Overdue lists every question whose written answer is late; everybody may see it.
func (s *Service) Overdue(ctx context.Context) ([]Late, error) {
	list, err := s.db.QuestionsOwed(ctx, s.db.Now())
	if err != nil {
		return nil, err
	}
	return s.withRooms(ctx, list)
}

func (s *Service) withRooms(ctx context.Context, list []models.Question) ([]Late, error) {
	var out []Late
	offices, known := s.offices(ctx), map[string]models.Room{}
	for _, q := range list {
		room, ok := known[q.RoomID]
		if !ok {
			var err error
			if room, err = s.db.RoomByID(ctx, q.RoomID); err != nil {
				return nil, err
			}
			known[q.RoomID] = room
		}
		out = append(out, Late{q, room, offices.name(q.OfficeID)})
	}
	return out, nil
}

// AssignRest leaves all questions that were not reached to the written answer of an
// office: what everybody saw in the queue ends with an answer. It gives how many.
func (s *Service) AssignRest(ctx context.Context, who actor.Actor, code string, in WrittenInput) (int, error) {
	room, err := s.Moderated(ctx, who, code)
	if err != nil {
		return 0, err
	}
	rest, err := s.db.QuestionsOf(ctx, room.ID, models.QuestionQueued, models.QuestionAnswering)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, q := range rest {
		if _, err := s.Written(ctx, who, Which{ID: q.ID}, in, models.Idem{}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// remindBefore is when offices are reminded of what they owe.
const remindBefore = 3 * 24 * time.Hour

// Remind writes to the officers of offices whose answers are due within three days
// or are late, once for each question before and once after its date.
func (s *Service) Remind(ctx context.Context) error {
	now := s.db.Now()
	list, err := s.db.QuestionsOwed(ctx, now.Add(remindBefore))
	if err != nil {
		return err
	}
	for _, q := range list {
		if err := s.remindOf(ctx, q, q.Overdue(now)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) remindOf(ctx context.Context, q models.Question, late bool) error {
	u, err := s.db.UnitByID(ctx, q.OfficeID)
	if err != nil {
		return err
	}
	staff, err := s.db.Staff(ctx, []string{u.Path})
	if err != nil {
		return err
	}
	room, err := s.db.RoomByID(ctx, q.RoomID)
	if err != nil {
		return err
	}
	kind := "question_due"
	if late {
		kind = "question_late"
	}
	return s.db.InTx(ctx, models.Act{By: "system", Name: "rooms.remind", Silent: true}, func(tx *models.Tx) error {
		for _, r := range staff {
			if r.Name != models.Officer {
				continue
			}
			l := models.LetterTo(r.Person, kind)
			l.DedupeKey = kind + ":" + q.ID + ":" + r.PersonID
			data := map[string]string{"question": q.Body, "room": room.Title(l.Lang), "due_by": models.LetterMoment(*q.DueAt), "url": "/desk/live/answers/" + q.ID}
			if err := tx.QueueLetter(l, data); err != nil {
				return err
			}
		}
		return nil
	})
}

// talkKept is how long the events of a closed room are kept for pages that come back.
const talkKept = 30 * 24 * time.Hour

// Tidy empties what rooms that closed long ago said live, with the texts that were
// never shown. Questions, answers and the record stay.
func (s *Service) Tidy(ctx context.Context) error {
	return s.db.InTx(ctx, models.Act{By: "system", Name: "rooms.tidy", Silent: true}, func(tx *models.Tx) error {
		return tx.ForgetRoomTalk(tx.Now.Add(-talkKept))
	})
}

// Run reminds offices of written answers every hour, and tidies every day, until ctx
// ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for hour := 0; ; hour++ {
		if err := s.Remind(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("reminders of written answers wait", "err", err)
		}
		if hour%24 == 0 {
			if err := s.Tidy(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("rooms are not tidied", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
