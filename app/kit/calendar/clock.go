package calendar

import (
	"slices"
	"time"
)

// How days are counted (民法典 art. 200–203, applied to the periods of the
// procedure texts, which say nothing else):
//
//   - The day of publication is not counted; counting begins on the next.
//   - The period ends at 24:00 of its last day. A closing time between 23:59
//     and 24:00 means 24:00: that is how people write the end of a day.
//     A last day that is cut off earlier is not a whole day and does not count.
//   - For something that is due (an answer, a report), a last day of rest moves
//     to the next working day. For a minimum period this is not demanded:
//     [Period.RestfulEnd] advises it.
//   - "n days before" means n whole days between the day of the act and the day
//     of the hearing; that satisfies every reading of 日前.

// Period is what counting a comment period gave.
type Period struct {
	Rule    Rule // the minimum that applies; its key is empty when the profile has none
	Days    int  // whole days that count
	Minimum int
	// Below says that the period is shorter than the minimum: a reason has to
	// be published. Never true without a rule.
	Below bool
	// Earliest is the first lawful closing moment; zero without a rule.
	Earliest time.Time
	// RestfulEnd says that the last day is a day of rest; Restful is then 24:00
	// of the next working day, else zero.
	RestfulEnd bool
	Restful    time.Time
	// Provisional says that days of a year without a known arrangement were asked for.
	Provisional bool
}

// Window counts a comment period from publication to closing against the
// profile's minimum: the first rule that asks for at least so many days from
// [Opens]. Working days are counted as such where the rule says so.
func Window(p Profile, c *Calendar, opens, closes time.Time) Period {
	first, last := DayOf(opens, c.zone), lastWhole(closes, c.zone)
	out := Period{Provisional: !c.Covers(last.Year)}
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Relation == AtLeast && r.Anchor == Opens })
	if i >= 0 {
		out.Rule, out.Minimum = p.Rules[i], int(p.Rules[i].Number)
	}
	if out.Rule.Unit == WorkingDays {
		out.Days = c.WorkingDaysBetween(first, last)
		out.Earliest = c.AddWorkingDays(first, out.Minimum).End(c.zone)
	} else {
		out.Days = last.Sub(first)
		out.Earliest = first.Add(out.Minimum).End(c.zone)
		out.Provisional = false // plain days need no arrangement
	}
	out.Days = max(out.Days, 0)
	if i < 0 {
		out.Earliest = time.Time{}
	}
	out.Below = out.Days < out.Minimum
	if !c.Working(last) {
		out.RestfulEnd, out.Restful = true, c.NextWorking(last).End(c.zone)
	}
	return out
}

// lastWhole is the last day that is whole when a period closes at t.
func lastWhole(t time.Time, zone *time.Location) Day {
	d := DayOf(t, zone)
	if d.End(zone).Sub(t) <= time.Minute {
		return d
	}
	return d.Add(-1)
}

// Step is a rule with its date.
type Step struct {
	Rule Rule
	// Due is the moment before which it has to be done, always 24:00 of LastDay;
	// for [AtLeast] the moment before which the period may not end.
	Due     time.Time
	LastDay Day
	// Moved says that a day of rest moved it to the next working day.
	Moved bool
	// Provisional says that the count touched a year without a known arrangement.
	Provisional bool
}

// Deadlines dates every rule of a profile whose anchor is among at, ordered by
// date; rules on the same date keep the profile's order. Duties and fractions
// have no date and are not listed.
func Deadlines(p Profile, c *Calendar, at map[Anchor]time.Time) []Step {
	var out []Step
	for _, r := range p.Rules {
		t, ok := at[r.Anchor]
		if !ok || t.IsZero() || (r.Unit != Days && r.Unit != WorkingDays) {
			continue
		}
		out = append(out, c.step(r, DayOf(t, c.zone)))
	}
	slices.SortStableFunc(out, func(a, b Step) int { return a.Due.Compare(b.Due) })
	return out
}

func (c *Calendar) step(r Rule, anchor Day) Step {
	s := Step{Rule: r, LastDay: c.reach(r, anchor)}
	if r.Relation == After && !c.Working(s.LastDay) {
		s.LastDay, s.Moved = c.NextWorking(s.LastDay), true
	}
	if r.Unit == WorkingDays || r.Relation == After {
		s.Provisional = !c.Covers(s.LastDay.Year) || !c.Covers(anchor.Year)
	}
	s.Due = s.LastDay.End(c.zone)
	return s
}

// reach is the last day of a rule, before days of rest are looked at.
func (c *Calendar) reach(r Rule, anchor Day) Day {
	n := int(r.Number)
	switch {
	case r.Unit == WorkingDays && r.Relation == Before:
		return c.AddWorkingDays(anchor, -n).Add(-1)
	case r.Unit == WorkingDays:
		return c.AddWorkingDays(anchor, n)
	case r.Relation == Before:
		return anchor.Add(-n - 1)
	}
	return anchor.Add(n)
}

// WindowOf dates a period as long as the profile's minimum: what a form
// proposes. It closes at 24:00 of the last day, or of the next working day when
// that one is a day of rest. Without a minimum it is 30 days.
func WindowOf(p Profile, c *Calendar, opens time.Time) (closes time.Time) {
	earliest := Window(p, c, opens, opens).Earliest
	if earliest.IsZero() {
		earliest = DayOf(opens, c.zone).Add(30).End(c.zone)
	}
	return c.NextWorking(lastWhole(earliest, c.zone)).End(c.zone)
}
