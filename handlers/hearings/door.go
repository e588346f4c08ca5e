package hearings

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"minyi/app/hearings"
	"minyi/app/kit/code"
	"minyi/frontend"
	pages "minyi/frontend/pages/deskdoor"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// MountDoor adds the steward's check-in at the door of a hearing.
func MountDoor(r *web.Router, s *hearings.Service) {
	h := handler{s: s}
	r.Page("GET", "/desk/hearings/:id/door", web.Moderators, h.door)
	r.Page("POST", "/desk/hearings/:id/door", web.Moderators, h.checkIn)
	r.Page("POST", "/desk/hearings/:id/door/undo", web.Moderators, h.undoCheckIn)
	r.Page("GET", "/desk/hearings/:id/door/reserves", web.Moderators, h.askReserves)
	r.Page("POST", "/desk/hearings/:id/door/reserves", web.Moderators, h.callReserves)
	r.Raw("GET", "/door-worker.js", web.Public, doorWorker)
	r.API("GET", "/desk/hearings/:id/door", web.Moderators, h.apiDoor)
	r.API("POST", "/desk/hearings/:id/check-ins", web.Moderators, h.apiCheckIns)
}

// doorWorker serves the script that keeps the page of a door on a device. It lies at the
// root, since a browser lets it answer only for what lies below it.
func doorWorker(f *fiber.Ctx) error {
	body, err := frontend.Script("pages/deskdoor/door-worker.js")
	if err != nil {
		return err
	}
	f.Set(fiber.HeaderContentType, "text/javascript; charset=utf-8")
	f.Set(fiber.HeaderCacheControl, "no-cache")
	return f.Send(body)
}

// doorPolicy lets this page, and no other, ask for the camera.
const doorPolicy = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"

func doorPath(id string) string { return "/desk/hearings/" + id + "/door" }

// doorFrame is the frame of a page at the door, with the way back to the hearing.
func doorFrame(c *web.Ctx, title string, v hearings.DoorView, more ...frontend.Crumb) frontend.Frame {
	way := []frontend.Crumb{{Text: c.T("hearings.title"), URL: deskArea}, {Text: v.Title(c.Lang()), URL: deskArea + "/" + v.ID}}
	return c.DeskFrame(title, deskArea, append(way, more...)...)
}

func (h handler) door(c *web.Ctx) error {
	return h.showDoor(c, parts.NewForm(map[string]string{"desk": c.Query("desk"), "q": c.Query("q")}), nil)
}

func (h handler) showDoor(c *web.Ctx, form *parts.Form, result *pages.Result) error {
	id := c.Params("id")
	v, err := h.s.Door(c.UserContext(), c.Who, id)
	if err != nil {
		return err
	}
	base := c.URL(doorPath(id))
	p := pages.DoorPage{Frame: doorFrame(c, c.T("door.title"), v), Form: form, Name: v.Title(c.Lang()), When: when(c, v.Hearing) + " · " + v.Place(c.Lang()),
		Action: base, Undo: base + "/undo", Key: code.NewToken(), Desk: form.Value("desk"), Result: result, Query: form.Value("q")}
	p.Path, p.Subject, p.Failed = doorPath(id), v.Title(c.Lang()), form.Failed()
	p.Scripts = []string{"pages/deskdoor/door.js"}
	if !v.Open {
		p.Closed = c.T("hearings.door_closed")
		if v.CancelledAt != nil {
			p.Closed = c.T("hearings.is_cancelled")
		}
	}
	if p.Asked = p.Query != ""; p.Asked {
		if p.Found, err = h.found(c, v, p.Query); err != nil {
			return err
		}
	}
	doorNumbers(c, &p, v)
	p.Data = doorData(c, id)
	c.Set("Permissions-Policy", doorPolicy)
	return c.Render(pages.Door(p))
}

// found lists the people of a search by name.
func (h handler) found(c *web.Ctx, v hearings.DoorView, typed string) ([]pages.Person, error) {
	list, err := h.s.DoorFind(c.UserContext(), c.Who, v.ID, typed)
	return doorPeople(c, v, list), err
}

