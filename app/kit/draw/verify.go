package draw

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is something that does not fit in a published file.
type Fault struct {
	// What says what is wrong: mark, missing_line, extra_line, commitment, seed_hash,
	// result, unfinished, format.
	What string
	Line int // from 1; 0 for the file as a whole
	// Byte is the position in the line, from 1, where one byte can be named; else 0.
	Byte int
	// Have is what stands there, Want what should; empty where it cannot be known.
	Have, Want string
}

// String describes the fault in English, for the command line.
func (f Fault) String() string {
	at := ""
	if f.Line > 0 {
		at = fmt.Sprintf("line %d", f.Line)
	}
	if f.Byte > 0 {
		at += fmt.Sprintf(", byte %d", f.Byte)
	}
	if at != "" {
		at += ": "
	}
	text := map[string]string{
		"mark": "was changed", "missing_line": "a line is missing before it", "extra_line": "was added", "commitment": "the list is not the one that was committed",
		"seed_hash": "does not follow from commitment and seed", "result": "does not follow from list and seed", "unfinished": "the file ends too early, or there is no result yet", "format": "is not a draw of this program",
	}[f.What]
	if f.Want != "" {
		text += fmt.Sprintf("; it says %q, it should say %q", f.Have, f.Want)
	}
	return at + text
}

// Verdict is what a check found.
type Verdict struct {
	Hearing, Title   string
	Commitment, Seed string
	Applicants       int
	Seats, Reserves  int
	// Faults are in the order of the lines; none means that the file is right.
	Faults []Fault
}

// Bounds, so that a hostile file ends soon: how many faults are listed, and in how
// many lines of what length a single byte is looked for.
const (
	mostFaults      = 20
	mostSearched    = 3
	longestSearched = 3000
)

// Verify checks a published file: that no line was changed, that the list is the
// committed one, and that seats and reserves follow from list and seed. A byte that
// was changed, added or lost is named.
func Verify(file []byte) Verdict {
	var v Verdict
	text := strings.TrimPrefix(string(file), "\ufeff")
	if strings.Count(text, "\r\n") == strings.Count(text, "\n") {
		text = strings.ReplaceAll(text, "\r\n", "\n") // a mail program's doing, not a forgery
	}
	rows := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if v.Faults = marks(rows); len(v.Faults) > 0 {
		return v
	}
	if len(rows[0]) <= marked || rows[0][marked+1:] != version {
		v.fault(Fault{What: "format", Line: 1})
		return v
	}
	end := slices.IndexFunc(rows, func(r string) bool { return strings.HasPrefix(r[marked+1:], "commitment ") })
	if end < 0 {
		v.fault(Fault{What: "unfinished"})
		return v
	}
	list := strings.Join(rows[:end], "\n") + "\n"
	l, err := parseList(list)
	if err != nil {
		v.fault(Fault{What: "format", Have: err.Error()})
		return v
	}
	v.Hearing, v.Title, v.Applicants = l.Hearing, l.Title, len(l.Applicants)
	v.result(l, commitmentOf(list), rows[end:], end)
	return v
}

func (v *Verdict) fault(f Fault) {
	if len(v.Faults) < mostFaults {
		v.Faults = append(v.Faults, f)
	}
}

