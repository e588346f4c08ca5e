package app_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"minyi/app"
)

// typed runs a command line in this process and gives its exit code, and what it wrote
// to standard output and to standard error.
func typed(t *testing.T, lang string, line ...string) (code int, out, complaint string) {
	t.Helper()
	t.Setenv("LC_ALL", lang)
	var read [2]*os.File
	keep := [2]*os.File{os.Stdout, os.Stderr}
	for i, to := range []**os.File{&os.Stdout, &os.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		read[i], *to = r, w
	}
	texts := [2]chan string{make(chan string, 1), make(chan string, 1)}
	for i := range read {
		go func() { b, _ := io.ReadAll(read[i]); texts[i] <- string(b) }()
	}
	func() {
		defer func() {
			os.Stdout.Close()
			os.Stderr.Close()
			os.Stdout, os.Stderr = keep[0], keep[1]
			if p := recover(); p != nil && p != "exit" {
				panic(p)
			}
		}()
		code = app.Execute(context.Background(), line)
	}()
	return code, <-texts[0], <-texts[1]
}

// What is no command is told so in the reader's language, on standard error, with an
// exit code of its own; standard output is for answers.
func TestACommandLineThatIsNoneIsToldSoInTheReadersLanguage(t *testing.T) {
	for _, c := range []struct {
		line     string
		code     int
		zh, en   string
		anything bool // on standard output
	}{
		{"nonsense", 2, "不认识 nonsense", "unexpected argument nonsense", false},
		{"serve --nonsense", 2, "没有 --nonsense 这个选项", "unknown flag --nonsense", false},
		{"demo --size huge", 2, "不能是 \"huge\"", "got \"huge\"", false},
		{"compare", 2, "后面还要写", "expected", false},
		{"user", 2, "后面要写其中之一", "expected one of", false},
		{"seed", 2, "缺少选项", "missing flags", false},
		{"restore /nowhere", 2, "没有这个文件", "no such file", false},
		{"outline /nowhere.md", 1, "nowhere.md", "nowhere.md", false},
		{"version", 0, "", "", true},
	} {
		for lang, want := range map[string]string{"zh_CN.UTF-8": c.zh, "en_GB.UTF-8": c.en} {
			code, out, complaint := typed(t, lang, strings.Fields(c.line)...)
			if code != c.code || !strings.Contains(complaint, want) || (out != "") != c.anything {
				t.Errorf("minyi %s in %s: exit %d, out %q, complaint %q", c.line, lang, code, out, complaint)
			}
		}
	}
}

// Every command, argument and flag is explained in both languages.
func TestEveryCommandIsExplainedInBothLanguages(t *testing.T) {
	k, err := kong.New(&app.Commands{})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"zh", "en"} {
		raw, err := os.ReadFile("../frontend/locales/" + lang + "/commands.json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(raw, &words); err != nil {
			t.Fatal(err)
		}
		var walk func(n *kong.Node, path string)
		want := func(path, name string) {
			key := "commands." + strings.TrimPrefix(path+"_"+strings.ReplaceAll(name, "-", "_"), "_")
			if words[key] == "" && name != "help" {
				t.Errorf("%s is not explained in %s", key, lang)
			}
		}
		walk = func(n *kong.Node, path string) {
			for _, f := range n.Flags {
				want(path, f.Name)
			}
			for _, a := range n.Positional {
				want(path, a.Name)
			}
			for _, child := range n.Children {
				want(path, child.Name)
				walk(child, strings.TrimPrefix(path+"_"+child.Name, "_"))
			}
		}
		walk(k.Model.Node, "")
	}
}

// What the README tells people to type is a command.
func TestTheCommandsOfTheReadmeAreCommands(t *testing.T) {
	raw, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	there := regexp.MustCompile("(?m)(?:`|^)(?:go run \\.|minyi)((?: [^`#|\\n]*)?)(?:`|$|#|\\|)")
	found := there.FindAllStringSubmatch(string(raw), -1)
	if len(found) < 12 {
		t.Fatalf("only %d commands found: %v", len(found), found)
	}
	for _, m := range found {
		line := strings.NewReplacer("[--json]", "--json", "[--consultation ID]", "--consultation ID", "[--size small\\", "--size small", "[--data DIR]", "--data DIR", "…", "list", " N ", " 10 ", "FILE", "commands.go", "OLD", "commands.go", "NEW", "commands.go").Replace(m[1])
		k, err := kong.New(&app.Commands{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Parse(strings.Fields(line)); err != nil {
			t.Errorf("the README says minyi%s: %v", m[1], err)
		}
	}
}

// An account with a role that is none is not made without it.
func TestAnAccountIsMadeWithItsRoleOrNotAtAll(t *testing.T) {
	t.Setenv("MINYI_DATA_DIR", t.TempDir())
	t.Setenv("MINYI_DATABASE_URL", "")
	if code, _, _ := typed(t, "en", "user", "add", "first@minyi.example", "--role", "administrator"); code != 0 {
		t.Fatal("the first administrator is not made")
	}
	for name, more := range map[string][]string{"no such role": {"--role", "king"}, "no such unit": {"--role", "officer", "--unit", "nowhere"}} {
		if code, out, complaint := typed(t, "en", append([]string{"user", "add", "new@minyi.example"}, more...)...); code != 1 || out != "" || complaint == "" {
			t.Errorf("%s: exit %d, %q %q", name, code, out, complaint)
		}
		if code, _, _ := typed(t, "en", "user", "list", "new@minyi.example"); code != 1 {
			t.Errorf("%s: the account was made all the same", name)
		}
	}
}
