package realtime

import (
	"encoding/binary"
	"encoding/json"
	"time"
)

// Operation codes of RFC 6455 §5.2 with the final bit set. Frames are built here
// once and written to all sockets as they are: a server's frames carry no mask.
const (
	wsText  = 0x81
	wsClose = 0x88
	wsPing  = 0x89
	wsPong  = 0x8A
)

// Close codes of the contract.
const (
	closeNormal   = 1000
	closeProtocol = 1002
	closePolicy   = 1008
	closeTooBig   = 1009
	closeInternal = 1011
	closeRestart  = 1012
	closeTooSlow  = 1013
	closeSignIn   = 4401
	closeDenied   = 4403
)

// appendFrame puts a WebSocket frame with payload p behind dst.
func appendFrame(dst []byte, op byte, p []byte) []byte {
	dst = append(dst, op)
	switch n := len(p); {
	case n < 126:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
	return append(dst, p...)
}

func closeFrame(code int, reason string) []byte {
	p := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(reason)), uint16(code))
	return appendFrame(nil, wsClose, append(p, reason...))
}

// reply is every server frame except events, in the order of the contract.
type reply struct {
	Op      string          `json:"op"`
	Topic   string          `json:"topic,omitempty"`
	Epoch   string          `json:"epoch,omitempty"`
	Seq     *uint64         `json:"seq,omitempty"`
	State   json.RawMessage `json:"state,omitempty"`
	Counts  json.RawMessage `json:"counts,omitempty"`
	Key     string          `json:"key,omitempty"`
	ID      string          `json:"id,omitempty"`
	Code    string          `json:"code,omitempty"`
	Message string          `json:"message,omitempty"`
}

type eventFrame struct {
	Op    string          `json:"op"`
	Topic string          `json:"topic"`
	Seq   uint64          `json:"seq"`
	Kind  string          `json:"kind"`
	At    string          `json:"at,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// KindSkip is the kind of a number whose event the viewer may not see.
const KindSkip = "skip"

// posted is an event with its two renderings as JSON, made once.
type posted struct {
	seq      uint64
	audience string
	full     []byte
	skip     []byte // nil for public events
}

func post(topic string, e Event) *posted {
	f := eventFrame{Op: "event", Topic: topic, Seq: e.Seq, Kind: e.Kind, At: e.At.UTC().Format(time.RFC3339Nano), Data: e.Data}
	full, err := json.Marshal(f)
	if err != nil { // not JSON: the number must still go out
		f.Data = nil
		full, _ = json.Marshal(f)
	}
	p := &posted{seq: e.Seq, audience: e.Audience, full: full}
	if e.Audience != "" {
		p.skip, _ = json.Marshal(eventFrame{Op: "event", Topic: topic, Seq: e.Seq, Kind: KindSkip})
	}
	return p
}

// seenBy is the rendering for a viewer.
func (p *posted) seenBy(v *Viewer) []byte {
	if p.audience == "" || v.Sees(p.audience) {
		return p.full
	}
	return p.skip
}

// eventsBuffer renders events as one piece for one write: separate frames, or a
// single "events" frame for who asked for batches.
func eventsBuffer(dst []byte, topic string, list []*posted, v *Viewer, batch bool) []byte {
	if !batch || len(list) < 2 {
		for _, p := range list {
			dst = appendFrame(dst, wsText, p.seenBy(v))
		}
		return dst
	}
	name, _ := json.Marshal(topic)
	body := append([]byte(`{"op":"events","topic":`), name...)
	body = append(body, `,"events":[`...)
	for i, p := range list {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, p.seenBy(v)...)
	}
	return appendFrame(dst, wsText, append(body, "]}"...))
}

// renderedSize is room enough for the events as separate frames or as one.
func renderedSize(list []*posted) (n int) {
	for _, p := range list {
		n += len(p.full) + 4
	}
	return n + 2*maxName
}

func textFrame(dst []byte, r reply) []byte { return appendFrame(dst, wsText, mustJSON(r)) }

// mustJSON renders our own frames. Only foreign JSON in State or Counts can be
// wrong; it is replaced by null rather than breaking the socket.
func mustJSON(r reply) []byte {
	p, err := json.Marshal(r)
	if err != nil {
		r.State, r.Counts = nil, nil
		p, _ = json.Marshal(r)
	}
	return p
}
