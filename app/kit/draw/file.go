package draw

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The published file is text, one fact a line. Each line begins with a mark: the
// first ten digits of SHA-256 of its number, a space and the rest. The mark is what
// lets the check name a changed byte. The commitment is SHA-256 of all lines before
// it, marks and line ends included.
const (
	version = "minyi-draw 1"
	marked  = 10
)

// Facts are what is published with the seed.
type Facts struct {
	Method    string // dice, public_number
	RuleZH    string
	RuleEN    string
	Announced string // time, RFC 3339
	Seed      string
	Witnesses []string
	Source    string // where a public number stands
	Drawn     string // time, RFC 3339
}

type lines struct {
	b strings.Builder
	n int
}

func (l *lines) add(parts ...string) {
	for i := range parts {
		parts[i] = strings.Join(strings.Fields(parts[i]), " ")
	}
	text := strings.TrimSpace(strings.Join(parts, " "))
	l.n++
	l.b.WriteString(markOf(l.n, text) + " " + text + "\n")
}

func markOf(n int, text string) string {
	sum := sha256.Sum256([]byte(strconv.Itoa(n) + " " + text))
	return hex.EncodeToString(sum[:marked/2])
}

// Check tells what is wrong with a list before it is committed.
func (l List) Check() error {
	known := map[string]bool{}
	for _, c := range l.Categories {
		if c.Key == "" || strings.ContainsFunc(c.Key, func(r rune) bool { return r <= ' ' || r > '~' }) || known[c.Key] || c.Seats < 0 || c.Minimum < 0 || c.Minimum > c.Seats {
			return fmt.Errorf("draw: category %q", c.Key)
		}
		known[c.Key] = true
	}
	seen := map[int64]bool{}
	for _, a := range l.Applicants {
		if !known[a.Category] || a.Seats < 1 || a.Before < 0 || a.Number < 1 || seen[a.Number] {
			return fmt.Errorf("draw: applicant %d", a.Number)
		}
		seen[a.Number] = true
	}
	return nil
}

// Commit writes the list in its one form, applicants by number, and gives its
// commitment. The list must be free of faults, see [List.Check].
func Commit(l List) (text, commitment string) {
	var w lines
	w.add(version)
	w.add("hearing", l.Hearing)
	w.add("title", l.Title)
	w.add("total", strconv.Itoa(l.Total))
	for _, c := range l.Categories {
		w.add("category", c.Key, strconv.Itoa(c.Minimum), strconv.Itoa(c.Seats), c.Name)
	}
	w.add("applicants", strconv.Itoa(len(l.Applicants)))
	sorted := slices.Clone(l.Applicants)
	slices.SortFunc(sorted, func(a, b Applicant) int { return int(a.Number - b.Number) })
	for _, a := range sorted {
		w.add("a", strconv.FormatInt(a.Number, 10), a.Category, strconv.Itoa(a.Seats), strconv.Itoa(a.Before))
	}
	text = w.b.String()
	return text, commitmentOf(text)
}

func commitmentOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Finish draws from a committed list and writes the lines that follow it. Errors:
// [ErrList] for a text that [Commit] did not write, [ErrSeed] for an empty seed.
func Finish(list string, f Facts) (Result, string, error) {
	f.Seed = Tidy(f.Seed)
	if f.Seed == "" {
		return Result{}, "", ErrSeed
	}
	l, err := parseList(list)
	if err != nil {
		return Result{}, "", err
	}
	w := lines{n: strings.Count(list, "\n")}
	commitment := commitmentOf(list)
	result := Run(l, SeedHash(commitment, f.Seed))
	w.facts(commitment, f)
	w.result(result)
	w.add("end", strconv.Itoa(w.n+1))
	return result, w.b.String(), nil
}

func (l *lines) facts(commitment string, f Facts) {
	l.add("commitment", commitment)
	l.add("method", f.Method)
	l.add("rule-zh", f.RuleZH)
	l.add("rule-en", f.RuleEN)
	l.add("announced", f.Announced)
	for _, name := range f.Witnesses {
		l.add("witness", name)
	}
	l.add("source", f.Source)
	l.add("seed", f.Seed)
	l.add("seed-hash", SeedHash(commitment, f.Seed))
	l.add("drawn", f.Drawn)
}

func (l *lines) result(r Result) {
	for _, p := range r.Seats {
		l.place("seat", p)
	}
	for _, p := range r.Reserves {
		l.place("reserve", p)
	}
}

func (l *lines) place(what string, p Place) {
	l.add(what, p.Category, strconv.Itoa(p.Rank), strconv.FormatInt(p.Number, 10), strconv.Itoa(p.Seats))
}

// Tidy gives the one form of a seed as people type it: white space at the ends goes,
// runs of it become one space, full-width digits become plain ones.
func Tidy(seed string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, seed)), " ")
}

// Errors of [Finish].
var (
	ErrList = errors.New("draw: not a committed list")
	ErrSeed = errors.New("draw: the seed is empty")
)

// parseList reads what [Commit] wrote.
func parseList(text string) (List, error) {
	var l List
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		_, rest, ok := strings.Cut(line, " ")
		if !ok || i == 0 && rest != version {
			return l, ErrList
		}
		if i > 0 {
			if err := l.read(rest); err != nil {
				return l, fmt.Errorf("%w: line %d", err, i+1)
			}
		}
	}
	if err := l.Check(); err != nil {
		return l, fmt.Errorf("%w: %w", ErrList, err)
	}
	return l, nil
}

func (l *List) read(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	fields := strings.Fields(rest)
	numbers := func(list ...string) []int64 {
		var out []int64
		for _, s := range list {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return nil
			}
			out = append(out, n)
		}
		return out
	}
	switch {
	case word == "hearing":
		l.Hearing = rest
	case word == "title":
		l.Title = rest
	case word == "total" && len(fields) == 1:
		n := numbers(fields[0])
		if n == nil {
			return ErrList
		}
		l.Total = int(n[0])
	case word == "category" && len(fields) >= 3:
		n := numbers(fields[1], fields[2])
		if n == nil {
			return ErrList
		}
		l.Categories = append(l.Categories, Category{fields[0], strings.Join(fields[3:], " "), int(n[0]), int(n[1])})
	case word == "applicants" && len(fields) == 1:
	case word == "a" && len(fields) == 4:
		n := numbers(fields[0], fields[2], fields[3])
		if n == nil {
			return ErrList
		}
		l.Applicants = append(l.Applicants, Applicant{n[0], fields[1], int(n[1]), int(n[2])})
	default:
		return ErrList
	}
	return nil
}
