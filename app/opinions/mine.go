package opinions

import (
	"context"
	"slices"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Mine is what somebody has given, by receipt, the newest first.
type Mine struct {
	Receipts []Receipt
	// Follows are the consultations that the person follows.
	Follows []models.Consultation
	// Baskets wait to be sent: consultations by id with how much.
	Baskets map[string]int
	Titles  map[string]models.Consultation
}

// Mine lists what a person with an account has given and follows. Errors: SignIn.
func (s *Service) Mine(ctx context.Context, who actor.Actor) (m Mine, err error) {
	if !who.SignedIn() {
		return m, models.Fail(models.SignIn, "error.sign_in")
	}
	if err := s.adopt(ctx, who); err != nil {
		return m, err
	}
	receipts, err := s.db.ReceiptsOf(ctx, who.PersonID)
	if err != nil {
		return m, err
	}
	follows, err := s.db.FollowsOf(ctx, who.PersonID)
	if err != nil {
		return m, err
	}
	baskets, err := s.db.BasketsOf(ctx, who.Voice())
	if err != nil {
		return m, err
	}
	var ids, about []string
	for _, r := range receipts {
		ids, about = append(ids, r.ID), append(about, r.ConsultationID)
	}
	for _, f := range follows {
		about = append(about, f.ConsultationID)
	}
	m.Baskets = map[string]int{}
	for _, b := range baskets {
		about = append(about, b.ConsultationID)
		if m.Baskets[b.ConsultationID], err = s.db.BasketSize(ctx, b.ID); err != nil {
			return m, err
		}
	}
	slices.Sort(about)
	if m.Titles, err = s.db.ConsultationsByID(ctx, slices.Compact(about)); err != nil {
		return m, err
	}
	said, err := s.db.OpinionsOfReceipts(ctx, ids)
	if err != nil {
		return m, err
	}
	for _, row := range receipts {
		r := Receipt{Receipt: row, Consultation: m.Titles[row.ConsultationID], Texts: true, Owner: true}
		if r.Opinions, err = s.given(ctx, r.Consultation, said[row.ID]); err != nil {
			return m, err
		}
		m.Receipts = append(m.Receipts, r)
	}
	for _, f := range follows {
		m.Follows = append(m.Follows, m.Titles[f.ConsultationID])
	}
	return m, nil
}
