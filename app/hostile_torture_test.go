//go:build torture

package app_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"minyi/models/modelstest"
)

// perEach is how many hostile requests each route gets on each database, so that both
// together are more than 20,000.
const perEach = 80

// TestTortureHostile is [TestNoRequestBreaksTheSite] with many more requests.
func TestTortureHostile(t *testing.T) {
	each := number("MINYI_TORTURE_HOSTILE", perEach)
	n := 0
	for name, at := range map[string][2]string{"SQLite": {"", ""}, "PostgreSQL, behind TLS": {"postgres", "https://minyi.example"}} {
		t.Run(name, func(t *testing.T) {
			database := at[0]
			if database != "" {
				database = modelstest.PostgresURL(t)
			}
			n += attack(t, database, at[1], each)
		})
	}
	row(t, "hostile requests answered without a restart or an unexplained 5xx", fmt.Sprint(n), "", "≥ 20,000")
	if n < 20_000 {
		t.Errorf("%d hostile requests, want 20,000", n)
	}
}

// Who sends a request a byte at a time is cut off, and how long that takes is known.
func TestTortureSlowSenders(t *testing.T) {
	s := start(t, "")
	modelstest.City(t, s.DB)
	const senders = 500
	cut := make(chan time.Duration, senders)
	for range senders {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		began := time.Now()
		go func() {
			_, _ = io.WriteString(conn, "POST /r HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
			for tick := time.NewTicker(time.Second); ; <-tick.C {
				if _, err := io.WriteString(conn, "a"); err != nil {
					tick.Stop()
					return
				}
			}
		}()
		go func() {
			_ = conn.SetReadDeadline(began.Add(time.Minute))
			_, _ = io.Copy(io.Discard, conn)
			cut <- time.Since(began)
		}()
	}
	worst := time.Duration(0)
	for tick := time.NewTicker(time.Second); len(cut) < senders; <-tick.C {
		began := time.Now()
		if status, _, _ := s.call("GET", "/readyz", "", nil); status != 200 {
			t.Fatalf("not ready: %d", status)
		}
		worst = max(worst, time.Since(began))
	}
	last := time.Duration(0)
	for range senders {
		last = max(last, <-cut)
	}
	row(t, fmt.Sprintf("%d slow senders are cut off after", senders), ms(last), "", "≤ 20 s")
	row(t, "slowest answer to others meanwhile", ms(worst), "", "≤ 1 s")
	if last > 30*time.Second {
		t.Errorf("a slow sender stayed for %s", last)
	}
}
