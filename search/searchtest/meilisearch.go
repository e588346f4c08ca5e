package searchtest

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Server is a Meilisearch for a test.
type Server struct{ URL, Key string }

const testKey = "a-key-for-tests-0123456789"

// Meilisearch gives a real server: the one that MINYI_MEILI_URL (with MINYI_MEILI_KEY)
// names, or one that it starts itself from the program meilisearch on the PATH. Where
// there is neither the test is skipped and says so; REQUIRE_MEILISEARCH=1 makes that a
// failure.
func Meilisearch(t testing.TB) Server {
	t.Helper()
	if url := os.Getenv("MINYI_MEILI_URL"); url != "" {
		return Server{url, os.Getenv("MINYI_MEILI_KEY")}
	}
	return OwnMeilisearch(t).Server
}

// Process is a Meilisearch that a test may stop and start again, with what it holds.
type Process struct {
	Server
	t    testing.TB
	dir  string
	path string
	addr string
	cmd  *exec.Cmd // nil while it is stopped
}

// OwnMeilisearch starts a server for this test alone from the program meilisearch on the
// PATH; where there is none the test is skipped, as by [Meilisearch].
func OwnMeilisearch(t testing.TB) *Process {
	t.Helper()
	path, err := exec.LookPath("meilisearch")
	if err != nil {
		why := "!!! LEFT OUT: no Meilisearch: no program meilisearch is on the PATH"
		if os.Getenv("MINYI_MEILI_URL") == "" {
			why += " and MINYI_MEILI_URL is empty"
		}
		if os.Getenv("REQUIRE_MEILISEARCH") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{t: t, path: path, dir: t.TempDir(), addr: ln.Addr().String()}
	ln.Close()
	p.Server = Server{"http://" + p.addr, testKey}
	t.Cleanup(p.Stop)
	p.Start()
	return p
}

// Start starts the server and waits until it answers.
func (p *Process) Start() {
	p.t.Helper()
	log, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close() // the process has its own
	p.cmd = exec.Command(p.path, "--db-path", filepath.Join(p.dir, "db"), "--dump-dir", filepath.Join(p.dir, "dumps"), "--http-addr", p.addr, "--master-key", p.Key, "--no-analytics", "--max-indexing-threads", "1")
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = log, log, p.dir
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		p.t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for !healthy(p.URL) {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			p.t.Fatalf("%s did not become ready:\n%s", p.path, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Stop kills the server, as a crash does.
func (p *Process) Stop() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended by itself
	_ = p.cmd.Wait()
	p.cmd = nil
}

// Freeze stops the server from answering without ending it, until [Process.Thaw].
func (p *Process) Freeze() { p.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (p *Process) Thaw() { p.signal(syscall.SIGCONT) }

func (p *Process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func healthy(url string) bool {
	res, err := http.Get(url + "/health")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}
