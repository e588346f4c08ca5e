package docx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Meta is what a file says about itself.
type Meta struct {
	Title     string
	Creator   string    // the unit that publishes, not a person
	Lang      string    // BCP 47, "zh-CN" when empty
	Created   time.Time // also the time of the package's entries: equal content, equal bytes
	Landscape bool      // wide pages, for tables of many columns
}

// Run is a piece of a paragraph.
type Run struct {
	Text string // \n is a line break, \t a tab
	Bold bool
}

// Writer builds one .docx in the layout of Chinese official documents (GB/T
// 9704-2012): A4, 22 lines of 28 characters, title in 小标宋 2号, text in 仿宋 3号, level
// headings in 黑体, 楷体, 仿宋 bold, page numbers 4号 in the foot. Missing fonts fall
// back by the font table.
type Writer struct {
	meta Meta
	body bytes.Buffer
}

// NewWriter starts an empty document.
func NewWriter(meta Meta) *Writer {
	if meta.Lang == "" {
		meta.Lang = "zh-CN"
	}
	return &Writer{meta: meta}
}

// Title adds the centred title of the document.
func (w *Writer) Title(text string) { w.para("Title", "", Run{Text: text}) }

// Subtitle adds a centred line below the title (题注, date, version).
func (w *Writer) Subtitle(text string) { w.para("Subtitle", "", Run{Text: text}) }

// Heading adds a heading; level is 1 to 4, others are taken as the nearest.
func (w *Writer) Heading(level int, text string) {
	w.para(fmt.Sprintf("Heading%d", min(max(level, 1), 4)), "", Run{Text: text})
}

// Paragraph adds body text with the first line indented by two characters.
func (w *Writer) Paragraph(runs ...Run) { w.para("", "", runs...) }

// Text adds a plain body paragraph.
func (w *Writer) Text(text string) { w.para("", "", Run{Text: text}) }

// Plain adds a body paragraph without indent (推送对象、签署 …).
func (w *Writer) Plain(runs ...Run) { w.para("Plain", "", runs...) }

// Signature adds a line at the right, as the name of the unit and the date stand.
func (w *Writer) Signature(text string) { w.para("Signature", "", Run{Text: text}) }

// PageBreak starts a new page.
func (w *Writer) PageBreak() {
	w.body.WriteString(`<w:p><w:r><w:br w:type="page"/></w:r></w:p>`)
}

func (w *Writer) para(style, props string, runs ...Run) {
	w.body.WriteString("<w:p>")
	if style != "" || props != "" {
		w.body.WriteString("<w:pPr>")
		if style != "" {
			fmt.Fprintf(&w.body, `<w:pStyle w:val="%s"/>`, style)
		}
		w.body.WriteString(props + "</w:pPr>")
	}
	for _, r := range runs {
		w.run(r)
	}
	w.body.WriteString("</w:p>")
}

func (w *Writer) run(r Run) {
	if r.Text == "" {
		return
	}
	w.body.WriteString("<w:r>")
	if r.Bold {
		w.body.WriteString("<w:rPr><w:b/></w:rPr>")
	}
	rest := strings.ReplaceAll(r.Text, "\r\n", "\n")
	for rest != "" {
		i := strings.IndexAny(rest, "\n\t\r")
		piece := rest
		if i >= 0 {
			piece = rest[:i]
		}
		if piece != "" {
			w.body.WriteString(`<w:t xml:space="preserve">` + escape(piece) + `</w:t>`)
		}
		if i < 0 {
			break
		}
		if rest[i] == '\t' {
			w.body.WriteString("<w:tab/>")
		} else {
			w.body.WriteString("<w:br/>")
		}
		rest = rest[i+1:]
	}
	w.body.WriteString("</w:r>")
}

// escape makes text safe for XML; characters that XML cannot hold become U+FFFD.
func escape(s string) string {
	var b strings.Builder
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// Table adds a table whose header row repeats on every page. widths are shares of
// the line (nil for equal ones); short rows are filled with empty cells, longer
// ones widen the table.
func (w *Writer) Table(header []string, rows [][]string, widths []int) {
	columns := len(header)
	for _, r := range rows {
		columns = max(columns, len(r))
	}
	if columns == 0 {
		return
	}
	grid := shares(widths, columns, w.lineWidth())
	w.body.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, g := range grid {
		fmt.Fprintf(&w.body, `<w:gridCol w:w="%d"/>`, g)
	}
	w.body.WriteString("</w:tblGrid>")
	if len(header) > 0 {
		w.row(header, grid, true)
	}
	for _, r := range rows {
		w.row(r, grid, false)
	}
	// Word wants a paragraph between two tables and after the last.
	w.body.WriteString(`</w:tbl><w:p><w:pPr><w:pStyle w:val="Cell"/></w:pPr></w:p>`)
}

func (w *Writer) row(cells []string, grid []int, header bool) {
	w.body.WriteString("<w:tr><w:trPr><w:cantSplit/>")
	if header {
		w.body.WriteString("<w:tblHeader/>")
	}
	w.body.WriteString("</w:trPr>")
	for i, width := range grid {
		text := ""
		if i < len(cells) {
			text = cells[i]
		}
		fmt.Fprintf(&w.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, width)
		style := "Cell"
		if header {
			style = "CellHead"
		}
		for _, line := range strings.Split(text, "\n") {
			w.para(style, "", Run{Text: line})
		}
		w.body.WriteString("</w:tc>")
	}
	w.body.WriteString("</w:tr>")
}

// shares spreads the line over the columns.
func shares(widths []int, columns, line int) []int {
	total := 0
	for i := range columns {
		if i < len(widths) && widths[i] > 0 {
			total += widths[i]
		} else {
			total++
		}
	}
	out := make([]int, columns)
	for i := range out {
		share := 1
		if i < len(widths) && widths[i] > 0 {
			share = widths[i]
		}
		out[i] = line * share / total
	}
	return out
}

// WriteTo writes the whole package.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	c := &counter{w: out}
	z := zip.NewWriter(c)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", packageRels},
		{"docProps/core.xml", w.core()},
		{"docProps/app.xml", appProps},
		{"word/_rels/document.xml.rels", documentRels},
		{"word/document.xml", w.document()},
		{"word/styles.xml", w.styles()},
		{"word/fontTable.xml", fontTable},
		{"word/settings.xml", w.settings()},
		{"word/footer1.xml", footer},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: w.meta.Created})
		if err != nil {
			return c.n, err
		}
		if _, err := io.WriteString(f, part.text); err != nil {
			return c.n, err
		}
	}
	return c.n, z.Close()
}

// Bytes is the whole package in memory.
func (w *Writer) Bytes() ([]byte, error) {
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	return b.Bytes(), err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
