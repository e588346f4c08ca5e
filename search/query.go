package search

import (
	"context"
	"errors"
	"strconv"
)

// Sort is the order of hits.
type Sort string

// The orders.
const (
	ByRelevance Sort = "relevance"
	ByDate      Sort = "date"    // the newest first
	BySupport   Sort = "support" // most voices first
)

// Sorts lists the orders; the first one is the default.
var Sorts = []Sort{ByRelevance, ByDate, BySupport}

// Limits of a query.
const (
	TextLimit  = 200   // characters of what is typed; more is cut off and said
	TermLimit  = 10    // terms of it
	PageLimit  = 100   // hits at once
	OffsetMost = 1000  // hits that can be paged through
	Window     = 60    // best hits of an engine that Rank orders anew
	FacetMost  = 10000 // different values of a facet
)

// Query asks an engine.
type Query struct {
	// Text is what somebody typed: data, never syntax. Empty finds everything.
	Text string
	// Similar says that Text is a whole text: a document that shares some of its
	// terms is found. Otherwise all terms must be there, or, if no document has them
	// all, half of them (see [Result.Loose]).
	Similar bool
	// Filters narrow: a document passes if for each facet its value is listed.
	Filters map[Facet][]string
	// Without leaves out matters that must not be seen now.
	Without []string
	// Clause narrows to what is about a clause, see [ClauseRef].
	Clause string
	// Facets to count. Each is counted under all filters but its own.
	Facets []Facet
	Sort   Sort
	Offset int
	Limit  int
}

// Hit is a document that was found.
type Hit struct {
	Document
	Score float64
}

// Result is what an engine found.
type Result struct {
	Hits []Hit
	// Total counts all hits; with Partial it is a lower bound.
	Total int
	// Partial says that the engine stopped counting at its bound.
	Partial bool
	// Loose says that no document has all of the terms.
	Loose      bool
	Facets     map[Facet]map[string]int
	Understood Understood
}

// Batch is one step of changes: puts, then deletes, then the position, all kept or
// none. Doing it twice is no error.
type Batch struct {
	Put    []Document
	Delete []string // ids
	// Position is where the index stands after the batch; nil leaves it.
	Position *Position
}

// Position tells how far an index has followed the store.
type Position struct {
	// Store is the epoch of the store's numbers; an index of another one is rebuilt.
	Store string `json:"store"`
	// Mapping is the form of the documents, see [Mapping].
	Mapping int `json:"mapping"`
	// Seq is the last event that the index knows.
	Seq int64 `json:"seq"`
}

// Standing is where an index stands, as a process sees it that does not keep it.
type Standing struct {
	Position Position `json:"position"`
	// Count is the number of documents at that position.
	Count int `json:"count"`
	// Kept says that a process keeps the index in step now.
	Kept bool `json:"-"`
}

// Mapping is the version of what documents look like inside an index. It grows with
// every change of [Document.Terms], the numbers or the fields; an index of another
// version is served until the new one is built.
const Mapping = 6

// Engine finds documents in one index. It is safe for concurrent use.
type Engine interface {
	// Search finds documents. Errors: [ErrAway].
	Search(ctx context.Context, q Query) (Result, error)
	// Apply changes the index; when it returns nil, searches see the change.
	Apply(ctx context.Context, b Batch) error
	// Position tells where the index stands; the zero value for an empty one.
	Position(ctx context.Context) (Position, error)
	// Rebuild begins an index beside the one in use, which is served meanwhile. What
	// an earlier unfinished one left is thrown away.
	Rebuild(ctx context.Context) (Builder, error)
	// Reset empties the index.
	Reset(ctx context.Context) error
	// Health says whether it answers. Errors: [ErrAway].
	Health(ctx context.Context) error
	// Count is the number of documents.
	Count(ctx context.Context) (int, error)
	Close() error
}

// Builder fills an index that is not in use yet.
type Builder interface {
	Apply(ctx context.Context, b Batch) error
	// Swap puts it in the place of the one in use, which is then removed.
	Swap(ctx context.Context) error
	// Discard removes it.
	Discard(ctx context.Context) error
}

// ErrAway says that the engine cannot be asked now: another way must answer.
var ErrAway = errors.New("search: the engine is away")

func year(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Clamp brings paging into its limits.
func (q *Query) Clamp() {
	q.Limit = min(max(q.Limit, 0), PageLimit)
	q.Offset = min(max(q.Offset, 0), OffsetMost)
	if q.Sort == "" {
		q.Sort = ByRelevance
	}
}
