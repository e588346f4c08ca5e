// Package consultations is how the public reaches consultations: pages, feeds,
// calendar entries and the JSON API.
package consultations

import (
	"context"
	"sync"
	"time"

	"github.com/a-h/templ"

	"minyi/app/consultations"
	"minyi/app/kit/cursor"
	"minyi/app/opinions"
	"minyi/frontend"
	pages "minyi/frontend/pages/consultations"
	"minyi/frontend/pages/hearings"
	"minyi/handlers/web"
	"minyi/models"
)

// About is the clause that a composer is drawn for.
type About struct {
	Consultation models.Consultation
	Version      models.Version
	Key          string
	Label        string // 第十二条, Article 12
	// Text is the clause in Chinese, which governs, a line for each paragraph.
	Text string
	// Prompt is the officer's question that the reader wants to answer, or "".
	Prompt string
	// Over says that nothing can be written any more: what is drawn is for who wrote
	// in time; Gone that it is so because the newest version has no such clause.
	Over, Gone bool
}

// Composer draws the form to write on a clause. Pages of readers without identity
// are kept for all of them: for such a reader it must hold nothing of its own,
// such as an idempotency key.
type Composer func(c *web.Ctx, f frontend.Frame, about About) templ.Component

// Alike finds opinions elsewhere that say something like one, as addresses with a
// line of text.
type Alike func(c *web.Ctx, o models.Opinion) []pages.Related

// Nearby is what other features give to pages of consultations. Each may be nil and
// gives nothing then.
type Nearby struct {
	// Hearings are those that come next, at most three.
	Hearings func(c *web.Ctx) ([]hearings.Row, error)
	// Outcomes says in one sentence what came of the consultations that were answered
	// last, by their ids.
	Outcomes func(c *web.Ctx) (map[string]string, error)
	// Mark tells as one word how far the events of a topic have come, so that a page can
	// ask for what came after it was drawn.
	Mark func(ctx context.Context, topic string) (string, error)
}

type handler struct {
	nearby   Nearby
	s        *consultations.Service
	opinions *opinions.Service
	cursors  *cursor.Signer
	composer Composer
	alike    Alike
	drawn    drawnClauses
	router   *web.Router
	once     sync.Once
	routes   map[string]bool
}

// Mount adds the public routes of consultations. composer may be nil: then
// clauses are shown without a form. alike may be nil: then no opinion has others
// beside it.
func Mount(r *web.Router, s *consultations.Service, o *opinions.Service, cursors *cursor.Signer, composer Composer, alike Alike, nearby Nearby) {
	h := &handler{s: s, opinions: o, cursors: cursors, composer: composer, alike: alike, nearby: nearby, router: r}
	r.Page("GET", "/", web.Public, h.home)
	r.Page("GET", "/consultations", web.Public, h.list)
	r.Page("GET", "/consultations.atom", web.Public, h.feed)
	r.Page("GET", "/consultations/:id", web.Public, h.notice)
	r.Page("POST", "/consultations/:id/follow", web.SignedIn, h.follow)
	r.Page("GET", "/consultations/:id/deadline.ics", web.Public, h.calendar)
	r.Page("GET", "/consultations/:id/draft", web.Public, h.draft)
	r.Page("GET", "/consultations/:id/clauses/:key", web.Public, h.clause)
	r.Page("GET", "/consultations/:id/compare", web.Public, h.compare)
	r.Page("GET", "/c/:id", web.Public, h.short)
	r.Page("GET", "/opinions/:id", web.Public, h.opinion)
	r.API("GET", "/consultations", web.Public, h.apiList)
	r.API("GET", "/consultations/:id", web.Public, h.apiShow)
	r.API("GET", "/consultations/:id/versions", web.Public, h.apiVersions)
	r.API("GET", "/consultations/:id/draft", web.Public, h.apiDraft)
}

// has says whether the site has a route, so that no link leads nowhere.
func (h *handler) has(route string) bool {
	h.once.Do(func() {
		h.routes = map[string]bool{}
		for _, r := range h.router.Routes() {
			h.routes[r.Method+" "+r.Path] = true
		}
	})
	return h.routes[route]
}

// keep lets the page be kept until its words about time change: days at midnight,
// hours and minutes towards the end, and the consultation's own opening and
// closing. Call it after reading; c.Depends with the topic comes before.
func keep(c *web.Ctx, at ...time.Time) {
	now := c.Now()
	until := web.Midnight(now, frontend.Zone())
	for _, t := range at {
		if t.IsZero() || !t.After(now) {
			continue
		}
		until = earlier(until, t)
		switch left := t.Sub(now); {
		case left < time.Hour:
			until = earlier(until, now.Add(time.Minute))
		case left < 48*time.Hour:
			until = earlier(until, now.Add(left-left.Truncate(time.Hour)+time.Second))
		}
	}
	c.Depends(until)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// daysLeft counts the midnights until closing, 0 on the last day and afterwards.
func daysLeft(closes *time.Time, now time.Time) int {
	if closes == nil || !closes.After(now) {
		return 0
	}
	a, b := now.In(frontend.Zone()), closes.In(frontend.Zone())
	from := time.Date(a.Year(), a.Month(), a.Day(), 0, 0, 0, 0, time.UTC)
	to := time.Date(b.Year(), b.Month(), b.Day(), 0, 0, 0, 0, time.UTC)
	return int(to.Sub(from) / (24 * time.Hour))
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func (h *handler) short(c *web.Ctx) error { return c.See("/consultations/" + c.Params("id")) }
