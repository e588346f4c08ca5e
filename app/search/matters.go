package search

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
	index "minyi/search"
)

type now = time.Time

// Matter is what documents belong to: a consultation, a hearing. What it says about
// unit, topic and status holds for all of its documents.
type Matter struct {
	ID     string // "consultation:2027-012"
	UnitID string
	Topic  string
	Title  index.Words
	Path   string
	// Under is the matter that it belongs to itself: a hearing about a consultation. Its
	// topic is taken from there.
	Under string
	// Public says that everybody may see it; Desk are the roles in its unit that see it at
	// the desk, nil: those that see everything there.
	Public bool
	Desk   []models.RoleName
	// Fuller are the roles in its unit that see the same and more in another matter, and
	// so do not see this one.
	Fuller []models.RoleName
	// Status at a moment; nil for matters without one.
	Status func(at now) string
}

func (m Matter) status(at now) string {
	if m.Status == nil {
		return ""
	}
	return m.Status(at)
}

// matters keeps the list of all matters until something changes them.
type matters struct {
	mu      sync.Mutex
	version int // grows with every change
	list    *catalogue
	at      int // the version that list was read at
}

// catalogue is all matters with the units that they belong to.
type catalogue struct {
	matters map[string]Matter
	units   map[string]models.Unit
	order   []models.Unit // parents before children
}

// roomItself are the events by which a room itself changes; the others are what is
// said in it.
var roomItself = map[string]bool{"rooms.created": true, "rooms.changed": true, "rooms.opened": true, "rooms.paused": true, "rooms.closed": true}

// committed forgets the list when an event is about units or about a matter itself,
// and not only about what is said in it.
func (m *matters) committed(events []models.Event) {
	for _, e := range events {
		area, _, _ := strings.Cut(e.Kind, ".")
		if area == "opinions" || area == "search" || area == "accounts" || area == "registrations" || area == "rooms" && !roomItself[e.Kind] {
			continue
		}
		m.mu.Lock()
		m.version++
		m.mu.Unlock()
		return
	}
}

// catalogue reads the list if it is stale.
func (s *Service) catalogue(ctx context.Context) (*catalogue, error) {
	s.matters.mu.Lock()
	list, version := s.matters.list, s.matters.version
	fresh := list != nil && s.matters.at == version
	s.matters.mu.Unlock()
	if fresh {
		return list, nil
	}
	units, err := s.o.DB.Units(ctx)
	if err != nil {
		return nil, err
	}
	c := &catalogue{matters: map[string]Matter{}, units: map[string]models.Unit{}, order: units}
	for _, u := range units {
		c.units[u.ID] = u
	}
	for _, src := range s.sources() {
		if src.Matters == nil {
			continue
		}
		found, err := src.Matters(ctx, s.o.DB)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			c.matters[m.ID] = m
		}
	}
	for id, m := range c.matters {
		if over, ok := c.matters[m.Under]; ok && m.Topic == "" {
			m.Topic = over.Topic
			c.matters[id] = m
		}
	}
	s.matters.mu.Lock()
	s.matters.list, s.matters.at = c, version
	s.matters.mu.Unlock()
	return c, nil
}

// path is the path of the unit that a matter belongs to.
func (c *catalogue) path(m Matter) string { return c.units[m.UnitID].Path }

// may says whether somebody may find what belongs to a matter: everybody what is
// public, and at the desk those with a role in its unit.
func (c *catalogue) may(who actor.Actor, m Matter, desk bool) bool {
	if desk {
		roles := m.Desk
		if roles == nil {
			roles = []models.RoleName{models.Officer, models.Supervisor, models.Administrator}
		}
		path := c.path(m)
		return who.Has(path, roles...) && !who.Has(path, m.Fuller...)
	}
	return m.Public
}

// UnknownUnit is the first short name that is asked for and that no unit has, or "".
func (s *Service) UnknownUnit(ctx context.Context, ask Ask) (string, error) {
	if len(ask.Choices[ByUnit]) == 0 {
		return "", nil
	}
	c, err := s.catalogue(ctx)
	if err != nil {
		return "", err
	}
	for _, slug := range ask.Choices[ByUnit] {
		if len(c.unitsOf([]string{slug})) == 0 {
			return slug, nil
		}
	}
	return "", nil
}

// unitsOf lists the units with the slugs; unknown ones are left out.
func (c *catalogue) unitsOf(slugs []string) []models.Unit {
	var out []models.Unit
	for _, u := range c.order {
		if slices.Contains(slugs, u.Slug) {
			out = append(out, u)
		}
	}
	return out
}
