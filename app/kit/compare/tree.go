package compare

import (
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"minyi/app/kit/outline"
)

// node is a clause with what comparing needs to know of it.
type node struct {
	clause   outline.Clause
	parent   int // -1 for a root
	children []int
	masked   string      // title and text, for a unit with all inside; references masked
	refs     []reference // in the order of masked
	words    int
	features []feature // sorted by id
	weight   float64
	sum      uint64 // hash of masked
	lead     *node  // what stands before the children inside a unit: the first 款 of an article
}

// tree is one version.
type tree struct {
	nodes     []node
	structure []int // parts, chapters, sections, headings
	units     []int
	numbers   map[reference]int
	words     *vocabulary
}

var seed = maphash.MakeSeed()

func itoa(n int) string { return strconv.Itoa(n) }

// structural kinds only group other clauses.
func structural(k outline.Kind) bool {
	return k == outline.Part || k == outline.Chapter || k == outline.Section || k == outline.Heading
}

// newTree links the clauses. A parent that is unknown or comes later is no
// parent, so any list of clauses is a forest.
func newTree(o outline.Outline, v *vocabulary) *tree {
	t := &tree{nodes: make([]node, len(o.Clauses)), numbers: map[reference]int{}, words: v}
	byKey := make(map[string]int, len(o.Clauses))
	inUnit := make([]bool, len(o.Clauses))
	for i, c := range o.Clauses {
		n := node{clause: c, parent: -1}
		if p, ok := byKey[c.Parent]; ok && c.Parent != "" {
			n.parent = p
			t.nodes[p].children = append(t.nodes[p].children, i)
			inUnit[i] = inUnit[p]
		}
		if !inUnit[i] {
			if structural(c.Kind) {
				t.structure = append(t.structure, i)
			} else {
				inUnit[i] = true
				t.units = append(t.units, i)
			}
		}
		if r, ok := numberOf(c); ok {
			if _, taken := t.numbers[r]; !taken {
				t.numbers[r] = i
			}
		}
		t.nodes[i] = n
		if _, taken := byKey[c.Key]; !taken {
			byKey[c.Key] = i
		}
	}
	t.read(inUnit)
	return t
}

// read fills the texts from the last clause up, so that children come before
// the unit that contains them.
func (t *tree) read(inUnit []bool) {
	own := make([]string, len(t.nodes))
	refs := make([][]reference, len(t.nodes))
	words := make([][]int32, len(t.nodes))
	for i := range t.nodes {
		c := t.nodes[i].clause
		own[i], refs[i] = mask(plainLines(c.Title, c.Text))
		words[i] = append(t.words.tokens(own[i], nil), breakWord)
	}
	for i := len(t.nodes) - 1; i >= 0; i-- {
		n := &t.nodes[i]
		if inUnit[i] && len(n.children) > 0 {
			n.lead = &node{clause: n.clause, parent: i}
			t.fill(n.lead, own[i], refs[i], words[i])
			refs[i] = slices.Clone(refs[i])
			words[i] = slices.Clone(words[i])
			var b strings.Builder
			b.WriteString(own[i])
			for _, k := range n.children {
				b.WriteByte('\n')
				b.WriteString(own[k])
				refs[i] = append(refs[i], refs[k]...)
				words[i] = append(words[i], words[k]...)
			}
			own[i] = b.String()
		}
		t.fill(n, own[i], refs[i], words[i])
	}
}

func (t *tree) fill(n *node, masked string, refs []reference, words []int32) {
	n.masked, n.refs, n.features = masked, refs, t.words.pairs(words)
	n.sum = maphash.String(seed, masked)
	for _, w := range words {
		if w != breakWord {
			n.words++
		}
	}
}

// leading is the clause's own text without its children.
func (t *tree) leading(i int) *node {
	if n := &t.nodes[i]; n.lead == nil {
		return n
	}
	return t.nodes[i].lead
}

// plainLines keeps line breaks, for a paragraph is one, and drops empty lines.
func plainLines(texts ...string) string {
	var lines []string
	for _, text := range texts {
		for line := range strings.Lines(text) {
			if p := plain(line); p != "" {
				lines = append(lines, p)
			}
		}
	}
	return strings.Join(lines, "\n")
}

func (t *tree) weigh(rarity []float64) {
	for i := range t.nodes {
		n := &t.nodes[i]
		n.weight = weigh(n.features, rarity)
		if n.lead != nil {
			n.lead.weight = weigh(n.lead.features, rarity)
		}
	}
}

func weigh(fs []feature, rarity []float64) (w float64) {
	for _, f := range fs {
		w += float64(f.count) * rarity[f.id]
	}
	return w
}

// counted turns feature numbers into counts sorted by number.
func counted(ids []int32) []feature {
	slices.Sort(ids)
	fs := make([]feature, 0, len(ids))
	for _, id := range ids {
		if n := len(fs); n > 0 && fs[n-1].id == id {
			fs[n-1].count++
		} else {
			fs = append(fs, feature{id, 1})
		}
	}
	return fs
}

// shared weighs what two texts have in common; rarity nil counts each pair as 1.
func shared(a, b []feature, rarity []float64) (w float64) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].id < b[j].id:
			i++
		case a[i].id > b[j].id:
			j++
		default:
			n := float64(min(a[i].count, b[j].count))
			if rarity != nil {
				n *= rarity[a[i].id]
			}
			w += n
			i++
			j++
		}
	}
	return w
}

// length counts the pairs of a text.
func length(fs []feature) (n float64) {
	for _, f := range fs {
		n += float64(f.count)
	}
	return n
}
