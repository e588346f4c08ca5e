package opinions

import (
	"context"
	"slices"

	"minyi/app/kit/actor"
	"minyi/models"
)

// Mine is a page of what somebody has given, by receipt, the newest first, with what goes
// beside it.
type Mine struct {
	// Receipts hold the opinions of this page: one receipt may go on on the next.
	Receipts []Receipt
	// Next is where the next page begins, nil on the last one.
	Next *models.OwnPlace
	// Hidden were taken from public view and the author has not appealed; Answered are
	// the latest answers. Each holds one opinion a receipt.
	Hidden, Answered []Receipt
	// HiddenReplies are the person's replies of which the same is true.
	HiddenReplies []models.Opinion
	// Follows are the consultations that the person follows.
	Follows []models.Consultation
	// Baskets wait to be sent: consultations by id with how much.
	Baskets map[string]int
	Titles  map[string]models.Consultation
}

const (
	minePage     = 20 // opinions
	mineHidden   = 20
	mineAnswered = 5
)

// Mine lists what a person with an account has given behind the place after, twenty
// opinions at a time, and from the start (nil) also what waits for the person, the latest
// answers and what the person follows. Errors: SignIn.
func (s *Service) Mine(ctx context.Context, who actor.Actor, after *models.OwnPlace) (m Mine, err error) {
	if !who.SignedIn() {
		return m, models.Fail(models.SignIn, "error.sign_in")
	}
	if err := s.adopt(ctx, who); err != nil {
		return m, err
	}
	list, err := s.db.OwnOpinions(ctx, who.PersonID, after, minePage+1)
	if err != nil {
		return m, err
	}
	if len(list) > minePage {
		list = list[:minePage]
		last := list[minePage-1]
		m.Next = &models.OwnPlace{ReceiptID: last.ReceiptID, Number: last.Number}
	}
	if m.Receipts, err = s.byReceipt(ctx, list); err != nil || after != nil {
		return m, err
	}
	return m, s.beside(ctx, who, &m)
}

// beside reads what stands on the first page only.
func (s *Service) beside(ctx context.Context, who actor.Actor, m *Mine) error {
	for into, read := range map[*[]Receipt]func() ([]models.Opinion, error){
		&m.Hidden:   func() ([]models.Opinion, error) { return s.db.OwnHidden(ctx, who.PersonID, mineHidden) },
		&m.Answered: func() ([]models.Opinion, error) { return s.db.OwnAnswered(ctx, who.PersonID, mineAnswered) },
	} {
		list, err := read()
		if err != nil {
			return err
		}
		if *into, err = s.byReceipt(ctx, list); err != nil {
			return err
		}
	}
	var err error
	if m.HiddenReplies, err = s.db.OwnHiddenReplies(ctx, who.PersonID, mineHidden); err != nil {
		return err
	}
	follows, err := s.db.FollowsOf(ctx, who.PersonID)
	if err != nil {
		return err
	}
	baskets, err := s.db.BasketsOf(ctx, who.Voice())
	if err != nil {
		return err
	}
	var about []string
	for _, f := range follows {
		about = append(about, f.ConsultationID)
	}
	for _, o := range m.HiddenReplies {
		about = append(about, o.ConsultationID)
	}
	m.Baskets = map[string]int{}
	for _, b := range baskets {
		about = append(about, b.ConsultationID)
		if m.Baskets[b.ConsultationID], err = s.db.BasketSize(ctx, b.ID); err != nil {
			return err
		}
	}
	if m.Titles, err = s.db.ConsultationsByID(ctx, about); err != nil {
		return err
	}
	for _, f := range follows {
		m.Follows = append(m.Follows, m.Titles[f.ConsultationID])
	}
	return nil
}

// byReceipt puts a person's opinions under their receipts, in the order given.
func (s *Service) byReceipt(ctx context.Context, list []models.Opinion) ([]Receipt, error) {
	var receipts, about []string
	for _, o := range list {
		receipts, about = append(receipts, o.ReceiptID), append(about, o.ConsultationID)
	}
	rows, err := s.db.ReceiptsByID(ctx, receipts)
	if err != nil {
		return nil, err
	}
	titles, err := s.db.ConsultationsByID(ctx, about)
	if err != nil {
		return nil, err
	}
	var out []Receipt
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(o models.Opinion) bool { return o.ReceiptID != list[0].ReceiptID })
		if n < 0 {
			n = len(list)
		}
		r := Receipt{Receipt: rows[list[0].ReceiptID], Consultation: titles[list[0].ConsultationID], Texts: true, Owner: true}
		if r.Opinions, err = s.given(ctx, r.Consultation, list[:n]); err != nil {
			return nil, err
		}
		out, list = append(out, r), list[n:]
	}
	return out, nil
}
