package rooms

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/rooms"
	"minyi/frontend"
	pages "minyi/frontend/pages/rooms"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// enter asks for a room's code, and leads to the room of a code that was typed.
func (h pager) enter(c *web.Ctx) error {
	form := parts.NewForm(nil)
	if code := strings.TrimSpace(c.Query("code")); code != "" {
		r, err := h.rooms.Room(c.UserContext(), code)
		if err == nil {
			return c.See("/live/" + r.Code)
		}
		if !models.IsNotFound(err) {
			return err
		}
		form.Values["code"] = code
		form.Fail("code", c.T("rooms_pages.enter_unknown"))
		c.Status(404)
	}
	c.Depends(time.Time{}, "rooms", "units")
	p := pages.EnterPage{Frame: c.Frame(c.T("rooms_pages.enter_title")), Form: form}
	p.Failed, p.Nav, p.Path = form.Failed(), "hearings", "/live"
	list, err := h.rooms.Public(c.UserContext())
	if err != nil {
		return err
	}
	names, err := h.unitNames(c)
	if err != nil {
		return err
	}
	for _, r := range list {
		p.Rooms = append(p.Rooms, listed(c, r, names[r.UnitID]))
	}
	return c.Render(pages.Enter(p))
}

// mostChoices is from how many clauses on a number is typed rather than chosen from a
// list: a long one is no help on a phone or read aloud, and weighs more than the page.
const mostChoices = 40

// unitNames are the names of all units by id.
func (h pager) unitNames(c *web.Ctx) (map[string]string, error) {
	names := map[string]string{}
	for _, o := range h.offices(c) {
		names[o.Value] = o.Text
	}
	return names, nil
}

