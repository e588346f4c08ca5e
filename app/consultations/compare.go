package consultations

import (
	"context"

	"minyi/app/kit/actor"
	"minyi/app/kit/compare"
	"minyi/models"
)

// Comparison says what changed from one version to another. It is never changed.
type Comparison struct {
	Old, New *Text
	// Changes is the plain list of what changed.
	Changes []compare.Change
	// Rows are the clauses that differ, in the order of the new version.
	Rows []Difference
	// Verdicts say what became of the units of the new version, by key.
	Verdicts map[string]compare.Verdict
	at       map[string]int
}

// Difference is one clause that differs. Old is nil for a new clause, New for one
// that was deleted.
type Difference struct {
	Old, New *Unit
	Change   compare.Verdict
	Runs     []compare.Run
}

// Row finds the difference of a unit of the new version.
func (c *Comparison) Row(key string) (Difference, bool) {
	i, ok := c.at[key]
	if !ok {
		return Difference{}, false
	}
	return c.Rows[i], true
}

// Deleted lists the clauses of the old version that the new one has no more.
func (c *Comparison) Deleted() []Difference {
	var list []Difference
	for _, r := range c.Rows {
		if r.New == nil {
			list = append(list, r)
		}
	}
	return list
}

// Compare compares two versions of a consultation, the text in the language asked
// for where both have it. Errors: NotFound for versions that are not there; Gone.
func (s *Service) Compare(ctx context.Context, who actor.Actor, id string, from, to int, lang string, preview bool) (Seen, *Comparison, error) {
	seen, err := s.open(ctx, who, id, preview)
	if err != nil {
		return seen, nil, err
	}
	old, ok := seen.Version(from)
	young, ok2 := seen.Version(to)
	if !ok || !ok2 || old.Number >= young.Number {
		return seen, nil, models.ErrNotFound
	}
	c, err := s.compared(ctx, old, young, lang)
	return seen, c, err
}

func (s *Service) compared(ctx context.Context, old, young models.Version, lang string) (*Comparison, error) {
	a, err := s.Text(ctx, old)
	if err != nil {
		return nil, err
	}
	b, err := s.Text(ctx, young)
	if err != nil {
		return nil, err
	}
	if lang == "en" && !(a.Translated && b.Translated) {
		lang = "zh"
	}
	key := [2]string{cacheKey(old) + lang, cacheKey(young) + lang}
	s.mu.Lock()
	c := s.diffs[key]
	s.mu.Unlock()
	if c != nil {
		return c, nil
	}
	c = newComparison(a, b, lang)
	if old.PublishedAt == nil || young.PublishedAt == nil {
		return c, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.diffs) >= keptDiffs {
		clear(s.diffs)
	}
	s.diffs[key] = c
	return c, nil
}

// newComparison compares the Chinese text, which governs; only the words of the
// differences are shown in the language asked for.
func newComparison(a, b *Text, lang string) *Comparison {
	old, young := a.Outline("zh"), b.Outline("zh")
	result := compare.Versions(old, young)
	c := &Comparison{Old: a, New: b, Changes: compare.Summary(result, old, young), Verdicts: map[string]compare.Verdict{}, at: map[string]int{}}
	for _, m := range result.Clauses {
		if m.Across {
			continue
		}
		d := Difference{Change: m.Change, Old: unitAt(a, m.Old), New: unitAt(b, m.New)}
		if d.Old == nil && d.New == nil {
			continue
		}
		if d.New != nil {
			c.Verdicts[m.New] = m.Change
		}
		if m.Change == compare.Same {
			continue
		}
		d.Runs = compare.Text(a.words(d.Old, lang), b.words(d.New, lang), lang)
		if d.New != nil {
			if _, twice := c.at[m.New]; !twice {
				c.at[m.New] = len(c.Rows)
			}
		}
		c.Rows = append(c.Rows, d)
	}
	return c
}

// unitAt finds a unit, or a heading of the structure, by its own key.
func unitAt(t *Text, key string) *Unit {
	if u, ok := t.Unit(key); ok && u.Key == key {
		return &u
	}
	if cl, ok := t.Clause(key); ok && Structural(cl.Kind) {
		return &Unit{Clause: cl}
	}
	return nil
}

func (t *Text) words(u *Unit, lang string) string {
	switch {
	case u == nil:
		return ""
	case t.body[u.Key] != "":
		return t.Body(u.Key, lang)
	case lang == "en" && u.TitleEN != "":
		return u.TitleEN
	}
	return u.Title
}
