package accounts

import (
	"context"
	"encoding/json"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/app/kit/limit"
	"minyi/app/kit/password"
	"minyi/models"
)

// Self is everything that a person can see and change about themselves.
type Self struct {
	Person   models.Person
	Roles    []models.Role
	Sessions []models.Session
	Tokens   []models.Token
	// Current is the id of the session that asks.
	Current string
}

// Self reads the actor's own settings; SignIn for strangers.
func (s *Service) Self(ctx context.Context, who actor.Actor) (Self, error) {
	if !who.SignedIn() {
		return Self{}, errSessionEnded
	}
	out := Self{Current: who.SessionID}
	var err error
	if out.Person, err = s.db.PersonByID(ctx, who.PersonID); err != nil {
		return out, err
	}
	if out.Roles, err = s.db.RolesOf(ctx, who.PersonID); err != nil {
		return out, err
	}
	if out.Sessions, err = s.db.SessionsOf(ctx, who.PersonID, s.db.Now()); err != nil {
		return out, err
	}
	out.Tokens, err = s.db.TokensOf(ctx, who.PersonID)
	return out, err
}

// ProfileInput is what a person may say about themselves.
type ProfileInput struct {
	Name, Nickname string
	Notify         string // mail, sms or none
	Lang           string // zh or en
}

// ChangeProfile keeps names, the way of news and the language. Errors: Invalid by
// field (name, nickname, notify, lang).
func (s *Service) ChangeProfile(ctx context.Context, who actor.Actor, in ProfileInput) error {
	var faults models.Faults
	in.Name, in.Nickname = tidy(in.Name), tidy(in.Nickname)
	checkName(&faults, "name", in.Name)
	checkName(&faults, "nickname", in.Nickname)
	if in.Lang != "zh" && in.Lang != "en" {
		faults.Add("lang", "accounts.lang_unknown")
	}
	if in.Notify != "none" && in.Notify != models.ChannelMail && in.Notify != models.ChannelSMS {
		faults.Add("notify", "accounts.notify_unknown")
	}
	if err := faults.Err(); err != nil {
		return err
	}
	return s.change(ctx, who, "accounts.change_profile", func(tx *models.Tx, p *models.Person) error {
		if in.Notify == models.ChannelMail && p.EmailKey == nil || in.Notify == models.ChannelSMS && p.PhoneKey == nil {
			return models.FailField("notify", "accounts.notify_no_contact")
		}
		p.Name, p.Nickname, p.Notify, p.Lang = in.Name, in.Nickname, in.Notify, in.Lang
		return nil
	})
}

// change reads the actor's person, lets f change it and saves it.
func (s *Service) change(ctx context.Context, who actor.Actor, name string, f func(*models.Tx, *models.Person) error) error {
	if !who.SignedIn() {
		return errSessionEnded
	}
	return s.db.InTx(ctx, who.Act(name, "person:"+who.PersonID), func(tx *models.Tx) error {
		p, err := tx.Person(who.PersonID)
		if err != nil {
			return err
		}
		if err := f(tx, &p); err != nil {
			return err
		}
		p.UpdatedAt = tx.Now
		tx.EmitTo("system", "", endedKind, endedEvent{Person: p.ID, Roles: true}) // the greeting may be another
		return tx.Save(&p)
	})
}

// ChangePassword takes a new password; the old one is asked for where there is one
// and the actor has not just signed in. All other sessions end. Errors: Invalid
// (old, password), TooMany.
func (s *Service) ChangePassword(ctx context.Context, who actor.Actor, old, wanted string) error {
	if !who.SignedIn() {
		return errSessionEnded
	}
	p, err := s.db.PersonByID(ctx, who.PersonID)
	if err != nil {
		return err
	}
	if p.PasswordHash != "" {
		if err := held(s.limits.Allow(signInRule, "p:"+p.ID, limit.Network(who.Network))); err != nil {
			return err
		}
		if !password.Fits(old, p.PasswordHash) {
			return models.FailField("old", "accounts.password_wrong")
		}
	} else if !who.Fresh {
		return ErrNotFresh
	}
	return s.changePassword(ctx, who, p.ID, wanted, who.SessionID)
}

func (s *Service) changePassword(ctx context.Context, who actor.Actor, personID, wanted, except string) error {
	p, err := s.db.PersonByID(ctx, personID)
	if err != nil {
		return err
	}
	if err := checkPassword(wanted, p.Email, p.Phone, keyOr(p.PhoneKey)); err != nil {
		err.Field = "password"
		return err
	}
	hash, err := password.Hash(wanted)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, who.Act("accounts.change_password", "person:"+personID), func(tx *models.Tx) error {
		p, err := tx.Person(personID)
		if err != nil {
			return err
		}
		p.PasswordHash, p.UpdatedAt = hash, tx.Now
		if err := tx.Save(&p); err != nil {
			return err
		}
		if err := s.warn(tx, p, "password_changed"); err != nil {
			return err
		}
		return endOthers(tx, personID, except)
	})
}

