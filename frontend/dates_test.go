package frontend

import (
	"testing"
	"time"
)

func TestDatesAreSaidInTheSitesZoneAndLanguage(t *testing.T) {
	zh, en := WordsIn("zh"), WordsIn("en")
	// 23:59:59 on 15 January in Shanghai.
	until := time.Date(2027, 1, 15, 15, 59, 59, 0, time.UTC)
	at := func(h time.Duration) time.Time { return until.Add(-h) }
	for _, c := range []struct{ got, want string }{
		{zh.Date(until), "2027 年 1 月 15 日"},
		{en.Date(until), "15 January 2027"},
		{zh.DateTime(until), "2027 年 1 月 15 日 23:59"},
		{en.DateTime(until), "15 January 2027, 23:59"},
		{zh.DateWeekday(until), "2027 年 1 月 15 日，星期五"},
		{en.DateShort(until), "15 January"},
		{zh.Date(time.Time{}), ""},
		{zh.DayLeft(until, at(12*24*time.Hour)), "还剩 12 天"},
		{en.DayLeft(until, at(24*time.Hour)), "1 day left"},
		{zh.DayLeft(until, at(23*time.Hour)), "今天截止"},
		{zh.DayLeft(until, at(0)), "今天截止"},
		{zh.DayLeft(until, at(-time.Second)), "已截止"},
		{zh.DayLeft(time.Time{}, until), ""},
		{zh.TimeLeft(until, at(5*time.Hour+time.Minute)), "还剩 5 小时"},
		{en.TimeLeft(until, at(time.Hour)), "1 hour left"},
		{en.TimeLeft(until, at(59*time.Minute)), "59 minutes left"},
		{zh.TimeLeft(until, at(30*time.Second)), "还剩不到 1 分钟"},
		{zh.TimeLeft(until, at(72*time.Hour)), "还剩 3 天"},
		{zh.TimeLeft(until, at(-time.Hour)), "已截止"},
		{zh.Ago(at(20*time.Second), until), "刚刚"},
		{en.Ago(at(time.Minute), until), "1 minute ago"},
		{zh.Ago(at(26*time.Hour), until), "1 天前"},
		{zh.Ago(at(10*24*time.Hour), until), "1 月 5 日"},
		{zh.Ago(at(30*24*time.Hour), until), "2026 年 12 月 16 日"},
		{zh.Bytes(12), "1 kB"},
		{zh.Bytes(2_400_000), "2.4 MB"},
		{zh.DateLetter(until), "2027年1月15日 23:59（星期五）"},
		{en.DateLetter(until), "Friday 15 January 2027, 23:59"},
		{zh.DeadlineLetter(until.Add(time.Second)), "2027年1月15日 24:00（星期五）"},
		{en.DeadlineLetter(until), "Friday 15 January 2027, 23:59"},
		{zh.ZoneName(until), "北京时间"},
		{en.ZoneName(until), "Beijing time (UTC+8)"},
		{MachineTime(until), "2027-01-15T23:59:59+08:00"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTheZoneCanBeAnother(t *testing.T) {
	before := Zone()
	defer SetZone(before)
	SetZone(time.FixedZone("Ürümqi", 6*60*60))
	SetZone(nil) // not a zone: nothing changes
	if got := WordsIn("zh").Date(time.Date(2027, 1, 15, 17, 59, 0, 0, time.UTC)); got != "2027 年 1 月 15 日" {
		t.Errorf("got %q", got)
	}
	if got := WordsIn("en").ZoneName(time.Now()); got != "UTC+06:00" {
		t.Errorf("the clock is called %q", got)
	}
}
