package models

import (
	"context"
	"time"
)

// Draw is the public draw of a hearing. List is what was committed: quotas, the rule
// of the seed and the applicants under their numbers, in the form of app/kit/draw;
// Commitment is its hash, published before the seed exists. File holds the whole
// draw with seats and reserves in the same form.
type Draw struct {
	HearingID   string `gorm:"primaryKey"`
	Method      string // dice, public
	Dice        int    // how many are thrown
	RuleZH      string // how the seed comes about, as it stands in the list
	RuleEN      string
	SeedAt      *time.Time // when it comes about
	List        string
	Commitment  string
	Applicants  int
	CommittedBy string
	CommittedAt time.Time
	Seed        string // the value that was thrown or published
	Witnesses   string // JSON list of names, for dice
	SeedSource  string // where the public number stands
	File        string
	DrawnBy     string
	DrawnAt     *time.Time
}

// TableName is hearing_draws.
func (Draw) TableName() string { return "hearing_draws" }

// Ways in which a seed comes about.
const (
	SeedDice   = "dice"   // thrown before witnesses
	SeedPublic = "public" // a named public number that is published later
)

// DrawOf finds the draw of a hearing; [ErrNotFound] before its list is committed.
func (db *DB) DrawOf(ctx context.Context, hearingID string) (Draw, error) {
	return one[Draw](ctx, db, "hearing_id = ?", hearingID)
}

// DrawOf reads a draw inside the act.
func (tx *Tx) DrawOf(hearingID string) (Draw, error) {
	return oneIn[Draw](tx.sql(), "hearing_id = ?", hearingID)
}

// FinishDraw notes seed and result, once; Conflict afterwards.
func (tx *Tx) FinishDraw(d Draw) error {
	return changed(tx.sql().Model(&Draw{}).Where("hearing_id = ? AND drawn_at IS NULL AND commitment = ?", d.HearingID, d.Commitment).
		Updates(map[string]any{"seed": d.Seed, "witnesses": d.Witnesses, "seed_source": d.SeedSource, "file": d.File, "drawn_by": d.DrawnBy, "drawn_at": tx.Now}))
}

// CheckIn is one showing of a ticket at a desk. Of all showings of a ticket one is
// admitted, whichever desks were offline; the others are kept as seen, those of reserves
// who were told to wait among them.
type CheckIn struct {
	ID        string `gorm:"primaryKey"`
	HearingID string
	TicketID  string
	Key       string // made at the desk, so that merging twice has one effect
	Way       string // camera, digits, name
	Desk      string
	Admitted  bool
	At        time.Time // when the desk saw it
	CreatedBy string
	CreatedAt time.Time
	UndoneAt  *time.Time // the desk took it back
}

// TableName is hearing_check_ins.
func (CheckIn) TableName() string { return "hearing_check_ins" }

// CheckInsOf lists the check-ins of a hearing in the order in which they reached
// the server.
func (db *DB) CheckInsOf(ctx context.Context, hearingID string) ([]CheckIn, error) {
	return many[CheckIn](ctx, db, "id", "hearing_id = ?", hearingID)
}

// CheckInByKey finds a check-in by the key that the desk made.
func (tx *Tx) CheckInByKey(key string) (CheckIn, error) {
	return oneIn[CheckIn](tx.sql(), "key = ?", key)
}

// AdmittedCheckIn finds the check-in that let a ticket in.
func (tx *Tx) AdmittedCheckIn(ticketID string) (CheckIn, error) {
	return oneIn[CheckIn](tx.sql(), "ticket_id = ? AND admitted", ticketID)
}

// Arrive notes that the person of a ticket is in, and says whether this act is the
// first to do so.
func (tx *Tx) Arrive(ticketID string, at time.Time) (bool, error) {
	q := tx.sql().Model(&Ticket{}).Where("id = ? AND arrived_at IS NULL", ticketID).Update("arrived_at", at)
	return q.RowsAffected == 1, q.Error
}

// TicketIn finds a ticket of a hearing by its secret or its digits, inside the act.
func (tx *Tx) TicketIn(hearingID, typed string) (Ticket, error) {
	return oneIn[Ticket](tx.sql(), "hearing_id = ? AND (code = ? OR digits = ? AND digits <> '')", hearingID, typed, typed)
}

// Ticket reads a ticket by its id inside the act.
func (tx *Tx) Ticket(id string) (Ticket, error) { return oneIn[Ticket](tx.sql(), "id = ?", id) }
