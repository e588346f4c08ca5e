package consultations

import (
	"sync"

	"minyi/app/consultations"
	"minyi/frontend"
	"minyi/frontend/parts"
)

// drawnClauses keeps the clauses of public versions as they were drawn, because
// neither their text nor what changed in it since the version before ever changes.
// The zero value is ready. It is safe for concurrent use.
type drawnClauses struct {
	mu sync.RWMutex
	of map[drawnAs]*sync.Map // the key of a clause → parts.DrawnClause
}

// drawnAs is everything that the look of a version's clauses depends on. Texts and
// comparisons of public versions stand in memory once, so their addresses name them.
type drawnAs struct {
	text    *consultations.Text
	since   *consultations.Comparison
	words   *frontend.Words
	english bool
	changes bool
}

// keptDrawn is for how many versions and ways of reading them drawn clauses are kept.
const keptDrawn = 200

func (d *drawnClauses) version(as drawnAs) *sync.Map {
	d.mu.RLock()
	m := d.of[as]
	d.mu.RUnlock()
	if m != nil {
		return m
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if m = d.of[as]; m != nil {
		return m
	}
	if d.of == nil || len(d.of) >= keptDrawn {
		d.of = map[drawnAs]*sync.Map{}
	}
	m = &sync.Map{}
	d.of[as] = m
	return m
}

// clause gives a clause that was drawn before, or draws it from props.
func (d *drawnClauses) clause(as drawnAs, f frontend.Frame, key string, props func() parts.ClauseProps) (parts.DrawnClause, error) {
	m := d.version(as)
	if known, ok := m.Load(key); ok {
		return known.(parts.DrawnClause), nil
	}
	drawn, err := parts.DrawClause(f, props())
	if err == nil {
		m.Store(key, drawn)
	}
	return drawn, err
}
