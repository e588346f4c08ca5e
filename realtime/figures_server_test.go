//go:build bench && linux

package realtime

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"
	"github.com/valyala/fasthttp"
)

// The server under load is a process of its own (this test binary again, with
// benchRole set): descriptors are capped per process, and its CPU time and
// memory can then be told from the load maker's.

const (
	benchRole  = "MINYI_BENCH_ROLE"
	benchTopic = "room:K7M4"
)

func init() {
	child = func() bool {
		role := os.Getenv(benchRole)
		if role != "" {
			benchServe(role)
		}
		return role != ""
	}
}

// server is the process that is measured, as the load maker sees it.
type server struct {
	t    *testing.T
	addr string
}

func newServer(t *testing.T, role string) *server {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), benchRole+"="+role)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &server{t, strings.TrimSpace(line)}
}

// crowd opens the sockets of a guestbook.
func (s *server) crowd(g guestbook) *crowd {
	s.t.Helper()
	b, err := newCrowd(s.addr)
	if err == nil {
		s.t.Cleanup(b.close)
		err = b.join(g)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

type benchUsage struct {
	CPU    float64 // µs
	RSS    float64 // KB
	Stack  float64 // KB
	Heap   float64 // KB
	Writes int64   // system calls that wrote
	Stats  Stats
}

func (s *server) usage(query string) (u benchUsage) {
	s.t.Helper()
	s.ask("/usage"+query, &u)
	return u
}

func (s *server) ask(path string, into any) {
	s.t.Helper()
	res, err := http.Get("http://" + s.addr + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		s.t.Fatal(err)
	}
}

// publish has the server publish so many events in each room, so many a second
// (0: as fast as it can), and returns at once. A fault shows as lost events.
func (s *server) publish(n, rate, rooms, pad int) {
	go func() {
		if res, err := http.Get(fmt.Sprintf("http://%s/publish?n=%d&rate=%d&rooms=%d&pad=%d", s.addr, n, rate, rooms, pad)); err == nil {
			res.Body.Close()
		}
	}()
}

func roomTopic(i int) string { return fmt.Sprintf("room:R%03d", i) }

// hubUnderLoad is a hub that the load maker can drive.
type hubUnderLoad struct {
	publish func(topic, data string)
	stats   func() Stats
}

// benchServe is the process that is measured. Its HTTP server is set as the
// program's is where that decides what a socket costs.
func benchServe(role string) {
	app := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	var hub hubUnderLoad
	if role == "ours" {
		hub = benchOurs(app)
	} else {
		hub = benchBare(app)
	}
	app.Get("/publish", func(c *fiber.Ctx) error {
		n, rate, rooms, pad := c.QueryInt("n"), c.QueryInt("rate"), c.QueryInt("rooms"), c.QueryInt("pad", 100)
		topics := []string{benchTopic}
		for i := range rooms {
			if i == 0 {
				topics = topics[:0]
			}
			topics = append(topics, roomTopic(i))
		}
		wait := func() {}
		if rate > 0 {
			tick := time.NewTicker(time.Second / time.Duration(rate*len(topics)))
			defer tick.Stop()
			wait = func() { <-tick.C }
		}
		text := strings.Repeat("x", pad)
		for range n {
			for _, topic := range topics {
				wait()
				hub.publish(topic, fmt.Sprintf(`{"sent":%d,"text":%q}`, time.Now().UnixNano(), text))
			}
		}
		return c.JSON(true)
	})
	app.Get("/usage", func(c *fiber.Ctx) error {
		if c.Query("gc") != "" {
			debug.FreeOSMemory()
		}
		return c.JSON(benchUse(hub))
	})
	app.Get("/profile", func(c *fiber.Ctx) error { // for who works on the figures: ?seconds=5 or ?heap=1
		c.Set(fiber.HeaderContentType, "application/octet-stream")
		if c.Query("heap") != "" {
			return pprof.Lookup("heap").WriteTo(c, 0)
		}
		if err := pprof.StartCPUProfile(c); err != nil {
			return err
		}
		<-time.After(time.Duration(c.QueryInt("seconds", 5)) * time.Second)
		pprof.StopCPUProfile()
		return nil
	})
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr())
	s := &fasthttp.Server{Handler: app.Handler(), ReadBufferSize: 16 << 10, Concurrency: 64 << 10, KeepHijackedConns: role == "ours"}
	_ = s.Serve(ln)
}

func benchUse(hub hubUnderLoad) benchUsage {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, _ := os.ReadFile("/proc/self/status")
	calls, _ := os.ReadFile("/proc/self/io")
	return benchUsage{
		CPU: float64(u.Utime.Nano()+u.Stime.Nano()) / 1000, RSS: float64(numberIn(string(status), "VmRSS:")),
		Stack: float64(m.StackInuse) / 1024, Heap: float64(m.HeapInuse) / 1024,
		Writes: numberIn(string(calls), "syscw:"), Stats: hub.stats(),
	}
}

// voices counts support in memory: what a database costs is another figure.
type voices struct {
	*store
	hub *Hub

	mu    sync.Mutex
	keys  map[string]bool
	total int
}

func (v *voices) Do(_ context.Context, who Viewer, topic string, f Frame) (string, error) {
	v.mu.Lock()
	if !v.keys[f.Key] {
		v.keys[f.Key] = true
		v.total++
	}
	counts := fmt.Sprintf(`{"total":%d}`, v.total)
	v.mu.Unlock()
	v.hub.Counts(topic, json.RawMessage(counts), 0)
	return f.Key, nil
}

func benchOurs(app *fiber.App) hubUnderLoad {
	v := &voices{store: newStore(), keys: map[string]bool{}}
	v.hub = New(Options{Source: v, Acts: v, MaxPerAddress: 20_000})
	if err := v.hub.Start(); err != nil {
		panic(err)
	}
	who := func(c *fiber.Ctx) (Viewer, error) { return Viewer{ID: c.Get("X-Person"), Lang: "zh"}, nil }
	app.Get("/ws", Upgrade(v.hub, who, func() []string { return nil }, (*fiber.Ctx).IP))
	return hubUnderLoad{stats: v.hub.Stats, publish: func(topic, data string) {
		v.add(topic, Event{Kind: "questions.approved", Data: json.RawMessage(data)})
		v.hub.Wake(topic)
	}}
}

// bareHub is the least that a hub can be: a queue and a writer goroutine for
// each socket, each frame prepared once, nothing checked; what is missed is one
// prepared piece.
type bareHub struct {
	mu    sync.Mutex
	rooms map[string]*bareRoom
	total int
	dirty bool
}

type bareRoom struct {
	seq    int
	queues map[chan []byte]struct{}
	missed [][]byte
}

func (b *bareHub) room(topic string) *bareRoom {
	r := b.rooms[topic]
	if r == nil {
		r = &bareRoom{queues: map[chan []byte]struct{}{}}
		b.rooms[topic] = r
	}
	return r
}

func (b *bareHub) send(r *bareRoom, p []byte) {
	for q := range r.queues {
		select {
		case q <- p:
		default:
		}
	}
}

func benchBare(app *fiber.App) hubUnderLoad {
	b := &bareHub{rooms: map[string]*bareRoom{}}
	app.Get("/ws", websocket.New(b.serve, websocket.Config{ReadBufferSize: 256, WriteBufferSize: 512, WriteBufferPool: &sync.Pool{}}))
	go func() { // sampled counts
		for range time.Tick(100 * time.Millisecond) {
			b.mu.Lock()
			if b.dirty {
				b.dirty = false
				b.send(b.room(benchTopic), fmt.Appendf(nil, `{"op":"counts","topic":%q,"counts":{"total":%d}}`, benchTopic, b.total))
			}
			b.mu.Unlock()
		}
	}()
	return hubUnderLoad{stats: func() Stats { return Stats{} }, publish: func(topic, data string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		r := b.room(topic)
		r.seq++
		p := fmt.Appendf(nil, `{"op":"event","topic":%q,"seq":%d,"kind":"questions.approved","at":"2027-03-01T01:02:03.456789Z","data":%s}`, topic, r.seq, data)
		if r.missed = append(r.missed, p); len(r.missed) > 128 {
			r.missed = r.missed[1:]
		}
		b.send(r, p)
	}}
}

func (b *bareHub) serve(c *websocket.Conn) {
	q := make(chan []byte, 256)
	defer close(q)
	go func() {
		for p := range q {
			if c.WriteMessage(websocket.TextMessage, p) != nil {
				return
			}
		}
	}()
	var in *bareRoom
	for {
		_, p, err := c.ReadMessage()
		if err != nil {
			break
		}
		var f Frame
		if json.Unmarshal(p, &f) != nil {
			break
		}
		b.mu.Lock()
		if f.Op == "join" {
			in = b.room(f.Topic)
			q <- []byte(`{"op":"ack","key":"j"}`)
			if f.Since != nil {
				for _, m := range in.missed[len(in.missed)-(in.seq-int(f.Since.Seq)):] {
					q <- m
				}
			} else {
				q <- fmt.Appendf(nil, `{"op":"snapshot","topic":%q,"seq":%d}`, f.Topic, in.seq)
			}
			in.queues[q] = struct{}{}
		} else {
			b.total++
			b.dirty = true
			q <- []byte(`{"op":"ack","key":"v"}`)
		}
		b.mu.Unlock()
	}
	if in != nil {
		b.mu.Lock()
		delete(in.queues, q)
		b.mu.Unlock()
	}
}
