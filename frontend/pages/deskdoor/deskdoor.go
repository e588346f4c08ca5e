// Package deskdoor draws the steward's page at the door of a hearing.
package deskdoor

import (
	"minyi/frontend"
	"minyi/frontend/parts"
)

// DoorPage is where tickets are checked in. Addresses have their prefix.
type DoorPage struct {
	frontend.Frame
	Form *parts.Form
	Name string // of the hearing
	When string
	// Closed says why nobody can be let in now; empty while the door is open.
	Closed string
	Action string // takes showings
	Undo   string // takes one back
	Key    string // of the next showing
	Desk   string
	Result *Result
	// Query is the name that was looked for; Found what was found.
	Query  string
	Asked  bool
	Found  []Person
	Counts parts.TableProps
	Shares []Share
	Calls  []Call
	// CallsFrom says from when reserves can be called up.
	CallsFrom string
	// Called are reserves who have a seat now and wait to be let in.
	Called []Person
	Twice  parts.TableProps
	// Data is what the script needs.
	Data any
}

// Result is what became of one showing, to be read from afar.
type Result struct {
	// Kind is ok, warn or bad.
	Kind, Word string
	Lines      []string
	// UndoKey is the showing that can be taken back; empty for none.
	UndoKey string
}

// Person is one ticket in the search by name, or of a reserve who was called up.
type Person struct {
	Ticket, Name, Number, Category, State string
	// Key is that of the showing; empty when the person is in already.
	Key string
}

// Share is a rule on the composition and how those who are here meet it.
type Share struct {
	Rule, Count string
	Met         bool
	Verdict     string
}

// Call calls up the reserves of one category.
type Call struct{ Text, URL string }

// CallPage asks before seats of those who did not come are given away.
type CallPage struct {
	frontend.Frame
	Form *parts.Form
	Ask  parts.InterruptionProps
}
