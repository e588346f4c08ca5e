package models

import (
	"context"
	"fmt"
	"time"
)

// HearingKind tells the two large forms of taking part apart.
type HearingKind string

// The kinds.
const (
	KindHearing HearingKind = "hearing" // 听证会
	KindForum   HearingKind = "forum"   // 座谈会
)

// HearingState is where a hearing stands; it follows from its dates, see
// [Hearing.State].
type HearingState string

// The states of a hearing, in the order of its life.
const (
	HearingDraft     HearingState = "draft"     // being prepared, officers only
	HearingBefore    HearingState = "before"    // announced, sign-up not yet open
	HearingOpen      HearingState = "open"      // 报名中
	HearingClosed    HearingState = "closed"    // sign-up over, participants not yet fixed
	HearingDrawn     HearingState = "drawn"     // participants fixed
	HearingLive      HearingState = "live"      // 进行中
	HearingEnded     HearingState = "ended"     // 会后, record in work or open for correction
	HearingRecorded  HearingState = "recorded"  // the record is frozen
	HearingCancelled HearingState = "cancelled" // 已取消
)

// Hearing is a public hearing or a forum.
type Hearing struct {
	ID      string `gorm:"primaryKey"` // readable: h2027-003
	Kind    HearingKind
	UnitID  string
	Profile string // key of the rule profile that binds it
	// ConsultationID is the consultation it belongs to, empty for none; Clauses
	// are the keys of the clauses it is about, a JSON list.
	ConsultationID string
	Clauses        string
	// Large says that it counts towards the promise of at least two large events a year.
	Large        bool
	TitleZH      string
	TitleEN      string
	AboutZH      string // what it is about, Markdown
	AboutEN      string
	PlaceZH      string
	PlaceEN      string
	OnlineURL    string // how to listen online; empty for no online way
	AccessZH     string // ramps, sign language, large print
	AccessEN     string
	RulesZH      string // order of the hearing
	RulesEN      string
	MethodZH     string // how participants are chosen, published beforehand
	MethodEN     string
	ContactName  string
	ContactPhone string
	ContactEmail string
	Questions    string // JSON, see [SignupQuestion]

	SignupOpensAt  *time.Time
	SignupClosesAt *time.Time
	DrawAt         *time.Time // when the draw is held, nil for none
	StartsAt       *time.Time
	EndsAt         *time.Time
	// Total is how many the draw seats over all its categories; 0 means the sum of
	// their seats.
	Total int
	// OfferHours is how long a seat that became free is offered to the next in
	// line; 0 gives it at once.
	OfferHours int
	// CoolingDays is how long somebody who was drawn stands behind all others in
	// later draws; 0 for no cooling-off.
	CoolingDays int
	// OverrideZH and EN are published when the checklist is overridden.
	OverrideZH string
	OverrideEN string
	// Sequence counts the changes of time and place, for people's calendars.
	Sequence int

	// Revision grows with each change of the officers' form; a stale form is refused.
	Revision        int64
	CreatedBy       string
	CreatedAt       time.Time
	UpdatedAt       time.Time `gorm:"autoUpdateTime:false"`
	ProposedBy      string    // first of the two people for publishing
	ProposedAt      *time.Time
	PublishedBy     string // second of the two people
	PublishedAt     *time.Time
	ListPublishedAt *time.Time // the list of participants is public
	DrawnAt         *time.Time
	EndedAt         *time.Time // the host closed it
	RecordedAt      *time.Time // the record was frozen
	ReportedAt      *time.Time
	CancelledAt     *time.Time
	CancelledZH     string // published reason
	CancelledEN     string
	PurgedAt        *time.Time // personal data were taken away after their time
}

// State tells where the hearing stands at a moment.
func (h Hearing) State(now time.Time) HearingState {
	reached := func(t *time.Time) bool { return t != nil && !now.Before(*t) }
	switch {
	case h.PublishedAt == nil:
		return HearingDraft
	case h.CancelledAt != nil:
		return HearingCancelled
	case h.RecordedAt != nil:
		return HearingRecorded
	case h.EndedAt != nil, reached(h.EndsAt):
		return HearingEnded
	case reached(h.StartsAt):
		return HearingLive
	case h.DrawnAt != nil, h.ListPublishedAt != nil:
		return HearingDrawn
	case reached(h.SignupClosesAt):
		return HearingClosed
	case reached(h.SignupOpensAt):
		return HearingOpen
	}
	return HearingBefore
}

// Takes says whether people may sign up at a moment.
func (h Hearing) Takes(now time.Time) bool { return h.State(now) == HearingOpen }

