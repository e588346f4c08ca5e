package web

import (
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"minyi/frontend/pages/problems"
	"minyi/models"
)

// statuses is the one table from kinds of error to HTTP.
var statuses = map[models.Kind]int{
	models.Internal: 500, models.Invalid: 422, models.NotFound: 404, models.Conflict: 409, models.Forbidden: 403,
	models.SignIn: 401, models.TooMany: 429, models.Closed: 409, models.Unavailable: 503, models.TooLarge: 413,
	models.Gone: 410, models.Precondition: 412, models.Unreadable: 400, models.WrongMedia: 415,
}

// Status is the HTTP status of an error.
func Status(err error) int { return statuses[models.KindOf(err)] }

const problemType = "application/problem+json; charset=utf-8"

// Problem is an error for programs (RFC 9457).
type Problem struct {
	Type     string         `json:"type"`
	Title    string         `json:"title"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail,omitempty"`
	Code     string         `json:"code"`
	Instance string         `json:"instance"`
	Errors   []ProblemField `json:"errors,omitempty"`
}

// ProblemField is the fault of one field.
type ProblemField struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Fail answers with an error: problem+json for programs, a page for people. Who
// must sign in first is sent to the sign-in page and comes back afterwards.
func (c *Ctx) Fail(err error) error { return c.FailStatus(Status(err), err) }

// FailStatus is [Ctx.Fail] with a status that the kind of error does not tell.
func (c *Ctx) FailStatus(status int, err error) error {
	var known *models.Error
	if !errors.As(err, &known) {
		known = &models.Error{Kind: models.Internal, Key: "error.internal", Err: err}
	}
	switch {
	case known.Kind == models.Unavailable && known.RetryAfter > 0 && known.Err == nil: // asked to come again: nothing is broken
		c.r.o.Log.Warn("request put off", "request", c.RequestID, "method", c.Method(), "path", c.Path(), "status", status, "code", known.Key)
	case status >= 500:
		c.r.o.Log.Error("request failed", "request", c.RequestID, "method", c.Method(), "path", c.Path(), "status", status, "err", err)
	}
	c.Response().ResetBody()
	c.Status(status)
	if known.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(max(1, int(known.RetryAfter.Seconds()))))
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.keep = false
	if c.API {
		if status == 401 {
			c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
		}
		return c.problem(status, known)
	}
	if known.Kind == models.SignIn && c.Method() == fiber.MethodGet {
		c.Status(fiber.StatusSeeOther)
		return c.See("/signin?back=" + queryEscape(c.URL(c.OriginalPath())))
	}
	f := c.Frame(c.T(titleKey(status)))
	f.Meta.Robots = "noindex"
	return c.Render(problems.Show(problems.ShowPage{Frame: f, Status: status, Text: c.Message(known), Typed: c.typed(), SigningIn: strings.HasPrefix(f.Path, "/signin/")}))
}

// OriginalPath is the path and query without the language prefix.
func (c *Ctx) OriginalPath() string {
	if q := string(c.Request().URI().QueryString()); q != "" {
		return c.Path() + "?" + q
	}
	return c.Path()
}

// written are the fields in which people write, even if what they wrote looks like
// nothing that a person wrote.
var written = []string{"body", "suggestion", "text", "note", "reason_zh", "reason_en"}

// hidden are the fields for passwords.
var hidden = []string{"password", "old", "new"}

// typed gives back what somebody wrote in a form that could not be taken, so that
// it is never lost with the error page: the fields for texts, and whatever else has
// words in it. Passwords are nobody's to show.
func (c *Ctx) typed() []string {
	if c.Method() != fiber.MethodPost || strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEApplicationJSON) {
		return nil
	}
	var texts []string
	take := func(name, v string) {
		words := strings.ContainsFunc(v, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) })
		if v = plainText(v); strings.TrimSpace(v) == "" || len(v) >= 64<<10 || len(texts) == mostTyped || slices.Contains(hidden, name) || slices.Contains(texts, v) {
			return
		}
		if words || slices.Contains(written, name) {
			texts = append(texts, v)
		}
	}
	if form, err := c.Context().MultipartForm(); err == nil {
		for _, name := range slices.Sorted(maps.Keys(form.Value)) {
			for _, v := range form.Value[name] {
				take(name, v)
			}
		}
		return texts
	}
	for name, v := range c.Context().PostArgs().All() {
		take(string(name), string(v))
	}
	return texts
}

// mostTyped bounds how many texts an error page gives back: a report has about
// three hundred.
const mostTyped = 400

func titleKey(status int) string {
	key := "error.title." + strconv.Itoa(status)
	switch status {
	case 400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 426, 429, 500, 503:
		return key
	}
	if status >= 500 {
		return "error.title.500"
	}
	return "error.title.422"
}

// Message is what people read for an error, in the request's language.
func (c *Ctx) Message(e *models.Error) string { return c.T(e.Key, e.Args...) }

// Messages gives the faults of an input by field, for a form that is shown again,
// and whether err is of that kind at all.
func (c *Ctx) Messages(err error) (map[string]string, bool) {
	var e *models.Error
	if !errors.As(err, &e) || e.Kind == models.Internal || e.Kind == models.NotFound || e.Kind == models.SignIn || e.Kind == models.Unavailable {
		return nil, false
	}
	out := map[string]string{}
	for _, one := range append([]*models.Error{e}, e.Also...) {
		if _, there := out[one.Field]; !there {
			out[one.Field] = c.Message(one)
		}
	}
	return out, true
}

func (c *Ctx) problem(status int, e *models.Error) error {
	p := Problem{Type: "about:blank", Title: c.T(titleKey(status)), Status: status, Detail: c.Message(e), Code: e.Key, Instance: c.RequestID}
	for _, one := range append([]*models.Error{e}, e.Also...) {
		if one.Field != "" {
			p.Errors = append(p.Errors, ProblemField{one.Field, one.Key, c.Message(one)})
		}
	}
	if err := c.JSON(p); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, problemType)
	return nil
}

// panicked is the error of a fault in our own code, with the place for the log.
func panicked(p any) error { return fmt.Errorf("panic: %v\n%s", p, debug.Stack()) }

// fiberError answers what fiber itself refused, such as a body over the limit.
func (r *Router) fiberError(f *fiber.Ctx, err error) error {
	c := ctxOf(f)
	if c.r == nil {
		c.r = r
	}
	var fe *fiber.Error
	if errors.As(err, &fe) {
		switch fe.Code {
		case 401:
			return c.Fail(models.Fail(models.SignIn, "error.sign_in"))
		case 403:
			return c.Fail(models.Fail(models.Forbidden, "error.forged"))
		case 404, 405:
			return c.Fail(models.ErrNotFound)
		case 413:
			return c.Fail(models.Fail(models.TooLarge, "error.too_large"))
		case 426:
			c.Set(fiber.HeaderUpgrade, "websocket")
			return c.FailStatus(fe.Code, models.Fail(models.Unreadable, "error.socket_wanted"))
		case 429:
			return c.Fail(models.Fail(models.TooMany, "error.busy"))
		case 503:
			return c.Fail(models.Fail(models.Unavailable, "error.busy"))
		}
		if fe.Code < 500 {
			return c.FailStatus(fe.Code, models.Fail(models.Unreadable, "error.malformed"))
		}
	}
	return c.Fail(err)
}
