package searchtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/search"
)

// Run holds an engine to the contract. open makes an empty one for each part.
func Run(t *testing.T, open func(t *testing.T) search.Engine) {
	t.Run("find", func(t *testing.T) { find(t, filled(t, open)) })
	t.Run("filters and counts", func(t *testing.T) { narrow(t, filled(t, open)) })
	t.Run("order and pages", func(t *testing.T) { pages(t, open(t)) })
	t.Run("marks", func(t *testing.T) { marks(t, filled(t, open)) })
	t.Run("change", func(t *testing.T) { change(t, filled(t, open)) })
	t.Run("rebuild", func(t *testing.T) { rebuild(t, filled(t, open)) })
	t.Run("text is data", func(t *testing.T) { hostile(t, filled(t, open)) })
}

func filled(t *testing.T, open func(t *testing.T) search.Engine) search.Engine {
	t.Helper()
	e := open(t)
	apply(t, e, search.Batch{Put: Corpus(), Position: &search.Position{Store: "s1", Mapping: search.Mapping, Seq: 41}})
	return e
}

func apply(t *testing.T, e search.Engine, b search.Batch) {
	t.Helper()
	if err := e.Apply(context.Background(), b); err != nil {
		t.Fatal(err)
	}
}

func ask(t *testing.T, e search.Engine, q search.Query) search.Result {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 20
	}
	r, err := e.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("%q: %v", q.Text, err)
	}
	return r
}

func ids(r search.Result) []string {
	var out []string
	for _, h := range r.Hits {
		out = append(out, h.ID)
	}
	return out
}

