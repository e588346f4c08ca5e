package opinions

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"time"

	"minyi/app/kit/ical"
	"minyi/app/kit/qr"
	"minyi/app/kit/text"
	"minyi/app/opinions"
	pages "minyi/frontend/pages/opinions"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

func (h handler) lookUp(c *web.Ctx) error {
	return showLookUp(c, parts.NewForm(map[string]string{"code": c.Query("code")}))
}

func showLookUp(c *web.Ctx, form *parts.Form) error {
	p := pages.LookUpPage{Frame: c.Frame(c.T("opinions.look_up_title")), Form: form}
	p.Path, p.Failed, p.Nav = "/r", form.Failed(), "me"
	return c.Render(pages.LookUp(p))
}

// doLookUp finds a receipt by the typed code. With a contact detail it shows the
// texts at once and keeps the detail out of the address.
func (h handler) doLookUp(c *web.Ctx) error {
	code, detail := c.FormValue("code"), c.FormValue("detail")
	r, err := h.opinions.Receipt(c.UserContext(), c.Who, code, detail)
	if err != nil {
		form := c.Typed("code", "detail")
		if c.Refuse(form, err) {
			return showLookUp(c, form)
		}
		return err
	}
	if detail == "" {
		return c.See("/r/" + r.Code)
	}
	return h.showReceipt(c, r, parts.NewForm(nil))
}

func (h handler) receipt(c *web.Ctx) error {
	r, err := h.opinions.Receipt(c.UserContext(), c.Who, c.Params("code"), "")
	if err != nil {
		form := parts.NewForm(map[string]string{"code": c.Params("code")})
		if c.Refuse(form, err) {
			return showLookUp(c, form)
		}
		return err
	}
	return h.showReceipt(c, r, parts.NewForm(nil))
}

// unlock shows the texts to who knows the contact detail that was given.
func (h handler) unlock(c *web.Ctx) error {
	r, err := h.opinions.Receipt(c.UserContext(), c.Who, c.Params("code"), c.FormValue("detail"))
	if err == nil {
		return h.showReceipt(c, r, parts.NewForm(nil))
	}
	form := parts.NewForm(map[string]string{"code": c.Params("code"), "detail": c.FormValue("detail")})
	if c.Refuse(form, err) {
		return showLookUp(c, form)
	}
	return err
}

func (h handler) showReceipt(c *web.Ctx, r opinions.Receipt, form *parts.Form) error {
	con := r.Consultation
	base := "/consultations/" + con.ID
	p := pages.ReceiptPage{
		Frame: private(c.Frame(c.T("opinions.receipt_title")), con.Title(c.Lang())), Form: form,
		Seal:         parts.SealProps{Code: r.Code, At: r.CreatedAt, Count: r.Receipt.Opinions, Promise: promise(c, con)},
		Consultation: con.Title(c.Lang()), ConsultationURL: c.URL(base), Unit: r.Unit.Name(c.Lang()), Steps: steps(c, r),
		Next: text.RenderMarkdown(either(c, con.NextZH, con.NextEN)), Hash: r.Hash, Address: c.Absolute("/r/" + r.Code),
	}
	p.Path, p.Failed = "/r/"+r.Code, form.Failed()
	p.Scripts = []string{"pages/opinions/receipt.js"}
	if con.ResponseDueAt != nil || con.ClosesAt != nil {
		p.Calendar = c.URL("/r/" + r.Code + "/calendar.ics")
	}
	if !r.Texts && r.Contact != "" {
		p.Unlock = c.URL("/r/" + r.Code)
	}
	p.QR, _ = qr.SVG(p.Address, c.T("opinions.qr", "code", r.Code)) // a short address always fits
	for _, g := range r.Opinions {
		p.Lines = append(p.Lines, h.receiptLine(c, r, g))
		p.Held = p.Held || g.State == opinions.StateHeld
	}
	c.Set("Cache-Control", "private, no-store")
	return c.Render(pages.Receipt(p))
}

func (h handler) receiptLine(c *web.Ctx, r opinions.Receipt, g opinions.Given) pages.ReceiptLine {
	l := pages.ReceiptLine{ID: g.ID, Number: int(g.Number), Stance: string(g.Stance), Body: g.Body, State: string(g.State), Texts: r.Texts, Label: label(c, g.Clause)}
	l.ClauseURL = c.URL("/consultations/" + r.Consultation.ID + "/clauses/" + url.PathEscape(g.ClauseKey))
	if g.Shown {
		l.ClauseURL += "#o-" + g.ID
	}
	if !r.Texts {
		l.Stance = ""
	}
	l.Suggestion = suggested(g.Clause.Text, g.Suggestion)
	for n, item := range fileItems(g.Files) {
		item.URL = c.URL("/r/" + r.Code + "/files/" + g.Files[n].ID)
		if !r.Owner {
			item.URL += "?t=" + h.opinions.Ticket(r)
		}
		l.Files = append(l.Files, item)
	}
	if g.Answer != nil {
		l.Decision = decision(c, r, *g.Answer)
	}
	h.hidingOf(c, r, g, &l)
	if r.Owner && g.State != opinions.StateErased {
		l.EraseURL = c.URL("/r/" + r.Code + "/opinions/" + g.ID + "/erase")
	}
	return l
}

