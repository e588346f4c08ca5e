package calendar_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"minyi/app/kit/calendar"
)

func day(t testing.TB, s string) calendar.Day {
	t.Helper()
	d, err := calendar.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at reads a moment in Shanghai: 2026-03-01 18:00.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	m, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func profile(t testing.TB, key string) calendar.Profile {
	t.Helper()
	for _, p := range calendar.ShippedProfiles() {
		if p.Key == key {
			return p
		}
	}
	t.Fatalf("no profile %s", key)
	return calendar.Profile{}
}

var china = calendar.New(nil, calendar.Shipped()...)

func TestDay(t *testing.T) {
	if d := calendar.DayOf(time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC), calendar.Shanghai); d != day(t, "2026-03-01") {
		t.Errorf("16:00 UTC is %s in Shanghai", d)
	}
	d := day(t, "2024-02-28")
	if d.Add(2) != day(t, "2024-03-01") || day(t, "2024-03-01").Sub(d) != 2 || d.Add(-59) != day(t, "2023-12-31") {
		t.Error("days do not add up across the leap day")
	}
	if got := d.End(calendar.Shanghai); !got.Equal(time.Date(2024, 2, 28, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("24:00 is %v", got)
	}
	b, err := json.Marshal(d)
	var back calendar.Day
	if err != nil || string(b) != `"2024-02-28"` || json.Unmarshal(b, &back) != nil || back != d {
		t.Errorf("%s, %v, %v", b, err, back)
	}
	for _, s := range []string{"", "2026-02-30", "2026-2-3", "26-02-03", "2026-02-03T00:00:00Z", "二〇二六"} {
		if _, err := calendar.ParseDay(s); err == nil {
			t.Errorf("%q is taken for a day", s)
		}
	}
}

// The sums that the notices themselves state: 春节 8 days in 2024 and 2025, 9
// in 2026, and every make-up day on a weekend.
func TestShippedArrangements(t *testing.T) {
	rest, work := map[string]int{}, map[int]int{}
	for _, e := range calendar.Shipped() {
		if e.Source == "" || e.Name == "" {
			t.Errorf("%s has no name or source", e.Day)
		}
		if e.Kind == calendar.Work {
			work[e.Day.Year]++
			if !e.Day.Weekend() {
				t.Errorf("%s is a weekday and called a make-up day", e.Day)
			}
		} else {
			rest[e.Name+e.Day.String()[:4]]++
		}
	}
	for k, n := range map[string]int{"春节2024": 8, "国庆节2024": 7, "春节2025": 8, "国庆节、中秋节2025": 8, "劳动节2025": 5, "元旦2026": 3, "春节2026": 9, "国庆节2026": 7, "端午节2026": 3} {
		if rest[k] != n {
			t.Errorf("%s has %d days, the notice says %d", k, rest[k], n)
		}
	}
	for y, n := range map[int]int{2024: 8, 2025: 5, 2026: 6} {
		if work[y] != n || !china.Covers(y) {
			t.Errorf("%d has %d make-up days, the notice says %d", y, work[y], n)
		}
	}
	if china.Covers(2027) || china.Covers(2023) {
		t.Error("a year is called known without data")
	}
	// 2025 had 248 working days, 2026 has 248.
	for y, want := range map[string]int{"2025": 248, "2026": 248} {
		if n := china.WorkingDaysBetween(day(t, y+"-01-01").Add(-1), day(t, y+"-12-31")); n != want {
			t.Errorf("%s has %d working days, want %d", y, n, want)
		}
	}
}

func TestWorkingDays(t *testing.T) {
	for s, want := range map[string]bool{"2026-02-13": true, "2026-02-14": true, "2026-02-16": false, "2026-02-24": true, "2026-02-28": true, "2026-03-01": false, "2027-10-01": true, "2027-10-02": false} {
		if got := china.Working(day(t, s)); got != want {
			t.Errorf("%s worked: %v", s, got)
		}
	}
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-02-12", 1, "2026-02-13"}, {"2026-02-13", 1, "2026-02-14"}, {"2026-02-13", 2, "2026-02-24"},
		{"2026-02-15", 1, "2026-02-24"}, {"2026-02-24", -1, "2026-02-14"}, {"2026-09-18", 1, "2026-09-20"},
		{"2026-09-30", 7, "2026-10-15"}, {"2026-10-01", 0, "2026-10-01"},
	} {
		got := china.AddWorkingDays(day(t, c.from), c.n)
		if got != day(t, c.want) {
			t.Errorf("%d working days after %s is %s, want %s", c.n, c.from, got, c.want)
		}
		if c.n != 0 {
			if n := china.WorkingDaysBetween(day(t, c.from), got); c.n > 0 && n != c.n {
				t.Errorf("%s to %s are %d working days, want %d", c.from, got, n, c.n)
			}
		}
	}
	if n := china.WorkingDaysBetween(day(t, "2026-03-06"), day(t, "2026-03-02")); n != -4 {
		t.Errorf("backwards %d", n)
	}
	if got := china.NextWorking(day(t, "2026-02-15")); got != day(t, "2026-02-24") {
		t.Errorf("after the first day of 春节 comes %s", got)
	}
}

func TestParseCSV(t *testing.T) {
	got, err := calendar.ParseCSV(strings.NewReader("\ufeffdate,kind,name,source\r\n2027-01-01,rest,元旦,本地\r\n2027-01-02, WORK\r\n"))
	if err != nil || len(got) != 2 || got[0].Name != "元旦" || got[1].Kind != calendar.Work {
		t.Fatalf("%+v, %v", got, err)
	}
	// Local data replaces the shipped.
	c := calendar.New(nil, append(calendar.Shipped(), calendar.Entry{Day: day(t, "2026-02-16"), Kind: calendar.Work})...)
	if !c.Working(day(t, "2026-02-16")) || c.Working(day(t, "2026-02-17")) {
		t.Error("a later entry does not replace an earlier one")
	}
	for in, want := range map[string]string{
		"2027-01-01,rest\n2027-01-01,work\n": "line 2: 2027-01-01 stands there twice",
		"2027-02-30,rest\n":                  "line 1",
		"date,kind\n2027-01-01,holiday\n":    "line 2",
		"2027-01-01\n":                       "line 1",
		"2027-01-01,rest,a,b,c\n":            "line 1",
		"2027-01-01,\"rest\n":                "calendar:",
	} {
		if got, err := calendar.ParseCSV(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%q: %v, %v; want %q", in, got, err, want)
		}
	}
}

func FuzzParseCSV(f *testing.F) {
	f.Add("2027-01-01,rest,元旦,x\n")
	f.Add("\ufeffdate,kind\n2027-01-01,work\n")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := calendar.ParseCSV(strings.NewReader(in))
		if err != nil {
			return
		}
		c := calendar.New(nil, got...)
		for _, e := range got {
			if c.Working(e.Day) != (e.Kind == calendar.Work) {
				t.Fatalf("%+v is not kept", e)
			}
		}
	})
}
