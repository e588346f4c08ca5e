package main_test

import (
	"go/ast"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// finding is one place that breaks a rule.
type finding struct {
	line int
	text string
}

// rule looks at one file at a time.
type rule struct {
	name  string
	check func(s source, report func(line int, text string))
}

// allow is how a rule is lifted in one place; the reason is not optional.
var allow = regexp.MustCompile(`(?m)//house:allow (\S+) \S+`)

// findings are the places in s that break the rule and are not allowed by a comment there.
func (r rule) findings(s source) (out []finding) {
	lines := strings.Split(s.Text, "\n")
	lifted := func(line int) bool {
		for _, n := range []int{line - 1, line - 2} {
			if n < 0 || n >= len(lines) {
				continue
			}
			for _, m := range allow.FindAllStringSubmatch(lines[n], -1) {
				if m[1] == r.name {
					return true
				}
			}
		}
		return false
	}
	r.check(s, func(line int, text string) {
		if !lifted(line) {
			out = append(out, finding{line, text})
		}
	})
	return out
}

var rules = []rule{
	{"imports", imports},
	{"rooms", rooms},
	{"documented", documented},
	{"raw-sql", rawSQL},
	{"clock", clock},
	{"sleep", sleep},
	{"inline", inline},
	{"machine", machine},
}

// under tells whether p is the folder dir or lies in it.
func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// feature is the folder of the feature that a file or package of app/ or handlers/ belongs to:
// app/hearings/draw → app/hearings.
func feature(dir string) string {
	parts := strings.SplitN(dir, "/", 3)
	if len(parts) < 2 {
		return dir
	}
	return parts[0] + "/" + parts[1]
}

// mayImport is the table of the house: whether a package in the folder from may import the
// package in the folder to, both named from the root of the tree.
func mayImport(from, to string) bool {
	switch {
	case from == ".":
		return to == "app"
	case from == "app":
		return true
	case under(from, "app/kit"):
		// Kits build on each other (compare on outline); the compiler forbids circles.
		return under(to, "app/kit") || under(to, "models")
	case under(from, "app"):
		return under(to, feature(from)) || under(to, "app/kit") || under(to, "models") || to == "search"
	case from == "handlers":
		return to != "app" && to != "."
	case under(from, "handlers"):
		if under(to, "handlers") {
			return under(to, feature(from)) || under(to, "handlers/web")
		}
		return to != "app" && to != "."
	default:
		// models, search, realtime, frontend know nothing of ours but themselves.
		top, _, _ := strings.Cut(from, "/")
		return under(to, top)
	}
}

// helperPackage tells packages that only tests use, such as models/modelstest.
func helperPackage(dir string) bool { return strings.HasSuffix(path.Base(dir), "test") }

// imports holds every import of ours against the table. Tests may wire up what they need.
func imports(s source, report func(int, string)) {
	if s.File == nil || s.isTest() || helperPackage(s.dir()) {
		return
	}
	for _, i := range s.File.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		if !under(p, "minyi") {
			continue
		}
		to := strings.TrimPrefix(strings.TrimPrefix(p, "minyi"), "/")
		if to == "" {
			to = "."
		}
		if !mayImport(s.dir(), to) {
			report(s.Fset.Position(i.Pos()).Line, s.dir()+" may not import "+to)
		}
		if !s.isTest() && helperPackage(to) {
			report(s.Fset.Position(i.Pos()).Line, to+" is for tests only")
		}
	}
}

// room says where a framework may be imported: folders, or single files.
var room = []struct {
	lib   []string
	where []string
	tests bool // tests elsewhere may use it too, as a client
}{
	{lib: []string{"gorm.io", "github.com/libtnb/sqlite", "modernc.org/sqlite", "github.com/jackc"}, where: []string{"models"}},
	{lib: []string{"github.com/gofiber/websocket", "github.com/gofiber/contrib/websocket", "github.com/fasthttp/websocket", "github.com/gorilla/websocket"}, where: []string{"realtime/upgrade.go"}, tests: true},
	{lib: []string{"github.com/gofiber", "github.com/valyala/fasthttp"}, where: []string{"handlers", "realtime/upgrade.go"}, tests: true},
	{lib: []string{"github.com/meilisearch"}, where: []string{"search/meili"}},
	{lib: []string{"github.com/blevesearch"}, where: []string{"search/embedded"}},
}

