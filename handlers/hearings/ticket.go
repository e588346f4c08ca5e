package hearings

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	"minyi/app/kit/qr"
	"minyi/frontend"
	pages "minyi/frontend/pages/hearings"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// ticketFrame marks a page as one person's own.
func ticketFrame(c *web.Ctx, v hearings.TicketView, title string) frontend.Frame {
	f := frame(c, v.Hearing, title)
	f.Meta.Robots, f.Topic = "noindex", ""
	f.Crumbs = nil
	c.Set(fiber.HeaderReferrerPolicy, "same-origin") // the address is the key; "no-referrer" would hide from us that its forms are our own
	return f
}

func (h handler) ticket(c *web.Ctx) error {
	v, err := h.s.Ticket(c.UserContext(), c.Params("ticket"))
	if err != nil {
		return err
	}
	return h.showTicket(c, v, parts.NewForm(nil))
}

func (h handler) showTicket(c *web.Ctx, v hearings.TicketView, form *parts.Form) error {
	code := c.Params("ticket")
	base := c.URL("/t/" + code)
	r := v.Registration
	state := v.State(c.Now())
	title := "hearings.own_signup"
	if r.Status == models.RegistrationConfirmed {
		title = "hearings.ticket"
	}
	p := pages.TicketPage{Frame: ticketFrame(c, v, c.T(title)), Form: form, Hearing: v.Title(c.Lang()), HearingURL: c.URL("/hearings/" + v.ID), State: string(r.Status), StateText: c.T("hearings.status_" + string(r.Status)),
		Number: models.NumberForm(r.Number), Category: categoryName(c, v.Category), OwnURL: c.Absolute("/t/" + code), CalendarURL: base + "/calendar.ics"}
	p.Path, p.Failed = "/t/"+code, form.Failed()
	if state == models.HearingCancelled {
		p.State, p.StateText = "cancelled", c.T("hearings.state_cancelled")
	}
	p.Next = nextFor(c, v, state)
	p.Facts = facts(c, v.View)
	p.Facts = append(p.Facts, pages.Fact{Term: c.T("hearings.number"), Text: p.Number}, pages.Fact{Term: c.T("hearings.category"), Text: p.Category})
	if r.Name != "" {
		p.Facts = append(p.Facts, pages.Fact{Term: c.T("hearings.name"), Text: r.Name})
	}
	if h.phone(v) != "" {
		p.Facts = append(p.Facts, pages.Fact{Term: c.T("hearings.contact"), Text: h.phone(v)})
	}
	if n := v.Selections; n > 0 {
		p.Facts = append(p.Facts, pages.Fact{Term: c.T("hearings.selections"), Text: c.Words.N("hearings.selections_n", n)})
	}
	if state == models.HearingLive && len(v.Rooms) > 0 {
		p.Live = c.URL("/live/" + v.Rooms[0].Code)
	}
	p.Valid = r.Status == models.RegistrationConfirmed && state != models.HearingCancelled
	if p.Valid {
		for _, t := range v.Tickets {
			card := pages.TicketCard{Name: t.Name, Digits: spaced(t.Digits), Address: c.PublicURL() + "/t/" + t.Code, ImageURL: c.URL("/t/" + t.Code + "/ticket.png"), Arrived: moment(t.ArrivedAt)}
			if card.QR, _ = qr.SVG(card.Address, c.T("hearings.ticket_qr", "digits", t.Digits)); card.QR == "" {
				continue
			}
			p.Tickets = append(p.Tickets, card)
		}
		var err error
		if p.CalendarText, err = calendarText(c, ticketEvent(c, v, code)); err != nil {
			return err
		}
	}
	over := state == models.HearingEnded || state == models.HearingRecorded || state == models.HearingCancelled
	if r.Active && !over {
		p.WithdrawURL = base + "/withdraw"
		if r.Status == models.RegistrationOffered {
			p.AcceptURL = base + "/accept"
		}
	}
	for _, a := range v.Files {
		p.Files = append(p.Files, pages.File{Name: a.Name, Size: c.Words.Bytes(a.Size), URL: c.URL("/hearings/" + v.ID + "/files/" + a.ID)})
	}
	if v.Delivery != nil && v.Delivery.ReceivedAt != nil {
		p.Received = *v.Delivery.ReceivedAt
	} else if r.Status == models.RegistrationConfirmed {
		p.ReceiveURL = base + "/receive"
	}
	ticketRecord(c, &p, v, base)
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Render(pages.Ticket(p))
}

func (h handler) phone(v hearings.TicketView) string {
	return strings.TrimSpace(v.ContactName + " " + v.ContactPhone)
}

// spaced parts the digits in the middle, as people read them out.
func spaced(digits string) string {
	if len(digits) != 6 {
		return digits
	}
	return digits[:3] + " " + digits[3:]
}

