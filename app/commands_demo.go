package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"minyi/app/demo"
	"minyi/app/kit/actor"
	"minyi/app/settings"
	"minyi/models"
)

// demoSetting tells that a store was filled by the demo command, and when.
const demoSetting = "site.demo"

// DemoCommand fills an empty site with an invented city and runs it.
type DemoCommand struct {
	JSON bool   `name:"json"`
	Size string `enum:"small,large" default:"small"`
	Data string `type:"path"`
}

// Run fills, prints the address and the sign-ins, and serves until it is stopped.
// A folder that holds a demonstration already is served again with new tokens; one
// that holds another site is refused.
func (d DemoCommand) Run(ctx context.Context) error {
	s, clean, err := d.settings()
	if err != nil {
		return err
	}
	defer clean()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	content, err := demo.Load()
	if err != nil {
		return err
	}
	if err := d.prepare(ctx, s, log, content); err != nil {
		return err
	}
	a, err := New(ctx, s, log)
	if err != nil {
		return err
	}
	shown, err := a.showDemo(ctx, content)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	return a.Run(ctx, func(string) {
		shown.URL = s.PublicURL
		shown.print(os.Stdout, d.JSON)
	})
}

// settings chooses the folder and, where nobody set an address, a free port.
func (d DemoCommand) settings() (settings.Settings, func(), error) {
	clean := func() {}
	if _, set := os.LookupEnv("MINYI_ADDR"); !set {
		os.Setenv("MINYI_ADDR", freeAddress("127.0.0.1:8080"))
	} else if host, port, err := net.SplitHostPort(os.Getenv("MINYI_ADDR")); err == nil && port == "0" {
		os.Setenv("MINYI_ADDR", freeAddress(net.JoinHostPort(host, "0")))
	}
	if d.Data != "" {
		os.Setenv("MINYI_DATA_DIR", d.Data)
	} else if _, set := os.LookupEnv("MINYI_DATA_DIR"); !set {
		dir, err := os.MkdirTemp("", "minyi-demo-")
		if err != nil {
			return settings.Settings{}, clean, err
		}
		clean = func() { os.RemoveAll(dir) }
		os.Setenv("MINYI_DATA_DIR", dir)
	}
	s, err := settings.Read()
	return s, clean, err
}

// freeAddress is the wanted address, or another port of it when it is taken.
func freeAddress(wanted string) string {
	host, _, _ := net.SplitHostPort(wanted)
	for _, addr := range []string{wanted, net.JoinHostPort(host, "0")} {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		defer ln.Close()
		return ln.Addr().String()
	}
	return wanted
}

func (d DemoCommand) prepare(ctx context.Context, s settings.Settings, log *slog.Logger, content demo.Content) error {
	empty, filled, err := demoState(ctx, s, log)
	switch {
	case err != nil:
		return err
	case filled:
		return nil
	case !empty:
		return models.Fail(models.Conflict, "terminal.demo_other")
	}
	words := wordsFor("")
	fmt.Fprintln(os.Stderr, words.T("terminal.demo_filling"))
	began := time.Now() //house:allow clock the command's own beginning
	if err := fillDemo(ctx, s, log, content, began); err != nil {
		return err
	}
	if d.Size == "large" {
		if err := growDemo(ctx, s, log, 20_000); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, words.T("terminal.demo_filled", "seconds", seconds(time.Since(began).Seconds())))
	return nil
}

// demoState tells whether the store has no people yet, or was filled before.
func demoState(ctx context.Context, s settings.Settings, log *slog.Logger) (empty, filled bool, err error) {
	if s.DatabaseURL == "" {
		if _, err := os.Stat(filepath.Join(s.DataDir, "minyi.db")); errors.Is(err, os.ErrNotExist) {
			return true, false, nil
		}
	}
	db, err := OpenStore(ctx, s, log)
	if err != nil {
		return false, false, err
	}
	defer db.Close()
	pending, err := db.Pending(ctx)
	if err != nil || slices.Contains(pending, models.FirstMigration) {
		return true, false, err // nothing was ever kept in it; an older schema may well be filled
	}
	var at time.Time
	if err := db.SettingInto(ctx, demoSetting, &at); err != nil || !at.IsZero() {
		return false, !at.IsZero(), err
	}
	list, err := db.Units(ctx)
	return len(list) == 0, false, err
}

