// Package administration serves the pages on which an operator tends the site.
package administration

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"minyi/app/administration"
	"minyi/app/kit/calendar"
	pages "minyi/frontend/pages/administration"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

type handler struct {
	s       *administration.Service
	version string
	indexes func(c *web.Ctx) []pages.Fact
}

// Mount adds the routes. version is shown on the overview, and how the search indexes are.
func Mount(r *web.Router, s *administration.Service, version string, indexes func(c *web.Ctx) []pages.Fact) {
	h := handler{s, version, indexes}
	r.Page("GET", "/admin", web.AdminsOnly, h.show)
	r.Page("GET", "/admin/site", web.AdminsOnly, h.site)
	r.Page("POST", "/admin/site", web.AdminsOnly, h.doSite)
	r.Page("GET", "/admin/holidays", web.AdminsOnly, h.holidays)
	r.Page("POST", "/admin/holidays", web.AdminsOnly, h.doHolidays)
	r.Page("GET", "/admin/rules", web.AdminsOnly, h.rules)
	r.Page("GET", "/admin/rules/:key", web.AdminsOnly, h.rule)
	r.Page("POST", "/admin/rules/:key", web.AdminsOnly, h.doRule)
	r.Page("POST", "/admin/rules/:key/inherit", web.AdminsOnly, h.doInherit)
	r.Page("GET", "/admin/retention", web.AdminsOnly, h.retention)
	r.Page("POST", "/admin/retention", web.AdminsOnly, h.doRetention)
	r.Page("GET", "/admin/audit", web.AdminsOnly, h.audit)
}

// show is the overview; administrators of a part of the tree begin with their
// units.
func (h handler) show(c *web.Ctx) error {
	health, err := h.s.Health(c.UserContext(), c.Who)
	if models.IsNotFound(err) {
		return c.See("/admin/units")
	}
	if err != nil {
		return err
	}
	p := pages.ShowPage{Frame: c.AdminFrame(c.T("administration.nav_overview"), "/admin")}
	state := func(name string, fine bool, text, url string) {
		f := pages.Fact{Name: name, Text: text, URL: url, Kind: "ok", Word: c.T("administration.fine")}
		if !fine {
			f.Kind, f.Word = "bad", c.T("administration.look")
		}
		p.Facts = append(p.Facts, f)
	}
	plain := func(name, text, url string) {
		p.Facts = append(p.Facts, pages.Fact{Name: name, Text: text, URL: url})
	}
	plain(c.T("administration.version"), h.version, "")
	state(c.T("administration.database"), health.Reads == nil && len(health.Pending) == 0, health.Database, "")
	state(c.T("administration.writes"), health.Writes == nil, c.Words.N("administration.waiting", health.Waiting), "")
	plain(c.T("administration.events"), c.Words.Number(int(health.LastEvent)), "")
	plain(c.T("administration.nav_units"), c.Words.Number(health.Units), "/admin/units")
	state(c.T("administration.nav_letters"), health.Letters.Failed == 0, c.T("administration.letters_state", "waiting", health.Letters.Waiting, "failed", health.Letters.Failed), "/admin/letters")
	p.Facts = append(p.Facts, h.indexes(c)...)
	year := c.Now().Year()
	state(c.T("administration.nav_holidays"), health.HolidaysTo >= year, c.T("administration.holidays_to", "year", health.HolidaysTo), "/admin/holidays")
	return c.Render(pages.Show(p))
}

// identity pairs the form's fields with the site's.
func identity(s *administration.Site) map[string]*string {
	return map[string]*string{
		"name_zh": &s.NameZH, "name_en": &s.NameEN, "host_zh": &s.HostZH, "host_en": &s.HostEN, "contact_zh": &s.ContactZH, "contact_en": &s.ContactEN,
		"phone": &s.Phone, "hotline": &s.Hotline, "site_id": &s.SiteID, "icp": &s.ICP, "police": &s.Police, "report_url": &s.ReportURL, "party_url": &s.PartyURL,
	}
}

