package frontend

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	parser "github.com/a-h/templ/parser/v2"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// locale reads one language's files: key → text, and the order of keys by file.
func locale(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	files := map[string]map[string]string{}
	names, _ := filepath.Glob(filepath.Join("locales", lang, "*.json"))
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		feature := strings.TrimSuffix(filepath.Base(name), ".json")
		files[feature] = texts
		var order []string
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		for depth := 0; ; {
			tok, err := dec.Token()
			if err != nil {
				break
			}
			if _, ok := tok.(json.Delim); ok {
				depth++
				continue
			}
			order = append(order, tok.(string))
			dec.Token()
		}
		if !sort.StringsAreSorted(order) {
			t.Errorf("%s: keys are not sorted", name)
		}
		if len(order) != len(texts) {
			t.Errorf("%s: a key stands twice", name)
		}
		for key, text := range texts {
			if !strings.HasPrefix(key, feature+".") {
				t.Errorf("%s: key %q must begin with %q", name, key, feature+".")
			}
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %q is empty", name, key)
			}
		}
	}
	return files
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	zh, en := locale(t, "zh"), locale(t, "en")
	for feature := range zh {
		if en[feature] == nil {
			t.Errorf("locales/en/%s.json is missing", feature)
		}
	}
	for feature, texts := range en {
		for key := range texts {
			if _, ok := zh[feature][strings.TrimSuffix(key, ".one")]; !ok {
				t.Errorf("zh lacks %q", key)
			}
		}
		for key, text := range zh[feature] {
			other, ok := texts[key]
			if !ok {
				t.Errorf("en lacks %q", key)
				continue
			}
			if a, b := holders(text), holders(other); !slices.Equal(a, b) {
				t.Errorf("%q has %v in zh and %v in en", key, a, b)
			}
		}
	}
}

func holders(text string) []string {
	list := placeholder.FindAllString(text, -1)
	sort.Strings(list)
	return slices.Compact(list)
}

// TestWordsAreThoseOfAGoodNeighbour keeps slogans and shouting out of the texts.
func TestWordsAreThoseOfAGoodNeighbour(t *testing.T) {
	banned := []string{"高度重视", "宝贵意见", "宝贵的意见", "踊跃", "广大群众", "！", "敬请", "!"}
	for _, lang := range Languages {
		for feature, texts := range locale(t, lang) {
			for key, text := range texts {
				for _, word := range banned {
					if strings.Contains(text, word) {
						t.Errorf("%s/%s: %q says %q", lang, feature, key, word)
					}
				}
				if lang == "zh" && strings.Contains(text, "你") {
					t.Errorf("zh: %q must say 您", key)
				}
			}
		}
	}
}

// A text of one key says 1 as it says 7: what is over a limit is counted behind the noun.
func TestWhatIsTooLongIsCountedWithoutANounBehind(t *testing.T) {
	noun := regexp.MustCompile(`\{over\} [a-z]+s\b`)
	for feature, texts := range locale(t, "en") {
		for key, text := range texts {
			if noun.MatchString(text) {
				t.Errorf("en/%s: %s is wrong for 1: %q", feature, key, text)
			}
		}
	}
}

