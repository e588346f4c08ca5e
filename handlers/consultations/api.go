package consultations

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/consultations"
	"minyi/app/kit/feed"
	"minyi/handlers/web"
	"minyi/models"
)

// Page sizes of the API's list.
const (
	apiPage     = 20
	apiMostPage = 100
	feedLength  = 40
)

type unitJSON struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
}

type textsJSON struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

type consultationJSON struct {
	ID            string     `json:"id"`
	Title         string     `json:"title"`
	Titles        textsJSON  `json:"titles"`
	Status        string     `json:"status"`
	Topic         string     `json:"topic"`
	Unit          unitJSON   `json:"unit"`
	PublishedAt   *time.Time `json:"published_at"`
	OpensAt       *time.Time `json:"opens_at"`
	ClosesAt      *time.Time `json:"closes_at"`
	ResponseDueAt *time.Time `json:"response_due_at"`
	AnsweredAt    *time.Time `json:"answered_at"`
	DaysLeft      int        `json:"days_left"`
	Opinions      int64      `json:"opinions"`
	URL           string     `json:"url"`
}

func toJSON(c *web.Ctx, con models.Consultation, u models.Unit, total int64) consultationJSON {
	return consultationJSON{ID: con.ID, Title: con.Title(c.Lang()), Titles: textsJSON{con.TitleZH, con.TitleEN}, Status: string(con.Status(c.Now())), Topic: con.Topic,
		Unit: unitJSON{u.ID, u.Slug, u.Name(c.Lang())}, PublishedAt: con.PublishedAt, OpensAt: con.OpensAt, ClosesAt: con.ClosesAt, ResponseDueAt: con.ResponseDueAt, AnsweredAt: con.AnsweredAt,
		DaysLeft: daysLeft(con.ClosesAt, c.Now()), Opinions: total, URL: "/consultations/" + con.ID}
}

// apiList answers consultations by publication, the newest first; ?status= ?topic=
// ?unit= ?area= ?time= ?cursor= ?limit=. A filter that makes no sense is an error
// here: programs should hear of it.
func (h *handler) apiList(c *web.Ctx) error {
	c.Depends(time.Time{}, "consultations", "opinions", "answers", "units")
	f, ignored := filterOf(c)
	after, err := h.placeAfter(c)
	if err != nil {
		return err
	}
	limit, err := c.QueryLimit(apiPage, apiMostPage)
	if err != nil {
		return err
	}
	l, next, err := h.s.Published(c.UserContext(), f, after, limit)
	if err != nil {
		return err
	}
	if ignored = append(ignored, l.Ignored...); len(ignored) > 0 {
		return models.FailField(ignored[0], "consultations.filter_unknown", "field", ignored[0])
	}
	keep(c, l.Changes)
	out := struct {
		Consultations []consultationJSON `json:"consultations"`
		Next          string             `json:"next_cursor,omitempty"`
	}{Consultations: make([]consultationJSON, 0, len(l.Rows))}
	for _, r := range l.Rows {
		out.Consultations = append(out.Consultations, toJSON(c, r.Consultation, r.Unit, r.Opinions))
	}
	if next != nil {
		out.Next = h.cursors.Encode(listPurpose(c), next.At.UTC().Format(time.RFC3339Nano), next.ID)
		q := url.Values{"cursor": {out.Next}}
		for _, k := range append(filters, "limit") {
			if v := c.Query(k); v != "" {
				q.Set(k, v)
			}
		}
		c.Set(fiber.HeaderLink, "<"+c.PublicURL()+c.Path()+"?"+q.Encode()+`>; rel="next"`)
	}
	return c.Answer(out)
}

// listPurpose binds a cursor to the filters that it was made for.
func listPurpose(c *web.Ctx) string {
	parts := []string{"consultations"}
	for _, f := range filters {
		parts = append(parts, c.Query(f))
	}
	return strings.Join(parts, "|")
}