// rooms keeps each framework in its one room, so that it can be exchanged there.
func rooms(s source, report func(int, string)) {
	if s.File == nil {
		return
	}
	for _, i := range s.File.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		for _, r := range room {
			if !anyUnder(p, r.lib) {
				continue
			}
			if !anyUnder(s.Path, r.where) && !(r.tests && (s.isTest() || helperPackage(s.dir()))) {
				report(s.Fset.Position(i.Pos()).Line, p+" belongs in "+strings.Join(r.where, ", "))
			}
			break // the first room that knows the library decides
		}
	}
}

func anyUnder(p string, dirs []string) bool {
	for _, d := range dirs {
		if under(p, d) {
			return true
		}
	}
	return false
}

// The six rooms, and names that tell nothing about what is inside.
var (
	topFolders   = []string{"app", "models", "handlers", "realtime", "search", "frontend", ".ci"}
	emptyFolders = regexp.MustCompile(`^(cmd|internal|pkg|utils?|common|helpers?|manager|misc|lib)$`)
)

// badFolder says what is wrong with a folder, or nothing.
func badFolder(p string) string {
	if p == "." {
		return ""
	}
	// In frontend/ the base is the styles that every page builds on; elsewhere it means nothing.
	if emptyFolders.MatchString(path.Base(p)) || path.Base(p) == "base" && !under(p, "frontend") {
		return "a folder is named after what is in it"
	}
	if !strings.Contains(p, "/") && !anyUnder(p, topFolders) {
		return "the tree has six rooms: " + strings.Join(topFolders[:6], ", ")
	}
	return ""
}

// wellKnown are methods that only fulfil an interface of the language or of gorm.
var wellKnown = map[string]bool{"Error": true, "Unwrap": true, "String": true, "MarshalJSON": true, "UnmarshalJSON": true, "MarshalText": true, "UnmarshalText": true, "TableName": true}

// documented wants a comment on every exported name: meaning, units, limits, which error.
func documented(s source, report func(int, string)) {
	if s.File == nil || s.isTest() || s.generated() {
		return
	}
	for _, d := range s.File.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			told := d.Doc.Text() != "" || d.Recv != nil && wellKnown[d.Name.Name]
			if d.Name.IsExported() && exportedReceiver(d) && !told {
				report(s.Fset.Position(d.Pos()).Line, d.Name.Name+" has no comment")
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				for _, n := range undocumented(d, spec) {
					report(s.Fset.Position(n.Pos()).Line, n.Name+" has no comment")
				}
			}
		}
	}
}

// exportedReceiver tells whether a function is one that other packages can call: methods
// of unexported types mostly serve an interface that tells what they do.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// undocumented lists the exported names of a type, const or var that have no comment of
// their own, behind them, or above their group.
func undocumented(d *ast.GenDecl, spec ast.Spec) (names []*ast.Ident) {
	group := d.Doc.Text() != ""
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		// A comment above a group of types does not tell what each one is.
		told := spec.Doc.Text() != "" || spec.Comment.Text() != "" || (group && len(d.Specs) == 1)
		if spec.Name.IsExported() && !told {
			names = append(names, spec.Name)
		}
	case *ast.ValueSpec:
		if group || spec.Doc.Text() != "" || spec.Comment.Text() != "" {
			return nil
		}
		for _, n := range spec.Names {
			if n.IsExported() {
				names = append(names, n)
			}
		}
	}
	return names
}

// doors are the only places that read the wall clock: the clock that every act of the house
// gets its now from, and code that measures a wire or a disk and decides nothing by it
// (deadlines of sockets; files that changed while the pages are being written; storms of writes
// that would empty the cache of pages).
var doors = []string{"app/kit/clock", "models/open.go", "realtime", "frontend/assets.go", "frontend/words.go", "handlers/web/cache.go"}

// clock forbids reading the wall clock anywhere else, so that deadlines have one time and
// tests can set it.
func clock(s source, report func(int, string)) {
	if s.File == nil || s.isTest() || helperPackage(s.dir()) || anyUnder(s.Path, doors) {
		return
	}
	selections(s, "time", func(name string, line int) {
		if name == "Now" || name == "Until" {
			report(line, "time."+name+" outside the clock: take the time from the transaction or the clock")
		}
	})
}

