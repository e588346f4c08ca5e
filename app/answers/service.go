// Package answers is what the office says to the opinions it received: a decision
// with a reason for every single one, the report on the whole, and what the public
// sees of both.
package answers

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/app/kit/text"
	"minyi/models"
)

// Service holds the use cases of answers. It is safe for concurrent use.
type Service struct{ db *models.DB }

// New makes the service.
func New(db *models.DB) *Service { return &Service{db: db} }

// Limits, in characters and in rows.
const (
	ReasonLimit   = 2000
	SentenceLimit = 300
	SummaryLimit  = 2000
	NameLimit     = 60
	MostSentences = 5
	// SelectionLimit is how many opinions can be answered by naming each; a filter
	// reaches any number.
	SelectionLimit = 5000
)

// mine finds a consultation of which the actor is an officer; NotFound for others.
func (s *Service) mine(ctx context.Context, who actor.Actor, id string) (models.Consultation, models.Unit, error) {
	c, err := s.db.ConsultationByID(ctx, id)
	if err != nil {
		return c, models.Unit{}, err
	}
	u, err := s.db.UnitByID(ctx, c.UnitID)
	if err != nil {
		return c, u, err
	}
	return c, u, who.Needs(u.Path, models.Officer)
}

// act begins an act about a consultation.
func act(who actor.Actor, name string, c models.Consultation) models.Act {
	a := who.Act(name, models.ConsultationTopic(c.ID))
	a.UnitID = c.UnitID
	return a
}

// cleaner brings texts into their stored form and collects what is too long.
type cleaner struct{ faults models.Faults }

func (c *cleaner) text(field, s string, most int) string {
	return c.bounded(field, text.Clean(s), most)
}

func (c *cleaner) line(field, s string, most int) string {
	return c.bounded(field, text.Line(s), most)
}

func (c *cleaner) bounded(field, s string, most int) string {
	if n := text.Length(s); n > most {
		c.faults.Add(field, "answers.too_long", "over", n-most, "most", most)
	}
	return s
}

// In gives the text of a language and falls back to the other one.
func In(lang, zh, en string) string {
	if lang == "en" && en != "" || zh == "" {
		return en
	}
	return zh
}
