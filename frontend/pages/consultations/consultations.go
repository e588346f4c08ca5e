// Package consultations draws the public pages of consultations: the list, the
// notice, the draft with its margin, a clause with its thread, and what changed
// between versions.
package consultations

import (
	"time"

	"github.com/a-h/templ"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// Row is a consultation in a list. Addresses have no language prefix.
type Row struct {
	Title, URL, Unit, Topic string
	// Status is scheduled, open, closed or answered.
	Status string
	// At is the moment that matters next: opening, closing or the day of the
	// answer; zero shows none.
	At       time.Time
	Opinions int
	// Outcome is one sentence about what came of it, or "".
	Outcome string
}

// ListPage is the list of consultations with its filters.
type ListPage struct {
	frontend.Frame
	Filter   parts.FilterProps
	Form     *parts.Form
	Statuses []parts.Option
	Topics   []parts.Option
	Units    []parts.Option
	Areas    []parts.Option
	Times    []parts.Option
	Rows     []Row
	Pager    parts.PagerProps
	FeedURL  string // with its prefix
}

// Head is what stands at the top of every page of one consultation.
type Head struct {
	// Consultation is its id.
	Consultation string
	Title, Unit  string
	Status       string
	// Opens, Closes and Due are zero when they are not fixed.
	Opens, Closes, Due time.Time
	Extended           bool
	Preview            bool
	Opinions           int
	Views              []parts.Tab
}

// VersionLine is one version in the list of versions.
type VersionLine struct {
	Number     int
	Title      string
	Note       string
	At         time.Time
	URL        string // with its prefix
	CompareURL string // with the version before; empty for the first
	Current    bool
}

// ExtensionLine is one extension: the old date stays readable.
type ExtensionLine struct {
	Old, New time.Time
	Reason   string
}

// File is an attachment.
type File struct {
	Name, URL string
	Size      int64
}

// Contact is who answers questions.
type Contact struct{ Name, Phone, Email, Post string }

// HiddenLine counts opinions that are not shown, by reason.
type HiddenLine struct {
	Reason string
	Count  int
}

// Summary is the three-minute summary.
type Summary struct {
	Points    []string
	Who, What string
}

// Empty tells that nothing was written for it.
func (s Summary) Empty() bool { return len(s.Points) == 0 && s.Who == "" && s.What == "" }

// NoticePage is the notice of a consultation.
type NoticePage struct {
	frontend.Frame
	Head
	Summary Summary
	// Explanation is safe HTML made from the officer's Markdown, with its language
	// if it differs from the page's.
	Explanation, ExplanationLang string
	Next                         string // safe HTML
	DraftURL                     string // with its prefix
	CanWrite                     bool
	Steps                        []parts.StatusStep
	ShortReason                  string
	Extensions                   []ExtensionLine
	Versions                     []VersionLine
	Files                        []File
	Contact                      Contact
	Hidden                       []HiddenLine
	CalendarURL, FollowURL       string // with their prefix
	Follows                      bool
	ResponseURL                  string // with its prefix, once it is answered
	Share                        parts.ShareProps
}

// ContentsLine is one line of the contents with its opinions.
type ContentsLine struct {
	Text, URL string // URL with its prefix, or only a fragment
	Count     int
	Current   bool
}

// Term is a word of the draft that is explained.
type Term struct{ Word, Meaning string }

// DraftItem is one clause of the draft page.
type DraftItem struct {
	parts.ClauseProps
	// Drawn, if set, is the clause as it was drawn before; of the props only the
	// control is drawn anew.
	Drawn *parts.DrawnClause
	// Title marks the name of the whole draft.
	Title bool
	// Folded are the deleted clauses that stood here.
	Deleted bool
}

// DraftPage is the draft with its margin.
type DraftPage struct {
	frontend.Frame
	Head
	Summary     Summary
	Version     int
	NewestURL   string // with its prefix; empty when the newest is shown
	Shows       []parts.Tab
	Contents    []ContentsLine
	Items       []DraftItem
	Pager       parts.PagerProps
	Translation string // the note on which text governs, or ""
	OriginalURL string
	Original    string
	Terms       []Term
	Files       []File
	Next        string // safe HTML
	BasketURL   string
	CanWrite    bool
	Share       parts.ShareProps
}

// Related is another clause that a clause came from or went to.
type Related struct{ Text, URL string }

// ClausePage is a clause with its thread and, while opinions are taken, the form.
type ClausePage struct {
	frontend.Frame
	Head
	Key    string
	Label  string
	Clause parts.ClauseProps
	// Note says what became of a clause that the newest version has no more.
	Note            string
	Became, Earlier []Related
	Previous, Next  Related
	Counts          *parts.StanceCounts
	CountsHidden    bool // they are shown after closing
	Total           int
	Sorts           []parts.Tab
	Stances         []parts.Tab
	// Opinions are the cards; Sides, if set, are shown instead.
	Opinions []parts.OpinionProps
	Sides    []Side
	Linked   *parts.OpinionProps // the one that the address names
	Alike    []Related           // opinions elsewhere that say something like it
	Prompts  []Prompt
	Pager    parts.PagerProps
	// Composer is the form to write, or nil when opinions are not taken now.
	Composer templ.Component
	// Left is for who began to write while they were taken, or nil: hidden until a
	// script finds something of theirs on the device.
	Left        templ.Component
	Closed      string // why nothing can be written, or ""
	Grace       string // who may send all the same and until when, or ""
	RefreshURL  string
	Since       string // the position "epoch:seq" at which the opinions were read
	DraftURL    string
	CompareURL  string
	AllURL      string // everything that was said about the clause, or ""
	Translation string
	OriginalURL string
	Original    string
}

// Side is one column of opinions side by side.
type Side struct {
	Heading  string
	Stance   string
	Opinions []parts.OpinionProps
}

// Prompt is an officer's question that begins an opinion.
type Prompt struct{ Text, URL string }

// Pair is one clause that differs between two versions.
type Pair struct {
	Key            string
	Heading        string
	Verdict        string
	Before, After  []parts.Run
	Runs           []parts.Run
	OldURL, NewURL string // with their prefix
	OldName        string
	NewName        string
}

// ComparePage shows what changed between two versions.
type ComparePage struct {
	frontend.Frame
	Head
	Old, New    VersionLine
	Choices     []parts.Tab
	Changes     []parts.ChangeLine
	Pairs       []Pair
	Translation string
	OriginalURL string
	Original    string
}

// WithdrawnPage says that and why a consultation was taken back.
type WithdrawnPage struct {
	frontend.Frame
	Name, Reason string
	At           time.Time
	Contact      Contact
}
