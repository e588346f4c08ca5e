package models

import (
	"context"
	"time"
)

// purgeAtOnce is how many rows one act of a purge touches, so that people who write
// meanwhile do not wait for it.
const purgeAtOnce = 2000

// ClaimDay says whether this act is the first to do something named by key on a day
// (2027-01-02), on whatever node.
func (tx *Tx) ClaimDay(key, day string) (bool, error) {
	q := tx.sql().Exec("INSERT INTO settings (key, value, updated_by, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at WHERE settings.value <> excluded.value",
		key, `"`+day+`"`, tx.Act.By, tx.Now)
	return q.RowsAffected > 0, q.Error
}

// ConsultationsOver lists the consultations that were answered or withdrawn before a
// moment, or closed before another one without either.
func (db *DB) ConsultationsOver(ctx context.Context, before, closedBefore time.Time) ([]string, error) {
	list, err := many[Consultation](ctx, db, "id", "answered_at < ? OR answered_at IS NULL AND withdrawn_at < ? OR answered_at IS NULL AND withdrawn_at IS NULL AND closes_at < ?", before, before, closedBefore)
	ids := make([]string, 0, len(list))
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	return ids, err
}

// ForgetContacts takes contacts off the receipts of a consultation, a bounded number
// at a time; it tells how many, 0 when none are left.
func (tx *Tx) ForgetContacts(consultationID string) (int64, error) {
	some := tx.sql().Model(&Receipt{}).Select("id").Where("consultation_id = ? AND contact <> ''", consultationID).Limit(purgeAtOnce)
	q := tx.sql().Model(&Receipt{}).Where("id IN (?)", some).Updates(map[string]any{"contact": "", "contact_key": "", "contact_kind": "", "notify": false})
	return q.RowsAffected, q.Error
}

// ForgetOpinionFiles takes the attachments off the opinions of a consultation.
func (tx *Tx) ForgetOpinionFiles(consultationID string) (int64, error) {
	q := tx.sql().Exec("DELETE FROM attachments WHERE owner_kind = 'opinion' AND owner_id IN (SELECT id FROM opinions WHERE consultation_id = ?)", consultationID)
	return q.RowsAffected, q.Error
}

// ForgetBaskets deletes what was written and not sent, and not touched since a
// moment.
func (tx *Tx) ForgetBaskets(before time.Time) (int64, error) {
	list, err := manyIn[Basket](tx.sql().Limit(purgeAtOnce), "updated_at", "updated_at < ?", before)
	for _, b := range list {
		if err == nil {
			err = tx.DropBasket(b.ID)
		}
	}
	return int64(len(list)), err
}

// ForgetKeys deletes idempotency keys made before a moment: nobody repeats a sending
// so late.
func (tx *Tx) ForgetKeys(before time.Time) (int64, error) {
	some := tx.sql().Model(&IdempotencyKey{}).Select("id").Where("created_at < ?", before).Limit(purgeAtOnce)
	q := tx.sql().Where("id IN (?)", some).Delete(&IdempotencyKey{})
	return q.RowsAffected, q.Error
}

// ForgetLetters deletes letters that were sent or given up before a moment.
func (tx *Tx) ForgetLetters(before time.Time) (int64, error) {
	q := tx.sql().Where("sent_at < ? OR failed_at < ?", before, before).Delete(&Letter{})
	return q.RowsAffected, q.Error
}

// ForgetSessions deletes sessions that ended or expired before a moment, and codes
// that cannot be used any more.
func (tx *Tx) ForgetSessions(before time.Time) (int64, error) {
	q := tx.sql().Where("expires_at < ? OR ended_at < ?", before, before).Delete(&Session{})
	if q.Error != nil {
		return 0, q.Error
	}
	codes := tx.sql().Where("expires_at < ?", before).Delete(&SignInCode{})
	return q.RowsAffected + codes.RowsAffected, codes.Error
}
