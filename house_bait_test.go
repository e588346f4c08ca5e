package main_test

import (
	"strings"
	"testing"
)

// A rule that catches nothing is worse than none. Each bait is one file; want tells how
// many findings its rule must make of it.
var baits = []struct {
	rule, path, text string
	want             int
}{
	{"imports", "app/hearings/service.go", `import ("minyi/models"; "minyi/app/kit/clock"; "minyi/search"; "minyi/app/hearings/draw")`, 0},
	{"imports", "app/hearings/service.go", `import "minyi/app/consultations"`, 1},
	{"imports", "app/hearings/service.go", `import ("minyi/search/meili"; "minyi/handlers/web"; "minyi/frontend"; "minyi/realtime"; "minyi/app")`, 5},
	{"imports", "app/kit/diff/diff.go", `import ("minyi/models"; "minyi/app/kit/outline")`, 0},
	{"imports", "app/kit/diff/diff.go", `import ("minyi/app/hearings"; "minyi/search")`, 2},
	{"imports", "app/app.go", `import ("minyi/app/hearings"; "minyi/handlers"; "minyi/models"; "minyi/search/meili")`, 0},
	{"imports", "main.go", `import "minyi/app"`, 0},
	{"imports", "main.go", `import "minyi/models"`, 1},
	{"imports", "handlers/hearings/show.go", `import ("minyi/app/hearings"; "minyi/frontend/pages/hearings"; "minyi/handlers/web"; "minyi/search"; "minyi/models"; "minyi/realtime")`, 0},
	{"imports", "handlers/hearings/show.go", `import ("minyi/handlers/consultations"; "minyi/app")`, 2},
	{"imports", "handlers/routes.go", `import ("minyi/handlers/consultations"; "minyi/handlers/web")`, 0},
	{"imports", "models/hearing.go", `import ("minyi/app/kit/clock"; "minyi/search")`, 2},
	{"imports", "search/meili/index.go", `import "minyi/search"`, 0},
	{"imports", "search/words.go", `import "minyi/models"`, 1},
	{"imports", "frontend/pages/hearings/show.go", `import ("minyi/models"; "minyi/frontend/parts")`, 1},
	{"imports", "realtime/hub.go", `import "minyi/models"`, 1},
	{"imports", "app/hearings/service.go", `import "minyi/models/modelstest"`, 1},
	{"imports", "app/hearings/service_test.go", `import ("minyi/models/modelstest"; "minyi/app")`, 0},

	{"rooms", "models/open.go", `import ("gorm.io/gorm"; "github.com/libtnb/sqlite"; "github.com/jackc/pgx/v5")`, 0},
	{"rooms", "app/hearings/service.go", `import "gorm.io/gorm"`, 1},
	{"rooms", "app/hearings/service_test.go", `import "gorm.io/gorm/clause"`, 1},
	{"rooms", "app/serve.go", `import "github.com/gofiber/fiber/v2"`, 1},
	{"rooms", "handlers/web/errors.go", `import "github.com/gofiber/fiber/v2/middleware/recover"`, 0},
	{"rooms", "realtime/upgrade.go", `import ("github.com/gofiber/fiber/v2"; "github.com/gofiber/websocket/v2")`, 0},
	{"rooms", "realtime/hub.go", `import ("github.com/gofiber/fiber/v2"; "github.com/gofiber/websocket/v2"; "github.com/fasthttp/websocket")`, 3},
	{"rooms", "handlers/live/socket.go", `import "github.com/gofiber/websocket/v2"`, 1},
	{"rooms", "handlers/live/socket_test.go", `import "github.com/fasthttp/websocket"`, 0},
	{"rooms", "search/index.go", `import ("github.com/blevesearch/bleve/v2"; "github.com/meilisearch/meilisearch-go")`, 2},
	{"rooms", "search/meili/index.go", `import "github.com/meilisearch/meilisearch-go"`, 0},
	{"rooms", "search/embedded/index.go", `import "github.com/blevesearch/bleve/v2"`, 0},

	{"documented", "app/hearings/a.go", "type Service struct{}\nfunc (s *Service) Register() {}\nfunc Open() {}\nvar A, B = 1, 2\nconst C = 1", 6},
	{"documented", "app/hearings/a.go", "type List[T any] struct{} // a list\nfunc (l *List[T]) Add() {}", 1},
	{"documented", "app/hearings/a.go", "// Kinds.\nconst (\n\tA = 1\n\tB = 2\n)\n// Service serves.\ntype Service struct{}\n// Open opens.\nfunc Open() {}\nfunc shut() {}\ntype inner struct{}\nfunc (inner) Read() {}", 0},
	{"documented", "app/hearings/a.go", "// Two things.\ntype (\n\tA int\n\tB int\n)", 2},
	{"documented", "app/hearings/a.go", "// Bad is bad.\ntype Bad struct{}\nfunc (Bad) Error() string { return \"\" }", 0},
	{"documented", "app/hearings/a_test.go", "func Open() {}", 0},

	{"raw-sql", "models/a.go", "import \"gorm.io/gorm\"\nfunc F(db *gorm.DB, by string) { db.Order(by).Select(by).Group(by).Pluck(by, nil).Table(by).Joins(by) }", 6},
	{"raw-sql", "models/a.go", "import \"gorm.io/gorm\"\nfunc F(db *gorm.DB, id string) { var x int; db.First(&x, id); db.Delete(&x, id); db.Take(&x, \"id = ?\", id) }", 2},
	{"raw-sql", "models/a.go", "import \"gorm.io/gorm\"\nfunc F(db *gorm.DB, w string) { db.Where(w + \" = 1\"); db.Raw(w); db.Exec(\"x\" + w); db.Order(\"a \" + w) }", 4},
	{"raw-sql", "models/a.go", "func (db DB) F(w string) { db.read().Order(w) }", 1},
	{"raw-sql", "models/a.go", "func one(db *gorm.DB, order, where string) { many(db, order, where) }\nfunc many(db *gorm.DB, order, where string) { db.Where(where).Order(order) }\nfunc F(db *gorm.DB, by string) { one(db, \"id\", \"a = 1\"); one(db, by, \"a = 1\"); many(db, \"id\", by) }", 2},
	{"raw-sql", "models/a.go", "func F(db *gorm.DB, by string) { o := \"a\"; if by == \"b\" { o = \"b\" }; o += \", id\"; db.Order(o) }", 0},
	{"raw-sql", "models/a.go", "func F(db *gorm.DB, by string) { o := \"a\"; if by != \"\" { o += by }; db.Order(o) }", 1},
	{"raw-sql", "models/a.go", "func F(db *gorm.DB, n int) { db.Exec(\"x\" + strings.TrimSuffix(strings.Repeat(\"?, \", n), \", \")) }", 0},
	{"raw-sql", "models/a.go", "func F(db *gorm.DB, w string) { db.Exec(strings.Repeat(w, 2)); db.Exec(strings.ToUpper(w)); db.Exec(db.ddl(w)); db.Exec(fmt.Sprintf(w)) }", 4},
	{"raw-sql", "models/a.go", "func F(ctx context.Context, c *pgx.Conn, w string) { c.Exec(ctx, \"LISTEN x\"); c.Exec(ctx, w) }", 1},
	{"raw-sql", "models/a.go", "func F(db *gorm.DB, all []string) { for _, o := range all { db.Exec(o) } }", 1},
	{"raw-sql", "models/a.go", "import \"gorm.io/gorm\"\nvar sorts = map[string]string{}\nconst byID = \"id\"\nfunc F(db *gorm.DB, k string) { db.Order(sorts[k]).Order(byID).Order(\"a, \" + byID).Where(&gorm.Model{}).Where(\"a = ?\", k).Order(clause.OrderByColumn{}).Select(gorm.Expr(\"x\")); db.First(&k) }", 0},
	{"raw-sql", "models/a.go", "import \"gorm.io/gorm\"\nfunc F(db *gorm.DB, k string) { sorts := map[string]string{k: k}; db.Order(sorts[k]) }", 1},
	{"raw-sql", "models/a.go", "import \"gorm.io/gorm\"\nfunc F(db *gorm.DB, k string) {\n\t//house:allow raw-sql names come from the schema itself\n\tdb.Table(k)\n}", 0},
	{"raw-sql", "models/a.go", "import \"gorm.io/gorm\"\nfunc F(db *gorm.DB, k string) {\n\t//house:allow raw-sql\n\tdb.Table(k)\n}", 1},
	{"raw-sql", "models/a.go", "import \"gorm.io/gorm\"\nfunc F(db *gorm.DB, k string) {\n\t//house:allow clock another rule\n\tdb.Table(k)\n}", 1},

	{"clock", "app/hearings/a.go", "import \"time\"\nvar now = time.Now\nfunc f(t time.Time) { time.Now(); time.Until(t); time.Since(t) }", 3},
	{"clock", "app/hearings/a.go", "import wall \"time\"\nvar now = wall.Now()", 1},
	{"clock", "app/kit/clock/clock.go", "import \"time\"\nvar now = time.Now", 0},
	{"clock", "app/hearings/a_test.go", "import \"time\"\nvar now = time.Now", 0},
	{"clock", "realtime/a.go", "import \"time\"\nvar now = time.Now() //house:allow clock a socket's deadline is wall time", 0},

	{"sleep", "app/hearings/a_test.go", "import \"time\"\nfunc f() { time.Sleep(1) }", 1},
	{"sleep", "app/hearings/a_test.go", "import \"time\"\nfunc f(ok func() bool) {\n\tfor !ok() {\n\t\ttime.Sleep(1)\n\t}\n\tfor i := 0; i < 3; i++ {\n\t\ttime.Sleep(1)\n\t}\n}", 1},
	{"sleep", "models/modelstest/a.go", "import \"time\"\nfunc f() { time.Sleep(1) }", 1},
	{"sleep", "app/hearings/a.go", "import \"time\"\nfunc f() { time.Sleep(1) }", 0},
	{"sleep", "frontend/browser/a.spec.js", "await page.waitForTimeout(100)\nawait new Promise((done) => setTimeout(done, 9))", 2},

	{"inline", "frontend/pages/a.templ", "<script>x()</script>\n<p style=\"color:red\">\n<a onclick=\"x()\">\n<style>", 4},
	{"inline", "frontend/pages/a.templ", "<script type=\"module\" src={ p.Script }></script>\n<link rel=\"stylesheet\" href=\"a.css\">\n<p class=\"style\" data-on=\"x\">", 0},

	{"machine", "app/a.md", "see /" + "work/main and '/" + "root/x'\n(/" + "home/li/x)", 2},
	{"machine", "models/unit.go", "// the path of a unit: \"/" + "root/01J/self/\"", 0},
	{"machine", "app/a.md", "/" + "work/main", 1},
	{"machine", "app/a.md", "frontend/" + "work/x, /workshop/, /homepage", 0},
	{"machine", "frontend/browser/package-lock.json", `"resolved": "x"`, 1},
}

