package outline

import (
	"fmt"
	"strconv"
	"strings"
)

// settle fills Parent and Key of every clause from order, depth, kind and number
// alone, so that reading and editing name clauses in the same way. It repairs
// depths that leave a step out.
//
// Keys: part b1, chapter c2 (b1c2 inside a part), section c2s1, article a12 (第十二条
// 之一 a12-1), its second 款 a12p2, items of the first 款 a12p1i3, of the second a12p2i3,
// sub-items …s1; numbered headings and paragraphs n1, n5-1-2 with items n1i1; other
// headings h1, other texts t1. A number that comes again gets r2, r3 …
func settle(list []Clause) []Clause {
	k := keys{used: make(map[string]bool, len(list)), count: map[string]int{}}
	var chain []int // indexes of the enclosing clauses
	for i := range list {
		c := &list[i]
		c.Depth = min(max(c.Depth, 1), len(chain)+1)
		chain = chain[:c.Depth-1]
		var parent *Clause
		c.Parent = ""
		if len(chain) > 0 {
			parent = &list[chain[len(chain)-1]]
			c.Parent = parent.Key
		}
		c.Key = k.unique(k.name(c, parent))
		chain = append(chain, i)
	}
	return list
}

type keys struct {
	used  map[string]bool
	count map[string]int
}

// ordinal counts clauses of one sort below one parent.
func (k *keys) ordinal(of string) int {
	k.count[of]++
	return k.count[of]
}

func (k *keys) unique(key string) string {
	if !k.used[key] {
		k.used[key] = true
		return key
	}
	for {
		k.count["r "+key]++
		again := fmt.Sprintf("%sr%d", key, k.count["r "+key]+1)
		if !k.used[again] {
			k.used[again] = true
			return again
		}
	}
}

func (k *keys) name(c, parent *Clause) string {
	m, numbered := readNumber(c.Number)
	within := func(kind Kind) string {
		if parent != nil && parent.Kind == kind {
			return parent.Key
		}
		return ""
	}
	n := func(sort string) string {
		at := ""
		if parent != nil {
			at = parent.Key
		}
		place := k.ordinal(sort + at)
		if !numbered || m.n == 0 || m.style == lowerParen || m.style == upperParen || m.style == lowerDot || m.style == upperDot {
			return strconv.Itoa(place)
		}
		return strconv.Itoa(m.n)
	}
	switch c.Kind {
	case Part:
		return within(Part) + "b" + n("b")
	case Chapter:
		return within(Part) + "c" + n("c")
	case Section:
		return within(Chapter) + "s" + n("s")
	case Article:
		if !numbered {
			return "ax" + strconv.Itoa(k.ordinal("ax"))
		}
		key := "a" + n("a")
		for _, s := range m.sub {
			key += "-" + strconv.Itoa(s)
		}
		return key
	case Heading, Paragraph:
		if numbered && m.style != styleAnnex && m.style != styleArticle {
			if len(m.sub) > 0 && strings.HasPrefix(string(m.style), string(decimals)) {
				if first := m.number[0]; first >= 'A' && first <= 'Z' {
					return "n" + strings.ToLower(string(first)) + "-" + joinCounts(m.sub[1:])
				}
				return "n" + joinCounts(m.sub)
			}
			if parent == nil || parent.Kind == Heading && !strings.HasPrefix(parent.Key, "n") {
				return "n" + n("n")
			}
			if strings.HasPrefix(parent.Key, "n") {
				return parent.Key + "i" + n("i")
			}
			return parent.Key + "n" + n("n")
		}
		if c.Kind == Heading {
			return "h" + strconv.Itoa(k.ordinal("h"))
		}
		if parent == nil {
			return "p" + strconv.Itoa(k.ordinal("p"))
		}
		place := k.ordinal("p" + parent.Key)
		if parent.Text != "" {
			place++ // the clause's own text is its first paragraph
		}
		return parent.Key + "p" + strconv.Itoa(place)
	case Item, Subitem:
		sort := "i"
		if c.Kind == Subitem {
			sort = "s"
		}
		switch {
		case parent == nil:
			return "n" + n("n")
		case parent.Kind == Article && c.Kind == Item:
			return parent.Key + "p1i" + n("i")
		case parent.Kind == Article:
			return parent.Key + "p1s" + n("s")
		}
		return parent.Key + sort + n(sort)
	}
	return "t" + strconv.Itoa(k.ordinal("t"))
}

func joinCounts(list []int) string {
	var out []string
	for _, v := range list {
		out = append(out, strconv.Itoa(v))
	}
	return strings.Join(out, "-")
}
