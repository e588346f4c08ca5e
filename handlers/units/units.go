// Package units serves the tree of governments and departments, to the public and
// to administrators.
package units

import (
	"net/url"
	"strconv"
	"time"

	"minyi/app/units"
	"minyi/frontend"
	pages "minyi/frontend/pages/units"
	"minyi/handlers/web"
	"minyi/models"
)

type handler struct{ s *units.Service }

// Mount adds the routes.
func Mount(r *web.Router, s *units.Service) {
	h := handler{s}
	r.Page("GET", "/units", web.Public, h.list)
	r.Page("GET", "/units/:slug", web.Public, h.show)
	r.Page("GET", "/admin/units", web.AdminsOnly, h.admin)
	r.Page("GET", "/admin/units/new", web.AdminsOnly, h.add)
	r.Page("POST", "/admin/units/new", web.AdminsOnly, h.doAdd)
	r.Page("GET", "/admin/units/:id", web.AdminsOnly, h.edit)
	r.Page("POST", "/admin/units/:id", web.AdminsOnly, h.doEdit)
	r.Page("GET", "/admin/units/:id/move", web.AdminsOnly, h.move)
	r.Page("POST", "/admin/units/:id/move", web.AdminsOnly, h.doMove)
}

func level(c *web.Ctx, l models.Level) string { return c.T("units.level_" + string(l)) }

func rows(c *web.Ctx, nodes []*units.Node) []pages.Unit {
	var list []pages.Unit
	for _, n := range nodes {
		list = append(list, pages.Unit{ID: n.ID, Slug: n.Slug, Name: n.Name(c.Lang()), Level: level(c, n.Level), Depth: n.Depth, Children: rows(c, n.Children)})
	}
	return list
}

func (h handler) list(c *web.Ctx) error {
	c.Depends(time.Time{}, "units")
	tree, err := h.s.Tree(c.UserContext())
	if err != nil {
		return err
	}
	p := pages.ListPage{Frame: c.Frame(c.T("units.title")), Units: rows(c, tree)}
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("units.title")}}
	return c.Render(pages.List(p))
}

// statusKinds colour a status; the word says it.
var statusKinds = map[models.Status]string{models.StatusOpen: "ok", models.StatusScheduled: "info", models.StatusClosed: "warn", models.StatusAnswered: "info", models.StatusWithdrawn: "bad"}

func (h handler) show(c *web.Ctx) error {
	// States change with the clock, so the page lives only until the next change.
	c.Depends(c.Now().Add(time.Minute), "units", "consultations")
	out, err := h.s.Show(c.UserContext(), c.Params("slug"))
	if err != nil {
		return err
	}
	p := pages.ShowPage{Frame: c.Frame(out.Name(c.Lang())), Level: level(c, out.Level), Phone: out.Phone, Email: out.Email, Children: rows(c, out.Children)}
	if c.Has("/search") {
		p.AnswersURL = c.URL("/search") + "?kind=answer&unit=" + url.QueryEscape(out.Slug) + "&sort=date"
	}
	p.Address = out.AddressZH
	if c.Lang() == "en" && out.AddressEN != "" {
		p.Address = out.AddressEN
	}
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("units.title"), URL: "/units"}}
	for _, u := range out.Above {
		p.Crumbs = append(p.Crumbs, frontend.Crumb{Text: u.Name(c.Lang()), URL: "/units/" + u.Slug})
	}
	p.Crumbs = append(p.Crumbs, frontend.Crumb{Text: p.Title})
	for _, x := range out.Consultations {
		status := x.Status(c.Now())
		row := pages.Consultation{ID: x.ID, Title: x.Title(c.Lang()), Unit: out.Names[x.UnitID].Name(c.Lang()), Status: c.T("units.status_" + string(status)), Kind: statusKinds[status]}
		if status == models.StatusOpen && x.ClosesAt != nil {
			row.ClosesAt = *x.ClosesAt
		}
		p.Consultations = append(p.Consultations, row)
	}
	return c.Render(pages.Show(p))
}

// readMark is when a form was read, so that a stale one is noticed.
func readMark(t time.Time) string { return strconv.FormatInt(t.UnixMicro(), 10) }

func parseMark(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
