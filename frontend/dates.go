package frontend

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

var zone atomic.Pointer[time.Location]

// SetZone fixes the zone in which every date is shown. Until it is called, the
// site speaks the time of Shanghai.
func SetZone(loc *time.Location) {
	if loc != nil {
		zone.Store(loc)
	}
}

// Zone is the zone in which dates are shown.
func Zone() *time.Location {
	if loc := zone.Load(); loc != nil {
		return loc
	}
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil { // a machine without zone data: China has had no summer time since 1991
		loc = time.FixedZone("CST", 8*60*60)
	}
	zone.Store(loc)
	return loc
}

var monthKeys = [...]string{"date.month_1", "date.month_2", "date.month_3", "date.month_4", "date.month_5", "date.month_6",
	"date.month_7", "date.month_8", "date.month_9", "date.month_10", "date.month_11", "date.month_12"}

var weekdayKeys = [...]string{"date.weekday_0", "date.weekday_1", "date.weekday_2", "date.weekday_3", "date.weekday_4", "date.weekday_5", "date.weekday_6"}

// Date is the day with its year: 2027 年 1 月 15 日, 15 January 2027.
// A zero time is an empty text, here and below.
func (w *Words) Date(t time.Time) string { return w.day("date.full", t) }

// DateShort is the day without its year, for the near future and past.
func (w *Words) DateShort(t time.Time) string { return w.day("date.short", t) }

// DateTime is the day with year, hour and minute.
func (w *Words) DateTime(t time.Time) string { return w.day("date.time", t) }

// DateWeekday is the day with its weekday, for appointments.
func (w *Words) DateWeekday(t time.Time) string { return w.day("date.weekday", t) }

// DateLetter is an appointment as a letter says it, short enough for a text message:
// 2027年1月24日 23:16（星期日）, Sunday 24 January 2027, 23:16.
func (w *Words) DateLetter(t time.Time) string { return tight(w.day("date.letter", t)) }

// tight takes out the space before 月, with which pages set their dates.
func tight(s string) string { return strings.Replace(s, " 月", "月", 1) }

// DeadlineLetter is [Words.DateLetter] for the end of a period: one that ends at
// midnight ends at 24:00 of the day before, as people say it.
func (w *Words) DeadlineLetter(t time.Time) string {
	if in := t.In(Zone()); !t.IsZero() && in.Hour() == 0 && in.Minute() == 0 {
		return tight(w.at("date.letter", in.AddDate(0, 0, -1), "24:00"))
	}
	return w.DateLetter(t)
}

// ZoneName says by which clock the site tells time at a moment, for readers who may be
// elsewhere: 北京时间, Beijing time; in other zones the distance from UTC.
func (w *Words) ZoneName(t time.Time) string {
	if Zone().String() == "Asia/Shanghai" {
		return w.T("date.zone_beijing")
	}
	return "UTC" + t.In(Zone()).Format("-07:00")
}

// Clock is hour and minute: 14:30.
func (w *Words) Clock(t time.Time) string { return t.In(Zone()).Format("15:04") }

func (w *Words) day(key string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(Zone())
	return w.at(key, t, t.Format("15:04"))
}

// at fills a text with a day of the site's zone and an hour.
func (w *Words) at(key string, t time.Time, clock string) string {
	return w.T(key,
		"year", t.Year(), "month", w.T(monthKeys[t.Month()-1]), "day", t.Day(),
		"weekday", w.T(weekdayKeys[t.Weekday()]), "clock", clock)
}

// MachineTime is the value of a datetime attribute: RFC 3339 in the site's zone.
func MachineTime(t time.Time) string { return t.In(Zone()).Format(time.RFC3339) }

// DayLeft says in words how many calendar days remain until the last instant of
// a period: 还剩 12 天, 今天截止, 已截止.
func (w *Words) DayLeft(until, now time.Time) string {
	days := daysBetween(now, until)
	switch {
	case until.IsZero():
		return ""
	case now.After(until):
		return w.T("date.past")
	case days == 0:
		return w.T("date.today")
	default:
		return w.N("date.days_left", days)
	}
}

// TimeLeft is like DayLeft but counts hours and minutes on the last two days.
func (w *Words) TimeLeft(until, now time.Time) string {
	left := until.Sub(now)
	switch {
	case until.IsZero():
		return ""
	case left < 0:
		return w.T("date.past")
	case left < time.Minute:
		return w.T("date.moment_left")
	case left < time.Hour:
		return w.N("date.minutes_left", int(left.Minutes()))
	case left < 48*time.Hour:
		return w.N("date.hours_left", int(left.Hours()))
	default:
		return w.N("date.days_left", daysBetween(now, until))
	}
}

// Ago says how long ago something happened; older than a week it is the date.
func (w *Words) Ago(t, now time.Time) string {
	passed := now.Sub(t)
	switch {
	case t.IsZero():
		return ""
	case passed < time.Minute:
		return w.T("date.just_now")
	case passed < time.Hour:
		return w.N("date.minutes_ago", int(passed.Minutes()))
	case passed < 24*time.Hour:
		return w.N("date.hours_ago", int(passed.Hours()))
	case passed < 7*24*time.Hour:
		return w.N("date.days_ago", max(1, daysBetween(t, now)))
	case t.In(Zone()).Year() == now.In(Zone()).Year():
		return w.DateShort(t)
	default:
		return w.Date(t)
	}
}

// daysBetween counts midnights between two instants in the site's zone.
func daysBetween(from, to time.Time) int {
	a, b := from.In(Zone()), to.In(Zone())
	start := time.Date(a.Year(), a.Month(), a.Day(), 0, 0, 0, 0, time.UTC)
	end := time.Date(b.Year(), b.Month(), b.Day(), 0, 0, 0, 0, time.UTC)
	return int(end.Sub(start) / (24 * time.Hour))
}

// Bytes writes a file size: 340 kB, 2.5 MB.
func (w *Words) Bytes(n int64) string {
	if n < 1000*1000 {
		return strconv.FormatInt(max(1, n/1000), 10) + " kB"
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB"
}
