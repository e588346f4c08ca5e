// Package outline reads a policy text and finds the tree of its clauses:
// 编/章/节/条/款/项/目 in Chinese texts, headings and numbered paragraphs in
// English ones. Nothing of the text is ever dropped.
package outline

// Kind says what a clause is in the drafting rules (立法技术规范).
type Kind string

// The kinds, from the widest to the narrowest; Heading and Text stand for what
// carries no legal number.
const (
	Part      Kind = "part"      // 编
	Chapter   Kind = "chapter"   // 章
	Section   Kind = "section"   // 节
	Article   Kind = "article"   // 条
	Paragraph Kind = "paragraph" // 款
	Item      Kind = "item"      // 项 （一）
	Subitem   Kind = "subitem"   // 目 1.
	Heading   Kind = "heading"
	Text      Kind = "text"
)

// Clause is one node of the tree, listed in document order.
type Clause struct {
	// Key names the clause inside its document (a12, c2); unique there.
	Key    string `json:"key"`
	Kind   Kind   `json:"kind"`
	Number string `json:"number"` // as printed: 第十二条, （一）, 5.1.2
	Title  string `json:"title"`
	Depth  int    `json:"depth"`  // 1 for a root
	Parent string `json:"parent"` // key of the enclosing clause, empty for a root
	Text   string `json:"text"`
}

// Warning points a person to a place that the reader was not sure about.
type Warning struct {
	Line    int      `json:"line"`            // 1-based line or paragraph of the source
	Place   int      `json:"place,omitempty"` // the same spot in the text, see Outline.Holding; 0 for the whole file
	Code    string   `json:"code"`            // text key suffix: outline.warning.<code>
	Args    []string `json:"args,omitempty"`
	Message string   `json:"message"` // filled in the reader's language at the edge
}

// Outline is a whole document as clauses.
type Outline struct {
	Title    string    `json:"title"`
	Clauses  []Clause  `json:"clauses"`
	Warnings []Warning `json:"warnings"`
}
