// Package record holds what is the same for the record (笔录) of a hearing and that of a
// live room: how it is begun and added to, how long it is open for corrections, the form
// in which it is frozen and the hash over that form. What goes into it, who may write it
// and who is told is decided by the features.
package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/calendar"
	"minyi/app/kit/rules"
	"minyi/models"
)

// EntryLimit is how many characters one entry of a record may have in Chinese.
const EntryLimit = 5000

// kinds are what an entry of a record can be.
var kinds = []string{"speech", "question", "answer", "note"}

// Kind is the kind of an entry as it was asked for; a note for what there is not.
func Kind(asked string) string {
	if slices.Contains(kinds, asked) {
		return asked
	}
	return "note"
}

// Begin makes the record about a hearing or a room where there is none yet, and adds the
// entries that it does not have. What was written stays. Errors: open, once the record is
// open for corrections.
func Begin(tx *models.Tx, about, unitID, by string, entries []models.RecordEntry, open error) error {
	r, err := tx.RecordOf(about)
	if models.IsNotFound(err) {
		r = models.Record{About: about, UnitID: unitID, Revision: 1, CreatedBy: by, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		err = tx.Insert(&r)
	}
	if err != nil {
		return err
	}
	if r.OpenedAt != nil {
		return open
	}
	have, err := tx.RecordEntries(about)
	if err != nil {
		return err
	}
	return tx.SetRecordEntries(about, Merge(have, entries))
}

// Merge adds entries to those of a record whose source it does not have yet.
func Merge(have, more []models.RecordEntry) []models.RecordEntry {
	known := map[string]bool{}
	for _, e := range have {
		known[e.Source] = true
	}
	out := slices.Clone(have)
	for _, e := range more {
		if !known[e.Source] {
			known[e.Source] = true
			out = append(out, e)
		}
	}
	return out
}

// The rule of a profile that says how long a record stays open for corrections, in days;
// standardDays hold where it says nothing.
const (
	rule         = "record_correction"
	standardDays = 5
)

// Days is how long a record stays open by the rule profile that binds the unit.
func Days(ctx context.Context, db *models.DB, profile, unitID string) (int, error) {
	p, err := rules.Profile(ctx, db, profile, unitID)
	if err != nil {
		return 0, err
	}
	if r, ok := p.Rule(rule); ok && r.Number > 0 {
		return int(r.Number), nil
	}
	return standardDays, nil
}

// Open opens a record for corrections until the end of the last of so many days.
func Open(r *models.Record, now time.Time, days int, zone *time.Location) {
	until := calendar.DayOf(now, zone).Add(days).End(zone).UTC()
	r.OpenedAt, r.CorrectionsUntil = &now, &until
}

// IsOpen says whether those who took part may correct and confirm a record now.
func IsOpen(r models.Record, now time.Time) bool {
	return r.OpenedAt != nil && r.FrozenAt == nil && r.CorrectionsUntil != nil && now.Before(*r.CorrectionsUntil)
}

// Freeze ends the days of correction: the record gets its hash and never changes again.
// It tells whether this act did so; a record that is frozen, or open still, is left as it
// is. Wishes that nobody answered are kept as they are, open and visible.
func Freeze(tx *models.Tx, about string) (string, bool, error) {
	r, err := tx.RecordOf(about)
	if err != nil || r.FrozenAt != nil || r.CorrectionsUntil == nil || r.CorrectionsUntil.After(tx.Now) {
		return "", false, err
	}
	var p models.RecordParts
	if p.Entries, err = tx.RecordEntries(about); err != nil {
		return "", false, err
	}
	if p.Corrections, err = tx.RecordCorrections(about); err != nil {
		return "", false, err
	}
	if p.Confirmations, err = tx.RecordConfirmations(about); err != nil {
		return "", false, err
	}
	r.Hash, r.FrozenAt = Hash(r, p), &tx.Now
	return r.Hash, true, tx.SaveRecord(&r, r.Revision)
}

// Hash is SHA-256 over [Text], in hexadecimal digits.
func Hash(r models.Record, p models.RecordParts) string {
	sum := sha256.Sum256([]byte(Text(r, p)))
	return hex.EncodeToString(sum[:])
}

// Text is everything that a record says, in the fixed form that its hash covers; it lies
// in the archive package, so that anybody can hash it again.
func Text(r models.Record, p models.RecordParts) string {
	var b strings.Builder
	field := func(name, v string) { fmt.Fprintf(&b, "%s %d\n%s\n", name, len(v), v) }
	field("about", r.About)
	field("host", r.Host)
	field("clerk", r.Clerk)
	field("summary_zh", r.SummaryZH)
	field("summary_en", r.SummaryEN)
	for _, e := range p.Entries {
		field("entry", e.ID)
		field("kind", e.Kind)
		field("agenda", e.AgendaID)
		field("speaker", e.Speaker)
		field("text_zh", e.TextZH)
		field("text_en", e.TextEN)
	}
	for _, c := range p.Corrections {
		field("correction", c.EntryID)
		field("by", c.Name)
		field("text", c.Text)
		field("decision", c.Decision)
		field("note", c.Note)
	}
	for _, c := range p.Confirmations {
		field("confirmation", c.Name)
		field("signed", fmt.Sprint(c.Signed))
		field("at", c.CreatedAt.UTC().Format(time.RFC3339))
	}
	return b.String()
}
