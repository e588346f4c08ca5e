package meili

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"minyi/search"
)

// wordsMost is how many words of a query the server looks at.
const wordsMost = 10

// Search finds documents. Errors: [search.ErrAway].
func (e *Engine) Search(ctx context.Context, q search.Query) (search.Result, error) {
	q.Clamp()
	u := search.Understand(q.Text)
	empty := search.Result{Understood: u, Facets: map[search.Facet]map[string]int{}}
	if q.Similar {
		text := writeAll(search.SimilarTerms(q.Text, wordsMost))
		if text == "" {
			return empty, nil
		}
		return e.ask(ctx, q, u, text, meilisearch.Frequency)
	}
	if u.Empty() && q.Text != "" {
		return empty, nil
	}
	text := words(u)
	out, err := e.ask(ctx, q, u, text, meilisearch.All)
	if err != nil || out.Total > 0 || len(u.Terms) == 0 {
		return out, err
	}
	if len(q.Filters) > 0 || q.Clause != "" { // the filters may be why
		found, err := e.ask(ctx, search.Query{Limit: 1}, u, text, meilisearch.All)
		if err != nil || found.Total > 0 {
			return out, err
		}
	}
	loose, err := e.loose(ctx, q, u)
	loose.Loose = loose.Total > 0
	return loose, err
}

// loose leaves out the rarest terms, one after the other and at most half of them,
// until something is found: pairs of characters across two words are in no text, and
// neither is a word that nobody wrote. The clause that is asked for is kept as long as
// any word stands beside it. Of what somebody said at length the rarest words will do.
func (e *Engine) loose(ctx context.Context, q search.Query, u search.Understood) (search.Result, error) {
	terms := loosely(u)
	if len(terms) < 2 {
		return e.ask(ctx, q, u, strings.Join(terms, " "), meilisearch.All)
	}
	var each []*meilisearch.SearchRequest
	for _, t := range terms {
		each = append(each, &meilisearch.SearchRequest{Query: t + " ", Limit: 1, AttributesToRetrieve: []string{"id"}})
	}
	found, err := e.search(ctx, each...)
	if err != nil {
		return search.Result{}, err
	}
	order := make([]int, len(terms))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(found[a].EstimatedTotalHits, found[b].EstimatedTotalHits)
	})
	var reduced []*meilisearch.SearchRequest
	var texts []string
	for _, without := range leaveOut(order, u.Clause != "") {
		var kept []string
		for i, t := range terms {
			if !slices.Contains(without, i) {
				kept = append(kept, t)
			}
		}
		texts = append(texts, strings.Join(kept, " ")+" ")
		reduced = append(reduced, &meilisearch.SearchRequest{Query: texts[len(texts)-1], MatchingStrategy: meilisearch.All, Limit: 1, AttributesToRetrieve: []string{"id"}, Filter: filter(q, "")})
	}
	if found, err = e.search(ctx, reduced...); err != nil {
		return search.Result{}, err
	}
	for i, f := range found {
		if f.EstimatedTotalHits > 0 {
			return e.ask(ctx, q, u, texts[i], meilisearch.All)
		}
	}
	if len(terms) >= atLength {
		return e.ask(ctx, q, u, strings.Join(terms, " ")+" ", meilisearch.Frequency)
	}
	return search.Result{Understood: u, Facets: map[search.Facet]map[string]int{}}, nil
}

// atLength is how many terms make a query that was said at length.
const atLength = 6

// leaveOut lists what is left out in turn: first without the address, which is term 0,
// until one word stands beside it; then of all terms at most half.
func leaveOut(order []int, address bool) [][]int {
	var out [][]int
	if address {
		rest := slices.DeleteFunc(slices.Clone(order), func(i int) bool { return i == 0 })
		for n := 1; n < len(rest); n++ {
			out = append(out, rest[:n])
		}
	}
	for n := 1; n <= (len(order)+1)/2 && n < len(order); n++ {
		out = append(out, order[:n])
	}
	return out
}

// words writes what is looked for. The server knows the synonyms by itself. What is
// more than it looks at stands in quotes, which count as one.
func words(u search.Understood) string {
	n := 0
	for _, t := range u.Terms {
		n += len(t.Forms[0].Terms)
	}
	var parts []string
	if u.Clause != "" {
		parts = append(parts, write(u.AddressTerm()))
	}
	open := true // the last word may go on
	for _, t := range u.Terms {
		f := t.Forms[0]
		text := writeAll(f.Terms)
		if n+len(parts) > wordsMost && len(f.Terms) > 1 {
			text = `"` + text + `"`
		}
		parts = append(parts, text)
		last := f.Terms[len(f.Terms)-1]
		open = t.Prefix && search.MayErr(last+"xxxx") > 0 && len([]rune(last)) > 1
	}
	text := strings.Join(parts, " ")
	if !open || len(u.Terms) == 0 {
		text += " " // a word with a space behind it is complete
	}
	return text
}

