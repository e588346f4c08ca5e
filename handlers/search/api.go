package search

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/kit/feed"
	"minyi/app/search"
	"minyi/handlers/web"
	"minyi/models"
	index "minyi/search"
)

func queryEscape(s string) string { return url.QueryEscape(s) }

type pieceJSON struct {
	Text string `json:"text"`
	Mark bool   `json:"mark,omitempty"`
}

type hitJSON struct {
	ID      string      `json:"id"`
	Kind    string      `json:"kind"`
	Title   []pieceJSON `json:"title"`
	Text    []pieceJSON `json:"text"`
	URL     string      `json:"url"`
	Path    []string    `json:"path"`
	Matter  string      `json:"matter"`
	Clause  string      `json:"clause,omitempty"`
	Number  string      `json:"number,omitempty"`
	Unit    string      `json:"unit,omitempty"`
	Topic   string      `json:"topic,omitempty"`
	Status  string      `json:"status,omitempty"`
	Stance  string      `json:"stance,omitempty"`
	Outcome string      `json:"outcome,omitempty"`
	Changed bool        `json:"changed,omitempty"`
	Support int64       `json:"supports"`
	At      time.Time   `json:"at"`
}

type countJSON struct {
	Value string `json:"value"`
	Name  string `json:"name"`
	Count int    `json:"count"`
}

type termJSON struct {
	Word string   `json:"word"`
	Also []string `json:"also,omitempty"`
}

type answerJSON struct {
	Query      string `json:"query"`
	Understood struct {
		Terms  []termJSON `json:"terms"`
		Clause string     `json:"clause,omitempty"`
		Loose  bool       `json:"loose"`
		Cut    bool       `json:"cut"`
	} `json:"understood"`
	Total    int                    `json:"total"`
	Partial  bool                   `json:"partial"`
	Degraded bool                   `json:"degraded"`
	Hits     []hitJSON              `json:"hits"`
	Facets   map[string][]countJSON `json:"facets"`
	Next     string                 `json:"next_cursor,omitempty"`
}

// api answers programs. What makes no sense in the address is an error here, since
// programs should hear of it; the text never is.
func (h *handler) api(c *web.Ctx) error {
	a := read(c, "/search")
	var err error
	if a.ask.Limit, err = c.QueryLimit(pageLength, index.PageLimit); err != nil {
		return err
	}
	a.ask.Offset = 0
	if err := h.check(a); err != nil {
		return err
	}
	if slug, err := h.s.UnknownUnit(c.UserContext(), a.ask); err != nil || slug != "" {
		if err == nil {
			err = models.FailField("unit", "search.unknown_value", "value", slug)
		}
		return err
	}
	purpose := "search|" + search.Canonical(a.values.Encode()) + "|" + string(a.ask.Sort)
	if given := c.Query("cursor"); given != "" {
		fields, err := h.cursors.Decode(purpose, given)
		if err != nil || len(fields) != 1 {
			return models.FailField("cursor", "opinions.cursor_invalid")
		}
		a.ask.Offset, _ = strconv.Atoi(fields[0]) // signed: it is what we wrote
	}
	if a.found, err = h.s.Find(c.UserContext(), c.Who, a.ask); err != nil {
		return err
	}
	out := h.answer(a)
	if next := a.ask.Offset + a.ask.Limit; next < a.found.Total && next <= index.OffsetMost && !a.found.Degraded {
		out.Next = h.cursors.Encode(purpose, strconv.Itoa(next))
		q, _ := url.ParseQuery(a.values.Encode())
		q.Set("cursor", out.Next)
		c.Set(fiber.HeaderLink, "<"+c.PublicURL()+c.Path()+"?"+q.Encode()+`>; rel="next"`)
	}
	return c.Answer(out)
}

// check names the first field with a value that does not exist.
func (h *handler) check(a *asking) error {
	for _, f := range fields {
		for _, v := range a.ask.Choices[f.facet] {
			if f.facet != search.ByUnit && h.text(a.c, f.facet, v, nil) == "" || f.facet == index.ByChanged && v != "yes" {
				return models.FailField(f.name, "search.unknown_value", "value", v)
			}
		}
	}
	for _, v := range a.ask.Choices[index.ByKind] {
		if h.text(a.c, index.ByKind, v, nil) == "" || v == "all" || index.Kind(v).DeskOnly() {
			return models.FailField("kind", "search.unknown_value", "value", v)
		}
	}
	if s := a.values.Get("sort"); s != "" && string(a.ask.Sort) != s {
		return models.FailField("sort", "search.unknown_value", "value", s)
	}
	if s := a.values.Get("clause"); s != "" && a.ask.Clause == "" {
		return models.FailField("clause", "search.unknown_value", "value", s)
	}
	return nil
}

