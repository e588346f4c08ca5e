package letters

import (
	pages "minyi/frontend/pages/letters"
	"minyi/frontend/parts"
	"minyi/handlers/web"
)

const area = "/admin/letters"

// health shows how the sending of letters goes, with a button that tries it.
func (h handler) health(c *web.Ctx) error { return h.showHealth(c, parts.NewForm(nil)) }

func (h handler) showHealth(c *web.Ctx, form *parts.Form) error {
	state, failed, err := h.s.Health(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.HealthPage{Frame: c.AdminFrame(c.T("administration.nav_letters"), area), Form: form, State: c.T("administration.letters_state", "waiting", state.Waiting, "failed", state.Failed)}
	if state.Oldest != nil {
		p.Oldest = c.T("letters.oldest", "ago", c.Words.Ago(*state.Oldest, c.Now()))
	}
	for _, l := range failed {
		p.Rows = append(p.Rows, parts.TableRow{Cells: []parts.Cell{
			{Text: c.Words.DateTime(l.CreatedAt)}, {Text: l.Recipient}, {Text: l.Kind}, {Text: l.LastError}, {Part: pages.Again(p.Frame, l.ID)},
		}})
	}
	p.Failed = form.Failed()
	return c.Render(pages.Health(p))
}

func (h handler) test(c *web.Ctx) error {
	form := parts.NewForm(nil)
	err := h.s.Test(c.UserContext(), c.Who, c.FormValue("channel"))
	if err == nil {
		return c.SeeWith(area, "letters.test_sent")
	}
	if !c.Refuse(form, err) {
		return err
	}
	return h.showHealth(c, form)
}

func (h handler) retry(c *web.Ctx) error {
	if err := h.s.Retry(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SeeWith(area, "letters.retried")
}
