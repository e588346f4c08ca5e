package demo

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func load(t *testing.T) Content {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everyText calls f with every piece of text of the content that people read.
func everyText(t *testing.T, f func(name, text string)) {
	t.Helper()
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := files.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := dir + "/" + e.Name()
			if e.IsDir() {
				walk(name)
				continue
			}
			data, err := files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f(name, string(data))
		}
	}
	walk("content")
}

func TestContentIsConsistentAtEveryHourOfTheDay(t *testing.T) {
	c := load(t)
	zone, err := time.LoadLocation(c.City.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []time.Time{
		time.Date(2027, 1, 1, 0, 1, 0, 0, zone), time.Date(2027, 3, 15, 6, 30, 0, 0, zone),
		time.Date(2028, 2, 29, 12, 0, 0, 0, zone), time.Date(2030, 12, 31, 23, 59, 0, 0, zone),
	} {
		for _, wrong := range c.CheckAt(now) {
			t.Errorf("%s: %v", now, wrong)
		}
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	now := time.Date(2027, 3, 15, 12, 0, 0, 0, time.UTC)
	for name, spoil := range map[string]func(*Content){
		"a missing clause":        func(c *Content) { c.Consultations[4].Opinions[0].Clause = "a99" },
		"a missing language":      func(c *Content) { c.Consultations[0].Title.EN = " " },
		"a short window":          func(c *Content) { c.Consultations[6].ShortReason = nil },
		"an opinion unanswered":   func(c *Content) { c.Consultations[0].Answers = c.Consultations[0].Answers[1:] },
		"a wrong state":           func(c *Content) { c.Consultations[2].State = "open" },
		"an unknown author":       func(c *Content) { c.Consultations[4].Opinions[0].Author = "nobody" },
		"an officer of elsewhere": func(c *Content) { c.Consultations[4].Owner = "ji-qinghe" },
		"one person publishing":   func(c *Content) { c.Consultations[4].Second = c.Consultations[4].Owner },
		"a broken moment":         func(c *Content) { c.Consultations[4].Opinions[0].At = "-3d" },
		"a lost article":          func(c *Content) { c.Consultations[4].Versions[1].Mapping = c.Consultations[4].Versions[1].Mapping[1:] },
		"an unequal translation":  func(c *Content) { c.Consultations[4].Versions[0].Draft.EN += "\nArticle 45. More.\n" },
		"a name without consent": func(c *Content) {
			for i, o := range c.Consultations[4].Opinions {
				if o.Entered != nil && o.Display == "name" {
					c.Consultations[4].Opinions[i].Entered.PublishName = false
				}
			}
		},
		"another unit's hearing": func(c *Content) { c.Hearings[0].Unit = "city-urban" },
		"a question left open":   func(c *Content) { c.Rooms[1].Questions[0].Answer = nil },
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t)
			spoil(&c)
			if len(c.CheckAt(now)) == 0 {
				t.Error("not found")
			}
		})
	}
}

func TestContentHasEveryStateOfAConsultation(t *testing.T) {
	c := load(t)
	states := map[string]int{}
	opinions, forms, hidden, reported := 0, 0, 0, 0
	channels, displays, stances := map[string]int{}, map[string]int{}, map[string]int{}
	for _, one := range c.Consultations {
		states[one.State]++
		for _, o := range one.Opinions {
			opinions++
			channels[o.Channel]++
			displays[o.Display]++
			stances[o.Stance]++
			if o.Group != "" {
				forms++
			}
			if o.Hidden != nil {
				hidden++
			}
			if o.Hidden == nil && len(o.Reports) > 0 {
				reported++
			}
		}
	}
	for _, s := range []string{"scheduled", "open", "closed", "answered"} {
		if states[s] == 0 {
			t.Errorf("no consultation is %s", s)
		}
	}
	if opinions < 120 || forms != 15 || hidden == 0 || reported == 0 {
		t.Errorf("%d opinions, %d form letters, %d hidden, %d reported", opinions, forms, hidden, reported)
	}
	if len(channels) != 4 || len(displays) != 3 || len(stances) != 5 {
		t.Errorf("channels %v, displays %v, stances %v", channels, displays, stances)
	}
	if len(c.Hearings) != 5 {
		t.Errorf("%d hearings", len(c.Hearings))
	}
}

func TestPrintedAccountsAreThoseOfTheContract(t *testing.T) {
	roles, units := map[string]int{}, map[string]bool{}
	for _, p := range load(t).City.People {
		if p.SignIn {
			roles[p.Role]++
			if p.Role == "officer" {
				units[p.Unit] = true
			}
		}
	}
	want := map[string]int{"resident": 3, "attendee": 1, "moderator": 1, "officer": 2, "supervisor": 1, "administrator": 1}
	for role, n := range want {
		if roles[role] != n {
			t.Errorf("%d accounts for %s, want %d", roles[role], role, n)
		}
	}
	if len(units) != 2 {
		t.Errorf("officers of %d units", len(units))
	}
}

