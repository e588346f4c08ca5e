package outline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/app/kit/docx"
	"minyi/models"
)

func mustRead(t testing.TB, name, text string) Outline {
	t.Helper()
	o, err := Read(name, []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkTree(t, o)
	return o
}

var reKey = regexp.MustCompile(`^[a-z0-9-]+$`)

// checkTree holds the form of every outline: unique ASCII keys, parents before
// children, depths without steps left out.
func checkTree(t testing.TB, o Outline) {
	t.Helper()
	depth := map[string]int{"": 0}
	for _, c := range o.Clauses {
		if !reKey.MatchString(c.Key) {
			t.Fatalf("key %q is not plain", c.Key)
		}
		if _, twice := depth[c.Key]; twice {
			t.Fatalf("key %q twice", c.Key)
		}
		above, known := depth[c.Parent]
		if !known || c.Depth != above+1 {
			t.Fatalf("%s: depth %d below %q of depth %d", c.Key, c.Depth, c.Parent, above)
		}
		depth[c.Key] = c.Depth
	}
}

// whole is the document as the outline holds it, white space aside.
func whole(o Outline) string {
	var b strings.Builder
	for _, c := range o.Clauses {
		b.WriteString(c.Number + c.Title + c.Text)
	}
	return squeeze(b.String())
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if blank(r) {
			return -1
		}
		return r
	}, s)
}

// plainSigns are the signs that can be Markdown; they are left out on both sides.
// The tags are found here by an expression of the test's own.
var (
	testTag  = regexp.MustCompile(`<[a-zA-Z/][^<>]*>`)
	testRule = regexp.MustCompile(`(?m)^[\s|:-]+$`)
)

func letters(s string) string {
	s = testTag.ReplaceAllString(testRule.ReplaceAllString(s, ""), "")
	return strings.Map(func(r rune) rune {
		if blank(r) || strings.ContainsRune("#*_>|-+=", r) {
			return -1
		}
		return r
	}, s)
}

func sketch(o Outline) string {
	var b strings.Builder
	for _, c := range o.Clauses {
		fmt.Fprintf(&b, "%s%s %s [%s|%s|%s]\n", strings.Repeat("  ", c.Depth-1), c.Key, c.Kind, c.Number, c.Title, strings.ReplaceAll(c.Text, "\n", "/"))
	}
	return b.String()
}

func codes(o Outline) []string {
	out := []string{}
	for _, w := range o.Warnings {
		out = append(out, w.Code)
	}
	return out
}

// policies lists the real texts, or skips aloud.
func policies(t testing.TB) []string {
	t.Helper()
	shared := os.Getenv("MINYI_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(shared, "data", "policies", "*", "*.md"))
	files = slices.DeleteFunc(files, func(f string) bool { return filepath.Base(f) == "README.md" })
	if len(files) == 0 {
		if os.Getenv("REQUIRE_SERVICES") == "1" {
			t.Fatal("the policy texts are missing: set MINYI_SHARED")
		}
		t.Skip("SKIPPED: no policy texts; set MINYI_SHARED to the folder that holds data/policies")
	}
	return files
}

var lineArticle = regexp.MustCompile(`^第[一二三四五六七八九十百零〇]+条`)

func articlesByLine(text string) []string {
	var out []string
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		if m := lineArticle.FindString(s.Text()); m != "" {
			out = append(out, m)
		}
	}
	return out
}

func articles(o Outline) []string {
	var out []string
	for _, c := range o.Clauses {
		if c.Kind == Article {
			out = append(out, c.Number)
		}
	}
	return out
}

func TestPolicies(t *testing.T) {
	for _, file := range policies(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			o := mustRead(t, file, text)
			if got, want := letters(whole(o)), letters(text); got != want {
				t.Errorf("text was lost or added: %s", difference(got, want))
			}
			if !strings.Contains(file, "/zh/") {
				return
			}
			want := articlesByLine(text)
			if got := articles(o); !slices.Equal(got, want) {
				t.Fatalf("articles %v, want %v", got, want)
			}
			for _, c := range codes(o) {
				if strings.HasPrefix(c, "number_") || c == "unsure_article" || c == "unnumbered" {
					t.Errorf("a false warning %s", c)
				}
			}
			back, err := Read("x.docx", asWord(t, text), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := articles(back); !slices.Equal(got, want) {
				t.Errorf("after Word: articles %v, want %v", got, want)
			}
			if got, want := letters(whole(back)), letters(text); got != want {
				t.Errorf("after Word: %s", difference(got, want))
			}
			if back.Title != o.Title {
				t.Errorf("after Word: title %q, want %q", back.Title, o.Title)
			}
		})
	}
}

// asWord writes a text as an officer would lay it out.
func asWord(t testing.TB, text string) []byte {
	t.Helper()
	w := docx.NewWriter(docx.Meta{Title: "x"})
	for _, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "# "):
			w.Title(line[2:])
		case strings.HasPrefix(line, "## "):
			w.Heading(1, line[3:])
		case strings.TrimSpace(line) != "":
			w.Text(line)
		}
	}
	data, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func difference(got, want string) string {
	g, w := []rune(got), []rune(want)
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("at %d: got %q, want %q", i, string(g[max(i-10, 0):min(i+20, len(g))]), string(w[max(i-10, 0):min(i+20, len(w))]))
		}
	}
	return "equal"
}

