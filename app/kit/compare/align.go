package compare

import (
	"cmp"
	"slices"
)

// How alike two texts must be, from 0 to 1. Measured on the two editions of a
// real regulation that were judged by eye, and on generated versions.
const (
	alikeInOrder = 0.30 // between neighbours that are matched
	alikeAlone   = 0.20 // the only two left between matched neighbours
	alikeNear    = 0.34 // a few places away from where it would be in order
	alikeAway    = 0.45 // anywhere else
	alikeStray   = 0.60 // a part that left its unit
	nearBest     = 0.80 // of the best score, to prefer the clause in order
	candidates   = 24   // kept for each clause
	fewPlaces    = 8
	minWords     = 8    // below this containment says nothing
	titleBonus   = 0.25 // same title
)

// scope says where align works, and so how careful it must be.
type scope int

const (
	wholeDocument scope = iota
	insideUnits
	strays
)

// pair is a possible match of positions in the two lists under work.
type pair struct {
	i, j  int
	score float64
}

// aligner matches two lists of clauses.
type aligner struct {
	*comparison
	olds, news []int // clause indexes in document order
	standing   standing
	toNew      []int // by position in olds: position in news or -1
	toOld      []int
	scope      scope
}

// align matches the clauses of two lists: equal texts first, then the heaviest
// chain of similar texts in the same order, then what is alike elsewhere, then
// parts that were split off or merged.
func (c *comparison) align(olds, news []int, s scope, in standing) []link {
	a := &aligner{comparison: c, olds: olds, news: news, standing: in, scope: s, toNew: filled(len(olds)), toOld: filled(len(news))}
	a.matchEqual()
	cands := a.candidates()
	if s == strays {
		a.greedy(cands, alikeStray)
	} else {
		a.chain(cands)
		a.alone(cands)
		a.greedy(cands, alikeAway)
		a.greedy(a.near(cands), alikeNear)
	}
	links := a.primary()
	if s != strays {
		links = append(links, a.flows()...)
	}
	return links
}

func filled(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = -1
	}
	return s
}

// standing holds the clauses that stand among their children for their own
// text, their first paragraph.
type standing struct{ old, new map[int]bool }

func (a *aligner) oldNode(i int) *node {
	if k := a.olds[i]; a.standing.old[k] {
		return a.comparison.old.leading(k)
	}
	return &a.comparison.old.nodes[a.olds[i]]
}

func (a *aligner) newNode(j int) *node {
	if k := a.news[j]; a.standing.new[k] {
		return a.comparison.new.leading(k)
	}
	return &a.comparison.new.nodes[a.news[j]]
}

func (a *aligner) set(i, j int) { a.toNew[i], a.toOld[j] = j, i }

// matchEqual matches equal texts: those that occur once on each side, then
// repeated ones beside a matched neighbour, then the rest in order.
func (a *aligner) matchEqual() {
	olds, news := map[uint64][]int{}, map[uint64][]int{}
	for i := range a.olds {
		olds[a.oldNode(i).sum] = append(olds[a.oldNode(i).sum], i)
	}
	for j := range a.news {
		news[a.newNode(j).sum] = append(news[a.newNode(j).sum], j)
	}
	for i := range a.olds {
		s := a.oldNode(i).sum
		if len(olds[s]) == 1 && len(news[s]) == 1 && a.equal(i, news[s][0]) {
			a.set(i, news[s][0])
		}
	}
	a.extend()
	for i := range a.olds {
		if a.toNew[i] >= 0 {
			continue
		}
		rest := news[a.oldNode(i).sum]
		for len(rest) > 0 && a.toOld[rest[0]] >= 0 {
			rest = rest[1:]
		}
		if len(rest) > 0 && a.equal(i, rest[0]) {
			a.set(i, rest[0])
			rest = rest[1:]
		}
		news[a.oldNode(i).sum] = rest
	}
}

