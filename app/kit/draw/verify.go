package draw

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"minyi/models"
)

// Finding is one thing that is wrong with a draw file.
type Finding struct {
	// Line and Byte say where, both from 1; Byte is 0 where the whole line is meant,
	// and Line is 0 where the whole file is.
	Line, Byte int
	// Key names the sentence, Args are its placeholders as name, value pairs.
	Key  string
	Args []any
}

// Text keys of findings.
const (
	FindByte       = "draw.find_byte"       // {line}, {byte}, {have}, {want}: one byte was changed
	FindLine       = "draw.find_line"       // {line}: something on the line was changed
	FindAdded      = "draw.find_added"      // {line}, {count}: lines were put in
	FindMissing    = "draw.find_missing"    // {line}, {count}: lines were taken out before this one
	FindForm       = "draw.find_form"       // {line}: this is no line of a draw file
	FindCommitment = "draw.find_commitment" // {have}, {want}: the list is not the one that was committed
	FindPublished  = "draw.find_published"  // {have}, {want}: another list was published before
	FindResult     = "draw.find_result"     // {line}, {byte}, {have}, {want}: drawing again gives another line
	FindShort      = "draw.find_short"      // {line}: the result ends too early
	FindNoResult   = "draw.find_no_result"  // the file holds the list only
	FindList       = "draw.find_list"       // {why}: the list breaks a rule
)

// mostFindings bounds what is told of one file: the first ones matter.
const mostFindings = 20

// Verify draws again and compares every byte. published is the commitment as it
// was made known before the draw, "" if it is not at hand: without it a file whose
// list was exchanged as a whole, and drawn anew, looks right. No findings means that
// all is well; a file with the list only gives [FindNoResult] and nothing else.
func Verify(file []byte, published string) (Result, []Finding) {
	p := parse(file)
	p.published(strings.ToLower(strings.TrimSpace(published)))
	if p.torn || p.list.Hearing == "" || p.at == 0 || p.rules() {
		return Result{Commitment: p.commitment}, p.findings()
	}
	if p.at == len(p.lines) {
		if len(p.found) == 0 {
			p.find(0, 0, FindNoResult)
		}
		return Result{Commitment: p.commitment}, p.findings()
	}
	return p.again(), p.findings()
}

// rules holds the list against [List.Check]; true if drawing again is no use.
func (p *parsed) rules() bool {
	err := p.list.Check()
	if err == nil {
		return false
	}
	if len(p.found) == 0 { // a changed byte explains it better
		why, _ := err.(*models.Error)
		p.find(0, 0, FindList, "why", why.Key)
	}
	return true
}

// published compares with what was made known before the draw.
func (p *parsed) published(want string) {
	if want != "" && p.commitment != "" && want != p.commitment {
		p.find(p.at, 0, FindPublished, "have", p.commitment, "want", want)
	}
}

// again draws and compares line by line.
func (p *parsed) again() Result {
	value, err := p.list.Rule.Value(p.value)
	if err != nil {
		if len(p.found) == 0 {
			p.find(p.at+1, 0, FindForm)
		}
		return Result{Commitment: p.commitment}
	}
	r := choose(p.list, seedOf(p.commitment, value))
	r.Commitment, r.Value = p.commitment, value
	// The expected lines follow the first part as it stands.
	w := &writer{buf: append([]byte(nil), p.file[:p.end]...), line: p.at}
	w.result(p.list, r, p.witnesses, p.drawn)
	want := bytes.Split(bytes.TrimSuffix(w.buf[p.end:], []byte("\n")), []byte("\n"))
	have := p.lines[p.at:]
	for i := range want {
		if i >= len(have) {
			p.find(p.at+i+1, 0, FindShort)
			return r
		}
		if !bytes.Equal(want[i], have[i]) {
			at := differ(want[i], have[i])
			p.find(p.at+i+1, at+1, FindResult, "have", shown(have[i]), "want", shown(want[i]))
		}
	}
	if len(have) > len(want) {
		p.find(p.at+len(want)+1, 0, FindForm)
	}
	return r
}

