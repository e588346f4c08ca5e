package accounts

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/app/accounts"
	"minyi/frontend"
	"minyi/handlers/web"
)

// providerCookie holds the sealed journey while somebody is at the provider. It is
// Lax, so that it comes along when the provider sends the browser back.
const (
	providerCookie = "minyi_provider"
	providerPath   = "/signin/oidc"
)

func (h handler) provider(c *web.Ctx) error {
	address, sealed, err := h.s.BeginAtProvider(c.UserContext(), frontend.SafeBack(c.Query("back")))
	if err != nil {
		return err
	}
	keep(c, sealed, accounts.ProviderLasts)
	return c.Redirect(address, fiber.StatusSeeOther)
}

func keep(c *web.Ctx, sealed string, lasts time.Duration) {
	cookie := &fiber.Cookie{Name: providerCookie, Value: sealed, Path: providerPath, MaxAge: int(lasts.Seconds()), HTTPOnly: true, SameSite: "Lax", Secure: c.OverTLS()}
	if sealed == "" {
		cookie.MaxAge, cookie.Expires = -1, time.Unix(1, 0)
	}
	c.Cookie(cookie)
}

func (h handler) provided(c *web.Ctx) error {
	in, back, err := h.s.FinishAtProvider(c.UserContext(), c.Who, accounts.ProviderAnswer{
		Sealed: c.Cookies(providerCookie), State: c.Query("state"), Code: c.Query("code"), Issuer: c.Query("iss"), Device: device(c),
	})
	keep(c, "", 0)
	if err != nil {
		return err
	}
	c.BeginSession(in.Secret, accounts.CookieLasts)
	return h.arrive(c, frontend.SafeBack(back), in.Desk)
}

// providerLogout is called by the provider itself, without cookies.
func (h handler) providerLogout(c *web.Ctx) error {
	c.Set("Cache-Control", "no-store")
	if err := h.s.SignedOutAtProvider(c.UserContext(), c.FormValue("logout_token")); err != nil {
		c.Status(fiber.StatusBadRequest)
		return nil
	}
	return nil
}
