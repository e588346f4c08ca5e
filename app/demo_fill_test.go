package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/app/demo"
	"minyi/app/settings"
	"minyi/models"
)

func TestTheDemonstrationShowsEveryStateAndLeavesNobodyWithoutAnAnswer(t *testing.T) {
	content, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, log := context.Background(), slog.New(slog.NewTextHandler(io.Discard, nil))
	s := settings.Settings{DataDir: t.TempDir()}
	now := time.Now()
	if err := fillDemo(ctx, s, log, content, now); err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(ctx, models.Options{Dir: s.DataDir, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := db.ConsultationsUnder(ctx, []string{"/"})
	if err != nil {
		t.Fatal(err)
	}
	promptsAsk(t, db, content, list)
	states := map[models.Status]int{}
	for _, c := range list {
		status := c.Status(now)
		states[status]++
		counts, err := db.ClauseCounts(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		all, err := db.Opinions(ctx, models.OpinionQuery{ConsultationID: c.ID, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if int(counts[""].Total) != len(all) {
			t.Errorf("%s counts %d opinions and shows %d", c.ID, counts[""].Total, len(all))
		}
		for _, o := range all {
			if status == models.StatusAnswered && o.AnswerID == "" {
				t.Errorf("%s: opinion %d is answered by nobody", c.ID, o.Number)
			}
		}
	}
	for _, want := range []models.Status{models.StatusScheduled, models.StatusOpen, models.StatusClosed, models.StatusAnswered} {
		if states[want] == 0 {
			t.Errorf("no consultation is %s", want)
		}
	}
}

// promptsAsk holds that each prompt stands at the clause that the content means: the
// one with that number in the last version.
func promptsAsk(t *testing.T, db *models.DB, content demo.Content, list []models.Consultation) {
	t.Helper()
	ctx, asked := context.Background(), 0
	for _, c := range list {
		var prompts []models.Prompt
		if err := json.Unmarshal([]byte(c.Prompts), &prompts); err != nil {
			t.Fatal(err)
		}
		versions, err := db.VersionsOf(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		clauses, err := db.ClausesOf(ctx, versions[len(versions)-1].ID)
		if err != nil {
			t.Fatal(err)
		}
		want := content.Consultations[slices.IndexFunc(content.Consultations, func(d demo.Consultation) bool { return d.Title.ZH == c.TitleZH })]
		last := want.Versions[len(want.Versions)-1].Articles()
		for i, p := range prompts {
			asked++
			at := slices.IndexFunc(clauses, func(k models.Clause) bool { return k.Key == p.ClauseKey })
			if at < 0 {
				t.Errorf("%s: a prompt asks about %q, which is not in the newest version", want.Key, p.ClauseKey)
				continue
			}
			if text := last[want.Prompts[i].Clause]; clauses[at].Text == "" || !strings.Contains(text, clauses[at].Text) {
				t.Errorf("%s: %q stands at %s", want.Key, p.ZH, clauses[at].Number)
			}
		}
	}
	if asked == 0 {
		t.Error("no prompt was looked at")
	}
}
