package administration

import (
	"net/url"
	"strings"
	"time"

	"minyi/frontend"
	pages "minyi/frontend/pages/administration"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

const auditRows = 50

// audit lists what was done. Filters that make no sense narrow to nothing rather
// than being an error: the page is a tool for looking.
func (h handler) audit(c *web.Ctx) error {
	form := parts.NewForm(nil)
	q := url.Values{}
	for _, name := range []string{"name", "about", "by", "from", "to"} {
		form.Values[name] = strings.TrimSpace(c.Query(name))
		if form.Values[name] != "" {
			q.Set(name, form.Values[name])
		}
	}
	f := models.AuditFilter{Name: form.Value("name"), About: form.Value("about"), By: form.Value("by"), Limit: auditRows}
	if t, err := time.ParseInLocation(time.DateOnly, form.Value("from"), frontend.Zone()); err == nil {
		f.From = t
	}
	if t, err := time.ParseInLocation(time.DateOnly, form.Value("to"), frontend.Zone()); err == nil {
		f.To = t.AddDate(0, 0, 1)
	}
	if before := c.Query("before"); models.IsID(before) {
		f.Before = before
	}
	list, names, err := h.s.Audit(c.UserContext(), c.Who, f)
	if err != nil {
		return err
	}
	p := pages.AuditPage{Frame: c.AdminFrame(c.T("administration.nav_audit"), "/admin/audit"), Form: form}
	for _, a := range list {
		who := names[a.By]
		if who == "" {
			who = c.T("administration.resident")
		}
		if a.By == "system" || a.By == "p:system" {
			who = c.T("administration.system")
		}
		filter := func(key, value string) string {
			if value == "" {
				return "" // a link needs words
			}
			return c.URL("/admin/audit?" + url.Values{key: {value}}.Encode())
		}
		detail := a.Detail
		if a.Reason != "" {
			detail = strings.TrimSpace(a.Reason + " " + detail)
		}
		p.Rows = append(p.Rows, parts.TableRow{Cells: []parts.Cell{
			{Text: c.Words.DateTime(a.At)}, {Text: who, URL: filter("by", a.By)}, {Text: a.Name, URL: filter("name", a.Name)}, {Text: a.About, URL: filter("about", a.About)}, {Part: pages.Detail(detail)},
		}})
	}
	if len(list) == auditRows {
		q.Set("before", list[len(list)-1].ID)
		p.Next = c.URL("/admin/audit?" + q.Encode())
	}
	return c.Render(pages.Audit(p))
}
