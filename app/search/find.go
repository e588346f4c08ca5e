package search

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
	index "minyi/search"
)

// How long a reader waits: the engine gets most of it, the database the rest.
const (
	engineWithin = 1200 * time.Millisecond
	storeWithin  = 700 * time.Millisecond
	awayFor      = 5 * time.Second // an engine that failed is left alone
)

// Facets that follow from the matter of a document.
const (
	ByUnit   index.Facet = "unit"
	ByTopic  index.Facet = "topic"
	ByStatus index.Facet = "status"
)

// Statuses are what matters can be narrowed by, in the order of their life.
var Statuses = []string{"scheduled", "open", "closed", "answered"}

// Ask is what somebody looks for.
type Ask struct {
	Text string
	// Choices narrow; within one facet any value will do. Units stand by their short
	// names and hold for their subtree.
	Choices map[index.Facet][]string
	// Clause is "<matter>#<key>": everything said about a clause.
	Clause string
	// Since keeps what is newer than a moment.
	Sort   index.Sort
	Offset int
	Limit  int
	// Desk asks for everything that an officer may see.
	Desk bool
	// Similar finds what is like a whole text, but not Except.
	Similar bool
	Except  string
}

// Hit is a document with what it belongs to.
type Hit struct {
	index.Document
	Matter Matter
	Unit   models.Unit
}

// Count is one choice of a facet with how many hits it has.
type Count struct {
	Value string
	N     int
	// Unit of the choice, for ByUnit; Depth is how far below the first ones it stands.
	Unit  models.Unit
	Depth int
}

// Found is the answer.
type Found struct {
	Hits  []Hit
	Total int
	// Partial says that counts are lower bounds; Loose that no document has all words.
	Partial, Loose bool
	// Degraded says that the engine could not answer: only titles and clauses were
	// looked at, and nothing is counted.
	Degraded   bool
	Understood index.Understood
	Counts     map[index.Facet][]Count
	// Clause and its matter, for what was said about a clause.
	About *Hit
}

// Find answers. Errors: SignIn and NotFound for the desk of others, Invalid never:
// choices that make no sense find nothing.
func (s *Service) Find(ctx context.Context, who actor.Actor, ask Ask) (Found, error) {
	if ask.Desk && !who.Desk() {
		if !who.SignedIn() {
			return Found{}, models.Fail(models.SignIn, "error.sign_in")
		}
		return Found{}, models.ErrNotFound
	}
	c, err := s.catalogue(ctx)
	if err != nil {
		return Found{}, err
	}
	q := s.query(c, who, ask)
	result, err := s.engine(ctx, q, ask.Desk)
	if errors.Is(err, index.ErrAway) {
		return s.degraded(ctx, c, ask)
	}
	if err != nil {
		return Found{}, err
	}
	out := Found{Understood: result.Understood, Partial: result.Partial, Loose: result.Loose}
	s.count(c, who, ask, result, &out)
	out.Hits, err = s.visible(ctx, c, who, ask, result.Hits)
	if out.Total < len(out.Hits)+ask.Offset && len(out.Hits) > 0 {
		out.Total = len(out.Hits) + ask.Offset
	}
	return out, err
}

// query translates: choices about matters become the matters that pass them.
func (s *Service) query(c *catalogue, who actor.Actor, ask Ask) index.Query {
	q := index.Query{Text: ask.Text, Clause: ask.Clause, Sort: ask.Sort, Offset: ask.Offset, Limit: ask.Limit, Similar: ask.Similar, Filters: map[index.Facet][]string{}, Facets: index.Facets}
	for _, f := range index.Facets {
		if f != index.ByMatter && len(ask.Choices[f]) > 0 {
			q.Filters[f] = ask.Choices[f]
		}
	}
	narrowed := ask.Desk || len(ask.Choices[ByUnit])+len(ask.Choices[ByTopic])+len(ask.Choices[ByStatus])+len(ask.Choices[index.ByMatter]) > 0
	var in []string
	for id, m := range c.matters {
		switch {
		case !c.may(who, m, ask.Desk):
			q.Without = append(q.Without, id)
		case narrowed && s.passes(c, ask, m, ""):
			in = append(in, id)
		}
	}
	sort.Strings(in) // one order, so that the same question is the same request
	sort.Strings(q.Without)
	if narrowed {
		if len(in) == 0 {
			in = []string{"none"}
		}
		q.Filters[index.ByMatter] = in
		if ask.Desk {
			q.Without = nil // what is listed may be seen
		}
	}
	if ask.Similar {
		q.Facets = []index.Facet{index.ByKind}
		q.Limit++ // the document itself
	}
	return q
}

// passes says whether a matter passes all choices about matters but those of a facet.
func (s *Service) passes(c *catalogue, ask Ask, m Matter, but index.Facet) bool {
	if v := ask.Choices[index.ByMatter]; len(v) > 0 && !slices.Contains(v, m.ID) {
		return false
	}
	if v := ask.Choices[ByTopic]; but != ByTopic && len(v) > 0 && !slices.Contains(v, m.Topic) {
		return false
	}
	if v := ask.Choices[ByStatus]; but != ByStatus && len(v) > 0 && !slices.Contains(v, m.status(s.o.DB.Now())) {
		return false
	}
	if v := ask.Choices[ByUnit]; but != ByUnit && len(v) > 0 {
		path := c.path(m)
		if !slices.ContainsFunc(c.unitsOf(v), func(u models.Unit) bool { return strings.HasPrefix(path, u.Path) }) {
			return false
		}
	}
	return true
}

