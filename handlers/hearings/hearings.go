package hearings

import (
	"bufio"
	"context"

	"minyi/app/accounts"
	"minyi/app/hearings"
	"minyi/app/kit/cursor"
	"minyi/app/kit/sheet"
	"minyi/handlers/web"
)

type handler struct {
	s        *hearings.Service
	accounts *accounts.Service
	cursors  *cursor.Signer
	kept     func(context.Context) (map[string]int, error)
}

// Mount adds the routes of hearings. kept gives how many days personal data are kept, by
// the keys of administration.Terms.
func Mount(r *web.Router, s *hearings.Service, people *accounts.Service, cursors *cursor.Signer, kept func(context.Context) (map[string]int, error)) {
	h := handler{s, people, cursors, kept}
	h.mountDesk(r)
	r.Page("GET", "/hearings", web.Public, h.list)
	r.Page("GET", "/hearings.atom", web.Public, h.feed)
	r.Page("GET", "/hearings/year", web.Public, h.year)
	r.Page("GET", "/hearings/year/:year", web.Public, h.year)
	r.Page("GET", "/hearings/:id", web.Public, h.show)
	r.Page("GET", "/hearings/:id/calendar.ics", web.Public, h.calendar)
	r.Page("GET", "/hearings/:id/files/:file", web.Public, h.file)
	r.Page("GET", "/hearings/:id/register", web.Public, h.registering)
	r.Page("POST", "/hearings/:id/register", web.Public, h.register)
	r.Page("GET", "/hearings/:id/participants.csv", web.Public, h.participantList(sheet.CSVType, ".csv", func(w *bufio.Writer, t sheet.Table) error { return sheet.CSV(w, t) }))
	r.Page("GET", "/hearings/:id/participants.xlsx", web.Public, h.participantList(sheet.XLSXType, ".xlsx", func(w *bufio.Writer, t sheet.Table) error { return sheet.XLSX(w, t) }))
	r.Page("GET", "/hearings/:id/draw", web.Public, h.draw)
	r.Page("GET", "/hearings/:id/draw.txt", web.Public, h.drawFile)
	r.Page("GET", "/hearings/:id/record", web.Public, h.record)
	r.Page("GET", "/hearings/:id/record.docx", web.Public, h.recordWord)
	r.Page("GET", "/hearings/:id/archive.zip", web.Public, h.archive)
	r.Page("GET", "/t/:ticket", web.Public, h.ticket)
	r.Page("GET", "/t/:ticket/calendar.ics", web.Public, h.ticketCalendar)
	r.Page("GET", "/t/:ticket/ticket.png", web.Public, h.ticketImage)
	r.Page("GET", "/t/:ticket/withdraw", web.Public, h.withdrawing)
	r.Page("POST", "/t/:ticket/withdraw", web.Public, h.ticketAct("hearings.withdrawn_done", func(c *web.Ctx, ticket string) error {
		return s.Withdraw(c.UserContext(), c.Who, ticket)
	}))
	r.Page("POST", "/t/:ticket/accept", web.Public, h.ticketAct("hearings.accepted_done", func(c *web.Ctx, ticket string) error {
		return s.Accept(c.UserContext(), c.Who, ticket)
	}))
	r.Page("POST", "/t/:ticket/receive", web.Public, h.ticketAct("hearings.received_done", func(c *web.Ctx, ticket string) error {
		return s.Receive(c.UserContext(), c.Who, ticket)
	}))
	r.Page("POST", "/t/:ticket/sign", web.Public, h.ticketAct("hearings.signed_done", func(c *web.Ctx, ticket string) error {
		return s.Confirm(c.UserContext(), c.Who, ticket, c.FormValue("signs") == "1")
	}))
	r.Page("GET", "/t/:ticket/correct", web.Public, h.correcting)
	r.Page("POST", "/t/:ticket/correct", web.Public, h.correct)
	r.API("GET", "/hearings", web.Public, h.apiList)
	r.API("GET", "/hearings/:id", web.Public, h.apiShow)
	r.API("POST", "/hearings/:id/registrations", web.Public, h.apiRegister)
	r.API("GET", "/registrations/:id", web.Public, h.apiRegistration)
	r.API("DELETE", "/registrations/:id", web.Public, h.apiWithdraw)
}
