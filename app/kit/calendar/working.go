package calendar

import (
	"bytes"
	_ "embed" // the shipped holidays
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Kind says what an arrangement makes of a day.
type Kind string

// The two kinds: a weekday on which people rest, a weekend day on which they work.
const (
	Rest Kind = "rest"
	Work Kind = "work"
)

// Entry is one day of an official arrangement.
type Entry struct {
	Day    Day
	Kind   Kind
	Name   string // the holiday to which it belongs: 春节
	Source string // the notice that arranged it
}

//go:embed holidays.csv
var shipped []byte

// Shipped are the arrangements published by the General Office of the State
// Council for 2024, 2025 and 2026, each with the number of its notice. Later
// years are imported when they are published (mostly in November).
func Shipped() []Entry {
	e, err := ParseCSV(bytes.NewReader(shipped))
	if err != nil {
		panic(err) // a file of this package; a test reads it
	}
	return e
}

const maxEntries = 20_000

// ParseCSV reads arrangements: lines of date, kind (rest or work), name and
// source, in any order, with or without a heading and a byte order mark; what
// follows the kind may be left out. A day twice, an unknown kind or a wrong
// date give an error that names the line; then nothing is taken.
func ParseCSV(r io.Reader) ([]Entry, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord, c.TrimLeadingSpace = -1, true
	var out []Entry
	seen := map[Day]bool{}
	for n := 0; ; n++ {
		rec, err := c.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("calendar: %w", err)
		}
		line, _ := c.FieldPos(0)
		rec[0] = strings.TrimSpace(strings.TrimPrefix(rec[0], "\ufeff"))
		if n == 0 && rec[0] == "date" {
			continue
		}
		e, err := entry(rec)
		if err == nil && seen[e.Day] {
			err = fmt.Errorf("%s stands there twice", e.Day)
		}
		if err != nil {
			return nil, fmt.Errorf("calendar: line %d: %w", line, err)
		}
		if len(out) == maxEntries {
			return nil, errors.New("calendar: too many lines")
		}
		seen[e.Day] = true
		out = append(out, e)
	}
}

func entry(rec []string) (Entry, error) {
	if len(rec) < 2 || len(rec) > 4 {
		return Entry{}, errors.New("needs date, kind, name and source")
	}
	d, err := ParseDay(rec[0])
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Day: d, Kind: Kind(strings.ToLower(strings.TrimSpace(rec[1])))}
	switch e.Kind {
	case Rest, Work:
	default:
		return Entry{}, fmt.Errorf("the kind %q is neither rest nor work", rec[1])
	}
	if len(rec) > 2 {
		e.Name = strings.TrimSpace(rec[2])
	}
	if len(rec) > 3 {
		e.Source = strings.TrimSpace(rec[3])
	}
	return e, nil
}

// Calendar knows which days are worked. It does not change; build a new one
// after an import. Safe for concurrent use.
type Calendar struct {
	zone  *time.Location
	days  map[Day]Entry
	years map[int]bool
}

// New makes a calendar; a later entry for a day replaces an earlier one, so
// that local data can follow the shipped. A nil zone means [Shanghai].
func New(zone *time.Location, entries ...Entry) *Calendar {
	if zone == nil {
		zone = Shanghai
	}
	c := &Calendar{zone: zone, days: map[Day]Entry{}, years: map[int]bool{}}
	for _, e := range entries {
		c.days[e.Day] = e
		c.years[e.Day.Year] = true
	}
	return c
}

// Zone is where this calendar's days begin and end.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Covers tells whether the arrangement of a year is known. Without it only
// weekends are days of rest, and every date counted across that year is provisional.
func (c *Calendar) Covers(year int) bool { return c.years[year] }

// Working tells whether people work on a day.
func (c *Calendar) Working(d Day) bool {
	if e, ok := c.days[d]; ok {
		return e.Kind == Work
	}
	return !d.Weekend()
}

// Holiday is the arrangement of a day, if there is one.
func (c *Calendar) Holiday(d Day) (Entry, bool) {
	e, ok := c.days[d]
	return e, ok
}

// maxCount bounds counting, in days: about 27 years.
const maxCount = 10_000

// AddWorkingDays is the n-th working day after d, the day itself not counted
// (民法典 art. 201); for a negative n the n-th before. n = 0 is d itself, worked
// or not. More than 10,000 is taken as 10,000.
func (c *Calendar) AddWorkingDays(d Day, n int) Day {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n = min(n, maxCount); n > 0; {
		d = d.Add(step)
		if c.Working(d) {
			n--
		}
	}
	return d
}

// WorkingDaysBetween counts the working days after from up to and including to;
// negative when to comes first. Spans beyond 10,000 days are cut there.
func (c *Calendar) WorkingDaysBetween(from, to Day) int {
	if to.Before(from) {
		return -c.WorkingDaysBetween(to, from)
	}
	n := 0
	for i := 1; i <= min(to.Sub(from), maxCount); i++ {
		if c.Working(from.Add(i)) {
			n++
		}
	}
	return n
}

// NextWorking is d, or the first working day after it: a period that ends on a
// day of rest ends on the working day after it (民法典 art. 203).
func (c *Calendar) NextWorking(d Day) Day {
	for range maxCount {
		if c.Working(d) {
			return d
		}
		d = d.Add(1)
	}
	return d // a calendar without any working day
}
