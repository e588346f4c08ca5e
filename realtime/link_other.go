//go:build !unix

package realtime

import "net"

// rawWriter is not available here; all writes take the queue and its goroutine.
type rawWriter struct{}

func newRawWriter(net.Conn) *rawWriter { return nil }

func (*rawWriter) try([]byte) (int, error) { return 0, nil }
