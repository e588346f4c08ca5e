// Package accounts knows who people are: sign-in with a password, a one-time code
// or an identity provider, sessions and API tokens, what people may change about
// themselves, and which roles they hold in which units.
package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/kit/contact"
	"minyi/app/kit/limit"
	"minyi/app/kit/password"
	"minyi/models"
)

// Times that people meet (trust.md §3).
const (
	// ResidentIdle and DeskIdle end a session that is not used.
	ResidentIdle = 7 * 24 * time.Hour
	DeskIdle     = 30 * time.Minute
	// CookieLasts is how long a browser keeps the secret; the server ends
	// sessions earlier.
	CookieLasts = 90 * 24 * time.Hour
	// FreshFor is how long after signing in acts of weight are possible.
	FreshFor = 10 * time.Minute
	// CodeLasts is how long a one-time code can be used.
	CodeLasts = 10 * time.Minute
	// ConfirmedFor is how long a confirmed contact counts for who confirmed it.
	ConfirmedFor = time.Hour
)

// Limits of texts, in characters.
const (
	NameMax      = 60
	TokenNameMax = 60
	TokensMax    = 20
)

// Limits by contact first, by network second. The numbers of a network are those
// of a full office or a family behind one address.
var (
	signInRule = limit.Rule{Action: "sign_in", Person: limit.Rate{Burst: 8, Per: 15 * time.Minute}, Network: limit.Rate{Burst: 120, Per: 15 * time.Minute}}
	sendRule   = limit.Rule{Action: "send_code", Person: limit.Rate{Burst: 5, Per: time.Hour}, Network: limit.Rate{Burst: 100, Per: time.Hour}}
	tryRule    = limit.Rule{Action: "try_code", Person: limit.Rate{Burst: 20, Per: time.Hour}, Network: limit.Rate{Burst: 300, Per: time.Hour}}
)

// Options are what the service needs.
type Options struct {
	DB     *models.DB
	Secret []byte // keys the hashes of one-time codes
	Log    *slog.Logger
	// NoText says that text messages cannot be sent, so codes go by mail only.
	NoText bool
	// OIDC is the identity provider; nil for none.
	OIDC *Provider
}

// Service is what people can do about their accounts.
type Service struct {
	db     *models.DB
	secret []byte
	log    *slog.Logger
	limits *limit.Limiter
	noText bool
	oidc   *Provider
	cache  *sessionCache
	ended  atomic.Pointer[[]func(personID, sessionID string)]

	erasing []func(tx *models.Tx, personID string) error
}

// New makes the service; [Service.Run] must run for sessions to stay alive, and
// [Service.Committed] must hear of every event.
func New(o Options) *Service {
	return &Service{db: o.DB, secret: o.Secret, log: o.Log, noText: o.NoText, oidc: o.OIDC, limits: limit.New(o.DB.Now, 0), cache: newSessionCache()}
}

// CreateInput describes a new account. A contact is needed, all else is optional.
type CreateInput struct {
	Email, Phone   string // as typed
	Name, Nickname string
	Password       string
	Lang           string // zh when empty
	Tier           models.Tier
}

// Create makes an account for somebody whose contact is known to be right: by an
// administrator or by the system. Errors: Invalid by field (email, phone, name,
// nickname, password), Conflict (accounts.contact_taken), and those of
// [actor.Actor.Needs].
func (s *Service) Create(ctx context.Context, who actor.Actor, in CreateInput) (models.Person, error) {
	if err := needsAdministrator(who); err != nil {
		return models.Person{}, err
	}
	p, err := newPerson(in)
	if err != nil {
		return p, err
	}
	err = s.db.InTx(ctx, who.Act("accounts.create", "person:"), func(tx *models.Tx) error {
		p.ID = models.NewID(tx.Now)
		p.CreatedAt, p.UpdatedAt = tx.Now, tx.Now
		tx.Act.About = "person:" + p.ID
		return taken(tx.Insert(&p))
	})
	return p, err
}

