package answers

import (
	"context"
	"slices"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Decision is what the office says to one or many opinions.
type Decision struct {
	Decision models.Decision
	// ReasonZH is required unless the opinion is adopted; ReasonEN is optional.
	ReasonZH, ReasonEN string
	// ClauseKey and Version name the clause that was changed because of it; empty
	// and 0 for none.
	ClauseKey string
	Version   int
	// Note says why an answer that is public already is changed; it is published
	// with the date (更正说明) and required then.
	NoteZH, NoteEN string
}

// Pick is an opinion as the officer saw it: with the answer that it had then
// (empty: none).
type Pick struct {
	OpinionID string
	Seen      string
}

// RowError says why the decision was not given to one of many opinions.
type RowError struct {
	OpinionID string
	Number    int64
	Err       error
}

// Given is the outcome of a decision on many opinions.
type Given struct {
	AnswerID string
	Done     int
	// Failed lists what was left as it is, with the reason of each.
	Failed []RowError
}

// Decide answers one opinion; seen is the id of the answer that the officer saw
// there (empty: none). Errors: Invalid with a field, NotFound, Conflict
// (error.stale) when a colleague has decided since.
func (s *Service) Decide(ctx context.Context, who actor.Actor, opinionID, seen string, in Decision, idem models.Idem) (Given, error) {
	o, err := s.db.OpinionByID(ctx, opinionID)
	if err != nil {
		return Given{}, err
	}
	g, err := s.DecideMany(ctx, who, o.ConsultationID, []Pick{{opinionID, seen}}, in, idem)
	if err == nil && len(g.Failed) > 0 {
		return g, g.Failed[0].Err
	}
	return g, err
}

// DecideMany answers the picked opinions of a consultation with one answer. What
// was changed since the officer looked, or needs no answer, is left as it is and
// named in Failed. Errors: Invalid with a field, NotFound.
func (s *Service) DecideMany(ctx context.Context, who actor.Actor, consultationID string, picks []Pick, in Decision, idem models.Idem) (Given, error) {
	c, _, err := s.mine(ctx, who, consultationID)
	if err != nil {
		return Given{}, err
	}
	if len(picks) == 0 {
		return Given{}, models.FailField("opinion", "answers.none_chosen")
	}
	if len(picks) > SelectionLimit {
		return Given{}, models.FailField("opinion", "answers.too_many", "most", SelectionLimit)
	}
	var failed []RowError
	out, err := s.give(ctx, act(who, "answers.decide", c), who, c, in, idem, func(tx *models.Tx) (chosen, error) {
		failed = nil
		return s.picked(tx, c, picks, &failed)
	})
	out.Failed = failed
	return out, err
}

// DecideAll answers every opinion that the query finds, that needs an answer and
// has none; set q.UpTo to the last number that the officer was shown. The query's
// consultation is the given one. Errors as [Service.DecideMany].
func (s *Service) DecideAll(ctx context.Context, who actor.Actor, consultationID string, q models.QueueQuery, in Decision, idem models.Idem) (Given, error) {
	c, _, err := s.mine(ctx, who, consultationID)
	if err != nil {
		return Given{}, err
	}
	q.ConsultationIDs, q.After = []string{c.ID}, nil
	return s.give(ctx, act(who, "answers.decide", c), who, c, in, idem, func(tx *models.Tx) (chosen, error) {
		ids, err := tx.QueueOpen(q)
		return chosen{byOld: map[string][]string{"": ids}, n: len(ids)}, err
	})
}

// chosen are the opinions that an answer goes to, by the answer they have now.
type chosen struct {
	byOld   map[string][]string
	numbers []int64
	n       int
}

func (s *Service) picked(tx *models.Tx, c models.Consultation, picks []Pick, failed *[]RowError) (chosen, error) {
	ids := make([]string, 0, len(picks))
	for _, p := range picks {
		ids = append(ids, p.OpinionID)
	}
	found, err := tx.OpinionsByID(ids)
	if err != nil {
		return chosen{}, err
	}
	out, twice := chosen{byOld: map[string][]string{}}, map[string]bool{}
	for _, p := range picks {
		o, ok := found[p.OpinionID]
		if twice[p.OpinionID] {
			continue
		}
		twice[p.OpinionID] = true
		var why error
		switch {
		case !ok || o.ConsultationID != c.ID:
			why = models.ErrNotFound
		case o.ParentID != "" || o.Official:
			why = models.Fail(models.Invalid, "answers.no_answer_needed")
		case o.ErasedAt != nil:
			why = models.Fail(models.Closed, "answers.erased")
		case o.AnswerID != p.Seen:
			why = models.Fail(models.Conflict, "error.stale")
		}
		if why != nil {
			*failed = append(*failed, RowError{p.OpinionID, o.Number, why})
			continue
		}
		out.byOld[p.Seen] = append(out.byOld[p.Seen], o.ID)
		out.numbers = append(out.numbers, o.Number)
		out.n++
	}
	return out, nil
}

// give checks the decision and hands it to the chosen opinions in one act. After
// the response is public the answer is public at once, and a dated correction
// stands beside it.
func (s *Service) give(ctx context.Context, a models.Act, who actor.Actor, c models.Consultation, in Decision, idem models.Idem, choose func(*models.Tx) (chosen, error)) (Given, error) {
	if err := check(&in, c.AnsweredAt != nil); err != nil {
		return Given{}, err
	}
	if c.WithdrawnAt != nil {
		return Given{}, models.Fail(models.Closed, "answers.withdrawn")
	}
	out, _, err := models.Once(ctx, s.db, a, idem, func(tx *models.Tx) (Given, error) {
		if err := linked(tx, c.ID, in); err != nil {
			return Given{}, err
		}
		now, err := tx.Consultation(c.ID)
		if err != nil {
			return Given{}, err
		}
		if (now.AnsweredAt != nil) != (c.AnsweredAt != nil) {
			return Given{}, models.Fail(models.Conflict, "error.stale")
		}
		these, err := choose(tx)
		if err != nil || these.n == 0 {
			tx.Act.Silent = true
			return Given{}, err
		}
		row := models.Answer{
			ID: models.NewID(tx.Now), ConsultationID: c.ID, Decision: in.Decision, ReasonZH: in.ReasonZH, ReasonEN: in.ReasonEN,
			ClauseKey: in.ClauseKey, VersionNumber: in.Version, CreatedBy: who.PersonID, CreatedAt: tx.Now, UpdatedAt: tx.Now, Revision: 1,
		}
		if now.AnsweredAt != nil {
			row.PublishedAt = &tx.Now
			if err := s.correct(tx, c.ID, in, these); err != nil {
				return Given{}, err
			}
		}
		if err := tx.Insert(&row); err != nil {
			return Given{}, err
		}
		before := make([]string, 0, len(these.byOld))
		for old := range these.byOld {
			before = append(before, old)
		}
		slices.Sort(before)
		for _, old := range before {
			if err := tx.GiveAnswer(row.ID, old, these.byOld[old]); err != nil {
				return Given{}, err
			}
		}
		if err := tx.DropLooseAnswers(c.ID); err != nil {
			return Given{}, err
		}
		tx.Act.Detail = map[string]any{"answer": row.ID, "decision": row.Decision, "opinions": these.n, "before": before, "reason_zh": row.ReasonZH, "clause": row.ClauseKey, "version": row.VersionNumber}
		announce(tx, c.ID, now.AnsweredAt != nil, these.n)
		return Given{AnswerID: row.ID, Done: these.n}, nil
	})
	return out, err
}

// announce tells the public of public answers only; others are heard of at the desk.
func announce(tx *models.Tx, id string, public bool, n int) {
	if public {
		tx.Emit(models.ConsultationTopic(id), "answers.given", map[string]any{"consultation": id, "opinions": n})
		return
	}
	tx.EmitTo("desk", "", "answers.drafted", map[string]any{"consultation": id, "opinions": n})
}

// check brings a decision into its stored form. Public answers are corrected, never
// changed without a word.
func check(in *Decision, public bool) error {
	var c cleaner
	if !slices.Contains(models.Decisions, in.Decision) {
		c.faults.Add("decision", "answers.decision_missing")
	}
	in.ReasonZH, in.ReasonEN = c.text("reason_zh", in.ReasonZH, ReasonLimit), c.text("reason_en", in.ReasonEN, ReasonLimit)
	in.NoteZH, in.NoteEN = c.text("note_zh", in.NoteZH, ReasonLimit), c.text("note_en", in.NoteEN, ReasonLimit)
	if in.ReasonZH == "" && in.Decision != models.Adopted {
		c.faults.Add("reason_zh", "answers.reason_missing")
	}
	if public && in.NoteZH == "" {
		c.faults.Add("note_zh", "answers.note_missing")
	}
	if in.ClauseKey == "" {
		in.Version = 0
	}
	return c.faults.Err()
}

// linked checks that the clause named as changed is in that version, or was taken
// out by it.
func linked(tx *models.Tx, id string, in Decision) error {
	if in.ClauseKey == "" {
		return nil
	}
	v, err := tx.VersionByNumber(id, in.Version)
	if models.IsNotFound(err) {
		return models.FailField("clause", "answers.no_such_clause")
	}
	if err != nil {
		return err
	}
	clauses, err := tx.Clauses(v.ID)
	if err != nil {
		return err
	}
	for _, cl := range clauses {
		if cl.Key == in.ClauseKey {
			return nil
		}
	}
	gone, err := tx.RemovedBy(v.ID, in.ClauseKey)
	if err == nil && !gone {
		return models.FailField("clause", "answers.no_such_clause")
	}
	return err
}

// Assign gives opinions of a consultation to an officer of its unit; an empty
// officer takes them back. Errors: Invalid (answers.no_officer), NotFound.
func (s *Service) Assign(ctx context.Context, who actor.Actor, consultationID, officer string, opinionIDs []string) (int64, error) {
	c, u, err := s.mine(ctx, who, consultationID)
	if err != nil {
		return 0, err
	}
	if len(opinionIDs) == 0 || len(opinionIDs) > SelectionLimit {
		return 0, models.FailField("opinion", "answers.none_chosen")
	}
	if officer != "" {
		staff, err := s.officers(ctx, u)
		if err != nil {
			return 0, err
		}
		if !slices.ContainsFunc(staff, func(p models.Person) bool { return p.ID == officer }) {
			return 0, models.FailField("assignee", "answers.no_officer")
		}
	}
	var n int64
	a := act(who, "answers.assign", c)
	a.Detail = map[string]any{"to": officer, "opinions": len(opinionIDs)}
	err = s.db.InTx(ctx, a, func(tx *models.Tx) (err error) {
		n, err = tx.Assign(c.ID, officer, opinionIDs)
		return err
	})
	return n, err
}

// officers lists who may handle the opinions of a unit: the officers of the unit
// itself and of those above it.
func (s *Service) officers(ctx context.Context, u models.Unit) ([]models.Person, error) {
	roles, err := s.db.OfficersFor(ctx, u.Path)
	if err != nil {
		return nil, err
	}
	var list []models.Person
	for _, r := range roles {
		if !slices.ContainsFunc(list, func(p models.Person) bool { return p.ID == r.PersonID }) && r.Person.DisabledAt == nil {
			list = append(list, r.Person)
		}
	}
	return list, nil
}
