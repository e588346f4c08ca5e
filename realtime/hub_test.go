package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"go.uber.org/goleak"
)

// waitLimit is how long a test waits for what must come; a busy machine may take its time.
const waitLimit = time.Minute

// child serves and returns true when this process was started by the figures.
var child = func() bool { return false }

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"), // sleeps 10 s between looks
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/gofiber/fiber/v2/utils.StartTimeStampUpdater.func1"))
}

// store is the committed past of some topics, as a database would keep it.
type store struct {
	mu     sync.Mutex
	epoch  string
	events map[string][]Event
	pruned map[string]uint64 // numbers up to here are gone
	banned map[string]bool   // viewer IDs
	down   error
	reads  int // snapshots taken
	done   []Frame
	acts   func(Frame) (string, error)
}

func newStore() *store {
	return &store{epoch: "e1", events: map[string][]Event{}, pruned: map[string]uint64{}, banned: map[string]bool{}}
}

func (s *store) add(topic string, e Event) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.Seq = uint64(len(s.events[topic])) + 1
	if e.Kind == "" {
		e.Kind = "opinions.published"
	}
	if e.At.IsZero() {
		e.At = time.Date(2027, 3, 1, 1, 2, 3, 456000000, time.UTC)
	}
	if e.Data == nil {
		e.Data = json.RawMessage(fmt.Sprintf(`{"n":%d}`, e.Seq))
	}
	s.events[topic] = append(s.events[topic], e)
	return e.Seq
}

func (s *store) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *store) Position(_ context.Context, topic string) (string, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch, uint64(len(s.events[topic])), s.down
}

func (s *store) Since(_ context.Context, topic string, after uint64, limit int) ([]Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.events[topic]
	from := min(max(after, s.pruned[topic]), uint64(len(all)))
	list := all[from:]
	return slices.Clone(list[:min(limit, len(list))]), s.down
}

func (s *store) Snapshot(_ context.Context, who Viewer, topic string) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return json.RawMessage(fmt.Sprintf(`{"total":%d,"mine":%q}`, len(s.events[topic]), who.ID)), s.down
}

func (s *store) MayJoin(_ context.Context, who Viewer, topic string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case strings.HasPrefix(topic, "consultation:"), strings.HasPrefix(topic, "room:"):
		if s.banned[who.ID] {
			return refuse(CodeNotAllowed, "realtime.not_allowed")
		}
		return s.down
	}
	return refuse(CodeUnknownTopic, "realtime.unknown_topic")
}

// acted lists the frames that were done.
func (s *store) acted() []Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.done)
}

func (s *store) Do(_ context.Context, _ Viewer, topic string, f Frame) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, f)
	if s.acts != nil {
		return s.acts(f)
	}
	return "Q-" + f.Key + "@" + topic, nil
}

type site struct {
	t     *testing.T
	hub   *Hub
	store *store
	url   string
	app   *fiber.App
}

func options(s *store) Options {
	return Options{
		Source: s, Acts: s, PositionEvery: time.Hour, CountsEvery: 40 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Translate: func(lang, key string, args []any) string { return strings.TrimSpace(fmt.Sprintln(lang+" "+key, args)) },
	}
}

// open serves a hub on a real port; everything is closed when the test ends.
func open(t *testing.T, change func(*Options)) *site {
	t.Helper()
	s := newStore()
	o := options(s)
	if change != nil {
		change(&o)
	}
	hub := New(o)
	if err := hub.Start(); err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	app.Get("/ws", Upgrade(hub, func(c *fiber.Ctx) (Viewer, error) {
		v, err := identify(c)
		if v.ID == "leaving" { // signs out in another window at this moment
			hub.EndSession(v.SessionKey)
		}
		return v, err
	}, func() []string { return []string{"https://minyi.example", "https://minyi.example:8443"} }, (*fiber.Ctx).IP))
	app.Server().KeepHijackedConns = true
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { defer close(served); _ = app.Listener(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
		defer cancel()
		if err := hub.Shutdown(ctx); err != nil {
			t.Error("shutdown:", err)
		}
		_ = app.Shutdown()
		<-served
	})
	return &site{t: t, hub: hub, store: s, url: "ws://" + ln.Addr().String() + "/ws", app: app}
}

var errNobody = fiber.NewError(fiber.StatusUnauthorized, "ticket")

// identify reads "who:audience,audience" from a ticket, a header or a cookie.
func identify(c *fiber.Ctx) (Viewer, error) {
	id := c.Query("ticket", c.Get("Authorization", c.Cookies("session")))
	if id == "used" {
		return Viewer{}, errNobody
	}
	id, audiences, _ := strings.Cut(id, ":")
	v := Viewer{ID: id, SessionKey: "key-" + id, Lang: "zh"}
	if audiences != "" {
		v.Audiences = strings.Split(audiences, ",")
	}
	return v, nil
}

