package drafting_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/PuerkitoBio/goquery"

	"minyi/app/drafting"
	"minyi/app/kit/outline"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// uploaded is the preview of a draft that an officer uploaded, and the officer.
func uploaded(t *testing.T, s handlerstest.Site, name, draft string) (*handlerstest.Browser, handlerstest.Page, models.Consultation) {
	t.Helper()
	c := s.Consultation(nil, false)
	b := s.As(modelstest.Person(t, s.DB, "officer", s.Unit(false), models.Officer))
	to, values := handlerstest.Fields(b.Open("/desk/c/"+c.ID+"/import"), "/import")
	page := b.UploadAs(to, "file", values, handlerstest.Attached{Name: name, Data: []byte(draft)})
	if !strings.HasPrefix(page.Path, "/desk/imports/") {
		t.Fatalf("%d %s: %s", page.Status, page.Path, page.Find("main").Text())
	}
	return b, page, c
}

// words leaves out white space.
func words(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func wholeOf(o outline.Outline) string {
	var b strings.Builder
	for _, k := range o.Clauses {
		b.WriteString(k.Number + k.Title + k.Text)
	}
	return b.String()
}

// chapters reads a preview to its end: what is written in the tree, and in the original
// beside it.
func chapters(t *testing.T, b *handlerstest.Browser, page handlerstest.Page, most int) (tree, source string, pages int) {
	t.Helper()
	for {
		pages++
		page.Find(".tree-row").Each(func(_ int, row *goquery.Selection) {
			tree += row.Find(".tree-number").Text() + row.Find(".tree-title").Text() + row.Find(".tree-text").Text()
		})
		beside := page.Find(".source-text").Text()
		source += beside
		first, last := page.Find(".tree-row .tree-number").First().Text(), page.Find(".tree-row .tree-number").Last().Text()
		if !strings.Contains(beside, first) || !strings.Contains(beside, last) {
			t.Errorf("beside %s to %s stands another part of the original", first, last)
		}
		if n := page.Find(".tree-row").Length(); n > most {
			t.Errorf("page %d shows %d clauses at once", pages, n)
		}
		next, ok := page.Find("a[rel=next]").First().Attr("href")
		if !ok {
			return tree, source, pages
		}
		page = b.Open(next)
	}
}

// The rule: a long draft is looked through chapter by chapter, with all warnings on top
// of each, every one leading to its clause; nothing of the text is left out; who puts
// something right stays where it was; and what is taken over is the whole of it.
func TestALongImportIsReadByChapterAndTakenOverWhole(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		draft := strings.Replace(regulation(), "第九十九条　", "第九十条　", 1)
		b, page, c := uploaded(t, s, "draft.md", draft)
		tree, source, pages := chapters(t, b, page, 130)
		read, err := outline.Read("draft.md", []byte(draft), outline.Options{})
		if err != nil {
			t.Fatal(err)
		}
		all := wholeOf(read)
		if words(tree) != words(all) || words(source) != words(all) {
			t.Error("the pieces of the preview are not the whole draft")
		}
		if contents := page.Find(".tree-contents a").Length(); pages < 2 || contents != pages {
			t.Errorf("%d pages, %d lines of contents", pages, contents)
		}

		if len(read.Warnings) < 2 {
			t.Fatalf("the draft gives only %v", read.Warnings)
		}
		links := page.Find(".warnings a").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
		if len(links) != len(read.Warnings) {
			t.Fatalf("%d warnings, %d lead to a clause", len(read.Warnings), len(links))
		}
		address, fragment, _ := strings.Cut(links[0], "#")
		there := b.Open(address)
		if row := there.Find("#" + fragment); !strings.Contains(row.Text(), "摊位编号99，") || row.Find("form.fixes").Length() != 1 {
			t.Errorf("the warning leads to %q", row.Text())
		}
		if n := there.Find(".warnings li").Length(); n != len(read.Warnings) {
			t.Errorf("the page of a chapter has %d warnings of %d", n, len(read.Warnings))
		}

		// The number is cut off the clause, which so gets another key.
		fixed := b.Fill(there, "/fix", "op", "number", "number", "")
		if row := fixed.Find(".tree-open"); !strings.Contains(row.Text(), "摊位编号99，") || row.AttrOr("id", fragment) == fragment {
			t.Errorf("after the fix %q is open: %s", row.Text(), row.AttrOr("id", ""))
		}
		before := fixed.Find(".tree-row").First().Text()
		merged := b.Fill(fixed, "/fix", "op", "merge")
		if row := merged.Find(".tree-open"); !strings.Contains(row.Text(), "摊位编号98，") || !strings.Contains(row.Text(), "摊位编号99，") {
			t.Errorf("after the joining %q is open", row.Text())
		}
		if merged.Find(".tree-row").First().Text() != before {
			t.Error("the fix led to another chapter")
		}
		refused := b.Fill(merged, "/fix", "op", "split", "from", "没有这句话")
		if row := refused.Find(".tree-open"); refused.Find(".error-summary").Length() != 1 || !strings.Contains(row.Text(), "摊位编号98，") {
			t.Errorf("a fix that cannot be led to %q", row.Text())
		}

		b.Fill(b.Open(merged.Path+"/confirm"), "/confirm")
		versions, err := s.DB.VersionsOf(context.Background(), c.ID)
		if err != nil || len(versions) == 0 {
			t.Fatal(versions, err)
		}
		clauses, err := s.DB.ClausesOf(context.Background(), versions[len(versions)-1].ID)
		if err != nil {
			t.Fatal(err)
		}
		if taken := wholeOf(drafting.Outline("", clauses)); words(taken) != words(all) {
			t.Error("what was taken over is not the whole draft")
		}
	})
}

// The rule: a draft of a usual length is one page, its warnings lead to their clauses, and
// what is about the whole file names no line and leads nowhere.
func TestAShortImportIsOnePage(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		_, page, _ := uploaded(t, s, "draft.md", "# 规则\n\n第一条　甲。\n\n第三条　乙。\n")
		if page.Find(".tree-contents, .pager").Length() != 0 || page.Find(".tree-row").Length() != 3 {
			t.Error("a short draft is cut")
		}
		if link := page.Find(".warnings a"); link.Length() != 1 || !strings.HasSuffix(link.AttrOr("href", ""), "?at=a3#a3") {
			t.Errorf("the warning leads to %q", link.AttrOr("href", ""))
		}
	})
}

// The rule holds for real laws, which are set one behind the other to be long enough.
func TestRealTextsAreWholeInTheirPreview(t *testing.T) {
	shared := os.Getenv("MINYI_SHARED")
	files, _ := filepath.Glob(filepath.Join(shared, "data", "policies", "zh", "*.md"))
	if shared == "" || len(files) == 0 {
		t.Skip("SKIPPED: no policy texts; set MINYI_SHARED to the folder that holds data/policies")
	}
	var all strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("\n\n" + string(data))
	}
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		b, page, _ := uploaded(t, s, "laws.md", all.String())
		tree, source, pages := chapters(t, b, page, 1000)
		read, err := outline.Read("laws.md", []byte(all.String()), outline.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if whole := words(wholeOf(read)); words(tree) != whole || words(source) != whole || pages < 4 {
			t.Errorf("the %d pieces of the preview are not the whole text", pages)
		}
	})
}
