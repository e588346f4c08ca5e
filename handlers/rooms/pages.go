package rooms

import (
	"errors"
	"strconv"
	"strings"

	"minyi/app/kit/actor"
	"minyi/app/live"
	"minyi/app/rooms"
	"minyi/app/units"
	pages "minyi/frontend/pages/rooms"
	"minyi/frontend/parts"
	"minyi/handlers/web"
	"minyi/models"
)

// Pages are the services behind the pages of rooms.
type Pages struct {
	Rooms *rooms.Service
	Live  *live.Service
	Units *units.Service
}

type pager struct {
	handler
	live  *live.Service
	units *units.Service
}

// MountPages adds the pages of rooms: for attendees, the wall, and the desk.
func MountPages(r *web.Router, s Pages) {
	h := pager{handler{s.Rooms}, s.Live, s.Units}
	r.Page("GET", "/live", web.Public, h.enter)
	r.Page("GET", "/q/:code", web.Public, h.short)
	r.Page("GET", "/questions/overdue", web.Public, h.overdue)
	r.Page("GET", "/live/:code", web.Public, h.attendee)
	r.Page("GET", "/live/:code/plain", web.Public, h.plain)
	r.Page("POST", "/live/:code/visit", web.Public, h.visit)
	r.Page("POST", "/live/:code/questions", web.Public, h.ask)
	r.Page("POST", "/live/:code/questions/:id/support", web.Public, h.support)
	r.Page("GET", "/live/:code/mine/:id", web.Public, h.own)
	r.Page("POST", "/live/:code/mine/:id/retract", web.Public, h.retract)
	r.Page("POST", "/live/:code/mine/:id/appeal", web.Public, h.appeal)
	r.Page("POST", "/live/:code/speakers", web.Public, h.signUp)
	r.Page("POST", "/live/:code/speakers/:id/withdraw", web.Public, h.withdraw)
	r.Page("POST", "/live/:code/polls/:id", web.Public, h.vote)
	r.Page("GET", "/wall/:secret", web.Public, h.wall)
	h.mountDesk(r)
	h.mountRecordPages(r)
}

// mountDesk adds the pages of moderators and of the offices that owe answers.
func (h pager) mountDesk(r *web.Router) {
	r.Page("GET", "/desk/live", web.Moderators, h.deskRooms)
	r.Page("POST", "/desk/live", web.Moderators, h.makeRoom)
	r.Page("GET", "/desk/live/new", web.Moderators, h.newRoom)
	r.Page("GET", "/desk/live/answers", web.DeskOnly, h.owed)
	r.Page("GET", "/desk/live/answers/:id", web.DeskOnly, h.answering)
	r.Page("POST", "/desk/live/answers/:id", web.DeskOnly, h.answer)
	r.Page("GET", "/desk/live/:code", web.Moderators, h.console)
	r.Page("GET", "/desk/live/:code/settings", web.Moderators, h.settings)
	r.Page("POST", "/desk/live/:code/settings", web.Moderators, h.changeRoom)
	r.Page("GET", "/desk/live/:code/close", web.Moderators, h.closing)
	r.Page("POST", "/desk/live/:code/close", web.Moderators, h.closeRoom)
	r.Page("POST", "/desk/live/:code/state", web.Moderators, h.setState)
	r.Page("POST", "/desk/live/:code/wall", web.Moderators, h.setWall)
	r.Page("POST", "/desk/live/:code/wall/renew", web.Moderators, h.renewWall)
	r.Page("POST", "/desk/live/:code/agenda", web.Moderators, h.turn)
	r.Page("POST", "/desk/live/:code/list", web.Moderators, h.setList)
	r.Page("POST", "/desk/live/:code/entries", web.Moderators, h.enterFor)
	r.Page("POST", "/desk/live/:code/speakers", web.Moderators, h.hallSignUp)
	r.Page("POST", "/desk/live/:code/speakers/:id", web.Moderators, h.floor)
	r.Page("POST", "/desk/live/:code/polls", web.Moderators, h.newPoll)
	r.Page("POST", "/desk/live/:code/polls/:id", web.Moderators, h.setPoll)
	r.Page("POST", "/desk/live/:code/undo/:move", web.Moderators, h.undo)
	r.Page("GET", "/desk/live/:code/questions/:id", web.Moderators, h.deskQuestion)
	r.Page("POST", "/desk/live/:code/questions/:id/:verb", web.Moderators, h.move)
}

func inOr(c *web.Ctx, w *rooms.Words) string {
	if w == nil {
		return ""
	}
	return in(c, *w)
}

// room shows a room to everybody.
func room(c *web.Ctx, v rooms.RoomView) pages.Room {
	r := pages.Room{
		Code: v.Code, Title: in(c, v.Title), Place: in(c, v.Place), Unit: in(c, v.Unit), State: v.State, Moderated: v.Moderated, Limit: v.QuestionLimit,
		ListOpen: v.ListOpen,
	}
	if v.StartsAt != nil {
		r.StartsAt = *v.StartsAt
	}
	if v.ClosedAt != nil {
		r.ClosedAt = *v.ClosedAt
	}
	switch {
	case v.Hearing != "" && c.Has("/hearings/:id"):
		r.About, r.AboutText = "/hearings/"+v.Hearing, c.T("rooms_pages.about_hearing")
	case v.Consultation != "":
		r.About, r.AboutText = "/consultations/"+v.Consultation+"/draft", c.T("rooms_pages.about_draft")
	}
	return r
}

