package search

import (
	"strings"
	"time"

	"minyi/app/search"
	pages "minyi/frontend/pages/consultations"
	"minyi/handlers/web"
	"minyi/models"
	index "minyi/search"
)

// alikeMost is how many opinions stand beside one, and alikeFor how long a page with
// them is kept.
const (
	alikeMost = 4
	alikeFor  = 5 * time.Second
)

// Alike finds what stands beside an opinion on the page of its clause: opinions that
// say something like it. Whatever fails, the page is shown without.
func Alike(s *search.Service) func(c *web.Ctx, o models.Opinion) []pages.Related {
	return func(c *web.Ctx, o models.Opinion) []pages.Related {
		text := strings.TrimSpace(o.Body + "\n" + o.Suggestion)
		f, err := s.Find(c.UserContext(), c.Who, search.Ask{Text: text, Similar: true, Except: "opinion:" + o.ID, Limit: alikeMost, Choices: map[index.Facet][]string{index.ByKind: {string(index.KindOpinion)}}})
		if err != nil {
			return nil
		}
		// The page may be kept for others; what is hidden elsewhere must leave it soon.
		c.Depends(c.Now().Add(alikeFor))
		var out []pages.Related
		for _, h := range f.Hits {
			line := ""
			for _, p := range (index.Understood{}).Mark(h.Text.In(c.Lang()), 60) {
				line += p.Text
			}
			out = append(out, pages.Related{Text: strings.Join(strings.Fields(line), " "), URL: c.URL(h.Path)})
		}
		return out
	}
}
