package answers_test

import (
	"fmt"
	"sync"
	"testing"

	"minyi/app/answers"
	"minyi/models"
	"minyi/models/modelstest"
)

// A long report is written by chapter, never more than a page's clauses at once, and no
// clause is lost or doubled on the way; what still lacks something is found in the order
// of the draft.
func TestALongReportIsCutByChapterAndLosesNoClause(t *testing.T) {
	var list []answers.ClauseOutcome
	for i := range 40 {
		chapter := ""
		if i >= 3 { // three clauses stand before the first chapter
			chapter = fmt.Sprint("c", i/14+1)
		}
		o := answers.ClauseOutcome{Chapter: models.Clause{Key: chapter}}
		o.ClauseKey = fmt.Sprint("a", i+1)
		if i%2 == 0 {
			o.Decision = models.Adopted
		}
		if i == 5 {
			o.Decision = models.NotAdopted // without a reason
		}
		list = append(list, o)
	}
	if p := answers.Pieces(list[:answers.PieceClauses]); len(p) != 1 || len(p[0].Clauses) != answers.PieceClauses {
		t.Errorf("a short report is cut into %d", len(p))
	}
	pieces, n, todo := answers.Pieces(list), 0, 0
	for i, p := range pieces {
		if len(p.Clauses) == 0 || len(p.Clauses) > answers.PieceClauses || p.Key != p.Clauses[0].ClauseKey {
			t.Errorf("piece %d has %d clauses and the key %s", i, len(p.Clauses), p.Key)
		}
		for _, o := range p.Clauses {
			if o.ClauseKey != list[n].ClauseKey || o.Chapter.Key != p.Chapter.Key {
				t.Errorf("%s stands in piece %d as clause %d", o.ClauseKey, i, n)
			}
			if answers.PieceOf(pieces, o.ClauseKey) != i {
				t.Errorf("%s is not found in its piece", o.ClauseKey)
			}
			n++
		}
		todo += p.Todo()
	}
	if n != len(list) || todo != 20 {
		t.Errorf("%d clauses, %d to do, in the pieces", n, todo)
	}
	found, after := 0, ""
	for {
		p := answers.Unfinished(list, after)
		if len(p.Clauses) == 0 {
			break
		}
		found += len(p.Clauses)
		after = p.Clauses[len(p.Clauses)-1].ClauseKey
	}
	if found != todo {
		t.Errorf("%d unfinished clauses are found, %d there are", found, todo)
	}
	if answers.PieceOf(pieces, "a99") != -1 {
		t.Error("a clause that is nowhere has a piece")
	}
}

// Officers who write different parts of a report never stand in each other's way, also at
// the same moment; on the same part the second one is told.
func TestPartsOfAReportAreSavedByThemselves(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 10, nil)
		none := answers.Report{}
		clause := func(key string) answers.Held { return answers.Held{Clauses: []string{key}} }
		says := func(key, reason string) answers.Report {
			return answers.Report{Clauses: []answers.ClauseSummary{{ClauseKey: key, Decision: models.NotAdopted, ReasonZH: reason}}}
		}
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				who, key := d.one, fmt.Sprint("a", i+1)
				if i%2 == 1 {
					who = d.two
				}
				if _, err := d.s.SavePart(ctx, who, d.c.ID, clause(key), clause(key).Mark(none), says(key, "理由"+key)); err != nil {
					t.Errorf("%s: %v", key, err)
				}
			}()
		}
		wg.Wait()
		frame := answers.Held{Frame: true}
		if _, err := d.s.SavePart(ctx, d.one, d.c.ID, frame, frame.Mark(none), answers.Report{MethodZH: "逐条读过。", Clauses: says("a1", "不属于这张表单").Clauses}); err != nil {
			t.Fatal(err)
		}
		now, err := d.s.Desk(ctx, d.one, d.c.ID)
		if err != nil || now.Report.MethodZH != "逐条读过。" || len(now.Report.Clauses) != 5 {
			t.Fatalf("the report says %+v (%v)", now.Report, err)
		}
		for _, l := range now.Report.Clauses {
			if l.ReasonZH != "理由"+l.ClauseKey {
				t.Errorf("%s: %q", l.ClauseKey, l.ReasonZH)
			}
		}
		_, err = d.s.SavePart(ctx, d.two, d.c.ID, clause("a1"), clause("a1").Mark(none), says("a1", "我的理由"))
		wants(t, "on what a colleague wrote", err, models.Conflict, "error.stale")
		if _, err := d.s.SavePart(ctx, d.two, d.c.ID, clause("a1"), clause("a1").Mark(now.Report), answers.Report{}); err != nil {
			t.Fatal(err)
		}
		if now, err = d.s.Desk(ctx, d.one, d.c.ID); err != nil || len(now.Report.Clauses) != 4 || now.Report.MethodZH == "" {
			t.Errorf("emptied: %+v (%v)", now.Report, err)
		}
	})
}
