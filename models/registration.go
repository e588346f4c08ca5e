package models

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// HearingRole is how somebody takes part in a hearing.
type HearingRole string

// The roles.
const (
	Speaker  HearingRole = "speaker"  // 陈述人
	Observer HearingRole = "observer" // 旁听人
	Press    HearingRole = "press"    // 媒体
	Online   HearingRole = "online"   // 线上旁听
)

// SeatMethod is how the seats of a category are given.
type SeatMethod string

// The methods.
const (
	FirstCome SeatMethod = "first_come" // 先到先得
	Approval  SeatMethod = "approval"   // 审核
	ByDraw    SeatMethod = "draw"       // 抽签
)

// HearingCategory is a group with its quota. Taken counts the seats that are held
// (confirmed or offered), Queued the seats wished for on the waiting list; both are
// moved only by conditional updates in the act that moves a registration, so the
// database decides who gets the last seat.
type HearingCategory struct {
	ID        string `gorm:"primaryKey"`
	HearingID string
	Key       string // short ASCII word
	Position  int
	Role      HearingRole
	NameZH    string
	NameEN    string
	Method    SeatMethod
	Minimum   int // the draw fills this many before it spreads the rest
	Seats     int // at most so many
	Waiting   int // places on the waiting list, 0 for none
	// Rule is the key of the profile's rule on composition that the category
	// counts for, such as consumers_share; empty for none.
	Rule   string
	Taken  int
	Queued int
}

// Name is the name in a language.
func (c HearingCategory) Name(lang string) string { return either(lang, c.NameZH, c.NameEN) }

// RegistrationStatus is where a registration stands.
type RegistrationStatus string

// The states of a registration.
const (
	RegistrationPending   RegistrationStatus = "pending"   // 待审核
	RegistrationPool      RegistrationStatus = "pool"      // 待抽签
	RegistrationWaiting   RegistrationStatus = "waiting"   // 候补
	RegistrationOffered   RegistrationStatus = "offered"   // a free seat waits for a yes
	RegistrationConfirmed RegistrationStatus = "confirmed" // 已确认
	RegistrationWithdrawn RegistrationStatus = "withdrawn" // 已取消
	RegistrationDeclined  RegistrationStatus = "declined"  // not approved
	RegistrationNotDrawn  RegistrationStatus = "not_drawn" // in the draw, neither seat nor reserve
	RegistrationExpired   RegistrationStatus = "expired"   // the offer was not answered in time
	RegistrationNoShow    RegistrationStatus = "no_show"   // did not come
	RegistrationCancelled RegistrationStatus = "cancelled" // the hearing was cancelled
)

// HoldsSeat says whether the state counts in [HearingCategory.Taken].
func (s RegistrationStatus) HoldsSeat() bool {
	return s == RegistrationConfirmed || s == RegistrationOffered
}

// Registration is one sign-up: a person, or a family that comes together or not at all.
type Registration struct {
	ID         string `gorm:"primaryKey"`
	HearingID  string
	CategoryID string
	// Number is the pseudonymous number in this hearing, in the order of commits.
	Number int64
	Status RegistrationStatus
	// Active is false for what is over; of the active ones there is one for each
	// identity in a hearing.
	Active bool
	// Rank orders the waiting list before Number: reserves of a draw carry their
	// place, all others 0 … only one of the two kinds is in one category.
	Rank  int64
	Seats int // people, all or none
	// Identity is what is unique in a hearing: the account or a keyed hash of the
	// confirmed contact; empty for entries by staff without a contact.
	Identity    string
	PersonID    string
	Voice       string
	ContactKind string
	Contact     string
	ContactKey  string
	Name        string
	PublishName bool // separate consent
	// AccessNeeds are sensitive; they are kept only with ConsentAccess.
	AccessNeeds   string
	KeyPoints     string
	Stance        Stance
	Answers       string // JSON: key of the question → answer
	Organisation  string
	ConsentAccess bool
	Lang          string
	Notify        bool
	Channel       Channel
	EnteredBy     string
	OfferUntil    *time.Time
	DecidedBy     string // who approved or declined
	Note          string // reason, told to the applicant
	CreatedAt     time.Time
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
	ConfirmedAt   *time.Time
	SelectedAt    *time.Time // drawn, for the history of selections
	WithdrawnAt   *time.Time
	PresentAt     *time.Time // a reserve who waits at the door
	PurgedAt      *time.Time
}

