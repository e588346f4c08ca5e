package demo

// Hearing is a public hearing in one state.
type Hearing struct {
	Key          string       `json:"key"`
	State        string       `json:"state"` // announced, signup, drawn, live, recorded
	Unit         string       `json:"unit"`
	Profile      string       `json:"profile"`
	Consultation string       `json:"consultation"`
	Title        Text         `json:"title"`
	About        Text         `json:"about"`
	Notice       When         `json:"notice"`
	SignupOpens  When         `json:"signup_opens"`
	SignupCloses When         `json:"signup_closes"`
	Draw         When         `json:"draw"`
	Starts       When         `json:"starts"`
	Ends         When         `json:"ends"`
	Place        Text         `json:"place"`
	Access       Text         `json:"access"`
	Rules        Text         `json:"rules"`
	Method       Text         `json:"method"` // of selection, published beforehand
	Groups       []Group      `json:"groups"`
	Observers    int          `json:"observers"` // seats
	Agenda       []AgendaItem `json:"agenda"`
	Speakers     []Applicant  `json:"speakers"`   // chosen
	Applicants   []Applicant  `json:"applicants"` // not chosen, or not drawn yet
	Room         string       `json:"room,omitempty"`
	Record       *Record      `json:"record,omitempty"`
}

// Group is a side that is represented, with its seats.
type Group struct {
	Key   string `json:"key"`
	Name  Text   `json:"name"`
	Seats int    `json:"seats"`
}

// AgendaItem is one point of the order of the hearing.
type AgendaItem struct {
	Key     string `json:"key"`
	Minutes int    `json:"minutes"`
	Title   Text   `json:"title"`
	By      string `json:"by,omitempty"` // person who presents
}

// Applicant signed up to speak and said in one sentence what about.
type Applicant struct {
	Author string `json:"author"`
	Group  string `json:"group"`
	Stance string `json:"stance"`
	Point  Text   `json:"point"`
}

// Record is the published record with the corrections people asked for.
type Record struct {
	Published        When         `json:"published"`
	CorrectionsUntil When         `json:"corrections_until"`
	Summary          Text         `json:"summary"`
	Corrections      []Correction `json:"corrections"`
}

// Correction is what a speaker wants changed in the record.
type Correction struct {
	Author   string `json:"author"`
	At       When   `json:"at"`
	Text     Text   `json:"text"`
	Accepted bool   `json:"accepted"`
}

// Room is the place of live questions of a hearing, or one of its own.
type Room struct {
	Code      string     `json:"code"`
	Hearing   string     `json:"hearing"` // empty: of its own, with what follows
	State     string     `json:"state"`   // open, closed
	Moderated bool       `json:"moderated"`
	Tier      string     `json:"tier,omitempty"` // what asking needs; contact when empty
	Questions []Question `json:"questions"`
	Polls     []Poll     `json:"polls,omitempty"`
	Floor     []Floor    `json:"floor,omitempty"`

	Unit   string       `json:"unit,omitempty"`
	Opened When         `json:"opened,omitempty"`
	Title  *Text        `json:"title,omitempty"`
	Place  *Text        `json:"place,omitempty"`
	Agenda []AgendaItem `json:"agenda,omitempty"`
}

// Poll is a quick poll with the votes for each option.
type Poll struct {
	Kind    string `json:"kind"`
	Title   Text   `json:"title"`
	Options []Text `json:"options"`
	Votes   []int  `json:"votes"`
	State   string `json:"state"`
	Shown   bool   `json:"shown"`
}

// Floor is somebody on the speaking list.
type Floor struct {
	Author  string `json:"author"`
	Agenda  string `json:"agenda"`
	Kind    string `json:"kind,omitempty"` // speech when empty
	Side    string `json:"side,omitempty"`
	Minutes int    `json:"minutes,omitempty"` // spoken
	State   string `json:"state"`             // waiting, done
}

// Question was asked in a room. In a closed room every accepted question is
// answered, there or in writing.
type Question struct {
	ID         string `json:"id"`
	Author     string `json:"author"`
	Agenda     string `json:"agenda"`
	Supports   int    `json:"supports"`
	State      string `json:"state"` // waiting, queued, answering, answered, written, declined
	Body       Text   `json:"body"`
	Answer     *Text  `json:"answer,omitempty"`
	AnsweredBy string `json:"answered_by,omitempty"`
	AnsweredAt When   `json:"answered_at,omitempty"`
	Assigned   string `json:"assigned,omitempty"` // unit that answers in writing
	Due        When   `json:"due,omitempty"`
	Reason     string `json:"reason,omitempty"` // code, where declined
	DeclinedBy string `json:"declined_by,omitempty"`
}
