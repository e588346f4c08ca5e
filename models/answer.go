package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

// ours are the opinions that need an answer: replies between residents are talk
// about an opinion and get none. It stands word for word in all questions below.
const ours = "opinions.parent_id = '' AND NOT opinions.official"

// QueueState narrows the officers' queue.
type QueueState string

// The states of the queue; empty means all.
const (
	QueueOpen     QueueState = "open"     // needs a decision and has none
	QueueHeld     QueueState = "held"     // waits to be shown
	QueueHidden   QueueState = "hidden"   // not shown, with a reason
	QueueReported QueueState = "reported" // readers reported it
)

// QueueStates lists the states in the order in which they are offered.
var QueueStates = []QueueState{QueueOpen, QueueHeld, QueueHidden, QueueReported}

// QueueQuery asks for opinions as officers see them, in the order of their numbers.
type QueueQuery struct {
	ConsultationIDs []string
	ClauseKey       string
	Stance          Stance
	Decision        Decision
	Channel         Channel
	Assignee        string // person id, or "-" for nobody
	State           QueueState
	Text            string // a part of what was said
	// UpTo leaves out what came in after the given number; 0 is no bound. It keeps
	// an act on "all that I saw" from reaching what nobody has read.
	UpTo  int64
	After *QueuePlace
	Limit int
}

// QueuePlace is where a page of the queue ended.
type QueuePlace struct {
	ConsultationID string
	Number         int64
}

func (q QueueQuery) in(g *gorm.DB) *gorm.DB {
	g = g.Where("opinions.consultation_id IN ?", q.ConsultationIDs).Where(ours)
	if q.ClauseKey != "" {
		g = g.Where("opinions.clause_key = ?", q.ClauseKey)
	}
	if q.Stance != StanceNone {
		g = g.Where("opinions.stance = ?", q.Stance)
	}
	if q.Channel != "" {
		g = g.Where("opinions.channel = ?", q.Channel)
	}
	if q.UpTo > 0 {
		g = g.Where("opinions.number <= ?", q.UpTo)
	}
	if q.Decision != Undecided {
		g = g.Where("opinions.answer_id IN (SELECT a.id FROM answers a WHERE a.consultation_id = opinions.consultation_id AND a.decision = ?)", q.Decision)
	}
	switch q.Assignee {
	case "":
	case "-":
		g = g.Where("opinions.assignee = ''")
	default:
		g = g.Where("opinions.assignee = ?", q.Assignee)
	}
	switch q.State {
	case QueueOpen:
		g = g.Where("opinions.answer_id = '' AND opinions.hidden_at IS NULL AND opinions.erased_at IS NULL")
	case QueueHeld:
		g = g.Where("NOT opinions.shown AND opinions.held_at IS NOT NULL AND opinions.hidden_at IS NULL AND opinions.erased_at IS NULL")
	case QueueHidden:
		g = g.Where("opinions.hidden_at IS NOT NULL")
	case QueueReported:
		g = g.Where("EXISTS (SELECT 1 FROM reports r WHERE r.opinion_id = opinions.id AND r.handled_at IS NULL)")
	}
	if q.Text != "" {
		like := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(strings.ToLower(q.Text)) + "%"
		g = g.Where("(LOWER(opinions.body) LIKE ? ESCAPE '!' OR LOWER(opinions.suggestion) LIKE ? ESCAPE '!')", like, like)
	}
	return g
}

// Queue lists opinions for officers, by key and never by offset.
func (db *DB) Queue(ctx context.Context, q QueueQuery) ([]Opinion, error) {
	if len(q.ConsultationIDs) == 0 {
		return nil, nil
	}
	g := q.in(db.read.WithContext(ctx).Model(&Opinion{}))
	if q.After != nil {
		g = g.Where("(opinions.consultation_id, opinions.number) > (?, ?)", q.After.ConsultationID, q.After.Number)
	}
	var list []Opinion
	err := g.Order("opinions.consultation_id, opinions.number").Limit(q.Limit).Find(&list).Error
	return list, wrap(err)
}

// CountQueue counts what [DB.Queue] would list in all.
func (db *DB) CountQueue(ctx context.Context, q QueueQuery) (int64, error) {
	var n int64
	if len(q.ConsultationIDs) == 0 {
		return 0, nil
	}
	err := q.in(db.read.WithContext(ctx).Model(&Opinion{})).Count(&n).Error
	return n, wrap(err)
}

