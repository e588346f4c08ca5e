package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	bleve "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"

	"minyi/search"
)

// Bounds of a search: a common word is counted up to this many documents. It was
// chosen by measuring: beyond it a million documents take longer than a reader waits.
const (
	VisitMost  = 120000
	expandMost = 400 // terms that a prefix stands for
	fuzzyMost  = 20  // words that a misspelt one may stand for
	rareBelow  = 3   // a word in fewer documents may be misspelt
)

// Search finds documents. The answer is cut when ctx ends while hits are counted: what
// was found until then is given as a part. Errors: [search.ErrAway].
func (e *Engine) Search(ctx context.Context, q search.Query) (search.Result, error) {
	q.Clamp()
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.cur == nil {
		return search.Result{}, search.ErrAway
	}
	idx, err := e.cur.index.Advanced()
	if err != nil {
		return search.Result{}, fmt.Errorf("%w: %v", search.ErrAway, err)
	}
	reader, err := idx.Reader()
	if err != nil {
		return search.Result{}, fmt.Errorf("%w: %v", search.ErrAway, err)
	}
	defer reader.Close()
	s := &session{ctx: ctx, reader: reader, q: q, u: search.Understand(q.Text)}
	s.around = s.u.Around()
	return s.run()
}

// session is one search on one state of the index.
type session struct {
	ctx    context.Context
	reader index.IndexReader
	q      search.Query
	u      search.Understood
	around bool // what stands around a document counts too
}

func (s *session) run() (search.Result, error) {
	if s.q.Similar {
		return s.answer(s.similar())
	}
	if s.u.Empty() && s.q.Text != "" {
		return search.Result{Understood: s.u, Facets: map[search.Facet]map[string]int{}}, nil // nothing but empty words or signs
	}
	result, err := s.answer(s.strict())
	if err != nil || result.Total > 0 || len(s.u.Terms) == 0 || s.narrowed() && s.found() {
		return result, err
	}
	s.around = true
	var loose search.Result
	if s.u.Clause != "" { // the clause that is asked for says more than any word
		for _, least := range []func(n int) int{half, one} {
			if loose, err = s.answer(s.loose(s.u.AddressTerm(), least)); err != nil || loose.Total > 0 {
				break
			}
		}
	}
	if err == nil && loose.Total == 0 {
		loose, err = s.answer(s.loose("", half))
	}
	loose.Loose = loose.Total > 0
	return loose, err
}

// narrowed says whether filters may be why nothing was found.
func (s *session) narrowed() bool { return len(s.q.Filters) > 0 || s.q.Clause != "" }

// found says whether some document fits the text, whatever the filters.
func (s *session) found() bool {
	w, err := s.strict()
	if err != nil || w == nil {
		return false
	}
	defer w.Close()
	ctx := &bleve.SearchContext{DocumentMatchPool: bleve.NewDocumentMatchPool(w.DocumentMatchPoolSize()+1, 0), IndexReader: s.reader}
	m, err := w.Next(ctx)
	return err == nil && m != nil
}

// answer counts the hits of a searcher and reads the best of them.
func (s *session) answer(w bleve.Searcher, err error) (search.Result, error) {
	if err != nil {
		return search.Result{}, err
	}
	if w == nil {
		return search.Result{Understood: s.u, Facets: s.noFacets()}, nil
	}
	defer w.Close()
	c, err := newCollector(s)
	if err != nil {
		return search.Result{}, err
	}
	if err := c.collect(w); err != nil {
		return search.Result{}, err
	}
	out := search.Result{Understood: s.u, Total: c.total, Partial: c.partial, Facets: c.facets()}
	hits, err := s.read(c.best())
	if err != nil {
		return search.Result{}, err
	}
	if s.q.Sort == search.ByRelevance {
		head := min(len(hits), search.Window)
		search.Rank(s.u, hits[:head])
	}
	hits = hits[min(s.q.Offset, len(hits)):]
	out.Hits = hits[:min(s.q.Limit, len(hits))]
	return out, nil
}

func (s *session) noFacets() map[search.Facet]map[string]int {
	out := map[search.Facet]map[string]int{}
	for _, f := range s.q.Facets {
		out[f] = map[string]int{}
	}
	return out
}

// read gets the documents of the best hits.
func (s *session) read(best []candidate) ([]search.Hit, error) {
	hits := make([]search.Hit, 0, len(best))
	for _, b := range best {
		id, err := s.reader.ExternalID(b.id)
		if err != nil {
			return nil, err
		}
		doc, err := s.reader.Document(id)
		if err != nil {
			return nil, err
		}
		if doc == nil {
			continue
		}
		hit := search.Hit{Score: b.score}
		doc.VisitFields(func(f index.Field) {
			if f.Name() == fieldDoc {
				err = json.Unmarshal(f.Value(), &hit.Document)
			}
		})
		if err != nil {
			return nil, err
		}
		hits = append(hits, hit)
	}
	return hits, nil
}

