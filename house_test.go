// Package main_test holds the rules of the house as tests: who may import whom, which
// library lives in which room, and the traps that reviews forget. The rules themselves are
// in house_rules_test.go, and house_bait_test.go shows each rule something it must catch.
//
// A rule that is wrong in one place is lifted there, with its reason, by a comment on the
// same line or the line above:
//
//	//house:allow <rule> <reason>
package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// source is one file of the tree as the rules see it. File is nil for all but Go files.
type source struct {
	Path string // slash-separated, from the root of the tree
	Text string
	Fset *token.FileSet
	File *ast.File
	// Beside are the files of the same folder, itself included; set when a tree is read.
	Beside []source
}

// Go reads text as the Go file at path; a file that does not parse is the compiler's matter.
func parse(path, text string) source {
	s := source{Path: path, Text: text, Fset: token.NewFileSet()}
	if strings.HasSuffix(path, ".go") {
		s.File, _ = parser.ParseFile(s.Fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
	}
	return s
}

func (s source) dir() string     { return path.Dir(s.Path) }
func (s source) isTest() bool    { return strings.HasSuffix(s.Path, "_test.go") }
func (s source) generated() bool { return s.File != nil && ast.IsGenerated(s.File) }

// skipped names what people and tools leave in a tree that is not part of it.
func skipped(p string, d fs.DirEntry) bool {
	name := d.Name()
	if !d.IsDir() {
		return false
	}
	switch p {
	case ".", ".ci":
		return false
	case "bin", "data", "secrets", "frontend/browser/test-results", "frontend/browser/playwright-report":
		return true
	}
	return strings.HasPrefix(name, ".") || name == "node_modules"
}

// readable are the kinds of files that people write by hand here.
var readable = regexp.MustCompile(`(\.(go|templ|js|css|md|json|ya?ml|toml|sh|txt|example)|Makefile|Dockerfile)$|^\.ci/`)

// tree reads the whole project once; every rule looks at the same files.
func tree(t *testing.T) (files []source, dirs []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		p = filepath.ToSlash(p)
		if skipped(p, d) {
			return fs.SkipDir
		}
		if d.IsDir() {
			dirs = append(dirs, p)
			return nil
		}
		if !d.Type().IsRegular() || !readable.MatchString(p) {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		files = append(files, parse(p, string(text)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string][]source{}
	for _, s := range files {
		folders[s.dir()] = append(folders[s.dir()], s)
	}
	for i, s := range files {
		files[i].Beside = folders[s.dir()]
	}
	if len(files) < 5 {
		t.Fatalf("only %d files seen: the test does not run at the root of the tree", len(files))
	}
	return files, dirs
}

// TestHouse holds every file against every rule.
func TestHouse(t *testing.T) {
	files, _ := tree(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, s := range files {
				for _, f := range r.findings(s) {
					t.Errorf("%s:%d: %s", s.Path, f.line, f.text)
				}
			}
		})
	}
}

// TestHouseFolders keeps the six rooms and forbids the boxes where everything ends up.
func TestHouseFolders(t *testing.T) {
	_, dirs := tree(t)
	for _, d := range dirs {
		if why := badFolder(d); why != "" {
			t.Errorf("%s: %s", d, why)
		}
	}
}

// TestHousePackageComments wants every package to say in one comment what it is for.
func TestHousePackageComments(t *testing.T) {
	files, _ := tree(t)
	seen, told := map[string]bool{}, map[string]bool{}
	for _, s := range files {
		if s.File == nil || s.isTest() || s.generated() {
			continue
		}
		seen[s.dir()] = true
		told[s.dir()] = told[s.dir()] || s.File.Doc.Text() != ""
	}
	for dir := range seen {
		if !told[dir] {
			t.Errorf("%s: no file has a package comment", dir)
		}
	}
}

// TestHouseSignposts follows the paths that comments and texts point to: a reader who is
// sent somewhere must arrive.
func TestHouseSignposts(t *testing.T) {
	files, _ := tree(t)
	for _, s := range files {
		for _, p := range signposts(s) {
			if _, err := os.Stat(p.to); err != nil {
				t.Errorf("%s:%d: points to %s, which is not there", s.Path, p.line, p.to)
			}
		}
	}
}

// fileName is where the generated code tells the template's name, which depends on the
// folder that the generator was started in and on nothing else.
var fileName = regexp.MustCompile("FileName: `[^`]*`")

// TestHouseTemplatesAreFresh generates every template anew and compares with what is kept.
func TestHouseTemplatesAreFresh(t *testing.T) {
	files, _ := tree(t)
	dir := t.TempDir()
	var templates []string
	kept := map[string]string{}
	for _, s := range files {
		switch {
		case s.Path == "go.mod", strings.HasSuffix(s.Path, ".templ"):
			to := filepath.Join(dir, filepath.FromSlash(s.Path))
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, []byte(s.Text), 0o644); err != nil {
				t.Fatal(err)
			}
			templates = append(templates, s.Path)
		case strings.HasSuffix(s.Path, "_templ.go"):
			kept[s.Path] = s.Text
		}
	}
	if len(templates) > 0 {
		if out, err := exec.Command("go", "tool", "templ", "generate", "-path", dir).CombinedOutput(); err != nil {
			t.Fatalf("templ generate: %v\n%s", err, out)
		}
	}
	for _, p := range templates {
		made := strings.TrimSuffix(p, ".templ") + "_templ.go"
		want, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(made)))
		if err != nil {
			t.Errorf("%s: the generator made nothing of it: %v", p, err)
			continue
		}
		have, ok := kept[made]
		delete(kept, made)
		if !ok {
			t.Errorf("%s is not kept: run make generate", made)
		} else if fileName.ReplaceAllString(have, "") != fileName.ReplaceAllString(string(want), "") {
			t.Errorf("%s is not what its template gives: run make generate", made)
		}
	}
	for p := range kept {
		t.Errorf("%s has no template any more: remove it", p)
	}
}