// Coverage counts what became of the opinions of a consultation.
type Coverage struct {
	ConsultationID string
	Received       int64 // all, whatever their state; replies are not counted
	Answered       int64 // with a decision
	// Open need a decision and have none; hidden and erased ones need none.
	Open   int64
	Held   int64
	Hidden int64
	Erased int64
	Voices int64 // people, as far as they can be told apart
}

// CoverageOf counts, by consultation; ids without opinions are missing.
func (db *DB) CoverageOf(ctx context.Context, ids []string) (map[string]Coverage, error) {
	return coverage(db.read.WithContext(ctx), ids)
}

// Coverage counts inside the act.
func (tx *Tx) Coverage(id string) (Coverage, error) {
	m, err := coverage(tx.sql(), []string{id})
	c := m[id]
	c.ConsultationID = id
	return c, err
}

func coverage(g *gorm.DB, ids []string) (map[string]Coverage, error) {
	out := map[string]Coverage{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []Coverage
	err := g.Raw("SELECT consultation_id, COUNT(*) AS received,"+
		" SUM(CASE WHEN answer_id <> '' THEN 1 ELSE 0 END) AS answered,"+
		" SUM(CASE WHEN answer_id = '' AND hidden_at IS NULL AND erased_at IS NULL THEN 1 ELSE 0 END) AS open,"+
		" SUM(CASE WHEN NOT shown AND held_at IS NOT NULL AND hidden_at IS NULL AND erased_at IS NULL THEN 1 ELSE 0 END) AS held,"+
		" SUM(CASE WHEN hidden_at IS NOT NULL AND erased_at IS NULL THEN 1 ELSE 0 END) AS hidden,"+
		" SUM(CASE WHEN erased_at IS NOT NULL THEN 1 ELSE 0 END) AS erased,"+
		" COUNT(DISTINCT voice) AS voices"+
		" FROM opinions WHERE consultation_id IN ? AND "+ours+" GROUP BY consultation_id", ids).Scan(&rows).Error
	for _, r := range rows {
		out[r.ConsultationID] = r
	}
	return out, wrap(err)
}

// Tally is how many opinions of a clause and channel came to a decision.
type Tally struct {
	ClauseKey string
	Channel   Channel
	Stance    Stance
	Decision  Decision
	N         int64
}

// Tallies counts the opinions of a consultation by clause, channel, stance and
// decision; sums over any of them agree with [Coverage].
func (db *DB) Tallies(ctx context.Context, consultationID string) ([]Tally, error) {
	return tallies(db.read.WithContext(ctx), consultationID)
}

// Tallies counts inside the act.
func (tx *Tx) Tallies(consultationID string) ([]Tally, error) {
	return tallies(tx.sql(), consultationID)
}

func tallies(g *gorm.DB, id string) ([]Tally, error) {
	var rows []Tally
	err := g.Raw("SELECT opinions.clause_key, opinions.channel, opinions.stance, COALESCE(a.decision, '') AS decision, COUNT(*) AS n FROM opinions"+
		" LEFT JOIN answers a ON a.id = opinions.answer_id WHERE opinions.consultation_id = ? AND "+ours+
		" GROUP BY opinions.clause_key, opinions.channel, opinions.stance, COALESCE(a.decision, '')"+
		" ORDER BY opinions.clause_key, opinions.channel, opinions.stance, 4", id).Scan(&rows).Error
	return rows, wrap(err)
}

// OpinionsByID finds opinions by their ids, in any state.
func (tx *Tx) OpinionsByID(ids []string) (map[string]Opinion, error) {
	out := make(map[string]Opinion, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), 500)
		list, err := manyIn[Opinion](tx.sql(), "", "id IN ?", ids[:n])
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			out[o.ID] = o
		}
		ids = ids[n:]
	}
	return out, nil
}

// QueueOpen lists inside the act the ids of all opinions that the query finds and
// that need a decision and have none.
func (tx *Tx) QueueOpen(q QueueQuery) ([]string, error) {
	if q.State == "" {
		q.State = QueueOpen
	}
	var ids []string
	err := q.in(tx.sql().Model(&Opinion{})).Where("opinions.answer_id = '' AND opinions.hidden_at IS NULL AND opinions.erased_at IS NULL").
		Order("opinions.number").Pluck("opinions.id", &ids).Error
	return ids, wrap(err)
}

