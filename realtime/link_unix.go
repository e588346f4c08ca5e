//go:build unix

package realtime

import (
	"io"
	"net"
	"syscall"
)

// rawConn reads and writes a descriptor. Thousands of small writes then need
// neither a goroutine per socket nor a timer per write, and who waits to read
// needs no buffer. One goroutine reads at a time, and one writes.
type rawConn struct {
	conn syscall.RawConn

	writeStep, readStep func(fd uintptr) bool // one closure each for the life of the socket

	out      []byte
	written  int
	writeErr error

	take    func([]byte)
	readErr error
}

func newRawConn(c net.Conn) *rawConn {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	r := &rawConn{conn: rc}
	r.writeStep, r.readStep = r.writeOnce, r.readOnce
	return r
}

// try writes as far as the kernel takes it at once.
func (r *rawConn) try(p []byte) (int, error) {
	r.out, r.written, r.writeErr = p, 0, nil
	err := r.conn.Write(r.writeStep)
	r.out = nil
	if err == nil {
		err = r.writeErr
	}
	return r.written, err
}

func (r *rawConn) writeOnce(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), r.out)
		switch err {
		case nil:
			r.written = n
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
		default:
			r.writeErr = err
		}
		return true
	}
}

// read waits until bytes come, the deadline is over or the socket is closed.
func (r *rawConn) read(take func([]byte)) error {
	r.take, r.readErr = take, nil
	err := r.conn.Read(r.readStep)
	r.take = nil
	if err == nil {
		err = r.readErr
	}
	return err
}

// readOnce is false when nothing has come; it is then called again when it has.
//
//go:noinline
func (r *rawConn) readOnce(fd uintptr) bool {
	buf := readBuffers.Get().(*[4 << 10]byte)
	defer readBuffers.Put(buf)
	for {
		n, err := syscall.Read(int(fd), buf[:])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return false
		case err != nil:
			r.readErr = err
		case n == 0:
			r.readErr = io.EOF
		default:
			r.take(buf[:n])
		}
		return true
	}
}
