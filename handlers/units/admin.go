package units

import (
	"strconv"

	"minyi/app/units"
	pages "minyi/frontend/pages/units"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

const area = "/admin/units"

func (h handler) admin(c *web.Ctx) error {
	nodes, err := h.s.Administered(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.AdminPage{Frame: c.AdminFrame(c.T("administration.nav_units"), area)}
	for _, n := range nodes {
		u := pages.Unit{ID: n.ID, Slug: n.Slug, Name: n.Name(c.Lang()), Level: level(c, n.Level), Depth: n.Depth}
		p.Rows = append(p.Rows, parts.TableRow{Cells: []parts.Cell{{Part: pages.Name(p.Frame, u)}, {Text: u.Level}, {Text: u.Slug, URL: c.URL("/units/" + u.Slug)}, {Part: pages.Actions(p.Frame, u, n.ParentID == "")}}})
	}
	return c.Render(pages.Admin(p))
}

var fields = []string{"level", "name_zh", "name_en", "slug", "address_zh", "address_en", "phone", "email", "position", "receipt_only"}

// typed reads the form and the input that it means.
func typed(c *web.Ctx) (*parts.Form, units.Input) {
	f := parts.NewForm(nil)
	for _, name := range fields {
		f.Values[name] = c.FormValue(name)
	}
	if f.Values["receipt_only"] == "" {
		delete(f.Values, "receipt_only")
	}
	position, err := strconv.Atoi(f.Values["position"])
	if err != nil && f.Values["position"] != "" {
		position = -1 // refused by the service, with the sentence for it
	}
	return f, units.Input{
		ParentID: c.FormValue("parent"), Level: models.Level(f.Values["level"]), Slug: f.Values["slug"], NameZH: f.Values["name_zh"], NameEN: f.Values["name_en"],
		AddressZH: f.Values["address_zh"], AddressEN: f.Values["address_en"], Phone: f.Values["phone"], Email: f.Values["email"],
		ReceiptOnly: f.Chosen("receipt_only", "1"), Position: position,
	}
}

func (h handler) add(c *web.Ctx) error { return h.showAdd(c, parts.NewForm(nil), c.Query("parent")) }

func (h handler) showAdd(c *web.Ctx, form *parts.Form, parentID string) error {
	parent, err := h.s.ForEdit(c.UserContext(), c.Who, parentID)
	if err != nil {
		return err
	}
	p := pages.FormPage{Frame: c.AdminFrame(c.T("units.add"), area), Form: form, Action: "/admin/units/new", Parent: parent.ID, Lede: c.T("units.add_lede", "parent", parent.Name(c.Lang()))}
	for _, l := range units.Below(parent) {
		p.Levels = append(p.Levels, parts.Option{Value: string(l), Text: level(c, l)})
	}
	p.Failed = form.Failed()
	form.Key = models.NewID(c.Now())
	return c.Render(pages.Edit(p))
}

func (h handler) doAdd(c *web.Ctx) error {
	form, in := typed(c)
	_, err := h.s.Create(c.UserContext(), c.Who, in)
	if err == nil {
		return c.SeeWith(area, "units.saved")
	}
	if c.Refuse(form, err) {
		return h.showAdd(c, form, in.ParentID)
	}
	return err
}

func (h handler) edit(c *web.Ctx) error {
	u, err := h.s.ForEdit(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	form := parts.NewForm(map[string]string{
		"name_zh": u.NameZH, "name_en": u.NameEN, "slug": u.Slug, "address_zh": u.AddressZH, "address_en": u.AddressEN,
		"phone": u.Phone, "email": u.Email, "position": strconv.Itoa(u.Position),
	})
	if u.ReceiptOnly {
		form.Values["receipt_only"] = "1"
	}
	return h.showEdit(c, form, u, readMark(u.UpdatedAt))
}

func (h handler) showEdit(c *web.Ctx, form *parts.Form, u models.Unit, read string) error {
	p := pages.FormPage{Frame: c.AdminFrame(u.Name(c.Lang()), area), Form: form, Action: area + "/" + u.ID, Parent: u.ParentID, Read: read, Lede: level(c, u.Level)}
	p.Failed = form.Failed()
	return c.Render(pages.Edit(p))
}

func (h handler) doEdit(c *web.Ctx) error {
	form, in := typed(c)
	u, err := h.s.ForEdit(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	err = h.s.Edit(c.UserContext(), c.Who, u.ID, parseMark(c.FormValue("read")), in)
	if err == nil {
		return c.SeeWith(area, "units.saved")
	}
	if c.Refuse(form, err) {
		return h.showEdit(c, form, u, readMark(u.UpdatedAt))
	}
	return err
}

// move needs a fresh sign-in before it even asks.
func (h handler) move(c *web.Ctx) error {
	if !c.Who.Fresh {
		return models.Fail(models.SignIn, "accounts.fresh_needed")
	}
	return h.showMove(c, parts.NewForm(nil))
}

func (h handler) showMove(c *web.Ctx, form *parts.Form) error {
	u, err := h.s.ForEdit(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	effect, err := h.s.EffectOf(c.UserContext(), c.Who, u.ID)
	if err != nil {
		return err
	}
	nodes, err := h.s.Administered(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	name := u.Name(c.Lang())
	p := pages.MovePage{Frame: c.AdminFrame(c.T("units.move_title", "name", name), area), Form: form, Action: area + "/" + u.ID + "/move"}
	p.Effects = []string{c.Words.N("units.effect_units", effect.Units), c.Words.N("units.effect_people", effect.People), c.Words.N("units.effect_consultations", int(effect.Consultations))}
	for _, n := range nodes {
		if !n.Under(u.Path) && n.ID != u.ParentID && units.Fits(u.Level, n.Unit) {
			p.Parents = append(p.Parents, parts.Option{Value: n.ID, Text: n.Name(c.Lang())})
		}
	}
	p.Failed = form.Failed()
	return c.Render(pages.Move(p))
}

func (h handler) doMove(c *web.Ctx) error {
	form := parts.NewForm(map[string]string{"parent": c.FormValue("parent")})
	err := h.s.Move(c.UserContext(), c.Who, c.Params("id"), c.FormValue("parent"))
	if err == nil {
		return c.SeeWith(area, "units.moved")
	}
	if models.KindOf(err) != models.SignIn && c.Refuse(form, err) {
		return h.showMove(c, form)
	}
	return err
}
