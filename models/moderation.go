package models

import "context"

// HideOpinion takes an opinion out of public sight with its reason, and takes it
// out of the public counts. Conflict (error.stale) when it is hidden or erased.
func (tx *Tx) HideOpinion(o Opinion, h *Hiding) error {
	change := map[string]any{"shown": false, "hidden_at": tx.Now, "held_at": nil}
	if o.Shown && o.ShownAt == nil { // it is no news when it is shown again
		change["shown_at"] = o.CreatedAt
	}
	err := changed(tx.sql().Model(&Opinion{}).Where("id = ? AND hidden_at IS NULL AND erased_at IS NULL", o.ID).Updates(change))
	if err != nil {
		return err
	}
	if err := tx.recount(o, o.Shown, false); err != nil {
		return err
	}
	return tx.Insert(h)
}

// ShowOpinion brings a held or hidden opinion into public sight and counts it.
// Conflict (error.stale) when it is shown or erased.
func (tx *Tx) ShowOpinion(o Opinion) error {
	change := map[string]any{"shown": true, "hidden_at": nil, "held_at": nil}
	if o.ShownAt == nil {
		change["shown_at"] = tx.Now
	}
	err := changed(tx.sql().Model(&Opinion{}).Where("id = ? AND shown = ? AND erased_at IS NULL", o.ID, false).Updates(change))
	if err != nil {
		return err
	}
	return tx.recount(o, false, true)
}

// EraseOpinion takes the words, the files and the name of an opinion away for ever; its number
// stays. Conflict (error.stale) when that was done.
func (tx *Tx) EraseOpinion(o Opinion) error {
	err := changed(tx.sql().Model(&Opinion{}).Where("id = ? AND erased_at IS NULL", o.ID).
		Updates(map[string]any{"body": "", "suggestion": "", "display": Anonymous, "display_name": "", "shown": false, "held_at": nil, "erased_at": tx.Now}))
	if err != nil {
		return err
	}
	if err := tx.RemoveAttachmentsOf(OfOpinion, o.ID); err != nil {
		return err
	}
	return tx.recount(o, o.Shown, false)
}

// recount keeps the public counts in step with what is shown. o must have been
// read in the same act.
func (tx *Tx) recount(o Opinion, was, is bool) error {
	if was == is {
		return nil
	}
	by := int64(1)
	if was {
		by = -1
	}
	if o.ParentID != "" {
		return tx.CountReply(o.ParentID, by)
	}
	tx.Count(o.ConsultationID, o.ClauseKey, o.Stance, by)
	return nil
}

// Receipt reads a receipt inside the act.
func (tx *Tx) Receipt(id string) (Receipt, error) { return oneIn[Receipt](tx.sql(), "id = ?", id) }

// OpinionsOfReceipt reads what was given with a receipt inside the act.
func (tx *Tx) OpinionsOfReceipt(receiptID string) ([]Opinion, error) {
	return manyIn[Opinion](tx.sql(), "number", "receipt_id = ?", receiptID)
}

// DisownReceipt notes that a contact had nothing to do with a receipt, and takes the
// contact and the names off it and its opinions. Conflict when it was done.
func (tx *Tx) DisownReceipt(id string) error {
	err := changed(tx.sql().Model(&Receipt{}).Where("id = ? AND disowned_at IS NULL", id).
		Updates(map[string]any{"disowned_at": tx.Now, "contact": "", "contact_key": "", "contact_kind": "", "notify": false}))
	if err != nil {
		return err
	}
	return tx.sql().Model(&Opinion{}).Where("receipt_id = ?", id).Updates(map[string]any{"display": Anonymous, "display_name": ""}).Error
}

// SettleHiding notes that an officer looked at a hiding and leaves it. Conflict when
// it was lifted, decided or appealed against.
func (tx *Tx) SettleHiding(id, by string) error {
	return changed(tx.sql().Model(&Hiding{}).Where("id = ? AND lifted_at IS NULL AND decided_at IS NULL AND appealed_at IS NULL", id).
		Updates(map[string]any{"decided_by": by, "decided_at": tx.Now, "decision": "upheld"}))
}

// OpenHiding reads the hiding of an opinion that has not been lifted.
func (tx *Tx) OpenHiding(opinionID string) (Hiding, error) {
	return oneIn[Hiding](tx.sql().Order("id DESC"), "opinion_id = ? AND lifted_at IS NULL", opinionID)
}

// Appeal notes the author's objection to a hiding, once. Conflict when there is one.
func (tx *Tx) Appeal(hidingID, text string) error {
	return changed(tx.sql().Model(&Hiding{}).Where("id = ? AND appealed_at IS NULL AND lifted_at IS NULL", hidingID).
		Updates(map[string]any{"appeal_text": text, "appealed_at": tx.Now}))
}

// DecideAppeal notes what a second officer decided; never the one who hid it.
// Conflict when it is decided already or the officer is the same.
func (tx *Tx) DecideAppeal(h Hiding) error {
	return changed(tx.sql().Model(&Hiding{}).Where("id = ? AND appealed_at IS NOT NULL AND decided_at IS NULL AND hidden_by <> ?", h.ID, h.DecidedBy).
		Updates(map[string]any{"decided_by": h.DecidedBy, "decided_at": tx.Now, "decision": h.Decision, "decision_note": h.DecisionNote, "lifted_at": h.LiftedAt}))
}

