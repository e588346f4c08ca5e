package draw

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"minyi/models"
)

var day = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)

// sample is a small hearing with families, people drawn lately and quotas.
func sample() List {
	l := List{Hearing: "2026-H03", MadeAt: day, Seats: 6,
		Categories: []Category{{"consumers", 2, 4, 2}, {"companies", 1, 2, 1}, {"experts", 0, 1, 1}},
		Rule:       Rule{Kind: Dice, Dice: 20, Text: "20 枚骰子，12 月 3 日 10:00 在区政务中心大厅掷出 / 20 dice in the hall"}}
	for i := range 14 {
		l.Tickets = append(l.Tickets, Ticket{Number: fmt.Sprintf("T%03d", 400-i*7), Category: l.Categories[i%3].Key, Persons: 1 + i%5/4, Later: i%7 == 6})
	}
	return l
}

const eyes = "12345 61234 56123 45612"

func drawn(t *testing.T, l List) (Result, []byte) {
	t.Helper()
	r, file, err := l.Draw(eyes, []string{"见证人甲", "Witness B"}, day.Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return r, file
}

func TestTheFileOfADrawIsTheSameForEverybody(t *testing.T) {
	_, file := drawn(t, sample())
	golden(t, "sample.draw", file)
	turned := sample()
	for i, j := 0, len(turned.Tickets)-1; i < j; i, j = i+1, j-1 {
		turned.Tickets[i], turned.Tickets[j] = turned.Tickets[j], turned.Tickets[i]
	}
	if _, again := drawn(t, turned); !bytes.Equal(file, again) {
		t.Error("the order in which tickets came has an influence")
	}
	if _, found := Verify(file, ""); len(found) != 0 {
		t.Errorf("an untouched file: %v", found)
	}
}

func TestTheListBindsBeforeTheSeed(t *testing.T) {
	l := sample()
	part, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	_, file := drawn(t, l)
	if !bytes.HasPrefix(file, part) {
		t.Fatal("the whole file does not begin with what was published before")
	}
	if _, found := Verify(part, ""); len(found) != 1 || found[0].Key != FindNoResult {
		t.Errorf("a list without result: %v", found)
	}
	other := sample()
	other.Tickets[3].Number = "T999"
	_, exchanged := drawn(t, other)
	if _, found := Verify(exchanged, ""); len(found) != 0 {
		t.Fatalf("not the exchanged file is at stake but this test: %v", found)
	}
	if _, found := Verify(exchanged, Commitment(part)); len(found) != 1 || found[0].Key != FindPublished {
		t.Errorf("a list exchanged as a whole: %v", found)
	}
}

func TestEveryChangedByteIsNamed(t *testing.T) {
	_, file := drawn(t, sample())
	line, at := 1, 1
	for i, b := range file {
		if b == '\n' {
			line, at = line+1, 1
			continue
		}
		bad := bytes.Clone(file)
		if bad[i] = b ^ 1; bad[i] == '\n' || bad[i] == '\t' || b == '\t' {
			bad[i] = b ^ 4
		}
		_, found := Verify(bad, "")
		if len(found) != 1 || found[0].Line != line || found[0].Byte != at {
			t.Fatalf("byte %d of line %d (%q→%q): %v", at, line, b, bad[i], found)
		}
		at++
	}
}

func TestLinesTakenOutOrPutInAreNamed(t *testing.T) {
	_, file := drawn(t, sample())
	lines := bytes.SplitAfter(file, []byte("\n"))
	lines = lines[:len(lines)-1]
	for i := 1; i < len(lines)-1; i++ {
		_, found := Verify(bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil), "")
		if len(found) == 0 || found[0].Line != i+1 || found[0].Key != FindMissing {
			t.Errorf("line %d taken out: %v", i+1, found)
		}
		_, found = Verify(bytes.Join(append(append(append([][]byte{}, lines[:i]...), lines[i]), lines[i:]...), nil), "")
		if len(found) == 0 || found[0].Line != i+2 {
			t.Errorf("line %d put in twice: %v", i+1, found)
		}
	}
	if _, found := Verify(bytes.Join(lines[:len(lines)-1], nil), ""); len(found) != 1 || found[0].Key != FindShort {
		t.Errorf("last line taken away: %v", found)
	}
}

