package realtime

import (
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// Operation codes of RFC 6455 §5.2 as a client sends them.
const (
	opContinue = 0x0
	opText     = 0x1
	opBinary   = 0x2
	opClose    = 0x8
	opPing     = 0x9
	opPong     = 0xA
)

var (
	errTooBig   = errors.New("realtime: message over the limit")
	errProtocol = errors.New("realtime: not a frame of RFC 6455")
	errClosed   = errors.New("realtime: closed by the other side")
)

// message is one message of a client, or a ping, pong or close between them.
type message struct {
	op byte
	p  []byte
}

// messages puts messages together from the bytes of a socket (RFC 6455 §5). It
// holds bytes only while a message is not whole: the library's reader keeps its
// buffers, and through them those of the HTTP server, as long as the socket lives.
type messages struct {
	in    []byte // not looked at yet
	op    byte   // of a message in several frames, 0 when there is none
	parts []byte // of it
	count int    // of its frames so far
}

// maxParts bounds the frames of one message: empty ones would otherwise never
// come to an end, nor to the limit of frames a second.
const maxParts = 128

// add takes bytes that have come; p may be used again.
func (m *messages) add(p []byte) { m.in = append(m.in, p...) }

// next gives the next message or control frame; ok is false when more bytes are
// needed. Its payload is the caller's. Errors: errProtocol, errTooBig, errClosed;
// after one of them the socket has nothing more to say.
func (m *messages) next() (msg message, ok bool, err error) {
	for {
		f, rest, ok, err := cutFrame(m.in, maxMessage-len(m.parts))
		if err != nil || !ok {
			return message{}, false, err
		}
		if m.in = rest; len(rest) == 0 {
			m.in = nil
		}
		switch {
		case f.op >= opClose:
			return message{f.op, f.p}, true, checkClose(f)
		case (f.op == opContinue) != (m.op != 0):
			return message{}, false, errProtocol
		case f.final && m.op == 0:
			return message{f.op, f.p}, true, nil
		}
		if f.op != opContinue {
			m.op = f.op
		}
		m.parts = append(m.parts, f.p...)
		if m.count++; m.count > maxParts {
			return message{}, false, errTooBig
		}
		if f.final {
			msg = message{m.op, m.parts}
			m.op, m.parts, m.count = 0, nil, 0
			return msg, true, nil
		}
	}
}

type wsFrame struct {
	op    byte
	final bool
	p     []byte // unmasked
}

// cutFrame takes the first frame off p, if it is whole. What is too long is
// refused as soon as its head says so.
func cutFrame(p []byte, limit int) (f wsFrame, rest []byte, ok bool, err error) {
	if len(p) < 2 {
		return f, p, false, nil
	}
	f.op, f.final = p[0]&0xF, p[0]&0x80 != 0
	size, head, control := uint64(p[1]&0x7F), 2, f.op >= opClose
	switch {
	case p[0]&0x70 != 0, p[1]&0x80 == 0, f.op > opBinary && f.op < opClose, f.op > opPong:
		return f, p, false, errProtocol // extensions were not agreed; a client always masks
	case control && (!f.final || size > 125):
		return f, p, false, errProtocol
	case size == 126:
		head = 4
	case size == 127:
		head = 10
	}
	if len(p) < head {
		return f, p, false, nil
	}
	switch head {
	case 4:
		size = uint64(binary.BigEndian.Uint16(p[2:]))
	case 10:
		if size = binary.BigEndian.Uint64(p[2:]); size>>63 != 0 {
			return f, p, false, errProtocol // the highest bit of a length is 0
		}
	}
	if !control && size > uint64(max(limit, 0)) {
		return f, p, false, errTooBig
	}
	end := head + 4 + int(size)
	if len(p) < end {
		return f, p, false, nil
	}
	mask := p[head : head+4]
	f.p = p[head+4 : end : end]
	for i := range f.p {
		f.p[i] ^= mask[i&3]
	}
	return f, p[end:], true, nil
}

// checkClose gives errClosed for a proper close frame and nil for the others.
func checkClose(f wsFrame) error {
	if f.op != opClose {
		return nil
	}
	switch {
	case len(f.p) == 1:
		return errProtocol
	case len(f.p) >= 2 && (!mayBeSent(binary.BigEndian.Uint16(f.p)) || !utf8.Valid(f.p[2:])):
		return errProtocol
	}
	return errClosed
}

// mayBeSent are the close codes that may stand in a frame (RFC 6455 §7.4).
func mayBeSent(code uint16) bool {
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014, code >= 3000 && code <= 4999:
		return true
	}
	return false
}