func TestReadEncodings(t *testing.T) {
	const text = "第一条　为了方便居民。\n第二条　适用范围。\n"
	gb := []byte("\xb5\xda\xd2\xbb\xcc\xf5 \xce\xaa\xc1\xcb\n\xb5\xda\xb6\xfe\xcc\xf5 \xca\xca\xd3\xc3\n")
	utf16 := func(big bool) []byte {
		out := []byte{0xFF, 0xFE}
		if big {
			out = []byte{0xFE, 0xFF}
		}
		for _, r := range text {
			if big {
				out = append(out, byte(r>>8), byte(r))
			} else {
				out = append(out, byte(r), byte(r>>8))
			}
		}
		return out
	}
	for name, data := range map[string][]byte{"UTF-8": []byte(text), "UTF-8 with mark": []byte("\ufeff" + text), "UTF-16 little": utf16(false), "UTF-16 big": utf16(true), "GB18030": gb} {
		t.Run(name, func(t *testing.T) {
			o, err := Read("a.txt", data, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := articles(o); !slices.Equal(got, []string{"第一条", "第二条"}) {
				t.Errorf("articles %v", got)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct {
		name, file, key string
		data            []byte
	}{
		{"a picture called text", "a.txt", "outline.error.wrong_type", []byte("\x89PNG\x00\x01\xff")},
		{"bytes of no encoding", "a.txt", "outline.error.encoding", []byte("abc\xff\xff\xff")},
		{"a spreadsheet's name", "a.xlsx", "outline.error.wrong_type", []byte("x")},
		{"an old Word file by its name", "a.doc", "outline.error.wrong_type", []byte("x")},
		{"an old Word file by its content", "a.txt", "outline.error.old_word", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")},
		{"a PDF that was named a Word file", "a.docx", "outline.error.not_word", []byte("%PDF-1.7 x")},
		{"a Word file by its name", "a.docx", "outline.error.not_word", []byte("x")},
		{"a broken package", "a.docx", "outline.error.damaged", []byte("PK\x03\x04xx")},
		{"too many bytes", "a.md", "outline.error.too_large", bytes.Repeat([]byte("a"), 21<<20)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(c.file, c.data, Options{})
			var e *models.Error
			if !errors.As(err, &e) || e.Key != c.key || e.Field != "file" {
				t.Fatalf("error %v, want %s", err, c.key)
			}
		})
	}
}

// TestEveryCodeHasWords holds that no warning or error can appear without a
// sentence in both languages, and no sentence without its code.
func TestEveryCodeHasWords(t *testing.T) {
	code := regexp.MustCompile(`(?:warn\([^"\n]*|remark\([^"\n]*|[Cc]ode: |impossible\(|refuse\(|Code\w+ += )"([a-z_]+)"`)
	used := map[string]bool{}
	for _, dir := range []string{".", "../docx"} {
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range code.FindAllStringSubmatch(string(src), -1) {
				used[m[1]] = true
			}
		}
	}
	for _, lang := range []string{"zh", "en"} {
		data, err := os.ReadFile("../../../frontend/locales/" + lang + "/outline.json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatal(err)
		}
		for c := range used {
			if texts["outline.warning."+c] == "" && texts["outline.error."+c] == "" {
				t.Errorf("%s: no words for %s", lang, c)
			}
		}
		for key := range texts {
			if name := key[strings.LastIndex(key, ".")+1:]; !used[name] && (strings.HasPrefix(key, "outline.warning.") || strings.HasPrefix(key, "outline.error.")) {
				t.Errorf("%s: %s is never used", lang, key)
			}
		}
	}
}

// civilCode is a generated text of 1,300 articles in parts, chapters and items.
func civilCode() []byte {
	var b strings.Builder
	b.WriteString("# 示范法典\n\n")
	for i := 1; i <= 1300; i++ {
		if i%130 == 1 {
			fmt.Fprintf(&b, "第%d编 总则\n\n", i/130+1)
		}
		if i%26 == 1 {
			fmt.Fprintf(&b, "## 第%d章 一般规定\n\n", i%130/26+1)
		}
		fmt.Fprintf(&b, "第%d条 当事人应当按照约定全面履行自己的义务，并根据情况履行通知、协助等义务。\n\n有下列情形之一的，可以变更：\n\n（一）情况发生变化；\n\n（二）双方协商一致。\n\n", i)
	}
	return []byte(b.String())
}

func TestThirteenHundredArticles(t *testing.T) {
	o := mustRead(t, "a.md", string(civilCode()))
	if n := len(articles(o)); n != 1300 || len(o.Warnings) != 0 {
		t.Fatalf("%d articles, warnings %v", n, o.Warnings)
	}
}

// TestHostileTextsEnd holds that no text makes the reader work out of proportion:
// quadratic work on these would run into the time limit of the test.
func TestHostileTextsEnd(t *testing.T) {
	for name, line := range map[string]string{
		"a quotation without an end": "第一条 修改为：“甲\n乙\n", "one endless paragraph": "these are words of a line that is wrapped at sixty columns or so\n",
		"contents again and again": "目录\n", "chapters": "第一章\n第二章 x\n", "letters": "A. x\n", "one number": "1. x\n", "emphasis": "**", "tags": "<a", "comments": "<!--\n", "tables": "|\n|-|\n",
	} {
		for _, file := range []string{"a.md", "a.txt"} {
			text := strings.Repeat(line, 1<<17/len(line))
			start := time.Now()
			o := mustRead(t, file, text)
			if file == "a.txt" && whole(o) != squeeze(text) {
				t.Errorf("%s: text was lost", name)
			}
			t.Logf("%s %s: %v", name, file, time.Since(start).Round(time.Millisecond))
		}
	}
}

func BenchmarkRead1300Articles(b *testing.B) {
	data := civilCode()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Read("a.md", data, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadWord1300Articles(b *testing.B) {
	data := asWord(b, string(civilCode()))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Read("a.docx", data, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
