package realtime

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Hub joins sockets and topics. Make one per process with New, call Start before
// the first request and Shutdown before the HTTP server is stopped.
type Hub struct {
	opt   Options
	verbs map[string]bool
	gate  chan struct{} // calls of Source for joins and polls
	stats counters
	work  backlog
	out   writers

	ctx   context.Context
	stop  context.CancelFunc
	group sync.WaitGroup // everything that Shutdown waits for
	nudge chan struct{}  // the clock has something new to wait for

	mu        sync.Mutex
	started   bool
	closed    bool
	slots     uint64 // sockets ever admitted; spreads the pings
	clients   map[*client]struct{}
	addresses map[string]int
	topics    map[string]*topic
	due       map[*topic]dueAt     // turns that the clock will ask for
	ended     map[string]time.Time // sessions and persons just ended, see admit
}

// dueAt is when a topic's counts or its next try after a fault are wanted.
type dueAt struct{ counts, retry time.Time }

// ErrNotRunning is returned for sockets that come before Start or after Shutdown.
var ErrNotRunning = errors.New("realtime: the hub is not running")

// New makes a hub; Options.Source is required.
func New(o Options) *Hub {
	o = o.withDefaults()
	h := &Hub{
		opt: o, verbs: map[string]bool{}, gate: make(chan struct{}, o.SourceCalls), nudge: make(chan struct{}, 1),
		clients: map[*client]struct{}{}, addresses: map[string]int{}, topics: map[string]*topic{}, due: map[*topic]dueAt{},
		ended: map[string]time.Time{},
	}
	for _, v := range o.Verbs {
		h.verbs[v] = true
	}
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.work.cond.L = &h.work.mu
	h.out.cond.L = &h.out.mu
	return h
}

// Start begins to serve. It is an error to start twice or after Shutdown.
func (h *Hub) Start() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.started || h.closed {
		return errors.New("realtime: started twice, or after the end")
	}
	h.started = true
	for range max(4, 2*runtime.GOMAXPROCS(0)) { // more than cores: a turn may wait for the database
		h.spawn("pump", h.pump)
	}
	for range runtime.GOMAXPROCS(0) {
		h.spawn("writer", h.write)
	}
	h.spawn("clock", h.clock)
	h.spawn("keep", h.keep)
	return nil
}

// spawn starts a goroutine that Shutdown waits for. A panic is logged and the
// loop begins again: one bad event must not silence the hall.
func (h *Hub) spawn(name string, loop func()) {
	h.group.Add(1)
	go func() {
		defer h.group.Done()
		for h.ctx.Err() == nil {
			func() {
				defer h.contain(name)
				loop()
			}()
		}
	}()
}

// contain is deferred in every goroutine and around every frame: a panic in one
// of them would otherwise end the process.
func (h *Hub) contain(where string) {
	if p := recover(); p != nil {
		h.stats.panics.Add(1)
		h.opt.Log.Error("live: panic contained", "where", where, "panic", p, "stack", string(debug.Stack()))
	}
}

// Shutdown tells every client to come back (1012), waits until they have gone
// or CloseWait is over, closes what is left and waits for all goroutines. When
// ctx ends first, the sockets are closed at once and its error is returned.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.stop()
	h.work.wake()
	h.out.end()
	h.each(func(c *client) { c.close(closeRestart, "restart, come back") })
	done := make(chan struct{})
	go func() {
		h.group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	h.each(func(c *client) { c.link.close() })
	select {
	case <-done:
	case <-time.After(h.opt.CloseWait):
	}
	return ctx.Err()
}

// Listened tells whether somebody here listens to the topic, or did a moment ago:
// only then is it worth reading counts for it.
func (h *Hub) Listened(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.topics[name] != nil
}

// Forget drops what the hub remembers of a topic for who comes back: call it when
// rows have been changed, since something in them was taken back. Then call Wake.
func (h *Hub) Forget(name string) {
	t := h.topic(name, false)
	if t == nil {
		return
	}
	defer h.release(t)
	t.mu.Lock()
	t.forgetLocked()
	t.mu.Unlock()
	t.pieces.forget()
	t.shared.forget()
}

// each calls f for every client of the moment, without holding the hub.
func (h *Hub) each(f func(*client)) {
	h.mu.Lock()
	list := make([]*client, 0, len(h.clients))
	for c := range h.clients {
		list = append(list, c)
	}
	h.mu.Unlock()
	for _, c := range list {
		f(c)
	}
}

// EndSession closes all sockets of a session with 4401: signed out, password
// changed, role lost. They may come back and be identified again.
func (h *Hub) EndSession(key string) {
	if key == "" {
		return
	}
	h.noteEnd("session " + key)
	h.each(func(c *client) {
		if c.viewer.SessionKey == key {
			c.close(closeSignIn, "sign in again")
		}
	})
}

// EndPerson closes all sockets of a person with 4401, whatever the session.
func (h *Hub) EndPerson(id string) {
	if id == "" {
		return
	}
	h.noteEnd("person " + id)
	h.each(func(c *client) {
		if c.viewer.ID == id {
			c.close(closeSignIn, "sign in again")
		}
	})
}

// noteEnd remembers an end for the sockets that were identified before it but
// are still on their way through the handshake.
func (h *Hub) noteEnd(what string) {
	h.mu.Lock()
	h.ended[what] = time.Now()
	h.mu.Unlock()
}

// Recheck asks MayJoin again for everybody on the topic and closes with 4403 who
// may not stay. Call it when a room closes to the public or a role is taken.
// Until the answer is known nobody is cut: a fault of the database is no reason.
// It returns when everybody has been asked about.
func (h *Hub) Recheck(name string) {
	t := h.topic(name, false)
	if t == nil {
		return
	}
	defer h.release(t)
	h.spread(t.everybody(), func(m *member) {
		var r *Refusal
		if err := h.mayJoin(h.ctx, m.client.viewer, name); errors.As(err, &r) {
			m.client.close(closeDenied, "not allowed")
		}
	})
}

// Stats are plain counters since Start; Clients and Topics are of this moment.
type Stats struct {
	Clients, Topics int
	Joined          uint64 // joins answered
	Delivered       uint64 // events handed to sockets
	Dropped         uint64 // pieces thrown away because their client was cut
	Slow            uint64 // clients cut for not reading
	Refused         uint64 // sockets and frames turned away
	Hostile         uint64 // sockets closed with 1002, 1008 or 1009
	Panics          uint64 // contained
	QueueHigh       int64  // most pieces that ever waited for one client
}

type counters struct {
	joined, delivered, dropped, slow, refused, hostile, panics atomic.Uint64
	queueHigh                                                  atomic.Int64
}

func (s *counters) high(n int) {
	for {
		old := s.queueHigh.Load()
		if int64(n) <= old || s.queueHigh.CompareAndSwap(old, int64(n)) {
			return
		}
	}
}

// Stats reads the counters.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	clients, topics := len(h.clients), len(h.topics)
	h.mu.Unlock()
	s := &h.stats
	return Stats{
		Clients: clients, Topics: topics, Joined: s.joined.Load(), Delivered: s.delivered.Load(), Dropped: s.dropped.Load(),
		Slow: s.slow.Load(), Refused: s.refused.Load(), Hostile: s.hostile.Load(), Panics: s.panics.Load(), QueueHigh: s.queueHigh.Load(),
	}
}
