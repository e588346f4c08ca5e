// Package opinions is how people and programs reach the opinions.
package opinions

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/accounts"
	"minyi/app/kit/cursor"
	"minyi/app/opinions"
	"minyi/frontend/pages/me"
	"minyi/handlers/web"
	"minyi/models"
)

type handler struct {
	opinions *opinions.Service
	accounts *accounts.Service
	cursors  *cursor.Signer
	tickets  Tickets
}

// Tickets lists the hearings that the reader signed up for, for the page of what they
// take part in.
type Tickets func(c *web.Ctx) ([]me.Link, error)

// Mount adds the routes of opinions. tickets may be nil.
func Mount(r *web.Router, s *opinions.Service, people *accounts.Service, cursors *cursor.Signer, tickets Tickets) {
	h := handler{s, people, cursors, tickets}
	r.Page("GET", "/consultations/:id/basket", web.Public, h.basket)
	r.Page("POST", "/consultations/:id/basket", web.Public, h.put)
	r.Page("POST", "/consultations/:id/basket/send", web.Public, h.send)
	r.Page("GET", "/consultations/:id/basket/:item", web.Public, h.edit)
	r.Page("POST", "/consultations/:id/basket/:item", web.Public, h.change)
	r.Page("GET", "/consultations/:id/basket/:item/remove", web.Public, h.dropping)
	r.Page("POST", "/consultations/:id/basket/:item/remove", web.Public, h.drop)
	r.Page("GET", "/r", web.Public, h.lookUp)
	r.Page("POST", "/r", web.Public, h.doLookUp)
	r.Page("GET", "/r/:code", web.Public, h.receipt)
	r.Page("POST", "/r/:code", web.Public, h.unlock)
	r.Page("GET", "/r/:code/calendar.ics", web.Public, h.calendar)
	r.API("GET", "/receipts/:code", web.Public, h.apiReceipt)
	r.Page("GET", "/r/:code/files/:file", web.Public, h.ownFile)
	r.Page("GET", "/desk/opinions/:id/files/:file", web.Officers, h.deskFile)
	r.Page("GET", "/r/:code/opinions/:opinion/appeal", web.Public, h.appealing)
	r.Page("POST", "/r/:code/opinions/:opinion/appeal", web.Public, h.appeal)
	r.Page("GET", "/r/:code/opinions/:opinion/erase", web.Public, h.erasing)
	r.Page("POST", "/r/:code/opinions/:opinion/erase", web.Public, h.erase)
	r.Page("GET", "/not-mine/:ticket", web.Public, h.disowning)
	r.Page("POST", "/not-mine/:ticket", web.Public, h.disown)
	r.Page("POST", "/opinions/:id/support", web.Public, h.voice)
	r.Page("GET", "/opinions/:id/reply", web.Public, h.replying)
	r.Page("POST", "/opinions/:id/replies", web.Public, h.reply)
	r.Page("GET", "/opinions/:id/report", web.Public, h.reporting)
	r.Page("POST", "/opinions/:id/report", web.Public, h.report)
	r.Page("GET", "/opinions/:id/appeal", web.Public, h.replyAppealing)
	r.Page("POST", "/opinions/:id/appeal", web.Public, h.replyAppeal)
	r.Page("GET", "/me", web.SignedIn, h.me)
	r.Page("GET", "/desk/c/:id/entry", web.Officers, h.entry)
	r.Page("POST", "/desk/c/:id/entry", web.Officers, h.enter)
	r.Page("GET", "/desk/c/:id/moderation", web.Officers, h.moderation)
	r.Page("GET", "/desk/opinions/:id/hide", web.Officers, h.hiding)
	r.Page("POST", "/desk/opinions/:id/hide", web.Officers, h.hide)
	r.Page("POST", "/desk/opinions/:id/show", web.Officers, h.deskAct("opinions.shown_done", func(c *web.Ctx, id string) error {
		return s.Show(c.UserContext(), c.Who, id)
	}))
	r.Page("POST", "/desk/opinions/:id/settle", web.Officers, h.deskAct("opinions.settled_done", func(c *web.Ctx, id string) error {
		return s.Settle(c.UserContext(), c.Who, id)
	}))
	r.Page("POST", "/desk/opinions/:id/keep", web.Officers, h.deskAct("opinions.kept_done", func(c *web.Ctx, id string) error {
		return s.Keep(c.UserContext(), c.Who, id)
	}))
	r.Page("POST", "/desk/opinions/:id/appeal", web.Officers, h.deskAct("opinions.appeal_done", func(c *web.Ctx, id string) error {
		return s.Decide(c.UserContext(), c.Who, id, c.FormValue("decision"), c.FormValue("note"))
	}))
	r.API("GET", "/opinions/:id", web.Public, h.apiOpinion)
	r.API("GET", "/consultations/:id/opinions", web.Public, h.list)
	r.API("POST", "/consultations/:id/opinions", web.Public, h.submit)
	r.API("POST", "/opinions/:id/support", web.Public, h.support(true))
	r.API("DELETE", "/opinions/:id/support", web.Public, h.support(false))
}