// differ is the first place where two lines differ.
func differ(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// shown is a line without its check digits, for people.
func shown(line []byte) string {
	if i := bytes.LastIndexByte(line, '\t'); i > 0 {
		line = line[:i]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(line), "?"), "\t", " ")
}

// parsed is a file taken apart, with what was found on the way. Where one byte was
// changed and it is known what it was, the rest is judged as if it were put back.
type parsed struct {
	file       []byte
	lines      [][]byte
	list       List
	commitment string
	at, end    int // lines and bytes of the first part
	value      string
	witnesses  []string
	drawn      string
	found      []Finding
	torn       bool         // lines are missing, added or beyond repair
	named      map[int]bool // lines that were named already
}

func (p *parsed) find(line, at int, key string, args ...any) {
	if line > 0 {
		args = append([]any{"line", line}, args...)
		p.named[line] = true
	}
	if at > 0 {
		args = append(args, "byte", at)
	}
	p.found = append(p.found, Finding{Line: line, Byte: at, Key: key, Args: args})
}

func (p *parsed) findings() []Finding {
	if len(p.found) > mostFindings {
		return p.found[:mostFindings]
	}
	return p.found
}

func parse(file []byte) *parsed {
	p := &parsed{file: file, named: map[int]bool{}}
	if len(file) > 0 {
		p.lines = bytes.Split(bytes.TrimSuffix(file, []byte("\n")), []byte("\n"))
	}
	p.checks()
	p.file = append(bytes.Join(p.lines, []byte("\n")), '\n')
	offset := 0
	for i, line := range p.lines {
		offset += len(line) + 1
		p.take(i+1, offset, strings.Split(string(line), "\t"))
	}
	if p.list.Hearing == "" && len(p.found) == 0 {
		p.find(1, 0, FindForm)
	}
	if !bytes.HasSuffix(file, []byte("\n")) {
		p.find(max(len(p.lines), 1), 0, FindShort)
	}
	return p
}

// Read takes the first part of a file apart again, as [List.Bytes] wrote it. The
// error is Invalid (draw.find_form) for anything else.
func Read(part []byte) (List, error) {
	p := parse(part)
	if len(p.found) > 0 || p.commitment == "" || p.at != len(p.lines) {
		return List{}, models.Fail(models.Invalid, "draw.find_form")
	}
	return p.list, nil
}

// take reads one line; what is no line of a draw file is found unless its check
// digits told so already.
func (p *parsed) take(n, end int, f []string) {
	f = f[:max(len(f)-1, 0)] // the check digits
	field := func(i int) string {
		if i < len(f) {
			return f[i]
		}
		return ""
	}
	number := func(i int) int {
		v, err := strconv.Atoi(field(i))
		if err != nil {
			return -1
		}
		return v
	}
	want := map[string]int{wordMagic: 2, wordHearing: 2, wordMade: 2, wordSeats: 2, wordCategory: 5, wordRule: 4, wordApplicants: 2, wordTicket: 5,
		wordCommitment: 2, wordValue: 2, wordWitness: 2, wordDrawn: 2, wordSeed: 2, wordChosen: 5, wordReserve: 5, wordEnd: 2}[field(0)]
	if want == 0 || want != len(f) {
		if !p.named[n] {
			p.find(n, 0, FindForm)
		}
		return
	}
	switch f[0] {
	case wordMagic:
		if (f[1] != format || n != 1) && !p.named[n] {
			p.find(n, 0, FindForm)
		}
	case wordHearing:
		p.list.Hearing = f[1]
	case wordMade:
		p.list.MadeAt, _ = time.Parse(timeForm, f[1])
	case wordSeats:
		p.list.Seats = number(1)
	case wordCategory:
		p.list.Categories = append(p.list.Categories, Category{Key: f[1], Min: number(2), Max: number(3), Reserves: number(4)})
	case wordRule:
		p.list.Rule = Rule{Kind: RuleKind(f[1]), Dice: number(2), Text: f[3]}
	case wordTicket:
		p.list.Tickets = append(p.list.Tickets, Ticket{Number: f[1], Category: f[2], Persons: number(3), Later: f[4] == "later"})
	case wordCommitment:
		p.committed(n, end, f[1])
	case wordValue:
		p.value = f[1]
	case wordWitness:
		p.witnesses = append(p.witnesses, f[1])
	case wordDrawn:
		p.drawn = f[1]
	}
}

