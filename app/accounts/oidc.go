package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/contact"
	"minyi/models"
)

// ProviderLasts is how long somebody may take to sign in at the provider.
const ProviderLasts = 15 * time.Minute

// Provider is an OpenID Connect identity provider that the operator trusts to tell
// who is a resident or an officer.
type Provider struct {
	// Name is shown on the button.
	Name           string
	Issuer         string
	Client, Secret string
	// Callback is the public address to which the provider sends people back.
	Callback string
	// HTTP asks the provider; it refuses addresses inside the house.
	HTTP *http.Client

	mu    sync.Mutex
	found *oidc.Provider
}

// discover reads the provider's description once; while it is away people sign in
// another way.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The context outlives the request: keys are read again with it later.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.HTTP), p.Issuer)
	if err != nil {
		return nil, &models.Error{Kind: models.Unavailable, Key: "accounts.oidc_away", RetryAfter: time.Minute, Err: err}
	}
	p.found = found
	return found, nil
}

func (p *Provider) config(found *oidc.Provider) oauth2.Config {
	return oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: found.Endpoint(), RedirectURL: p.Callback, Scopes: []string{oidc.ScopeOpenID, "profile", "email", "phone"}}
}

// journey is what must be remembered while somebody is at the provider. It travels
// in a cookie, signed: the answer counts only in the browser that asked.
type journey struct {
	State    string    `json:"s"`
	Nonce    string    `json:"n"`
	Verifier string    `json:"v"`
	Back     string    `json:"b"`
	Until    time.Time `json:"u"`
}

func (s *Service) seal(j journey) (string, error) {
	b, err := json.Marshal(j)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(b)
	return text + "." + s.sealOf(text), nil
}

