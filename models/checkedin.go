package models

import "context"

// CheckedIn says whether a person was seen at a hearing.
func (db *DB) CheckedIn(ctx context.Context, hearingID, personID string) (bool, error) {
	var n int64
	err := db.read.WithContext(ctx).Raw("SELECT COUNT(*) FROM hearing_tickets t JOIN hearing_registrations r ON r.id = t.registration_id WHERE t.hearing_id = ? AND r.person_id = ? AND t.arrived_at IS NOT NULL", hearingID, personID).Scan(&n).Error
	return n > 0, wrap(err)
}
