package realtime

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Source is where the hub reads what was committed. Several goroutines call it
// at once; each call has a time limit in its context.
type Source interface {
	// Position says how far the topic has come. The epoch changes whenever old
	// numbers lose their meaning, for instance after a restore.
	Position(ctx context.Context, topic string) (epoch string, seq uint64, err error)
	// Since lists the events after a number in ascending order without gaps, at
	// most limit of them. Events that were pruned show as a gap at the start;
	// the hub then falls back to a snapshot.
	Since(ctx context.Context, topic string, after uint64, limit int) ([]Event, error)
	// Snapshot is what the viewer would see on opening the page now, as a JSON
	// object. The hub reads the position before it calls this. Everybody without
	// an ID is shown the same.
	Snapshot(ctx context.Context, who Viewer, topic string) (json.RawMessage, error)
	// MayJoin returns nil, or a *Refusal (not_allowed, unknown_topic). What may
	// not be seen is unknown, not forbidden. It is asked at every join, every
	// poll and after Hub.Recheck.
	MayJoin(ctx context.Context, who Viewer, topic string) error
}

// Counting may be implemented by a Source whose topics have sampled numbers. They are
// read when a topic comes into memory, and when it starts anew: whoever joins with an
// older page is then told what has changed since without a number. After that
// [Hub.Counts] is told them.
type Counting interface {
	// Counts reads the numbers of a topic, a JSON value, and then how far the topic has
	// come; nil for a topic without any.
	Counts(ctx context.Context, topic string) (counts json.RawMessage, after uint64, err error)
}

// Acts are the service verbs that a frame can reach. Do writes durably before it
// returns the id; a repeated key by the same person returns the first id.
type Acts interface {
	Do(ctx context.Context, who Viewer, topic string, frame Frame) (id string, err error)
}

// Viewer is who sits at the other end, as told by the identify function of
// Upgrade. It does not change while the socket lives: when roles change, call
// Hub.EndSession or Hub.Recheck.
type Viewer struct {
	ID         string   // person, or "" for a signed-out reader who sees public events only
	SessionKey string   // what EndSession names; never sent anywhere
	Lang       string   // language of messages, "zh" or "en"
	Audiences  []string // audiences besides the public whose events may be seen
	Who        any      // the caller's own actor, handed back to the ports untouched
}

// Sees tells whether events for the audience may be shown to the viewer.
func (v Viewer) Sees(audience string) bool {
	return audience == "" || v.ID != "" && slices.Contains(v.Audiences, audience)
}

// Event is one committed fact of a topic. Data must be a JSON value and holds
// only what the whole audience may see.
type Event struct {
	Seq      uint64
	Kind     string // past tense, "opinions.published"
	At       time.Time
	Audience string // "" for everybody
	Data     json.RawMessage
}

// Position is a place in a topic as the client knows it.
type Position struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// Codes of error frames. They are part of the protocol; texts are not.
const (
	CodeUnknownOp    = "unknown_op"
	CodeUnknownTopic = "unknown_topic"
	CodeNotAllowed   = "not_allowed"
	CodeSignIn       = "sign_in"
	CodeNotJoined    = "not_joined"
	CodeTooMany      = "too_many"
	CodeInvalid      = "invalid"
	CodeClosed       = "closed"
	CodeUnavailable  = "unavailable"
)

// Refusal is an error that people see: Code for programs, Key with Args (name,
// value pairs) for the sentence, Err for the log only.
type Refusal struct {
	Code string
	Key  string
	Args []any
	Err  error
}

// Error gives the text for logs, never for people.
func (r *Refusal) Error() string {
	if r.Err != nil {
		return r.Code + " " + r.Key + ": " + r.Err.Error()
	}
	return r.Code + " " + r.Key
}

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Err }

func refuse(code, key string, args ...any) *Refusal {
	return &Refusal{Code: code, Key: key, Args: args}
}