type guest struct {
	t    *testing.T
	conn *websocket.Conn
}

func (s *site) dial(query string, header http.Header) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{HandshakeTimeout: waitLimit}
	return d.Dial(s.url+query, header)
}

func (s *site) guest(ticket string) *guest {
	s.t.Helper()
	conn, _, err := s.dial("?ticket="+ticket, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return &guest{s.t, conn}
}

func (g *guest) say(text string) {
	g.t.Helper()
	if err := g.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		g.t.Fatal(err)
	}
}

func (g *guest) raw() string {
	g.t.Helper()
	_ = g.conn.SetReadDeadline(time.Now().Add(waitLimit))
	_, p, err := g.conn.ReadMessage()
	if err != nil {
		g.t.Fatal(err)
	}
	return string(p)
}

type heard struct {
	Op, Topic, Epoch, Kind, At, Key, ID, Code, Message string
	Seq                                                *uint64
	State, Counts, Data                                json.RawMessage
	Events                                             []heard
}

func (g *guest) hear(op string) heard {
	g.t.Helper()
	text := g.raw()
	var h heard
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		g.t.Fatal(err, text)
	}
	if h.Op != op {
		g.t.Fatalf("want %s, got %s", op, text)
	}
	return h
}

// closed waits for the close frame, reading past whatever else was under way.
func (g *guest) closed(code int) {
	g.t.Helper()
	_ = g.conn.SetReadDeadline(time.Now().Add(waitLimit))
	for {
		_, _, err := g.conn.ReadMessage()
		if err == nil {
			continue
		}
		var c *websocket.CloseError
		if !errors.As(err, &c) || c.Code != code {
			g.t.Fatalf("want close %d, got %v", code, err)
		}
		return
	}
}

// until polls a condition that becomes true by itself.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(waitLimit); !ok(); <-look.C {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

const topicA = "consultation:2027-012"

func TestJoin(t *testing.T) {
	t.Run("a first join brings a snapshot, then events in order", func(t *testing.T) {
		s := open(t, nil)
		s.store.add(topicA, Event{})
		g := s.guest("")
		g.say(`{"op":"join","topic":"` + topicA + `","key":"k1"}`)
		if a := g.hear("ack"); a.Key != "k1" || a.ID != topicA {
			t.Fatal(a)
		}
		if sn := g.hear("snapshot"); *sn.Seq != 1 || sn.Epoch != "e1" || string(sn.State) != `{"total":1,"mine":""}` {
			t.Fatal(sn)
		}
		for want := uint64(2); want < 5; want++ {
			s.store.add(topicA, Event{})
			s.hub.Wake(topicA)
			if e := g.hear("event"); *e.Seq != want || e.Kind != "opinions.published" {
				t.Fatal(e)
			}
		}
	})
	t.Run("who comes back gets exactly what was missed", func(t *testing.T) {
		for _, recent := range []int{4, 512} { // from the database and from memory
			s := open(t, func(o *Options) { o.Recent = recent })
			keep := s.guest("")
			keep.say(`{"op":"join","topic":"` + topicA + `"}`)
			keep.hear("snapshot")
			for range 30 {
				s.store.add(topicA, Event{})
				s.hub.Wake(topicA)
				keep.hear("event")
			}
			g := s.guest("")
			g.say(`{"op":"join","topic":"` + topicA + `","since":{"epoch":"e1","seq":7}}`)
			for want := uint64(8); want <= 30; want++ {
				if e := g.hear("event"); *e.Seq != want {
					t.Fatalf("recent %d: want %d, got %d", recent, want, *e.Seq)
				}
			}
		}
	})
	t.Run("too far back, pruned, from the future or of another epoch means a snapshot", func(t *testing.T) {
		s := open(t, func(o *Options) { o.Recent, o.MaxCatchUp = 4, 20 })
		for range 30 {
			s.store.add(topicA, Event{})
		}
		s.store.pruned[topicA] = 15
		for _, since := range []string{`{"epoch":"e1","seq":5}`, `{"epoch":"e1","seq":12}`, `{"epoch":"e1","seq":31}`, `{"epoch":"e0","seq":30}`} {
			g := s.guest("")
			g.say(`{"op":"join","topic":"` + topicA + `","since":` + since + `}`)
			if sn := g.hear("snapshot"); *sn.Seq != 30 {
				t.Fatal(since, *sn.Seq)
			}
		}
	})
	t.Run("an unknown topic is an error frame in the viewer's language and the socket stays", func(t *testing.T) {
		s := open(t, func(o *Options) { o.MaxTopics = 1 })
		g := s.guest("")
		for _, name := range []string{"secret:1", "", "consultation:../x"} {
			g.say(`{"op":"join","topic":"` + name + `"}`)
			if e := g.hear("error"); e.Code != CodeUnknownTopic || e.Message != "zh realtime.unknown_topic []" {
				t.Fatal(e)
			}
		}
		g.say(`{"op":"join","topic":"room:A"}`)
		g.hear("snapshot")
		g.say(`{"op":"join","topic":"room:B","key":"k"}`)
		if e := g.hear("error"); e.Code != CodeTooMany || e.Key != "k" {
			t.Fatal(e)
		}
		g.say(`{"op":"leave","topic":"room:A","key":"bye"}`)
		g.hear("ack")
		s.store.add("room:A", Event{})
		s.hub.Wake("room:A")
		g.say(`{"op":"ping"}`)
		g.hear("pong")
	})
	t.Run("signed-out readers of one moment share one snapshot", func(t *testing.T) {
		s := open(t, nil)
		for range 20 {
			g := s.guest("")
			g.say(`{"op":"join","topic":"` + topicA + `"}`)
			g.hear("snapshot")
		}
		if s.store.reads > 10 {
			t.Fatal("snapshots read:", s.store.reads)
		}
	})
	t.Run("a database that is away is an error frame, later the same join works", func(t *testing.T) {
		s := open(t, nil)
		s.store.set(func() { s.store.down = errors.New("away") })
		g := s.guest("")
		g.say(`{"op":"join","topic":"` + topicA + `"}`)
		if e := g.hear("error"); e.Code != CodeUnavailable {
			t.Fatal(e)
		}
		s.store.set(func() { s.store.down = nil })
		g.say(`{"op":"join","topic":"` + topicA + `"}`)
		g.hear("snapshot")
		s.store.set(func() { s.store.down = errors.New("away") })
		s.store.add(topicA, Event{})
		s.hub.Wake(topicA)
		s.store.set(func() { s.store.down = nil })
		g.hear("event") // by the hub's own retry
	})
}