// LiftHiding ends a hiding without an appeal.
func (tx *Tx) LiftHiding(hidingID string) error {
	return changed(tx.sql().Model(&Hiding{}).Where("id = ? AND lifted_at IS NULL", hidingID).Update("lifted_at", tx.Now))
}

// ReportOpinion keeps a reader's remark; a second one of the same voice changes
// nothing.
func (tx *Tx) ReportOpinion(r *Report) error {
	return tx.sql().Exec("INSERT INTO reports (id, opinion_id, reason, note, voice, created_at, handled_by, outcome) VALUES (?, ?, ?, ?, ?, ?, '', '') ON CONFLICT (opinion_id, voice) DO NOTHING",
		r.ID, r.OpinionID, r.Reason, r.Note, r.Voice, tx.Now).Error
}

// HandleReports closes all open reports about an opinion with an outcome.
func (tx *Tx) HandleReports(opinionID, by, outcome string) error {
	return tx.sql().Model(&Report{}).Where("opinion_id = ? AND handled_at IS NULL", opinionID).
		Updates(map[string]any{"handled_at": tx.Now, "handled_by": by, "outcome": outcome}).Error
}

// OpinionsHeld lists up to 100 opinions that wait for an officer's look, the
// oldest first.
func (db *DB) OpinionsHeld(ctx context.Context, consultationID string) ([]Opinion, error) {
	return manyIn[Opinion](db.read.WithContext(ctx).Limit(100), "id", "consultation_id = ? AND held_at IS NOT NULL", consultationID)
}

// unerased narrows reports or hidings to opinions whose words are still there: of what its
// author has erased nothing waits for anybody.
const unerased = " AND NOT EXISTS (SELECT 1 FROM opinions gone WHERE gone.id = opinion_id AND gone.erased_at IS NOT NULL)"

// ReportsOpen lists up to 200 reports of a consultation that nobody has handled.
func (db *DB) ReportsOpen(ctx context.Context, consultationID string) ([]Report, error) {
	return manyIn[Report](db.read.WithContext(ctx).Limit(200), "id", "handled_at IS NULL AND opinion_id IN (SELECT id FROM opinions WHERE consultation_id = ?)"+unerased, consultationID)
}

// HidingsAppealed lists the hidings of a consultation whose authors object and
// wait for a decision.
func (db *DB) HidingsAppealed(ctx context.Context, consultationID string) ([]Hiding, error) {
	return many[Hiding](ctx, db, "appealed_at", "consultation_id = ? AND appealed_at IS NOT NULL AND decided_at IS NULL AND lifted_at IS NULL"+unerased, consultationID)
}

// WaitingOf counts what waits for an officer's look, by consultation: held opinions,
// opinions with open reports, and hidings that were appealed against or follow from a
// contact's word.
func (db *DB) WaitingOf(ctx context.Context, consultationIDs []string) (map[string]int64, error) {
	out := map[string]int64{}
	if len(consultationIDs) == 0 {
		return out, nil
	}
	var rows []struct {
		ID string
		N  int64
	}
	err := db.read.WithContext(ctx).Raw(`SELECT id, SUM(n) AS n FROM (
		SELECT consultation_id AS id, COUNT(*) AS n FROM opinions WHERE held_at IS NOT NULL AND consultation_id IN ? GROUP BY consultation_id
		UNION ALL SELECT o.consultation_id, COUNT(DISTINCT o.id) FROM reports r JOIN opinions o ON o.id = r.opinion_id WHERE r.handled_at IS NULL AND o.erased_at IS NULL AND o.consultation_id IN ? GROUP BY o.consultation_id
		UNION ALL SELECT consultation_id, COUNT(*) FROM hidings WHERE lifted_at IS NULL AND decided_at IS NULL AND (appealed_at IS NOT NULL OR reason = 'disowned') AND consultation_id IN ?`+unerased+` GROUP BY consultation_id
		) waits GROUP BY id`, consultationIDs, consultationIDs, consultationIDs).Scan(&rows).Error
	for _, r := range rows {
		out[r.ID] = r.N
	}
	return out, wrap(err)
}

// HidingsWaiting lists the hidings of a consultation for a reason that no officer has
// looked at.
func (db *DB) HidingsWaiting(ctx context.Context, consultationID, reason string) ([]Hiding, error) {
	return many[Hiding](ctx, db, "id", "consultation_id = ? AND reason = ? AND appealed_at IS NULL AND decided_at IS NULL AND lifted_at IS NULL"+unerased, consultationID, reason)
}

// OpinionsIn finds opinions by id, in any state.
func (db *DB) OpinionsIn(ctx context.Context, ids []string) (map[string]Opinion, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := many[Opinion](ctx, db, "", "id IN ?", ids)
	out := map[string]Opinion{}
	for _, o := range list {
		out[o.ID] = o
	}
	return out, err
}
