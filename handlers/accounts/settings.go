package accounts

import (
	"strings"

	"minyi/app/accounts"
	pages "minyi/frontend/pages/accounts"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// settingsForms are the forms of the page, by what they change.
type settingsForms struct{ profile, contact, password, token *parts.Form }

func (h handler) settings(c *web.Ctx) error { return h.showSettings(c, settingsForms{}, "") }

func (h handler) showSettings(c *web.Ctx, f settingsForms, newToken string) error {
	self, err := h.s.Self(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	person := self.Person
	if f.profile == nil {
		f.profile = parts.NewForm(map[string]string{"nickname": person.Nickname, "name": person.Name, "notify": person.Notify, "lang": person.Lang})
	}
	for _, form := range []**parts.Form{&f.contact, &f.password, &f.token} {
		if *form == nil {
			*form = parts.NewForm(nil)
		}
	}
	f.contact.Prefix, f.password.Prefix, f.token.Prefix = "contact-", "password-", "token-"
	f.token.Key = models.NewID(c.Now())
	p := pages.SettingsPage{
		Frame: private(c.Frame(c.T("accounts.settings"))), Profile: f.profile, Contact: f.contact, Password: f.password, Token: f.token,
		Email: person.Email, Phone: person.Phone, HasPassword: person.PasswordHash != "", NewToken: newToken,
	}
	p.Path, p.Nav = "/me/settings", "me"
	p.Failed = f.profile.Failed() || f.contact.Failed() || f.password.Failed() || f.token.Failed()
	for _, r := range self.Roles {
		p.Roles = append(p.Roles, c.T("accounts.role_in", "role", c.T("accounts.role_"+string(r.Name)), "unit", r.Unit.Name(c.Lang())))
	}
	for _, s := range self.Sessions {
		p.Sessions = append(p.Sessions, pages.Session{ID: s.ID, Agent: browser(c, s.Agent), Network: s.Network, SeenAt: s.SeenAt, Current: s.ID == self.Current})
	}
	for _, t := range self.Tokens {
		row := pages.Token{ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt}
		if t.UsedAt != nil {
			row.UsedAt = *t.UsedAt
		}
		p.Tokens = append(p.Tokens, row)
	}
	return c.Render(pages.Settings(p))
}

// browser names a browser and its system in words that people know.
func browser(c *web.Ctx, agent string) string {
	first := func(pairs ...string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if strings.Contains(agent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	name := first("MicroMessenger", "WeChat", "Edg/", "Edge", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := first("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "HarmonyOS", "HarmonyOS", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	switch {
	case name == "" && system == "":
		return c.T("accounts.browser_unknown")
	case system == "":
		return name
	case name == "":
		return system
	}
	return name + " · " + system
}

// settle ends a change: back to the page with a message, or the page with the
// fault and what was typed.
func (h handler) settle(c *web.Ctx, err error, done string, form *parts.Form, f settingsForms) error {
	if err == nil {
		return c.SeeWith("/me/settings", done)
	}
	if models.KindOf(err) != models.SignIn && c.Refuse(form, err) {
		return h.showSettings(c, f, "")
	}
	return err
}

func (h handler) profile(c *web.Ctx) error {
	form := fill(c, "nickname", "name", "notify", "lang")
	err := h.s.ChangeProfile(c.UserContext(), c.Who, accounts.ProfileInput{Name: form.Value("name"), Nickname: form.Value("nickname"), Notify: form.Value("notify"), Lang: form.Value("lang")})
	return h.settle(c, err, "accounts.saved", form, settingsForms{profile: form})
}

func (h handler) contact(c *web.Ctx) error {
	form := fill(c, "contact")
	sent, err := h.s.SendContactCode(c.UserContext(), c.Who, form.Value("contact"))
	if err == nil {
		return toCode(c, sent, "/")
	}
	return h.settle(c, err, "", form, settingsForms{contact: form})
}

func (h handler) contactCode(c *web.Ctx) error {
	sent, err := h.s.Pending(c.UserContext(), c.Who, c.FormValue("t"))
	if err != nil {
		return err
	}
	form := fill(c, "code")
	if c.FormValue("again") != "" {
		err = h.again(c, "/")
	} else if err = h.s.ChangeContact(c.UserContext(), c.Who, sent.Ticket, form.Value("code")); err == nil {
		return c.SeeWith("/me/settings", "accounts.contact_saved")
	}
	if err != nil && c.Refuse(form, err) {
		return showCode(c, form, sent, "/")
	}
	return err
}

func (h handler) password(c *web.Ctx) error {
	form := parts.NewForm(nil)
	err := h.s.ChangePassword(c.UserContext(), c.Who, c.FormValue("old"), c.FormValue("password"))
	return h.settle(c, err, "accounts.password_saved", form, settingsForms{password: form})
}

func (h handler) endSession(c *web.Ctx) error {
	if err := h.s.EndSession(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SeeWith("/me/settings", "accounts.session_ended")
}

func (h handler) endOthers(c *web.Ctx) error {
	if err := h.s.EndOtherSessions(c.UserContext(), c.Who); err != nil {
		return err
	}
	return c.SeeWith("/me/settings", "accounts.session_ended")
}

// newToken shows the token on the page that answers: it is nowhere else.
func (h handler) newToken(c *web.Ctx) error {
	form := fill(c, "token_name")
	secret, _, err := h.s.NewToken(c.UserContext(), c.Who, c.Who.PersonID, form.Value("token_name"))
	if err == nil {
		return h.showSettings(c, settingsForms{}, secret)
	}
	return h.settle(c, err, "", form, settingsForms{token: form})
}

func (h handler) revokeToken(c *web.Ctx) error {
	if err := h.s.RevokeToken(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SeeWith("/me/settings", "accounts.token_revoked")
}

func (h handler) export(c *web.Ctx) error {
	data, err := h.s.Export(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	c.Set("Content-Type", "application/json; charset=utf-8")
	c.Set("Content-Disposition", `attachment; filename="minyi.json"`)
	c.Set("Cache-Control", "private, no-store")
	return c.Send(data)
}

// erase asks for a new sign-in before it even asks the question.
func (h handler) erase(c *web.Ctx) error {
	if !c.Who.Fresh {
		return accounts.ErrNotFresh
	}
	return h.showErase(c, parts.NewForm(nil))
}

func (h handler) showErase(c *web.Ctx, form *parts.Form) error {
	n, err := h.s.Said(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.ErasePage{Frame: private(c.Frame(c.T("accounts.erase_title"))), Form: form}
	p.Path, p.Nav, p.Failed = "/me/settings/erase", "me", form.Failed()
	p.Effects = []string{c.T("accounts.erase_contacts"), c.Words.N("accounts.erase_opinions", n), c.T("accounts.erase_final")}
	return c.Render(pages.Erase(p))
}

func (h handler) doErase(c *web.Ctx) error {
	err := h.s.Erase(c.UserContext(), c.Who)
	if err == nil {
		c.EndSession()
		return c.SeeWith("/", "accounts.erased")
	}
	form := parts.NewForm(nil)
	if models.KindOf(err) != models.SignIn && c.Refuse(form, err) {
		return h.showErase(c, form)
	}
	return err
}