// find holds what a text finds: the first hit, others that must be there, and those
// that must not.
func find(t *testing.T, e search.Engine) {
	for _, c := range []struct {
		name, text, first string
		among, not        []string
	}{
		{"two characters", "泊位", "", []string{"clause:" + parking + ":a12", "opinion:001", "opinion:007", "consultation:2027-001"}, []string{"opinion:004"}},
		{"one character", "牌", "consultation:2027-002", []string{"opinion:005", "clause:" + signs + ":b12"}, []string{"opinion:001"}},
		{"the last character of a text's run", "灯", "", []string{"consultation:2027-002"}, nil},
		{"a name of a draft", "停车管理条例", "consultation:2027-001", nil, []string{"consultation:2027-002", "clause:" + parking + ":a12"}},
		{"a name and a word", "停车管理条例 夜间", "clause:" + parking + ":a12", nil, []string{"clause:" + parking + ":a3"}},
		{"two words", "招牌 照明", "clause:" + signs + ":b12", nil, []string{"clause:" + parking + ":a12"}},
		{"a sentence with empty words", "小区的停车位怎么办", "", []string{"clause:" + parking + ":a12"}, nil},
		{"English", "gardens", "consultation:2026-009", nil, []string{"consultation:2027-002"}},
		{"English, singular for plural", "garden", "consultation:2026-009", nil, nil},
		{"a slip of the pen", "gadrens", "consultation:2026-009", nil, nil},
		{"a letter too much", "residdents", "consultation:2026-009", nil, nil},
		{"a word that is still being typed", "comm", "consultation:2026-009", nil, nil},
		{"synonyms", "小区", "", []string{"opinion:001", "clause:" + parking + ":a12"}, nil},
		{"synonyms the other way", "居住区", "clause:" + parking + ":a12", []string{"opinion:001"}, nil},
		{"synonyms across languages", "streetlight", "", []string{"clause:" + signs + ":b12", "opinion:004"}, nil},
		{"traditional for simplified", "停車場", "clause:" + parking + ":a3", []string{"opinion:003"}, nil},
		{"simplified for traditional", "路灯太亮", "opinion:004", nil, nil},
		{"full width for half width", "ＬＩＣＥＮＳＥ", "", []string{"opinion:005"}, nil},
		{"half width for full width", "ktv", "opinion:003", nil, nil},
		{"digits for characters", "22", "clause:" + parking + ":a12", nil, []string{"clause:" + signs + ":b12"}},
		{"characters for digits", "一百二十", "opinion:003", nil, nil},
		{"a number as a number", "12", "", []string{"opinion:007"}, []string{"opinion:003"}},
		{"pinyin of a title", "tingche", "consultation:2027-001", nil, []string{"consultation:2027-002"}},
		{"pinyin that is still being typed", "tingcheguanl", "consultation:2027-001", nil, []string{"consultation:2027-002"}},
		{"a whole title in pinyin", "tingcheguanlitiaoli", "consultation:2027-001", nil, nil},
		{"pinyin and a word", "tingche 泊位", "consultation:2027-001", nil, nil},
		{"a clause alone", "第十二条", "", []string{"clause:" + parking + ":a12", "clause:" + signs + ":b12", "opinion:001"}, []string{"clause:" + parking + ":a13"}},
		{"a clause in digits", "第12条", "", []string{"clause:" + parking + ":a12", "clause:" + signs + ":b12"}, nil},
		{"a clause of a draft", "停车管理条例第十二条", "clause:" + parking + ":a12", nil, []string{"clause:" + signs + ":b12"}},
		{"a clause of a rule that is called otherwise", "机动车泊车办法第十三条", "clause:" + parking + ":a13", nil, []string{"clause:" + parking + ":a12"}},
		{"a clause of a draft in English", "outdoor signs article 12", "clause:" + signs + ":b12", nil, []string{"clause:" + parking + ":a12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ids(ask(t, e, search.Query{Text: c.text}))
			if c.first != "" && (len(got) == 0 || got[0] != c.first) {
				t.Errorf("%q finds %v, first should be %s", c.text, got, c.first)
			}
			for _, id := range c.among {
				if !slices.Contains(got, id) {
					t.Errorf("%q finds %v without %s", c.text, got, id)
				}
			}
			for _, id := range c.not {
				if slices.Contains(got, id) {
					t.Errorf("%q finds %s", c.text, id)
				}
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		if r := ask(t, e, search.Query{Text: "潜水艇"}); r.Total != 0 || len(r.Hits) != 0 {
			t.Errorf("found %v", ids(r))
		}
	})
	t.Run("half of the words, and it is said", func(t *testing.T) {
		r := ask(t, e, search.Query{Text: "招牌 潜水艇"})
		if !r.Loose || len(r.Hits) == 0 {
			t.Errorf("loose %v, found %v", r.Loose, ids(r))
		}
	})
	t.Run("like a text", func(t *testing.T) {
		r := ask(t, e, search.Query{Text: "小区夜间泊位太少，晚上停不下车", Similar: true, Filters: map[search.Facet][]string{search.ByKind: {"opinion"}}})
		if got := ids(r); len(got) == 0 || got[0] != "opinion:001" {
			t.Errorf("found %v", got)
		}
	})
}

func narrow(t *testing.T, e search.Engine) {
	all := ask(t, e, search.Query{Facets: search.Facets})
	if all.Total != len(Corpus()) {
		t.Errorf("everything is %d, not %d", all.Total, len(Corpus()))
	}
	wantCounts(t, "kinds", all.Facets[search.ByKind], map[string]int{"consultation": 3, "clause": 4, "opinion": 7})
	wantCounts(t, "years", all.Facets[search.ByYear], map[string]int{"2027": 13, "2026": 1})
	wantCounts(t, "stances", all.Facets[search.ByStance], map[string]int{"support": 3, "oppose": 1, "amend": 1, "question": 1})
	wantCounts(t, "changed", all.Facets[search.ByChanged], map[string]int{"yes": 1})
	wantCounts(t, "matters", all.Facets[search.ByMatter], map[string]int{parking: 8, signs: 4, parks: 2})

	r := ask(t, e, search.Query{Filters: map[search.Facet][]string{search.ByKind: {"opinion"}, search.ByMatter: {parking, signs}}, Facets: search.Facets})
	if r.Total != 6 {
		t.Errorf("opinions of two matters: %d, not 6", r.Total)
	}
	wantCounts(t, "kinds, whatever kind is chosen", r.Facets[search.ByKind], map[string]int{"consultation": 2, "clause": 4, "opinion": 6})
	wantCounts(t, "matters, whatever matter is chosen", r.Facets[search.ByMatter], map[string]int{parking: 4, signs: 2, parks: 1})
	wantCounts(t, "stances of what is chosen", r.Facets[search.ByStance], map[string]int{"support": 2, "oppose": 1, "amend": 1, "question": 1})

	r = ask(t, e, search.Query{Without: []string{parking}, Facets: search.Facets})
	if r.Total != 6 || r.Facets[search.ByMatter][parking] != 0 || r.Facets[search.ByKind]["opinion"] != 3 {
		t.Errorf("a matter that must not be seen counts: %d %v", r.Total, r.Facets)
	}
	r = ask(t, e, search.Query{Clause: search.ClauseRef(parking, "a12")})
	got := ids(r)
	slices.Sort(got)
	if want := []string{"clause:" + parking + ":a12", "opinion:001", "opinion:002", "opinion:007"}; !slices.Equal(got, want) {
		t.Errorf("about a clause: %v", got)
	}
	r = ask(t, e, search.Query{Text: "招牌", Filters: map[search.Facet][]string{search.ByYear: {"1999"}}})
	if r.Total != 0 || r.Loose {
		t.Errorf("a filter that nothing passes: %d, loose %v", r.Total, r.Loose)
	}
}

func wantCounts(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, not %v", what, got, want)
	}
}

func pages(t *testing.T, e search.Engine) {
	apply(t, e, search.Batch{Put: Bulk(95)})
	for _, sort := range search.Sorts {
		seen := map[string]bool{}
		var last search.Hit
		for offset := 0; offset < 95; offset += 20 {
			r := ask(t, e, search.Query{Text: "收费透明", Sort: sort, Offset: offset, Limit: 20})
			if r.Total != 95 {
				t.Fatalf("%s: %d in all, not 95", sort, r.Total)
			}
			if want := min(20, 95-offset); len(r.Hits) != want {
				t.Fatalf("%s: page at %d has %d, not %d", sort, offset, len(r.Hits), want)
			}
			for i, h := range r.Hits {
				if seen[h.ID] {
					t.Errorf("%s: %s stands twice", sort, h.ID)
				}
				seen[h.ID] = true
				if offset+i > 0 && (sort == search.ByDate && h.At.After(last.At) || sort == search.BySupport && h.Supports > last.Supports) {
					t.Errorf("%s: %s stands behind %s", sort, h.ID, last.ID)
				}
				last = h
			}
		}
	}
	if r := ask(t, e, search.Query{Text: "收费", Offset: 5000, Limit: 5000}); len(r.Hits) > search.PageLimit {
		t.Errorf("a page of %d", len(r.Hits))
	}
	equals(t, e)
}

// equals holds that what fits equally well stands in one order, the newest first, in
// whatever order and batches it came into the index.
func equals(t *testing.T, e search.Engine) {
	ctx := context.Background()
	var want []string
	for i := range 95 {
		want = append(want, fmt.Sprintf("opinion:e%04d", 94-i))
	}
	for _, order := range []func(i int) int{func(i int) int { return i }, func(i int) int { return 94 - i }, func(i int) int { return i * 7 % 95 }} {
		b, err := e.Rebuild(ctx)
		if err != nil {
			t.Fatal(err)
		}
		all := search.Batch{}
		for i := range 95 {
			n := order(i)
			all.Put = append(all.Put, search.Document{ID: fmt.Sprintf("opinion:e%04d", n), Kind: search.KindOpinion, Matter: parking, At: day.Add(time.Duration(n) * time.Minute), Text: search.Words{ZH: "收费透明"}})
			if len(all.Put) == 40 || i == 94 {
				if err := b.Apply(ctx, all); err != nil {
					t.Fatal(err)
				}
				all.Put = nil
			}
		}
		if err := b.Swap(ctx); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "收费透明", "收"} {
			var got []string
			for offset := 0; offset < 95; offset += 10 {
				got = append(got, ids(ask(t, e, search.Query{Text: text, Offset: offset, Limit: 10}))...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q: equals in another order: %v", text, got)
			}
		}
	}
}

// marks holds that the whole document comes back and that matches are found in it.
func marks(t *testing.T, e search.Engine) {
	want := Corpus()[3+1]
	r := ask(t, e, search.Query{Text: "停车管理条例第十二条"})
	if len(r.Hits) == 0 {
		t.Fatal("nothing found")
	}
	got := r.Hits[0].Document
	if !got.At.Equal(want.At) {
		t.Errorf("time %v, not %v", got.At, want.At)
	}
	got.At = want.At
	if got != want {
		t.Errorf("document came back as\n%+v\nnot\n%+v", got, want)
	}
	for text, marked := range map[string]string{
		"泊位": "泊位", "路灯": "照明", "22": "二十二", "licens": "license", "噪音 老人": "噪音|老人", "停車場": "停车场",
	} {
		r := ask(t, e, search.Query{Text: text})
		found := false
		for _, h := range r.Hits {
			var all []string
			for _, p := range r.Understood.Mark(h.Text.ZH, 0) {
				if p.Mark {
					all = append(all, p.Text)
				}
			}
			found = found || strings.Contains(strings.Join(all, "|"), marked)
		}
		if !found {
			t.Errorf("%q marks %q in none of %v", text, marked, ids(r))
		}
	}
}

func change(t *testing.T, e search.Engine) {
	ctx := context.Background()
	p, err := e.Position(ctx)
	if want := (search.Position{Store: "s1", Mapping: search.Mapping, Seq: 41}); err != nil || p != want {
		t.Errorf("position %+v %v", p, err)
	}
	apply(t, e, search.Batch{Put: Corpus()[:2]}) // again
	if n, err := e.Count(ctx); err != nil || n != len(Corpus()) {
		t.Errorf("%d documents after putting some twice, not %d (%v)", n, len(Corpus()), err)
	}
	changed := Corpus()[0]
	changed.Text.ZH = "增加立体车库。"
	apply(t, e, search.Batch{Put: []search.Document{changed}, Delete: []string{"opinion:001", "opinion:nobody"}, Position: &search.Position{Store: "s1", Mapping: search.Mapping, Seq: 42}})
	if got := ids(ask(t, e, search.Query{Text: "立体车库"})); len(got) != 1 || got[0] != changed.ID {
		t.Errorf("changed text finds %v", got)
	}
	if got := ids(ask(t, e, search.Query{Text: "泊位供给"})); slices.Contains(got, changed.ID) {
		t.Errorf("the old text is still found")
	}
	r := ask(t, e, search.Query{Text: "小区门口", Facets: []search.Facet{search.ByKind}})
	if slices.Contains(ids(r), "opinion:001") {
		t.Error("a deleted document is found")
	}
	r = ask(t, e, search.Query{Facets: []search.Facet{search.ByKind}})
	if r.Facets[search.ByKind]["opinion"] != 6 || r.Total != len(Corpus())-1 {
		t.Errorf("a deleted document is counted: %v %d", r.Facets, r.Total)
	}
	if p, _ := e.Position(ctx); p.Seq != 42 {
		t.Errorf("position is %d, not 42", p.Seq)
	}
	if err := e.Health(ctx); err != nil {
		t.Error(err)
	}
	if err := e.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	if n, _ := e.Count(ctx); n != 0 {
		t.Errorf("%d documents after a reset", n)
	}
	if p, _ := e.Position(ctx); p != (search.Position{}) {
		t.Errorf("position %+v after a reset", p)
	}
}

func rebuild(t *testing.T, e search.Engine) {
	ctx := context.Background()
	b, err := e.Rebuild(ctx)
	if err != nil {
		t.Fatal(err)
	}
	fresh := Corpus()[2:]
	if err := b.Apply(ctx, search.Batch{Put: fresh}); err != nil {
		t.Fatal(err)
	}
	if got := ids(ask(t, e, search.Query{Text: "泊位供给"})); !slices.Contains(got, "consultation:2027-001") {
		t.Errorf("the old index is not served meanwhile: %v", got)
	}
	if err := b.Apply(ctx, search.Batch{Position: &search.Position{Store: "s2", Mapping: search.Mapping, Seq: 7}}); err != nil {
		t.Fatal(err)
	}
	if err := b.Swap(ctx); err != nil {
		t.Fatal(err)
	}
	if err := b.Discard(ctx); err != nil {
		t.Errorf("discard after swap: %v", err)
	}
	if got := ids(ask(t, e, search.Query{Text: "泊位供给"})); slices.Contains(got, "consultation:2027-001") {
		t.Error("the old index is served after the swap")
	}
	if n, _ := e.Count(ctx); n != len(fresh) {
		t.Errorf("%d documents, not %d", n, len(fresh))
	}
	if p, _ := e.Position(ctx); p.Store != "s2" || p.Seq != 7 {
		t.Errorf("position %+v", p)
	}
	b, err = e.Rebuild(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Discard(ctx); err != nil {
		t.Error(err)
	}
	if n, _ := e.Count(ctx); n != len(fresh) {
		t.Errorf("a rebuild that was given up changed the index: %d", n)
	}
}

// Hostile are texts that look like syntax somewhere.
var Hostile = []string{
	`"泊位`, `泊位" OR 1=1 --`, `kind = opinion`, `matter:"consultation:2027-001"`, `+泊位 -停车 *`, `(泊位 AND`, `泊位~9^99`, `{"q":"泊位"}`, `泊位 || true`, `\`, `'`, "`", "%00", "泊位\x00\x01\x1b[31m", `<script>alert(1)</script>泊位`, `泊位*?[a-z]`, `_geoRadius(1,2,3)`, `$`, `..`, "\u202e泊位", "-", "—— ……",
}

func hostile(t *testing.T, e search.Engine) {
	want := ask(t, e, search.Query{Text: "泊位"}).Total
	for _, text := range Hostile[:1] {
		if r := ask(t, e, search.Query{Text: text}); r.Total != want {
			t.Errorf("%q finds %d, not %d", text, r.Total, want)
		}
	}
	long := strings.Repeat("泊位很少", 2500)
	for i, text := range append(slices.Clone(Hostile), long, strings.Repeat("a", 10000), strings.Repeat("\" ", 5000)) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			r := ask(t, e, search.Query{Text: text, Facets: search.Facets})
			for _, h := range r.Hits {
				r.Understood.Mark(h.Text.ZH, 100)
			}
			if text == `-` && r.Total != 0 {
				t.Errorf("a sign finds %d", r.Total)
			}
		})
	}
	for _, value := range []string{`x" OR kind = "opinion`, `]`, `\"`, "'", "\x00"} {
		r := ask(t, e, search.Query{Filters: map[search.Facet][]string{search.ByMatter: {value}}, Without: []string{value}, Clause: value})
		if r.Total != 0 {
			t.Errorf("filter %q finds %d", value, r.Total)
		}
	}
}
