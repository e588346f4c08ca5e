package opinions

import (
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/limit"
	"minyi/models"
)

// Rates are how much is taken within one unit of time; 0 does not limit.
type Rates struct {
	// Write is about writing of any kind, in a minute.
	Write Rate
	// Receipt is about looking up receipts of others, in an hour: it keeps codes
	// and contact details from being guessed.
	Receipt Rate
}

// Rate is the limit of one visitor without an account, of one account, and of one
// network: a full hall has one address, so the last one is wide.
type Rate struct{ Visit, Person, Network int }

// Names of what is counted.
const (
	writeRule   = "opinions.write"
	receiptRule = "opinions.receipt"
	detailRule  = "opinions.detail"
)

// hold asks whether an actor may do one more of an action. Programs with a token
// and people with an account count by person, visitors by their visit. Error:
// TooMany with when to come back.
func (s *Service) hold(action string, r Rate, who actor.Actor) error {
	per := time.Minute
	if action == receiptRule {
		per = time.Hour
	}
	own := r.Visit
	if who.SignedIn() {
		own = r.Person
	}
	name := who.Voice()
	if strings.HasPrefix(name, "n:") {
		name = ""
	}
	rule := limit.Rule{Action: action, Person: limit.Rate{Burst: own, Per: per}, Network: limit.Rate{Burst: r.Network, Per: per}}
	if who.SignedIn() && r.Person == 0 {
		return nil // what a program with a token may send is the operator's choice
	}
	if v := s.limits.Allow(rule, name, limit.Network(who.Network)); !v.OK {
		return &models.Error{Kind: models.TooMany, Key: "opinions.too_often", RetryAfter: v.RetryAfter}
	}
	return nil
}

// holdDetail counts the details that are tried against one receipt: four digits
// are guessed quickly.
func (s *Service) holdDetail(r models.Receipt) error {
	rule := limit.Rule{Action: detailRule, Person: limit.Rate{Burst: 10, Per: time.Hour}}
	if v := s.limits.Allow(rule, r.ID, ""); !v.OK {
		return &models.Error{Kind: models.TooMany, Key: "opinions.too_often", RetryAfter: v.RetryAfter}
	}
	return nil
}