// Title is the title in a language.
func (h Hearing) Title(lang string) string { return either(lang, h.TitleZH, h.TitleEN) }

// Place is the place in a language.
func (h Hearing) Place(lang string) string { return either(lang, h.PlaceZH, h.PlaceEN) }

// HearingTopic is the live topic of a hearing, and what its agenda and record are about.
func HearingTopic(id string) string { return "hearing:" + id }

// SignupQuestion is a question of the organiser on the registration form.
type SignupQuestion struct {
	Key      string `json:"key"`
	ZH       string `json:"zh"`
	EN       string `json:"en"`
	Required bool   `json:"required"`
}

// HearingChange is what was moved; the old time and place and the reason stay public.
type HearingChange struct {
	ID          string `gorm:"primaryKey"`
	HearingID   string
	Kind        string // moved, cancelled
	OldStartsAt *time.Time
	OldEndsAt   *time.Time
	NewStartsAt *time.Time
	NewEndsAt   *time.Time
	OldPlaceZH  string
	OldPlaceEN  string
	ReasonZH    string
	ReasonEN    string
	CreatedBy   string
	CreatedAt   time.Time
}

// HearingMilestone notes that a moment of a hearing was announced; one for each
// kind and moment.
type HearingMilestone struct {
	HearingID string    `gorm:"primaryKey"`
	Kind      string    `gorm:"primaryKey"` // opened, closed, reminded, …
	At        time.Time `gorm:"primaryKey"`
}

