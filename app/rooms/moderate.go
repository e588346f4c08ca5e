package rooms

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/app/kit/text"
	"minyi/models"
)

// Moved is the answer to a moderator's act: the question as it is now, and the move
// by which it can be undone until UndoUntil.
type Moved struct {
	Question  DeskView  `json:"question"`
	Move      string    `json:"move"`
	UndoUntil time.Time `json:"undo_until"`
}

// Which names the question that a moderator acts on. Revision is the one that the
// moderator saw; 0 does not compare.
type Which struct {
	ID       string
	Revision int64
}

// questionIn finds a question with its room, whoever asks: the caller says who may.
func (s *Service) questionIn(ctx context.Context, id string) (models.Question, models.Room, error) {
	if !models.IsID(id) {
		return models.Question{}, models.Room{}, models.ErrNotFound
	}
	q, err := s.db.QuestionByID(ctx, id)
	if err != nil {
		return q, models.Room{}, err
	}
	room, err := s.db.RoomByID(ctx, q.RoomID)
	return q, room, err
}

// moderated finds a question with its room for who runs it.
func (s *Service) moderated(ctx context.Context, who actor.Actor, id string) (models.Question, models.Room, error) {
	q, room, err := s.questionIn(ctx, id)
	if err != nil {
		return q, room, err
	}
	return q, room, s.moderates(ctx, who, room)
}

// Question finds a question in any state for who runs its room. Errors: SignIn,
// NotFound.
func (s *Service) Question(ctx context.Context, who actor.Actor, id string) (models.Question, models.Room, error) {
	return s.moderated(ctx, who, id)
}

// move is what a moderator does to a question, inside the act.
type move struct {
	verb   string // approve
	kind   string // rooms.approved
	from   []models.QuestionState
	reason string
	do     func(tx *models.Tx, room models.Room, q *models.Question) error
	after  func(tx *models.Tx, room models.Room, q models.Question) error
}

// make does a move and keeps how the question was before. Errors: SignIn, NotFound,
// Conflict (rooms.conflict_<verb>) when another moderator was faster.
func (s *Service) make(ctx context.Context, who actor.Actor, w Which, idem models.Idem, m move) (Moved, error) {
	q, room, err := s.moderated(ctx, who, w.ID)
	if err != nil {
		return Moved{}, err
	}
	a := act(who, "rooms."+m.verb, room)
	a.Reason = m.reason
	out, _, err := models.Once(ctx, s.db, a, idem, func(tx *models.Tx) (Moved, error) {
		q, err := tx.Question(q.ID)
		if err != nil {
			return Moved{}, err
		}
		if w.Revision != 0 && q.Revision != w.Revision || len(m.from) > 0 && !slices.Contains(m.from, q.State) || q.ErasedAt != nil {
			return Moved{}, errStale
		}
		before, err := s.before(tx, m, q)
		if err != nil {
			return Moved{}, err
		}
		tx.Act.Detail = map[string]any{"question": q.ID, "number": q.Number, "state": q.State}
		was := q.Shown()
		if err := m.do(tx, room, &q); err != nil {
			return Moved{}, err
		}
		q.ChangedBy = who.PersonID
		if err := tx.ChangeQuestion(&q); err != nil {
			return Moved{}, err
		}
		row := models.Move{ID: models.NewID(tx.Now), RoomID: room.ID, QuestionID: q.ID, Verb: m.verb, MadeBy: who.PersonID, MadeAt: tx.Now, Before: before, Revision: q.Revision}
		if err := tx.Insert(&row); err != nil {
			return Moved{}, err
		}
		s.announce(tx, room, change{m.kind, was, q, who.Name, row.ID})
		if m.after != nil {
			if err := m.after(tx, room, q); err != nil {
				return Moved{}, err
			}
		}
		if was && !q.Shown() {
			if err := s.clearWall(tx, room.ID, q.ID); err != nil {
				return Moved{}, err
			}
		}
		return Moved{deskViewOf(q, s.offices(ctx).name(q.OfficeID), who.Name), row.ID, tx.Now.Add(UndoFor)}, nil
	})
	if models.KindOf(err) == models.Conflict && err != nil {
		return out, s.conflict(ctx, q.ID, err)
	}
	return out, err
}

// past is how things were before a move; the wall only where the move touched it.
type past struct {
	Question models.Question
	Wall     *WallInput `json:",omitempty"`
}

