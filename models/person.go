package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// Tier is how sure we are of who a person is; shown beside counts, never
// silently weighted (trust.md §4).
type Tier string

// The tiers, from the weakest.
const (
	TierNone      Tier = "none"       // not verified
	TierContact   Tier = "contact"    // contact confirmed by a code
	TierResident  Tier = "resident"   // identity confirmed by an identity provider
	TierCheckedIn Tier = "checked_in" // seen at the hearing
)

// Person is somebody with an account. Keys are the folded forms that must be
// unique; an empty key is stored as null.
type Person struct {
	ID           string `gorm:"primaryKey"`
	Email        string
	EmailKey     *string
	Phone        string
	PhoneKey     *string
	Name         string // real name, never shown without the person's choice
	Nickname     string
	PasswordHash string
	Lang         string
	OIDCIssuer   string  `gorm:"column:oidc_issuer"`
	OIDCSubject  *string `gorm:"column:oidc_subject"`
	Tier         Tier
	// Notify says where news go: mail, sms or none.
	Notify     string
	CreatedAt  time.Time
	UpdatedAt  time.Time `gorm:"autoUpdateTime:false"`
	DisabledAt *time.Time
	ErasedAt   *time.Time
}

// TableName is people.
func (Person) TableName() string { return "people" }

// PersonByID finds a person; [ErrNotFound] if there is none.
func (db *DB) PersonByID(ctx context.Context, id string) (Person, error) {
	return one[Person](ctx, db, "id = ?", id)
}

// PersonByEmailKey finds a person by the folded mail address.
func (db *DB) PersonByEmailKey(ctx context.Context, key string) (Person, error) {
	return one[Person](ctx, db, "email_key = ?", key)
}

// PersonByPhoneKey finds a person by the normalised phone number.
func (db *DB) PersonByPhoneKey(ctx context.Context, key string) (Person, error) {
	return one[Person](ctx, db, "phone_key = ?", key)
}

// PersonByOIDC finds a person by the identity that a provider gave.
func (db *DB) PersonByOIDC(ctx context.Context, issuer, subject string) (Person, error) {
	return one[Person](ctx, db, "oidc_issuer = ? AND oidc_subject = ?", issuer, subject)
}

// HasPeople says whether anybody has an account yet.
func (db *DB) HasPeople(ctx context.Context) (bool, error) {
	list, err := manyIn[Person](db.read.WithContext(ctx).Limit(1), "", "1 = 1")
	return len(list) > 0, err
}

// Person reads a person inside the act.
func (tx *Tx) Person(id string) (Person, error) { return oneIn[Person](tx.sql(), "id = ?", id) }

// PersonByContact reads the person with a folded mail address or phone number.
func (tx *Tx) PersonByContact(key string) (Person, error) {
	return oneIn[Person](tx.sql(), "email_key = ? OR phone_key = ?", key, key)
}

// PersonByOIDC reads the person with the identity that a provider gave.
func (tx *Tx) PersonByOIDC(issuer, subject string) (Person, error) {
	return oneIn[Person](tx.sql(), "oidc_issuer = ? AND oidc_subject = ?", issuer, subject)
}

// opinionsOf finds the ids of what a person said: with a receipt, or in reply. Most
// opinions would pay for an index by person that only this would use.
const opinionsOf = "SELECT o.id FROM receipts r JOIN opinions o ON o.receipt_id = r.id WHERE r.person_id = ? AND r.person_id <> ''" +
	" UNION SELECT id FROM opinions WHERE person_id = ? AND person_id <> '' AND receipt_id = ''"

// erasures are what honours a person's wish to be forgotten: the record of what was
// said stays, and nothing in it leads to the person any more.
var erasures = []string{
	"UPDATE opinions SET display = 'anonymous', display_name = '' WHERE id IN (" + opinionsOf + ")",
	"UPDATE receipts SET contact = '', contact_key = '', contact_kind = '' WHERE person_id = ?",
	"DELETE FROM attachments WHERE owner_kind = 'opinion' AND owner_id IN (SELECT id FROM opinions WHERE person_id = ?)",
	"UPDATE sessions SET network = '', agent = '' WHERE person_id = ?",
	"DELETE FROM letters WHERE person_id = ?",
	// How they were before a move cannot be brought back by undoing it, either: the revision grows.
	"UPDATE room_moves SET before = '{}' WHERE question_id IN (SELECT id FROM room_questions WHERE person_id = ? AND display_name <> '')",
	"UPDATE room_questions SET display = 'anonymous', display_name = '', revision = revision + 1 WHERE person_id = ? AND display_name <> ''",
	forgetSpeeches,
	"DELETE FROM follows WHERE person_id = ?",
	"DELETE FROM saved_searches WHERE person_id = ?",
	"DELETE FROM tokens WHERE person_id = ?",
	"DELETE FROM roles WHERE person_id = ?",
}

