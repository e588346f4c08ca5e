package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"minyi/app/settings"
)

// Commands are the commands of the program, one field each.
type Commands struct {
	Serve   ServeCommand   `cmd:"" default:"1" help:"Run the site (the default)."`
	Migrate MigrateCommand `cmd:"" help:"Bring the database to this program's schema."`
	Outline OutlineCommand `cmd:"" help:"Print the tree of clauses of a draft."`
	Compare CompareCommand `cmd:"" help:"Map the clauses of two versions of a draft."`
	Draw    DrawCommand    `cmd:"" help:"Check the draw of a hearing."`
	Demo    DemoCommand    `cmd:"" help:"Fill an empty site with an invented city and run it."`
	Seed    SeedCommand    `cmd:"" help:"Make load data for a consultation."`
	Reindex ReindexCommand `cmd:"" help:"Make the search index anew, beside a running server."`
	Backup  BackupCommand  `cmd:"" help:"Write the whole site into one file, beside a running server."`
	Restore RestoreCommand `cmd:"" help:"Put a backup in place of the site."`
	Doctor  DoctorCommand  `cmd:"" help:"Ask whether all is well."`
	User    UserCommand    `cmd:"" help:"People: add, list, role, password, token."`
	Version VersionCommand `cmd:"" help:"Show the version."`
}

// ServeCommand runs the site until it is told to stop.
type ServeCommand struct{}

// Run reads the settings and serves; a wrong setting stops it with one sentence.
func (ServeCommand) Run(ctx context.Context) error {
	s, err := settings.Read()
	if err != nil {
		return err
	}
	a, err := New(ctx, s, Logger(s))
	if err != nil {
		return err
	}
	return a.Run(ctx, nil)
}

// MigrateCommand migrates the database and ends.
type MigrateCommand struct{}

// Run migrates; it exits 0 only if the schema is complete afterwards.
func (MigrateCommand) Run(ctx context.Context) error {
	s, err := settings.Read()
	if err != nil {
		return err
	}
	db, err := OpenStore(ctx, s, Logger(s))
	if err != nil {
		return err
	}
	defer db.Close()
	pending, err := db.Pending(ctx)
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	fmt.Printf("%d migrations applied, schema is complete\n", len(pending))
	return nil
}

// VersionCommand shows which program this is.
type VersionCommand struct{}

// Run prints the version.
func (VersionCommand) Run() error {
	fmt.Println("minyi", Version())
	return nil
}

// Version is the module's version, or the commit it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

// Logger writes to stderr as MINYI_LOG asks.
func Logger(s settings.Settings) *slog.Logger {
	kind, level, _ := strings.Cut(s.Log, ":")
	var l slog.Level
	if level != "" {
		_ = l.UnmarshalText([]byte(level)) // checked with the settings
	}
	o := &slog.HandlerOptions{Level: l}
	if kind == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}