func TestExplanationsAreLongEnoughToExplain(t *testing.T) {
	for _, c := range load(t).Consultations {
		if n := utf8.RuneCountInString(c.Explanation.ZH); n < 300 || n > 600 {
			t.Errorf("%s: %d characters", c.Key, n)
		}
	}
}

// A report that miscounts would teach readers not to trust reports.
func TestReportCountsWhatWasSaid(t *testing.T) {
	for _, c := range load(t).Consultations {
		if c.Report == nil {
			continue
		}
		said, told := map[string]int{}, map[string]int{}
		for _, o := range c.Opinions {
			if o.Hidden == nil {
				said[o.Clause]++
			}
		}
		for _, r := range c.Report.Clauses {
			zh, _ := strconv.Atoi(strings.Split(r.Summary.ZH, " ")[0])
			en, _ := strconv.Atoi(strings.Split(r.Summary.EN, " ")[0])
			if zh != said[r.Clause] || en != zh {
				t.Errorf("%s %s: %d opinions, the report says %d and %d", c.Key, r.Clause, said[r.Clause], zh, en)
			}
			told[r.Clause] = zh
		}
		if len(told) != len(said) {
			t.Errorf("%s: opinions on %d clauses, the report has %d", c.Key, len(said), len(told))
		}
	}
}

// A suggestion is the clause with changes, not another text.
func TestSuggestionsAreEditedClauses(t *testing.T) {
	for _, c := range load(t).Consultations {
		for _, o := range c.Opinions {
			if o.Suggestion == "" {
				continue
			}
			text := c.Versions[o.Version-1].Articles()[o.Clause]
			if s := shared(text, o.Suggestion); s < 0.4 {
				t.Errorf("%s shares %.2f of its characters' pairs with %s", o.ID, s, o.Clause)
			}
		}
	}
}

// shared is the part of a's pairs of neighbouring characters that b has too.
func shared(a, b string) float64 {
	r, hits, all := []rune(a), 0, 0
	for i := 0; i+1 < len(r); i++ {
		all++
		if strings.Contains(b, string(r[i:i+2])) {
			hits++
		}
	}
	return float64(hits) / float64(max(all, 1))
}

var banned = regexp.MustCompile(`高度重视|宝贵意见|大力推进|切实|扎实|全面贯彻|深入推进|一如既往|温馨提示|感谢您的支持|亲爱的|[!！]|尽快|有关规定予以|valuable (comments|opinions)|attach great importance|kindly`)

func TestContentSpeaksPlainWords(t *testing.T) {
	everyText(t, func(name, text string) {
		if hit := banned.FindString(text); hit != "" {
			t.Errorf("%s says %q", name, hit)
		}
	})
}

// Nothing in the demo may reach a real person: addresses in a reserved domain,
// numbers in an area code and a mobile range that nobody has.
func TestContactsBelongToNobody(t *testing.T) {
	c := load(t)
	for _, u := range c.City.Units {
		if !strings.HasPrefix(u.Contact.Phone, "0000-5550") || !strings.HasSuffix(u.Contact.Email, ".example") {
			t.Errorf("%s: %s, %s", u.Key, u.Contact.Phone, u.Contact.Email)
		}
	}
	for _, p := range c.City.People {
		if !strings.HasPrefix(p.Phone, "154000") || len(p.Phone) != 11 || !strings.HasSuffix(p.Email, ".example") {
			t.Errorf("%s: %s, %s", p.Key, p.Phone, p.Email)
		}
	}
}

func TestMomentsAreCountedInTheCity(t *testing.T) {
	zone := time.FixedZone("city", 8*3600)
	now := time.Date(2027, 3, 1, 10, 20, 0, 0, zone)
	for w, want := range map[When]time.Time{
		"-2h": now.Add(-2 * time.Hour), "+40m": now.Add(40 * time.Minute),
		"-1d@23:59": time.Date(2027, 2, 28, 23, 59, 0, 0, zone), "+2d@18:00": time.Date(2027, 3, 3, 18, 0, 0, 0, zone),
	} {
		if got, err := w.At(now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v", w, got, err)
		}
	}
	for _, w := range []When{"", "2h", "-3d", "-3d@24:00", "-3h@10:00", "tomorrow"} {
		if _, err := w.At(now); err == nil {
			t.Errorf("%q was accepted", w)
		}
	}
}

// The second night market draft is the proof of permanent clause identity, so
// it must hold every kind of change.
func TestSecondNightMarketDraftHasEveryKindOfChange(t *testing.T) {
	for _, c := range load(t).Consultations {
		if c.Key != "night-market" {
			continue
		}
		kinds := map[string]int{}
		for _, m := range c.Versions[1].Mapping {
			kinds[m.Change]++
		}
		for kind, n := range map[string]int{"edited": 4, "moved": 1, "split": 2, "merged": 2, "deleted": 1, "new": 2} {
			if kinds[kind] != n {
				t.Errorf("%d %s, want %d", kinds[kind], kind, n)
			}
		}
		return
	}
	t.Error("no night market")
}
