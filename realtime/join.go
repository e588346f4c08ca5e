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

// count reads the counts of a topic; nil for one without any.
func (h *Hub) count(ctx context.Context, topic string) (*tally, error) {
	c, ok := h.opt.Source.(Counting)
	if !ok {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.opt.CallWait)
	defer cancel()
	counts, after, err := c.Counts(ctx, topic)
	if err != nil || !json.Valid(counts) {
		return nil, err
	}
	return &tally{counts, after}, nil
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
	if h.isLoaded(t) {
		return nil
	}
	t.ready.Lock()
	defer t.ready.Unlock()
	if h.isLoaded(t) {
		return nil
	}
	epoch, seq, err := h.position(ctx, t.name)
	if err != nil {
		return err
	}
	r, err := h.count(ctx, t.name)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.epoch, t.seq, t.loaded = epoch, seq, true
	if r != nil && t.held == nil && t.counts == nil { // else newer ones have come meanwhile
		t.countedLocked(r)
	}
	t.mu.Unlock()
	h.work.add(t, workEvents) // a wake-up may have come while it was read
	return nil
}

// start is how a reader begins: with a snapshot, or where it stopped.
type start struct {
	epoch    string
	seq      uint64 // what the reader has before the events that follow
	snapshot []byte // frame payload, nil when it resumes
}

// begin decides between catching up and a snapshot.
func (h *Hub) begin(ctx context.Context, who Viewer, t *topic, since *Position) (start, error) {
	if since != nil {
		ok, err := h.resume(ctx, t, *since)
		if err != nil || ok {
			return start{epoch: since.Epoch, seq: since.Seq}, err
		}
	}
	snap, err := h.snapshot(ctx, who, t)
	return start{epoch: snap.epoch, seq: snap.seq, snapshot: snap.frame}, err
}

// resume tells whether the reader can go on where it stopped: it is not too far
// behind, nor of another epoch. What it missed is then in memory.
func (h *Hub) resume(ctx context.Context, t *topic, since Position) (bool, error) {
	t.mu.Lock()
	epoch, seq := t.epoch, t.seq
	_, near := t.afterLocked(since.Seq)
	t.mu.Unlock()
	if since.Epoch != epoch {
		return false, nil
	}
	if since.Seq > seq { // told by another node that is ahead of this one
		epoch, now, err := h.position(ctx, t.name)
		return err == nil && epoch == since.Epoch && since.Seq <= now, err
	}
	if near {
		return true, nil
	}
	return h.recall(ctx, t, since.Seq)
}

// recall reads the events after a number into memory again, once for all who
// come back together, for instance when this process has just started. It is
// false when there are too many, or when they were pruned.
func (h *Hub) recall(ctx context.Context, t *topic, after uint64) (bool, error) {
	t.ready.Lock()
	defer t.ready.Unlock()
	t.mu.Lock()
	era, seq, first, gone := t.era, t.seq, t.firstLocked(), t.gone
	t.mu.Unlock()
	if after+1 >= first {
		return true, nil
	}
	if after < gone || seq-after > uint64(h.opt.MaxCatchUp) {
		return false, nil
	}
	// As many as are kept anyway, for who stopped a little earlier.
	var list []*posted
	for at := max(gone, min(after, seq-min(seq, uint64(h.opt.Recent)))); at+1 < first; {
		page, err := h.since(ctx, t.name, at, pageSize)
		if err != nil {
			return false, err
		}
		if len(page) == 0 {
			list, gone = nil, first-1
			break
		}
		for _, e := range page {
			if e.Seq != at+1 { // pruned up to here
				list, gone = nil, e.Seq-1
			}
			if at = e.Seq; at < first {
				list = append(list, post(t.name, e))
			}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.era != era || t.firstLocked() != first {
		return false, errMoved
	}
	t.gone = gone
	t.recent = append(list, t.recent...)
	_, ok := t.afterLocked(after)
	return ok, nil
}

// errMoved: the topic moved on while a start was prepared; prepare it again.
var errMoved = errors.New("realtime: topic has moved on")

// attach puts a client on a topic and sends its start in one piece, so that no
// event can come between. m is new, or a member that starts anew.
func (h *Hub) attach(m *member, s start, key string, fresh bool) error {
	t, c := m.topic, m.client
	t.mu.Lock()
	defer t.mu.Unlock()
	missed, ok := t.afterLocked(s.seq)
	if t.epoch != s.epoch || !ok {
		return errMoved
	}
	var head, events []byte
	if key != "" {
		head = textFrame(head, reply{Op: "ack", Key: key, ID: t.name})
	}
	if s.snapshot != nil {
		head = appendFrame(head, wsText, s.snapshot)
	}
	if n := uint64(len(missed)); n > 0 {
		what := stretch{from: t.seq - n + 1, to: t.seq, view: c.view, batch: m.batch && n > 1}
		events = t.pieces.get(t.era, what, missed, t.name, &c.viewer)
	}
	counts := t.countsFrameLocked()

	c.mu.Lock()
	defer c.mu.Unlock()
	if m.left || c.gone {
		return nil
	}
	m.era, m.seq, m.counted = t.era, max(s.seq, t.seq), t.version
	if s.seq > t.seq { // the snapshot was ahead of the hub
		h.work.add(t, workEvents)
	}
	if fresh {
		t.addLocked(m)
		c.members = append(c.members, m)
	}
	c.sendAllLocked(head, events, counts)
	h.stats.joined.Add(1)
	h.stats.delivered.Add(uint64(len(missed)))
	return nil
}

// settle begins and attaches, again if the topic moves on meanwhile.
func (h *Hub) settle(ctx context.Context, m *member, since *Position, key string, fresh bool) error {
	for range 5 {
		s, err := h.begin(ctx, m.client.viewer, m.topic, since)
		if errors.Is(err, errMoved) {
			continue
		}
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
	r, err := h.count(h.ctx, t.name)
	if err != nil {
		h.again(t, err)
		return
	}
	t.mu.Lock()
	t.anewLocked(epoch, seq)
	if r != nil {
		t.countedLocked(r)
	}
	t.mu.Unlock()
	h.spread(t.everybody(), func(m *member) {
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
