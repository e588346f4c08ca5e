package accounts

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/contact"
	"minyi/app/kit/limit"
	"minyi/models"
)

// Sent tells where a one-time code went.
type Sent struct {
	// Ticket names the code for whoever asked for it; it proves nothing.
	Ticket  string
	Purpose string
	// To is the contact, masked; Kind is mail or phone.
	To   string
	Kind contact.Kind
}

// wish is what was asked for and waits for the code.
type wish struct {
	Nickname string `json:"nickname,omitempty"`
	Password string `json:"password,omitempty"` // a hash
}

// send makes a code and queues the letter with it. letter is false where nobody
// can use the code, so that the answer is the same for known and unknown people.
func (s *Service) send(ctx context.Context, who actor.Actor, c contact.Contact, purpose string, w wish, letter bool) (Sent, error) {
	if err := held(s.limits.Allow(sendRule, c.Key, limit.Network(who.Network))); err != nil {
		return Sent{}, err
	}
	data, err := json.Marshal(w)
	if err != nil {
		return Sent{}, err
	}
	digits := code.NewDigits()
	row := models.SignInCode{ContactKind: string(c.Kind), Contact: c.Value, ContactKey: c.Key, Purpose: purpose, Voice: who.Voice(), Data: string(data)}
	act := models.Act{By: who.Voice(), Name: "accounts.send_code", Silent: true}
	err = s.db.InTx(ctx, act, func(tx *models.Tx) error {
		row.ID, row.CreatedAt, row.ExpiresAt = models.NewID(tx.Now), tx.Now, tx.Now.Add(CodeLasts)
		row.CodeHash = s.codeHash(row.ID, digits)
		if err := tx.SendCode(&row); err != nil || !letter {
			return err
		}
		l := models.Letter{Channel: models.ChannelMail, Recipient: c.Deliverable(), Lang: langOr(who.Lang), Kind: "code_" + purpose, DedupeKey: "code:" + row.ID, ExpiresAt: &row.ExpiresAt}
		if c.Kind == contact.Phone {
			l.Channel, l.Recipient = models.ChannelSMS, c.Key
		}
		return tx.QueueLetter(l, map[string]string{"code": digits, "minutes": strconv.Itoa(int(CodeLasts / time.Minute))})
	})
	return sent(row), err
}

func (s *Service) codeHash(ticket, digits string) string {
	return code.KeyedHash(s.secret, "accounts.code", ticket, digits)
}

func sent(c models.SignInCode) Sent {
	parsed, _ := contact.Parse(c.Contact) // it was parsed before it was kept
	return Sent{Ticket: c.ID, Purpose: c.Purpose, To: parsed.Masked(), Kind: contact.Kind(c.ContactKind)}
}

// Pending tells where a code went that the actor asked for; NotFound for
// everybody else.
func (s *Service) Pending(ctx context.Context, who actor.Actor, ticket string) (Sent, error) {
	row, err := s.asked(ctx, who, ticket)
	return sent(row), err
}

func (s *Service) asked(ctx context.Context, who actor.Actor, ticket string) (models.SignInCode, error) {
	if !models.IsID(ticket) || !who.Known() {
		return models.SignInCode{}, models.ErrNotFound
	}
	row, err := s.db.SignInCodeByID(ctx, ticket)
	if err == nil && row.Voice != who.Voice() && row.Voice != "v:"+who.Visit {
		return models.SignInCode{}, models.ErrNotFound
	}
	return row, err
}

// SendAgain sends another code for the same contact and wish; the one before
// ends. TooMany when it was asked for too often.
func (s *Service) SendAgain(ctx context.Context, who actor.Actor, ticket string) (Sent, error) {
	row, err := s.asked(ctx, who, ticket)
	if err != nil {
		return Sent{}, err
	}
	c, err := contact.Parse(row.Contact)
	if err != nil {
		return Sent{}, err
	}
	var w wish
	if err := json.Unmarshal([]byte(row.Data), &w); err != nil {
		return Sent{}, err
	}
	useful := true
	if row.Purpose == models.PurposeReset {
		if useful, err = s.hasAccount(ctx, c); err != nil {
			return Sent{}, err
		}
	}
	return s.send(ctx, who, c, row.Purpose, w, useful)
}

