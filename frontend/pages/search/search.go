// Package search draws the page on which everybody finds drafts, clauses, opinions,
// answers and reports, the same page for the desk, and the list of saved searches.
package search

import (
	"time"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// Piece is a part of a text; Mark says that it is why the text was found.
type Piece struct {
	Text string
	Mark bool
}

// Row is one hit. Addresses have no language prefix.
type Row struct {
	Kind  string // translated
	Title []Piece
	URL   string // empty where the reader may open no page of it
	// Path says where it stands: the draft, the clause, the unit.
	Path []string
	// Text is the sentence that fits; Lang is its language if it is not the page's.
	Text []Piece
	Lang string
	At   time.Time
	// Facts are stance, decision, voices, translated.
	Facts []string
	// State is what is special about it at the desk, translated.
	State string
}

// Choice is one value of a facet.
type Choice struct {
	Value, Text string
	Count       string
	Chosen      bool
	// Depth is how far it is set in, 0 to 2.
	Depth int
}

// Facet is one group of checkboxes.
type Facet struct {
	Name, Legend string
	Choices      []Choice
}

// Hidden is a field that a form carries along.
type Hidden struct{ Name, Value string }

// Page is the search page.
type Page struct {
	frontend.Frame
	// Action is the address of the search without its prefix; Query what was typed.
	Action, Query string
	// Asked is false on the page that waits for a question.
	Asked bool
	// About says what the hits are about, for everything said about a clause; URL has no
	// prefix.
	About, AboutURL string
	Result          string
	// Notes say what was understood and what is special about the answer.
	Notes   []string
	Warning string
	Tabs    []parts.Tab
	Sorts   []parts.Tab
	Chosen  []parts.ChosenFilter
	Facets  []Facet
	Carried []Hidden // what the form of facets carries along
	Rows    []Row
	Pager   parts.PagerProps
	// Empty says what helps when nothing was found, with links.
	Empty []Link
	// FeedURL is the Atom feed of this search, with its prefix, or "".
	FeedURL string
	// Save is the query that can be saved; SavedURL leads to what was saved.
	Save     string
	SavedURL string
	SignIn   bool // saving needs an account first
	Form     *parts.Form
}

// Link is a link without prefix.
type Link struct{ Text, URL string }

// Saved is one saved search.
type Saved struct {
	ID, Text, URL string
	Mail          bool
	At            time.Time
}

// SavedPage lists what somebody saved.
type SavedPage struct {
	frontend.Frame
	List []Saved
	Form *parts.Form
}
