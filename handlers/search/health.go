package search

import (
	"minyi/app/search"
	pages "minyi/frontend/pages/administration"
	"minyi/handlers/web"
)

// Health says for the overview of who tends the site how each index is: its engine, how
// much is in it, how far it is behind, and what failed last.
func Health(s *search.Service) func(c *web.Ctx) []pages.Fact {
	return func(c *web.Ctx) []pages.Fact {
		var out []pages.Fact
		for _, h := range s.Health(c.UserContext()) {
			f := pages.Fact{Name: c.T("search.index_" + h.Index), Kind: "ok", Word: c.T("administration.fine"), Text: health(c, h)}
			if !h.Well() {
				f.Kind, f.Word = "bad", c.T("administration.look")
			}
			if h.Failures > 0 {
				f.Text += gap(c) + c.T("search.health_failed", "time", c.Words.DateTime(h.Failed), "what", h.Failure)
			}
			out = append(out, f)
		}
		return out
	}
}

func health(c *web.Ctx, h search.Health) string {
	engine := c.T("search.health_engine", "engine", h.Engine, "mapping", h.Mapping)
	switch {
	case !h.Known:
		return c.T("search.health_away", "engine", h.Engine)
	case !h.Answers:
		return engine + gap(c) + c.T("search.health_first")
	}
	text := engine + gap(c) + c.Words.N("search.health_holds", h.Documents)
	switch {
	case h.Making:
		text += gap(c) + c.T("search.health_making")
	case h.Behind > 0:
		text += gap(c) + c.Words.N("search.health_behind", int(h.Behind))
	default:
		text += gap(c) + c.T("search.health_current")
	}
	return text
}

// gap stands between sentences: Chinese ones need none.
func gap(c *web.Ctx) string {
	if c.Lang() == "en" {
		return " "
	}
	return ""
}
