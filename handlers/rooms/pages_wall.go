package rooms

import (
	"net/url"

	"minyi/app/kit/qr"
	"minyi/app/rooms"
	"minyi/frontend"
	pages "minyi/frontend/pages/rooms"
	"minyi/handlers/web"
	"minyi/models"
)

// wall draws what the hall reads. Its address is its key: it says nothing that is not
// public, but must not be found.
func (h pager) wall(c *web.Ctx) error {
	ctx := c.UserContext()
	w, err := h.rooms.Wall(ctx, c.Params("secret"))
	if err != nil {
		return err
	}
	p := pages.WallPage{Frame: c.Frame(w.Room.Title(c.Lang())), Room: listed(c, w.Room, w.Unit.Name(c.Lang())), Show: w.Room.WallView, WallPath: c.URL("/wall/" + w.Room.WallSecret)}
	p.Meta.Robots, p.Meta.OneLanguage, p.Meta.Canonical = "noindex, nofollow", true, "/live/"+w.Room.Code
	p.Scripts = []string{"pages/rooms/wall.js"}
	if p.Reading.NormalContrast() == "standard" {
		p.Reading = frontend.NewReading("standard", "light")
	}
	p.Live.Topic = w.Room.WallTopic()
	if p.Live.Since, err = h.live.Mark(ctx, p.Live.Topic); err != nil {
		return err
	}
	// Read again: what came between is in the page, and the position is before it.
	if w, err = h.rooms.Wall(ctx, c.Params("secret")); err != nil {
		return err
	}
	if err := h.fillWall(c, &p, w); err != nil {
		return err
	}
	if err := c.Render(pages.Wall(p)); err != nil {
		return err
	}
	c.Set("Cache-Control", "no-store")
	c.Set("Referrer-Policy", "no-referrer")
	return nil
}

func (h pager) fillWall(c *web.Ctx, p *pages.WallPage, w rooms.Wall) error {
	p.Show, p.Room.State = w.Room.WallView, string(w.Room.State)
	if w.Room.WallBlank {
		p.Show = pages.ShowBlank
	}
	to := c.PublicURL() + "/q/" + w.Room.Code
	var err error
	if p.QR, err = qr.SVG(to, c.T("rooms_pages.wall_join")); err != nil {
		return err
	}
	if u, err := url.Parse(c.PublicURL()); err == nil {
		p.Address = u.Host
	}
	a, err := h.about(c, w.Agenda, models.Room{}) // clauses are for who reads closely
	if err != nil {
		return err
	}
	show := func(q models.Question) pages.Question {
		return a.question(rooms.ViewOf(q, h.officeName(c, q.OfficeID)))
	}
	if w.Question != nil {
		q := show(*w.Question)
		p.Question = &q
	}
	for _, q := range w.Top {
		p.Top = append(p.Top, show(q))
	}
	for _, e := range w.Speakers {
		p.Speakers = append(p.Speakers, speaker(c, rooms.SpeakerViewOf(e), nil))
	}
	p.Agenda = a.items(w.Agenda, w.Room.AgendaItemID)
	if w.Poll != nil {
		one := poll(c, *w.Poll, "")
		p.Poll = &one
	}
	return nil
}

// officeName is the name of a unit in both languages; nil if there is none.
func (h pager) officeName(c *web.Ctx, id string) *rooms.Words {
	if id == "" {
		return nil
	}
	for _, o := range h.offices(c) {
		if o.Value == id {
			return &rooms.Words{ZH: o.Text, EN: o.Text}
		}
	}
	return nil
}