// before keeps how things are, as JSON.
func (s *Service) before(tx *models.Tx, m move, q models.Question) (string, error) {
	p := past{Question: q}
	if m.verb == "wall" || m.verb == "answering" {
		r, err := tx.Room(q.RoomID)
		if err != nil {
			return "", err
		}
		p.Wall = &WallInput{r.WallView, r.WallAbout, r.WallBlank}
	}
	b, err := json.Marshal(p)
	return string(b), err
}

// errStale says that the question is not as the moderator saw it; conflict tells why.
var errStale = models.Fail(models.Conflict, "error.stale")

// conflict names who was faster and what they did.
func (s *Service) conflict(ctx context.Context, id string, err error) error {
	last, e := s.db.LastMove(ctx, id)
	if e != nil {
		return err
	}
	return &models.Error{Kind: models.Conflict, Key: "rooms.conflict_" + last.Verb, Args: []any{"who", s.nameOf(ctx, last.MadeBy)}, Err: err}
}

// nameOf is the name of a colleague; empty when it is not known.
func (s *Service) nameOf(ctx context.Context, personID string) string {
	p, err := s.db.PersonByID(ctx, personID)
	switch {
	case err != nil:
		return ""
	case p.Name != "":
		return p.Name
	}
	return p.Nickname
}

// Approve shows a question to everybody.
func (s *Service) Approve(ctx context.Context, who actor.Actor, w Which, idem models.Idem) (Moved, error) {
	held := false
	return s.make(ctx, who, w, idem, move{verb: "approve", kind: "rooms.approved", from: []models.QuestionState{models.QuestionWaiting, models.QuestionHeld},
		do: func(tx *models.Tx, _ models.Room, q *models.Question) error {
			if held = q.State == models.QuestionHeld; held && q.AppealedAt != nil && q.HeldBy == who.PersonID {
				return models.Fail(models.Forbidden, "rooms.appeal_second")
			}
			show(tx, q)
			return nil
		},
		after: func(tx *models.Tx, room models.Room, _ models.Question) error {
			if held {
				return s.announceHeld(tx, room)
			}
			return nil
		}})
}

func show(tx *models.Tx, q *models.Question) {
	q.State, q.Reason, q.Note, q.HeldBy = models.QuestionQueued, "", "", ""
	if q.ShownAt == nil {
		at := tx.Now
		q.ShownAt = &at
	}
}

// Hold keeps a question from being shown, for a reason: its author is told, and
// everybody sees how many are held back for which reasons.
func (s *Service) Hold(ctx context.Context, who actor.Actor, w Which, reason, note string, idem models.Idem) (Moved, error) {
	var f models.Faults
	if !slices.Contains(Reasons, reason) {
		f.Add("reason", "rooms.reason_unknown")
	}
	note = bounded(&f, "note", note, NoteLimit)
	if err := f.Err(); err != nil {
		return Moved{}, err
	}
	return s.make(ctx, who, w, idem, move{verb: "hold", kind: "rooms.held_back", from: []models.QuestionState{models.QuestionWaiting, models.QuestionQueued}, reason: reason,
		do: func(_ *models.Tx, _ models.Room, q *models.Question) error {
			q.State, q.Reason, q.Note, q.HeldBy = models.QuestionHeld, reason, note, who.PersonID
			return nil
		},
		after: func(tx *models.Tx, room models.Room, q models.Question) error {
			if err := tellAuthor(tx, room, q, "question_held"); err != nil {
				return err
			}
			return s.announceHeld(tx, room)
		}})
}

// Edit mends a slip in the words; what the author wrote stays beside it.
func (s *Service) Edit(ctx context.Context, who actor.Actor, w Which, body string, idem models.Idem) (Moved, error) {
	body = text.Line(body)
	return s.make(ctx, who, w, idem, move{verb: "edit", kind: "rooms.edited", from: []models.QuestionState{models.QuestionWaiting, models.QuestionQueued, models.QuestionAnswering, models.QuestionWritten},
		do: func(_ *models.Tx, room models.Room, q *models.Question) error {
			var f models.Faults
			if questionSize(room.QuestionLimit).check(&f, "body", body); f.Err() != nil {
				return f.Err()
			}
			if q.Original == "" {
				q.Original = q.Body
			}
			if q.Body = body; q.Original == body {
				q.Original = ""
			}
			return nil
		}})
}