func (h handler) site(c *web.Ctx) error {
	site, err := h.s.SiteForEdit(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	form := parts.NewForm(nil)
	for name, value := range identity(&site) {
		form.Values[name] = *value
	}
	return showSite(c, form)
}

func showSite(c *web.Ctx, form *parts.Form) error {
	p := pages.SitePage{Frame: c.AdminFrame(c.T("administration.nav_site"), "/admin/site"), Form: form}
	p.Failed = form.Failed()
	return c.Render(pages.Site(p))
}

func (h handler) doSite(c *web.Ctx) error {
	var site administration.Site
	form := parts.NewForm(nil)
	for name, value := range identity(&site) {
		*value = c.FormValue(name)
		form.Values[name] = *value
	}
	err := h.s.ChangeSite(c.UserContext(), c.Who, site)
	if err == nil {
		return c.SeeWith("/admin/site", "administration.saved")
	}
	if c.Refuse(form, err) {
		return showSite(c, form)
	}
	return err
}

func (h handler) holidays(c *web.Ctx) error { return h.showHolidays(c, parts.NewForm(nil)) }

func (h handler) showHolidays(c *web.Ctx, form *parts.Form) error {
	year, err := strconv.Atoi(c.Query("year"))
	if err != nil || year < 2000 || year > 2999 {
		year = c.Now().Year()
	}
	list, years, err := h.s.Holidays(c.UserContext(), c.Who, year)
	if err != nil {
		return err
	}
	p := pages.HolidaysPage{Frame: c.AdminFrame(c.T("administration.nav_holidays"), "/admin/holidays"), Form: form}
	for _, y := range years {
		p.Years = append(p.Years, parts.Tab{Text: strconv.Itoa(y), URL: c.URL("/admin/holidays?year=" + strconv.Itoa(y)), Current: y == year})
	}
	for _, d := range list {
		kind, name := c.T("administration.rest"), d.NameZH
		if d.Work {
			kind = c.T("administration.work")
		}
		if c.Lang() == "en" && d.NameEN != "" {
			name = d.NameEN
		}
		p.Rows = append(p.Rows, parts.TableRow{Cells: []parts.Cell{{Text: d.Day}, {Text: kind}, {Text: name}}})
	}
	p.Failed = form.Failed()
	return c.Render(pages.Holidays(p))
}

func (h handler) doHolidays(c *web.Ctx) error {
	form := parts.NewForm(map[string]string{"csv": c.FormValue("csv")})
	_, err := h.s.ImportHolidays(c.UserContext(), c.Who, c.FormValue("csv"))
	if err == nil {
		return c.SeeWith("/admin/holidays", "administration.imported")
	}
	if c.Refuse(form, err) {
		return h.showHolidays(c, form)
	}
	return err
}

func (h handler) rules(c *web.Ctx) error {
	list, err := h.s.Profiles(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.RulesPage{Frame: c.AdminFrame(c.T("administration.nav_rules"), "/admin/rules")}
	for _, profile := range list {
		open := 0
		for _, r := range profile.Parsed.Rules {
			if !r.Verified {
				open++
			}
		}
		p.Rows = append(p.Rows, parts.TableRow{Cells: []parts.Cell{
			{Text: words(c, profile.Parsed.Name), URL: c.URL("/admin/rules/" + profile.Key)}, {Text: c.Words.Number(len(profile.Parsed.Rules))}, {Text: c.Words.Number(open)},
		}})
	}
	return c.Render(pages.Rules(p))
}

func words(c *web.Ctx, w calendar.Words) string {
	if c.Lang() == "en" {
		return w.En
	}
	return w.Zh
}

func (h handler) rule(c *web.Ctx) error {
	profile, err := h.s.Profile(c.UserContext(), c.Who, c.Params("key"), c.Query("unit"))
	if err != nil {
		return err
	}
	return showRule(c, writtenRules(profile), profile)
}

// writtenRules fills the form from what is kept.
func writtenRules(profile administration.Profile) *parts.Form {
	form := parts.NewForm(nil)
	for _, r := range profile.Parsed.Rules {
		form.Values["number_"+r.Key] = strconv.FormatFloat(r.Number, 'f', -1, 64)
		for box, on := range map[string]bool{"blocking_": r.Blocking, "verified_": r.Verified} {
			if on {
				form.Values[box+r.Key] = "1"
			}
		}
	}
	return form
}

func showRule(c *web.Ctx, form *parts.Form, profile administration.Profile) error {
	p := pages.RulePage{Frame: c.AdminFrame(words(c, profile.Parsed.Name), "/admin/rules"), Form: form, Key: profile.Key, Read: strconv.FormatInt(profile.UpdatedAt.UnixMicro(), 10), Lede: c.T("administration.rule_lede")}
	if profile.Key == calendar.Programme {
		p.Lede = c.T("administration.rule_lede_year")
	}
	for _, r := range profile.Parsed.Rules {
		row := pages.Rule{Key: r.Key, Duty: words(c, r.Duty), Source: words(c, r.Source), CanBlock: r.CanBlock()}
		switch r.Unit {
		case calendar.Days:
			row.Unit = c.T("administration.days")
		case calendar.WorkingDays:
			row.Unit = c.T("administration.working_days")
		case calendar.Fraction:
			row.Unit = c.T("administration.fraction")
		case calendar.Times:
			row.Unit = c.T("administration.times")
		}
		p.Rules = append(p.Rules, row)
	}
	p.Failed = form.Failed()
	there := func(u models.Unit) string { return c.URL("/admin/rules/" + profile.Key + "?unit=" + u.Slug) }
	if p.For = profile.For.Slug; p.For != "" {
		name, from := profile.For.Name(c.Lang()), c.T("administration.rules_of_site")
		if profile.From.ID != "" {
			from = profile.From.Name(c.Lang())
		}
		p.Title = c.T("administration.rules_for", "profile", p.Title, "unit", name)
		p.Says, p.Own, p.SiteURL = c.T("administration.rules_inherited", "unit", name, "from", from), profile.Own, c.URL("/admin/rules/"+profile.Key)
		if p.Own {
			p.Says = c.T("administration.rules_own", "unit", name)
		}
		return c.Render(pages.Profile(p))
	}
	for _, u := range profile.Owners {
		p.Owners = append(p.Owners, pages.Link{Text: u.Name(c.Lang()), URL: there(u)})
	}
	for _, u := range profile.Units {
		p.Units = append(p.Units, parts.Option{Value: u.Slug, Text: strings.Repeat("　", max(0, strings.Count(u.Path, "/")-2)) + u.Name(c.Lang())})
	}
	return c.Render(pages.Profile(p))
}

// doInherit takes a unit's own rules away.
func (h handler) doInherit(c *web.Ctx) error {
	read, _ := strconv.ParseInt(c.FormValue("read"), 10, 64)
	key, unit := c.Params("key"), c.FormValue("unit")
	err := h.s.InheritRules(c.UserContext(), c.Who, key, unit, time.UnixMicro(read).UTC())
	if err == nil {
		return c.SeeWith("/admin/rules/"+url.PathEscape(key), "administration.saved")
	}
	if models.IsNotFound(err) {
		return err
	}
	profile, e := h.s.Profile(c.UserContext(), c.Who, key, unit)
	if e != nil {
		return e
	}
	if form := writtenRules(profile); c.Refuse(form, err) {
		return showRule(c, form, profile)
	}
	return err
}

func (h handler) doRule(c *web.Ctx) error {
	profile, err := h.s.Profile(c.UserContext(), c.Who, c.Params("key"), c.FormValue("unit"))
	if err != nil {
		return err
	}
	form, changes := parts.NewForm(nil), map[string]administration.RuleChange{}
	for _, r := range profile.Parsed.Rules {
		for _, field := range []string{"number_", "blocking_", "verified_"} {
			if v := c.FormValue(field + r.Key); v != "" {
				form.Values[field+r.Key] = v
			}
		}
		changes[r.Key] = administration.RuleChange{Number: c.FormValue("number_" + r.Key), Blocking: form.Chosen("blocking_"+r.Key, "1"), Verified: form.Chosen("verified_"+r.Key, "1")}
	}
	read, _ := strconv.ParseInt(c.FormValue("read"), 10, 64) // anything else was never read, so that it is stale
	err = h.s.ChangeRules(c.UserContext(), c.Who, profile.Key, c.FormValue("unit"), time.UnixMicro(read).UTC(), changes)
	if err == nil {
		if profile.For.ID != "" {
			return c.SeeWith("/admin/rules/"+profile.Key, "administration.saved")
		}
		return c.SeeWith("/admin/rules", "administration.saved")
	}
	if c.Refuse(form, err) {
		return showRule(c, form, profile)
	}
	return err
}
