package models

import (
	"bytes"
	"context"
	"time"

	"gorm.io/gorm/clause"
)

// Event is one thing that happened, written in the transaction of the act that
// caused it (the outbox). Seq has no gaps and grows in commit order, so that a
// consumer which remembers the last Seq it handled misses nothing.
type Event struct {
	Seq      int64  `gorm:"primaryKey;autoIncrement:false"`
	Topic    string // what live clients join: consultation:2027-012
	TopicSeq int64  // gap-free within the topic
	Kind     string // past tense: opinions.submitted
	Audience string // empty: everybody
	At       time.Time
	Data     string // JSON

	// list and items are the payload of an event that others may still join, see
	// [Tx.EmitItems].
	list  string
	items [][]byte
}

// joinLimit is how many items one event may hold, so that a frame to a phone stays
// a few kilobytes.
const joinLimit = 64

// join makes the payload of an event that gathered items.
func (e *Event) join() {
	if e.list != "" {
		e.Data = `{"` + e.list + `":[` + string(bytes.Join(e.items, []byte(","))) + `]}`
		e.list, e.items = "", nil
	}
}

// EventsAfter reads up to limit events after seq, in order.
func (db *DB) EventsAfter(ctx context.Context, seq int64, limit int) ([]Event, error) {
	var list []Event
	err := db.read.WithContext(ctx).Where("seq > ?", seq).Order("seq").Limit(limit).Find(&list).Error
	return list, wrap(err)
}

// TopicEventsAfter reads up to limit events of a topic after its topic number.
func (db *DB) TopicEventsAfter(ctx context.Context, topic string, seq int64, limit int) ([]Event, error) {
	var list []Event
	err := db.read.WithContext(ctx).Where("topic = ? AND topic_seq > ?", topic, seq).Order("topic_seq").Limit(limit).Find(&list).Error
	return list, wrap(err)
}

// LastEvent is the number of the newest event, 0 when there is none.
func (db *DB) LastEvent(ctx context.Context) (int64, error) { return db.serialNow(ctx, "events") }

// TopicPosition is the number of the newest event of a topic, 0 when there is none.
func (db *DB) TopicPosition(ctx context.Context, topic string) (int64, error) {
	return db.serialNow(ctx, "topic:"+topic)
}

func (db *DB) serialNow(ctx context.Context, name string) (int64, error) {
	var n int64
	err := db.read.WithContext(ctx).Raw("SELECT n FROM serials WHERE name = ?", name).Scan(&n).Error
	return n, wrap(err)
}

// Cursor remembers how far a consumer of events has come.
type Cursor struct {
	Consumer  string `gorm:"primaryKey"`
	Seq       int64
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

// CursorOf is the last event that the consumer has handled; 0 for a new one.
func (db *DB) CursorOf(ctx context.Context, consumer string) (int64, error) {
	var list []Cursor
	err := db.read.WithContext(ctx).Where("consumer = ?", consumer).Limit(1).Find(&list).Error
	if err != nil || len(list) == 0 {
		return 0, wrap(err)
	}
	return list[0].Seq, nil
}

// MoveCursor notes that the consumer has handled everything up to seq.
func (db *DB) MoveCursor(ctx context.Context, consumer string, seq int64) error {
	return db.InTx(ctx, Act{By: "system", Name: "events.handled", Silent: true}, func(tx *Tx) error {
		row := Cursor{Consumer: consumer, Seq: seq, UpdatedAt: tx.Now}
		return tx.sql().Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
}
