// Package rooms holds the pages of rooms of live questions: what people in the
// hall and at home read and write, the wall, and the moderators' console. Every
// page is whole as it arrives; scripts only keep it fresh.
package rooms

import (
	"time"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// States of a room, in the order in which it goes through them.
const (
	Waiting = "waiting"
	Open    = "open"
	Paused  = "paused"
	Closed  = "closed"
)

// Room is what every page says about a room. Texts are in the page's language.
type Room struct {
	Code, Title, Place, Unit string
	// State is Waiting, Open, Paused or Closed.
	State     string
	Moderated bool
	// Limit is the most characters of a question.
	Limit int
	// StartsAt is zero where no time is set; ClosedAt while it goes on.
	StartsAt, ClosedAt time.Time
	// ListOpen says whether people may put themselves on the speaking list.
	ListOpen bool
	// About leads to the hearing or draft, without language prefix; AboutText names it.
	About, AboutText string
	// Recorded says that the record is public; Final that it is no more to be corrected and
	// confirmed, only to be read.
	Recorded, Final bool
}

// Path is the room's page without language prefix.
func (r Room) Path() string { return "/live/" + r.Code }

// Question is a question as somebody may see it.
type Question struct {
	ID     string
	Number int
	Body   string
	// Lang is the language in which it was asked, "zh" or "en".
	Lang string
	// Author is empty for anonymous.
	Author string
	// State is waiting, held, queued, answering, answered or written.
	State    string
	Supports int
	// Merged counts questions for which this one speaks.
	Merged int
	// Original is what stood there before a moderator mended a slip.
	Original string
	// Agenda and Clause name what it is about; ClauseURL has no language prefix.
	Agenda, Clause, ClauseURL string
	// Answerer answered in the room, Office owes or gave the written answer.
	Answerer, Answer, Office string
	DueAt, AnsweredAt, At    time.Time
	// Mine is one's own, Voiced is seconded by the reader.
	Mine, Voiced bool
	// Reason, in words, is why it is not shown; Note a word to the author. Only the
	// author and moderators get them.
	Reason, Note string
	// MergedInto is the number of the question that speaks for this one.
	MergedInto int
	// Appeal is the author's objection to being held back.
	Appeal string
	// twin says that it stands on the page a second time and has no id there.
	twin bool
}

// asTwin is the question to be drawn a second time on the page.
func (q Question) asTwin() Question {
	q.twin = true
	return q
}

// tag is the colour of a question's state.
func (q Question) tag() string {
	switch q.State {
	case "answering":
		return "official"
	case "answered":
		return "ok"
	case "written", "waiting":
		return "warn"
	case "held":
		return "bad"
	}
	return "info"
}

// Settled says that nothing more will come: answered in the room or in writing.
func (q Question) Settled() bool {
	return q.State == "answered" || q.State == "written" && !q.AnsweredAt.IsZero()
}

// late says whether the written answer is overdue at now.
func (q Question) late(now time.Time) bool {
	return q.State == "written" && q.AnsweredAt.IsZero() && !q.DueAt.IsZero() && q.DueAt.Before(now)
}

// Speaker is a place on the speaking list.
type Speaker struct {
	ID, Name string
	// Kind is order, reply, speech or interposed; Side for, against or empty.
	Kind, Side string
	// State is waiting, speaking, paused or done.
	State string
	// Seconds is the time that the entry gets, 0 for no limit; Spoken the true
	// speaking time when the page was made.
	Seconds, Spoken int
	// RunningAt is when the stretch under way began; zero if none is.
	RunningAt time.Time
	Agenda    string
	Mine      bool
}

// Speaking lists who has the floor and who is paused; waiting is the rest.
func speaking(list []Speaker) (now, next []Speaker) {
	for _, s := range list {
		switch s.State {
		case "speaking", "paused":
			now = append(now, s)
		case "waiting":
			next = append(next, s)
		}
	}
	return now, next
}

// AgendaItem is one item of a room's agenda.
type AgendaItem struct {
	ID, Title string
	Minutes   int
	Current   bool
}

// Poll is a quick poll.
type Poll struct {
	ID, Title string
	// Kind is single, multiple or scale; State draft, open or closed.
	Kind, State string
	Options     []PollOption
	// Shown says whether the result is shown to everybody.
	Shown bool
	// Counted says that the counts of the options are known to the reader.
	Counted bool
	Voters  int
	// Voted says that the reader has voted.
	Voted bool
}

// PollOption is an answer that can be chosen.
type PollOption struct {
	Text   string
	Count  int
	Chosen bool
}

// Share is an option's share of the voters in percent.
func (p Poll) Share(o PollOption) int {
	if p.Voters == 0 {
		return 0
	}
	return (o.Count*100 + p.Voters/2) / p.Voters
}

// HeldCount is how many questions are not shown for a reason: its code, and in words.
type HeldCount struct {
	Code, Reason string
	Count        int
}

// anyHeld says whether something is not shown.
func anyHeld(list []HeldCount) bool {
	for _, h := range list {
		if h.Count > 0 {
			return true
		}
	}
	return false
}

// Live is where a page listens.
type Live struct {
	// Topic is the room's; Own that of the reader's own questions, or empty.
	Topic, Own string
	// Since and OwnSince are the positions "epoch:seq" at which the page was read.
	Since, OwnSince string
}

// EnterPage is where people type the code of a room.
type EnterPage struct {
	frontend.Frame
	Form *parts.Form
	// Rooms are open, about to begin, or ended lately.
	Rooms []Room
}

// May is why somebody cannot ask or second here, or nothing.
type May struct {
	// SignIn leads to signing in, with its prefix; empty if that would not help.
	SignIn string
	// Why is said in words; empty when the reader may.
	Why string
}

// AttendeePage is a room as people see it who follow it on their phones.
type AttendeePage struct {
	frontend.Frame
	Room Room
	Live Live
	May  May
	Form *parts.Form
	// SignUp is the form for the speaking list.
	SignUp *parts.Form
	// Vote is the form of the poll VotedOn that came back with what is wrong, or nil.
	Vote      *parts.Form
	VotedOn   string
	Now       *Question
	Questions []Question
	Mine      []Question
	Speakers  []Speaker
	Polls     []Poll
	Agenda    []AgendaItem
	// Clauses are those of the draft to which a question can be tied; none without one.
	// ManyClauses says that there are too many to choose from: its number is typed.
	Clauses     []parts.Option
	ManyClauses bool
	// Alike is said about a question that was just taken, or nil.
	Alike *AlikePart
	// Held are all reasons, with those of which nothing is held back.
	Held []HeldCount
	// Known says that a cookie tells this reader apart, so that acts may go over the
	// socket.
	Known bool
	// Key is the idempotency key of the page's small forms.
	Key string
	// Plain says that this is the plain view.
	Plain bool
}

// AlikePart is a question that was just taken, and others that ask nearly the same.
type AlikePart struct {
	Own    Question
	Others []Question
}

// dim offers a dark screen for a dark hall, or the way back.
func (p AttendeePage) dim() (url, text string) {
	if p.Reading.NormalContrast() == "dark" {
		return p.ReadingURL(p.Reading.NormalSize(), "standard"), p.T("rooms_pages.dim_off")
	}
	return p.ReadingURL(p.Reading.NormalSize(), "dark"), p.T("rooms_pages.dim_on")
}

// waits are the questions that have not been settled, settled the others.
func split(list []Question) (open, settled []Question) {
	for _, q := range list {
		if q.Settled() {
			settled = append(settled, q)
		} else {
			open = append(open, q)
		}
	}
	return open, settled
}

// OwnPage is one of the reader's own questions, to be taken back or, where it is held
// back, objected to.
type OwnPage struct {
	frontend.Frame
	Room     Room
	Question Question
	// Form is that of the objection.
	Form *parts.Form
	Max  int
}

// appealable says whether the author can object: once, while it is held back.
func (p OwnPage) appealable() bool { return p.Question.State == "held" && p.Question.Appeal == "" }

// retractable says whether nobody has begun to answer yet.
func (q Question) retractable() bool {
	return q.Merged == 0 && (q.State == "waiting" || q.State == "queued" || q.State == "held")
}

// OverduePage lists written answers that are late, for everybody.
type OverduePage struct {
	frontend.Frame
	Lines []OverdueLine
}

// OverdueLine is a written answer that is late.
type OverdueLine struct {
	Question
	RoomTitle, RoomCode string
}

// scriptTexts are the words that a page's scripts say, in the page's language.
func scriptTexts(f frontend.Frame, keys []string) map[string]string {
	out := map[string]string{}
	for _, key := range keys {
		if f.Words.Has(key) { // one language has a form for one, the other none
			out[key[len("rooms_pages."):]] = f.T(key)
		}
	}
	return out
}

var scriptKeys = []string{
	"rooms_pages.number", "rooms_pages.state_waiting", "rooms_pages.state_held", "rooms_pages.state_queued", "rooms_pages.state_answering",
	"rooms_pages.state_answered", "rooms_pages.state_written", "rooms_pages.anonymous", "rooms_pages.more_new", "rooms_pages.more_order", "rooms_pages.say_now", "rooms_pages.say_mine",
	"rooms_pages.say_room_open", "rooms_pages.say_room_paused", "rooms_pages.say_room_closed", "rooms_pages.say_poll", "rooms_pages.removed", "rooms_pages.merged_into",
	"rooms_pages.unsent", "rooms_pages.unsent_hint", "rooms_pages.sent", "rooms_pages.lost", "rooms_pages.similar", "rooms_pages.time_left", "rooms_pages.time_over",
	"rooms_pages.kind_order", "rooms_pages.kind_reply", "rooms_pages.kind_speech", "rooms_pages.kind_interposed", "rooms_pages.plain_more", "rooms_pages.plain_now", "rooms_pages.nothing_now", "rooms_pages.now_meta",
	"rooms_pages.about_agenda", "rooms_pages.about_clause", "rooms_pages.held_line", "rooms_pages.held_line.one", "rooms_pages.edited", "rooms_pages.merged", "rooms_pages.merged.one", "rooms_pages.held_because", "rooms_pages.note", "rooms_pages.waits", "rooms_pages.appealed", "rooms_pages.answered_by", "rooms_pages.written_answer", "rooms_pages.written_due",
	"rooms_pages.voice_of", "rooms_pages.more_new.one", "rooms_pages.poll_count", "rooms_pages.poll_voters", "rooms_pages.poll_voters.one",
	"rooms_pages.reason_off-topic", "rooms_pages.reason_personal-data", "rooms_pages.reason_insult", "rooms_pages.reason_unlawful", "rooms_pages.reason_advertising", "rooms_pages.reason_answered-before",
}

// daysLate counts the days since a date, at least one.
func daysLate(due, now time.Time) int { return max(1, int(now.Sub(due)/(24*time.Hour))) }

// plainKeys and wallKeys are those that the plain view and the wall need.
var (
	plainKeys = []string{
		"rooms_pages.plain_more", "rooms_pages.plain_now", "rooms_pages.nothing_now", "rooms_pages.say_now", "rooms_pages.say_mine", "rooms_pages.say_poll", "rooms_pages.lost",
		"rooms_pages.say_room_open", "rooms_pages.say_room_paused", "rooms_pages.say_room_closed", "rooms_pages.state_waiting", "rooms_pages.state_held", "rooms_pages.state_queued",
		"rooms_pages.state_answering", "rooms_pages.state_answered", "rooms_pages.state_written",
	}
	wallKeys = []string{"rooms_pages.time_left", "rooms_pages.time_over"}
)
