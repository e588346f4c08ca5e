package models

import (
	"context"
	"maps"
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

// SignupField is one kind of personal data of those who signed up for hearings; each is
// kept for a term of its own.
type SignupField string

// The kinds of personal data of a sign-up.
const (
	SignupAccess  SignupField = "access"  // access needs and answers to the organiser's questions
	SignupContact SignupField = "contact" // mail address or phone
	SignupName    SignupField = "name"    // names without consent to publish them, and those on tickets
)

// SignupsOver lists the hearings that ended before a moment and of which a field was
// not taken away yet; a cancelled one ends when it would have.
func (db *DB) SignupsOver(ctx context.Context, field SignupField, before time.Time) ([]string, error) {
	list, err := many[Hearing](ctx, db, "ends_at, id", "published_at IS NOT NULL AND purged_at IS NULL AND ends_at < ? AND NOT EXISTS (SELECT 1 FROM hearing_milestones m WHERE m.hearing_id = hearings.id AND m.kind = ?)", before, purgedOf(field))
	ids := make([]string, 0, len(list))
	for _, h := range list {
		ids = append(ids, h.ID)
	}
	return ids, err
}

// purgedOf is the milestone that notes that a field is gone from all sign-ups of a hearing.
func purgedOf(field SignupField) string { return "purged_" + string(field) }

// signupRows selects the sign-ups of a hearing that still hold a field, and
// signupSets is what takes it away.
var (
	signupRows = map[SignupField]string{
		SignupAccess:  "hearing_id = ? AND (access_needs <> '' OR answers <> '{}')",
		SignupContact: "hearing_id = ? AND contact_key <> ''",
		SignupName:    "hearing_id = ? AND NOT publish_name AND (name <> '' OR organisation <> '')",
	}
	signupSets = map[SignupField]map[string]any{
		SignupAccess:  {"access_needs": "", "answers": "{}"},
		SignupContact: {"contact": "", "contact_key": "", "contact_kind": "", "notify": false},
		SignupName:    {"name": "", "organisation": ""},
	}
)

// ForgetSignups takes a field of personal data away from the sign-ups of a hearing, a
// bounded number at a time; it tells how many, 0 when none are left. Then it notes so,
// and a hearing that has lost all of them is not looked at again.
func (tx *Tx) ForgetSignups(hearingID string, field SignupField) (int64, error) {
	//house:allow raw-sql one of the closed set of conditions above
	some := tx.sql().Model(&Registration{}).Select("id").Where(signupRows[field], hearingID).Limit(purgeAtOnce)
	set := maps.Clone(signupSets[field])
	set["purged_at"] = tx.Now
	q := tx.sql().Model(&Registration{}).Where("id IN (?)", some).Updates(set)
	if q.Error != nil || q.RowsAffected > 0 {
		return q.RowsAffected, q.Error
	}
	if field == SignupName {
		some := tx.sql().Model(&Ticket{}).Select("id").Where("hearing_id = ? AND name <> ''", hearingID).Limit(purgeAtOnce)
		q := tx.sql().Model(&Ticket{}).Where("id IN (?)", some).Updates(map[string]any{"name": ""})
		if q.Error != nil || q.RowsAffected > 0 {
			return q.RowsAffected, q.Error
		}
	}
	h, err := tx.Hearing(hearingID)
	if err != nil {
		return 0, err
	}
	if _, err := tx.AnnounceHearing(HearingMilestone{HearingID: h.ID, Kind: purgedOf(field), At: *h.EndsAt}); err != nil {
		return 0, err
	}
	return 0, tx.sql().Exec("UPDATE hearings SET purged_at = ? WHERE id = ? AND purged_at IS NULL AND 3 = (SELECT COUNT(DISTINCT kind) FROM hearing_milestones m WHERE m.hearing_id = hearings.id AND m.kind IN (?, ?, ?))",
		tx.Now, h.ID, purgedOf(SignupAccess), purgedOf(SignupContact), purgedOf(SignupName)).Error
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
