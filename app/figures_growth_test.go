//go:build bench && linux

package app_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// Figures of one writer alone, of a reader who is signed in, and of what grows with the
// number of opinions. MINYI_BENCH_GROWTH is the larger number (200,000), and with
// MINYI_BENCH_MILLION=1 it is a million.

// Who writes alone waits for nobody: for the disk once, and for little else.
func TestFigureOneWriter(t *testing.T) {
	s := onSQLite(t, 0, 5000)
	rest(t, s.cmd.Process.Pid)
	flush := flushes(t, 400)
	one := middle(func() load { return closed(t, s.cmd.Process.Pid, 1, seconds, s.submit, 201) })
	row(t, "one writer alone, SQLite, p50", ms(one.p50), ms(flush)+": a page flushed", "≤ 2 × the bare flush + 1 ms = "+ms(2*flush+time.Millisecond))
	s.stop()
}

// flushes is how long it takes to append a page to a file and have it on the disk: the
// middle of so many.
func flushes(t *testing.T, n int) time.Duration {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "flushed"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page, times := make([]byte, 4096), make([]time.Duration, n)
	for i := range times {
		at := time.Now()
		if _, err := f.Write(page); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			t.Fatal(err)
		}
		times[i] = time.Since(at)
	}
	slices.Sort(times)
	return times[n/2]
}

// A page for somebody who is signed in is made for them alone.
func TestFigureSignedInPage(t *testing.T) {
	s := onSQLite(t, 0, 5000)
	rows := bareRows(t, s)
	rest(t, s.cmd.Process.Pid)
	page := s.get("/consultations/" + s.consultation + "/draft")
	own := middle(func() load {
		return closed(t, s.cmd.Process.Pid, 16, seconds, func(k, i int, req *fasthttp.Request) {
			page(k, i, req)
			req.Header.SetCookie("minyi_session", s.sessions[k%len(s.sessions)])
		}, 200)
	})
	row(t, "draft page, 60 clauses, 5,000 opinions, signed in", fmt.Sprintf("%.0f/s = %.2f of the limit, p99 %s, CPU %s", own.rate, own.rate/rows.rate, ms(own.p99), us(own.cpu)), fmt.Sprintf("%.0f/s: 50 rows as JSON", rows.rate), "≥ 0.2 of a bare page of rows")
	s.stop()
}

// A site with many opinions costs what one with few costs.
func TestFigureGrowth(t *testing.T) {
	var pages, writes []load
	var disk []int64
	sizes := []int{1000, number("MINYI_BENCH_GROWTH", 200_000)}
	if os.Getenv("MINYI_BENCH_MILLION") == "1" {
		sizes[1] = 1_000_000
	}
	for _, n := range sizes {
		s := onSQLite(t, 0, 0)
		s.stop()
		out, err := s.command(t, "seed", "--consultation", s.consultation, "--opinions", fmt.Sprint(n)).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		row(t, "minyi seed", strings.TrimSpace(string(out)), "", "a million in minutes")
		s.restart(t)
		pid := s.cmd.Process.Pid
		rest(t, pid)
		base := "/api/v1/consultations/" + s.consultation + "/opinions?clause="
		var count atomic.Int64
		pages = append(pages, middle(func() load {
			return closed(t, pid, 16, seconds, func(_, _ int, req *fasthttp.Request) {
				req.SetRequestURI(fmt.Sprintf("%s%sa%d&limit=10&nobody=%d", s.url, base, 1+rand.IntN(articles), count.Add(1)))
			}, 200)
		}))
		s.stop() // all is in its place, and nothing of the load yet
		disk = append(disk, s.onDisk(t))
		s.restart(t)
		rest(t, s.cmd.Process.Pid)
		own, files := memoryOf(s.cmd.Process.Pid)
		row(t, fmt.Sprintf("start to ready, %d opinions and their index", n), ms(s.ready), "", "≤ 1 s")
		row(t, fmt.Sprintf("memory at rest, %d opinions and their index", n), fmt.Sprintf("%.0f MB, and %.0f MB mapped from files", own, files), "", "≤ 120 MB at 100,000")
		writes = append(writes, middle(func() load { return closed(t, s.cmd.Process.Pid, writers, seconds, s.submit, 201) }))
		row(t, fmt.Sprintf("a page of a clause, made anew, and a durable opinion, %d opinions", n), fmt.Sprintf("%s and %s CPU, %.0f MB", us(pages[len(pages)-1].cpu), us(writes[len(writes)-1].cpu), memory(s.cmd.Process.Pid)), "", "")
		s.stop()
	}
	name := fmt.Sprintf("%d to %d opinions", sizes[1], sizes[0])
	row(t, "CPU of a page, "+name, fmt.Sprintf("%.2f", ratio(pages[1].cpu, pages[0].cpu)), "", "≤ 1.3")
	row(t, "CPU of a durable opinion, "+name, fmt.Sprintf("%.2f", ratio(writes[1].cpu, writes[0].cpu)), "", "≤ 1.5")
	row(t, fmt.Sprintf("disk of an opinion, %d opinions, indexes and search included", sizes[1]), fmt.Sprintf("%.2f kB", float64(disk[1]-disk[0])/float64(sizes[1]-sizes[0])/1000), "", "≤ 2.5 kB")
}

// onDisk is the size of everything in the program's data folder.
func (s *program) onDisk(t *testing.T) (size int64) {
	t.Helper()
	dir := strings.TrimPrefix(s.env[0], "MINYI_DATA_DIR=")
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}