// extend goes down and up the lists from matched neighbours over equal texts;
// the beginnings and the ends count as matched.
func (a *aligner) extend() {
	try := func(i, j int) {
		if j >= 0 && j < len(a.news) && a.toNew[i] < 0 && a.toOld[j] < 0 && a.equal(i, j) {
			a.set(i, j)
		}
	}
	for i := range a.olds {
		if i == 0 {
			try(i, 0)
		} else if a.toNew[i-1] >= 0 {
			try(i, a.toNew[i-1]+1)
		}
	}
	for i := len(a.olds) - 1; i >= 0; i-- {
		if i == len(a.olds)-1 {
			try(i, len(a.news)-1)
		} else if a.toNew[i+1] >= 0 {
			try(i, a.toNew[i+1]-1)
		}
	}
}

func (a *aligner) equal(i, j int) bool {
	o, n := a.oldNode(i), a.newNode(j)
	return o.sum == n.sum && o.masked == n.masked
}

// candidates scores what is still unmatched, best first.
func (a *aligner) candidates() []pair {
	index := newPostings()
	for j := range a.news {
		if a.toOld[j] < 0 {
			index.add(j, a.newNode(j).features)
		}
	}
	var all []pair
	found := newTally(len(a.news))
	for i := range a.olds {
		if a.toNew[i] >= 0 {
			continue
		}
		o := a.oldNode(i)
		index.overlap(o.features, a.rarity, found)
		from := len(all)
		for _, j := range found.hit {
			if s := a.score(o, a.newNode(j), found.sum[j]); s >= alikeAlone {
				all = append(all, pair{i, j, s})
			}
		}
		found.clear()
		slices.SortFunc(all[from:], byScore)
		all = all[:min(len(all), from+candidates)]
	}
	slices.SortFunc(all, byScore)
	return all
}

func byScore(x, y pair) int {
	return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(abs(x.i-x.j), abs(y.i-y.j)), cmp.Compare(x.i+x.j, y.i+y.j), cmp.Compare(x.i, y.i))
}

func abs(n int) int { return max(n, -n) }

// score joins how much of both texts is common with how much of the shorter
// one is, for articles often grow or shrink by a paragraph.
func (a *aligner) score(o, n *node, common float64) float64 {
	if o.weight == 0 || n.weight == 0 {
		return 0
	}
	s := 2 * common / (o.weight + n.weight)
	if min(o.words, n.words) >= minWords {
		s = 0.6*s + 0.4*common/min(o.weight, n.weight)
	}
	if o.clause.Title != "" && plain(o.clause.Title) == plain(n.clause.Title) {
		s += titleBonus
	}
	return min(s, 1)
}

// chain matches the candidates on the heaviest chain that keeps the order,
// together with the equal texts. A candidate takes part only if it is nearly
// as good as the best of both its clauses, so that order alone never beats
// a clearly better match elsewhere.
func (a *aligner) chain(cands []pair) {
	bestOld, bestNew := make([]float64, len(a.olds)), make([]float64, len(a.news))
	for _, p := range cands {
		bestOld[p.i], bestNew[p.j] = max(bestOld[p.i], p.score), max(bestNew[p.j], p.score)
	}
	var nodes []pair
	for i, j := range a.toNew {
		if j >= 0 {
			nodes = append(nodes, pair{i, j, 1})
		}
	}
	for _, p := range cands {
		if p.score >= alikeInOrder && p.score >= nearBest*max(bestOld[p.i], bestNew[p.j]) {
			nodes = append(nodes, p)
		}
	}
	for _, p := range heaviest(nodes, len(a.news)) {
		if a.toNew[p.i] < 0 && a.toOld[p.j] < 0 {
			a.set(p.i, p.j)
		}
	}
}

// alone matches two clauses that are the only unmatched ones between matched
// neighbours, although they have little in common.
func (a *aligner) alone(cands []pair) {
	for _, p := range cands {
		if a.toNew[p.i] >= 0 || a.toOld[p.j] >= 0 {
			continue
		}
		before := p.i == 0 && p.j == 0 || p.i > 0 && p.j > 0 && a.toNew[p.i-1] == p.j-1
		after := p.i == len(a.olds)-1 && p.j == len(a.news)-1 ||
			p.i+1 < len(a.olds) && p.j+1 < len(a.news) && a.toNew[p.i+1] == p.j+1
		if before && after {
			a.set(p.i, p.j)
		}
	}
}

