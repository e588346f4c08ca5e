package docx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const ns = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="urn:wps" xmlns:m="urn:m"`

// packed builds a package out of a body and further parts, as Word would lay it out.
func packed(t testing.TB, body string, more map[string]string) []byte {
	t.Helper()
	parts := map[string]string{
		"[Content_Types].xml": contentTypes,
		"_rels/.rels":         packageRels,
		"word/document.xml":   xmlHead + `<w:document ` + ns + `><w:body>` + body + `</w:body></w:document>`,
	}
	rels := `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	for _, kind := range []string{"styles", "numbering", "footnotes", "endnotes", "header"} {
		if text, ok := more[kind]; ok {
			parts["word/"+kind+".xml"] = xmlHead + text
			rels += fmt.Sprintf(`<Relationship Id="%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s.xml"/>`, kind, kind, kind)
			delete(more, kind)
		}
	}
	parts["word/_rels/document.xml.rels"] = rels + `</Relationships>`
	for name, text := range more {
		parts[name] = text
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte(text))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func p(text string) string { return `<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p>` }

func listed(numID, level int, text string) string {
	return fmt.Sprintf(`<w:p><w:pPr><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>`, level, numID, text)
}

func lines(d Document) []string {
	var out []string
	for _, b := range d.Blocks {
		out = append(out, strings.TrimSpace(b.Number+" "+b.Text))
	}
	return out
}

