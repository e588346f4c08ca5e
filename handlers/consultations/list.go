package consultations

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"minyi/app/consultations"
	"minyi/frontend"
	pages "minyi/frontend/pages/consultations"
	"minyi/frontend/pages/home"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// filters are the fields of the list's form, in the order in which they are shown.
var filters = []string{"status", "topic", "area", "unit", "time"}

// filterOf reads the filters of an address; those that make no sense are named.
func filterOf(c *web.Ctx) (f consultations.Filter, ignored []string) {
	f = consultations.Filter{Status: models.Status(c.Query("status")), Topic: c.Query("topic"), Unit: c.Query("unit"), Area: c.Query("area")}
	switch when := c.Query("time"); when {
	case "":
	case "week":
		f.Within = 7 * 24 * time.Hour
	case "month":
		f.From = c.Now().AddDate(0, -1, 0)
	default:
		year, err := strconv.Atoi(when)
		if err != nil || year < 2000 || year > 2999 {
			ignored = append(ignored, "time")
			break
		}
		f.From = time.Date(year, 1, 1, 0, 0, 0, 0, frontend.Zone())
		f.Before = f.From.AddDate(1, 0, 0)
	}
	return f, ignored
}

func (h *handler) list(c *web.Ctx) error {
	c.Depends(time.Time{}, "consultations", "opinions", "answers", "units")
	f, ignored := filterOf(c)
	page, err := strconv.Atoi(c.Query("page", "1"))
	if err != nil {
		page = 1
	}
	l, err := h.s.List(c.UserContext(), f, page)
	if err != nil {
		return err
	}
	keep(c, l.Changes)
	p := pages.ListPage{Frame: c.Frame(c.T("consultations.title"))}
	p.Nav = "consultations"
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: p.Title}}
	p.Meta.Feed, p.Meta.Description = "/consultations.atom", c.T("consultations.lede")
	p.Form = parts.NewForm(nil)
	h.choices(c, &p, l, append(ignored, l.Ignored...))
	for _, r := range l.Rows {
		p.Rows = append(p.Rows, row(c.Words, r, c.Now()))
	}
	p.Path, p.Pager = pager(c, l)
	p.FeedURL = address(c, "/consultations.atom", query(c, "", ""))
	return c.Render(pages.List(p))
}

// choices fills the fields, the chosen filters and the sentences about them.
func (h *handler) choices(c *web.Ctx, p *pages.ListPage, l consultations.Listing, ignored []string) {
	w := c.Words
	all := parts.Option{Text: c.T("consultations.filter_all")}
	p.Statuses, p.Topics, p.Units, p.Areas, p.Times = []parts.Option{all}, []parts.Option{all}, []parts.Option{all}, []parts.Option{all}, []parts.Option{all}
	for _, s := range []models.Status{models.StatusOpen, models.StatusScheduled, models.StatusClosed, models.StatusAnswered} {
		p.Statuses = append(p.Statuses, parts.Option{Value: string(s), Text: c.T("consultations.status_" + string(s))})
	}
	for _, t := range models.Topics {
		p.Topics = append(p.Topics, parts.Option{Value: t, Text: topicName(w, t)})
	}
	for _, u := range l.Units {
		o := parts.Option{Value: u.Slug, Text: u.Name(w.Lang)}
		if u.Level == models.Department {
			p.Units = append(p.Units, o)
		} else {
			o.Text = strings.Repeat("　", max(0, strings.Count(u.Path, "/")-2)) + o.Text
			p.Areas = append(p.Areas, o)
		}
	}
	p.Times = append(p.Times, parts.Option{Value: "week", Text: c.T("consultations.time_week")}, parts.Option{Value: "month", Text: c.T("consultations.time_month")})
	this := c.Now().In(frontend.Zone()).Year()
	for y := this; y > this-5; y-- {
		p.Times = append(p.Times, parts.Option{Value: strconv.Itoa(y), Text: c.T("consultations.time_year", "year", y)})
	}
	options := map[string][]parts.Option{"status": p.Statuses, "topic": p.Topics, "area": p.Areas, "unit": p.Units, "time": p.Times}
	bad := map[string]bool{}
	for _, field := range ignored {
		bad[field] = true
	}
	p.Filter.Action = c.URL("/consultations")
	for _, field := range filters {
		value := c.Query(field)
		if value == "" || bad[field] {
			continue
		}
		p.Form.Values[field] = value
		p.Filter.Chosen = append(p.Filter.Chosen, parts.ChosenFilter{Text: optionText(options[field], value), RemoveURL: address(c, "/consultations", query(c, field, ""))})
	}
	p.Filter.Result = w.N("consultations.found", l.Total)
	if len(ignored) > 0 {
		var names []string
		for _, field := range ignored {
			names = append(names, c.T("consultations.filter_"+field))
		}
		p.Filter.Ignored = c.T("consultations.ignored", "names", strings.Join(names, c.T("compare.joiner")))
	}
}

