package rooms

import (
	"context"
	"slices"
	"strings"
	"sync"

	"minyi/models"
)

// Clause is a clause of the draft that a room is about, to which a question can be tied.
type Clause struct {
	Key string
	// Name is its number and title, as the draft writes them.
	Name string
}

// Clauses lists the clauses to which a question can be tied, in the order of the draft;
// none where the room is about no draft or none is public.
func (s *Service) Clauses(ctx context.Context, room models.Room) ([]Clause, error) {
	if room.ConsultationID == "" {
		return nil, nil
	}
	v, err := s.db.PublicVersion(ctx, room.ConsultationID)
	switch {
	case models.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return s.drafts.of(ctx, s.db, v.ID)
}

// inDraft says whether a clause is one of the draft that the room is about; no clause
// always is.
func (s *Service) inDraft(ctx context.Context, room models.Room, key string) (bool, error) {
	if key == "" {
		return true, nil
	}
	list, err := s.Clauses(ctx, room)
	return slices.ContainsFunc(list, func(c Clause) bool { return c.Key == key }), err
}

// mostDrafts is how many versions' clauses are kept; a public version never changes.
const mostDrafts = 64

// drafts keeps the clauses of public versions, which a whole hall is shown.
type drafts struct {
	mu sync.Mutex
	by map[string][]Clause
}

func (d *drafts) of(ctx context.Context, db *models.DB, versionID string) ([]Clause, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if list, ok := d.by[versionID]; ok {
		return list, nil
	}
	rows, err := db.ClausesOf(ctx, versionID)
	if err != nil {
		return nil, err
	}
	list := []Clause{}
	for _, c := range rows {
		if !c.Target {
			continue
		}
		name := strings.TrimSpace(c.Number + " " + c.Title)
		if name == "" {
			name = c.Key
		}
		list = append(list, Clause{c.Key, name})
	}
	if d.by == nil || len(d.by) >= mostDrafts {
		d.by = map[string][]Clause{}
	}
	d.by[versionID] = list
	return list, nil
}
