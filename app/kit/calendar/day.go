// Package calendar counts the days of the legal clock: civil days in the
// site's zone, Chinese working days with holidays and make-up days (调休), and
// the rule profiles that say how long a consultation stays open and what is due
// when. All numbers are data; nothing here reads the wall clock or a store.
package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Shanghai is the zone of mainland China: UTC+8 all year since 1991. It does not
// depend on the zone files of the machine.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Day is a civil day, without a zone. The zero Day is no day. Days are
// comparable with ==.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// ErrDay says that a text is not a day such as 2026-03-01.
var ErrDay = errors.New("calendar: not a day such as 2026-03-01")

// DayOf is the day in zone to which a moment belongs.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day{y, m, d}
}

// ParseDay reads 2026-03-01; days that do not exist give [ErrDay].
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("%w: %q", ErrDay, s)
	}
	return DayOf(t, time.UTC), nil
}

// String writes 2026-03-01.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// MarshalText writes a day for JSON.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day from JSON; see [ParseDay].
func (d *Day) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDay(string(b))
	return err
}

func (d Day) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Start is 0:00 of the day in zone.
func (d Day) Start(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// End is 24:00 of the day in zone, which is 0:00 of the next: a deadline there
// is met by everything before it.
func (d Day) End(zone *time.Location) time.Time { return d.Add(1).Start(zone) }

// Add is the day n days later, or earlier for a negative n.
func (d Day) Add(n int) Day { return DayOf(d.utc().AddDate(0, 0, n), time.UTC) }

// Sub is how many days d is after e.
func (d Day) Sub(e Day) int { return int(d.utc().Sub(e.utc()) / (24 * time.Hour)) }

// Before tells whether d comes before e.
func (d Day) Before(e Day) bool { return d.utc().Before(e.utc()) }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// Weekend tells Saturdays and Sundays.
func (d Day) Weekend() bool { w := d.Weekday(); return w == time.Saturday || w == time.Sunday }