// DemoShown is what the command prints.
type DemoShown struct {
	URL           string             `json:"url"`
	Accounts      []DemoAccount      `json:"accounts"`
	Consultations []DemoConsultation `json:"consultations"`
	Hearings      []DemoState        `json:"hearings"`
	Rooms         []DemoRoom         `json:"rooms"`
	// Colleagues are officers with the same password: publishing takes two people.
	Colleagues []DemoColleague `json:"-"`
}

// DemoColleague is an officer whose sign-in has the password of the others.
type DemoColleague struct{ Unit, Email string }

// DemoAccount is a printed sign-in with its API token.
type DemoAccount struct {
	Role     string `json:"role"`
	Unit     string `json:"unit"`
	Email    string `json:"email"`
	Password string `json:"password"`
	Token    string `json:"token"`
}

// DemoConsultation is a consultation of the demonstration.
type DemoConsultation struct {
	ID     string        `json:"id"`
	Status models.Status `json:"status"`
	Title  string        `json:"-"`
}

// DemoState is a hearing of the demonstration.
type DemoState struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

// DemoRoom is a room of live questions.
type DemoRoom struct {
	Code      string `json:"code"`
	State     string `json:"state"`
	Moderated bool   `json:"moderated"`
}

// showDemo makes a fresh token for each printed sign-in and lists what is there.
func (a *App) showDemo(ctx context.Context, content demo.Content) (DemoShown, error) {
	shown := DemoShown{Accounts: []DemoAccount{}, Consultations: []DemoConsultation{}, Hearings: []DemoState{}, Rooms: []DemoRoom{}}
	for _, p := range content.City.People {
		if !p.SignIn {
			if p.Role == "officer" {
				shown.Colleagues = append(shown.Colleagues, DemoColleague{p.Unit, p.Email})
			}
			continue
		}
		row, err := a.features.accounts.PersonByContact(ctx, actor.System, p.Email)
		if err != nil {
			return shown, fmt.Errorf("demo: %s: %w", p.Email, err)
		}
		token, err := a.demoToken(ctx, row.ID)
		if err != nil {
			return shown, fmt.Errorf("demo: %s: %w", p.Email, told(err))
		}
		shown.Accounts = append(shown.Accounts, DemoAccount{p.Role, p.Unit, p.Email, DemoPassword, token})
	}
	list, err := a.DB.ConsultationsUnder(ctx, []string{"/"})
	for _, c := range list {
		shown.Consultations = append(shown.Consultations, DemoConsultation{c.ID, c.Status(a.DB.Now()), c.TitleZH})
	}
	if err != nil {
		return shown, err
	}
	held, err := a.DB.HearingsUnder(ctx, []string{"/"})
	for _, h := range held {
		shown.Hearings = append(shown.Hearings, DemoState{h.ID, string(h.State(a.DB.Now()))})
	}
	if err != nil {
		return shown, err
	}
	shown.Rooms, err = a.demoRooms(ctx)
	return shown, err
}

// demoToken replaces the person's tokens of earlier demonstrations.
func (a *App) demoToken(ctx context.Context, personID string) (string, error) {
	old, err := a.DB.TokensOf(ctx, personID)
	if err != nil {
		return "", err
	}
	for _, t := range old {
		if t.Name == "demo" {
			if err := a.features.accounts.RevokeToken(ctx, actor.Actor{PersonID: personID}, t.ID); err != nil {
				return "", err
			}
		}
	}
	token, _, err := a.features.accounts.NewToken(ctx, actor.System, personID, "demo")
	return token, err
}

func (d DemoShown) print(w io.Writer, asJSON bool) {
	if asJSON {
		_ = json.NewEncoder(w).Encode(d)
		return
	}
	fmt.Fprintln(w, d.URL)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, a := range d.Accounts {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", a.Role, a.Unit, a.Email, a.Password, a.Token)
	}
	_ = t.Flush()
	fmt.Fprintf(w, "\n%s\n", wordsFor("").T("terminal.demo_colleagues"))
	for _, c := range d.Colleagues {
		fmt.Fprintf(t, "officer\t%s\t%s\n", c.Unit, c.Email)
	}
	_ = t.Flush()
}
