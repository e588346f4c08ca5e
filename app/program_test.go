package app_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"minyi/app"
	"minyi/app/kit/code"
	"minyi/models"
	"minyi/models/modelstest"
)

// The whole program in a process of its own, for tests that kill it and for figures.

const (
	writers  = 32
	articles = 60
)

// roles are what this test binary can be instead of a test, by MINYI_TEST_ROLE.
var roles = map[string]func(){"program": asProgram}

func TestMain(m *testing.M) {
	if be := roles[os.Getenv("MINYI_TEST_ROLE")]; be != nil {
		be()
		return
	}
	os.Exit(m.Run())
}

// asProgram is what main does.
func asProgram() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	code := app.Execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// executable is the program to run: this test binary in its role, or the built
// program where figures and torture put it.
var executable = func() (string, error) { return os.Args[0], nil }

// program is the program under load with what the load needs to know.
type program struct {
	url          string
	cmd          *exec.Cmd
	env          []string
	errors       io.Writer // what it says; nil: nobody listens
	consultation string
	tokens       []string
	sessions     []string // of the same people: what their cookie holds
	ready        time.Duration
}

// fill makes a city, a consultation of 60 articles, people with tokens, and as
// many opinions on its first article as asked for, spread over the others too.
func fill(t *testing.T, db *models.DB, onFirst, spread int) program {
	t.Helper()
	ctx := context.Background()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	_, unit := modelstest.City(t, db)
	c := modelstest.Consultation(t, db, unit, articles, nil)
	s := program{consultation: c.ID}
	for i := range writers {
		p := modelstest.Person(t, db, fmt.Sprintf("writer%d", i), unit)
		token, session := code.NewToken(), code.NewToken()
		s.tokens, s.sessions = append(s.tokens, token), append(s.sessions, session)
		err := db.InTx(ctx, models.Act{By: "system", Name: "bench"}, func(tx *models.Tx) error {
			tx.Later(&models.Session{ID: models.NewID(tx.Now), TokenHash: code.Hash(session), PersonID: p.ID, CSRF: code.NewToken(), CreatedAt: tx.Now, SeenAt: tx.Now, ExpiresAt: tx.Now.AddDate(0, 0, 7)})
			return tx.Insert(&models.Token{ID: models.NewID(tx.Now), TokenHash: code.Hash(token), PersonID: p.ID, Name: "bench", CreatedAt: tx.Now})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	total := onFirst + spread
	for done := 0; done < total; {
		n := min(2000, total-done)
		err := db.InTx(ctx, models.Act{By: "system", Name: "bench", Silent: true}, func(tx *models.Tx) error {
			for i := range n {
				clause := "a1"
				if done+i >= onFirst {
					clause = fmt.Sprintf("a%d", 2+(done+i)%(articles-1))
				}
				o := &models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, VersionNumber: 1, ClauseKey: clause, Voice: "p:x", Stance: models.Stances[i%4],
					Body: said(done + i), Display: models.Anonymous, Channel: models.Web, Lang: "zh", Tier: models.TierContact, Shown: true, Supports: int64(i % 37), CreatedAt: tx.Now}
				tx.Serial("opinions:"+c.ID, &o.Number)
				tx.Count(c.ID, clause, o.Stance, 1)
				tx.Later(o)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		done += n
	}
	return s
}

func said(i int) string {
	return fmt.Sprintf("第%d位居民：夜市开到晚上十点半就好，再晚老人和孩子都睡不着；摊位前要留出轮椅和婴儿车能过的通道，油烟和垃圾当晚清走。我家住在路口第%d栋。", i, i%97)
}

// onSQLite fills a fresh SQLite store and serves it.
func onSQLite(t *testing.T, onFirst, spread int) *program {
	t.Helper()
	dir := t.TempDir()
	return filled(t, models.Options{Dir: dir}, onFirst, spread, "MINYI_DATA_DIR="+dir)
}

func filled(t *testing.T, o models.Options, onFirst, spread int, env ...string) *program {
	t.Helper()
	db, err := models.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := fill(t, db, onFirst, spread)
	db.Close()
	s.serve(t, env...)
	return &s
}

// command is the program with the settings that it was served with.
func (s *program) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	bin, err := executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "MINYI_TEST_ROLE=program", "MINYI_LOG=text:warn"}, s.env...)
	return cmd
}

// serve starts the program on the store that env names.
func (s *program) serve(t *testing.T, env ...string) {
	t.Helper()
	s.env, s.errors = env, os.Stderr
	s.restart(t)
}

// restart starts it again on the same store, at another address.
func (s *program) restart(t *testing.T) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	s.startAt(t, ln.Addr().String())
}

// startAt starts it on the same store, at an address.
func (s *program) startAt(t *testing.T, addr string) {
	t.Helper()
	s.url = "http://" + addr
	s.cmd = s.command(t, "serve")
	s.cmd.Env = append(s.cmd.Env, "MINYI_ADDR="+addr)
	s.cmd.Stderr = s.errors
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	s.ready = awaitReady(t, s.url, began)
}

func (s *program) stop() { s.end(syscall.SIGTERM) }

func (s *program) end(how os.Signal) {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(how)
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

func awaitReady(t *testing.T, url string, began time.Time) time.Duration {
	t.Helper()
	for time.Since(began) < time.Minute {
		code, _, err := fasthttp.GetTimeout(nil, url+"/readyz", time.Second)
		if err == nil && code == 200 {
			return time.Since(began)
		}
		<-time.After(2 * time.Millisecond)
	}
	t.Fatal("the program did not become ready within a minute")
	return 0
}
