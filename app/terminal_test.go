package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// session is what somebody types at a terminal on one machine, in order: DIR is an empty
// folder. The errors are part of it.
const session = `
migrate
migrate
user add first@minyi.example --role administrator --password yunting-open-house
user add second@minyi.example --nickname 周砚秋
user add third@minyi.example --role king
user add third@minyi.example --role officer --unit nowhere
user role second@minyi.example officer
user role second@minyi.example officer --revoke
user role second@minyi.example officer --revoke
user role nobody@minyi.example officer
user password second@minyi.example
user password second@minyi.example short
user token second@minyi.example
user list
user list second@minyi.example
seed --consultation 2027-001 --opinions 10
seed --consultation 2027-001 --opinions 0
reindex
backup DIR/site.zip
backup DIR/site.zip
backup DIR/nowhere/site.zip
restore DIR/site.zip
restore DIR/site.zip --replace
restore DIR/data/minyi.db --replace
outline DIR/nowhere.md
outline DIR
draw verify DIR/nowhere.json
demo --data DIR/data
doctor --live
version`

// Every command answers in the language of the terminal, complaints and causes of its own
// included; the numbers and exit codes are the same in both.
func TestEveryCommandSpeaksTheLanguageOfTheTerminal(t *testing.T) {
	growing := regexp.MustCompile(`(^|升级 |共 |行（|backed up: |restored: |rows of )\d+`) // with every new table
	secret := regexp.MustCompile(`minyi_\S+|(password: |密码：)\S+`)
	figures := map[string][]string{}
	for _, lang := range []string{"zh", "en"} {
		dir := t.TempDir()
		t.Setenv("MINYI_DATABASE_URL", "")
		t.Setenv("MINYI_DATA_DIR", filepath.Join(dir, "data"))
		t.Setenv("MINYI_ADDR", "127.0.0.1:1")
		var page strings.Builder
		for _, line := range strings.Split(strings.TrimSpace(session), "\n") {
			code, out, complaint := typed(t, map[string]string{"zh": "zh_CN.UTF-8", "en": "en_GB.UTF-8"}[lang], strings.Fields(strings.ReplaceAll(line, "DIR", dir))...)
			if strings.HasPrefix(line, "version") { // another one in each build
				out = "minyi\n"
			}
			said := secret.ReplaceAllString(strings.ReplaceAll(out+complaint, dir, "DIR"), "${1}SECRET")
			fmt.Fprintf(&page, "$ minyi %s\n%s[%d]\n", line, growing.ReplaceAllString(said, "${1}N"), code)
			figures[lang] = append(figures[lang], fmt.Sprint(code, " ", strings.FieldsFunc(said, func(r rune) bool { return !unicode.IsDigit(r) })))
		}
		path := filepath.Join("testdata", "terminal."+lang+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(page.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || string(want) != page.String() {
			t.Errorf("%s: %v; -update writes it; now:\n%s", path, err, page.String())
		}
	}
	for i, line := range strings.Split(strings.TrimSpace(session), "\n") {
		if zh, en := figures["zh"][i], figures["en"][i]; zh != en {
			t.Errorf("minyi %s: %s in Chinese, %s in English", line, zh, en)
		}
	}
}
