// Package answers holds the public pages of what came of a consultation: the
// response and the adoption table.
package answers

import (
	"time"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// Fact is a number with its name; both are translated.
type Fact struct{ Name, Value string }

// Line is one sentence of the story; Kind is its translated beginning, 我们问了.
type Line struct{ Kind, Text string }

// Note is a dated correction.
type Note struct {
	At   time.Time
	What string
	Text string
}

// ClausePart is what came of one clause.
type ClausePart struct {
	ID, Name, URL, Count, Summary string
	Decision                      *parts.DecisionProps
	Diff                          []parts.Run // empty when nothing changed
}

// Download is a file with its address.
type Download struct{ Text, URL string }

// ResponsePage is the published report of a consultation, or the note that it is
// being worked on.
type ResponsePage struct {
	frontend.Frame
	Name, Lede string
	// Pending says what happens next while nothing is published; then only Name
	// and Lede are shown beside it.
	Pending               string
	BackURL               string
	Story                 []Line
	Numbers               []Fact
	Clauses               []ClausePart
	Outside, Method, Next string
	Corrections           []Note
	AdoptionURL           string
	Downloads             []Download
}

// AdoptionPage is a page of the adoption table.
type AdoptionPage struct {
	frontend.Frame
	Name, Lede string
	// Pending says that the answers are not public yet; then there is no table.
	Pending, BackURL string
	Numbers          []Fact
	Table            parts.TableProps
	Pager            parts.PagerProps
	Downloads        []Download
	Corrections      []Note
}
