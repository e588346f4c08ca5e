// Package draw chooses people for a hearing so that anybody can check it.
//
// It knows nothing of hearings or of the store: a [List] of tickets goes in, a file
// comes out. The first part of the file names the seats, the rule of the seed and
// every ticket, and ends with the commitment, a hash over all of it. It is published
// before the seed can be known. The second part adds the seed, the chosen and the
// reserves. Whoever has the file can draw again, by [Verify], by the page without a
// server or with any tool that knows SHA-256:
//
//   - seed = SHA-256("minyi draw seed\n" + commitment + "\n" + value), in hex
//   - rank of a ticket = SHA-256("minyi draw rank\n" + seed + "\n" + number): a smaller
//     one comes first, and tickets marked "later" come after all others
//   - first each category, in the order of the file, gives its minimum of seats by
//     rank; then all seats that are left are given by rank over all categories below
//     their maximum; then each category names its reserves by rank
//   - a ticket for several persons is chosen only if all of them fit into what is
//     left; otherwise it is passed over and stays for the next step
//
// Why this is fair: who makes the list cannot know the seed, who knows the seed
// cannot change the list, and no order of applying, no name and no officer has an
// influence on a rank. What goes wrong without it stands in procedure.md §3.
package draw

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"minyi/models"
)

// Bounds of a draw. They keep a file readable and a check short.
const (
	MostSeats      = 100_000
	MostCategories = 64
	MostTickets    = 1_000_000
	MostPersons    = 9  // of one ticket, such as a family
	FewestDice     = 20 // 20 dice are 51 bits: nobody can try them all beforehand
	MostDice       = 100
	LongestText    = 500 // of the rule, in bytes
	longestKey     = 40
	longestText    = LongestText
)

// Category is a group of applicants with seats of its own.
type Category struct {
	// Key is its name in the file: letters, digits, - and _.
	Key string
	// Min seats are kept for the category, Max is the most that it can get.
	Min, Max int
	// Reserves is how many tickets are named to move up, in order.
	Reserves int
}

// Ticket is one application under its pseudonym.
type Ticket struct {
	// Number is the pseudonym: capital letters, digits and -.
	Number string
	// Category is the key of the ticket's category.
	Category string
	// Persons come together or not at all; 1 for most tickets.
	Persons int
	// Later is true for people who were chosen lately: they are drawn after all
	// others (cooling-off).
	Later bool
}

// RuleKind says where the seed comes from.
type RuleKind string

// The kinds of rule.
const (
	// Dice are rolled one after the other before witnesses; the value is their eyes.
	Dice RuleKind = "dice"
	// Public is a number that somebody else publishes after the list, such as the
	// numbers of a lottery on a named day.
	Public RuleKind = "public"
)

// Rule announces, before anybody can know it, what the seed will be.
type Rule struct {
	Kind RuleKind
	// Dice is how many dice are rolled, at least [FewestDice]; 0 for other rules.
	Dice int
	// Text says in one line which number it is, where and when it appears, or where
	// and when the dice are rolled.
	Text string
}

// List is everything that is fixed before the seed.
type List struct {
	Hearing    string // the id of the hearing
	MadeAt     time.Time
	Seats      int // of all categories together
	Categories []Category
	Rule       Rule
	Tickets    []Ticket
}

// Check says what would make the draw unclear: nil, or an Invalid error with all
// faults, each bound to a field (hearing, seats, categories, rule, tickets).
func (l List) Check() error {
	var f models.Faults
	if !clean(l.Hearing, longestKey) {
		f.Add("hearing", "draw.problem_hearing")
	}
	if l.Seats < 1 || l.Seats > MostSeats {
		f.Add("seats", "draw.problem_seats", "most", MostSeats)
	}
	l.checkCategories(&f)
	l.checkRule(&f)
	l.checkTickets(&f)
	return f.Err()
}