// forgetSpeeches takes a person's name from speaking lists; who has not spoken yet is not
// called out any more.
const forgetSpeeches = "UPDATE speaker_entries SET name = '', voice = '', state = CASE WHEN state = 'waiting' THEN 'gone' ELSE state END, revision = revision + 1 WHERE person_id = ? AND name <> ''"

// ErasePerson takes away everything that tells who a person was. The caller ends
// the sessions, and has rooms and hearings take back what they told by name and keep of
// sign-ups (rooms.Erased, hearings.Erased) in the same act, before this. The row itself stays, so that what the person did keeps one
// author without a name.
func (tx *Tx) ErasePerson(p Person) error {
	g := tx.sql()
	for i := range erasures {
		args := slices.Repeat([]any{p.ID}, strings.Count(erasures[i], "?"))
		if err := g.Exec(erasures[i], args...).Error; err != nil {
			return err
		}
	}
	for _, key := range []*string{p.EmailKey, p.PhoneKey} {
		if key == nil {
			continue
		}
		if err := g.Where("contact_key = ?", *key).Delete(&SignInCode{}).Error; err != nil {
			return err
		}
	}
	if err := g.Exec("DELETE FROM attachments WHERE owner_kind = 'basket_item' AND owner_id IN (SELECT i.id FROM basket_items i JOIN baskets b ON b.id = i.basket_id WHERE b.owner = ?)", "p:"+p.ID).Error; err != nil {
		return err
	}
	if err := g.Exec("DELETE FROM basket_items WHERE basket_id IN (SELECT id FROM baskets WHERE owner = ?)", "p:"+p.ID).Error; err != nil {
		return err
	}
	if err := g.Exec("DELETE FROM baskets WHERE owner = ?", "p:"+p.ID).Error; err != nil {
		return err
	}
	now := tx.Now
	return tx.Save(&Person{ID: p.ID, Lang: p.Lang, Tier: TierNone, Notify: "none", CreatedAt: p.CreatedAt, UpdatedAt: now, DisabledAt: &now, ErasedAt: &now})
}

// PersonalData is what a person has left in the record.
type PersonalData struct {
	Receipts []Receipt
	Opinions []Opinion
	Supports []Support
	Follows  []Follow
	Acts     []Audit
	// Registrations are sign-ups for hearings.
	Registrations []Registration
	// Questions were asked in rooms, QuestionVoices given there, Speeches asked for,
	// Votes given in quick polls.
	Questions      []Question
	QuestionVoices []QuestionVoice
	Speeches       []SpeakerEntry
	Votes          []PollVote
}

// PersonalData collects what is kept about what a person did, for them to take
// along.
func (db *DB) PersonalData(ctx context.Context, personID string) (PersonalData, error) {
	var d PersonalData
	var errs [10]error
	d.Receipts, errs[0] = many[Receipt](ctx, db, "id", "person_id = ?", personID)
	d.Opinions, errs[1] = many[Opinion](ctx, db, "id", "id IN ("+opinionsOf+")", personID, personID)
	d.Supports, errs[2] = many[Support](ctx, db, "created_at", "voice = ?", "p:"+personID)
	d.Follows, errs[3] = many[Follow](ctx, db, "created_at", "person_id = ?", personID)
	d.Acts, errs[4] = many[Audit](ctx, db, "id", "actor = ? AND name <> 'opinions.submit'", "p:"+personID)
	d.Registrations, errs[5] = many[Registration](ctx, db, "id", "person_id = ?", personID)
	d.Questions, errs[6] = many[Question](ctx, db, "id", "person_id = ?", personID)
	d.QuestionVoices, errs[7] = many[QuestionVoice](ctx, db, "created_at", "voice = ?", "p:"+personID)
	d.Speeches, errs[8] = many[SpeakerEntry](ctx, db, "id", "person_id = ?", personID)
	d.Votes, errs[9] = many[PollVote](ctx, db, "created_at", "voice = ?", "p:"+personID)
	return d, errors.Join(errs[:]...)
}

// OpinionsGiven counts a person's opinions.
func (db *DB) OpinionsGiven(ctx context.Context, personID string) (int, error) {
	var n int64
	err := db.read.WithContext(ctx).Model(&Opinion{}).Where("id IN ("+opinionsOf+")", personID, personID).Count(&n).Error
	return int(n), wrap(err)
}
