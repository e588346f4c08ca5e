package rooms

import (
	"minyi/frontend"
	"minyi/frontend/parts"
)

// RecordPage is the record that the words of a room are in.
type RecordPage struct {
	frontend.Frame
	Room Room
	// Hearing leads to the hearing whose record it is, without language prefix.
	Hearing string
	// StateText says until when it can be corrected, or since when it is final; Hash
	// is set once it is.
	StateText, Hash string
	Summary         string
	Entries         []RecordEntry
	Corrections     []RecordCorrection
	// Confirmed counts who confirmed and who refused, in words.
	Confirmed string
	// Own is what the reader said; Signed is their answer so far, in words.
	Own    []RecordEntry
	Signed string
	// Which are the choices among one's own words for a correction.
	Which []parts.Option
	// Action begins the addresses of the forms, with its prefix; empty once it is too
	// late.
	Action string
	Form   *parts.Form
	Files  []Export
	// Max is the most characters of a wish for correction.
	Max int
}

// RecordEntry is one thing said. Kind is speech, question, answer or note.
type RecordEntry struct{ ID, Kind, Speaker, Text string }

// RecordCorrection is a wish for correction with what was decided, in words.
type RecordCorrection struct{ Name, Text, Decision, Note string }