// GiveAnswer makes an answer the one answer of opinions that had the answer old
// until now (empty: none); [Conflict] (error.stale) when that is not so for all.
func (tx *Tx) GiveAnswer(answerID, old string, opinionIDs []string) error {
	for len(opinionIDs) > 0 {
		n := min(len(opinionIDs), 500)
		q := tx.sql().Exec("UPDATE opinions SET answer_id = ? WHERE answer_id = ? AND id IN ?", answerID, old, opinionIDs[:n])
		if q.Error != nil {
			return q.Error
		}
		if q.RowsAffected != int64(n) {
			return Fail(Conflict, "error.stale")
		}
		opinionIDs = opinionIDs[n:]
	}
	return nil
}

// DropLooseAnswers removes the answers of a consultation that no opinion has any
// more and that nobody outside has seen.
func (tx *Tx) DropLooseAnswers(consultationID string) error {
	return tx.sql().Exec("DELETE FROM answers WHERE consultation_id = ? AND published_at IS NULL"+
		" AND NOT EXISTS (SELECT 1 FROM opinions WHERE opinions.consultation_id = answers.consultation_id AND opinions.answer_id = answers.id)", consultationID).Error
}

// Assign gives opinions to an officer (empty: to nobody) and says how many.
func (tx *Tx) Assign(consultationID, personID string, opinionIDs []string) (int64, error) {
	var n int64
	for len(opinionIDs) > 0 {
		k := min(len(opinionIDs), 500)
		q := tx.sql().Exec("UPDATE opinions SET assignee = ? WHERE consultation_id = ? AND id IN ?", personID, consultationID, opinionIDs[:k])
		if q.Error != nil {
			return n, q.Error
		}
		n += q.RowsAffected
		opinionIDs = opinionIDs[k:]
	}
	return n, nil
}

// PublishedAnswers finds the answers of opinions that the public may see, by the
// id of the opinion. Before the response is published there are none.
func (db *DB) PublishedAnswers(ctx context.Context, opinions []Opinion) (map[string]Answer, error) {
	var ids []string
	for _, o := range opinions {
		if o.AnswerID != "" {
			ids = append(ids, o.AnswerID)
		}
	}
	found, err := db.AnswersByID(ctx, ids)
	out := map[string]Answer{}
	for _, o := range opinions {
		if a, ok := found[o.AnswerID]; ok && a.PublishedAt != nil {
			out[o.ID] = a
		}
	}
	return out, err
}

// AnswersAfter lists published answers, the newest first, of one consultation or
// (empty) of all; one answer may stand for many opinions.
func (db *DB) AnswersAfter(ctx context.Context, consultationID string, before string, limit int) ([]Answer, error) {
	q := db.read.WithContext(ctx).Limit(clampLimit(limit))
	if before != "" {
		q = q.Where("id < ?", before)
	}
	if consultationID != "" {
		return manyIn[Answer](q, "id DESC", "consultation_id = ? AND published_at IS NOT NULL", consultationID)
	}
	return manyIn[Answer](q, "id DESC", "published_at IS NOT NULL")
}

// AnsweredClauses lists for each answer the clauses of the opinions that it answers, by
// the id of the answer, those whose first opinion came in first in front.
func (db *DB) AnsweredClauses(ctx context.Context, consultationID string, answerIDs []string) (map[string][]string, error) {
	var rows []struct{ AnswerID, ClauseKey string }
	err := db.read.WithContext(ctx).Raw("SELECT answer_id, clause_key FROM opinions WHERE consultation_id = ? AND answer_id IN ? AND "+ours+
		" GROUP BY answer_id, clause_key ORDER BY MIN(number)", consultationID, answerIDs).Scan(&rows).Error
	out := make(map[string][]string, len(answerIDs))
	for _, r := range rows {
		out[r.AnswerID] = append(out[r.AnswerID], r.ClauseKey)
	}
	return out, wrap(err)
}

// Response reads the report of a consultation; NotFound when nobody has begun one.
func (db *DB) Response(ctx context.Context, consultationID string) (Response, error) {
	return one[Response](ctx, db, "consultation_id = ?", consultationID)
}

// Response reads the report inside the act.
func (tx *Tx) Response(consultationID string) (Response, error) {
	return oneIn[Response](tx.sql(), "consultation_id = ?", consultationID)
}

// ResponsesPublished lists the latest published reports, the newest first.
func (db *DB) ResponsesPublished(ctx context.Context, limit int) ([]Response, error) {
	return manyIn[Response](db.read.WithContext(ctx).Limit(clampLimit(limit)), "published_at DESC", "published_at IS NOT NULL")
}