func (l List) checkCategories(f *models.Faults) {
	if len(l.Categories) < 1 || len(l.Categories) > MostCategories {
		f.Add("categories", "draw.problem_categories", "most", MostCategories)
		return
	}
	seen := map[string]bool{}
	kept, room := 0, 0
	for _, c := range l.Categories {
		if !named(c.Key) || seen[c.Key] {
			f.Add("categories", "draw.problem_category", "category", c.Key)
		}
		seen[c.Key] = true
		if c.Min < 0 || c.Max < c.Min || c.Max > l.Seats || c.Reserves < 0 || c.Reserves > MostTickets {
			f.Add("categories", "draw.problem_quota", "category", c.Key)
		}
		kept += c.Min
		room += c.Max
	}
	if kept > l.Seats {
		f.Add("categories", "draw.problem_kept", "kept", kept, "seats", l.Seats)
	}
	if room < l.Seats {
		f.Add("categories", "draw.problem_room", "room", room, "seats", l.Seats)
	}
}

func (l List) checkRule(f *models.Faults) {
	r := l.Rule
	if !clean(r.Text, longestText) {
		f.Add("rule", "draw.problem_rule_text")
	}
	switch {
	case r.Kind == Dice && (r.Dice < FewestDice || r.Dice > MostDice):
		f.Add("rule", "draw.problem_dice", "fewest", FewestDice, "most", MostDice)
	case r.Kind == Public && r.Dice != 0, r.Kind != Dice && r.Kind != Public:
		f.Add("rule", "draw.problem_rule")
	}
}

func (l List) checkTickets(f *models.Faults) {
	if len(l.Tickets) > MostTickets {
		f.Add("tickets", "draw.problem_tickets", "most", MostTickets)
		return
	}
	known := map[string]bool{}
	for _, c := range l.Categories {
		known[c.Key] = true
	}
	seen := make(map[string]bool, len(l.Tickets))
	for _, t := range l.Tickets {
		switch {
		case !numbered(t.Number) || seen[t.Number]:
			f.Add("tickets", "draw.problem_number", "number", t.Number)
		case !known[t.Category]:
			f.Add("tickets", "draw.problem_unknown", "number", t.Number, "category", t.Category)
		case t.Persons < 1 || t.Persons > MostPersons:
			f.Add("tickets", "draw.problem_persons", "number", t.Number, "most", MostPersons)
		default:
			seen[t.Number] = true
			continue
		}
		return // the first bad ticket is enough: the list is made by a program
	}
}

// Value gives what was typed as the seed in the one form that counts: digits of
// dice without spaces and commas, other values with full-width characters folded
// and spaces made single. It gives an Invalid error where the rule asks for
// something else.
func (r Rule) Value(typed string) (string, error) {
	v := strings.Join(strings.Fields(norm.NFKC.String(typed)), " ")
	if r.Kind != Dice {
		if !clean(v, longestText) {
			return "", models.FailField("value", "draw.problem_value")
		}
		return v, nil
	}
	v = strings.NewReplacer(" ", "", ",", "", ";", "", "、", "").Replace(v)
	if len(v) != r.Dice || strings.Trim(v, "123456") != "" {
		return "", models.FailField("value", "draw.problem_eyes", "dice", r.Dice)
	}
	return v, nil
}

// clean says whether s can stand as a field of a line: some text, no tab, no line
// break, no other control character, no more than most bytes.
func clean(s string, most int) bool {
	return s != "" && len(s) <= most && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' })
}

func named(s string) bool {
	return s != "" && len(s) <= longestKey && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

func numbered(s string) bool {
	return named(s) && !strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz_")
}

// sorted gives the tickets in the order of the file: by number.
func (l List) sorted() []Ticket {
	list := slices.Clone(l.Tickets)
	slices.SortFunc(list, func(a, b Ticket) int { return strings.Compare(a.Number, b.Number) })
	return list
}

func checkWitnesses(names []string) error {
	for _, name := range names {
		if !clean(name, longestText) {
			return models.FailField("witnesses", "draw.problem_witness", "name", name)
		}
	}
	return nil
}
