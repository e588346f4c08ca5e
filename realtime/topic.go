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

	mu          sync.Mutex
	epoch       string
	era         uint64    // grows when the topic starts anew; a pass of an old era serves nobody
	seq         uint64    // last event that was read
	recent      []*posted // ends with seq
	gone        uint64    // numbers up to here cannot be read any more
	shards      []*shard
	size        int             // members in all
	stalled     bool            // reading waits for passes
	counts      json.RawMessage // latest that may be told, nil until the first
	held        *tally          // newer ones, read after events that this hub has not read yet
	version     uint64          // of counts
	countsFrame []byte          // last sent
	countsSent  uint64          // its version

	// guarded by Hub.mu
	users    int // joins, polls and members
	lastUsed time.Time

	// guarded by Hub.work.mu
	want    work
	running bool
	queued  bool

	waiting []*shard // guarded by Hub.out.mu

	countsAt time.Time // when counts were last sent; only the topic's own turn

	ready  sync.Mutex // held while the first position or old events are read
	loaded bool       // under mu

	pieces pieces
	shared sharedSnapshots
}

// member is one client's place on one topic.
type member struct {
	client *client
	topic  *topic
	batch  bool

	// under topic.mu
	shard *shard
	index int

	// under client.mu
	era     uint64
	seq     uint64 // last number the client has
	counted uint64 // version of the counts it has
	left    bool
}

func (t *topic) addLocked(m *member) {
	var s *shard
	for _, other := range t.shards {
		if len(other.members) < shardSize {
			s = other
			break
		}
	}
	if s == nil {
		s = &shard{topic: t, sent: t.seq}
		t.shards = append(t.shards[:len(t.shards):len(t.shards)], s) // writers may hold the old list
	}
	if len(s.members) == 0 {
		s.sent = t.seq
	}
	m.shard, m.index = s, len(s.members)
	s.members = append(s.members, m)
	t.size++
}

func (t *topic) remove(m *member) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := m.shard
	if s == nil {
		return
	}
	last := len(s.members) - 1
	s.members[m.index] = s.members[last]
	s.members[m.index].index = m.index
	s.members[last] = nil
	s.members = s.members[:last]
	m.shard = nil
	t.size--
}

// everybody lists the members of this moment.
func (t *topic) everybody() []*member {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]*member, 0, t.size)
	for _, s := range t.shards {
		list = append(list, s.members...)
	}
	return list
}

// lagLocked is how many events the shard that is furthest behind has to get.
func (t *topic) lagLocked() (lag uint64) {
	for _, s := range t.shards {
		if len(s.members) > 0 && s.sent < t.seq {
			lag = max(lag, t.seq-s.sent)
		}
	}
	return lag
}

// mostBehind is how many events may wait in memory for passes; what comes beyond
// them stays in the database. While many wait they go out together, one write
// for each socket.
const mostBehind = pageSize

// next gives the number after which to read on, or false when passes are too far
// behind: served then tells when to go on.
func (t *topic) next() (seq uint64, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stalled = t.lagLocked() > mostBehind
	return t.seq, !t.stalled
}

// served notes a pass over a shard. True: reading was stalled and may go on.
func (t *topic) served(s *shard, era, last uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if era == t.era {
		s.sent = max(s.sent, last)
	}
	if !t.stalled || t.lagLocked() > mostBehind {
		return false
	}
	t.stalled = false
	return true
}

// anewLocked forgets the past: another epoch, or rows that are missing.
func (t *topic) anewLocked(epoch string, seq uint64) {
	t.epoch, t.seq, t.recent, t.gone, t.held = epoch, seq, nil, 0, nil
	t.era++
	for _, s := range t.shards {
		s.sent = seq
	}
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

// pushLocked appends new events and forgets the oldest beyond keep, unless a
// shard still has to get them. The slice that passes hold is never overwritten.
func (t *topic) pushLocked(list []*posted, keep int) {
	t.recent = append(t.recent, list...)
	t.seq = list[len(list)-1].seq
	if n := len(t.recent); n > 2*keep {
		if keep = max(keep, int(t.lagLocked())); keep < n {
			t.recent = append(make([]*posted, 0, 2*keep), t.recent[n-keep:]...)
		}
	}
}

// forgetLocked drops what is remembered beyond what a shard still has to get: rows
// that have changed since are read anew for whoever comes back.
func (t *topic) forgetLocked() {
	keep := min(int(t.lagLocked()), len(t.recent))
	t.recent = append([]*posted(nil), t.recent[len(t.recent)-keep:]...)
}

// tally is counts as they were read, and the number up to which their topic had come
// after that.
type tally struct {
	counts json.RawMessage
	after  uint64
}

// countedLocked takes counts that were read. They wait until every event that was there
// when they were read can go before them: else they would tell of what nobody knows yet.
func (t *topic) countedLocked(r *tally) {
	t.held = r
	t.releaseLocked()
}

// releaseLocked lets waiting counts out once the topic has come as far as they have.
func (t *topic) releaseLocked() {
	if t.held != nil && t.held.after <= t.seq {
		t.counts, t.held = t.held.counts, nil
		t.version++
	}
}

// ahead tells whether counts wait for events.
func (t *topic) ahead() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held != nil && t.held.after > t.seq
}

// firstLocked is the number of the oldest event in memory.
func (t *topic) firstLocked() uint64 { return t.seq + 1 - uint64(len(t.recent)) }

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
