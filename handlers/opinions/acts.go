package opinions

import (
	"net/url"
	"strings"

	"minyi/app/kit/text"
	"minyi/app/opinions"
	"minyi/frontend"
	pages "minyi/frontend/pages/opinions"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// there is where an opinion stands on the page of its clause.
func there(o models.Opinion) string {
	id := o.ID
	if o.ParentID != "" {
		id = o.ParentID
	}
	return "/consultations/" + o.ConsultationID + "/clauses/" + url.PathEscape(o.ClauseKey) + "#o-" + id
}

// voice gives or takes back a voice by a form. Visitors get a cookie for it.
func (h handler) voice(c *web.Ctx) error {
	c.Visit()
	o, _, err := h.opinions.Opinion(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if _, err := h.opinions.Support(c.UserContext(), c.Who, o.ID, c.FormValue("support") != "off", models.Idem{}); err != nil {
		return err
	}
	return c.See(there(o))
}

func (h handler) apiOpinion(c *web.Ctx) error {
	o, p, err := h.opinions.Opinion(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	j := toJSON(o)
	for _, r := range p.Replies[o.ID] {
		j.Answers = append(j.Answers, toJSON(r))
	}
	return c.Answer(j)
}

// showAct draws a short form about an opinion again or for the first time.
func (h handler) showAct(c *web.Ctx, p pages.ActPage, subject string) error {
	p.Frame.Meta.Robots, p.Frame.Subject, p.Failed = "noindex", subject, p.Form.Failed()
	if p.Form.Key == "" {
		p.Form.Key = models.NewID(c.Now())
	}
	return c.Render(pages.Act(p))
}

func (h handler) replyPage(c *web.Ctx, form *parts.Form) error {
	o, p, err := h.opinions.Opinion(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return h.showAct(c, pages.ActPage{
		Frame: c.Frame(c.T("opinions.reply_title", "number", o.Number)), Form: form, Quote: o.Body, Action: c.URL("/opinions/" + o.ID + "/replies"), Cancel: c.URL(there(o)),
		Words: c.T("opinions.reply_body"), Field: "body", Max: opinions.BodyLimit, Confirm: c.T("opinions.reply_send"), Display: displayOptions(c),
	}, p.Consultation.Title(c.Lang()))
}

func displayOptions(c *web.Ctx) []parts.Option {
	return []parts.Option{{Value: "anonymous", Text: c.T("opinions.display_anonymous")}, {Value: "nickname", Text: c.T("opinions.display_nickname")}, {Value: "name", Text: c.T("opinions.display_name")}}
}

func (h handler) replying(c *web.Ctx) error {
	return h.replyPage(c, parts.NewForm(map[string]string{"display": "anonymous"}))
}

func (h handler) reply(c *web.Ctx) error {
	in := opinions.ReplyInput{OpinionID: c.Params("id"), Body: c.FormValue("body"), Display: models.Display(c.FormValue("display")), Name: c.FormValue("name")}
	c.Visit()
	o, err := h.opinions.Reply(c.UserContext(), c.Who, in, c.Idem(in))
	if err == nil && o.HeldAt != nil {
		return c.SeeWith(there(o), "opinions.reply_held")
	}
	if err == nil {
		return c.See(there(o))
	}
	form := c.Typed("body", "display", "name")
	if c.Refuse(form, err) {
		return h.replyPage(c, form)
	}
	return err
}

func reasonOptions(c *web.Ctx) []parts.Option {
	var list []parts.Option
	for _, r := range opinions.Reasons {
		list = append(list, parts.Option{Value: r, Text: c.T("opinions.reason_" + r)})
	}
	return list
}

func (h handler) reportPage(c *web.Ctx, form *parts.Form) error {
	o, p, err := h.opinions.Opinion(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return h.showAct(c, pages.ActPage{
		Frame: c.Frame(c.T("opinions.report_title", "number", o.Number)), Lede: c.T("opinions.report_lede"), Form: form, Quote: o.Body, Action: c.URL("/opinions/" + o.ID + "/report"), Cancel: c.URL(there(o)),
		Reasons: reasonOptions(c), Words: c.T("opinions.note"), Field: "note", Max: opinions.NoteLimit, Optional: true, Confirm: c.T("opinions.report_send"),
	}, p.Consultation.Title(c.Lang()))
}

func (h handler) reporting(c *web.Ctx) error { return h.reportPage(c, parts.NewForm(nil)) }

func (h handler) report(c *web.Ctx) error {
	c.Visit()
	err := h.opinions.Report(c.UserContext(), c.Who, c.Params("id"), c.FormValue("reason"), c.FormValue("note"))
	if err == nil {
		o, _, err := h.opinions.Opinion(c.UserContext(), c.Who, c.Params("id"))
		if err != nil {
			return err
		}
		return c.SeeWith(there(o), "opinions.reported")
	}
	form := c.Typed("reason", "note")
	if c.Refuse(form, err) {
		return h.reportPage(c, form)
	}
	return err
}

func (h handler) appealPage(c *web.Ctx, form *parts.Form) error {
	ticket := c.Query("t")
	r, g, err := h.opinions.Hidden(c.UserContext(), c.Who, c.Params("code"), ticket, c.Params("opinion"))
	if err != nil {
		return err
	}
	if !form.Failed() && !g.MayAppeal() { // the receipt says how it stands
		return c.See("/r/" + r.Code + "#o-" + g.ID)
	}
	action := c.URL("/r/" + r.Code + "/opinions/" + g.ID + "/appeal")
	if ticket != "" {
		action += "?t=" + url.QueryEscape(ticket)
	}
	return h.showAct(c, pages.ActPage{
		Frame: c.Frame(c.T("opinions.appeal_title", "number", g.Number)), Lede: c.T("opinions.appeal_lede"), Form: form, Quote: g.Body,
		Action: action, Cancel: c.URL("/r/" + r.Code), Words: c.T("opinions.appeal_words"), Field: "text", Max: opinions.NoteLimit, Confirm: c.T("opinions.appeal_send"),
	}, r.Consultation.Title(c.Lang()))
}

func (h handler) appealing(c *web.Ctx) error { return h.appealPage(c, parts.NewForm(nil)) }

func (h handler) appeal(c *web.Ctx) error {
	words := c.FormValue("text")
	err := h.opinions.Appeal(c.UserContext(), c.Who, c.Params("code"), c.Query("t"), c.Params("opinion"), words, c.Idem(words))
	if err == nil {
		return c.SeeWith("/r/"+c.Params("code"), "opinions.appealed")
	}
	form := c.Typed("text")
	if c.Refuse(form, err) {
		return h.appealPage(c, form)
	}
	return err
}

// replyAppealPage says to the author of a hidden reply why it is hidden and what came of
// the objection, and takes one as long as it may be made.
func (h handler) replyAppealPage(c *web.Ctx, form *parts.Form) error {
	g, con, err := h.opinions.OwnReply(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	p := pages.ActPage{
		Frame: c.Frame(c.T("opinions.reply_hidden_title", "number", g.Number)), Form: form, Quote: g.Body,
		Action: c.URL("/opinions/" + g.ID + "/appeal"), Cancel: c.URL(there(g.Opinion)),
	}
	if g.HiddenAt != nil {
		p.Said = append(p.Said, c.T("opinions.hidden_because", "why", c.T("opinions.reason_"+g.Hiding.Reason)), g.Hiding.Note)
	}
	p.Said = append(p.Said, objected(c, g), g.Hiding.DecisionNote)
	if g.MayAppeal() || form.Failed() {
		p.Lede, p.Words, p.Field, p.Max, p.Confirm = c.T("opinions.appeal_lede"), c.T("opinions.appeal_words"), "text", opinions.NoteLimit, c.T("opinions.appeal_send")
	}
	c.Set("Cache-Control", "private, no-store")
	return h.showAct(c, p, con.Title(c.Lang()))
}

func (h handler) replyAppealing(c *web.Ctx) error { return h.replyAppealPage(c, parts.NewForm(nil)) }

func (h handler) replyAppeal(c *web.Ctx) error {
	words := c.FormValue("text")
	err := h.opinions.AppealReply(c.UserContext(), c.Who, c.Params("id"), words, c.Idem(words))
	if err == nil {
		return c.SeeWith("/opinions/"+c.Params("id")+"/appeal", "opinions.appealed")
	}
	form := c.Typed("text")
	if c.Refuse(form, err) {
		return h.replyAppealPage(c, form)
	}
	return err
}

func (h handler) erasing(c *web.Ctx) error {
	r, g, err := h.opinions.Own(c.UserContext(), c.Who, c.Params("code"), c.Params("opinion"))
	if err != nil {
		return err
	}
	if g.ErasedAt != nil {
		return c.See("/r/" + r.Code + "#o-" + g.ID)
	}
	return h.showAct(c, pages.ActPage{
		Frame: c.Frame(c.T("opinions.erase_title", "number", g.Number)), Lede: c.T("opinions.erase_lede"), Form: parts.NewForm(nil), Quote: strings.TrimSpace(g.Body + "\n" + g.Suggestion),
		Action: c.URL("/r/" + r.Code + "/opinions/" + g.ID + "/erase"), Cancel: c.URL("/r/" + r.Code), Confirm: c.T("opinions.erase_confirm"), Danger: true,
	}, r.Consultation.Title(c.Lang()))
}

func (h handler) erase(c *web.Ctx) error {
	if err := h.opinions.Erase(c.UserContext(), c.Who, c.Params("code"), c.Params("opinion"), c.Idem(nil)); err != nil {
		return err
	}
	return c.SeeWith("/r/"+c.Params("code"), "opinions.erased")
}

func (h handler) moderation(c *web.Ctx) error {
	m, err := h.opinions.Moderation(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	p := pages.ModerationPage{Frame: atDesk(c, c.T("opinions.desk_title"), m.Consultation), Consultation: m.Consultation.Title(c.Lang())}
	for _, o := range m.Held {
		l := deskLine(c, m, o)
		l.ShowURL, l.HideURL = c.URL("/desk/opinions/"+o.ID+"/show"), c.URL("/desk/opinions/"+o.ID+"/hide")
		p.Held = append(p.Held, l)
	}
	at := map[string]int{}
	for _, r := range m.Reports {
		i, ok := at[r.OpinionID]
		if !ok {
			l := deskLine(c, m, m.Opinions[r.OpinionID])
			l.KeepURL, l.HideURL = c.URL("/desk/opinions/"+r.OpinionID+"/keep"), c.URL("/desk/opinions/"+r.OpinionID+"/hide")
			i, at[r.OpinionID] = len(p.Reports), len(p.Reports)
			p.Reports = append(p.Reports, l)
		}
		p.Reports[i].Why = append(p.Reports[i].Why, strings.TrimSpace(c.T("opinions.reason_"+r.Reason)+"  "+r.Note))
	}
	for _, a := range m.Appeals {
		l := deskLine(c, m, m.Opinions[a.OpinionID])
		l.Why = []string{c.T("opinions.hidden_because", "why", c.T("opinions.reason_"+a.Reason)), c.T("opinions.appeal_says", "text", a.AppealText)}
		l.DecideURL, l.Own = c.URL("/desk/opinions/"+a.OpinionID+"/appeal"), a.HiddenBy == c.Who.PersonID
		p.Appeals = append(p.Appeals, l)
	}
	for _, a := range m.Disowned {
		l := deskLine(c, m, m.Opinions[a.OpinionID])
		l.ShowURL, l.SettleURL = c.URL("/desk/opinions/"+a.OpinionID+"/show"), c.URL("/desk/opinions/"+a.OpinionID+"/settle")
		p.Disowned = append(p.Disowned, l)
	}
	return c.Render(pages.Moderation(p))
}

// atDesk is the frame of a page at the desk that belongs to a consultation.
func atDesk(c *web.Ctx, title string, con models.Consultation) frontend.Frame {
	name := con.Title(c.Lang())
	f := c.DeskFrame(title, "/desk", frontend.Crumb{Text: name, URL: "/desk/c/" + con.ID})
	f.Subject = name
	return f
}

func deskLine(c *web.Ctx, m opinions.Moderation, o models.Opinion) pages.DeskLine {
	return pages.DeskLine{ID: o.ID, Number: int(o.Number), Label: label(c, m.Clause(o)), Author: o.DisplayName, Stance: string(o.Stance), Body: o.Body, Suggestion: o.Suggestion, At: o.CreatedAt, Files: deskFiles(c, o.ID, m.Files[o.ID])}
}

// deskFiles are the files of an opinion with where officers read them.
func deskFiles(c *web.Ctx, opinionID string, list []models.Attachment) []parts.FileItem {
	out := fileItems(list)
	for n, a := range list {
		out[n].URL = c.URL("/desk/opinions/" + opinionID + "/files/" + a.ID)
	}
	return out
}

// deskFile sends a file of an opinion to an officer.
func (h handler) deskFile(c *web.Ctx) error {
	a, path, err := h.opinions.DeskFile(c.UserContext(), c.Who, c.Params("id"), c.Params("file"))
	if err != nil {
		return err
	}
	c.Set("Cache-Control", "private, no-store")
	return c.SendAttachment(a, path)
}

func toModeration(c *web.Ctx, o models.Opinion, key string) error {
	return c.SeeWith("/desk/c/"+o.ConsultationID+"/moderation", key)
}

func (h handler) hidePage(c *web.Ctx, form *parts.Form) error {
	o, con, err := h.opinions.Handled(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	return h.showAct(c, pages.ActPage{
		Frame: atDesk(c, c.T("opinions.hide_title", "number", o.Number), con), Lede: c.T("opinions.hide_lede"), Form: form, Quote: text.Cut(o.Body, 500), Desk: true,
		Action: c.URL("/desk/opinions/" + o.ID + "/hide"), Cancel: c.URL("/desk/c/" + o.ConsultationID + "/moderation"),
		Reasons: reasonOptions(c), Words: c.T("opinions.hide_note"), Field: "note", Max: opinions.NoteLimit, Optional: true, Confirm: c.T("opinions.desk_hide"), Danger: true,
	}, con.Title(c.Lang()))
}

func (h handler) hiding(c *web.Ctx) error { return h.hidePage(c, parts.NewForm(nil)) }

func (h handler) hide(c *web.Ctx) error {
	o, _, err := h.opinions.Handled(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	reason, note := c.FormValue("reason"), c.FormValue("note")
	if err = h.opinions.Hide(c.UserContext(), c.Who, o.ID, reason, note, c.Idem([]string{reason, note})); err == nil {
		return toModeration(c, o, "opinions.hidden_done")
	}
	form := c.Typed("reason", "note")
	if c.Refuse(form, err) {
		return h.hidePage(c, form)
	}
	return err
}

// deskAct answers one press of a button at the desk.
func (h handler) deskAct(key string, act func(c *web.Ctx, id string) error) web.Handler {
	return func(c *web.Ctx) error {
		o, _, err := h.opinions.Handled(c.UserContext(), c.Who, c.Params("id"))
		if err != nil {
			return err
		}
		if err := act(c, o.ID); err != nil {
			return err
		}
		return toModeration(c, o, key)
	}
}