// Answering says that a question is being answered now, shows it on the wall and
// puts another one that was being answered back into the queue.
func (s *Service) Answering(ctx context.Context, who actor.Actor, w Which, idem models.Idem) (Moved, error) {
	return s.make(ctx, who, w, idem, move{verb: "answering", kind: "rooms.answering", from: []models.QuestionState{models.QuestionQueued, models.QuestionWritten},
		do: func(tx *models.Tx, room models.Room, q *models.Question) error {
			others, err := tx.AnsweringNow(room.ID)
			if err != nil {
				return err
			}
			for _, o := range others {
				o.State, o.ChangedBy = models.QuestionQueued, who.PersonID
				if err := tx.ChangeQuestion(&o); err != nil {
					return err
				}
				s.announce(tx, room, change{kind: "rooms.queued", was: true, after: o, by: who.Name})
			}
			at := tx.Now
			q.State, q.AnsweringAt, q.OfficeID, q.DueAt = models.QuestionAnswering, &at, "", nil
			return nil
		},
		after: func(tx *models.Tx, room models.Room, q models.Question) error {
			return s.onWall(tx, who, room.ID, q.ID)
		}})
}

// OnWall puts a public question on the wall without saying that it is being
// answered.
func (s *Service) OnWall(ctx context.Context, who actor.Actor, w Which, idem models.Idem) (Moved, error) {
	return s.make(ctx, who, w, idem, move{verb: "wall", kind: "rooms.walled", from: models.PublicQuestions,
		do: func(*models.Tx, models.Room, *models.Question) error { return nil },
		after: func(tx *models.Tx, room models.Room, q models.Question) error {
			return s.onWall(tx, who, room.ID, q.ID)
		}})
}

// AnsweredInput is who answered in the room, and in short what was said.
type AnsweredInput struct{ Answerer, ZH, EN string }

// Answered says that a question was answered in the room.
func (s *Service) Answered(ctx context.Context, who actor.Actor, w Which, in AnsweredInput, idem models.Idem) (Moved, error) {
	var f models.Faults
	in.Answerer = bounded(&f, "answerer", in.Answerer, NameLimit)
	if err := f.Err(); err != nil {
		return Moved{}, err
	}
	in.ZH, in.EN = text.Clean(in.ZH), text.Clean(in.EN)
	if err := checkAnswer(in.ZH, in.EN, false); err != nil {
		return Moved{}, err
	}
	return s.make(ctx, who, w, idem, move{verb: "answered", kind: "rooms.answered", from: []models.QuestionState{models.QuestionQueued, models.QuestionAnswering},
		do: func(tx *models.Tx, _ models.Room, q *models.Question) error {
			at := tx.Now
			q.State, q.AnsweredAt, q.AnsweredBy = models.QuestionAnswered, &at, who.PersonID
			q.Answerer, q.AnswerZH, q.AnswerEN = in.Answerer, in.ZH, in.EN
			if q.AnsweringAt == nil {
				q.AnsweringAt = &at
			}
			return nil
		}})
}

// WrittenInput is which office answers in writing until when; without a date the
// office gets the days that the room gives.
type WrittenInput struct {
	OfficeID string
	Due      string // 2027-03-15, empty for the room's days
}

// Written leaves a question to a written answer of an office after the meeting.
func (s *Service) Written(ctx context.Context, who actor.Actor, w Which, in WrittenInput, idem models.Idem) (Moved, error) {
	if in.OfficeID != "" {
		if _, err := s.db.UnitByID(ctx, in.OfficeID); err != nil {
			return Moved{}, models.FailField("office", "rooms.office_unknown")
		}
	}
	days, err := rules.Calendar(ctx, s.db, s.zone)
	if err != nil {
		return Moved{}, err
	}
	return s.make(ctx, who, w, idem, move{verb: "written", kind: "rooms.assigned", from: []models.QuestionState{models.QuestionQueued, models.QuestionAnswering, models.QuestionWritten},
		do: func(tx *models.Tx, room models.Room, q *models.Question) error {
			due, err := s.due(tx.Now, days, room, in.Due)
			if err != nil {
				return err
			}
			q.State, q.OfficeID, q.DueAt, q.AnsweredAt = models.QuestionWritten, in.OfficeID, &due, nil
			if q.OfficeID == "" {
				q.OfficeID = room.UnitID
			}
			return nil
		}})
}