func optionText(options []parts.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return strings.TrimLeft(o.Text, "　")
		}
	}
	return value
}

// query is the list's address query with one field changed; empty drops it.
func query(c *web.Ctx, field, value string) url.Values {
	q := url.Values{}
	for _, f := range filters {
		if v := c.Query(f); v != "" && f != field {
			q.Set(f, v)
		}
	}
	if value != "" {
		q.Set(field, value)
	}
	return q
}

func address(c *web.Ctx, path string, q url.Values) string {
	if len(q) == 0 {
		return c.URL(path)
	}
	return c.URL(path) + "?" + q.Encode()
}

// pager gives the canonical path of the page and the links around it.
func pager(c *web.Ctx, l consultations.Listing) (path string, p parts.PagerProps) {
	at := func(n int) url.Values {
		if n < 2 {
			return query(c, "", "")
		}
		return query(c, "page", strconv.Itoa(n))
	}
	path = "/consultations"
	if q := at(l.Page); len(q) > 0 {
		path += "?" + q.Encode()
	}
	p.Label = c.T("consultations.pages")
	if l.Pages > 1 {
		p.Where = c.T("consultations.page_of", "n", l.Page, "of", l.Pages)
	}
	if l.Page > 1 {
		p.Prev = address(c, "/consultations", at(l.Page-1))
	}
	if l.Page < l.Pages {
		p.Next = address(c, "/consultations", at(l.Page+1))
	}
	return path, p
}

func row(w *frontend.Words, r consultations.Row, now time.Time) pages.Row {
	status := r.Status(now)
	out := pages.Row{Title: r.Title(w.Lang), URL: "/consultations/" + r.ID, Unit: r.Unit.Name(w.Lang), Topic: topicName(w, r.Topic), Status: string(status), Opinions: int(r.Opinions)}
	switch status {
	case models.StatusScheduled:
		out.At = moment(r.OpensAt)
	case models.StatusOpen:
		out.At = moment(r.ClosesAt)
	case models.StatusClosed:
		out.At = moment(r.ResponseDueAt)
	case models.StatusAnswered:
		out.At = moment(r.AnsweredAt)
	}
	return out
}

func (h *handler) home(c *web.Ctx) error {
	c.Depends(time.Time{}, "consultations", "opinions", "answers", "units", "hearings")
	got, err := h.s.Home(c.UserContext())
	if err != nil {
		return err
	}
	p := home.HomePage{Frame: c.Frame(""), OpenAll: got.OpenAll}
	p.Path = "/"
	p.Title = p.Site.Name
	p.Meta.Feed, p.Meta.Description = "/consultations.atom", c.T("home.lede")
	rows := func(list []consultations.Row) (out []pages.Row) {
		for _, r := range list {
			out = append(out, row(c.Words, r, c.Now()))
		}
		return out
	}
	p.Closing, p.Open, p.Soon, p.Answered = rows(got.Closing), rows(got.Open), rows(got.Soon), rows(got.Answered)
	for i := range p.Answered {
		if h.has("GET " + "/consultations/:id/response") {
			p.Answered[i].URL += "/response"
		}
	}
	if err := h.beside(c, &p); err != nil {
		return err
	}
	changes := []time.Time{got.Changes}
	for _, r := range p.Hearings {
		changes = append(changes, r.At, r.StartsAt, r.EndsAt)
	}
	keep(c, changes...)
	p.Receipts = h.has("GET /r")
	p.Search = p.Site.Search
	return c.Render(home.Home(p))
}

// beside puts what other features know on the home page.
func (h *handler) beside(c *web.Ctx, p *home.HomePage) (err error) {
	if h.nearby.Hearings != nil {
		if p.Hearings, err = h.nearby.Hearings(c); err != nil {
			return err
		}
	}
	if h.nearby.Outcomes == nil || len(p.Answered) == 0 {
		return nil
	}
	said, err := h.nearby.Outcomes(c)
	for i, r := range p.Answered {
		p.Answered[i].Outcome = said[strings.TrimSuffix(strings.TrimPrefix(r.URL, "/consultations/"), "/response")]
	}
	return err
}
