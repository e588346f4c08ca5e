// Package accounts serves the pages on which people sign in and settle their
// account.
package accounts

import (
	"net/url"

	"minyi/app/accounts"
	"minyi/frontend"
	pages "minyi/frontend/pages/accounts"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

type handler struct{ s *accounts.Service }

// Mount adds the routes.
func Mount(r *web.Router, s *accounts.Service) {
	h := handler{s}
	r.Page("GET", "/signin", web.Public, h.signIn)
	r.Page("POST", "/signin", web.Public, h.doSignIn)
	r.Page("GET", "/signin/code", web.Public, h.code)
	r.Page("POST", "/signin/code", web.Public, h.doCode)
	r.Page("GET", "/signin/reset", web.Public, h.reset)
	r.Page("POST", "/signin/reset", web.Public, h.doReset)
	r.Page("GET", providerPath, web.Public, h.provider)
	r.Page("GET", providerPath+"/callback", web.Public, h.provided)
	r.Page("POST", providerPath+"/logout", web.Public, h.providerLogout)
	r.Page("GET", "/signup", web.Public, h.signUp)
	r.Page("POST", "/signup", web.Public, h.doSignUp)
	r.Page("POST", "/signout", web.Public, h.signOut)
	r.Page("GET", "/admin/people", web.AdminsOnly, h.people)
	r.Page("POST", "/admin/people", web.AdminsOnly, h.grant)
	r.Page("GET", "/admin/people/roles/:id/revoke", web.AdminsOnly, h.revoke)
	r.Page("POST", "/admin/people/roles/:id/revoke", web.AdminsOnly, h.doRevoke)
	r.Page("GET", "/me/settings", web.SignedIn, h.settings)
	r.Page("POST", "/me/settings/profile", web.SignedIn, h.profile)
	r.Page("POST", "/me/settings/contact", web.SignedIn, h.contact)
	r.Page("POST", "/me/settings/contact/code", web.SignedIn, h.contactCode)
	r.Page("POST", "/me/settings/password", web.SignedIn, h.password)
	r.Page("POST", "/me/settings/sessions/end", web.SignedIn, h.endOthers)
	r.Page("POST", "/me/settings/sessions/:id/end", web.SignedIn, h.endSession)
	r.Page("POST", "/me/settings/tokens", web.SignedIn, h.newToken)
	r.Page("POST", "/me/settings/tokens/:id/revoke", web.SignedIn, h.revokeToken)
	r.Page("GET", "/me/settings/export.json", web.SignedIn, h.export)
	r.Page("GET", "/me/settings/erase", web.SignedIn, h.erase)
	r.Page("POST", "/me/settings/erase", web.SignedIn, h.doErase)
}

func device(c *web.Ctx) accounts.Device {
	return accounts.Device{Network: c.Who.Network, Agent: c.Get("User-Agent")}
}

// fill takes what was typed into a form, so that nothing is lost when it is shown
// again. Passwords are never sent back.
func fill(c *web.Ctx, names ...string) *parts.Form {
	f := parts.NewForm(nil)
	for _, name := range names {
		f.Values[name] = c.FormValue(name)
	}
	return f
}

func private(f frontend.Frame) frontend.Frame {
	f.Meta.Robots = "noindex"
	return f
}

func (h handler) signIn(c *web.Ctx) error {
	back := frontend.SafeBack(c.Query("back"))
	if c.Who.SignedIn() && (c.Who.Fresh || c.Query("back") == "") {
		return h.arrive(c, back, c.Who.Desk())
	}
	return h.showSignIn(c, parts.NewForm(nil), back)
}

func (h handler) showSignIn(c *web.Ctx, form *parts.Form, back string) error {
	p := pages.SignInPage{Frame: private(c.Frame(c.T("accounts.sign_in_title"))), Form: form, Back: back, Again: c.Who.SignedIn(), Provider: h.s.ProviderName()}
	if p.Again {
		p.Title = c.T("accounts.again_title")
	}
	p.Path, p.Failed = "/signin?back="+url.QueryEscape(back), form.Failed()
	return c.Render(pages.SignIn(p))
}

func (h handler) doSignIn(c *web.Ctx) error {
	form, back := fill(c, "contact"), frontend.SafeBack(c.FormValue("back"))
	if c.FormValue("way") == "code" {
		c.Visit()
		sent, err := h.s.SendSignInCode(c.UserContext(), c.Who, c.FormValue("contact"))
		if err == nil {
			return toCode(c, sent, back)
		}
		if c.Refuse(form, err) {
			return h.showSignIn(c, form, back)
		}
		return err
	}
	in, err := h.s.SignInWithPassword(c.UserContext(), c.Who, accounts.PasswordInput{Contact: c.FormValue("contact"), Password: c.FormValue("password"), Device: device(c)})
	if err == nil {
		c.BeginSession(in.Secret, accounts.CookieLasts)
		return h.arrive(c, back, in.Desk)
	}
	if c.Refuse(form, err) {
		return h.showSignIn(c, form, back)
	}
	return err
}

// arrive leads to where somebody wanted to go, else to their own area.
func (h handler) arrive(c *web.Ctx, back string, desk bool) error {
	switch {
	case back != "/" && back != "/en":
		return c.Redirect(back, 303)
	case desk:
		return c.See("/desk")
	}
	return c.See("/me")
}

func toCode(c *web.Ctx, sent accounts.Sent, back string) error {
	q := url.Values{"t": {sent.Ticket}}
	if back != "/" {
		q.Set("back", back)
	}
	return c.See("/signin/code?" + q.Encode())
}

func (h handler) code(c *web.Ctx) error {
	sent, err := h.s.Pending(c.UserContext(), c.Who, c.Query("t"))
	if err != nil {
		return err
	}
	return showCode(c, parts.NewForm(nil), sent, frontend.SafeBack(c.Query("back")))
}

var codeTitles = map[string]string{
	models.PurposeSignIn: "accounts.code_title", models.PurposeReset: "accounts.code_title_reset",
	models.PurposeContact: "accounts.code_title_contact", models.PurposeConfirm: "accounts.code_title",
}

func showCode(c *web.Ctx, form *parts.Form, sent accounts.Sent, back string) error {
	p := pages.CodePage{
		Frame: private(c.Frame(c.T(codeTitles[sent.Purpose]))), Form: form, Back: back, Ticket: sent.Ticket, SentTo: sent.To,
		Resent: c.Query("again") != "", Reset: sent.Purpose == models.PurposeReset, Action: "/signin/code", Mailbox: c.MailboxOn(),
	}
	if sent.Purpose == models.PurposeContact {
		p.Action = "/me/settings/contact/code"
	}
	p.Path, p.Failed = "/signin/code?t="+url.QueryEscape(sent.Ticket)+"&back="+url.QueryEscape(back), form.Failed()
	return c.Render(pages.Code(p))
}

// again sends another code when that button was pressed.
func (h handler) again(c *web.Ctx, back string) error {
	sent, err := h.s.SendAgain(c.UserContext(), c.Who, c.FormValue("t"))
	if err != nil {
		return err
	}
	return c.See("/signin/code?" + url.Values{"t": {sent.Ticket}, "again": {"1"}, "back": {back}}.Encode())
}

func (h handler) doCode(c *web.Ctx) error {
	form, back := fill(c, "code"), frontend.SafeBack(c.FormValue("back"))
	sent, err := h.s.Pending(c.UserContext(), c.Who, c.FormValue("t"))
	if err != nil {
		return err
	}
	if c.FormValue("again") != "" {
		err = h.again(c, back)
	} else {
		var in accounts.SignedIn
		in, err = h.s.SignInWithCode(c.UserContext(), c.Who, accounts.CodeInput{Ticket: sent.Ticket, Code: c.FormValue("code"), Password: c.FormValue("password"), Device: device(c)})
		if err == nil {
			c.BeginSession(in.Secret, accounts.CookieLasts)
			return h.arrive(c, back, in.Desk)
		}
	}
	if err != nil && c.Refuse(form, err) {
		return showCode(c, form, sent, back)
	}
	return err
}

func (h handler) reset(c *web.Ctx) error {
	return showReset(c, parts.NewForm(nil), frontend.SafeBack(c.Query("back")))
}

func showReset(c *web.Ctx, form *parts.Form, back string) error {
	p := pages.ResetPage{Frame: private(c.Frame(c.T("accounts.reset_title"))), Form: form, Back: back}
	p.Failed = form.Failed()
	return c.Render(pages.Reset(p))
}

func (h handler) doReset(c *web.Ctx) error {
	form, back := fill(c, "contact"), frontend.SafeBack(c.FormValue("back"))
	c.Visit()
	sent, err := h.s.SendReset(c.UserContext(), c.Who, c.FormValue("contact"))
	if err == nil {
		return toCode(c, sent, back)
	}
	if c.Refuse(form, err) {
		return showReset(c, form, back)
	}
	return err
}

func (h handler) signUp(c *web.Ctx) error {
	return showSignUp(c, parts.NewForm(nil), frontend.SafeBack(c.Query("back")))
}

func showSignUp(c *web.Ctx, form *parts.Form, back string) error {
	p := pages.SignUpPage{Frame: private(c.Frame(c.T("accounts.sign_up_title"))), Form: form, Back: back}
	p.Failed = form.Failed()
	return c.Render(pages.SignUp(p))
}

func (h handler) doSignUp(c *web.Ctx) error {
	form, back := fill(c, "contact", "nickname"), frontend.SafeBack(c.FormValue("back"))
	c.Visit()
	sent, err := h.s.SignUp(c.UserContext(), c.Who, accounts.SignUpInput{Contact: c.FormValue("contact"), Nickname: c.FormValue("nickname"), Password: c.FormValue("password")})
	if err == nil {
		return toCode(c, sent, back)
	}
	if c.Refuse(form, err) {
		return showSignUp(c, form, back)
	}
	return err
}

func (h handler) signOut(c *web.Ctx) error {
	if err := h.s.SignOut(c.UserContext(), c.Who); err != nil && !models.IsNotFound(err) {
		return err
	}
	c.EndSession()
	return c.SeeWith("/", "accounts.signed_out")
}
