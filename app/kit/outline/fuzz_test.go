package outline

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"minyi/app/kit/docx"
	"minyi/models"
)

var seeds = []string{
	"", "第一条 为了\n第二条　适用\n（一）甲；\n（二）乙。\n款\n", "# T\n\n## 第一章 总则\n\n第一条 a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
	"目录\n第一章 总则\n第二章 附则\n第一章 总则\n第一条 x\n第二章 附则\n第二条 y\n", "一、将第三条修改为：“第三条 x。\n“第四条 y。”\n二、z\n",
	"---\ntitle: x\n---\n<!-- INFO END -->\n* a\n  * b\n> q\n***b*** _i_ `c`\n```\nx\n```\n", "Section 1. Title\n(a) x\n(i) y\n(ii) z\n(b) w\n5.1 A\n5.1.1 B\n",
	"1 范围\n本标准\n2 术语\n2.1 词\n附录A 表\n清河市司法局\n2026年3月1日\n", "第一条：a\n第十二条之一 b\n第1条c\n第 一 百 零 一 条 d\n", "<a <b>c</b>\n<div class=\"x\">y</div><br>z&nbsp;w\nSetext\n===\n",
}

// within reports that every character of part stands in all, in order.
func within(part, all string) bool {
	for _, r := range part {
		i := strings.IndexRune(all, r)
		if i < 0 {
			return false
		}
		all = all[i+utf8.RuneLen(r):]
	}
	return true
}

// bare leaves out what may be markup, so that it is a lower bound of what must be
// kept.
func bare(s string) string {
	for _, e := range []string{"&nbsp;", "&emsp;", "&ensp;"} {
		s = strings.ReplaceAll(s, e, " ")
	}
	return letters(s)
}

func signs(s string) string {
	return strings.Map(func(r rune) rune {
		if blank(r) || strings.ContainsRune("#*_>|-+=", r) {
			return -1
		}
		return r
	}, s)
}

func fuzzText(f *testing.F, name string, check func(t *testing.T, text string, o Outline)) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := Read(name, data, Options{})
		if err != nil {
			var e *models.Error
			if !errors.As(err, &e) || !strings.HasPrefix(e.Key, "outline.error.") {
				t.Fatalf("an error without words: %v", err)
			}
			return
		}
		if docx.Looks(data) {
			return
		}
		text, err := decode(data)
		if err != nil {
			t.Fatal(err)
		}
		checkTree(t, o)
		check(t, text, o)
		tryEdits(t, o)
	})
}

// FuzzReadText: plain text comes back character for character.
func FuzzReadText(f *testing.F) {
	fuzzText(f, "a.txt", func(t *testing.T, text string, o Outline) {
		if got := whole(o); got != squeeze(text) {
			t.Fatalf("%s\n%s", difference(got, squeeze(text)), sketch(o))
		}
	})
}

// FuzzReadMarkdown: all that cannot be markup comes back, and nothing is added.
func FuzzReadMarkdown(f *testing.F) {
	fuzzText(f, "a.md", func(t *testing.T, text string, o Outline) {
		got := signs(whole(o))
		if least := bare(text); !within(least, got) {
			t.Fatalf("lost something of %q in %q", least, got)
		}
		if !within(got, signs(text)) {
			t.Fatalf("added something to %q: %q", text, got)
		}
	})
}

// FuzzReadWord: what the writer was given comes back from the reader.
func FuzzReadWord(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := docx.NewWriter(docx.Meta{})
		for i, part := range strings.Split(text, "\n\n") {
			if i%5 == 4 {
				w.Table([]string{part}, [][]string{{part, "x"}}, nil)
				continue
			}
			w.Text(part)
		}
		data, err := w.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		o, err := Read("a.docx", data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkTree(t, o)
		doc, err := docx.Read(data, docx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		for _, b := range doc.Blocks {
			want.WriteString(b.Number + b.Text)
			for _, row := range b.Rows {
				want.WriteString(strings.Join(row, ""))
			}
		}
		if got := whole(o); got != squeeze(want.String()) {
			t.Fatal(difference(got, squeeze(want.String())))
		}
	})
}

// tryEdits does every operation once on a few clauses: nothing may be lost and the
// tree stays a tree.
func tryEdits(t *testing.T, o Outline) {
	before := sketch(o)
	step := max(len(o.Clauses)/4, 1)
	for i := 0; i < len(o.Clauses); i += step {
		c := o.Clauses[i]
		for name, edit := range edits(c) {
			out, err := edit(o)
			if err != nil {
				continue
			}
			checkTree(t, out)
			if got, want := whole(out), whole(o); got != want {
				t.Fatalf("%s of %s: %s", name, c.Key, difference(got, want))
			}
		}
	}
	if sketch(o) != before {
		t.Fatal("an operation changed the outline it was given")
	}
}

func edits(c Clause) map[string]func(Outline) (Outline, error) {
	middle := utf8.RuneCountInString(c.Text) / 2
	out := map[string]func(Outline) (Outline, error){
		"promote":  func(o Outline) (Outline, error) { return Promote(o, c.Key) },
		"demote":   func(o Outline) (Outline, error) { return Demote(o, c.Key) },
		"merge":    func(o Outline) (Outline, error) { return Merge(o, c.Key) },
		"split":    func(o Outline) (Outline, error) { return Split(o, c.Key, middle) },
		"number":   func(o Outline) (Outline, error) { return SetNumber(o, c.Key, c.Number+c.Title) },
		"title":    func(o Outline) (Outline, error) { return SetTitle(o, c.Key, "") },
		"unnumber": func(o Outline) (Outline, error) { return SetNumber(o, c.Key, "") },
	}
	for _, k := range []Kind{Part, Chapter, Section, Article, Paragraph, Item, Subitem, Heading, Text} {
		out["kind "+string(k)] = func(o Outline) (Outline, error) { return SetKind(o, c.Key, k) }
	}
	return out
}