// nextFor says what comes next for the holder of the ticket.
func nextFor(c *web.Ctx, v hearings.TicketView, state models.HearingState) string {
	if state == models.HearingCancelled {
		return c.T("hearings.cancelled_because", "why", either(c.Lang(), v.CancelledZH, v.CancelledEN))
	}
	switch v.Registration.Status {
	case models.RegistrationConfirmed:
		if state == models.HearingEnded || state == models.HearingRecorded {
			return c.T("hearings.next_over")
		}
		return c.T("hearings.next_confirmed", "date", when(c, v.Hearing))
	case models.RegistrationWaiting:
		return c.Words.N("hearings.next_waiting", v.Ahead)
	case models.RegistrationOffered:
		return c.T("hearings.next_offered", "date", c.Words.DateTime(moment(v.Registration.OfferUntil)))
	case models.RegistrationPool:
		return c.T("hearings.next_pool", "date", c.Words.DateTime(moment(v.DrawAt)))
	case models.RegistrationDeclined:
		return c.T("hearings.next_declined", "why", v.Registration.Note)
	}
	return c.T("hearings.next_" + string(v.Registration.Status))
}

func ticketRecord(c *web.Ctx, p *pages.TicketPage, v hearings.TicketView, base string) {
	if v.Record == nil {
		return
	}
	p.RecordURL = c.URL("/hearings/" + v.ID + "/record")
	if v.Signed != nil {
		p.Signed = c.T("hearings.signed_"+strconv.FormatBool(v.Signed.Signed), "date", c.Words.DateTime(v.Signed.CreatedAt))
	}
	open := v.Record.FrozenAt == nil && v.Record.CorrectionsUntil != nil && c.Now().Before(*v.Record.CorrectionsUntil)
	switch {
	case !open || v.Registration.Status != models.RegistrationConfirmed:
	case v.TookPart:
		p.ConfirmURL, p.CorrectURL = base+"/sign", base+"/correct"
	case !p.Failed: // else the summary says so already
		p.NotThere = c.T("hearings.not_there")
	}
}