// forge puts other content on a line with check digits that fit.
func forge(file []byte, word string, change func(fields []string)) []byte {
	lines := strings.Split(strings.TrimSuffix(string(file), "\n"), "\n")
	done := false
	for i, line := range lines {
		f := strings.Split(line, "\t")
		if f[0] != word || done {
			continue
		}
		done = true
		change(f)
		content := strings.Join(f[:len(f)-1], "\t")
		lines[i] = content + "\t" + checkOf(i+1, []byte(content))
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

func TestForgedLinesWithFittingDigitsAreFound(t *testing.T) {
	r, file := drawn(t, sample())
	loser := r.Reserves["consumers"][0].Number
	for word, want := range map[string]string{wordChosen: FindResult, wordReserve: FindResult, wordSeed: FindResult, wordEnd: FindResult,
		wordTicket: FindCommitment, wordSeats: FindCommitment, wordCommitment: FindCommitment, wordRule: FindCommitment} {
		_, found := Verify(forge(file, word, func(f []string) {
			switch word {
			case wordChosen, wordReserve:
				f[2] = loser + "1"
			case wordTicket:
				f[1] = "A" + f[1]
			case wordSeats:
				f[1] = "7"
			case wordRule:
				f[3] += "!"
			default:
				f[1] = strings.Repeat("ab", 32)
			}
		}), "")
		if len(found) == 0 || found[0].Key != want {
			t.Errorf("%s forged: %v", word, found)
		}
	}
}

func TestQuotasHoldInEveryDraw(t *testing.T) {
	l := sample()
	for i := range 500 {
		r, _, err := l.Draw(fmt.Sprintf("%020s", strings.Repeat(string(rune('1'+i%6)), 20-i%3)+strings.Repeat(string(rune('1'+(i+1)%6)), i%3)), nil, day)
		if err != nil {
			t.Fatal(err)
		}
		in := map[string]int{}
		total := 0
		for _, c := range r.Chosen {
			in[c.Category] += c.Persons
			total += c.Persons
		}
		for _, c := range l.Categories {
			if in[c.Key] > c.Max || in[c.Key] < c.Min-1 { // a family may leave one place of a minimum to the second step
				t.Fatalf("%s has %d of %d to %d seats", c.Key, in[c.Key], c.Min, c.Max)
			}
		}
		if total > l.Seats {
			t.Fatalf("%d seats sold of %d", total, l.Seats)
		}
	}
}

func TestWhoWasDrawnLatelyComesAfterAllOthers(t *testing.T) {
	l := List{Hearing: "h", MadeAt: day, Seats: 3, Categories: []Category{{"all", 0, 3, 9}}, Rule: Rule{Kind: Public, Text: "a number"}}
	for i := range 6 {
		l.Tickets = append(l.Tickets, Ticket{Number: fmt.Sprintf("T%d", i), Category: "all", Persons: 1, Later: i < 4})
	}
	for i := range 50 {
		r, _, err := l.Draw(fmt.Sprint(i), nil, day)
		if err != nil {
			t.Fatal(err)
		}
		fresh := 0
		for _, c := range r.Chosen {
			if !c.Later {
				fresh++
			}
		}
		if fresh != 2 || len(r.Chosen) != 3 {
			t.Fatalf("seed %d: %v", i, r.Chosen)
		}
	}
}

func TestEveryTicketHasTheSameChance(t *testing.T) {
	l := List{Hearing: "h", MadeAt: day, Seats: 10, Categories: []Category{{"all", 0, 10, 0}}, Rule: Rule{Kind: Public, Text: "a number"}}
	for i := range 40 {
		l.Tickets = append(l.Tickets, Ticket{Number: fmt.Sprintf("T%02d", i), Category: "all", Persons: 1})
	}
	const rounds = 4000
	hits := map[string]int{}
	for i := range rounds {
		r := choose(l, seedOf("c", fmt.Sprint(i)))
		for _, c := range r.Chosen {
			hits[c.Number]++
		}
	}
	// Each is drawn in a quarter of the rounds; six standard deviations are beyond chance.
	mean, spread := rounds/4.0, math.Sqrt(rounds*0.25*0.75)
	for number, n := range hits {
		if math.Abs(float64(n)-mean) > 6*spread {
			t.Errorf("%s was drawn %d times of %.0f", number, n, mean)
		}
	}
	if len(hits) != 40 {
		t.Errorf("only %d tickets were ever drawn", len(hits))
	}
}

func TestUnclearListsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*List){
		"hearing without id":             func(l *List) { l.Hearing = "" },
		"line break in the id":           func(l *List) { l.Hearing = "a\nb" },
		"no seats":                       func(l *List) { l.Seats = 0 },
		"no categories":                  func(l *List) { l.Categories = nil },
		"a category twice":               func(l *List) { l.Categories[1].Key = "consumers" },
		"minimum above maximum":          func(l *List) { l.Categories[0].Min = 5 },
		"more kept than there are seats": func(l *List) { l.Categories[0].Min, l.Categories[1].Min, l.Categories[1].Max = 4, 3, 3 },
		"seats nobody may have":          func(l *List) { l.Categories[0].Max = 2 },
		"too few dice":                   func(l *List) { l.Rule.Dice = 3 },
		"no rule":                        func(l *List) { l.Rule = Rule{} },
		"tab in the rule":                func(l *List) { l.Rule.Text = "a\tb" },
		"a number twice":                 func(l *List) { l.Tickets[1].Number = l.Tickets[0].Number },
		"a number in small letters":      func(l *List) { l.Tickets[1].Number = "t1" },
		"unknown category":               func(l *List) { l.Tickets[1].Category = "press" },
		"nobody on a ticket":             func(l *List) { l.Tickets[1].Persons = 0 },
	} {
		l := sample()
		change(&l)
		if err := l.Check(); models.KindOf(err) != models.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := l.Bytes(); err == nil {
			t.Errorf("%s: was written all the same", name)
		}
	}
}

