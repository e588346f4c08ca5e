// Package demo holds the content of the demonstration site: an invented city,
// its drafts, opinions, answers and hearings, written for this product in
// Chinese and English, and a generator of endless varied opinions for load.
// It only reads; filling a database is done through the services.
package demo

// Text is one text in both languages of the site. In drafts the Chinese text
// governs and the English one is a working translation.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the text for a language code: English for "en", Chinese else.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// Content is everything the demonstration site starts with.
type Content struct {
	City          City
	Authors       []Author
	Consultations []Consultation
	Hearings      []Hearing
	Rooms         []Room
}

// City is the invented city with its units and accounts.
type City struct {
	Name     Text     `json:"name"`
	Hotline  string   `json:"hotline"`
	TimeZone string   `json:"time_zone"` // IANA name; When is counted in it
	Units    []Unit   `json:"units"`     // parents before children
	People   []Person `json:"people"`
}

// Unit is a government or a department in the tree of units.
type Unit struct {
	Key     string  `json:"key"`
	Parent  string  `json:"parent"` // empty for the city
	Kind    string  `json:"kind"`   // city, county (also districts), township, department
	Name    Text    `json:"name"`
	Contact Contact `json:"contact"`
}

// Contact says how a unit is reached. The numbers and addresses do not exist.
type Contact struct {
	Phone   string `json:"phone"`
	Email   string `json:"email"`
	Address Text   `json:"address"`
	Hours   Text   `json:"hours"`
}

// Person has an account. SignIn marks those whose sign-in is printed by the
// demo command; the others own content or are its second pair of eyes.
type Person struct {
	Key    string `json:"key"`
	Role   string `json:"role"` // resident, attendee, moderator, officer, supervisor, administrator
	Unit   string `json:"unit"`
	Name   Text   `json:"name"`
	Email  string `json:"email"`
	Phone  string `json:"phone"` // in a number range that is not in use
	SignIn bool   `json:"sign_in"`
	Author string `json:"author,omitempty"` // key of the author whose opinions are theirs
}

// Author is somebody who gives opinions, with or without an account.
type Author struct {
	Key      string `json:"key"`
	Nickname string `json:"nickname"`
	Name     string `json:"name,omitempty"` // needed where an opinion shows the name
	Voice    Text   `json:"voice"`          // who speaks, for whoever edits this content
}

// Consultation is one matter put up for comment, in one state.
type Consultation struct {
	Key         string    `json:"key"`
	State       string    `json:"state"` // scheduled, open, closed, answered
	Unit        string    `json:"unit"`
	Owner       string    `json:"owner"`   // person who prepared it
	Second      string    `json:"second"`  // person who confirmed publishing
	Profile     string    `json:"profile"` // rule profile: major_decision, government_rules
	Topic       Text      `json:"topic"`
	Title       Text      `json:"title"`
	Summary     Summary   `json:"summary"`
	Explanation Text      `json:"explanation"` // one paragraph per line
	Next        []Step    `json:"next"`
	Prompts     []Prompt  `json:"prompts"` // clause keys of the last version
	Glossary    []Term    `json:"glossary"`
	Opens       When      `json:"opens"`
	Closes      When      `json:"closes"`
	ReportDue   When      `json:"report_due"`
	ShortReason *Text     `json:"short_reason,omitempty"` // published reason for fewer than 30 days
	Versions    []Version `json:"versions"`
	Opinions    []Opinion `json:"-"`
	Answers     []Answer  `json:"-"`
	Report      *Report   `json:"-"` // nil until answered
}

// Summary is what a reader understands in three minutes.
type Summary struct {
	Points  []Text `json:"points"` // three
	Who     Text   `json:"who"`
	Changes Text   `json:"changes"`
}

// Step is a dated thing that happens next.
type Step struct {
	At   When `json:"at"`
	Text Text `json:"text"`
}

// Prompt is a starter question of the officer at a clause.
type Prompt struct {
	Clause string `json:"clause"`
	Text   Text   `json:"text"`
}

// Term explains a word of the draft.
type Term struct {
	Term    Text `json:"term"`
	Meaning Text `json:"meaning"`
}

