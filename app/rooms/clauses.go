package rooms

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"minyi/app/kit/outline"
	"minyi/models"
)

// Clause is a clause of the draft that a room is about, to which a question can be tied.
type Clause struct {
	Key string
	// Name is its number and title, as the draft writes them.
	Name string

	printed string // its number, as the draft writes it
	article bool
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

// inDraft finds the clause of the room's draft that somebody named: by its key, as a
// list sends it, or by its number as people write it (12, 第十二条), where an article
// goes before other clauses. No clause at all is in every draft.
func (s *Service) inDraft(ctx context.Context, room models.Room, named string) (key string, ok bool, err error) {
	if named == "" {
		return "", true, nil
	}
	list, err := s.Clauses(ctx, room)
	if err != nil || slices.ContainsFunc(list, func(c Clause) bool { return c.Key == named }) {
		return named, err == nil, err
	}
	if i := slices.IndexFunc(list, func(c Clause) bool { return strings.EqualFold(c.printed, named) }); i >= 0 {
		return list[i].Key, true, nil
	}
	n := outline.Number(named)
	if n == 0 || !asNumber.MatchString(named) {
		return "", false, nil
	}
	for _, c := range list {
		switch {
		case outline.Number(c.printed) != n:
		case c.article:
			return c.Key, true, nil
		case key == "":
			key = c.Key
		}
	}
	return key, key != "", nil
}

// asNumber is how people write the number of a clause: 12, 第十二条, Article 12.
var asNumber = regexp.MustCompile(`(?i)^(第|article|section|clause|§)?\s*[0-9０-９零〇○一二两三四五六七八九十百千]+\s*条?$`)

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
		list = append(list, Clause{c.Key, name, strings.TrimSpace(c.Number), c.Kind == "article"})
	}
	if d.by == nil || len(d.by) >= mostDrafts {
		d.by = map[string][]Clause{}
	}
	d.by[versionID] = list
	return list, nil
}