func read(t *testing.T, data []byte, opt Options) Document {
	t.Helper()
	d, err := Read(data, opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wantLines(t *testing.T, d Document, want ...string) {
	t.Helper()
	if got := lines(d); !reflect.DeepEqual(got, want) {
		t.Fatalf("lines\n got %q\nwant %q", got, want)
	}
}

const numberingPart = `<w:numbering ` + ns + `>
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1章"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlRestart w:val="0"/><w:lvlText w:val="第%2条"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%3）"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="5"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num><w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num></w:numbering>`

func TestRead(t *testing.T) {
	t.Run("automatic numbers are printed as Word prints them", func(t *testing.T) {
		body := listed(1, 0, "总则") + listed(1, 1, "为了") + listed(1, 2, "甲；") + listed(1, 2, "乙。") + listed(1, 1, "适用") + listed(1, 2, "丙") +
			listed(1, 0, "附则") + listed(1, 1, "施行") + listed(2, 0, "five") + listed(2, 1, "sub") + listed(2, 0, "six") + listed(3, 0, "one") + listed(4, 0, "dot")
		d := read(t, packed(t, body, map[string]string{"numbering": numberingPart}), Options{})
		wantLines(t, d, "第一章 总则", "第一条 为了", "（一） 甲；", "（二） 乙。", "第二条 适用", "（一） 丙", "第二章 附则", "第三条 施行", "5. five", "5.a sub", "6. six", "1. one", "dot")
		if !d.Blocks[12].Bullet {
			t.Error("bullet not seen")
		}
	})
	t.Run("numbers and levels come from styles too", func(t *testing.T) {
		styles := `<w:styles ` + ns + `><w:style w:type="paragraph" w:styleId="A"><w:name w:val="条"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="B"><w:name w:val="条文"/><w:basedOn w:val="A"/></w:style><w:style w:type="paragraph" w:styleId="H"><w:name w:val="heading 2"/></w:style></w:styles>`
		body := `<w:p><w:pPr><w:pStyle w:val="B"/></w:pPr><w:r><w:t>甲</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val="B"/><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr><w:r><w:t>无号</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val="H"/></w:pPr><w:r><w:t>标题</w:t></w:r></w:p>`
		d := read(t, packed(t, body, map[string]string{"numbering": numberingPart, "styles": styles}), Options{})
		wantLines(t, d, "第一条 甲", "无号", "标题")
		if d.Blocks[0].Level != 3 || d.Blocks[2].Level != 2 {
			t.Errorf("levels %d and %d", d.Blocks[0].Level, d.Blocks[2].Level)
		}
	})
	t.Run("tracked changes are counted and taken either way", func(t *testing.T) {
		body := `<w:p><w:r><w:t>应当</w:t></w:r><w:del w:id="1"><w:r><w:delText>立即</w:delText></w:r></w:del><w:ins w:id="2"><w:r><w:t>及时</w:t></w:r></w:ins><w:r><w:t>公开</w:t></w:r></w:p>` +
			`<w:p><w:pPr><w:rPr><w:del w:id="3"/></w:rPr></w:pPr><w:r><w:t>前</w:t></w:r></w:p>` + p("后") +
			`<w:p><w:moveFrom><w:r><w:t>移</w:t></w:r></w:moveFrom></w:p><w:p><w:moveTo><w:r><w:t>移</w:t></w:r></w:moveTo><w:r><w:t>来</w:t></w:r></w:p>`
		data := packed(t, body, nil)
		accepted := read(t, data, Options{})
		wantLines(t, accepted, "应当及时公开", "前后", "移来")
		wantLines(t, read(t, data, Options{Changes: Reject}), "应当立即公开", "前", "后", "移", "来")
		if accepted.Changes != 5 || accepted.Remarks[0].Code != "tracked_changes" || accepted.Remarks[0].Line != 1 {
			t.Errorf("%d changes, remarks %v", accepted.Changes, accepted.Remarks)
		}
	})
	t.Run("words of a header are told, the number of a page is not", func(t *testing.T) {
		for said, want := range map[string]int{"内部稿": 1, "第 3 页 共 9 页": 0, "Page 2 of 4": 0, "Draft for comment": 1} {
			d := read(t, packed(t, p("甲"), map[string]string{"header": `<w:hdr ` + ns + `>` + p(said) + `</w:hdr>`}), Options{})
			wantLines(t, d, "甲")
			if len(d.Remarks) != want || want == 1 && (d.Remarks[0].Code != "header" || d.Remarks[0].Args[0] != said) {
				t.Errorf("%s: remarks %v", said, d.Remarks)
			}
		}
	})
	t.Run("tables, notes, pictures, breaks and text boxes are kept readable", func(t *testing.T) {
		body := `<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t></w:r><w:r><w:footnoteReference w:id="7"/></w:r></w:p>` +
			`<w:tbl><w:tr><w:tc>` + p("名称") + `</w:tc><w:tc>` + p("数") + `</w:tc></w:tr><w:tr><w:tc>` + p("甲") + p("乙") + `</w:tc><w:tc><w:tbl><w:tr><w:tc>` + p("内") + `</w:tc></w:tr></w:tbl>` + p("外") + `</w:tc></w:tr></w:tbl>` +
			`<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="图" descr="流程图"/></wp:inline></w:drawing></w:r></w:p>` +
			`<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx><w:txbxContent>` + p("框") + `</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>` + p("框") + `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>`
		notes := `<w:footnotes ` + ns + `><w:footnote w:id="7">` + p("见附件") + `</w:footnote></w:footnotes>`
		d := read(t, packed(t, body, map[string]string{"footnotes": notes}), Options{})
		wantLines(t, d, "甲\n乙\t丙[1]", "", "〔流程图〕", "框", "[1] 见附件")
		if want := [][]string{{"名称", "数"}, {"甲\n乙", "内\n外"}}; !reflect.DeepEqual(d.Blocks[1].Rows, want) {
			t.Errorf("rows %q", d.Blocks[1].Rows)
		}
		var codes []string
		for _, r := range d.Remarks {
			codes = append(codes, r.Code)
		}
		if want := []string{"footnote", "image", "text_box"}; !reflect.DeepEqual(codes, want) {
			t.Errorf("remarks %v", codes)
		}
	})
}

func TestReadRefuses(t *testing.T) {
	huge := packed(t, "<w:p>"+strings.Repeat("<w:r/>", 3_000_000)+"</w:p>", nil)
	deep := packed(t, strings.Repeat("<w:sdt>", 500)+strings.Repeat("</w:sdt>", 500), nil)
	cases := []struct {
		name, code string
		data       []byte
		limits     Limits
	}{
		{"a file over the size", CodeTooLarge, packed(t, p("x"), nil), Limits{FileBytes: 100}},
		{"a zip bomb", CodeBomb, huge, Limits{PartBytes: 1 << 20}},
		{"a package of very many entries", CodeBomb, packed(t, p("x"), nil), Limits{Entries: 2}},
		{"too many paragraphs", CodeTooLarge, packed(t, strings.Repeat(p("x"), 20), nil), Limits{Blocks: 10}},
		{"XML nested too deep", CodeBomb, deep, Limits{}},
		{"a macro part", CodeMacro, packed(t, p("x"), map[string]string{"word/vbaProject.bin": "x"}), Limits{}},
		{"a macro content type", CodeMacro, packed(t, p("x"), map[string]string{"[Content_Types].xml": strings.ReplaceAll(contentTypes, "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", "application/vnd.ms-word.document.macroEnabled.main+xml")}), Limits{}},
		{"a DTD", CodeDamaged, packed(t, p("x"), map[string]string{"word/document.xml": `<!DOCTYPE d [<!ENTITY a "aaaa">]><d>&a;</d>`}), Limits{}},
		{"broken XML", CodeDamaged, packed(t, "<w:p>", nil), Limits{}},
		{"a cut-off zip", CodeDamaged, packed(t, p("x"), nil)[:300], Limits{}},
		{"no document part", CodeDamaged, packed(t, p("x"), map[string]string{"_rels/.rels": strings.ReplaceAll(packageRels, "word/document.xml", "word/none.xml")}), Limits{}},
		{"an old .doc or .wps", CodeOldWord, append(append([]byte{}, ole...), make([]byte, 600)...), Limits{}},
		{"a file with a password", CodeEncrypted, append(append([]byte{}, ole...), utf16le("EncryptedPackage")...), Limits{}},
		{"RTF", CodeOldWord, []byte(`{\rtf1 x}`), Limits{}},
		{"a PDF", CodeWrongType, []byte("%PDF-1.7"), Limits{}},
		{"a spreadsheet", CodeWrongType, packed(t, p("x"), map[string]string{"[Content_Types].xml": strings.ReplaceAll(contentTypes, "wordprocessingml", "spreadsheetml")}), Limits{}},
		{"nothing", CodeWrongType, nil, Limits{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(c.data, Options{Limits: c.limits})
			var e *Error
			if !errors.As(err, &e) || e.Code != c.code {
				t.Fatalf("error %v, want code %s", err, c.code)
			}
		})
	}
}

func TestWriterReadsBack(t *testing.T) {
	w := NewWriter(Meta{Title: "意见采纳情况 <说明>", Creator: "清河市司法局", Created: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)})
	w.Title("意见采纳情况")
	w.Heading(1, "一、概况")
	w.Text("共收到意见 <12> 条 & 建议。\n换行\t制表")
	w.Paragraph(Run{Text: "重点", Bold: true}, Run{Text: "：\x01公开"})
	w.Table([]string{"序号", "意见"}, [][]string{{"1", "甲\n乙"}, {"2"}}, []int{1, 4})
	w.Signature("清河市司法局")
	first, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	second, _ := w.Bytes()
	if !bytes.Equal(first, second) {
		t.Error("equal content gives other bytes")
	}
	d := read(t, first, Options{})
	wantLines(t, d, "意见采纳情况", "一、概况", "共收到意见 <12> 条 & 建议。\n换行\t制表", "重点：\uFFFD公开", "", "清河市司法局")
	if d.Title != "意见采纳情况 <说明>" || d.Blocks[1].Level != 1 || !d.Blocks[0].Center || d.Blocks[0].Style != "title" {
		t.Errorf("title %q, blocks %+v", d.Title, d.Blocks[:2])
	}
	if want := [][]string{{"序号", "意见"}, {"1", "甲\n乙"}, {"2", ""}}; !reflect.DeepEqual(d.Blocks[4].Rows, want) {
		t.Errorf("rows %q", d.Blocks[4].Rows)
	}
}

func TestFormatNumber(t *testing.T) {
	for _, c := range []struct {
		format string
		n      int
		want   string
	}{
		{"chineseCountingThousand", 10, "十"}, {"chineseCountingThousand", 11, "十一"}, {"chineseCountingThousand", 20, "二十"}, {"chineseCountingThousand", 101, "一百零一"},
		{"chineseCountingThousand", 110, "一百一十"}, {"chineseCountingThousand", 1260, "一千二百六十"}, {"chineseCountingThousand", 1005, "一千零五"},
		{"chineseCounting", 99, "九十九"}, {"chineseCounting", 101, "一○一"}, {"ideographDigital", 10, "一〇"}, {"chineseLegalSimplified", 12, "壹拾贰"},
		{"upperRoman", 14, "XIV"}, {"lowerLetter", 27, "aa"}, {"decimalZero", 7, "07"}, {"decimalEnclosedCircle", 3, "③"}, {"decimalFullWidth", 12, "１２"},
		{"ideographTraditional", 2, "乙"}, {"ordinal", 12, "12th"}, {"unheardOf", 4, "4"}, {"chineseCounting", -5, "-五"},
	} {
		if got := formatNumber(c.format, c.n); got != c.want {
			t.Errorf("%s %d = %q, want %q", c.format, c.n, got, c.want)
		}
	}
}

// FuzzRead holds that no package makes the reader panic or fail without a code.
func FuzzRead(f *testing.F) {
	f.Add(p("第一条"), numberingPart, false)
	f.Add(listed(1, 1, "甲")+listed(9, 40, "乙"), numberingPart, true)
	f.Add(`<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>`+p("x")+`</w:tc></w:tr></w:tbl>`, "", false)
	f.Fuzz(func(t *testing.T, body, numbering string, reject bool) {
		opt := Options{Limits: Limits{PartBytes: 1 << 20}}
		if reject {
			opt.Changes = Reject
		}
		_, err := Read(packed(t, body, map[string]string{"numbering": numbering}), opt)
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("an error without a code: %v", err)
		}
		if _, err := Read([]byte(body), opt); err != nil && !errors.As(err, &e) {
			t.Fatalf("an error without a code: %v", err)
		}
	})
}
