package hearings

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"minyi/app/hearings"
	"minyi/frontend"
	pages "minyi/frontend/pages/hearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// typedFields are the fields of the sign-up form that hold one text each.
var typedFields = []string{"category", "name", "publish_name", "contact", "key_points", "access_needs", "consent_access", "notify", "organisation", "companion_0", "companion_1", "companion_2"}

func (h handler) registering(c *web.Ctx) error {
	if ticket, err := h.s.Existing(c.UserContext(), c.Who, c.Params("id"), ""); err == nil {
		return c.See("/t/" + ticket)
	}
	form := parts.NewForm(map[string]string{"notify": "1"})
	if c.Who.Known() {
		form.Key = models.NewID(c.Now())
	}
	return h.showRegister(c, form, nil, "")
}

// formIn takes what was typed, so that nothing is lost when it is shown again.
func (h handler) formIn(c *web.Ctx, v hearings.View) *parts.Form {
	form := parts.NewForm(nil)
	fields := typedFields
	for _, q := range hearings.QuestionsOf(v.Hearing) {
		fields = append(fields[:len(fields):len(fields)], "q_"+q.Key)
	}
	for _, name := range fields {
		if s := c.FormValue(name); s != "" {
			form.Values[name] = s
		}
	}
	form.Key = c.FormValue(frontend.IdempotencyField)
	return form
}

func inputOf(form *parts.Form, v hearings.View) hearings.RegisterInput {
	f := form.Values
	return hearings.RegisterInput{HearingID: v.ID, Category: f["category"], Name: f["name"], PublishName: f["publish_name"] != "", KeyPoints: f["key_points"], AccessNeeds: f["access_needs"],
		ConsentAccess: f["consent_access"] != "", Notify: f["notify"] != "", Organisation: f["organisation"], Companions: companionsIn(form), Answers: answersIn(form, v.Hearing)}
}

