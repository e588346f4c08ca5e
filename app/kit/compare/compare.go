// Package compare says what became of every clause between two versions of a
// draft, and shows the difference of two texts so that people can read it.
//
// # What the words mean
//
// A clause is a unit when it stands directly under the structure of the
// document (article 条, or a numbered paragraph or text without an article
// around it); parts, chapters, sections and headings are structure; what lies
// inside a unit (款, 项, 目) is a part of it.
//
//   - same: the words are the same. White space, the width of characters, the
//     clause's own number and the numbers in references to clauses of the same
//     document do not count, as long as the reference still points to the same
//     clause. So a clause that only got another number because others were
//     inserted or removed before it is the same.
//   - edited: the words changed, the place among its neighbours did not.
//   - moved: the words are the same, but the order against the other clauses
//     changed or it stands in another chapter. The fewest characters possible
//     are called moved: of two clauses that changed places, the one that shares
//     less text with its old self.
//   - moved+edited: both.
//   - split: one row for each new part, all with the same old clause.
//   - merged: one row for each old part, all with the same new clause. When an
//     old clause is both split and part of a merged one, its rows say split.
//   - new, deleted: no counterpart.
//
// A unit is compared with everything inside it, so an edited 款 makes its
// article edited too. A chapter is compared by its own line only; its articles
// have rows of their own.
package compare

import "minyi/app/kit/outline"

// Verdict says what became of a clause.
type Verdict string

// The verdicts, as in the package comment.
const (
	Same        Verdict = "same"
	Edited      Verdict = "edited"
	Moved       Verdict = "moved"
	MovedEdited Verdict = "moved+edited"
	Split       Verdict = "split"
	Merged      Verdict = "merged"
	New         Verdict = "new"
	Deleted     Verdict = "deleted"
)

// Match is one row of a comparison: what an old clause became, or where a new
// one comes from.
type Match struct {
	// Old and New are the clauses' keys in their outlines; Old is empty for a
	// new clause, New for a deleted one.
	Old    string  `json:"old"`
	New    string  `json:"new"`
	Change Verdict `json:"change"`
	// Similarity is the share of words the two have in common, from 0 to 1, with
	// two decimals; 1 only when the words are the same.
	Similarity float64 `json:"similarity"`
	// Across marks a row between two levels: a paragraph that became an article or
	// its first paragraph, or the other way round. It speaks of the article's own
	// text only; the article has its row among the articles as well. Change is same
	// or edited here.
	Across bool `json:"across,omitempty"`
}

// Result is the comparison of two versions, in the order of the new version;
// a deleted clause stands where it would have stood.
type Result struct {
	Clauses []Match `json:"clauses"`
}

// Versions compares two versions of a draft. Every clause of both appears in
// the result. Units are matched first, over the whole document, because their
// texts are the surest sign; structure then follows from titles and from the
// units inside; parts are matched inside the units that belong together and
// last across units. It needs time in proportion to the length of the texts
// and memory for an index of the changed clauses.
func Versions(old, new outline.Outline) Result {
	c := newComparison(old, new)
	c.matchUnits()
	c.matchStructure()
	c.matchParts()
	return c.rows()
}

// comparison holds both trees and the links found so far.
type comparison struct {
	old, new *tree
	rarity   []float64 // by feature: how much a shared pair of words says
	links    []link
	linked   map[[2]int]bool // {old, new} indexes of clauses
	byOld    map[int][]int   // clause of the old version → indexes in links
	byNew    map[int][]int
}

// link is a found relation between clause indexes of the two versions.
type link struct {
	old, new         int
	out              bool // out of order among its siblings, or in another chapter
	oldLead, newLead bool // only the clause's own text, without its children, is meant
}

// across is for links between two levels.
func (l link) across() bool { return l.oldLead || l.newLead }

func newComparison(old, new outline.Outline) *comparison {
	v := newVocabulary()
	c := &comparison{linked: map[[2]int]bool{}, byOld: map[int][]int{}, byNew: map[int][]int{}}
	c.old, c.new = newTree(old, v), newTree(new, v)
	c.rarity = rarity(len(v.features), c.old, c.new)
	c.old.weigh(c.rarity)
	c.new.weigh(c.rarity)
	return c
}

// join records a relation once.
func (c *comparison) join(l link) {
	if c.linked[[2]int{l.old, l.new}] {
		return
	}
	c.linked[[2]int{l.old, l.new}] = true
	c.byOld[l.old] = append(c.byOld[l.old], len(c.links))
	c.byNew[l.new] = append(c.byNew[l.new], len(c.links))
	c.links = append(c.links, l)
}

// matchUnits relates the articles and what stands in their place.
func (c *comparison) matchUnits() {
	for _, l := range c.align(c.old.units, c.new.units, wholeDocument, standing{}) {
		c.join(l)
	}
}
