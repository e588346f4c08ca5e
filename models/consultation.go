package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Status is where a consultation stands; it follows from its dates, see
// [Consultation.Status].
type Status string

// The states of a consultation, in the order of its life.
const (
	StatusDraft     Status = "draft"     // being prepared, officers only
	StatusScheduled Status = "scheduled" // 即将开始
	StatusOpen      Status = "open"      // 征集中
	StatusClosed    Status = "closed"    // 整理中
	StatusAnswered  Status = "answered"  // 已答复
	StatusWithdrawn Status = "withdrawn" // 已撤回
)

// Consultation is a policy draft put before the public for comment.
type Consultation struct {
	ID      string `gorm:"primaryKey"` // readable: 2027-012
	UnitID  string
	Profile string // key of the rule profile that binds it
	Topic   string // key of a topic: housing, transport, …
	TitleZH string
	TitleEN string
	// Points is the three-minute summary as JSON, see [Points].
	Points        string
	ExplanationZH string // 起草说明, Markdown
	ExplanationEN string
	NextZH        string // what happens next and how the result will be used
	NextEN        string
	ContactName   string
	ContactPhone  string
	ContactEmail  string
	ContactPost   string
	Prompts       string // JSON, see [Prompt]
	Glossary      string // JSON, see [Term]

	OpensAt       *time.Time
	ClosesAt      *time.Time
	ResponseDueAt *time.Time
	// GraceMinutes is how long after ClosesAt an opinion is still taken from
	// somebody who began to write before.
	GraceMinutes int
	// ShortReasonZH and EN are published when the window is below the rule.
	ShortReasonZH string
	ShortReasonEN string
	// HideSplit keeps stance counts back until closing, against herd effects.
	HideSplit bool
	// HoldNew lets opinions appear only after an officer has looked at them.
	HoldNew bool

	// Revision grows with each change of the officers' form; a stale form is refused.
	Revision    int64
	CreatedBy   string
	CreatedAt   time.Time
	UpdatedAt   time.Time `gorm:"autoUpdateTime:false"`
	ProposedBy  string    // first of the two people for publishing
	ProposedAt  *time.Time
	PublishedBy string // second of the two people
	PublishedAt *time.Time
	WithdrawnAt *time.Time
	WithdrawnZH string // published reason
	WithdrawnEN string
	AnsweredAt  *time.Time // the response was published
}

// Status tells where the consultation stands at a moment.
func (c Consultation) Status(now time.Time) Status {
	switch {
	case c.PublishedAt == nil:
		return StatusDraft
	case c.WithdrawnAt != nil:
		return StatusWithdrawn
	case c.AnsweredAt != nil:
		return StatusAnswered
	case c.OpensAt == nil || now.Before(*c.OpensAt):
		return StatusScheduled
	case c.ClosesAt == nil || now.Before(*c.ClosesAt):
		return StatusOpen
	}
	return StatusClosed
}

// Takes says whether an opinion that somebody began to write at began may be
// taken at now; grace only covers who began before the deadline.
func (c Consultation) Takes(now, began time.Time) bool {
	if c.Status(now) == StatusOpen {
		return true
	}
	return c.InGrace(now) && began.Before(*c.ClosesAt)
}

// GraceEnds is until when an opinion is taken from who began to write before the
// deadline; the zero time without a deadline.
func (c Consultation) GraceEnds() time.Time {
	if c.ClosesAt == nil {
		return time.Time{}
	}
	return c.ClosesAt.Add(time.Duration(c.GraceMinutes) * time.Minute)
}

// InGrace says whether at now only who began before the deadline may still send.
func (c Consultation) InGrace(now time.Time) bool {
	return c.Status(now) == StatusClosed && now.Before(c.GraceEnds())
}

// Title is the title in a language.
func (c Consultation) Title(lang string) string { return either(lang, c.TitleZH, c.TitleEN) }

// ConsultationTopic is the live topic of a consultation: counts and new opinions.
func ConsultationTopic(id string) string { return "consultation:" + id }

