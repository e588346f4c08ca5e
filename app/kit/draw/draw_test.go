package draw_test

import (
	"fmt"
	"strings"
	"testing"

	"minyi/app/kit/draw"
)

func sample(n int) draw.List {
	l := draw.List{Hearing: "h2027-003", Title: "停车收费听证会", Total: 10, Categories: []draw.Category{
		{Key: "consumers", Name: "消费者", Minimum: 4, Seats: 8}, {Key: "operators", Name: "停车经营单位", Minimum: 1, Seats: 2}, {Key: "experts", Name: "专家", Minimum: 1, Seats: 3}}}
	for i := range n {
		a := draw.Applicant{Number: int64(i + 1), Category: l.Categories[i%3].Key, Seats: 1}
		if i%11 == 5 {
			a.Seats = 2
		}
		if i%7 == 3 {
			a.Before = 1
		}
		l.Applicants = append(l.Applicants, a)
	}
	return l
}

func published(t testing.TB, l draw.List, seed string) string {
	t.Helper()
	text, _ := draw.Commit(l)
	_, rest, err := draw.Finish(text, draw.Facts{Method: "dice", RuleZH: "六位见证人依次掷骰子", RuleEN: "Six witnesses throw a die in turn", Announced: "2027-03-01T02:00:00Z", Seed: seed, Witnesses: []string{"王安", "李宁"}, Drawn: "2027-03-02T02:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	return text + rest
}

func TestRunKeepsQuotas(t *testing.T) {
	for seed := range 200 {
		l := sample(90)
		r := draw.Run(l, fmt.Sprint(seed))
		given, before := map[string]int{}, map[int64]int{}
		for _, a := range l.Applicants {
			before[a.Number] = a.Before
		}
		total := 0
		for _, p := range r.Seats {
			given[p.Category] += p.Seats
			total += p.Seats
			if before[p.Number] > 0 {
				t.Fatalf("seed %d: number %d was drawn lately and still came before others", seed, p.Number)
			}
		}
		for _, c := range l.Categories {
			if given[c.Key] < c.Minimum || given[c.Key] > c.Seats {
				t.Fatalf("seed %d: %s got %d of %d to %d seats", seed, c.Key, given[c.Key], c.Minimum, c.Seats)
			}
		}
		if total != 10 || len(r.Seats)+len(r.Reserves) != len(l.Applicants) {
			t.Fatalf("seed %d: %d seats, %d applicants placed", seed, total, len(r.Seats)+len(r.Reserves))
		}
	}
}

func TestRunGivesEverybodyTheSameChance(t *testing.T) {
	l := draw.List{Categories: []draw.Category{{Key: "a", Seats: 5}}}
	for i := range 20 {
		l.Applicants = append(l.Applicants, draw.Applicant{Number: int64(i + 1), Category: "a", Seats: 1})
	}
	won := map[int64]int{}
	const rounds = 4000
	for s := range rounds {
		for _, p := range draw.Run(l, draw.SeedHash("c", fmt.Sprint(s))).Seats {
			won[p.Number]++
		}
	}
	for n, k := range won { // 1,000 expected, deviation 27
		if k < 880 || k > 1120 {
			t.Errorf("number %d won %d of %d draws", n, k, rounds)
		}
	}
}

func TestTheOrderOfTheListDoesNotMatter(t *testing.T) {
	l := sample(60)
	a := fmt.Sprint(draw.Run(l, "x"))
	for i, j := 0, len(l.Applicants)-1; i < j; i, j = i+1, j-1 {
		l.Applicants[i], l.Applicants[j] = l.Applicants[j], l.Applicants[i]
	}
	if b := fmt.Sprint(draw.Run(l, "x")); a != b {
		t.Error("another order of the list gave another result")
	}
}

func TestAnHonestFileIsRight(t *testing.T) {
	file := published(t, sample(40), " 3 5 1 6 2 4 ")
	v := draw.Verify([]byte(file))
	if len(v.Faults) > 0 || v.Applicants != 40 || v.Seed != "3 5 1 6 2 4" || v.Hearing != "h2027-003" {
		t.Fatalf("%+v", v)
	}
	if v := draw.Verify([]byte(strings.ReplaceAll(file, "\n", "\r\n"))); len(v.Faults) > 0 {
		t.Errorf("line ends of another system are called a fault: %v", v.Faults)
	}
}

// The rule: whatever single byte is changed, the check names its line and the byte.
func TestEveryChangedByteIsNamed(t *testing.T) {
	file := published(t, sample(12), "351624")
	for i := range len(file) {
		for _, with := range []byte{'0', 'x', file[i] ^ 1} {
			if with == file[i] || file[i] == '\n' || with == '\n' || with == '\r' {
				continue
			}
			forged := file[:i] + string([]byte{with}) + file[i+1:]
			line := strings.Count(file[:i], "\n") + 1
			column := i - strings.LastIndexByte(file[:i], '\n')
			v := draw.Verify([]byte(forged))
			if len(v.Faults) != 1 || v.Faults[0].Line != line || v.Faults[0].Byte != column {
				t.Fatalf("byte %d (line %d, byte %d) changed to %q: %+v", i, line, column, with, v.Faults)
			}
		}
	}
}

func TestLostAndAddedBytesAndLinesAreNamed(t *testing.T) {
	file := published(t, sample(12), "351624")
	rows := strings.SplitAfter(file, "\n")
	for i := range len(rows) - 2 {
		if v := draw.Verify([]byte(strings.Join(rows[:i], "") + strings.Join(rows[i+1:], ""))); len(v.Faults) == 0 || v.Faults[0].Line != i+1 || v.Faults[0].What != "missing_line" {
			t.Fatalf("line %d lost: %+v", i+1, v.Faults)
		}
		if v := draw.Verify([]byte(strings.Join(rows[:i], "") + "0123456789 a 99 consumers 1 0\n" + strings.Join(rows[i:], ""))); len(v.Faults) == 0 || v.Faults[0].Line != i+1 || v.Faults[0].What != "extra_line" {
			t.Fatalf("a line added before line %d: %+v", i+1, v.Faults)
		}
		lost := strings.Join(rows[:i], "") + rows[i][:3] + rows[i][4:] + strings.Join(rows[i+1:], "")
		if v := draw.Verify([]byte(lost)); len(v.Faults) != 1 || v.Faults[0].Line != i+1 {
			t.Fatalf("a byte of line %d lost: %+v", i+1, v.Faults)
		}
	}
	if v := draw.Verify([]byte(strings.Join(rows[:len(rows)-3], ""))); len(v.Faults) == 0 {
		t.Error("a file that ends early passes")
	}
}

// Who changes a line and its mark is caught by the commitment, who changes the seed
// and all marks by the result.
func TestForgeriesThatKeepTheMarks(t *testing.T) {
	honest := sample(30)
	a := published(t, honest, "351624")
	more := honest
	more.Applicants = append([]draw.Applicant{}, honest.Applicants...)
	more.Applicants[4].Category = "consumers"
	forgedList, _ := draw.Commit(more)
	list, _ := draw.Commit(honest)
	if v := draw.Verify([]byte(forgedList + strings.TrimPrefix(a, list))); len(v.Faults) == 0 || v.Faults[0].What != "commitment" {
		t.Errorf("an exchanged list: %+v", v.Faults)
	}
	b := published(t, honest, "351625")
	at := strings.Index(a, " seat ") - 10
	bt := strings.Index(b, " seat ") - 10
	if v := draw.Verify([]byte(a[:at] + b[bt:])); len(v.Faults) == 0 || v.Faults[0].What != "result" {
		t.Errorf("the result of another seed: %+v", v.Faults)
	}
}

func TestFinishRefuses(t *testing.T) {
	list, _ := draw.Commit(sample(3))
	if _, _, err := draw.Finish(list, draw.Facts{Seed: " 　 "}); err == nil {
		t.Error("an empty seed is taken")
	}
	if _, _, err := draw.Finish("nonsense", draw.Facts{Seed: "1"}); err == nil {
		t.Error("nonsense is taken for a list")
	}
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte(published(f, sample(5), "1")))
	f.Add([]byte(""))
	f.Add([]byte("0123456789 minyi-draw 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v := draw.Verify(b)
		if len(v.Faults) == 0 && v.Seed == "" {
			t.Fatalf("%q passes without a seed", b)
		}
	})
}