func TestRounds(t *testing.T) {
	t.Run("numbers have no gap under concurrent publishing, joining and leaving", func(t *testing.T) {
		s := open(t, func(o *Options) { o.Recent = 16 })
		const total, readers = 2000, 12
		var wg sync.WaitGroup
		for i := range readers {
			g := s.guest("")
			wg.Go(func() {
				join := fmt.Sprintf(`{"op":"join","topic":%q,"batch":%t}`, topicA, i%2 == 0)
				g.say(join)
				next, rejoins := uint64(0), 0
				take := func(e heard) {
					if *e.Seq != next {
						t.Errorf("reader %d: want %d, got %d", i, next, *e.Seq)
					}
					next = *e.Seq + 1
				}
				for next <= total && !t.Failed() {
					_ = g.conn.SetReadDeadline(time.Now().Add(waitLimit))
					var f heard
					if err := g.conn.ReadJSON(&f); err != nil {
						t.Error(i, err)
						return
					}
					switch f.Op {
					case "snapshot":
						next = *f.Seq + 1
					case "event":
						take(f)
					case "events":
						for _, e := range f.Events {
							take(e)
						}
						if len(f.Events) < 2 {
							t.Error("a batch of one")
						}
					}
					if i%3 == 0 && next/300 > uint64(rejoins) && next <= total { // break and come back
						rejoins++
						g.conn.Close()
						g = s.guest("")
						g.say(fmt.Sprintf(`{"op":"join","topic":%q,"since":{"epoch":"e1","seq":%d}}`, topicA, next-1))
					}
				}
			})
		}
		until(t, "all joined", func() bool { return s.hub.Stats().Joined >= readers })
		var left sync.WaitGroup
		for range 4 {
			left.Go(func() {
				for range total / 4 {
					s.store.add(topicA, Event{})
					s.hub.Wake(topicA)
				}
			})
		}
		left.Wait()
		wg.Wait()
	})
	t.Run("a lost wake-up only delays", func(t *testing.T) {
		s := open(t, func(o *Options) { o.PositionEvery = 20 * time.Millisecond; o.PingEvery = 25 * time.Millisecond })
		g := s.guest("")
		g.say(`{"op":"join","topic":"` + topicA + `"}`)
		g.hear("snapshot")
		s.store.add(topicA, Event{})
		g.hear("event")
	})
	t.Run("a new epoch sends everybody a snapshot", func(t *testing.T) {
		s := open(t, func(o *Options) { o.PositionEvery = 20 * time.Millisecond; o.PingEvery = 25 * time.Millisecond })
		s.store.add(topicA, Event{})
		a, b := s.guest(""), s.guest("p1")
		for _, g := range []*guest{a, b} {
			g.say(`{"op":"join","topic":"` + topicA + `"}`)
			g.hear("snapshot")
		}
		s.store.set(func() { s.store.epoch = "e2"; s.store.events[topicA] = nil })
		for _, g := range []*guest{a, b} {
			if sn := g.hear("snapshot"); sn.Epoch != "e2" || *sn.Seq != 0 {
				t.Fatal(sn)
			}
		}
		s.store.add(topicA, Event{})
		for _, g := range []*guest{a, b} {
			if e := g.hear("event"); *e.Seq != 1 {
				t.Fatal(e)
			}
		}
	})
	t.Run("text for moderators never reaches anybody else, and numbers stay whole", func(t *testing.T) {
		s := open(t, nil)
		people := map[string]*guest{"public": s.guest(""), "resident": s.guest("p1"), "desk": s.guest("o1:desk"), "forged": s.guest(":desk")}
		for _, g := range people {
			g.say(`{"op":"join","topic":"room:K7M4","batch":true}`)
			g.hear("snapshot")
		}
		for i := range 40 {
			e := Event{Data: json.RawMessage(`{"text":"open"}`)}
			if i%2 == 0 {
				e = Event{Kind: "questions.held", Audience: "desk", Data: json.RawMessage(`{"text":"HIDDEN"}`)}
			}
			s.store.add("room:K7M4", e)
			s.hub.Wake("room:K7M4")
		}
		for name, g := range people {
			hidden := 0
			for next := uint64(1); next <= 40; {
				text := g.raw()
				hidden += strings.Count(text, "HIDDEN")
				if name != "desk" && (strings.Contains(text, "HIDDEN") || strings.Contains(text, "questions.held")) {
					t.Fatal(name, text)
				}
				var f heard
				_ = json.Unmarshal([]byte(text), &f)
				if f.Op == "event" {
					f.Events = []heard{f}
				}
				for _, e := range f.Events {
					if *e.Seq != next {
						t.Fatal(name, text)
					}
					next++
				}
			}
			if name == "desk" && hidden != 20 {
				t.Fatal("the desk saw", hidden)
			}
		}
		again := s.guest("p1")
		again.say(`{"op":"join","topic":"room:K7M4","since":{"epoch":"e1","seq":0}}`)
		for range 40 {
			if text := again.raw(); strings.Contains(text, "HIDDEN") {
				t.Fatal(text)
			}
		}
		body, _, err := s.hub.Poll(context.Background(), Viewer{ID: "p1"}, "room:K7M4", &Position{"e1", 0})
		if err != nil || strings.Contains(string(body), "HIDDEN") {
			t.Fatal(err, string(body))
		}
	})
}

