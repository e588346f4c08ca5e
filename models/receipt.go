package models

import "context"

// ReceiptByID finds a receipt.
func (db *DB) ReceiptByID(ctx context.Context, id string) (Receipt, error) {
	return one[Receipt](ctx, db, "id = ?", id)
}

// OwnPlace is where a page of what somebody gave ended.
type OwnPlace struct {
	ReceiptID string
	Number    int64
}

const own = "receipt_id IN (SELECT id FROM receipts WHERE person_id = ? AND person_id <> '')"

// OwnOpinions lists at most limit opinions that a person gave, the newest receipt first
// and by number within it, behind the place after, or from the first where that is nil.
func (db *DB) OwnOpinions(ctx context.Context, personID string, after *OwnPlace, limit int) ([]Opinion, error) {
	q := db.read.WithContext(ctx).Limit(limit)
	if after != nil {
		q = q.Where("receipt_id < ? OR receipt_id = ? AND number > ?", after.ReceiptID, after.ReceiptID, after.Number)
	}
	return manyIn[Opinion](q, "receipt_id DESC, number", own, personID)
}

// OwnHidden lists at most limit opinions of a person that were hidden and not appealed
// since, the newest first.
func (db *DB) OwnHidden(ctx context.Context, personID string, limit int) ([]Opinion, error) {
	return manyIn[Opinion](db.read.WithContext(ctx).Limit(limit), "id DESC", own+` AND hidden_at IS NOT NULL AND erased_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM hidings h WHERE h.opinion_id = opinions.id AND h.appealed_at IS NOT NULL AND h.id = (SELECT MAX(id) FROM hidings WHERE opinion_id = opinions.id))`, personID)
}

// OwnHiddenReplies is [DB.OwnHidden] for replies. It begins at the hidings, which are few.
func (db *DB) OwnHiddenReplies(ctx context.Context, personID string, limit int) ([]Opinion, error) {
	return manyIn[Opinion](db.read.WithContext(ctx).Limit(limit), "id DESC", `id IN (SELECT opinion_id FROM hidings WHERE lifted_at IS NULL AND appealed_at IS NULL)
		AND parent_id <> '' AND person_id = ? AND person_id <> '' AND hidden_at IS NOT NULL AND erased_at IS NULL`, personID)
}

// OwnAnswered lists at most limit opinions of a person whose answers are public, those
// answered last first.
func (db *DB) OwnAnswered(ctx context.Context, personID string, limit int) ([]Opinion, error) {
	public := "(SELECT published_at FROM answers WHERE answers.id = opinions.answer_id)"
	return manyIn[Opinion](db.read.WithContext(ctx).Limit(limit), public+" DESC, receipt_id DESC, number", own+" AND answer_id <> '' AND "+public+" IS NOT NULL AND erased_at IS NULL", personID)
}

// AnswersPublic finds those of the answers that were published, by id.
func (db *DB) AnswersPublic(ctx context.Context, ids []string) (map[string]Answer, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := many[Answer](ctx, db, "", "id IN ? AND published_at IS NOT NULL", ids)
	out := map[string]Answer{}
	for _, a := range list {
		out[a.ID] = a
	}
	return out, err
}

// HidingsOf finds the latest hiding of each of the opinions, by opinion id.
func (db *DB) HidingsOf(ctx context.Context, opinionIDs []string) (map[string]Hiding, error) {
	if len(opinionIDs) == 0 {
		return nil, nil
	}
	list, err := many[Hiding](ctx, db, "id", "opinion_id IN ?", opinionIDs)
	out := map[string]Hiding{}
	for _, h := range list {
		out[h.OpinionID] = h
	}
	return out, err
}

// ConsultationsByID finds consultations by id, in any state.
func (db *DB) ConsultationsByID(ctx context.Context, ids []string) (map[string]Consultation, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := many[Consultation](ctx, db, "", "id IN ?", ids)
	out := map[string]Consultation{}
	for _, c := range list {
		out[c.ID] = c
	}
	return out, err
}

// FollowsOf lists what a person follows, the newest first.
func (db *DB) FollowsOf(ctx context.Context, personID string) ([]Follow, error) {
	return many[Follow](ctx, db, "created_at DESC", "person_id = ?", personID)
}
