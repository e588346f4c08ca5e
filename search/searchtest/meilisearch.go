package searchtest

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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
	program, err := exec.LookPath("meilisearch")
	if err != nil {
		const why = "!!! LEFT OUT: no Meilisearch: MINYI_MEILI_URL is empty and no program meilisearch is on the PATH"
		if os.Getenv("REQUIRE_MEILISEARCH") == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	return start(t, program)
}

func start(t testing.TB, program string) Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--db-path", filepath.Join(dir, "db"), "--dump-dir", filepath.Join(dir, "dumps"), "--http-addr", addr, "--master-key", testKey, "--no-analytics", "--max-indexing-threads", "1")
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		log.Close()
	})
	url := "http://" + addr
	deadline := time.Now().Add(30 * time.Second)
	for !healthy(url) {
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s did not become ready:\n%s", program, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return Server{url, testKey}
}

func healthy(url string) bool {
	res, err := http.Get(url + "/health")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}
