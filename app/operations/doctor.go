package operations

import (
	"context"
	"fmt"

	"minyi/models"
)

// Finding is what the doctor found about one point.
type Finding struct {
	Key    string // text key operations.check_…
	OK     bool
	Detail string // for whoever repairs it, not translated
}

// Examine looks whether all is well: the store takes writes, its schema is this
// program's, nothing points to nothing, and every kept number equals a recount.
func (s *Service) Examine(ctx context.Context) []Finding {
	var found []Finding
	say := func(name string, err error) bool {
		f := Finding{Key: "operations.check_" + name, OK: err == nil}
		if err != nil {
			f.Detail = err.Error()
		}
		found = append(found, f)
		return f.OK
	}
	if !say("reads", s.db.Ping(ctx)) {
		return found
	}
	pending, err := s.db.Pending(ctx)
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("missing: %v", pending)
	}
	if !say("migrations", err) {
		return found
	}
	say("writes", s.db.InTx(ctx, models.Act{By: "system", Name: "operations.examine", Silent: true}, func(tx *models.Tx) error { return tx.Probe() }))
	err = nil
	if problems := models.SchemaProblems(ctx, s.db); len(problems) > 0 {
		err = fmt.Errorf("%v", problems)
	}
	say("schema", err)
	off, err := s.db.Recount(ctx)
	if err != nil {
		say("counts", err)
		return found
	}
	for _, name := range []string{"counts", "totals", "voices", "questions", "numbers", "events", "letters"} {
		err = nil
		if off[name] > 0 {
			err = fmt.Errorf("%d", off[name])
		}
		say(name, err)
	}
	return found
}
