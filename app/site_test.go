package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"

	"minyi/app"
	"minyi/app/kit/actor"
	"minyi/app/settings"
	"minyi/models"
	"minyi/models/modelstest"
)

// site is the whole program, running.
type site struct {
	*app.App
	t    *testing.T
	url  string
	stop func() error
}

// each runs f with the whole program on SQLite and on PostgreSQL.
func each(t *testing.T, f func(t *testing.T, s site)) {
	t.Run("sqlite", func(t *testing.T) { f(t, start(t, "")) })
	t.Run("postgres", func(t *testing.T) { f(t, start(t, modelstest.PostgresURL(t))) })
}

func start(t *testing.T, database string) site {
	t.Helper()
	return begin(t, database, func(settings.Settings) error { return nil })
}

// startDemo begins with the demonstration's city.
func startDemo(t *testing.T) site {
	t.Helper()
	return begin(t, "", func(s settings.Settings) error { return app.FillForTest(context.Background(), s) })
}

func begin(t *testing.T, database string, fill func(settings.Settings) error) site {
	t.Helper()
	log := io.Discard
	if testing.Verbose() {
		log = os.Stderr
	}
	return beginLogging(t, database, fill, slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func beginLogging(t *testing.T, database string, fill func(settings.Settings) error, log slog.Handler) site {
	t.Helper()
	t.Setenv("MINYI_ADDR", "127.0.0.1:0")
	t.Setenv("MINYI_DATA_DIR", t.TempDir())
	t.Setenv("MINYI_DATABASE_URL", database)
	t.Setenv("MINYI_MEILI_URL", os.Getenv("MINYI_TEST_ENGINE")) // else the embedded engine, whatever serves the search contract
	s, err := settings.Read()
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(s); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, s, slog.New(log))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func(url string) { urls <- url }) }()
	stopped := false
	stop := func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error("stop: ", err)
		}
	})
	select {
	case url := <-urls:
		return site{a, t, url, stop}
	case err := <-ended:
		t.Fatal(err)
	}
	panic("unreachable")
}

// token gives a person an API token.
func (s site) token(p models.Person) string {
	s.t.Helper()
	secret, _, err := s.Accounts().NewToken(context.Background(), actor.System, p.ID, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// call sends JSON and gives the status and the answer.
func (s site) call(method, path, token string, in any, header ...string) (int, []byte, http.Header) {
	s.t.Helper()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, b, res.Header
}

func (s site) revoke(p models.Person, token string) error {
	return s.App.Accounts().RevokeToken(context.Background(), actor.Actor{PersonID: p.ID}, token)
}
