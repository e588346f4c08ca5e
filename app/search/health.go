package search

import (
	"context"
	"sync"
	"time"

	index "minyi/search"
)

// healthWithin is how long one index may take to say how it is.
const healthWithin = time.Second

// Health is how one index is, as the process sees it that searches in it.
type Health struct {
	Index  string // public, desk
	Engine string // embedded, Meilisearch
	// Answers says that searches are answered from it. Otherwise its engine is away or its
	// very first documents are being put together, and titles and clauses answer.
	Answers bool
	// Making says that it is being made anew by this process.
	Making bool
	// Known says that the engine told the following numbers.
	Known     bool
	Mapping   int // form of its documents, see [index.Mapping]
	Documents int
	Behind    int64 // events that it does not know yet
	// Failures counts what went wrong since the start; Failure is the last one, at Failed.
	Failures int64
	Failure  string
	Failed   time.Time
}

// Well says whether nobody has to look: searches are answered from it, in this program's
// form or while that is being made.
func (h Health) Well() bool {
	return h.Answers && h.Known && (h.Making || h.Mapping == index.Mapping)
}

// failures remembers what went wrong with an index.
type failures struct {
	mu   sync.Mutex
	n    int64
	last string
	at   time.Time
}

func (f *failures) add(err error, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n, f.last, f.at = f.n+1, err.Error(), at
}

// Health tells how both indexes are; an engine that does not answer within a second is
// told as one that is away.
func (s *Service) Health(ctx context.Context) []Health {
	var out []Health
	last, lastErr := s.o.DB.LastEvent(ctx)
	for _, x := range s.indexers {
		h := Health{Index: x.name, Engine: s.o.Engine, Making: x.making.Load()}
		x.failures.mu.Lock()
		h.Failures, h.Failure, h.Failed = x.failures.n, x.failures.last, x.failures.at
		x.failures.mu.Unlock()
		if e := x.get(); e != nil && lastErr == nil {
			within, cancel := context.WithTimeout(ctx, healthWithin)
			at, err := e.Position(within)
			if err == nil {
				h.Documents, err = e.Count(within)
			}
			if err == nil {
				h.Known, h.Mapping, h.Behind = true, at.Mapping, max(last-at.Seq, 0)
				h.Answers = s.o.Clock().UnixNano() >= s.restUntil[x.at()].Load() && x.mayAnswer(within, e)
			}
			cancel()
		}
		out = append(out, h)
	}
	return out
}
