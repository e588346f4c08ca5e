// Package web is what every handler shares: the router that knows each route and
// who may call it, the request with its reader and language, errors as pages or
// problem+json, the cache of ready pages and the server itself.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"minyi/app/kit/actor"
	"minyi/frontend"
	"minyi/models"
)

// Route is one line of the golden table.
type Route struct {
	Method, Path string
	Who          Policy
	// API routes speak JSON and answer errors as problem+json.
	API bool
}

// Handler reads the request, calls one use case and answers.
type Handler func(c *Ctx) error

// People finds out who sends a request; the accounts service implements it.
type People interface {
	// BySession gives the actor behind a session cookie; SignIn if it has ended.
	BySession(ctx context.Context, secret string) (actor.Actor, error)
	// ByToken gives the actor behind an API token; SignIn if it is not valid.
	ByToken(ctx context.Context, token string) (actor.Actor, error)
}

// Options are what the server needs to know of its surroundings.
type Options struct {
	People    People
	PublicURL string
	Secure    bool   // the site is reached over TLS
	Secret    []byte // keys cookies' tokens and cursors
	Proxies   []netip.Prefix
	Metrics   []netip.Prefix
	Mailbox   bool
	Now       func() time.Time
	Log       *slog.Logger
	// Site gives what the frame says about the site.
	Site func(lang string) frontend.Site
	// Basket counts the opinions in the actor's basket, for the bar.
	Basket func(ctx context.Context, who actor.Actor) (count int, consultationID string)
	// Answers keeps what was answered to writes of the API, for who sends them again.
	Answers Answers
	// Ready says whether the site can take writes.
	Ready func(ctx context.Context) error
	// Uploads bound the large bodies that are held at once.
	Uploads Uploads
}

// Router collects routes; every one declares who may call it.
type Router struct {
	app    *fiber.App
	o      Options
	routes []Route
	cache  *Cache
	bodies *bodies
	took   *prometheus.HistogramVec
}

// NewRouter makes an empty router. Immutable is mandatory: without it strings of a
// request change under those who keep them when the connection serves its next
// one (trust.md §2).
func NewRouter(o Options) *Router {
	r := &Router{o: o, cache: NewCache(32<<20, o.Now), bodies: newBodies(o.Uploads), took: durations()}
	r.app = fiber.New(fiber.Config{
		Immutable:             true,
		DisableStartupMessage: true,
		BodyLimit:             bodyLimit,
		ErrorHandler:          r.fiberError,
		StrictRouting:         false,
		UnescapePath:          true,
	})
	r.app.Use(r.enter)
	return r
}

// Page adds a route that people see, in every language.
func (r *Router) Page(method, path string, who Policy, h Handler) { r.add(method, path, who, false, h) }

// API adds a route below /api/v1 that programs use.
func (r *Router) API(method, path string, who Policy, h Handler) {
	r.add(method, "/api/v1"+path, who, true, h)
}

// Raw adds a route without session, CSRF or language: health, assets, sockets.
func (r *Router) Raw(method, path string, who Policy, h fiber.Handler) {
	r.routes = append(r.routes, Route{Method: method, Path: path, Who: who})
	r.app.Add(method, path, h)
}

func (r *Router) add(method, path string, who Policy, api bool, h Handler) {
	r.routes = append(r.routes, Route{Method: method, Path: path, Who: who, API: api})
	r.app.Add(method, path, func(f *fiber.Ctx) error {
		began := time.Now() //house:allow clock how long an answer takes is no time of an act
		c := ctxOf(f)
		c.API = api
		defer func() {
			r.took.WithLabelValues(method, path, strconv.Itoa(f.Response().StatusCode())).Observe(time.Since(began).Seconds())
		}()
		if err := c.admit(who); err != nil {
			return c.Fail(err)
		}
		if err := c.once(h); err != nil {
			return c.Fail(err)
		}
		return nil
	})
}

// Routes lists every route, sorted by path and method.
func (r *Router) Routes() []Route {
	list := slices.Clone(r.routes)
	slices.SortFunc(list, func(a, b Route) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return list
}

// Origins lists the pages that may open the live address: those of this site, and
// on a developer's machine by both of its names.
func (r *Router) Origins() []string {
	list := []string{r.o.PublicURL}
	if u, err := url.Parse(r.o.PublicURL); err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost") {
		for _, name := range []string{"127.0.0.1", "localhost"} {
			list = append(list, u.Scheme+"://"+strings.TrimSuffix(net.JoinHostPort(name, u.Port()), ":"))
		}
	}
	return list
}

// has says whether a route was added.
func (r *Router) has(method, path string) bool {
	return slices.ContainsFunc(r.routes, func(have Route) bool { return have.Method == method && have.Path == path })
}

// fixed lists the methods of an address that is a route of its own, as
// /questions/overdue beside /questions/:id.
func (r *Router) fixed(path string) (methods []string) {
	for _, have := range r.routes {
		if have.Path == path {
			methods = append(methods, have.Method)
		}
	}
	return methods
}

// Has says whether the site has a page at this path ("/desk/c/:id/queue"), so that
// pages lead only to what is there.
func (c *Ctx) Has(path string) bool { return c.r.has("GET", path) }

// HasPage says whether the site has a page at a route ("/hearings/:id").
func (r *Router) HasPage(path string) bool { return r.has("GET", path) }

// Cache is the cache of ready pages.
func (r *Router) Cache() *Cache { return r.cache }

// Finish adds what answers when no route fits. Call it after all routes.
func (r *Router) Finish() {
	r.app.Use(func(f *fiber.Ctx) error {
		c := ctxOf(f)
		c.API = forPrograms(f.Path())
		if errors.Is(f.Next(), fiber.ErrMethodNotAllowed) { // the library names in Allow what the address takes
			if own := r.fixed(f.Path()); len(own) > 0 { // what a pattern beside it takes is no matter of this address
				c.Set(fiber.HeaderAllow, strings.Join(own, ", "))
			}
			if slices.Contains(strings.Split(c.GetRespHeader(fiber.HeaderAllow), ", "), fiber.MethodGet) {
				c.Append(fiber.HeaderAllow, fiber.MethodHead) // see front
			}
			return c.FailStatus(fiber.StatusMethodNotAllowed, models.Fail(models.NotFound, "error.method"))
		}
		return c.Fail(models.ErrNotFound)
	})
}
