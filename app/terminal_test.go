package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"minyi/models"
	"minyi/models/modelstest"
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
seed --opinions 10
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

// Load data comes where it can be seen to come in: into an open consultation, unless
// another is named, and then that is said.
func TestSeedTakesAnOpenConsultationOrSaysThatItIsNone(t *testing.T) {
	t.Setenv("MINYI_DATABASE_URL", "")
	dir := t.TempDir()
	t.Setenv("MINYI_DATA_DIR", dir)
	if code, _, complaint := typed(t, "zh", "seed", "--opinions", "5"); code != 1 || !strings.Contains(complaint, "没有正在征集") {
		t.Errorf("without any: exit %d, %s", code, complaint)
	}
	db, err := models.Open(context.Background(), models.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, unit := modelstest.City(t, db)
	make := func(title string, change func(*models.Consultation, time.Time)) string {
		return modelstest.Consultation(t, db, unit, 2, func(c *models.Consultation) {
			c.TitleZH, c.TitleEN = title, title
			change(c, db.Now())
		}).ID
	}
	ended := func(c *models.Consultation, now time.Time) {
		opens, closes := now.AddDate(0, -2, 0), now.AddDate(0, -1, 0)
		c.OpensAt, c.ClosesAt, c.PublishedAt = &opens, &closes, &opens
	}
	closed := make("Closed", ended)
	answered := make("Answered", func(c *models.Consultation, now time.Time) { ended(c, now); c.AnsweredAt = &now })
	make("Soon over", func(c *models.Consultation, now time.Time) { at := now.AddDate(0, 0, 2); c.ClosesAt = &at })
	open := make("Long open", func(*models.Consultation, time.Time) {})
	make("Later", func(c *models.Consultation, now time.Time) { at := now.AddDate(0, 0, 5); c.OpensAt = &at })
	total := func(id string) int64 {
		counts, err := db.ClauseCounts(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		return int64(counts[""].Total)
	}
	if code, _, said := typed(t, "en", "seed", "--opinions", "5"); code != 0 || total(open) != 5 || !strings.Contains(said, "taking "+open) {
		t.Errorf("none named: exit %d, %d opinions, %s", code, total(open), said)
	}
	for id, state := range map[string]string{closed: "closed (Being worked through)", answered: "closed (Answered)"} {
		code, _, said := typed(t, "en", "seed", "--opinions", "5", "--consultation", id)
		if code != 0 || total(id) != 5 || !strings.Contains(said, id+" has "+state) || !strings.Contains(said, "open now: "+open) {
			t.Errorf("%s named: exit %d, %d opinions, %s", id, code, total(id), said)
		}
	}
	if _, _, said := typed(t, "en", "seed", "--opinions", "5", "--consultation", open); said != "" || total(open) != 10 {
		t.Errorf("an open one named: %d opinions, %q", total(open), said)
	}
}

// A backup that is refused leaves nothing where nothing was, so that the folder is still
// empty for the next try.
func TestARefusedBackupLeavesNoStore(t *testing.T) {
	t.Setenv("MINYI_DATABASE_URL", "")
	dir := filepath.Join(t.TempDir(), "data")
	t.Setenv("MINYI_DATA_DIR", dir)
	file := filepath.Join(t.TempDir(), "site.zip")
	if err := os.WriteFile(file, []byte("no backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, complaint := typed(t, "en", "restore", file); code != 1 || !strings.Contains(complaint, "damaged") {
		t.Fatalf("exit %d: %s", code, complaint)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if code, _, _ := typed(t, "en", "migrate"); code != 0 {
		t.Fatal("no migration")
	}
	if code, _, _ := typed(t, "en", "restore", file); code != 1 {
		t.Fatal("restored")
	}
	if _, err := os.Stat(filepath.Join(dir, "minyi.db")); err != nil {
		t.Errorf("a store that was there is gone: %v", err)
	}
}
