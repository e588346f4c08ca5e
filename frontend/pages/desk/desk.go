// Package desk shows officers their consultations before they are answered: what
// is due, the form, the import of a draft, the list before publishing.
package desk

import (
	"strconv"
	"time"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// HomePage is the officers' first page.
type HomePage struct {
	frontend.Frame
	Due  []Due
	Rows []parts.TableRow
	// NewURL leads to a new consultation; empty for who may make none.
	NewURL string
}

// none says that there is no consultation yet, and leads to a new one.
func (p HomePage) none() parts.EmptyProps {
	e := parts.EmptyProps{Text: p.T("drafting.list_none"), URL: p.NewURL}
	if e.URL != "" {
		e.ActionText = p.T("drafting.nav_new")
	}
	return e
}

// Due is one thing that waits for the reader; Kind colours its word.
type Due struct {
	Title, URL, Text, Word, Kind string
}

// ShowPage is one consultation and what can be done about it.
type ShowPage struct {
	frontend.Frame
	ID, Unit, Status, StatusKind string
	ClosesAt                     time.Time // zero for none
	Extended                     bool
	Tasks                        []parts.Task
	// Next is what comes next, in a sentence, with its button; both may be empty.
	Next, NextButton, NextURL string
	Versions                  []Version
	Imports                   []Waiting
	Extensions                []Extension
	Links                     []Link
	Opinions                  int
	CanExtend, CanWithdraw    bool
	// UndoUntil is the moment until which a publishing can be taken back.
	UndoUntil time.Time
	Form      *parts.Form
}

// Version is one line of the versions.
type Version struct {
	Number              int
	Title, Note, Source string
	PublishedAt         time.Time
	ShowURL, PublishURL string
}

// Waiting is an import that is not confirmed.
type Waiting struct {
	Name, URL string
	At        time.Time
}

// Extension is one move of the closing time.
type Extension struct {
	Old, New time.Time
	Reason   string
}

// Link leads to another page; URL has its prefix.
type Link struct{ Text, URL, Icon string }

// EditPage is the form of a consultation.
type EditPage struct {
	frontend.Frame
	Form                     *parts.Form
	Action, Cancel, Revision string
	Units, Profiles, Topics  []parts.Option
	Clauses                  []parts.Option // for prompts; empty before a draft is there
	Prompts, Terms           int            // rows to draw
	Conflicts                []parts.Conflict
	Limits                   Limits
}

// Limits of the fields, in characters.
type Limits struct{ Title, Line, Text, Point, Points, Reason int }

// UploadPage takes a draft.
type UploadPage struct {
	frontend.Frame
	Form           *parts.Form
	Action, Cancel string
	Waiting        []Waiting
}

// DraftPage is an import that is being checked.
type DraftPage struct {
	frontend.Frame
	Form           *parts.Form
	Base, Revision string // address of the import without a prefix
	FileName       string
	Counts         []string // what was found, in words
	// Warnings are those of the whole draft, with the way to the clause; Source and
	// Clauses those of the piece that is shown.
	Warnings           []parts.ChangeLine
	Tracked, Rejected  bool
	Source             string
	Clauses            []Clause
	Pieces             Pieces
	At                 string // key of the clause that is open
	Kinds              []parts.Option
	ConfirmURL, Cancel string
}

// Pieces are the ways to the other chapters of a very long text; empty for a usual one.
type Pieces struct {
	Contents []parts.Tab
	Pager    parts.PagerProps
}

// Clause is one line of the tree.
type Clause struct {
	Key, Kind, KindWord, Number, Title, Text string
	Depth                                    int
	First                                    bool
}

// ConfirmPage is the last step of an import.
type ConfirmPage struct {
	frontend.Frame
	Form                     *parts.Form
	Base, Revision, Back     string
	Clauses, Targets         int
	Previous                 int // number of the public version before, 0 for none
	Changes                  []parts.ChangeLine
	Rows                     []parts.TableRow
	Translation              string // name of the translation's file
	TranslationProblem       string
	Pairs                    []Pair
	TitleLimit, ReasonLimit  int
	OpinionsKept, OpinionsOn int
}

// Pair is a clause beside its translation.
type Pair struct{ ZH, EN string }

// ChecksPage is the list before publishing.
type ChecksPage struct {
	frontend.Frame
	ID, Revision, Base   string
	Blocking, Advice     []parts.Task
	Window               []string // what the count of the period says
	Steps                []parts.TableRow
	Proposed, Mine       bool
	ProposedBy           string
	ProposedAt           time.Time
	Ready, Public        bool
	Missing              int
	OpensAt              time.Time
	Form                 *parts.Form
	PreviewURL, ShareURL string
}

// MovePage asks for a new closing time, or for the reason of a withdrawal.
type MovePage struct {
	frontend.Frame
	Form           *parts.Form
	Action, Cancel string
	Effects        []string
	Confirm        string
	Dates          bool // asks for new dates
	Danger         bool
	ReasonLimit    int
}

// FilesPage is the attachments of a consultation.
type FilesPage struct {
	frontend.Frame
	Form        *parts.Form
	Action      string
	Files       []File
	Locked      string // why nothing can be changed; empty if it can
	SizeLimitMB int
}

// File is one attachment.
type File struct {
	ID, Name, URL string
	Size          int64
}

// DonePage is what follows a publishing.
type DonePage struct {
	frontend.Frame
	ID, PublicURL, Share string
	OpensLater           bool
	OpensAt, UndoUntil   time.Time
	QR                   string // drawn code
	Followers            int
	Form                 *parts.Form
	PosterURL, PosterEN  string
}

// PosterPage is one A4 sheet for a notice board.
type PosterPage struct {
	frontend.Frame
	Name, Unit, PublicURL, QR string
	Points                    []string
	ClosesAt                  time.Time
	Contact                   string
}

// VersionPage is a version as the officers see it.
type VersionPage struct {
	frontend.Frame
	// Clauses are those of the piece that is shown.
	Clauses                    []Clause
	English                    []string // translation by clause, empty when there is none
	Pieces                     Pieces
	Public                     bool
	Action, Cancel, PublicPath string
	Number                     int
	Form                       *parts.Form
	Changes                    []parts.ChangeLine
	// Own says that the reader imported it and so cannot publish it.
	Own, FirstPublish bool
}

func indexed(name string, i int) string { return name + "_" + strconv.Itoa(i) }

func depthClass(d int) string { return "tree-depth-" + strconv.Itoa(min(max(d, 1), 7)) }
