package searchtest

import (
	"context"
	_ "embed" // the judged queries
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/app/kit/outline"
	"minyi/search"
)

// judged holds queries with the names of what answers them; the texts are not ours to
// keep.
//
//go:embed judged.tsv
var judged string

// Shared is the folder of real texts; the test is skipped, loudly, where it is absent.
func Shared(t testing.TB) string {
	t.Helper()
	root := os.Getenv("MINYI_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(root, "data", "policies")); err != nil {
		t.Skipf("SKIPPED, the real texts are not here (set MINYI_SHARED): %v", err)
	}
	return filepath.Join(root, "data")
}

// Judge fills the engine with real texts and asks the judged queries: of each kind at
// least nine in ten must have the right answer among the first three.
func Judge(t *testing.T, e search.Engine) {
	docs, names := realTexts(t)
	ctx := context.Background()
	for len(docs) > 0 {
		n := min(len(docs), 1000)
		if err := e.Apply(ctx, search.Batch{Put: docs[:n]}); err != nil {
			t.Fatal(err)
		}
		docs = docs[n:]
	}
	right, asked := map[string]int{}, map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(judged), "\n") {
		f := strings.Split(line, "\t")
		kind, text, want := f[0], f[1], strings.Split(f[2], "|")
		r, err := e.Search(ctx, search.Query{Text: text, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range r.Hits {
			got = append(got, names[h.ID])
		}
		asked[kind]++
		if slices.ContainsFunc(got, func(g string) bool { return slices.Contains(want, g) }) {
			right[kind]++
		} else {
			t.Logf("missed %s %q: %v, not %v (%d, loose %v)", kind, text, got, want, r.Total, r.Loose)
		}
	}
	all := 0
	for _, kind := range []string{"name", "number", "word", "typo", "english"} {
		all += right[kind]
		t.Logf("| right answer in the top 3, %s | %d of %d | | ≥ 90 %% |", kind, right[kind], asked[kind])
	}
	t.Logf("| right answer in the top 3, all | %d of 100 | | ≥ 90 |", all)
	if all < 90 {
		t.Errorf("%d of 100 queries have the right answer among the first three", all)
	}
}

var dated = regexp.MustCompile(`\(\d{4}-\d\d-\d\d\)`)

// realTexts makes documents of the policy texts, by clause, and of the messages, and
// the names by which the judged queries call them.
func realTexts(t testing.TB) ([]search.Document, map[string]string) {
	root := Shared(t)
	var docs []search.Document
	names := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(root, "policies", "*", "*.md"))
	for _, file := range files {
		name := dated.ReplaceAllString(strings.TrimSuffix(filepath.Base(file), ".md"), "")
		for long, short := range map[string]string{"Rivergrove-2011-Ord-81-2011-Sign": "Sign Ordinance", "Rivergrove-2011-Ord-80-2011-Park-Hours": "Park Hours"} {
			if name == long {
				name = short
			}
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o, err := outline.Read(filepath.Base(file), data, outline.Options{})
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, policy(filepath.Base(file), name, o, names)...)
	}
	for _, m := range Messages(t) {
		names[m.ID] = "message:" + strings.TrimPrefix(m.ID, "opinion:")
		docs = append(docs, m)
	}
	return docs, names
}

func policy(file, name string, o outline.Outline, names map[string]string) []search.Document {
	title := o.Title
	if title == "" {
		title = strings.ReplaceAll(name, "-", " ")
	}
	matter := "consultation:" + file
	both := search.Words{ZH: title}
	if strings.HasPrefix(name, "Sign") || strings.HasPrefix(name, "Park") || name[0] < 0x80 {
		both = search.Words{EN: title + " " + strings.ReplaceAll(name, "-", " ")}
	}
	docs := []search.Document{{ID: matter, Kind: search.KindConsultation, Matter: matter, Title: both, At: time.Unix(1.7e9, 0)}}
	names[matter] = name
	at := -1
	for _, c := range o.Clauses {
		own := c.Kind == outline.Article || strings.HasPrefix(c.Number, "Section") || both.EN != "" && c.Number != "" && (c.Kind == outline.Section || c.Kind == outline.Heading || c.Kind == outline.Chapter)
		if own {
			d := search.Document{ID: "clause:" + file + ":" + c.Key, Kind: search.KindClause, Matter: matter, Clause: c.Key, Number: c.Number, Title: search.Words{ZH: c.Title}, Also: title + "\n" + both.EN, At: time.Unix(1.7e9, 0)}
			names[d.ID] = name + "#" + strings.TrimRight(c.Number, ".")
			docs = append(docs, d)
			at = len(docs) - 1
		}
		if at >= 0 {
			docs[at].Text.ZH += "\n" + c.Text
		} else {
			docs[0].Text.ZH += "\n" + c.Text
		}
	}
	return docs
}

// Messages are real messages and letters as opinions.
func Messages(t testing.TB) []search.Document {
	root := Shared(t)
	var out []search.Document
	for _, f := range []struct {
		file string
		text func(row []string) string
	}{
		{"zh/messages-with-replies.csv", func(r []string) string { return r[3] + "\n" + r[4] }},
		{"zh/messages.csv", func(r []string) string { return r[3] + "\n" + r[4] }},
		{"zh/messages-labelled.csv", func(r []string) string { return r[3] + "\n" + r[4] }},
		{"en/fcc-14-28-comments.csv", func(r []string) string { return r[1] }},
	} {
		in, err := os.Open(filepath.Join(root, "comments", f.file))
		if err != nil {
			t.Skipf("SKIPPED: %v", err)
		}
		rows, err := csv.NewReader(in).ReadAll()
		in.Close()
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range rows[1:] {
			out = append(out, search.Document{ID: "opinion:" + r[0], Kind: search.KindOpinion, Matter: "consultation:messages", Text: search.Words{ZH: f.text(r)}, Year: 2027, At: time.Unix(1.7e9+int64(i), 0)})
		}
	}
	return out
}
