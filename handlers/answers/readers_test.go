package answers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"minyi/app/kit/docx/docxtest"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

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
		t.Skip("NO FOREIGN READER of feeds: python3 does not run here")
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
		rows := docxtest.Read(t, data).Rows
		if len(rows) != 4 {
			t.Fatalf("%d rows in Word", len(rows))
		}
		for i, cells := range rows[1:] {
			if said := list[i].Body; len(cells) != 6 || cells[2] != said || cells[3] != no || cells[4] != "标准 <已经> 规定 & 公布。" {
				t.Errorf("row %d says %q, said was %q", i+2, cells, said)
			}
		}
		for path, entries := range map[string]int{lang + "/answers.atom": 1, base + "/answers.atom": 3, lang + "/consultations.atom": 1} {
			status, _, data := reader.Raw(path)
			out := strings.TrimSpace(readBy(t, atom, "feed.xml", data))
			if n := len(strings.Split(out, "\n")); status != 200 || n != entries {
				t.Errorf("%s: %d, %d entries, not %d:\n%s", path, status, n, entries, out)
			}
			// A list of nothing but 未采纳 tells nobody what was decided about what.
			if about := map[string]string{"": "第1条：未采纳", "/en": "Article 1: Not adopted"}[lang]; path == base+"/answers.atom" && strings.Count(out, about) != 3 {
				t.Errorf("%s does not say %s:\n%s", path, about, out)
			}
		}
	}
}
