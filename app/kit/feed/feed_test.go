package feed_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"time"

	"minyi/app/kit/feed"
)

var at = time.Date(2026, 3, 1, 16, 30, 0, 500, time.FixedZone("", 8*3600))

func sample() feed.Feed {
	return feed.Feed{ID: feed.TagID("Minyi.example", at, "consultations"), Title: "意见征集 <新>", Subtitle: "a & b", Lang: "zh-CN",
		Self: "https://minyi.example/feed.atom", Page: "https://minyi.example/consultations?a=1&b=2", Author: "云川市", Updated: at,
		Entries: []feed.Entry{
			{ID: feed.TagID("minyi.example", at, "consultation/01H 草"), Title: "停车 \x00\x1b\"管理\"]]>", Page: "https://minyi.example/c/1", Published: at, Updated: at.Add(time.Hour),
				Summary: "</summary><script>", HTML: "<p>草案 &amp; 说明</p>", Terms: []string{"交通", "\"x\""}},
			{ID: "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6", Title: "二", Page: "https://minyi.example/c/2", Updated: at, Author: "交通局"},
		}}
}

// parsed is what a feed reader makes of a feed.
type parsed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string   `xml:"http://www.w3.org/2005/Atom id"`
	Title   string   `xml:"http://www.w3.org/2005/Atom title"`
	Updated string   `xml:"http://www.w3.org/2005/Atom updated"`
	Author  string   `xml:"http://www.w3.org/2005/Atom author>name"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID        string `xml:"id"`
		Title     string `xml:"title"`
		Updated   string `xml:"updated"`
		Published string `xml:"published"`
		Author    string `xml:"author>name"`
		Summary   string `xml:"summary"`
		Content   struct {
			Type string `xml:"type,attr"`
			Body string `xml:",chardata"`
		} `xml:"content"`
		Terms []struct {
			Term string `xml:"term,attr"`
		} `xml:"category"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := feed.Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	var p parsed
	if err := xml.Unmarshal(b.Bytes(), &p); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if p.ID != "tag:minyi.example,2026-03-01:consultations" || p.Title != "意见征集 <新>" || p.Lang != "zh-CN" || p.Author != "云川市" {
		t.Errorf("%+v", p)
	}
	if p.Updated != "2026-03-01T09:30:00Z" {
		t.Errorf("updated %s: the newest entry counts, in UTC", p.Updated)
	}
	if len(p.Links) != 2 || p.Links[0].Rel != "self" || p.Links[1].Href != "https://minyi.example/consultations?a=1&b=2" {
		t.Errorf("%+v", p.Links)
	}
	e := p.Entries[0]
	if e.ID != "tag:minyi.example,2026-03-01:consultation/01H%20%E8%8D%89" || e.Title != "停车 \"管理\"]]>" || e.Published != "2026-03-01T08:30:00Z" ||
		e.Summary != "</summary><script>" || e.Content.Type != "html" || e.Content.Body != "<p>草案 &amp; 说明</p>" || e.Terms[1].Term != "\"x\"" || e.Author != "" {
		t.Errorf("%+v", e)
	}
	if p.Entries[1].Author != "交通局" || p.Entries[1].Published != "" {
		t.Errorf("%+v", p.Entries[1])
	}
}

func TestEmptyFeed(t *testing.T) {
	f := sample()
	f.Entries, f.Updated = nil, time.Time{}
	var b bytes.Buffer
	if err := feed.Write(&b, f); err != nil || !strings.Contains(b.String(), "<updated>1970-01-01T00:00:00Z</updated>") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestIncompleteFeedsAreNotWritten(t *testing.T) {
	for name, change := range map[string]func(*feed.Feed){
		"id":               func(f *feed.Feed) { f.ID = "consultations" },
		"self":             func(f *feed.Feed) { f.Self = "/feed.atom" },
		"title":            func(f *feed.Feed) { f.Title = " " },
		"author":           func(f *feed.Feed) { f.Author = "" },
		"entry id":         func(f *feed.Feed) { f.Entries[0].ID = "" },
		"one id twice":     func(f *feed.Feed) { f.Entries[0].ID = f.Entries[1].ID },
		"entry page":       func(f *feed.Feed) { f.Entries[0].Page = "/c/1" },
		"entry time":       func(f *feed.Feed) { f.Entries[1].Updated = time.Time{} },
		"entry title":      func(f *feed.Feed) { f.Entries[1].Title = "" },
		"space in address": func(f *feed.Feed) { f.Page = "https://minyi.example/a b" },
	} {
		f := sample()
		change(&f)
		var b bytes.Buffer
		if err := feed.Write(&b, f); !errors.Is(err, feed.ErrFeed) || b.Len() != 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
}
