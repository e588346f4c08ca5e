package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"minyi/frontend"
	"minyi/models"
)

// Names of the cookies; over TLS they carry the __Host- prefix, which binds them
// to this host and to TLS.
const (
	sessionCookie = "minyi_session"
	visitCookie   = "minyi_visit"
)

func (c *Ctx) cookieName(name string) string {
	if c.r.o.Secure {
		return "__Host-" + name
	}
	return name
}

// identify finds out who asks: a token, a session, or a visitor's cookie.
func (c *Ctx) identify() error {
	// The name of the scheme is read in either case (RFC 9110 §11.1).
	if scheme, bearer, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " "); strings.EqualFold(scheme, "Bearer") {
		who, err := c.r.o.People.ByToken(c.UserContext(), strings.TrimSpace(bearer))
		if err != nil {
			return err
		}
		who.Lang, who.Network = c.Who.Lang, c.Who.Network
		c.Who, c.bearer = who, true
		return nil
	}
	if visit := c.Cookies(c.cookieName(visitCookie)); len(visit) >= 32 && len(visit) <= 64 {
		sum := sha256.Sum256([]byte(visit))
		c.Who.Visit = hex.EncodeToString(sum[:16])
		c.Who.CSRF = c.sign("csrf", visit)
	}
	if secret := c.Cookies(c.cookieName(sessionCookie)); secret != "" {
		who, err := c.r.o.People.BySession(c.UserContext(), secret)
		if models.KindOf(err) == models.SignIn && err != nil {
			c.EndSession() // the cookie is of no use any more
		} else if err != nil {
			return err
		} else {
			who.Lang, who.Network, who.Visit = c.Who.Lang, c.Who.Network, c.Who.Visit
			c.Who = who
		}
	}
	return c.checkForgery()
}

func (c *Ctx) admit(who Policy) error {
	switch who {
	case Operations:
		return c.fromNetworks(c.r.o.Metrics)
	case Mailbox:
		if !c.r.o.Mailbox {
			return models.ErrNotFound
		}
	}
	return who.admits(c.Who)
}

func (c *Ctx) fromNetworks(list []netip.Prefix) error {
	a, err := netip.ParseAddr(c.Who.Network)
	for _, n := range list {
		if err == nil && n.Contains(a.Unmap()) {
			return nil
		}
	}
	return models.ErrNotFound
}

// network is the address of who asks; a proxy that we trust may name it.
func (r *Router) network(ctx *fasthttp.RequestCtx) string {
	addr := ctx.RemoteIP().String()
	trusted := func(s string) bool {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return false
		}
		for _, p := range r.o.Proxies {
			if p.Contains(a.Unmap()) {
				return true
			}
		}
		return false
	}
	if !trusted(addr) {
		return addr
	}
	hops := strings.Split(string(ctx.Request.Header.Peek(fiber.HeaderXForwardedFor)), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		addr = hop
		if !trusted(hop) {
			break
		}
	}
	return addr
}

// checkForgery refuses unsafe requests that another site made the browser send:
// by where the browser says they come from, and, when a cookie speaks for the
// reader, by the token of the form.
func (c *Ctx) checkForgery() error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return nil
	}
	site, origin := c.Get("Sec-Fetch-Site"), c.Get(fiber.HeaderOrigin)
	if site != "" && site != "same-origin" && site != "none" {
		return models.Fail(models.Forbidden, "error.forged")
	}
	if origin != "" && !c.sameOrigin(origin) {
		return models.Fail(models.Forbidden, "error.forged")
	}
	if c.Who.CSRF == "" {
		return nil // no cookie speaks for anybody
	}
	given := c.Get("X-CSRF-Token")
	if given == "" && !c.API {
		given = c.FormValue(frontend.CSRFField)
	}
	// A form that was opened before the first words were sent has no token: its page was
	// made for everybody. For a visitor without account the browser's own word is enough.
	if given == "" && !c.Who.SignedIn() && (site == "same-origin" || origin != "") {
		return nil
	}
	if subtle.ConstantTimeCompare([]byte(given), []byte(c.Who.CSRF)) != 1 {
		return models.Fail(models.Forbidden, "error.forged")
	}
	return nil
}

func (c *Ctx) sameOrigin(origin string) bool {
	if origin == c.r.o.PublicURL {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == string(c.Request().Host()) && (u.Scheme == "http" || u.Scheme == "https")
}

// Visit makes sure that a visitor without an account can be recognised from now
// on: it sets the visit cookie when there is none. Only forms that must remember
// something call it; reading needs no cookie.
func (c *Ctx) Visit() {
	if c.Who.Known() {
		return
	}
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	visit := base64.RawURLEncoding.EncodeToString(b)
	c.setCookie(visitCookie, visit, 60*24*time.Hour)
	sum := sha256.Sum256([]byte(visit))
	c.Who.Visit = hex.EncodeToString(sum[:16])
	c.Who.CSRF = c.sign("csrf", visit)
}

// BeginSession gives the browser the secret of a new session.
func (c *Ctx) BeginSession(secret string, lasts time.Duration) {
	c.setCookie(sessionCookie, secret, lasts)
}

// EndSession takes the session cookie away.
func (c *Ctx) EndSession() {
	c.Cookie(&fiber.Cookie{Name: c.cookieName(sessionCookie), Path: "/", MaxAge: -1, Expires: time.Unix(1, 0), HTTPOnly: true, SameSite: "Lax", Secure: c.r.o.Secure})
}

func (c *Ctx) setCookie(name, value string, lasts time.Duration) {
	c.Cookie(&fiber.Cookie{Name: c.cookieName(name), Value: value, Path: "/", MaxAge: int(lasts.Seconds()), HTTPOnly: true, SameSite: "Lax", Secure: c.r.o.Secure})
}

func (c *Ctx) sign(purpose, what string) string {
	m := hmac.New(sha256.New, c.r.o.Secret)
	m.Write([]byte(purpose + "\x00" + what))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:24])
}