// loosely writes single terms, of which some may be missing.
func loosely(u search.Understood) []string {
	var all []string
	if u.Clause != "" {
		all = append(all, write(u.AddressTerm()))
	}
	for _, t := range u.Terms {
		for _, term := range t.Forms[0].Terms {
			if w := write(term); !slices.Contains(all, w) {
				all = append(all, w)
			}
		}
	}
	return all[:min(len(all), wordsMost)]
}

// ask sends the query, and one more for each counted facet that is narrowed itself:
// it is counted under all filters but its own.
func (e *Engine) ask(ctx context.Context, q search.Query, u search.Understood, text string, strategy meilisearch.MatchingStrategy) (search.Result, error) {
	main := &meilisearch.SearchRequest{Query: text, MatchingStrategy: strategy, ShowRankingScore: true, AttributesToRetrieve: []string{"doc"}, Filter: filter(q, ""),
		Limit: int64(max(q.Offset+q.Limit, search.Window)), Facets: []string{string(search.ByKind)}}
	switch q.Sort {
	case search.ByDate:
		main.Sort = []string{"at:desc"}
	case search.BySupport:
		main.Sort = []string{"supports:desc", "at:desc"}
	}
	if text == words(u) && strategy == meilisearch.All && !u.Around() {
		main.AttributesToSearchOn = own
	}
	requests := []*meilisearch.SearchRequest{main}
	var narrowed []search.Facet
	for _, f := range q.Facets {
		if len(q.Filters[f]) > 0 {
			narrowed = append(narrowed, f)
			requests = append(requests, &meilisearch.SearchRequest{Query: text, AttributesToSearchOn: main.AttributesToSearchOn, MatchingStrategy: strategy, AttributesToRetrieve: []string{"id"}, Filter: filter(q, f), Facets: []string{string(f)}, Limit: 1})
		} else if f != search.ByKind {
			main.Facets = append(main.Facets, string(f))
		}
	}
	found, err := e.search(ctx, requests...)
	if err != nil {
		return search.Result{}, err
	}
	return e.result(q, u, found, narrowed)
}

func (e *Engine) result(q search.Query, u search.Understood, found []meilisearch.SearchResponse, narrowed []search.Facet) (search.Result, error) {
	out := search.Result{Understood: u, Facets: map[search.Facet]map[string]int{}}
	counts := map[search.Facet]map[string]int{}
	if err := json.Unmarshal(found[0].FacetDistribution, &counts); err != nil {
		return out, err
	}
	for _, n := range counts[search.ByKind] {
		out.Total += n
	}
	for _, f := range q.Facets {
		if out.Facets[f] = counts[f]; counts[f] == nil {
			out.Facets[f] = map[string]int{}
		}
	}
	for i, f := range narrowed {
		var mine map[search.Facet]map[string]int
		if err := json.Unmarshal(found[i+1].FacetDistribution, &mine); err != nil {
			return out, err
		}
		out.Facets[f] = mine[f]
	}
	for _, raw := range found[0].Hits {
		var h search.Hit
		if err := json.Unmarshal(raw["doc"], &h.Document); err != nil {
			return out, err
		}
		if err := json.Unmarshal(raw["_rankingScore"], &h.Score); err != nil {
			return out, err
		}
		out.Hits = append(out.Hits, h)
	}
	if q.Sort == search.ByRelevance {
		search.Rank(u, out.Hits[:min(len(out.Hits), search.Window)])
	}
	out.Hits = out.Hits[min(q.Offset, len(out.Hits)):]
	out.Hits = out.Hits[:min(q.Limit, len(out.Hits))]
	return out, nil
}

// search sends requests with the key that may only search.
func (e *Engine) search(ctx context.Context, requests ...*meilisearch.SearchRequest) ([]meilisearch.SearchResponse, error) {
	if err := e.ensure(ctx); err != nil {
		return nil, err
	}
	read, err := e.reader(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		r.IndexUID = e.o.Index
	}
	found, err := read.MultiSearchWithContext(ctx, &meilisearch.MultiSearchRequest{Queries: requests})
	if err != nil {
		return nil, away(err)
	}
	return found.Results, nil
}

// filter writes the filters but one, each value as a quoted text.
func filter(q search.Query, but search.Facet) []string {
	out := []string{"kind EXISTS"} // all but the position
	for _, f := range search.Facets {
		if values := q.Filters[f]; len(values) > 0 && f != but {
			out = append(out, string(f)+" IN ["+quoteAll(values)+"]")
		}
	}
	if len(q.Without) > 0 {
		out = append(out, "matter NOT IN ["+quoteAll(q.Without)+"]")
	}
	if q.Clause != "" {
		out = append(out, "clause = "+quote(q.Clause))
	}
	return out
}

func quoteAll(values []string) string {
	list := slices.Clone(values)
	for i, v := range list {
		list[i] = quote(v)
	}
	return strings.Join(list, ", ")
}

var quoting = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func quote(v string) string { return `"` + quoting.Replace(v) + `"` }
