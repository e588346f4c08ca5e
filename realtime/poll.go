package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
)

// Poll is what a client without a socket gets for GET /api/v1/live: the frames
// it would have been sent, in their order, and where it stands after them. With
// since nil, or too far back, the first frame is a snapshot. The error is a
// *Refusal where people may know the reason. Answers depend on the viewer: cache
// them privately only.
func (h *Hub) Poll(ctx context.Context, who Viewer, name string, since *Position) (body json.RawMessage, etag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, h.opt.CallWait)
	defer cancel()
	if err := h.enter(ctx); err != nil {
		return nil, "", err
	}
	defer h.exit()
	t, err := h.open(ctx, who, name)
	if err != nil {
		return nil, "", err
	}
	defer h.release(t)
	for range 5 {
		s, err := h.begin(ctx, who, t, since)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if body, etag, ok := t.answer(who, s); ok {
			return body, etag, nil
		}
		if err := h.follow(ctx, t, s); err != nil {
			return nil, "", err
		}
	}
	return nil, "", refuse(CodeUnavailable, "realtime.unavailable")
}

// answer renders a start and what came after it as the body of a poll.
func (t *topic) answer(who Viewer, s start) (body json.RawMessage, etag string, ok bool) {
	t.mu.Lock()
	missed, near := t.afterLocked(s.seq)
	epoch, seq, version, counts := t.epoch, max(t.seq, s.seq), t.version, t.counts
	t.mu.Unlock()
	if epoch != s.epoch || !near {
		return nil, "", false
	}
	frames := []json.RawMessage{}
	if s.snapshot != nil {
		frames = append(frames, s.snapshot)
	}
	for _, p := range missed {
		frames = append(frames, p.seenBy(&who))
	}
	if counts != nil {
		frames = append(frames, mustJSON(reply{Op: "counts", Topic: t.name, Counts: counts}))
	}
	body, err := json.Marshal(struct {
		Topic  string            `json:"topic"`
		Epoch  string            `json:"epoch"`
		Seq    uint64            `json:"seq"`
		Frames []json.RawMessage `json:"frames"`
	}{t.name, epoch, seq, frames})
	if err != nil {
		return nil, "", false
	}
	sum := fnv.New64a()
	fmt.Fprintf(sum, "%s\x00%s\x00%s", who.ID, viewOf(who), epoch)
	return body, fmt.Sprintf(`W/"%x-%d-%d-%d"`, sum.Sum64(), s.seq, seq, version), true
}
