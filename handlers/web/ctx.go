package web

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/language"

	"minyi/app/kit/actor"
	"minyi/frontend"
	"minyi/models"
)

// Ctx is one request: fiber's context with who asks and in which language.
type Ctx struct {
	*fiber.Ctx
	// Who asks. Handlers pass it to the use case and decide nothing by it.
	Who actor.Actor
	// Words of the request's language.
	Words *frontend.Words
	// API says that errors are problem+json.
	API bool
	// RequestID is shown to people with errors and stands in the log.
	RequestID string

	r      *Router
	deps   []dep
	until  time.Time
	keep   bool
	bearer bool
	repeat *models.Repeat
}

type ctxKey struct{}

func ctxOf(f *fiber.Ctx) *Ctx {
	c, _ := f.Locals(ctxKey{}).(*Ctx)
	if c == nil { // a request that broke before enter, such as a malformed one
		c = &Ctx{Ctx: f, Words: frontend.WordsIn("zh"), RequestID: requestID()}
	}
	return c
}

// langKey is set in front of the router when the path began with /en.
const langKey = "minyi.lang"

// Of is the request behind fiber's context, for raw routes that need to know who
// asks, such as the live address.
func Of(f *fiber.Ctx) *Ctx { return ctxOf(f) }

// enter finds out who asks and in which language. A fault in what comes after it is
// that request's answer only: the server itself would end the whole program.
func (r *Router) enter(f *fiber.Ctx) (err error) {
	lang, _ := f.Context().UserValue(langKey).(string)
	if lang == "" && forPrograms(f.Path()) {
		lang = apiLang(f.Get(fiber.HeaderAcceptLanguage))
	}
	if lang == "" {
		lang = "zh"
	}
	c := &Ctx{Ctx: f, Words: frontend.WordsIn(lang), RequestID: requestID(), r: r}
	c.Who.Lang, c.Who.Network = lang, r.network(f.Context())
	f.Locals(ctxKey{}, c)
	secure(&f.Response().Header, r.o.Secure, c.RequestID)
	c.API = forPrograms(f.Path())
	defer func() {
		if p := recover(); p != nil {
			err = c.Fail(panicked(p))
		}
	}()
	if f.Context().UserValue(crowded) != nil {
		return c.Fail(errCrowded)
	}
	if !readable(f) {
		return c.Fail(models.Fail(models.Unreadable, "error.malformed"))
	}
	if utf8.RuneCountInString(f.Get(idempotencyHeader)) > longestKey {
		return c.Fail(&models.Error{Kind: models.Unreadable, Key: "error.idempotency_long", Args: []any{"most", longestKey}, Field: idempotencyHeader})
	}
	if err := c.identify(); err != nil {
		return c.Fail(err)
	}
	return f.Next()
}

// forPrograms says whether an address speaks to programs, which read errors as
// problem+json: the API, and the socket before it is one.
func forPrograms(path string) bool { return strings.HasPrefix(path, "/api/") || path == "/ws" }

// apiLang is the language that a program wants most by its Accept-Language, Chinese
// if it wants none of ours or cannot be understood. Weights count, not the order.
func apiLang(accept string) string {
	tags, _, _ := language.ParseAcceptLanguage(accept) // by weight; what is unwanted (q=0) is left out
	for _, tag := range tags {
		switch base, _ := tag.Base(); base.String() {
		case "zh", "en":
			return base.String()
		}
	}
	return "zh"
}

func requestID() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails on supported systems
	return hex.EncodeToString(b)
}

// Lang is the language of the request, "zh" or "en".
func (c *Ctx) Lang() string { return c.Words.Lang }

// Now is the site's clock.
func (c *Ctx) Now() time.Time { return c.r.o.Now() }

// T is the text of a key in the request's language.
func (c *Ctx) T(key string, args ...any) string { return c.Words.T(key, args...) }

// URL is a path of this site in the request's language.
func (c *Ctx) URL(path string) string {
	if c.Lang() == "en" {
		return "/en" + path
	}
	return path
}

// Absolute is the public address of a path in the request's language.
func (c *Ctx) Absolute(path string) string { return c.r.o.PublicURL + c.URL(path) }

// PublicURL is the site's address without a slash at the end.
func (c *Ctx) PublicURL() string { return c.r.o.PublicURL }

