//go:build bench && linux

package realtime

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/websocket/v2"
)

// The fan-out figures, part of make bench; alone: make bench BENCH=./realtime.
// The server runs in a process of its own (this test binary again, with
// benchRole set): descriptors are capped per process, and its CPU time and
// memory can then be told from the load maker's. MINYI_BENCH_RUNS sets how many
// runs the middle one is taken of (3).

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

type benchCase struct {
	clients, rate int
	target        time.Duration
}

type benchResult struct {
	join, p50, p99, max time.Duration
	cpu                 float64 // µs of the server for each delivery
	memory              float64 // KB of the server for each joined socket
	lost                int
}

func TestFigureFanOut(t *testing.T) {
	cases := []benchCase{{1000, 10, 30 * time.Millisecond}, {5000, 10, 120 * time.Millisecond}, {10000, 2, 250 * time.Millisecond}, {10000, 10, time.Second}}
	for _, c := range cases {
		bare, ours := benchMedian(t, "bare", c), benchMedian(t, "ours", c)
		row := func(what, format string, a, b, target any) {
			t.Logf("| live, %d people at %d/s: %s | "+format+" | "+format+" | %v |", c.clients, c.rate, what, a, b, target)
		}
		tenth := func(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
		row("p99", "%v", tenth(ours.p99), tenth(bare.p99), "≤ "+c.target.String())
		row("p50", "%v", tenth(ours.p50), tenth(bare.p50), "")
		row("latest", "%v", tenth(ours.max), tenth(bare.max), "")
		row("CPU for each delivery, µs", "%.1f", ours.cpu, bare.cpu, "≤ 15")
		row("memory of each socket, KB", "%.1f", ours.memory, bare.memory, "≤ 20")
		row("all joined", "%v", ours.join.Round(time.Millisecond), bare.join.Round(time.Millisecond), "≤ 5s for 10,000")
		row("lost or out of order", "%d", ours.lost, bare.lost, "0")
		if ours.lost != 0 {
			t.Error("events were lost or out of order")
		}
	}
}

// benchMedian takes the run with the middle p99 of several runs.
func benchMedian(t *testing.T, role string, c benchCase) benchResult {
	runs, err := strconv.Atoi(os.Getenv("MINYI_BENCH_RUNS"))
	if err != nil || runs < 1 {
		runs = 3
	}
	var list []benchResult
	for range runs {
		list = append(list, benchOnce(t, role, c))
	}
	slices.SortFunc(list, func(a, b benchResult) int { return int(a.p99 - b.p99) })
	return list[len(list)/2]
}

type benchUsage struct {
	CPU float64 `json:"cpu"` // µs
	RSS float64 `json:"rss"` // KB
}

func benchOnce(t *testing.T, role string, c benchCase) benchResult {
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
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimSpace(line)
	usage := func(path string) (u benchUsage) {
		t.Helper()
		res, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&u); err != nil {
			t.Fatal(err)
		}
		return u
	}
	var r benchResult
	empty := usage("/usage?gc=1")
	crowd := &benchCrowd{waiting: c.clients}
	began := time.Now()
	if err := crowd.join(addr, c.clients); err != nil {
		t.Fatal(err)
	}
	defer crowd.close()
	r.join = time.Since(began)
	full := usage("/usage?gc=1")
	r.memory = (full.RSS - empty.RSS) / float64(c.clients)

	const seconds = 6
	events := seconds * c.rate
	crowd.expect = events * c.clients
	crowd.late = make([]time.Duration, 0, crowd.expect)
	before := usage("/usage")
	go func() { // a fault shows as lost events
		if res, err := http.Get(fmt.Sprintf("http://%s/publish?n=%d&rate=%d", addr, events, c.rate)); err == nil {
			res.Body.Close()
		}
	}()
	crowd.listen(time.Now().Add((seconds + 40) * time.Second)) // ends when all have come
	after := usage("/usage")
	r.cpu = (after.CPU - before.CPU) / float64(crowd.expect)
	r.lost = crowd.expect - len(crowd.late) + crowd.wrong
	slices.Sort(crowd.late)
	if n := len(crowd.late); n > 0 {
		r.p50, r.p99, r.max = crowd.late[n/2], crowd.late[n*99/100], crowd.late[n-1]
	}
	return r
}

