package search

import (
	"slices"
	"strconv"
	"strings"

	"minyi/app/search"
	pages "minyi/frontend/pages/search"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
	index "minyi/search"
)

// snippet is how much of a text a hit shows, in characters.
var snippet = map[string]int{"zh": 110, "en": 240}

// row draws a hit in the language of the page; where only the other language fits,
// that one is shown and marked as such.
func row(c *web.Ctx, u index.Understood, h search.Hit, desk bool) pages.Row {
	lang := c.Lang()
	r := pages.Row{Kind: c.T("search.one_" + string(h.Kind)), URL: h.Path, At: h.At}
	title := h.Title.In(lang)
	number := web.ClauseNumber(c.Words, h.Number)
	switch h.Kind {
	case index.KindClause:
		title = strings.TrimSpace(number + " " + title)
	case index.KindConsultation, index.KindReport, index.KindHearing:
	default:
		if title == "" {
			title = c.T("search.title_"+string(h.Kind), "clause", number, "matter", h.Matter.Title.In(lang))
			if number == "" {
				title = c.T("search.title_whole_"+string(h.Kind), "matter", h.Matter.Title.In(lang))
			}
		}
	}
	r.Title = drawn(u.Mark(title, 0))
	if h.Kind != index.KindConsultation && h.Kind != index.KindHearing {
		r.Path = append(r.Path, h.Matter.Title.In(lang))
	}
	if name := h.Unit.Name(lang); name != "" {
		r.Path = append(r.Path, name)
	}
	text, other := h.Text.In(lang), h.Text.ZH
	if lang == "zh" {
		other = h.Text.EN
	}
	marked := u.Mark(text, snippet[lang])
	if !index.Marked(marked) && !index.Marked(u.Mark(title, 0)) && other != "" && other != text {
		if there := u.Mark(other, snippet[lang]); index.Marked(there) {
			marked = there
			r.Lang = "en"
			if lang == "en" {
				r.Lang = "zh-CN"
			}
		}
	}
	r.Text = drawn(marked)
	if h.Stance != "" {
		r.Facts = append(r.Facts, c.T("parts.stance_"+h.Stance))
	}
	if h.Outcome != "" {
		r.Facts = append(r.Facts, c.T("search.outcome_"+h.Outcome))
	}
	if h.Supports > 0 {
		r.Facts = append(r.Facts, c.Words.N("search.supports", int(h.Supports)))
	}
	if h.Changed {
		r.Facts = append(r.Facts, c.T("search.changed"))
	}
	if h.State != "" {
		r.State = c.T(stateKey(h.State))
	}
	if desk && !index.Marked(marked) && !index.Marked(u.Mark(title, 0)) && index.Marked(u.Mark(h.Contacts, 0)) {
		r.Facts = append(r.Facts, c.T("search.found_by_contact"))
	}
	if desk {
		r.URL = deskPath(c, h)
	}
	return r
}

// deskPath is the page to which a hit leads at the desk: that on which the reader works
// at it, or else one that they may open; empty where they may open none.
func deskPath(c *web.Ctx, h search.Hit) string {
	officer := c.Who.Has(h.Unit.Path, models.Officer)
	_, id, _ := strings.Cut(h.ID, ":")
	consultation, _ := strings.CutPrefix(h.Matter.ID, models.ConsultationTopic(""))
	about := "/consultations/" + consultation
	if !h.Matter.Public {
		about += "?preview=1"
	}
	switch {
	case h.Kind == index.KindOpinion && officer:
		return "/desk/opinions/" + id
	case h.Kind == index.KindAnswer && h.State != "" && officer:
		return "/desk/c/" + consultation + "/queue"
	case (h.Kind == index.KindOpinion || h.Kind == index.KindAnswer) && (h.State != "" || !h.Matter.Public), h.Kind == index.KindConsultation:
		return about
	case h.Kind == index.KindClause && !h.Matter.Public:
		return "/consultations/" + consultation + "/draft?preview=1#" + h.Document.Clause
	case h.Kind == index.KindHearing && h.State != "" && !c.Who.Has(h.Unit.Path, models.Officer, models.Moderator):
		return ""
	}
	return h.Path
}

// stateKey is the text of what is special about something at the desk; where a
// registration stands is said in the words of its list.
func stateKey(state string) string {
	switch models.RegistrationStatus(state) {
	case models.RegistrationOffered:
		return "hearings.desk_offered"
	case models.RegistrationPending, models.RegistrationPool, models.RegistrationWaiting, models.RegistrationConfirmed, models.RegistrationDeclined,
		models.RegistrationNotDrawn, models.RegistrationExpired, models.RegistrationNoShow:
		return "hearings.status_" + state
	}
	return "search.state_" + state
}

func drawn(list []index.Piece) []pages.Piece {
	out := make([]pages.Piece, len(list))
	for i, p := range list {
		out[i] = pages.Piece{Text: p.Text, Mark: p.Mark}
	}
	return out
}

