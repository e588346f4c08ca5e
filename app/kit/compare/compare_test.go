package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"minyi/app/kit/outline"
)

// say writes a result as "a1>a2 edited" lines, same rows left out unless asked.
func say(r Result, withSame bool) string {
	var lines []string
	for _, m := range r.Clauses {
		if m.Change == Same && !m.Across && !withSame {
			continue
		}
		s := fmt.Sprintf("%s>%s %s", m.Old, m.New, m.Change)
		if m.Across {
			s += " across"
		}
		lines = append(lines, s)
	}
	return strings.Join(lines, "; ")
}

const (
	aim     = "为了保护公园绿地，方便居民休息和健身，制定本办法。"
	hours   = "公园每天早上六点开门，晚上十点关门。遇到大风、暴雨等恶劣天气，管理单位可以临时关闭公园，并在门口公告。"
	dogs    = "携带犬只进入公园的，应当使用一米五以下的牵引绳，并及时清理犬只粪便。"
	bicycle = "除儿童车、轮椅外，车辆不得进入公园；园区养护车辆应当在早上八点以前或者晚上八点以后作业。"
	stage   = "在公园内举办演出、展览等活动的，应当提前十五日向管理单位申请，管理单位应当在五日内答复。"
	noise   = "在公园内跳舞、唱歌、使用音响的，音量不得超过六十分贝，晚上九点以后应当停止。"
	fines   = "违反本办法第三条规定的，由管理单位劝阻；不听劝阻的，处五十元以上二百元以下罚款。"
	starts  = "本办法自2026年5月1日起施行。"
)

var numbers = []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"}

// draft numbers the given articles; a line that begins with # is a chapter.
func draft(t testing.TB, articles ...string) outline.Outline {
	t.Helper()
	var b strings.Builder
	n, c := 0, 0
	for _, a := range articles {
		if title, ok := strings.CutPrefix(a, "#"); ok {
			fmt.Fprintf(&b, "第%s章 %s\n\n", numbers[c], title)
			c++
			continue
		}
		fmt.Fprintf(&b, "第%s条 %s\n\n", numbers[n], strings.ReplaceAll(a, "\n", "\n\n"))
		n++
	}
	return read(t, b.String())
}