func TestCounts(t *testing.T) {
	s := open(t, func(o *Options) { o.CountsEvery = 50 * time.Millisecond })
	g := s.guest("")
	g.say(`{"op":"join","topic":"` + topicA + `"}`)
	g.hear("snapshot")
	began := time.Now()
	const last = 3000
	for i := 1; i <= last; i++ {
		s.hub.Counts(topicA, json.RawMessage(fmt.Sprintf(`{"opinions":%d}`, i)), 0)
	}
	frames := 0
	for {
		c := g.hear("counts")
		frames++
		if c.Seq != nil {
			t.Fatal("counts carry no number")
		}
		if string(c.Counts) == fmt.Sprintf(`{"opinions":%d}`, last) {
			break
		}
	}
	if most := int(time.Since(began)/(50*time.Millisecond)) + 2; frames > most {
		t.Fatalf("%d frames, at most %d", frames, most)
	}
	late := s.guest("")
	late.say(`{"op":"join","topic":"` + topicA + `"}`)
	late.hear("snapshot")
	if c := late.hear("counts"); string(c.Counts) != `{"opinions":3000}` {
		t.Fatal(c)
	}
}

// slow is a store whose events take long to read, and whose counts are read.
type slow struct {
	*store
	gate    chan struct{} // events are read once it is closed
	numbers func() (json.RawMessage, uint64, error)
}

