package hearings

import (
	"context"
	"slices"
	"strings"

	"minyi/app/kit/actor"
	"minyi/models"
)

// What the holder of a ticket sees, and how somebody finds their own.

// TicketView is what the holder of a ticket's secret sees.
type TicketView struct {
	View
	Registration models.Registration
	Category     models.HearingCategory
	Tickets      []models.Ticket // of the whole family; the first is the one shown
	Ahead        int             // on the waiting list
	Delivery     *models.Delivery
	// Selections is how often this person was drawn before, in other hearings.
	Selections int
	Signed     *models.RecordConfirmation
	// TookPart says that the holder of this seat was there, once there is a record; only
	// they confirm and correct it.
	TookPart bool
}

// Ticket gives the page behind a ticket's secret. Errors: NotFound.
func (s *Service) Ticket(ctx context.Context, ticket string) (TicketView, error) {
	var v TicketView
	t, err := s.db.TicketByCode(ctx, ticket)
	if err != nil {
		return v, err
	}
	if v.Registration, err = s.db.RegistrationByID(ctx, t.RegistrationID); err != nil {
		return v, err
	}
	h, err := s.db.HearingByID(ctx, t.HearingID)
	if err != nil {
		return v, err
	}
	if v.View, err = s.view(ctx, h); err != nil {
		return v, err
	}
	for _, c := range v.Categories {
		if c.ID == v.Registration.CategoryID {
			v.Category = c
		}
	}
	if v.Tickets, err = s.db.TicketsOf(ctx, t.RegistrationID); err != nil {
		return v, err
	}
	slices.SortStableFunc(v.Tickets, func(a, b models.Ticket) int {
		switch {
		case a.ID == t.ID && b.ID != t.ID:
			return -1
		case b.ID == t.ID && a.ID != t.ID:
			return 1
		}
		return a.Position - b.Position
	})
	if v.Registration.Status == models.RegistrationWaiting {
		n, err := s.db.WaitingAhead(ctx, v.Registration)
		if err != nil {
			return v, err
		}
		v.Ahead = int(n)
	}
	deliveries, err := s.db.DeliveriesOf(ctx, h.ID)
	if err != nil {
		return v, err
	}
	if d, ok := deliveries[v.Registration.ID]; ok {
		v.Delivery = &d
	}
	before, err := s.db.SelectionsOf(ctx, h.ID, []string{v.Registration.Identity}, fixedAt(h, s.db.Now()))
	if err != nil {
		return v, err
	}
	v.Selections = before[v.Registration.Identity]
	if v.View.Record != nil {
		signed, err := s.db.RecordConfirmations(ctx, models.HearingTopic(h.ID))
		if err != nil {
			return v, err
		}
		for _, c := range signed {
			if c.RegistrationID == v.Registration.ID {
				v.Signed = &c
			}
		}
		if v.Registration.Status == models.RegistrationConfirmed {
			if v.TookPart, err = s.tookPart(ctx, v.Registration, v.Tickets); err != nil {
				return v, err
			}
		}
	}
	return v, nil
}

// Mine lists the actor's registrations with their hearings, the newest first.
func (s *Service) Mine(ctx context.Context, who actor.Actor) ([]TicketView, error) {
	if !who.SignedIn() {
		return nil, nil
	}
	list, err := s.db.RegistrationsOf(ctx, who.PersonID)
	if err != nil {
		return nil, err
	}
	var out []TicketView
	for _, r := range list {
		tickets, err := s.db.TicketsOf(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		h, err := s.db.HearingByID(ctx, r.HearingID)
		if err != nil {
			return nil, err
		}
		v := TicketView{Registration: r, Tickets: tickets}
		v.Hearing = h
		out = append(out, v)
	}
	return out, nil
}

// Existing finds the ticket of the registration that the actor has in a hearing
// already: by the account, or by a contact that was confirmed with a ticket of
// [RegisterInput] within the last hour. NotFound without one, and where the contact is
// that of an account: its owner signs in for it.
func (s *Service) Existing(ctx context.Context, who actor.Actor, hearingID, confirmed string) (string, error) {
	in := RegisterInput{identity: "p:" + who.PersonID}
	if !who.SignedIn() {
		if confirmed == "" || s.o.Contacts == nil {
			return "", models.ErrNotFound
		}
		c, err := s.o.Contacts.Confirmed(ctx, who, confirmed)
		if err == nil {
			err = s.byContact(ctx, &in, c)
		}
		if err == nil && strings.HasPrefix(in.identity, "p:") {
			err = models.ErrNotFound
		}
		if err != nil {
			return "", err
		}
	}
	r, err := s.db.ActiveRegistration(ctx, hearingID, in.identity)
	if err != nil {
		return "", err
	}
	tickets, err := s.db.TicketsOf(ctx, r.ID)
	if err != nil || len(tickets) == 0 {
		return "", models.ErrNotFound
	}
	return tickets[0].Code, nil
}

// Registration gives a registration to its owner, an officer, or whoever holds the
// secret of its ticket. Errors: NotFound.
func (s *Service) Registration(ctx context.Context, who actor.Actor, idOrTicket string) (TicketView, error) {
	r, _, err := s.owned(ctx, who, idOrTicket)
	if err != nil {
		return TicketView{}, err
	}
	tickets, err := s.db.TicketsOf(ctx, r.ID)
	if err != nil || len(tickets) == 0 {
		return TicketView{}, models.ErrNotFound
	}
	return s.Ticket(ctx, tickets[0].Code)
}