// sources walks the repository's own sources.
func sources(t *testing.T, exts ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "node_modules" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !slices.Contains(exts, filepath.Ext(name)) || strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") && !strings.Contains(name, "pages/gallery") || strings.HasSuffix(name, "frontend/doc.go") {
			return nil
		}
		raw, err := os.ReadFile(name)
		found[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// dynamicPrefixes are the prefixes of keys made at run time.
func dynamicPrefixes(t *testing.T) []string {
	t.Helper()
	file, err := os.Open("locales/dynamic.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}

var (
	quotedKey = regexp.MustCompile("[\"'`]([a-z0-9_]+(?:\\.[a-z0-9_]+)+)[\"'`]")
	askedKey  = regexp.MustCompile(`(?:\.(?:T|N)\(|\bKey:\s*)"([a-z0-9_]+\.[a-z0-9_.]+)"\s*[,)}]`)
)

func TestEveryTextIsUsedAndEveryUsedTextExists(t *testing.T) {
	used := map[string]bool{}
	asked := map[string]string{}
	for name, text := range sources(t, ".go", ".templ", ".js") {
		for _, m := range quotedKey.FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
		}
		for _, m := range askedKey.FindAllStringSubmatch(text, -1) {
			asked[m[1]] = name
		}
	}
	prefixes := dynamicPrefixes(t)
	zh := locale(t, "zh")
	for _, texts := range zh {
		for key := range texts {
			dynamic := slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
			if !used[key] && !dynamic {
				t.Errorf("%q is used nowhere", key)
			}
		}
	}
	for key, name := range asked {
		feature, _, _ := strings.Cut(key, ".")
		if texts, ok := zh[feature]; ok && texts[key] == "" {
			t.Errorf("%s asks for %q, which is missing", name, key)
		} else if !ok && (strings.HasSuffix(name, ".templ") || strings.Contains(name, "frontend")) {
			t.Errorf("%s asks for %q, but locales/zh/%s.json is missing", name, key, feature)
		}
	}
}

var letters = regexp.MustCompile(`\p{Han}|\p{L}{2}`)

// spokenAttributes are those whose value people read or hear.
var spokenAttributes = []string{"alt", "aria-label", "aria-description", "placeholder", "title", "label"}

// allowedLiterals may stand in templates: they are the same in every language.
var allowedLiterals = []string{"GET", "POST", "minyi"}

func TestTemplatesHoldNoTextOfTheirOwn(t *testing.T) {
	for name, text := range sources(t, ".templ") {
		file, err := parser.ParseString(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, n := range file.Nodes {
			if tpl, ok := n.(*parser.HTMLTemplate); ok {
				literals(tpl.Children, func(literal string) {
					literal = strings.TrimSpace(literal)
					if letters.MatchString(literal) && !slices.Contains(allowedLiterals, literal) {
						t.Errorf("%s: %q must come from the locales", name, literal)
					}
				})
			}
		}
		for _, line := range strings.Split(text, "\n") {
			if code, _, _ := strings.Cut(line, "//"); regexp.MustCompile(`\p{Han}`).MatchString(code) {
				t.Errorf("%s: Chinese text in %q", name, strings.TrimSpace(line))
			}
		}
	}
}

// literals calls say for every text and spoken attribute below nodes.
func literals(nodes []parser.Node, say func(string)) {
	for _, n := range nodes {
		switch n := n.(type) {
		case *parser.Text:
			say(n.Value)
		case *parser.Element:
			for _, a := range n.Attributes {
				if c, ok := a.(*parser.ConstantAttribute); ok && slices.Contains(spokenAttributes, c.Key.String()) {
					say(c.Value)
				}
			}
			literals(n.Children, say)
		case *parser.IfExpression:
			literals(n.Then, say)
			for _, e := range n.ElseIfs {
				literals(e.Then, say)
			}
			literals(n.Else, say)
		case *parser.ForExpression:
			literals(n.Children, say)
		case *parser.SwitchExpression:
			for _, c := range n.Cases {
				literals(c.Children, say)
			}
		case *parser.TemplElementExpression:
			literals(n.Children, say)
		}
	}
}

func TestWords(t *testing.T) {
	zh, en := WordsIn("zh"), WordsIn("en")
	if WordsIn("fr") != zh || WordsIn("") != zh || WordsIn("en-GB") != en {
		t.Error("unknown languages are Chinese, every English is en")
	}
	for _, c := range []struct{ got, want string }{
		{zh.N("date.days_left", 1), "还剩 1 天"},
		{en.N("date.days_left", 1), "1 day left"},
		{en.N("date.days_left", 1200), "1,200 days left"},
		{zh.Number(-1234567), "−1,234,567"},
		{zh.T("nothing.here"), "⟦nothing.here⟧"},
		{en.T("parts.step", "step", 3, "of", 8), "Step 3 of 8"},
		{en.T("parts.step", "step", 3), "Step 3 of {of}"},
		{en.T("parts.reply", "odd"), "Reply"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
