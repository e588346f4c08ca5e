package docx

import (
	"fmt"
	"strings"
	"time"
)

// Measures in twentieths of a point: GB/T 9704-2012 §5.2 gives the sheet 37 mm
// above, 28 mm at the left and a text field of 156 × 225 mm.
const (
	paperWidth, paperHeight    = 11906, 16838
	marginTop, marginLeft      = 2098, 1587
	marginBottom, marginRight  = 1984, 1474
	linePitch, characterNarrow = 579, -849
)

const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	wordNS       = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	contentTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/word/fontTable.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"/>` +
		`<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` +
		`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>` +
		`<Override PartName="/docProps/app.xml" ContentType="application/vnd.openxmlformats-officedocument.extended-properties+xml"/></Types>`
	packageRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>` +
		`<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties" Target="docProps/app.xml"/></Relationships>`
	documentRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/fontTable" Target="fontTable.xml"/>` +
		`<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/settings" Target="settings.xml"/>` +
		`<Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/></Relationships>`
	appProps = xmlHead + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Minyi</Application></Properties>`
	// The names that offices have first, then what every machine has.
	fontTable = xmlHead + `<w:fonts ` + wordNS + `>` +
		`<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋"/><w:charset w:val="86"/><w:family w:val="modern"/></w:font>` +
		`<w:font w:name="楷体_GB2312"><w:altName w:val="楷体"/><w:charset w:val="86"/><w:family w:val="modern"/></w:font>` +
		`<w:font w:name="方正小标宋简体"><w:altName w:val="宋体"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>` +
		`<w:font w:name="黑体"><w:altName w:val="SimHei"/><w:charset w:val="86"/><w:family w:val="modern"/></w:font>` +
		`<w:font w:name="宋体"><w:altName w:val="SimSun"/><w:charset w:val="86"/><w:family w:val="auto"/></w:font>` +
		`<w:font w:name="Times New Roman"><w:altName w:val="Liberation Serif"/><w:charset w:val="00"/><w:family w:val="roman"/></w:font></w:fonts>`
	footer = xmlHead + `<w:ftr ` + wordNS + `><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:t xml:space="preserve">— </w:t></w:r>` +
		`<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>` +
		`<w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
)

func (w *Writer) lineWidth() int {
	if w.meta.Landscape {
		return paperHeight - marginLeft - marginRight
	}
	return paperWidth - marginLeft - marginRight
}

func (w *Writer) document() string {
	size := fmt.Sprintf(`<w:pgSz w:w="%d" w:h="%d"/>`, paperWidth, paperHeight)
	grid := fmt.Sprintf(`<w:docGrid w:type="linesAndChars" w:linePitch="%d" w:charSpace="%d"/>`, linePitch, characterNarrow)
	if w.meta.Landscape {
		size = fmt.Sprintf(`<w:pgSz w:w="%d" w:h="%d" w:orient="landscape"/>`, paperHeight, paperWidth)
		grid = fmt.Sprintf(`<w:docGrid w:type="lines" w:linePitch="%d"/>`, linePitch)
	}
	return xmlHead + `<w:document ` + wordNS + `><w:body>` + w.body.String() + `<w:sectPr><w:footerReference w:type="default" r:id="rId4"/>` + size +
		fmt.Sprintf(`<w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="1587" w:gutter="0"/>`, marginTop, marginRight, marginBottom, marginLeft) +
		grid + `</w:sectPr></w:body></w:document>`
}

func (w *Writer) core() string {
	at := w.meta.Created.UTC().Format(time.RFC3339)
	when := ""
	if !w.meta.Created.IsZero() {
		when = `<dcterms:created xsi:type="dcterms:W3CDTF">` + at + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + at + `</dcterms:modified>`
	}
	return xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + escape(w.meta.Title) + `</dc:title><dc:creator>` + escape(w.meta.Creator) + `</dc:creator><dc:language>` + escape(w.meta.Lang) + `</dc:language>` + when + `</cp:coreProperties>`
}

func (w *Writer) settings() string {
	return xmlHead + `<w:settings ` + wordNS + `><w:defaultTabStop w:val="640"/><w:characterSpacingControl w:val="compressPunctuation"/>` +
		`<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>` +
		`<w:themeFontLang w:val="` + escape(w.meta.Lang) + `" w:eastAsia="zh-CN"/></w:settings>`
}

// styles in half points: 3号 is 32, 2号 44, 4号 28.
func (w *Writer) styles() string {
	var b strings.Builder
	lang := escape(w.meta.Lang)
	b.WriteString(xmlHead + `<w:styles ` + wordNS + `><w:docDefaults><w:rPrDefault><w:rPr>` + fonts("仿宋_GB2312") +
		`<w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="` + lang + `" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault/></w:docDefaults>`)
	b.WriteString(`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:ind w:firstLineChars="200" w:firstLine="640"/><w:jc w:val="both"/></w:pPr></w:style>`)
	add := func(id, name, ppr, rpr string) {
		b.WriteString(`<w:style w:type="paragraph" w:styleId="` + id + `"><w:name w:val="` + name + `"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>` + ppr + `</w:pPr><w:rPr>` + rpr + `</w:rPr></w:style>`)
	}
	const flush = `<w:ind w:firstLineChars="0" w:firstLine="0"/>`
	const small = `<w:sz w:val="24"/><w:szCs w:val="24"/>`
	add("Title", "Title", `<w:spacing w:after="579"/>`+flush+`<w:jc w:val="center"/>`, fonts("方正小标宋简体")+`<w:sz w:val="44"/><w:szCs w:val="44"/>`)
	add("Subtitle", "Subtitle", flush+`<w:jc w:val="center"/>`, fonts("楷体_GB2312"))
	add("Heading1", "heading 1", `<w:keepNext/><w:outlineLvl w:val="0"/>`, fonts("黑体"))
	add("Heading2", "heading 2", `<w:keepNext/><w:outlineLvl w:val="1"/>`, fonts("楷体_GB2312"))
	add("Heading3", "heading 3", `<w:keepNext/><w:outlineLvl w:val="2"/>`, fonts("仿宋_GB2312")+`<w:b/>`)
	add("Heading4", "heading 4", `<w:keepNext/><w:outlineLvl w:val="3"/>`, fonts("仿宋_GB2312"))
	add("Plain", "Plain", flush, "")
	add("Signature", "Signature", `<w:ind w:rightChars="400" w:right="1280" w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="right"/>`, "")
	add("Cell", "Cell", `<w:spacing w:line="320" w:lineRule="atLeast"/>`+flush+`<w:jc w:val="left"/>`, small)
	add("CellHead", "Cell Head", `<w:keepNext/><w:spacing w:line="320" w:lineRule="atLeast"/>`+flush+`<w:jc w:val="center"/>`, fonts("黑体")+small)
	add("Footer", "footer", flush+`<w:jc w:val="center"/>`, fonts("宋体")+`<w:sz w:val="28"/><w:szCs w:val="28"/>`)
	b.WriteString(`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>`)
	b.WriteString(`<w:style w:type="table" w:styleId="Grid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		b.WriteString(`<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="auto"/>`)
	}
	b.WriteString(`</w:tblBorders></w:tblPr></w:style></w:styles>`)
	return b.String()
}

func fonts(east string) string {
	return `<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman" w:eastAsia="` + east + `"/>`
}
