package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// The calls of Source, each with its time limit.

func (h *Hub) position(ctx context.Context, topic string) (string, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, h.opt.CallWait)
	defer cancel()
	return h.opt.Source.Position(ctx, topic)
}

func (h *Hub) since(ctx context.Context, topic string, after uint64, limit int) ([]Event, error) {
	ctx, cancel := context.WithTimeout(ctx, h.opt.CallWait)
	defer cancel()
	return h.opt.Source.Since(ctx, topic, after, limit)
}

func (h *Hub) mayJoin(ctx context.Context, who Viewer, topic string) error {
	ctx, cancel := context.WithTimeout(ctx, h.opt.CallWait)
	defer cancel()
	return h.opt.Source.MayJoin(ctx, who, topic)
}

// enter waits for a place among those who may ask the database: a hall that
// comes back at once must not take all its connections.
func (h *Hub) enter(ctx context.Context) error {
	select {
	case h.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-h.ctx.Done():
		return ErrNotRunning
	}
}

func (h *Hub) exit() { <-h.gate }

// open finds a topic that the viewer may join, with its position known. The
// caller releases it.
func (h *Hub) open(ctx context.Context, who Viewer, name string) (*topic, error) {
	if !validTopic(name) {
		return nil, refuse(CodeUnknownTopic, "realtime.unknown_topic")
	}
	if err := h.mayJoin(ctx, who, name); err != nil {
		return nil, err
	}
	t := h.topic(name, true)
	if err := h.load(ctx, t); err != nil {
		h.release(t)
		return nil, err
	}
	return t, nil
}

func (h *Hub) load(ctx context.Context, t *topic) error {
	t.ready.Lock()
	defer t.ready.Unlock()
	if h.isLoaded(t) {
		return nil
	}
	epoch, seq, err := h.position(ctx, t.name)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.epoch, t.seq, t.loaded = epoch, seq, true
	t.mu.Unlock()
	h.work.add(t, workEvents) // a wake-up may have come while it was read
	return nil
}

// start is how a reader begins: with a snapshot, or with events from memory or
// the database that follow the number it has.
type start struct {
	epoch    string
	seq      uint64 // what the reader has before older
	snapshot []byte // frame payload, nil when it resumes
	older    []*posted
}

func (s *start) end() uint64 {
	if n := len(s.older); n > 0 {
		return s.older[n-1].seq
	}
	return s.seq
}

// begin decides between catching up and a snapshot.
func (h *Hub) begin(ctx context.Context, who Viewer, t *topic, since *Position) (start, error) {
	if since != nil {
		s, ok, err := h.resume(ctx, t, *since)
		if err != nil || ok {
			return s, err
		}
	}
	snap, err := h.snapshot(ctx, who, t)
	return start{epoch: snap.epoch, seq: snap.seq, snapshot: snap.frame}, err
}

// resume is false when the reader is too far behind, or of another epoch.
func (h *Hub) resume(ctx context.Context, t *topic, since Position) (start, bool, error) {
	s := start{epoch: since.Epoch, seq: since.Seq}
	t.mu.Lock()
	epoch, seq := t.epoch, t.seq
	_, near := t.afterLocked(since.Seq)
	t.mu.Unlock()
	if since.Epoch != epoch {
		return s, false, nil
	}
	if since.Seq > seq { // told by another node that is ahead of this one
		epoch, now, err := h.position(ctx, t.name)
		return s, err == nil && epoch == since.Epoch && since.Seq <= now, err
	}
	if near {
		return s, true, nil
	}
	if seq-since.Seq > uint64(h.opt.MaxCatchUp) {
		return s, false, nil
	}
	for s.end() < seq {
		list, err := h.since(ctx, t.name, s.end(), pageSize)
		if err != nil {
			return s, false, err
		}
		if len(list) == 0 || !consecutive(list, s.end()+1) {
			return s, false, nil // pruned
		}
		for _, e := range list {
			s.older = append(s.older, post(t.name, e))
		}
	}
	return s, true, nil
}

// anonAge is how long one snapshot serves all signed-out readers. They get what
// came after it as events, so it is never wrong, and a hall costs one query.
const anonAge = time.Second

func (h *Hub) snapshot(ctx context.Context, who Viewer, t *topic) (snapshot, error) {
	if who.ID != "" {
		return h.readSnapshot(ctx, who, t)
	}
	t.anonMu.Lock()
	defer t.anonMu.Unlock()
	if time.Since(t.anon.at) < anonAge && h.follows(t, t.anon) {
		return t.anon, nil
	}
	s, err := h.readSnapshot(ctx, who, t)
	if err == nil {
		t.anon = s
	}
	return s, err
}

func (h *Hub) follows(t *topic, s snapshot) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.afterLocked(s.seq)
	return ok && t.epoch == s.epoch
}