// taken turns a violated unique key into what people can be told.
func taken(err error) error {
	if models.IsDuplicate(err) {
		return models.Fail(models.Conflict, "accounts.contact_taken")
	}
	return err
}

func needsAdministrator(who actor.Actor) error {
	switch {
	case isSystem(who), who.HasAnywhere(models.Administrator):
		return nil
	case !who.SignedIn():
		return models.Fail(models.SignIn, "error.sign_in")
	}
	return models.ErrNotFound
}

// isSystem tells the program itself: commands on the server's own machine.
func isSystem(who actor.Actor) bool { return who.PersonID == actor.System.PersonID }

func newPerson(in CreateInput) (models.Person, error) {
	var faults models.Faults
	p := models.Person{Name: tidy(in.Name), Nickname: tidy(in.Nickname), Lang: langOr(in.Lang), Tier: in.Tier, Notify: "none"}
	if p.Tier == "" {
		p.Tier = models.TierContact
	}
	checkName(&faults, "name", p.Name)
	checkName(&faults, "nickname", p.Nickname)
	if in.Phone != "" {
		if c, err := contact.ParsePhone(in.Phone); err != nil {
			faults.Add("phone", contactKey(err))
		} else {
			setContact(&p, c)
		}
	}
	if in.Email != "" {
		if c, err := contact.ParseMail(in.Email); err != nil {
			faults.Add("email", contactKey(err))
		} else {
			setContact(&p, c)
		}
	}
	if in.Email == "" && in.Phone == "" {
		faults.Add("email", "accounts.contact_empty")
	}
	if in.Password != "" {
		if err := checkPassword(in.Password); err != nil {
			faults.Add("password", err.Key, err.Args...)
		}
	}
	if err := faults.Err(); err != nil || in.Password == "" {
		return p, err
	}
	var err error
	p.PasswordHash, err = password.Hash(in.Password)
	return p, err
}

// setContact gives a person a contact that is known to be right, and sends news
// there if they have no other way yet.
func setContact(p *models.Person, c contact.Contact) {
	key := c.Key
	if c.Kind == contact.Mail {
		p.Email, p.EmailKey = c.Value, &key
		if p.Notify == "" || p.Notify == "none" {
			p.Notify = models.ChannelMail
		}
		return
	}
	p.Phone, p.PhoneKey = c.Value, &key
	if (p.Notify == "" || p.Notify == "none") && c.CanText() {
		p.Notify = models.ChannelSMS
	}
}

// contactKey is the sentence beside the field for what is wrong with a contact.
func contactKey(err error) string {
	switch {
	case errors.Is(err, contact.ErrEmpty):
		return "accounts.contact_empty"
	case errors.Is(err, contact.ErrAreaCode):
		return "accounts.contact_area_code"
	case errors.Is(err, contact.ErrMail):
		return "accounts.contact_mail"
	}
	return "accounts.contact_phone"
}

// reachable reads a contact to which a code can be sent.
func (s *Service) reachable(typed string) (contact.Contact, error) {
	c, err := contact.Parse(typed)
	switch {
	case err != nil:
		return c, models.FailField("contact", contactKey(err))
	case c.Kind == contact.Phone && s.noText:
		return c, models.FailField("contact", "accounts.contact_no_sms")
	case c.Kind == contact.Phone && !c.CanText():
		return c, models.FailField("contact", "accounts.contact_no_text")
	}
	return c, nil
}

