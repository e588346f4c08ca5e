package docx

import (
	"strconv"
	"strings"
	"unicode"
)

// Read takes a .docx apart. Errors are *Error with a stable code; nothing outside
// data is ever opened.
func Read(data []byte, opt Options) (Document, error) {
	p, err := openPack(data, opt.Limits.orDefault())
	if err != nil {
		return Document{}, err
	}
	name, err := p.main()
	if err != nil {
		return Document{}, err
	}
	r := &reader{pack: p, reject: opt.Changes == Reject}
	if err := r.load(name); err != nil {
		return Document{}, err
	}
	root, err := p.tree(name)
	if err != nil {
		return Document{}, err
	}
	body := root.find("document", "body")
	if body == nil {
		return Document{}, fail(CodeDamaged, nil)
	}
	if err := r.blocks(body, state{}); err != nil {
		return Document{}, err
	}
	r.flush()
	if err := r.notes(); err != nil {
		return Document{}, err
	}
	if r.doc.Changes > 0 {
		r.doc.Remarks = append([]Remark{{Line: r.changeLine, Code: "tracked_changes", Args: []string{strconv.Itoa(r.doc.Changes)}}}, r.doc.Remarks...)
	}
	return r.doc, nil
}

// reader carries what a walk through one document needs.
type reader struct {
	pack       *pack
	reject     bool
	styles     styles
	numbering  numbering
	footnotes  map[string]*node
	endnotes   map[string]*node
	order      []*node // notes as their marks come
	noteAt     map[string]int
	doc        Document
	line       int
	changeLine int
	pending    *Block // a paragraph whose mark was deleted: the next one goes on in it
	boxes      []*node
	margins    int // headers and footers looked at
}

// state is what an element hands to those inside it.
type state struct {
	toc   bool
	box   bool
	depth int
}

func (r *reader) load(name string) error {
	rels, err := r.pack.relations(name)
	if err != nil {
		return err
	}
	part := map[string]*node{}
	for _, rel := range rels {
		kind := rel.Type[strings.LastIndex(rel.Type, "/")+1:]
		switch kind {
		case "styles", "numbering", "footnotes", "endnotes":
			if part[kind] != nil {
				continue // there is one of each; a hostile file names it a thousand times
			}
			if part[kind], err = r.pack.tree(rel.Target); err != nil {
				return err
			}
		case "vbaProject":
			return fail(CodeMacro, nil)
		case "comments":
			r.remark(0, "comments")
		case "header", "footer":
			if err := r.margin(rel.Target); err != nil {
				return err
			}
		}
	}
	core, err := r.pack.tree("docProps/core.xml")
	if err != nil {
		return err
	}
	if t := core.find("coreProperties", "title"); t != nil {
		r.doc.Title = strings.TrimSpace(t.text)
	}
	r.styles = readStyles(part["styles"])
	r.numbering = readNumbering(part["numbering"])
	r.footnotes = notesByID(part["footnotes"].find("footnotes").all("footnote"))
	r.endnotes = notesByID(part["endnotes"].find("endnotes").all("endnote"))
	r.noteAt = map[string]int{}
	return nil
}

// margin tells of the words in a header or footer, which stand on every page of the file
// and belong to no clause. The number of a page is none.
func (r *reader) margin(name string) error {
	if r.margins++; r.margins > 20 {
		return nil // a file has three of each in a section; a hostile one names it a thousand times
	}
	root, err := r.pack.tree(name)
	if err != nil || root == nil {
		return err
	}
	var words strings.Builder
	for _, t := range collect(root, "t", nil) {
		words.WriteString(t.text)
	}
	said := strings.TrimSpace(words.String())
	if strings.ContainsFunc(strings.NewReplacer("第", "", "页", "", "共", "", "Page", "", "of", "").Replace(said), unicode.IsLetter) {
		if cut := []rune(said); len(cut) > 60 {
			said = string(cut[:60]) + "…"
		}
		r.remark(0, "header", said)
	}
	return nil
}

func notesByID(list []*node) map[string]*node {
	out := map[string]*node{}
	for _, n := range list {
		out[n.val("id")] = n
	}
	return out
}

// remark adds a remark once per place and code.
func (r *reader) remark(line int, code string, args ...string) {
	for _, old := range r.doc.Remarks {
		if old.Line == line && old.Code == code && code != "image" {
			return
		}
	}
	if len(r.doc.Remarks) < 2000 {
		r.doc.Remarks = append(r.doc.Remarks, Remark{Line: line, Code: code, Args: args})
	}
}

// changed counts a tracked change and says whether its text is left out.
func (r *reader) changed(deletion bool) (skip bool) {
	if r.doc.Changes == 0 {
		r.changeLine = r.line
	}
	r.doc.Changes++
	return deletion != r.reject
}

