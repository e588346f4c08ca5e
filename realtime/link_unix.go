//go:build unix

package realtime

import (
	"net"
	"syscall"
)

// rawWriter writes to a descriptor without ever waiting. Thousands of small
// writes then need neither a goroutine per socket nor a timer per write.
type rawWriter struct {
	conn syscall.RawConn
	step func(fd uintptr) bool
	p    []byte
	n    int
	err  error
}

func newRawWriter(c net.Conn) *rawWriter {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	w := &rawWriter{conn: rc}
	w.step = w.once // one closure for the life of the socket
	return w
}

func (w *rawWriter) try(p []byte) (int, error) {
	w.p, w.n, w.err = p, 0, nil
	err := w.conn.Write(w.step)
	w.p = nil
	if err == nil {
		err = w.err
	}
	return w.n, err
}

func (w *rawWriter) once(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), w.p)
		switch err {
		case nil:
			w.n = n
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
		default:
			w.err = err
		}
		return true
	}
}
