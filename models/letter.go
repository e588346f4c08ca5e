package models

import (
	"context"
	"encoding/json"
	"time"
)

// Letter is a mail or SMS on its way. It is queued in the transaction of the act
// that it tells about and composed and sent after the commit. DedupeKey makes
// sure that one event sends one letter to one person.
type Letter struct {
	ID        string `gorm:"primaryKey"`
	Channel   string // mail, sms
	Recipient string // a mail address, or a phone number in E.164
	PersonID  string // empty for people without an account
	Lang      string // zh, en: the language of its texts
	// Kind names the texts letters.<kind>_subject, _body, _sms and _button.
	Kind string
	// Data fills the placeholders of the texts: a JSON object of strings. "url" is
	// the path that the letter leads to, without language. A name that ends in "_at"
	// holds a moment, see [LetterMoment]: "date_at" fills {date} with its words in the
	// reader's language; so does one that ends in "_by", for the end of a period. "online" says that the reader may be elsewhere, where another
	// clock goes.
	Data string
	// Subject, Body and HTML are what was sent; emptied again for codes.
	Subject   string
	Body      string
	HTML      string
	DedupeKey string
	Tries     int
	LastError string
	NextAt    time.Time
	// ExpiresAt is when the letter is of no use any more.
	ExpiresAt *time.Time
	SentAt    *time.Time
	FailedAt  *time.Time
	CreatedAt time.Time
}

// keepFirst lets a letter whose DedupeKey is taken vanish without an error: the
// same letter is on its way already.
func (Letter) keepFirst() {}

// Channels of letters.
const (
	ChannelMail = "mail"
	ChannelSMS  = "sms"
)

// LetterMoment is a moment in [Letter.Data]; who composes the letter says it in words.
func LetterMoment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// QueueLetter queues a letter in the act: it is sent if and only if the act is
// kept, and once for each DedupeKey. Needed are Channel, Recipient, Lang, Kind and
// DedupeKey; data fills the texts (values become strings; see [Letter.Data]). A
// letter without a recipient is not queued.
func (tx *Tx) QueueLetter(l Letter, data map[string]string) error {
	if l.Recipient == "" {
		return nil
	}
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	l.ID, l.Data, l.CreatedAt = NewID(tx.Now), string(b), tx.Now
	if l.NextAt.IsZero() {
		l.NextAt = tx.Now
	}
	if l.ExpiresAt != nil { // somebody waits for it: it overtakes any amount of news
		l.NextAt = tx.Now.Add(-24 * time.Hour)
	}
	tx.Later(&l)
	return nil
}

// LetterTo begins a letter of news to a person, on the way that the person chose
// for news. Its Recipient is empty, so that nothing is sent, for who wants none.
func LetterTo(p Person, kind string) Letter {
	l := Letter{PersonID: p.ID, Lang: p.Lang, Kind: kind}
	switch {
	case p.ErasedAt != nil || p.DisabledAt != nil:
	case p.Notify == ChannelSMS && p.PhoneKey != nil:
		l.Channel, l.Recipient = ChannelSMS, *p.PhoneKey
	case p.Notify == ChannelMail && p.EmailKey != nil:
		l.Channel, l.Recipient = ChannelMail, p.Email
	}
	return l
}

// LettersQueued gives a value after commits that queued letters.
func (db *DB) LettersQueued() <-chan struct{} { return db.letters }

// LettersDue lists letters to be sent now, the oldest first.
func (db *DB) LettersDue(ctx context.Context, now time.Time, limit int) ([]Letter, error) {
	return manyIn[Letter](db.read.WithContext(ctx).Limit(limit), "next_at, id", "sent_at IS NULL AND failed_at IS NULL AND next_at <= ?", now)
}

// Letters lists the newest letters; before is the id of the last one seen. failed
// narrows to those that were given up.
func (db *DB) Letters(ctx context.Context, failed bool, before string, limit int) ([]Letter, error) {
	q := db.read.WithContext(ctx).Limit(clampLimit(limit))
	if before != "" {
		q = q.Where("id < ?", before)
	}
	if failed {
		return manyIn[Letter](q, "id DESC", "failed_at IS NOT NULL")
	}
	return manyIn[Letter](q, "id DESC", "1 = 1")
}

// LetterByID finds a letter.
func (db *DB) LetterByID(ctx context.Context, id string) (Letter, error) {
	return one[Letter](ctx, db, "id = ?", id)
}

// LetterHealth is how the sending of letters goes.
type LetterHealth struct {
	Waiting int64 // due or to be tried again
	Failed  int64 // given up
	Oldest  *time.Time
}

// LettersHealth counts the letters that wait and that were given up since a moment.
func (db *DB) LettersHealth(ctx context.Context, since time.Time) (LetterHealth, error) {
	var h LetterHealth
	g := db.read.WithContext(ctx)
	if err := g.Model(&Letter{}).Where("sent_at IS NULL AND failed_at IS NULL").Count(&h.Waiting).Error; err != nil {
		return h, wrap(err)
	}
	if err := g.Model(&Letter{}).Where("sent_at IS NULL AND failed_at >= ?", since).Count(&h.Failed).Error; err != nil {
		return h, wrap(err)
	}
	oldest, err := manyIn[Letter](g.Limit(1), "next_at", "sent_at IS NULL AND failed_at IS NULL")
	if err == nil && len(oldest) > 0 {
		h.Oldest = &oldest[0].CreatedAt
	}
	return h, err
}

// ClaimLetter takes a letter for sending until a moment; Conflict when another
// node has it. The try counts even if this process dies with it.
func (tx *Tx) ClaimLetter(l Letter, until time.Time) error {
	return changed(tx.sql().Model(&Letter{}).
		Where("id = ? AND next_at = ? AND sent_at IS NULL AND failed_at IS NULL", l.ID, l.NextAt).
		Updates(map[string]any{"next_at": until, "tries": l.Tries + 1}))
}

// FinishLetter keeps the outcome of a try: sent, given up, or to be tried again at
// NextAt.
func (tx *Tx) FinishLetter(l Letter) error {
	return tx.sql().Model(&Letter{}).Where("id = ?", l.ID).Select("subject", "body", "html", "data", "last_error", "next_at", "sent_at", "failed_at").Updates(&l).Error
}

// RetryLetter queues a letter that was given up once more; Conflict when it was not.
func (tx *Tx) RetryLetter(id string) error {
	return changed(tx.sql().Model(&Letter{}).Where("id = ? AND failed_at IS NOT NULL", id).
		Updates(map[string]any{"failed_at": nil, "tries": 0, "next_at": tx.Now}))
}

// StopNews ends the news to a person.
func (tx *Tx) StopNews(personID string) error {
	return tx.sql().Model(&Person{}).Where("id = ?", personID).Updates(map[string]any{"notify": "none", "updated_at": tx.Now}).Error
}

// StopReceiptNews ends the news to who left a contact with a receipt.
func (tx *Tx) StopReceiptNews(receiptID string) error {
	return tx.sql().Model(&Receipt{}).Where("id = ?", receiptID).Update("notify", false).Error
}