func (s *Service) sealOf(text string) string {
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte("accounts.oidc\x00" + text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func (s *Service) unseal(sealed string) (journey, error) {
	var j journey
	text, sign, ok := strings.Cut(sealed, ".")
	if !ok || !code.Same(sign, s.sealOf(text)) {
		return j, errors.New("the browser did not begin this sign-in")
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return j, err
	}
	if err := json.Unmarshal(b, &j); err != nil {
		return j, err
	}
	if s.db.Now().After(j.Until) {
		return j, errors.New("the sign-in took too long")
	}
	return j, nil
}

// ProviderName is the name on the button; empty without a provider.
func (s *Service) ProviderName() string {
	if s.oidc == nil {
		return ""
	}
	return s.oidc.Name
}

// BeginAtProvider gives the address at the provider to which the browser goes, and
// what it must bring back in a cookie. Errors: NotFound without a provider,
// Unavailable while it is away.
func (s *Service) BeginAtProvider(ctx context.Context, back string) (address, sealed string, err error) {
	if s.oidc == nil {
		return "", "", models.ErrNotFound
	}
	found, err := s.oidc.discover(ctx)
	if err != nil {
		return "", "", err
	}
	j := journey{State: code.NewToken(), Nonce: code.NewToken(), Verifier: oauth2.GenerateVerifier(), Back: back, Until: s.db.Now().Add(ProviderLasts)}
	sealed, err = s.seal(j)
	c := s.oidc.config(found)
	return c.AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), sealed, err
}

// ProviderAnswer is what the browser brings back from the provider.
type ProviderAnswer struct {
	Sealed, State, Code string
	Issuer              string // RFC 9207, where the provider sends it
	Device              Device
}

// errProvider tells people that it did not work; why stands in the log.
func errProvider(err error) error {
	return &models.Error{Kind: models.Forbidden, Key: "accounts.oidc_failed", Err: err}
}

// FinishAtProvider begins a session for whom the provider names, and tells where
// they wanted to go. The account is found by the provider's own name for the
// person, or by a contact that the provider has verified, or made. Errors:
// Forbidden (accounts.oidc_failed, accounts.disabled), Unavailable.
func (s *Service) FinishAtProvider(ctx context.Context, who actor.Actor, in ProviderAnswer) (SignedIn, string, error) {
	if s.oidc == nil {
		return SignedIn{}, "", models.ErrNotFound
	}
	j, err := s.unseal(in.Sealed)
	if err != nil {
		return SignedIn{}, "", errProvider(err)
	}
	switch {
	case !code.Same(in.State, j.State):
		return SignedIn{}, "", errProvider(errors.New("state does not fit"))
	case in.Issuer != "" && in.Issuer != s.oidc.Issuer:
		return SignedIn{}, "", errProvider(errors.New("answer of another issuer"))
	case in.Code == "":
		return SignedIn{}, "", errProvider(errors.New("the provider gave no code"))
	}
	claims, err := s.ask(ctx, in.Code, j)
	if err != nil {
		s.log.Warn("sign-in at the provider failed", "err", err)
		return SignedIn{}, "", err
	}
	out := SignedIn{Secret: code.NewToken()}
	err = s.db.InTx(ctx, who.Act("accounts.sign_in", "person:"), func(tx *models.Tx) error {
		if out.Person, out.New, err = s.known(tx, who, claims); err != nil {
			return err
		}
		tx.Act.By, tx.Act.About = "p:"+out.Person.ID, "person:"+out.Person.ID
		return s.begin(tx, who, &out, in.Device)
	})
	return out, j.Back, err
}

// claims are what the provider says about a person.
type claims struct {
	Subject       string `json:"sub"`
	Nonce         string `json:"nonce"`
	Name          string `json:"name"`
	Nickname      string `json:"nickname"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Phone         string `json:"phone_number"`
	PhoneVerified bool   `json:"phone_number_verified"`
}

func (s *Service) verifier(found *oidc.Provider, skipExpiry bool) *oidc.IDTokenVerifier {
	return found.Verifier(&oidc.Config{ClientID: s.oidc.Client, Now: s.db.Now, SkipExpiryCheck: skipExpiry})
}

// ask exchanges the code for a token and checks it: signature, issuer, audience,
// time, and the nonce of this very sign-in.
func (s *Service) ask(ctx context.Context, given string, j journey) (claims, error) {
	var c claims
	found, err := s.oidc.discover(ctx)
	if err != nil {
		return c, err
	}
	config := s.oidc.config(found)
	token, err := config.Exchange(oidc.ClientContext(ctx, s.oidc.HTTP), given, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return c, errProvider(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := s.verifier(found, false).Verify(ctx, raw)
	if err != nil {
		return c, errProvider(err)
	}
	if err := id.Claims(&c); err != nil {
		return c, errProvider(err)
	}
	if c.Subject == "" || !code.Same(c.Nonce, j.Nonce) {
		return c, errProvider(errors.New("nonce does not fit"))
	}
	return c, nil
}

// known finds or makes the person whom the provider names.
func (s *Service) known(tx *models.Tx, who actor.Actor, c claims) (models.Person, bool, error) {
	p, err := tx.PersonByOIDC(s.oidc.Issuer, c.Subject)
	if err != nil && !models.IsNotFound(err) {
		return p, false, err
	}
	made := false
	if models.IsNotFound(err) {
		if p, err = s.byVerified(tx, c); err != nil {
			return p, false, err
		}
		if made = p.ID == ""; made {
			p = models.Person{ID: models.NewID(tx.Now), Lang: langOr(who.Lang), Notify: "none", CreatedAt: tx.Now}
		}
		p.OIDCIssuer, p.OIDCSubject = s.oidc.Issuer, &c.Subject
		for _, v := range c.verified() {
			if p.EmailKey == nil && v.Kind == contact.Mail || p.PhoneKey == nil && v.Kind == contact.Phone {
				if other, err := tx.PersonByContact(v.Key); models.IsNotFound(err) || err == nil && other.ID == p.ID {
					setContact(&p, v)
				}
			}
		}
	}
	if p.DisabledAt != nil {
		return p, false, models.Fail(models.Forbidden, "accounts.disabled")
	}
	if p.Name == "" {
		p.Name = cut(tidy(c.Name), NameMax)
	}
	if p.Nickname == "" {
		p.Nickname = cut(tidy(c.Nickname), NameMax)
	}
	if p.Tier != models.TierCheckedIn {
		p.Tier = models.TierResident
	}
	p.UpdatedAt = tx.Now
	if made {
		return p, true, tx.Insert(&p)
	}
	tx.EmitTo("system", "", endedKind, endedEvent{Person: p.ID, Roles: true})
	return p, false, tx.Save(&p)
}

// verified are the contacts that the provider itself has confirmed.
func (c claims) verified() []contact.Contact {
	var list []contact.Contact
	if v, err := contact.ParseMail(c.Email); err == nil && c.EmailVerified {
		list = append(list, v)
	}
	if v, err := contact.ParsePhone(c.Phone); err == nil && c.PhoneVerified {
		list = append(list, v)
	}
	return list
}

// byVerified finds the account of a verified contact that no other identity of
// this provider holds; none is no error.
func (s *Service) byVerified(tx *models.Tx, c claims) (models.Person, error) {
	for _, v := range c.verified() {
		p, err := tx.PersonByContact(v.Key)
		if err == nil && p.OIDCSubject == nil {
			return p, nil
		}
		if err != nil && !models.IsNotFound(err) {
			return p, err
		}
	}
	return models.Person{}, nil
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// SignedOutAtProvider ends all sessions of a person who signed out at the provider
// (OpenID Connect Back-Channel Logout 1.0). Errors: Invalid for a token that does
// not prove it.
func (s *Service) SignedOutAtProvider(ctx context.Context, token string) error {
	if s.oidc == nil {
		return models.ErrNotFound
	}
	found, err := s.oidc.discover(ctx)
	if err != nil {
		return err
	}
	refused := models.Fail(models.Invalid, "error.malformed")
	t, err := s.verifier(found, true).Verify(ctx, token)
	if err != nil {
		return refused
	}
	var c struct {
		Nonce  *string                    `json:"nonce"`
		Events map[string]json.RawMessage `json:"events"`
	}
	age := s.db.Now().Sub(t.IssuedAt)
	if err := t.Claims(&c); err != nil || c.Nonce != nil || c.Events[logoutEvent] == nil || t.Subject == "" || age > ProviderLasts || age < -time.Minute {
		return refused
	}
	p, err := s.db.PersonByOIDC(ctx, s.oidc.Issuer, t.Subject)
	if models.IsNotFound(err) {
		return nil // nobody here
	}
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, models.Act{By: "p:" + p.ID, Name: "accounts.sign_out_provider", About: "person:" + p.ID}, func(tx *models.Tx) error {
		return endOthers(tx, p.ID, "")
	})
}