func checkName(faults *models.Faults, field, name string) {
	if utf8.RuneCountInString(name) > NameMax {
		faults.Add(field, "accounts.name_long", "max", NameMax)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\u202e' || r == '\u202d' || r == '\u2066' || r == '\u2067' }) {
		faults.Add(field, "accounts.name_signs")
	}
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

func langOr(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "zh"
}

// greeting is how a person is called on the page: never by a real name that they
// did not choose to show.
func greeting(p models.Person) string {
	if p.Nickname != "" {
		return p.Nickname
	}
	for _, c := range []string{p.Phone, p.Email} {
		if parsed, err := contact.Parse(c); err == nil {
			return parsed.Masked()
		}
	}
	return p.Name
}

// held gives the error for a limit that was reached.
func held(v limit.Verdict) error {
	if v.OK {
		return nil
	}
	minutes := int((v.RetryAfter + time.Minute - 1) / time.Minute)
	return &models.Error{Kind: models.TooMany, Key: "accounts.too_many", Args: []any{"n", minutes}, RetryAfter: v.RetryAfter}
}

// NewToken makes an API token for the person themselves or, for the system, for
// anybody. The token is shown once; only its hash is kept. Errors: Invalid
// (name), Conflict (accounts.tokens_full).
func (s *Service) NewToken(ctx context.Context, who actor.Actor, personID, name string) (string, models.Token, error) {
	if !isSystem(who) && (!who.SignedIn() || who.PersonID != personID) {
		return "", models.Token{}, models.ErrNotFound
	}
	name = tidy(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > TokenNameMax {
		return "", models.Token{}, models.FailField("token_name", "accounts.token_name", "max", TokenNameMax)
	}
	have, err := s.db.TokensOf(ctx, personID)
	if err != nil {
		return "", models.Token{}, err
	}
	if len(have) >= TokensMax {
		return "", models.Token{}, models.Fail(models.Conflict, "accounts.tokens_full", "max", TokensMax)
	}
	// The beginning tells people and scanners of leaked secrets what it is.
	secret := "minyi_" + code.NewToken()
	row := models.Token{TokenHash: code.Hash(secret), PersonID: personID, Name: name}
	err = s.db.InTx(ctx, who.Act("accounts.new_token", "person:"+personID), func(tx *models.Tx) error {
		row.ID, row.CreatedAt = models.NewID(tx.Now), tx.Now
		return tx.Insert(&row)
	})
	return secret, row, err
}

// RevokeToken ends one of the actor's API tokens at once.
func (s *Service) RevokeToken(ctx context.Context, who actor.Actor, id string) error {
	return s.db.InTx(ctx, who.Act("accounts.revoke_token", "person:"+who.PersonID), func(tx *models.Tx) error {
		emitEnded(tx, who.PersonID, "token:"+id)
		return tx.RevokeToken(who.PersonID, id)
	})
}

// endedEvent is told to every node when sessions or roles change. An empty session
// means all that the person has.
type endedEvent struct {
	Person  string `json:"person"`
	Session string `json:"session,omitempty"`
	// Roles says that the sessions live on with other roles.
	Roles bool `json:"roles,omitempty"`
}

const endedKind = "accounts.sessions_ended"

func emitEnded(tx *models.Tx, personID, sessionID string) {
	tx.EmitTo("system", "", endedKind, endedEvent{Person: personID, Session: sessionID})
}

// Committed forgets what is kept of sessions that ended or whose roles changed. It
// is called after each commit of this process and for the events of other nodes.
func (s *Service) Committed(events []models.Event) {
	for _, e := range events {
		if e.Kind != endedKind {
			continue
		}
		var what endedEvent
		if err := json.Unmarshal([]byte(e.Data), &what); err != nil {
			s.log.Error("event cannot be read", "seq", e.Seq, "err", err)
			continue
		}
		s.cache.drop(what.Person)
		if hooks := s.ended.Load(); hooks != nil && !what.Roles {
			for _, hook := range *hooks {
				hook(what.Person, what.Session)
			}
		}
	}
}

// OnErasing adds a feature that takes back, in the act that erases a person and while the
// name still stands, what it has told by that name. Call it before serving.
func (s *Service) OnErasing(forget func(tx *models.Tx, personID string) error) {
	s.erasing = append(s.erasing, forget)
}

// OnEnded adds who wants to know at once that a session (empty: all of a person's)
// has ended, such as the live hub. Call it before serving.
func (s *Service) OnEnded(f func(personID, sessionID string)) {
	var list []func(personID, sessionID string)
	if old := s.ended.Load(); old != nil {
		list = append(list, *old...)
	}
	list = append(list, f)
	s.ended.Store(&list)
}