// warn tells a person on every way we know that something important about the
// account has changed, whatever they chose for news.
func (s *Service) warn(tx *models.Tx, p models.Person, kind string) error {
	l := models.Letter{PersonID: p.ID, Lang: langOr(p.Lang), Kind: kind, Channel: models.ChannelMail, Recipient: p.Email, DedupeKey: kind + ":" + models.NewID(tx.Now)}
	if p.EmailKey == nil {
		l.Channel, l.Recipient = models.ChannelSMS, keyOr(p.PhoneKey)
	}
	return tx.QueueLetter(l, map[string]string{"url": "/me/settings"})
}

func keyOr(key *string) string {
	if key == nil {
		return ""
	}
	return *key
}

// SendContactCode sends a code to a contact that the actor wants to use from now
// on. A contact of somebody else gets the same answer, and the letter, whose owner
// alone can tell. Errors: Invalid (contact), TooMany.
func (s *Service) SendContactCode(ctx context.Context, who actor.Actor, typed string) (Sent, error) {
	if !who.SignedIn() {
		return Sent{}, errSessionEnded
	}
	c, err := s.reachable(typed)
	if err != nil {
		return Sent{}, err
	}
	return s.send(ctx, who, c, models.PurposeContact, wish{}, true)
}

// ChangeContact takes the code of [Service.SendContactCode]; the contact replaces
// the one of its kind, and the old one is told. Errors: Invalid (code), Conflict
// (accounts.contact_taken), NotFound, TooMany.
func (s *Service) ChangeContact(ctx context.Context, who actor.Actor, ticket, typed string) error {
	row, err := s.asked(ctx, who, ticket)
	if err == nil && (row.Purpose != models.PurposeContact || row.Voice != who.Voice()) {
		err = models.ErrNotFound
	}
	if err != nil {
		return err
	}
	act := who.Act("accounts.change_contact", "person:"+who.PersonID)
	return s.try(ctx, who, act, row, typed, func(tx *models.Tx, c models.SignInCode) error {
		parsed, err := contact.Parse(c.Contact)
		if err != nil {
			return err
		}
		other, err := tx.PersonByContact(c.ContactKey)
		if err == nil && other.ID != who.PersonID {
			return models.Fail(models.Conflict, "accounts.contact_taken")
		}
		if err != nil && !models.IsNotFound(err) {
			return err
		}
		p, err := tx.Person(who.PersonID)
		if err != nil {
			return err
		}
		if err := s.warn(tx, p, "contact_changed"); err != nil {
			return err
		}
		setContact(&p, parsed)
		if p.Tier == models.TierNone {
			p.Tier = models.TierContact
		}
		p.UpdatedAt = tx.Now
		tx.EmitTo("system", "", endedKind, endedEvent{Person: p.ID, Roles: true})
		return tx.Save(&p)
	})
}

// Export is everything that is kept about the actor, as JSON. NotFound and SignIn
// as for [Service.Self].
func (s *Service) Export(ctx context.Context, who actor.Actor) ([]byte, error) {
	self, err := s.Self(ctx, who)
	if err != nil {
		return nil, err
	}
	data, err := s.db.PersonalData(ctx, who.PersonID)
	if err != nil {
		return nil, err
	}
	p := self.Person
	p.PasswordHash = ""
	if p.OIDCSubject != nil {
		p.OIDCSubject = nil
	}
	for i := range self.Sessions {
		self.Sessions[i].TokenHash, self.Sessions[i].CSRF = "", ""
	}
	for i := range self.Tokens {
		self.Tokens[i].TokenHash = ""
	}
	return json.MarshalIndent(map[string]any{"made_at": s.db.Now(), "person": p, "roles": self.Roles, "sessions": self.Sessions, "tokens": self.Tokens, "record": data}, "", "  ")
}

// Erase takes away everything that tells who the actor is; what they said stays in
// the record without a name. It cannot be undone. Errors: SignIn ([ErrNotFresh]),
// Conflict (accounts.erase_roles) for who still holds a role.
func (s *Service) Erase(ctx context.Context, who actor.Actor) error {
	if !who.SignedIn() {
		return errSessionEnded
	}
	if !who.Fresh {
		return ErrNotFresh
	}
	return s.db.InTx(ctx, who.Act("accounts.erase", "person:"+who.PersonID), func(tx *models.Tx) error {
		p, err := tx.Person(who.PersonID)
		if err != nil {
			return err
		}
		held, err := tx.RolesOf(p.ID)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return models.Fail(models.Conflict, "accounts.erase_roles")
		}
		if err := endOthers(tx, p.ID, ""); err != nil {
			return err
		}
		tx.EmitTo("system", "", "opinions.anonymised", map[string]string{"person": p.ID})
		for _, forget := range s.erasing {
			if err := forget(tx, p.ID); err != nil {
				return err
			}
		}
		return tx.ErasePerson(p)
	})
}

// Said counts the opinions that the actor has given, for the page before erasing.
func (s *Service) Said(ctx context.Context, who actor.Actor) (int, error) {
	if !who.SignedIn() {
		return 0, errSessionEnded
	}
	return s.db.OpinionsGiven(ctx, who.PersonID)
}