// SaveResponse writes a report whose form was read at the given revision;
// [Conflict] (error.stale) when somebody saved since, or it is proposed or public.
func (tx *Tx) SaveResponse(r *Response, revision int64) error {
	r.Revision, r.UpdatedAt = revision+1, tx.Now
	return changed(tx.sql().Model(&Response{}).Where("consultation_id = ? AND revision = ? AND published_at IS NULL AND proposed_by = ''", r.ConsultationID, revision).
		Select("body", "revision", "updated_by", "updated_at").Updates(r))
}

// KeepResponseVersion keeps what a report says before it is changed.
func (tx *Tx) KeepResponseVersion(r Response) error {
	return tx.Insert(&ResponseVersion{ID: NewID(tx.Now), ConsultationID: r.ConsultationID, Revision: r.Revision, Body: r.Body, SavedBy: r.UpdatedBy, SavedAt: r.UpdatedAt})
}

// LastResponseVersion reads the newest kept version of a report.
func (tx *Tx) LastResponseVersion(consultationID string) (ResponseVersion, error) {
	return oneIn[ResponseVersion](tx.sql().Order("revision DESC"), "consultation_id = ?", consultationID)
}

// ResponseVersions lists the newest kept versions of a report, at most 50.
func (db *DB) ResponseVersions(ctx context.Context, consultationID string) ([]ResponseVersion, error) {
	return manyIn[ResponseVersion](db.read.WithContext(ctx).Limit(50), "revision DESC", "consultation_id = ?", consultationID)
}

// ProposeResponse notes the first of the two people who publish a report.
func (tx *Tx) ProposeResponse(consultationID, by string) error {
	return changed(tx.sql().Exec("UPDATE responses SET proposed_by = ?, proposed_at = ?, revision = revision + 1 WHERE consultation_id = ? AND published_at IS NULL AND proposed_by = ''", by, tx.Now, consultationID))
}

// TakeBackResponse makes a proposed report editable again.
func (tx *Tx) TakeBackResponse(consultationID string) error {
	return changed(tx.sql().Exec("UPDATE responses SET proposed_by = '', proposed_at = NULL, revision = revision + 1 WHERE consultation_id = ? AND published_at IS NULL AND proposed_by <> ''", consultationID))
}

// PublishResponse makes a report and all answers of its consultation public in the
// name of a second person; [Conflict] when that is not possible any more.
func (tx *Tx) PublishResponse(consultationID, by, body string) error {
	if err := changed(tx.sql().Exec("UPDATE responses SET published_by = ?, published_at = ?, body = ?, revision = revision + 1 WHERE consultation_id = ? AND published_at IS NULL AND proposed_by <> '' AND proposed_by <> ?",
		by, tx.Now, body, consultationID, by)); err != nil {
		return err
	}
	if err := tx.sql().Exec("UPDATE answers SET published_at = ? WHERE consultation_id = ? AND published_at IS NULL", tx.Now, consultationID).Error; err != nil {
		return err
	}
	return changed(tx.sql().Exec("UPDATE consultations SET answered_at = ?, revision = revision + 1, updated_at = ? WHERE id = ? AND answered_at IS NULL AND withdrawn_at IS NULL", tx.Now, tx.Now, consultationID))
}

// CorrectResponse writes the dated corrections of a published report; [Conflict]
// when somebody else corrected it since.
func (tx *Tx) CorrectResponse(consultationID, corrections string, revision int64) error {
	return changed(tx.sql().Exec("UPDATE responses SET corrections = ?, revision = revision + 1 WHERE consultation_id = ? AND published_at IS NOT NULL AND revision = ?", corrections, consultationID, revision))
}

// ReceiptsToTell lists the receipts of a consultation whose owners want to hear of
// the answer.
func (tx *Tx) ReceiptsToTell(consultationID string) ([]Receipt, error) {
	return manyIn[Receipt](tx.sql(), "id", "consultation_id = ? AND notify", consultationID)
}

// FollowersOf lists the people who follow a consultation.
func (tx *Tx) FollowersOf(consultationID string) ([]Person, error) {
	return manyIn[Person](tx.sql(), "id", "id IN (SELECT person_id FROM follows WHERE consultation_id = ?)", consultationID)
}

// PeopleByID finds people by their ids.
func (tx *Tx) PeopleByID(ids []string) (map[string]Person, error) {
	out := make(map[string]Person, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), 500)
		list, err := manyIn[Person](tx.sql(), "", "id IN ?", ids[:n])
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			out[p.ID] = p
		}
		ids = ids[n:]
	}
	return out, nil
}

