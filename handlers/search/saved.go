package search

import (
	"net/url"
	"strings"

	"minyi/app/search"
	"minyi/frontend"
	pages "minyi/frontend/pages/search"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// saved lists what the reader saved.
func (h *handler) saved(c *web.Ctx) error {
	list, err := h.s.Saved(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.SavedPage{Frame: c.Frame(c.T("search.saved_title")), Form: parts.NewForm(nil)}
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("search.title"), URL: "/search"}, {Text: p.Title}}
	for _, s := range list {
		p.List = append(p.List, pages.Saved{ID: s.ID, Text: h.name(c, s), URL: "/search?" + s.Query + "&sort=date", Mail: s.Notify, At: s.CreatedAt})
	}
	return c.Render(pages.SavedList(p))
}

// name says in words what a saved search looks for.
func (h *handler) name(c *web.Ctx, s models.SavedSearch) string {
	values, err := url.ParseQuery(s.Query)
	if err != nil {
		return s.Query
	}
	ask := search.AskOf(values)
	var says []string
	if ask.Text != "" {
		says = append(says, c.T("search.quoted", "text", ask.Text))
	}
	for _, v := range values["kind"] {
		says = append(says, c.T("search.kind_"+v))
	}
	for _, f := range fields {
		for _, v := range ask.Choices[f.facet] {
			if text := h.text(c, f.facet, v, nil); text != "" {
				says = append(says, text)
			}
		}
	}
	if len(says) == 0 {
		return c.T("search.saved_clause")
	}
	return strings.Join(says, c.T("search.joiner"))
}

func (h *handler) save(c *web.Ctx) error {
	if err := h.s.Save(c.UserContext(), c.Who, c.FormValue("query"), true); err != nil {
		return err
	}
	return c.SeeWith("/search/saved", "search.saved_done")
}

func (h *handler) forget(c *web.Ctx) error {
	if err := h.s.Forget(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SeeWith("/search/saved", "search.saved_removed")
}
