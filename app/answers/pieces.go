package answers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"minyi/models"
)

// PieceClauses is the number of clauses above which a report is written piece by piece:
// by chapter, and never more than these at once.
const PieceClauses = 10

// Piece is a part of a long report that is written by itself.
type Piece struct {
	// Key is that of its first clause.
	Key string
	// Chapter is the outermost structure around its clauses, with an empty Key where
	// they stand in none.
	Chapter models.Clause
	Clauses []ClauseOutcome
}

// Todo is the number of clauses of the piece that still lack something.
func (p Piece) Todo() int {
	n := 0
	for _, o := range p.Clauses {
		if o.State() != Done {
			n++
		}
	}
	return n
}

// ClauseState is how far the office has come with a clause in its report.
type ClauseState string

// The states of a clause in a report.
const (
	Blank ClauseState = "blank" // people wrote, the office has said nothing yet
	Lacks ClauseState = "lacks" // something is written; the decision or its reason is missing
	Done  ClauseState = "done"  // decided, with a reason unless adopted
)

// State tells how far the office has come with the clause.
func (l ClauseSummary) State() ClauseState {
	switch {
	case !l.written():
		return Blank
	case l.Decision == models.Undecided || l.Decision != models.Adopted && l.ReasonZH == "":
		return Lacks
	}
	return Done
}

func (l ClauseSummary) written() bool {
	return l.SummaryZH+l.SummaryEN+l.ReasonZH+l.ReasonEN != "" || l.Decision != models.Undecided
}

// Pieces cuts the clauses of a report into what is written at once: all of a short one,
// else the chapters, a long chapter in several pieces.
func Pieces(list []ClauseOutcome) []Piece {
	if len(list) <= PieceClauses {
		return []Piece{{Clauses: list}}
	}
	var out []Piece
	for _, o := range list {
		if n := len(out); n == 0 || out[n-1].Chapter.Key != o.Chapter.Key || len(out[n-1].Clauses) == PieceClauses {
			out = append(out, Piece{Key: o.ClauseKey, Chapter: o.Chapter})
		}
		last := &out[len(out)-1]
		last.Clauses = append(last.Clauses, o)
	}
	return out
}

// PieceOf finds the piece with a clause, -1 if there is none.
func PieceOf(pieces []Piece, key string) int {
	return slices.IndexFunc(pieces, func(p Piece) bool {
		return slices.ContainsFunc(p.Clauses, func(o ClauseOutcome) bool { return o.ClauseKey == key })
	})
}

// Unfinished is the next piece of clauses that still lack something, of any chapter, in
// the order of the draft; after is the key of the clause behind which it begins, or "".
func Unfinished(list []ClauseOutcome, after string) Piece {
	begin := slices.IndexFunc(list, func(o ClauseOutcome) bool { return o.ClauseKey == after })
	var p Piece
	for _, o := range list[begin+1:] {
		if o.State() == Done {
			continue
		}
		if p.Clauses = append(p.Clauses, o); len(p.Clauses) == PieceClauses {
			break
		}
	}
	if len(p.Clauses) > 0 {
		p.Key = p.Clauses[0].ClauseKey
	}
	return p
}

// Held says what of a report a form holds.
type Held struct {
	// Frame is all that is about no clause: the first sentences, and what stands at
	// the end.
	Frame   bool
	Clauses []string // keys
}

// of picks out of a report what h holds, in one order.
func (h Held) of(r Report) Report {
	var out Report
	if h.Frame {
		out = r
		out.Clauses = nil
	}
	for _, l := range r.Clauses {
		if slices.Contains(h.Clauses, l.ClauseKey) {
			out.Clauses = append(out.Clauses, l)
		}
	}
	out.Figures = nil
	return out
}

// Mark stands for what a report says in what h holds: whoever saves says by it what they
// had before them.
func (h Held) Mark(r Report) string {
	b, err := json.Marshal(h.of(r))
	if err != nil {
		return "" // a report is texts and lists of texts
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// merge puts what h holds of in into a report and leaves all else as it is.
func (h Held) merge(r, in Report) Report {
	out := r
	if h.Frame {
		out = in
	}
	out.Clauses = nil
	for _, l := range r.Clauses {
		if !slices.Contains(h.Clauses, l.ClauseKey) {
			out.Clauses = append(out.Clauses, l)
		}
	}
	for _, l := range in.Clauses {
		if slices.Contains(h.Clauses, l.ClauseKey) {
			out.Clauses = append(out.Clauses, l)
		}
	}
	return out
}
