package realtime

import (
	"encoding/json"
	"sync"
	"time"
)

// topic is what the hub knows of one stream: how far it has read, the latest
// events for who comes back, and who listens.
type topic struct {
	name string

	mu      sync.Mutex
	epoch   string
	seq     uint64    // last event handed to a round
	recent  []*posted // ends with seq
	members []*member
	counts  json.RawMessage // latest, nil until the first
	version uint64          // of counts

	// guarded by Hub.mu
	users    int // joins, polls and members
	lastUsed time.Time

	// guarded by Hub.work.mu
	want    work
	running bool
	queued  bool

	countsAt time.Time // when counts were last sent; only the topic's own turn
	scratch  []*member // of the topic's own turn

	ready  sync.Mutex // held while the first position is read
	loaded bool

	anonMu sync.Mutex
	anon   snapshot
}

// member is one client's place on one topic.
type member struct {
	client *client
	topic  *topic
	batch  bool
	index  int    // in topic.members, under topic.mu
	seq    uint64 // last number the client has, under client.mu
	left   bool   // under client.mu
}

// snapshot is the state of a topic as somebody saw it; seq was read before.
type snapshot struct {
	epoch string
	seq   uint64
	state json.RawMessage
	frame []byte // ready to send
	at    time.Time
}

func (t *topic) addLocked(m *member) {
	m.index = len(t.members)
	t.members = append(t.members, m)
}

func (t *topic) remove(m *member) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := len(t.members) - 1
	if m.index > last || t.members[m.index] != m {
		return
	}
	t.members[m.index] = t.members[last]
	t.members[m.index].index = m.index
	t.members[last] = nil
	t.members = t.members[:last]
}

// position as a client may be told it.
func (t *topic) position() (epoch string, seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.epoch, t.seq
}

// afterLocked lists what came after seq. False: it reaches further back than
// memory does.
func (t *topic) afterLocked(seq uint64) ([]*posted, bool) {
	if seq >= t.seq {
		return nil, true
	}
	missing := t.seq - seq
	if missing > uint64(len(t.recent)) {
		return nil, false
	}
	return t.recent[uint64(len(t.recent))-missing:], true
}

// pushLocked appends new events and forgets the oldest beyond keep. The slice
// that rounds and joins hold is never overwritten.
func (t *topic) pushLocked(list []*posted, keep int) {
	t.recent = append(t.recent, list...)
	if n := len(t.recent); n > 2*keep {
		t.recent = append(make([]*posted, 0, 2*keep), t.recent[n-keep:]...)
	}
	t.seq = list[len(list)-1].seq
}

func (t *topic) countsFrameLocked() []byte {
	if t.counts == nil {
		return nil
	}
	return textFrame(nil, reply{Op: "counts", Topic: t.name, Counts: t.counts})
}

// topic finds a topic in memory and holds it until release; make says whether it
// may be created.
func (h *Hub) topic(name string, make bool) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[name]
	if t == nil && make {
		t = &topic{name: name}
		h.topics[name] = t
	}
	if t != nil {
		t.users++
	}
	return t
}

func (h *Hub) release(t *topic) {
	h.mu.Lock()
	t.users--
	t.lastUsed = time.Now()
	h.mu.Unlock()
}

// forget drops topics that nobody has used for a while, and ends of sessions
// that no handshake can still be under way for.
func (h *Hub) forget(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, t := range h.topics {
		if t.users == 0 && now.Sub(t.lastUsed) > h.opt.Linger {
			delete(h.topics, name)
		}
	}
	for what, at := range h.ended {
		if now.Sub(at) > time.Minute {
			delete(h.ended, what)
		}
	}
}
