package accounts

import (
	"minyi/app/accounts"
	pages "minyi/frontend/pages/accounts"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

const peopleArea = "/admin/people"

func (h handler) people(c *web.Ctx) error { return h.showPeople(c, parts.NewForm(nil)) }

func (h handler) showPeople(c *web.Ctx, form *parts.Form) error {
	staff, err := h.s.Staff(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	units, err := h.s.Administered(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.PeoplePage{Frame: c.AdminFrame(c.T("administration.nav_people"), peopleArea), Form: form}
	for _, r := range staff {
		p.Rows = append(p.Rows, parts.TableRow{Cells: []parts.Cell{
			{Text: contactsOf(r.Person)}, {Text: r.Person.Name}, {Text: c.T("accounts.role_" + string(r.Name))}, {Text: r.Unit.Name(c.Lang()), URL: c.URL("/units/" + r.Unit.Slug)},
			{Text: c.T("accounts.revoke"), URL: c.URL(peopleArea + "/roles/" + r.ID + "/revoke")},
		}})
	}
	for _, name := range accounts.RoleNames {
		p.Roles = append(p.Roles, parts.Option{Value: string(name), Text: c.T("accounts.role_" + string(name)), Hint: c.T("accounts.role_hint_" + string(name))})
	}
	for _, u := range units {
		p.Units = append(p.Units, parts.Option{Value: u.ID, Text: u.Name(c.Lang())})
	}
	p.Failed = form.Failed()
	return c.Render(pages.People(p))
}

func contactsOf(p models.Person) string {
	switch {
	case p.Email == "":
		return p.Phone
	case p.Phone == "":
		return p.Email
	}
	return p.Email + " · " + p.Phone
}

// grant gives a role to the owner of a contact; who has no account yet gets one
// and signs in by code.
func (h handler) grant(c *web.Ctx) error {
	form := fill(c, "contact", "name", "role", "unit")
	err := h.s.Appoint(c.UserContext(), c.Who, accounts.AppointInput{Contact: form.Value("contact"), Name: form.Value("name"), UnitID: form.Value("unit"), Role: models.RoleName(form.Value("role"))})
	if err == nil {
		return c.SeeWith(peopleArea, "accounts.granted")
	}
	if models.KindOf(err) == models.SignIn {
		form.Fail("", c.T("accounts.fresh_needed"))
		c.Status(403)
		return h.showPeople(c, form)
	}
	if c.Refuse(form, err) {
		return h.showPeople(c, form)
	}
	return err
}

func (h handler) revoke(c *web.Ctx) error {
	if !c.Who.Fresh {
		return accounts.ErrNotFresh
	}
	return h.showRevoke(c, parts.NewForm(nil))
}

func (h handler) showRevoke(c *web.Ctx, form *parts.Form) error {
	r, err := h.s.RoleForActor(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	p := pages.RevokePage{Frame: c.AdminFrame(c.T("accounts.revoke_title"), peopleArea), Form: form, Action: peopleArea + "/roles/" + r.ID + "/revoke"}
	p.Effects = []string{
		c.T("accounts.revoke_effect", "person", contactsOf(r.Person), "role", c.T("accounts.role_"+string(r.Name)), "unit", r.Unit.Name(c.Lang())),
		c.T("accounts.revoke_sessions"),
	}
	p.Failed = form.Failed()
	return c.Render(pages.Revoke(p))
}

func (h handler) doRevoke(c *web.Ctx) error {
	form := parts.NewForm(nil)
	err := h.s.Revoke(c.UserContext(), c.Who, c.Params("id"))
	if err == nil {
		return c.SeeWith(peopleArea, "accounts.revoked")
	}
	if models.KindOf(err) != models.SignIn && c.Refuse(form, err) {
		return h.showRevoke(c, form)
	}
	return err
}
