package hearings

import (
	"minyi/app/hearings"
	"minyi/frontend/pages/me"
	"minyi/handlers/web"
)

// Tickets lists the reader's registrations with their state, each leading to its
// ticket, for the page of what they take part in.
func Tickets(s *hearings.Service) func(c *web.Ctx) ([]me.Link, error) {
	return func(c *web.Ctx) ([]me.Link, error) {
		list, err := s.Mine(c.UserContext(), c.Who)
		if err != nil {
			return nil, err
		}
		var out []me.Link
		for _, v := range list {
			if len(v.Tickets) == 0 || v.StartsAt == nil {
				continue
			}
			out = append(out, me.Link{
				Text: c.T("me.ticket", "title", v.Title(c.Lang()), "date", c.Words.Date(*v.StartsAt), "status", c.T("hearings.status_"+string(v.Registration.Status))),
				URL:  c.URL("/t/" + v.Tickets[0].Code),
			})
		}
		return out, nil
	}
}