// PublicHost is the site's own name, for ids that must stay the same whatever name a
// client claims to have called.
func (c *Ctx) PublicHost() string {
	if u, err := url.Parse(c.r.o.PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "minyi"
}

// Secret keys what the site signs.
func (c *Ctx) Secret() []byte { return c.r.o.Secret }

// Frame fills what surrounds every page. Pages embed it and change what they need.
func (c *Ctx) Frame(title string) frontend.Frame {
	path := plainText(c.Path())
	if q := string(c.Request().URI().QueryString()); q != "" && c.Method() == fiber.MethodGet {
		path += "?" + q
	}
	f := frontend.Frame{
		Words: c.Words, Path: path, Title: title, Site: c.r.o.Site(c.Lang()),
		Reading: frontend.ParseReading(c.Cookies(frontend.ReadingCookie)),
		Viewer: frontend.Viewer{SignedIn: c.Who.SignedIn(), Name: c.Who.Name, Desk: c.Who.Desk(),
			Admin: c.Who.HasAnywhere(models.Administrator)},
		CSRF: c.Who.CSRF, Now: c.Now(), RequestID: c.RequestID,
	}
	if c.Who.Known() && c.r.o.Basket != nil {
		if n, consultation := c.r.o.Basket(c.UserContext(), c.Who); n > 0 {
			f.BasketCount, f.BasketURL = n, "/consultations/"+consultation+"/basket"
		}
	}
	if key := c.flash(); key != "" && c.Words.Has(key) {
		f.Notice = &frontend.Notice{Kind: frontend.NoticeSuccess, Text: c.T(key)}
	}
	return f
}

// Render answers with a page.
func (c *Ctx) Render(page templ.Component) error {
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	if c.plan() {
		c.Set(fiber.HeaderCacheControl, "no-cache")
	} else if c.Who.Known() {
		c.Set(fiber.HeaderCacheControl, "private, no-store")
	} else {
		c.Set(fiber.HeaderCacheControl, "no-cache")
	}
	return page.Render(c.UserContext(), c.Response().BodyWriter())
}

// plan marks an answer that the cache may keep.
func (c *Ctx) plan() bool {
	if !c.keep || !c.cacheable() {
		return false
	}
	c.Context().SetUserValue(cacheMark, &cachePlan{deps: c.deps, until: c.until})
	return true
}

// See sends the browser to a path of this site in the request's language (303).
func (c *Ctx) See(path string) error { return c.Redirect(asAddress(c.URL(path)), fiber.StatusSeeOther) }

// asAddress spells out in a path what cannot stand in the header of a redirect: parts
// of it may come from the request's own path, where they were read already.
func asAddress(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '%' && (i+2 >= len(path) || !isHex(path[i+1]) || !isHex(path[i+2])), c <= ' ', c >= 0x7f, strings.IndexByte(`"<>\^`+"`{|}", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

// FormValue is a field of the form that was sent. The form speaks before the
// address: a field cannot be changed by who made the link to the form.
func (c *Ctx) FormValue(name string, standard ...string) string {
	if sent := c.Context().PostArgs(); sent.Has(name) {
		return string(sent.Peek(name))
	}
	if form, err := c.Context().MultipartForm(); err == nil && len(form.Value[name]) > 0 {
		return form.Value[name][0]
	}
	return c.Ctx.FormValue(name, standard...)
}

// SeeWith is [Ctx.See] with a message on the next page, given by its text key.
func (c *Ctx) SeeWith(path, key string) error {
	c.Cookie(&fiber.Cookie{Name: "minyi_notice", Value: key, Path: "/", MaxAge: 60, HTTPOnly: true, SameSite: "Lax", Secure: c.r.o.Secure})
	return c.See(path)
}

func (c *Ctx) flash() string {
	key := c.Cookies("minyi_notice")
	if key == "" {
		return ""
	}
	c.Cookie(&fiber.Cookie{Name: "minyi_notice", Path: "/", MaxAge: -1, Expires: time.Unix(1, 0), HTTPOnly: true, SameSite: "Lax", Secure: c.r.o.Secure})
	return key
}

// idempotencyHeader names what makes a repeated sending one act, and longestKey bounds
// it in characters, as the document of the API says: a UUID has 36.
const (
	idempotencyHeader = "Idempotency-Key"
	longestKey        = 200
)

// Idem is what makes a repeated sending of this request one act. The key comes
// from the Idempotency-Key header or the form's hidden field; request is what is
// asked for, as read.
func (c *Ctx) Idem(request any) models.Idem {
	c.KeepsKeys()
	key := c.Get(idempotencyHeader)
	if key == "" && !c.API {
		key = c.FormValue(frontend.IdempotencyField)
	}
	if len(key) > longestKey {
		key = models.HashOf(key)
	}
	if key == "" {
		return models.Idem{}
	}
	return models.Idem{Voice: c.Who.Voice(), Key: c.Route().Method + " " + c.Route().Path + " " + key, Hash: models.HashOf([]any{c.Path(), request})}
}

// MailboxOn says whether letters can be read on the development mailbox page.
func (c *Ctx) MailboxOn() bool { return c.r.o.Mailbox }

// OverTLS says whether people reach the site over TLS, so that cookies stay there.
func (c *Ctx) OverTLS() bool { return c.r.o.Secure }
