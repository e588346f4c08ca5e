package outline

import (
	"strings"

	"minyi/app/kit/docx"
)

// wordBlocks turns a Word document into blocks; remarks become warnings.
func wordBlocks(doc docx.Document) ([]block, []Warning) {
	var out []block
	var warnings []Warning
	for _, m := range doc.Remarks {
		warnings = append(warnings, Warning{Line: m.Line, Code: m.Code, Args: m.Args})
	}
	for _, b := range doc.Blocks {
		switch b.Kind {
		case docx.Table:
			warnings = append(warnings, Warning{Line: b.Line, Code: "table"})
			out = append(out, block{line: b.Line, text: tableText(b.Rows), verbatim: true})
		case docx.Note:
			out = append(out, block{line: b.Line, text: strings.TrimFunc(b.Number+" "+b.Text, blank), verbatim: true, end: true})
		default:
			out = append(out, wordLines(b)...)
		}
	}
	return out, warnings
}

func tableText(rows [][]string) string {
	var lines []string
	for _, row := range rows {
		var cells []string
		for _, c := range row {
			cells = append(cells, strings.Join(strings.Fields(c), " "))
		}
		lines = append(lines, strings.Join(cells, "\t"))
	}
	return strings.Join(lines, "\n")
}

// wordLines parts a paragraph where a manual line break stands before a new
// clause, as drafts copied from the web have it.
func wordLines(b docx.Block) []block {
	text := b.Text
	if b.Number != "" {
		text = b.Number + " " + text
	}
	base := block{line: b.Line, level: b.Level, bullet: b.Bullet, center: b.Center, title: b.Style == "title", toc: b.TOC}
	// Whole articles are often set in a heading style; those are no headings.
	if base.level > 0 && (width(text) > 160 || strings.HasSuffix(strings.TrimFunc(text, blank), "。")) {
		base.level = 0
	}
	var out []block
	for _, line := range strings.Split(text, "\n") {
		bare := strings.TrimFunc(line, blank)
		if bare == "" {
			continue
		}
		if _, marked := scan(bare); len(out) > 0 && !marked {
			out[len(out)-1].text += "\n" + bare
			continue
		}
		next := base
		next.text, next.auto = bare, b.Number != "" && len(out) == 0
		out = append(out, next)
	}
	return out
}