// doorPeople shows tickets as people who can be let in by their name.
func doorPeople(c *web.Ctx, v hearings.DoorView, list []models.DoorTicket) (out []pages.Person) {
	names := map[string]string{}
	for _, k := range v.Categories {
		names[k.ID] = k.Name(c.Lang())
	}
	for _, t := range list {
		p := pages.Person{Ticket: t.ID, Name: t.Name, Number: models.NumberForm(t.Number), Category: names[t.CategoryID], State: c.T("hearings.status_" + string(t.Status))}
		switch {
		case t.ArrivedAt != nil:
			p.State = c.T("hearings.arrived_at", "time", c.Words.Clock(*t.ArrivedAt))
		case t.Status == models.RegistrationConfirmed, t.Status == models.RegistrationWaiting, t.Status == models.RegistrationNoShow:
			p.Key = code.NewToken()
		}
		out = append(out, p)
	}
	return out
}

// doorNumbers fills the counts, the composition, the reserves and what was shown twice.
func doorNumbers(c *web.Ctx, p *pages.DoorPage, v hearings.DoorView) {
	p.Counts = parts.TableProps{Caption: c.T("door.counts_caption"), HideCaption: true, Compact: true, Narrow: true,
		Columns: []parts.Column{{Text: c.T("hearings.category")}, {Text: c.T("door.arrived"), Number: true}, {Text: c.T("door.expected"), Number: true}, {Text: c.T("door.waiting"), Number: true}}}
	for _, k := range v.Categories {
		cells := []parts.Cell{{Text: k.Name(c.Lang())}}
		for _, n := range []int{k.Arrived, k.Expected, k.Waiting} {
			cells = append(cells, parts.Cell{Text: c.Words.Number(n)})
		}
		p.Counts.Rows = append(p.Counts.Rows, parts.TableRow{Cells: cells})
		if v.Calls && k.Calls() {
			say, n := "door.call", k.Absent
			if n == 0 {
				say, n = "door.call_free", k.Seats-k.Taken
			}
			p.Calls = append(p.Calls, pages.Call{Text: c.T(say, "category", k.Name(c.Lang()), "n", n), URL: c.URL(doorPath(v.ID) + "/reserves?category=" + k.ID)})
		}
	}
	p.CallsFrom = c.T("hearings.reserves_early")
	if v.Calls {
		p.CallsFrom = c.T("door.all_here")
		if slices.ContainsFunc(v.Categories, func(k hearings.DoorCategory) bool { return k.Taken < k.Seats }) {
			p.CallsFrom = c.T("door.some_free")
		}
	}
	p.Called = doorPeople(c, v, v.Called)
	for _, s := range v.Composition {
		share := pages.Share{Rule: words(c.Lang(), s.Rule.Duty), Count: c.T("door.share", "part", s.Part, "whole", s.Whole), Met: s.Met, Verdict: c.T("door.share_not_met")}
		if s.Met {
			share.Verdict = c.T("door.share_met")
		}
		p.Shares = append(p.Shares, share)
	}
	p.Twice = parts.TableProps{Caption: c.T("door.twice_caption"), HideCaption: true, Compact: true, Narrow: true,
		Columns: []parts.Column{{Text: c.T("hearings.number")}, {Text: c.T("door.first")}, {Text: c.T("door.again")}}}
	for _, t := range v.Twice {
		p.Twice.Rows = append(p.Twice.Rows, parts.TableRow{Cells: []parts.Cell{{Text: models.NumberForm(t.Number)},
			{Text: strings.TrimSpace(c.Words.Clock(t.FirstAt) + " " + t.FirstDesk)}, {Text: strings.TrimSpace(c.Words.Clock(t.At) + " " + t.Desk)}}})
	}
}

// checkIn takes one showing from the form, for browsers without scripts.
func (h handler) checkIn(c *web.Ctx) error {
	in := hearings.Shown{Key: c.FormValue("key"), Ticket: c.FormValue("ticket"), Way: c.FormValue("way"), Desk: c.FormValue("desk")}
	form := parts.NewForm(map[string]string{"desk": in.Desk})
	if strings.TrimSpace(in.Ticket) == "" {
		form.Fail("ticket", c.T("door.ticket_wanted"))
		c.Status(fiber.StatusUnprocessableEntity)
		return h.showDoor(c, form, nil)
	}
	got, err := h.s.CheckIn(c.UserContext(), c.Who, c.Params("id"), []hearings.Shown{in})
	if messages, known := c.Messages(err); known {
		for _, say := range messages {
			form.Fail("ticket", say)
		}
		form.Values["ticket"] = in.Ticket
		c.Status(web.Status(err))
		return h.showDoor(c, form, nil)
	}
	if err != nil {
		return err
	}
	return h.showDoor(c, form, resultOf(c, got[0]))
}

