package hearings

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	"minyi/app/kit/feed"
	"minyi/frontend"
	pages "minyi/frontend/pages/hearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

const (
	listPage   = 20
	feedLength = 40
)

// views are the halves of the list.
var views = []string{"next", "past"}

// list shows hearings to come or, with ?view=past, those that are over.
func (h handler) list(c *web.Ctx) error {
	c.Depends(c.Now().Add(5*time.Minute), "hearings", "units")
	view := c.Query("view", "next")
	if !slices.Contains(views, view) {
		view = "next"
	}
	q := hearings.Query{Past: view == "past", Kind: models.HearingKind(c.Query("kind")), UnitSlug: c.Query("unit"), Limit: listPage}
	p := pages.ListPage{Frame: c.Frame(c.T("hearings.title")), Form: parts.NewForm(map[string]string{"view": view})}
	if q.Kind != "" && q.Kind != models.KindHearing && q.Kind != models.KindForum {
		q.Kind, p.Filter.Ignored = "", c.T("hearings.ignored")
	}
	if after, err := h.cursors.Decode("hearings-page|"+view, c.Query("after")); err == nil && len(after) == 2 {
		if at, err := time.Parse(time.RFC3339Nano, after[0]); err == nil {
			q.After = &models.HearingPlace{StartsAt: at, ID: after[1]}
		}
	}
	rows, next, err := h.s.List(c.UserContext(), q)
	if models.KindOf(err) == models.Invalid {
		q.UnitSlug, p.Filter.Ignored = "", c.T("hearings.ignored")
		rows, next, err = h.s.List(c.UserContext(), q)
	}
	if err != nil {
		return err
	}
	units, err := h.s.Units(c.UserContext())
	if err != nil {
		return err
	}
	p.Nav, p.Meta.Feed, p.Meta.Description = "hearings", "/hearings.atom", c.T("hearings.lede")
	p.Path = "/hearings"
	if view == "past" {
		p.Path += "?view=past"
	}
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: p.Title}}
	for _, v := range views {
		p.Tabs = append(p.Tabs, parts.Tab{Text: c.T("hearings.view_" + v), URL: c.URL("/hearings" + map[string]string{"next": "", "past": "?view=past"}[v]), Current: v == view})
	}
	p.Units, p.Kinds = []parts.Option{{Text: c.T("consultations.filter_all")}}, []parts.Option{{Text: c.T("consultations.filter_all")}}
	for _, u := range units {
		p.Units = append(p.Units, parts.Option{Value: u.Slug, Text: strings.Repeat("　", max(0, strings.Count(u.Path, "/")-2)) + u.Name(c.Lang())})
	}
	for _, k := range []models.HearingKind{models.KindHearing, models.KindForum} {
		p.Kinds = append(p.Kinds, parts.Option{Value: string(k), Text: c.T("hearings.kind_" + string(k))})
	}
	p.Form.Values["unit"], p.Form.Values["kind"] = q.UnitSlug, string(q.Kind)
	p.Filter.Action = c.URL("/hearings")
	for _, r := range rows {
		p.Rows = append(p.Rows, row(c, r))
	}
	p.Filter.Result = c.Words.N("hearings.found", len(rows))
	p.Pager.Label = c.T("hearings.pages")
	if next != nil {
		v := url.Values{"after": {h.cursors.Encode("hearings-page|"+view, next.StartsAt.UTC().Format(time.RFC3339Nano), next.ID)}, "view": {view}}
		for _, k := range []string{"unit", "kind"} {
			if s := p.Form.Value(k); s != "" {
				v.Set(k, s)
			}
		}
		p.Pager.Next = c.URL("/hearings") + "?" + v.Encode()
	}
	p.FeedURL, p.YearURL = c.URL("/hearings.atom"), c.URL("/hearings/year")
	return c.Render(pages.List(p))
}