func TestSeedsAreReadAsPeopleWriteThem(t *testing.T) {
	dice := Rule{Kind: Dice, Dice: 20}
	for _, typed := range []string{eyes, "１２３４５６１２３４５６１２３４５６１２", " 1,2,3,4,5,6,1,2,3,4,5,6,1,2,3,4,5,6,1,2 "} {
		if v, err := dice.Value(typed); err != nil || v != "12345612345612345612" {
			t.Errorf("%q: %q, %v", typed, v, err)
		}
	}
	for _, typed := range []string{"", "1234", strings.Repeat("7", 20), strings.Repeat("1", 21), "1234561234561234561a"} {
		if _, err := dice.Value(typed); err == nil {
			t.Errorf("%q was taken for 20 dice", typed)
		}
	}
	if v, _ := (Rule{Kind: Public}).Value("  ０３　 07  12 \n"); v != "03 07 12" {
		t.Errorf("%q", v)
	}
}

func FuzzVerify(f *testing.F) {
	l := sample()
	part, _ := l.Bytes()
	_, file, _ := l.Draw(eyes, nil, day)
	f.Add(part)
	f.Add(file)
	f.Add([]byte("minyi-draw\t1\t00000000\nseats\t-1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, found := Verify(b, "")
		if len(found) == 0 {
			again, _ := Verify(b, "")
			if again.Seed == "" {
				t.Errorf("no fault and no seed: %q", b)
			}
		}
	})
}
