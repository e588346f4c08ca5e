// Package system answers for the program itself: does it live, can it take
// writes, its files, its numbers.
package system

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"minyi/frontend"
	"minyi/frontend/pages/gallery"
	"minyi/handlers/web"
)

// Mount adds /healthz, /readyz, /metrics, the assets, the reading settings and the
// gallery of all parts.
func Mount(r *web.Router, ready func(context.Context) error, metrics *prometheus.Registry) {
	r.Raw("GET", "/healthz", web.Public, func(f *fiber.Ctx) error { return f.SendString("ok\n") })
	r.Raw("GET", "/readyz", web.Public, func(f *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(f.UserContext(), 3*time.Second)
		defer cancel()
		if err := ready(ctx); err != nil {
			f.Set(fiber.HeaderRetryAfter, "5")
			return f.Status(fiber.StatusServiceUnavailable).SendString("not ready\n")
		}
		return f.SendString("ready\n")
	})
	r.Raw("GET", frontend.AssetPrefix+"*", web.Public, asset)
	prom := fasthttpadaptor.NewFastHTTPHandler(promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	r.Page("GET", "/metrics", web.Operations, func(c *web.Ctx) error {
		prom(c.Context())
		return nil
	})
	r.Page("GET", frontend.ReadingPath, web.Public, readingChoice)
	r.Page("GET", gallery.Path, web.Public, showGallery)
	r.Page("GET", gallery.Path+"/interruption", web.Public, showInterruption)
	r.Page("GET", gallery.Path+"/desk", web.Public, showDesk)
}

func asset(f *fiber.Ctx) error {
	body, kind, encoding, ok := frontend.AssetFile(f.Path(), f.Get(fiber.HeaderAcceptEncoding))
	if !ok {
		return fiber.ErrNotFound
	}
	f.Set(fiber.HeaderContentType, kind)
	f.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	f.Set("X-Content-Type-Options", "nosniff")
	f.Vary(fiber.HeaderAcceptEncoding)
	if encoding != "" {
		f.Set(fiber.HeaderContentEncoding, encoding)
	}
	return f.Send(body)
}