// hidingOf says why an opinion is not public and what came of the author's objection, also
// after it was shown again and beside an answer.
func (h handler) hidingOf(c *web.Ctx, r opinions.Receipt, g opinions.Given, l *pages.ReceiptLine) {
	if g.Hiding == nil || g.ErasedAt != nil {
		return
	}
	if g.HiddenAt != nil {
		l.HiddenWhy, l.HiddenNote = c.T("opinions.reason_"+g.Hiding.Reason), g.Hiding.Note
	}
	l.Appeals, l.AppealNote = objected(c, g), g.Hiding.DecisionNote
	if g.MayAppeal() && r.Texts {
		l.AppealURL = c.URL("/r/" + r.Code + "/opinions/" + g.ID + "/appeal")
		if !r.Owner {
			l.AppealURL += "?t=" + h.opinions.Ticket(r)
		}
	}
}

// objected says how the author's objection to the latest hiding stands, empty if there was none.
func objected(c *web.Ctx, g opinions.Given) string {
	switch {
	case g.Hiding.DecidedAt != nil && g.Hiding.LiftedAt != nil:
		return c.T("opinions.appeal_lifted")
	case g.Hiding.DecidedAt != nil:
		return c.T("opinions.appeal_upheld")
	case g.Hiding.AppealedAt != nil:
		return c.T("opinions.appealed")
	}
	return ""
}

// outcomes are the decisions as the parts draw them.
var outcomes = map[models.Decision]string{models.Adopted: "adopted", models.PartlyAdopted: "partly", models.NotAdopted: "not_adopted", models.ToBeStudied: "studied"}

func decision(c *web.Ctx, r opinions.Receipt, a models.Answer) *parts.DecisionProps {
	d := &parts.DecisionProps{Outcome: outcomes[a.Decision], Reason: either(c, a.ReasonZH, a.ReasonEN), By: r.Unit.Name(c.Lang())}
	if a.PublishedAt != nil {
		d.At = *a.PublishedAt
	}
	if a.ClauseKey != "" {
		d.URL = c.URL("/consultations/" + r.Consultation.ID + "/clauses/" + url.PathEscape(a.ClauseKey))
	}
	return d
}

// ownFile sends a file to the author of the opinion that it belongs to.
func (h handler) ownFile(c *web.Ctx) error {
	a, path, err := h.opinions.OwnFile(c.UserContext(), c.Who, c.Params("code"), c.Params("file"), c.Query("t"))
	if err != nil {
		return err
	}
	c.Set("Cache-Control", "private, no-store")
	return c.SendAttachment(a, path)
}

func either(c *web.Ctx, zh, en string) string {
	if c.Lang() == "en" && en != "" || zh == "" {
		return en
	}
	return zh
}

func promise(c *web.Ctx, con models.Consultation) string {
	if con.ResponseDueAt == nil || con.AnsweredAt != nil {
		return ""
	}
	return c.T("opinions.promise", "date", c.Words.Date(*con.ResponseDueAt))
}

// steps are the way of what was given, in the words used everywhere.
func steps(c *web.Ctx, r opinions.Receipt) []parts.StatusStep {
	con, now := r.Consultation, c.Now()
	held := false
	for _, g := range r.Opinions {
		held = held || g.State == opinions.StateHeld
	}
	list := []parts.StatusStep{
		{Text: c.T("opinions.step_received"), State: "done", At: r.CreatedAt},
		{Text: c.T("opinions.step_registered"), State: "done", At: r.CreatedAt, Note: numbers(c, r)},
		{Text: c.T("opinions.step_sorting"), State: "next"},
		{Text: c.T("opinions.step_answered"), State: "next"},
	}
	if held {
		list[1].State, list[1].Note, list[1].At = "current", c.T("opinions.held_note"), time.Time{}
	}
	if con.ClosesAt != nil {
		list[2].At, list[2].Note = time.Time{}, c.T("opinions.step_sorting_from", "date", c.Words.Date(*con.ClosesAt))
	}
	if con.ResponseDueAt != nil {
		list[3].At = *con.ResponseDueAt
	}
	switch con.Status(now) {
	case models.StatusClosed:
		list[2].State = "current"
		if con.ResponseDueAt != nil && now.After(*con.ResponseDueAt) {
			list[3].State = "late"
		}
	case models.StatusAnswered:
		list[2].State, list[2].At, list[2].Note = "done", *con.ClosesAt, ""
		list[3].State, list[3].At = "done", *con.AnsweredAt
	case models.StatusWithdrawn:
		list[2] = parts.StatusStep{Text: c.T("opinions.step_withdrawn"), State: "current", Note: either(c, con.WithdrawnZH, con.WithdrawnEN)}
		list = list[:3]
	default:
		if !held {
			list[1].State = "current"
		}
	}
	return list
}

