package realtime

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// client is one socket. Its reader goroutine owns joins and leaves; everything
// under mu may be touched by rounds as well. Lock order: topic, then client.
type client struct {
	mu       sync.Mutex
	draining bool   // under mu, as what follows
	closing  bool   // a close frame is on its way, nothing goes behind it
	gone     bool   // the reader has ended
	view     string // equal for clients who see the same events; never changes
	link     link
	hub      *Hub

	members []*member // under mu
	queue   [][]byte  // under mu: waits for drain
	queued  int       // bytes of it

	viewer Viewer
	addr   string
	asked  time.Time // before the viewer was identified
	slot   uint64

	in     messages // of the reader
	bucket bucket
}

// viewOf names the set of audiences, so that one rendering serves all who share it.
func viewOf(v Viewer) string {
	if v.ID == "" || len(v.Audiences) == 0 {
		return ""
	}
	list := slices.Clone(v.Audiences)
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "\x00")
}

func (c *client) send(p []byte) {
	c.mu.Lock()
	c.sendLocked(p)
	c.mu.Unlock()
}

func (c *client) say(r reply) { c.send(textFrame(nil, r)) }

// sendLocked hands p to the kernel, or puts it behind what already waits. It
// never blocks. False means that the client will not get it; it then has a close
// frame coming and will resume from where it was.
func (c *client) sendLocked(p []byte) bool {
	if c.closing || c.gone {
		return false
	}
	if c.draining {
		return c.enqueueLocked(p)
	}
	n, err := c.link.tryWrite(p)
	if err != nil {
		c.closing = true
		c.link.close()
		return false
	}
	if n < len(p) {
		c.queue, c.queued = append(c.queue, p[n:]), len(p)-n
		c.drainLocked()
	}
	return true
}

// onePiece is up to how many bytes pieces are copied together to spare a write.
const onePiece = 4 << 10

// sendAllLocked sends pieces one behind the other.
func (c *client) sendAllLocked(pieces ...[]byte) {
	var buf []byte
	for _, p := range pieces {
		if len(buf) > 0 && len(buf)+len(p) > onePiece {
			c.sendLocked(buf)
			buf = nil
		}
		if len(p) > onePiece { // what thousands share is not copied
			c.sendLocked(p)
			continue
		}
		buf = append(buf, p...)
	}
	if len(buf) > 0 {
		c.sendLocked(buf)
	}
}

func (c *client) enqueueLocked(p []byte) bool {
	o := &c.hub.opt
	if len(c.queue) >= o.QueueFrames || len(c.queue) > 0 && c.queued+len(p) > o.QueueBytes {
		c.hub.stats.dropped.Add(uint64(len(c.queue) + 1))
		c.hub.stats.slow.Add(1)
		c.closeLocked(closeTooSlow, "too slow, come back")
		return false
	}
	c.queue = append(c.queue, p)
	c.queued += len(p)
	c.hub.stats.high(len(c.queue))
	return true
}

func (c *client) drainLocked() {
	c.draining = true
	c.hub.group.Add(1)
	go c.drain()
}

// drain empties the queue of a client that was too slow for direct writes, and
// ends when it has caught up. Each piece has its own time limit, so that a thin
// line that moves is kept.
func (c *client) drain() {
	defer c.hub.group.Done()
	defer c.hub.contain("drain")
	for {
		c.mu.Lock()
		if len(c.queue) == 0 {
			c.queue, c.queued, c.draining = nil, 0, false
			c.mu.Unlock()
			return
		}
		p := c.queue[0]
		c.queue[0] = nil
		c.queue = c.queue[1:]
		c.queued -= len(p)
		c.mu.Unlock()
		if err := c.link.write(p, time.Now().Add(c.hub.opt.WriteWait)); err != nil {
			c.cut()
			return
		}
	}
}

// cut ends a socket that took nothing for WriteWait: a close frame could only
// land in the middle of another frame.
func (c *client) cut() {
	c.mu.Lock()
	if !c.closing && !c.gone {
		c.hub.stats.slow.Add(1)
	}
	c.hub.stats.dropped.Add(uint64(len(c.queue)))
	c.closing, c.draining, c.queue, c.queued = true, false, nil, 0
	c.mu.Unlock()
	c.link.close()
}

// close says why and lets the reader wait for the answer, CloseWait at most.
func (c *client) close(code int, reason string) {
	c.mu.Lock()
	c.closeLocked(code, reason)
	c.mu.Unlock()
}

func (c *client) closeLocked(code int, reason string) {
	if c.closing || c.gone {
		return
	}
	p := closeFrame(code, reason)
	if c.draining { // behind the piece that is being written, instead of the rest
		c.queue, c.queued = append(c.queue[:0:0], p), len(p)
	} else if n, err := c.link.tryWrite(p); err != nil {
		c.link.close()
	} else if n < len(p) {
		c.queue, c.queued = append(c.queue, p[n:]), len(p)-n
		c.drainLocked()
	}
	c.closing = true
	wait := c.hub.opt.CloseWait
	if c.draining {
		wait += c.hub.opt.WriteWait
	}
	c.link.setReadDeadline(time.Now().Add(wait))
}

// sent tells whether the kernel has taken all that was said.
func (c *client) sent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.draining
}

// alive moves the read deadline on, unless the socket is closing. It tells
// whether frames are still wanted.
func (c *client) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return false
	}
	c.link.setReadDeadline(time.Now().Add(c.hub.opt.PongWait))
	return true
}

func (c *client) member(topic string) *member {
	for _, m := range c.members { // only the reader changes the list
		if m.topic.name == topic {
			return m
		}
	}
	return nil
}

// bucket lets a steady rate through with a burst of twice that.
type bucket struct {
	tokens float64
	at     time.Time
}

func (b *bucket) take(now time.Time, perSecond float64) bool {
	if b.at.IsZero() {
		b.tokens = 2 * perSecond
	} else {
		b.tokens = min(2*perSecond, b.tokens+now.Sub(b.at).Seconds()*perSecond)
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