func TestHouseRulesCatchTheirBait(t *testing.T) {
	checked := map[string]bool{}
	for _, b := range baits {
		for _, r := range rules {
			if r.name != b.rule {
				continue
			}
			text := b.text
			if strings.HasSuffix(b.path, ".go") {
				text = "package x\n" + text
			}
			s := parse(b.path, text)
			if strings.HasSuffix(b.path, ".go") && s.File == nil {
				t.Fatalf("the bait does not parse: %s", b.text)
			}
			got := r.findings(s)
			if len(got) != b.want {
				t.Errorf("%s: %s: %s\n%d findings, want %d: %v", b.rule, b.path, b.text, len(got), b.want, got)
			}
			checked[r.name] = checked[r.name] || b.want > 0
		}
	}
	for _, r := range rules {
		if !checked[r.name] {
			t.Errorf("rule %s has no bait", r.name)
		}
	}
}

func TestHouseFoldersCatchTheirBait(t *testing.T) {
	for _, p := range []string{"cmd", "internal", "app/utils", "app/kit/common", "app/base", "models/internal", "docs", "server"} {
		if badFolder(p) == "" {
			t.Errorf("%s went through", p)
		}
	}
	for _, p := range []string{".", "app", "app/kit", "app/hearings", "frontend/browser", "frontend/base", ".ci", "search/embedded"} {
		if why := badFolder(p); why != "" {
			t.Errorf("%s: %s", p, why)
		}
	}
}

func TestHouseSignpostsCatchTheirBait(t *testing.T) {
	s := parse("app/a.go", "package x\n\n// See models/tx.go, app/kit/clock.Clock. Not /search/x, app/<feature>, app/kit/*, minyi/app/x, a/models/x.\n")
	got := signposts(s)
	if len(got) != 2 || got[0].to != "models/tx.go" || got[1].to != "app/kit/clock" || got[0].line != 3 {
		t.Errorf("%v", got)
	}
	if got := signposts(parse("README.md", "`frontend/browser/README.md`")); len(got) != 1 || got[0].to != "frontend/browser/README.md" {
		t.Errorf("%v", got)
	}
}