// result is the sentence with the number found.
func (h *handler) result(a *asking) string {
	c, f := a.c, a.found
	switch {
	case f.Degraded && len(f.Hits) > 0:
		return c.Words.N("search.found_some", len(f.Hits))
	case f.Partial && !f.Degraded:
		return c.T("search.found_more", "n", c.Words.Number(f.Total))
	case len(f.Hits) == 0 && f.Total == 0: // also where only titles and clauses were looked at
		return c.T("search.found_none")
	}
	return c.Words.N("search.found", f.Total)
}

// notes say how the text was understood.
func (h *handler) notes(a *asking) []string {
	c, f := a.c, a.found
	var out []string
	if len(f.Hits) == 0 {
		return nil
	}
	if f.Understood.Clause != "" {
		out = append(out, c.T("search.understood_clause", "clause", f.Understood.ClauseText))
	}
	join := c.T("search.joiner")
	for _, t := range f.Understood.Terms {
		var same []string
		for _, form := range t.Forms[1:] {
			same = append(same, form.Text)
		}
		if len(same) > 0 {
			out = append(out, c.T("search.understood_same", "word", t.Text(), "words", strings.Join(same, join)))
		}
	}
	if words := misspelt(f); len(words) > 0 {
		out = append(out, c.T("search.understood_typo", "words", strings.Join(words, join)))
	}
	if words := heard(f); len(words) > 0 {
		out = append(out, c.T("search.understood_sound", "words", strings.Join(words, join)))
	}
	if f.Loose {
		out = append(out, c.T("search.loose"))
	}
	if f.Understood.Cut {
		out = append(out, c.T("search.cut"))
	}
	if f.Partial && !f.Degraded {
		out = append(out, c.T("search.partial"))
	}
	return out
}

// heard lists what stands in titles where a typed word was taken for pinyin.
func heard(f search.Found) []string {
	var out []string
	for _, h := range f.Hits {
		for _, w := range f.Understood.Heard(h.Title.ZH) {
			if !slices.Contains(out, w) && len(out) < 3 {
				out = append(out, w)
			}
		}
	}
	return out
}

// misspelt lists the words that hits have in place of a word that none of them has.
func misspelt(f search.Found) []string {
	var out []string
	for _, w := range f.Understood.Words() {
		var instead []string
		exact := false
		for _, h := range f.Hits {
			for _, have := range f.Understood.Alike(w, h.Title.EN+" "+h.Text.EN+" "+h.Title.ZH+" "+h.Text.ZH) {
				exact = exact || index.SameWord(have, w)
				if !slices.Contains(instead, have) {
					instead = append(instead, have)
				}
			}
		}
		if !exact && len(instead) > 0 {
			out = append(out, instead[:min(len(instead), 3)]...)
		}
	}
	return out
}

// tabs list the kinds with their counts.
func (h *handler) tabs(a *asking, p *pages.Page) {
	c := a.c
	counts := a.found.Counts[index.ByKind]
	now := a.ask.Choices[index.ByKind]
	total := 0
	for _, k := range counts {
		total += k.N
	}
	more := ""
	if a.found.Partial {
		more = "+"
	}
	p.Tabs = append(p.Tabs, parts.Tab{Text: c.T("search.kind_all"), URL: a.with("kind", ""), Count: c.Words.Number(total) + more, HasCount: true, Current: len(now) == 0})
	for _, k := range counts {
		p.Tabs = append(p.Tabs, parts.Tab{Text: c.T("search.kind_" + k.Value), URL: a.with("kind", k.Value), Count: c.Words.Number(k.N) + more, HasCount: true, Current: len(now) == 1 && now[0] == k.Value})
	}
}

func (h *handler) sorts(a *asking, p *pages.Page) {
	for _, s := range index.Sorts {
		value := string(s)
		if s == index.ByRelevance {
			value = ""
		}
		p.Sorts = append(p.Sorts, parts.Tab{Text: a.c.T("search.sort_" + string(s)), URL: a.with("sort", value), Current: a.ask.Sort == s})
	}
}

// unitsMost is how many units are listed; those with most hits stand in the tree first.
const unitsMost = 15

// fields are the facets in the order of the form, by the name of their field.
var fields = []struct {
	name  string
	facet index.Facet
}{{"unit", search.ByUnit}, {"topic", search.ByTopic}, {"year", index.ByYear}, {"status", search.ByStatus}, {"stance", index.ByStance}, {"outcome", index.ByOutcome}, {"changed", index.ByChanged}, {"state", index.ByState}}

