package compare

import (
	"slices"
	"strings"
)

// How much text must have gone from one clause to another to call it a split
// or a merge.
const (
	sentenceKept  = 0.50 // of a sentence found in another clause: it went there
	sentenceHome  = 0.10 // a sentence stays with its match if it is nearly as well kept there
	mostOf        = 0.50 // of a clause without a match that went to one other
	partOf        = 0.18 // of a clause, on the side where the text weighs more
	someOf        = 0.08 // and on the other side
	sentenceWords = 6
)

// flows finds splits and merges: it follows each sentence of the changed
// clauses to the clause of the other version where most of it is found, and
// links clauses between which enough text has gone.
func (a *aligner) flows() []link {
	if len(a.olds) < 2 && len(a.news) < 2 {
		return nil
	}
	olds, news := nodesOf(a.olds, a.oldNode), nodesOf(a.news, a.newNode)
	out := a.flow(olds, a.toNew, news, a.toOld)
	in := a.flow(news, a.toOld, olds, a.toNew)
	var links []link
	seen := map[[2]int]bool{}
	consider := func(i, j int) {
		if seen[[2]int{i, j}] || a.toNew[i] == j || a.known(i, j) {
			return
		}
		seen[[2]int{i, j}] = true
		if a.enough(i, j, out[[2]int{i, j}], in[[2]int{j, i}]) {
			links = append(links, a.link(i, j, false))
		}
	}
	for k := range out {
		consider(k[0], k[1])
	}
	for k := range in {
		consider(k[1], k[0])
	}
	slices.SortFunc(links, func(x, y link) int { return (x.old-y.old)*len(a.comparison.new.nodes) + x.new - y.new })
	return links
}

// enough decides by the shares of the old clause that went out to the new one
// and of the new one that came in from the old one.
func (a *aligner) enough(i, j int, out, in float64) bool {
	matchedOld, matchedNew := a.toNew[i] >= 0, a.toOld[j] >= 0
	switch {
	case !matchedOld && !matchedNew:
		return false
	case max(out, in) >= partOf && min(out, in) >= someOf:
		return true
	case !matchedNew:
		return in >= mostOf && a.newNode(j).words >= minWords
	case !matchedOld:
		return out >= mostOf && a.oldNode(i).words >= minWords
	}
	return false
}

// flow gives for pairs {from, to} of positions the share of the text of from
// that went to to. Clauses whose text stayed the same neither give nor take.
func (a *aligner) flow(from []*node, match []int, to []*node, back []int) map[[2]int]float64 {
	index := newPostings()
	for j, n := range to {
		if back[j] < 0 || from[back[j]].sum != n.sum {
			index.add(j, n.features)
		}
	}
	shares := map[[2]int]float64{}
	found := newTally(len(to))
	for i, n := range from {
		if n.weight == 0 || match[i] >= 0 && n.sum == to[match[i]].sum {
			continue
		}
		for _, s := range sentences(n.masked, a.comparison.old.words) {
			w := weigh(s, a.rarity)
			index.overlap(s, a.rarity, found)
			if j := home(found, w, match[i]); j >= 0 {
				shares[[2]int{i, j}] += w / n.weight
			}
			found.clear()
		}
	}
	return shares
}

func nodesOf(list []int, at func(int) *node) []*node {
	ns := make([]*node, len(list))
	for i := range list {
		ns[i] = at(i)
	}
	return ns
}

// home is where a sentence of weight w went, or -1.
func home(found *tally, w float64, match int) int {
	best := -1
	for _, j := range found.hit {
		if best < 0 || found.sum[j] > found.sum[best] || found.sum[j] == found.sum[best] && j < best {
			best = j
		}
	}
	if best < 0 || w == 0 || found.sum[best] < sentenceKept*w {
		return -1
	}
	if match >= 0 && found.sum[match] >= found.sum[best]-sentenceHome*w {
		return match
	}
	return best
}

// sentences cuts a masked text and gives the features of what is long enough.
func sentences(masked string, v *vocabulary) [][]feature {
	var all [][]feature
	masked = strings.ReplaceAll(masked, ". ", "\n")
	for _, s := range strings.FieldsFunc(masked, func(r rune) bool { return strings.ContainsRune("。；;\n!?", r) }) {
		if words := v.known(s); len(words) >= sentenceWords {
			all = append(all, words)
		}
	}
	return all
}

// known gives the features of a text made of known words.
func (v *vocabulary) known(s string) []feature {
	words := v.tokens(s, nil)
	if len(words) < sentenceWords {
		return nil
	}
	return v.pairs(words)
}
