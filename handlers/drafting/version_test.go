package drafting_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/app/drafting"
	"minyi/app/kit/actor"
	"minyi/app/kit/outline"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// regulation has five chapters of forty articles, and a line before them.
func regulation() string {
	var b strings.Builder
	b.WriteString("# 夜市管理条例\n\n本条例经居民代表讨论。\n")
	for i := range 200 {
		if i%40 == 0 {
			fmt.Fprintf(&b, "\n第%s章　分则\n", numeral(i/40+1))
		}
		fmt.Fprintf(&b, "\n第%s条　摊位编号%d，前面留出三米宽的通道。\n", numeral(i+1), i+1)
	}
	return b.String()
}

// numeral writes 1 to 200 as laws number their articles.
func numeral(n int) string {
	one := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	if n < 20 && n >= 10 {
		return "十" + one[n%10]
	}
	out := ""
	if n >= 100 {
		out = one[n/100] + "百"
		if n%100 > 0 && n%100 < 10 {
			out += "零"
		}
	}
	if n%100 >= 10 {
		out += one[n/10%10] + "十"
	}
	return out + one[n%10]
}

// The rule: a long text is looked through chapter by chapter before it is published,
// nothing of it is left out, it can be published from wherever the reader is, and the
// link to what became public leads there.
func TestALongVersionIsReadByChapterAndPublishedFromAnyOfThem(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		ctx := context.Background()
		c := s.Consultation(nil, false)
		first := modelstest.Person(t, s.DB, "first", s.Unit(false), models.Officer)
		second := modelstest.Person(t, s.DB, "second", s.Unit(false), models.Officer)
		roles, err := s.DB.RolesOf(ctx, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		who, d := actor.Actor{PersonID: first.ID, Roles: roles, Lang: "zh"}, drafting.New(s.DB, time.UTC)
		i, err := d.Import(ctx, who, c.ID, "draft.md", []byte(regulation()), outline.Options{}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := d.Confirm(ctx, who, i.ID, drafting.ConfirmInput{Revision: i.Revision})
		if err != nil {
			t.Fatal(err)
		}

		b := s.As(second)
		address := fmt.Sprintf("/desk/c/%s/versions/%d", c.ID, v.Number)
		seen, pages := "", 0
		page := b.Open(address)
		contents := page.Find(".tree-contents a").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
		for ; ; pages++ {
			seen += page.Find(".tree").Text()
			if page.Find(`form[action="`+address+`"] button`).Length() != 1 {
				t.Fatalf("page %d cannot publish", pages)
			}
			if n := page.Find(".tree-row").Length(); n > 130 {
				t.Errorf("page %d shows %d clauses at once", pages, n)
			}
			next, ok := page.Find("a[rel=next]").First().Attr("href")
			if !ok {
				break
			}
			page = b.Open(next)
		}
		for n := 1; n <= 200; n++ {
			if got := strings.Count(seen, fmt.Sprintf("摊位编号%d，", n)); got != 1 {
				t.Errorf("article %d is shown %d times", n, got)
			}
		}
		if !strings.Contains(seen, "本条例经居民代表讨论。") || pages+1 != len(contents) || pages < 2 {
			t.Errorf("%d pages, contents %v", pages+1, contents)
		}
		if inside := b.Open(address + "?chapter=" + keyOf(t, s, v, "第九十九条")); !strings.Contains(inside.Find(".tree").Text(), "摊位编号99，") {
			t.Error("the key of a clause does not lead to its chapter")
		}
		b.Fill(page, address)
		link := b.Open(address).Find(`main a[href*="/consultations/"]`).First().AttrOr("href", "")
		public := s.Browser().Open(link)
		if !strings.Contains(public.Text(), "摊位编号1，") {
			t.Errorf("%s does not show the version that was published: %d %s %s", link, public.Status, public.Path, public.Find("main").Text())
		}
		if number, wanted := s.Browser().Open(strings.Replace(link, "v=2", "v=1", 1)), "摊位编号1，"; strings.Contains(number.Text(), wanted) {
			t.Error("the number in the link is not read")
		}
	})
}

func keyOf(t *testing.T, s handlerstest.Site, v models.Version, number string) string {
	t.Helper()
	clauses, err := s.DB.ClausesOf(context.Background(), v.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clauses {
		if c.Number == number {
			return c.Key
		}
	}
	t.Fatalf("no %s", number)
	return ""
}