// committed holds the first part against its hash and against what the list itself
// would write.
func (p *parsed) committed(n, end int, have string) {
	if p.at > 0 {
		p.find(n, 0, FindForm)
		return
	}
	p.commitment, p.at, p.end = have, n, end
	if w := p.list.write(); !p.torn && !bytes.Equal(w.buf, p.file[:end]) {
		if want := Commitment(w.buf); want != have {
			p.find(n, 0, FindCommitment, "have", have, "want", want)
			return
		}
		p.find(n, 0, FindForm)
	}
}

// checks holds every line against its check digits, which know their line's number:
// so lines that were put in or taken out are told from lines that were changed.
func (p *parsed) checks() {
	shift := 0
	for i, line := range p.lines {
		n := i + 1
		cut := bytes.LastIndexByte(line, '\t')
		content, check := line[:max(cut, 0)], string(line[cut+1:])
		if cut > 0 && checkOf(n+shift, content) == check {
			continue
		}
		if cut > 0 {
			if by, ok := moved(n+shift, content, check); ok {
				if by > 0 {
					p.find(n, 0, FindMissing, "count", by)
				} else {
					p.find(n, 0, FindAdded, "count", -by)
				}
				shift += by
				p.torn = true
				continue
			}
		}
		if at, was, ok := changed(n+shift, line); ok {
			p.find(n, at+1, FindByte, "have", quoted(line[at]), "want", quoted(was))
			p.lines[i] = bytes.Clone(line)
			p.lines[i][at] = was
		} else {
			p.find(n, 0, FindLine)
			p.torn = true
		}
		if len(p.found) > mostFindings {
			return
		}
	}
}

// moved says by how many lines a line stands too early (taken out before it) or, if
// negative, too late.
func moved(n int, content []byte, check string) (by int, ok bool) {
	for d := 1; d <= 200; d++ {
		if checkOf(n+d, content) == check {
			return d, true
		}
		if n-d > 0 && checkOf(n-d, content) == check {
			return -d, true
		}
	}
	return 0, false
}

// changed finds the one byte that, put back, makes the check digits fit. With eight
// hex digits a wrong guess is as good as impossible.
func changed(n int, line []byte) (at int, was byte, ok bool) {
	if len(line) > 4*longestText || len(line) < checkSize+2 {
		return 0, 0, false
	}
	try := bytes.Clone(line)
	cut := len(line) - checkSize - 1
	want := line[cut+1:]
	if line[cut] == '\t' {
		// A check digit itself: all others are right.
		right := checkOf(n, line[:cut])
		if wrong := differ([]byte(right), want); bytes.Equal(want[wrong+1:], []byte(right)[wrong+1:]) {
			return cut + 1 + wrong, right[wrong], true
		}
	} else {
		try[cut] = '\t' // the tab before them
		if checkOf(n, try[:cut]) == string(want) {
			return cut, '\t', true
		}
		return 0, 0, false
	}
	for i := range cut {
		for b := range 256 {
			if byte(b) == line[i] {
				continue
			}
			try[i] = byte(b)
			if checkOf(n, try[:cut]) == string(want) {
				return i, byte(b), true
			}
		}
		try[i] = line[i]
	}
	return 0, 0, false
}

func quoted(b byte) string { return strconv.QuoteToASCII(string(rune(b))) }