func (h *Hub) readSnapshot(ctx context.Context, who Viewer, t *topic) (snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, h.opt.CallWait)
	defer cancel()
	at := time.Now()
	epoch, seq, err := h.opt.Source.Position(ctx, t.name) // before the content
	if err != nil {
		return snapshot{}, err
	}
	state, err := h.opt.Source.Snapshot(ctx, who, t.name)
	if err != nil {
		return snapshot{}, err
	}
	if !json.Valid(state) {
		return snapshot{}, errors.New("realtime: the snapshot is not JSON")
	}
	frame := mustJSON(reply{Op: "snapshot", Topic: t.name, Epoch: epoch, Seq: &seq, State: state})
	return snapshot{epoch: epoch, seq: seq, state: state, frame: frame, at: at}, nil
}

// errMoved: the topic moved on while a start was prepared; prepare it again.
var errMoved = errors.New("realtime: topic has moved on")

// attach puts a client on a topic and sends its start in one piece, so that no
// event can come between. m is new, or a member that starts anew.
func (h *Hub) attach(m *member, s start, key string, fresh bool) error {
	t, c := m.topic, m.client
	t.mu.Lock()
	defer t.mu.Unlock()
	missed, ok := t.afterLocked(s.end())
	if t.epoch != s.epoch || !ok {
		return errMoved
	}
	var buf []byte
	if key != "" {
		buf = textFrame(buf, reply{Op: "ack", Key: key, ID: t.name})
	}
	if s.snapshot != nil {
		buf = appendFrame(buf, wsText, s.snapshot)
	}
	list := append(s.older[:len(s.older):len(s.older)], missed...)
	buf = eventsBuffer(buf, t.name, list, &c.viewer, m.batch)
	buf = append(buf, t.countsFrameLocked()...)

	c.mu.Lock()
	defer c.mu.Unlock()
	if m.left || c.gone {
		return nil
	}
	m.seq = max(s.end(), t.seq)
	if s.end() > t.seq { // the snapshot was ahead of the hub
		h.work.add(t, workEvents)
	}
	if fresh {
		t.addLocked(m)
		c.members = append(c.members, m)
	}
	if len(buf) > 0 {
		c.sendLocked(buf)
	}
	h.stats.joined.Add(1)
	h.stats.delivered.Add(uint64(len(list)))
	return nil
}

// settle begins and attaches, again if the topic moves on meanwhile.
func (h *Hub) settle(ctx context.Context, m *member, since *Position, key string, fresh bool) error {
	for range 5 {
		s, err := h.begin(ctx, m.client.viewer, m.topic, since)
		if err != nil {
			return err
		}
		if err = h.attach(m, s, key, fresh); err == nil {
			return nil
		}
		if err = h.follow(ctx, m.topic, s); err != nil {
			return err
		}
	}
	return refuse(CodeUnavailable, "realtime.unavailable")
}

// follow brings the topic to a new epoch that a snapshot has met first.
func (h *Hub) follow(ctx context.Context, t *topic, s start) error {
	if epoch, _ := t.position(); epoch != s.epoch {
		h.work.add(t, workCheck)
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// resync starts a topic anew for everybody on it: after a restore, or when rows
// are missing. It runs in the topic's own turn.
func (h *Hub) resync(t *topic) {
	epoch, seq, err := h.position(h.ctx, t.name)
	if err != nil {
		h.again(t, err)
		return
	}
	t.mu.Lock()
	t.epoch, t.seq, t.recent = epoch, seq, nil
	list := append([]*member(nil), t.members...)
	t.mu.Unlock()
	h.spread(list, func(m *member) {
		if err := h.settle(h.ctx, m, nil, "", false); err != nil {
			m.client.close(closeRestart, "come back") // its own since will be told to reload
		}
	})
}

func (h *Hub) join(c *client, f Frame) error {
	if old := c.member(f.Topic); old != nil {
		h.leave(c, old) // asked again: begin again
	}
	if len(c.members) >= h.opt.MaxTopics {
		return refuse(CodeTooMany, "realtime.too_many_topics", "max", h.opt.MaxTopics)
	}
	ctx, cancel := context.WithTimeout(h.ctx, h.opt.CallWait)
	defer cancel()
	if err := h.enter(ctx); err != nil {
		return err
	}
	defer h.exit()
	t, err := h.open(ctx, c.viewer, f.Topic)
	if err != nil {
		return err
	}
	m := &member{client: c, topic: t, batch: f.Batch}
	if err := h.settle(ctx, m, f.Since, f.Key, true); err != nil {
		h.release(t)
		return err
	}
	return nil
}

func (h *Hub) leave(c *client, m *member) {
	c.mu.Lock()
	m.left = true
	for i, other := range c.members {
		if other == m {
			c.members = append(c.members[:i], c.members[i+1:]...)
			break
		}
	}
	c.mu.Unlock()
	m.topic.remove(m)
	h.release(m.topic)
}
