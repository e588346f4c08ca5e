package ical_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	strict "github.com/emersion/go-ical"

	"minyi/app/kit/ical"
)

var at = time.Date(2026, 3, 1, 16, 30, 0, 0, time.FixedZone("", 8*3600))

func sample() ical.Event {
	return ical.Event{UID: "consultation-01H@minyi.example", Sequence: 2, Stamp: at, Start: at.AddDate(0, 1, 0), End: at.AddDate(0, 1, 0).Add(time.Hour),
		Summary:     "征求意见截止：《云川市停车管理办法（草案）》，欢迎您在截止前提出意见；也可以到镇政府一楼窗口当面提出",
		Description: "第一行\r\n第二行, 分号; 反斜杠\\ \x00\x1b" + strings.Repeat("很长的说明 and some English words ", 20),
		Location:    "市民中心 3 楼; 302", URL: "https://minyi.example/c/1?a=1&b=2", Remind: 24 * time.Hour}
}

func write(t *testing.T, c ical.Calendar) string {
	t.Helper()
	var b bytes.Buffer
	if err := ical.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAStrictReaderUnderstandsIt(t *testing.T) {
	moment := sample()
	moment.UID, moment.End, moment.Cancelled = "deadline-2@minyi.example", moment.Start, true
	out := write(t, ical.Calendar{Name: "意见征集, 截止", Lang: "zh-CN", Events: []ical.Event{sample(), moment}})
	cal, err := strict.NewDecoder(strings.NewReader(out)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Writing it again is where that reader checks which properties may stand where.
	if err := strict.NewEncoder(new(bytes.Buffer)).Encode(cal); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if name, err := cal.Props.Text("X-WR-CALNAME"); err != nil || name != "意见征集, 截止" {
		t.Errorf("%q, %v", name, err)
	}
	events := cal.Events()
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	e, s := events[0], sample()
	for prop, want := range map[string]string{"SUMMARY": s.Summary, "LOCATION": s.Location, "UID": s.UID, "STATUS": "CONFIRMED",
		"DESCRIPTION": strings.NewReplacer("\r\n", "\n", "\x00\x1b", "").Replace(s.Description)} {
		if got, err := e.Props.Text(prop); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", prop, got, err, want)
		}
	}
	if n, err := e.Props.Get("SEQUENCE").Int(); err != nil || n != 2 {
		t.Errorf("sequence %d, %v", n, err)
	}
	if u, err := e.Props.URI("URL"); err != nil || u.String() != s.URL {
		t.Errorf("url %v, %v", u, err)
	}
	for prop, want := range map[string]time.Time{"DTSTART": s.Start, "DTEND": s.End, "DTSTAMP": s.Stamp} {
		if got, err := e.Props.DateTime(prop, nil); err != nil || !got.Equal(want) || e.Props.Get(prop).Value != want.UTC().Format("20060102T150405Z") {
			t.Errorf("%s: %v, %v", prop, got, err)
		}
	}
	if len(e.Children) != 1 || e.Children[0].Name != "VALARM" || e.Children[0].Props.Get("TRIGGER").Value != "-PT1440M" {
		t.Errorf("%+v", e.Children)
	}
	if st, _ := events[1].Props.Text("STATUS"); st != "CANCELLED" || events[1].Props.Get("DTEND") != nil || len(events[1].Children) != 0 {
		t.Errorf("%+v", events[1].Props)
	}
}

// A calendar in which everything is cancelled takes its dates away (RFC 5546 §3.2.5);
// who holds them is named without anything that a parameter cannot hold.
func TestOnlyWhatIsAllCancelledIsACancellation(t *testing.T) {
	e := sample()
	e.Organizer, e.OrganizerName = "mailto:office@minyi.example", "市场监管局\" ;X=\"\r\n处"
	gone := e
	gone.UID, gone.Cancelled = "deadline-2@minyi.example", true
	unsure := e
	unsure.Tentative = true
	for method, events := range map[string][]ical.Event{"PUBLISH": {unsure, gone}, "CANCEL": {gone}} {
		out := write(t, ical.Calendar{Name: "x", Events: events})
		cal, err := strict.NewDecoder(strings.NewReader(out)).Decode()
		if err != nil || cal.Props.Get("METHOD").Value != method {
			t.Fatalf("%v, %v\n%s", err, cal, out)
		}
		by := cal.Events()[0].Props.Get("ORGANIZER")
		if by.Value != e.Organizer || by.Params.Get("CN") != "市场监管局   X=  处" {
			t.Errorf("%q %q", by.Value, by.Params.Get("CN"))
		}
		if st, _ := cal.Events()[0].Props.Text("STATUS"); method == "PUBLISH" && st != "TENTATIVE" {
			t.Error(st)
		}
	}
}

func TestLinesAreFolded(t *testing.T) {
	out := write(t, ical.Calendar{Events: []ical.Event{sample()}})
	if !strings.HasSuffix(out, "END:VCALENDAR\r\n") || strings.Contains(strings.ReplaceAll(out, "\r\n", ""), "\n") {
		t.Error("line ends")
	}
	for _, line := range strings.Split(out, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("%d bytes: %q", len(line), line)
		}
	}
}

func TestTheSameEventIsTheSameFile(t *testing.T) {
	c := ical.Calendar{Name: "x", Events: []ical.Event{sample()}}
	if first, second := write(t, c), write(t, c); first != second {
		t.Error("two files for one state")
	}
}

func TestNothingCanBeSlippedIn(t *testing.T) {
	e := sample()
	e.Summary = "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\u0085\u2028"
	cal, err := strict.NewDecoder(strings.NewReader(write(t, ical.Calendar{Name: "n\nMETHOD:REQUEST", Events: []ical.Event{e}}))).Decode()
	if err != nil || len(cal.Events()) != 1 || cal.Props.Get("METHOD").Value != "PUBLISH" {
		t.Errorf("%v", err)
	}
}

func TestIncompleteEventsAreNotWritten(t *testing.T) {
	for name, change := range map[string]func(*ical.Event){
		"no uid":        func(e *ical.Event) { e.UID = "" },
		"uid, no host":  func(e *ical.Event) { e.UID = "a" },
		"uid, line end": func(e *ical.Event) { e.UID = "a@b\r\nX:1" },
		"no stamp":      func(e *ical.Event) { e.Stamp = time.Time{} },
		"no start":      func(e *ical.Event) { e.Start = time.Time{} },
		"ends early":    func(e *ical.Event) { e.End = e.Start.Add(-time.Second) },
		"no summary":    func(e *ical.Event) { e.Summary = " " },
		"sequence":      func(e *ical.Event) { e.Sequence = -1 },
		"address":       func(e *ical.Event) { e.URL = "/c/1" },
		"who holds it":  func(e *ical.Event) { e.Organizer = "office" },
		"address, line": func(e *ical.Event) { e.URL = "https://x.example/\r\nX:1" },
	} {
		e := sample()
		change(&e)
		var b bytes.Buffer
		if err := ical.Write(&b, ical.Calendar{Events: []ical.Event{e}}); !errors.Is(err, ical.ErrEvent) || b.Len() != 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
	if err := ical.Write(new(bytes.Buffer), ical.Calendar{Events: []ical.Event{sample(), sample()}}); !errors.Is(err, ical.ErrEvent) {
		t.Errorf("one uid twice: %v", err)
	}
}
