package outline

import (
	"reflect"
	"strings"
	"testing"
)

func TestMarkdownKeepsSignsBehindABackslash(t *testing.T) {
	for _, text := range []string{`第一条　注有 \*号 与\* 的，**从其**规定。`, `第一条　\_甲\_ 与 \\*乙*。`} {
		o, err := Read("a.md", []byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer("**", "", "*乙*", "乙").Replace(text)
		if got := whole(o); got != squeeze(want) {
			t.Errorf("got %s, want %s", got, squeeze(want))
		}
	}
}

// What Markdown hides or draws is kept, and the officer is told where it is.
func TestMarkdownKeepsWhatItHidesAndSaysSo(t *testing.T) {
	const text = "# 公约\n\n<!-- 内部：公布前再看 -->\n\n第一条　见图![平面图](plan.png)和<img src=x alt=\"立面\">。\n\n第二条　电话<!-- 待定 -->如下：\n\n| 名 | 电话 |\n|---|---|\n| 物业 | 甲 \\| 乙 |\n"
	o, err := Read("a.md", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"<!--内部：公布前再看-->", "<!--待定-->", "![平面图](plan.png)", `甲\|乙`} {
		if !strings.Contains(whole(o), kept) {
			t.Errorf("%s is lost: %s", kept, whole(o))
		}
	}
	var got []string
	for _, w := range o.Warnings {
		got = append(got, strings.Join(append([]string{w.Code}, w.Args...), " "))
	}
	if want := []string{"comment", "image 平面图", "image 立面", "comment", "table"}; !reflect.DeepEqual(got, want) {
		t.Errorf("warned of %q, want %q", got, want)
	}
}