// blocks walks what may stand in the body, a cell, a note or a content control.
func (r *reader) blocks(parent *node, s state) error {
	for _, n := range parent.kids {
		if len(r.doc.Blocks) > r.pack.limits.Blocks {
			return fail(CodeTooLarge, nil)
		}
		switch n.name {
		case "p":
			r.line++
			r.paragraph(n, s)
			boxes := r.boxes
			r.boxes = nil
			for _, box := range boxes {
				r.remark(r.line, "text_box")
				if err := r.blocks(box, state{box: true, depth: s.depth + 1}); err != nil {
					return err
				}
			}
		case "tbl":
			r.line++
			r.flush()
			r.table(n)
		case "sdt":
			inner := s
			if g := n.find("sdtPr", "docPartObj", "docPartGallery"); g != nil {
				inner.toc = g.val("val") == "Table of Contents"
			}
			if c := n.find("sdtContent"); c != nil {
				if err := r.blocks(c, inner); err != nil {
					return err
				}
			}
		case "ins", "del", "moveFrom", "moveTo":
			if r.changed(n.name == "del" || n.name == "moveFrom") {
				continue
			}
			if err := r.blocks(n, s); err != nil {
				return err
			}
		case "customXml", "smartTag", "AlternateContent", "Choice":
			if err := r.blocks(chosen(n), s); err != nil {
				return err
			}
		}
	}
	return nil
}

// chosen picks one branch of an AlternateContent, so that nothing comes twice.
func chosen(n *node) *node {
	if n.name != "AlternateContent" {
		return n
	}
	if c := n.find("Choice"); c != nil {
		return c
	}
	if f := n.find("Fallback"); f != nil {
		return f
	}
	return n
}

// paragraph makes a block of w:p, with its automatic number.
func (r *reader) paragraph(n *node, s state) {
	pr := n.find("pPr")
	id := pr.find("pStyle").val("val")
	st := r.styles.resolved(id)
	b := Block{Line: r.line, Style: st.name, Level: st.level, TOC: s.toc || strings.HasPrefix(st.name, "toc "), Center: st.center}
	if s.box {
		b.Kind = Box
	}
	if lvl := outlineLevel(pr); lvl >= 0 {
		b.Level = lvl
	}
	if jc := pr.find("jc"); jc != nil {
		b.Center = jc.val("val") == "center"
	}
	var text strings.Builder
	r.inline(n, &text)
	b.Text = text.String()

	markGone := false
	if mark := pr.find("rPr"); mark != nil {
		for _, change := range mark.kids {
			switch change.name {
			case "ins", "moveTo":
				markGone = r.changed(false) || markGone
			case "del", "moveFrom":
				markGone = r.changed(true) || markGone
			}
		}
	}
	if r.pending != nil {
		r.pending.Text += b.Text
		if !markGone {
			r.flush()
		}
		return
	}
	// An empty paragraph shows no text and Word counts its number all the same.
	numID, ilvl := st.numID, st.ilvl
	if num := pr.find("numPr"); num != nil {
		if v := num.find("numId"); v != nil {
			numID = v.val("val")
		}
		if v := num.find("ilvl"); v != nil {
			ilvl = v.val("val")
		}
	}
	if numID != "" && !(markGone && strings.TrimSpace(b.Text) == "") {
		b.Number, b.Bullet = r.numbering.next(numID, ilvl, id)
	}
	r.pending = &b
	if !markGone {
		r.flush()
	}
}

// flush puts the waiting paragraph among the blocks; empty ones are left out.
func (r *reader) flush() {
	if r.pending == nil {
		return
	}
	if strings.TrimSpace(r.pending.Text) != "" || r.pending.Number != "" {
		r.doc.Blocks = append(r.doc.Blocks, *r.pending)
	}
	r.pending = nil
}

// inline writes the visible text of runs.
func (r *reader) inline(parent *node, w *strings.Builder) {
	for _, n := range parent.kids {
		switch n.name {
		case "t", "delText":
			w.WriteString(n.text)
		case "tab", "ptab":
			if parent.name != "tabs" {
				w.WriteByte('\t')
			}
		case "br", "cr":
			w.WriteByte('\n')
		case "noBreakHyphen":
			w.WriteRune('\u2011')
		case "sym":
			w.WriteString(symbol(n.val("char")))
		case "ins", "moveTo":
			if !r.changed(false) {
				r.inline(n, w)
			}
		case "del", "moveFrom":
			if !r.changed(true) {
				r.inline(n, w)
			}
		case "footnoteReference":
			r.note(r.footnotes[n.val("id")], "f"+n.val("id"), w)
		case "endnoteReference":
			r.note(r.endnotes[n.val("id")], "e"+n.val("id"), w)
		case "commentReference":
			r.remark(r.line, "comments")
		case "drawing", "pict", "object":
			r.picture(n, w)
		case "rt":
			// The reading of a ruby stands behind its base, in brackets.
			w.WriteString("（")
			r.inline(n, w)
			w.WriteString("）")
		case "ruby":
			if base := n.find("rubyBase"); base != nil {
				r.inline(base, w)
			}
			r.inline(&node{kids: n.all("rt")}, w)
		case "pPr", "sectPr", "instrText", "delInstrText", "fldChar", "txbxContent":
		case "rPr":
			if n.has("vanish") {
				r.remark(r.line, "hidden_text")
			}
		default:
			r.inline(chosen(n), w)
		}
	}
}

