// Package me draws 我的参与: what became of what somebody said.
package me

import (
	"minyi/frontend"
	"minyi/frontend/parts"
)

// Line is one opinion in the list. URL has its prefix.
type Line struct {
	Label, Text, URL string
	// State is the word of the receipt page, Kind the tag's kind.
	State, Kind string
	Decision    *parts.DecisionProps
}

// Group is what was given to one consultation with one receipt.
type Group struct {
	Title, URL, Code, CodeURL, Given string
	Lines                            []Line
}

// Link is a title with its address, prefix included.
type Link struct{ Text, URL string }

// Page is the overview. Further says that it is not the first of its pages, which has
// nothing but Groups.
type Page struct {
	frontend.Frame
	Further bool
	Pager   parts.PagerProps
	Todo    []Link
	Latest  []Line
	Groups  []Group
	Follows []Link
	// Hearings are the tickets, the newest first.
	Hearings []Link
}