// engine asks the engine, unless it failed a moment ago or its index is not complete.
func (s *Service) engine(ctx context.Context, q index.Query, desk bool) (index.Result, error) {
	at := 0
	if desk {
		at = 1
	}
	e := s.indexers[at].get()
	if e == nil || s.o.Clock().UnixNano() < s.restUntil[at].Load() || !s.indexers[at].mayAnswer(ctx, e) {
		return index.Result{}, index.ErrAway
	}
	within, cancel := context.WithTimeout(ctx, engineWithin)
	defer cancel()
	type answer struct {
		r   index.Result
		err error
	}
	answered := make(chan answer, 1)
	go func() { // an engine that does not look at its context must not keep the reader
		r, err := e.Search(within, q)
		answered <- answer{r, err}
	}()
	var got answer
	select {
	case got = <-answered:
	case <-time.After(engineWithin + 100*time.Millisecond):
		got.err = index.ErrAway
	}
	if ctx.Err() != nil {
		return got.r, ctx.Err()
	}
	if got.err != nil {
		s.restUntil[at].Store(s.o.Clock().Add(awayFor).UnixNano())
		s.indexers[at].failures.add(got.err, s.o.DB.Now())
		s.o.Log.Warn("search engine is away", "index", s.indexers[at].name, "err", got.err)
		if !errors.Is(got.err, index.ErrAway) {
			got.err = errors.Join(index.ErrAway, got.err)
		}
	}
	return got.r, got.err
}

// visible adds what hits belong to, and leaves out what may not be seen any more,
// should the index lag behind. At the desk every hit is read anew: what the index still
// tells of people may have been taken away.
func (s *Service) visible(ctx context.Context, c *catalogue, who actor.Actor, ask Ask, hits []index.Hit) ([]Hit, error) {
	byKind := map[index.Kind][]string{}
	for _, h := range hits {
		kind, id := idOf(h.ID)
		byKind[kind] = append(byKind[kind], id)
	}
	seen, now := map[string]bool{}, map[string]index.Document{}
	l := s.loader()
	for kind, ids := range byKind {
		src, ok := s.source(kind)
		switch {
		case !ok:
			continue
		case ask.Desk:
			list, err := src.Load(ctx, l, ids, true)
			if err != nil {
				return nil, err
			}
			for _, d := range list {
				seen[d.ID], now[d.ID] = true, d
			}
		case src.Seen == nil:
			for _, id := range ids {
				seen[documentID(kind, id)] = true
			}
		default:
			list, err := src.Seen(ctx, s.o.DB, ids)
			if err != nil {
				return nil, err
			}
			for id, ok := range list {
				seen[documentID(kind, id)] = ok
			}
		}
	}
	var out []Hit
	for _, h := range hits {
		if d, ok := now[h.ID]; ok {
			h.Document = d
		}
		m, ok := c.matters[h.Document.Matter]
		if !ok || !seen[h.ID] || !c.may(who, m, ask.Desk) || ask.Except != "" && h.ID == ask.Except {
			continue
		}
		out = append(out, Hit{Document: h.Document, Matter: m, Unit: c.units[m.UnitID]})
	}
	if ask.Similar && len(out) > ask.Limit {
		out = out[:ask.Limit]
	}
	return out, nil
}

// count turns counts by matter into counts by unit, topic and status, and adds up the
// hits of matters that pass.
func (s *Service) count(c *catalogue, who actor.Actor, ask Ask, r index.Result, out *Found) {
	out.Counts = map[index.Facet][]Count{}
	topics, statuses, units := map[string]int{}, map[string]int{}, map[string]int{}
	for id, n := range r.Facets[index.ByMatter] {
		m, ok := c.matters[id]
		if !ok || !c.may(who, m, ask.Desk) {
			continue
		}
		if s.passes(c, ask, m, ByTopic) && m.Topic != "" {
			topics[m.Topic] += n
		}
		if s.passes(c, ask, m, ByStatus) {
			statuses[m.status(s.o.DB.Now())] += n
		}
		if s.passes(c, ask, m, ByUnit) {
			for _, unit := range strings.Split(strings.Trim(c.path(m), "/"), "/") {
				units[unit] += n
			}
		}
	}
	out.Total = r.Total
	for _, f := range []index.Facet{index.ByKind, index.ByYear, index.ByStance, index.ByOutcome, index.ByChanged, index.ByState} {
		out.Counts[f] = listed(f, r.Facets[f])
	}
	out.Counts[ByTopic], out.Counts[ByStatus] = listed(ByTopic, topics), listed(ByStatus, statuses)
	top := -1
	for _, u := range c.order {
		if n := units[u.ID]; n > 0 {
			depth := strings.Count(u.Path, "/")
			if top < 0 || depth < top {
				top = depth
			}
			out.Counts[ByUnit] = append(out.Counts[ByUnit], Count{Value: u.Slug, N: n, Unit: u, Depth: depth - top})
		}
	}
}

// listed orders the choices of a facet: those with an order of their own by it, years
// the newest first.
func listed(f index.Facet, counts map[string]int) []Count {
	var own []string
	switch f {
	case index.ByKind:
		for _, k := range index.Kinds {
			own = append(own, string(k))
		}
	case index.ByStance:
		for _, v := range models.Stances {
			own = append(own, string(v))
		}
	case index.ByOutcome:
		for _, v := range models.Decisions {
			own = append(own, string(v))
		}
	case ByTopic:
		own = models.Topics
	case ByStatus:
		own = Statuses
	}
	var out []Count
	for _, v := range own {
		if n := counts[v]; n > 0 {
			out = append(out, Count{Value: v, N: n})
		}
	}
	if own == nil {
		for v, n := range counts {
			out = append(out, Count{Value: v, N: n})
		}
		sort.Slice(out, func(i, j int) bool { return out[i].Value > out[j].Value })
	}
	return out
}
