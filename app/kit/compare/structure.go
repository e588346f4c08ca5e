package compare

import (
	"cmp"
	"slices"
)

// How parts, chapters, sections and headings are matched.
const (
	chapterAlike  = 0.40 // half title, half units in common
	chapterFrom   = 0.60 // of the units of a left-over chapter that come from one other
	chapterPiece  = 0.15 // that they must be of that other
	titlesAtMost  = 250_000
	otherKind     = 0.7 // a chapter that became a part
	onlyTitle     = 0.6 // for a heading without units
	titlesToMatch = 0.5
)

// matchStructure relates structure clauses by their titles and by the units
// below them, and then says which units and structure clauses have moved.
func (c *comparison) matchStructure() {
	below := c.flowsBetween()
	pairs := c.structurePairs(below)
	toNew, toOld := map[int]int{}, map[int]int{}
	for _, p := range pairs {
		if _, taken := toNew[p.i]; taken || p.score < chapterAlike {
			continue
		}
		if _, taken := toOld[p.j]; !taken {
			toNew[p.i], toOld[p.j] = p.j, p.i
		}
	}
	c.joinStructure(toNew)
	c.joinPieces(below, toNew, toOld)
	c.markMoved()
}

// flowsBetween sums the weight of units by the structure clauses, at every
// level above, that the unit left and came to; {-1, x} and {x, -1} hold totals.
func (c *comparison) flowsBetween() map[[2]int]float64 {
	flows := map[[2]int]float64{}
	for _, u := range c.old.units {
		for s := c.old.nodes[u].parent; s >= 0; s = c.old.nodes[s].parent {
			flows[[2]int{s, -1}] += c.old.nodes[u].weight
		}
	}
	for _, u := range c.new.units {
		for s := c.new.nodes[u].parent; s >= 0; s = c.new.nodes[s].parent {
			flows[[2]int{-1, s}] += c.new.nodes[u].weight
		}
	}
	for _, l := range c.links {
		o, n := c.old.nodes[l.old], c.new.nodes[l.new]
		w := min(o.weight, n.weight)
		for s := o.parent; s >= 0; s = c.old.nodes[s].parent {
			for t := n.parent; t >= 0; t = c.new.nodes[t].parent {
				flows[[2]int{s, t}] += w
			}
		}
	}
	return flows
}

// structurePairs scores pairs of structure clauses, best first: those with
// units in common, those with the same line, and, where there are not too many,
// all others by their titles.
func (c *comparison) structurePairs(below map[[2]int]float64) []pair {
	seen := map[[2]int]bool{}
	var pairs []pair
	add := func(i, j int) {
		if seen[[2]int{i, j}] {
			return
		}
		seen[[2]int{i, j}] = true
		if s := c.structureScore(i, j, below); s > 0 {
			pairs = append(pairs, pair{i, j, s})
		}
	}
	for k := range below {
		if k[0] >= 0 && k[1] >= 0 {
			add(k[0], k[1])
		}
	}
	lines := map[uint64][]int{}
	for _, j := range c.new.structure {
		lines[c.new.nodes[j].sum] = append(lines[c.new.nodes[j].sum], j)
	}
	all := len(c.old.structure)*len(c.new.structure) <= titlesAtMost
	for _, i := range c.old.structure {
		js := c.new.structure
		if !all {
			js = lines[c.old.nodes[i].sum]
			js = js[:min(len(js), candidates)]
		}
		for _, j := range js {
			add(i, j)
		}
	}
	place := c.structurePlaces()
	slices.SortFunc(pairs, func(x, y pair) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(place(x), place(y)), cmp.Compare(x.i, y.i), cmp.Compare(x.j, y.j))
	})
	return pairs
}

// structurePlaces tells how far apart two clauses stand among the structure.
func (c *comparison) structurePlaces() func(pair) int {
	return func(p pair) int {
		i, _ := slices.BinarySearch(c.old.structure, p.i)
		j, _ := slices.BinarySearch(c.new.structure, p.j)
		return abs(i - j)
	}
}

func (c *comparison) structureScore(i, j int, below map[[2]int]float64) float64 {
	o, n := &c.old.nodes[i], &c.new.nodes[j]
	title := similarity(o, n)
	total := below[[2]int{i, -1}] + below[[2]int{-1, j}]
	both := min(1, 2*below[[2]int{i, j}]/max(total, 1e-9))
	s := 0.5*title + 0.5*both
	if total == 0 || both == 0 {
		s = onlyTitle * title
		if title < titlesToMatch {
			return 0
		}
	}
	if o.clause.Kind != n.clause.Kind {
		s *= otherKind
	}
	return s
}

// joinStructure links the matched structure and marks what changed its place
// among all the structure clauses.
func (c *comparison) joinStructure(toNew map[int]int) {
	var pairs []pair
	for _, i := range c.old.structure {
		if j, ok := toNew[i]; ok {
			pairs = append(pairs, pair{i, j, 1 + min(c.old.nodes[i].weight, c.new.nodes[j].weight) + 0.001*float64(len(c.old.nodes[i].children))})
		}
	}
	kept := map[int]bool{}
	for _, p := range heaviest(pairs, len(c.new.nodes)) {
		kept[p.i] = true
	}
	for _, p := range pairs {
		c.join(link{old: p.i, new: p.j, out: !kept[p.i]})
	}
}

// joinPieces links chapters that were split off another or went into one.
func (c *comparison) joinPieces(below map[[2]int]float64, toNew, toOld map[int]int) {
	for _, j := range c.new.structure {
		for _, i := range c.old.structure {
			w := below[[2]int{i, j}]
			if w == 0 || c.old.nodes[i].clause.Kind != c.new.nodes[j].clause.Kind {
				continue
			}
			whole, part := below[[2]int{i, -1}], below[[2]int{-1, j}]
			_, hasNew := toNew[i]
			_, hasOld := toOld[j]
			off := hasNew && !hasOld && w >= chapterFrom*part && w >= chapterPiece*whole
			into := !hasNew && hasOld && w >= chapterFrom*whole && w >= chapterPiece*part
			if off || into {
				c.join(link{old: i, new: j})
			}
		}
	}
}

// markMoved marks links whose clauses stand under another structure clause
// than before. A chapter made around units that stay where they are, or taken
// away from around them, moves nothing.
func (c *comparison) markMoved() {
	for k := range c.links {
		l := &c.links[k]
		p, q := c.old.nodes[l.old].parent, c.new.nodes[l.new].parent
		if p < 0 || q < 0 || c.linked[[2]int{p, q}] {
			continue
		}
		if len(c.byOld[p]) > 0 || len(c.byNew[q]) > 0 {
			l.out = true
		}
	}
}
