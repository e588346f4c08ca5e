// Package search is how people and programs find things: the search page, the same
// for the desk, suggestions, feeds, saved searches and the API.
package search

import (
	"net/url"
	"strconv"

	"minyi/app/kit/cursor"
	"minyi/app/search"
	"minyi/frontend"
	pages "minyi/frontend/pages/search"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	index "minyi/search"
)

type handler struct {
	s       *search.Service
	cursors *cursor.Signer
}

// Mount adds the routes of searching.
func Mount(r *web.Router, s *search.Service, cursors *cursor.Signer) {
	h := &handler{s, cursors}
	r.Page("GET", "/search", web.Public, h.page)
	r.Page("GET", "/search.atom", web.Public, h.feed)
	r.Page("GET", "/search/suggest", web.Public, h.suggest)
	r.Page("GET", "/search/saved", web.SignedIn, h.saved)
	r.Page("POST", "/search/saved", web.SignedIn, h.save)
	r.Page("POST", "/search/saved/:id/remove", web.SignedIn, h.forget)
	r.Page("GET", "/desk/search", web.DeskOnly, h.desk)
	r.API("GET", "/search", web.Public, h.api)
}

// pageLength is how many hits stand on a page.
const pageLength = 20

// asking is one request for the page.
type asking struct {
	c      *web.Ctx
	ask    search.Ask
	action string
	values url.Values
	page   int
	found  search.Found
}

func read(c *web.Ctx, action string) *asking {
	values := url.Values{}
	for key, value := range c.Request().URI().QueryArgs().All() {
		values.Add(string(key), string(value))
	}
	a := &asking{c: c, action: action, values: values, ask: search.AskOf(values), page: 1}
	if n, err := strconv.Atoi(values.Get("page")); err == nil && n > 1 {
		a.page = min(n, index.OffsetMost/pageLength)
	}
	a.ask.Limit, a.ask.Offset = pageLength, (a.page-1)*pageLength
	return a
}

// asked says whether there is anything to look for.
func (a *asking) asked() bool {
	return a.values.Has("q") && a.ask.Text != "" || a.ask.Clause != "" || len(a.ask.Choices) > 0
}

func (h *handler) page(c *web.Ctx) error {
	a := read(c, "/search")
	p := pages.Page{Frame: c.Frame(c.T("search.title")), Action: a.action}
	p.Nav = "search"
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("search.title")}}
	return h.show(a, p)
}

func (h *handler) desk(c *web.Ctx) error {
	a := read(c, "/desk/search")
	a.ask.Desk = true
	p := pages.Page{Frame: c.DeskFrame(c.T("search.title_desk"), "/desk/search"), Action: a.action}
	return h.show(a, p)
}

// show answers with the page. It is never kept: an index changes a moment after what
// it shows.
func (h *handler) show(a *asking, p pages.Page) error {
	c := a.c
	c.Set("Cache-Control", "private, no-store")
	p.Query, _ = index.Clean(a.ask.Text, index.TextLimit)
	p.Meta.Robots = "noindex"
	p.Form = parts.NewForm(nil)
	if p.Asked = a.asked(); p.Asked {
		var err error
		if a.found, err = h.s.Find(c.UserContext(), c.Who, a.ask); err != nil {
			return err
		}
		if p.Query != "" {
			p.Title = c.T("search.title_of", "query", short(p.Query))
		}
		h.fill(a, &p)
	} else {
		p.Empty = []pages.Link{{Text: c.T("search.start_1")}, {Text: c.T("search.start_2")}, {Text: c.T("search.start_3")}}
	}
	if c.Who.SignedIn() && !a.ask.Desk {
		p.SavedURL = "/search/saved"
	}
	return c.Render(pages.Search(p))
}

// title says what the page shows where nothing was typed: everything about a clause, or
// everything that a unit answered. Empty for other searches.
func (h *handler) title(a *asking) string {
	c, units, kinds := a.c, a.ask.Choices[search.ByUnit], a.ask.Choices[index.ByKind]
	switch {
	case a.ask.Text != "" || a.ask.Desk:
	case a.ask.Clause != "":
		for _, hit := range a.found.Hits {
			if hit.Number != "" {
				return c.T("search.title_about", "clause", web.ClauseNumber(c.Words, hit.Number))
			}
		}
	case len(units) == 1 && len(kinds) == 1 && kinds[0] == string(index.KindAnswer):
		for _, k := range a.found.Counts[search.ByUnit] {
			if k.Value == units[0] {
				return c.T("search.title_answers", "unit", k.Unit.Name(c.Lang()))
			}
		}
	}
	return ""
}

// headingMost is how much of what was typed a heading repeats, in characters; the field
// below it holds all of it.
const headingMost = 40

func short(query string) string {
	text, cut := index.Clean(query, headingMost)
	if cut {
		text += "…"
	}
	return text
}

func (h *handler) fill(a *asking, p *pages.Page) {
	c, f := a.c, a.found
	p.Result = h.result(a)
	p.Notes = h.notes(a)
	if f.Degraded {
		p.Warning = c.T("search.degraded")
	}
	for _, hit := range f.Hits {
		p.Rows = append(p.Rows, row(c, f.Understood, hit, a.ask.Desk))
	}
	if a.ask.Clause != "" {
		p.About, p.AboutURL = h.about(a)
	}
	if title := h.title(a); title != "" {
		p.Title = title
	}
	if !f.Degraded {
		h.tabs(a, p)
		h.facets(a, p)
		h.sorts(a, p)
	}
	h.chosen(a, p)
	h.pager(a, p)
	if len(p.Rows) == 0 {
		p.Empty = h.help(a)
	}
	if !a.ask.Desk {
		p.FeedURL = c.URL("/search.atom") + "?" + search.Canonical(a.values.Encode())
		p.Save, p.SignIn = search.Canonical(a.values.Encode()), !c.Who.SignedIn()
	}
}

// with is the address of the same search with one field changed; empty drops it. The
// page begins anew.
func (a *asking) with(field, value string) string {
	q := url.Values{}
	for k, v := range a.values {
		if known[k] && k != field && k != "page" {
			q[k] = v
		}
	}
	if value != "" {
		q.Set(field, value)
	}
	return a.address(q)
}

// without is the address without one value of a field.
func (a *asking) without(field, value string) string {
	q := url.Values{}
	for k, v := range a.values {
		if !known[k] || k == "page" {
			continue
		}
		for _, one := range v {
			if k != field || one != value {
				q.Add(k, one)
			}
		}
	}
	return a.address(q)
}

func (a *asking) address(q url.Values) string {
	if len(q) == 0 {
		return a.c.URL(a.action)
	}
	return a.c.URL(a.action) + "?" + q.Encode()
}

// known are the fields of the address.
var known = func() map[string]bool {
	all := map[string]bool{"sort": true, "page": true, "state": true}
	for _, p := range search.Params {
		all[p] = true
	}
	return all
}()
