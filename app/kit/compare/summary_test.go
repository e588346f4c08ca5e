package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"minyi/app/kit/outline"
)

// words reads the real texts of one language, so the sentences are those people see.
func texts(t *testing.T, lang string) func(string, map[string]string) string {
	t.Helper()
	b, err := os.ReadFile("../../../frontend/locales/" + lang + "/compare.json")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return func(key string, args map[string]string) string {
		s, ok := m[key]
		if !ok {
			t.Errorf("%s has no text %s", lang, key)
		}
		for k, v := range args {
			s = strings.ReplaceAll(s, "{"+k+"}", v)
		}
		if left := regexp.MustCompile(`\{\w+\}`).FindString(s); left != "" {
			t.Errorf("%s: %s is left in %s", lang, left, key)
		}
		return s
	}
}

func sentencesOf(list []Change, text func(string, map[string]string) string) string {
	var all []string
	for _, c := range list {
		all = append(all, text(c.Key, c.Args(text)))
	}
	return strings.Join(all, "\n")
}

func TestSummaryReadsAsAList(t *testing.T) {
	old := draft(t, "#总则", aim, "#开放", hours, dogs+bicycle, stage, noise, "#附则", starts)
	new := draft(t, "#总则", aim, "本办法由管理单位负责解释，居民可以拨打热线提出建议。", "#开放时间", hours, dogs, bicycle, strings.Replace(stage, "十五日", "十日", 1), "#附则", starts)
	list := Summary(Versions(old, new), old, new)
	want := `新增第二条
第二章（开放）有改动
第二条顺延为第三条，文字没变
第三条拆成了第四条、第五条
第四条有改动，现在是第六条
删去第五条
第六条顺延为第七条，文字没变`
	if got := sentencesOf(list, texts(t, "zh")); got != want {
		t.Errorf("\ngot\n%s\nwant\n%s", got, want)
	}
	if got := sentencesOf(list, texts(t, "en")); strings.Count(got, "\n") != 6 {
		t.Errorf("in English: %s", got)
	}
}

func TestSummaryJoinsRenumberedClauses(t *testing.T) {
	old := draft(t, "#总则", aim, hours, "#行为", dogs, bicycle)
	new := draft(t, "#总则", noise, aim, hours, "#行为", dogs, bicycle)
	got := sentencesOf(Summary(Versions(old, new), old, new), texts(t, "zh"))
	if want := "新增第一条\n第一条至第四条顺延为第二条至第五条，文字没变"; got != want {
		t.Errorf("\ngot\n%s\nwant\n%s", got, want)
	}
}

func TestSummaryDoesNotJoinOverAMovedClause(t *testing.T) {
	old := draft(t, aim, hours, dogs, bicycle, stage)
	new := draft(t, noise, aim, dogs, bicycle, stage, hours)
	got := sentencesOf(Summary(Versions(old, new), old, new), texts(t, "zh"))
	if want := "新增第一条\n第一条顺延为第二条，文字没变\n第二条换了位置，现在是第六条，文字没变"; got != want {
		t.Errorf("\ngot\n%s\nwant\n%s", got, want)
	}
}

func TestSummaryOfEqualVersionsIsEmpty(t *testing.T) {
	o := draft(t, aim, hours)
	if list := Summary(Versions(o, o), o, o); len(list) != 0 {
		t.Errorf("got %v", list)
	}
}

func TestEveryVerdictHasAWord(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		text := texts(t, lang)
		for _, v := range []Verdict{Same, Edited, Moved, MovedEdited, Split, Merged, New, Deleted} {
			text(VerdictKey(v), nil)
		}
		text(KeyNothing, nil)
		c := Change{Key: KeyRegrouped, Olds: []Label{{Number: "1"}, {}}, News: []Label{{Title: "x"}, {Number: "2", Title: "y"}}}
		text(c.Key, c.Args(text))
	}
}

func TestResultAsJSONIsTheContract(t *testing.T) {
	old, new := draft(t, aim, hours), draft(t, aim, noise, hours)
	b, err := json.Marshal(Versions(old, new))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"clauses":[{"old":"a1","new":"a1","change":"same","similarity":1},{"old":"","new":"a2","change":"new","similarity":0},{"old":"a2","new":"a3","change":"same","similarity":1}]}`
	if string(b) != want {
		t.Errorf("got %s", b)
	}
	if b, _ := json.Marshal(Versions(outline.Outline{}, outline.Outline{})); string(b) != `{"clauses":[]}` {
		t.Errorf("nothing against nothing gives %s", b)
	}
}

func TestPrintShowsEveryRowAndCounts(t *testing.T) {
	old, new := draft(t, aim, hours, dogs), draft(t, aim, noise, hours)
	var b bytes.Buffer
	if err := Print(&b, Versions(old, new)); err != nil {
		t.Fatal(err)
	}
	want := `OLD  NEW  CHANGE   ALIKE
a1   a1   same     100%
-    a2   new      -
a2   a3   same     100%
a3   -    deleted  -
2 same, 0 edited, 0 moved, 0 moved+edited, 0 split, 0 merged, 1 new, 1 deleted
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	if err := Print(broken{}, Versions(old, new)); !errors.Is(err, errBroken) {
		t.Errorf("a broken writer gives %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
