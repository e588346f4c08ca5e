package models

import (
	"context"
	"time"
)

// Seats are given and freed in acts that begin with [Tx.LockSeats]. Two writers of
// PostgreSQL, and several nodes, then decide about seats one after the other: who
// sees a full category and goes on the waiting list, and who frees a seat and looks
// for the next in line, can never miss each other. The counter row with its
// condition decides all the same, should anybody forget the lock.

// LockSeats waits until no other act decides about seats. The lock is the row that
// numbers events: every act that announces something takes it before its commit, so
// taking it first can never close a ring of waiting writers.
func (tx *Tx) LockSeats() error {
	g := tx.sql()
	if !tx.g.db.postgres {
		return nil // one writer anyway
	}
	return g.Exec("UPDATE serials SET n = n WHERE name = 'events'").Error
}

// TakeSeats takes n seats of a category if so many are free, and says whether it did.
func (tx *Tx) TakeSeats(categoryID string, n int) (bool, error) {
	q := tx.sql().Exec("UPDATE hearing_categories SET taken = taken + ? WHERE id = ? AND taken + ? <= seats", n, categoryID, n)
	return q.RowsAffected == 1, q.Error
}

// FreeSeats gives back n seats of a category.
func (tx *Tx) FreeSeats(categoryID string, n int) error {
	return changed(tx.sql().Exec("UPDATE hearing_categories SET taken = taken - ? WHERE id = ? AND taken >= ?", n, categoryID, n))
}

// JoinQueue takes n places on the waiting list if so many are left, and says
// whether it did.
func (tx *Tx) JoinQueue(categoryID string, n int) (bool, error) {
	q := tx.sql().Exec("UPDATE hearing_categories SET queued = queued + ? WHERE id = ? AND queued + ? <= waiting", n, categoryID, n)
	return q.RowsAffected == 1, q.Error
}

// FillQueue notes n places on the waiting list whatever its limit: the reserves of
// a draw are as many as applied.
func (tx *Tx) FillQueue(categoryID string, n int) error {
	return tx.sql().Exec("UPDATE hearing_categories SET queued = queued + ? WHERE id = ?", n, categoryID).Error
}

// LeaveQueue gives back n places on the waiting list.
func (tx *Tx) LeaveQueue(categoryID string, n int) error {
	return changed(tx.sql().Exec("UPDATE hearing_categories SET queued = queued - ? WHERE id = ? AND queued >= ?", n, categoryID, n))
}

// Category reads a category inside the act.
func (tx *Tx) Category(id string) (HearingCategory, error) {
	return oneIn[HearingCategory](tx.sql(), "id = ?", id)
}

// CategoriesOf lists the categories of a hearing inside the act.
func (tx *Tx) CategoriesOf(hearingID string) ([]HearingCategory, error) {
	return manyIn[HearingCategory](tx.sql(), "position, id", "hearing_id = ?", hearingID)
}

// SaveCategory writes a category's words and quotas; Conflict (error.stale) when
// more seats are held than it would have.
func (tx *Tx) SaveCategory(c HearingCategory) error {
	return changed(tx.sql().Model(&HearingCategory{}).Where("id = ? AND taken <= ?", c.ID, c.Seats).
		Select("key", "position", "role", "name_zh", "name_en", "method", "minimum", "seats", "waiting", "rule").Updates(&c))
}

// DropCategory deletes a category that nobody has signed up for.
func (tx *Tx) DropCategory(id string) error {
	return tx.sql().Where("id = ?", id).Delete(&HearingCategory{}).Error
}

// NextWaiting finds the first on a category's waiting list who fits into the free
// seats, in order of rank and number; present only looks at those who wait at the
// door. [ErrNotFound] when nobody does. A family that needs more seats than are
// free keeps its place.
func (tx *Tx) NextWaiting(categoryID string, free int, present bool) (Registration, error) {
	g := tx.sql().Order("rank, number").Limit(1)
	if present {
		g = g.Where("present_at IS NOT NULL")
	}
	return oneIn[Registration](g, "category_id = ? AND status = 'waiting' AND seats <= ?", categoryID, free)
}

