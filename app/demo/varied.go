package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
)

// Sample is one made opinion.
type Sample struct {
	Lang   string // zh or en
	Stance string // support, amend, oppose, question or empty
	Body   string
}

// phrases are the parts that a sample is put together from. Facts have the
// holes {n} minutes, {m} yuan, {s} times and {h} households; an ending may
// have {w}, a time of day.
type phrases struct {
	Who    []string            `json:"who"`
	Where  []string            `json:"where"`
	When   []string            `json:"when"`
	Fact   []string            `json:"fact"` // at a place and time
	Said   []string            `json:"said"` // whole sentences
	Link   []string            `json:"link"`
	Reason map[string][]string `json:"reason"` // by stance
	End    []string            `json:"end"`
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

// Varied returns a source of endless varied opinions, six in seven Chinese,
// the others English. The same seed gives the same sequence. The function
// belongs to one goroutine.
func Varied(seed uint64) func() Sample {
	v := variations()
	r := rand.New(rand.NewPCG(seed, 0x6d696e7969))
	return func() Sample {
		if r.IntN(7) == 0 {
			return english(r, v["en"])
		}
		return chinese(r, v["zh"])
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

// reasonFor takes a reason of the stance; without one, any kind will do.
func reasonFor(r *rand.Rand, p phrases, stance string) (kind, reason string) {
	kind = stance
	if kind == "" {
		kind = [...]string{"support", "amend", "oppose", "question"}[r.IntN(4)]
	}
	return kind, pick(r, p.Reason[kind])
}

// fill puts numbers of a believable size into the holes.
func fill(r *rand.Rand, p phrases, text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return strings.NewReplacer(
		"{n}", strconv.Itoa(3+r.IntN(42)), "{m}", strconv.Itoa(20+10*r.IntN(48)),
		"{s}", strconv.Itoa(2+r.IntN(11)), "{h}", strconv.Itoa(16+r.IntN(240)), "{w}", pick(r, p.When),
	).Replace(text)
}

func chinese(r *rand.Rand, p phrases) Sample {
	s := Sample{Lang: "zh", Stance: stance(r)}
	kind, reason := reasonFor(r, p, s.Stance)
	mark := "。"
	if kind == "question" {
		mark = "？"
	}
	var b strings.Builder
	if r.IntN(3) == 0 {
		b.WriteString(pick(r, p.Link))
	}
	fmt.Fprintf(&b, "%s，%s%s%s。", pick(r, p.Who), pick(r, p.Where), pick(r, p.When), fill(r, p, pick(r, p.Fact)))
	if r.IntN(4) == 0 {
		b.WriteString(fill(r, p, pick(r, p.Said)) + "。")
	}
	b.WriteString(reason + mark + fill(r, p, pick(r, p.End)))
	s.Body = b.String()
	return s
}

func english(r *rand.Rand, p phrases) Sample {
	s := Sample{Lang: "en", Stance: stance(r)}
	kind, reason := reasonFor(r, p, s.Stance)
	mark := "."
	if kind == "question" {
		mark = "?"
	}
	var b strings.Builder
	if r.IntN(3) == 0 {
		b.WriteString(pick(r, p.Link))
	}
	fmt.Fprintf(&b, "%s. %s %s %s.", pick(r, p.Who), upper(pick(r, p.When)), pick(r, p.Where), fill(r, p, pick(r, p.Fact)))
	if r.IntN(4) == 0 {
		b.WriteString(" " + upper(fill(r, p, pick(r, p.Said))) + ".")
	}
	b.WriteString(" " + upper(reason) + mark)
	if end := fill(r, p, pick(r, p.End)); end != "" {
		b.WriteString(" " + upper(end))
	}
	s.Body = b.String()
	return s
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
