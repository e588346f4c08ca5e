package models

import (
	"context"
	"slices"
	"time"
)

// What sign-ups for hearings say of people, and how it goes: field by field when its term
// is over, or all of it when somebody is erased. What was published stays: the key points
// of the speakers in the list, and the names of those among them who agreed to it.

// SignupField is one kind of personal data of those who signed up for hearings; each is
// kept for a term of its own.
type SignupField string

// The kinds of personal data of a sign-up.
const (
	SignupAccess  SignupField = "access"  // access needs and answers to the organiser's questions
	SignupContact SignupField = "contact" // mail address or phone, and the letters that went there
	SignupName    SignupField = "name"    // names, key points and reasons of decisions that are not public, and names on tickets
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

// listed is true for a sign-up that stands in the published list of participants, see
// Participants in app/hearings.
const listed = "status IN ('confirmed', 'no_show') AND category_id IN (SELECT id FROM hearing_categories WHERE role = 'speaker')" +
	" AND hearing_id IN (SELECT id FROM hearings WHERE drawn_at IS NOT NULL OR list_published_at IS NOT NULL)"

// signupRows selects the sign-ups of a hearing that still hold a field, and
// signupSets is what takes it away.
var (
	signupRows = map[SignupField]string{
		SignupAccess:  "hearing_id = ? AND (access_needs <> '' OR answers <> '{}')",
		SignupContact: "hearing_id = ? AND (contact <> '' OR contact_key <> '' OR voice LIKE 'n:%')",
		SignupName: "hearing_id = ? AND (note <> '' OR key_points <> '' AND NOT (" + listed + ")" +
			" OR (name <> '' OR organisation <> '') AND NOT (publish_name AND " + listed + "))",
	}
	signupSets = map[SignupField]string{
		SignupAccess:  "access_needs = '', answers = '{}'",
		SignupContact: "contact = '', contact_key = '', contact_kind = '', notify = FALSE, voice = CASE WHEN voice LIKE 'n:%' THEN '' ELSE voice END", // of who came without a visit it is the network
		SignupName: "note = '', key_points = CASE WHEN " + listed + " THEN key_points ELSE '' END," +
			" name = CASE WHEN publish_name AND " + listed + " THEN name ELSE '' END, organisation = CASE WHEN publish_name AND " + listed + " THEN organisation ELSE '' END",
	}
)

// ForgetSignups takes a field of personal data away from the sign-ups of a hearing, a
// bounded number at a time; it tells how many, 0 when none are left. Then it notes so,
// and a hearing that has lost all of them is not looked at again.
func (tx *Tx) ForgetSignups(hearingID string, field SignupField) (int64, error) {
	var ids []string
	//house:allow raw-sql one of the closed set of conditions above
	err := tx.sql().Model(&Registration{}).Where(signupRows[field], hearingID).Limit(purgeAtOnce).Pluck("id", &ids).Error
	if err != nil {
		return 0, err
	}
	if len(ids) > 0 {
		if field == SignupContact {
			if err := tx.forgetSignupLetters(ids); err != nil {
				return 0, err
			}
		}
		//house:allow raw-sql one of the closed set of changes above
		return int64(len(ids)), tx.sql().Exec("UPDATE hearing_registrations SET "+signupSets[field]+", purged_at = ? WHERE id IN ?", tx.Now, ids).Error
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

// forgetSignupLetters deletes the letters about sign-ups, sent or not: they say where
// they went, and what they told. Their DedupeKey names the sign-up after their kind.
func (tx *Tx) forgetSignupLetters(ids []string) error {
	return tx.sql().Exec("DELETE FROM letters WHERE kind LIKE 'hearing\\_%' ESCAPE '\\' AND substr(dedupe_key, length(kind) + 2, ?) IN ?", len(ids[0]), ids).Error
}

// ForgetSignupsOf takes away all that the sign-ups of a person say of them, whether they
// came by their account or by a contact of it, and gives the hearings; what stands in a
// published list stays there without a name.
func (tx *Tx) ForgetSignupsOf(p Person) (hearingIDs []string, err error) {
	contacts := []string{}
	for _, key := range []*string{p.EmailKey, p.PhoneKey} {
		if key != nil {
			contacts = append(contacts, *key)
		}
	}
	list, err := manyIn[Registration](tx.sql(), "id", "person_id = ? OR identity = ? OR contact_key <> '' AND contact_key IN ?", p.ID, "p:"+p.ID, contacts)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(list, purgeAtOnce) {
		ids := make([]string, len(part))
		for i, r := range part {
			ids[i] = r.ID
			if !slices.Contains(hearingIDs, r.HearingID) {
				hearingIDs = append(hearingIDs, r.HearingID)
			}
		}
		tx.TellRegistrations(ids...)
		if err := tx.forgetSignupLetters(ids); err != nil {
			return nil, err
		}
		g := tx.sql()
		if err := g.Exec("UPDATE hearing_tickets SET name = '' WHERE registration_id IN ?", ids).Error; err != nil {
			return nil, err
		}
		err := g.Exec("UPDATE hearing_registrations SET contact = '', contact_key = '', contact_kind = '', notify = FALSE, voice = '', name = '', organisation = '', publish_name = FALSE,"+
			" access_needs = '', consent_access = FALSE, answers = '{}', note = '', key_points = CASE WHEN "+listed+" THEN key_points ELSE '' END, purged_at = ? WHERE id IN ?", tx.Now, ids).Error
		if err != nil {
			return nil, err
		}
	}
	return hearingIDs, nil
}
