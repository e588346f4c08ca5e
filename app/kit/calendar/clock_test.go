package calendar_test

import (
	"strings"
	"testing"
	"time"

	"minyi/app/kit/calendar"
)

// The rule: a comment period has at least 30 whole days; the day of publication
// is not counted, and it ends at 24:00 of the last day.
func TestWindow(t *testing.T) {
	p := profile(t, "major_decision")
	for _, c := range []struct {
		name, opens, closes string
		days                int
		below               bool
	}{
		{"exactly 30 days", "2026-03-02 09:00", "2026-04-02 00:00", 30, false},
		{"23:59 is the end of the day", "2026-03-02 09:00", "2026-04-01 23:59", 30, false},
		{"the last day cut off at noon", "2026-03-02 09:00", "2026-04-01 12:00", 29, true},
		{"the day of publication would be the 30th", "2026-03-02 00:01", "2026-04-01 00:00", 29, true},
		{"published at the last minute", "2026-03-02 23:59", "2026-04-02 00:00", 30, false},
		{"across February", "2026-02-01 08:00", "2026-03-04 00:00", 30, false},
		{"15 days", "2026-03-02 09:00", "2026-03-17 23:59", 15, true},
		{"closed before it opens", "2026-03-02 09:00", "2026-02-01 00:00", 0, true},
		{"closed on the day", "2026-03-02 09:00", "2026-03-02 18:00", 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := calendar.Window(p, china, at(t, c.opens), at(t, c.closes))
			if w.Days != c.days || w.Below != c.below || w.Minimum != 30 || w.Rule.Key != "comment_period" || w.Provisional {
				t.Errorf("%d days, below %v, minimum %d; want %d, %v", w.Days, w.Below, w.Minimum, c.days, c.below)
			}
		})
	}
	w := calendar.Window(p, china, at(t, "2026-03-02 09:00"), at(t, "2026-03-17 23:59"))
	if want := at(t, "2026-04-02 00:00"); !w.Earliest.Equal(want) {
		t.Errorf("earliest closing %v, want %v", w.Earliest, want)
	}
}

func TestWindowIsCountedInTheSitesZone(t *testing.T) {
	p := profile(t, "major_decision")
	// 00:30 on 2 March in Shanghai is still 1 March in UTC.
	opens, closes := at(t, "2026-03-02 00:30").UTC(), at(t, "2026-04-01 00:00").UTC()
	if w := calendar.Window(p, china, opens, closes); w.Days != 29 || !w.Below {
		t.Errorf("Shanghai: %d days", w.Days)
	}
	utc := calendar.New(time.UTC, calendar.Shipped()...)
	if w := calendar.Window(p, utc, opens, closes); w.Days != 29 {
		t.Errorf("UTC: %d days", w.Days) // 2 to 30 March are whole there
	}
	if got := calendar.DayOf(opens, utc.Zone()); got != day(t, "2026-03-01") {
		t.Errorf("UTC: %s", got)
	}
}

func TestWindowEndingOnADayOfRest(t *testing.T) {
	p := profile(t, "major_decision")
	w := calendar.Window(p, china, at(t, "2026-09-01 09:00"), at(t, "2026-10-02 00:00")) // 1 October
	if !w.RestfulEnd || !w.Restful.Equal(at(t, "2026-10-09 00:00")) || w.Below {
		t.Errorf("%+v", w)
	}
	if got := calendar.WindowOf(p, china, at(t, "2026-09-01 09:00")); !got.Equal(at(t, "2026-10-09 00:00")) {
		t.Errorf("proposed closing %v", got)
	}
	if got := calendar.WindowOf(p, china, at(t, "2026-03-02 09:00")); !got.Equal(at(t, "2026-04-02 00:00")) {
		t.Errorf("proposed closing %v", got)
	}
	if got := calendar.WindowOf(calendar.Profile{}, china, at(t, "2026-03-02 09:00")); !got.Equal(at(t, "2026-04-02 00:00")) {
		t.Errorf("proposed closing without a rule %v", got)
	}
}

