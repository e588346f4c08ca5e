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
	Serve   ServeCommand   `cmd:"" default:"1"`
	Migrate MigrateCommand `cmd:""`
	Outline OutlineCommand `cmd:""`
	Compare CompareCommand `cmd:""`
	Draw    DrawCommand    `cmd:""`
	Demo    DemoCommand    `cmd:""`
	Seed    SeedCommand    `cmd:""`
	Reindex ReindexCommand `cmd:""`
	Backup  BackupCommand  `cmd:""`
	Restore RestoreCommand `cmd:""`
	Doctor  DoctorCommand  `cmd:""`
	User    UserCommand    `cmd:""`
	Version VersionCommand `cmd:""`
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
	say("terminal.migrated", "n", len(pending))
	return nil
}

// VersionCommand shows which program this is.
type VersionCommand struct{}

// Run prints the version.
func (VersionCommand) Run() error {
	fmt.Println("minyi", Version())
	return nil
}

// version is put in by the linker where the tree is built without its history, as in the
// image: -X minyi/app.version=1.2.3.
var version string

// Version is what the linker was told, else the module's version, or the commit it was
// built from.
func Version() string {
	if version != "" {
		return version
	}
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