// listed shows a room in a list.
func listed(c *web.Ctx, r models.Room, unit string) pages.Room {
	p := pages.Room{Code: r.Code, Title: r.Title(c.Lang()), Place: r.Place(c.Lang()), Unit: unit, State: string(r.State)}
	if r.StartsAt != nil {
		p.StartsAt = *r.StartsAt
	}
	if r.ClosedAt != nil {
		p.ClosedAt = *r.ClosedAt
	}
	return p
}

// about names agenda items and clauses for questions of one page.
type about struct {
	c            *web.Ctx
	agenda       map[string]string
	consultation string
	clauses      []rooms.Clause
}

// about reads the clauses of the room's draft and names what its questions are about.
func (h pager) about(c *web.Ctx, list []rooms.AgendaItem, r models.Room) (about, error) {
	clauses, err := h.rooms.Clauses(c.UserContext(), r)
	a := about{c, map[string]string{}, r.ConsultationID, clauses}
	for _, one := range list {
		a.agenda[one.ID] = in(c, one.Title)
	}
	return a, err
}

// clause names a clause as the draft does; one that the public version has no more by
// its key.
func (a about) clause(key string) string {
	for _, one := range a.clauses {
		if one.Key == key {
			return one.Name
		}
	}
	return key
}

func (a about) question(v rooms.QuestionView) pages.Question {
	q := pages.Question{
		ID: v.ID, Number: int(v.Number), Body: v.Body, Lang: v.Lang, Author: v.Author, State: v.State, Supports: int(v.Supports), Merged: v.Merged,
		Original: v.Original, Agenda: a.agenda[v.Agenda], Answerer: v.Answerer, Answer: inOr(a.c, v.Answer), Office: inOr(a.c, v.Office), At: v.CreatedAt,
	}
	if v.Clause != "" && a.consultation != "" {
		q.Clause, q.ClauseURL = a.clause(v.Clause), "/consultations/"+a.consultation+"/clauses/"+v.Clause
	}
	if v.DueAt != nil {
		q.DueAt = *v.DueAt
	}
	if v.AnsweredAt != nil {
		q.AnsweredAt = *v.AnsweredAt
	}
	return q
}

// own shows a question to its author; numbers gives those of other questions.
func (a about) own(v rooms.OwnView, numbers map[string]int) pages.Question {
	q := a.question(v.QuestionView)
	q.Mine, q.Note, q.Appeal, q.MergedInto = true, v.Note, v.Appeal, numbers[v.MergedInto]
	if v.Reason != "" {
		q.Reason = a.c.T("rooms_pages.reason_" + v.Reason)
	}
	return q
}

func (a about) items(list []rooms.AgendaItem, current string) []pages.AgendaItem {
	var out []pages.AgendaItem
	for _, one := range list {
		out = append(out, pages.AgendaItem{ID: one.ID, Title: in(a.c, one.Title), Minutes: one.Minutes, Current: one.ID == current})
	}
	return out
}

// speaker shows a place on the speaking list; the stretch under way counts up to now.
func speaker(c *web.Ctx, v rooms.SpeakerView, agenda map[string]string) pages.Speaker {
	s := pages.Speaker{ID: v.ID, Name: v.Name, Kind: v.Kind, Side: v.Side, State: v.State, Seconds: v.Seconds, Spoken: v.Spoken, Agenda: agenda[v.Agenda]}
	if v.Running != nil {
		s.RunningAt = *v.Running
		s.Spoken += max(0, int(c.Now().Sub(s.RunningAt).Seconds()))
	}
	return s
}

// poll shows a poll; voted are the reader's choices ("0,2") or empty.
func poll(c *web.Ctx, v rooms.PollView, voted string) pages.Poll {
	p := pages.Poll{ID: v.ID, Title: in(c, v.Title), Kind: v.Kind, State: v.State, Shown: v.Shown, Counted: v.Counts != nil, Voted: voted != ""}
	if v.Voters != nil {
		p.Voters = *v.Voters
	}
	chosen := strings.Split(voted, ",")
	for i, o := range v.Options {
		option := pages.PollOption{Text: in(c, o)}
		if i < len(v.Counts) {
			option.Count = v.Counts[i]
		}
		for _, one := range chosen {
			option.Chosen = option.Chosen || one == strconv.Itoa(i)
		}
		p.Options = append(p.Options, option)
	}
	return p
}

// fresh is an empty form with its own ids and a new idempotency key.
func fresh(c *web.Ctx, prefix string) *parts.Form {
	f := parts.NewForm(nil)
	f.Prefix, f.Key = prefix, models.NewID(c.Now())
	return f
}

// wantsJSON says that a script of a page asks, not the browser for a new page.
func wantsJSON(c *web.Ctx) bool { return c.Get("Accept") == "application/json" }

// words is what people read for an error, in a sentence.
func words(c *web.Ctx, err error) string {
	var known *models.Error
	if !errors.As(err, &known) {
		return c.T("error.internal")
	}
	return c.Message(known)
}

// may says whether the reader may ask and second in a room.
func (h pager) may(c *web.Ctx, r models.Room) pages.May {
	err := h.rooms.Admits(c.Who, r)
	if err == nil {
		return pages.May{}
	}
	m := pages.May{Why: words(c, err)}
	if models.KindOf(err) == models.SignIn {
		m.SignIn = c.URL("/signin?back=" + c.URL("/live/"+r.Code))
	}
	return m
}

// voiceOf is who asks, or nobody for a reader that cannot be told apart.
func voiceOf(who actor.Actor) string {
	if !who.Known() {
		return ""
	}
	return who.Voice()
}
