package rooms

import (
	"slices"
	"strconv"
	"strings"

	"minyi/app/rooms"
	"minyi/frontend"
	pages "minyi/frontend/pages/rooms"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// forms are those of a console that were filled in and found wrong; problem is what
// was wrong with an act that has no form.
type forms struct {
	enter, signUp, poll *parts.Form
	problem             string
}

func (h pager) console(c *web.Ctx) error { return h.showConsole(c, forms{}) }

// showConsole draws the console of a room.
func (h pager) showConsole(c *web.Ctx, f forms) error {
	ctx := c.UserContext()
	r, err := h.rooms.Moderated(ctx, c.Who, c.Params("code"))
	if err != nil {
		return err
	}
	p := pages.ConsolePage{Frame: c.DeskFrame(r.Title(c.Lang()), "/desk/live", frontend.Crumb{Text: c.T("rooms_pages.desk_title"), URL: "/desk/live"})}
	p.DeskNav, p.Path = nil, "/desk/live/"+r.Code // three lanes need the width
	p.Live.Topic = r.DeskTopic()
	if p.Live.Since, err = h.live.Mark(ctx, p.Live.Topic); err != nil {
		return err
	}
	q, err := h.rooms.Queue(ctx, c.Who, r.Code)
	if err != nil {
		return err
	}
	agenda, err := h.rooms.Agenda(ctx, r)
	if err != nil {
		return err
	}
	a, err := h.about(c, agenda, r)
	if err != nil {
		return err
	}
	p.Room, p.Key, p.Reasons, p.Offices = room(c, q.Room), models.NewID(c.Now()), reasons(c), h.ownFirst(c, r.UnitID)
	p.Agenda = a.items(agenda, q.Room.Agenda)
	if p.Lane = c.Query("lane"); !slices.Contains([]string{pages.LaneWaiting, pages.LaneQueued, pages.LaneHandled}, p.Lane) {
		p.Lane = pages.LaneWaiting
	}
	grouped, groups := rooms.Grouped(q.Waiting)
	if p.Groups = groups; groups > 0 && c.Query("group") != "" {
		p.Grouped, q.Waiting = true, grouped
	}
	all := slices.Concat(q.Waiting, q.Queued, q.Handled, q.Merged)
	numbers := map[string]int{}
	for _, v := range all {
		numbers[v.ID] = int(v.Number)
	}
	p.Waiting, p.Queued, p.Handled, p.Merged = a.lane(q.Waiting, numbers), a.lane(q.Queued, numbers), a.lane(q.Handled, numbers), a.lane(q.Merged, numbers)
	p.Wall = wallView(c, q, r, p)
	for _, v := range q.List {
		p.Speakers = append(p.Speakers, speaker(c, v, a.agenda))
	}
	for _, v := range q.Polls {
		p.Polls = append(p.Polls, poll(c, v, ""))
	}
	p.Exports, p.Person = exports(c, r), c.Who.PersonID
	p.Moved = lastMove(c, r, numbers)
	p.Enter, p.SignUp, p.NewPoll = orFresh(c, f.enter, "enter-"), orFresh(c, f.signUp, "hall-"), orFresh(c, f.poll, "poll-")
	if f.problem != "" {
		p.Notice = &frontend.Notice{Kind: frontend.NoticeProblem, Text: f.problem}
	}
	p.Failed = f.problem != "" || p.Enter.Failed() || p.SignUp.Failed() || p.NewPoll.Failed()
	p.Scripts = []string{"pages/rooms/desk_console.js", "pages/rooms/desk_keys.js", "pages/rooms/desk_panels.js"}
	return c.Render(pages.Console(p))
}

func orFresh(c *web.Ctx, f *parts.Form, prefix string) *parts.Form {
	if f != nil {
		return f
	}
	return fresh(c, prefix)
}

func (a about) lane(list []rooms.DeskView, numbers map[string]int) []pages.DeskQuestion {
	var out []pages.DeskQuestion
	for _, v := range list {
		out = append(out, a.desk(v, numbers))
	}
	return out
}

func (a about) desk(v rooms.DeskView, numbers map[string]int) pages.DeskQuestion {
	q := pages.DeskQuestion{Question: a.own(v.OwnView, numbers), Revision: int(v.Revision), ChangedBy: v.ChangedBy, Like: numbers[v.Like], LikeID: v.Like}
	q.Mine = false
	return q
}

// wallView says what the wall shows; its question is looked up in the lanes.
func wallView(c *web.Ctx, q rooms.Queue, r models.Room, p pages.ConsolePage) pages.WallView {
	w := pages.WallView{Show: q.Wall.View, Blank: q.Wall.Blank, URL: c.PublicURL() + c.URL("/wall/"+r.WallSecret)}
	for _, list := range [][]pages.DeskQuestion{p.Queued, p.Handled} {
		for _, one := range list {
			if one.ID == q.Wall.About && one.MergedInto == 0 {
				w.Question = &one.Question
			}
		}
	}
	return w
}

// exports are the files of the room's record, and where the record itself is written
// once the room is closed.
func exports(c *web.Ctx, r models.Room) []pages.Export {
	list := files(c, r)
	if r.State == models.RoomClosed {
		list = append(list, pages.Export{Text: c.T("rooms_pages.export_record"), URL: c.URL("/desk/live/" + r.Code + "/record")})
	}
	return list
}

// files are the record of a room and what it is made from, to take along.
func files(c *web.Ctx, r models.Room) []pages.Export {
	var list []pages.Export
	for _, one := range []struct{ key, file string }{
		{"rooms_pages.export_docx", "record.docx"}, {"rooms_pages.export_csv", "record.csv"}, {"rooms_pages.export_questions", "questions.csv"}, {"rooms_pages.export_speakers", "speakers.csv"},
	} {
		list = append(list, pages.Export{Text: c.T(one.key), URL: c.URL("/live/" + r.Code + "/" + one.file)})
	}
	return list
}

// lastMove is the move that the address names, to be undone without scripts.
func lastMove(c *web.Ctx, r models.Room, numbers map[string]int) *pages.Moved {
	move, verb, id := c.Query("moved"), c.Query("verb"), c.Query("q")
	if !models.IsID(move) || !c.Words.Has("rooms_pages.done_"+verb) || numbers[id] == 0 {
		return nil
	}
	return &pages.Moved{Undo: c.URL("/desk/live/" + r.Code + "/undo/" + move), Text: c.T("rooms_pages.done_"+verb, "number", numbers[id])}
}

func reasons(c *web.Ctx) []parts.Option {
	var list []parts.Option
	for _, r := range rooms.Reasons {
		list = append(list, parts.Option{Value: r, Text: c.T("rooms_pages.reason_" + r)})
	}
	return list
}

// offices are all units in the order of the tree.
func (h pager) offices(c *web.Ctx) []parts.Option {
	tree, err := h.units.Tree(c.UserContext())
	if err != nil {
		return nil
	}
	return unitOptions(c, tree, nil)
}

// ownFirst are all units, the room's own before the others.
func (h pager) ownFirst(c *web.Ctx, own string) []parts.Option {
	list := h.offices(c)
	if i := slices.IndexFunc(list, func(o parts.Option) bool { return o.Value == own }); i > 0 {
		o := list[i]
		list = slices.Insert(slices.Delete(list, i, i+1), 0, o)
	}
	return list
}

// back leads to the console again, with what can be undone.
func back(c *web.Ctx, m rooms.Moved, verb string) error {
	group := ""
	if c.FormValue("group") != "" {
		group = "&group=1"
	}
	return c.See("/desk/live/" + c.Params("code") + "?lane=" + laneOf(c.FormValue("lane")) + group + "&moved=" + m.Move + "&verb=" + verb + "&q=" + m.Question.ID + "#q-" + m.Question.ID)
}

func laneOf(s string) string {
	if s == pages.LaneQueued || s == pages.LaneHandled {
		return s
	}
	return pages.LaneWaiting
}

// move does to a question what the last part of the address says.
func (h pager) move(c *web.Ctx) error {
	verb := c.Params("verb")
	got, err := h.do(c, verb)
	if err == nil {
		return back(c, got, verb)
	}
	form := c.Typed("reason", "note", "into", "body", "office", "due", "answerer", "answer_zh", "answer_en")
	form.Prefix = verb + "-"
	if c.Refuse(form, err) {
		return h.showQuestion(c, verb, form)
	}
	return err
}

func (h pager) do(c *web.Ctx, verb string) (rooms.Moved, error) {
	ctx, who, revision := c.UserContext(), c.Who, number(c, "revision")
	w := rooms.Which{ID: c.Params("id"), Revision: int64(revision)}
	idem := func(in any) models.Idem { return c.Idem([]any{verb, in}) }
	switch verb {
	case "approve":
		return h.rooms.Approve(ctx, who, w, idem(nil))
	case "hold":
		reason, note := c.FormValue("reason"), c.FormValue("note")
		return h.rooms.Hold(ctx, who, w, reason, note, idem([]string{reason, note}))
	case "uphold":
		return h.rooms.Uphold(ctx, who, w, c.FormValue("note"), idem(c.FormValue("note")))
	case "edit":
		return h.rooms.Edit(ctx, who, w, c.FormValue("body"), idem(c.FormValue("body")))
	case "merge":
		into, err := h.numbered(c, number(c, "into"))
		if err != nil {
			return rooms.Moved{}, err
		}
		return h.rooms.Merge(ctx, who, w, into, idem(into))
	case "unmerge":
		return h.rooms.Unmerge(ctx, who, w, idem(nil))
	case "wall":
		return h.rooms.OnWall(ctx, who, w, idem(nil))
	case "answering":
		return h.rooms.Answering(ctx, who, w, idem(nil))
	case "answered":
		in := rooms.AnsweredInput{Answerer: c.FormValue("answerer"), ZH: c.FormValue("answer_zh"), EN: c.FormValue("answer_en")}
		return h.rooms.Answered(ctx, who, w, in, idem(in))
	case "written":
		in := rooms.WrittenInput{OfficeID: c.FormValue("office"), Due: c.FormValue("due")}
		return h.rooms.Written(ctx, who, w, in, idem(in))
	}
	return rooms.Moved{}, models.ErrNotFound
}

// numbered finds the question with a number in the room.
func (h pager) numbered(c *web.Ctx, n int) (string, error) {
	q, err := h.rooms.Queue(c.UserContext(), c.Who, c.Params("code"))
	if err != nil {
		return "", err
	}
	for _, v := range slices.Concat(q.Waiting, q.Queued, q.Handled, q.Merged) {
		if int(v.Number) == n {
			return v.ID, nil
		}
	}
	return "", models.FailField("into", "rooms.merge_unknown")
}

// number reads a whole number of a form; 0 where there is none.
func number(c *web.Ctx, field string) int {
	n, err := strconv.Atoi(strings.TrimSpace(c.FormValue(field)))
	if err != nil {
		return 0
	}
	return n
}

func (h pager) undo(c *web.Ctx) error {
	m, err := h.rooms.Undo(c.UserContext(), c.Who, c.Params("move"), c.Idem(nil))
	if err != nil {
		return h.again(c, err)
	}
	return c.SeeWith("/desk/live/"+c.Params("code")+"#q-"+m.Question.ID, "rooms_pages.undo_done")
}

func (h pager) deskQuestion(c *web.Ctx) error { return h.showQuestion(c, "", nil) }

// showQuestion draws one question with all that can be done to it.
func (h pager) showQuestion(c *web.Ctx, verb string, form *parts.Form) error {
	ctx := c.UserContext()
	q, r, err := h.rooms.Question(ctx, c.Who, c.Params("id"))
	if err != nil {
		return err
	}
	if r.Code != c.Params("code") {
		return models.ErrNotFound
	}
	all, err := h.rooms.Queue(ctx, c.Who, r.Code)
	if err != nil {
		return err
	}
	agenda, err := h.rooms.Agenda(ctx, r)
	if err != nil {
		return err
	}
	title := c.T("rooms_pages.desk_question", "number", q.Number)
	p := pages.QuestionPage{
		Frame: c.DeskFrame(title, "/desk/live", frontend.Crumb{Text: c.T("rooms_pages.desk_title"), URL: "/desk/live"}, frontend.Crumb{Text: r.Title(c.Lang()), URL: "/desk/live/" + r.Code}),
		Room:  room(c, all.Room), Reasons: reasons(c), Offices: h.ownFirst(c, r.UnitID), Verb: verb, Form: form, Key: models.NewID(c.Now()),
	}
	p.Frame.Path, p.Failed = "/desk/live/"+r.Code+"/questions/"+q.ID, form.Failed()
	numbers := map[string]int{}
	list := slices.Concat(all.Waiting, all.Queued, all.Handled, all.Merged)
	for _, v := range list {
		numbers[v.ID] = int(v.Number)
	}
	a, err := h.about(c, agenda, r)
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.ID == q.ID {
			p.Question = a.desk(v, numbers)
		}
	}
	return c.Render(pages.DeskQuestionShow(p))
}
