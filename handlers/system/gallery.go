package system

import (
	"minyi/frontend/pages/gallery"
	"minyi/handlers/web"
)

// showGallery shows every part in every state; theme and language are the reader's.
func showGallery(c *web.Ctx) error {
	return c.Render(gallery.Show(gallery.NewShowPage(c.Frame(c.T("gallery.title")))))
}

// showInterruption shows the page before an act of weight.
func showInterruption(c *web.Ctx) error {
	return c.Render(gallery.Interrupt(gallery.NewShowPage(c.Frame(c.T("gallery.title")))))
}

// showDesk shows the parts of the officers' desk.
func showDesk(c *web.Ctx) error {
	return c.Render(gallery.Desk(gallery.NewShowPage(c.Frame(c.T("gallery.title")))))
}
