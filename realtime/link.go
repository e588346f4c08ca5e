package realtime

import (
	"io"
	"net"
	"sync"
	"time"
)

// link is a connection as the hub needs it; upgrade.go hands over one.
type link interface {
	// read waits for bytes and hands them to take, whose argument is valid only
	// for the call. Nothing is held while it waits. At the end it gives an error.
	read(take func([]byte)) error
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

// sendBuffer bounds what the kernel keeps for one client that does not read; by
// default it would be several MB each. Bytes.
const sendBuffer = 64 << 10

// readBuffers lend the room for one read; a socket has it only while bytes come.
var readBuffers = sync.Pool{New: func() any { return new([4 << 10]byte) }}

// wire is a link over a connection. It neither waits to write nor holds a buffer
// to read where the system lets it.
type wire struct {
	conn net.Conn
	raw  *rawConn // nil where the connection has no descriptor, for instance TLS
}

func newWire(conn net.Conn) *wire {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // only a saving
	}
	return &wire{conn: conn, raw: newRawConn(conn)}
}

func (w *wire) read(take func([]byte)) error {
	if w.raw != nil {
		return w.raw.read(take)
	}
	var p [512]byte
	n, err := w.conn.Read(p[:])
	if n > 0 {
		take(p[:n])
		return nil
	}
	return err
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

func (w *wire) setReadDeadline(t time.Time) { _ = w.conn.SetReadDeadline(t) }

func (w *wire) drop() { _, _ = io.Copy(io.Discard, w.conn) }

func (w *wire) close() { _ = w.conn.Close() }
