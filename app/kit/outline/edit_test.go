package outline

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"minyi/app/kit/docx"
	"minyi/models"
)

const draft = `第一章 总则
第一条 为了方便居民。
本条例所称居民，是指常住人口。
（一）甲；
（二）乙。
第二条 本条例适用于本市。
第二章 附则
第三条 自公布之日起施行。
`

func TestEdits(t *testing.T) {
	type edit func(Outline) (Outline, error)
	for _, c := range []struct {
		name string
		edit edit
		want []string // keys, kinds and numbers around the place
	}{
		{"promote puts a paragraph beside its article", func(o Outline) (Outline, error) { return Promote(o, "a1p2") }, []string{"c1", "a1", "t1", "t1i1", "t1i2", "a2", "c2", "a3"}},
		{"promote moves what is below along", func(o Outline) (Outline, error) { return Promote(o, "a1") }, []string{"c1", "a1", "a1p2", "a1p2i1", "a1p2i2", "a2", "c2", "a3"}},
		{"demote makes an article a paragraph of the one before", func(o Outline) (Outline, error) { return Demote(o, "a2") }, []string{"c1", "a1", "a1p2", "a1p2i1", "a1p2i2", "a1p3", "c2", "a3"}},
		{"demote makes an item a sub-item", func(o Outline) (Outline, error) { return Demote(o, "a1p2i2") }, []string{"c1", "a1", "a1p2", "a1p2i1", "a1p2i1s2", "a2", "c2", "a3"}},
		{"split makes a new paragraph of an article", func(o Outline) (Outline, error) { return Split(o, "a2", 4) }, []string{"c1", "a1", "a1p2", "a1p2i1", "a1p2i2", "a2", "a2p2", "c2", "a3"}},
		{"split leaves the items with the second half", func(o Outline) (Outline, error) { return Split(o, "a1p2", 6) }, []string{"c1", "a1", "a1p2", "a1p3", "a1p3i1", "a1p3i2", "a2", "c2", "a3"}},
		{"merge joins with the clause before", func(o Outline) (Outline, error) { return Merge(o, "a1p2i2") }, []string{"c1", "a1", "a1p2", "a1p2i1", "a2", "c2", "a3"}},
		{"merge of an article keeps its text on a new line", func(o Outline) (Outline, error) { return Merge(o, "a2") }, []string{"c1", "a1", "a1p2", "a1p2i1", "a1p2i2", "c2", "a3"}},
		{"a kind finds its level", func(o Outline) (Outline, error) { return SetKind(o, "a2", Section) }, []string{"c1", "a1", "a1p2", "a1p2i1", "a1p2i2", "c1s2", "c2", "a3"}},
		{"no number makes an unnumbered article", func(o Outline) (Outline, error) { return SetNumber(o, "a3", "") }, []string{"c1", "a1", "a1p2", "a1p2i1", "a1p2i2", "a2", "c2", "ax1"}},
		{"a title is taken from the text", func(o Outline) (Outline, error) { return SetTitle(o, "a3", "自公布之日起") }, []string{"c1", "a1", "a1p2", "a1p2i1", "a1p2i2", "a2", "c2", "a3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := mustRead(t, "a.txt", draft)
			out, err := c.edit(o)
			if err != nil {
				t.Fatal(err)
			}
			checkTree(t, out)
			var keys []string
			for _, k := range out.Clauses {
				keys = append(keys, k.Key)
			}
			if got := strings.Join(keys, " "); got != strings.Join(c.want, " ") {
				t.Errorf("keys %s\nwant %s\n%s", got, strings.Join(c.want, " "), sketch(out))
			}
			if whole(out) != squeeze(draft) {
				t.Error(difference(whole(out), squeeze(draft)))
			}
			if whole(o) != squeeze(draft) || len(o.Clauses) != 8 {
				t.Error("the outline that was given has changed")
			}
		})
	}
}

func TestEditsThatCannotBe(t *testing.T) {
	o := mustRead(t, "a.txt", draft)
	for name, c := range map[string]struct {
		key string
		err error
	}{
		"promoting a root":             {"at_top", second(Promote(o, "c1"))},
		"demoting the first clause":    {"no_place", second(Demote(o, "c1"))},
		"demoting a first child":       {"no_place", second(Demote(o, "a1"))},
		"merging the first clause":     {"no_place", second(Merge(o, "c1"))},
		"splitting at the beginning":   {"bad_split", second(Split(o, "a1", 0))},
		"splitting behind the end":     {"bad_split", second(Split(o, "a1", 99))},
		"a clause that is not there":   {"no_clause", second(Promote(o, "a99"))},
		"a number that is not there":   {"not_there", second(SetNumber(o, "a1", "第九条"))},
		"a title that is not there":    {"not_there", second(SetTitle(o, "a1", "目的"))},
		"a kind that does not exist":   {"bad_kind", second(SetKind(o, "a1", "verse"))},
		"splitting an empty clause":    {"bad_split", second(Split(o, "c1", 1))},
		"a negative offset of a split": {"bad_split", second(Split(o, "a1", -1))},
	} {
		var e *models.Error
		if !errors.As(c.err, &e) || e.Key != "outline.error."+c.key || e.Kind != models.Invalid {
			t.Errorf("%s: error %v, want %s", name, c.err, c.key)
		}
	}
}

