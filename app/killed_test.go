package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"minyi/app/kit/code"
	"minyi/models"
)

// The promise: who was answered has given exactly one opinion, whatever happens to
// the program; who was not answered sends the same again, with the same key, and
// has given exactly one opinion too.

// residents write at the same time.
const residents = 16

// readyAgain is how long the program may take until it serves after a kill.
const readyAgain = 5 * time.Second

// given is one opinion that a resident gives.
type given struct {
	resident          int
	key, clause, body string
	id                string // as acknowledged; empty while nobody answered
}

// ledger is what the residents know: what they gave and what was acknowledged.
type ledger struct {
	mu    sync.Mutex
	all   []*given
	first int // of this round
	pulse

	acknowledged, again, lost, doubled int
	slowest                            time.Duration
}

func (l *ledger) next(resident int) *given {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.all)
	g := &given{resident: resident, key: code.NewToken(), clause: fmt.Sprintf("a%d", 1+n%articles), body: said(n)}
	l.all = append(l.all, g)
	return g
}

// answer is what came back for a request.
type answer struct {
	status     int
	retryAfter string
	took       time.Duration
	body       []byte
	err        error
}

// patient is a client that waits longer than the program may take.
var patient = &fasthttp.Client{MaxConnsPerHost: 64, ReadTimeout: 40 * time.Second, WriteTimeout: 10 * time.Second, MaxIdemponentCallAttempts: 1}

func (s *program) ask(method, path string, set func(*fasthttp.Request)) answer {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.SetRequestURI(s.url + path)
	req.Header.SetMethod(method)
	if set != nil {
		set(req)
	}
	began := time.Now()
	err := patient.Do(req, res)
	return answer{res.StatusCode(), string(res.Header.Peek("Retry-After")), time.Since(began), slices.Clone(res.Body()), err}
}

// give sends an opinion; with 201 the answer holds its id.
func (s *program) give(g *given) (id string, a answer) {
	body, _ := json.Marshal(map[string]any{"opinions": []any{map[string]any{"clause": g.clause, "stance": models.StanceAmend, "body": g.body}}, "display": "anonymous"})
	a = s.ask("POST", "/api/v1/consultations/"+s.consultation+"/opinions", func(req *fasthttp.Request) {
		req.Header.SetContentType("application/json")
		req.Header.Set("Authorization", "Bearer "+s.tokens[g.resident])
		req.Header.Set("Idempotency-Key", g.key)
		req.SetBody(body)
	})
	var out struct{ Opinions []struct{ ID string } }
	if a.err == nil && a.status == 201 && json.Unmarshal(a.body, &out) == nil && len(out.Opinions) == 1 {
		id = out.Opinions[0].ID
	}
	return id, a
}

// pulse notices when this process itself stood still, as when somebody stops it to have
// the machine for himself: a client whose time ran out meanwhile has waited for nobody.
type pulse struct {
	once        sync.Once
	mu          sync.Mutex
	beat, still time.Time // the last beat, and the last one that came far too late
}

const (
	beatEvery = 100 * time.Millisecond
	beatLate  = 5 * time.Second
)

// run beats until the test is over. Wall time is what counts: the other clock may stand
// still with the process.
func (p *pulse) run(t *testing.T) { p.once.Do(func() { p.start(t) }) }

func (p *pulse) start(t *testing.T) {
	tick, over := time.NewTicker(beatEvery), make(chan struct{})
	t.Cleanup(func() { tick.Stop(); close(over) })
	p.mu.Lock()
	p.beat = time.Now().Round(0)
	p.mu.Unlock()
	go func() {
		for {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			p.mu.Lock()
			now := time.Now().Round(0)
			if now.Sub(p.beat) > beatLate {
				p.still = now
			}
			p.beat = now
			p.mu.Unlock()
		}
	}()
}

// stoodStill says whether the process stood still at some time since then. It waits for
// the next beat, since whoever was stopped may be woken before the pulse is.
func (p *pulse) stoodStill(since time.Time) bool {
	asked := time.Now().Round(0)
	tick := time.NewTicker(beatEvery / 4)
	defer tick.Stop()
	for range tick.C {
		p.mu.Lock()
		beat, still := p.beat, p.still
		p.mu.Unlock()
		if beat.After(asked) {
			return still.After(since.Round(0))
		}
	}
	return false
}

// killedWhileWriting lets residents write until the program is killed at some moment.
func (s *program) killedWhileWriting(t *testing.T, l *ledger, after time.Duration) {
	t.Helper()
	l.pulse.run(t)
	l.first = len(l.all)
	var killed atomic.Bool
	var wg sync.WaitGroup
	for k := range residents {
		wg.Go(func() {
			for {
				g, began := l.next(k), time.Now()
				id, a := s.give(g)
				g.id = id
				if id != "" {
					continue
				}
				if a.err == nil && a.status != 503 || a.err != nil && !killed.Load() && !l.stoodStill(began) {
					t.Errorf("a resident was answered %v %d %.300s", a.err, a.status, a.body)
				}
				return
			}
		})
	}
	<-time.After(after)
	killed.Store(true)
	s.end(syscall.SIGKILL)
	wg.Wait()
}

