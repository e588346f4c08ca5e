package models

import (
	"context"
	"strings"
	"time"
)

// SavedSearch is a search that somebody wants to hear of: what is new is told by mail.
type SavedSearch struct {
	ID       string `gorm:"primaryKey"`
	PersonID string
	// Query is the address of the search without its path: q=…&kind=….
	Query  string
	Lang   string
	Notify bool
	// LookedAt is until when what was found has been told.
	LookedAt  time.Time
	CreatedAt time.Time
}

// IndexRebuild is a wish that the search index be made anew, and how far it has come.
type IndexRebuild struct {
	ID         string `gorm:"primaryKey"`
	AskedBy    string
	AskedAt    time.Time
	StartedAt  *time.Time
	SeenAt     *time.Time // when whoever does it was last heard of
	FinishedAt *time.Time
	Done       int64
	Total      int64
	Failure    string
}

// Lease lets one of several nodes do a work for all, until it ends or is renewed.
type Lease struct {
	Name   string `gorm:"primaryKey"`
	Holder string
	Until  time.Time
}

// RebuildAsked is the kind of the event that asks for a new search index.
const RebuildAsked = "search.rebuild_asked"

// Lease takes or renews a lease and says whether holder has it until then.
func (tx *Tx) Lease(name, holder string, until time.Time) (bool, error) {
	q := tx.sql().Exec("INSERT INTO leases (name, holder, until) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"+
		" WHERE leases.holder = excluded.holder OR leases.until < ?", name, holder, until, tx.Now)
	return q.RowsAffected > 0, q.Error
}

// LeaseHeld says whether anybody has a lease now.
func (db *DB) LeaseHeld(ctx context.Context, name string) (bool, error) {
	var n int64
	err := db.read.WithContext(ctx).Model(&Lease{}).Where("name = ? AND until > ?", name, db.Now()).Count(&n).Error
	return n > 0, wrap(err)
}

// EndLease gives a lease back.
func (tx *Tx) EndLease(name, holder string) error {
	return tx.sql().Where("name = ? AND holder = ?", name, holder).Delete(&Lease{}).Error
}

// IndexRebuildByID finds a wish for a new index.
func (db *DB) IndexRebuildByID(ctx context.Context, id string) (IndexRebuild, error) {
	return one[IndexRebuild](ctx, db, "id = ?", id)
}

// IndexRebuildOpen finds the oldest wish that nobody has fulfilled.
func (db *DB) IndexRebuildOpen(ctx context.Context) (IndexRebuild, error) {
	return oneIn[IndexRebuild](db.read.WithContext(ctx).Order("id").Limit(1), "finished_at IS NULL")
}

// SaveIndexRebuild notes how far a rebuild has come.
func (tx *Tx) SaveIndexRebuild(r IndexRebuild) error {
	return tx.sql().Model(&IndexRebuild{}).Where("id = ?", r.ID).Select("started_at", "seen_at", "finished_at", "done", "total", "failure").Updates(&r).Error
}

// SavedSearchesOf lists what a person saved, the newest first.
func (db *DB) SavedSearchesOf(ctx context.Context, personID string) ([]SavedSearch, error) {
	return many[SavedSearch](ctx, db, "id DESC", "person_id = ?", personID)
}

// SavedSearchesDue lists up to limit searches with mail that nobody looked after
// since a moment, the longest waiting first.
func (db *DB) SavedSearchesDue(ctx context.Context, before time.Time, limit int) ([]SavedSearch, error) {
	return manyIn[SavedSearch](db.read.WithContext(ctx).Limit(limit), "looked_at, id", "notify AND looked_at < ?", before)
}

// SaveSearch keeps a search of a person; the same one twice is kept once.
func (tx *Tx) SaveSearch(s SavedSearch) error {
	return tx.sql().Exec("INSERT INTO saved_searches (id, person_id, query, lang, notify, created_at, looked_at) VALUES (?, ?, ?, ?, ?, ?, ?)"+
		" ON CONFLICT (person_id, query) DO UPDATE SET lang = excluded.lang, notify = excluded.notify", s.ID, s.PersonID, s.Query, s.Lang, s.Notify, s.CreatedAt, s.LookedAt).Error
}