var options = bleve.SearcherOptions{}

// strict looks for documents that have every term, in one of its forms, and the
// address. nil without an error says that none can.
func (s *session) strict() (bleve.Searcher, error) {
	var all []bleve.Searcher
	for i := range s.u.Terms {
		w, err := s.term(&s.u.Terms[i])
		if err != nil || w == nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, w)
	}
	if s.u.Clause != "" {
		w, err := s.one(fieldTerms, s.u.AddressTerm())
		if err != nil || w == nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, w)
	}
	return s.with(all)
}

// with joins searchers, and what narrows without being counted, by "and".
func (s *session) with(all []bleve.Searcher) (bleve.Searcher, error) {
	if s.q.Clause != "" {
		w, err := s.one(fieldClause, s.q.Clause)
		if err != nil || w == nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, w)
	}
	for f, field := range map[search.Facet]string{search.ByKind: fieldKind, search.ByMatter: fieldMatter} {
		values := s.q.Filters[f]
		if len(values) == 0 || len(values) > 50 || counts(s.q.Facets, f) {
			continue
		}
		var any []bleve.Searcher
		for _, v := range values {
			w, err := s.one(field, v)
			if err != nil {
				closeAll(all)
				return nil, err
			}
			if w != nil {
				any = append(any, w)
			}
		}
		w, err := s.any(any, 1)
		if err != nil || w == nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, w)
	}
	switch len(all) {
	case 0:
		return searcher.NewMatchAllSearcher(s.ctx, s.reader, 1, options)
	case 1:
		return all[0], nil
	}
	return searcher.NewConjunctionSearcher(s.ctx, s.reader, all, options)
}

func counts(facets []search.Facet, f search.Facet) bool {
	for _, have := range facets {
		if have == f {
			return true
		}
	}
	return false
}

func half(n int) int { return (n + 1) / 2 }

func one(int) int { return 1 }

// loose looks for documents that have at least so many of the terms, and one of them,
// must, in any case, unless it is empty.
func (s *session) loose(must string, least func(n int) int) (bleve.Searcher, error) {
	var list []string
	for _, t := range s.u.Terms {
		list = append(list, t.Forms[0].Terms...)
	}
	if s.u.Clause != "" && must == "" {
		list = append(list, s.u.AddressTerm())
	}
	w, err := s.some(list, least)
	if err != nil || w == nil || must == "" {
		return w, err
	}
	at, err := s.one(fieldTerms, must)
	if err != nil || at == nil {
		closeAll([]bleve.Searcher{w})
		return nil, err
	}
	return searcher.NewConjunctionSearcher(s.ctx, s.reader, []bleve.Searcher{w, at}, options)
}

// similar looks for documents that share a third of the terms of a text.
func (s *session) similar() (bleve.Searcher, error) {
	return s.some(search.SimilarTerms(s.q.Text, 24), func(n int) int { return max(2, n/4) })
}

// some looks for documents with a number of the terms that stand in any document.
func (s *session) some(list []string, least func(n int) int) (bleve.Searcher, error) {
	var any []bleve.Searcher
	seen := map[string]bool{}
	for _, t := range list {
		if seen[t] {
			continue
		}
		seen[t] = true
		w, err := s.word(t, false, true)
		if err != nil {
			closeAll(any)
			return nil, err
		}
		if w != nil {
			any = append(any, w)
		}
	}
	if len(any) == 0 {
		return nil, nil
	}
	w, err := s.any(any, min(least(len(any)), len(any)))
	if err != nil || w == nil {
		return nil, err
	}
	return s.with([]bleve.Searcher{w})
}

// term looks for a term in any of its forms.
func (s *session) term(t *search.Term) (bleve.Searcher, error) {
	var forms []bleve.Searcher
	for i, f := range t.Forms {
		w, err := s.form(f, t.Prefix && i == 0)
		if err != nil {
			closeAll(forms)
			return nil, err
		}
		if w != nil {
			forms = append(forms, w)
		}
	}
	return s.any(forms, 1)
}

// form looks for documents with all terms of the form.
func (s *session) form(f search.Form, prefix bool) (bleve.Searcher, error) {
	var all []bleve.Searcher
	for i, t := range f.Terms {
		w, err := s.word(t, prefix && i == len(f.Terms)-1, !f.Synonym)
		if err != nil || w == nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, w)
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return searcher.NewConjunctionSearcher(s.ctx, s.reader, all, options)
}

