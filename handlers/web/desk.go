package web

import (
	"minyi/frontend"
	"minyi/models"
)

// deskAreas are the areas of the officers' desk, with the roles that have work there;
// none means everybody at the desk.
var deskAreas = []struct {
	url, text, icon string
	roles           []models.RoleName
}{
	{"/desk", "drafting.nav_home", "home", nil},
	{"/desk/queue", "drafting.nav_queue", "comment", []models.RoleName{models.Officer}},
	{"/desk/templates", "answers.templates", "file", []models.RoleName{models.Officer}},
	{"/desk/live", "rooms_pages.desk_title", "speaker", []models.RoleName{models.Officer, models.Moderator}},
	{"/desk/hearings", "hearings.title", "hearing", []models.RoleName{models.Officer, models.Moderator}},
	{"/desk/new", "drafting.nav_new", "plus", []models.RoleName{models.Officer}},
	{"/desk/search", "search.nav_desk", "search", nil},
}

// WorksAt says whether the reader's roles have work in the area of the desk at this
// address, so that nobody is shown a way that ends at a door.
func (c *Ctx) WorksAt(url string) bool {
	for _, a := range deskAreas {
		if a.url == url {
			return c.r.has("GET", url) && (a.roles == nil || c.Who.HasAnywhere(a.roles...))
		}
	}
	return false
}

// DeskFrame is [Ctx.Frame] for a page of the officers' desk, in the area with the
// given address. further are the steps between the desk and this page.
func (c *Ctx) DeskFrame(title, area string, further ...frontend.Crumb) frontend.Frame {
	f := c.Frame(title)
	f.Meta.Robots = "noindex"
	for _, a := range deskAreas {
		if c.WorksAt(a.url) {
			f.DeskNav = append(f.DeskNav, frontend.NavItem{URL: a.url, Text: c.T(a.text), Icon: a.icon, Current: a.url == area})
		}
	}
	if c.OriginalPath() != "/desk" {
		f.Crumbs = append([]frontend.Crumb{{Text: c.T("frame.desk"), URL: "/desk"}}, further...)
		f.Crumbs = append(f.Crumbs, frontend.Crumb{Text: title})
	}
	return f
}
