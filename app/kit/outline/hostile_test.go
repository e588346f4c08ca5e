package outline

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"minyi/models"
)

const (
	wordTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	wordRoot  = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	wordOpen  = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`
	wordEnd   = `</w:body></w:document>`
)

// hostileWord packs a .docx whose body is written by write.
func hostileWord(t testing.TB, more map[string]string, write func(w io.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	part := func(name string, write func(io.Writer)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		write(w)
	}
	text := func(s string) func(io.Writer) { return func(w io.Writer) { io.WriteString(w, s) } }
	part("[Content_Types].xml", text(wordTypes))
	part("_rels/.rels", text(wordRoot))
	part("word/document.xml", func(w io.Writer) { io.WriteString(w, wordOpen); write(w); io.WriteString(w, wordEnd) })
	for name, s := range more {
		part(name, text(s))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func often(n int, s string) func(io.Writer) {
	return func(w io.Writer) {
		block := strings.Repeat(s, 1000)
		for range n / 1000 {
			io.WriteString(w, block)
		}
	}
}

// Files that were made to hang or to exhaust whoever reads them. Each is read or
// refused in words, in time and in memory that a small machine has. The limits are far
// above what is used, so that a busy machine passes and whatever grows with the square
// of the file does not.
func TestNoFileHangsItsReader(t *testing.T) {
	const within, memory = 20 * time.Second, 1 << 30
	run := func(in string) string { return "<w:p><w:r>" + in + "</w:r></w:p>" }
	for name, file := range hostileFiles(t, run) {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			before := inUse()
			began, most := time.Now(), uint64(0)
			done := make(chan error, 1)
			var n int
			go func() {
				o, err := Read(file.name, file.data, Options{})
				n = len(o.Clauses)
				done <- err
			}()
			look := time.NewTicker(20 * time.Millisecond)
			defer look.Stop()
			for {
				select {
				case err := <-done:
					var e *models.Error
					if err != nil && (!errors.As(err, &e) || !strings.HasPrefix(e.Key, "outline.error.")) {
						t.Errorf("an error without words: %v", err)
					}
					t.Logf("%s, %d MB, %d clauses from %d kB: %v", time.Since(began).Round(time.Millisecond), most>>20, n, len(file.data)>>10, err)
					if most > memory {
						t.Errorf("used %d MB", most>>20)
					}
					return
				case <-look.C:
					if now := inUse(); now > before {
						most = max(most, now-before)
					}
					if time.Since(began) > within {
						t.Fatalf("not read within %s", within)
					}
				}
			}
		})
	}
}

// inUse are the bytes of the heap, garbage included.
func inUse() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

type hostileFile struct {
	name string
	data []byte
}

func hostileFiles(t *testing.T, run func(string) string) map[string]hostileFile {
	docx := func(write func(io.Writer)) hostileFile { return hostileFile{"a.docx", hostileWord(t, nil, write)} }
	md := func(s string) hostileFile { return hostileFile{"a.md", []byte(s)} }
	txt := func(s string) hostileFile { return hostileFile{"a.txt", []byte(s)} }
	inner := hostileWord(t, nil, often(1000, run("<w:t>x</w:t>")))
	return map[string]hostileFile{
		"a text in a million pieces": docx(func(w io.Writer) {
			io.WriteString(w, "<w:p><w:r><w:t>")
			often(1_000_000, "a<!---->")(w)
			io.WriteString(w, "</w:t></w:r></w:p>")
		}),
		"a million runs in a paragraph": docx(func(w io.Writer) {
			io.WriteString(w, "<w:p>")
			often(300_000, "<w:r><w:t>民</w:t></w:r>")(w)
			io.WriteString(w, "</w:p>")
		}),
		"a million attributes": docx(func(w io.Writer) {
			io.WriteString(w, "<w:p ")
			often(1_000_000, `w:a="b" `)(w)
			io.WriteString(w, "/>")
		}),
		"an attribute of 60 MB": docx(func(w io.Writer) {
			io.WriteString(w, `<w:p w:a="`)
			often(60_000_000, "b")(w)
			io.WriteString(w, `"/>`)
		}),
		"a bomb": docx(often(200_000_000, " ")),
		"a table of 10,000 columns": docx(func(w io.Writer) {
			io.WriteString(w, "<w:tbl><w:tr>")
			often(10_000, "<w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>")(w)
			io.WriteString(w, "</w:tr></w:tbl>")
		}),
		"tables in tables":              docx(func(w io.Writer) { often(10_000, "<w:tbl><w:tr><w:tc>")(w); often(10_000, "</w:tc></w:tr></w:tbl>")(w) }),
		"200,000 paragraphs":            docx(often(200_000, run("<w:t>第一条 x</w:t>"))),
		"90,000 articles":               docx(often(90_000, run("<w:t>第一条 x</w:t>"))),
		"90,000 text boxes":             docx(often(60_000, run(`<w:pict><w:txbxContent><w:p><w:r><w:t>x</w:t></w:r></w:p></w:txbxContent></w:pict>`))),
		"90,000 notes":                  docx(often(90_000, run(`<w:footnoteReference w:id="1"/>`))),
		"90,000 tracked changes":        docx(often(90_000, `<w:p><w:ins><w:r><w:t>a</w:t></w:r></w:ins><w:del><w:r><w:delText>b</w:delText></w:r></w:del></w:p>`)),
		"paragraphs that flow together": docx(often(60_000, `<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>`)),
		"a file in a file":              {"a.docx", hostileWord(t, map[string]string{"word/embeddings/inner.docx": string(inner), "../../../tmp/evil": "x", `..\..\evil`: "x"}, often(1000, run("<w:t>x</w:t>")))},
		"an entity that grows":          {"a.docx", hostileWord(t, map[string]string{"docProps/core.xml": `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>`}, often(1000, run("<w:t>&b;</w:t>")))},
		"relations without end":         {"a.docx", hostileWord(t, map[string]string{"word/_rels/document.xml.rels": "<Relationships>" + strings.Repeat(`<Relationship Id="a" Type="x/styles" Target="document.xml"/>`, 20_000) + "</Relationships>"}, often(1000, run("<w:t>x</w:t>")))},
		"styles that follow each other": {"a.docx", hostileWord(t, map[string]string{"word/_rels/document.xml.rels": `<Relationships><Relationship Id="a" Type="x/styles" Target="styles.xml"/></Relationships>`, "word/styles.xml": styleChain(20_000)}, often(20_000, `<w:p><w:pPr><w:pStyle w:val="s19999"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>`))},
		"half a file":                   {"a.docx", inner[:len(inner)/2]},
		"a file without an end":         {"a.docx", inner[:len(inner)-30]},
		"a program":                     {"a.exe", []byte("MZ\x90\x00")},
		"100,000 quotes in each other":  md(strings.Repeat("> ", 100_000) + "x"),
		"100,000 lines of deep quotes":  md(strings.Repeat(strings.Repeat(">", 200)+" x\n", 20_000)),
		"100,000 lists in each other":   md(deepList(2000)),
		"a million stars":               md(strings.Repeat("*", 1_000_000)),
		"a million open brackets":       md(strings.Repeat("[", 1_000_000)),
		"a million back ticks":          md(strings.Repeat("`a``", 250_000)),
		"a million open tags":           md(strings.Repeat("<a ", 300_000)),
		"a million emphases":            md(strings.Repeat("*a _b ", 200_000)),
		"a row of 10,000 columns":       md(strings.Repeat("|a", 10_000) + "|\n" + strings.Repeat("|-", 10_000) + "|\n" + strings.Repeat(strings.Repeat("|b", 100)+"|\n", 2000)),
		"a comment that never ends":     md(strings.Repeat("<!-- ", 200_000)),
		"a fence that never ends":       md("```\n" + strings.Repeat("```x\n", 200_000)),
		"a line of 4 MB":                txt("第一条 " + strings.Repeat("民", 1_380_000)),
		"a million lines":               txt(strings.Repeat("第一条\n", 380_000)),
		"a million blank lines":         txt(strings.Repeat("\n", 1_000_000)),
		"200,000 chapters":              txt(strings.Repeat("第一章 总则\n", 200_000)),
		"a table of contents only":      txt("目录\n" + strings.Repeat("第一章 总则\n", 100_000)),
		"100,000 items of every kind":   txt(strings.Repeat("第一条 x\n（一）a；\n1．b\n（1）c\n①d\n", 20_000)),
		"a number of a million signs":   txt("第" + strings.Repeat("一", 1_000_000) + "条 x"),
		"quotes that never close":       txt(strings.Repeat("“第一条 x\n", 100_000)),
		"200,000 references":            txt("第一条 " + strings.Repeat("第三条第二款第（一）项、", 100_000)),
	}
}

func styleChain(n int) string {
	var b strings.Builder
	b.WriteString(`<w:styles xmlns:w="x">`)
	for i := range n {
		fmt.Fprintf(&b, `<w:style w:styleId="s%d"><w:name w:val="n%d"/><w:basedOn w:val="s%d"/></w:style>`, i, i, (i+n-1)%n)
	}
	return b.String() + `</w:styles>`
}

func deepList(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", 2*i) + "* x\n")
	}
	return b.String()
}
