// Package deskhearings shows officers their hearings: the form, the list before
// publishing, registrations, the draw, the record and the report.
package deskhearings

import (
	"strconv"
	"time"

	"minyi/frontend"
	"minyi/frontend/pages/hearings"
	"minyi/frontend/parts"
)

// HomePage lists the hearings of the desk.
type HomePage struct {
	frontend.Frame
	Table parts.TableProps
	New   string // empty for who may not make one
}

// Act is one button that posts; Danger colours it.
type Act struct {
	Text, URL string
	Danger    bool
	Fields    map[string]string
}

// Link leads to another page; URL has its prefix.
type Link struct{ Text, URL, Icon string }

// ShowPage is one hearing with what can be done about it.
type ShowPage struct {
	frontend.Frame
	Form        *parts.Form
	State       string
	When, Place string
	Tasks       []parts.Task
	Next        string
	Acts        []Act
	Links       []Link
	Counts      parts.TableProps
	Law         []Duty
	Files       []File
	AttachURL   string
	MostMB      int // of one file
	SeatsURL    string
	SeatOptions []parts.Option
	ListURL     string // publish the list of participants
	PublicURL   string
	Shares      []string
	// ReturnURL returns a colleague's proposal with a note; Returned says who returned
	// this draft and when, ReturnedNote why.
	ReturnURL              string
	Returned, ReturnedNote string
}

// Duty is a rule with the last day on which it can be kept.
type Duty struct {
	Date               time.Time
	Left, Text, Source string
}

// File is one document of the materials.
type File struct{ Name, URL, Remove string }

// EditPage is one step of the form of a hearing.
type EditPage struct {
	frontend.Frame
	Form                          *parts.Form
	Part                          string // key of the step
	Step                          string // which of how many
	Steps                         []Step
	Last, HasRows                 bool
	Conflicts                     []parts.Conflict
	Action, Cancel, Revision      string // the revision is "0" for a new hearing
	Units, Profiles, Kinds        []parts.Option
	Roles, Methods, Rules         []parts.Option
	Categories, Agenda, Questions int // rows to draw
}

// Step leads to a part of the form; URL has its prefix and is empty while there is
// nothing stored. Missing says what publishing still waits for.
type Step struct {
	Text, URL, Missing string
	Current            bool
}

// ReasonPage asks for dates and a reason: moving and cancelling.
type ReasonPage struct {
	frontend.Frame
	Form           *parts.Form
	Action, Cancel string
	Lede           string
	Moving, Danger bool
	Confirm        string
	Sequence       string
}

// ListPage lists registrations.
type ListPage struct {
	frontend.Frame
	Form       *parts.Form
	Filter     parts.FilterProps
	Categories []parts.Option
	States     []parts.Option
	Table      parts.TableProps
	Pager      parts.PagerProps
	Downloads  []Link
	Entry      string
	DecideURL  string
	Pending    []Pending
	// HandOverURL notes that somebody got the materials on paper.
	HandOverURL string
}

// Pending is a registration that waits for a decision; Field is the one of its reason.
type Pending struct {
	ID, Field, Number, Name, Category string
	Said                              []string
}

// EntryPage takes a sign-up of somebody who came by phone or to the counter.
type EntryPage struct {
	frontend.Frame
	Form           *parts.Form
	Action, Cancel string
	Options        []parts.Option
	Channels       []parts.Option
	Questions      []hearings.Question
	Companions     int
	Terms          hearings.Terms
	// Closed says why nobody can be signed up now; the form is left out then, but for one
	// that was sent too late: what was typed is still there.
	Closed string
	// Done says what became of the entry before, DoneURL leads to its ticket.
	Done, DoneURL string
}

// DrawPage leads through the draw.
type DrawPage struct {
	frontend.Frame
	Form               *parts.Form
	Step               string // commit, seed, done
	Hint               string
	CommitURL, DrawURL string
	// Facts are what was fixed and what came of it, by whom and when; Commitment is the
	// hash of the list.
	Facts      []Fact
	Commitment string
	PublicURL  string
	Dice       bool
	Methods    []parts.Option
}

// Fact is one line of what is known.
type Fact struct{ Term, Text string }

// RecordPage is the record in work.
type RecordPage struct {
	frontend.Frame
	Form                       *parts.Form
	Begun                      bool
	Frozen                     bool
	Hint                       string
	BeginURL, SaveURL, OpenURL string
	// BeginText says from what the record is gathered.
	BeginText   string
	Revision    string
	Rows        int
	Kinds       []parts.Option
	Corrections []Correction
	PublicURL   string
	Conflicts   []parts.Conflict
}

// Correction is a wish that waits for an answer.
type Correction struct{ ID, Name, Text, Where, URL string }

// ReportPage is the report in work.
type ReportPage struct {
	frontend.Frame
	Form                            *parts.Form
	SaveURL, ProposeURL, PublishURL string
	// ReturnURL is for the colleague, TakeBackURL for who proposed it; PublicURL once it is
	// public. Returned says who returned it last, ReturnedNote why.
	ReturnURL, TakeBackURL, PublicURL string
	Returned, ReturnedNote            string
	Revision                          string
	Rows                              int
	Outcomes                          []parts.Option
	Hint                              string
	Public                            bool
	Conflicts                         []parts.Conflict
}

func indexed(name string, i int) string { return name + "_" + strconv.Itoa(i) }
