package app_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Hostile requests are written byte by byte: a library would mend or refuse them.

// sent is one request as it goes over the wire.
type sent struct {
	method, target string
	header         []string // name, value, name, value
	body           []byte
	typed          map[string]string // what somebody wrote into a form, by field
}

// bytes is the request with the length that belongs to it.
func (r sent) bytes(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.method, r.target)
	if !r.has("Host") {
		fmt.Fprintf(&b, "Host: %s\r\n", host)
	}
	for i := 0; i+1 < len(r.header); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", r.header[i], r.header[i+1])
	}
	if len(r.body) > 0 || r.method == "POST" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.body))
	}
	b.WriteString("\r\n")
	b.Write(r.body)
	return b.Bytes()
}

func (r sent) has(name string) bool { return r.get(name) != "" }

func (r sent) get(name string) string {
	for i := 0; i+1 < len(r.header); i += 2 {
		if strings.EqualFold(r.header[i], name) {
			return r.header[i+1]
		}
	}
	return ""
}

func (r sent) with(header ...string) sent {
	r.header = append(append([]string{}, r.header...), header...)
	return r
}

// String is the request as a person can read it in the report of a failure.
func (r sent) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %.300q", r.method, r.target)
	for i := 0; i+1 < len(r.header); i += 2 {
		fmt.Fprintf(&b, "\n\t%s: %.120q", r.header[i], r.header[i+1])
	}
	if len(r.body) > 0 {
		fmt.Fprintf(&b, "\n\tbody of %d bytes: %.900q", len(r.body), r.body)
	}
	return b.String()
}

// got is the answer.
type got struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

func (g got) kind() string {
	kind, _, _ := strings.Cut(g.header.Get("Content-Type"), ";")
	return kind
}

// wire is one connection to the program, made again when it was closed.
type wire struct {
	addr, host string
	conn       net.Conn
	in         *bufio.Reader
}

func (s site) wire(host string) *wire {
	return &wire{addr: strings.TrimPrefix(s.url, "http://"), host: host}
}

// patience is how long a hostile request may take; the slowest honest one is a
// sign-in, which takes a tenth of a second by intent.
const patience = 20 * time.Second

// do sends the request and reads the answer. A connection that the program closed
// between two requests is no fault: the request goes out once more on a new one.
func (w *wire) do(r sent) (got, error) {
	for again := 0; ; again++ {
		fresh := w.conn == nil
		if fresh {
			conn, err := net.DialTimeout("tcp", w.addr, patience)
			if err != nil {
				return got{}, err
			}
			w.conn, w.in = conn, bufio.NewReaderSize(conn, 32<<10)
		}
		g, err := w.try(r)
		if err == nil {
			return g, nil
		}
		w.close()
		if fresh || again > 0 {
			return got{}, err
		}
	}
}

func (w *wire) try(r sent) (got, error) {
	_ = w.conn.SetDeadline(time.Now().Add(patience))
	began := time.Now()
	wrote := make(chan error, 1)
	raw := r.bytes(w.host)
	conn := w.conn                                          // closing it forgets it, while this may not have begun
	go func() { _, err := conn.Write(raw); wrote <- err }() // an early refusal is read while the rest is sent
	res, err := http.ReadResponse(w.in, &http.Request{Method: r.method})
	if err != nil {
		return got{}, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return got{}, err
	}
	g := got{res.StatusCode, res.Header, body, time.Since(began)}
	if res.Close || res.StatusCode == http.StatusSwitchingProtocols {
		w.close()
	}
	<-wrote
	return g, nil
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}