func TestWindowWithoutARule(t *testing.T) {
	w := calendar.Window(profile(t, "forum"), china, at(t, "2026-03-02 09:00"), at(t, "2026-03-05 00:00"))
	if w.Below || w.Days != 2 || !w.Earliest.IsZero() || w.Rule.Key != "" {
		t.Errorf("%+v", w)
	}
}

func TestWindowInWorkingDays(t *testing.T) {
	p := calendar.Profile{Rules: []calendar.Rule{{Key: "x", Number: 5, Unit: calendar.WorkingDays, Relation: calendar.AtLeast, Anchor: calendar.Opens}}}
	w := calendar.Window(p, china, at(t, "2026-02-13 09:00"), at(t, "2026-02-25 00:00")) // 14 and 24 February
	if w.Days != 2 || !w.Below || !w.Earliest.Equal(at(t, "2026-02-28 00:00")) || w.Provisional {
		t.Errorf("%+v", w)
	}
	if w := calendar.Window(p, china, at(t, "2027-02-01 09:00"), at(t, "2027-02-20 00:00")); !w.Provisional {
		t.Error("2027 is counted as if its holidays were known")
	}
}

func TestDeadlines(t *testing.T) {
	steps := calendar.Deadlines(profile(t, "hearing_default"), china, map[calendar.Anchor]time.Time{calendar.Hearing: at(t, "2026-04-20 14:00")})
	want := []struct{ key, last string }{
		{"quotas_notice", "2026-03-20"},     // 21 March to 19 April are 30 days
		{"sign_up_closes", "2026-03-30"},    // 20 whole days
		{"hearing_notice", "2026-04-04"},    // 15
		{"hearing_materials", "2026-04-12"}, // 13 to 19 April are 7 days
		{"record_correction", "2026-04-27"}, // the 25th is a Saturday
		{"report", "2026-05-06"},            // 5 May is a holiday
	}
	if len(steps) != len(want) {
		t.Fatalf("%d steps", len(steps))
	}
	for i, s := range steps {
		if s.Rule.Key != want[i].key || s.LastDay != day(t, want[i].last) || !s.Due.Equal(s.LastDay.End(calendar.Shanghai)) || s.Moved != (i >= 4) || s.Provisional {
			t.Errorf("step %d: %s by %s, moved %v; want %s by %s", i, s.Rule.Key, s.LastDay, s.Moved, want[i].key, want[i].last)
		}
	}
	if n := len(calendar.Deadlines(profile(t, "hearing_default"), china, map[calendar.Anchor]time.Time{calendar.Hearing: {}})); n != 0 {
		t.Errorf("%d steps of a hearing without a date", n)
	}
}

func TestDeadlinesInWorkingDays(t *testing.T) {
	steps := calendar.Deadlines(profile(t, "site_messages"), china, map[calendar.Anchor]time.Time{calendar.Received: at(t, "2026-09-30 23:30")})
	if len(steps) != 2 || steps[0].LastDay != day(t, "2026-10-15") || steps[0].Moved {
		t.Errorf("%+v", steps)
	}
	// The same moment written in UTC is the same day of receipt.
	again := calendar.Deadlines(profile(t, "site_messages"), china, map[calendar.Anchor]time.Time{calendar.Received: at(t, "2026-09-30 23:30").UTC()})
	if again[0].LastDay != steps[0].LastDay {
		t.Errorf("%s", again[0].LastDay)
	}
	if s := calendar.Deadlines(profile(t, "petitions"), china, map[calendar.Anchor]time.Time{calendar.Received: at(t, "2026-12-01 10:00")}); !s[2].Provisional || s[0].Provisional {
		t.Errorf("%+v", s)
	}
	p := calendar.Profile{Rules: []calendar.Rule{{Key: "x", Number: 2, Unit: calendar.WorkingDays, Relation: calendar.Before, Anchor: calendar.Hearing}}}
	s := calendar.Deadlines(p, china, map[calendar.Anchor]time.Time{calendar.Hearing: at(t, "2026-02-25 09:00")})
	if s[0].LastDay != day(t, "2026-02-13") { // 14 and 24 February lie between
		t.Errorf("%s", s[0].LastDay)
	}
}

