package models

import (
	"context"
	"time"
)

// SpeakerKind is what somebody asks the floor for.
type SpeakerKind string

// The kinds, in the order in which the rules let them speak: a point of order comes
// first, then a reply, then the list. An interposed question pauses who speaks.
const (
	PointOfOrder SpeakerKind = "order"      // 程序问题
	Reply        SpeakerKind = "reply"      // 回应
	Speaking     SpeakerKind = "speech"     // 发言
	Interposed   SpeakerKind = "interposed" // 插问
)

// SpeakerState is where somebody on the speaking list stands.
type SpeakerState string

// The states on the speaking list.
const (
	SpeakerWaiting  SpeakerState = "waiting"
	SpeakerSpeaking SpeakerState = "speaking"
	SpeakerPaused   SpeakerState = "paused"
	SpeakerDone     SpeakerState = "done"
	SpeakerGone     SpeakerState = "withdrawn"
)

// SpeakerEntry is one place on the speaking list of a room (发言名单).
type SpeakerEntry struct {
	ID           string `gorm:"primaryKey"`
	RoomID       string
	AgendaItemID string
	Kind         SpeakerKind
	// Side is for, against, or empty: time is counted by side too.
	Side      string
	PersonID  string
	Voice     string // empty for somebody in the hall whom the chair put down
	Name      string // as it is called out
	EnteredBy string
	State     SpeakerState
	// Place orders the list; it starts by the rule and the chair may change it.
	Place int64
	// Seconds is the time that this entry gets; 0 does not limit.
	Seconds int
	// Pauses is the entry that an interposed question has paused, or empty.
	Pauses string
	// SpokenMS is the true speaking time of finished stretches, RunningAt the
	// beginning of the one under way.
	SpokenMS  int64 `gorm:"column:spoken_ms"`
	RunningAt *time.Time
	Revision  int64
	ChangedBy string
	CreatedAt time.Time
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
	BeganAt   *time.Time
	EndedAt   *time.Time
}

// Spoken is the true speaking time at now.
func (e SpeakerEntry) Spoken(now time.Time) time.Duration {
	d := time.Duration(e.SpokenMS) * time.Millisecond
	if e.RunningAt != nil {
		d += max(now.Sub(*e.RunningAt), 0)
	}
	return d
}

// Speech is one stretch of speaking without a pause: the ground of all times.
type Speech struct {
	ID        string `gorm:"primaryKey"`
	EntryID   string
	RoomID    string
	StartedAt time.Time
	EndedAt   *time.Time
}

// SpeakersOf lists everybody on the speaking list of a room in its order, those who
// have spoken included.
func (db *DB) SpeakersOf(ctx context.Context, roomID string) ([]SpeakerEntry, error) {
	return manyIn[SpeakerEntry](db.read.WithContext(ctx).Limit(1000), "place, id", "room_id = ? AND state <> ?", roomID, SpeakerGone)
}

// SpeakerByID finds a place on a speaking list.
func (db *DB) SpeakerByID(ctx context.Context, id string) (SpeakerEntry, error) {
	return one[SpeakerEntry](ctx, db, "id = ?", id)
}

// SpeechesOf lists every stretch of speaking in a room.
func (db *DB) SpeechesOf(ctx context.Context, roomID string) ([]Speech, error) {
	return many[Speech](ctx, db, "id", "room_id = ?", roomID)
}

// Speaker reads a place on the speaking list inside the act.
func (tx *Tx) Speaker(id string) (SpeakerEntry, error) {
	return oneIn[SpeakerEntry](tx.sql(), "id = ?", id)
}

// SpeakersIn lists the people of a room's speaking list in the states, in its order.
func (tx *Tx) SpeakersIn(roomID string, states ...SpeakerState) ([]SpeakerEntry, error) {
	return manyIn[SpeakerEntry](tx.sql(), "place, id", "room_id = ? AND state IN ?", roomID, states)
}

// ChangeSpeaker writes an entry that was read at its revision. Conflict
// (error.stale) when somebody else was faster, (error.duplicate) when another one
// is speaking.
func (tx *Tx) ChangeSpeaker(e *SpeakerEntry) error {
	was := e.Revision
	e.Revision, e.UpdatedAt = was+1, tx.Now
	return changed(tx.sql().Model(&SpeakerEntry{}).Where("id = ? AND revision = ?", e.ID, was).Select("*").Omit("id", "room_id", "created_at").Updates(e))
}

// EndSpeech ends the stretch of speaking that is under way for an entry.
func (tx *Tx) EndSpeech(entryID string) error {
	return tx.sql().Model(&Speech{}).Where("entry_id = ? AND ended_at IS NULL", entryID).Update("ended_at", tx.Now).Error
}
