// Package feed writes Atom 1.0 feeds (RFC 4287) of consultations and answers.
package feed

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// MediaType is the content type of a feed.
const MediaType = "application/atom+xml; charset=utf-8"

// Feed is a list of news under one address.
type Feed struct {
	ID       string // lasting, see [TagID]
	Title    string
	Subtitle string
	Lang     string // zh-CN, en
	Self     string // absolute address of the feed itself
	Page     string // absolute address of the page that shows the same
	Author   string // the unit that speaks; RFC 4287 wants one
	// Updated dates a feed without entries; others are as new as their newest entry.
	Updated time.Time
	Entries []Entry // newest first
}

// Entry is one consultation or answer.
type Entry struct {
	ID        string // lasting: it stays when the title changes
	Title     string
	Page      string // absolute address
	Published time.Time
	Updated   time.Time // when readers should look again
	Summary   string    // plain text
	HTML      string    // rendered and safe already; empty for none
	Author    string    // empty takes the feed's
	Terms     []string  // categories: unit, kind
}

// ErrFeed says what a feed lacks; the page that built it is at fault.
var ErrFeed = errors.New("feed: incomplete")

// TagID makes a lasting id (RFC 4151) from the site's host, the day on which
// it had that name, and what the thing is: tag:minyi.example,2026-01-01:consultation/01H….
// It does not change when addresses do. Anything but letters, digits and -._/ in
// specific is escaped.
func TagID(host string, since time.Time, specific string) string {
	return "tag:" + strings.ToLower(host) + "," + since.UTC().Format(time.DateOnly) + ":" + strings.ReplaceAll(url.PathEscape(specific), "%2F", "/")
}

type (
	feedXML struct {
		XMLName  xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
		Lang     string     `xml:"xml:lang,attr,omitempty"`
		ID       string     `xml:"id"`
		Title    string     `xml:"title"`
		Subtitle string     `xml:"subtitle,omitempty"`
		Updated  string     `xml:"updated"`
		Author   *authorXML `xml:"author"`
		Links    []linkXML  `xml:"link"`
		Gen      string     `xml:"generator"`
		Entries  []entryXML `xml:"entry"`
	}
	entryXML struct {
		ID        string     `xml:"id"`
		Title     string     `xml:"title"`
		Updated   string     `xml:"updated"`
		Published string     `xml:"published,omitempty"`
		Author    *authorXML `xml:"author"`
		Links     []linkXML  `xml:"link"`
		Terms     []termXML  `xml:"category"`
		Summary   string     `xml:"summary,omitempty"`
		Content   *textXML   `xml:"content"`
	}
	authorXML struct {
		Name string `xml:"name"`
	}
	linkXML struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	termXML struct {
		Term string `xml:"term,attr"`
	}
	textXML struct {
		Type string `xml:"type,attr"`
		Body string `xml:",chardata"`
	}
)

// Write writes the feed, or returns [ErrFeed] before anything is written.
// Characters that XML cannot hold are left out.
func Write(w io.Writer, f Feed) error {
	out, err := build(f)
	if err != nil {
		return err
	}
	b, err := xml.MarshalIndent(out, "", " ")
	if err != nil {
		return fmt.Errorf("feed: %w", err)
	}
	_, err = w.Write(append([]byte(xml.Header), append(b, '\n')...))
	return err
}

func build(f Feed) (feedXML, error) {
	switch {
	case !absolute(f.ID), !absolute(f.Self), !absolute(f.Page):
		return feedXML{}, fmt.Errorf("%w: id, self and page have to be absolute", ErrFeed)
	case strings.TrimSpace(f.Title) == "" || strings.TrimSpace(f.Author) == "":
		return feedXML{}, fmt.Errorf("%w: no title or author", ErrFeed)
	}
	out := feedXML{Lang: f.Lang, ID: f.ID, Title: legal(f.Title), Subtitle: legal(f.Subtitle), Author: author(f.Author), Gen: "Minyi",
		Links: []linkXML{{"self", "application/atom+xml", f.Self}, {"alternate", "text/html", f.Page}}}
	seen := map[string]bool{}
	var newest time.Time
	for _, e := range f.Entries {
		if !absolute(e.ID) || !absolute(e.Page) || seen[e.ID] || e.Updated.IsZero() || strings.TrimSpace(e.Title) == "" {
			return feedXML{}, fmt.Errorf("%w: entry %q needs an id of its own, a page, a title and a time", ErrFeed, e.ID)
		}
		seen[e.ID] = true
		if e.Updated.After(newest) {
			newest = e.Updated
		}
		out.Entries = append(out.Entries, e.xml())
	}
	if newest.IsZero() {
		newest = f.Updated
	}
	if newest.IsZero() {
		newest = time.Unix(0, 0) // an empty feed that never changed
	}
	out.Updated = stamp(newest)
	return out, nil
}

func (e Entry) xml() entryXML {
	out := entryXML{ID: e.ID, Title: legal(e.Title), Updated: stamp(e.Updated), Author: author(e.Author),
		Links: []linkXML{{"alternate", "text/html", e.Page}}, Summary: legal(e.Summary)}
	if !e.Published.IsZero() {
		out.Published = stamp(e.Published)
	}
	for _, t := range e.Terms {
		out.Terms = append(out.Terms, termXML{legal(t)})
	}
	if e.HTML != "" {
		out.Content = &textXML{"html", legal(e.HTML)}
	}
	return out
}

func author(name string) *authorXML {
	if name == "" {
		return nil
	}
	return &authorXML{legal(name)}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// absolute tells whether s is an absolute IRI.
func absolute(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "") && !strings.ContainsAny(s, " \t\r\n<>\"")
}

// legal leaves out what XML 1.0 cannot hold even escaped.
func legal(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return r
		case r < 0x20, r == utf8.RuneError, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
}
