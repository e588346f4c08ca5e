//go:build bench && linux

package realtime

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// crowd is many sockets read by one epoll loop, so that the load maker takes as
// little of the two cores as it can.
type crowd struct {
	to    *syscall.SockaddrInet4
	epoll int
	socks []*sock
	byFD  map[int32]*sock

	joined int             // that were told so
	events int             // that came in order
	wrong  int             // lost, doubled, out of order, or a socket that ended
	late   []time.Duration // of events that say when they were sent
	final  []time.Duration // of counts that reached the total, after lastSaid
	total  int64           // that the counts have to reach
	said   time.Time       // when the last voice was given
}

type sock struct {
	fd    int
	topic string
	rest  []byte // of a frame that is not whole yet
	last  uint64 // number of the last event
	done  bool   // has seen the total
	still bool   // does not read
	gone  bool
}

// guestbook says how the sockets of a crowd come in.
type guestbook struct {
	n      int
	topic  func(i int) string
	batch  bool
	since  *Position
	window int                // bytes of the receive buffer, 0 as the system has it
	header func(i int) string // lines of the request, each ending in CRLF
	path   string
}

func newCrowd(addr string) (*crowd, error) {
	tcp, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return nil, err
	}
	b := &crowd{to: &syscall.SockaddrInet4{Port: tcp.Port, Addr: [4]byte{127, 0, 0, 1}}, byFD: map[int32]*sock{}}
	b.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return b, err
}

// join opens sockets sixteen at a time and waits until every one was answered.
func (b *crowd) join(g guestbook) error {
	socks := make([]*sock, g.n)
	errs := make([]error, 16)
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for i := w; i < g.n && errs[w] == nil; i += len(errs) {
				socks[i], errs[w] = b.dial(g, i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	want := b.joined + g.n
	for _, s := range socks {
		b.socks = append(b.socks, s)
		b.byFD[int32(s.fd)] = s
		b.take(s, nil, time.Now()) // an answer may have come with the handshake
		if err := syscall.EpollCtl(b.epoll, syscall.EPOLL_CTL_ADD, s.fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(s.fd)}); err != nil {
			return err
		}
	}
	if !b.until(20*time.Second, func() bool { return b.joined >= want }) {
		return fmt.Errorf("%d never joined", want-b.joined)
	}
	return nil
}

func (b *crowd) dial(g guestbook, i int) (*sock, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if g.window > 0 {
		if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, g.window); err != nil {
			return nil, err
		}
	}
	if err := syscall.Connect(fd, b.to); err != nil {
		return nil, err
	}
	path, header := g.path, ""
	if path == "" {
		path = "/ws"
	}
	if g.header != nil {
		header = g.header(i)
	}
	request := "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + header + "\r\n"
	if _, err := syscall.Write(fd, []byte(request)); err != nil {
		return nil, err
	}
	buf, n := make([]byte, 4096), 0
	for !bytes.Contains(buf[:n], []byte("\r\n\r\n")) {
		m, err := syscall.Read(fd, buf[n:])
		if err != nil || m == 0 {
			return nil, fmt.Errorf("handshake: %d %v", m, err)
		}
		n += m
	}
	if !bytes.HasPrefix(buf, []byte("HTTP/1.1 101")) {
		return nil, fmt.Errorf("handshake: %.200s", buf[:n])
	}
	_, rest, _ := bytes.Cut(buf[:n], []byte("\r\n\r\n"))
	s := &sock{fd: fd, topic: benchTopic, rest: bytes.Clone(rest)}
	if g.topic != nil {
		s.topic = g.topic(i)
	}
	since := ""
	if g.since != nil {
		s.last = g.since.Seq
		since = fmt.Sprintf(`,"since":{"epoch":%q,"seq":%d}`, g.since.Epoch, g.since.Seq)
	}
	if err := s.say(fmt.Sprintf(`{"op":"join","topic":%q,"key":"j","batch":%v%s}`, s.topic, g.batch, since)); err != nil {
		return nil, err
	}
	return s, syscall.SetNonblock(fd, true)
}

// say sends a frame, masked with zeros.
func (s *sock) say(body string) error {
	frame := []byte{0x81, 0x80 | byte(len(body))}
	if len(body) > 125 {
		frame = []byte{0x81, 0x80 | 126, byte(len(body) >> 8), byte(len(body))}
	}
	_, err := syscall.Write(s.fd, append(append(frame, 0, 0, 0, 0), body...))
	return err
}

// stop leaves a socket open and reads nothing from it any more.
func (b *crowd) stop(s *sock) error {
	s.still = true
	return syscall.EpollCtl(b.epoll, syscall.EPOLL_CTL_DEL, s.fd, nil)
}

