package answers

import (
	"strconv"
	"time"

	"minyi/app/answers"
	"minyi/app/kit/text"
	"minyi/frontend"
	pages "minyi/frontend/pages/deskanswers"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// templateFrame is the frame of the pages of ready reasons.
func templateFrame(c *web.Ctx, title string) frontend.Frame {
	if all := c.T("answers.templates"); title != all {
		return c.DeskFrame(title, "/desk/templates", frontend.Crumb{Text: all, URL: "/desk/templates"})
	}
	return c.DeskFrame(title, "/desk/templates")
}

// templates lists the ready reasons of the officer's units.
func (h handler) templates(c *web.Ctx) error {
	list, units, err := h.s.Templates(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, u := range units {
		names[u.ID] = u.Name(c.Lang())
	}
	p := pages.TemplatesPage{Frame: templateFrame(c, c.T("answers.templates")), NewURL: c.URL("/desk/templates/new")}
	p.Table = parts.TableProps{Caption: p.Title, HideCaption: true, Empty: c.T("answers.templates_none"), Columns: []parts.Column{
		{Text: c.T("answers.template_name")}, {Text: c.T("answers.col_decision")}, {Text: c.T("answers.template_reason")}, {Text: c.T("answers.template_unit")}}}
	for _, t := range list {
		p.Table.Rows = append(p.Table.Rows, parts.TableRow{Cells: []parts.Cell{
			{Text: t.Name, URL: c.URL("/desk/templates/" + t.ID)}, {Text: word(c, t.Decision)}, {Text: text.Cut(text.Line(t.ReasonZH), 40)}, {Text: names[t.UnitID]}}})
	}
	return c.Render(pages.Templates(p))
}

func (h handler) newTemplate(c *web.Ctx) error { return h.showTemplate(c, fresh(c), nil) }

// showTemplate draws the form; t is nil for a new one.
func (h handler) showTemplate(c *web.Ctx, form *parts.Form, t *models.AnswerTemplate) error {
	p := pages.TemplatePage{Form: form, Action: c.URL("/desk/templates"), Cancel: c.URL("/desk/templates"), Decisions: decisions(c, c.T("answers.template_any"))}
	if t != nil {
		p.Frame = templateFrame(c, t.Name)
		p.Action, p.Remove, p.Read = c.URL("/desk/templates/"+t.ID), c.URL("/desk/templates/"+t.ID+"/remove"), strconv.FormatInt(t.UpdatedAt.UnixMicro(), 10)
	} else {
		p.Frame = templateFrame(c, c.T("answers.template_new"))
		_, units, err := h.s.Templates(c.UserContext(), c.Who)
		if err != nil {
			return err
		}
		for _, u := range units {
			p.Units = append(p.Units, parts.Option{Value: u.ID, Text: u.Name(c.Lang())})
		}
	}
	p.Failed = form.Failed()
	return c.Render(pages.Template(p))
}

var templateFields = []string{"unit", "name", "decision", "reason_zh", "reason_en"}

func templateIn(c *web.Ctx) (answers.TemplateInput, *parts.Form) {
	form := c.Typed(templateFields...)
	v := form.Values
	return answers.TemplateInput{UnitID: v["unit"], Name: v["name"], Decision: models.Decision(v["decision"]), ReasonZH: v["reason_zh"], ReasonEN: v["reason_en"]}, form
}

func (h handler) addTemplate(c *web.Ctx) error {
	in, form := templateIn(c)
	_, err := h.s.AddTemplate(c.UserContext(), c.Who, in, c.Idem(in))
	if err == nil {
		return c.SeeWith("/desk/templates", "answers.template_saved")
	}
	if refuse(c, form, err) {
		return h.showTemplate(c, form, nil)
	}
	return err
}

func (h handler) template(c *web.Ctx) error {
	t, err := h.s.Template(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	form := fresh(c)
	form.Values = map[string]string{"name": t.Name, "decision": string(t.Decision), "reason_zh": t.ReasonZH, "reason_en": t.ReasonEN}
	return h.showTemplate(c, form, &t)
}

func (h handler) editTemplate(c *web.Ctx) error {
	t, err := h.s.Template(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	in, form := templateIn(c)
	read, err := strconv.ParseInt(c.FormValue("read"), 10, 64)
	if err != nil {
		return models.Fail(models.Invalid, "error.malformed")
	}
	seen := t
	seen.UpdatedAt = time.UnixMicro(read).UTC()
	if err = h.s.EditTemplate(c.UserContext(), c.Who, seen, in); err == nil {
		return c.SeeWith("/desk/templates", "answers.template_saved")
	}
	if refuse(c, form, err) {
		return h.showTemplate(c, form, &t)
	}
	return err
}

func (h handler) removingTemplate(c *web.Ctx) error {
	t, err := h.s.Template(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	base := "/desk/templates/" + t.ID
	p := pages.RemoveTemplatePage{Frame: templateFrame(c, c.T("answers.template_removing", "name", t.Name)), Action: c.URL(base + "/remove"), Cancel: c.URL(base), Text: t.ReasonZH}
	return c.Render(pages.RemoveTemplate(p))
}

func (h handler) removeTemplate(c *web.Ctx) error {
	if err := h.s.RemoveTemplate(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SeeWith("/desk/templates", "answers.template_removed")
}
