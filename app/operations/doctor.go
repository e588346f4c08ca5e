package operations

import (
	"context"
	"strings"

	"minyi/models"
)

// Finding is what the doctor found about one point.
type Finding struct {
	Key string // text key operations.check_…
	OK  bool
	// Says is what there is to add, for whoever repairs it.
	Says []Saying
}

// Saying is a sentence: a text key with its values.
type Saying struct {
	Key  string
	Args []any
}

func say(key string, args ...any) Saying { return Saying{key, args} }

// because tells a cause as the database or the system says it, which speaks no other
// language.
func because(err error) []Saying {
	if err == nil {
		return nil
	}
	return []Saying{say("operations.cause", "what", err.Error())}
}

// Examine looks whether all is well: the store takes writes, its schema is this
// program's, nothing points to nothing, and every kept number equals a recount.
func (s *Service) Examine(ctx context.Context) []Finding {
	var found []Finding
	point := func(name string, says []Saying) bool {
		found = append(found, Finding{Key: "operations.check_" + name, OK: len(says) == 0, Says: says})
		return len(says) == 0
	}
	if !point("reads", because(s.db.Ping(ctx))) {
		return found
	}
	pending, err := s.db.Pending(ctx)
	says := because(err)
	if len(pending) > 0 {
		says = append(says, say("operations.missing", "what", strings.Join(pending, " ")))
	}
	if !point("migrations", says) {
		return found
	}
	point("writes", because(s.db.InTx(ctx, models.Act{By: "system", Name: "operations.examine", Silent: true}, func(tx *models.Tx) error { return tx.Probe() })))
	point("schema", s.schema(ctx))
	off, err := s.db.Recount(ctx)
	if err != nil {
		point("counts", because(err))
		return found
	}
	for _, name := range []string{"counts", "totals", "voices", "questions", "numbers", "events", "letters"} {
		var says []Saying
		switch n := off[name]; {
		case n > 0 && name == "letters":
			says = append(says, say("operations.unsent", "n", n))
		case n > 0:
			says = append(says, say("operations.off", "n", n))
		}
		point(name, says)
	}
	return found
}

// schema says where the tables and the models differ.
func (s *Service) schema(ctx context.Context) (says []Saying) {
	for _, p := range models.SchemaProblems(ctx, s.db) {
		switch {
		case p.Cause != "":
			says = append(says, say("operations.cause", "what", p.Cause))
		case p.Unknown:
			says = append(says, say("operations.column_unknown", "column", p.Column))
		default:
			says = append(says, say("operations.column_missing", "column", p.Column))
		}
	}
	return says
}