// numbers names the numbers of what was given; those that follow one another are said as a range, since a basket usually gets
// its numbers in one run.
func numbers(c *web.Ctx, r opinions.Receipt) string {
	var given []int64
	for _, g := range r.Opinions {
		given = append(given, g.Number)
	}
	slices.Sort(given)
	var list []string
	for first := 0; first < len(given); {
		last := first
		for last+1 < len(given) && given[last+1] == given[last]+1 {
			last++
		}
		if first == last {
			list = append(list, c.T("opinions.number", "number", given[first]))
		} else {
			list = append(list, c.T("opinions.number_range", "from", given[first], "to", given[last]))
		}
		first = last + 1
	}
	return strings.Join(list, c.T("opinions.list_comma"))
}

// calendar gives the days that matter to who holds the receipt.
func (h handler) calendar(c *web.Ctx) error {
	r, err := h.opinions.Receipt(c.UserContext(), c.Who, c.Params("code"), "")
	if err != nil {
		return err
	}
	con, title := r.Consultation, r.Consultation.Title(c.Lang())
	cal := ical.Calendar{Name: title, Lang: c.Words.HTMLLang}
	host := c.PublicHost()
	add := func(kind string, at *time.Time, summary string) {
		if at != nil {
			cal.Events = append(cal.Events, ical.Event{UID: con.ID + "-" + kind + "@" + host, Sequence: int(con.Revision), Stamp: con.UpdatedAt, Start: *at, End: *at,
				Summary: summary, Description: c.T("opinions.code_is", "code", r.Code), URL: c.Absolute("/r/" + r.Code), Remind: 24 * time.Hour})
		}
	}
	add("closes", con.ClosesAt, c.T("opinions.calendar_closes", "title", title))
	add("answer", con.ResponseDueAt, c.T("opinions.calendar_answer", "title", title))
	var out bytes.Buffer
	if err := ical.Write(&out, cal); err != nil {
		return err
	}
	c.Set("Content-Type", ical.MediaType)
	c.Set("Content-Disposition", `attachment; filename="minyi.ics"`)
	return c.Send(out.Bytes())
}

type receiptOpinionJSON struct {
	ID         string     `json:"id"`
	Number     int64      `json:"number"`
	Clause     string     `json:"clause"`
	Version    int        `json:"version"`
	State      string     `json:"state"`
	Stance     *string    `json:"stance,omitempty"`
	Body       *string    `json:"body,omitempty"`
	Suggestion *string    `json:"suggestion,omitempty"`
	Decision   string     `json:"decision,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	URL        string     `json:"url"`
}

// apiReceipt answers state and dates to whoever holds the code; the texts for the
// owner, or with ?contact= as it was given.
func (h handler) apiReceipt(c *web.Ctx) error {
	r, err := h.opinions.Receipt(c.UserContext(), c.Who, c.Params("code"), c.Query("contact"))
	if err != nil {
		var e *models.Error
		if models.KindOf(err) == models.Invalid { // one answer for a wrong code and a wrong detail
			e = models.Fail(models.NotFound, "opinions.receipt_wrong")
			return e
		}
		return err
	}
	con := r.Consultation
	out := struct {
		Receipt      string               `json:"receipt"`
		Consultation string               `json:"consultation"`
		ReceivedAt   time.Time            `json:"received_at"`
		Status       string               `json:"status"`
		ClosesAt     *time.Time           `json:"closes_at"`
		AnswerDueAt  *time.Time           `json:"answer_due_at"`
		AnsweredAt   *time.Time           `json:"answered_at"`
		Hash         string               `json:"hash"`
		Opinions     []receiptOpinionJSON `json:"opinions"`
	}{Receipt: r.Code, Consultation: con.ID, ReceivedAt: r.CreatedAt, Status: string(con.Status(c.Now())), ClosesAt: con.ClosesAt, AnswerDueAt: con.ResponseDueAt, AnsweredAt: con.AnsweredAt, Hash: r.Hash}
	for _, g := range r.Opinions {
		j := receiptOpinionJSON{ID: g.ID, Number: g.Number, Clause: g.ClauseKey, Version: g.VersionNumber, State: string(g.State), URL: opinionURL(g.ID)}
		if r.Texts {
			stance := string(g.Stance)
			j.Stance, j.Body, j.Suggestion = &stance, &g.Body, &g.Suggestion
		}
		if g.Answer != nil {
			j.Decision, j.Reason, j.AnsweredAt = string(g.Answer.Decision), either(c, g.Answer.ReasonZH, g.Answer.ReasonEN), g.Answer.PublishedAt
		}
		out.Opinions = append(out.Opinions, j)
	}
	c.Set("Cache-Control", "private, no-store")
	return c.Answer(out)
}