// AgendaItem is one point of the order of a hearing or a live room. About is
// "hearing:<id>" or "room:<code>".
type AgendaItem struct {
	ID        string `gorm:"primaryKey"`
	About     string
	Position  int
	Minutes   int // planned
	TitleZH   string
	TitleEN   string
	Presenter string // who presents, as it is shown
	CreatedAt time.Time
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

// Title is the title in a language.
func (a AgendaItem) Title(lang string) string { return either(lang, a.TitleZH, a.TitleEN) }

// AgendaOf lists the agenda of a hearing ("hearing:<id>") or room ("room:<code>").
func (db *DB) AgendaOf(ctx context.Context, about string) ([]AgendaItem, error) {
	return many[AgendaItem](ctx, db, "position, id", "about = ?", about)
}

// AgendaOf lists an agenda inside the act.
func (tx *Tx) AgendaOf(about string) ([]AgendaItem, error) {
	return manyIn[AgendaItem](tx.sql(), "position, id", "about = ?", about)
}

// SetAgenda replaces an agenda. Items with an id that exists keep it, so that what
// hangs on them stays; the others get a new one.
func (tx *Tx) SetAgenda(about string, items []AgendaItem) error {
	old, err := tx.AgendaOf(about)
	if err != nil {
		return err
	}
	created := map[string]time.Time{}
	for _, o := range old {
		created[o.ID] = o.CreatedAt
	}
	if err := tx.sql().Where("about = ?", about).Delete(&AgendaItem{}).Error; err != nil {
		return err
	}
	for i := range items {
		it := items[i]
		at, known := created[it.ID]
		if !known {
			it.ID, at = NewID(tx.Now), tx.Now
		}
		it.About, it.Position, it.CreatedAt, it.UpdatedAt = about, i, at, tx.Now
		if err := tx.Insert(&it); err != nil {
			return err
		}
	}
	return nil
}

// NewHearingID makes the readable id of a hearing, h2027-003, by the year in the
// given zone.
func (tx *Tx) NewHearingID(zone *time.Location) (string, error) {
	year := tx.Now.In(zone).Year()
	n, err := tx.Number(fmt.Sprintf("hearings:%d", year))
	return fmt.Sprintf("h%d-%03d", year, n), err
}

// HearingByID finds a hearing in any state; [ErrNotFound] if there is none. Who may
// see it is for the service to decide.
func (db *DB) HearingByID(ctx context.Context, id string) (Hearing, error) {
	return one[Hearing](ctx, db, "id = ?", id)
}

// Hearing reads a hearing inside the act.
func (tx *Tx) Hearing(id string) (Hearing, error) { return oneIn[Hearing](tx.sql(), "id = ?", id) }

// SaveHearing writes the officers' fields of a hearing whose form was read at the
// given revision; [Conflict] (error.stale) when it was changed since.
func (tx *Tx) SaveHearing(h *Hearing, revision int64) error {
	h.Revision, h.UpdatedAt = revision+1, tx.Now
	return changed(tx.sql().Model(&Hearing{}).Where("id = ? AND revision = ?", h.ID, revision).
		Select("kind", "unit_id", "profile", "consultation_id", "clauses", "large", "title_zh", "title_en", "about_zh", "about_en", "place_zh", "place_en", "online_url",
			"access_zh", "access_en", "rules_zh", "rules_en", "method_zh", "method_en", "contact_name", "contact_phone", "contact_email", "questions",
			"signup_opens_at", "signup_closes_at", "draw_at", "starts_at", "ends_at", "total", "offer_hours", "cooling_days", "override_zh", "override_en", "revision", "updated_at").Updates(h))
}

// ProposeHearing notes the first of the two people who publish.
func (tx *Tx) ProposeHearing(id, by string) error {
	return changed(tx.sql().Exec("UPDATE hearings SET proposed_by = ?, proposed_at = ?, revision = revision + 1 WHERE id = ? AND published_at IS NULL AND proposed_by = ''", by, tx.Now, id))
}

// TakeBackHearing makes a proposed hearing editable again before it is published.
func (tx *Tx) TakeBackHearing(id string) error {
	return changed(tx.sql().Exec("UPDATE hearings SET proposed_by = '', proposed_at = NULL, revision = revision + 1 WHERE id = ? AND published_at IS NULL AND proposed_by <> ''", id))
}

// PublishHearing makes a proposed hearing public, by another person than the one
// who proposed it, as it was read at a revision; Conflict otherwise.
func (tx *Tx) PublishHearing(id, by string, revision int64) error {
	return changed(tx.sql().Exec("UPDATE hearings SET published_by = ?, published_at = ?, revision = revision + 1 WHERE id = ? AND published_at IS NULL AND proposed_by <> '' AND proposed_by <> ? AND revision = ?", by, tx.Now, id, by, revision))
}

// MoveHearing changes time and place of a public hearing that still stands at the
// given sequence; Conflict otherwise. Dates of sign-up and draw are written too.
func (tx *Tx) MoveHearing(h Hearing, sequence int) error {
	return changed(tx.sql().Model(&Hearing{}).Where("id = ? AND sequence = ? AND cancelled_at IS NULL AND ended_at IS NULL", h.ID, sequence).
		Updates(map[string]any{"starts_at": h.StartsAt, "ends_at": h.EndsAt, "place_zh": h.PlaceZH, "place_en": h.PlaceEN, "online_url": h.OnlineURL,
			"signup_closes_at": h.SignupClosesAt, "draw_at": h.DrawAt, "sequence": sequence + 1, "revision": h.Revision + 1, "updated_at": tx.Now}))
}

// CancelHearing ends a public hearing before it began; Conflict when it is over.
func (tx *Tx) CancelHearing(id, zh, en string) error {
	return changed(tx.sql().Exec("UPDATE hearings SET cancelled_at = ?, cancelled_zh = ?, cancelled_en = ?, sequence = sequence + 1, revision = revision + 1 WHERE id = ? AND cancelled_at IS NULL AND ended_at IS NULL AND published_at IS NOT NULL", tx.Now, zh, en, id))
}

// stamps are the moments that a hearing reaches once, with the statement that notes them.
var stamps = map[string]string{
	"list":     "UPDATE hearings SET list_published_at = ? WHERE id = ? AND list_published_at IS NULL",
	"drawn":    "UPDATE hearings SET drawn_at = ? WHERE id = ? AND drawn_at IS NULL",
	"ended":    "UPDATE hearings SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
	"recorded": "UPDATE hearings SET recorded_at = ? WHERE id = ? AND recorded_at IS NULL",
	"reported": "UPDATE hearings SET reported_at = ? WHERE id = ? AND reported_at IS NULL",
}

// StampHearing notes that a hearing reached a moment (list, drawn, ended, recorded,
// reported); Conflict when it had before.
func (tx *Tx) StampHearing(id, what string) error {
	//house:allow raw-sql one of the closed set of statements above
	return changed(tx.sql().Exec(stamps[what], tx.Now, id))
}

// AnnounceHearing notes a milestone and says whether this act is the first to do so.
func (tx *Tx) AnnounceHearing(m HearingMilestone) (bool, error) {
	q := tx.sql().Exec("INSERT INTO hearing_milestones (hearing_id, kind, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", m.HearingID, m.Kind, m.At)
	return q.RowsAffected > 0, wrap(q.Error)
}

// ChangesOf lists what was moved, the oldest first.
func (db *DB) ChangesOf(ctx context.Context, hearingID string) ([]HearingChange, error) {
	return many[HearingChange](ctx, db, "id", "hearing_id = ?", hearingID)
}
