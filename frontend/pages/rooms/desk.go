package rooms

import (
	"time"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// DeskQuestion is a question as moderators see it.
type DeskQuestion struct {
	Question
	Revision int
	// ChangedBy is who touched it last; Channel how it came, in words, where not by
	// the page itself.
	ChangedBy, Channel string
	// Like is the number of a question that asks nearly the same; 0 for none. LikeID is
	// its id.
	Like   int
	LikeID string
	// grouped says that similar questions stand together, which shall stay so.
	grouped bool
}

// Lanes of the console.
const (
	LaneWaiting = "waiting"
	LaneQueued  = "queued"
	LaneHandled = "handled"
)

// Moved is a move that was just made and can be undone.
type Moved struct {
	// Undo takes the POST, with its prefix; Text says what was done.
	Undo, Text string
}

// WallView is what the wall shows, for its moderators.
type WallView struct {
	// Show is what is shown, see ShowQuestion and its kin; Blank hides it.
	Show  string
	Blank bool
	// Question is on the wall, if one is.
	Question *Question
	// URL is the wall's address, with host.
	URL string
}

// ConsolePage is where moderators run a room.
type ConsolePage struct {
	frontend.Frame
	Room Room
	Live Live
	// Lane is the one shown on small screens.
	Lane string
	// Groups is how many groups of similar questions wait; Grouped says that they stand
	// together.
	Groups                   int
	Grouped                  bool
	Waiting, Queued, Handled []DeskQuestion
	Merged                   []DeskQuestion
	Wall                     WallView
	Speakers                 []Speaker
	Polls                    []Poll
	Agenda                   []AgendaItem
	Reasons, Offices         []parts.Option
	Moved                    *Moved
	// Enter, SignUp and NewPoll are forms of the console, filled where they failed.
	Enter, SignUp, NewPoll *parts.Form
	// Person is who reads, so that their own focus is not shown to them.
	Person string
	// Key is the beginning of the idempotency keys of the page's small forms.
	Key string
	// Exports are the files that can be had, with their prefix.
	Exports []Export
}

// Export is a file of a room.
type Export struct{ Text, URL string }

// path is an address of the room's desk in the page's language.
func (p ConsolePage) path(rest string) string { return p.URL("/desk/live/" + p.Room.Code + rest) }

// lane gives the questions of a lane.
func (p ConsolePage) lane(name string) []DeskQuestion {
	switch name {
	case LaneWaiting:
		for i := range p.Waiting {
			p.Waiting[i].grouped = p.Grouped
		}
		return p.Waiting
	case LaneQueued:
		return p.Queued
	}
	return p.Handled
}

var lanes = []string{LaneWaiting, LaneQueued, LaneHandled}

// verbs are what can be done to a question in its state, the usual first.
func verbs(q Question) []string {
	if q.MergedInto > 0 {
		return []string{"unmerge"}
	}
	switch q.State {
	case "waiting":
		return []string{"approve", "hold", "merge", "edit"}
	case "held":
		if q.Appeal != "" {
			return []string{"approve", "uphold"}
		}
		return []string{"approve"}
	case "queued":
		return []string{"answering", "wall", "answered", "written", "merge", "edit", "hold"}
	case "answering":
		return []string{"answered", "written", "wall", "edit"}
	case "written":
		return []string{"wall", "answering", "edit", "written"}
	case "answered":
		return []string{"wall"}
	}
	return nil
}

// asks says whether a verb needs more than a button: a reason, a number, a text.
func asksMore(verb string) bool {
	switch verb {
	case "hold", "uphold", "merge", "edit", "written":
		return true
	}
	return false
}

// QuestionPage is one question with everything that can be done to it, for who has no
// scripts and for answers that need words.
type QuestionPage struct {
	frontend.Frame
	Room             Room
	Question         DeskQuestion
	Reasons, Offices []parts.Option
	// Verb is the form that failed; Form holds what was typed there.
	Verb string
	Form *parts.Form
	Key  string
}

// RoomsPage lists the rooms of the reader's units.
type RoomsPage struct {
	frontend.Frame
	Open, Past []Room
	// Owed is how many written answers the reader's offices owe.
	Owed int
}

// RoomFormPage makes or changes a room.
type RoomFormPage struct {
	frontend.Frame
	Form *parts.Form
	// Units can be chosen for a new room; empty when it is changed.
	Units []parts.Option
	// Code is empty for a new room.
	Code     string
	Revision int
}

// ClosePage asks before a room is closed.
type ClosePage struct {
	frontend.Frame
	Room    Room
	Form    *parts.Form
	Waiting int
	Queued  int
	Offices []parts.Option
	Cancel  string
}

// ConfirmPage asks once more before an act that a rule stands against.
type ConfirmPage struct {
	frontend.Frame
	Effects []string
	// Action takes the POST with Fields; both addresses have their prefix.
	Action, Cancel, Confirm string
	Fields                  map[string]string
}

// OwedPage lists the written answers that the reader's offices owe.
type OwedPage struct {
	frontend.Frame
	Lines []OwedLine
}

// OwedLine is a question that waits for a written answer.
type OwedLine struct {
	Question
	RoomTitle, URL string
}

// AnswerPage is where an office writes its answer.
type AnswerPage struct {
	frontend.Frame
	Question  Question
	RoomTitle string
	Form      *parts.Form
	Max       int
	Cancel    string
}

// dueText says when an answer is due and how long that is.
func dueText(f frontend.Frame, due time.Time) string {
	return f.T("rooms_pages.due_on", "date", f.Words.Date(due), "left", f.Words.DayLeft(due, f.Now))
}