// result checks what follows the list; rows begin with the commitment, which is
// line first+1 of the file.
func (v *Verdict) result(l List, commitment string, rows []string, first int) {
	v.Commitment = strings.TrimPrefix(rows[0][marked+1:], "commitment ")
	if v.Commitment != commitment {
		v.fault(Fault{What: "commitment", Line: first + 1, Have: v.Commitment, Want: commitment})
		return
	}
	i, hash, hashLine := 1, "", 0
	for ; i < len(rows); i++ {
		word, rest, _ := strings.Cut(rows[i][marked+1:], " ")
		if word == "seed" {
			v.Seed = rest
		}
		if word == "seed-hash" {
			hash, hashLine = rest, first+i+1
		}
		if word == "seat" || word == "reserve" || word == "end" {
			break
		}
	}
	if v.Seed == "" || !strings.HasPrefix(rows[len(rows)-1][marked+1:], "end ") {
		v.fault(Fault{What: "unfinished"})
		return
	}
	if want := SeedHash(commitment, v.Seed); hash != want {
		v.fault(Fault{What: "seed_hash", Line: hashLine, Have: hash, Want: want})
	}
	r := Run(l, SeedHash(commitment, v.Seed))
	v.Seats, v.Reserves = len(r.Seats), len(r.Reserves)
	w := lines{n: first + i}
	w.result(r)
	w.add("end", fmt.Sprint(w.n+1))
	want := strings.Split(strings.TrimSuffix(w.b.String(), "\n"), "\n")
	for k := range max(len(want), len(rows)-i) {
		var have, should string
		if i+k < len(rows) {
			have = rows[i+k][marked+1:]
		}
		if k < len(want) {
			should = want[k][marked+1:]
		}
		if have != should {
			v.fault(Fault{What: "result", Line: first + i + k + 1, Byte: differs(have, should), Have: have, Want: should})
		}
	}
}

// differs is the position, from 1, of the first byte that two texts do not share.
func differs(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return marked + 1 + i + 1
		}
	}
	return marked + 1 + min(len(a), len(b)) + 1
}

// marks looks for lines whose mark does not fit, and names the byte if one byte
// explains it.
func marks(rows []string) []Fault {
	var faults []Fault
	for i, row := range rows {
		n := i + 1
		if fits(n, row) {
			continue
		}
		switch {
		case fits(n+1, row):
			return append(faults, Fault{What: "missing_line", Line: n})
		case i+1 < len(rows) && fits(n, rows[i+1]):
			return append(faults, Fault{What: "extra_line", Line: n, Have: row})
		}
		if len(faults) < mostSearched && len(row) <= longestSearched {
			faults = append(faults, changedByte(n, row))
		} else {
			faults = append(faults, Fault{What: "mark", Line: n, Have: row})
		}
		if len(faults) == mostFaults {
			break
		}
	}
	return faults
}

func fits(n int, row string) bool {
	return len(row) > marked && row[marked] == ' ' && row[:marked] == markOf(n, row[marked+1:])
}

// changedByte looks for the one byte whose change, loss or addition explains why a
// line does not fit its mark.
func changedByte(n int, row string) Fault {
	f := Fault{What: "mark", Line: n, Have: row}
	if len(row) > marked && row[marked] == ' ' { // the mark itself?
		want := markOf(n, row[marked+1:])
		if at, one := oneByte(row[:marked], want); one {
			f.Byte, f.Want = at, want+row[marked:]
			return f
		}
	}
	b := []byte(row)
	for i := range b { // changed
		was := b[i]
		for c := range 256 {
			b[i] = byte(c)
			if byte(c) != was && c != '\n' && fits(n, string(b)) {
				f.Byte, f.Want = i+1, string(b)
				return f
			}
		}
		b[i] = was
	}
	for i := range row { // added
		if without := row[:i] + row[i+1:]; fits(n, without) {
			f.Byte, f.Want = i+1, without
			return f
		}
	}
	for i := range len(row) + 1 { // lost
		for c := range 256 {
			if with := row[:i] + string([]byte{byte(c)}) + row[i:]; c != '\n' && fits(n, with) {
				f.Byte, f.Want = i+1, with
				return f
			}
		}
	}
	return f
}

// oneByte tells whether two texts of one length differ in exactly one byte, and where.
func oneByte(a, b string) (at int, one bool) {
	if len(a) != len(b) {
		return 0, false
	}
	n := 0
	for i := range len(a) {
		if a[i] != b[i] {
			n, at = n+1, i+1
		}
	}
	return at, n == 1
}
