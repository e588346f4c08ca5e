package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"gorm.io/gorm"
)

// QuestionVoice is one person's wish to hear a question answered (我也想问).
type QuestionVoice struct {
	QuestionID string `gorm:"primaryKey"`
	Voice      string `gorm:"primaryKey"`
	Tier       Tier
	CreatedAt  time.Time
}

// EventVoiced is the kind of event that says that voices in a room have changed.
// It belongs to no topic: thousands second at once, and people are told sampled
// counts. Its data is {"room":"K7M4"}.
const EventVoiced = "rooms.voiced"

// voiced is one voice given or taken back, left for the end of the group.
type voiced struct {
	room, question, voice string
	tier                  Tier
	on                    bool
	at                    time.Time
}

// VoiceQuestion gives or takes back one voice for a question that stands for
// itself. All voices of acts that share a commit are written together; the key of
// the table decides that each counts once, and the count follows the rows that
// were really written.
func (tx *Tx) VoiceQuestion(room Room, q Question, voice string, tier Tier, on bool) {
	tx.voices = append(tx.voices, voiced{room.Code, q.ID, voice, tier, on, tx.Now})
}

// speak writes the voices of the group, in the order of questions and voices so that
// two writers never wait for each other in a ring.
func (g *group) speak() error {
	if len(g.voices) == 0 {
		return nil
	}
	last := map[string]voiced{} // who changed their mind within one commit is taken at the last word
	for _, v := range g.voices {
		last[v.question+" "+v.voice] = v
	}
	g.voices = nil
	var given, taken []voiced
	rooms := map[string]time.Time{}
	for _, k := range sortedKeys(last) {
		v := last[k]
		rooms[v.room] = v.at
		if v.on {
			given = append(given, v)
		} else {
			taken = append(taken, v)
		}
	}
	by := map[string]int64{}
	if err := g.giveVoices(given, by); err != nil {
		return err
	}
	if err := g.takeVoices(taken, by); err != nil {
		return err
	}
	for _, id := range sortedKeys(by) {
		if err := g.countVoices(id, by[id], g.db.Now()); err != nil {
			return err
		}
	}
	for _, code := range sortedKeys(rooms) {
		data, _ := json.Marshal(map[string]string{"room": code}) // a string is always JSON
		g.pending = append(g.pending, &Event{Kind: EventVoiced, At: rooms[code], Data: string(data)})
	}
	return nil
}

// giveVoices writes the new voices and counts into by those that were not there.
func (g *group) giveVoices(list []voiced, by map[string]int64) error {
	if len(list) == 0 {
		return nil
	}
	columns := []column{{name: "question_id", kind: asText}, {name: "voice", kind: asText}, {name: "tier", kind: asText}, {name: "created_at", kind: asTime}}
	for _, v := range list {
		columns[0].texts = append(columns[0].texts, v.question)
		columns[1].texts = append(columns[1].texts, v.voice)
		columns[2].texts = append(columns[2].texts, string(v.tier))
		columns[3].any = append(columns[3].any, v.at)
	}
	l := lines{table: "question_voices", n: len(list), columns: columns, suffix: "ON CONFLICT DO NOTHING RETURNING question_id"}
	return g.ask(l.statements(g.db.postgres), func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		by[id]++
		return err
	})
}

// takeVoices takes voices back, from a question and from those merged into it.
func (g *group) takeVoices(list []voiced, by map[string]int64) error {
	for _, v := range list {
		q := g.sql.Exec("DELETE FROM question_voices WHERE voice = ? AND (question_id = ? OR question_id IN (SELECT id FROM room_questions WHERE merged_into = ?))", v.voice, v.question, v.question)
		if q.Error != nil {
			return q.Error
		}
		if q.RowsAffected > 0 {
			by[v.question]--
		}
	}
	return nil
}

