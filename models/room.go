package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// RoomState is where a room of live questions stands.
type RoomState string

// The states of a room. A closed room is not opened again: what comes later is
// answered in writing.
const (
	RoomWaiting RoomState = "waiting" // 未开始
	RoomOpen    RoomState = "open"    // 进行中
	RoomPaused  RoomState = "paused"  // 暂停
	RoomClosed  RoomState = "closed"  // 已结束
)

// Views of the wall: what the hall reads.
const (
	WallQuestion = "question" // the question that is being answered
	WallTop      = "top"      // the most seconded questions
	WallSpeakers = "speakers" // who speaks, who is next
	WallAgenda   = "agenda"
	WallPoll     = "poll" // a poll or its result
)

// Room is the place of live questions of a hearing or a forum, or one of its own
// (现场提问). Everybody may watch it; asking and seconding need an identity of the
// room's tier.
type Room struct {
	ID     string `gorm:"primaryKey"`
	Code   string // K7M4: what people type, unique
	UnitID string
	// HearingID is the hearing that the room belongs to, empty for a room of its own.
	HearingID string
	// ConsultationID is the draft to whose clauses questions may be tied, or empty.
	ConsultationID   string
	TitleZH, TitleEN string
	PlaceZH, PlaceEN string
	State            RoomState
	// Moderated keeps every question back until a moderator has approved it.
	Moderated bool
	// Tier is the identity that asking and seconding need.
	Tier Tier
	// QuestionLimit is the most characters of a question.
	QuestionLimit int
	// PerPerson is how many questions one person may ask in the room.
	PerPerson int
	// AnswerDays is how many days an office gets for a written answer, unless the
	// moderator names a date.
	AnswerDays int
	// Hall lists the networks of the hall ("203.0.113.7 198.51.100.0/24"), whose
	// people share an address and are not held back for it.
	Hall string
	// AgendaItemID is the item of the agenda that is on, or empty.
	AgendaItemID string
	// ListOpen says whether people may put themselves on the speaking list.
	ListOpen bool
	// SpeechSeconds is the time of one speech, SideSeconds of all speeches of one
	// side; 0 does not limit.
	SpeechSeconds, SideSeconds int
	// WallSecret is the unguessable part of the wall's address.
	WallSecret string
	// WallView is what the wall shows, WallAbout the question or poll it is about.
	WallView, WallAbout string
	WallBlank           bool
	Revision            int64
	// ChangedBy is the person who changed the room last.
	ChangedBy string
	CreatedBy string
	CreatedAt time.Time
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
	StartsAt  *time.Time
	OpenedAt  *time.Time
	ClosedAt  *time.Time
}

// RoomTopic is what live clients join for a room.
func RoomTopic(code string) string { return "room:" + code }

// DeskTopic is what moderators join: it alone carries what has not been approved.
func (r Room) DeskTopic() string { return RoomTopic(r.Code) + ":desk" }

// WallTopic is what walls join.
func (r Room) WallTopic() string { return RoomTopic(r.Code) + ":wall" }

// OwnTopic is what somebody joins to hear of their own questions.
func (r Room) OwnTopic(voice string) string { return RoomTopic(r.Code) + ":me:" + voice }

// Title is the name of the room in a language.
func (r Room) Title(lang string) string { return either(lang, r.TitleZH, r.TitleEN) }

// Place is where the hall is, in a language.
func (r Room) Place(lang string) string { return either(lang, r.PlaceZH, r.PlaceEN) }

// Takes says whether questions and voices are taken now.
func (r Room) Takes() bool { return r.State == RoomOpen }

// RoomByCode finds a room by its code in capitals; [ErrNotFound] if there is none.
func (db *DB) RoomByCode(ctx context.Context, code string) (Room, error) {
	return one[Room](ctx, db, "code = ?", code)
}

// RoomByID finds a room.
func (db *DB) RoomByID(ctx context.Context, id string) (Room, error) {
	return one[Room](ctx, db, "id = ?", id)
}

// RoomByWall finds a room by the secret of its wall's address.
func (db *DB) RoomByWall(ctx context.Context, secret string) (Room, error) {
	return one[Room](ctx, db, "wall_secret = ?", secret)
}

// RoomsOfHearing lists the rooms of a hearing, the oldest first.
func (db *DB) RoomsOfHearing(ctx context.Context, hearingID string) ([]Room, error) {
	return many[Room](ctx, db, "id", "hearing_id = ? AND hearing_id <> ''", hearingID)
}

// Rooms lists up to limit rooms in the states, the newest first.
func (db *DB) Rooms(ctx context.Context, limit int, states ...RoomState) ([]Room, error) {
	return manyIn[Room](db.read.WithContext(ctx).Limit(clampLimit(limit)), "id DESC", "state IN ?", states)
}

// RoomsUnder lists the rooms of units below the paths, the newest first.
func (db *DB) RoomsUnder(ctx context.Context, paths []string) ([]Room, error) {
	var all []Room
	seen := map[string]bool{}
	for _, path := range paths {
		part, err := manyIn[Room](db.read.WithContext(ctx).Limit(200), "id DESC", "unit_id IN (SELECT id FROM units WHERE path LIKE ?)", path+"%")
		if err != nil {
			return nil, err
		}
		for _, r := range part {
			if !seen[r.ID] {
				seen[r.ID] = true
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// Room reads a room inside the act.
func (tx *Tx) Room(id string) (Room, error) { return oneIn[Room](tx.sql(), "id = ?", id) }

// PeekRoom is [Tx.Room] for acts that only look at it: acts that share a commit
// read it once.
func (tx *Tx) PeekRoom(id string) (Room, error) { return peekRow[Room](tx, "room:", id) }

func peekRow[T any](tx *Tx, kind, id string) (T, error) {
	return peekOnce(tx, kind+id, func(g *gorm.DB) (T, error) { return oneIn[T](g, "id = ?", id) })
}

// ChangeRoom writes a room that was read at its revision and counts the revision
// up. Conflict (error.stale) when somebody else was faster.
func (tx *Tx) ChangeRoom(r *Room) error {
	was := r.Revision
	r.Revision, r.UpdatedAt = was+1, tx.Now
	return changed(tx.sql().Model(&Room{}).Where("id = ? AND revision = ?", r.ID, was).Select("*").Omit("id", "code", "created_at", "created_by").Updates(r))
}
