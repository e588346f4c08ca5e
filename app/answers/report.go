package answers

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
)

// The kinds of sentences that begin a report: 我们问了, 您说了, 我们改了.
const (
	Asked   = "asked"
	Said    = "said"
	Changed = "changed"
)

// Sentence is one of the few sentences that begin a report.
type Sentence struct {
	Kind string `json:"kind"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// ClauseSummary sums up what was said about one clause and what came of it.
type ClauseSummary struct {
	ClauseKey string          `json:"clause"`
	Decision  models.Decision `json:"decision"`
	SummaryZH string          `json:"summary_zh"`
	SummaryEN string          `json:"summary_en"`
	ReasonZH  string          `json:"reason_zh"`
	ReasonEN  string          `json:"reason_en"`
}

// Report is the office's response to all opinions together.
type Report struct {
	Story     []Sentence      `json:"story"`
	Clauses   []ClauseSummary `json:"clauses"`
	OutsideZH string          `json:"outside_zh"` // opinions outside the scope
	OutsideEN string          `json:"outside_en"`
	MethodZH  string          `json:"method_zh"` // how it was worked, by whom
	MethodEN  string          `json:"method_en"`
	NextZH    string          `json:"next_zh"`
	NextEN    string          `json:"next_en"`
	// Figures are frozen when the report is published; nil before.
	Figures *Figures `json:"figures,omitempty"`
}

// ReportOf reads the stored report.
func ReportOf(r models.Response) (Report, error) {
	var out Report
	if r.Body == "" {
		return out, nil
	}
	return out, json.Unmarshal([]byte(r.Body), &out)
}

// Correction is a dated change of a published answer.
type Correction struct {
	At time.Time `json:"at"`
	// Numbers are those of the opinions; at most 50 are named, Opinions counts all.
	Numbers  []int64         `json:"numbers"`
	Opinions int             `json:"opinions"`
	From     models.Decision `json:"from"` // empty: there was no answer, or several
	To       models.Decision `json:"to"`
	NoteZH   string          `json:"note_zh"`
	NoteEN   string          `json:"note_en"`
}

const namedNumbers = 50

// CorrectionsOf reads the stored corrections, the oldest first.
func CorrectionsOf(r models.Response) ([]Correction, error) {
	var out []Correction
	if r.Corrections == "" {
		return out, nil
	}
	return out, json.Unmarshal([]byte(r.Corrections), &out)
}

// correct puts a correction beside the report, in the act that changes the answers.
func (s *Service) correct(tx *models.Tx, id string, in Decision, these chosen) error {
	r, err := tx.Response(id)
	if err != nil {
		return err
	}
	list, err := CorrectionsOf(r)
	if err != nil {
		return err
	}
	c := Correction{At: tx.Now, Opinions: these.n, To: in.Decision, NoteZH: in.NoteZH, NoteEN: in.NoteEN}
	c.Numbers = slices.Clone(these.numbers[:min(len(these.numbers), namedNumbers)])
	slices.Sort(c.Numbers)
	if len(these.byOld) == 1 {
		for old := range these.byOld {
			if a, err := tx.Answer(old); err == nil {
				c.From = a.Decision
			} else if !models.IsNotFound(err) {
				return err
			}
		}
	}
	b, err := json.Marshal(append(list, c))
	if err != nil {
		return err
	}
	return tx.CorrectResponse(id, string(b), r.Revision)
}

// keepEvery is how much time lies at least between two kept versions of a report
// that one person writes at; what somebody else wrote is always kept.
const keepEvery = 10 * time.Minute

// SaveReport keeps the text of a whole report; revision is that at which it was read (0
// for the first time). What it said before is kept as a version when somebody else wrote it
// or some time has gone by. Errors: Invalid with fields, NotFound, Conflict (error.stale) when a
// colleague saved since, Closed when it is proposed or public.
func (s *Service) SaveReport(ctx context.Context, who actor.Actor, id string, revision int64, in Report) (models.Response, error) {
	return s.saveReport(ctx, who, id, func(old models.Response, _ Report) (Report, error) {
		if old.Revision != revision {
			return in, stale
		}
		return in, nil
	})
}

// SavePart keeps what a form holds of a report and leaves the rest as it is; seen is the
// [Held.Mark] of what the form was drawn with. A colleague who saves another part in the
// meantime is no conflict. Errors: as for [Service.SaveReport].
func (s *Service) SavePart(ctx context.Context, who actor.Actor, id string, part Held, seen string, in Report) (row models.Response, err error) {
	for range 20 { // those who save different parts at the same moment all may
		conflict := false
		row, err = s.saveReport(ctx, who, id, func(_ models.Response, now Report) (Report, error) {
			if conflict = part.Mark(now) != seen; conflict {
				return in, stale
			}
			return part.merge(now, in), nil
		})
		if conflict || models.KindOf(err) != models.Conflict {
			break
		}
	}
	return row, err
}

// stale is what somebody hears whose form a colleague has overtaken.
var stale = models.Fail(models.Conflict, "error.stale")

// saveReport keeps what next makes of the stored report, which is empty before the first
// time.
func (s *Service) saveReport(ctx context.Context, who actor.Actor, id string, next func(models.Response, Report) (Report, error)) (models.Response, error) {
	c, _, err := s.mine(ctx, who, id)
	if err != nil {
		return models.Response{}, err
	}
	row := models.Response{}
	a := act(who, "answers.save_report", c)
	a.Silent = true // a draft, saved every few seconds
	err = s.db.InTx(ctx, a, func(tx *models.Tx) error {
		old, err := tx.Response(id)
		fresh := models.IsNotFound(err)
		switch {
		case err != nil && !fresh:
			return err
		case old.PublishedAt != nil:
			return models.Fail(models.Closed, "answers.public")
		case old.ProposedBy != "":
			return models.Fail(models.Closed, "answers.proposed")
		}
		now, err := ReportOf(old)
		if err != nil {
			return err
		}
		in, err := next(old, now)
		if err != nil {
			return err
		}
		if err := fill(&in); err != nil {
			return err
		}
		in.Figures = nil
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		row = models.Response{ConsultationID: id, Body: string(body), UpdatedBy: who.PersonID, Corrections: "[]"}
		if fresh {
			row.Revision, row.UpdatedAt = 1, tx.Now
			return tx.Insert(&row)
		}
		if old.Body == row.Body {
			row = old
			return nil
		}
		if err := tx.SaveResponse(&row, old.Revision); err != nil {
			return err
		}
		last, err := tx.LastResponseVersion(id)
		if err != nil && !models.IsNotFound(err) {
			return err
		}
		if err == nil && old.UpdatedBy == who.PersonID && tx.Now.Sub(last.SavedAt) < keepEvery {
			return nil
		}
		return tx.KeepResponseVersion(old)
	})
	return row, err
}

// fill brings a report into its stored form: empty sentences and summaries go.
func fill(r *Report) error {
	var c cleaner
	var story []Sentence
	for i, l := range r.Story {
		field := storyField(i)
		l.ZH, l.EN = c.line(field+"_zh", l.ZH, SentenceLimit), c.line(field+"_en", l.EN, SentenceLimit)
		if !slices.Contains([]string{Asked, Said, Changed}, l.Kind) {
			c.faults.Add(field+"_kind", "answers.kind_unknown")
		}
		if l.ZH != "" || l.EN != "" {
			story = append(story, l)
		}
	}
	if len(story) > MostSentences {
		c.faults.Add(storyField(MostSentences)+"_zh", "answers.too_many_sentences", "most", MostSentences)
	}
	r.Story = story
	clauses, seen := []ClauseSummary{}, map[string]bool{}
	for _, l := range r.Clauses {
		field := ClauseField(l.ClauseKey)
		l.SummaryZH, l.SummaryEN = c.text(field+"summary_zh", l.SummaryZH, SummaryLimit), c.text(field+"summary_en", l.SummaryEN, SummaryLimit)
		l.ReasonZH, l.ReasonEN = c.text(field+"reason_zh", l.ReasonZH, ReasonLimit), c.text(field+"reason_en", l.ReasonEN, ReasonLimit)
		if l.Decision != models.Undecided && !slices.Contains(models.Decisions, l.Decision) {
			c.faults.Add(field+"decision", "answers.decision_missing")
		}
		if !seen[l.ClauseKey] && l.written() {
			seen[l.ClauseKey] = true
			clauses = append(clauses, l)
		}
	}
	r.Clauses = clauses
	r.OutsideZH, r.OutsideEN = c.text("outside_zh", r.OutsideZH, SummaryLimit), c.text("outside_en", r.OutsideEN, SummaryLimit)
	r.MethodZH, r.MethodEN = c.text("method_zh", r.MethodZH, SummaryLimit), c.text("method_en", r.MethodEN, SummaryLimit)
	r.NextZH, r.NextEN = c.text("next_zh", r.NextZH, SummaryLimit), c.text("next_en", r.NextEN, SummaryLimit)
	return c.faults.Err()
}

func storyField(i int) string { return "story" + string(rune('1'+min(i, 8))) }

// ClauseField is the beginning of the names of a clause's fields in the form.
func ClauseField(key string) string { return "c_" + key + "_" }