// sendAgain gives everything once more that was not acknowledged, twice, and some
// of what was.
func (s *program) sendAgain(t *testing.T, l *ledger) {
	t.Helper()
	var again []*given
	for i, g := range l.all[l.first:] {
		if g.id == "" {
			l.again++
		} else {
			l.acknowledged++
		}
		if g.id == "" || i%20 == 0 {
			again = append(again, g)
		}
	}
	inParallel(again, func(g *given) {
		for range 2 {
			id, a := s.give(g)
			if id == "" {
				t.Errorf("sent again with the same key: %v %d %.300s", a.err, a.status, a.body)
				return
			}
			if g.id != "" && g.id != id {
				t.Errorf("one key was answered with %s and with %s", g.id, id)
				l.mu.Lock()
				l.doubled++
				l.mu.Unlock()
			}
			g.id = id
		}
	})
}

func inParallel(list []*given, do func(*given)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range residents {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(list); i = int(next.Add(1)) - 1 {
				do(list[i])
			}
		})
	}
	wg.Wait()
}

type listed struct {
	ID           string
	Number       int64
	Clause, Body string
}

// everything walks the whole list of opinions.
func (s *program) everything(t *testing.T) []listed {
	t.Helper()
	var all []listed
	for next := ""; ; {
		a := s.ask("GET", "/api/v1/consultations/"+s.consultation+"/opinions?limit=100&cursor="+next, nil)
		var page struct {
			Opinions []listed
			Next     string `json:"next_cursor"`
		}
		if a.err != nil || a.status != 200 || json.Unmarshal(a.body, &page) != nil {
			t.Fatalf("the list answered %v %d %.300s", a.err, a.status, a.body)
		}
		all = append(all, page.Opinions...)
		if next = page.Next; next == "" {
			return all
		}
	}
}

// holds checks the promise: every opinion that was ever given is there exactly once,
// alone and in the list, and every kept number equals a recount.
func (s *program) holds(t *testing.T, l *ledger) {
	t.Helper()
	lost := func(g *given, why string) {
		t.Errorf("an acknowledged opinion is lost (%s): %s %s", why, g.id, g.body)
		l.mu.Lock()
		l.lost++
		l.mu.Unlock()
	}
	inParallel(l.all[l.first:], func(g *given) {
		a := s.ask("GET", "/api/v1/opinions/"+g.id, nil)
		var o listed
		if a.err != nil || a.status != 200 || json.Unmarshal(a.body, &o) != nil || o.Body != g.body || o.Clause != g.clause {
			lost(g, fmt.Sprintf("alone: %v %d", a.err, a.status))
		}
	})
	byBody, byNumber := map[string][]string{}, map[int64]bool{}
	all := s.everything(t)
	for _, o := range all {
		byBody[o.Body] = append(byBody[o.Body], o.ID)
		byNumber[o.Number] = true
	}
	for _, g := range l.all {
		switch ids := byBody[g.body]; {
		case !slices.Contains(ids, g.id):
			lost(g, "list")
		case len(ids) > 1:
			t.Errorf("one opinion is there %d times: %s", len(ids), g.body)
			l.doubled += len(ids) - 1
		}
	}
	if len(all) != len(l.all) {
		t.Errorf("%d opinions are in the list, %d were given", len(all), len(l.all))
	}
	for n := range int64(len(all)) {
		if !byNumber[n+1] {
			t.Errorf("no opinion has number %d of %d", n+1, len(all))
			break
		}
	}
	if out, err := s.command(t, "doctor", "--lang", "en").CombinedOutput(); err != nil {
		t.Errorf("doctor: %v\n%s", err, out)
	}
}

// torture kills the program so many times in the middle of writes.
func (s *program) torture(t *testing.T, rounds int) *ledger {
	t.Helper()
	l := &ledger{}
	for range rounds {
		s.killedWhileWriting(t, l, 300*time.Millisecond+rand.N(700*time.Millisecond))
		began := time.Now()
		s.restart(t)
		if l.stoodStill(began) {
			t.Log("the machine was taken away while the program started: its time says nothing")
		} else if l.slowest = max(l.slowest, s.ready); s.ready > readyAgain {
			t.Errorf("ready %s after a kill, want within %s", s.ready, readyAgain)
		}
		s.sendAgain(t, l)
		s.holds(t, l)
		if t.Failed() {
			break
		}
	}
	if l.acknowledged == 0 {
		t.Error("nothing was acknowledged: the test has tried nothing")
	}
	s.stop()
	return l
}

func TestKilledInTheMiddleOfWritesNothingAcknowledgedIsLostOrDoubled(t *testing.T) {
	s := onSQLite(t, 0, 0)
	l := s.torture(t, 2)
	t.Logf("%d acknowledged, %d sent again, ready after %s at most", l.acknowledged, l.again, l.slowest)
}
