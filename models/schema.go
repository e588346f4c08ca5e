package models

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm/schema"
)

// all lists every model; the schema check and the backup walk over it.
var all = []any{
	&Event{}, &Cursor{}, &IdempotencyKey{}, &Audit{}, &Unit{}, &Person{}, &Role{}, &Session{}, &Token{}, &SignInCode{},
	&Setting{}, &RuleProfile{}, &Holiday{}, &Letter{}, &Consultation{}, &Extension{}, &Milestone{}, &Version{}, &Clause{}, &ClauseLink{},
	&Import{}, &ClauseCount{}, &Attachment{}, &Receipt{}, &Opinion{}, &Support{}, &Basket{}, &BasketItem{}, &Report{},
	&Hiding{}, &Answer{}, &AnswerTemplate{}, &Response{}, &ResponseVersion{}, &Follow{}, &SavedSearch{}, &IndexRebuild{}, &Lease{},
	&Hearing{}, &HearingCategory{}, &HearingChange{}, &HearingMilestone{}, &Registration{}, &Ticket{}, &Draw{}, &CheckIn{}, &Delivery{},
	&AgendaItem{}, &Record{}, &RecordEntry{}, &RecordCorrection{}, &RecordConfirmation{}, &HearingReport{},
	&Room{}, &Question{}, &QuestionVoice{}, &Move{}, &SpeakerEntry{}, &Speech{}, &RoomPoll{}, &PollVote{},
}

// SchemaProblem is one place in which the tables and the models differ.
type SchemaProblem struct {
	// Column is missing in the database ("table.column"), or with Unknown not known to
	// the models.
	Column  string
	Unknown bool
	// Cause is why a table could not be looked at, as the database says it.
	Cause string
}

// SchemaProblems compares the models with the tables of the database and names
// every column that only one of them has. It is empty when all is well.
func SchemaProblems(ctx context.Context, db *DB) []SchemaProblem {
	var problems []SchemaProblem
	g := db.read.WithContext(ctx)
	for _, model := range all {
		s, err := schema.Parse(model, &sync.Map{}, g.NamingStrategy)
		if err != nil {
			problems = append(problems, SchemaProblem{Cause: err.Error()})
			continue
		}
		types, err := g.Migrator().ColumnTypes(model)
		if err != nil {
			problems = append(problems, SchemaProblem{Cause: fmt.Sprintf("%s: %v", s.Table, err)})
			continue
		}
		var have []string
		for _, c := range types {
			have = append(have, c.Name())
		}
		for _, want := range s.DBNames {
			if !slices.Contains(have, want) {
				problems = append(problems, SchemaProblem{Column: s.Table + "." + want})
			}
		}
		for _, c := range have {
			if !slices.Contains(s.DBNames, c) {
				problems = append(problems, SchemaProblem{Column: s.Table + "." + c, Unknown: true})
			}
		}
	}
	return problems
}