// word looks for one term. One Chinese character stands for all terms that begin with
// it; a word that is still being typed for those that go on; a rare word of letters
// also for those that it may be a misspelling of.
func (s *session) word(t string, prefix, typo bool) (bleve.Searcher, error) {
	runes := []rune(t)
	if search.IsHanTerm(t) {
		if len(runes) == 1 {
			return s.expand(fieldTerms, t)
		}
		return s.stands(t)
	}
	w, err := s.stands(t)
	if err != nil {
		return nil, err
	}
	var any []bleve.Searcher
	n := uint64(0)
	if w != nil {
		any, n = append(any, w), w.Count()
	}
	add := func(more bleve.Searcher, err error) error {
		if more != nil {
			any, n = append(any, more), n+more.Count()
		}
		return err
	}
	if prefix && len(runes) > 1 && !search.IsNumber(t) {
		err = add(s.expand(fieldTerms, t))
	}
	if err == nil && typo && search.MayBeSound(t) {
		if prefix {
			err = add(s.expand(fieldSounds, t))
		} else {
			err = add(s.one(fieldSounds, t))
		}
	}
	if err != nil {
		closeAll(any)
		return nil, err
	}
	if typo && n < rareBelow {
		for _, other := range s.meant(t) {
			if w, err := s.stands(other); err == nil && w != nil {
				any = append(any, w)
			}
		}
	}
	return s.any(any, 1)
}

// meant lists the words of the index that a misspelt word may stand for: those with
// one slip, and only if there are none those with two, which take many times as long to
// look for and are rarely what was meant.
func (s *session) meant(t string) []string {
	most := search.MayErr(t)
	fuzzy, ok := s.reader.(index.IndexReaderFuzzy)
	if most == 0 || !ok {
		return nil
	}
	for slips := 1; slips <= most; slips++ {
		if out := within(fuzzy, t, slips); len(out) > 0 {
			return out
		}
	}
	return nil
}

// within lists words of the index with at most so many slips.
func within(fuzzy index.IndexReaderFuzzy, t string, slips int) []string {
	dict, err := fuzzy.FieldDictFuzzy(fieldTerms, t, slips, t[:1]) // a swap counts as one slip there too
	if err != nil {
		return nil
	}
	defer dict.Close()
	var out []string
	for entry, err := dict.Next(); err == nil && entry != nil && len(out) < fuzzyMost; entry, err = dict.Next() {
		if entry.Term != t && search.MayErr(entry.Term) > 0 && search.Distance(entry.Term, t, slips) <= slips {
			out = append(out, entry.Term)
		}
	}
	return out
}

// expand looks for all terms of a field that begin with a prefix.
func (s *session) expand(field, prefix string) (bleve.Searcher, error) {
	dict, err := s.reader.FieldDictPrefix(field, []byte(prefix))
	if err != nil {
		return nil, err
	}
	var terms []string
	for entry, err := dict.Next(); err == nil && entry != nil && len(terms) < expandMost; entry, err = dict.Next() {
		terms = append(terms, entry.Term)
	}
	dict.Close()
	if len(terms) == 0 {
		return nil, nil
	}
	// Without scores the lists of documents are joined at once, which is many times
	// faster; how often a single character stands in a text says nothing.
	return searcher.NewMultiTermSearcher(s.ctx, s.reader, terms, field, 1, bleve.SearcherOptions{Score: "none"}, false)
}

// stands looks for a term in a document or, if that counts, around it.
func (s *session) stands(t string) (bleve.Searcher, error) {
	w, err := s.one(fieldTerms, t)
	if err != nil || !s.around {
		return w, err
	}
	around, err := s.one(fieldAlso, t)
	if err != nil || around == nil {
		return w, err
	}
	if w == nil {
		return around, nil
	}
	return s.any([]bleve.Searcher{w, around}, 1)
}

// one looks for one term in a field; nil when no document has it.
func (s *session) one(field, term string) (bleve.Searcher, error) {
	w, err := searcher.NewTermSearcher(s.ctx, s.reader, term, field, 1, options)
	if err != nil {
		return nil, err
	}
	if w.Count() == 0 {
		w.Close()
		return nil, nil
	}
	return w, nil
}

func (s *session) any(list []bleve.Searcher, least int) (bleve.Searcher, error) {
	switch {
	case len(list) == 0:
		return nil, nil
	case len(list) == 1:
		return list[0], nil
	}
	return searcher.NewDisjunctionSearcher(s.ctx, s.reader, list, math.Max(1, float64(least)), options)
}

func closeAll(list []bleve.Searcher) {
	for _, w := range list {
		w.Close()
	}
}
