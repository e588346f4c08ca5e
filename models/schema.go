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

// SchemaProblems compares the models with the tables of the database and names
// every column that only one of them has. It is empty when all is well.
func SchemaProblems(ctx context.Context, db *DB) []string {
	var problems []string
	g := db.read.WithContext(ctx)
	for _, model := range all {
		s, err := schema.Parse(model, &sync.Map{}, g.NamingStrategy)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		types, err := g.Migrator().ColumnTypes(model)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", s.Table, err))
			continue
		}
		var have []string
		for _, c := range types {
			have = append(have, c.Name())
		}
		for _, want := range s.DBNames {
			if !slices.Contains(have, want) {
				problems = append(problems, fmt.Sprintf("%s.%s is missing in the database", s.Table, want))
			}
		}
		for _, c := range have {
			if !slices.Contains(s.DBNames, c) {
				problems = append(problems, fmt.Sprintf("%s.%s is unknown to the models", s.Table, c))
			}
		}
	}
	return problems
}
