package opinions

import (
	"strings"

	"minyi/app/kit/text"
	pages "minyi/frontend/pages/opinions"
	"minyi/frontend/parts"
	"minyi/handlers/web"
)

// disowning asks before opinions are taken off a contact; it only reads, since mail
// programs open links by themselves.
func (h handler) disowning(c *web.Ctx) error {
	r, err := h.opinions.Attributed(c.UserContext(), c.Params("ticket"))
	if err != nil {
		return err
	}
	title := r.Consultation.Title(c.Lang())
	p := pages.DisownPage{Frame: private(c.Frame(c.T("opinions.disown_title")), title), Form: parts.NewForm(nil), Done: r.DisownedAt != nil,
		Action: c.URL(c.OriginalPath()), Cancel: c.URL("/r/" + r.Code), Effects: []string{c.T("opinions.disown_effect_name"), c.T("opinions.disown_effect_hidden")}}
	for _, g := range r.Opinions {
		words := strings.TrimSpace(g.Body + "\n" + g.Suggestion)
		p.Lines = append(p.Lines, pages.DisownLine{Label: c.T("opinions.number", "number", g.Number) + " " + label(c, g.Clause), Text: text.Cut(words, 500)})
	}
	c.Set("Cache-Control", "private, no-store")
	return c.Render(pages.Disown(p))
}

func (h handler) disown(c *web.Ctx) error {
	if err := h.opinions.Disown(c.UserContext(), c.Who, c.Params("ticket")); err != nil {
		return err
	}
	return c.See(c.OriginalPath())
}