func second(_ Outline, err error) error { return err }

func TestSetNumberTakesItFromTheText(t *testing.T) {
	o := mustRead(t, "a.txt", "第一条 甲。\n附加条款 乙。\n")
	out, err := SetNumber(o, "a1p2", "附加条款")
	if err != nil || out.Clauses[1].Number != "附加条款" || out.Clauses[1].Text != "乙。" {
		t.Fatalf("%v %+v", err, out.Clauses)
	}
	back, err := SetNumber(out, out.Clauses[1].Key, "")
	if err != nil || back.Clauses[1].Text != "附加条款 乙。" {
		t.Fatalf("%v %+v", err, back.Clauses)
	}
}

func TestPrint(t *testing.T) {
	o := mustRead(t, "a.txt", "示例条例\n第一条 甲。\n（一）乙。\n第三条 丙。\n")
	var b bytes.Buffer
	if err := Print(&b, o); err != nil {
		t.Fatal(err)
	}
	want := "示例条例\n\nh1           示例条例\na1           第一条 甲。\na1p1i1         （一） 乙。\na3           第三条 丙。\n\n! 4: number_gap 第三条 第一条\n"
	if b.String() != want {
		t.Errorf("tree\n%s\nwant\n%s", b.String(), want)
	}
}

func TestWordDetails(t *testing.T) {
	t.Run("a table of contents of styles is kept as one text", func(t *testing.T) {
		doc := docx.Document{Blocks: []docx.Block{{Line: 1, Text: "示例条例", Style: "title", Center: true}, {Line: 2, Text: "第一章 总则\t1", TOC: true}, {Line: 3, Text: "第一条 目的\t1", TOC: true}, {Line: 4, Number: "第一章", Text: "总则", Level: 1}, {Line: 5, Number: "第一条", Text: "目的。\n第二条 范围。\n续行"}}}
		blocks, warnings := wordBlocks(doc)
		o := build(blocks, warnings, "")
		want := "h1 heading [|示例条例|]\nt1 text [||第一章 总则\t1/第一条 目的\t1]\nc1 chapter [第一章|总则|]\n  a1 article [第一条||目的。]\n  a2 article [第二条||范围。/续行]\n"
		if sketch(o) != want {
			t.Errorf("got\n%s\nwant\n%s", sketch(o), want)
		}
	})
	t.Run("an automatic number is never taken for the words of a sentence", func(t *testing.T) {
		doc := docx.Document{Blocks: []docx.Block{{Line: 1, Text: "第一条 收费："}, {Line: 2, Number: "1.", Text: "按月；"}, {Line: 3, Number: "a.", Text: "单独一项"}, {Line: 4, Text: "b. 手写的"}}}
		blocks, _ := wordBlocks(doc)
		want := "a1 article [第一条||收费：]\n  a1p1i1 item [1.||按月；]\n    a1p1i1s1 subitem [a.||单独一项]\n    a1p1i1s2 subitem [b.||手写的]\n"
		if o := build(blocks, nil, ""); sketch(o) != want {
			t.Errorf("got\n%s\nwant\n%s", sketch(o), want)
		}
	})
	t.Run("notes, tables and remarks keep their place", func(t *testing.T) {
		doc := docx.Document{Blocks: []docx.Block{{Line: 1, Text: "第一条 收费[1]："}, {Kind: docx.Table, Line: 2, Rows: [][]string{{"类别", "元"}, {"第一条 住宅", "10"}}}, {Line: 3, Text: "（一）按月；"}, {Kind: docx.Note, Line: 4, Number: "[1]", Text: "第二条 含税"}},
			Remarks: []docx.Remark{{Line: 1, Code: "footnote", Args: []string{"1"}}}}
		blocks, warnings := wordBlocks(doc)
		o := build(blocks, warnings, "")
		want := "a1 article [第一条||收费[1]：]\n  t1 text [||类别\t元/第一条 住宅\t10]\n  a1p1i1 item [（一）||按月；]\nt2 text [||[1] 第二条 含税]\n"
		if sketch(o) != want {
			t.Errorf("got\n%s\nwant\n%s", sketch(o), want)
		}
		if got := strings.Join(codes(o), " "); got != "footnote table" {
			t.Errorf("warnings %s", got)
		}
	})
}

func TestNumeral(t *testing.T) {
	for s, want := range map[string]int{"十": 10, "十二": 12, "二十": 20, "一百零一": 101, "一百一十": 110, "一千二百六十": 1260, "一〇一": 101, "一○一": 101, "１２": 12, "12": 12, "两百": 200, "第": 0, "99999999999": 0, "一 百": 100} {
		if got := numeral(s); got != want {
			t.Errorf("numeral(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestEmptyDocuments(t *testing.T) {
	for _, text := range []string{"", "\n\n", "\ufeff", "  \u3000\n"} {
		o := mustRead(t, "a.md", text)
		if len(o.Clauses) != 0 || o.Clauses == nil || strings.Join(codes(o), "") != "empty" {
			t.Errorf("%q gives %+v", text, o)
		}
	}
}
