package system

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"minyi/frontend"
	"minyi/frontend/pages/reading"
	"minyi/handlers/web"
)

// readingChoice keeps the reading settings in a cookie and leads back; without a
// choice it shows the page of settings.
func readingChoice(c *web.Ctx) error {
	if c.Query("size") == "" && c.Query("contrast") == "" {
		return c.Render(reading.Show(reading.ShowPage{Frame: c.Frame(c.T("frame.reading_title"))}))
	}
	r := frontend.NewReading(c.Query("size"), c.Query("contrast"))
	c.Cookie(&fiber.Cookie{Name: frontend.ReadingCookie, Value: r.Cookie(), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), SameSite: "Lax", HTTPOnly: true, Secure: c.OverTLS()})
	return c.Redirect(frontend.SafeBack(c.Query("back")), fiber.StatusSeeOther)
}