// Version is one edition of a draft. Draft holds Markdown in both languages
// with the same chapters and articles in the same order.
type Version struct {
	Number    int       `json:"number"`
	Published When      `json:"published"`
	Label     Text      `json:"label"`
	Note      Text      `json:"note"`
	Mapping   []Mapping `json:"mapping,omitempty"` // from the version before
	Draft     Text      `json:"-"`
}

// Mapping says where an article went. Old is empty for a new one, New for a
// deleted one. Change is same, edited, moved, split, merged, new or deleted;
// an article that only got another number is the same.
type Mapping struct {
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Change string `json:"change"`
}

// Opinion is what somebody said about one clause of one version.
type Opinion struct {
	ID         string   `json:"id"`
	Version    int      `json:"version"`
	Clause     string   `json:"clause"` // article key such as a12
	Author     string   `json:"author"`
	Display    string   `json:"display"` // anonymous, nickname, name
	Channel    string   `json:"channel"` // web, paper, phone, counter
	Stance     string   `json:"stance"`  // support, amend, oppose, question or empty
	Lang       string   `json:"lang"`
	At         When     `json:"at"`
	Supports   int      `json:"supports"` // voices of other people
	Body       string   `json:"body"`
	Suggestion string   `json:"suggestion,omitempty"` // the clause as the author would write it, in Chinese
	Group      string   `json:"group,omitempty"`      // form letters share it
	Replies    []Reply  `json:"replies,omitempty"`
	Entered    *Entered `json:"entered,omitempty"` // by staff, for paper, phone and counter
	Reports    []Flag   `json:"reports,omitempty"`
	Hidden     *Hidden  `json:"hidden,omitempty"`
}

// Reply is an answer of another resident, one level deep.
type Reply struct {
	Author string `json:"author"`
	At     When   `json:"at"`
	Lang   string `json:"lang"`
	Body   string `json:"body"`
}

// Entered records who typed an opinion for somebody and how they consented.
type Entered struct {
	By          string `json:"by"`
	At          When   `json:"at"`
	Consent     string `json:"consent"` // paper, phone, counter
	PublishName bool   `json:"publish_name"`
	Note        Text   `json:"note"`
}

// Flag is a reader's report that an opinion breaks the rules.
type Flag struct {
	Reason string `json:"reason"` // personal-data, advertising, threat
	Note   Text   `json:"note"`
	At     When   `json:"at"`
}

// Hidden says why an opinion is not shown, and how an appeal ended.
type Hidden struct {
	Reason string  `json:"reason"`
	By     string  `json:"by"`
	At     When    `json:"at"`
	Note   Text    `json:"note"`
	Appeal *Appeal `json:"appeal,omitempty"`
}

// Appeal is decided by another officer than the one who hid the opinion.
type Appeal struct {
	Body      Text   `json:"body"`
	At        When   `json:"at"`
	Decision  string `json:"decision"` // upheld, restored
	By        string `json:"by"`
	DecidedAt When   `json:"decided_at"`
	Reason    Text   `json:"reason"`
}

// Answer is one decision about one or many opinions.
type Answer struct {
	ID       string   `json:"id"`
	Opinions []string `json:"opinions"`
	Decision string   `json:"decision"` // adopted, partly, not, study
	Clause   string   `json:"clause"`   // in Version
	Version  int      `json:"version"`
	Reason   Text     `json:"reason"`
	By       string   `json:"by"`
	At       When     `json:"at"`
	Change   *Mapping `json:"change,omitempty"` // the clause change it led to
}

// Report is the published response: we asked, you said, we changed.
type Report struct {
	Published When           `json:"published"`
	By        string         `json:"by"`
	Second    string         `json:"second"`
	Story     []StoryLine    `json:"story"` // five sentences, one where nobody wrote
	Clauses   []ReportClause `json:"clauses"`
	Outside   Text           `json:"outside"`
	Method    Text           `json:"method"`
	Next      Text           `json:"next"`
}

// StoryLine is one sentence of the report's beginning.
type StoryLine struct {
	Kind string `json:"kind"` // asked, said, changed
	Text Text   `json:"text"`
}

// ReportClause sums up one clause of the first version.
type ReportClause struct {
	Clause   string   `json:"clause"`
	Decision string   `json:"decision"`
	Summary  Text     `json:"summary"`
	Reason   Text     `json:"reason"`
	Quotes   []string `json:"quotes"` // ids of opinions
}
