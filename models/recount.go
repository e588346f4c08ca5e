package models

import "context"

// Recount compares every number that is kept with what it counts, and tells how
// many differ: public counts of clauses, voices for opinions and questions, numbers of opinions, and events.
func (db *DB) Recount(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	g := db.read.WithContext(ctx)
	for name, q := range map[string]string{
		"counts": `SELECT COUNT(*) FROM (SELECT consultation_id, clause_key, SUM(kept) AS kept, SUM(there) AS there FROM (
			SELECT consultation_id, clause_key, total AS kept, 0 AS there FROM clause_counts WHERE clause_key <> ''
			UNION ALL SELECT consultation_id, clause_key, 0, COUNT(*) FROM opinions WHERE parent_id = '' AND shown GROUP BY consultation_id, clause_key
			) AS both_sides GROUP BY consultation_id, clause_key) AS sums WHERE kept <> there`,
		"totals": `SELECT COUNT(*) FROM (SELECT consultation_id, SUM(CASE WHEN clause_key = '' THEN total ELSE -total END) AS rest FROM clause_counts GROUP BY consultation_id) AS sums WHERE rest <> 0`,
		"voices": `SELECT COUNT(*) FROM opinions WHERE supports <> (SELECT COUNT(*) FROM supports WHERE supports.opinion_id = opinions.id)`,
		"questions": `SELECT COUNT(*) FROM room_questions q WHERE q.merged_into = '' AND q.supports <> (SELECT COUNT(*) FROM (
			SELECT v.voice FROM question_voices v WHERE v.question_id = q.id OR v.question_id IN (SELECT m.id FROM room_questions m WHERE m.merged_into = q.id)
			UNION SELECT a.voice FROM room_questions a WHERE a.merged_into = q.id) AS w WHERE w.voice <> q.voice)`,
		"numbers": `SELECT COUNT(*) FROM (SELECT consultation_id, COUNT(*) AS n, MAX(number) AS last FROM opinions GROUP BY consultation_id) AS numbered
			WHERE n <> last OR last <> COALESCE((SELECT n FROM serials WHERE name = 'opinions:' || numbered.consultation_id), 0)`,
		"events":  `SELECT COUNT(*) FROM (SELECT COUNT(*) AS n, COALESCE(MAX(seq), 0) - COALESCE(MIN(seq), 1) + 1 AS span FROM events) AS all_events WHERE n <> span`,
		"letters": `SELECT COUNT(*) FROM letters WHERE failed_at IS NOT NULL`,
	} {
		var n int64
		//house:allow raw-sql the statements are the constants above
		if err := g.Raw(q).Scan(&n).Error; err != nil {
			return nil, wrap(err)
		}
		out[name] = n
	}
	return out, nil
}
