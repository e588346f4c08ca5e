package models

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"
)

// PollKind is how a quick poll is answered.
type PollKind string

// The kinds of quick polls.
const (
	PollSingle   PollKind = "single"   // one of the options
	PollMultiple PollKind = "multiple" // any of them
	PollScale    PollKind = "scale"    // 1 to 5
)

// PollState is where a quick poll stands.
type PollState string

// The states of a quick poll.
const (
	PollDraft  PollState = "draft"
	PollOpen   PollState = "open"
	PollClosed PollState = "closed"
)

// PollOption is one answer that can be chosen.
type PollOption struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In is the option in a language.
func (o PollOption) In(lang string) string { return either(lang, o.ZH, o.EN) }

// RoomPoll is a quick poll in a room. Its result is seen once the chair shows it.
type RoomPoll struct {
	ID               string `gorm:"primaryKey"`
	RoomID           string
	AgendaItemID     string
	Kind             PollKind
	TitleZH, TitleEN string
	Options          string // JSON: list of PollOption
	State            PollState
	Shown            bool // the result, to everybody
	Revision         int64
	ChangedBy        string
	CreatedBy        string
	CreatedAt        time.Time
	UpdatedAt        time.Time `gorm:"autoUpdateTime:false"`
	OpenedAt         *time.Time
	ClosedAt         *time.Time
}

// Title is the question of the poll in a language.
func (p RoomPoll) Title(lang string) string { return either(lang, p.TitleZH, p.TitleEN) }

// Choices are the options; none when the row is broken.
func (p RoomPoll) Choices() (list []PollOption) {
	_ = json.Unmarshal([]byte(p.Options), &list)
	return list
}

// PollVote is one person's vote in a poll; the last one counts until it closes.
type PollVote struct {
	PollID    string `gorm:"primaryKey"`
	Voice     string `gorm:"primaryKey"`
	Choices   string // numbers of the options, joined by commas: "0,2"
	Tier      Tier
	CreatedAt time.Time
}

// EventVoted says that votes in a room's poll have changed; like [EventVoiced] it
// belongs to no topic.
const EventVoted = "rooms.voted"

// PollsOf lists the polls of a room, the oldest first.
func (db *DB) PollsOf(ctx context.Context, roomID string) ([]RoomPoll, error) {
	return many[RoomPoll](ctx, db, "id", "room_id = ?", roomID)
}

// PollByID finds a poll.
func (db *DB) PollByID(ctx context.Context, id string) (RoomPoll, error) {
	return one[RoomPoll](ctx, db, "id = ?", id)
}

// PollVotes counts how often each combination of choices was made ("0,2" → 14).
func (db *DB) PollVotes(ctx context.Context, pollID string) (map[string]int, error) {
	return pollVotes(db.read.WithContext(ctx), pollID)
}

func pollVotes(g *gorm.DB, pollID string) (map[string]int, error) {
	var rows []struct {
		Choices string
		N       int
	}
	err := g.Model(&PollVote{}).Select("choices, COUNT(*) AS n").Where("poll_id = ?", pollID).Group("choices").Scan(&rows).Error
	out := map[string]int{}
	for _, r := range rows {
		out[r.Choices] = r.N
	}
	return out, wrap(err)
}

// PollVotes is [DB.PollVotes] inside the act.
func (tx *Tx) PollVotes(pollID string) (map[string]int, error) { return pollVotes(tx.sql(), pollID) }

// PollVotesBy gives what a voice has voted in the polls of a room, by poll.
func (db *DB) PollVotesBy(ctx context.Context, roomID, voice string) (map[string]string, error) {
	list, err := many[PollVote](ctx, db, "", "voice = ? AND poll_id IN (SELECT id FROM room_polls WHERE room_id = ?)", voice, roomID)
	out := map[string]string{}
	for _, v := range list {
		out[v.PollID] = v.Choices
	}
	return out, err
}

// Poll reads a poll inside the act.
func (tx *Tx) Poll(id string) (RoomPoll, error) { return oneIn[RoomPoll](tx.sql(), "id = ?", id) }

// PeekPoll is [Tx.Poll] for acts that only look at it.
func (tx *Tx) PeekPoll(id string) (RoomPoll, error) { return peekRow[RoomPoll](tx, "poll:", id) }

// ChangePoll writes a poll that was read at its revision. Conflict (error.stale)
// when somebody else was faster.
func (tx *Tx) ChangePoll(p *RoomPoll) error {
	was := p.Revision
	p.Revision, p.UpdatedAt = was+1, tx.Now
	return changed(tx.sql().Model(&RoomPoll{}).Where("id = ? AND revision = ?", p.ID, was).Select("*").Omit("id", "room_id", "created_at", "created_by").Updates(p))
}

// Vote keeps a vote; a second one of the same voice takes the place of the first.
func (tx *Tx) Vote(v PollVote) error {
	return tx.sql().Exec("INSERT INTO poll_votes (poll_id, voice, choices, tier, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (poll_id, voice) DO UPDATE SET choices = excluded.choices, created_at = excluded.created_at",
		v.PollID, v.Voice, v.Choices, v.Tier, tx.Now).Error
}
