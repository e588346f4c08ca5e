package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// snapshot is the state of a topic as somebody saw it; seq was read before.
type snapshot struct {
	epoch string
	seq   uint64
	frame []byte // ready to send
	at    time.Time
}

// Sharing may be implemented by a Source whose snapshots are the same for many
// people who are signed in. A hall that comes back then costs one query, not
// one for each.
type Sharing interface {
	// SnapshotKey is equal for all who are shown the same on the topic, and ""
	// for a snapshot of the viewer's own. There should be few of them.
	SnapshotKey(who Viewer, topic string) string
}

const (
	// snapshotAge is how long one snapshot serves all who share it. They get what
	// came after it as events, so it is never wrong.
	snapshotAge = time.Second
	// snapshotsKept bounds the snapshots that a topic keeps.
	snapshotsKept = 32
)

// sharedSnapshots are the snapshots of the moment by what they are shared for.
type sharedSnapshots struct {
	mu   sync.Mutex
	kept map[string]*sharedSnapshot
}

type sharedSnapshot struct {
	mu   sync.Mutex // held while it is read
	snap snapshot
}

func (k *sharedSnapshots) at(key string) *sharedSnapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.kept[key]
	if s == nil {
		if k.kept == nil || len(k.kept) >= snapshotsKept {
			k.kept = map[string]*sharedSnapshot{}
		}
		s = &sharedSnapshot{}
		k.kept[key] = s
	}
	return s
}

// forget drops all snapshots; who reads one at this moment is not kept from it.
func (k *sharedSnapshots) forget() {
	k.mu.Lock()
	k.kept = nil
	k.mu.Unlock()
}

func (h *Hub) snapshotKey(who Viewer, topic string) string {
	if who.ID == "" {
		return "signed out"
	}
	if s, ok := h.opt.Source.(Sharing); ok {
		if key := s.SnapshotKey(who, topic); key != "" {
			return "key " + key
		}
	}
	return ""
}

func (h *Hub) snapshot(ctx context.Context, who Viewer, t *topic) (snapshot, error) {
	key := h.snapshotKey(who, t.name)
	if key == "" {
		return h.readSnapshot(ctx, who, t)
	}
	k := t.shared.at(key)
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.snap.at) < snapshotAge && h.follows(t, k.snap) {
		return k.snap, nil
	}
	s, err := h.readSnapshot(ctx, who, t)
	if err == nil {
		k.snap = s
	}
	return s, err
}

// follows tells whether memory holds everything that came after the snapshot.
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
	return snapshot{epoch: epoch, seq: seq, frame: frame, at: at}, nil
}
