package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"minyi/app/kit/compare"
	"minyi/app/kit/outline"
	"minyi/frontend"
)

func draftFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOutlineCommandSpeaksTheContractsJSON(t *testing.T) {
	path := draftFile(t, "rules.md", "# 规则\n\n第一条　<b>店铺</b>十点关门。\n\n第三条　另行规定。\n")
	o, err := outlineOf(frontend.WordsIn("en"), path, outline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := printJSON(&b, o); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Title   string
		Clauses []struct {
			Key, Kind, Number, Title, Parent, Text string
			Depth                                  int
		}
		Warnings []struct {
			Line          int
			Code, Message string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if read.Title != "规则" || !strings.Contains(b.String(), `"key": "a3"`) || len(read.Warnings) == 0 {
		t.Fatalf("not the outline: %s", b.String())
	}
	for _, w := range read.Warnings {
		if w.Message == "" || strings.Contains(w.Message, "{") || strings.HasPrefix(w.Message, "outline.") {
			t.Errorf("warning without a sentence: %+v", w)
		}
	}
}

func TestOutlineCommandSaysInEitherLanguageWhyAFileCannotBeRead(t *testing.T) {
	path := draftFile(t, "picture.png", "\x89PNG\r\n\x1a\n\x00\x00")
	for lang, part := range map[string]struct{ wrong, missing string }{"zh": {"只能读", "没有这个文件"}, "en": {"only", "there is no such file"}} {
		_, err := outlineOf(frontend.WordsIn(lang), path, outline.Options{})
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), part.wrong) {
			t.Errorf("%s: %v", lang, err)
		}
		if _, err := outlineOf(frontend.WordsIn(lang), path+".missing", outline.Options{}); err == nil || !strings.Contains(err.Error(), part.missing) {
			t.Errorf("%s: a missing file gave %v", lang, err)
		}
	}
}

func TestCompareCommandNamesWhatChanged(t *testing.T) {
	w := frontend.WordsIn("zh")
	var read [2]outline.Outline
	for i, text := range []string{"第一条　店铺每天晚上十点关门。\n\n第二条　另行规定。\n", "第一条　店铺每天晚上十一点关门。\n\n第二条　另行规定。\n\n第三条　本规则自公布之日起施行。\n"} {
		o, err := outlineOf(w, draftFile(t, "v.txt", text), outline.Options{})
		if err != nil {
			t.Fatal(err)
		}
		read[i] = o
	}
	lines := strings.Join(changeLines(w, compare.Summary(compare.Versions(read[0], read[1]), read[0], read[1])), "\n")
	if lines != "第一条有改动\n新增第三条" {
		t.Errorf("got %q", lines)
	}
	if got := changeLines(w, nil); len(got) != 1 || got[0] != "两个版本的文字一样" {
		t.Errorf("two equal versions: %q", got)
	}
}

func TestLanguageOfTheTerminalFollowsTheFlagThenTheSurroundings(t *testing.T) {
	t.Setenv("LC_ALL", "")
	t.Setenv("LC_MESSAGES", "")
	t.Setenv("LANG", "zh_CN.UTF-8")
	if wordsFor("").Lang != "zh" || wordsFor("en").Lang != "en" {
		t.Error("the flag goes before LANG, LANG before English")
	}
	t.Setenv("LANG", "C.UTF-8")
	if wordsFor("").Lang != "en" {
		t.Error("an unknown language reads English")
	}
}
