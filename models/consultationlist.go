package models

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Topics are the fields of life that a consultation can be about, in the order of
// the filter; their names are the texts consultations.topic_<key>.
var Topics = []string{"city", "housing", "transport", "environment", "safety", "education", "health", "elderly", "markets", "culture", "rural", "finance", "other"}

// ConsultationQuery asks for consultations that the public may see, withdrawn ones
// left out. Zero fields do not narrow the list.
type ConsultationQuery struct {
	Status  Status
	Topic   string
	UnitIDs []string // nil: every unit; empty: none
	// ClosesBefore keeps those that close until then and not before Now.
	ClosesBefore time.Time
	// PublishedFrom and PublishedBefore bound the publication.
	PublishedFrom, PublishedBefore time.Time
	// Now decides what is scheduled, open or closed. Required.
	Now time.Time
	// ByPublication lists the newest first and goes on after After; otherwise what
	// can still be commented on stands first, the nearest deadline on top.
	ByPublication bool
	After         *PublicationPlace
	Limit, Offset int
}

// PublicationPlace is where a page of consultations by publication ended.
type PublicationPlace struct {
	At time.Time
	ID string
}

// Consultations lists consultations that the public may see.
func (db *DB) Consultations(ctx context.Context, q ConsultationQuery) ([]Consultation, error) {
	g := q.where(db.read.WithContext(ctx)).Limit(clampLimit(q.Limit)).Offset(q.Offset)
	if q.ByPublication {
		if q.After != nil {
			g = g.Where("published_at < ? OR (published_at = ? AND id < ?)", q.After.At, q.After.At, q.After.ID)
		}
		g = g.Order("published_at DESC, id DESC")
	} else {
		// gorm's Order leaves an expression out without a word; a clause stays.
		g = g.Clauses(clause.OrderBy{Expression: gorm.Expr("CASE WHEN answered_at IS NOT NULL THEN 3 WHEN closes_at <= ? THEN 2 WHEN opens_at > ? THEN 1 ELSE 0 END, "+
			"CASE WHEN closes_at > ? THEN closes_at END, closes_at DESC, id DESC", q.Now, q.Now, q.Now)})
	}
	var list []Consultation
	return list, wrap(g.Find(&list).Error)
}

// CountConsultations counts what a query without its limits would list.
func (db *DB) CountConsultations(ctx context.Context, q ConsultationQuery) (int, error) {
	var n int64
	err := q.where(db.read.WithContext(ctx)).Model(&Consultation{}).Count(&n).Error
	return int(n), wrap(err)
}

func (q ConsultationQuery) where(g *gorm.DB) *gorm.DB {
	g = g.Where("published_at IS NOT NULL AND withdrawn_at IS NULL")
	switch q.Status {
	case StatusScheduled:
		g = g.Where("answered_at IS NULL AND opens_at > ?", q.Now)
	case StatusOpen:
		g = g.Where("answered_at IS NULL AND opens_at <= ? AND closes_at > ?", q.Now, q.Now)
	case StatusClosed:
		g = g.Where("answered_at IS NULL AND closes_at <= ?", q.Now)
	case StatusAnswered:
		g = g.Where("answered_at IS NOT NULL")
	}
	if q.Topic != "" {
		g = g.Where("topic = ?", q.Topic)
	}
	if q.UnitIDs != nil {
		g = g.Where("unit_id IN ?", q.UnitIDs)
	}
	if !q.ClosesBefore.IsZero() {
		g = g.Where("closes_at > ? AND closes_at <= ?", q.Now, q.ClosesBefore)
	}
	if !q.PublishedFrom.IsZero() {
		g = g.Where("published_at >= ?", q.PublishedFrom)
	}
	if !q.PublishedBefore.IsZero() {
		g = g.Where("published_at < ?", q.PublishedBefore)
	}
	return g
}

// NextChange gives the next moment after now at which a public consultation opens
// or closes; zero when there is none.
func (db *DB) NextChange(ctx context.Context, now time.Time) (time.Time, error) {
	var list []Consultation
	err := db.read.WithContext(ctx).Where("published_at IS NOT NULL AND withdrawn_at IS NULL AND (opens_at > ? OR closes_at > ?)", now, now).
		Clauses(clause.OrderBy{Expression: gorm.Expr("CASE WHEN opens_at > ? THEN opens_at ELSE closes_at END", now)}).Limit(1).Find(&list).Error
	if err != nil || len(list) == 0 {
		return time.Time{}, wrap(err)
	}
	if list[0].OpensAt != nil && list[0].OpensAt.After(now) {
		return *list[0].OpensAt, nil
	}
	return *list[0].ClosesAt, nil
}

// ClauseLinksOf lists what clauses became from version to version, over all
// versions of a consultation; unpublished ones are included.
func (db *DB) ClauseLinksOf(ctx context.Context, consultationID string) ([]ClauseLink, error) {
	return many[ClauseLink](ctx, db, "version_id, id", "consultation_id = ?", consultationID)
}

// AnswersByID finds answers by their ids, published or not.
func (db *DB) AnswersByID(ctx context.Context, ids []string) (map[string]Answer, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := many[Answer](ctx, db, "", "id IN ?", ids)
	out := make(map[string]Answer, len(list))
	for _, a := range list {
		out[a.ID] = a
	}
	return out, err
}

// Figures are the public numbers of a consultation.
type Figures struct {
	Count ClauseCount
	// Hidden counts the opinions that are not shown now, by reason code.
	Hidden map[string]int64
}

// FiguresOf gives the public numbers of a consultation in one statement.
func (db *DB) FiguresOf(ctx context.Context, consultationID string) (Figures, error) {
	var rows []struct {
		Reason                                  string
		Total, Support, Amend, Oppose, Question int64
	}
	err := db.read.WithContext(ctx).Raw("SELECT '' AS reason, total, support, amend, oppose, question FROM clause_counts WHERE consultation_id = ? AND clause_key = ''"+
		" UNION ALL SELECT reason, COUNT(*) AS total, 0, 0, 0, 0 FROM hidings WHERE consultation_id = ? AND lifted_at IS NULL GROUP BY reason", consultationID, consultationID).Scan(&rows).Error
	f := Figures{Hidden: map[string]int64{}}
	for _, r := range rows {
		if r.Reason == "" {
			f.Count = ClauseCount{ConsultationID: consultationID, Total: r.Total, Support: r.Support, Amend: r.Amend, Oppose: r.Oppose, Question: r.Question}
		} else {
			f.Hidden[r.Reason] = r.Total
		}
	}
	return f, wrap(err)
}

// Follows says whether a person follows a consultation.
func (db *DB) Follows(ctx context.Context, personID, consultationID string) (bool, error) {
	list, err := many[Follow](ctx, db, "", "person_id = ? AND consultation_id = ?", personID, consultationID)
	return len(list) > 0, err
}

// Follow makes a person follow a consultation, or ends it; doing so twice has one
// effect.
func (tx *Tx) Follow(personID, consultationID string, on bool) error {
	if !on {
		return tx.sql().Exec("DELETE FROM follows WHERE person_id = ? AND consultation_id = ?", personID, consultationID).Error
	}
	return tx.sql().Exec("INSERT INTO follows (person_id, consultation_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", personID, consultationID, tx.Now).Error
}
