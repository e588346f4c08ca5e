package models

import (
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// QuestionState is where a question of a room stands.
type QuestionState string

// The states of a question. Waiting and held questions are seen by moderators and
// their author only.
const (
	QuestionWaiting   QuestionState = "waiting"   // 待审
	QuestionHeld      QuestionState = "held"      // 不展示
	QuestionQueued    QuestionState = "queued"    // 已排队
	QuestionAnswering QuestionState = "answering" // 正在回答
	QuestionAnswered  QuestionState = "answered"  // 已回答
	QuestionWritten   QuestionState = "written"   // 会后书面答复
)

// PublicQuestions are the states that everybody sees.
var PublicQuestions = []QuestionState{QuestionQueued, QuestionAnswering, QuestionAnswered, QuestionWritten}

// Public says whether a question in this state is shown to everybody.
func (s QuestionState) Public() bool {
	return s == QuestionQueued || s == QuestionAnswering || s == QuestionAnswered || s == QuestionWritten
}

// Question is what somebody asks in a room.
type Question struct {
	ID     string `gorm:"primaryKey"`
	RoomID string
	// Number counts the questions of the room in the order in which they came.
	Number       int64
	AgendaItemID string
	ClauseKey    string
	PersonID     string
	Voice        string // who, see actor.Actor.Voice
	Body         string
	// Original is what the author wrote, where a moderator has mended a slip.
	Original    string
	Display     Display
	DisplayName string
	Tier        Tier
	Channel     Channel
	EnteredBy   string // who entered it for somebody in the hall
	Lang        string
	State       QuestionState
	// Reason is why it is held back, Note a word to the author.
	Reason, Note string
	// HeldBy is who held it back; Appeal is the author's objection, once, on which a
	// second moderator decides.
	HeldBy     string
	Appeal     string
	AppealedAt *time.Time
	// MergedInto is the question that asks the same and speaks for this one; Merged
	// counts the questions for which this one speaks.
	MergedInto string
	Merged     int
	// Supports counts everybody else who wants to know, each once: voices for the
	// question and for those merged into it, and the authors of those.
	Supports int64
	VoicedAt *time.Time
	// Answerer is who answered in the room, in the words of the public.
	Answerer           string
	AnswerZH, AnswerEN string
	AnsweredBy         string // the person who wrote the answer down
	// OfficeID is the unit that answers in writing by DueAt.
	OfficeID  string
	DueAt     *time.Time
	Revision  int64
	ChangedBy string
	CreatedAt time.Time
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
	// ShownAt is when everybody could see it first.
	ShownAt     *time.Time
	AnsweringAt *time.Time
	AnsweredAt  *time.Time
	ErasedAt    *time.Time
}

// TableName is room_questions.
func (Question) TableName() string { return "room_questions" }

// Shown says whether everybody sees the question on its own.
func (q Question) Shown() bool { return q.State.Public() && q.MergedInto == "" && q.ErasedAt == nil }

// Answer is the answer in a language.
func (q Question) Answer(lang string) string { return either(lang, q.AnswerZH, q.AnswerEN) }

// Overdue says whether the written answer is late at now.
func (q Question) Overdue(now time.Time) bool {
	return q.State == QuestionWritten && q.AnsweredAt == nil && q.DueAt != nil && q.DueAt.Before(now)
}

// QuestionByID finds a question in any state; who may see it is for the service.
func (db *DB) QuestionByID(ctx context.Context, id string) (Question, error) {
	return one[Question](ctx, db, "id = ?", id)
}

// QuestionsShown lists up to limit public questions of a room: the one that is
// answered, then those that wait by their voices, then those that were answered.
func (db *DB) QuestionsShown(ctx context.Context, roomID string, limit int) ([]Question, error) {
	const order = "CASE state WHEN 'answering' THEN 0 WHEN 'queued' THEN 1 WHEN 'written' THEN 2 ELSE 3 END, supports DESC, number"
	return manyIn[Question](db.read.WithContext(ctx).Limit(limit), order, "room_id = ? AND state IN ? AND merged_into = '' AND erased_at IS NULL", roomID, PublicQuestions)
}

// QuestionsOf lists the questions of a room that have one of the states and stand
// for themselves, in the order in which they came; at most 500.
func (db *DB) QuestionsOf(ctx context.Context, roomID string, states ...QuestionState) ([]Question, error) {
	return manyIn[Question](db.read.WithContext(ctx).Limit(500), "number", "room_id = ? AND state IN ? AND merged_into = '' AND erased_at IS NULL", roomID, states)
}

// QuestionsAll lists every question of a room in the order in which they came, for
// the record and for exports.
func (db *DB) QuestionsAll(ctx context.Context, roomID string) ([]Question, error) {
	return many[Question](ctx, db, "number", "room_id = ?", roomID)
}

// QuestionsBy lists what a voice has asked in a room, the newest first.
func (db *DB) QuestionsBy(ctx context.Context, roomID, voice string) ([]Question, error) {
	return manyIn[Question](db.read.WithContext(ctx).Limit(100), "number DESC", "room_id = ? AND voice = ? AND erased_at IS NULL", roomID, voice)
}

// QuestionsMerged lists the questions for which another one speaks.
func (db *DB) QuestionsMerged(ctx context.Context, id string) ([]Question, error) {
	return many[Question](ctx, db, "number", "merged_into = ?", id)
}

// QuestionsOwed lists questions that wait for a written answer and are due before
// a moment, the most urgent first; at most 500.
func (db *DB) QuestionsOwed(ctx context.Context, dueBefore time.Time) ([]Question, error) {
	return manyIn[Question](db.read.WithContext(ctx).Limit(500), "due_at, id", "state = 'written' AND answered_at IS NULL AND merged_into = '' AND erased_at IS NULL AND due_at < ?", dueBefore)
}

// QuestionsOwedBy lists what offices below the paths owe a written answer to.
func (db *DB) QuestionsOwedBy(ctx context.Context, paths []string) ([]Question, error) {
	var all []Question
	seen := map[string]bool{}
	for _, path := range paths {
		part, err := manyIn[Question](db.read.WithContext(ctx).Limit(500), "due_at, id",
			"state = 'written' AND answered_at IS NULL AND merged_into = '' AND erased_at IS NULL AND office_id IN (SELECT id FROM units WHERE path LIKE ?)", path+"%")
		if err != nil {
			return nil, err
		}
		for _, q := range part {
			if !seen[q.ID] {
				seen[q.ID] = true
				all = append(all, q)
			}
		}
	}
	return all, nil
}

// QuestionTally counts the questions of a room by state; merged ones count with
// the question that speaks for them.
func (db *DB) QuestionTally(ctx context.Context, roomID string) (map[QuestionState]int, error) {
	var rows []struct {
		State QuestionState
		N     int
	}
	err := db.read.WithContext(ctx).Model(&Question{}).Select("state, COUNT(*) AS n").Where("room_id = ? AND merged_into = '' AND erased_at IS NULL", roomID).Group("state").Scan(&rows).Error
	out := map[QuestionState]int{}
	for _, r := range rows {
		out[r.State] = r.N
	}
	return out, wrap(err)
}

// HeldReasons counts the questions of a room that are held back, by reason: the
// public sees how many, never which.
func (db *DB) HeldReasons(ctx context.Context, roomID string) (map[string]int, error) {
	var rows []struct {
		Reason string
		N      int
	}
	err := db.read.WithContext(ctx).Model(&Question{}).Select("reason, COUNT(*) AS n").Where("room_id = ? AND state = ?", roomID, QuestionHeld).Group("reason").Scan(&rows).Error
	out := map[string]int{}
	for _, r := range rows {
		out[r.Reason] = r.N
	}
	return out, wrap(err)
}

// HeldReasonsIn is [DB.HeldReasons] inside the act.
func (tx *Tx) HeldReasonsIn(roomID string) (map[string]int, error) {
	var rows []struct {
		Reason string
		N      int
	}
	err := tx.sql().Model(&Question{}).Select("reason, COUNT(*) AS n").Where("room_id = ? AND state = ?", roomID, QuestionHeld).Group("reason").Scan(&rows).Error
	out := map[string]int{}
	for _, r := range rows {
		out[r.Reason] = r.N
	}
	return out, err
}

// AskQuestion keeps a new question and gives it the next number of its room.
func (tx *Tx) AskQuestion(q *Question) (err error) {
	if q.Number, err = tx.Number("room:" + q.RoomID); err != nil {
		return err
	}
	return tx.Insert(q)
}

// QuestionsAskedBy counts what a voice has asked in a room, without what is held
// back or erased.
func (tx *Tx) QuestionsAskedBy(roomID, voice string) (int, error) {
	var n int64
	err := tx.sql().Model(&Question{}).Where("room_id = ? AND voice = ? AND state <> ? AND erased_at IS NULL", roomID, voice, QuestionHeld).Count(&n).Error
	return int(n), err
}

// Question reads a question inside the act.
func (tx *Tx) Question(id string) (Question, error) { return oneIn[Question](tx.sql(), "id = ?", id) }

// PeekQuestion is [Tx.Question] for acts that only look at it: acts that share a
// commit read it once.
func (tx *Tx) PeekQuestion(id string) (Question, error) {
	return peekRow[Question](tx, "question:", id)
}

// QuestionsMergedIn lists the questions for which another one speaks, inside the act.
func (tx *Tx) QuestionsMergedIn(id string) ([]Question, error) {
	return manyIn[Question](tx.sql(), "number", "merged_into = ?", id)
}

// AnsweringNow lists the questions of a room that are being answered.
func (tx *Tx) AnsweringNow(roomID string) ([]Question, error) {
	return manyIn[Question](tx.sql(), "number", "room_id = ? AND state = ?", roomID, QuestionAnswering)
}

// ChangeQuestion writes a question that was read at its revision and counts the
// revision up. Its voices are not touched, but read again: from here to the commit the
// row is held, so that what is told of the question is not older than what others
// commit before. Conflict (error.stale) when somebody else was faster.
func (tx *Tx) ChangeQuestion(q *Question) error {
	was := q.Revision
	q.Revision, q.UpdatedAt = was+1, tx.Now
	now := Question{}
	err := changed(tx.sql().Model(&now).Clauses(clause.Returning{Columns: []clause.Column{{Name: "supports"}}}).Where("id = ? AND revision = ?", q.ID, was).Select("*").
		Omit("id", "room_id", "number", "supports", "voiced_at", "created_at").Updates(q))
	q.Supports = now.Supports
	return err
}

// Move is one act of a moderator, kept so that it can be undone for a short while
// and that the others see who did what.
type Move struct {
	ID         string `gorm:"primaryKey"`
	RoomID     string
	QuestionID string
	Verb       string // approve, hold, merge …
	MadeBy     string
	MadeAt     time.Time
	// Before is the question as it was, as JSON.
	Before string
	// Revision is that of the question after the move: while it has not moved on,
	// the move can be undone.
	Revision int64
	UndoneAt *time.Time
}

// TableName is room_moves.
func (Move) TableName() string { return "room_moves" }

// Move reads a move inside the act.
func (tx *Tx) Move(id string) (Move, error) { return oneIn[Move](tx.sql(), "id = ?", id) }

// UndoMove marks a move as undone; Conflict when it was.
func (tx *Tx) UndoMove(id string) error {
	return changed(tx.sql().Model(&Move{}).Where("id = ? AND undone_at IS NULL", id).Update("undone_at", tx.Now))
}

// LastMove is the newest move on a question that was not undone.
func (db *DB) LastMove(ctx context.Context, questionID string) (Move, error) {
	return oneIn[Move](db.read.WithContext(ctx).Order("id DESC"), "question_id = ? AND undone_at IS NULL", questionID)
}

// MovesOf lists the newest moves in a room; at most limit.
func (db *DB) MovesOf(ctx context.Context, roomID string, limit int) ([]Move, error) {
	return manyIn[Move](db.read.WithContext(ctx).Limit(limit), "id DESC", "room_id = ?", roomID)
}

// MoveByID finds a move.
func (db *DB) MoveByID(ctx context.Context, id string) (Move, error) {
	return one[Move](ctx, db, "id = ?", id)
}

// ForgetRoomTalk empties the events of rooms that were closed before a moment: what
// counts stands in the questions and their record. The numbers stay, so that nothing
// has a gap.
func (tx *Tx) ForgetRoomTalk(closedBefore time.Time) error {
	return tx.sql().Exec("UPDATE events SET data = '{}' WHERE topic LIKE 'room:%' AND at < ? AND data <> '{}' AND EXISTS (SELECT 1 FROM rooms r WHERE r.state = ? AND r.closed_at < ? AND (events.topic = 'room:' || r.code OR events.topic LIKE 'room:' || r.code || ':%'))",
		closedBefore, RoomClosed, closedBefore).Error
}
