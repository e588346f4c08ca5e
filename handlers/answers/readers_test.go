package answers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// office reads a Word file as strict as another program would, by nothing of ours: every
// part is well formed and has a type, every relation leads to a part, and the rows of its
// tables are printed.
const office = `
import sys, zipfile, posixpath
import xml.etree.ElementTree as E
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None, "a part is damaged"
names = z.namelist()
assert len(names) == len(set(names)), "a part is there twice"
assert names[0] == "[Content_Types].xml", "the types do not come first"
T = "{http://schemas.openxmlformats.org/package/2006/content-types}"
R = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
types = E.fromstring(z.read("[Content_Types].xml"))
ends = {d.get("Extension").lower() for d in types.findall(T + "Default")}
over = {o.get("PartName") for o in types.findall(T + "Override")}
for name in over:
    assert name[1:] in names, "a type for the missing part " + name
for name in names:
    if name == "[Content_Types].xml": continue
    assert "/" + name in over or name.rsplit(".", 1)[-1].lower() in ends, "no type for " + name
    if name.endswith((".xml", ".rels")): E.fromstring(z.read(name))
main = None
for name in [n for n in names if n.endswith(".rels")]:
    ids = set()
    base = posixpath.dirname(posixpath.dirname(name))
    for r in E.fromstring(z.read(name)).iter(R):
        assert r.get("Id") not in ids, "a relation is there twice in " + name
        ids.add(r.get("Id"))
        if r.get("TargetMode") == "External": continue
        to = posixpath.normpath(posixpath.join(base, r.get("Target"))).lstrip("/")
        assert to in names, name + " leads to the missing part " + to
        if name == "_rels/.rels" and r.get("Type").endswith("/officeDocument"): main = to
assert main, "no relation leads to the document"
doc = E.fromstring(z.read(main))
styles = {s.get(W + "styleId") for s in E.fromstring(z.read("word/styles.xml")).iter(W + "style")}
for kind in ("pStyle", "rStyle", "tblStyle"):
    for s in doc.iter(W + kind): assert s.get(W + "val") in styles, "no style " + s.get(W + "val")
assert list(doc.find(W + "body"))[-1].tag == W + "sectPr", "the page is not described last"
text = lambda e: "".join("\\n" if t.tag == W + "br" else t.text or "" for t in e.iter() if t.tag in (W + "t", W + "br"))
for p in doc.find(W + "body").findall(W + "p"): print("P\t" + text(p))
for t in doc.iter(W + "tbl"):
    columns = len(t.find(W + "tblGrid").findall(W + "gridCol"))
    for row in t.findall(W + "tr"):
        cells = row.findall(W + "tc")
        assert len(cells) == columns, "a row of another width"
        for c in cells: assert c.find(W + "p") is not None, "a cell without a paragraph"
        print("R\t" + "\t".join("\\n".join(text(p) for p in c.findall(W + "p")) for c in cells))
`

// atom reads a feed by the rules of RFC 4287 and prints its entries.
const atom = `
import sys
import xml.etree.ElementTree as E
from datetime import datetime
A = "{http://www.w3.org/2005/Atom}"
f = E.parse(sys.argv[1]).getroot()
assert f.tag == A + "feed", f.tag
def one(e, name):
    found = e.findall(A + name)
    assert len(found) == 1, "%d of %s" % (len(found), name)
    return found[0]
def moment(e, name):
    t = one(e, name).text
    assert datetime.fromisoformat(t.replace("Z", "+00:00")).tzinfo, t
    return t
assert one(f, "title").text.strip() and ":" in one(f, "id").text
moment(f, "updated")
assert [l for l in f.findall(A + "link") if l.get("rel") == "self"], "it does not say where it is"
ids = set()
for e in f.findall(A + "entry"):
    key = one(e, "id").text
    assert ":" in key and key not in ids, key
    ids.add(key)
    assert moment(e, "updated") <= moment(f, "updated"), "an entry is younger than the feed"
    assert [a for a in f.findall(A + "author") + e.findall(A + "author") if a.find(A + "name").text.strip()], "nobody wrote it"
    assert [l for l in e.findall(A + "link") if l.get("href", "").startswith("http")], "it leads nowhere"
    print(one(e, "title").text.strip() + "\t" + (e.findtext(A + "summary") or ""))
`

// readBy runs a reader of another make over a file, and skips where there is none.
func readBy(t *testing.T, reader, name string, data []byte) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here: the Word file and the feeds are not read by another program")
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-I", "-c", reader, file).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// Another program than ours reads the adoption table in Word and the feeds, with the same
// words in them: also those that XML knows as its own.
func TestAnotherProgramReadsTheAdoptionTableAndTheFeeds(t *testing.T) {
	s := handlerstest.Start(t, "")
	c, list := closed(t, s, "太吵了 <b>&amp;\"粗体\"</b> ]]>", "路灯太暗\n第二行", "=1+1 😀")
	unit := s.Unit(true)
	one, two := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer)), s.As(modelstest.Person(t, s.DB, "two", unit, models.Officer))
	for _, o := range list {
		if p := one.Fill(one.Open("/desk/opinions/"+o.ID), "/answer", "decision", "not", "reason_zh", "标准 <已经> 规定 & 公布。"); p.Status != 200 {
			t.Fatalf("answering: %d", p.Status)
		}
	}
	report := "/desk/c/" + c.ID + "/report"
	if p := one.Fill(one.Open(report), "/report", "story1_zh", "我们问了：夜里 <几点> 收摊 & 为什么。"); p.Status != 200 {
		t.Fatalf("the report: %d", p.Status)
	}
	if p := one.Fill(one.Open(report), "/report/propose"); p.Status != 200 || p.Find(".report-texts").Length() != 1 {
		t.Fatalf("proposing: %d\n%s", p.Status, p.Find("main").Text())
	}
	// Who publishes reads first what is published.
	check := two.Open(report)
	if !strings.Contains(check.Find(".report-texts").Text(), "夜里 <几点> 收摊") {
		t.Errorf("the second person does not see the report:\n%s", check.Find("main").Text())
	}
	if p := two.Fill(check, "/report/publish"); p.Status != 200 {
		t.Fatalf("publishing: %d\n%s", p.Status, p.Find("main").Text())
	}
	reader := s.Browser()
	for lang, no := range map[string]string{"": "未采纳", "/en": "Not adopted"} {
		base := lang + "/consultations/" + c.ID
		status, _, data := reader.Raw(base + "/adoption.docx")
		if status != 200 {
			t.Fatalf("%s: %d", base, status)
		}
		rows := 0
		for _, line := range strings.Split(readBy(t, office, "adoption.docx", data), "\n") {
			cells := strings.Split(line, "\t")
			if cells[0] != "R" {
				continue
			}
			if rows++; rows == 1 {
				continue
			}
			said := strings.ReplaceAll(list[rows-2].Body, "\n", "\\n")
			if len(cells) != 7 || cells[3] != said || cells[4] != no || cells[5] != "标准 <已经> 规定 & 公布。" {
				t.Errorf("row %d says %q, said was %q", rows, cells, said)
			}
		}
		if rows != 4 {
			t.Errorf("%d rows in Word", rows)
		}
		for path, entries := range map[string]int{lang + "/answers.atom": 1, base + "/answers.atom": 3, lang + "/consultations.atom": 1} {
			status, _, data := reader.Raw(path)
			out := strings.TrimSpace(readBy(t, atom, "feed.xml", data))
			if n := len(strings.Split(out, "\n")); status != 200 || n != entries {
				t.Errorf("%s: %d, %d entries, not %d:\n%s", path, status, n, entries, out)
			}
		}
	}
}
