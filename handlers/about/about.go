// Package about serves what the site says about itself: help, privacy, the
// accessibility statement, the map of the site and the rules for crawlers.
package about

import (
	"strconv"
	"time"

	"minyi/app/administration"
	"minyi/app/consultations"
	"minyi/frontend"
	pages "minyi/frontend/pages/about"
	"minyi/handlers/web"
	"minyi/models"
)

// Pages are the names of the pages that the footer may link.
var Pages = []string{"help", "privacy", "accessibility", "sitemap"}

// fallbackPhone is the hotline of every Chinese government; a site may name its own.
const fallbackPhone = "12345"

// section is a heading of a page of prose and how many sentences follow it.
type section struct {
	key   string
	texts int
}

// prose lists the sections of each page; the words are in the locales.
var prose = map[string][]section{
	"help":    {{"part", 3}, {"basket", 3}, {"receipt", 3}, {"account", 3}, {"appeal", 3}},
	"privacy": {{"purpose", 3}, {"name", 2}, {"kept", 1 + len(administration.Terms) + 1}, {"rights", 5}, {"device", 2}},
	"access":  {{"done", 4}, {"tested", 2}, {"limits", 3}, {"contact", 1}},
}

type handler struct {
	s     *consultations.Service
	admin *administration.Service
}

// Mount adds the routes.
func Mount(r *web.Router, s *consultations.Service, admin *administration.Service) {
	h := handler{s, admin}
	r.Page("GET", "/help", web.Public, h.text("help"))
	r.Page("GET", "/privacy", web.Public, h.text("privacy"))
	r.Page("GET", "/accessibility", web.Public, h.text("access"))
	r.Page("GET", "/sitemap", web.Public, h.sitemap)
	r.Page("GET", "/robots.txt", web.Public, robots)
}

// text serves a page of prose; what is said about terms takes its numbers from the
// settings.
func (h handler) text(name string) web.Handler {
	return func(c *web.Ctx) error {
		c.Depends(time.Time{}) // only what the site says about itself changes it
		p := pages.TextPage{Frame: c.Frame(c.T("about." + name + "_title")), Lede: c.T("about." + name + "_lede")}
		phone := p.Site.Hotline
		if phone == "" {
			phone = fallbackPhone
		}
		days, err := h.admin.Retention(c.UserContext())
		if err != nil {
			return err
		}
		args := []any{"phone", phone}
		for _, t := range administration.Terms {
			args = append(args, t.Key, days[t.Key])
		}
		for _, s := range prose[name] {
			key := "about." + name + "_" + s.key
			out := pages.Section{ID: s.key, Title: c.T(key)}
			for n := 1; n <= s.texts; n++ {
				out.Texts = append(out.Texts, c.T(key+"_"+strconv.Itoa(n), args...))
			}
			p.Sections = append(p.Sections, out)
		}
		if p.Site.Host != "" {
			p.Host = c.T("about.host", "host", p.Site.Host)
		}
		p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: p.Title}}
		p.Meta.Description = p.Lede
		return c.Render(pages.Text(p))
	}
}

// sitemap lists the areas of the site and every consultation that is open now.
func (h handler) sitemap(c *web.Ctx) error {
	c.Depends(c.Now().Add(time.Minute), "consultations")
	open, err := h.open(c)
	if err != nil {
		return err
	}
	p := pages.MapPage{Frame: c.Frame(c.T("about.sitemap_title"))}
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: p.Title}}
	about := pages.Group{Title: c.T("about.sitemap_about")}
	for _, name := range Pages[:3] {
		about.Links = append(about.Links, pages.Link{Text: c.T("frame.page_" + name), URL: "/" + name})
	}
	about.Links = append(about.Links, pages.Link{Text: c.T("frame.page_developers"), URL: "/developers"})
	p.Groups = []pages.Group{{Title: c.T("about.sitemap_areas"), Links: []pages.Link{
		{Text: c.T("about.area_home"), URL: "/"}, {Text: c.T("about.area_consultations"), URL: "/consultations"},
		{Text: c.T("frame.nav_hearings"), URL: "/hearings"}, {Text: c.T("about.area_live"), URL: "/live"},
		{Text: c.T("frame.search"), URL: "/search"}, {Text: c.T("about.area_units"), URL: "/units"}, {Text: c.T("about.area_receipt"), URL: "/r"},
		{Text: c.T("about.area_me"), URL: "/me"}, {Text: c.T("about.area_sign_in"), URL: "/signin"},
		{Text: c.T("about.area_reading"), URL: frontend.ReadingPath},
		{Text: c.T("about.area_feed"), URL: "/consultations.atom"}, {Text: c.T("about.area_answers"), URL: "/answers.atom"},
	}}, {Title: c.T("about.sitemap_open"), Empty: c.T("about.sitemap_none"), Links: open}, about}
	return c.Render(pages.Map(p))
}

// open links every open consultation, over all pages of the list.
func (h handler) open(c *web.Ctx) (links []pages.Link, err error) {
	for page := 1; ; page++ {
		l, err := h.s.List(c.UserContext(), consultations.Filter{Status: models.StatusOpen}, page)
		if err != nil {
			return nil, err
		}
		for _, x := range l.Rows {
			link := pages.Link{Text: x.Title(c.Lang()), URL: "/consultations/" + x.ID}
			if x.ClosesAt != nil {
				link.Note = c.T("about.until", "date", c.Words.Date(*x.ClosesAt))
			}
			links = append(links, link)
		}
		if page >= l.Pages {
			return links, nil
		}
	}
}

// personal are the areas that crawlers stay away from.
var personal = []string{"/r/", "/r?", "/me", "/desk", "/admin", "/signin", "/reading", "/consultations/*/basket"}

// robots keeps crawlers away from what is personal, in both languages.
func robots(c *web.Ctx) error {
	text := "User-agent: *\nDisallow: /api/\n"
	for _, path := range personal {
		text += "Disallow: " + path + "\nDisallow: /en" + path + "\n"
	}
	c.Type("txt", "utf-8")
	return c.SendString(text)
}
