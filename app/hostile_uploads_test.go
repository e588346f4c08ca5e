package app_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"minyi/models"
	"minyi/models/modelstest"
)

// upload is the form of a page with files, as a browser sends it.
func (v *viewer) upload(s site, path, field string, values url.Values, files map[string][]byte) sent {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	values.Set("csrf", v.csrf)
	for name, list := range values {
		for _, one := range list {
			_ = w.WriteField(name, one)
		}
	}
	for name, data := range files {
		f, _ := w.CreateFormFile(field, name)
		_, _ = f.Write(data)
	}
	w.Close()
	return sent{method: "POST", target: path, body: b.Bytes(), header: []string{"Cookie", v.cookie(s), "Content-Type", w.FormDataContentType()}}
}

// zipped packs parts, each of size bytes of one letter where size is given.
func zipped(t *testing.T, parts map[string]string, bomb int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, s := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, s); err != nil {
			t.Fatal(err)
		}
		for range bomb {
			if _, err := w.Write(bytes.Repeat([]byte{' '}, 1<<20)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hostileUploads are files that nobody needs to send, by name.
func hostileUploads(t *testing.T) map[string][]byte {
	const types = `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	const root = `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="word/document.xml"/></Relationships>`
	const body = `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>第一条 x</w:t></w:r></w:p></w:body></w:document>`
	doc := func(more ...string) map[string]string {
		m := map[string]string{"[Content_Types].xml": types, "_rels/.rels": root, "word/document.xml": body}
		for i := 0; i+1 < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	whole := zipped(t, doc(), 0)
	return map[string][]byte{
		"bomb.docx":                        zipped(t, doc(), 100),
		"macro.docx":                       zipped(t, doc("word/vbaProject.bin", "x"), 0),
		"macro.docm":                       zipped(t, doc("[Content_Types].xml", strings.ReplaceAll(types, "wordprocessingml.document.main", "ms-word.document.macroEnabled.main")), 0),
		"half.docx":                        whole[:len(whole)/2],
		"tail.docx":                        whole[:len(whole)-20],
		"nested.docx":                      zipped(t, map[string]string{"inner.docx": string(whole), "a.zip": string(zipped(t, map[string]string{"b.zip": string(whole)}, 0))}, 0),
		"outside.docx":                     zipped(t, map[string]string{"../../../../tmp/evil": "x", "[Content_Types].xml": types}, 0),
		"entity.docx":                      zipped(t, doc("word/document.xml", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>`), 0),
		"deep.docx":                        zipped(t, doc("word/document.xml", strings.Repeat("<w:a>", 50_000)), 0),
		"many.docx":                        zipped(t, manyParts(6000), 0),
		"sheet.xlsx":                       zipped(t, map[string]string{"[Content_Types].xml": "<Types>spreadsheetml</Types>", "xl/workbook.xml": "<x/>"}, 0),
		"old.doc":                          append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 4096)...),
		"rich.docx":                        []byte(`{\rtf1\ansi x}`),
		"program.docx":                     []byte("MZ\x90\x00program"),
		"page.docx":                        []byte("<html><script>xq7()</script></html>"),
		"picture.svg":                      []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="xq7()"/>`),
		"empty.docx":                       {},
		"zeros.docx":                       make([]byte, 1<<20),
		"huge.png":                         append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\x00\x00\x00"), make([]byte, 64)...),
		"cut.jpg":                          []byte("\xff\xd8\xff\xe0\x00\x10JFIF"),
		"polyglot.pdf":                     []byte("<script>xq7()</script>%PDF-1.7\n%%EOF"),
		"no-end.pdf":                       []byte("%PDF-1.7\n" + strings.Repeat("x", 5000)),
		"a\u202efdp.exe":                   []byte("MZ"),
		"<xq7 onx=1>.docx":                 []byte("x"),
		strings.Repeat("长", 300) + ".docx": []byte("x"),
	}
}

func manyParts(n int) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprint("word/", i, ".xml")] = ""
	}
	return m
}

// Files that are no drafts and no attachments are refused in words, one by one, and
// nothing of them stays: no row, no file, nothing in the temporary folder.
func TestNothingStaysOfAFileThatIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		temp := t.TempDir()
		t.Setenv("TMPDIR", temp)
		_, unit := modelstest.City(t, s.DB)
		c := modelstest.Consultation(t, s.DB, unit, 3, nil)
		mine := modelstest.Consultation(t, s.DB, unit, 0, func(c *models.Consultation) { c.PublishedAt = nil })
		p := modelstest.Person(t, s.DB, "officer", unit, models.Officer)
		officer := &viewer{name: "officer", person: p.ID, desk: true}
		s.signIn(officer)
		anna := s.resident("anna")
		for name, data := range hostileUploads(t) {
			one := map[string][]byte{name: data}
			for where, r := range map[string]sent{
				"a draft":         officer.upload(s, "/en/desk/c/"+mine.ID+"/import", "file", url.Values{"changes": {"accept"}}, one),
				"an attachment":   officer.upload(s, "/en/desk/c/"+mine.ID+"/files", "file", url.Values{"title": {"附件"}}, one),
				"with an opinion": anna.upload(s, "/en/consultations/"+c.ID+"/basket?clause=a1", "files", url.Values{"stance": {"amend"}, "body": {"路口太窄"}}, one),
			} {
				g := s.send(r)
				doc, err := html.Parse(bytes.NewReader(g.body))
				if err != nil || g.status != 422 && g.status != 413 {
					if where == "with an opinion" && len(data) == 0 && g.status == 303 || where == "a draft" && g.status == 303 && !slices.Contains(formats, filepath.Ext(name)) {
						continue
					}
					t.Errorf("%.30q as %s: %d to %s", name, where, g.status, g.header.Get("Location"))
					continue
				}
				summary := ""
				for n := range doc.Descendants() {
					if n.Data == "xq7" || n.Type == html.ElementNode && n.Data == "script" && attr(n, "src") == "" && attr(n, "type") == "" {
						t.Errorf("%.30q as %s: its name became an element", name, where)
					}
					if n.Type == html.ElementNode && strings.Contains(attr(n, "class"), "error-summary") {
						summary = strings.TrimSpace(textOf(n))
					}
				}
				if summary == "" {
					t.Errorf("%.30q as %s: refused without a word", name, where)
				}
			}
		}
		if rows, err := s.DB.ImportsOf(t.Context(), mine.ID); err != nil || len(rows) > 0 {
			t.Errorf("%d imports were kept: %v", len(rows), err)
		}
		if rows, err := s.DB.AttachmentsOf(t.Context(), "consultation", mine.ID); err != nil || len(rows) > 0 {
			t.Errorf("%d attachments were kept: %v", len(rows), err)
		}
		// What lay on the disk for a request goes right after its answer.
		eventually(t, "no file is left behind", func() bool { return len(filesIn(filepath.Join(s.Settings.DataDir, "attachments"), temp)) == 0 })
	})
}

// filesIn lists the files in folders and below.
func filesIn(dirs ...string) (list []string) {
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				list = append(list, path)
			}
			return nil
		})
	}
	return list
}

// formats are the endings of files that can be a draft.
var formats = []string{".docx", ".docm", ".doc"}