func (h *handler) placeAfter(c *web.Ctx) (*models.PublicationPlace, error) {
	given := c.Query("cursor")
	if given == "" {
		return nil, nil
	}
	fields, err := h.cursors.Decode(listPurpose(c), given)
	if err != nil || len(fields) != 2 {
		return nil, models.FailField("cursor", "opinions.cursor_invalid")
	}
	at, err := time.Parse(time.RFC3339Nano, fields[0])
	if err != nil {
		return nil, models.FailField("cursor", "opinions.cursor_invalid")
	}
	return &models.PublicationPlace{At: at, ID: fields[1]}, nil
}

type versionJSON struct {
	Number      int        `json:"number"`
	Title       string     `json:"title"`
	Note        string     `json:"note"`
	PublishedAt *time.Time `json:"published_at"`
	URL         string     `json:"url"`
}

func versionsJSON(c *web.Ctx, seen consultations.Seen) []versionJSON {
	out := make([]versionJSON, 0, len(seen.Versions))
	for _, v := range seen.Versions {
		line := versionLine(c, seen, v)
		out = append(out, versionJSON{v.Number, line.Title, line.Note, v.PublishedAt, "/api/v1/consultations/" + seen.ID + "/draft?version=" + strconv.Itoa(v.Number)})
	}
	return out
}

func (h *handler) apiShow(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id), "units")
	n, err := h.s.Notice(c.UserContext(), c.Who, id, false)
	if err != nil {
		return err
	}
	if n.WithdrawnAt != nil {
		return models.Fail(models.Gone, "consultations.withdrawn_page")
	}
	keep(c, moment(n.OpensAt), moment(n.ClosesAt))
	lang := c.Lang()
	s := summary(n.Points, lang)
	type extension struct {
		Old    time.Time `json:"old_closes_at"`
		New    time.Time `json:"new_closes_at"`
		Reason string    `json:"reason"`
	}
	out := struct {
		consultationJSON
		Points      []string      `json:"points"`
		Who         string        `json:"who_is_affected"`
		What        string        `json:"what_changes"`
		Explanation string        `json:"explanation"` // Markdown
		Next        string        `json:"next"`
		ShortReason string        `json:"short_window_reason,omitempty"`
		Extensions  []extension   `json:"extensions"`
		Versions    []versionJSON `json:"versions"`
	}{consultationJSON: toJSON(c, n.Consultation, n.Unit, n.Figures.Count.Total), Points: s.Points, Who: s.Who, What: s.What, Explanation: either(lang, n.ExplanationZH, n.ExplanationEN),
		Next: either(lang, n.NextZH, n.NextEN), ShortReason: either(lang, n.ShortReasonZH, n.ShortReasonEN), Extensions: []extension{}, Versions: versionsJSON(c, n.Seen)}
	if out.Points == nil {
		out.Points = []string{}
	}
	for _, e := range n.Extensions {
		out.Extensions = append(out.Extensions, extension{e.OldClosesAt, e.NewClosesAt, either(lang, e.ReasonZH, e.ReasonEN)})
	}
	return c.Answer(out)
}

func (h *handler) apiVersions(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id))
	seen, err := h.s.Consultation(c.UserContext(), c.Who, id, false)
	if err != nil {
		return err
	}
	return c.Answer(map[string]any{"versions": versionsJSON(c, seen)})
}

type clauseJSON struct {
	Key      string `json:"key"`
	Kind     string `json:"kind"`
	Number   string `json:"number"`
	Title    string `json:"title"`
	Depth    int    `json:"depth"`
	Parent   string `json:"parent"`
	Text     string `json:"text"`
	TitleEN  string `json:"title_en,omitempty"`
	TextEN   string `json:"text_en,omitempty"`
	Target   bool   `json:"target"` // opinions can be given on it
	Opinions int64  `json:"opinions"`
	// Stances are left out while they are held back until closing.
	Stances *stancesJSON `json:"stances,omitempty"`
}

