package realtime

import (
	"encoding/json"
	"runtime"
	"sync"
	"time"
)

// shardSize is how many members one pass serves. A pass of a hundred small
// writes takes about a millisecond; then other topics and readers have a turn.
const shardSize = 128

// shard is a part of a topic's members. Several passes may serve it at the same
// time: who got what is decided under each client's own lock.
type shard struct {
	topic   *topic
	members []*member // under topic.mu
	sent    uint64    // number up to which everybody here was served, under topic.mu
	queued  bool      // under writers.mu
}

// writers hands out shards to as many goroutines as there are cores, one shard
// of each topic by turns, so that a small room does not wait for a large hall.
//
// Nothing waits for a round to end: what is new when a shard's turn comes goes
// out with it. Under pressure every shard therefore gets its own few events in
// one write, and is on average half a round late, not a whole one.
type writers struct {
	mu     sync.Mutex
	cond   sync.Cond
	topics []*topic // that have a shard waiting
	ended  bool
}

// add asks for a pass over every shard of the list.
func (w *writers) add(t *topic, list []*shard) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(t.waiting) == 0 {
		w.topics = append(w.topics, t)
	}
	for _, s := range list {
		if !s.queued {
			s.queued = true
			t.waiting = append(t.waiting, s)
		}
	}
	w.cond.Broadcast()
}

// next waits for a shard; nil when the hub stops.
func (w *writers) next() *shard {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.topics) == 0 && !w.ended {
		w.cond.Wait()
	}
	if w.ended {
		return nil
	}
	t := w.topics[0]
	w.topics[0] = nil
	w.topics = w.topics[1:]
	s := t.waiting[0]
	t.waiting[0] = nil
	t.waiting = t.waiting[1:]
	s.queued = false
	if len(t.waiting) > 0 {
		w.topics = append(w.topics, t)
	}
	return s
}

func (w *writers) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.cond.Broadcast()
}

// write is the loop of one writer.
func (h *Hub) write() {
	var p pass
	for s := h.out.next(); s != nil; s = h.out.next() {
		h.serveShard(&p, s)
		runtime.Gosched() // a hall of ten thousand must not keep answers waiting
	}
}

// publish adds events to a topic and has everybody on it served.
func (h *Hub) publish(t *topic, events []Event) {
	list := make([]*posted, len(events))
	for i, e := range events {
		list[i] = post(t.name, e)
	}
	t.mu.Lock()
	t.pushLocked(list, h.opt.Recent)
	t.mu.Unlock()
	h.send(t)
}

// send has every shard of the topic served: by the caller when there is only
// one, which spares waking somebody, else by the writers.
func (h *Hub) send(t *topic) {
	t.mu.Lock()
	list := t.shards
	t.mu.Unlock()
	switch len(list) {
	case 0:
	case 1:
		h.serveShard(&pass{}, list[0])
	default:
		h.out.add(t, list)
	}
}

// pass serves one shard with all that is new on its topic.
type pass struct {
	hub     *Hub
	topic   *topic
	members []*member // copied, so that nobody waits for the writes
	era     uint64
	list    []*posted // ends with last
	last    uint64
	counts  []byte // frame
	version uint64 // of counts
	key     stretch
	piece   []byte // for key
}

func (h *Hub) serveShard(p *pass, s *shard) {
	t := s.topic
	t.mu.Lock()
	p.hub, p.topic = h, t
	p.members = append(p.members[:0], s.members...)
	p.era, p.list, p.last = t.era, t.recent, t.seq
	p.counts, p.version = t.countsFrame, t.countsSent
	p.key, p.piece = stretch{}, nil
	t.mu.Unlock()
	for _, m := range p.members {
		p.serve(m)
	}
	clear(p.members)
	p.list, p.counts, p.piece = nil, nil, nil
	if t.served(s, p.era, p.last) {
		h.work.add(t, workEvents)
	}
}

