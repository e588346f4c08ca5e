package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"minyi/app"
	"minyi/app/settings"
	"minyi/models"
)

// olderStore takes a store back to before its newest step but one: what an older program
// left behind.
const olderStore = `
DROP INDEX opinions_all_supported;
DROP INDEX opinions_all_discussed;
DROP INDEX opinions_all;
CREATE INDEX opinions_all ON opinions (consultation_id, id) WHERE parent_id = '' AND shown;
DELETE FROM migrations WHERE id = '0020_ranked_consultations'`

// A demonstration that an older program has filled is known again, brought up to date
// and served with what was written in it since; a folder with any other site is refused
// and left as it is.
func TestTheDemonstrationOfAnOlderProgramIsServedAgain(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	if err := app.FillForTest(ctx, settings.Settings{DataDir: dir}); err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(ctx, models.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	before, err := db.ConsultationsUnder(ctx, []string{"/"})
	if err != nil || len(before) == 0 {
		t.Fatal(len(before), err)
	}
	db.Close()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "minyi.db"))
	if err == nil {
		_, err = raw.Exec(olderStore)
		raw.Close()
	}
	if err != nil {
		t.Fatal(err)
	}

	cmd := demoAt(t, dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var shown app.DemoShown
	said := json.NewDecoder(out).Decode(&shown)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if ended := cmd.Wait(); said != nil || ended != nil {
		t.Fatalf("%v, ended with %v\n%s", said, ended, cmd.Stderr)
	}
	if len(shown.Accounts) != 9 || len(shown.Consultations) != len(before) || strings.Contains(cmd.Stderr.(*bytes.Buffer).String(), "filling") {
		t.Errorf("%d accounts, %d consultations of %d\n%s", len(shown.Accounts), len(shown.Consultations), len(before), cmd.Stderr)
	}
	if db, err = models.Open(ctx, models.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if pending, err := db.Pending(ctx); err != nil || len(pending) > 0 {
		t.Errorf("not brought up to date: %v %v", pending, err)
	}

	// The same folder without the mark of a demonstration is somebody's site.
	if raw, err = sql.Open("sqlite", "file:"+filepath.Join(dir, "minyi.db")); err == nil {
		_, err = raw.Exec("DELETE FROM settings WHERE key = 'site.demo'")
		raw.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd = demoAt(t, dir)
	if answer, err := cmd.Output(); err == nil || len(answer) > 0 || !strings.Contains(cmd.Stderr.(*bytes.Buffer).String(), "--data") {
		t.Errorf("another site was served as a demonstration: %v %s\n%s", err, answer, cmd.Stderr)
	}
	if after, err := db.ConsultationsUnder(ctx, []string{"/"}); err != nil || len(after) != len(before) {
		t.Errorf("%d consultations were left of %d: %v", len(after), len(before), err)
	}
}

// demoAt is the command that serves a demonstration in a folder, with what it complains
// of kept in memory.
func demoAt(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	s := program{env: []string{"MINYI_ADDR=127.0.0.1:0"}}
	cmd := s.command(t, "demo", "--json", "--data", dir)
	cmd.Dir, cmd.Stderr = t.TempDir(), &bytes.Buffer{}
	return cmd
}