func (h handler) ticketCalendar(c *web.Ctx) error {
	v, err := h.s.Ticket(c.UserContext(), c.Params("ticket"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return sendCalendar(c, v.ID, ticketEvent(c, v, c.Params("ticket")))
}

// ticketImage is the ticket as a picture to keep in the album of a phone. It opens where it
// is: browsers within other programs refuse downloads, and keep what is pressed for long.
func (h handler) ticketImage(c *web.Ctx) error {
	v, err := h.s.Ticket(c.UserContext(), c.Params("ticket"))
	if err != nil {
		return err
	}
	if v.Registration.Status != models.RegistrationConfirmed {
		return models.ErrNotFound
	}
	t := v.Tickets[0]
	picture, err := qr.Picture(c.PublicURL()+"/t/"+t.Code, spaced(t.Digits), v.StartsAt.In(frontend.Zone()).Format("2006-01-02 15:04"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "image/png")
	c.Set(fiber.HeaderContentDisposition, `inline; filename="ticket-`+v.ID+`.png"`)
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.Send(picture)
}

// ticketAct does one thing for who holds the ticket and shows the ticket again.
func (h handler) ticketAct(done string, do func(c *web.Ctx, ticket string) error) web.Handler {
	return func(c *web.Ctx) error {
		ticket := c.Params("ticket")
		err := do(c, ticket)
		if err == nil {
			return c.SeeWith("/t/"+ticket, done)
		}
		messages, known := c.Messages(err)
		if !known {
			return err
		}
		v, e := h.s.Ticket(c.UserContext(), ticket)
		if e != nil {
			return err
		}
		form := parts.NewForm(nil)
		for field, say := range messages {
			form.Fail(field, say)
		}
		c.Status(web.Status(err))
		return h.showTicket(c, v, form)
	}
}

func (h handler) withdrawing(c *web.Ctx) error {
	v, err := h.s.Ticket(c.UserContext(), c.Params("ticket"))
	if err != nil {
		return err
	}
	base := c.URL("/t/" + c.Params("ticket"))
	effects := []string{c.T("hearings.withdraw_effect")}
	if n := len(v.Tickets); n > 1 {
		effects = append(effects, c.Words.N("hearings.withdraw_family", n))
	}
	return c.Render(pages.Ask(pages.AskPage{Frame: ticketFrame(c, v, c.T("hearings.withdraw_title")), Form: parts.NewForm(nil), Quoted: v.Title(c.Lang()) + " · " + when(c, v.Hearing),
		Ask: parts.InterruptionProps{Title: c.T("hearings.withdraw_title"), Effects: effects, Action: base + "/withdraw", Cancel: base, Confirm: c.T("hearings.withdraw"), Danger: true}}))
}

func (h handler) correcting(c *web.Ctx) error {
	v, err := h.s.Ticket(c.UserContext(), c.Params("ticket"))
	if err != nil {
		return err
	}
	form := parts.NewForm(nil)
	if v.Record != nil && v.Registration.Status == models.RegistrationConfirmed && !v.TookPart {
		c.Refuse(form, models.Fail(models.Forbidden, "hearings.not_there"))
		return h.showTicket(c, v, form)
	}
	return h.showCorrect(c, v, form)
}

func (h handler) showCorrect(c *web.Ctx, v hearings.TicketView, form *parts.Form) error {
	rec, err := h.s.Record(c.UserContext(), c.Who, v.ID)
	if err != nil {
		return err
	}
	base := c.URL("/t/" + c.Params("ticket"))
	p := pages.CorrectPage{Frame: ticketFrame(c, v, c.T("hearings.ask_correction")), Form: form, Action: base + "/correct", Cancel: base, Entries: []parts.Option{{Text: c.T("hearings.correct_all")}}}
	p.Failed = form.Failed()
	for i, e := range rec.Entries {
		words := []rune(either(c.Lang(), e.TextZH, e.TextEN))
		p.Entries = append(p.Entries, parts.Option{Value: e.ID, Text: strconv.Itoa(i+1) + ". " + strings.TrimSpace(e.Speaker+" "+string(words[:min(len(words), 24)]))})
	}
	return c.Render(pages.Correct(p))
}

func (h handler) correct(c *web.Ctx) error {
	err := h.s.Correct(c.UserContext(), c.Who, c.Params("ticket"), c.FormValue("entry"), c.FormValue("text"))
	if err == nil {
		return c.SeeWith("/t/"+c.Params("ticket"), "hearings.correct_done")
	}
	form := parts.NewForm(map[string]string{"entry": c.FormValue("entry"), "text": c.FormValue("text")})
	if !c.Refuse(form, err) {
		return err
	}
	v, err := h.s.Ticket(c.UserContext(), c.Params("ticket"))
	if err != nil {
		return err
	}
	return h.showCorrect(c, v, form)
}

// record shows the record and the report of a hearing.
func (h handler) record(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(c.Now().Add(5*time.Minute), models.HearingTopic(id))
	v, err := h.s.Show(c.UserContext(), id)
	if err != nil {
		return err
	}
	rec, err := h.s.Record(c.UserContext(), c.Who, id)
	if err != nil && (!models.IsNotFound(err) || v.Report == nil) {
		return err
	}
	p := pages.RecordPage{Frame: frame(c, v.Hearing, c.T("hearings.record")), Hearing: v.Title(c.Lang()), HearingURL: c.URL("/hearings/" + id), State: "open", Summary: either(c.Lang(), rec.SummaryZH, rec.SummaryEN), Hash: rec.Hash}
	p.Path = "/hearings/" + id + "/record"
	switch {
	case rec.FrozenAt != nil:
		p.State, p.StateText = "frozen", c.T("hearings.record_frozen_at", "date", c.Words.DateTime(*rec.FrozenAt))
	case rec.CorrectionsUntil != nil:
		p.StateText = c.T("hearings.record_open_until", "date", c.Words.DateTime(*rec.CorrectionsUntil))
	default:
		p.StateText = c.T("hearings.record_writing")
	}
	p.Facts = facts(c, v)[:1]
	for _, x := range []struct{ key, v string }{{"hearings.host", rec.Host}, {"hearings.clerk", rec.Clerk}} {
		if x.v != "" {
			p.Facts = append(p.Facts, pages.Fact{Term: c.T(x.key), Text: x.v})
		}
	}
	if rec.Record.About != "" {
		p.Downloads = append(p.Downloads, parts.Tab{Text: c.T("hearings.record_docx"), URL: c.URL("/hearings/" + id + "/record.docx")})
	}
	if v.RecordedAt != nil {
		p.Downloads = append(p.Downloads, parts.Tab{Text: c.T("hearings.archive"), URL: c.URL("/hearings/" + id + "/archive.zip")})
	}
	for _, e := range rec.Entries {
		said := either(c.Lang(), e.TextZH, e.TextEN)
		p.Entries = append(p.Entries, pages.Entry{ID: e.ID, Kind: e.Kind, Speaker: e.Speaker, Text: said, Lang: tongue(said)})
	}
	for _, k := range rec.Corrections {
		p.Corrections = append(p.Corrections, pages.Correction{Name: k.Name, Text: k.Text, Decision: c.T("hearings.correction_" + orOpen(k.Decision)), Note: k.Note})
	}
	for _, s := range rec.Confirmations {
		line := s.Name + " " + c.T("hearings.signed_"+strconv.FormatBool(s.Signed), "date", c.Words.DateTime(s.CreatedAt))
		if s.Signed {
			p.Signed = append(p.Signed, line)
		} else {
			p.Refused = append(p.Refused, line)
		}
	}
	if v.Report != nil {
		p.ReportSummary = either(c.Lang(), v.Report.SummaryZH, v.Report.SummaryEN)
		for _, r := range hearings.ReportItems(*v.Report) {
			view, why := either(c.Lang(), r.ViewZH, r.ViewEN), either(c.Lang(), r.ReasonZH, r.ReasonEN)
			p.Report = append(p.Report, pages.ReportRow{View: view, By: r.By, Decision: c.T("hearings.outcome_" + r.Decision), Reason: why, ViewLang: tongue(view), ReasonLang: tongue(why)})
		}
	}
	return c.Render(pages.RecordShow(p))
}

func orOpen(decision string) string {
	if decision == "" {
		return "open"
	}
	return decision
}
