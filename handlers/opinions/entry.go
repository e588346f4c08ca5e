package opinions

import (
	"strconv"
	"time"

	"minyi/app/kit/text"
	"minyi/app/opinions"
	"minyi/frontend"
	"minyi/frontend/pages/me"
	pages "minyi/frontend/pages/opinions"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

func (h handler) entryPage(c *web.Ctx, form *parts.Form) error {
	con, clauses, err := h.opinions.Desk(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	p := pages.EntryPage{Frame: atDesk(c, c.T("opinions.entry_title"), con), Form: form, Consultation: con.Title(c.Lang()), Action: c.URL("/desk/c/" + con.ID + "/entry")}
	p.Failed = form.Failed()
	if form.Key == "" {
		form.Key = models.NewID(c.Now())
	}
	for _, cl := range clauses {
		p.Clauses = append(p.Clauses, parts.Option{Value: cl.Key, Text: text.Cut(cl.Number+" "+cl.Title+cl.Text, 40)})
	}
	if p.Code = c.Query("receipt"); p.Code != "" && !p.Failed {
		p.CodeURL = c.URL("/r/" + p.Code)
	} else {
		p.Code = ""
	}
	return c.Render(pages.Entry(p))
}

func (h handler) entry(c *web.Ctx) error {
	return h.entryPage(c, parts.NewForm(map[string]string{"display": "anonymous"}))
}

func (h handler) enter(c *web.Ctx) error {
	in := opinions.EntryInput{ConsultationID: c.Params("id"), Channel: models.Channel(c.FormValue("channel")), Said: saidIn(c, c.FormValue("clause")),
		Display: models.Display(c.FormValue("display")), Name: c.FormValue("name"), Contact: c.FormValue("contact"), Consent: c.FormValue("consent") != ""}
	files, err := c.Files("files", opinions.FileLimit)
	if err != nil {
		return err
	}
	in.Files = files
	if day := c.FormValue("received"); day != "" {
		at, e := time.ParseInLocation("2006-01-02", day, frontend.Zone())
		if e != nil {
			err = models.FailField("received", "opinions.received_outside")
		}
		in.Received = &at
	}
	var got opinions.Submitted
	if err == nil {
		got, err = h.opinions.Enter(c.UserContext(), c.Who, in, c.Idem(in))
	}
	if err == nil {
		return c.See("/desk/c/" + in.ConsultationID + "/entry?receipt=" + got.Code)
	}
	form := c.Typed("channel", "received", "clause", "stance", "body", "suggestion", "display", "name", "contact", "consent")
	if c.Refuse(form, err) {
		return h.entryPage(c, form)
	}
	return err
}

var tagKinds = map[opinions.State]string{opinions.StateAnswered: "ok", opinions.StateHeld: "warn", opinions.StateHidden: "warn"}

// me shows what became of what somebody said.
func (h handler) me(c *web.Ctx) error {
	after, err := h.ownPlace(c)
	if err != nil {
		return err
	}
	m, err := h.opinions.Mine(c.UserContext(), c.Who, after)
	if err != nil {
		return err
	}
	p := me.Page{Frame: private(c.Frame(c.T("me.title")), ""), Further: after != nil}
	p.Nav, p.Path = "me", "/me"
	for id, n := range m.Baskets {
		p.Todo = append(p.Todo, me.Link{Text: c.Words.N("me.basket", n, "title", m.Titles[id].Title(c.Lang())), URL: c.URL("/consultations/" + id + "/basket")})
	}
	for _, r := range m.Hidden {
		for _, o := range r.Opinions {
			p.Todo = append(p.Todo, me.Link{Text: c.T("me.hidden", "number", o.Number, "title", r.Consultation.Title(c.Lang())), URL: ownLine(c, r, o).URL})
		}
	}
	for _, o := range m.HiddenReplies {
		p.Todo = append(p.Todo, me.Link{Text: c.T("me.hidden", "number", o.Number, "title", m.Titles[o.ConsultationID].Title(c.Lang())), URL: c.URL("/opinions/" + o.ID + "/appeal")})
	}
	for _, r := range m.Answered {
		for _, o := range r.Opinions {
			p.Latest = append(p.Latest, ownLine(c, r, o))
		}
	}
	for _, r := range m.Receipts {
		g := me.Group{Title: r.Consultation.Title(c.Lang()), URL: c.URL("/consultations/" + r.Consultation.ID), Code: r.Code, CodeURL: c.URL("/r/" + r.Code), Given: c.Words.DateTime(r.CreatedAt)}
		for _, o := range r.Opinions {
			g.Lines = append(g.Lines, ownLine(c, r, o))
		}
		p.Groups = append(p.Groups, g)
	}
	p.Pager.Label = c.T("me.mine")
	if after != nil {
		p.Pager.Prev, p.Pager.Where = c.URL("/me"), c.T("consultations.from_start")
	}
	if m.Next != nil {
		p.Pager.Next = c.URL("/me?cursor=" + h.cursors.Encode(mine(c), m.Next.ReceiptID, strconv.FormatInt(m.Next.Number, 10)))
	}
	for _, f := range m.Follows {
		p.Follows = append(p.Follows, me.Link{Text: f.Title(c.Lang()), URL: c.URL("/consultations/" + f.ID)})
	}
	if h.tickets != nil && after == nil {
		if p.Hearings, err = h.tickets(c); err != nil {
			return err
		}
	}
	return c.Render(me.Me(p))
}

// ownLine is one opinion in its author's list.
func ownLine(c *web.Ctx, r opinions.Receipt, o opinions.Given) me.Line {
	l := me.Line{Label: label(c, o.Clause), Text: text.Cut(o.Body, 120), URL: c.URL("/r/" + r.Code + "#o-" + o.ID), State: c.T("opinions.state_" + string(o.State)), Kind: "info"}
	if kind := tagKinds[o.State]; kind != "" {
		l.Kind = kind
	}
	if o.Answer != nil {
		l.Decision = decision(c, r, *o.Answer)
	}
	return l
}

// mine binds a cursor to the pages of one person.
func mine(c *web.Ctx) string { return "mine|" + c.Who.PersonID }

func (h handler) ownPlace(c *web.Ctx) (*models.OwnPlace, error) {
	given := c.Query("cursor")
	if given == "" {
		return nil, nil
	}
	if fields, err := h.cursors.Decode(mine(c), given); err == nil && len(fields) == 2 {
		if number, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
			return &models.OwnPlace{ReceiptID: fields[0], Number: number}, nil
		}
	}
	return nil, models.FailField("cursor", "opinions.cursor_invalid")
}