func (s *slow) Since(ctx context.Context, topic string, after uint64, limit int) ([]Event, error) {
	select {
	case <-s.gate:
		return s.store.Since(ctx, topic, after, limit)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *slow) Counts(context.Context, string) (json.RawMessage, uint64, error) { return s.numbers() }

// openSlow serves a hub whose events are read once the gate is closed.
func openSlow(t *testing.T, numbers func() (json.RawMessage, uint64, error)) (*site, *slow) {
	var s *slow
	return open(t, func(o *Options) {
		s = &slow{o.Source.(*store), make(chan struct{}), numbers}
		o.Source = s
	}), s
}

func TestCountsNeverComeBeforeWhatTheyCount(t *testing.T) {
	none := func() (json.RawMessage, uint64, error) { return nil, 0, nil }
	join, resume := `{"op":"join","topic":"`+topicA+`"}`, `{"op":"join","topic":"`+topicA+`","key":"k","since":{"epoch":"e1","seq":0}}`

	t.Run("they wait for events that are read late", func(t *testing.T) {
		s, source := openSlow(t, none)
		g := s.guest("")
		g.say(join)
		g.hear("snapshot")
		s.store.add(topicA, Event{})
		s.hub.Counts(topicA, json.RawMessage(`{"opinions":1}`), 1)
		s.hub.Wake(topicA)
		late := s.guest("")
		late.say(resume)
		late.hear("ack") // and no counts
		body, _, err := s.hub.Poll(context.Background(), Viewer{}, topicA, &Position{"e1", 0})
		if err != nil || strings.Contains(string(body), "opinions") {
			t.Fatal("who asks is told of what is not read yet", string(body), err)
		}
		close(source.gate)
		for _, one := range []*guest{g, late} {
			if e := one.hear("event"); *e.Seq != 1 {
				t.Fatal(e)
			}
			if c := one.hear("counts"); string(c.Counts) != `{"opinions":1}` {
				t.Fatal(c)
			}
		}
	})
	t.Run("who joins with an older page hears what has changed without an event", func(t *testing.T) {
		var s *site
		s, source := openSlow(t, func() (json.RawMessage, uint64, error) {
			return json.RawMessage(`{"opinions":7}`), s.store.add(topicA, Event{}), nil // which comes while they are read
		})
		close(source.gate)
		g := s.guest("")
		g.say(resume)
		g.hear("ack")
		if e := g.hear("event"); *e.Seq != 1 {
			t.Fatal(e)
		}
		if c := g.hear("counts"); string(c.Counts) != `{"opinions":7}` {
			t.Fatal(c)
		}
	})
	t.Run("after a restore they are read anew", func(t *testing.T) {
		n := "1"
		var s *site
		s, source := openSlow(t, func() (json.RawMessage, uint64, error) {
			_, seq, err := s.store.Position(context.Background(), topicA)
			s.store.mu.Lock()
			defer s.store.mu.Unlock()
			return json.RawMessage(n), seq, err
		})
		close(source.gate)
		g := s.guest("")
		g.say(join)
		g.hear("snapshot")
		if c := g.hear("counts"); string(c.Counts) != "1" {
			t.Fatal(c)
		}
		s.hub.Counts(topicA, json.RawMessage("9"), 99) // of events that the restore has taken
		s.store.set(func() { s.store.epoch, n = "e2", "2" })
		s.hub.checkAll()
		g.hear("snapshot")
		if c := g.hear("counts"); string(c.Counts) != "2" {
			t.Fatal(c)
		}
	})
}

func TestPoll(t *testing.T) {
	s := open(t, nil)
	ctx := context.Background()
	type answer struct {
		Epoch  string
		Seq    uint64
		Frames []heard
	}
	poll := func(since *Position) (answer, string) {
		t.Helper()
		body, etag, err := s.hub.Poll(ctx, Viewer{}, topicA, since)
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		if err := json.Unmarshal(body, &a); err != nil {
			t.Fatal(err)
		}
		return a, etag
	}
	s.store.add(topicA, Event{})
	first, _ := poll(nil)
	if first.Seq != 1 || first.Frames[0].Op != "snapshot" {
		t.Fatal(first)
	}
	at := &Position{first.Epoch, first.Seq}
	none, tag := poll(at)
	if _, same := poll(at); len(none.Frames) != 0 || same != tag {
		t.Fatal(none, tag, same)
	}
	s.store.add(topicA, Event{})
	s.hub.Wake(topicA)
	until(t, "the event is polled", func() bool { a, _ := poll(at); return a.Seq == 2 })
	if a, other := poll(at); len(a.Frames) != 1 || *a.Frames[0].Seq != 2 || other == tag {
		t.Fatal(a, other)
	}
	if _, _, err := s.hub.Poll(ctx, Viewer{}, "secret:1", nil); err == nil {
		t.Fatal("unknown topics are refused")
	}
}
