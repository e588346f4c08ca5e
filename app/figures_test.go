//go:build bench && linux

package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5/pgxpool" //house:allow rooms the bare limit stands beside the house
	"github.com/valyala/fasthttp"
	_ "modernc.org/sqlite" //house:allow rooms the bare limit stands beside the house

	"minyi/app/kit/code"
	"minyi/models"
	"minyi/models/modelstest"
)

// Figures of the whole program over HTTP: the built binary in a process of its
// own, the load maker in this one, both on the loopback. MINYI_BENCH_SECONDS sets
// how long each load lasts (5), MINYI_BENCH_RUNS how many runs the middle one is
// taken of (3).

func init() {
	for _, role := range []string{"sqlite", "postgres"} {
		roles[role] = func() { bare(role) }
	}
}

var (
	seconds = time.Duration(number("MINYI_BENCH_SECONDS", 5)) * time.Second
	runs    = number("MINYI_BENCH_RUNS", 3)
)

// load is what a closed loop of clients measured.
type load struct {
	rate     float64
	p50, p95 time.Duration
	p99      time.Duration
	cpu      time.Duration // of the server, for each answer
	bytes    int
}

// closed runs clients in a closed loop; each asks again when it was answered.
func closed(t *testing.T, pid, clients int, during time.Duration, ask func(client, i int, req *fasthttp.Request), want int) load {
	t.Helper()
	times := make([][]time.Duration, clients)
	var wg sync.WaitGroup
	var size atomic.Int64
	var wrong atomic.Pointer[string]
	hc := &fasthttp.Client{MaxConnsPerHost: clients + 4, ReadTimeout: 30 * time.Second}
	defer hc.CloseIdleConnections()
	before, began := cpu(pid), time.Now()
	end := began.Add(during)
	for k := range clients {
		wg.Go(func() {
			req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			defer fasthttp.ReleaseRequest(req)
			defer fasthttp.ReleaseResponse(res)
			for i := 0; time.Now().Before(end); i++ {
				req.Reset()
				ask(k, i, req)
				at := time.Now()
				if err := hc.Do(req, res); err != nil || res.StatusCode() != want {
					say := fmt.Sprintf("%v %d %.300s", err, res.StatusCode(), res.Body())
					wrong.Store(&say)
					return
				}
				times[k] = append(times[k], time.Since(at))
				size.Store(int64(len(res.Body())))
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	if w := wrong.Load(); w != nil {
		t.Fatal("a client was answered: ", *w)
	}
	all := slices.Concat(times...)
	slices.Sort(all)
	n := len(all)
	if n == 0 {
		t.Fatal("nothing was answered")
	}
	return load{rate: float64(n) / took.Seconds(), p50: all[n/2], p95: all[n*95/100], p99: all[n*99/100], cpu: (cpu(pid) - before) / time.Duration(n), bytes: int(size.Load())}
}

// middle runs a measurement several times and takes the one with the middle rate.
func middle(run func() load) load {
	var all []load
	for range runs {
		all = append(all, run())
	}
	return middleOf(all)
}

func middleOf(all []load) load {
	slices.SortFunc(all, func(a, b load) int { return int(a.rate - b.rate) })
	return all[len(all)/2]
}

// cpu is the processor time that a process has used.
func cpu(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+2:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// rest waits until a process has little left to do, such as bringing its search
// index up to what it was filled with: that is no part of a figure.
func rest(t *testing.T, pid int) {
	t.Helper()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for quiet, before, rounds := 0, cpu(pid), 0; quiet < 3; rounds++ {
		<-tick.C
		now := cpu(pid)
		if quiet++; now-before > 60*time.Millisecond {
			quiet = 0
		}
		if before = now; rounds > 1800 { // a million take their time
			t.Fatal("the program does not come to rest")
		}
	}
}

// memory is the resident size of a process in MB.
func memory(pid int) float64 {
	own, files := memoryOf(pid)
	return own + files
}

// memoryOf is what is resident of a process in MB: its own, and what is mapped from
// files, such as the program itself, which the system takes back when it needs room.
func memoryOf(pid int) (own, files float64) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		to := map[string]*float64{"RssAnon": &own, "RssShmem": &own, "RssFile": &files}[name]
		if to != nil {
			kb, _ := strconv.Atoi(strings.Fields(value)[0])
			*to += float64(kb) / 1024
		}
	}
	return own, files
}

// submit asks for one opinion of one person, each with a key of its own.
func (s *program) submit(k, _ int, req *fasthttp.Request) { s.submitTo(s.url, k, req) }

// submitTo sends that request to the program or, the same one, to the limit.
func (s *program) submitTo(url string, k int, req *fasthttp.Request) {
	req.SetRequestURI(url + "/api/v1/consultations/" + s.consultation + "/opinions")
	req.Header.SetMethod("POST")
	req.Header.SetContentType("application/json")
	req.Header.Set("Authorization", "Bearer "+s.tokens[k%len(s.tokens)])
	req.Header.Set("Idempotency-Key", code.NewToken())
	n := rand.IntN(1 << 20)
	body, _ := json.Marshal(map[string]any{"opinions": []any{map[string]any{"clause": fmt.Sprintf("a%d", 1+n%articles), "stance": models.Stances[n%4], "body": said(n)}}, "display": "anonymous"})
	req.SetBody(body)
}

func (s *program) get(path string) func(int, int, *fasthttp.Request) {
	return func(_, _ int, req *fasthttp.Request) {
		req.SetRequestURI(s.url + path)
		req.Header.Set("Accept-Encoding", "br")
	}
}

func TestFigureDurableOpinions(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		opinionsFigure(t, onSQLite(t, 0, 5000), "SQLite", startBare(t, "sqlite", t.TempDir()), "≥ 0.25 (≥ 3,000/s), aim 0.5")
	})
	t.Run("postgres", func(t *testing.T) {
		opinionsFigure(t, onPostgres(t, modelstest.PostgresURL(t), 0, 5000), "PostgreSQL", startBare(t, "postgres", modelstest.PostgresURL(t)), "≥ 0.25 (≥ 2,000/s), aim 0.5")
	})
}

func opinionsFigure(t *testing.T, s *program, name string, limit *program, target string) {
	bareLoad := middle(func() load {
		return closed(t, limit.cmd.Process.Pid, writers, seconds, func(k, _ int, req *fasthttp.Request) { s.submitTo(limit.url, k, req) }, 201)
	})
	limit.stop()
	pid := s.cmd.Process.Pid
	rest(t, pid)
	ours := middle(func() load { return closed(t, pid, writers, seconds, s.submit, 201) })
	row(t, "durable opinions/s, "+name+", 32 clients", fmt.Sprintf("%.0f/s = %.2f of the limit", ours.rate, ours.rate/bareLoad.rate), fmt.Sprintf("%.0f/s", bareLoad.rate), target)
	row(t, "p99 of a durable opinion, "+name, ms(ours.p99), ms(bareLoad.p99), "≤ 45 ms, ≤ 6 × the limit's")
	row(t, "CPU of a durable opinion, "+name, us(ours.cpu), us(bareLoad.cpu), "≤ 350 µs")

	page := s.get("/consultations/" + s.consultation + "/draft")
	rest(t, pid) // what was just written is not indexed beside the readers who are to have no one beside them
	// Alone and beside writers in turn, since a machine that others use as well changes
	// from one minute to the next. Ten a second is what the target speaks of: a thread
	// that everybody talks about.
	var alone []load
	beside := map[int][]load{}
	ratios := map[int][]float64{}
	for range runs {
		l := closed(t, pid, 8, seconds, page, 200)
		alone = append(alone, l)
		for _, a := range []int{10, 100} {
			var writers sync.WaitGroup
			writers.Go(func() { closed(t, pid, 2, seconds, s.slowly(a/2), 201) })
			with := closed(t, pid, 8, seconds, page, 200)
			writers.Wait()
			beside[a], ratios[a] = append(beside[a], with), append(ratios[a], with.rate/l.rate)
			rest(t, pid)
		}
	}
	for _, a := range []int{10, 100} {
		slices.Sort(ratios[a])
		row(t, fmt.Sprintf("draft page beside %d opinions/s, %s", a, name), fmt.Sprintf("%.0f/s = %.2f (%.2f)", middleOf(beside[a]).rate, ratios[a][runs/2], ratios[a]), fmt.Sprintf("%.0f/s alone", middleOf(alone).rate), "≥ 0.8 of its rate")
	}
	s.stop()
}

// slowly submits at about so many opinions a second for each client.
func (s *program) slowly(rate int) func(int, int, *fasthttp.Request) {
	tick := time.NewTicker(time.Second / time.Duration(2*rate))
	return func(k, i int, req *fasthttp.Request) {
		<-tick.C
		s.submit(k, i, req)
	}
}

// One clause has as many opinions; MINYI_BENCH_MILLION=1 adds a third size.
func TestFigureThread(t *testing.T) {
	sizes := []int{1000, 100_000}
	if os.Getenv("MINYI_BENCH_MILLION") == "1" {
		sizes = append(sizes, 1_000_000)
	}
	var html, later []load
	var own []float64
	for i, n := range sizes {
		s := onSQLite(t, n, 0)
		rest(t, s.cmd.Process.Pid)
		s.stop() // what making the search index took is no part of it
		s.restart(t)
		pid := s.cmd.Process.Pid
		rest(t, pid)
		base := "/api/v1/consultations/" + s.consultation + "/opinions?clause=a1"
		ready := middle(func() load { return closed(t, pid, 16, seconds, s.get(base), 200) })
		html = append(html, middle(func() load {
			return closed(t, pid, 16, seconds, s.get("/consultations/"+s.consultation+"/clauses/a1"), 200)
		}))
		// All later pages, so that what is kept in memory serves a few of them only, and
		// with a number that nobody asked for before, so that none comes ready.
		cursors := s.walk(t, base, min(n/20, 10_000))
		var count atomic.Int64
		later = append(later, middle(func() load {
			return closed(t, pid, 16, seconds, func(k, i int, req *fasthttp.Request) {
				c := cursors[rand.IntN(len(cursors))]
				req.SetRequestURI(fmt.Sprintf("%s%s&cursor=%s&nobody=%d", s.url, base, c, count.Add(1)))
			}, 200)
		}))
		rest(t, pid)
		anonymous, files := memoryOf(pid)
		own = append(own, anonymous)
		rows := fmt.Sprintf("%d opinions", n)
		row(t, "first page of a clause, API, "+rows, fmt.Sprintf("%.0f/s, p99 %s", ready.rate, ms(ready.p99)), "", "≥ 2,000/s, p99 ≤ 30 ms")
		row(t, "first page of a clause, HTML, "+rows, fmt.Sprintf("%.0f/s, p99 %s, %d bytes", html[i].rate, ms(html[i].p99), html[i].bytes), "", "≥ 2,000/s, p99 ≤ 30 ms")
		row(t, "any later page, never ready, "+rows, fmt.Sprintf("%.0f/s, p99 %s, CPU %s", later[i].rate, ms(later[i].p99), us(later[i].cpu)), "", "≥ 2,000/s, p99 ≤ 30 ms")
		row(t, "memory after that, "+rows, fmt.Sprintf("%.0f MB, and %.0f MB of the program and the index mapped from files", anonymous, files), "", "flat")
		s.stop()
	}
	for i := 1; i < len(sizes); i++ {
		row(t, fmt.Sprintf("CPU of a page, %d to 1,000 opinions", sizes[i]), fmt.Sprintf("%.2f ready, %.2f later page", ratio(html[i].cpu, html[0].cpu), ratio(later[i].cpu, later[0].cpu)), "", "≤ 1.3")
		row(t, fmt.Sprintf("memory, %d to 1,000 opinions", sizes[i]), fmt.Sprintf("%+.0f MB", own[i]-own[0]), "", "flat: ≤ 10 MB")
	}
}

// walk follows the list by its cursors for so many pages.
func (s *program) walk(t *testing.T, path string, pages int) []string {
	t.Helper()
	var cursors []string
	next := ""
	for range pages {
		address := s.url + path
		if next != "" {
			address += "&cursor=" + next
		}
		status, body, err := fasthttp.Get(nil, address)
		if err != nil || status != 200 {
			t.Fatal(status, err)
		}
		var page struct {
			Next string `json:"next_cursor"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatal(err)
		}
		if next = page.Next; next == "" {
			break
		}
		cursors = append(cursors, next)
	}
	return cursors
}

// bareRows is what a bare server that has as much gives: 50 rows as JSON.
func bareRows(t *testing.T, s *program) load {
	t.Helper()
	limit := startBare(t, "sqlite", t.TempDir())
	defer limit.stop()
	closed(t, limit.cmd.Process.Pid, writers, time.Second, func(k, _ int, req *fasthttp.Request) { s.submitTo(limit.url, k, req) }, 201)
	return middle(func() load {
		return closed(t, limit.cmd.Process.Pid, 16, seconds, func(_, _ int, req *fasthttp.Request) { req.SetRequestURI(limit.url + "/rows") }, 200)
	})
}

func TestFigureDraftPage(t *testing.T) {
	s := onSQLite(t, 0, 5000)
	rows := bareRows(t, s)
	pid := s.cmd.Process.Pid
	rest(t, pid)
	path := "/consultations/" + s.consultation + "/draft"
	ready := middle(func() load { return closed(t, pid, 16, seconds, s.get(path), 200) })
	var count atomic.Int64
	made := middle(func() load {
		return closed(t, pid, 16, seconds, func(_, _ int, req *fasthttp.Request) {
			req.SetRequestURI(fmt.Sprintf("%s%s?nobody=%d", s.url, path, count.Add(1)))
			req.Header.Set("Accept-Encoding", "br")
		}, 200)
	})
	idle := closed(t, pid, 1, seconds, func(_, _ int, req *fasthttp.Request) {
		<-time.After(20 * time.Millisecond)
		req.SetRequestURI(fmt.Sprintf("%s%s?nobody=%d", s.url, path, count.Add(1)))
		req.Header.Set("Accept-Encoding", "br")
	}, 200)
	row(t, "draft page, 60 clauses, 5,000 opinions, ready", fmt.Sprintf("%.0f/s, p99 %s, %d bytes brotli", ready.rate, ms(ready.p99), ready.bytes), "", "≥ 1,500/s")
	row(t, "the same, made anew each time", fmt.Sprintf("%.0f/s = %.2f of the limit, p99 %s, CPU %s", made.rate, made.rate/rows.rate, ms(made.p99), us(made.cpu)), fmt.Sprintf("%.0f/s: 50 rows as JSON", rows.rate), "≥ 0.25 of a bare page of rows")
	row(t, "the same on an idle machine, one reader", "p95 "+ms(idle.p95), "", "p95 ≤ 20 ms")
}

func TestFigureStart(t *testing.T) {
	empty := program{}
	empty.serve(t, "MINYI_DATA_DIR="+t.TempDir())
	<-time.After(2 * time.Second) // memory at rest, not at the start
	row(t, "start to ready, empty folder", ms(empty.ready), "", "≤ 300 ms")
	row(t, "memory at rest, embedded, empty", fmt.Sprintf("%.0f MB", memory(empty.cmd.Process.Pid)), "", "≤ 60 MB")
	empty.stop()
	full := onSQLite(t, 100_000, 100_000)
	rest(t, full.cmd.Process.Pid)
	row(t, "start to ready, 200,000 opinions", ms(full.ready), "", "≤ 1 s")
	row(t, "memory at rest, embedded, 200,000 opinions", fmt.Sprintf("%.0f MB", memory(full.cmd.Process.Pid)), "", "≤ 120 MB")
	info, err := os.Stat(must(binary()))
	if err != nil {
		t.Fatal(err)
	}
	row(t, "the program", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6), "", "≤ 60 MB")
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

func us(d time.Duration) string { return fmt.Sprintf("%d µs", d.Microseconds()) }

func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// startBare starts this test binary as a server that does one thing only: take the
// same request, write one row for it durably, and answer with its id.
func startBare(t *testing.T, role, where string) *program {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	s := &program{url: "http://" + addr, cmd: exec.Command(os.Args[0])}
	s.cmd.Env = append(os.Environ(), "MINYI_TEST_ROLE="+role, "MINYI_BENCH_ADDR="+addr, "MINYI_BENCH_WHERE="+where)
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	awaitReady(t, s.url, time.Now())
	return s
}

// bare is the limit: fiber, SQLite with group commit or one PostgreSQL insert for
// each request, and nothing else: nobody is asked who they are, nothing is checked,
// numbered, counted, announced or remembered.
//
// It stands on the same framework and reads the same JSON as the program, since
// neither is what the figure is about. Until it did, it took plain text over bare
// fasthttp and kept nothing else, which no server of comments could reach; with that
// limit the ratios come out lower.
func bare(role string) {
	open := bareSQLite
	if role == "postgres" {
		open = barePostgres
	}
	insert, page, err := open(os.Getenv("MINYI_BENCH_WHERE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	server.Get("/readyz", func(c *fiber.Ctx) error { return nil })
	server.Post("/api/v1/consultations/:id/opinions", func(c *fiber.Ctx) error {
		var in struct {
			Opinions []struct{ Clause, Stance, Body string }
			Display  string
		}
		if err := json.Unmarshal(c.Body(), &in); err != nil {
			return err
		}
		id, err := insert(comment{c.Params("id"), in.Opinions[0].Clause, in.Opinions[0].Stance, in.Opinions[0].Body, time.Now().UTC()})
		if err != nil {
			return err
		}
		return c.Status(201).JSON(fiber.Map{"id": id})
	})
	server.Get("/rows", func(c *fiber.Ctx) error {
		list, err := page()
		if err != nil {
			return err
		}
		return c.JSON(list)
	})
	fmt.Fprintln(os.Stderr, server.Listen(os.Getenv("MINYI_BENCH_ADDR")))
	os.Exit(1)
}

// comment is the one row that the limit keeps.
type comment struct {
	Thread, Clause, Stance, Body string
	At                           time.Time
}

const bareRow = "INSERT INTO comments (thread, clause, stance, body, at) VALUES "

func bareSQLite(dir string) (func(comment) (int64, error), func() ([]comment, error), error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE comments (id INTEGER PRIMARY KEY, thread TEXT NOT NULL, clause TEXT NOT NULL, stance TEXT NOT NULL, body TEXT NOT NULL, at TIMESTAMP NOT NULL)"); err != nil {
		return nil, nil, err
	}
	type job struct {
		comment
		id   int64
		done chan error
	}
	queue := make(chan *job, 1024)
	go func() {
		for first := range queue {
			jobs := []*job{first}
			for more := true; more; {
				select {
				case j := <-queue:
					jobs = append(jobs, j)
				default:
					more = false
				}
			}
			tx, err := db.Begin()
			for _, j := range jobs {
				var r sql.Result
				if err == nil {
					r, err = tx.Exec(bareRow+"(?, ?, ?, ?, ?)", j.Thread, j.Clause, j.Stance, j.Body, j.At)
				}
				if err == nil {
					j.id, err = r.LastInsertId()
				}
			}
			if err == nil {
				err = tx.Commit()
			}
			for _, j := range jobs {
				j.done <- err
			}
		}
	}()
	return func(c comment) (int64, error) {
		j := &job{comment: c, done: make(chan error, 1)}
		queue <- j
		err := <-j.done
		return j.id, err
	}, barePage(filepath.Join(dir, "bare.db")), nil
}

// barePage is the limit of a page that is made anew: fifty rows from SQLite.
func barePage(file string) func() ([]comment, error) {
	db, err := sql.Open("sqlite", "file:"+file)
	if err == nil {
		db.SetMaxOpenConns(4)
		db.SetMaxIdleConns(4)
	}
	return func() ([]comment, error) {
		if err != nil {
			return nil, err
		}
		rows, err := db.Query("SELECT thread, clause, stance, body, at FROM comments ORDER BY id DESC LIMIT 50")
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var list []comment
		for rows.Next() {
			var c comment
			if err := rows.Scan(&c.Thread, &c.Clause, &c.Stance, &c.Body, &c.At); err != nil {
				return nil, err
			}
			list = append(list, c)
		}
		return list, rows.Err()
	}
}

func barePostgres(url string) (func(comment) (int64, error), func() ([]comment, error), error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, nil, err
	}
	c.MaxConns = writers
	pool, err := pgxpool.NewWithConfig(context.Background(), c)
	if err != nil {
		return nil, nil, err
	}
	if _, err := pool.Exec(context.Background(), "CREATE TABLE comments (id BIGSERIAL PRIMARY KEY, thread TEXT NOT NULL, clause TEXT NOT NULL, stance TEXT NOT NULL, body TEXT NOT NULL, at TIMESTAMPTZ NOT NULL)"); err != nil {
		return nil, nil, err
	}
	return func(c comment) (id int64, err error) {
		err = pool.QueryRow(context.Background(), bareRow+"($1, $2, $3, $4, $5) RETURNING id", c.Thread, c.Clause, c.Stance, c.Body, c.At).Scan(&id)
		return id, err
	}, nil, nil
}
