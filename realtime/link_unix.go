//go:build unix

package realtime

import (
	"io"
	"net"
	"syscall"
)

func (l *link) useDescriptor() {
	sc, ok := l.conn.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	l.raw, l.rd.step = raw, l.readOnce
	_ = raw.Control(func(fd uintptr) { l.fd = int(fd) })
}

// tryWrite writes as far as the kernel takes it at once; it never waits.
// Thousands of small writes then need neither a goroutine per socket nor a timer
// per write. Only one goroutine writes at a time.
func (l *link) tryWrite(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, net.ErrClosed
	}
	for l.fd >= 0 {
		n, err := writeNow(l.fd, p)
		switch err {
		case nil:
			return n, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, nil
		}
		return 0, err
	}
	return 0, nil // through the queue and its goroutine
}

// readOnce is false when nothing has come; it is then called again when it has.
//
//go:noinline
func (l *link) readOnce(fd uintptr) bool {
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
			l.rd.err = err
		case n == 0:
			l.rd.err = io.EOF
		default:
			l.rd.take(buf[:n])
		}
		return true
	}
}