func row(c *web.Ctx, r hearings.Row) pages.Row {
	state := r.State(c.Now())
	out := pages.Row{Title: r.Title(c.Lang()), URL: "/hearings/" + r.ID, Unit: r.Unit.Name(c.Lang()), Kind: string(r.Kind), State: string(state), Place: r.Place(c.Lang()), StartsAt: moment(r.StartsAt), EndsAt: moment(r.EndsAt)}
	switch state {
	case models.HearingOpen:
		out.At = moment(r.SignupClosesAt)
		left := 0
		for _, k := range r.Categories {
			if k.Method != models.ByDraw {
				left += k.Seats - k.Taken
			}
		}
		if left > 0 {
			out.Seats = c.Words.N("hearings.seats_left", left)
		}
	case models.HearingBefore:
		out.At = moment(r.SignupOpensAt)
	}
	return out
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// year shows the calendar of participation against the promise.
func (h handler) year(c *web.Ctx) error {
	c.Depends(web.Midnight(c.Now(), frontend.Zone()), "hearings", "units", "rules")
	year := c.Now().In(frontend.Zone()).Year()
	if given := c.Params("year"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 2000 || n > 2999 {
			return models.ErrNotFound
		}
		year = n
	}
	rows, err := h.s.Year(c.UserContext(), year)
	if err != nil {
		return err
	}
	title, query := c.T("hearings.year_title", "year", year), ""
	if slug := c.Query("unit"); slug != "" {
		i := slices.IndexFunc(rows, func(r hearings.YearRow) bool { return r.Unit.Slug == slug })
		if i < 0 {
			return models.ErrNotFound
		}
		top := rows[i]
		rows = slices.DeleteFunc(rows, func(r hearings.YearRow) bool { return !r.Unit.Under(top.Unit.Path) })
		for i := range rows {
			rows[i].Depth -= top.Depth
		}
		title, query = c.T("hearings.year_in", "year", year, "unit", top.Unit.Name(c.Lang())), "?unit="+url.QueryEscape(slug)
	}
	p := pages.YearPage{Frame: c.Frame(title), Year: year, Prev: c.URL("/hearings/year/"+strconv.Itoa(year-1)) + query, Next: c.URL("/hearings/year/"+strconv.Itoa(year+1)) + query}
	p.Promise, p.Sources = promises(c, rows)
	last, err := h.s.LastCall(c.UserContext(), year)
	if err != nil {
		return err
	}
	p.Note = c.T("hearings.year_note", "date", c.Words.Date(last))
	p.Nav = "hearings"
	p.Path = "/hearings/year/" + strconv.Itoa(year) + query
	if query != "" {
		p.All = c.URL("/hearings/year/" + strconv.Itoa(year))
	}
	p.Crumbs = []frontend.Crumb{{Text: c.T("consultations.home"), URL: "/"}, {Text: c.T("hearings.title"), URL: "/hearings"}, {Text: title}}
	p.Table = parts.TableProps{Narrow: true, Caption: title, HideCaption: true, Columns: []parts.Column{{Text: c.T("hearings.year_unit")}, {Text: c.T("hearings.year_promised"), Number: true}, {Text: c.T("hearings.year_held"), Number: true}, {Text: c.T("hearings.year_scheduled"), Number: true}, {Text: c.T("hearings.year_overdue"), Number: true}}, Empty: c.T("hearings.none")}
	var events []hearings.Row
	for _, r := range rows {
		for _, e := range r.Events {
			events = append(events, hearings.Row{Hearing: e, Unit: r.Unit})
		}
		if r.Unit.Level == models.Department && r.OwnHeld+r.OwnScheduled == 0 {
			continue // a department without events says nothing: its government counts
		}
		promised, overdue := strconv.Itoa(r.Promised), strconv.Itoa(r.Overdue)
		if r.Unit.Level == models.Department {
			promised, overdue = "–", "–"
		}
		p.Table.Rows = append(p.Table.Rows, parts.TableRow{Cells: []parts.Cell{{Part: pages.UnitCell(strings.Repeat("　", r.Depth), r.Unit.Name(c.Lang()), c.URL("/hearings/year/"+strconv.Itoa(year))+"?unit="+url.QueryEscape(r.Unit.Slug))}, {Text: promised}, {Text: strconv.Itoa(r.Held)}, {Text: strconv.Itoa(r.Scheduled)}, {Text: overdue}}})
	}
	slices.SortStableFunc(events, func(a, b hearings.Row) int { return a.StartsAt.Compare(*b.StartsAt) })
	for _, e := range events {
		name := c.T("hearings.month_" + strconv.Itoa(int(e.StartsAt.In(frontend.Zone()).Month())))
		if n := len(p.Months); n == 0 || p.Months[n-1].Name != name {
			p.Months = append(p.Months, pages.Month{Name: name})
		}
		last := &p.Months[len(p.Months)-1]
		last.Rows = append(last.Rows, row(c, e))
	}
	return c.Render(pages.Year(p))
}

// promises say how many large events the units of a calendar promise, and which rule of
// whom says so.
func promises(c *web.Ctx, rows []hearings.YearRow) (promise string, sources []string) {
	names := map[string]string{}
	for _, r := range rows {
		names[r.Unit.ID] = r.Unit.Name(c.Lang())
	}
	numbers := map[int]bool{}
	for _, r := range rows {
		if r.Unit.Level == models.Department {
			continue
		}
		numbers[r.Promised] = true
		from := c.T("hearings.year_rule_site")
		if r.Rule.UnitID != "" {
			if from = names[r.Rule.UnitID]; from == "" {
				from = c.T("hearings.year_rule_above")
			}
		}
		says := c.T("hearings.year_source", "from", from, "n", r.Promised, "source", words(c.Lang(), r.Rule.Source))
		if r.Rule.Key != "" && !slices.Contains(sources, says) {
			sources = append(sources, says)
		}
	}
	for n := range numbers {
		promise = c.T("hearings.year_promise", "n", n)
	}
	if len(numbers) > 1 {
		promise = c.T("hearings.year_promises")
	}
	return promise, sources
}

// feed answers hearings as Atom, the newest announced first.
func (h handler) feed(c *web.Ctx) error {
	c.Depends(web.Midnight(c.Now(), frontend.Zone()), "hearings", "units")
	rows, _, err := h.s.List(c.UserContext(), hearings.Query{Both: true, Limit: feedLength})
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b hearings.Row) int { return b.PublishedAt.Compare(*a.PublishedAt) })
	host := hostOf(c.PublicURL())
	out := feed.Feed{Title: c.T("hearings.title") + " – " + c.Frame("").Site.Name, Lang: c.Words.HTMLLang, Page: c.Absolute("/hearings"), Self: c.Absolute("/hearings.atom"), Author: c.Frame("").Site.Name}
	out.ID, out.Updated = out.Self, c.Now().Truncate(24*time.Hour)
	for _, r := range rows {
		says := c.T("hearings.state_"+string(r.State(c.Now()))) + " · " + c.Words.DateTime(*r.StartsAt) + " · " + r.Place(c.Lang())
		updated := r.UpdatedAt
		if updated.Before(*r.PublishedAt) {
			updated = *r.PublishedAt
		}
		out.Entries = append(out.Entries, feed.Entry{ID: feed.TagID(host, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "hearing/"+r.ID), Title: r.Title(c.Lang()), Page: c.Absolute("/hearings/" + r.ID), Published: *r.PublishedAt, Updated: updated, Summary: says, Author: r.Unit.Name(c.Lang())})
	}
	var body strings.Builder
	if err := feed.Write(&body, out); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, feed.MediaType)
	return c.SendString(body.String())
}

func hostOf(public string) string {
	_, host, _ := strings.Cut(public, "://")
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	return host
}
