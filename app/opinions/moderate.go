package opinions

import (
	"context"
	"strconv"
	"strings"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/app/kit/text"
	"minyi/models"
)

// Moderation is what waits for an officer's look in one consultation.
type Moderation struct {
	Consultation models.Consultation
	Held         []models.Opinion
	Reports      []models.Report
	Appeals      []models.Hiding
	Disowned     []models.Hiding // their contacts say that they are not theirs
	// Opinions are those that reports and appeals are about, by id.
	Opinions map[string]models.Opinion
	// Files are the attachments of all of them, by opinion id.
	Files map[string][]models.Attachment
	// clauses are those of the public versions, by number.
	clauses map[int]map[string]Clause
}

// Clause is what an opinion was made on, in its own version; of a clause that is not
// known any more only the key.
func (m Moderation) Clause(o models.Opinion) Clause {
	if c, ok := m.clauses[o.VersionNumber][o.ClauseKey]; ok {
		return c
	}
	return Clause{Key: o.ClauseKey, Number: o.ClauseKey}
}

// Moderation lists what waits. Errors: SignIn, NotFound.
func (s *Service) Moderation(ctx context.Context, who actor.Actor, id string) (m Moderation, err error) {
	if m.Consultation, _, err = s.desk(ctx, who, id); err != nil {
		return m, err
	}
	if m.clauses, _, err = s.public(ctx, id); err != nil {
		return m, err
	}
	if m.Held, err = s.db.OpinionsHeld(ctx, id); err != nil {
		return m, err
	}
	if m.Reports, err = s.db.ReportsOpen(ctx, id); err != nil {
		return m, err
	}
	if m.Appeals, err = s.db.HidingsAppealed(ctx, id); err != nil {
		return m, err
	}
	if m.Disowned, err = s.db.HidingsWaiting(ctx, id, disowned); err != nil {
		return m, err
	}
	var ids []string
	for _, r := range m.Reports {
		ids = append(ids, r.OpinionID)
	}
	for _, h := range append(m.Appeals[:len(m.Appeals):len(m.Appeals)], m.Disowned...) {
		ids = append(ids, h.OpinionID)
	}
	if m.Opinions, err = s.db.OpinionsIn(ctx, ids); err != nil {
		return m, err
	}
	for _, o := range m.Held {
		ids = append(ids, o.ID)
	}
	m.Files, err = s.db.AttachmentsOfAll(ctx, models.OfOpinion, ids)
	return m, err
}

// atDesk finds an opinion for the officers of its unit.
func (s *Service) atDesk(ctx context.Context, who actor.Actor, id string) (models.Opinion, models.Consultation, error) {
	if !models.IsID(id) {
		return models.Opinion{}, models.Consultation{}, models.ErrNotFound
	}
	o, err := s.db.OpinionByID(ctx, id)
	if err != nil {
		return o, models.Consultation{}, err
	}
	c, _, err := s.desk(ctx, who, o.ConsultationID)
	return o, c, err
}

// Handled finds an opinion for an officer who is about to act on it. Errors:
// SignIn, NotFound.
func (s *Service) Handled(ctx context.Context, who actor.Actor, id string) (models.Opinion, models.Consultation, error) {
	return s.atDesk(ctx, who, id)
}

// change runs an officer's act on an opinion, read anew inside it. What its author has
// erased is nobody's to act on: Conflict (opinions.erased_meanwhile).
func (s *Service) change(ctx context.Context, who actor.Actor, name, id, reason string, idem models.Idem, f func(tx *models.Tx, o models.Opinion) error) error {
	o, c, err := s.atDesk(ctx, who, id)
	if err != nil {
		return err
	}
	act := who.Act(name, "opinion:"+o.ID)
	act.UnitID, act.Reason = c.UnitID, reason
	_, _, err = models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (bool, error) {
		o, err := tx.Opinion(id)
		if err != nil {
			return false, err
		}
		if o.ErasedAt != nil {
			return false, models.Fail(models.Conflict, "opinions.erased_meanwhile")
		}
		tx.Act.Detail = map[string]any{"number": o.Number, "shown": o.Shown, "held": o.HeldAt != nil}
		if err := f(tx, o); err != nil {
			return false, err
		}
		tx.Emit(models.ConsultationTopic(c.ID), name, map[string]any{"id": o.ID, "clause": o.ClauseKey})
		return true, nil
	})
	return err
}

