// Package letters serves the development mailbox and the links that end letters.
package letters

import (
	"minyi/app/letters"
	pages "minyi/frontend/pages/letters"
	"minyi/handlers/web"
	"minyi/models"
)

type handler struct{ s *letters.Service }

// Mount adds the routes.
func Mount(r *web.Router, s *letters.Service) {
	h := handler{s}
	r.Page("GET", "/mailbox", web.Mailbox, h.mailbox)
	r.Page("GET", "/letters/stop/:ticket", web.Public, h.stop)
	r.Page("POST", "/letters/stop/:ticket", web.Public, h.doStop)
	r.Page("GET", "/admin/letters", web.AdminsOnly, h.health)
	r.Page("POST", "/admin/letters/test", web.AdminsOnly, h.test)
	r.Page("POST", "/admin/letters/:id/retry", web.AdminsOnly, h.retry)
}

func (h handler) mailbox(c *web.Ctx) error {
	p := pages.MailboxPage{Frame: c.Frame(c.T("letters.mailbox_title"))}
	p.Meta.Robots = "noindex"
	for _, l := range h.s.Mailbox() {
		p.Letters = append(p.Letters, pages.Letter{To: l.To, SMS: l.Channel == models.ChannelSMS, Subject: l.Subject, Text: l.Text, At: l.At})
	}
	return c.Render(pages.Mailbox(p))
}

func (h handler) stop(c *web.Ctx) error {
	if err := h.s.CheckStop(c.Params("ticket")); err != nil {
		return err
	}
	return h.show(c, false)
}

// doStop also takes the one click of mail programs (RFC 8058), which come without
// cookies.
func (h handler) doStop(c *web.Ctx) error {
	if err := h.s.Stop(c.UserContext(), c.Params("ticket")); err != nil {
		return err
	}
	return h.show(c, true)
}

func (h handler) show(c *web.Ctx, done bool) error {
	p := pages.StopPage{Frame: c.Frame(c.T("letters.stop_title")), Done: done, Action: "/letters/stop/" + c.Params("ticket")}
	p.Meta.Robots = "noindex"
	return c.Render(pages.Stop(p))
}