// Page sizes of the list.
const (
	standardPage = 20
	mostPage     = 100
)

// list answers a page of opinions; ?clause= ?stance= ?sort= ?cursor= ?limit=.
func (h handler) list(c *web.Ctx) error {
	c.Depends(time.Time{}, models.ConsultationTopic(c.Params("id")))
	q := opinions.Query{ConsultationID: c.Params("id"), ClauseKey: c.Query("clause")}
	var err error
	if q.Limit, err = c.QueryLimit(standardPage, mostPage); err != nil {
		return err
	}
	if q.Stance, err = StanceOf(c.Query("stance")); err != nil {
		return err
	}
	if q.Sort, err = SortOf(c.Query("sort")); err != nil {
		return err
	}
	if q.After, err = h.after(c, q); err != nil {
		return err
	}
	p, err := h.opinions.List(c.UserContext(), c.Who, q)
	if err == nil && len(p.Opinions) == 0 && q.ClauseKey != "" { // a filter that fits nothing, or one that is none
		err = h.opinions.KnowsClause(c.UserContext(), q.ConsultationID, q.ClauseKey)
	}
	if err != nil {
		return err
	}
	out := struct {
		Opinions []opinionJSON `json:"opinions"`
		Next     string        `json:"next_cursor,omitempty"`
	}{Opinions: make([]opinionJSON, 0, len(p.Opinions))}
	for _, o := range p.Opinions {
		j := toJSON(o)
		for _, r := range p.Replies[o.ID] {
			j.Answers = append(j.Answers, toJSON(r))
		}
		if p.Mine != nil {
			mine := p.Mine[o.ID]
			j.Supported = &mine
		}
		out.Opinions = append(out.Opinions, j)
	}
	if p.Next != nil {
		out.Next = h.cursors.Encode(purpose(q), strconv.FormatInt(p.Next.N, 36), p.Next.ID)
		next := url.Values{"cursor": {out.Next}}
		for _, k := range []string{"clause", "stance", "sort", "limit"} {
			if v := c.Query(k); v != "" {
				next.Set(k, v)
			}
		}
		c.Set(fiber.HeaderLink, "<"+c.PublicURL()+c.Path()+"?"+next.Encode()+`>; rel="next"`)
	}
	return c.Answer(out)
}

// purpose binds a cursor to the list that it was made for.
func purpose(q opinions.Query) string {
	return strings.Join([]string{"opinions", q.ConsultationID, q.ClauseKey, string(q.Stance), string(q.Sort)}, "|")
}

func (h handler) after(c *web.Ctx, q opinions.Query) (*models.OpinionPlace, error) {
	given := c.Query("cursor")
	if given == "" {
		return nil, nil
	}
	parts, err := h.cursors.Decode(purpose(q), given)
	if err != nil || len(parts) != 2 {
		return nil, models.FailField("cursor", "opinions.cursor_invalid")
	}
	n, err := strconv.ParseInt(parts[0], 36, 64)
	if err != nil || !models.IsID(parts[1]) {
		return nil, models.FailField("cursor", "opinions.cursor_invalid")
	}
	return &models.OpinionPlace{N: n, ID: parts[1]}, nil
}

