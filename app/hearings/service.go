// Package hearings holds hearings and forums from the lawful notice to the signed
// record: making and publishing them, sign-up with seats that are never sold twice,
// the public draw, tickets and check-in, the record and the report.
package hearings

import (
	"context"
	"encoding/json"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/app/kit/limit"
	"minyi/app/kit/upload"
	"minyi/models"
)

// Contacts knows the contacts that people without an account confirmed by a code;
// the accounts service implements it.
type Contacts interface {
	// Confirm takes the code that was sent for a ticket.
	Confirm(ctx context.Context, who actor.Actor, ticket, typed string) (contact.Contact, error)
	// Confirmed gives the contact that was confirmed a short while ago; NotFound
	// otherwise.
	Confirmed(ctx context.Context, who actor.Actor, ticket string) (contact.Contact, error)
}

// Questions gives what was asked and answered in the live rooms of a hearing, for
// its record; the service of the rooms implements it.
type Questions interface {
	// Asked lists the questions of a hearing that were accepted, in the order in
	// which they were answered or asked.
	Asked(ctx context.Context, hearingID string) ([]Question, error)
}

// Question is one question of a live room as the record needs it.
type Question struct {
	ID       string
	AgendaID string
	By       string // as it is shown
	Text     string
	Answer   string // empty while it is open
	Answerer string
	At       time.Time
	// Open says that nobody has answered yet, neither in the room nor in writing; an
	// office does so until Due, where one was named.
	Open               bool
	OfficeZH, OfficeEN string
	Due                *time.Time
	Room               string // code of the room
}

// Options are what the service needs to know of its surroundings.
type Options struct {
	Zone *time.Location // by which days are counted
	// Secret keys the hashes that stand for a person's contact.
	Secret    []byte
	Contacts  Contacts
	Questions Questions
	// Writes bounds what one visitor, one account and one network sign up in a
	// minute; zero for no limit.
	Visit, Person, Network int
	// PublicURL is the site's address, for tickets and calendars.
	PublicURL string
}

// Service holds the use cases of hearings. It is safe for concurrent use.
type Service struct {
	db     *models.DB
	o      Options
	limits *limit.Limiter
	files  *upload.Store
	// unplaced are hearings that were drawn here and whose reserves the clock places.
	unplaced chan string
	drawings drawnFiles
}

// New makes the service. A nil zone means UTC.
func New(db *models.DB, o Options) *Service {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return &Service{db: db, o: o, limits: limit.New(db.Now, 0), unplaced: make(chan string, 16)}
}

// With adds what is made after the service, before it is used.
func (s *Service) With(c Contacts, q Questions) *Service {
	s.o.Contacts, s.o.Questions = c, q
	return s
}

// visible finds a hearing that everybody may see; NotFound for drafts.
func (s *Service) visible(ctx context.Context, id string) (models.Hearing, error) {
	h, err := s.db.HearingByID(ctx, id)
	if err == nil && h.PublishedAt == nil {
		return models.Hearing{}, models.ErrNotFound
	}
	return h, err
}

// desk finds a hearing for those who hold one of the roles in its unit. Errors:
// SignIn; NotFound for everybody else.
func (s *Service) desk(ctx context.Context, who actor.Actor, id string, roles ...models.RoleName) (models.Hearing, error) {
	h, err := s.db.HearingByID(ctx, id)
	if err != nil {
		return h, err
	}
	u, err := s.db.UnitByID(ctx, h.UnitID)
	if err != nil {
		return h, err
	}
	return h, who.Needs(u.Path, roles...)
}

// mine finds a hearing of which the actor is an officer.
func (s *Service) mine(ctx context.Context, who actor.Actor, id string) (models.Hearing, error) {
	return s.desk(ctx, who, id, models.Officer)
}

// door finds a hearing at whose door the actor may stand: its officers and moderators.
func (s *Service) door(ctx context.Context, who actor.Actor, id string) (models.Hearing, error) {
	return s.desk(ctx, who, id, models.Officer, models.Moderator)
}

// act begins the audit row of what is done with a hearing.
func act(who actor.Actor, name string, h models.Hearing) models.Act {
	a := who.Act("hearings."+name, models.HearingTopic(h.ID))
	a.UnitID = h.UnitID
	return a
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs
	}
	if string(b) == "null" {
		return "[]"
	}
	return string(b)
}
