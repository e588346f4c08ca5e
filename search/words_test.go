package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatIsUnderstood(t *testing.T) {
	for _, c := range []struct{ text, clause, terms string }{
		{"营商环境条例第十二条", "12", "营商环境条例"},
		{"第12条", "12", ""},
		{"第十二条之一", "12-1", ""},
		{"第二章第五条", "5", ""},
		{"第二章", "ch:2", ""},
		{"《城市供水條例》第３条第二款", "3", "城市|供水|条例"},
		{"Article 12 of the bill", "12", "bill"},
		{"section 5.2.1", "5.2.1", ""},
		{"十二", "", "十二"},
		{"一条路", "", "一条路"},
		{"小区的停车位怎么办", "", "小区|停车位"},
		{"停车场", "", "停车场"},
		{"目的", "", "目的"},
		{"2027年", "", "2027"},
		{"the of and", "", "the|of|and"},
		{`"停车" OR 1=1`, "", "停车|1"},
	} {
		u := Understand(c.text)
		var terms []string
		for _, x := range u.Terms {
			terms = append(terms, x.Text())
		}
		if u.Clause != c.clause || strings.Join(terms, "|") != c.terms {
			t.Errorf("%q is understood as %q, clause %q", c.text, terms, u.Clause)
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]string{"十": "10", "十二": "12", "二十": "20", "一百零五": "105", "一百二十": "120", "二〇二七": "2027", "一万两千": "12000", "三千五百": "3500", "万": ""} {
		if got, _ := numeralValue([]rune(text)); got != want {
			t.Errorf("%s is %q, not %q", text, got, want)
		}
	}
}

func TestFoldKeepsPlaces(t *testing.T) {
	for text, want := range map[string]string{"停車場ＡＢＣ１２３": "停车场abc123", "Café": "cafe", "路燈太亮": "路灯太亮"} {
		if got := string(Fold(text)); got != want {
			t.Errorf("%q folds to %q, not %q", text, got, want)
		}
	}
}

func TestMarksAreWhereTheWordsAre(t *testing.T) {
	for _, c := range []struct{ query, text, want string }{
		{"停车", "小区停車难，停车贵", "小区[停車]难，[停车]贵"},
		{"十二", "共12个，第十二条", "共[12]个，第[十二]条"},
		{"licence", "A license and licences", "A [license] and [licences]"},
		{"licens", "A license", "A [license]"},
		{"第十二条", "见第12条和第十三条", "见[第12条]和第十三条"},
		{"<b>", "a <b> b", "a <[b]> [b]"},
	} {
		var got strings.Builder
		for _, p := range Understand(c.query).Mark(c.text, 0) {
			if p.Mark {
				got.WriteString("[" + p.Text + "]")
			} else {
				got.WriteString(p.Text)
			}
		}
		if got.String() != c.want {
			t.Errorf("%q in %q: %q, not %q", c.query, c.text, got.String(), c.want)
		}
	}
}

// Whatever is typed is data: it is understood within its limits, and marking any text
// by it gives the text back.
func FuzzUnderstand(f *testing.F) {
	for _, s := range []string{"", "停车 \"AND\" (x", strings.Repeat("第十二条", 3000), "\x00\xff\u202e", "第第条条之之", "Section §§ 1.2.3.4.5.6", "零零零零", "a\u0301ﬀＡ㍿𠀀"} {
		f.Add(s, "第十二条停车12 license "+s)
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		u := Understand(query)
		if len(u.Terms) > TermLimit {
			t.Fatalf("%d terms", len(u.Terms))
		}
		for _, term := range u.Terms {
			for _, form := range term.Forms {
				if len(form.Terms) == 0 || slices.Contains(form.Terms, "") {
					t.Fatalf("%q has a form without terms: %+v", query, form)
				}
			}
		}
		if !utf8.ValidString(text) {
			return
		}
		var back strings.Builder
		for _, p := range u.Mark(text, 0) {
			back.WriteString(p.Text)
		}
		if back.String() != text {
			t.Fatalf("marking %q by %q gives %q", text, query, back.String())
		}
		u.Mark(text, 50)
		d := Document{Text: Words{ZH: text}, Title: Words{ZH: query}, Number: query, Kind: KindClause}
		if slices.Contains(d.Terms(), "") {
			t.Fatalf("an empty term in %q", text)
		}
		d.Address()
		SimilarTerms(text, 10)
	})
}

// An excerpt cuts no word with letters in two, and no match.
func TestExcerptsCutNoWords(t *testing.T) {
	text := strings.Repeat("households of older estates should park nearby ", 6) + "and the charging points " + strings.Repeat("belong underneath every building entrance ", 6)
	u := Understand("charging")
	for limit := 20; limit < 200; limit += 7 {
		var shown, marked string
		for _, p := range u.Mark(text, limit) {
			shown += p.Text
			if p.Mark {
				marked += p.Text
			}
		}
		if marked != "charging" {
			t.Errorf("%d marks %q", limit, marked)
		}
		for _, w := range strings.Fields(strings.Trim(shown, "…")) {
			if !strings.Contains(" "+text+" ", " "+w+" ") {
				t.Errorf("%d cuts to %q in %q", limit, w, shown)
			}
		}
	}
}

func TestTitlesAreFoundByTheirSound(t *testing.T) {
	d := Document{Title: Words{ZH: "优化营商环境条例（重新发布）"}, Text: Words{ZH: "不按读音查找"}}
	all := d.SoundTerms()
	for _, want := range []string{"yingshang", "yingshanghuanjing", "huanjing", "tiaoli", "zhongxin", "chongxin", "youhuayingshanghuanjingtiaoli"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is none of %v", want, all)
		}
	}
	for _, not := range []string{"ying", "buan", "duyin"} {
		if slices.Contains(all, not) {
			t.Errorf("%s is one of %v", not, all)
		}
	}
	for typed, want := range map[string]string{"yingshang": "营商", "yingsh": "营商", "chongxin": "重新", "tiaoli": "条例", "ying": "", "women": "", "parking": ""} {
		got := ""
		for _, p := range Understand(typed).Mark(d.Title.ZH, 0) {
			if p.Mark {
				got += p.Text
			}
		}
		if got != want {
			t.Errorf("%s marks %q, not %q", typed, got, want)
		}
	}
}

func BenchmarkMarkASound(b *testing.B) {
	text := strings.Repeat("优化营商环境，方便企业办事，减少材料。", 60)
	u := Understand("yingsheng")
	b.ReportAllocs()
	for b.Loop() {
		u.Mark(text, 110)
	}
}
