//go:build torture

package app_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"minyi/app/kit/code"
	"minyi/models/modelstest"
)

// MINYI_TORTURE_ROUNDS is how many times each program is killed (30).
var rounds = number("MINYI_TORTURE_ROUNDS", 30)

func TestTortureKill(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		killed(t, onSQLite(t, 0, 0), "SQLite")
	})
	t.Run("postgres", func(t *testing.T) {
		killed(t, onPostgres(t, modelstest.PostgresURL(t), 0, 0), "PostgreSQL")
	})
}

func killed(t *testing.T, s *program, name string) {
	l := s.torture(t, rounds)
	row(t, fmt.Sprintf("acknowledged opinions lost, %d kills, %s", rounds, name), fmt.Sprintf("%d of %d", l.lost, l.acknowledged), "", "0")
	row(t, fmt.Sprintf("opinions doubled, %d kills, %s", rounds, name), fmt.Sprintf("%d of %d sent again", l.doubled, l.again), "", "0")
	row(t, "slowest ready after a kill, "+name, ms(l.slowest), "", "≤ 5 s")
}

// cluster is a PostgreSQL of our own that can be stopped.
type cluster struct {
	t         *testing.T
	bin, home string
	port      int
	url       string
}

// newCluster makes and starts one; where there is no PostgreSQL it skips, loudly.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	without := func(why string) {
		if os.Getenv("REQUIRE_SERVICES") == "1" {
			t.Fatal(why)
		}
		t.Skip("SKIPPED: ", why)
	}
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if found, err := exec.LookPath("initdb"); err == nil {
		bins = append(bins, found)
	}
	if len(bins) == 0 {
		without("no PostgreSQL server on this machine")
	}
	home, err := os.MkdirTemp("", "minyi-away")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, bin: filepath.Dir(bins[len(bins)-1]), home: home}
	t.Cleanup(func() { c.run("pg_ctl", "-D", c.data(), "-m", "immediate", "-w", "stop"); os.RemoveAll(home) })
	password := code.NewToken()
	file := filepath.Join(home, "password")
	if err := os.WriteFile(file, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // the server refuses to run as root
		owner, err := user.Lookup("postgres")
		if err != nil {
			without("no user postgres for the server")
		}
		uid, _ := strconv.Atoi(owner.Uid)
		for _, f := range []string{home, file} {
			if err := os.Chown(f, uid, -1); err != nil {
				t.Fatal(err)
			}
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	c.url = fmt.Sprintf("postgres://minyi:%s@127.0.0.1:%d/postgres?sslmode=disable", password, c.port)
	c.must("initdb", "-D", c.data(), "-U", "minyi", "--pwfile="+file, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8")
	c.start()
	return c
}

func (c *cluster) data() string { return filepath.Join(c.home, "data") }

func (c *cluster) run(name string, args ...string) error {
	args = append([]string{filepath.Join(c.bin, name)}, args...)
	if os.Geteuid() == 0 {
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...) // its output must not be a pipe: the server would keep it open
	cmd.Dir = c.home
	return cmd.Run()
}

func (c *cluster) must(name string, args ...string) {
	c.t.Helper()
	if err := c.run(name, args...); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.data(), "server.log"))
		c.t.Fatalf("%s: %v\n%s", name, err, log)
	}
}

func (c *cluster) start() {
	c.t.Helper()
	c.must("pg_ctl", "-D", c.data(), "-l", filepath.Join(c.data(), "server.log"), "-w", "-t", "60", "-o",
		fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories='%s'", c.port, c.home), "start")
}

func (c *cluster) stop(mode string) {
	c.t.Helper()
	c.must("pg_ctl", "-D", c.data(), "-m", mode, "-w", "stop")
}

// within is how long an answer may take while the database is away, and how long
// until the site takes writes again after it is back.
const within = 5 * time.Second

func TestTortureDatabaseAway(t *testing.T) {
	c := newCluster(t)
	s := onPostgres(t, c.url, 0, 0)
	s.stop()
	s.errors = io.Discard // that the database is away is no news here
	s.restart(t)
	l, seen := &ledger{}, &away{}
	var back time.Duration
	modes := []string{"fast", "immediate", "fast", "immediate"}
	for _, mode := range modes {
		l.first = len(l.all)
		back = max(back, s.without(t, c, mode, l, seen))
		s.sendAgain(t, l)
		s.holds(t, l)
	}
	if seen.refused.Load() == 0 || l.acknowledged == 0 {
		t.Errorf("%d refused, %d acknowledged: the test has tried nothing", seen.refused.Load(), l.acknowledged)
	}
	row(t, fmt.Sprintf("slowest 503 to a write, database away %d times", len(modes)), ms(time.Duration(seen.slowest.Load())), "", "≤ 5 s")
	row(t, "database back until ready, without restart", ms(back), "", "≤ 5 s")
	row(t, "acknowledged opinions lost, database away", fmt.Sprintf("%d of %d, %d doubled of %d sent again", l.lost, l.acknowledged, l.doubled, l.again), "", "0")
}

// away is what residents were told while the database was away.
type away struct{ refused, slowest atomic.Int64 }

// without lets residents write while the database is stopped and started again, and
// gives how long the program took to be ready after that.
func (s *program) without(t *testing.T, c *cluster, mode string, l *ledger, seen *away) time.Duration {
	t.Helper()
	var done atomic.Bool
	var wg sync.WaitGroup
	for k := range residents {
		wg.Go(func() {
			for !done.Load() {
				g := l.next(k)
				id, a := s.give(g)
				if g.id = id; id != "" {
					continue
				}
				if a.err != nil || a.status != 503 || a.retryAfter == "" || a.took > within {
					t.Errorf("a write was answered %v %d, Retry-After %q, after %s: %.300s", a.err, a.status, a.retryAfter, a.took, a.body)
				}
				seen.refused.Add(1)
				for {
					old := seen.slowest.Load()
					if int64(a.took) <= old || seen.slowest.CompareAndSwap(old, int64(a.took)) {
						break
					}
				}
				<-time.After(50 * time.Millisecond)
			}
		})
	}
	defer func() { done.Store(true); wg.Wait() }()
	<-time.After(500 * time.Millisecond)
	c.stop(mode)
	for gone := time.Now(); time.Since(gone) < 2*time.Second; {
		if a := s.ask("GET", "/healthz", nil); a.err != nil || a.status != 200 {
			t.Errorf("/healthz without a database: %v %d", a.err, a.status)
		}
		if a := s.ask("GET", "/readyz", nil); a.err != nil || a.status != 503 || a.took > within {
			t.Errorf("/readyz without a database: %v %d after %s", a.err, a.status, a.took)
		}
		list := s.ask("GET", "/api/v1/consultations/"+s.consultation+"/opinions", nil)
		if list.err != nil || !slices.Contains([]int{200, 503}, list.status) || list.took > within {
			t.Errorf("the list without a database: %v %d after %s", list.err, list.status, list.took)
		}
	}
	c.start()
	back := awaitReady(t, s.url, time.Now())
	if back > within {
		t.Errorf("ready %s after the database came back, want within %s", back, within)
	}
	<-time.After(300 * time.Millisecond) // some are written after it
	return back
}