// VersionByNumber reads a version inside the act.
func (tx *Tx) VersionByNumber(consultationID string, number int) (Version, error) {
	return oneIn[Version](tx.sql(), "consultation_id = ? AND number = ?", consultationID, number)
}

// TemplatesOf lists the ready reasons of units, by name.
func (db *DB) TemplatesOf(ctx context.Context, unitIDs []string) ([]AnswerTemplate, error) {
	if len(unitIDs) == 0 {
		return nil, nil
	}
	return many[AnswerTemplate](ctx, db, "name, id", "unit_id IN ?", unitIDs)
}

// TemplateByID finds a ready reason.
func (db *DB) TemplateByID(ctx context.Context, id string) (AnswerTemplate, error) {
	return one[AnswerTemplate](ctx, db, "id = ?", id)
}

// SaveTemplate writes a ready reason that nobody changed since it was read.
func (tx *Tx) SaveTemplate(t AnswerTemplate) error {
	read := t.UpdatedAt
	t.UpdatedAt = tx.Now
	return changed(tx.sql().Model(&AnswerTemplate{}).Where("id = ? AND updated_at = ?", t.ID, read).
		Select("name", "decision", "reason_zh", "reason_en", "updated_at").Updates(&t))
}

// RemoveTemplate deletes a ready reason; answers made from it keep their words.
func (tx *Tx) RemoveTemplate(id string) error {
	return changed(tx.sql().Where("id = ?", id).Delete(&AnswerTemplate{}))
}

// RemovedBy says whether a version took out the clause with the permanent key.
func (tx *Tx) RemovedBy(versionID, oldKey string) (bool, error) {
	var n int64
	err := tx.sql().Model(&ClauseLink{}).Where("version_id = ? AND old_key = ?", versionID, oldKey).Count(&n).Error
	return n > 0, err
}

// OfficersFor lists the officers of the unit with the path and of those above it.
func (db *DB) OfficersFor(ctx context.Context, path string) ([]Role, error) {
	ids := strings.Split(strings.Trim(path, "/"), "/")
	var list []Role
	err := db.read.WithContext(ctx).Preload("Unit").Preload("Person").Where("name = ? AND unit_id IN ?", Officer, ids).Order("id").Find(&list).Error
	return list, wrap(err)
}

// Answer reads an answer inside the act.
func (tx *Tx) Answer(id string) (Answer, error) { return oneIn[Answer](tx.sql(), "id = ?", id) }

// CountQueueOpen counts those of the queue that need a decision and have none.
func (db *DB) CountQueueOpen(ctx context.Context, q QueueQuery) (int64, error) {
	var n int64
	if len(q.ConsultationIDs) == 0 {
		return 0, nil
	}
	err := q.in(db.read.WithContext(ctx).Model(&Opinion{})).
		Where("opinions.answer_id = '' AND opinions.hidden_at IS NULL AND opinions.erased_at IS NULL").Count(&n).Error
	return n, wrap(err)
}

// LastNumber is the highest number among the opinions of a consultation.
func (db *DB) LastNumber(ctx context.Context, consultationID string) (int64, error) {
	var n int64
	err := db.read.WithContext(ctx).Raw("SELECT COALESCE(MAX(number), 0) FROM opinions WHERE consultation_id = ?", consultationID).Scan(&n).Error
	return n, wrap(err)
}

// PeopleByID finds people by their ids.
func (db *DB) PeopleByID(ctx context.Context, ids []string) (map[string]Person, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := many[Person](ctx, db, "", "id IN ?", ids)
	out := make(map[string]Person, len(list))
	for _, p := range list {
		out[p.ID] = p
	}
	return out, err
}

// ClauseIn finds the clause with a permanent key in a version.
func (db *DB) ClauseIn(ctx context.Context, versionID, key string) (Clause, error) {
	return one[Clause](ctx, db, "version_id = ? AND key = ?", versionID, key)
}

// CountReceiptsToTell counts whom [Tx.ReceiptsToTell] lists.
func (db *DB) CountReceiptsToTell(ctx context.Context, consultationID string) (int64, error) {
	var n int64
	err := db.read.WithContext(ctx).Model(&Receipt{}).Where("consultation_id = ? AND notify AND (person_id <> '' OR contact <> '')", consultationID).Count(&n).Error
	return n, wrap(err)
}
