package realtime

import (
	"errors"
	"net"
	"time"
)

// link is a socket as the hub needs it; upgrade.go makes one of a WebSocket.
type link interface {
	// read waits for the next message. text is false for a binary one.
	read() (text bool, p []byte, err error)
	// tryWrite writes whole frames as far as the kernel takes them at once. It
	// never waits. Only one goroutine writes at a time.
	tryWrite(p []byte) (int, error)
	// write waits at most until the deadline.
	write(p []byte, deadline time.Time) error
	setReadDeadline(t time.Time)
	// drop throws away what still comes in until the other side has closed or
	// the read deadline is over, so that our close frame is not lost in a reset.
	drop()
	close()
}

var errTooBig = errors.New("realtime: message over the limit")

// sendBuffer bounds what the kernel keeps for one client that does not read; by
// default it would be several MB each. Bytes.
const sendBuffer = 64 << 10

// wire writes to a connection, without waiting where the system can.
type wire struct {
	conn net.Conn
	raw  *rawWriter // nil where the connection has no descriptor, for instance TLS
}

func newWire(conn net.Conn) wire {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // only a saving
	}
	return wire{conn: conn, raw: newRawWriter(conn)}
}

func (w *wire) tryWrite(p []byte) (int, error) {
	if w.raw == nil {
		return 0, nil // everything through the queue and its goroutine
	}
	return w.raw.try(p)
}

func (w *wire) write(p []byte, deadline time.Time) error {
	_ = w.conn.SetWriteDeadline(deadline)
	_, err := w.conn.Write(p)
	_ = w.conn.SetWriteDeadline(time.Time{})
	return err
}
