package models

import "context"

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

// count gives what writes the gathered counts, rows in the order of their keys so
// that two writers never wait for each other in a ring.
func (g *group) count() []statement {
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
	columns := []column{{name: "consultation_id", kind: asText}, {name: "clause_key", kind: asText}}
	for _, name := range []string{"total", "support", "amend", "oppose", "question"} {
		columns = append(columns, column{name: name, kind: asNumber})
	}
	for _, k := range sortedKeys(sums) {
		r := sums[k]
		columns[0].texts = append(columns[0].texts, r.ConsultationID)
		columns[1].texts = append(columns[1].texts, r.ClauseKey)
		for i, n := range []int64{r.Total, r.Support, r.Amend, r.Oppose, r.Question} {
			columns[2+i].whole = append(columns[2+i].whole, n)
		}
	}
	l := lines{table: "clause_counts", columns: columns, n: len(sums),
		suffix: "ON CONFLICT (consultation_id, clause_key) DO UPDATE SET total = clause_counts.total + excluded.total, support = clause_counts.support + excluded.support," +
			" amend = clause_counts.amend + excluded.amend, oppose = clause_counts.oppose + excluded.oppose, question = clause_counts.question + excluded.question"}
	return l.statements(g.db.postgres)
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
// the key "" is the whole consultation. Every draft page reads it, so the rows are
// taken as they come.
func (db *DB) ClauseCounts(ctx context.Context, consultationID string) (map[string]ClauseCount, error) {
	rows, err := db.read.WithContext(ctx).Raw("SELECT clause_key, total, support, amend, oppose, question FROM clause_counts WHERE consultation_id = ?", consultationID).Rows()
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	out := map[string]ClauseCount{}
	for rows.Next() {
		c := ClauseCount{ConsultationID: consultationID}
		if err := rows.Scan(&c.ClauseKey, &c.Total, &c.Support, &c.Amend, &c.Oppose, &c.Question); err != nil {
			return nil, wrap(err)
		}
		out[c.ClauseKey] = c
	}
	return out, wrap(rows.Err())
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