func (h *handler) facets(a *asking, p *pages.Page) {
	c := a.c
	for _, f := range fields {
		chosen := a.ask.Choices[f.facet]
		counts := a.found.Counts[f.facet]
		facet := pages.Facet{Name: f.name, Legend: c.T("search.by_" + f.name)}
		listed := map[string]bool{}
		for i, k := range counts {
			if i >= unitsMost && !slices.Contains(chosen, k.Value) {
				continue
			}
			listed[k.Value] = true
			facet.Choices = append(facet.Choices, pages.Choice{Value: k.Value, Text: h.text(c, f.facet, k.Value, &k), Count: c.Words.Number(k.N), Chosen: slices.Contains(chosen, k.Value), Depth: min(k.Depth, 2)})
		}
		for _, v := range chosen { // what is chosen can be taken back, also when nothing has it
			if !listed[v] && h.text(c, f.facet, v, nil) != "" {
				facet.Choices = append(facet.Choices, pages.Choice{Value: v, Text: h.text(c, f.facet, v, nil), Count: "0", Chosen: true})
			}
		}
		if len(facet.Choices) > 1 || len(chosen) > 0 && len(facet.Choices) > 0 || len(facet.Choices) == 1 && (f.facet == index.ByChanged || f.facet == index.ByState) {
			p.Facets = append(p.Facets, facet)
		}
	}
	for _, k := range []string{"q", "kind", "sort", "clause"} {
		for _, v := range a.values[k] {
			if v != "" {
				p.Carried = append(p.Carried, pages.Hidden{Name: k, Value: v})
			}
		}
	}
}

// text is the name of a facet's value; empty for what is none.
func (h *handler) text(c *web.Ctx, f index.Facet, value string, k *search.Count) string {
	key := ""
	switch f {
	case search.ByUnit:
		if k != nil {
			return k.Unit.Name(c.Lang())
		}
		return value
	case index.ByYear:
		if n, err := strconv.Atoi(value); err == nil && n > 0 && n < 10000 {
			return c.T("search.year", "year", n)
		}
		return ""
	case search.ByTopic:
		key = "consultations.topic_" + value
	case search.ByStatus:
		key = "consultations.status_" + value
	case index.ByStance:
		key = "parts.stance_" + value
	case index.ByOutcome:
		key = "search.outcome_" + value
	case index.ByChanged:
		key = "search.changed"
	case index.ByState:
		key = stateKey(value)
	case index.ByKind:
		key = "search.kind_" + value
	}
	if !c.Words.Has(key) {
		return ""
	}
	return c.T(key)
}

func (h *handler) chosen(a *asking, p *pages.Page) {
	for _, f := range fields {
		for _, v := range a.ask.Choices[f.facet] {
			var known *search.Count
			for i, k := range a.found.Counts[f.facet] {
				if k.Value == v {
					known = &a.found.Counts[f.facet][i]
				}
			}
			if text := h.text(a.c, f.facet, v, known); text != "" {
				p.Chosen = append(p.Chosen, parts.ChosenFilter{Text: text, RemoveURL: a.without(f.name, v)})
			}
		}
	}
}

func (h *handler) pager(a *asking, p *pages.Page) {
	c := a.c
	last := (a.found.Total + pageLength - 1) / pageLength
	last = min(last, index.OffsetMost/pageLength)
	p.Pager.Label = c.T("search.pages")
	if last > 1 {
		p.Pager.Where = c.T("consultations.page_of", "n", a.page, "of", last)
	}
	if a.page > 1 {
		page := ""
		if a.page > 2 {
			page = strconv.Itoa(a.page - 1)
		}
		p.Pager.Prev = a.with("page", page)
	}
	if a.page < last && !a.found.Degraded {
		p.Pager.Next = a.with("page", strconv.Itoa(a.page+1))
	}
}

// help says what can be done when nothing was found.
func (h *handler) help(a *asking) []pages.Link {
	c := a.c
	out := []pages.Link{{Text: c.T("search.help_spelling")}, {Text: c.T("search.help_fewer")}}
	if len(a.ask.Choices) > 0 && a.ask.Text != "" {
		q := a.action + "?q=" + queryEscape(a.ask.Text)
		out = append(out, pages.Link{Text: c.T("search.help_all"), URL: q})
	}
	return append(out, pages.Link{Text: c.T("search.help_list"), URL: "/consultations"}, pages.Link{Text: c.T("search.help_ask"), URL: "/help"})
}

// about names the clause that everything is about.
func (h *handler) about(a *asking) (text, path string) {
	matter, key, _ := strings.Cut(a.ask.Clause, "#")
	id, ok := strings.CutPrefix(matter, models.ConsultationTopic(""))
	if !ok {
		return "", ""
	}
	for _, hit := range a.found.Hits {
		if hit.Document.Clause == key {
			return a.c.T("search.about_clause", "clause", web.ClauseNumber(a.c.Words, hit.Number), "matter", hit.Matter.Title.In(a.c.Lang())), "/consultations/" + id + "/clauses/" + key
		}
	}
	return "", ""
}