// RemoveSavedSearch forgets a search of a person; NotFound when there is none.
func (tx *Tx) RemoveSavedSearch(personID, id string) error {
	q := tx.sql().Where("person_id = ? AND id = ?", personID, id).Delete(&SavedSearch{})
	if q.Error == nil && q.RowsAffected == 0 {
		return ErrNotFound
	}
	return q.Error
}

// LookedAfter notes until when a saved search was looked after. Conflict when another
// node was faster, so that one letter is sent.
func (tx *Tx) LookedAfter(s SavedSearch, until time.Time) error {
	return changed(tx.sql().Model(&SavedSearch{}).Where("id = ? AND looked_at = ?", s.ID, s.LookedAt).Update("looked_at", until))
}

// ConsultationIDsAfter lists ids of consultations in any state, in order, after one.
func (db *DB) ConsultationIDsAfter(ctx context.Context, after string, limit int) ([]string, error) {
	var ids []string
	err := db.read.WithContext(ctx).Model(&Consultation{}).Where("id > ?", after).Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, wrap(err)
}

// AllConsultations lists every consultation in any state; only what a list of names,
// units and states needs.
func (db *DB) AllConsultations(ctx context.Context) ([]Consultation, error) {
	var list []Consultation
	err := db.read.WithContext(ctx).Select("id", "unit_id", "topic", "title_zh", "title_en", "opens_at", "closes_at", "published_at", "withdrawn_at", "answered_at").Order("id").Find(&list).Error
	return list, wrap(err)
}

// ClauseKeys lists the permanent keys of all clauses that can be commented on in any
// version of a consultation.
func (db *DB) ClauseKeys(ctx context.Context, consultationID string) ([]string, error) {
	var keys []string
	err := db.read.WithContext(ctx).Model(&Clause{}).Where("consultation_id = ? AND target", consultationID).Distinct().Order("key").Pluck("key", &keys).Error
	return keys, wrap(err)
}

// OpinionIDsAfter lists opinions in any state, in order of their numbers, of a
// consultation, or in order of their ids, of all (consultation ""). after is what the
// last call gave as next.
func (db *DB) OpinionIDsAfter(ctx context.Context, consultationID string, after OpinionPlace, limit int) (ids []string, next OpinionPlace, err error) {
	var list []Opinion
	g := db.read.WithContext(ctx).Select("id", "number").Limit(limit)
	if consultationID == "" {
		g = g.Where("id > ?", after.ID).Order("id")
	} else {
		g = g.Where("consultation_id = ? AND number > ?", consultationID, after.N).Order("number")
	}
	if err := g.Find(&list).Error; err != nil {
		return nil, after, wrap(err)
	}
	next = after
	for _, o := range list {
		ids, next = append(ids, o.ID), OpinionPlace{o.Number, o.ID}
	}
	return ids, next, nil
}

// ReplyIDs lists the replies to opinions, in any state.
func (db *DB) ReplyIDs(ctx context.Context, opinionIDs []string) ([]string, error) {
	var ids []string
	if len(opinionIDs) == 0 {
		return nil, nil
	}
	err := db.read.WithContext(ctx).Model(&Opinion{}).Where("parent_id IN ? AND parent_id <> ''", opinionIDs).Order("id").Pluck("id", &ids).Error
	return ids, wrap(err)
}

// OpinionIDsBy lists what people with an account said, in any state.
func (db *DB) OpinionIDsBy(ctx context.Context, people []string) ([]string, error) {
	var ids []string
	err := db.read.WithContext(ctx).Model(&Opinion{}).Where("person_id IN ? AND person_id <> ''", people).Order("id").Pluck("id", &ids).Error
	return ids, wrap(err)
}

// AnswerIDsAfter lists answers in any state, in order, of a consultation or of all.
func (db *DB) AnswerIDsAfter(ctx context.Context, consultationID, after string, limit int) ([]string, error) {
	g := db.read.WithContext(ctx).Model(&Answer{}).Where("id > ?", after)
	if consultationID != "" {
		g = g.Where("consultation_id = ?", consultationID)
	}
	var ids []string
	return ids, wrap(g.Order("id").Limit(limit).Pluck("id", &ids).Error)
}

// ReceiptsByID finds receipts by id.
func (db *DB) ReceiptsByID(ctx context.Context, ids []string) (map[string]Receipt, error) {
	return byID(ctx, db, ids, func(r Receipt) string { return r.ID })
}

