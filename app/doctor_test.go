package app

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"minyi/app/operations"
	"minyi/app/search"
	"minyi/frontend"
)

// What the doctor can say is said in the operator's language: every point and every
// addition, as it stands in the golden file.
func TestTheDoctorSpeaksTheLanguageOfTheOperator(t *testing.T) {
	since := time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC)
	say := func(key string, args ...any) operations.Saying { return operations.Saying{Key: key, Args: args} }
	found := []operations.Finding{
		{Key: "operations.check_reads", OK: true},
		{Key: "operations.check_writes", Says: []operations.Saying{say("operations.cause", "what", "disk full")}},
		{Key: "operations.check_migrations", Says: []operations.Saying{say("operations.missing", "what", "0014 0015")}},
		{Key: "operations.check_schema", Says: []operations.Saying{say("operations.column_missing", "column", "opinions.shown_at"), say("operations.column_unknown", "column", "opinions.mood")}},
		{Key: "operations.check_counts", Says: []operations.Saying{say("operations.off", "n", 3)}},
		{Key: "operations.check_letters", Says: []operations.Saying{say("operations.unsent", "n", 2)}},
	}
	for _, f := range []search.Finding{
		{OK: true, Says: "search.examined_holds", Args: []any{"n", 360}},
		{OK: true, Says: "search.examined_behind", Args: []any{"n", 360, "behind", int64(4)}},
		{Says: "search.examined_stuck", Args: []any{"n", 360, "behind", int64(4), "since", since}},
		{Says: "search.examined_wrong", Args: []any{"n", 360, "want", 361}},
		{OK: true, Says: "search.health_making"},
		{OK: true, Says: "search.examined_at_start"},
		{Says: "search.examined_cannot", Args: []any{"what", "no space left"}},
		{Cause: "connection refused"},
	} {
		f.Index, f.Engine, f.Mapping = "desk", "Meilisearch", 6
		found = append(found, ofIndex(f))
	}
	for _, lang := range []string{"zh", "en"} {
		var lines []string
		for _, f := range found {
			lines = append(lines, diagnosis(frontend.WordsIn(lang), f))
		}
		path, got := filepath.Join("testdata", "doctor."+lang+".golden"), strings.Join(lines, "\n")+"\n"
		if flag.Lookup("update").Value.String() == "true" {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || got != string(want) {
			t.Errorf("%s (%v):\n%s", lang, err, got)
		}
	}
}

// The language is that of the terminal, as for every other command.
func TestTheDoctorTakesItsLanguageFromTheTerminal(t *testing.T) {
	t.Setenv("LC_ALL", "zh_CN.UTF-8")
	if got := diagnosis(wordsFor(""), operations.Finding{Key: "operations.check_reads", OK: true}); !strings.Contains(got, "数据库") {
		t.Error(got)
	}
	t.Setenv("LC_ALL", "C.UTF-8")
	if got := diagnosis(wordsFor(""), operations.Finding{Key: "operations.check_reads", OK: true}); !strings.Contains(got, "database") {
		t.Error(got)
	}
}