func (a *aligner) greedy(cands []pair, least float64) {
	for _, p := range cands {
		if p.score < least {
			return
		}
		if a.toNew[p.i] < 0 && a.toOld[p.j] < 0 {
			a.set(p.i, p.j)
		}
	}
}

// near keeps the candidates that are a few places from where the old clause
// would stand if it had kept its order.
func (a *aligner) near(cands []pair) []pair {
	var matched []pair
	for i, j := range a.toNew {
		if j >= 0 {
			matched = append(matched, pair{i, j, 1})
		}
	}
	kept := filled(len(a.olds))
	for _, p := range heaviest(matched, len(a.news)) {
		kept[p.i] = p.j
	}
	last := -1
	for i, j := range kept {
		last = max(last, j)
		kept[i] = last
	}
	return slices.DeleteFunc(slices.Clone(cands), func(p pair) bool { return abs(p.j-kept[p.i]) > fewPlaces })
}

// primary lists the one-to-one matches and finds out which left the order.
func (a *aligner) primary() []link {
	var pairs []pair
	for i, j := range a.toNew {
		if j >= 0 {
			o, n := a.oldNode(i), a.newNode(j)
			pairs = append(pairs, pair{i, j, 0.01 + shared(o.features, n.features, a.rarity)})
		}
	}
	kept := map[int]bool{}
	for _, some := range a.siblings(pairs) {
		for _, p := range heaviest(some, len(a.news)) {
			kept[p.i] = true
		}
	}
	links := make([]link, 0, len(pairs))
	for _, p := range pairs {
		if !a.known(p.i, p.j) {
			links = append(links, a.link(p.i, p.j, !kept[p.i] || a.scope == strays))
		}
	}
	return links
}

// siblings cuts pairs into those whose order means something: inside units,
// those that share their parents on both sides.
func (a *aligner) siblings(pairs []pair) map[[2]int][]pair {
	if a.scope != insideUnits {
		return map[[2]int][]pair{{}: pairs}
	}
	by := map[[2]int][]pair{}
	for _, p := range pairs {
		k := [2]int{a.oldNode(p.i).parent, a.newNode(p.j).parent}
		by[k] = append(by[k], p)
	}
	return by
}

// known is for two clauses that stand for their own texts; they have been
// linked as wholes, on their own level.
func (a *aligner) known(i, j int) bool {
	return a.standing.old[a.olds[i]] && a.standing.new[a.news[j]]
}

func (a *aligner) link(i, j int, out bool) link {
	l := link{old: a.olds[i], new: a.news[j], out: out}
	l.oldLead, l.newLead = a.standing.old[l.old], a.standing.new[l.new]
	return l
}

// heaviest picks from pairs a set that rises on both sides and weighs most, in
// n log n by a tree of best sums over the new positions.
func heaviest(pairs []pair, news int) []pair {
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Or(cmp.Compare(x.i, y.i), cmp.Compare(y.j, x.j)) })
	best := filled(news + 1) // Fenwick tree: index of the pair that ends the best chain
	sum, back := make([]float64, len(pairs)), make([]int, len(pairs))
	top := -1
	for k, p := range pairs {
		prev := -1
		for j := p.j; j > 0; j -= j & -j {
			if b := best[j]; b >= 0 && (prev < 0 || sum[b] > sum[prev]) {
				prev = b
			}
		}
		sum[k], back[k] = p.score, prev
		if prev >= 0 {
			sum[k] += sum[prev]
		}
		for j := p.j + 1; j <= news; j += j & -j {
			if best[j] < 0 || sum[k] > sum[best[j]] {
				best[j] = k
			}
		}
		if top < 0 || sum[k] > sum[top] {
			top = k
		}
	}
	var chain []pair
	for k := top; k >= 0; k = back[k] {
		chain = append(chain, pairs[k])
	}
	slices.Reverse(chain)
	return chain
}