// resultOf puts an outcome into the large words of the door.
func resultOf(c *web.Ctx, o hearings.Outcome) *pages.Result {
	r := &pages.Result{Kind: "bad", Word: c.T("door.word_" + o.Result)}
	switch o.Result {
	case "in":
		r.Kind, r.UndoKey = "ok", o.Key
	case "already", "reserve", "undone":
		r.Kind = "warn"
	case "not_confirmed":
		if own := "door.word_" + string(o.Status); c.Words.Has(own) {
			r.Word = c.T(own)
		}
	}
	if o.Number != 0 {
		who := []string{o.Name, o.Category, c.T("hearings.number_is", "number", models.NumberForm(o.Number))}
		if o.Name == "" {
			who = who[1:]
		}
		r.Lines = append(r.Lines, strings.Join(who, " · "))
	}
	if o.Result == "already" && o.Since != nil {
		key := "door.since"
		if o.Desk != "" {
			key = "door.since_desk"
		}
		r.Lines = append(r.Lines, c.T(key, "time", c.Words.Clock(*o.Since), "desk", o.Desk))
	}
	return r
}

func (h handler) undoCheckIn(c *web.Ctx) error {
	got, err := h.s.CheckIn(c.UserContext(), c.Who, c.Params("id"), []hearings.Shown{{Key: c.FormValue("key"), Undo: true}})
	if err != nil {
		return err
	}
	return h.showDoor(c, parts.NewForm(map[string]string{"desk": c.FormValue("desk")}), resultOf(c, got[0]))
}

// askReserves says what calling up the reserves does, before it is done.
func (h handler) askReserves(c *web.Ctx) error { return h.showReserves(c, parts.NewForm(nil)) }

func (h handler) showReserves(c *web.Ctx, form *parts.Form) error {
	v, err := h.s.Door(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	asked := c.FormValue("category", c.Query("category"))
	for _, k := range v.Categories {
		if k.ID != asked {
			continue
		}
		base := c.URL(doorPath(v.ID))
		f := doorFrame(c, c.T("door.reserves"), v, frontend.Crumb{Text: c.T("door.title"), URL: doorPath(v.ID)})
		f.Failed = form.Failed()
		return c.Render(pages.Calling(pages.CallPage{Frame: f, Form: form, Ask: parts.InterruptionProps{
			Title: c.T("door.call_title", "category", k.Name(c.Lang())), Danger: true, Confirm: c.T("door.call_confirm"), Action: base + "/reserves", Cancel: base, Fields: map[string]string{"category": k.ID},
			Effects: callEffects(c, k),
		}}))
	}
	return models.ErrNotFound
}

// callEffects says what calling up the reserves of a category changes.
func callEffects(c *web.Ctx, k hearings.DoorCategory) []string {
	absent, waiting := c.Words.N("door.call_absent", k.Absent), c.Words.N("door.call_waiting", k.Waiting)
	if k.Absent == 0 {
		absent = c.Words.N("door.call_seats", k.Seats-k.Taken)
	}
	if k.Waiting == 0 {
		waiting = c.T("door.call_nobody")
	}
	return []string{absent, waiting, c.T("door.call_late")}
}

func (h handler) callReserves(c *web.Ctx) error {
	noShows, called, err := h.s.CallReserves(c.UserContext(), c.Who, c.Params("id"), c.FormValue("category"))
	switch {
	case err != nil:
	case called > 0:
		return c.SeeWith(doorPath(c.Params("id")), "door.called")
	case noShows > 0:
		return c.SeeWith(doorPath(c.Params("id")), "door.called_nobody")
	default:
		return c.SeeWith(doorPath(c.Params("id")), "door.called_before")
	}
	messages, known := c.Messages(err)
	if !known {
		return err
	}
	form := parts.NewForm(nil)
	for _, say := range messages {
		form.Fail("", say)
	}
	c.Status(web.Status(err))
	return h.showReserves(c, form)
}
