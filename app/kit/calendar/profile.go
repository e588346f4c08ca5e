package calendar

import (
	_ "embed" // the shipped profiles
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Words is a text in both languages of the site; both are always there.
type Words struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Unit says what a rule's number counts.
type Unit string

// The units. Times counts events in a year. Duty has no number: something has to be done,
// and a person checks it.
const (
	Days        Unit = "days"
	WorkingDays Unit = "working_days"
	Fraction    Unit = "fraction"
	Times       Unit = "times"
	Duty        Unit = "duty"
)

// Relation says how a rule's days lie to the moment it hangs on.
type Relation string

// The relations: a period that has to be open at least so long from the
// anchor; something due so long before, or after it.
const (
	AtLeast Relation = "at_least"
	Before  Relation = "before"
	After   Relation = "after"
)

// Anchor names a moment of the process on which rules hang.
type Anchor string

// The anchors.
const (
	Opens    Anchor = "opens"    // the consultation or sign-up is published
	Closes   Anchor = "closes"   // the comment period ends
	Hearing  Anchor = "hearing"  // the hearing or forum begins
	Received Anchor = "received" // a message or petition came in
	Reviewed Anchor = "reviewed" // the draft went to the legality review
	Passed   Anchor = "passed"   // the decision was taken
)

// Rule is one duty with its number. The key is stable inside its profile;
// names beginning alike belong together: comment_period, hearing_notice.
type Rule struct {
	Key      string   `json:"key"`
	Number   float64  `json:"number,omitempty"` // days, a share from 0 to 1, or how often in a year
	Unit     Unit     `json:"unit"`
	Relation Relation `json:"relation,omitempty"` // for days
	Anchor   Anchor   `json:"anchor,omitempty"`   // for days
	Duty     Words    `json:"duty"`               // what has to be done, shown as it stands
	Source   Words    `json:"source"`             // the text and article that say so
	// Verified means that the full text was read; else the page says "check before use".
	Verified bool `json:"verified"`
	// Blocking rules stop publishing unless an officer gives a reason that is
	// published; the others warn.
	Blocking bool `json:"blocking"`
}

// Profile is the set of rules for one kind of decision. Administrators choose
// and edit profiles per unit; the shipped ones are where they begin.
type Profile struct {
	Key   string `json:"key"`
	Name  Words  `json:"name"`
	Rules []Rule `json:"rules"`
}

// Rule finds a rule by its key.
func (p Profile) Rule(key string) (Rule, bool) {
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Key == key })
	if i < 0 {
		return Rule{}, false
	}
	return p.Rules[i], true
}

// CanBlock says whether anything waits for the rule: what is promised for a year, or due
// after something has happened, stops no publishing.
func (r Rule) CanBlock() bool { return r.Unit != Times && r.Relation != After }

// MostTimes bounds how often something can be promised in a year.
const MostTimes = 366

// Programme is the key of the profile that binds no decision but the year of a
// government: what it promises to hold. LargeEvents is its rule on large events.
const (
	Programme   = "programme"
	LargeEvents = "large_events"
)

//go:embed profiles.json
var shippedProfiles []byte

// ShippedProfiles are the built-in profiles, a fresh copy at each call.
func ShippedProfiles() []Profile {
	p, err := ParseProfiles(shippedProfiles)
	if err != nil {
		panic(err) // a file of this package; a test reads it
	}
	return p
}

// ParseProfiles reads and checks a JSON list of profiles; unknown fields, wrong
// units and missing texts are errors that name profile and rule.
func ParseProfiles(b []byte) ([]Profile, error) {
	var out []Profile
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("calendar: profiles: %w", err)
	}
	if d.More() {
		return nil, errors.New("calendar: profiles: more than one list")
	}
	seen := map[string]bool{}
	for _, p := range out {
		if err := p.Check(); err != nil {
			return nil, err
		}
		if seen[p.Key] {
			return nil, fmt.Errorf("calendar: profile %s stands there twice", p.Key)
		}
		seen[p.Key] = true
	}
	return out, nil
}

// Check tells what is wrong with a profile, as after editing.
func (p Profile) Check() error {
	if p.Key == "" || p.Name.Zh == "" || p.Name.En == "" {
		return fmt.Errorf("calendar: profile %q needs a key and a name in both languages", p.Key)
	}
	seen := map[string]bool{}
	for _, r := range p.Rules {
		err := r.check()
		if err == nil && seen[r.Key] {
			err = errors.New("stands there twice")
		}
		if err != nil {
			return fmt.Errorf("calendar: profile %s, rule %q: %w", p.Key, r.Key, err)
		}
		seen[r.Key] = true
	}
	return nil
}

func (r Rule) check() error {
	if r.Key == "" || r.Duty.Zh == "" || r.Duty.En == "" || r.Source.Zh == "" || r.Source.En == "" {
		return errors.New("needs a key, a duty and a source in both languages")
	}
	switch r.Unit {
	case Duty:
		if r.Number != 0 || r.Relation != "" || r.Anchor != "" {
			return errors.New("a duty has no number, relation or anchor")
		}
		return nil
	case Fraction:
		if !(r.Number > 0 && r.Number <= 1) || r.Relation != "" || r.Anchor != "" {
			return errors.New("a fraction lies between 0 and 1 and has neither relation nor anchor")
		}
		return nil
	case Times:
		if r.Number != math.Trunc(r.Number) || !(r.Number >= 0 && r.Number <= MostTimes) || r.Relation != "" || r.Anchor != "" {
			return errors.New("times in a year are whole, at most one a day, and have neither relation nor anchor")
		}
		return nil
	case Days, WorkingDays:
	default:
		return fmt.Errorf("the unit %q is unknown", r.Unit)
	}
	if r.Number != math.Trunc(r.Number) || !(r.Number >= 0 && r.Number <= 3660) {
		return errors.New("days are whole and at most ten years")
	}
	if !slices.Contains([]Relation{AtLeast, Before, After}, r.Relation) {
		return fmt.Errorf("the relation %q is unknown", r.Relation)
	}
	if !slices.Contains([]Anchor{Opens, Closes, Hearing, Received, Reviewed, Passed}, r.Anchor) {
		return fmt.Errorf("the anchor %q is unknown", r.Anchor)
	}
	return nil
}

// MetBy tells whether part of whole is at least the fraction that the rule
// asks for: 2 of 5 for 0.4. Nothing of nothing is not.
func (r Rule) MetBy(part, whole int) bool {
	const digits = 1e6 // 0.4 is no binary number: compare in millionths
	return whole > 0 && math.Round(float64(part)*digits) >= math.Floor(r.Number*digits)*float64(whole)
}
