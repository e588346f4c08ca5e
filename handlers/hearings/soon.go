package hearings

import (
	"minyi/app/hearings"
	pages "minyi/frontend/pages/hearings"
	"minyi/handlers/web"
)

// soonRows is how many hearings the home page shows.
const soonRows = 3

// Soon lists the hearings that come next, for the home page.
func Soon(s *hearings.Service) func(c *web.Ctx) ([]pages.Row, error) {
	return func(c *web.Ctx) ([]pages.Row, error) {
		rows, _, err := s.List(c.UserContext(), hearings.Query{Limit: soonRows})
		var out []pages.Row
		for _, r := range rows {
			out = append(out, row(c, r))
		}
		return out, err
	}
}
