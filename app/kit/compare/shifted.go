package compare

// matchShifted relates parts of a group that stand on another level than before
// but have the same words, such as the items of a list that lost the line above
// it. They would otherwise be looked for among clauses that contain them.
func (c *comparison) matchShifted(g group) {
	olds, news := once(c.old, below(c.old, g.olds)), once(c.new, below(c.new, g.news))
	for _, o := range below(c.old, g.olds) {
		n, ok := news[c.old.nodes[o].sum]
		if !ok || olds[c.old.nodes[o].sum] != o || c.old.depth(o) == c.new.depth(n) {
			continue
		}
		c.joinTree(o, n)
	}
}

// joinTree links two clauses with the same words and their children one by one
// as far as they are alike.
func (c *comparison) joinTree(o, n int) {
	old, new := &c.old.nodes[o], &c.new.nodes[n]
	if old.masked != new.masked || len(c.byOld[o]) > 0 || len(c.byNew[n]) > 0 {
		return
	}
	c.join(link{old: o, new: n})
	if len(old.children) == len(new.children) {
		for k := range old.children {
			c.joinTree(old.children[k], new.children[k])
		}
	}
}

// matchStrangers relates clauses of any kind that are left over and have the
// same words, if no others have them: a short paragraph that was read as a
// heading.
func (c *comparison) matchStrangers() {
	left := func(t *tree, by map[int][]int) (list []int) {
		for i := range t.nodes {
			if len(by[i]) == 0 {
				list = append(list, i)
			}
		}
		return list
	}
	olds, news := left(c.old, c.byOld), left(c.new, c.byNew)
	oldOnce, newOnce := once(c.old, olds), once(c.new, news)
	for _, o := range olds {
		sum := c.old.nodes[o].sum
		n, ok := newOnce[sum]
		if ok && oldOnce[sum] == o && c.old.nodes[o].masked == c.new.nodes[n].masked && len(c.byNew[n]) == 0 {
			c.join(link{old: o, new: n})
		}
	}
}

// below lists everything inside clauses, in document order of each.
func below(t *tree, list []int) (all []int) {
	for _, i := range list {
		for _, k := range t.nodes[i].children {
			all = append(all, k)
			all = append(all, below(t, []int{k})...)
		}
	}
	return all
}

// once finds the texts that occur a single time in a list.
func once(t *tree, list []int) map[uint64]int {
	m, many := map[uint64]int{}, map[uint64]bool{}
	for _, i := range list {
		n := &t.nodes[i]
		if n.words == 0 || many[n.sum] {
			continue
		}
		if _, seen := m[n.sum]; seen {
			delete(m, n.sum)
			many[n.sum] = true
			continue
		}
		m[n.sum] = i
	}
	return m
}

func (t *tree) depth(i int) (d int) {
	for p := t.nodes[i].parent; p >= 0; p = t.nodes[p].parent {
		d++
	}
	return d
}