// Hide takes an opinion out of public sight for a reason; its author is told and
// may appeal. The same sending twice is one. Errors: Invalid with a field, NotFound,
// Conflict when it is hidden (opinions.hidden_already) or erased.
func (s *Service) Hide(ctx context.Context, who actor.Actor, id, reason, note string, idem models.Idem) error {
	if err := checkReason(reason, &note); err != nil {
		return err
	}
	return s.change(ctx, who, "opinions.hidden", id, reason, idem, func(tx *models.Tx, o models.Opinion) error {
		if o.HiddenAt != nil {
			return models.Fail(models.Conflict, "opinions.hidden_already")
		}
		h := &models.Hiding{ID: models.NewID(tx.Now), OpinionID: o.ID, ConsultationID: o.ConsultationID, Reason: reason, Note: note, HiddenBy: who.PersonID, HiddenAt: tx.Now}
		if err := tx.HideOpinion(o, h); err != nil {
			return err
		}
		if err := tx.HandleReports(o.ID, who.PersonID, "hidden"); err != nil {
			return err
		}
		return tellAuthor(tx, o, "opinion_hidden", h.ID)
	})
}

// Show brings a held opinion into public sight, or lifts a hiding that nobody
// appealed against. Errors: NotFound, Conflict.
func (s *Service) Show(ctx context.Context, who actor.Actor, id string) error {
	return s.change(ctx, who, "opinions.shown", id, "", models.Idem{}, func(tx *models.Tx, o models.Opinion) error {
		if o.Shown {
			return models.Fail(models.Conflict, "opinions.shown_already")
		}
		if o.HiddenAt != nil {
			h, err := tx.OpenHiding(o.ID)
			if err != nil {
				return err
			}
			switch {
			case h.AppealedAt != nil && h.DecidedAt != nil:
				return models.Fail(models.Conflict, "opinions.appeal_decided")
			case h.AppealedAt != nil:
				return models.Fail(models.Conflict, "opinions.appeal_waits")
			}
			if err := tx.LiftHiding(h.ID); err != nil {
				return err
			}
		}
		return tx.ShowOpinion(o)
	})
}

// Keep closes the reports about an opinion that stays. Errors: NotFound.
func (s *Service) Keep(ctx context.Context, who actor.Actor, id string) error {
	return s.change(ctx, who, "opinions.kept", id, "", models.Idem{}, func(tx *models.Tx, o models.Opinion) error {
		return tx.HandleReports(o.ID, who.PersonID, "kept")
	})
}

// What a second officer may decide about an appeal.
const (
	Lift   = "lift"   // the opinion is shown again
	Uphold = "uphold" // it stays hidden
)

