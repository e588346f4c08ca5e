package search

import (
	"strings"
	"time"
)

// Kind is what a document is, in the order of the tabs of the search page.
type Kind string

// The kinds of documents.
const (
	KindConsultation Kind = "consultation"
	KindClause       Kind = "clause"
	KindOpinion      Kind = "opinion"
	KindAnswer       Kind = "answer"
	KindReport       Kind = "report"
	KindHearing      Kind = "hearing"
	KindQuestion     Kind = "question"
	KindRecord       Kind = "record"
	KindRegistration Kind = "registration"
)

// Kinds lists all kinds in the order of the tabs.
var Kinds = []Kind{KindConsultation, KindClause, KindOpinion, KindAnswer, KindReport, KindHearing, KindQuestion, KindRecord, KindRegistration}

// DeskOnly says whether documents of the kind are in the desk's index only: who signed
// up for a hearing concerns nobody else.
func (k Kind) DeskOnly() bool { return k == KindRegistration }

// weight is how much a kind counts beside others of the same likeness: a draft is
// what most people look for, the thousands of opinions about it come after.
func (k Kind) weight() float64 {
	switch k {
	case KindConsultation, KindHearing:
		return 1
	case KindReport, KindClause:
		return 0.6
	case KindRecord, KindAnswer:
		return 0.3
	}
	return 0
}

// Weight multiplies an engine's own score of a document of the kind, so that rare
// kinds stand among the candidates that [Rank] orders.
func (k Kind) Weight() float64 { return 1 + 2*k.weight() }

// Words is a text in both languages; one of them may be empty.
type Words struct {
	ZH string `json:"zh,omitempty"`
	EN string `json:"en,omitempty"`
}

// In is the text in a language ("zh" or "en"), or the other one where it is empty.
func (w Words) In(lang string) string {
	if lang == "en" && w.EN != "" || w.ZH == "" {
		return w.EN
	}
	return w.ZH
}

// Document is one thing that can be found. What is in it may be seen by everybody
// who may search its index.
type Document struct {
	// ID is unique in the index: "<kind>:<id>".
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Matter is what the document belongs to, "consultation:2027-012". Unit, topic and
	// status are those of the matter and are not kept here, so that a consultation that
	// closes changes no document.
	Matter string `json:"matter"`
	// Clause is the permanent key of the clause that the document is, or is about.
	Clause string `json:"clause,omitempty"`
	// Number is the clause's number as it is written: 第十二条, Section 3.2.
	Number string `json:"number,omitempty"`
	Title  Words  `json:"title,omitzero"`
	Text   Words  `json:"text,omitzero"`
	// Also is found but never shown: the name of the draft around a clause.
	Also string `json:"also,omitempty"`
	// Contacts tell, in the desk's index only, who gave it: found as the text is, never
	// shown.
	Contacts string `json:"contacts,omitempty"`
	// Path is the page that shows it, without language.
	Path string `json:"path"`
	// Year is when it happened, in the site's zone; 0 has none.
	Year int `json:"year,omitempty"`
	// Stance of an opinion; Outcome is the decision about an opinion, once public.
	Stance  string `json:"stance,omitempty"`
	Outcome string `json:"outcome,omitempty"`
	// Changed marks a clause that differs from the version before.
	Changed bool `json:"changed,omitempty"`
	// State is what is special about it at the desk: held, hidden, draft, or where a
	// registration stands.
	State string `json:"state,omitempty"`
	// Number of voices for it.
	Supports int64     `json:"supports,omitempty"`
	At       time.Time `json:"at"`
	// Since is when everybody could find it first, where that is not At: a hearing is
	// announced before it takes place.
	Since time.Time `json:"since,omitzero"`
}

// News is when the document became news: what is newer than somebody's last look.
func (d *Document) News() time.Time {
	if d.Since.IsZero() {
		return d.At
	}
	return d.Since
}

// Facet is a property that hits are counted and narrowed by.
type Facet string

// The facets. Unit, topic and status are properties of the matter.
const (
	ByKind    Facet = "kind"
	ByMatter  Facet = "matter"
	ByYear    Facet = "year"
	ByStance  Facet = "stance"
	ByOutcome Facet = "outcome"
	ByChanged Facet = "changed"
	ByState   Facet = "state"
)

// Facets lists all facets.
var Facets = []Facet{ByKind, ByMatter, ByYear, ByStance, ByOutcome, ByChanged, ByState}

// Value is the document's value of a facet; empty values are not counted.
func (d *Document) Value(f Facet) string {
	switch f {
	case ByKind:
		return string(d.Kind)
	case ByMatter:
		return d.Matter
	case ByYear:
		return year(d.Year)
	case ByStance:
		return d.Stance
	case ByOutcome:
		return d.Outcome
	case ByChanged:
		if d.Changed {
			return "yes"
		}
	case ByState:
		return d.State
	}
	return ""
}

// ClauseRef names a clause of a matter, for [Query.Clause].
func ClauseRef(matter, key string) string { return matter + "#" + key }

// Terms lists what the document is found by: its title counts twice, so that a
// title is a better match than a text of the same length.
func (d *Document) Terms() []string {
	title, rest := d.TitleTerms(), d.TextTerms()
	return append(append(title, title...), rest...)
}

// TitleTerms are the terms of the title.
func (d *Document) TitleTerms() []string {
	return appendTerms(appendTerms(nil, d.Title.ZH), d.Title.EN)
}

// AlsoTerms are the terms of what is found and never shown. They count when several
// things are looked for together (see [Understood.Around]): every clause stands in a
// draft with a name, but the name alone does not look for all of them.
func (d *Document) AlsoTerms() []string { return appendTerms(nil, d.Also) }

// TextTerms are the terms of the text, with the clauses that the document is, is
// about, or names.
func (d *Document) TextTerms() []string {
	var out []string
	for _, s := range []string{d.Text.ZH, d.Text.EN, d.Contacts} {
		out = appendTerms(out, s)
	}
	for _, s := range []string{d.Title.ZH, d.Text.ZH, d.Text.EN} {
		out = appendAddresses(out, Fold(s))
	}
	if at := d.Address(); at != "" {
		out = append(out, addressTerm(at))
		if strings.Contains(at, ".") { // 5.3.2 is asked for without a word before it
			out = append(out, at)
		}
	}
	return out
}

// Address is the number that a clause is called by ("12", "3.2", "ch:2"), for
// documents that are or are about a clause; empty for others.
func (d *Document) Address() string {
	if d.Number == "" {
		return ""
	}
	at, _, _ := findAddress(Fold(d.Number))
	if at == "" {
		return bareNumber(d.Number)
	}
	return at
}
