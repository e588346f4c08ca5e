package outline

import (
	"strings"
	"testing"
)

// numbered is a draft whose reader warns of a gap, of a paragraph that may be an article,
// and of what the whole file is.
const numbered = "# 条例\n\n第一章 总则\n\n第一条 甲甲。\n\n第三条 乙乙，丙丙。\n\n第三条 丁丁。\n\n第二章 附则\n\n第四条 见图![平面图](plan.png)。\n"

// The rule: a warning leads to what it is about, before and after the clauses around it
// were put right, for a fix moves no character.
func TestAPlaceStaysWhileTheClausesAroundItChange(t *testing.T) {
	o := mustRead(t, "a.md", numbered)
	var places []int
	for _, w := range o.Warnings {
		places = append(places, w.Place)
	}
	want := []string{"number_gap 第三条乙乙，丙丙。", "number_duplicate 第三条丁丁。", "image 第四条见图![平面图](plan.png)。"}
	holds := func(o Outline) []string {
		byKey := map[string]Clause{}
		for _, c := range o.Clauses {
			byKey[c.Key] = c
		}
		var list []string
		for i, key := range o.Holding(places...) {
			list = append(list, o.Warnings[i].Code+" "+squeeze(byKey[key].Number+byKey[key].Title+byKey[key].Text))
		}
		return list
	}
	if got := holds(o); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Fatalf("%q, want %q", got, want)
	}
	for _, c := range o.Clauses {
		for name, edit := range edits(c) {
			out, err := edit(o)
			if err != nil {
				continue
			}
			for i, held := range holds(out) {
				if _, begins, _ := strings.Cut(want[i], " "); !strings.Contains(held, string([]rune(begins)[:4])) {
					t.Errorf("%s of %s: %q leads to %q", name, c.Key, want[i], held)
				}
			}
		}
	}
	if got := o.Holding(0, -1, 1<<30); got[0]+got[1]+got[2] != "" {
		t.Errorf("what is no place is held by %q", got)
	}
	if o.PlaceOf("nobody") != 0 {
		t.Error("a clause that is not there has a place")
	}
}

// The rule: a text that is cut at the places of its clauses is the same text, whatever
// white space is between them.
func TestATextIsCutAtPlaces(t *testing.T) {
	o := mustRead(t, "a.md", numbered)
	text, last, pieces := " "+strings.ReplaceAll(whole(o), "第", "\n 第"), 0, []string{}
	for _, c := range o.Clauses[1:] {
		at := Cut(text, o.PlaceOf(c.Key))
		pieces, last = append(pieces, text[last:at]), at
	}
	pieces = append(pieces, text[last:])
	for i, c := range o.Clauses {
		if got, want := squeeze(pieces[i]), squeeze(c.Number+c.Title+c.Text); got != want {
			t.Errorf("%s is cut to %q, want %q", c.Key, got, want)
		}
	}
	if strings.Join(pieces, "") != text || Cut("甲", 2) != len("甲") {
		t.Error("the pieces are not the text")
	}
}
