package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/contact"
	"minyi/app/kit/limit"
	"minyi/app/kit/password"
	"minyi/models"
)

// SignedIn is the outcome of a sign-in.
type SignedIn struct {
	Person models.Person
	// Secret of the new session, for the cookie; it is nowhere else.
	Secret string
	// New says that the account was made with this sign-in.
	New bool
	// Desk says that the person holds a role.
	Desk bool
}

// PasswordInput is what somebody typed to sign in.
type PasswordInput struct {
	Contact, Password string
	Device            Device
}

// SignInWithPassword begins a session. Unknown people and wrong passwords get the
// same answer after the same time: Invalid (accounts.sign_in_wrong). Other errors:
// Invalid (contact, password), TooMany.
func (s *Service) SignInWithPassword(ctx context.Context, who actor.Actor, in PasswordInput) (SignedIn, error) {
	c, err := contact.Parse(in.Contact)
	if err != nil {
		return SignedIn{}, models.FailField("contact", contactKey(err))
	}
	if in.Password == "" {
		return SignedIn{}, models.FailField("password", "accounts.password_empty")
	}
	network := limit.Network(who.Network)
	if err := held(s.limits.Allow(signInRule, c.Key, network)); err != nil {
		return SignedIn{}, err
	}
	p, err := s.byContact(ctx, c)
	if err != nil && !models.IsNotFound(err) {
		return SignedIn{}, err
	}
	if !password.Fits(in.Password, p.PasswordHash) || p.DisabledAt != nil {
		return SignedIn{}, models.Fail(models.Invalid, "accounts.sign_in_wrong")
	}
	out := SignedIn{Person: p, Secret: code.NewToken()}
	act := models.Act{By: "p:" + p.ID, Name: "accounts.sign_in", About: "person:" + p.ID, Tier: string(p.Tier)}
	err = s.db.InTx(ctx, act, func(tx *models.Tx) error {
		return s.begin(tx, who, &out, in.Device)
	})
	if err == nil {
		s.limits.Forgive(signInRule, c.Key, network)
	}
	return out, err
}

// begin makes the new session and ends the one that the browser had before.
func (s *Service) begin(tx *models.Tx, before actor.Actor, out *SignedIn, d Device) error {
	row, err := newSession(tx, out.Person, out.Secret, d)
	if err != nil {
		return err
	}
	out.Desk = row.Desk
	if before.SessionID == "" {
		return nil
	}
	err = tx.EndSession(before.PersonID, before.SessionID)
	if models.IsNotFound(err) { // it is over already, for instance by the new password
		return nil
	}
	emitEnded(tx, before.PersonID, before.SessionID)
	return err
}

func (s *Service) byContact(ctx context.Context, c contact.Contact) (models.Person, error) {
	if c.Kind == contact.Mail {
		return s.db.PersonByEmailKey(ctx, c.Key)
	}
	return s.db.PersonByPhoneKey(ctx, c.Key)
}

func (s *Service) hasAccount(ctx context.Context, c contact.Contact) (bool, error) {
	p, err := s.byContact(ctx, c)
	if models.IsNotFound(err) {
		return false, nil
	}
	return p.DisabledAt == nil, err
}

// SendSignInCode sends a code with which the contact's owner signs in; who has no
// account yet gets one with it. Errors: Invalid (contact), TooMany.
func (s *Service) SendSignInCode(ctx context.Context, who actor.Actor, typed string) (Sent, error) {
	c, err := s.reachable(typed)
	if err != nil {
		return Sent{}, err
	}
	return s.send(ctx, who, c, models.PurposeSignIn, wish{}, true)
}

// SignUpInput describes an account that somebody wants. Only the contact is
// needed; without a password they sign in by code.
type SignUpInput struct{ Contact, Nickname, Password string }

// SignUp sends a code that makes the account when it is typed. Who has an account
// already gets the same answer and is signed in by the code; nothing of the
// account changes. Errors: Invalid (contact, nickname, password), TooMany.
func (s *Service) SignUp(ctx context.Context, who actor.Actor, in SignUpInput) (Sent, error) {
	var faults models.Faults
	c, err := s.reachable(in.Contact)
	var fault *models.Error
	if errors.As(err, &fault) {
		faults.Add(fault.Field, fault.Key)
	}
	w := wish{Nickname: tidy(in.Nickname)}
	checkName(&faults, "nickname", w.Nickname)
	if in.Password != "" {
		if err := checkPassword(in.Password, c.Value, c.Key); err != nil {
			faults.Add("password", err.Key, err.Args...)
		}
	}
	if err := faults.Err(); err != nil {
		return Sent{}, err
	}
	if in.Password != "" {
		if w.Password, err = password.Hash(in.Password); err != nil {
			return Sent{}, err
		}
	}
	return s.send(ctx, who, c, models.PurposeSignIn, w, true)
}