// Decide decides an author's appeal. It takes a second officer, never the one who hid
// it. Errors: Invalid with a field, Forbidden (opinions.appeal_same_officer), NotFound,
// Conflict (opinions.appeal_decided).
func (s *Service) Decide(ctx context.Context, who actor.Actor, id, decision, note string) error {
	note = text.Clean(note)
	var faults models.Faults
	if decision != Lift && decision != Uphold {
		faults.Add("decision", "opinions.decision_wanted")
	}
	if n := text.Length(note); n > NoteLimit {
		faults.Add("note", "opinions.note_long", "over", n-NoteLimit, "most", NoteLimit)
	}
	if err := faults.Err(); err != nil {
		return err
	}
	lift, name := decision == Lift, "opinions.appeal_upheld"
	if lift {
		name = "opinions.appeal_lifted"
	}
	return s.change(ctx, who, name, id, "", models.Idem{}, func(tx *models.Tx, o models.Opinion) error {
		h, err := tx.OpenHiding(o.ID)
		switch {
		case models.IsNotFound(err) || err == nil && h.AppealedAt != nil && h.DecidedAt != nil:
			return models.Fail(models.Conflict, "opinions.appeal_decided")
		case err != nil:
			return err
		}
		if h.HiddenBy == who.PersonID {
			return models.Fail(models.Forbidden, "opinions.appeal_same_officer")
		}
		h.DecidedBy, h.Decision, h.DecisionNote = who.PersonID, "upheld", note
		if lift {
			h.Decision, h.LiftedAt = "shown", &tx.Now
		}
		if err := tx.DecideAppeal(h); err != nil {
			return err
		}
		if lift {
			if err := tx.ShowOpinion(o); err != nil {
				return err
			}
		}
		return tellAuthor(tx, o, "appeal_decided", h.ID)
	})
}

// tellAuthor queues a letter to who gave an opinion; about makes it one letter for
// one act.
func tellAuthor(tx *models.Tx, o models.Opinion, kind, about string) error {
	data := map[string]string{"number": strconv.FormatInt(o.Number, 10), "url": "/me"}
	if o.ParentID != "" {
		data["url"] = "/opinions/" + o.ID + "/appeal"
	}
	var l models.Letter
	if o.ReceiptID != "" {
		r, err := tx.Receipt(o.ReceiptID)
		if err != nil {
			return err
		}
		data["url"], data["receipt"] = "/r/"+r.Code, r.ID
		l = models.Letter{Lang: r.Lang, Kind: kind}
		if c, err := contact.Parse(r.Contact); err == nil {
			l.Channel, l.Recipient = models.ChannelMail, c.Deliverable()
			if c.Kind == contact.Phone {
				l.Channel, l.Recipient = models.ChannelSMS, c.Key
			}
		}
	}
	if o.PersonID != "" {
		p, err := tx.Person(o.PersonID)
		if err != nil && !models.IsNotFound(err) {
			return err
		}
		if err == nil {
			l = models.LetterTo(p, kind)
		}
	}
	l.DedupeKey = kind + ":" + about
	return tx.QueueLetter(l, data)
}

// Own finds an opinion for the author who is about to act on it. Errors: NotFound,
// also for everybody who is not its author.
func (s *Service) Own(ctx context.Context, who actor.Actor, code, opinionID string) (Receipt, Given, error) {
	r, err := s.Receipt(ctx, who, code, "")
	if err != nil {
		return r, Given{}, err
	}
	return r.find(opinionID)
}

// find gives an opinion of the receipt to who may see its texts. Errors: NotFound.
func (r Receipt) find(opinionID string) (Receipt, Given, error) {
	for _, g := range r.Opinions {
		if g.ID == opinionID && r.Texts {
			return r, g, nil
		}
	}
	return r, Given{}, models.ErrNotFound
}

// Hidden finds an opinion for the author who is about to object to its hiding: by account
// or visit, or by a ticket of [Service.Ticket], since a letter is often read on another
// device. Errors: NotFound, also for everybody else.
func (s *Service) Hidden(ctx context.Context, who actor.Actor, code, ticket, opinionID string) (Receipt, Given, error) {
	r, err := s.Receipt(ctx, who, code, "")
	if err == nil && !r.Texts && s.ticketFits(r, ticket) {
		r, err = s.receipt(ctx, r.Receipt, false, true)
	}
	if err != nil {
		return r, Given{}, err
	}
	return r.find(opinionID)
}

// Appeal is the author's objection to a hiding, once; the same sending twice is one. code
// and ticket are as [Service.Hidden] takes them. Errors: Invalid with a field, NotFound,
// Conflict when there is one already (opinions.appeal_again) or nothing is hidden
// (opinions.appeal_shown).
func (s *Service) Appeal(ctx context.Context, who actor.Actor, code, ticket, opinionID, words string, idem models.Idem) error {
	_, g, err := s.Hidden(ctx, who, code, ticket, opinionID)
	if err != nil {
		return err
	}
	return s.appeal(ctx, who, g, words, idem)
}