// NumberForm is how a number of a registration is shown: with leading zeros, so that
// lists stand in line.
func NumberForm(n int64) string { return fmt.Sprintf("%06d", n) }

// TableName is hearing_registrations.
func (Registration) TableName() string { return "hearing_registrations" }

// Ticket lets one person in. Code opens /t/{code}, Digits are typed at the door.
type Ticket struct {
	ID             string `gorm:"primaryKey"`
	HearingID      string
	RegistrationID string
	Position       int
	Code           string
	Digits         string
	Name           string
	ArrivedAt      *time.Time
}

// TableName is hearing_tickets.
func (Ticket) TableName() string { return "hearing_tickets" }

// Delivery is the receipt for the materials of one registration.
type Delivery struct {
	HearingID      string `gorm:"primaryKey"`
	RegistrationID string `gorm:"primaryKey"`
	Way            string // page, mail, post, hand
	SentBy         string
	SentAt         time.Time
	ReceivedAt     *time.Time
}

// TableName is hearing_deliveries.
func (Delivery) TableName() string { return "hearing_deliveries" }

// CategoriesOf lists the categories of a hearing.
func (db *DB) CategoriesOf(ctx context.Context, hearingID string) ([]HearingCategory, error) {
	return many[HearingCategory](ctx, db, "position, id", "hearing_id = ?", hearingID)
}

// CategoriesOfAll lists the categories of several hearings, by hearing id.
func (db *DB) CategoriesOfAll(ctx context.Context, hearingIDs []string) (map[string][]HearingCategory, error) {
	out := map[string][]HearingCategory{}
	if len(hearingIDs) == 0 {
		return out, nil
	}
	list, err := many[HearingCategory](ctx, db, "position, id", "hearing_id IN ?", hearingIDs)
	for _, c := range list {
		out[c.HearingID] = append(out[c.HearingID], c)
	}
	return out, err
}

// RegistrationByID finds a registration; [ErrNotFound] if there is none.
func (db *DB) RegistrationByID(ctx context.Context, id string) (Registration, error) {
	return one[Registration](ctx, db, "id = ?", id)
}

// ActiveRegistration finds the registration that an identity has in a hearing.
func (db *DB) ActiveRegistration(ctx context.Context, hearingID, identity string) (Registration, error) {
	return one[Registration](ctx, db, "hearing_id = ? AND identity = ? AND active AND identity <> ''", hearingID, identity)
}

// RegistrationsOf lists the newest registrations of a person, at most 100.
func (db *DB) RegistrationsOf(ctx context.Context, personID string) ([]Registration, error) {
	return manyIn[Registration](db.read.WithContext(ctx).Limit(100), "id DESC", "person_id = ? AND person_id <> ''", personID)
}

// Registrations lists those of a hearing in some states (nil for all), by number.
func (db *DB) Registrations(ctx context.Context, hearingID string, states []RegistrationStatus) ([]Registration, error) {
	g := db.read.WithContext(ctx)
	if states != nil {
		g = g.Where("status IN ?", states)
	}
	return manyIn[Registration](g, "number, id", "hearing_id = ?", hearingID)
}

// RegistrationPage lists those of a hearing after a number, for lists by pages.
func (db *DB) RegistrationPage(ctx context.Context, hearingID, categoryID string, status RegistrationStatus, after int64, limit int) ([]Registration, error) {
	g := db.read.WithContext(ctx).Limit(clampLimit(limit))
	if categoryID != "" {
		g = g.Where("category_id = ?", categoryID)
	}
	if status != "" {
		g = g.Where("status = ?", status)
	}
	return manyIn[Registration](g, "number", "hearing_id = ? AND number > ?", hearingID, after)
}

// RegistrationCount is how many registrations and seats a category has in a state.
type RegistrationCount struct {
	CategoryID string
	Status     RegistrationStatus
	N          int64
	Seats      int64
}

