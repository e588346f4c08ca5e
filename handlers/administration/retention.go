package administration

import (
	"strconv"

	"minyi/app/administration"
	pages "minyi/frontend/pages/administration"
	"minyi/frontend/parts"
	"minyi/handlers/web"
)

func (h handler) retention(c *web.Ctx) error {
	days, err := h.s.RetentionForEdit(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	form := parts.NewForm(nil)
	for key, n := range days {
		form.Values[key] = strconv.Itoa(n)
	}
	return showRetention(c, form)
}

func showRetention(c *web.Ctx, form *parts.Form) error {
	p := pages.RetentionPage{Frame: c.AdminFrame(c.T("administration.nav_retention"), "/admin/retention"), Form: form}
	for _, t := range administration.Terms {
		p.Terms = append(p.Terms, pages.Term{Key: t.Key, Label: c.T("administration.term_" + t.Key), Hint: c.T("administration.term_hint", "least", t.Least, "most", t.Most)})
	}
	p.Failed = form.Failed()
	return c.Render(pages.Retention(p))
}

func (h handler) doRetention(c *web.Ctx) error {
	form, typed := parts.NewForm(nil), map[string]string{}
	for _, t := range administration.Terms {
		typed[t.Key] = c.FormValue(t.Key)
		form.Values[t.Key] = typed[t.Key]
	}
	err := h.s.ChangeRetention(c.UserContext(), c.Who, typed)
	if err == nil {
		return c.SeeWith("/admin/retention", "administration.saved")
	}
	if c.Refuse(form, err) {
		return showRetention(c, form)
	}
	return err
}
