package models

import (
	"context"
	"strings"
)

// ClauseCount is how many public opinions a clause has, in all and by stance.
// The row with an empty ClauseKey counts the whole consultation.
type ClauseCount struct {
	ConsultationID string `gorm:"primaryKey"`
	ClauseKey      string `gorm:"primaryKey"`
	Total          int64
	Support        int64
	Amend          int64
	Oppose         int64
	Question       int64
}

// Count changes the public counts of a clause, and of the whole consultation,
// by one or more; changes of acts that commit together become one update.
func (tx *Tx) Count(consultationID, clauseKey string, stance Stance, by int64) {
	tx.counts = append(tx.counts, count{consultationID, clauseKey, stance, by})
	if clauseKey != "" {
		tx.counts = append(tx.counts, count{consultationID, "", stance, by})
	}
}

// count writes the gathered counts in one statement, rows in the order of their
// keys so that two writers never wait for each other in a ring.
func (g *group) count() error {
	if len(g.counts) == 0 {
		return nil
	}
	sums := map[string]*ClauseCount{}
	for _, c := range g.counts {
		k := c.consultation + "\x00" + c.clause
		row := sums[k]
		if row == nil {
			row = &ClauseCount{ConsultationID: c.consultation, ClauseKey: c.clause}
			sums[k] = row
		}
		row.add(c.stance, c.by)
	}
	g.counts = nil
	keys := sortedKeys(sums)
	for len(keys) > 0 {
		n := min(len(keys), 100)
		var args []any
		for _, k := range keys[:n] {
			r := sums[k]
			args = append(args, r.ConsultationID, r.ClauseKey, r.Total, r.Support, r.Amend, r.Oppose, r.Question)
		}
		sql := "INSERT INTO clause_counts (consultation_id, clause_key, total, support, amend, oppose, question) VALUES " +
			strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?, ?), ", n), ", ") +
			" ON CONFLICT (consultation_id, clause_key) DO UPDATE SET total = clause_counts.total + excluded.total, support = clause_counts.support + excluded.support," +
			" amend = clause_counts.amend + excluded.amend, oppose = clause_counts.oppose + excluded.oppose, question = clause_counts.question + excluded.question"
		if err := g.sql.Exec(sql, args...).Error; err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

func (c *ClauseCount) add(stance Stance, by int64) {
	c.Total += by
	switch stance {
	case StanceSupport:
		c.Support += by
	case StanceAmend:
		c.Amend += by
	case StanceOppose:
		c.Oppose += by
	case StanceQuestion:
		c.Question += by
	}
}

// ClauseCounts gives the counts of every clause of a consultation by clause key;
// the key "" is the whole consultation.
func (db *DB) ClauseCounts(ctx context.Context, consultationID string) (map[string]ClauseCount, error) {
	list, err := many[ClauseCount](ctx, db, "", "consultation_id = ?", consultationID)
	out := make(map[string]ClauseCount, len(list))
	for _, c := range list {
		out[c.ClauseKey] = c
	}
	return out, err
}

// TotalCounts gives the counts of whole consultations by id.
func (db *DB) TotalCounts(ctx context.Context, consultationIDs []string) (map[string]ClauseCount, error) {
	list, err := many[ClauseCount](ctx, db, "", "clause_key = '' AND consultation_id IN ?", consultationIDs)
	out := make(map[string]ClauseCount, len(list))
	for _, c := range list {
		out[c.ConsultationID] = c
	}
	return out, err
}