// SendReset sends a code with which the contact's owner chooses a new password.
// Unknown contacts get the same answer, and no letter. Errors: Invalid (contact),
// TooMany.
func (s *Service) SendReset(ctx context.Context, who actor.Actor, typed string) (Sent, error) {
	c, err := s.reachable(typed)
	if err != nil {
		return Sent{}, err
	}
	known, err := s.hasAccount(ctx, c)
	if err != nil {
		return Sent{}, err
	}
	return s.send(ctx, who, c, models.PurposeReset, wish{}, known)
}

// CodeInput is a code as typed, with the new password when one is to be chosen.
type CodeInput struct {
	Ticket, Code, Password string
	Device                 Device
}

// SignInWithCode takes a code of [Service.SendSignInCode], [Service.SignUp] or
// [Service.SendReset] and begins a session. Errors: Invalid (code, password),
// Forbidden (accounts.disabled), NotFound for another's ticket, TooMany.
func (s *Service) SignInWithCode(ctx context.Context, who actor.Actor, in CodeInput) (SignedIn, error) {
	row, err := s.asked(ctx, who, in.Ticket)
	if err == nil && row.Purpose != models.PurposeSignIn && row.Purpose != models.PurposeReset {
		err = models.ErrNotFound
	}
	if err != nil {
		return SignedIn{}, err
	}
	hash := ""
	if row.Purpose == models.PurposeReset {
		if err := checkPassword(in.Password, row.Contact, row.ContactKey); err != nil {
			err.Field = "password"
			return SignedIn{}, err
		}
		if hash, err = password.Hash(in.Password); err != nil {
			return SignedIn{}, err
		}
	}
	out := SignedIn{Secret: code.NewToken()}
	act := who.Act("accounts.sign_in", "code:"+row.ID)
	err = s.try(ctx, who, act, row, in.Code, func(tx *models.Tx, c models.SignInCode) error {
		out.Person, out.New, err = s.ownerOf(tx, who, c)
		if err != nil {
			return err
		}
		tx.Act.By, tx.Act.About = "p:"+out.Person.ID, "person:"+out.Person.ID
		if hash != "" {
			tx.Act.Name = "accounts.reset_password"
			out.Person.PasswordHash, out.Person.UpdatedAt = hash, tx.Now
			if err := tx.Save(&out.Person); err != nil {
				return err
			}
			if err := endOthers(tx, out.Person.ID, ""); err != nil {
				return err
			}
		}
		return s.begin(tx, who, &out, in.Device)
	})
	return out, err
}

// ownerOf finds the person behind a contact that was just confirmed, or makes the
// account.
func (s *Service) ownerOf(tx *models.Tx, who actor.Actor, c models.SignInCode) (models.Person, bool, error) {
	parsed, err := contact.Parse(c.Contact)
	if err != nil {
		return models.Person{}, false, err
	}
	p, err := tx.PersonByContact(c.ContactKey)
	switch {
	case err == nil && p.DisabledAt != nil:
		return p, false, models.Fail(models.Forbidden, "accounts.disabled")
	case err == nil:
		if p.Tier != models.TierNone {
			return p, false, nil
		}
		p.Tier, p.UpdatedAt = models.TierContact, tx.Now
		return p, false, tx.Save(&p)
	case !models.IsNotFound(err):
		return p, false, err
	case c.Purpose == models.PurposeReset: // the account went away meanwhile
		return p, false, models.FailField("code", "accounts.code_ended")
	}
	var w wish
	if err := json.Unmarshal([]byte(c.Data), &w); err != nil {
		return p, false, err
	}
	p = models.Person{ID: models.NewID(tx.Now), Nickname: w.Nickname, PasswordHash: w.Password, Lang: langOr(who.Lang), Tier: models.TierContact, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	setContact(&p, parsed)
	return p, true, tx.Insert(&p)
}

// checkPassword says what is wrong with a password that somebody wants, or nil.
func checkPassword(wanted string, about ...string) *models.Error {
	err := password.Check(wanted, about...)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, password.ErrShort):
		return models.Fail(models.Invalid, "accounts.password_short", "min", password.Min, "n", utf8.RuneCountInString(wanted))
	case errors.Is(err, password.ErrLong):
		return models.Fail(models.Invalid, "accounts.password_long", "max", password.Max)
	}
	return models.Fail(models.Invalid, "accounts.password_common")
}