// StanceOf reads a stance from an address; empty means every stance.
func StanceOf(s string) (models.Stance, error) {
	switch v := models.Stance(s); v {
	case models.StanceNone, models.StanceSupport, models.StanceAmend, models.StanceOppose, models.StanceQuestion:
		return v, nil
	}
	return "", models.FailField("stance", "opinions.stance_unknown")
}

// SortOf reads an order from an address; empty means the newest first.
func SortOf(s string) (models.Sort, error) {
	switch v := models.Sort(s); v {
	case "":
		return models.Newest, nil
	case models.Newest, models.Supported, models.Discussed:
		return v, nil
	}
	return "", models.FailField("sort", "opinions.sort_unknown")
}

type opinionJSON struct {
	ID         string        `json:"id"`
	Number     int64         `json:"number"`
	Clause     string        `json:"clause"`
	Version    int           `json:"version"`
	Stance     string        `json:"stance"`
	Body       string        `json:"body"`
	Suggestion string        `json:"suggestion"`
	Author     string        `json:"author"` // empty: anonymous
	Display    string        `json:"display"`
	Channel    string        `json:"channel"`
	Tier       string        `json:"tier"`
	Lang       string        `json:"lang"`
	Official   bool          `json:"official"`
	Supports   int64         `json:"supports"`
	Supported  *bool         `json:"supported,omitempty"` // by who asks
	Replies    int64         `json:"replies"`
	Answers    []opinionJSON `json:"replies_list,omitempty"`
	URL        string        `json:"url"`
	CreatedAt  time.Time     `json:"created_at"`
}

func toJSON(o models.Opinion) opinionJSON {
	j := opinionJSON{
		ID: o.ID, Number: o.Number, Clause: o.ClauseKey, Version: o.VersionNumber, Stance: string(o.Stance), Body: o.Body, Suggestion: o.Suggestion,
		Display: string(o.Display), Channel: string(o.Channel), Tier: string(o.Tier), Lang: o.Lang, Official: o.Official, Supports: o.Supports,
		Replies: o.Replies, URL: opinionURL(o.ID), CreatedAt: o.CreatedAt,
	}
	if o.Display != models.Anonymous {
		j.Author = o.DisplayName
	}
	return j
}

func opinionURL(id string) string { return "/opinions/" + id }

// submit takes a basket over the API: 201 with the receipt.
func (h handler) submit(c *web.Ctx) error {
	var in struct {
		Opinions []struct {
			Clause     string `json:"clause"`
			Stance     string `json:"stance"`
			Body       string `json:"body"`
			Suggestion string `json:"suggestion"`
		} `json:"opinions"`
		Display string `json:"display"`
		Name    string `json:"name"`
		Notify  bool   `json:"notify"`
	}
	if err := c.Read(&in); err != nil {
		return err
	}
	give := opinions.SubmitInput{ConsultationID: c.Params("id"), Display: models.Display(in.Display), Name: in.Name, Notify: in.Notify}
	for _, o := range in.Opinions {
		give.Opinions = append(give.Opinions, opinions.Said{ClauseKey: o.Clause, Stance: models.Stance(o.Stance), Body: o.Body, Suggestion: o.Suggestion})
	}
	got, err := h.opinions.Submit(c.UserContext(), c.Who, give, c.Idem(in))
	if err != nil {
		return err
	}
	type given struct {
		ID  string `json:"id"`
		URL string `json:"url"`
	}
	out := struct {
		Receipt    string    `json:"receipt"`
		ReceivedAt time.Time `json:"received_at"`
		Held       bool      `json:"held"`
		Opinions   []given   `json:"opinions"`
		URL        string    `json:"url"`
	}{Receipt: got.Code, ReceivedAt: got.ReceivedAt, Held: got.Held, URL: "/r/" + got.Code}
	for _, id := range got.Opinions {
		out.Opinions = append(out.Opinions, given{id, opinionURL(id)})
	}
	c.Status(fiber.StatusCreated)
	c.Set(fiber.HeaderLocation, out.URL)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Answer(out)
}

func (h handler) support(on bool) web.Handler {
	return func(c *web.Ctx) error {
		got, err := h.opinions.Support(c.UserContext(), c.Who, c.Params("id"), on, c.Idem(on))
		if err != nil {
			return err
		}
		return c.Answer(got)
	}
}
