// Package deskanswers holds the officers' pages for answering: the queue, the
// answer to one or many opinions, and the report.
package deskanswers

import (
	"minyi/frontend"
	"minyi/frontend/parts"
)

// QueuePage is a page of opinions that wait for an answer or have one.
type QueuePage struct {
	frontend.Frame
	Name, Lede string
	Filter     parts.FilterProps
	Form       *parts.Form
	// Clauses, States and Decisions are what the filter offers.
	Clauses, States, Decisions []parts.Option
	Table                      parts.TableProps
	// Choose takes the chosen rows; empty when rows of several consultations are
	// listed and nothing can be chosen.
	Choose          string
	AllURL, AllText string
	ReportURL       string
	Pager           parts.PagerProps
	// Keys are the single keys of the list.
	Keys []Key
}

// AnswerPage asks for the answer to one opinion, or to many.
type AnswerPage struct {
	frontend.Frame
	Name    string
	Effects []string // in numbers, for many
	// Meta, Body, Suggestion and Clause are of the one opinion.
	Meta, Body, Clause string
	Stance             string // key of a stance, or ""
	Suggestion         []parts.Run
	Files              []parts.FileItem
	Current            *parts.DecisionProps
	Form               *parts.Form
	Action             string
	Hidden             [][2]string
	Decisions, Clauses []parts.Option
	Public             bool // a correction
	AssignURL, Owner   string
	Mine               bool
	NextURL, BackURL   string
	// Templates are ready reasons that can be put into the form.
	Templates    []parts.Option
	TemplatesURL string
}

// ClauseBlock are the fields for one clause of the report.
type ClauseBlock struct {
	Prefix, Name, Count string
	// State says in words how far it is; one that is Done is drawn folded.
	State string
	Done  bool
	// English says that something is written in English.
	English           bool
	SaidURL, SaidText string // the opinions on it
}

// FieldText is a text with the name of its field.
type FieldText struct{ Label, Text string }

// Version is an earlier version of the report, with its address.
type Version struct{ Text, URL string }

// Key is one single key of a list and what it does.
type Key struct{ Key, Text string }

// ReportPage is the report as officers write it.
type ReportPage struct {
	frontend.Frame
	Name, Lede               string
	Tasks                    []parts.Task
	Form                     *parts.Form
	Action                   string
	Seen                     string // stands for what was stored when the form was drawn
	Kinds, Decisions         []parts.Option
	Sentences                []string // numbers of the fields; none where only clauses are written
	Clauses                  []ClauseBlock
	Editable                 bool
	Effects                  []string
	Propose, Publish, Return string // addresses of what is possible now
	ReadURL                  string
	// Part names the piece of a long report that is written here, "" for a short report
	// and the overview of a long one; Pieces are then the others.
	Part              string
	Pieces            *parts.TableProps
	Hidden            [][2]string
	OverviewURL       string
	HasNext, Empty    bool
	TodoURL, TodoText string
	// Read is all that the report says, for who cannot change it.
	Read []FieldText
	// Note says which words stand in the form when they are not the stored ones.
	Note string
	// Theirs is what a colleague wrote meanwhile; Versions what was said before.
	Theirs   []FieldText
	Versions []Version
}