// short leads from a printed QR code to the room.
func (h pager) short(c *web.Ctx) error {
	r, err := h.rooms.Room(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	return c.See("/live/" + r.Code)
}

func (h pager) attendee(c *web.Ctx) error { return h.attend(c, false, failed{}) }

func (h pager) plain(c *web.Ctx) error { return h.attend(c, true, failed{}) }

// failed are forms of the attendees' page that come back with what is wrong; nil where
// nothing was sent. poll is what vote was for.
type failed struct {
	ask, signUp, vote *parts.Form
	poll              string
}

// attend draws a room for its attendees.
func (h pager) attend(c *web.Ctx, plain bool, back failed) error {
	r, err := h.rooms.Room(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	if r.Code != c.Params("code") && c.Method() == "GET" {
		return c.See("/live/" + r.Code) // as people type it
	}
	c.Depends(web.Midnight(c.Now(), frontend.Zone()), "rooms", models.RoomTopic(r.Code))
	if r.HearingID != "" {
		c.Depends(web.Midnight(c.Now(), frontend.Zone()), models.HearingTopic(r.HearingID)) // whose record may have been opened
	}
	p, err := h.attendeePage(c, r)
	if err != nil {
		return err
	}
	p.Form, p.SignUp, p.Vote, p.VotedOn = back.ask, back.signUp, back.vote, back.poll
	if p.Form == nil {
		p.Form = fresh(c, "")
		p.Form.Values["anonymous"] = "1"
	}
	if p.SignUp == nil {
		p.SignUp = fresh(c, "floor-")
	}
	p.Failed, p.Plain = back.ask.Failed() || back.signUp.Failed() || back.vote.Failed(), plain
	if plain {
		p.Frame.Path += "/plain"
		p.Meta.Canonical = p.Room.Path()
		p.Scripts = []string{"pages/rooms/plain.js"}
		slices.SortFunc(p.Questions, func(a, b pages.Question) int { return a.Number - b.Number })
		slices.SortFunc(p.Mine, func(a, b pages.Question) int { return a.Number - b.Number })
		return c.Render(pages.Plain(p))
	}
	p.Scripts = []string{"pages/rooms/attendee.js", "pages/rooms/ask.js", "pages/rooms/floor.js"}
	return c.Render(pages.Attendee(p))
}

func (h pager) attendeePage(c *web.Ctx, r models.Room) (p pages.AttendeePage, err error) {
	ctx := c.UserContext()
	p.Frame = c.Frame(r.Title(c.Lang()))
	p.Frame.Path = "/live/" + r.Code
	p.Site.Areas, p.Site.Search = nil, false // one hand, a dark hall: nothing but the room
	p.Live.Topic = models.RoomTopic(r.Code)
	if p.Live.Since, err = h.live.Mark(ctx, p.Live.Topic); err != nil {
		return p, err
	}
	if c.Who.Known() {
		p.Live.Own = r.OwnTopic(c.Who.Voice())
		if p.Live.OwnSince, err = h.live.Mark(ctx, p.Live.Own); err != nil {
			return p, err
		}
	}
	st, err := h.rooms.State(ctx, c.Who, r.Code)
	if err != nil {
		return p, err
	}
	p.Room, p.May, p.Known, p.Key = room(c, st.Room), h.may(c, r), c.Who.SignedIn(), models.NewID(c.Now())
	if r.State == models.RoomClosed {
		if v, err := h.rooms.Record(ctx, actor.Actor{}, r.Code); err == nil {
			p.Room.Recorded, p.Room.Final = true, !v.Open(c.Now())
		} else if !models.IsNotFound(err) {
			return p, err
		}
	}
	a, err := h.about(c, st.Agenda, r)
	if err != nil {
		return p, err
	}
	for _, one := range a.clauses {
		p.Clauses = append(p.Clauses, parts.Option{Value: one.Key, Text: one.Name})
	}
	if len(p.Clauses) > mostChoices {
		p.Clauses, p.ManyClauses = nil, true
	}
	numbers := map[string]int{}
	for _, v := range st.Questions {
		q := a.question(v)
		q.Mine = slices.ContainsFunc(st.Mine, func(m rooms.OwnView) bool { return m.ID == q.ID })
		q.Voiced = slices.Contains(st.Voiced, q.ID)
		numbers[q.ID] = q.Number
		p.Questions = append(p.Questions, q)
		if q.State == string(models.QuestionAnswering) && p.Now == nil {
			now := q
			p.Now = &now
		}
	}
	for _, v := range st.Mine {
		p.Mine = append(p.Mine, a.own(v, numbers))
	}
	if p.Alike, err = h.alike(c, a, st); err != nil {
		return p, err
	}
	p.Agenda = a.items(st.Agenda, st.Room.Agenda)
	for _, v := range st.Polls {
		if v.State == string(models.PollOpen) || v.Shown {
			p.Polls = append(p.Polls, poll(c, v, st.Votes[v.ID]))
		}
	}
	for _, reason := range rooms.Reasons {
		p.Held = append(p.Held, pages.HeldCount{Code: reason, Reason: c.T("rooms_pages.reason_" + reason), Count: st.Room.Held[reason]})
	}
	return p, h.speakers(c, r, a, &p)
}

// alike is what others ask nearly the same as the question that the address says was
// just taken; nothing where there is none such.
func (h pager) alike(c *web.Ctx, a about, st rooms.State) (*pages.AlikePart, error) {
	id := c.Query("asked")
	i := slices.IndexFunc(st.Mine, func(m rooms.OwnView) bool { return m.ID == id })
	if i < 0 {
		return nil, nil
	}
	list, err := h.rooms.Alike(c.UserContext(), c.Who, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	part := &pages.AlikePart{Own: a.own(st.Mine[i], nil)}
	for _, q := range list {
		one := a.question(rooms.ViewOf(q, nil))
		one.Voiced = slices.Contains(st.Voiced, q.ID)
		part.Others = append(part.Others, one)
	}
	return part, nil
}

// speakers adds the speaking list, one's own places marked.
func (h pager) speakers(c *web.Ctx, r models.Room, a about, p *pages.AttendeePage) error {
	list, err := h.rooms.Speakers(c.UserContext(), r.Code)
	if err != nil {
		return err
	}
	for _, e := range list {
		s := speaker(c, rooms.SpeakerViewOf(e), a.agenda)
		s.Mine = e.Voice != "" && e.Voice == voiceOf(c.Who)
		p.Speakers = append(p.Speakers, s)
	}
	return nil
}

// visit lets a script get the cookie that tells a visitor apart, before the first
// act: what is sent again after a lost answer then comes from the same visitor.
func (h pager) visit(c *web.Ctx) error {
	r, err := h.rooms.Room(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	c.Visit()
	c.Set("Cache-Control", "no-store")
	return c.Answer(struct {
		CSRF string `json:"csrf"`
		Own  string `json:"own"`
	}{c.Who.CSRF, r.OwnTopic(c.Who.Voice())})
}

func (h pager) ask(c *web.Ctx) error {
	in := rooms.AskInput{Code: c.Params("code"), Body: c.FormValue("body"), AgendaItemID: c.FormValue("agenda"), ClauseKey: c.FormValue("clause"), Display: models.Nickname, Name: c.FormValue("name")}
	if c.FormValue("anonymous") != "" {
		in.Display = models.Anonymous
	}
	c.Visit()
	got, err := h.rooms.Ask(c.UserContext(), c.Who, in, c.Idem(in))
	if err == nil {
		return h.asked(c, got)
	}
	form := c.Typed("body", "agenda", "clause", "anonymous", "name")
	if c.Refuse(form, err) {
		return h.attend(c, plainly(c), failed{ask: form})
	}
	return err
}

// asked answers a question that was taken.
func (h pager) asked(c *web.Ctx, got rooms.Asked) error {
	if wantsJSON(c) {
		c.Set("Cache-Control", "no-store")
		return c.Answer(got)
	}
	key := "rooms_pages.taken_direct"
	if got.State == string(models.QuestionWaiting) {
		key = "rooms_pages.taken_moderated"
	}
	// Without scripts nobody saw similar questions while typing: they are shown now.
	list, err := h.rooms.Alike(c.UserContext(), c.Who, got.ID)
	if err != nil || len(list) == 0 {
		return c.SeeWith(there(c, "#mine"), key)
	}
	with := "?asked="
	if plainly(c) {
		with = "/plain?asked="
	}
	return c.SeeWith("/live/"+c.Params("code")+with+got.ID+"#alike", key)
}

// plainly says that a form was sent from the plain view.
func plainly(c *web.Ctx) bool { return c.Query("plain") != "" }

// there is the view from which a form was sent, at a place of it.
func there(c *web.Ctx, place string) string {
	if plainly(c) {
		return "/live/" + c.Params("code") + "/plain" + place
	}
	return "/live/" + c.Params("code") + place
}

// support gives or takes back a voice.
func (h pager) support(c *web.Ctx) error {
	on := c.FormValue("support") != "off"
	c.Visit()
	got, err := h.rooms.Support(c.UserContext(), c.Who, c.Params("id"), on, c.Idem(on))
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		c.Set("Cache-Control", "no-store")
		return c.Answer(got)
	}
	return c.See(there(c, "#q-"+got.ID))
}

func (h pager) signUp(c *web.Ctx) error {
	in := rooms.SignUpInput{Kind: models.SpeakerKind(c.FormValue("kind")), Side: c.FormValue("side"), Name: c.FormValue("name")}
	c.Visit()
	_, err := h.rooms.SignUp(c.UserContext(), c.Who, c.Params("code"), in, c.Idem(in))
	if err == nil {
		return c.SeeWith("/live/"+c.Params("code")+"#floor", "rooms_pages.signed_up")
	}
	form := c.Typed("name", "kind", "side")
	form.Prefix = "floor-"
	if c.Refuse(form, err) {
		return h.attend(c, false, failed{signUp: form})
	}
	return err
}

func (h pager) withdraw(c *web.Ctx) error {
	if err := h.rooms.Withdraw(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SeeWith("/live/"+c.Params("code")+"#floor", "rooms_pages.withdrawn")
}

// vote takes a vote; choices are the values of the form's boxes.
func (h pager) vote(c *web.Ctx) error {
	var choices []int
	for _, v := range c.Request().PostArgs().PeekMulti("choice") {
		if n, err := strconv.Atoi(string(v)); err == nil {
			choices = append(choices, n)
		}
	}
	c.Visit()
	got, err := h.rooms.Vote(c.UserContext(), c.Who, c.Params("id"), choices, c.Idem(choices))
	switch {
	case err != nil && !wantsJSON(c) && models.KindOf(err) == models.Invalid: // nothing chosen
		form := parts.NewForm(nil)
		form.Prefix = "vote-"
		c.Refuse(form, err)
		return h.attend(c, plainly(c), failed{vote: form, poll: c.Params("id")})
	case err != nil:
		return err
	case wantsJSON(c):
		c.Set("Cache-Control", "no-store")
		return c.Answer(got)
	}
	return c.SeeWith(there(c, "#polls"), "rooms_pages.poll_voted")
}

// overdue lists the written answers that are late.
func (h pager) overdue(c *web.Ctx) error {
	c.Depends(c.Now().Add(time.Minute), "rooms", "units")
	list, err := h.rooms.Overdue(c.UserContext())
	if err != nil {
		return err
	}
	p := pages.OverduePage{Frame: c.Frame(c.T("rooms_pages.overdue_title"))}
	p.Nav = "performance"
	for _, l := range list {
		q := about{c: c}.question(rooms.ViewOf(l.Question, l.Office))
		p.Lines = append(p.Lines, pages.OverdueLine{Question: q, RoomTitle: l.Room.Title(c.Lang()), RoomCode: l.Room.Code})
	}
	return c.Render(pages.Overdue(p))
}

func (h pager) own(c *web.Ctx) error { return h.showOwn(c, fresh(c, "")) }

// showOwn draws one of the reader's own questions.
func (h pager) showOwn(c *web.Ctx, form *parts.Form) error {
	v, r, err := h.rooms.Own(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if r.Code != c.Params("code") {
		return models.ErrNotFound
	}
	p := pages.OwnPage{Frame: c.Frame(c.T("rooms_pages.own_title", "number", v.Number)), Room: listed(c, r, ""), Question: about{c: c}.own(v, nil), Form: form, Max: rooms.NoteLimit}
	p.Frame.Path, p.Meta.Robots, p.Failed = "/live/"+r.Code+"/mine/"+v.ID, "noindex", form.Failed()
	return c.Render(pages.Own(p))
}

func (h pager) retract(c *web.Ctx) error {
	if err := h.rooms.Retract(c.UserContext(), c.Who, c.Params("id")); err != nil {
		return err
	}
	return c.SeeWith("/live/"+c.Params("code")+"#mine", "rooms_pages.retracted")
}

func (h pager) appeal(c *web.Ctx) error {
	err := h.rooms.Appeal(c.UserContext(), c.Who, c.Params("id"), c.FormValue("text"))
	if err == nil {
		return c.SeeWith("/live/"+c.Params("code")+"#mine", "rooms_pages.appealed")
	}
	form := c.Typed("text")
	if c.Refuse(form, err) {
		return h.showOwn(c, form)
	}
	return err
}