// benchCrowd is many sockets read by one epoll loop, so that the load maker
// takes as little of the two cores as it can.
type benchCrowd struct {
	epoll   int
	socks   map[int32]*benchSock
	waiting int // for their snapshot
	expect  int
	wrong   int
	late    []time.Duration
}

type benchSock struct {
	rest []byte
	last uint64
}

func (b *benchCrowd) join(addr string, n int) error {
	tcp, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return err
	}
	to := &syscall.SockaddrInet4{Port: tcp.Port, Addr: [4]byte{127, 0, 0, 1}}
	if b.epoll, err = syscall.EpollCreate1(0); err != nil {
		return err
	}
	b.socks = make(map[int32]*benchSock, n)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var failed error
	for w := range 16 {
		wg.Go(func() {
			for i := w; i < n; i += 16 {
				fd, rest, err := benchDial(to)
				mu.Lock()
				if err != nil {
					failed = err
				} else {
					b.socks[int32(fd)] = &benchSock{rest: rest}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if failed != nil {
		return failed
	}
	for fd, s := range b.socks {
		b.take(s, nil, time.Now()) // a snapshot may have come with the handshake
		if err := syscall.EpollCtl(b.epoll, syscall.EPOLL_CTL_ADD, int(fd), &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: fd}); err != nil {
			return err
		}
	}
	for end := time.Now().Add(20 * time.Second); b.waiting > 0; {
		if time.Now().After(end) {
			return fmt.Errorf("%d never joined", b.waiting)
		}
		b.once()
	}
	return nil
}

func benchDial(to syscall.Sockaddr) (int, []byte, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	if err := syscall.Connect(fd, to); err != nil {
		return 0, nil, err
	}
	request := "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if _, err := syscall.Write(fd, []byte(request)); err != nil {
		return 0, nil, err
	}
	buf, n := make([]byte, 1024), 0
	for !bytes.Contains(buf[:n], []byte("\r\n\r\n")) {
		m, err := syscall.Read(fd, buf[n:])
		if err != nil || m == 0 {
			return 0, nil, fmt.Errorf("handshake: %d %v", m, err)
		}
		n += m
	}
	_, rest, _ := bytes.Cut(buf[:n], []byte("\r\n\r\n"))
	body := `{"op":"join","topic":"` + benchTopic + `"}`
	frame := append([]byte{0x81, 0x80 | byte(len(body)), 0, 0, 0, 0}, body...) // masked with zeros
	if _, err := syscall.Write(fd, frame); err != nil {
		return 0, nil, err
	}
	return fd, rest, syscall.SetNonblock(fd, true)
}

func (b *benchCrowd) close() {
	for fd := range b.socks {
		_ = syscall.Close(int(fd))
	}
	_ = syscall.Close(b.epoll)
}

func (b *benchCrowd) listen(end time.Time) {
	for len(b.late)+b.wrong < b.expect && time.Now().Before(end) {
		b.once()
	}
}

var (
	benchEvents [1024]syscall.EpollEvent
	benchBuffer [64 << 10]byte
)

func (b *benchCrowd) once() {
	n, err := syscall.EpollWait(b.epoll, benchEvents[:], 200)
	if err != nil {
		return
	}
	for _, e := range benchEvents[:n] {
		m, err := syscall.Read(int(e.Fd), benchBuffer[:])
		if err == syscall.EAGAIN {
			continue
		}
		if err != nil || m <= 0 {
			b.wrong++
			_ = syscall.EpollCtl(b.epoll, syscall.EPOLL_CTL_DEL, int(e.Fd), nil)
			continue
		}
		b.take(b.socks[e.Fd], benchBuffer[:m], time.Now())
	}
}

// take reads the frames in p.
func (b *benchCrowd) take(s *benchSock, p []byte, now time.Time) {
	if len(s.rest) > 0 {
		p = append(s.rest, p...)
		s.rest = nil
	}
	for len(p) >= 2 {
		size, head := int(p[1]), 2
		if size == 126 {
			if len(p) < 4 {
				break
			}
			size, head = int(p[2])<<8|int(p[3]), 4
		}
		if len(p) < head+size {
			break
		}
		b.frame(s, p[head:head+size], now)
		p = p[head+size:]
	}
	if len(p) > 0 {
		s.rest = bytes.Clone(p)
	}
}

func (b *benchCrowd) frame(s *benchSock, p []byte, now time.Time) {
	if bytes.HasPrefix(p, []byte(`{"op":"snapshot"`)) {
		b.waiting--
		return
	}
	at, seq := benchNumber(p, `"sent":`), uint64(benchNumber(p, `"seq":`))
	if at == 0 {
		return
	}
	if seq != s.last+1 {
		b.wrong++
	}
	s.last = seq
	b.late = append(b.late, time.Duration(now.UnixNano()-at))
}

func benchNumber(p []byte, name string) (n int64) {
	i := bytes.Index(p, []byte(name))
	if i < 0 {
		return 0
	}
	for _, c := range p[i+len(name):] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// benchServe is the process that is measured.
func benchServe(role string) {
	app := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	publish := benchBare(app)
	if role == "ours" {
		app = fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
		publish = benchOurs(app)
	}
	app.Get("/publish", func(c *fiber.Ctx) error {
		tick := time.NewTicker(time.Second / time.Duration(c.QueryInt("rate")))
		defer tick.Stop()
		for range c.QueryInt("n") {
			<-tick.C
			publish(fmt.Sprintf(`{"sent":%d,"text":%q}`, time.Now().UnixNano(), strings.Repeat("x", 100)))
		}
		return c.JSON(benchUsage{})
	})
	app.Get("/usage", func(c *fiber.Ctx) error {
		if c.Query("gc") != "" {
			debug.FreeOSMemory()
		}
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		status, _ := os.ReadFile("/proc/self/status")
		rss := benchNumber([]byte(strings.ReplaceAll(strings.ReplaceAll(string(status), "\t", ""), " ", "")), "VmRSS:")
		return c.JSON(benchUsage{CPU: float64(u.Utime.Nano()+u.Stime.Nano()) / 1000, RSS: float64(rss)})
	})
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr())
	_ = app.Listener(ln)
}

func benchOurs(app *fiber.App) func(data string) {
	s := newStore()
	hub := New(Options{Source: s, Acts: s, MaxPerAddress: 20_000})
	if err := hub.Start(); err != nil {
		panic(err)
	}
	app.Get("/ws", Upgrade(hub, func(*fiber.Ctx) (Viewer, error) { return Viewer{}, nil }, func() []string { return nil }))
	app.Hooks().OnShutdown(func() error { return hub.Shutdown(context.Background()) })
	return func(data string) {
		s.add(benchTopic, Event{Kind: "questions.approved", Data: json.RawMessage(data)})
		hub.Wake(benchTopic)
	}
}

// benchBare is the least that a hub can be: a queue and a writer goroutine for
// each socket, the frame prepared once, nothing checked and nothing remembered.
func benchBare(app *fiber.App) func(data string) {
	var mu sync.Mutex
	queues := map[chan []byte]struct{}{}
	pool := &sync.Pool{}
	app.Get("/ws", websocket.New(func(c *websocket.Conn) {
		q := make(chan []byte, 64)
		go func() {
			for p := range q {
				if c.WriteMessage(websocket.TextMessage, p) != nil {
					return
				}
			}
		}()
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				return
			}
			q <- []byte(`{"op":"snapshot"}`)
			mu.Lock()
			queues[q] = struct{}{}
			mu.Unlock()
		}
	}, websocket.Config{ReadBufferSize: 256, WriteBufferSize: 512, WriteBufferPool: pool}))
	seq := 0
	return func(data string) {
		mu.Lock()
		defer mu.Unlock()
		seq++
		p := []byte(fmt.Sprintf(`{"op":"event","topic":%q,"seq":%d,"kind":"questions.approved","at":"2027-03-01T01:02:03.456789Z","data":%s}`, benchTopic, seq, data))
		for q := range queues {
			select {
			case q <- p:
			default:
			}
		}
	}
}
