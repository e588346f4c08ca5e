package demo

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Sample is one made opinion.
type Sample struct {
	Topic  string // key of the consultation whose subject it speaks of
	Lang   string // zh or en
	Stance string // support, amend, oppose, question or empty
	Body   string
}

// phrases are the parts that a sample is put together from. The holes are {n}
// minutes, {m} yuan, {s} times and {h} households; a topic's facts have {p}
// for a place and {t} for a time of the topic as well.
type phrases struct {
	Who    []string         `json:"who"`
	Link   []string         `json:"link"`
	Said   []string         `json:"said"`
	End    []string         `json:"end"`
	Topics map[string]topic `json:"topics"`
}

type topic struct {
	Place  []string            `json:"place"`
	Time   []string            `json:"time"`
	Fact   []string            `json:"fact"`
	Reason map[string][]string `json:"reason"` // by stance
}

// variations reads the phrases once. They are part of the program, so broken
// ones are a mistake of ours and stop it.
var variations = sync.OnceValue(func() map[string]phrases {
	var v map[string]phrases
	if err := readJSON("variations.json", &v); err != nil {
		panic(err)
	}
	return v
})

// Topics lists the subjects that Varied can speak of, in a fixed order.
func Topics() []string { return slices.Sorted(maps.Keys(variations()["zh"].Topics)) }

// Varied returns a source of endless varied opinions about the topics, or
// about all of them when none that it knows is named; six in seven are
// Chinese, the others English. The same seed and topics give the same
// sequence. The function belongs to one goroutine.
func Varied(seed uint64, topics ...string) func() Sample {
	v, known := variations(), Topics()
	topics = slices.DeleteFunc(slices.Clone(topics), func(t string) bool { return !slices.Contains(known, t) })
	if len(topics) == 0 {
		topics = known
	}
	w := &writer{r: rand.New(rand.NewPCG(seed, 0x6d696e7969))}
	return func() Sample {
		s := Sample{Topic: pick(w.r, topics), Stance: stance(w.r), Lang: "zh"}
		if w.r.IntN(7) == 0 {
			s.Lang = "en"
		}
		s.Body = w.write(s, v[s.Lang])
		return s
	}
}

// stance is drawn with the shares seen in letters to local drafts: most people
// who write agree or want something changed.
func stance(r *rand.Rand) string {
	switch n := r.IntN(20); {
	case n < 6:
		return "support"
	case n < 12:
		return "amend"
	case n < 16:
		return "oppose"
	case n < 18:
		return "question"
	}
	return ""
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// writer puts one opinion after another into the same buffer.
type writer struct {
	r *rand.Rand
	b []byte
}

// write says who speaks, what happens to them, and what they want. Without a
// stance any kind of reason will do.
func (w *writer) write(s Sample, p phrases) string {
	w.b = w.b[:0]
	about, stop, ask := p.Topics[s.Topic], "。", "？"
	if s.Lang == "en" {
		stop, ask = ". ", "? "
	}
	if w.r.IntN(3) == 0 {
		w.b = append(w.b, pick(w.r, p.Link)...)
	}
	w.sentence(pick(w.r, p.Who), stop, about)
	w.sentence(pick(w.r, about.Fact), stop, about)
	if w.r.IntN(4) == 0 {
		w.sentence(pick(w.r, p.Said), stop, about)
	}
	kind := s.Stance
	if kind == "" {
		kind = [...]string{"support", "amend", "oppose", "question"}[w.r.IntN(4)]
	}
	if kind == "question" {
		stop = ask
	}
	w.sentence(pick(w.r, about.Reason[kind]), stop, about)
	w.b = append(w.b, pick(w.r, p.End)...)
	return strings.TrimRight(string(w.b), " ")
}

// sentence fills the holes of a text and begins it with a capital where the
// script has them.
func (w *writer) sentence(text, stop string, about topic) {
	start := len(w.b)
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 || open+3 > len(text) {
			break
		}
		w.b = append(w.b, text[:open]...)
		w.fill(text[open+1], about)
		text = text[open+3:]
	}
	w.b = append(w.b, text...)
	if c := w.b[start]; c >= 'a' && c <= 'z' {
		w.b[start] = c - 'a' + 'A'
	}
	w.b = append(w.b, stop...)
}

// fill writes a place, a time or a number of a believable size.
func (w *writer) fill(hole byte, about topic) {
	number := 0
	switch hole {
	case 'p':
		w.b = append(w.b, pick(w.r, about.Place)...)
		return
	case 't':
		w.b = append(w.b, pick(w.r, about.Time)...)
		return
	case 'n':
		number = 3 + w.r.IntN(42)
	case 'm':
		number = 20 + 10*w.r.IntN(48)
	case 's':
		number = 2 + w.r.IntN(11)
	case 'h':
		number = 16 + w.r.IntN(240)
	}
	w.b = strconv.AppendInt(w.b, int64(number), 10)
}