// Points is the three-minute summary.
type Points struct {
	ZH []string `json:"zh"`
	EN []string `json:"en"`
	// Who is affected, and what changes.
	WhoZH  string `json:"who_zh"`
	WhoEN  string `json:"who_en"`
	WhatZH string `json:"what_zh"`
	WhatEN string `json:"what_en"`
}

// Prompt is an officer's question under a clause that has no opinion yet.
type Prompt struct {
	ClauseKey string `json:"clause"`
	ZH        string `json:"zh"`
	EN        string `json:"en"`
}

// Term explains a word of the draft.
type Term struct {
	WordZH string `json:"word_zh"`
	WordEN string `json:"word_en"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// Extension moved a closing time; the old one and the reason stay public.
type Extension struct {
	ID             string `gorm:"primaryKey"`
	ConsultationID string
	OldClosesAt    time.Time
	NewClosesAt    time.Time
	ReasonZH       string
	ReasonEN       string
	CreatedBy      string
	CreatedAt      time.Time
}

// ConsultationByID finds a consultation in any state; [ErrNotFound] if there is
// none. Who may see it is for the service to decide.
func (db *DB) ConsultationByID(ctx context.Context, id string) (Consultation, error) {
	return one[Consultation](ctx, db, "id = ?", id)
}

// Consultation reads a consultation inside the act.
func (tx *Tx) Consultation(id string) (Consultation, error) {
	return oneIn[Consultation](tx.sql(), "id = ?", id)
}

// PeekConsultation is [Tx.Consultation] without waiting for what acts of the same
// group left for later; consultations are never left for later.
func (tx *Tx) PeekConsultation(id string) (Consultation, error) {
	return peekOnce(tx, "consultation:"+id, func(g *gorm.DB) (Consultation, error) {
		return oneIn[Consultation](g, "id = ?", id)
	})
}

// PeekPublicVersion reads the newest public version of a consultation, without
// waiting for what acts of the same group left for later.
func (tx *Tx) PeekPublicVersion(consultationID string) (Version, error) {
	return peekOnce(tx, "version:"+consultationID, func(g *gorm.DB) (Version, error) {
		var v Version
		return v, wrap(g.Where("consultation_id = ? AND published_at IS NOT NULL", consultationID).Order("number DESC").Take(&v).Error)
	})
}

// Milestone notes that a moment in the life of a consultation was announced: it
// opened or closed at At. There is one for each kind and moment.
type Milestone struct {
	ConsultationID string    `gorm:"primaryKey"`
	Kind           string    `gorm:"primaryKey"` // opened, closed
	At             time.Time `gorm:"primaryKey"`
}

// Kinds of milestones.
const (
	MilestoneOpened = "opened"
	MilestoneClosed = "closed"
)

// Unannounced lists public consultations that have opened (or closed) by now
// without a milestone of it.
func (db *DB) Unannounced(ctx context.Context, kind string, now time.Time) ([]Consultation, error) {
	column := "opens_at"
	if kind == MilestoneClosed {
		column = "closes_at"
	}
	return many[Consultation](ctx, db, column+", id", "published_at IS NOT NULL AND withdrawn_at IS NULL AND "+column+" <= ? AND NOT EXISTS"+
		" (SELECT 1 FROM milestones m WHERE m.consultation_id = consultations.id AND m.kind = ? AND m.at = consultations."+column+")", now, kind)
}

// Announce notes a milestone and says whether this act is the first to do so.
func (tx *Tx) Announce(m Milestone) (bool, error) {
	q := tx.sql().Exec("INSERT INTO milestones (consultation_id, kind, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", m.ConsultationID, m.Kind, m.At)
	return q.RowsAffected > 0, wrap(q.Error)
}

// Followers lists the people who follow a consultation and can get letters.
func (tx *Tx) Followers(consultationID string) ([]Person, error) {
	return manyIn[Person](tx.sql(), "id", "id IN (SELECT person_id FROM follows WHERE consultation_id = ?) AND disabled_at IS NULL AND erased_at IS NULL", consultationID)
}