type stancesJSON struct {
	Support  int64 `json:"support"`
	Amend    int64 `json:"amend"`
	Oppose   int64 `json:"oppose"`
	Question int64 `json:"question"`
}

// apiDraft answers a version of the draft with its counts; ?version= is the newest
// one when it is left out.
func (h *handler) apiDraft(c *web.Ctx) error {
	id := c.Params("id")
	c.Depends(time.Time{}, models.ConsultationTopic(id))
	number := 0
	if v := c.Query("version"); v != "" {
		var err error
		if number, err = strconv.Atoi(v); err != nil || number < 1 {
			return models.FailField("version", "consultations.version_unknown")
		}
	}
	d, err := h.s.Draft(c.UserContext(), c.Who, id, number, "zh", false)
	if err != nil {
		return err
	}
	status := d.Status(c.Now())
	split := !d.HideSplit || status == models.StatusClosed || status == models.StatusAnswered
	keep(c, moment(d.OpensAt), moment(d.ClosesAt))
	out := struct {
		Consultation string       `json:"consultation"`
		Version      int          `json:"version"`
		Title        string       `json:"title"`
		Titles       textsJSON    `json:"titles"`
		Opinions     int64        `json:"opinions"`
		Clauses      []clauseJSON `json:"clauses"`
	}{id, d.Version.Number, either(c.Lang(), d.Version.TitleZH, d.Version.TitleEN), textsJSON{d.Version.TitleZH, d.Version.TitleEN}, d.Counts[""].Total, make([]clauseJSON, 0, len(d.Text.Clauses))}
	for _, cl := range d.Text.Clauses {
		n := d.Counts[cl.Key]
		j := clauseJSON{Key: cl.Key, Kind: cl.Kind, Number: cl.Number, Title: cl.Title, Depth: cl.Depth, Parent: cl.ParentKey, Text: cl.Text, TitleEN: cl.TitleEN, TextEN: cl.TextEN, Target: cl.Target, Opinions: n.Total}
		if cl.Target && split {
			j.Stances = &stancesJSON{n.Support, n.Amend, n.Oppose, n.Question}
		}
		out.Clauses = append(out.Clauses, j)
	}
	return c.Answer(out)
}

// feed answers consultations as Atom, with the same filters as the list.
func (h *handler) feed(c *web.Ctx) error {
	c.Depends(time.Time{}, "consultations", "units")
	f, _ := filterOf(c)
	l, _, err := h.s.Published(c.UserContext(), f, nil, feedLength)
	if err != nil {
		return err
	}
	keep(c)
	host := c.PublicHost()
	out := feed.Feed{Title: c.T("consultations.title") + " – " + c.Frame("").Site.Name, Lang: c.Words.HTMLLang, Page: c.PublicURL() + address(c, "/consultations", query(c, "", "")), Self: c.PublicURL() + address(c, "/consultations.atom", query(c, "", "")), Author: c.Frame("").Site.Name}
	out.ID = out.Self
	out.Updated = c.Now().Truncate(24 * time.Hour)
	for _, r := range l.Rows {
		says := []string{c.T("consultations.status_" + string(r.Status(c.Now())))}
		if r.ClosesAt != nil {
			says = append(says, c.T("consultations.until", "date", c.Words.Date(*r.ClosesAt)))
		}
		says = append(says, summary(r.Points, c.Lang()).Points...)
		out.Entries = append(out.Entries, feed.Entry{ID: feed.TagID(host, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "consultation/"+r.ID), Title: r.Title(c.Lang()), Page: c.Absolute("/consultations/" + r.ID), Published: *r.PublishedAt, Updated: later(*r.PublishedAt, r.UpdatedAt),
			Summary: strings.Join(says, " "), Author: r.Unit.Name(c.Lang()), Terms: []string{r.Topic}})
	}
	var body strings.Builder
	if err := feed.Write(&body, out); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, feed.MediaType)
	return c.SendString(body.String())
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
