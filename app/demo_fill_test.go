package app

import (
	"context"
	"io"
	"log/slog"
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
