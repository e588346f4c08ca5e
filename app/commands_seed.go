package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"minyi/app/demo"
	"minyi/app/operations"
	"minyi/app/settings"
	"minyi/models"
)

// SeedCommand makes load data.
type SeedCommand struct {
	Consultation string
	Opinions     int    `required:""`
	Clause       string `help:"Key of the one clause that gets them, such as a12; else all clauses share them."`
	Supports     int    `help:"How many voices for them in all."`
}

// Run makes the opinions and prints what was made. It may run beside a server.
func (c *SeedCommand) Run(ctx context.Context) error {
	return withStore(ctx, func(s settings.Settings, db *models.DB) error {
		service := operations.New(db, s.DataDir)
		if err := c.choose(ctx, db, service); err != nil {
			return err
		}
		began, bar := time.Now(), progress(c.Opinions, "terminal.bar_opinions") //house:allow clock the command's own beginning
		next := varied(rand.Uint64())
		n, err := service.Seed(ctx, operations.SeedInput{
			ConsultationID: c.Consultation, ClauseKey: c.Clause, Opinions: c.Opinions, Supports: c.Supports, Next: next,
			Done: func(n int) { _ = bar.Add(n) },
		})
		_ = bar.Finish()
		took := time.Since(began)
		if err == nil || n > 0 {
			say("terminal.seeded", "n", n, "seconds", seconds(took.Seconds()), "rate", fmt.Sprintf("%.0f", float64(n)/took.Seconds()))
		}
		if models.IsNotFound(err) {
			err = models.Fail(models.NotFound, "operations.seed_none", "id", c.Consultation)
		}
		return err
	})
}

// choose takes the open consultation that closes last where none was named, and says on
// standard error which it took; of one that was named and is not open it says so too,
// since there nobody sees new opinions come in.
func (c *SeedCommand) choose(ctx context.Context, db *models.DB, service *operations.Service) error {
	open, err := service.Open(ctx)
	if err != nil {
		return err
	}
	w := wordsFor("")
	if c.Consultation == "" {
		if len(open) == 0 {
			return models.Fail(models.NotFound, "terminal.seed_none_open")
		}
		c.Consultation = open[0].ID
		fmt.Fprintln(os.Stderr, w.T("terminal.seed_takes", "id", c.Consultation, "title", open[0].Title(w.Lang)))
		return nil
	}
	named, err := db.ConsultationByID(ctx, c.Consultation)
	status := named.Status(db.Now())
	if err != nil || status != models.StatusClosed && status != models.StatusAnswered {
		return nil // open, or refused with its reason
	}
	fmt.Fprintln(os.Stderr, w.T("terminal.seed_ended", "id", named.ID, "status", w.T("consultations.status_"+string(status))))
	for _, o := range open {
		fmt.Fprintln(os.Stderr, w.T("terminal.seed_open", "id", o.ID, "title", o.Title(w.Lang)))
	}
	return nil
}

// varied gives endless made opinions.
func varied(seed uint64, topics ...string) func() operations.Said {
	sample := demo.Varied(seed, topics...)
	return func() operations.Said {
		s := sample()
		return operations.Said{Lang: s.Lang, Stance: models.Stance(s.Stance), Body: s.Body}
	}
}

// growDemo adds opinions to every open consultation of the demonstration.
func growDemo(ctx context.Context, s settings.Settings, log *slog.Logger, n int) error {
	db, err := OpenStore(ctx, s, log)
	if err != nil {
		return err
	}
	defer db.Close()
	service := operations.New(db, s.DataDir)
	open, err := service.Open(ctx)
	if err != nil {
		return err
	}
	bar := progress(n, "terminal.bar_opinions")
	defer func() { _ = bar.Finish() }()
	for i, c := range open {
		share := n / len(open)
		_, err := service.Seed(ctx, operations.SeedInput{
			ConsultationID: c.ID, Opinions: share, Supports: share * 2, Next: varied(uint64(i + 1)), Done: func(n int) { _ = bar.Add(n) },
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// withStore opens and migrates the store that the settings name, for one command.
func withStore(ctx context.Context, f func(settings.Settings, *models.DB) error) error {
	s, err := settings.Read()
	if err != nil {
		return err
	}
	db, err := OpenStore(ctx, s, Logger(s))
	if err != nil {
		return err
	}
	defer db.Close()
	if s.Migrate == "on" {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
	}
	return f(s, db)
}

// progress is a bar on stderr for long work, with the text of a key; it stays silent where nobody watches.
func progress(total int, key string) *progressbar.ProgressBar {
	watched := false
	if info, err := os.Stderr.Stat(); err == nil {
		watched = info.Mode()&os.ModeCharDevice != 0
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(wordsFor("").T(key)), progressbar.OptionShowCount(),
		progressbar.OptionSetVisibility(watched), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
}
