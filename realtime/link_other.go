//go:build !unix

package realtime

import "net"

// rawConn is not available here; all writes take the queue and its goroutine.
type rawConn struct{}

func newRawConn(net.Conn) *rawConn { return nil }

func (*rawConn) try([]byte) (int, error) { return 0, nil }

func (*rawConn) read(func([]byte)) error { return nil }