func (h *handler) answer(a *asking) answerJSON {
	c, f := a.c, a.found
	var out answerJSON
	out.Query, _ = index.Clean(a.ask.Text, index.TextLimit)
	out.Total, out.Partial, out.Degraded = f.Total, f.Partial, f.Degraded
	out.Understood.Terms, out.Hits, out.Facets = []termJSON{}, []hitJSON{}, map[string][]countJSON{}
	for _, t := range f.Understood.Terms {
		one := termJSON{Word: t.Text()}
		for _, form := range t.Forms[1:] {
			one.Also = append(one.Also, form.Text)
		}
		out.Understood.Terms = append(out.Understood.Terms, one)
	}
	out.Understood.Clause, out.Understood.Loose, out.Understood.Cut = f.Understood.Clause, f.Loose, f.Understood.Cut
	for _, hit := range f.Hits {
		r := row(c, f.Understood, hit, false)
		one := hitJSON{ID: hit.ID, Kind: string(hit.Kind), URL: hit.Path, Path: r.Path, Matter: hit.Matter.ID, Clause: hit.Document.Clause, Number: hit.Number, Unit: hit.Unit.Slug,
			Topic: hit.Matter.Topic, Stance: hit.Stance, Outcome: hit.Outcome, Changed: hit.Changed, Support: hit.Supports, At: hit.At, Title: []pieceJSON{}, Text: []pieceJSON{}}
		if hit.Matter.Status != nil {
			one.Status = hit.Matter.Status(c.Now())
		}
		for _, p := range r.Title {
			one.Title = append(one.Title, pieceJSON{p.Text, p.Mark})
		}
		for _, p := range r.Text {
			one.Text = append(one.Text, pieceJSON{p.Text, p.Mark})
		}
		out.Hits = append(out.Hits, one)
	}
	all := append(fields[:len(fields):len(fields)], fields[0])
	all[len(fields)].name, all[len(fields)].facet = "kind", index.ByKind
	for _, fd := range all {
		if fd.facet == index.ByState {
			continue
		}
		list := []countJSON{}
		for _, k := range f.Counts[fd.facet] {
			list = append(list, countJSON{k.Value, h.text(c, fd.facet, k.Value, &k), k.N})
		}
		out.Facets[fd.name] = list
	}
	return out
}

// suggestMost is how many titles are suggested.
const suggestMost = 8

// suggest gives titles that fit what is typed so far.
func (h *handler) suggest(c *web.Ctx) error {
	text, _ := index.Clean(c.Query("q"), index.TextLimit)
	list := []string{}
	if text != "" {
		f, err := h.s.Find(c.UserContext(), c.Who, search.Ask{Text: text, Limit: suggestMost, Choices: map[index.Facet][]string{index.ByKind: {string(index.KindConsultation), string(index.KindHearing), string(index.KindClause)}}})
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, hit := range f.Hits {
			if f.Loose {
				break
			}
			name := called(c, hit)
			if !seen[name] {
				seen[name] = true
				list = append(list, name)
			}
		}
	}
	c.Set(fiber.HeaderCacheControl, "private, max-age=60")
	return c.Answer(map[string]any{"suggestions": list})
}

// called is how a hit is called in one line, with what it belongs to.
func called(c *web.Ctx, hit search.Hit) string {
	title, number := hit.Title.In(c.Lang()), web.ClauseNumber(c.Words, hit.Number)
	if hit.Kind == index.KindClause || title == "" {
		title = strings.TrimSpace(hit.Matter.Title.In(c.Lang()) + " " + number + " " + title)
	}
	return title
}

// feed is what a search finds, the newest first.
func (h *handler) feed(c *web.Ctx) error {
	a := read(c, "/search")
	a.ask.Sort, a.ask.Limit, a.ask.Offset = index.ByDate, 40, 0
	query := search.Canonical(a.values.Encode())
	out := feed.Feed{Title: c.T("search.title_of", "query", firstOf(a.ask.Text, c.T("search.kind_all"))), Lang: c.Words.HTMLLang, Page: c.Absolute("/search") + "?" + query, Self: c.Absolute("/search.atom") + "?" + query, Author: c.Frame("").Site.Name}
	out.ID = out.Self
	out.Updated = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if a.asked() {
		f, err := h.s.Find(c.UserContext(), c.Who, a.ask)
		if err != nil {
			return err
		}
		if f.Degraded { // an empty feed would say that there is nothing
			return &models.Error{Kind: models.Unavailable, Key: "error.unavailable", RetryAfter: 30 * time.Second}
		}
		for _, hit := range f.Hits {
			r := row(c, f.Understood, hit, false)
			var text strings.Builder
			for _, p := range r.Text {
				text.WriteString(p.Text)
			}
			out.Entries = append(out.Entries, feed.Entry{ID: feed.TagID(c.PublicHost(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), strings.ReplaceAll(hit.ID, ":", "/")), Title: r.Kind + " " + called(c, hit),
				Page: c.Absolute(hit.Path), Published: hit.News(), Updated: hit.News(), Summary: text.String(), Author: hit.Unit.Name(c.Lang())})
		}
	}
	var body strings.Builder
	if err := feed.Write(&body, out); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, feed.MediaType)
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	return c.SendString(body.String())
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
