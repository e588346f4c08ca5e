package hearings

import (
	"minyi/app/kit/contact"
	"minyi/models"
)

// tell queues one letter about a registration; once says which event it is about.
// Nothing is sent to who left no contact.
func (s *Service) tell(tx *models.Tx, h models.Hearing, r models.Registration, ticket, kind, once string, extra map[string]string) error {
	if r.ContactKey == "" || !r.Notify && quiet[kind] {
		return nil
	}
	l := models.Letter{Channel: models.ChannelMail, Recipient: r.Contact, PersonID: r.PersonID, Lang: r.Lang, Kind: kind, DedupeKey: kind + ":" + r.ID + ":" + once}
	c, err := contact.Parse(r.Contact)
	if err != nil {
		return nil // it was read once; nothing can be sent to it any more
	}
	if c.Kind == contact.Phone {
		if !c.CanText() {
			return nil
		}
		l.Channel, l.Recipient = models.ChannelSMS, c.Key
	} else {
		l.Recipient = c.Deliverable()
	}
	data := map[string]string{"title": h.Title(r.Lang), "place": first(h.Place(r.Lang), h.OnlineURL), "number": models.NumberForm(r.Number), "url": "/t/" + ticket}
	if h.StartsAt != nil {
		data["date_at"] = models.LetterMoment(*h.StartsAt)
	}
	if h.OnlineURL != "" {
		data["online"] = "1"
	}
	for k, v := range extra {
		data[k] = v
	}
	return tx.QueueLetter(l, data)
}

// quiet are letters that who wants no news does not get: nothing hangs on them.
var quiet = map[string]bool{"hearing_confirmed": true, "hearing_waiting": true, "hearing_pool": true, "hearing_pending": true, "hearing_withdrawn": true, "hearing_reminder": true, "hearing_report": true}

// tellFollowers tells those who follow the consultation of a hearing that it is
// announced: a notice that nobody finds is none.
func (s *Service) tellFollowers(tx *models.Tx, h models.Hearing) error {
	people, err := tx.Followers(h.ConsultationID)
	if err != nil {
		return err
	}
	for _, p := range people {
		l := models.LetterTo(p, "hearing_announced")
		l.DedupeKey = "hearing_announced:" + h.ID + ":" + p.ID
		data := map[string]string{"title": h.Title(p.Lang), "place": first(h.Place(p.Lang), h.OnlineURL), "url": "/hearings/" + h.ID}
		if h.StartsAt != nil && h.SignupClosesAt != nil {
			data["date_at"], data["until_by"] = models.LetterMoment(*h.StartsAt), models.LetterMoment(*h.SignupClosesAt)
		}
		if h.OnlineURL != "" {
			data["online"] = "1"
		}
		if err := tx.QueueLetter(l, data); err != nil {
			return err
		}
	}
	return nil
}

// tellAll tells everybody with an active registration, or those in some states. more
// gives what the letter says beside the hearing itself, in a language; it may be nil.
func (s *Service) tellAll(tx *models.Tx, h models.Hearing, kind, once string, states []models.RegistrationStatus, more func(lang string) map[string]string) error {
	list, err := tx.Recipients(h.ID, states)
	if err != nil {
		return err
	}
	return s.tellThese(tx, h, kind, once, list, more)
}

// tellThese tells those with these registrations, as [Service.tellAll].
func (s *Service) tellThese(tx *models.Tx, h models.Hearing, kind, once string, list []models.Registration, more func(lang string) map[string]string) error {
	if len(list) == 0 {
		return nil
	}
	tickets, err := tx.FirstTickets(h.ID)
	if err != nil {
		return err
	}
	for _, r := range list {
		var extra map[string]string
		if more != nil {
			extra = more(r.Lang)
		}
		if err := s.tell(tx, h, r, tickets[r.ID], kind, once, extra); err != nil {
			return err
		}
	}
	return nil
}
