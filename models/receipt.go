package models

import "context"

// ReceiptByID finds a receipt.
func (db *DB) ReceiptByID(ctx context.Context, id string) (Receipt, error) {
	return one[Receipt](ctx, db, "id = ?", id)
}

// ReceiptsOf lists the newest receipts of a person, at most 100.
func (db *DB) ReceiptsOf(ctx context.Context, personID string) ([]Receipt, error) {
	return manyIn[Receipt](db.read.WithContext(ctx).Limit(100), "id DESC", "person_id = ? AND person_id <> ''", personID)
}

// OpinionsOfReceipts lists what was given with several receipts, by receipt id.
func (db *DB) OpinionsOfReceipts(ctx context.Context, receiptIDs []string) (map[string][]Opinion, error) {
	if len(receiptIDs) == 0 {
		return nil, nil
	}
	list, err := many[Opinion](ctx, db, "number", "receipt_id IN ?", receiptIDs)
	out := map[string][]Opinion{}
	for _, o := range list {
		out[o.ReceiptID] = append(out[o.ReceiptID], o)
	}
	return out, err
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
