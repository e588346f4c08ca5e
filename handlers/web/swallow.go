package web

import (
	"net"
	"time"
)

// How much of a body that is too large is read to be forgotten, and for how long.
const (
	mostSwallowed  = 128 << 20
	longestSwallow = 5 * time.Second
	silence        = 200 * time.Millisecond
)

// swallow reads what a client still sends until it falls silent. A connection that is
// closed with bytes unread is reset, and the client, still busy sending, would never
// read why it was refused.
func swallow(conn net.Conn) {
	buf := make([]byte, 64<<10)
	over := time.Now().Add(longestSwallow) //house:allow clock a socket's deadline is wall time
	for n := 0; n < mostSwallowed; {
		quiet := time.Now().Add(silence) //house:allow clock a socket's deadline is wall time
		if quiet.After(over) || conn.SetReadDeadline(quiet) != nil {
			return
		}
		got, err := conn.Read(buf)
		if err != nil {
			return
		}
		n += got
	}
}
