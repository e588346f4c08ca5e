package compare

import "slices"

// matchParts relates what lies inside units: first within the units that
// belong together, level by level, then whatever is left anywhere.
func (c *comparison) matchParts() {
	for _, g := range c.groups(c.old.units, c.new.units) {
		c.matchShifted(g)
		c.matchInside(g)
	}
	c.matchStrangers()
	olds, news := c.unmatchedParts(c.old, c.byOld), c.unmatchedParts(c.new, c.byNew)
	if len(olds) > 0 && len(news) > 0 {
		for _, l := range c.align(olds, news, strays, standing{}) {
			c.join(l)
		}
	}
}

// group is a set of clauses on one level that are linked with each other.
type group struct{ olds, news []int }

// groups finds the connected sets among clauses of one level.
func (c *comparison) groups(olds, news []int) []group {
	in := make(map[int]bool, len(news))
	for _, n := range news {
		in[n] = true
	}
	seenOld, seenNew := map[int]bool{}, map[int]bool{}
	var all []group
	for _, o := range olds {
		if seenOld[o] || len(c.byOld[o]) == 0 {
			continue
		}
		g := group{}
		c.collect(o, in, seenOld, seenNew, &g)
		if len(g.news) > 0 {
			slices.Sort(g.olds)
			slices.Sort(g.news)
			all = append(all, g)
		}
	}
	return all
}

func (c *comparison) collect(o int, in, seenOld, seenNew map[int]bool, g *group) {
	queue := []int{o}
	seenOld[o] = true
	for len(queue) > 0 {
		o, queue = queue[0], queue[1:]
		g.olds = append(g.olds, o)
		for _, k := range c.byOld[o] {
			n := c.links[k].new
			if !in[n] || seenNew[n] || c.links[k].across() {
				continue
			}
			seenNew[n] = true
			g.news = append(g.news, n)
			for _, k := range c.byNew[n] {
				if from := c.links[k].old; !seenOld[from] && !c.links[k].across() {
					seenOld[from] = true
					queue = append(queue, from)
				}
			}
		}
	}
}

// matchInside relates the children of a group and goes down. The clauses above
// stand among their children with their own text, so that a paragraph that became
// an article or its first paragraph, or the other way round, is found again.
func (c *comparison) matchInside(g group) {
	olds, above := family(c.old, g.olds, c.byOld)
	news, aboveNew := family(c.new, g.news, c.byNew)
	if len(above) == len(olds) && len(aboveNew) == len(news) {
		return
	}
	for _, l := range c.align(olds, news, insideUnits, standing{above, aboveNew}) {
		c.join(l)
	}
	for _, next := range c.groups(without(olds, above), without(news, aboveNew)) {
		c.matchInside(next)
	}
}

// family lists the parents that have text of their own and their children without
// a link, in document order, and says which are the parents.
func family(t *tree, parents []int, by map[int][]int) (list []int, above map[int]bool) {
	above = map[int]bool{}
	for _, p := range parents {
		if t.leading(p).masked != "" {
			list = append(list, p)
			above[p] = true
		}
		for _, k := range t.nodes[p].children {
			if len(by[k]) == 0 {
				list = append(list, k)
			}
		}
	}
	slices.Sort(list)
	return list, above
}

func without(list []int, drop map[int]bool) []int {
	return slices.DeleteFunc(slices.Clone(list), func(i int) bool { return drop[i] })
}

// unmatchedParts lists parts of units without any link.
func (c *comparison) unmatchedParts(t *tree, by map[int][]int) []int {
	var list []int
	for i := range t.nodes {
		_, unit := slices.BinarySearch(t.units, i)
		_, structure := slices.BinarySearch(t.structure, i)
		if !unit && !structure && len(by[i]) == 0 && t.nodes[i].words >= minWords {
			list = append(list, i)
		}
	}
	return list
}
