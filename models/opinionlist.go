package models

import (
	"context"

	"gorm.io/gorm"
)

// Sort is the order of a list of opinions.
type Sort string

// The orders.
const (
	Newest    Sort = "new"       // the last one first
	Supported Sort = "supported" // most voices first
	Discussed Sort = "discussed" // most replies first
)

// OpinionQuery asks for public opinions of a consultation. An empty ClauseKey
// means all clauses.
type OpinionQuery struct {
	ConsultationID string
	ClauseKey      string
	Stance         Stance // empty: every stance
	Sort           Sort
	After          *OpinionPlace // nil: the first page
	Limit          int
}

// OpinionPlace is where a page ended: the sorted number and the id.
type OpinionPlace struct {
	N  int64
	ID string
}

// Place is where o stands in the order.
func (s Sort) Place(o Opinion) OpinionPlace {
	switch s {
	case Supported:
		return OpinionPlace{o.Supports, o.ID}
	case Discussed:
		return OpinionPlace{o.Replies, o.ID}
	}
	return OpinionPlace{0, o.ID}
}

// Opinions lists public opinions that are no replies, by key and never by offset:
// the last page costs what the first one costs. In the orders by support and by
// replies, those that have none come last, newest first.
//
// One stance is picked out of all opinions of the clause, or of the consultation, so
// that the count of it says when to stop looking.
func (db *DB) Opinions(ctx context.Context, q OpinionQuery) ([]Opinion, error) {
	limit := clampLimit(q.Limit)
	if q.Stance != StanceNone {
		there, err := db.countOf(ctx, q)
		if err != nil || there == 0 {
			return nil, err
		}
		limit = int(min(int64(limit), there))
	}
	column := map[Sort]string{Supported: "supports", Discussed: "replies"}[q.Sort]
	if column == "" {
		return db.newest(ctx, q, "", limit)
	}
	var list []Opinion
	if q.After == nil || q.After.N > 0 {
		var err error
		if list, err = db.ranked(ctx, q, column, limit); err != nil || len(list) == limit {
			return list, err
		}
		q.After = nil
	}
	rest, err := db.newest(ctx, q, column, limit-len(list))
	return append(list, rest...), err
}

// countOf tells how many public opinions a clause has of one stance; an empty key
// stands for the whole consultation, in the table as here.
func (db *DB) countOf(ctx context.Context, q OpinionQuery) (int64, error) {
	list, err := many[ClauseCount](ctx, db, "", "consultation_id = ? AND clause_key = ?", q.ConsultationID, q.ClauseKey)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	c := list[0]
	return map[Stance]int64{StanceSupport: c.Support, StanceAmend: c.Amend, StanceOppose: c.Oppose, StanceQuestion: c.Question}[q.Stance], nil
}

// ranked lists those that have voices or replies, most first.
func (db *DB) ranked(ctx context.Context, q OpinionQuery, column string, limit int) ([]Opinion, error) {
	g := db.public(ctx, q)
	var after []any
	if q.After != nil {
		after = []any{q.After.N, q.After.ID}
	}
	switch column {
	case "supports":
		g = g.Where("supports > 0").Order("supports DESC, id DESC")
		if after != nil {
			g = g.Where("(supports, id) < (?, ?)", after...)
		}
	case "replies":
		g = g.Where("replies > 0").Order("replies DESC, id DESC")
		if after != nil {
			g = g.Where("(replies, id) < (?, ?)", after...)
		}
	}
	var list []Opinion
	return list, wrap(g.Limit(limit).Find(&list).Error)
}

// newest lists by time, the last one first; without names what they must not have:
// supports, replies, or nothing.
func (db *DB) newest(ctx context.Context, q OpinionQuery, without string, limit int) ([]Opinion, error) {
	g := db.public(ctx, q).Order("id DESC")
	switch without {
	case "supports":
		g = g.Where("supports = 0")
	case "replies":
		g = g.Where("replies = 0")
	}
	if q.After != nil {
		g = g.Where("id < ?", q.After.ID)
	}
	var list []Opinion
	return list, wrap(g.Limit(limit).Find(&list).Error)
}

func (db *DB) public(ctx context.Context, q OpinionQuery) *gorm.DB {
	g := db.read.WithContext(ctx).Where("consultation_id = ?", q.ConsultationID).Where("parent_id = '' AND shown")
	if q.ClauseKey != "" {
		g = g.Where("clause_key = ?", q.ClauseKey)
	}
	if q.Stance != StanceNone {
		g = g.Where("stance = ?", q.Stance)
	}
	return g
}

// RepliesTo lists the public replies to opinions, oldest first, by opinion id.
func (db *DB) RepliesTo(ctx context.Context, opinionIDs []string) (map[string][]Opinion, error) {
	if len(opinionIDs) == 0 {
		return nil, nil
	}
	list, err := many[Opinion](ctx, db, "parent_id, id", "parent_id IN ? AND parent_id <> '' AND shown", opinionIDs)
	out := map[string][]Opinion{}
	for _, o := range list {
		out[o.ParentID] = append(out[o.ParentID], o)
	}
	return out, err
}

// OpinionsOfReceipt lists what was given with a receipt, whatever became of it.
func (db *DB) OpinionsOfReceipt(ctx context.Context, receiptID string) ([]Opinion, error) {
	return many[Opinion](ctx, db, "number", "receipt_id = ?", receiptID)
}

// SupportedBy tells which of the opinions the voice supports.
func (db *DB) SupportedBy(ctx context.Context, voice string, opinionIDs []string) (map[string]bool, error) {
	if len(opinionIDs) == 0 {
		return nil, nil
	}
	list, err := many[Support](ctx, db, "", "voice = ? AND opinion_id IN ?", voice, opinionIDs)
	out := map[string]bool{}
	for _, s := range list {
		out[s.OpinionID] = true
	}
	return out, err
}

// PublicVersion finds the newest public version of a consultation.
func (db *DB) PublicVersion(ctx context.Context, consultationID string) (Version, error) {
	var v Version
	err := db.read.WithContext(ctx).Where("consultation_id = ? AND published_at IS NOT NULL", consultationID).Order("number DESC").Take(&v).Error
	return v, wrap(err)
}

// Support gives or takes back one voice; changed is false when it was so already.
// The key of the table decides, so a double click has one effect.
func (tx *Tx) Support(opinionID, voice string, tier Tier, on bool) (changed bool, total int64, err error) {
	by := int64(1)
	if on {
		q := tx.sql().Exec("INSERT INTO supports (opinion_id, voice, tier, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", opinionID, voice, tier, tx.Now)
		changed, err = q.RowsAffected > 0, q.Error
	} else {
		by = -1
		q := tx.sql().Exec("DELETE FROM supports WHERE opinion_id = ? AND voice = ?", opinionID, voice)
		changed, err = q.RowsAffected > 0, q.Error
	}
	if err != nil {
		return false, 0, err
	}
	if changed {
		if err := tx.sql().Exec("UPDATE opinions SET supports = supports + ? WHERE id = ?", by, opinionID).Error; err != nil {
			return false, 0, err
		}
	}
	err = tx.sql().Raw("SELECT supports FROM opinions WHERE id = ?", opinionID).Scan(&total).Error
	return changed, total, err
}

// Opinion reads an opinion inside the act.
func (tx *Tx) Opinion(id string) (Opinion, error) { return oneIn[Opinion](tx.sql(), "id = ?", id) }

// CountReply changes how many public replies an opinion has.
func (tx *Tx) CountReply(opinionID string, by int64) error {
	return tx.sql().Exec("UPDATE opinions SET replies = replies + ? WHERE id = ?", by, opinionID).Error
}