// companionsIn are the names of who comes along, as they were typed.
func companionsIn(f *parts.Form) (out []string) {
	for i := range hearings.MostCompanions {
		if s := strings.TrimSpace(f.Value("companion_" + strconv.Itoa(i))); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// answersIn are the answers to the organiser's questions, as they were typed.
func answersIn(f *parts.Form, one models.Hearing) map[string]string {
	out := map[string]string{}
	for _, q := range hearings.QuestionsOf(one) {
		out[q.Key] = f.Value("q_" + q.Key)
	}
	return out
}

// asked are the organiser's questions in the reader's language.
func asked(c *web.Ctx, one models.Hearing) (out []pages.Question) {
	for _, q := range hearings.QuestionsOf(one) {
		out = append(out, pages.Question{Name: "q_" + q.Key, Text: either(c.Lang(), q.ZH, q.EN), Optional: !q.Required})
	}
	return out
}

// terms say beside each field how long what is filled in is kept, with the numbers of
// the site's settings (个人信息保护法 art. 17).
func (h handler) terms(c *web.Ctx) (pages.Terms, error) {
	days, err := h.kept(c.UserContext())
	return pages.Terms{
		Name: c.T("hearings.name_hint", "days", days["signup_name"]), Contact: c.T("hearings.contact_hint", "days", days["signup_contact"]),
		Access: c.T("hearings.access_needs_hint", "days", days["signup_access"]), Answers: c.T("hearings.answers_hint", "days", days["signup_access"]),
	}, err
}

// register takes the form. Who has no account confirms a contact with a code, which
// is asked for on the same page.
func (h handler) register(c *web.Ctx) error {
	v, err := h.s.Show(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	c.Visit()
	form := h.formIn(c, v)
	in := inputOf(form, v)
	in.Ticket, in.Code = c.FormValue("t"), c.FormValue("code")
	if c.FormValue("change") != "" { // the contact was mistyped: back to it, with all that was filled in
		return h.showRegister(c, form, nil, "")
	}
	var code *parts.CodeProps
	again := c.FormValue("again") != ""
	if err = h.wrong(c, in, form.Value("contact")); err == nil && !c.Who.SignedIn() && (in.Ticket == "" || again) {
		if in.Ticket, code, err = h.sendCode(c, in.Ticket, again); err == nil {
			return h.showRegister(c, form, code, in.Ticket)
		}
	}
	if err == nil {
		var got hearings.Registered
		if got, err = h.s.Register(c.UserContext(), c.Who, in, c.Idem(form.Values)); err == nil {
			return c.See("/t/" + got.Ticket)
		}
	}
	if models.KindOf(err) == models.Conflict { // who signed up before is shown that ticket
		if ticket, e := h.s.Existing(c.UserContext(), c.Who, v.ID, in.Ticket); e == nil {
			return c.SeeWith("/t/"+ticket, "hearings.already")
		}
	}
	return h.refused(c, form, in.Ticket, err)
}

// wrong names everything at once that is wrong with a sign-up, before a code is sent
// to anybody: here nobody is put into a category they did not choose.
func (h handler) wrong(c *web.Ctx, in hearings.RegisterInput, contact string) error {
	var faults models.Faults
	if in.Category == "" {
		faults.Add("category", "hearings.category_wanted")
	}
	if err := faults.Take(h.s.CheckSignup(c.UserContext(), c.Who, in)); err != nil {
		return err
	}
	if !c.Who.SignedIn() && in.Ticket == "" {
		if err := faults.Take(h.accounts.CheckContact(contact)); err != nil {
			return err
		}
	}
	return faults.Err()
}

// refused shows the form again with what is wrong, or asks for the code again where
// the fault is not in the form.
func (h handler) refused(c *web.Ctx, form *parts.Form, ticket string, err error) error {
	status := web.Status(err)
	if ticket != "" && models.IsNotFound(err) { // the code was asked for elsewhere or long ago
		status, err = 422, models.Fail(models.Invalid, "accounts.code_ended")
	}
	var code *parts.CodeProps
	if ticket != "" {
		sent, e := h.accounts.Pending(c.UserContext(), c.Who, ticket)
		if e == nil {
			code = parts.CodeSent(sent.To, false)
		} else {
			ticket = ""
		}
	}
	messages, known := c.Messages(err)
	if !known {
		return err
	}
	for field, say := range messages {
		if field != "code" && field != "" {
			code = nil // back to the form: the fault is there
		}
		form.Fail(field, say)
	}
	form.Order(signupOrder(form)...)
	c.Status(status)
	return h.showRegister(c, form, code, ticket)
}

// signupOrder are the fields as they stand on the page.
func signupOrder(form *parts.Form) []string {
	return slices.Concat([]string{"category", "name", "organisation", "contact", "key_points"}, questionFields(form), []string{"companions", "access_needs", "consent_access"})
}

// questionFields are the organiser's questions that have a fault, in their order.
func questionFields(form *parts.Form) (out []string) {
	for name := range form.Errors {
		if strings.HasPrefix(name, "q_") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// sendCode sends a code to the contact, or another one for the ticket. Where none
// could be sent the ticket is the old one and nothing asks for a code.
func (h handler) sendCode(c *web.Ctx, ticket string, again bool) (string, *parts.CodeProps, error) {
	sent, err := h.accounts.AskConfirm(c.UserContext(), c.Who, c.FormValue("contact"), ticket, again)
	if err != nil {
		return sent.Ticket, nil, err
	}
	return sent.Ticket, parts.CodeSent(sent.To, again && ticket != ""), nil
}

// signupClosed says why nobody can sign up now; empty while everybody can.
func signupClosed(c *web.Ctx, v hearings.View) string {
	switch v.State(c.Now()) {
	case models.HearingOpen:
		return ""
	case models.HearingDraft:
		return c.T("hearings.desk_entry_draft")
	case models.HearingBefore:
		return c.T("hearings.hint_before", "date", c.Words.DateTime(moment(v.SignupOpensAt)))
	case models.HearingCancelled:
		return c.T("hearings.is_cancelled")
	}
	return c.T("hearings.signup_closed")
}

func (h handler) showRegister(c *web.Ctx, form *parts.Form, code *parts.CodeProps, ticket string) error {
	v, err := h.s.Show(c.UserContext(), c.Params("id"))
	if err != nil {
		return err
	}
	base := "/hearings/" + v.ID
	p := pages.RegisterPage{Frame: frame(c, v.Hearing, c.T("hearings.sign_up")), Form: form, Hearing: v.Title(c.Lang()), HearingURL: c.URL(base), When: when(c, v.Hearing), Place: v.Place(c.Lang()),
		Action: c.URL(base + "/register"), SignedIn: c.Who.SignedIn(), SignInURL: c.URL("/signin?back=" + url.QueryEscape(c.URL(base+"/register"))), Code: code, Ticket: ticket, Mailbox: c.MailboxOn(), Companions: hearings.MostCompanions}
	p.Path, p.Failed, p.Meta.Robots, p.Topic = base+"/register", form.Failed(), "noindex", ""
	if form.Key == "" && c.Who.Known() {
		form.Key = models.NewID(c.Now())
	}
	p.Closed = signupClosed(c, v)
	for _, k := range v.Categories {
		shown := category(c, v, k, v.State(c.Now()))
		o := parts.Option{Value: k.Key, Text: categoryName(c, k), Hint: shown.Method}
		if shown.Left != "" {
			o.Hint += " · " + shown.Left
		}
		p.Options = append(p.Options, o)
		p.Press = p.Press || k.Role == models.Press
		if k.Key == form.Value("category") {
			p.Kept = append(p.Kept, pages.Fact{Term: c.T("hearings.take_part_as"), Text: o.Text})
		}
	}
	p.Questions = asked(c, v.Hearing)
	if p.Terms, err = h.terms(c); err != nil {
		return err
	}
	if code != nil {
		p.Hidden = form.Values
		p.Kept = append(p.Kept, pages.Fact{Term: c.T("hearings.name"), Text: form.Value("name")})
	}
	return c.Render(pages.Register(p))
}