func (b *crowd) close() {
	for _, s := range b.socks {
		_ = syscall.Close(s.fd)
	}
	_ = syscall.Close(b.epoll)
}

// until reads until ok, or false after the limit.
func (b *crowd) until(limit time.Duration, ok func() bool) bool {
	for end := time.Now().Add(limit); !ok(); {
		if time.Now().After(end) {
			return false
		}
		b.once(200)
	}
	return true
}

var (
	crowdEvents [1024]syscall.EpollEvent
	crowdBuffer [256 << 10]byte
)

// once reads what has come, waiting for it so many milliseconds at most.
func (b *crowd) once(wait int) {
	n, err := syscall.EpollWait(b.epoll, crowdEvents[:], wait)
	if err != nil {
		return
	}
	if n < 64 {
		// Sleep a little instead of at once in epoll: else the server pays with
		// every write for waking us, which no phone behind a network makes it do.
		defer time.Sleep(time.Millisecond) //house:allow sleep the load maker paces itself, it waits for nothing
	}
	for _, e := range crowdEvents[:n] {
		s := b.byFD[e.Fd]
		m, err := syscall.Read(s.fd, crowdBuffer[:])
		if err == syscall.EAGAIN {
			continue
		}
		if err != nil || m <= 0 {
			b.wrong++
			s.gone = true
			_ = syscall.EpollCtl(b.epoll, syscall.EPOLL_CTL_DEL, s.fd, nil)
			continue
		}
		b.take(s, crowdBuffer[:m], time.Now())
	}
}

// take reads the frames in p.
func (b *crowd) take(s *sock, p []byte, now time.Time) {
	if len(s.rest) > 0 {
		p = append(s.rest, p...)
		s.rest = nil
	}
	for len(p) >= 2 {
		size, head := int(p[1]), 2
		switch {
		case size == 126 && len(p) >= 4:
			size, head = int(p[2])<<8|int(p[3]), 4
		case size == 127 && len(p) >= 10:
			size, head = int(p[6])<<24|int(p[7])<<16|int(p[8])<<8|int(p[9]), 10
		case size >= 126:
			head = len(p) + 1
		}
		if len(p) < head+size {
			break
		}
		b.frame(s, p[head:head+size], now)
		p = p[head+size:]
	}
	if len(p) > 0 {
		s.rest = bytes.Clone(p)
	}
}

var frameStarts = struct{ snapshot, ack, counts, event, events []byte }{
	[]byte(`{"op":"snapshot"`), []byte(`{"op":"ack"`), []byte(`{"op":"counts"`), []byte(`{"op":"event",`), []byte(`{"op":"events"`),
}

func (b *crowd) frame(s *sock, p []byte, now time.Time) {
	switch {
	case bytes.HasPrefix(p, frameStarts.event):
		b.event(s, p, now)
	case bytes.HasPrefix(p, frameStarts.events):
		for _, e := range bytes.Split(p, frameStarts.event)[1:] {
			b.event(s, e, now)
		}
	case bytes.HasPrefix(p, frameStarts.ack):
		if bytes.Contains(p, []byte(`"key":"j"`)) {
			b.joined++
		}
	case bytes.HasPrefix(p, frameStarts.counts):
		if b.total > 0 && !s.done && number(p, `"total":`) == b.total {
			s.done = true
			b.final = append(b.final, now.Sub(b.said))
		}
	case bytes.HasPrefix(p, frameStarts.snapshot):
		s.last = uint64(number(p, `"seq":`))
	}
}

func (b *crowd) event(s *sock, p []byte, now time.Time) {
	seq := uint64(number(p, `"seq":`))
	if seq != s.last+1 {
		b.wrong++
	} else {
		b.events++
	}
	s.last = seq
	if at := number(p, `"sent":`); at > 0 {
		b.late = append(b.late, time.Duration(now.UnixNano()-at))
	}
}

// times gives the middle, the ninety-ninth of a hundred and the last.
func times(list []time.Duration) (p50, p99, most time.Duration) {
	slices.Sort(list)
	if n := len(list); n > 0 {
		p50, p99, most = list[n/2], list[n*99/100], list[n-1]
	}
	return p50, p99, most
}

// number reads the digits after a name.
func number(p []byte, name string) (n int64) {
	i := bytes.Index(p, []byte(name))
	if i < 0 {
		return 0
	}
	for _, c := range p[i+len(name):] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

func numberIn(s, name string) int64 {
	return number([]byte(strings.NewReplacer("\t", "", " ", "").Replace(s)), name)
}