func TestShippedProfiles(t *testing.T) {
	numbers := map[string]float64{"major_decision/comment_period": 30, "major_decision/hearing_materials": 7, "major_decision/legality_review": 7,
		"government_rules/hearing_notice": 30, "price_hearing/consumers_share": 0.4, "licensing_hearing/hearing_notice": 7, "petitions/route": 15,
		"legislative_hearing/feedback": 15, "site_messages/answer": 7, "forum/draft_sent": 5, "laws/comment_period": 30, "plans/comment_period": 30, "land_taking/comment_period": 30}
	for k, want := range numbers {
		p, r, _ := strings.Cut(k, "/")
		if rule, ok := profile(t, p).Rule(r); !ok || rule.Number != want {
			t.Errorf("%s is %v, the text says %v", k, rule.Number, want)
		}
	}
	for _, p := range calendar.ShippedProfiles() {
		for _, r := range p.Rules {
			if strings.Contains(r.Source.Zh, "核对") && r.Verified {
				t.Errorf("%s/%s is called verified and asks to be checked", p.Key, r.Key)
			}
		}
	}
	a := calendar.ShippedProfiles()
	a[0].Rules[0].Number = 1
	if calendar.ShippedProfiles()[0].Rules[0].Number == 1 {
		t.Error("an edit reaches the shipped data")
	}
}

func TestParseProfilesRefuses(t *testing.T) {
	rule := func(s string) string {
		return `[{"key":"p","name":{"zh":"甲","en":"A"},"rules":[{"key":"r","duty":{"zh":"甲","en":"A"},"source":{"zh":"甲","en":"A"},` + s + `}]}]`
	}
	if _, err := calendar.ParseProfiles([]byte(rule(`"unit":"days","number":30,"relation":"at_least","anchor":"opens"`))); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		`[`, `[] []`, `[{"key":"p","name":{"zh":"甲"},"rules":[]}]`,
		rule(`"unit":"weeks","number":1`), rule(`"unit":"days","number":1.5,"relation":"after","anchor":"opens"`),
		rule(`"unit":"days","number":-1,"relation":"after","anchor":"opens"`), rule(`"unit":"days","number":1,"relation":"during","anchor":"opens"`),
		rule(`"unit":"days","number":1,"relation":"after","anchor":"never"`), rule(`"unit":"fraction","number":1.5`), rule(`"unit":"fraction"`),
		rule(`"unit":"duty","number":3`), rule(`"unit":"duty","color":"red"`),
		`[{"key":"p","name":{"zh":"甲","en":"A"},"rules":[]},{"key":"p","name":{"zh":"甲","en":"A"},"rules":[]}]`,
	} {
		if _, err := calendar.ParseProfiles([]byte(s)); err == nil {
			t.Errorf("taken: %s", s)
		}
	}
}

func TestMetBy(t *testing.T) {
	r, _ := profile(t, "price_hearing").Rule("consumers_share")
	for _, c := range []struct {
		part, whole int
		want        bool
	}{{2, 5, true}, {4, 10, true}, {10, 25, true}, {9, 25, false}, {399, 1000, false}, {400, 1000, true}, {0, 0, false}, {5, 5, true}} {
		if got := r.MetBy(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %v", c.part, c.whole, got)
		}
	}
	third := calendar.Rule{Number: 1.0 / 3}
	if !third.MetBy(1, 3) || third.MetBy(33, 100) {
		t.Error("a third")
	}
}
