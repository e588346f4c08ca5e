package web

import (
	"minyi/frontend"
)

// deskAreas are the areas of the officers' desk: address, text, icon.
var deskAreas = [][3]string{
	{"/desk", "drafting.nav_home", "home"},
	{"/desk/queue", "drafting.nav_queue", "comment"},
	{"/desk/templates", "answers.templates", "file"},
	{"/desk/live", "rooms_pages.desk_title", "speaker"},
	{"/desk/hearings", "hearings.title", "hearing"},
	{"/desk/new", "drafting.nav_new", "plus"},
	{"/desk/search", "search.nav_desk", "search"},
}

// DeskFrame is [Ctx.Frame] for a page of the officers' desk, in the area with the
// given address. further are the steps between the desk and this page.
func (c *Ctx) DeskFrame(title, area string, further ...frontend.Crumb) frontend.Frame {
	f := c.Frame(title)
	f.Meta.Robots = "noindex"
	for _, a := range deskAreas {
		if a[0] != "/desk" && !c.r.has("GET", a[0]) {
			continue
		}
		f.DeskNav = append(f.DeskNav, frontend.NavItem{URL: a[0], Text: c.T(a[1]), Icon: a[2], Current: a[0] == area})
	}
	if c.OriginalPath() != "/desk" {
		f.Crumbs = append([]frontend.Crumb{{Text: c.T("frame.desk"), URL: "/desk"}}, further...)
		f.Crumbs = append(f.Crumbs, frontend.Crumb{Text: title})
	}
	return f
}
