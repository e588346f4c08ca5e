package rooms

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"minyi/app/rooms"
	"minyi/app/units"
	"minyi/frontend"
	pages "minyi/frontend/pages/rooms"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

func (h pager) deskRooms(c *web.Ctx) error {
	list, err := h.rooms.Mine(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	owed, err := h.rooms.Owing(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	names, err := h.unitNames(c)
	if err != nil {
		return err
	}
	p := pages.RoomsPage{Frame: c.DeskFrame(c.T("rooms_pages.desk_title"), "/desk/live"), Owed: len(owed)}
	for _, r := range list {
		one := listed(c, r, names[r.UnitID])
		if r.State == models.RoomClosed {
			p.Past = append(p.Past, one)
		} else {
			p.Open = append(p.Open, one)
		}
	}
	return c.Render(pages.Rooms(p))
}

// unitOptions lists units as choices, each under its parent.
func unitOptions(c *web.Ctx, tree []*units.Node, list []parts.Option) []parts.Option {
	for _, n := range tree {
		list = append(list, parts.Option{Value: n.ID, Text: n.Name(c.Lang())})
		list = unitOptions(c, n.Children, list)
	}
	return list
}

// myUnits are the units in which the reader may open rooms.
func (h pager) myUnits(c *web.Ctx) []parts.Option {
	tree, err := h.units.Tree(c.UserContext())
	if err != nil {
		return nil
	}
	var list []parts.Option
	var walk func(nodes []*units.Node)
	walk = func(nodes []*units.Node) {
		for _, n := range nodes {
			if c.Who.Has(n.Path, models.Moderator, models.Officer) {
				list = append(list, parts.Option{Value: n.ID, Text: n.Name(c.Lang())})
			}
			walk(n.Children)
		}
	}
	walk(tree)
	return list
}

var roomFields = []string{"unit", "title_zh", "title_en", "place_zh", "place_en", "starts_at", "moderated", "tier", "question_limit", "per_person", "answer_days", "speech_seconds", "side_seconds", "hall"}

func (h pager) newRoom(c *web.Ctx) error {
	form := fresh(c, "")
	for field, v := range map[string]string{
		"moderated": "1", "tier": "none", "question_limit": strconv.Itoa(rooms.QuestionLimit), "per_person": "10", "answer_days": strconv.Itoa(rooms.AnswerDays), "speech_seconds": "180", "side_seconds": "0",
	} {
		form.Values[field] = v
	}
	return h.showRoomForm(c, form, models.Room{})
}

func (h pager) showRoomForm(c *web.Ctx, form *parts.Form, r models.Room) error {
	title := c.T("rooms_pages.new_room")
	if r.Code != "" {
		title = c.T("rooms_pages.desk_settings")
	}
	further := []frontend.Crumb{{Text: c.T("rooms_pages.desk_title"), URL: "/desk/live"}}
	if r.Code != "" {
		further = append(further, frontend.Crumb{Text: r.Title(c.Lang()), URL: "/desk/live/" + r.Code})
	}
	p := pages.RoomFormPage{Frame: c.DeskFrame(title, "/desk/live", further...), Form: form, Code: r.Code, Revision: int(r.Revision)}
	p.Failed = form.Failed()
	if r.Code == "" {
		p.Units = h.myUnits(c)
	}
	return c.Render(pages.RoomForm(p))
}

// roomInput reads the form of a room and says what is no number or no time.
func roomInput(c *web.Ctx, form *parts.Form) rooms.RoomInput {
	whole := func(field string) int {
		v := strings.TrimSpace(form.Value(field))
		n, err := strconv.Atoi(v)
		if v != "" && err != nil {
			form.Fail(field, c.T("rooms_pages.form_number"))
		}
		return n
	}
	in := rooms.RoomInput{
		UnitID: form.Value("unit"), TitleZH: form.Value("title_zh"), TitleEN: form.Value("title_en"), PlaceZH: form.Value("place_zh"), PlaceEN: form.Value("place_en"),
		Moderated: form.Value("moderated") != "0", Tier: models.Tier(form.Value("tier")), QuestionLimit: whole("question_limit"), PerPerson: whole("per_person"),
		AnswerDays: whole("answer_days"), SpeechSeconds: whole("speech_seconds"), SideSeconds: whole("side_seconds"), Hall: form.Value("hall"),
	}
	if v := form.Value("starts_at"); v != "" {
		at, err := time.ParseInLocation("2006-01-02T15:04", v, frontend.Zone())
		if err != nil {
			form.Fail("starts_at", c.T("rooms_pages.form_time"))
		}
		at = at.UTC()
		in.StartsAt = &at
	}
	return in
}

func (h pager) makeRoom(c *web.Ctx) error {
	form := c.Typed(roomFields...)
	in := roomInput(c, form)
	if form.Failed() {
		c.Status(422)
		return h.showRoomForm(c, form, models.Room{})
	}
	r, err := h.rooms.Create(c.UserContext(), c.Who, in, c.Idem(in))
	if err == nil {
		return c.SeeWith("/desk/live/"+r.Code, "rooms_pages.room_made")
	}
	if c.Refuse(form, err) {
		return h.showRoomForm(c, form, models.Room{})
	}
	return err
}

func (h pager) settings(c *web.Ctx) error {
	r, err := h.rooms.Moderated(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	form := fresh(c, "")
	for field, v := range map[string]string{
		"title_zh": r.TitleZH, "title_en": r.TitleEN, "place_zh": r.PlaceZH, "place_en": r.PlaceEN, "moderated": map[bool]string{true: "1", false: "0"}[r.Moderated], "tier": string(r.Tier),
		"question_limit": strconv.Itoa(r.QuestionLimit), "per_person": strconv.Itoa(r.PerPerson), "answer_days": strconv.Itoa(r.AnswerDays),
		"speech_seconds": strconv.Itoa(r.SpeechSeconds), "side_seconds": strconv.Itoa(r.SideSeconds), "hall": r.Hall,
	} {
		form.Values[field] = v
	}
	if r.StartsAt != nil {
		form.Values["starts_at"] = r.StartsAt.In(frontend.Zone()).Format("2006-01-02T15:04")
	}
	return h.showRoomForm(c, form, r)
}

func (h pager) changeRoom(c *web.Ctx) error {
	r, err := h.rooms.Moderated(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	form := c.Typed(roomFields...)
	in := roomInput(c, form)
	if form.Failed() {
		c.Status(422)
		return h.showRoomForm(c, form, r)
	}
	if _, err = h.rooms.Change(c.UserContext(), c.Who, r.Code, int64(number(c, "revision")), in); err == nil {
		return c.SeeWith("/desk/live/"+r.Code, "rooms_pages.room_saved")
	}
	if c.Refuse(form, err) {
		return h.showRoomForm(c, form, r)
	}
	return err
}

// again shows the console with what was wrong before its heading, for acts that have
// no form of their own to come back to.
func (h pager) again(c *web.Ctx, err error) error {
	if _, ok := c.Messages(err); !ok {
		return err
	}
	c.Status(web.Status(err))
	return h.showConsole(c, forms{problem: words(c, err)})
}

// done leads back to the console after an act.
func (h pager) done(c *web.Ctx, err error, part string) error {
	if err != nil {
		return h.again(c, err)
	}
	return c.See("/desk/live/" + c.Params("code") + part)
}

func (h pager) setState(c *web.Ctx) error {
	var err error
	switch c.FormValue("state") {
	case pages.Open:
		_, err = h.rooms.Open(c.UserContext(), c.Who, c.Params("code"))
	case pages.Paused:
		_, err = h.rooms.Pause(c.UserContext(), c.Who, c.Params("code"))
	default:
		err = models.FailField("state", "rooms.kind_unknown")
	}
	return h.done(c, err, "#control-panel")
}

func (h pager) closing(c *web.Ctx) error { return h.showClosing(c, fresh(c, "")) }

func (h pager) showClosing(c *web.Ctx, form *parts.Form) error {
	q, err := h.rooms.Queue(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	r, err := h.rooms.Moderated(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	title := c.T("rooms_pages.close_title")
	p := pages.ClosePage{
		Frame: c.DeskFrame(title, "/desk/live", frontend.Crumb{Text: c.T("rooms_pages.desk_title"), URL: "/desk/live"}, frontend.Crumb{Text: r.Title(c.Lang()), URL: "/desk/live/" + r.Code}),
		Room:  room(c, q.Room), Form: form, Waiting: len(q.Waiting), Queued: len(q.Queued), Offices: h.ownFirst(c, r.UnitID), Cancel: c.URL("/desk/live/" + r.Code),
	}
	p.Failed = form.Failed()
	return c.Render(pages.Close(p))
}

// closeRoom ends the room and leaves what was not reached to a written answer.
func (h pager) closeRoom(c *web.Ctx) error {
	code := c.Params("code")
	q, err := h.rooms.Queue(c.UserContext(), c.Who, code)
	if err != nil {
		return err
	}
	if len(q.Queued) > 0 {
		_, err = h.rooms.AssignRest(c.UserContext(), c.Who, code, rooms.WrittenInput{OfficeID: c.FormValue("office"), Due: c.FormValue("due")})
	}
	if err == nil {
		_, err = h.rooms.Close(c.UserContext(), c.Who, code)
	}
	if err == nil {
		return c.See("/desk/live/" + code)
	}
	form := c.Typed("office", "due")
	if c.Refuse(form, err) {
		return h.showClosing(c, form)
	}
	return err
}

func (h pager) setWall(c *web.Ctx) error {
	view := rooms.WallInput{View: c.FormValue("view"), About: c.FormValue("about")}
	switch view.View {
	case "blank":
		view.View, view.Blank = "", true
	case "unblank":
		view.View = ""
	}
	_, err := h.rooms.SetWall(c.UserContext(), c.Who, c.Params("code"), view)
	return h.done(c, err, "#wall-panel")
}

func (h pager) renewWall(c *web.Ctx) error {
	if _, err := h.rooms.RenewWall(c.UserContext(), c.Who, c.Params("code")); err != nil {
		return err
	}
	return c.SeeWith("/desk/live/"+c.Params("code")+"#wall-panel", "rooms_pages.wall_renewed")
}

func (h pager) turn(c *web.Ctx) error {
	_, err := h.rooms.OnAgenda(c.UserContext(), c.Who, c.Params("code"), c.FormValue("item"))
	return h.done(c, err, "#control-panel")
}

func (h pager) setList(c *web.Ctx) error {
	_, err := h.rooms.OpenList(c.UserContext(), c.Who, c.Params("code"), c.FormValue("open") == "true")
	return h.done(c, err, "#floor-panel")
}

// enterFor takes a question of somebody who has no device.
func (h pager) enterFor(c *web.Ctx) error {
	in := rooms.EnterInput{Body: c.FormValue("body"), Name: c.FormValue("name"), Channel: models.Channel(c.FormValue("channel"))}
	_, err := h.rooms.Enter(c.UserContext(), c.Who, c.Params("code"), in, c.Idem(in))
	if err == nil {
		return c.SeeWith("/desk/live/"+c.Params("code"), "rooms_pages.entry_taken")
	}
	form := c.Typed("body", "name", "channel")
	form.Prefix = "enter-"
	if c.Refuse(form, err) {
		return h.showConsole(c, forms{enter: form})
	}
	return err
}

func (h pager) hallSignUp(c *web.Ctx) error {
	in := rooms.SignUpInput{Kind: models.SpeakerKind(c.FormValue("kind")), Side: c.FormValue("side"), Name: c.FormValue("name"), Hall: true}
	_, err := h.rooms.SignUp(c.UserContext(), c.Who, c.Params("code"), in, c.Idem(in))
	if err == nil {
		return c.See("/desk/live/" + c.Params("code") + "#floor-panel")
	}
	form := c.Typed("name", "kind", "side")
	form.Prefix = "hall-"
	if c.Refuse(form, err) {
		return h.showConsole(c, forms{signUp: form})
	}
	return err
}

// floor gives and takes the floor.
func (h pager) floor(c *web.Ctx) error {
	ctx, id := c.UserContext(), c.Params("id")
	var err error
	switch c.FormValue("act") {
	case "give":
		err = h.rooms.Give(ctx, c.Who, id, c.FormValue("all_the_same") != "")
	case "stop":
		err = h.rooms.Stop(ctx, c.Who, id)
	case "hold":
		err = h.rooms.HoldSpeaker(ctx, c.Who, id)
	case "extend":
		err = h.rooms.Extend(ctx, c.Who, id, 60)
	case "withdraw":
		err = h.rooms.Withdraw(ctx, c.Who, id)
	case "up":
		err = h.up(c, id)
	default:
		err = models.ErrNotFound
	}
	var known *models.Error
	if errors.As(err, &known) && known.Key == "rooms.side_over" {
		return h.allTheSame(c, id)
	}
	return h.done(c, err, "#floor-panel")
}

// allTheSame asks the chair whether somebody may speak whose side has no time left.
func (h pager) allTheSame(c *web.Ctx, id string) error {
	c.Status(409)
	at := "/desk/live/" + c.Params("code")
	p := pages.ConfirmPage{
		Frame: c.DeskFrame(c.T("rooms_pages.side_over_title"), "/desk/live", frontend.Crumb{Text: c.T("rooms_pages.desk_title"), URL: "/desk/live"}), Effects: []string{c.T("rooms_pages.side_over_effect")},
		Action: c.URL(at + "/speakers/" + id), Cancel: c.URL(at), Confirm: c.T("rooms_pages.side_over_confirm"), Fields: map[string]string{"act": "give", "all_the_same": "1"},
	}
	return c.Render(pages.Confirm(p))
}

// up puts somebody one place earlier on the speaking list.
func (h pager) up(c *web.Ctx, id string) error {
	list, err := h.rooms.Speakers(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	before := ""
	for _, e := range list {
		if e.State != models.SpeakerWaiting {
			continue
		}
		if e.ID == id {
			break
		}
		before = e.ID
	}
	if before == "" {
		return nil // first already
	}
	return h.rooms.Place(c.UserContext(), c.Who, id, before)
}

func (h pager) newPoll(c *web.Ctx) error {
	in := rooms.PollInput{Kind: models.PollKind(c.FormValue("kind")), TitleZH: c.FormValue("title_zh"), TitleEN: c.FormValue("title_en"), Options: options(c.FormValue("options"))}
	_, err := h.rooms.MakePoll(c.UserContext(), c.Who, c.Params("code"), in, c.Idem(in))
	if err == nil {
		return c.See("/desk/live/" + c.Params("code") + "#poll-panel")
	}
	form := c.Typed("kind", "title_zh", "title_en", "options")
	form.Prefix = "poll-"
	if c.Refuse(form, err) {
		return h.showConsole(c, forms{poll: form})
	}
	return err
}

// options reads one option a line, its languages divided by a bar.
func options(text string) []models.PollOption {
	var list []models.PollOption
	for line := range strings.Lines(text) {
		zh, en, _ := strings.Cut(strings.ReplaceAll(line, "｜", "|"), "|")
		list = append(list, models.PollOption{ZH: strings.TrimSpace(zh), EN: strings.TrimSpace(en)})
	}
	return list
}

// setPoll opens and closes a poll, shows its result and puts it on the wall.
func (h pager) setPoll(c *web.Ctx) error {
	ctx, id := c.UserContext(), c.Params("id")
	q, err := h.rooms.Queue(ctx, c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	for _, v := range q.Polls {
		if v.ID != id {
			continue
		}
		state, shown := models.PollState(v.State), v.Shown
		switch c.FormValue("act") {
		case "open":
			state = models.PollOpen
		case "close":
			state = models.PollClosed
		case "show":
			shown = true
		case "hide":
			shown = false
		case "wall":
			_, err := h.rooms.SetWall(ctx, c.Who, c.Params("code"), rooms.WallInput{View: models.WallPoll, About: id})
			return h.done(c, err, "#poll-panel")
		}
		_, err := h.rooms.SetPoll(ctx, c.Who, id, state, shown)
		return h.done(c, err, "#poll-panel")
	}
	return models.ErrNotFound
}

// owed lists the written answers that the reader's offices owe.
func (h pager) owed(c *web.Ctx) error {
	list, err := h.rooms.Owing(c.UserContext(), c.Who)
	if err != nil {
		return err
	}
	p := pages.OwedPage{Frame: c.DeskFrame(c.T("rooms_pages.owed_title"), "/desk/live", frontend.Crumb{Text: c.T("rooms_pages.desk_title"), URL: "/desk/live"})}
	for _, l := range list {
		q := about{c: c}.question(rooms.ViewOf(l.Question, l.Office))
		p.Lines = append(p.Lines, pages.OwedLine{Question: q, RoomTitle: l.Room.Title(c.Lang()), URL: c.URL("/desk/live/answers/" + l.ID)})
	}
	return c.Render(pages.Owed(p))
}

func (h pager) answering(c *web.Ctx) error { return h.showAnswer(c, nil) }

func (h pager) showAnswer(c *web.Ctx, form *parts.Form) error {
	q, r, err := h.rooms.Owed(c.UserContext(), c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if form == nil {
		form = fresh(c, "")
		form.Values["answer_zh"], form.Values["answer_en"], form.Values["revision"] = q.AnswerZH, q.AnswerEN, strconv.FormatInt(q.Revision, 10)
	}
	p := pages.AnswerPage{
		Frame:    c.DeskFrame(c.T("rooms_pages.owed_title"), "/desk/live", frontend.Crumb{Text: c.T("rooms_pages.desk_title"), URL: "/desk/live"}),
		Question: about{c: c}.question(rooms.ViewOf(q, h.officeName(c, q.OfficeID))), RoomTitle: r.Title(c.Lang()), Form: form, Max: rooms.AnswerLimit, Cancel: c.URL("/desk/live/answers"),
	}
	p.Failed = form.Failed()
	return c.Render(pages.Answer(p))
}

func (h pager) answer(c *web.Ctx) error {
	zh, en := c.FormValue("answer_zh"), c.FormValue("answer_en")
	_, err := h.rooms.Answer(c.UserContext(), c.Who, rooms.Which{ID: c.Params("id"), Revision: int64(number(c, "revision"))}, zh, en, c.Idem([]string{zh, en}))
	if err == nil {
		return c.SeeWith("/desk/live/answers", "rooms_pages.owed_done")
	}
	form := c.Typed("answer_zh", "answer_en", "revision")
	if c.Refuse(form, err) {
		return h.showAnswer(c, form)
	}
	return err
}