// try checks what was typed against a code and, if it is right, does then in the
// same act. Errors: Invalid (code: accounts.code_wrong with the tries left,
// accounts.code_ended), NotFound for another's ticket, TooMany.
func (s *Service) try(ctx context.Context, who actor.Actor, act models.Act, row models.SignInCode, typed string, then func(*models.Tx, models.SignInCode) error) error {
	digits, err := code.ParseDigits(typed)
	if err != nil {
		return models.FailField("code", "accounts.code_digits")
	}
	if err := held(s.limits.Allow(tryRule, row.ContactKey, limit.Network(who.Network))); err != nil {
		return err
	}
	left := 0
	var right bool
	err = s.db.InTx(ctx, act, func(tx *models.Tx) error {
		var c models.SignInCode
		c, right, err = tx.TryCode(row.ID, s.codeHash(row.ID, digits))
		if err != nil {
			return err
		}
		if !right { // the try must be kept, so the act succeeds
			left, tx.Act.Silent = models.CodeTries-c.Tries, true
			return nil
		}
		return then(tx, c)
	})
	switch {
	case models.IsNotFound(err):
		return models.FailField("code", "accounts.code_ended")
	case err != nil:
		return err
	case right:
		return nil
	case left == 0:
		return models.FailField("code", "accounts.code_used_up")
	}
	return models.FailField("code", "accounts.code_wrong", "left", left)
}

// SendConfirm sends a code to a contact of somebody without an account, who takes
// part with it. Errors: Invalid (contact), TooMany.
func (s *Service) SendConfirm(ctx context.Context, who actor.Actor, typed string) (Sent, error) {
	c, err := s.reachable(typed)
	if err != nil {
		return Sent{}, err
	}
	return s.send(ctx, who, c, models.PurposeConfirm, wish{}, true)
}

// AskConfirm is [Service.SendConfirm], or, where a person with a ticket asks again,
// [Service.SendAgain]. What it gives names the ticket that is good from now on, also
// beside an error: the old one when another code was refused.
func (s *Service) AskConfirm(ctx context.Context, who actor.Actor, typed, ticket string, again bool) (Sent, error) {
	if !again || ticket == "" {
		return s.SendConfirm(ctx, who, typed)
	}
	sent, err := s.SendAgain(ctx, who, ticket)
	if err != nil || sent.Ticket == "" {
		sent.Ticket = ticket
	}
	return sent, err
}

// CheckContact says what [Service.SendConfirm] would refuse about a contact, before
// anything is sent. Errors: Invalid (contact).
func (s *Service) CheckContact(typed string) error {
	_, err := s.reachable(typed)
	return err
}

// Confirm takes the code that was sent by [Service.SendConfirm]. Afterwards
// [Service.Confirmed] knows the contact for an hour. Errors as for a sign-in code.
func (s *Service) Confirm(ctx context.Context, who actor.Actor, ticket, typed string) (contact.Contact, error) {
	row, err := s.asked(ctx, who, ticket)
	if err == nil && row.Purpose != models.PurposeConfirm {
		err = models.ErrNotFound
	}
	if err != nil {
		return contact.Contact{}, err
	}
	act := who.Act("accounts.confirm_contact", "code:"+row.ID)
	if err := s.try(ctx, who, act, row, typed, func(*models.Tx, models.SignInCode) error { return nil }); err != nil {
		return contact.Contact{}, err
	}
	return contact.Parse(row.Contact)
}

// Confirmed gives the contact that the actor confirmed with this ticket within the
// last hour; NotFound otherwise.
func (s *Service) Confirmed(ctx context.Context, who actor.Actor, ticket string) (contact.Contact, error) {
	row, err := s.asked(ctx, who, ticket)
	if err != nil {
		return contact.Contact{}, err
	}
	if row.Purpose != models.PurposeConfirm || row.UsedAt == nil || s.db.Now().Sub(*row.UsedAt) > ConfirmedFor {
		return contact.Contact{}, models.ErrNotFound
	}
	return contact.Parse(row.Contact)
}
