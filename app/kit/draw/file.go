package draw

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// The words that lines of a draw file begin with. Fields are parted by tabs. Every
// line ends with a tab and eight hex digits, the beginning of
// SHA-256(number of the line + " " + the line without them): so a changed byte is
// found on its line.
const (
	wordMagic      = "minyi-draw"
	wordHearing    = "hearing"
	wordMade       = "made"
	wordSeats      = "seats"
	wordCategory   = "category"
	wordRule       = "rule"
	wordApplicants = "applicants"
	wordTicket     = "ticket"
	wordCommitment = "commitment"
	wordValue      = "value"
	wordWitness    = "witness"
	wordDrawn      = "drawn"
	wordSeed       = "seed"
	wordChosen     = "chosen"
	wordReserve    = "reserve"
	wordEnd        = "end"

	format    = "1"
	timeForm  = "2006-01-02T15:04:05Z"
	checkSize = 8
)

// writer collects the lines of a file.
type writer struct {
	buf  []byte
	line int
}

func (w *writer) add(fields ...string) {
	w.line++
	start := len(w.buf)
	for i, f := range fields {
		if i > 0 {
			w.buf = append(w.buf, '\t')
		}
		w.buf = append(w.buf, f...)
	}
	w.buf = append(w.buf, '\t')
	w.buf = append(w.buf, checkOf(w.line, w.buf[start:len(w.buf)-1])...)
	w.buf = append(w.buf, '\n')
}

// hash is over everything written so far.
func (w *writer) hash() string {
	sum := sha256.Sum256(w.buf)
	return hex.EncodeToString(sum[:])
}

// checkOf gives the check digits of a line.
func checkOf(line int, content []byte) string {
	b := make([]byte, 0, len(content)+8)
	b = append(strconv.AppendInt(b, int64(line), 10), ' ')
	sum := sha256.Sum256(append(b, content...))
	return hex.EncodeToString(sum[:checkSize/2])
}

// Bytes gives the first part of the file, to be published before the seed. Its last
// line is the commitment. The error is that of [List.Check].
func (l List) Bytes() ([]byte, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	return l.write().buf, nil
}

func (l List) write() *writer {
	w := &writer{buf: make([]byte, 0, 400+48*len(l.Tickets))}
	w.add(wordMagic, format)
	w.add(wordHearing, l.Hearing)
	w.add(wordMade, l.MadeAt.UTC().Format(timeForm))
	w.add(wordSeats, strconv.Itoa(l.Seats))
	for _, c := range l.Categories {
		w.add(wordCategory, c.Key, strconv.Itoa(c.Min), strconv.Itoa(c.Max), strconv.Itoa(c.Reserves))
	}
	w.add(wordRule, string(l.Rule.Kind), strconv.Itoa(l.Rule.Dice), l.Rule.Text)
	w.add(wordApplicants, strconv.Itoa(len(l.Tickets)))
	for _, t := range l.sorted() {
		later := "-"
		if t.Later {
			later = "later"
		}
		w.add(wordTicket, t.Number, t.Category, strconv.Itoa(t.Persons), later)
	}
	w.add(wordCommitment, w.hash())
	return w
}

// Commitment gives the hash that binds a first part, "" if part is none.
func Commitment(part []byte) string {
	lines := strings.Split(strings.TrimSuffix(string(part), "\n"), "\n")
	for _, line := range lines {
		if fields := strings.Split(line, "\t"); fields[0] == wordCommitment && len(fields) == 3 {
			return fields[1]
		}
	}
	return ""
}

// Draw fixes the seed and gives the result with the whole file. value is what was
// rolled or published, witnesses are the names that may stand in the file. Errors:
// those of [List.Check] and [Rule.Value], and Invalid for a name that is no line.
func (l List) Draw(value string, witnesses []string, at time.Time) (Result, []byte, error) {
	if err := l.Check(); err != nil {
		return Result{}, nil, err
	}
	value, err := l.Rule.Value(value)
	if err != nil {
		return Result{}, nil, err
	}
	if err := checkWitnesses(witnesses); err != nil {
		return Result{}, nil, err
	}
	w := l.write()
	commitment := Commitment(w.buf)
	r := choose(l, seedOf(commitment, value))
	r.Commitment, r.Value = commitment, value
	w.result(l, r, witnesses, at.UTC().Format(timeForm))
	return r, w.buf, nil
}

// result writes the second part.
func (w *writer) result(l List, r Result, witnesses []string, at string) {
	w.add(wordValue, r.Value)
	for _, name := range witnesses {
		w.add(wordWitness, name)
	}
	w.add(wordDrawn, at)
	w.add(wordSeed, r.Seed)
	for i, t := range r.Chosen {
		w.add(wordChosen, strconv.Itoa(i+1), t.Number, t.Category, strconv.Itoa(t.Persons))
	}
	for _, c := range l.Categories {
		for i, t := range r.Reserves[c.Key] {
			w.add(wordReserve, strconv.Itoa(i+1), t.Number, t.Category, strconv.Itoa(t.Persons))
		}
	}
	w.add(wordEnd, w.hash())
}
