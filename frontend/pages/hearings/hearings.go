package hearings

import (
	"time"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// Row is one hearing in a list; URL has no prefix.
type Row struct {
	Title, URL, Unit, Kind, State, Place string
	StartsAt, EndsAt                     time.Time
	// At is the date that the state hangs on: opening or closing of sign-up.
	At    time.Time
	Seats string // seats left, in words; empty when there is nothing to say
}

// ListPage lists hearings and forums.
type ListPage struct {
	frontend.Frame
	Form    *parts.Form
	Filter  parts.FilterProps
	Units   []parts.Option
	Kinds   []parts.Option
	Tabs    []parts.Tab
	Rows    []Row
	Pager   parts.PagerProps
	FeedURL string
	YearURL string
}

// YearPage is the calendar of participation.
type YearPage struct {
	frontend.Frame
	Year       int
	Prev, Next string
	Table      parts.TableProps
	Months     []Month
	Promise    string
	Sources    []string // which rules of whom the promise stands in
	Note       string   // from when on what is missing is overdue
	All        string   // leads back to all units from the page of one; URL with its prefix
}

// Month lists the events of one month.
type Month struct {
	Name string
	Rows []Row
}

// Fact is one line of facts: a term and what holds for it. Old is what held before,
// Links stand in place of the text.
type Fact struct {
	Term, Text, Old, URL string
	Links                []parts.Tab
}

// Category is a group with its quota in words.
type Category struct{ Name, Role, Method, Seats, Left, Applied string }

// AgendaRow is a point of the agenda with its planned time.
type AgendaRow struct{ Time, Title, Presenter, Minutes string }

// Change is one move or the cancelling, with its published reason.
type Change struct {
	At     time.Time
	Text   string
	Reason string
}

// File is a document of the hearing; URL has its prefix.
type File struct{ Name, Size, URL string }

// ShowPage is one hearing.
type ShowPage struct {
	frontend.Frame
	State, Kind, Unit string
	StartsAt, EndsAt  time.Time
	Facts             []Fact
	About             string // HTML
	// Action is the main thing to do now, ActionText its words; both may be empty.
	Action, ActionText string
	ActionIcon         string
	ActionHint         string
	Open               []OpenQuestion
	Lists              []parts.Tab // the open list of participants as files
	Shares             []string    // how the participants meet the rules, and how many came
	Steps              []parts.StatusStep
	Categories         []Category
	Method             string // HTML
	Agenda             []AgendaRow
	Access, Rules      string // HTML
	Changes            []Change
	Cancelled          string          // published reason
	Preview            frontend.Notice // says that it is not public yet, and leads back
	Override           string
	Missing            []string
	Files              []File
	Links              []parts.Tab
	Contact            []Fact
	CalendarURL        string
	CalendarText       string
	Share              parts.ShareProps
	Participants       []Participant
	ParticipantsNote   string
	Law                []Fact
}

// Participant is a line of the public list; Before says how often they were drawn
// before.
type Participant struct{ Number, Name, Category, Points, Before string }

// OpenQuestion is a question of the hall that nobody has answered yet; URL has its prefix.
type OpenQuestion struct {
	Text, Lang, URL string
	Office, Due     string
	Late            bool
}

// Terms say beside the fields of a sign-up how long what is filled in is kept.
type Terms struct{ Name, Contact, Access, Answers string }

// RegisterPage is the form to sign up.
type RegisterPage struct {
	frontend.Frame
	Form                *parts.Form
	Hearing, HearingURL string
	When, Place         string
	Action              string
	Options             []parts.Option
	Questions           []Question
	Press               bool // some seats are for the press, who say whom they come from
	SignedIn            bool
	SignInURL           string
	Code                *parts.CodeProps
	Ticket              string
	Mailbox             bool
	Closed              string // why nobody can sign up, with what comes next
	Draw                bool   // some category is drawn
	Companions          int
	Kept                []Fact // what was typed, while the code is asked for
	Hidden              map[string]string
	Terms               Terms
}

// Question is one of the organiser's own.
type Question struct {
	Name, Text string
	Optional   bool
}

// TicketPage is the ticket, and the page of everybody who signed up.
type TicketPage struct {
	frontend.Frame
	Form                *parts.Form
	Hearing, HearingURL string
	State, StateText    string
	Next                string // what comes next, in a sentence
	Number, Category    string
	Facts               []Fact
	Tickets             []TicketCard
	Valid               bool // lets in
	AcceptURL           string
	WithdrawURL         string
	CalendarURL         string
	CalendarText        string
	Files               []File
	ReceiveURL          string
	Received            time.Time
	RecordURL           string
	CorrectURL          string
	ConfirmURL          string
	Signed              string
	NotThere            string // why the record is not to be signed by who did not come
	OwnURL              string
	Live                string
}

// TicketCard is the ticket of one person.
type TicketCard struct {
	Name, Digits, QR, Address string
	ImageURL                  string // the same as a picture
	Arrived                   time.Time
}

// AskPage asks before something is done.
type AskPage struct {
	frontend.Frame
	Form   *parts.Form
	Ask    parts.InterruptionProps
	Quoted string
}

// DrawPage is the draw of a hearing.
type DrawPage struct {
	frontend.Frame
	Hearing, HearingURL string
	Steps               []parts.StatusStep
	Commitment, Rule    string
	Seed, Source        string
	Witnesses           string
	Odds                parts.TableProps
	Chosen, List        parts.TableProps
	Reserves            []parts.TableProps
	FileURL, CheckURL   string
	AloneURL            string
	More                string // how many of the list are not shown
	Command             string
}

// RecordPage is the record of a hearing.
type RecordPage struct {
	frontend.Frame
	Hearing, HearingURL string
	State               string // open, frozen
	StateText           string
	Summary             string
	Facts               []Fact
	Entries             []Entry
	Corrections         []Correction
	Signed              []string
	Refused             []string
	Hash                string
	Downloads           []parts.Tab
	Report              []ReportRow
	ReportSummary       string
}

// Entry is one thing said.
type Entry struct {
	ID, Kind, Agenda, Speaker, Text string
	Lang                            string // of the text
}

// Correction is a wish and its answer.
type Correction struct{ Name, Text, Decision, Note string }

// ReportRow tells what became of a view.
type ReportRow struct {
	View, By, Decision, Reason string
	ViewLang, ReasonLang       string // of the texts
}

// CorrectPage takes a wish for correction.
type CorrectPage struct {
	frontend.Frame
	Form    *parts.Form
	Action  string
	Cancel  string
	Entries []parts.Option
}