// sleep forbids waiting for a while in tests: wait for the condition. A nap between two
// looks at a condition, in a loop like `for !ready() {…}`, is waiting for it.
func sleep(s source, report func(int, string)) {
	if s.File != nil && (s.isTest() || helperPackage(s.dir())) {
		naps := map[int]bool{}
		ast.Inspect(s.File, func(n ast.Node) bool {
			loop, ok := n.(*ast.ForStmt)
			if !ok || !calls(loop.Cond) {
				return true
			}
			for line := s.Fset.Position(loop.Pos()).Line; line <= s.Fset.Position(loop.End()).Line; line++ {
				naps[line] = true
			}
			return true
		})
		selections(s, "time", func(name string, line int) {
			if name == "Sleep" && !naps[line] {
				report(line, "a test waits for a condition, never for a while")
			}
		})
	}
	if under(s.Path, "frontend/browser") && strings.HasSuffix(s.Path, ".js") {
		grep(s, waits, report, "a journey waits for a condition, never for a while")
	}
}

// calls tells whether an expression asks something: a counter does not.
func calls(x ast.Expr) (found bool) {
	if x == nil {
		return false
	}
	ast.Inspect(x, func(n ast.Node) bool {
		_, call := n.(*ast.CallExpr)
		found = found || call
		return true
	})
	return found
}

var waits = regexp.MustCompile(`waitForTimeout\(|new Promise\(.*setTimeout`)

// selections calls found for each pkg.Name in the file, whatever name pkg was imported under.
func selections(s source, pkg string, found func(name string, line int)) {
	local := ""
	for _, i := range s.File.Imports {
		if p, _ := strconv.Unquote(i.Path.Value); p == pkg {
			local = path.Base(pkg)
			if i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
				found(sel.Sel.Name, s.Fset.Position(sel.Pos()).Line)
			}
		}
		return true
	})
}

// scripted is what the content security policy refuses in a page.
var scripted = regexp.MustCompile(`<script>|<style[ >]|\sstyle=|\son[a-z]+=["{]|javascript:`)

// inline forbids scripts and styles written into templates: browsers would not run them.
func inline(s source, report func(int, string)) {
	if strings.HasSuffix(s.Path, ".templ") {
		grep(s, scripted, report, "the content security policy refuses inline scripts and styles")
	}
}

// machinePaths are written in pieces, so that this file does not break its own rule.
var machinePaths = regexp.MustCompile(`(^|[\s"'` + "`" + `=(:])/(` + "work" + `/[a-z.]|` + "root" + `/[a-z.]|` + "home" + `/[a-z]+/|` + "Users" + `/[A-Za-z]+/)`)

// machine forbids paths of the machine that somebody worked on, and addresses that a
// package manager wrote down.
func machine(s source, report func(int, string)) {
	grep(s, machinePaths, report, "a path of somebody's machine")
	if strings.HasSuffix(s.Path, "package-lock.json") {
		grep(s, regexp.MustCompile(`"resolved":`), report, "the lock file names a download address")
	}
}

func grep(s source, re *regexp.Regexp, report func(int, string), text string) {
	for i, line := range strings.Split(s.Text, "\n") {
		if m := re.FindString(line); m != "" {
			report(i+1, text+": "+strings.TrimSpace(m))
		}
	}
}

// signpost is a path that a comment or a text points to.
type signpost struct {
	line int
	to   string
}

// pointed is a path from the root of the tree; a URL path, a pattern or a part of a longer
// path is not one.
var pointed = regexp.MustCompile(`(?:^|[^A-Za-z0-9_./<-])((?:app|models|handlers|realtime|search|frontend|\.ci)/[A-Za-z0-9_][A-Za-z0-9_./-]*)([*<{…]?)`)

// identifier is the name behind a package: models.Tx stands for models.
var identifier = regexp.MustCompile(`\.[A-Z][A-Za-z0-9.]*$`)

// signposts lists the paths that the comments of Go files and the texts beside the code name.
func signposts(s source) (out []signpost) {
	add := func(line int, text string) {
		for i, l := range strings.Split(text, "\n") {
			for _, m := range pointed.FindAllStringSubmatch(l, -1) {
				if m[2] == "" {
					out = append(out, signpost{line + i, identifier.ReplaceAllString(strings.TrimRight(m[1], "./-"), "")})
				}
			}
		}
	}
	switch {
	case s.File != nil && !s.generated() && !strings.HasPrefix(path.Base(s.Path), "house_"):
		for _, g := range s.File.Comments {
			for _, c := range g.List {
				add(s.Fset.Position(c.Pos()).Line, c.Text)
			}
		}
	case strings.HasSuffix(s.Path, ".md"):
		add(1, s.Text)
	}
	return out
}
