package realtime

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Frame is one message of a client, with the fields that the contract names.
// Raw is the whole object, so that verbs of later features can read their own.
type Frame struct {
	Op        string          `json:"op"`
	Topic     string          `json:"topic"`
	Key       string          `json:"key"`
	Since     *Position       `json:"since"`
	Batch     bool            `json:"batch"`
	Body      string          `json:"body"`
	Anonymous bool            `json:"anonymous"`
	Question  string          `json:"question"`
	On        bool            `json:"on"`
	Raw       json.RawMessage `json:"-"`
}

const (
	maxDepth = 4   // {"since":{…}} is two; four leaves room to grow
	maxName  = 128 // bytes of a topic, key or epoch
)

var errMalformed = errors.New("realtime: not a frame of the protocol")

// parseFrame reads a client's message. Whatever is not one JSON object with the
// right types is malformed, which ends the socket: an honest client cannot send
// it by accident.
func parseFrame(p []byte) (Frame, error) {
	var f Frame
	if len(p) > maxMessage || !utf8.Valid(p) || !shallow(p) {
		return f, errMalformed
	}
	if err := json.Unmarshal(p, &f); err != nil {
		return Frame{}, errMalformed
	}
	if f.Op == "" || len(f.Op) > maxName || len(f.Topic) > maxName || len(f.Key) > maxName {
		return Frame{}, errMalformed
	}
	if f.Since != nil && len(f.Since.Epoch) > maxName {
		return Frame{}, errMalformed
	}
	f.Raw = json.RawMessage(p)
	return f, nil
}

// shallow tells whether p starts as an object and never nests deeper than
// maxDepth; it costs nothing beside the parser and keeps the parser from
// following a thousand brackets.
func shallow(p []byte) bool {
	depth, quoted, first := 0, false, byte(0)
	for i := 0; i < len(p); i++ {
		b := p[i]
		switch {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return false
			}
		case b == '}' || b == ']':
			depth--
		}
		if first == 0 && b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			first = b
		}
	}
	return first == '{'
}

// validTopic: what a service may name a topic, "consultation:2027-012".
func validTopic(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for i := 0; i < len(s); i++ {
		b := s[i]
		if !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == ':' || b == '-' || b == '_' || b == '.') {
			return false
		}
	}
	return true
}