// due is the end of the working day, by the site's calendar, by which an office answers.
func (s *Service) due(now time.Time, days *calendar.Calendar, room models.Room, typed string) (time.Time, error) {
	today := calendar.DayOf(now, s.zone)
	day := today.Add(room.AnswerDays)
	if typed == "" {
		day = days.NextWorking(day)
	} else {
		var err error
		if day, err = calendar.ParseDay(typed); err != nil {
			return time.Time{}, models.FailField("due", "rooms.due_unknown")
		}
		if day.Before(today) {
			return time.Time{}, models.FailField("due", "rooms.due_past")
		}
	}
	return day.Start(s.zone).Add(18 * time.Hour).UTC(), nil
}

// Undo takes back a move within [UndoFor], as long as nobody has touched the
// question since. Errors: SignIn, NotFound, Closed (rooms.undo_late), Conflict.
func (s *Service) Undo(ctx context.Context, who actor.Actor, moveID string, idem models.Idem) (Moved, error) {
	if !models.IsID(moveID) {
		return Moved{}, models.ErrNotFound
	}
	m, err := s.db.MoveByID(ctx, moveID)
	if err != nil {
		return Moved{}, err
	}
	_, room, err := s.moderated(ctx, who, m.QuestionID)
	if err != nil {
		return Moved{}, err
	}
	out, _, err := models.Once(ctx, s.db, act(who, "rooms.undo", room), idem, func(tx *models.Tx) (Moved, error) { return s.undo(ctx, tx, who, room, m) })
	if models.KindOf(err) == models.Conflict && err != nil {
		return out, s.conflict(ctx, m.QuestionID, err)
	}
	return out, err
}

func (s *Service) undo(ctx context.Context, tx *models.Tx, who actor.Actor, room models.Room, m models.Move) (Moved, error) {
	if tx.Now.After(m.MadeAt.Add(UndoFor + undoGrace)) {
		return Moved{}, models.Fail(models.Closed, "rooms.undo_late")
	}
	if err := tx.UndoMove(m.ID); err != nil {
		return Moved{}, err
	}
	now, err := tx.Question(m.QuestionID)
	if err != nil {
		return Moved{}, err
	}
	var then past
	if err := json.Unmarshal([]byte(m.Before), &then); err != nil {
		return Moved{}, err
	}
	before := then.Question
	if now.Revision != m.Revision {
		return Moved{}, errStale
	}
	tx.Act.Detail = map[string]any{"question": now.ID, "number": now.Number, "verb": m.Verb, "state": now.State}
	was, into := now.Shown(), now.MergedInto
	before.Revision, before.Supports, before.VoicedAt, before.ChangedBy, before.Merged = now.Revision, now.Supports, now.VoicedAt, who.PersonID, now.Merged
	if err := tx.ChangeQuestion(&before); err != nil {
		return Moved{}, err
	}
	if m.Verb == "merge" && into != "" {
		if err := s.part(tx, room, &before, into, who); err != nil {
			return Moved{}, err
		}
	}
	if then.Wall != nil {
		if err := s.rewind(tx, who, room.ID, *then.Wall); err != nil {
			return Moved{}, err
		}
	}
	s.announce(tx, room, change{"rooms.undone", was, before, who.Name, ""})
	if was && !before.Shown() {
		if err := s.clearWall(tx, room.ID, before.ID); err != nil {
			return Moved{}, err
		}
	}
	if m.Verb == "hold" || m.Verb == "approve" {
		if err := s.announceHeld(tx, room); err != nil {
			return Moved{}, err
		}
	}
	return Moved{Question: deskViewOf(before, s.offices(ctx).name(before.OfficeID), who.Name)}, nil
}

// tellAuthor queues a letter to the author of a question, if they have an account
// and want news.
func tellAuthor(tx *models.Tx, room models.Room, q models.Question, kind string) error {
	if q.PersonID == "" {
		return nil
	}
	p, err := tx.Person(q.PersonID)
	if models.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	l := models.LetterTo(p, kind)
	l.DedupeKey = kind + ":" + q.ID
	return tx.QueueLetter(l, map[string]string{"room": room.Title(p.Lang), "question": q.Body, "url": "/live/" + room.Code})
}
