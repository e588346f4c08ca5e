package compare

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// show writes runs as text with [-removed-]{+added+}.
func show(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		switch r.Op {
		case Removed:
			b.WriteString("[-" + r.Text + "-]")
		case Added:
			b.WriteString("{+" + r.Text + "+}")
		default:
			b.WriteString(r.Text)
		}
	}
	return b.String()
}

func TestTextReadsAsAPersonWouldMarkIt(t *testing.T) {
	for _, c := range []struct{ name, lang, old, new, want string }{
		{"same", "zh", "本条例自公布之日起施行。", "本条例自公布之日起施行。", "本条例自公布之日起施行。"},
		{"empty", "zh", "", "", ""},
		{"all new", "zh", "", "新增一款。", "{+新增一款。+}"},
		{"all removed", "en", "No dogs.", "", "[-No dogs.-]"},
		{"characters", "zh", "市场主体应当遵守法律法规。", "经营主体应当遵守法律法规。", "[-市场-]{+经营+}主体应当遵守法律法规。"},
		{"an article's number stays whole", "zh", "依照第二十一条处理。", "依照第二十三条处理。", "依照第[-二十一-]{+二十三+}条处理。"},
		{"digits stay whole", "zh", "不超过150元", "不超过1500元", "不超过[-150-]{+1500+}元"},
		{"decimals and percent stay whole", "zh", "费率为3.5%。", "费率为3.6%。", "费率为[-3.5%-]{+3.6%+}。"},
		{"Latin words in Chinese stay whole", "zh", "通过WiFi上网", "通过Wireless上网", "通过[-WiFi-]{+Wireless+}上网"},
		{"a dropped phrase", "zh", "可以予以免责或者减轻责任。", "可以免除或者减轻责任。", "可以[-予以免责-]{+免除+}或者减轻责任。"},
		{"words", "en", "The park is open from dawn to dusk.", "The park is open from 6 a.m. to dusk.", "The park is open from [-dawn-]{+6 a.m.+} to dusk."},
		{"letters of a word are not picked apart", "en", "adopt the plan", "adapt the plan", "[-adopt-]{+adapt+} the plan"},
		{"replaced phrases swallow the space between", "en", "use a bicycle bell here", "use two electric horns here", "use [-a bicycle bell-]{+two electric horns+} here"},
		{"apostrophes", "en", "the city's duty", "the cities' duty", "the [-city's-]{+cities'+} duty"},
		{"a date", "zh", "本条例自2020年4月28日起施行。", "本条例自公布之日起施行。", "本条例自[-2020年4月28日-]{+公布之日+}起施行。"},
		{"marks end at punctuation", "zh", "制定安置等措施并组织实施。", "制定安置等措施。", "制定安置等措施[-并组织实施-]。"},
		{"marks begin where the text begins", "zh", "政府建立市、区政务服务大厅。", "政务服务大厅。", "[-政府建立市、区-]政务服务大厅。"},
		{"an item of a list", "zh", "供水、排水、供电单位", "供水、供电单位", "供水、[-排水、-]供电单位"},
		{"a sentence", "en", "Keep dogs on a lead. Keep quiet. Keep left.", "Keep dogs on a lead. Keep left.", "Keep dogs on a lead. [-Keep quiet. -]Keep left."},
		{"nothing in common", "zh", "禁止在公园内遛狗。", "本市鼓励金融机构披露信息。", "[-禁止在公园内遛狗-]{+本市鼓励金融机构披露信息+}。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := show(Text(c.old, c.new, c.lang)); got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
		})
	}
}

// whole fails unless the runs give back both texts and follow the rules.
func whole(t *testing.T, old, new string, runs []Run) {
	t.Helper()
	var a, b strings.Builder
	for i, r := range runs {
		if r.Text == "" {
			t.Fatalf("empty run in %q", runs)
		}
		if i > 0 && (runs[i-1].Op == r.Op || runs[i-1].Op == Added && r.Op == Removed) {
			t.Fatalf("runs %d and %d out of order: %q", i-1, i, runs)
		}
		if r.Op != Added {
			a.WriteString(r.Text)
		}
		if r.Op != Removed {
			b.WriteString(r.Text)
		}
	}
	if a.String() != old || b.String() != new {
		t.Fatalf("runs do not give back the texts\n%q\n%q\n%q", old, new, runs)
	}
}

func TestTextLosesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"的", "应", "当", "，", "。", "市", "十", "二", "a", "bc", " ", "\n", "3", ".", "%", "'", "é", "e\u0301", "\xff"}
	random := func(n int) string {
		var b strings.Builder
		for range rng.IntN(n) {
			b.WriteString(alphabet[rng.IntN(len(alphabet))])
		}
		return b.String()
	}
	for range 5000 {
		old, new := random(40), random(40)
		for _, lang := range []string{"zh", "en"} {
			whole(t, old, new, Text(old, new, lang))
		}
	}
}

func TestLongTextsThatDifferALotKeepWhatTheyShare(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteRune(rune(0x4e00 + rng.IntN(3000)))
		}
		return b.String()
	}
	middle := random(500)
	old, new := random(30_000)+middle+random(30_000), random(20_000)+middle+random(40_000)
	runs := Text(old, new, "zh")
	whole(t, old, new, runs)
	for _, r := range runs {
		if r.Op == Kept && strings.Contains(r.Text, middle) {
			return
		}
	}
	t.Errorf("the 500 characters in common are not kept, %d runs", len(runs))
}

func FuzzText(f *testing.F) {
	f.Add("依照第二十一条处理。", "依照第二十三条处理。", "zh")
	f.Add("a b c", "a  c d", "en")
	f.Fuzz(func(t *testing.T, old, new, lang string) {
		whole(t, old, new, Text(old, new, lang))
	})
}