// countVoices changes the count of a question; where another writer has merged it in
// the meantime, that of the one that speaks for it.
func (g *group) countVoices(id string, by int64, at time.Time) error {
	if by == 0 {
		return nil
	}
	q := g.sql.Exec("UPDATE room_questions SET supports = supports + ?, voiced_at = ? WHERE id = ? AND merged_into = ''", by, at, id)
	if q.Error != nil || q.RowsAffected > 0 {
		return q.Error
	}
	return g.speakForHead(id, at)
}

// speakForHead counts for the question into which another writer has merged this
// one in the meantime.
func (g *group) speakForHead(id string, at time.Time) error {
	if err := g.sql.Exec("UPDATE room_questions SET voiced_at = ? WHERE id = (SELECT merged_into FROM room_questions WHERE id = ?)", at, id).Error; err != nil {
		return err
	}
	var head string
	if err := g.sql.Raw("SELECT merged_into FROM room_questions WHERE id = ?", id).Scan(&head).Error; err != nil {
		return err
	}
	return recountQuestion(g.sql, head, at)
}

// SpokeFor says whether a voice counts already for one of the questions that are
// merged into another: as their author or by seconding them.
func (tx *Tx) SpokeFor(headID, voice string) (bool, error) {
	var n int64
	err := tx.sql().Raw("SELECT COUNT(*) FROM room_questions q WHERE q.merged_into = ? AND (q.voice = ? OR EXISTS (SELECT 1 FROM question_voices v WHERE v.question_id = q.id AND v.voice = ?))", headID, voice, voice).Scan(&n).Error
	return n > 0, err
}

// RecountQuestion sets the count of a question from its rows: everybody who
// seconded it or one merged into it, and the authors of those, each once and
// without its own author. The row must have been changed in this act before, so
// that it is held against others. Like a voice it is told with the sampled counts.
func (tx *Tx) RecountQuestion(room Room, id string) error {
	tx.Voiced(room)
	return recountQuestion(tx.sql(), id, tx.Now)
}

// Voiced says that numbers of voices in a room have changed, or may have been told as
// they were a moment ago, so that they are counted and told once more.
func (tx *Tx) Voiced(room Room) { tx.Emit("", EventVoiced, map[string]string{"room": room.Code}) }

func recountQuestion(g *gorm.DB, id string, at time.Time) error {
	return g.Exec(`UPDATE room_questions SET voiced_at = ?, supports = (SELECT COUNT(*) FROM (
		SELECT v.voice FROM question_voices v WHERE v.question_id = ? OR v.question_id IN (SELECT m.id FROM room_questions m WHERE m.merged_into = ?)
		UNION SELECT a.voice FROM room_questions a WHERE a.merged_into = ?) w
		WHERE w.voice <> (SELECT o.voice FROM room_questions o WHERE o.id = ?)) WHERE id = ?`, at, id, id, id, id, id).Error
}

// QuestionsVoicedBy gives, among the ids, those for which a voice counts.
func (db *DB) QuestionsVoicedBy(ctx context.Context, voice string, roomID string) (map[string]bool, error) {
	var ids []string
	err := db.read.WithContext(ctx).Raw("SELECT CASE q.merged_into WHEN '' THEN q.id ELSE q.merged_into END FROM question_voices v JOIN room_questions q ON q.id = v.question_id WHERE v.voice = ? AND q.room_id = ?", voice, roomID).Scan(&ids).Error
	out := map[string]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out, wrap(err)
}

// QuestionCount is how many second a question.
type QuestionCount struct {
	ID       string
	Supports int64
}

// QuestionCounts gives the counts of the public questions of a room that were
// seconded last; at most limit.
func (db *DB) QuestionCounts(ctx context.Context, roomID string, limit int) ([]QuestionCount, error) {
	var list []QuestionCount
	err := db.read.WithContext(ctx).Model(&Question{}).Select("id, supports").
		Where("room_id = ? AND voiced_at IS NOT NULL AND merged_into = '' AND state IN ?", roomID, PublicQuestions).
		Order("voiced_at DESC, id").Limit(limit).Scan(&list).Error
	return list, wrap(err)
}
