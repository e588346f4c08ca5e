package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"minyi/app"
	"minyi/app/demo"
	"minyi/app/settings"
	"minyi/models/modelstest"
)

// Whatever anybody sends to any route is answered in words, in the reader's language,
// with nothing of others in it, and ends nobody's connection but their own. Routes,
// forms and fields are found by walking through the site, so that what is added
// later is tried too.
func TestNoRequestBreaksTheSite(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { attack(t, "", "", perRoute()) })
	t.Run("postgres, behind TLS", func(t *testing.T) {
		attack(t, modelstest.PostgresURL(t), "https://minyi.example", perRoute())
	})
}

// perRoute is how many requests each route gets: MINYI_TORTURE_HOSTILE, or few.
func perRoute() int {
	if n, err := strconv.Atoi(os.Getenv("MINYI_TORTURE_HOSTILE")); err == nil && n > 0 {
		return n
	}
	return 12
}

// attack sends so many hostile requests to each route of a filled site, and gives
// how many that were.
func attack(t *testing.T, database, public string, each int) int {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	h, said := besieged(t, database, public)
	watcher := h.site.socket("/ws", nil)
	if err := watcher.WriteJSON(map[string]any{"op": "join", "topic": "consultation:2099-902"}); err != nil {
		t.Fatal(err)
	}
	watcher.until("the snapshot", func(f frame) bool { return f.Op == "snapshot" })

	var sentAll atomic.Int64
	var mu sync.Mutex
	statuses := map[int]int{}
	answered := map[string]map[int]int{} // route → status → how often
	found := map[string]int{}
	began := time.Now()
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			w := h.site.wire(h.site.host())
			defer w.close()
			for n := range jobs {
				route := h.chart.routes[n%len(h.chart.routes)]
				rnd := rand.New(rand.NewPCG(7749, uint64(n)))
				v := pick(rnd, h.viewers)
				r := h.next(rnd, route, v)
				g, err := w.do(r)
				sentAll.Add(1)
				var faults []string
				if err != nil {
					faults = []string{"no answer: " + err.Error()}
				} else {
					faults = h.judge(v, r, g)
				}
				if g.header.Get("Set-Cookie") != "" && strings.Contains(g.header.Get("Set-Cookie"), "minyi_session=;") {
					mu.Lock()
					h.site.signIn(v) // that was a sign-out; the next ones shall be signed in again
					mu.Unlock()
				}
				mu.Lock()
				h.took[route.Method+" "+route.Path] += g.took
				statuses[g.status]++
				if answered[route.Method+" "+route.Path] == nil {
					answered[route.Method+" "+route.Path] = map[int]int{}
				}
				answered[route.Method+" "+route.Path][g.status]++
				for _, f := range faults {
					kind := route.Method + " " + route.Path + ": " + f
					if found[kind]++; found[kind] == 1 && len(found) <= 40 {
						t.Errorf("request %d of %s (%d): %s\n%s\nanswered %d %.300q", n, v.name, each, kind, r, g.status, g.body)
					}
				}
				mu.Unlock()
			}
		})
	}
	for n := range each * len(h.chart.routes) {
		jobs <- n
	}
	close(jobs)
	wg.Wait()
	for _, route := range h.slow() {
		t.Log("slow: ", route)
	}
	for _, line := range said.errors() {
		t.Error("the program reported: ", line)
	}
	if testing.Verbose() {
		for _, r := range slices.Sorted(maps.Keys(answered)) {
			t.Log(r, answered[r])
		}
	}
	t.Logf("%s for %d hostile requests to %d routes, %d addresses and %d forms known: %v", time.Since(began), sentAll.Load(), len(h.chart.routes), len(h.chart.addresses), len(h.chart.forms), statuses)
	h.unharmed(watcher)
	eventually(t, "nothing is left behind in the temporary folder", func() bool {
		left, err := os.ReadDir(temp)
		return err == nil && !slices.ContainsFunc(left, func(e os.DirEntry) bool {
			return !strings.HasPrefix(e.Name(), "TestNo") && !strings.HasPrefix(e.Name(), "TestTorture")
		})
	})
	return int(sentAll.Load())
}

// slow are the routes that took the most time.
func (h *hostile) slow() (lines []string) {
	routes := slices.Collect(maps.Keys(h.took))
	slices.SortFunc(routes, func(a, b string) int { return int(h.took[b] - h.took[a]) })
	for _, r := range routes[:min(12, len(routes))] {
		lines = append(lines, fmt.Sprint(r, " ", h.took[r]))
	}
	return lines
}

// besieged is a filled site with what the attack needs to know of it.
func besieged(t *testing.T, database, public string) (*hostile, *reported) {
	t.Helper()
	t.Setenv("MINYI_TRUSTED_PROXIES", "127.0.0.0/8")
	t.Setenv("MINYI_PUBLIC_URL", public)
	content, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	said := &reported{}
	s := beginLogging(t, database, func(s settings.Settings) error { return app.FillForTest(context.Background(), s) },
		slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelError}))
	viewers := s.viewers(content)
	s.eventually("q=", 20) // a feed of searches is put off before the index is complete
	h := &hostile{site: s, took: map[string]time.Duration{}, tls: strings.HasPrefix(public, "https:"), viewers: viewers, private: s.secrets(content, viewers)}
	h.secret, err = s.DB.KeptSetting(context.Background(), "server.secret", func() string { return "" })
	if err != nil || len(h.secret) < 32 {
		t.Fatal("the secret of the site: ", err)
	}
	h.doc = s.document()
	h.chart = s.chart(viewers)
	return h, said
}

// unharmed looks at the site after the attack: bystanders are still connected, pages
// are there, and every number that is kept equals what it counts.
func (h *hostile) unharmed(watcher socket) {
	t := h.site.t
	t.Helper()
	if err := watcher.WriteJSON(map[string]any{"op": "ping"}); err != nil {
		t.Error("a bystander's socket: ", err)
	}
	watcher.until("an answer to a bystander", func(f frame) bool { return f.Op == "pong" })
	for _, path := range []string{"/", "/en/consultations", "/healthz", "/readyz", "/consultations/2099-902/draft"} {
		if status, _, _ := h.site.call("GET", path, "", nil); status != http.StatusOK {
			t.Errorf("%s answers %d after the attack", path, status)
		}
	}
	wrong, err := h.site.DB.Recount(context.Background())
	for name, n := range wrong {
		if n > 0 && name != "letters" {
			t.Errorf("%d %s are not what they count", n, name)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// reported keeps what the program says of itself as an error.
type reported struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (r *reported) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.Write(p)
}

// errors are the lines, each kind once.
func (r *reported) errors() (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[string]bool{}
	for line := range strings.Lines(r.all.String()) {
		_, what, _ := strings.Cut(line, " err=")
		if len(what) > 60 && seen[what[:60]] {
			continue
		}
		if len(what) > 60 {
			seen[what[:60]] = true
		}
		if len(lines) < 20 {
			lines = append(lines, fmt.Sprintf("%.1500s", line))
		}
	}
	return lines
}
