// Package opinions takes what residents say about clauses, gives a receipt for
// it, lists it for everybody and lets others support it.
package opinions

import (
	"context"
	"sync"

	"minyi/app/kit/actor"
	"minyi/app/kit/contact"
	"minyi/app/kit/cursor"
	"minyi/app/kit/limit"
	"minyi/app/kit/text"
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

// Options are what the service needs to know of its surroundings. All of them may
// be left out.
type Options struct {
	Contacts Contacts
	// Signer signs when somebody began to write, for the grace at the deadline.
	Signer *cursor.Signer
	// Files keeps attachments; without it none are taken.
	Files *upload.Store
	// Rates hold back who writes too much; the zero value holds back nobody.
	Rates Rates
}

// Service holds the use cases of opinions. It is safe for concurrent use.
type Service struct {
	db     *models.DB
	o      Options
	limits *limit.Limiter
	// targets remembers the clauses that a public version lets people comment on,
	// by version id; public versions never change. clauses remembers their texts.
	targets, clauses sync.Map
}

// New makes the service with nothing but the store; [Service.With] adds the rest.
func New(db *models.DB) *Service {
	return &Service{db: db, limits: limit.New(db.Now, 0)}
}

// With gives the service its surroundings, before it is used.
func (s *Service) With(o Options) *Service {
	s.o = o
	return s
}

// visible finds a consultation that everybody may see; NotFound for drafts.
func (s *Service) visible(ctx context.Context, id string) (models.Consultation, error) {
	c, err := s.db.ConsultationByID(ctx, id)
	if err != nil {
		return c, err
	}
	if c.PublishedAt == nil {
		return c, models.ErrNotFound
	}
	return c, nil
}

// targetsOf gives the keys of the clauses that can be commented on in a version.
func (s *Service) targetsOf(ctx context.Context, versionID string) (map[string]bool, error) {
	if v, ok := s.targets.Load(versionID); ok {
		return v.(map[string]bool), nil
	}
	clauses, err := s.db.ClausesOf(ctx, versionID)
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, c := range clauses {
		if c.Target {
			keys[c.Key] = true
		}
	}
	s.targets.Store(versionID, keys)
	return keys, nil
}

// Query asks for a page of opinions.
type Query struct {
	ConsultationID string
	ClauseKey      string
	Stance         models.Stance
	Sort           models.Sort
	After          *models.OpinionPlace
	Limit          int
}

// Page is one page of opinions as a reader sees them.
type Page struct {
	Consultation models.Consultation
	Opinions     []models.Opinion
	Replies      map[string][]models.Opinion
	// Mine are the ids that the reader supports; nil for who is not known.
	Mine map[string]bool
	// Next is where the next page begins, nil on the last one.
	Next *models.OpinionPlace
}

// List gives a page of public opinions. Errors: NotFound for a consultation that
// is not public.
func (s *Service) List(ctx context.Context, who actor.Actor, q Query) (Page, error) {
	c, err := s.visible(ctx, q.ConsultationID)
	if err != nil {
		return Page{}, err
	}
	list, err := s.db.Opinions(ctx, models.OpinionQuery{ConsultationID: c.ID, ClauseKey: q.ClauseKey, Stance: q.Stance, Sort: q.Sort, After: q.After, Limit: q.Limit + 1})
	if err != nil {
		return Page{}, err
	}
	p := Page{Consultation: c, Opinions: list}
	if len(list) > q.Limit {
		p.Opinions = list[:q.Limit]
		next := q.Sort.Place(list[q.Limit-1])
		p.Next = &next
	}
	return p, s.fill(ctx, who, &p)
}

// KnowsClause refuses a key that no public version of the consultation has. Errors:
// NotFound for what is not public, Invalid on the field "clause".
func (s *Service) KnowsClause(ctx context.Context, consultationID, key string) error {
	if _, err := s.visible(ctx, consultationID); err != nil {
		return err
	}
	versions, _, err := s.public(ctx, consultationID)
	if err != nil {
		return err
	}
	for _, clauses := range versions {
		if _, ok := clauses[key]; ok {
			return nil
		}
	}
	return models.FailField("clause", "opinions.no_such_clause", "clause", text.Cut(text.Line(key), 40))
}

// fill adds what belongs to the opinions of a page: replies, and the reader's own
// voices.
func (s *Service) fill(ctx context.Context, who actor.Actor, p *Page) (err error) {
	var ids, replied []string
	for _, o := range p.Opinions {
		ids = append(ids, o.ID)
		if o.Replies > 0 {
			replied = append(replied, o.ID)
		}
	}
	if p.Replies, err = s.db.RepliesTo(ctx, replied); err != nil {
		return err
	}
	if who.Known() {
		p.Mine, err = s.db.SupportedBy(ctx, who.Voice(), ids)
	}
	return err
}