func (s *Service) appeal(ctx context.Context, who actor.Actor, g Given, words string, idem models.Idem) error {
	words = text.Clean(words)
	switch n := text.Length(words); {
	case strings.TrimSpace(words) == "":
		return models.FailField("text", "opinions.appeal_empty")
	case n > NoteLimit:
		return models.FailField("text", "opinions.note_long", "over", n-NoteLimit, "most", NoteLimit)
	}
	act := who.Act("opinions.appeal", "opinion:"+g.ID)
	_, _, err := models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (bool, error) {
		o, err := tx.Opinion(g.ID)
		if err != nil {
			return false, err
		}
		if o.ErasedAt != nil {
			return false, models.ErrNotFound
		}
		h, err := tx.OpenHiding(o.ID)
		switch {
		case models.IsNotFound(err):
			return false, models.Fail(models.Conflict, "opinions.appeal_shown")
		case err != nil:
			return false, err
		case h.AppealedAt != nil || h.DecidedAt != nil:
			return false, models.Fail(models.Conflict, "opinions.appeal_again")
		}
		return true, tx.Appeal(h.ID, words)
	})
	return err
}

// OwnReply finds a reply that is or was hidden for its author, by account or visit: replies
// have no receipt to say why. Errors: NotFound, also for everybody else.
func (s *Service) OwnReply(ctx context.Context, who actor.Actor, id string) (Given, models.Consultation, error) {
	if !models.IsID(id) {
		return Given{}, models.Consultation{}, models.ErrNotFound
	}
	o, err := s.db.OpinionByID(ctx, id)
	if err != nil {
		return Given{}, models.Consultation{}, err
	}
	if o.ParentID == "" || o.ErasedAt != nil || !owns(who, models.Receipt{PersonID: o.PersonID, Voice: o.Voice}) {
		return Given{}, models.Consultation{}, models.ErrNotFound
	}
	c, err := s.visible(ctx, o.ConsultationID)
	if err != nil {
		return Given{}, c, err
	}
	list, err := s.given(ctx, c, []models.Opinion{o})
	if err != nil {
		return Given{}, c, err
	}
	if list[0].Hiding == nil {
		return Given{}, c, models.ErrNotFound
	}
	return list[0], c, nil
}

// AppealReply is [Service.Appeal] for a reply.
func (s *Service) AppealReply(ctx context.Context, who actor.Actor, id, words string, idem models.Idem) error {
	g, _, err := s.OwnReply(ctx, who, id)
	if err != nil {
		return err
	}
	return s.appeal(ctx, who, g, words, idem)
}

// Erase takes the author's own words and files away for ever; number and date stay on the
// record. The same sending twice is one. Errors: NotFound, Conflict when it was done.
func (s *Service) Erase(ctx context.Context, who actor.Actor, code, opinionID string, idem models.Idem) error {
	r, g, err := s.Own(ctx, who, code, opinionID)
	if err != nil {
		return err
	}
	act := who.Act("opinions.erase", "opinion:"+g.ID)
	act.UnitID = r.Consultation.UnitID
	_, _, err = models.Once(ctx, s.db, act, idem, func(tx *models.Tx) (bool, error) {
		o, err := tx.Opinion(g.ID)
		if err != nil {
			return false, err
		}
		tx.Act.Detail = map[string]any{"number": o.Number, "shown": o.Shown, "files": len(g.Files)}
		if err := tx.EraseOpinion(o); err != nil {
			return false, err
		}
		tx.Emit(models.ConsultationTopic(o.ConsultationID), "opinions.erased", map[string]any{"id": o.ID, "clause": o.ClauseKey})
		return true, nil
	})
	if err == nil {
		err = s.forget(ctx, g.Files)
	}
	return err
}
