package web

import (
	"slices"

	"minyi/frontend"
	"minyi/models"
)

// partAreas are the areas for administrators of a part of the tree.
var partAreas = []string{"/admin/units", "/admin/people"}

// adminAreas are the areas of the administration: address, text, icon.
var adminAreas = [][3]string{
	{"/admin", "administration.nav_overview", "home"},
	{"/admin/units", "administration.nav_units", "box"},
	{"/admin/people", "administration.nav_people", "people"},
	{"/admin/site", "administration.nav_site", "info"},
	{"/admin/holidays", "administration.nav_holidays", "calendar"},
	{"/admin/rules", "administration.nav_rules", "clock"},
	{"/admin/retention", "administration.nav_retention", "trash"},
	{"/admin/letters", "administration.nav_letters", "mail"},
	{"/admin/audit", "administration.nav_audit", "search"},
}

// AdminFrame is [Ctx.Frame] for a page of the administration, in the area with the
// given address.
func (c *Ctx) AdminFrame(title, area string) frontend.Frame {
	f := c.Frame(title)
	f.Meta.Robots = "noindex"
	for _, a := range adminAreas {
		if !c.whole() && !slices.Contains(partAreas, a[0]) {
			continue
		}
		f.DeskNav = append(f.DeskNav, frontend.NavItem{URL: a[0], Text: c.T(a[1]), Icon: a[2], Current: a[0] == area})
	}
	f.Crumbs = []frontend.Crumb{{Text: c.T("frame.admin"), URL: "/admin"}}
	if title != "" && area != "/admin" {
		for _, a := range adminAreas {
			if a[0] == area && c.T(a[1]) != title {
				f.Crumbs = append(f.Crumbs, frontend.Crumb{Text: c.T(a[1]), URL: area})
			}
		}
		f.Crumbs = append(f.Crumbs, frontend.Crumb{Text: title})
	}
	return f
}

// whole says whether the reader administers the whole site, for what the
// navigation offers; the services decide.
func (c *Ctx) whole() bool {
	for _, r := range c.Who.Roles {
		if r.Name == models.Administrator && r.Unit.ParentID == "" {
			return true
		}
	}
	return false
}
