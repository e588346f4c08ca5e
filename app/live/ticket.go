package live

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/models"
)

// TicketLasts is how long a ticket can be used, once.
const TicketLasts = 30 * time.Second

// Ticket opens one socket for whoever asked for it.
type Ticket struct {
	Ticket    string    `json:"ticket"`
	ExpiresAt time.Time `json:"expires_at"`
}

type claim struct {
	Person  string    `json:"p"`
	Name    string    `json:"w,omitempty"`
	Tier    string    `json:"i,omitempty"`
	Session string    `json:"s,omitempty"`
	Lang    string    `json:"l"`
	Nonce   string    `json:"n"`
	At      time.Time `json:"a"`
}

// NewTicket makes a ticket for the actor, who must be signed in (SignIn).
func (s *Service) NewTicket(who actor.Actor) (Ticket, error) {
	if !who.SignedIn() {
		return Ticket{}, models.Fail(models.SignIn, "error.sign_in")
	}
	now := s.db.Now()
	b, err := json.Marshal(claim{who.PersonID, who.Name, string(who.Tier), who.SessionID, who.Lang, code.NewToken(), now})
	if err != nil {
		return Ticket{}, err
	}
	return Ticket{base64.RawURLEncoding.EncodeToString(b) + "." + s.seal(b), now.Add(TicketLasts)}, nil
}

func (s *Service) seal(b []byte) string {
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte("live ticket\x00"))
	m.Write(b)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// Redeem gives the actor behind a ticket and spends it, on all nodes. Errors:
// SignIn when it is forged, spent, too old, or its session has ended since.
func (s *Service) Redeem(ctx context.Context, ticket string) (actor.Actor, error) {
	c, ok := s.open(ticket)
	if !ok {
		return actor.Actor{}, models.Fail(models.SignIn, "error.sign_in")
	}
	err := s.db.InTx(ctx, models.Act{By: "p:" + c.Person, Name: "live.ticket", Silent: true}, func(tx *models.Tx) error {
		return tx.Insert(&models.IdempotencyKey{ID: models.HashOf([2]string{"live.ticket", c.Nonce}), CreatedAt: tx.Now})
	})
	if models.KindOf(err) == models.Conflict && err != nil {
		return actor.Actor{}, models.Fail(models.SignIn, "error.sign_in")
	}
	return actor.Actor{PersonID: c.Person, Name: c.Name, Tier: models.Tier(c.Tier), SessionID: c.Session, Lang: c.Lang}, err
}

func (s *Service) open(ticket string) (c claim, ok bool) {
	body, mac, _ := strings.Cut(ticket, ".")
	b, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || len(ticket) > 1024 || !hmac.Equal([]byte(mac), []byte(s.seal(b))) || json.Unmarshal(b, &c) != nil {
		return c, false
	}
	now := s.db.Now()
	if now.After(c.At.Add(TicketLasts)) || now.Before(c.At.Add(-TicketLasts)) {
		return c, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, what := range []string{"person " + c.Person, "session " + c.Session} {
		if at, gone := s.ended[what]; gone && !c.At.After(at) {
			return c, false
		}
	}
	return c, true
}

// Ended voids the tickets of a session, or of all of a person's when session is
// empty or that of an API token.
func (s *Service) Ended(person, session string) {
	now := s.db.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for what, at := range s.ended {
		if now.Sub(at) > 2*TicketLasts {
			delete(s.ended, what)
		}
	}
	if session == "" || strings.HasPrefix(session, "token:") {
		s.ended["person "+person] = now
	} else {
		s.ended["session "+session] = now
	}
}