// ResponsesOf finds the reports of consultations, by consultation.
func (db *DB) ResponsesOf(ctx context.Context, ids []string) (map[string]Response, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := many[Response](ctx, db, "", "consultation_id IN ?", ids)
	out := map[string]Response{}
	for _, r := range list {
		out[r.ConsultationID] = r
	}
	return out, err
}

func byID[T any](ctx context.Context, db *DB, ids []string, id func(T) string) (map[string]T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := many[T](ctx, db, "", "id IN ?", ids)
	out := make(map[string]T, len(list))
	for _, row := range list {
		out[id(row)] = row
	}
	return out, err
}

// SearchableRows counts the rows of the tables that the search index is made of.
func (db *DB) SearchableRows(ctx context.Context) (int64, error) {
	var n int64
	err := db.read.WithContext(ctx).Raw("SELECT (SELECT COUNT(*) FROM opinions) + (SELECT COUNT(*) FROM answers) + (SELECT COUNT(*) FROM consultations)").Scan(&n).Error
	return n, wrap(err)
}

// TitleMatch is a public consultation, or a clause of it, whose words fit.
type TitleMatch struct {
	Consultation Consultation
	Clause       *Clause
}

// TitlesWith looks for words in titles and clauses of public consultations without
// the search engine: all words must be there as they are written. It gives at most
// limit of each.
func (db *DB) TitlesWith(ctx context.Context, words []string, limit int) ([]TitleMatch, error) {
	if len(words) == 0 {
		return nil, nil
	}
	g := db.read.WithContext(ctx).Where("published_at IS NOT NULL AND withdrawn_at IS NULL").Order("published_at DESC, id DESC").Limit(limit)
	for _, w := range words {
		g = g.Where(`LOWER(title_zh) LIKE ? ESCAPE '\' OR LOWER(title_en) LIKE ? ESCAPE '\'`, like(w), like(w))
	}
	var list []Consultation
	if err := g.Find(&list).Error; err != nil {
		return nil, wrap(err)
	}
	var out []TitleMatch
	for _, c := range list {
		out = append(out, TitleMatch{Consultation: c})
	}
	clauses, err := db.clausesWith(ctx, words, limit)
	return append(out, clauses...), err
}

func (db *DB) clausesWith(ctx context.Context, words []string, limit int) ([]TitleMatch, error) {
	g := db.read.WithContext(ctx).Where("target AND version_id IN (SELECT v.id FROM versions v JOIN consultations c ON c.id = v.consultation_id WHERE v.published_at IS NOT NULL AND c.published_at IS NOT NULL AND c.withdrawn_at IS NULL" +
		" AND v.number = (SELECT MAX(w.number) FROM versions w WHERE w.consultation_id = v.consultation_id AND w.published_at IS NOT NULL))").Order("id DESC").Limit(limit)
	for _, w := range words {
		g = g.Where(`LOWER(number || ' ' || title || ' ' || text || ' ' || title_en || ' ' || text_en) LIKE ? ESCAPE '\'`, like(w))
	}
	var list []Clause
	if err := g.Find(&list).Error; err != nil || len(list) == 0 {
		return nil, wrap(err)
	}
	var ids []string
	for _, c := range list {
		ids = append(ids, c.ConsultationID)
	}
	of, err := db.ConsultationsByID(ctx, ids)
	var out []TitleMatch
	for _, c := range list {
		out = append(out, TitleMatch{Consultation: of[c.ConsultationID], Clause: &c})
	}
	return out, err
}

var likes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func like(word string) string { return "%" + likes.Replace(strings.ToLower(word)) + "%" }

// HearingIDsAfter lists ids of hearings in any state, in order, after one.
func (db *DB) HearingIDsAfter(ctx context.Context, after string, limit int) ([]string, error) {
	var ids []string
	err := db.read.WithContext(ctx).Model(&Hearing{}).Where("id > ?", after).Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, wrap(err)
}

// AllHearings lists every hearing in any state; only what a list of names and units
// needs.
func (db *DB) AllHearings(ctx context.Context) ([]Hearing, error) {
	var list []Hearing
	err := db.read.WithContext(ctx).Select("id", "unit_id", "consultation_id", "title_zh", "title_en", "published_at", "cancelled_at").Order("id").Find(&list).Error
	return list, wrap(err)
}