func TestVersionsNameEveryKindOfChange(t *testing.T) {
	base := []string{aim, hours, dogs, bicycle, stage, starts}
	for _, c := range []struct {
		name     string
		old, new []string
		want     string
	}{
		{"nothing", base, base, ""},
		{"edited", base, []string{aim, hours, strings.Replace(dogs, "一米五", "一米二", 1), bicycle, stage, starts}, "a3>a3 edited"},
		{"inserted, the rest renumbered", base, []string{aim, hours, noise, dogs, bicycle, stage, starts}, ">a3 new"},
		{"deleted, the rest renumbered", base, []string{aim, hours, bicycle, stage, starts}, "a3> deleted"},
		{"moved", base, []string{aim, dogs, bicycle, stage, hours, starts}, "a2>a5 moved"},
		{"moved and edited", base, []string{aim, dogs, bicycle, stage, strings.Replace(hours, "晚上十点", "晚上十一点", 1), starts}, "a2>a5 moved+edited"},
		{"renumbered reference", []string{aim, hours, dogs, fines}, []string{aim, hours, noise, dogs, strings.Replace(fines, "第三条", "第四条", 1)}, ">a3 new"},
		{"reference that now points elsewhere", []string{aim, hours, dogs, fines}, []string{aim, hours, noise, dogs, fines}, ">a3 new; a4>a5 edited"},
		{"reference to another law", []string{aim, "依照《治安管理处罚法》第三条、第四条处理，造成损失的依法赔偿。"}, []string{aim, "依照《治安管理处罚法》第三条、第五条处理，造成损失的依法赔偿。"}, "a2>a2 edited"},
		{"split", []string{aim, dogs + bicycle, stage, starts}, []string{aim, dogs, bicycle, stage, starts}, "a2>a2 split; a2>a3 split"},
		{"merged", []string{aim, dogs, bicycle, stage, starts}, []string{aim, dogs + bicycle, stage, starts}, "a2>a2 merged; a3>a2 merged"},
		{"merged paragraphs", []string{aim, dogs, bicycle, stage, starts}, []string{aim, dogs + "\n" + bicycle, stage, starts}, "a2>a2 merged; a3>a2 merged; a3>a2p2 same across"},
		{"paragraph became an article", []string{aim, dogs + "\n" + bicycle, stage}, []string{aim, dogs, bicycle, stage}, "a2>a2 split; a2>a3 split; a2p2>a3 same across"},
		{"paragraph edited", []string{aim, dogs + "\n" + bicycle, stage}, []string{aim, dogs + "\n" + strings.Replace(bicycle, "八点以前", "七点以前", 1), stage}, "a2>a2 edited; a2p2>a2p2 edited"},
		{"paragraph went to another article", []string{aim, dogs + "\n" + noise, hours, bicycle, stage + "\n" + aim}, []string{aim, dogs, hours, bicycle, stage + "\n" + aim + "\n" + noise}, "a2>a2 split; a2>a5 split; a5>a5 merged"},
		{"items reordered", []string{"有下列行为之一的，予以劝阻：\n（一）损坏花木；\n（二）乱扔垃圾；"}, []string{"有下列行为之一的，予以劝阻：\n（一）乱扔垃圾；\n（二）损坏花木；"}, "a1>a1 edited; a1p1i2>a1p1i1 moved"},
		{"other chapter", []string{"#总则", aim, hours, "#行为", dogs, stage}, []string{"#总则", aim, "#行为", hours, dogs, stage}, "a2>a2 moved"},
		{"chapter renamed", []string{"#总则", aim, hours, "#行为", dogs, stage}, []string{"#总则", aim, hours, "#游园行为", dogs, stage}, "c2>c2 edited"},
		{"chapters put above articles", []string{aim, hours, dogs}, []string{"#总则", aim, hours, "#行为", dogs}, ">c1 new; >c2 new"},
		{"chapters changed places", []string{"#总则", aim, "#开放", hours, "#行为", dogs, stage, bicycle}, []string{"#总则", aim, "#行为", dogs, stage, bicycle, "#开放", hours}, "c2>c3 moved; a2>a5 moved"},
		{"white space and width", []string{"收费 100 元（含押金）。"}, []string{"收费１００元(含押金)。"}, ""},
		{"everything at once", []string{aim, hours, dogs + bicycle, stage, noise, starts},
			[]string{aim, dogs, bicycle, strings.Replace(stage, "十五日", "十日", 1), "本办法由管理单位负责解释，居民可以拨打热线提出建议。", hours, starts},
			"a3>a2 split; a3>a3 split; a4>a4 edited; a5> deleted; >a5 new; a2>a6 moved"},
		{"from nothing", nil, []string{aim}, ">a1 new"},
		{"to nothing", []string{aim}, nil, "a1> deleted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, new := draft(t, c.old...), draft(t, c.new...)
			r := Versions(old, new)
			complete(t, old, new, r)
			if got := say(r, false); got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestVersionsReadEnglish(t *testing.T) {
	section := func(n, title, text string) outline.Clause {
		return outline.Clause{Key: "s" + n, Kind: outline.Article, Number: "Section " + n + ".", Title: title, Text: text, Depth: 1}
	}
	old := outline.Outline{Clauses: []outline.Clause{
		section("1", "Purpose", "This ordinance keeps the parks clean and quiet for everybody who lives nearby."),
		section("2", "Hours", "The parks of the city open at six in the morning and close at ten in the evening."),
		section("3", "Penalty", "Whoever breaks section 2 pays a fine of fifty dollars to the city."),
	}}
	new := outline.Outline{Clauses: []outline.Clause{
		section("1", "Purpose", "This ordinance keeps the parks clean and quiet for everybody who lives nearby."),
		section("2", "Words", "In this ordinance a park is any ground that the council has set aside for rest and play."),
		section("3", "Hours", "The parks of the city open at five in the morning and close at ten in the evening."),
		section("4", "Penalty", "Whoever breaks section 3 pays a fine of fifty dollars to the city."),
	}}
	r := Versions(old, new)
	complete(t, old, new, r)
	if got, want := say(r, true), "s1>s1 same; >s2 new; s2>s3 edited; s3>s4 same"; got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

func TestAPartOnAnotherLevelIsFoundAgain(t *testing.T) {
	part := func(key, parent string, kind outline.Kind, text string) outline.Clause {
		return outline.Clause{Key: key, Parent: parent, Kind: kind, Text: text}
	}
	old := outline.Outline{Clauses: []outline.Clause{part("a1", "", outline.Article, aim), part("p1", "a1", outline.Paragraph, "有下列行为之一的，予以劝阻："),
		part("i1", "p1", outline.Item, dogs), part("s1", "i1", outline.Subitem, noise), part("i2", "p1", outline.Item, bicycle)}}
	new := outline.Outline{Clauses: []outline.Clause{part("a1", "", outline.Article, aim), part("p1", "a1", outline.Paragraph, dogs),
		part("i1", "p1", outline.Item, noise), part("p2", "a1", outline.Paragraph, bicycle)}}
	r := Versions(old, new)
	complete(t, old, new, r)
	if got, want := say(r, true), "a1>a1 edited; p1> deleted; i1>p1 same; s1>i1 same; i2>p2 same"; got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

func TestAParagraphReadAsAHeadingIsTheSame(t *testing.T) {
	old := outline.Outline{Clauses: []outline.Clause{{Key: "h1", Kind: outline.Heading, Title: "Civil or criminal violations."}, {Key: "t1", Kind: outline.Text, Text: aim, Parent: "h1"}}}
	new := outline.Outline{Clauses: []outline.Clause{{Key: "n1", Kind: outline.Paragraph, Text: "Civil or criminal violations."}, {Key: "t1", Kind: outline.Text, Text: aim}}}
	r := Versions(old, new)
	complete(t, old, new, r)
	if got, want := say(r, true), "h1>n1 same; t1>t1 same"; got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

func TestRepeatedClausesKeepTheirNeighbours(t *testing.T) {
	blank := "（本条保留，暂不规定。）"
	old := draft(t, aim, blank, hours, blank, dogs, blank, stage)
	new := draft(t, aim, blank, hours, dogs, blank, stage)
	r := Versions(old, new)
	complete(t, old, new, r)
	if got, want := say(r, false), "a4> deleted"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// complete holds the promises of the contract for any two outlines whose keys
// are unique.
func complete(t *testing.T, old, new outline.Outline, r Result) {
	t.Helper()
	type seen struct {
		rows, across int
		change       Verdict
	}
	olds, news := map[string]*seen{}, map[string]*seen{}
	count := func(m map[string]*seen, k string, r Match) {
		if m[k] == nil {
			m[k] = &seen{}
		}
		if r.Across {
			m[k].across++
			return
		}
		m[k].rows++
		m[k].change = r.Change
	}
	for _, m := range r.Clauses {
		if m.Similarity < 0 || m.Similarity > 1 || (m.Change == Same || m.Change == Moved) != (m.Similarity == 1) && m.Change != Split && m.Change != Merged {
			t.Fatalf("similarity %v does not fit: %+v", m.Similarity, m)
		}
		if (m.Old == "") != (m.Change == New) || (m.New == "") != (m.Change == Deleted) {
			t.Fatalf("sides do not fit: %+v", m)
		}
		if m.Old != "" {
			count(olds, m.Old, m)
		}
		if m.New != "" {
			count(news, m.New, m)
		}
	}
	for side, o := range []outline.Outline{old, new} {
		found := []map[string]*seen{olds, news}[side]
		if len(found) != len(o.Clauses) {
			t.Fatalf("side %d: %d clauses in the rows, %d in the document", side, len(found), len(o.Clauses))
		}
		for _, c := range o.Clauses {
			s := found[c.Key]
			if s == nil {
				t.Fatalf("side %d: %s is lost", side, c.Key)
			}
			many := s.change == Split || s.change == Merged
			if s.rows > 1 && !many {
				t.Fatalf("side %d: %s has %d rows, %s", side, c.Key, s.rows, s.change)
			}
		}
	}
	for _, m := range r.Clauses {
		if m.Change == Split && olds[m.Old].rows < 2 || m.Change == Merged && news[m.New].rows < 2 {
			t.Fatalf("%+v stands alone", m)
		}
	}
}

func TestAVersionComparedWithItselfIsTheSame(t *testing.T) {
	for _, name := range []string{"北京市优化营商环境条例(2024-11-29).md", "上海市优化营商环境条例(2024-09-27).md", "宁波市城市排水和再生水利用条例(2021-04-02).md"} {
		o := read(t, sharedText(t, name))
		r := Versions(o, o)
		complete(t, o, o, r)
		if got := say(r, false); got != "" || len(r.Clauses) != len(o.Clauses) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestTwoDifferentLawsHaveLittleInCommon(t *testing.T) {
	old, new := read(t, sharedText(t, "城市供水条例(2020-03-27).md")), read(t, sharedText(t, "上海市城市更新条例(2021-08-25).md"))
	r := Versions(old, new)
	complete(t, old, new, r)
	linked := 0
	for _, m := range r.Clauses {
		if m.Old != "" && m.New != "" && strings.HasPrefix(m.Old, "a") {
			linked++
			t.Logf("%+v", m)
		}
	}
	if linked > 4 {
		t.Errorf("%d clauses of two different laws are taken for the same", linked)
	}
}

func TestNewAndDeletedMirrorEachOther(t *testing.T) {
	old, new := read(t, sharedText(t, "北京市优化营商环境条例(2020-03-27).md")), read(t, sharedText(t, "北京市优化营商环境条例(2024-11-29).md"))
	mirrored(t, old, new)
}

func mirrored(t *testing.T, old, new outline.Outline) {
	t.Helper()
	keys := func(r Result, v Verdict) (list []string) {
		for _, m := range r.Clauses {
			if m.Change == v {
				list = append(list, m.Old+m.New)
			}
		}
		slices.Sort(list)
		return list
	}
	there, back := Versions(old, new), Versions(new, old)
	if a, b := keys(there, New), keys(back, Deleted); !slices.Equal(a, b) {
		t.Errorf("new there %v, deleted on the way back %v", a, b)
	}
	if a, b := keys(there, Deleted), keys(back, New); !slices.Equal(a, b) {
		t.Errorf("deleted there %v, new on the way back %v", a, b)
	}
}
