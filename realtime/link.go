package realtime

import (
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// sendBuffer bounds what the kernel keeps for one client that does not read; by
// default it would be several MB each. Bytes.
const sendBuffer = 64 << 10

// readBuffers lend the room for one read; a socket has it only while bytes come.
var readBuffers = sync.Pool{New: func() any { return new([4 << 10]byte) }}

// link is the connection under a WebSocket. It neither waits to write nor holds
// a buffer to read where the system lets it.
//
// A round of ten thousand writes touches ten thousand links, none of them in the
// processor's cache: what a write needs stands together, and the descriptor is
// used directly, with mu to keep it from being closed, and then given to somebody
// else, in the middle.
type link struct {
	mu     sync.Mutex
	closed bool
	fd     int // -1 where there is none to use, for instance under TLS
	conn   net.Conn
	raw    syscall.RawConn
	rd     reading
}

// reading is what the waiting reader left for the moment when bytes come.
type reading struct {
	step func(fd uintptr) bool // one closure for the life of the socket
	take func([]byte)
	err  error
}

func (l *link) open(conn net.Conn) {
	l.conn, l.fd = conn, -1
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // only a saving
	}
	l.useDescriptor()
}

// read waits for bytes and hands them to take, whose argument is valid only for
// the call. At the end of the socket or of the deadline it gives an error.
func (l *link) read(take func([]byte)) error {
	if l.raw != nil {
		l.rd.take, l.rd.err = take, nil
		err := l.raw.Read(l.rd.step)
		if err == nil {
			err = l.rd.err
		}
		return err
	}
	var p [512]byte
	n, err := l.conn.Read(p[:])
	if n > 0 {
		take(p[:n])
		return nil
	}
	return err
}

// write waits at most until the deadline.
func (l *link) write(p []byte, deadline time.Time) error {
	_ = l.conn.SetWriteDeadline(deadline)
	_, err := l.conn.Write(p)
	_ = l.conn.SetWriteDeadline(time.Time{})
	return err
}

func (l *link) setReadDeadline(t time.Time) { _ = l.conn.SetReadDeadline(t) }

// drop throws away what still comes in until the other side has closed or the
// read deadline is over, so that our close frame is not lost in a reset. With ended,
// nothing is left to be sent: clients that wait for our end then need not wait for
// the deadline, since the answer to our close frame is not looked for here.
func (l *link) drop(ended bool) {
	if tcp, ok := l.conn.(*net.TCPConn); ok && ended {
		_ = tcp.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, l.conn)
}

func (l *link) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	_ = l.conn.Close()
}