// symbol prints w:sym; private codes of picture fonts show as a square.
func symbol(hex string) string {
	v, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || v < 0x20 || v >= 0xF000 && v <= 0xF0FF || v > 0x10FFFF || v >= 0xD800 && v < 0xE000 {
		return "□"
	}
	return string(rune(v))
}

// picture notes an image with its description and collects text boxes.
func (r *reader) picture(n *node, w *strings.Builder) {
	if boxes := collect(n, "txbxContent", nil); len(boxes) > 0 {
		r.boxes = append(r.boxes, boxes...)
		return
	}
	alt := ""
	for _, pr := range collect(n, "docPr", nil) {
		if alt = pr.val("descr"); alt == "" {
			alt = pr.val("title")
		}
	}
	for _, shape := range collect(n, "shape", nil) {
		if alt == "" {
			alt = shape.val("alt")
		}
	}
	r.remark(r.line, "image", alt)
	if alt != "" {
		w.WriteString("〔" + alt + "〕")
	}
}

// collect finds elements of a name at any depth, not inside one another and only
// in the chosen branch.
func collect(n *node, name string, out []*node) []*node {
	for _, k := range chosen(n).kids {
		if k.name == name {
			out = append(out, k)
			continue
		}
		out = collect(k, name, out)
	}
	return out
}

// note writes the mark of a note and remembers its text for the end.
func (r *reader) note(n *node, key string, w *strings.Builder) {
	if n == nil {
		return
	}
	at, known := r.noteAt[key]
	if !known {
		r.order = append(r.order, n)
		at = len(r.order)
		r.noteAt[key] = at
	}
	r.remark(r.line, "footnote", strconv.Itoa(at))
	w.WriteString("[" + strconv.Itoa(at) + "]")
}

// notes appends the texts of the notes; a note may itself refer to a later one.
func (r *reader) notes() error {
	for i := 0; i < len(r.order); i++ {
		if len(r.doc.Blocks) > r.pack.limits.Blocks {
			return fail(CodeTooLarge, nil)
		}
		r.line++
		if text := r.plain(r.order[i]); text != "" {
			r.doc.Blocks = append(r.doc.Blocks, Block{Kind: Note, Line: r.line, Number: "[" + strconv.Itoa(i+1) + "]", Text: text})
		}
	}
	return nil
}

// plain is the text of all paragraphs inside, one per line, with their numbers.
func (r *reader) plain(n *node) string {
	inner := &reader{pack: r.pack, reject: r.reject, styles: r.styles, numbering: r.numbering, footnotes: r.footnotes,
		endnotes: r.endnotes, order: r.order, noteAt: r.noteAt, line: r.line}
	// Limits were checked for the whole part; cells and notes only add what is in it.
	_ = inner.blocks(n, state{})
	inner.flush()
	r.order = inner.order
	if inner.doc.Changes > 0 && r.doc.Changes == 0 {
		r.changeLine = r.line
	}
	r.doc.Changes += inner.doc.Changes
	for _, m := range inner.doc.Remarks {
		r.remark(r.line, m.Code, m.Args...)
	}
	var lines []string
	for _, b := range inner.doc.Blocks {
		lines = append(lines, blockLine(b))
	}
	return strings.Join(lines, "\n")
}

func blockLine(b Block) string {
	if b.Kind == Table {
		var rows []string
		for _, row := range b.Rows {
			rows = append(rows, strings.Join(row, " "))
		}
		return strings.Join(rows, "\n")
	}
	if b.Number != "" {
		return b.Number + " " + b.Text
	}
	return strings.TrimSpace(b.Text)
}

// table keeps rows and cells; a table inside a cell becomes lines of that cell.
func (r *reader) table(t *node) {
	b := Block{Kind: Table, Line: r.line}
	filled := false
	for _, tr := range rows(t) {
		if skip := r.rowChanged(tr.find("trPr")); skip {
			continue
		}
		var row []string
		for _, tc := range cells(tr) {
			text := r.plain(tc)
			filled = filled || text != ""
			row = append(row, text)
		}
		b.Rows = append(b.Rows, row)
	}
	if filled {
		r.doc.Blocks = append(r.doc.Blocks, b)
	}
}

func (r *reader) rowChanged(pr *node) bool {
	switch {
	case pr.find("ins") != nil:
		return r.changed(false)
	case pr.find("del") != nil:
		return r.changed(true)
	}
	return false
}

func rows(t *node) []*node  { return through(t, "tr") }
func cells(t *node) []*node { return through(t, "tc") }

// through finds elements below content controls and custom XML too.
func through(t *node, name string) []*node {
	var out []*node
	for _, k := range t.kids {
		switch k.name {
		case name:
			out = append(out, k)
		case "sdt", "sdtContent", "customXml", "ins", "moveTo":
			out = append(out, through(k, name)...)
		}
	}
	return out
}
