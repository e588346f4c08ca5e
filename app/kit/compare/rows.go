package compare

import (
	"cmp"
	"math"
	"slices"
)

// similarity is the share of pairs of words that two texts have in common.
func similarity(o, n *node) float64 {
	if o.masked == n.masked {
		return 1
	}
	total := length(o.features) + length(n.features)
	if total == 0 {
		return 0
	}
	return 2 * shared(o.features, n.features, nil) / total
}

// rows turns links into the result: one row per link, one per clause without.
func (c *comparison) rows() Result {
	type placed struct {
		Match
		at, side, order int // by place in the new version, then deleted, then old order
	}
	var all []placed
	anchor := c.anchors()
	for k, l := range c.links {
		all = append(all, placed{c.row(k), l.new, 0, l.old})
	}
	for i := range c.old.nodes {
		if len(c.byOld[i]) == 0 {
			all = append(all, placed{Match{Old: c.old.nodes[i].clause.Key, Change: Deleted}, anchor[i], 1, i})
		}
	}
	for j := range c.new.nodes {
		if len(c.byNew[j]) == 0 {
			all = append(all, placed{Match{New: c.new.nodes[j].clause.Key, Change: New}, j, 0, 0})
		}
	}
	slices.SortStableFunc(all, func(x, y placed) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.side, y.side), cmp.Compare(x.order, y.order))
	})
	r := Result{Clauses: make([]Match, len(all))}
	for i, p := range all {
		r.Clauses[i] = p.Match
	}
	return r
}

// anchors gives for each old clause the place in the new version after which
// it belongs: that of the nearest clause before it that kept its order.
func (c *comparison) anchors() []int {
	at := make([]int, len(c.old.nodes))
	last := -1
	for i := range c.old.nodes {
		for _, k := range c.byOld[i] {
			if l := c.links[k]; !l.out && !l.across() && l.new > last {
				last = l.new
			}
		}
		at[i] = last
	}
	return at
}

func (c *comparison) row(k int) Match {
	l := c.links[k]
	o, n := &c.old.nodes[l.old], &c.new.nodes[l.new]
	if l.oldLead {
		o = c.old.leading(l.old)
	}
	if l.newLead {
		n = c.new.leading(l.new)
	}
	m := Match{Old: o.clause.Key, New: n.clause.Key, Across: l.across(), Change: Edited}
	same := o.masked == n.masked && c.sameReferences(o, n)
	m.Similarity = math.Round(100*similarity(o, n)) / 100
	if !same {
		m.Similarity = min(max(m.Similarity, 0.01), 0.99)
	}
	switch {
	case !l.across() && c.count(c.byOld[l.old]) > 1:
		m.Change = Split
	case !l.across() && c.count(c.byNew[l.new]) > 1:
		m.Change = Merged
	case l.out && !l.across() && same:
		m.Change = Moved
	case l.out && !l.across():
		m.Change = MovedEdited
	case same:
		m.Change = Same
	}
	return m
}

// count counts the links on the clause's own level.
func (c *comparison) count(links []int) (n int) {
	for _, k := range links {
		if !c.links[k].across() {
			n++
		}
	}
	return n
}

// sameReferences tells whether the references of two texts that are equal but
// for their numbers still point to the same clauses.
func (c *comparison) sameReferences(o, n *node) bool {
	return slices.EqualFunc(o.refs, n.refs, func(x, y reference) bool {
		i, known := c.old.numbers[x]
		j, knownNew := c.new.numbers[y]
		if known && knownNew {
			return x.kind == y.kind && c.linked[[2]int{i, j}]
		}
		return known == knownNew && x == y
	})
}