// serve gives a member what it does not have yet. It may be ahead of the pass
// when its snapshot was.
func (p *pass) serve(m *member) {
	defer p.hub.contain("round")
	c := m.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.left || c.closing || m.era != p.era {
		return
	}
	if m.seq < p.last {
		n := p.last - m.seq
		if n > uint64(len(p.list)) { // cannot be, but a gap must never be sent: it resumes by itself
			p.hub.opt.Log.Error("live: a client fell out of a round", "topic", p.topic.name, "has", m.seq, "last", p.last)
			c.closeLocked(closeRestart, "come back")
			return
		}
		if !c.sendLocked(p.render(m, n)) {
			return
		}
		m.seq = p.last
		p.hub.stats.delivered.Add(n)
	}
	if m.counted < p.version && c.sendLocked(p.counts) {
		m.counted = p.version
	}
}

// render gives the last n events as the member sees them. Nearly everybody in a
// pass has the same coming.
func (p *pass) render(m *member, n uint64) []byte {
	key := stretch{from: p.last - n + 1, to: p.last, view: m.client.view, batch: m.batch && n > 1}
	if p.piece == nil || p.key != key {
		p.key, p.piece = key, p.topic.pieces.get(p.era, key, p.list[uint64(len(p.list))-n:], p.topic.name, &m.client.viewer)
	}
	return p.piece
}

// stretch names a rendering of some events that follow each other.
type stretch struct {
	from, to uint64
	view     string
	batch    bool
}

// pieces keeps the renderings of the moment, so that what thousands get, in a
// round or on coming back together, is put together once.
type pieces struct {
	mu   sync.Mutex
	era  uint64
	to   uint64 // renderings that end earlier are not wanted again
	kept map[stretch][]byte
}

const piecesKept = 32

func (k *pieces) get(era uint64, key stretch, list []*posted, topic string, v *Viewer) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.era != era || k.to < key.to || len(k.kept) >= piecesKept {
		k.era, k.to, k.kept = era, key.to, nil
	}
	b, ok := k.kept[key]
	if !ok {
		b = eventsBuffer(make([]byte, 0, renderedSize(list)), topic, list, v, key.batch)
		if k.kept == nil {
			k.kept = map[stretch][]byte{}
		}
		k.kept[key] = b
	}
	return b
}

// forget drops all renderings.
func (k *pieces) forget() {
	k.mu.Lock()
	k.kept = nil
	k.mu.Unlock()
}

// countsEvery leaves a hall time to breathe: a write costs about 10 µs, so that
// counts take half of one core at most.
func (h *Hub) countsEvery(t *topic) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return h.opt.CountsEvery + time.Duration(t.size)*20*time.Microsecond
}

// sendCounts sends the latest counts if they were not, or asks the clock for the moment
// when it may.
func (h *Hub) sendCounts(t *topic) {
	t.mu.Lock()
	t.releaseLocked()
	sent := t.countsSent == t.version
	t.mu.Unlock()
	if sent {
		return
	}
	now := time.Now()
	if at := t.countsAt.Add(h.countsEvery(t)); now.Before(at) {
		h.mu.Lock()
		d := h.due[t]
		d.counts = at
		h.due[t] = d
		h.mu.Unlock()
		h.poke()
		return
	}
	t.countsAt = now
	t.mu.Lock()
	t.countsFrame, t.countsSent = t.countsFrameLocked(), t.version
	t.mu.Unlock()
	h.send(t)
}

// Counts sets the sampled numbers of a topic, a JSON value. At most one frame
// per topic goes out in CountsEvery, always with the latest; the last value set
// is always sent. Whoever joins later is told it at once. after is how far the topic
// had come once they were read: nobody is sent them before the events up to there.
func (h *Hub) Counts(name string, counts json.RawMessage, after uint64) {
	h.mu.Lock()
	t := h.topics[name]
	h.mu.Unlock()
	if t == nil || !json.Valid(counts) {
		return
	}
	t.mu.Lock()
	t.countedLocked(&tally{append(json.RawMessage(nil), counts...), after})
	t.mu.Unlock()
	h.work.add(t, workCounts)
}
