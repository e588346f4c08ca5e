// Package opinions draws everything around giving an opinion: the form on a
// clause, the basket, the receipt with its status, replies and reports.
package opinions

import (
	"time"

	"minyi/frontend"
	"minyi/frontend/parts"
)

// ComposerProps describes the form in which somebody writes about one clause.
type ComposerProps struct {
	Form *parts.Form
	// Action takes the POST, Cancel leads away; both with their prefix. Cancel may
	// be empty.
	Action, Cancel string
	// Key and Label name the clause; Text is its text in Chinese, quoted above the
	// form when Quote is set, and the first words of the suggestion.
	Key, Label, Text string
	Quote            bool
	// Prompt is the officer's question that is answered, or "".
	Prompt string
	// Grace tells who begins shortly before the deadline how long they may take, or "".
	Grace string
	// Draft names what is kept on the device, Began says when the form was shown.
	Draft, Began string
	// Changing says that the opinion is in the basket already.
	Changing bool
	// Diff shows a suggestion against the clause.
	Diff []parts.Run
	// Files are those that are in the basket with it.
	Files []parts.FileItem
	// Taken names what need not be kept on the device any more.
	Taken string
}

// LeftProps describes words that stayed on the device.
type LeftProps struct {
	// Draft is the name by which the device keeps them; Prefilled stood in the field for
	// another wording from the beginning, and is none of them.
	Draft, Prefilled string
	// About begins what is copied: what the words are about, for whom they are sent to, or "".
	About string
	// Stances are the lines that tell a stance, by its value.
	Stances map[string]string
	// Text says why they cannot be sent here, Contact whom to send them to, or "".
	Text, Contact string
}

// BodyLimit and SuggestionLimit are the limits of the form in characters.
const (
	BodyLimit       = 2000
	SuggestionLimit = 5000
	MostFiles       = 3
	FileLimitMB     = 10
)

// ComposePage is the form on a page of its own.
type ComposePage struct {
	frontend.Frame
	Composer ComposerProps
}

// BasketLine is one opinion in the basket. Addresses have their prefix.
type BasketLine struct {
	Label, ClauseURL string
	Stance, Body     string
	Suggestion       []parts.Run
	EditURL, DropURL string
	Files            []parts.FileItem
}

// BasketPage is the basket: check, say who you are, send.
type BasketPage struct {
	frontend.Frame
	Form         *parts.Form
	Consultation string // title
	DraftURL     string
	Lines        []BasketLine
	Action       string
	// Basket is the id of the basket that is shown.
	Basket string
	// Closed says that nothing can be sent any more; Letter is the text to send to
	// the contact instead, MailURL a mail with it.
	Closed          bool
	Letter, MailURL string
	Contact         string
	// Grace says until when it may be sent although the time for comments is over, or "".
	Grace string
	// SignedIn needs no contact; Nothing may go without one.
	SignedIn, Nothing bool
	Nickname, Name    string
	SignInURL         string
	// Code asks for the code that was sent.
	Code    *parts.CodeProps
	Ticket  string
	Mailbox bool
}

// DropPage asks before an opinion is taken out of the basket.
type DropPage struct {
	frontend.Frame
	Form           *parts.Form
	Action, Cancel string
	Text           string
}

// ReceiptLine is one opinion on a receipt.
type ReceiptLine struct {
	ID, Label, ClauseURL string
	Number               int
	Stance, Body         string
	Suggestion           []parts.Run
	State                string
	// HiddenWhy and HiddenNote say why it is not public; AppealURL is where to object
	// (empty: not possible), Appeals what came of it, with the second officer's note.
	HiddenWhy, HiddenNote, AppealURL string
	Appeals, AppealNote              string
	Decision                         *parts.DecisionProps
	EraseURL                         string
	Files                            []parts.FileItem
	Texts                            bool
}

// ReceiptPage is the receipt and, later, the status of what was given.
type ReceiptPage struct {
	frontend.Frame
	Form            *parts.Form
	Seal            parts.SealProps
	Consultation    string
	ConsultationURL string
	Unit            string
	Steps           []parts.StatusStep
	Next            string // what happens next, as safe HTML
	Lines           []ReceiptLine
	Hash            string
	Calendar        string
	QR              string // SVG
	Address         string // public address of this page
	// Unlock is where the contact detail is sent to see the texts; empty when they
	// are shown or no contact was given.
	Unlock string
	Held   bool
	Due    time.Time
}

// LookUpPage asks for a receipt code.
type LookUpPage struct {
	frontend.Frame
	Form *parts.Form
}

// ActPage is a page with one short form about one opinion: a reply, a report, an
// appeal, an erasure. The opinion is quoted above the form.
type ActPage struct {
	frontend.Frame
	Form  *parts.Form
	Lede  string
	Quote string
	// Said are lines about it; empty ones are left out.
	Said           []string
	Action, Cancel string
	// Confirm is the button; without it there is nothing to send. Reasons asks for one of them; Words asks for a text of at most Max characters.
	Reasons     []parts.Option
	Words, Hint string
	Field       string // name of the text field
	Max         int
	Optional    bool
	Display     []parts.Option // how the name appears
	Confirm     string
	Danger      bool
	Desk        bool
}

// DisownPage asks whether opinions are really not those of a contact. Done says
// that it was told already.
type DisownPage struct {
	frontend.Frame
	Form           *parts.Form
	Action, Cancel string
	Effects        []string
	Lines          []DisownLine
	Done           bool
}

// DisownLine is one opinion that somebody gave in a contact's name.
type DisownLine struct{ Label, Text string }

// DeskLine is one opinion that waits for an officer. Addresses have their prefix.
type DeskLine struct {
	ID, Label, Author, Stance, Body, Suggestion string
	Number                                      int
	At                                          time.Time
	Files                                       []parts.FileItem
	// Why are the reasons of reports, or the author's words of an appeal.
	Why                                  []string
	ShowURL, HideURL, KeepURL, DecideURL string
	SettleURL                            string
	// Own says that this officer hid it and may not decide.
	Own bool
}

// ModerationPage lists what waits for an officer's look.
type ModerationPage struct {
	frontend.Frame
	Consultation           string
	Held, Reports, Appeals []DeskLine
	Disowned               []DeskLine
}

// EntryPage is the form in which officers enter opinions on behalf of others.
type EntryPage struct {
	frontend.Frame
	Form         *parts.Form
	Consultation string
	Action       string
	Clauses      []parts.Option
	// Code is the receipt of the entry before, to be printed or read out.
	Code, CodeURL string
}

func frontendNotice(p EntryPage) frontend.Notice {
	return frontend.Notice{Kind: frontend.NoticeSuccess, Text: p.T("opinions.entered", "code", p.Code), LinkText: p.T("opinions.entered_print"), LinkURL: p.CodeURL}
}
