package opinions

import (
	"context"
	"strconv"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/models"
)

// disowned is the reason code of opinions whose contact says that they are not
// theirs. Nobody can choose it at the desk.
const disowned = "disowned"

// tellContact writes to the contact that opinions were attributed to, with the
// receipt's code and a link for who knows nothing of them (trust.md §4).
func (s *Service) tellContact(tx *models.Tx, r *models.Receipt, title string) error {
	if r.Contact == "" || s.o.Signer == nil {
		return nil
	}
	c, err := contact.Parse(r.Contact)
	if err != nil {
		return nil // it was checked when it was given
	}
	l := models.Letter{Channel: models.ChannelMail, Recipient: c.Deliverable(), Lang: r.Lang, Kind: "attributed", DedupeKey: "attributed:" + r.ID}
	if c.Kind == contact.Phone {
		l.Channel, l.Recipient = models.ChannelSMS, c.Key
	}
	return tx.QueueLetter(l, map[string]string{
		"code": r.Code, "title": title, "number": strconv.Itoa(r.Opinions), "url": "/not-mine/" + s.o.Signer.Encode(disowned, r.ID), "receipt": r.ID,
	})
}

// Attributed finds the receipt that the link in a letter is about, with its texts:
// the letter went to the contact that was given. Errors: NotFound for foreign links.
func (s *Service) Attributed(ctx context.Context, ticket string) (Receipt, error) {
	if s.o.Signer == nil {
		return Receipt{}, models.ErrNotFound
	}
	fields, err := s.o.Signer.Decode(disowned, ticket)
	if err != nil || len(fields) != 1 {
		return Receipt{}, models.ErrNotFound
	}
	row, err := s.db.ReceiptByID(ctx, fields[0])
	if err != nil {
		return Receipt{}, err
	}
	return s.receipt(ctx, row, false, row.DisownedAt == nil)
}

// Disown says for a contact that the opinions of a receipt are not theirs: contact
// and names are taken off, and until an officer has looked the opinions are not
// public. After the answer they stay where they are, without a name. Doing it twice
// has the effect of once. Errors: NotFound for foreign links.
func (s *Service) Disown(ctx context.Context, who actor.Actor, ticket string) error {
	r, err := s.Attributed(ctx, ticket)
	if err != nil || r.DisownedAt != nil {
		return err
	}
	act := who.Act("opinions.disown", "receipt:"+r.ID)
	act.UnitID, act.Reason = r.Consultation.UnitID, disowned
	err = s.db.InTx(ctx, act, func(tx *models.Tx) error {
		c, err := tx.Consultation(r.Consultation.ID)
		if err != nil {
			return err
		}
		list, err := tx.OpinionsOfReceipt(r.ID)
		if err != nil {
			return err
		}
		if err := tx.DisownReceipt(r.ID); err != nil {
			return err
		}
		var ids []string
		for _, o := range list {
			if o.ErasedAt != nil || o.HiddenAt != nil || c.AnsweredAt != nil {
				continue
			}
			h := &models.Hiding{ID: models.NewID(tx.Now), OpinionID: o.ID, ConsultationID: o.ConsultationID, Reason: disowned, HiddenBy: "system", HiddenAt: tx.Now}
			if err := tx.HideOpinion(o, h); err != nil {
				return err
			}
			ids = append(ids, o.ID)
			tx.Emit(models.ConsultationTopic(c.ID), "opinions.hidden", map[string]any{"id": o.ID, "clause": o.ClauseKey})
		}
		tx.Act.Detail = map[string]any{"contact": r.ContactKind, "hidden": ids}
		if len(ids) == 0 { // the names go from pages that are kept
			tx.Emit(models.ConsultationTopic(c.ID), "opinions.anonymised", map[string]string{})
		}
		return nil
	})
	if models.KindOf(err) == models.Conflict {
		return nil // the second of two presses
	}
	return err
}

// Settle leaves a disowned opinion hidden, after an officer has looked. Errors:
// NotFound, Conflict.
func (s *Service) Settle(ctx context.Context, who actor.Actor, id string) error {
	return s.change(ctx, who, "opinions.settled", id, disowned, models.Idem{}, func(tx *models.Tx, o models.Opinion) error {
		h, err := tx.OpenHiding(o.ID)
		if err != nil {
			return err
		}
		if h.Reason != disowned {
			return models.Fail(models.Conflict, "error.stale")
		}
		return tx.SettleHiding(h.ID, who.PersonID)
	})
}