// RegistrationCounts counts the registrations of a hearing by category and state.
func (db *DB) RegistrationCounts(ctx context.Context, hearingID string) ([]RegistrationCount, error) {
	var out []RegistrationCount
	err := db.read.WithContext(ctx).Model(&Registration{}).Select("category_id, status, COUNT(*) AS n, SUM(seats) AS seats").
		Where("hearing_id = ?", hearingID).Group("category_id, status").Order("category_id, status").Scan(&out).Error
	return out, wrap(err)
}

// WaitingAhead counts who stands before a registration on the waiting list.
func (db *DB) WaitingAhead(ctx context.Context, r Registration) (int64, error) {
	var n int64
	err := db.read.WithContext(ctx).Model(&Registration{}).
		Where("category_id = ? AND status = 'waiting' AND (rank < ? OR rank = ? AND number < ?)", r.CategoryID, r.Rank, r.Rank, r.Number).Count(&n).Error
	return n, wrap(err)
}

// TicketByCode finds a ticket by its secret; [ErrNotFound] if there is none.
func (db *DB) TicketByCode(ctx context.Context, code string) (Ticket, error) {
	return one[Ticket](ctx, db, "code = ?", code)
}

// TicketsOf lists the tickets of a registration.
func (db *DB) TicketsOf(ctx context.Context, registrationID string) ([]Ticket, error) {
	return many[Ticket](ctx, db, "position", "registration_id = ?", registrationID)
}

// RegistrationsByID finds registrations by id.
func (db *DB) RegistrationsByID(ctx context.Context, ids []string) (map[string]Registration, error) {
	return byID(ctx, db, ids, func(r Registration) string { return r.ID })
}

// RegistrationIDsAfter lists ids of registrations in any state, in order, after one.
func (db *DB) RegistrationIDsAfter(ctx context.Context, after string, limit int) ([]string, error) {
	var ids []string
	err := db.read.WithContext(ctx).Model(&Registration{}).Where("id > ?", after).Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, wrap(err)
}

// TicketsOfAll lists the tickets of several registrations, by registration id.
func (db *DB) TicketsOfAll(ctx context.Context, registrationIDs []string) (map[string][]Ticket, error) {
	return db.ticketsOfAll(ctx, registrationIDs, 0)
}

// ticketsOfAll lists the tickets of several registrations from a position on.
func (db *DB) ticketsOfAll(ctx context.Context, registrationIDs []string, from int) (map[string][]Ticket, error) {
	out := map[string][]Ticket{}
	for part := range slices.Chunk(registrationIDs, selectionsAtOnce) {
		list, err := many[Ticket](ctx, db, "registration_id, position", "registration_id IN ? AND position >= ?", part, from)
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			out[t.RegistrationID] = append(out[t.RegistrationID], t)
		}
	}
	return out, nil
}

// RegistrationsChanged is the kind of the event that names registrations of which the
// desk may find something else from now on: {"registrations": [ids]}. Nobody can join it.
const RegistrationsChanged = "registrations.changed"

// TellRegistrations announces that registrations are new or in another state.
func (tx *Tx) TellRegistrations(ids ...string) {
	for part := range slices.Chunk(ids, joinLimit) {
		items := make([]any, len(part))
		for i, id := range part {
			items[i] = id
		}
		tx.EmitItems("", RegistrationsChanged, "registrations", items...)
	}
}

// TicketsOfHearing lists all tickets of a hearing.
func (db *DB) TicketsOfHearing(ctx context.Context, hearingID string) ([]Ticket, error) {
	return many[Ticket](ctx, db, "registration_id, position", "hearing_id = ?", hearingID)
}

// SelectionsSince tells when identities were last drawn since a moment, before now;
// for the cooling-off. Only identities of the given hearing's registrations count.
func (db *DB) SelectionsSince(ctx context.Context, hearingID string, since time.Time) (map[string]int, error) {
	var rows []struct {
		Identity string
		N        int
	}
	err := db.read.WithContext(ctx).Model(&Registration{}).Select("identity, COUNT(*) AS n").
		Where("selected_at >= ? AND identity <> '' AND hearing_id <> ? AND identity IN (SELECT identity FROM hearing_registrations r WHERE r.hearing_id = ? AND r.active)", since, hearingID, hearingID).
		Group("identity").Scan(&rows).Error
	out := map[string]int{}
	for _, r := range rows {
		out[r.Identity] = r.N
	}
	return out, wrap(err)
}