// Registration reads a registration inside the act.
func (tx *Tx) Registration(id string) (Registration, error) {
	return oneIn[Registration](tx.sql(), "id = ?", id)
}

// ActiveRegistration finds the registration that an identity has in a hearing,
// inside the act.
func (tx *Tx) ActiveRegistration(hearingID, identity string) (Registration, error) {
	return oneIn[Registration](tx.sql(), "hearing_id = ? AND identity = ? AND active AND identity <> ''", hearingID, identity)
}

// Turn is what changes with the state of a registration.
type Turn struct {
	To         RegistrationStatus
	Active     bool
	OfferUntil *time.Time
	Rank       int64
	By, Note   string
	Selected   bool // by the draw, for the history of selections
}

// TurnRegistration moves a registration from one state to another; Conflict when it
// is not in that state any more, so that two acts never move it twice.
func (tx *Tx) TurnRegistration(id string, from RegistrationStatus, t Turn) error {
	set := map[string]any{"status": t.To, "active": t.Active, "offer_until": t.OfferUntil, "updated_at": tx.Now}
	switch t.To {
	case RegistrationConfirmed:
		set["confirmed_at"] = tx.Now
	case RegistrationWithdrawn, RegistrationCancelled:
		set["withdrawn_at"] = tx.Now
	}
	if t.Rank != 0 {
		set["rank"] = t.Rank
	}
	if t.By != "" {
		set["decided_by"] = t.By
	}
	if t.Note != "" {
		set["note"] = t.Note
	}
	if t.Selected {
		set["selected_at"] = tx.Now
	}
	tx.TellRegistrations(id)
	return changed(tx.sql().Model(&Registration{}).Where("id = ? AND status = ?", id, from).Updates(set))
}

// NumberTickets gives the tickets of a registration their digits, where they have
// none yet; draw makes six digits. A number that is taken in the hearing runs the
// act again.
func (tx *Tx) NumberTickets(registrationID string, draw func() string) error {
	list, err := manyIn[Ticket](tx.sql(), "position", "registration_id = ? AND digits = ''", registrationID)
	if err != nil {
		return err
	}
	for _, t := range list {
		if err := tx.sql().Model(&Ticket{}).Where("id = ?", t.ID).Update("digits", draw()).Error; err != nil {
			return err
		}
	}
	return nil
}

// MarkPresent notes that a reserve waits at the door.
func (tx *Tx) MarkPresent(registrationID string) error {
	return tx.sql().Model(&Registration{}).Where("id = ? AND present_at IS NULL", registrationID).Update("present_at", tx.Now).Error
}

// AbsentOf lists confirmed registrations of a category of whom nobody has arrived.
// Reserves who waited at the door and were called up are none: they have come.
func (tx *Tx) AbsentOf(categoryID string) ([]Registration, error) {
	return manyIn[Registration](tx.sql(), "number", "category_id = ? AND status = 'confirmed' AND present_at IS NULL AND NOT EXISTS (SELECT 1 FROM hearing_tickets t WHERE t.registration_id = hearing_registrations.id AND t.arrived_at IS NOT NULL)", categoryID)
}

// SeatFault is a category whose counters differ from a recount.
type SeatFault struct {
	CategoryID    string
	Taken, Queued int
	HaveTaken     int
	HaveQueued    int
	Seats         int
}

// SeatFaults recounts the seats of all categories and lists those whose counters
// differ; empty when all is well.
func (db *DB) SeatFaults(ctx context.Context) ([]SeatFault, error) {
	var list []SeatFault
	err := db.read.WithContext(ctx).Raw(`SELECT * FROM (SELECT c.id AS category_id, c.seats, c.taken AS have_taken, c.queued AS have_queued,
		COALESCE((SELECT SUM(r.seats) FROM hearing_registrations r WHERE r.category_id = c.id AND r.status IN ('confirmed', 'offered')), 0) AS taken,
		COALESCE((SELECT SUM(r.seats) FROM hearing_registrations r WHERE r.category_id = c.id AND r.status = 'waiting'), 0) AS queued
		FROM hearing_categories c) AS recount WHERE taken <> have_taken OR queued <> have_queued OR taken > seats`).Scan(&list).Error
	return list, wrap(err)
}
