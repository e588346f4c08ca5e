package models

import (
	"context"
	"time"
)

// DoorTicket is a ticket as the door of its hearing needs it, with what its
// registration says.
type DoorTicket struct {
	ID         string
	Code       string
	Digits     string
	Name       string // of the ticket, else of the registration
	ArrivedAt  *time.Time
	Number     int64
	Status     RegistrationStatus
	CategoryID string
	PresentAt  *time.Time
}

// doorColumns select a [DoorTicket] from the tickets t and their registrations r.
const doorColumns = "SELECT t.id, t.code, t.digits, CASE WHEN t.name <> '' THEN t.name ELSE r.name END AS name, t.arrived_at, r.number, r.status, r.category_id, r.present_at" +
	" FROM hearing_tickets t JOIN hearing_registrations r ON r.id = t.registration_id WHERE t.hearing_id = ?"

// DoorTickets lists the tickets that may be shown at the door of a hearing: of those
// who have a seat, wait for one, or had one and lost it; by number.
func (db *DB) DoorTickets(ctx context.Context, hearingID string) ([]DoorTicket, error) {
	var out []DoorTicket
	err := db.read.WithContext(ctx).Raw(doorColumns+" AND r.status NOT IN ('pending', 'pool', 'not_drawn', 'declined') ORDER BY r.number, t.position", hearingID).Scan(&out).Error
	return out, wrap(err)
}

// DoorNamed finds tickets of a hearing by a part of the name or by the number, at
// most limit.
func (db *DB) DoorNamed(ctx context.Context, hearingID, part string, number int64, limit int) ([]DoorTicket, error) {
	var out []DoorTicket
	err := db.read.WithContext(ctx).Raw(doorColumns+" AND (LOWER(t.name) LIKE ? ESCAPE '\\' OR t.position = 0 AND LOWER(r.name) LIKE ? ESCAPE '\\' OR r.number = ?) ORDER BY r.number, t.position LIMIT ?",
		hearingID, like(part), like(part), number, limit).Scan(&out).Error
	return out, wrap(err)
}

// DoorCalled lists the tickets of reserves who waited at the door, have a seat now and
// are not in yet; in their order, at most limit.
func (db *DB) DoorCalled(ctx context.Context, hearingID string, limit int) ([]DoorTicket, error) {
	var out []DoorTicket
	err := db.read.WithContext(ctx).Raw(doorColumns+" AND r.status = 'confirmed' AND r.present_at IS NOT NULL AND t.arrived_at IS NULL ORDER BY r.rank, r.number, t.position LIMIT ?", hearingID, limit).Scan(&out).Error
	return out, wrap(err)
}

// DoorCount is how many people of a category in one state there are, how many of them
// have arrived, how many are absent as [Tx.AbsentOf] has it, and how many of those who
// came as reserves.
type DoorCount struct {
	CategoryID string
	Status     RegistrationStatus
	People     int
	Arrived    int
	Absent     int
	Present    int
}

// DoorCounts counts the people of a hearing by category and state.
func (db *DB) DoorCounts(ctx context.Context, hearingID string) ([]DoorCount, error) {
	var out []DoorCount
	err := db.read.WithContext(ctx).Raw("SELECT r.category_id, r.status, COUNT(*) AS people, COUNT(t.arrived_at) AS arrived, COUNT(r.present_at) AS present,"+
		" SUM(CASE WHEN r.present_at IS NULL AND NOT EXISTS (SELECT 1 FROM hearing_tickets a WHERE a.registration_id = r.id AND a.arrived_at IS NOT NULL) THEN 1 ELSE 0 END) AS absent"+
		" FROM hearing_tickets t JOIN hearing_registrations r ON r.id = t.registration_id WHERE t.hearing_id = ? GROUP BY r.category_id, r.status", hearingID).Scan(&out).Error
	return out, wrap(err)
}

// ShownTwice is a showing of a ticket whose holder was in already.
type ShownTwice struct {
	Key       string
	Number    int64
	Desk      string
	At        time.Time
	FirstDesk string
	FirstAt   time.Time
}

// ShownTwice lists tickets that were shown again after somebody came in with them,
// the newest first, at most limit. A reserve who was told to wait before is none.
func (db *DB) ShownTwice(ctx context.Context, hearingID string, limit int) ([]ShownTwice, error) {
	var out []ShownTwice
	err := db.read.WithContext(ctx).Raw("SELECT s.key, r.number, s.desk, s.at, f.desk AS first_desk, f.at AS first_at FROM hearing_check_ins s"+
		" JOIN hearing_check_ins f ON f.ticket_id = s.ticket_id AND f.admitted JOIN hearing_tickets t ON t.id = s.ticket_id JOIN hearing_registrations r ON r.id = t.registration_id"+
		" WHERE s.hearing_id = ? AND NOT s.admitted AND s.undone_at IS NULL AND s.created_at >= f.created_at ORDER BY s.id DESC LIMIT ?", hearingID, limit).Scan(&out).Error
	return out, wrap(err)
}

// UnitsOfDigits lists the paths of the units whose hearings, other than the given one,
// begin in a span of time and have a ticket with these six digits.
func (db *DB) UnitsOfDigits(ctx context.Context, hearingID, digits string, from, until time.Time) ([]string, error) {
	var out []string
	err := db.read.WithContext(ctx).Raw("SELECT DISTINCT u.path FROM hearings h JOIN hearing_tickets t ON t.hearing_id = h.id AND t.digits = ? JOIN units u ON u.id = h.unit_id WHERE h.id <> ? AND h.starts_at > ? AND h.starts_at < ? AND t.digits <> ''",
		digits, hearingID, from, until).Scan(&out).Error
	return out, wrap(err)
}

// UndoCheckIn takes back the check-in that let a ticket in; Conflict when it did not.
func (tx *Tx) UndoCheckIn(c CheckIn) error {
	if err := changed(tx.sql().Exec("UPDATE hearing_check_ins SET admitted = ?, undone_at = ? WHERE id = ? AND admitted", false, tx.Now, c.ID)); err != nil {
		return err
	}
	return changed(tx.sql().Exec("UPDATE hearing_tickets SET arrived_at = NULL WHERE id = ?", c.TicketID))
}