// selectionsAtOnce bounds the identities of one question to the store.
const selectionsAtOnce = 500

// SelectionsOf tells how often identities were drawn before a moment in other hearings
// than the given one; who never was is left out.
func (db *DB) SelectionsOf(ctx context.Context, hearingID string, identities []string, before time.Time) (map[string]int, error) {
	out := map[string]int{}
	for part := range slices.Chunk(identities, selectionsAtOnce) {
		var rows []struct {
			Identity string
			N        int
		}
		err := db.read.WithContext(ctx).Model(&Registration{}).Select("identity, COUNT(*) AS n").
			Where("identity IN ? AND identity <> '' AND selected_at < ? AND hearing_id <> ?", part, before, hearingID).Group("identity").Scan(&rows).Error
		if err != nil {
			return nil, wrap(err)
		}
		for _, r := range rows {
			out[r.Identity] = r.N
		}
	}
	return out, nil
}

// CompanionsOf lists the names of who comes along with registrations, by
// registration id.
func (db *DB) CompanionsOf(ctx context.Context, registrationIDs []string) (map[string][]string, error) {
	tickets, err := db.ticketsOfAll(ctx, registrationIDs, 1) // the first is that of who signed up
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for id, list := range tickets {
		for _, t := range list {
			out[id] = append(out[id], t.Name)
		}
	}
	return out, nil
}

// RegistrationByNumber finds a registration of a hearing by its pseudonymous number;
// [ErrNotFound] if there is none.
func (tx *Tx) RegistrationByNumber(hearingID string, number int64) (Registration, error) {
	return oneIn[Registration](tx.sql(), "hearing_id = ? AND number = ?", hearingID, number)
}

// OffersOver lists offers that ended before a moment.
func (db *DB) OffersOver(ctx context.Context, now time.Time, limit int) ([]Registration, error) {
	return manyIn[Registration](db.read.WithContext(ctx).Limit(limit), "offer_until", "status = 'offered' AND offer_until <= ?", now)
}

// DeliveriesOf lists the receipts for materials, by registration id.
func (db *DB) DeliveriesOf(ctx context.Context, hearingID string) (map[string]Delivery, error) {
	list, err := many[Delivery](ctx, db, "sent_at", "hearing_id = ?", hearingID)
	out := map[string]Delivery{}
	for _, d := range list {
		out[d.RegistrationID] = d
	}
	return out, err
}

// Deliver notes that materials were sent to a registration, or its newest way.
func (tx *Tx) Deliver(d Delivery) error {
	return tx.sql().Exec("INSERT INTO hearing_deliveries (hearing_id, registration_id, way, sent_by, sent_at, received_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hearing_id, registration_id) DO UPDATE SET way = excluded.way, received_at = COALESCE(hearing_deliveries.received_at, excluded.received_at)",
		d.HearingID, d.RegistrationID, d.Way, d.SentBy, d.SentAt, d.ReceivedAt).Error
}

// Recipients lists the active registrations of a hearing inside the act, to tell
// them something.
func (tx *Tx) Recipients(hearingID string, states []RegistrationStatus) ([]Registration, error) {
	g := tx.sql()
	if states != nil {
		g = g.Where("status IN ?", states)
	}
	return manyIn[Registration](g, "number", "hearing_id = ? AND active", hearingID)
}

// FirstTickets gives the code of the first ticket of each registration of a hearing.
func (tx *Tx) FirstTickets(hearingID string) (map[string]string, error) {
	list, err := manyIn[Ticket](tx.sql(), "", "hearing_id = ? AND position = 0", hearingID)
	out := map[string]string{}
	for _, t := range list {
		out[t.RegistrationID] = t.Code
	}
	return out, err
}

// FirstTicket gives the code of a registration's first ticket inside the act.
func (tx *Tx) FirstTicket(registrationID string) (string, error) {
	t, err := oneIn[Ticket](tx.sql(), "registration_id = ? AND position = 0", registrationID)
	return t.Code, err
}
