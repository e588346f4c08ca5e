package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"minyi/app/operations"
	"minyi/app/search"
	"minyi/app/settings"
	"minyi/frontend"
	"minyi/models"
)

// BackupCommand writes the whole site into one file, beside a running server.
type BackupCommand struct {
	File string `arg:"" type:"path"`
}

// Run writes the backup and tells how many rows it holds.
func (c BackupCommand) Run(ctx context.Context) error {
	if _, err := os.Stat(c.File); err == nil {
		return models.Fail(models.Conflict, "terminal.exists", "file", c.File)
	}
	return withStore(ctx, func(s settings.Settings, db *models.DB) error {
		bar := progress(-1, "terminal.bar_backup")
		rows, err := operations.New(db, s.DataDir).Backup(ctx, c.File, func(string) { _ = bar.Add(1) })
		_ = bar.Finish()
		if err != nil {
			return err
		}
		tell("terminal.backed_up", rows)
		return nil
	})
}

// RestoreCommand puts a backup in place of the site. Stop the server first.
type RestoreCommand struct {
	File    string `arg:"" type:"existingfile"`
	Replace bool   `help:"Replace a site that is in use."`
}

// Run restores all of it or nothing: where there was no store before, a backup that is
// refused leaves none.
func (c RestoreCommand) Run(ctx context.Context) error {
	s, err := settings.Read()
	if err != nil {
		return err
	}
	undo := func() {}
	if file := filepath.Join(s.DataDir, "minyi.db"); s.DatabaseURL == "" {
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			undo = func() {
				for _, end := range []string{"", "-wal", "-shm"} {
					_ = os.Remove(file + end)
				}
			}
		}
	}
	err = withStore(ctx, func(s settings.Settings, db *models.DB) error {
		rows, err := operations.New(db, s.DataDir).Restore(ctx, c.File, c.Replace)
		if err != nil {
			return err
		}
		tell("terminal.restored", rows)
		return nil
	})
	if err != nil {
		undo()
	}
	return err
}

func tell(key string, rows map[string]int) {
	total := 0
	for _, n := range rows {
		total += n
	}
	say(key, "rows", total, "tables", len(rows), "opinions", rows["opinions"])
}

// DoctorCommand asks whether all is well; it ends with 0 only then.
type DoctorCommand struct {
	Dashboard bool   `help:"Only print a Grafana dashboard for the numbers of /metrics, as JSON."`
	Live      bool   `help:"Only ask the server that runs at MINYI_ADDR whether it takes requests."`
	Lang      string `enum:"zh,en," default:""`
}

// Run prints one line for each point.
func (c DoctorCommand) Run(ctx context.Context) error {
	words := wordsFor(c.Lang)
	if c.Dashboard {
		fmt.Println(string(operations.Dashboard(words)))
		return nil
	}
	s, err := settings.Read()
	if err != nil {
		return err
	}
	if c.Live {
		if err := askReady(ctx, s.Addr); err != nil {
			return inWords(words, err)
		}
		fmt.Println(words.T("terminal.ready"))
		return nil
	}
	db, err := OpenStore(ctx, s, Logger(s)) // never migrates: what is missing is to be told
	if err != nil {
		return err
	}
	defer db.Close()
	found := operations.New(db, s.DataDir).Examine(ctx)
	if len(found) > 2 { // the store can be read and has this program's schema
		for _, f := range newSearch(db, s, Logger(s), nil).Examine(ctx) {
			found = append(found, ofIndex(f))
		}
	}
	ill := false
	for _, f := range found {
		ill = ill || !f.OK
		fmt.Println(diagnosis(words, f))
	}
	if ill {
		return errors.New(words.T("operations.ill"))
	}
	return nil
}

// ofIndex is what was found about a search index as one point of the doctor's.
func ofIndex(f search.Finding) operations.Finding {
	says := []operations.Saying{{Key: "search.health_engine", Args: []any{"engine", f.Engine, "mapping", f.Mapping}}}
	if f.Says != "" {
		says = append(says, operations.Saying{Key: f.Says, Args: f.Args})
	}
	if f.Cause != "" {
		says = append(says, operations.Saying{Key: "operations.cause", Args: []any{"what", f.Cause}})
	}
	return operations.Finding{Key: "operations.check_search_" + f.Index, OK: f.OK, Says: says}
}

// diagnosis is the line of one point, in the operator's language.
func diagnosis(words *frontend.Words, f operations.Finding) string {
	mark := "ok   "
	if !f.OK {
		mark = "FAIL "
	}
	var says []string
	for _, s := range f.Says {
		args := slices.Clone(s.Args)
		for i, a := range args {
			if at, ok := a.(time.Time); ok {
				args[i] = words.DateTime(at)
			}
		}
		says = append(says, words.T(s.Key, args...))
	}
	if len(says) == 0 {
		return mark + words.T(f.Key)
	}
	return mark + words.T("operations.point", "point", words.T(f.Key), "says", strings.Join(says, " "))
}

// askReady asks the server at the address that it listens on; one that listens on
// every address is asked on this machine.
func askReady(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("MINYI_ADDR=%s: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return &models.Error{Kind: models.Unavailable, Key: "terminal.not_there", Args: []any{"addr", addr}, Err: err}
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return models.Fail(models.Unavailable, "terminal.not_ready", "addr", addr, "status", res.Status)
	}
	return nil
}
