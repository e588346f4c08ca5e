package realtime

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"
)

// admit counts a socket in, or says why not.
func (h *Hub) admit(c *client) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.started || h.closed:
		return ErrNotRunning
	case len(h.clients) >= h.opt.MaxSockets:
		return errFull
	case h.addresses[c.addr] >= h.opt.MaxPerAddress:
		return errCrowded
	case h.ended["session "+c.viewer.SessionKey].After(c.asked) || h.ended["person "+c.viewer.ID].After(c.asked):
		return errEnded
	}
	h.slots++
	c.slot = h.slots
	h.clients[c] = struct{}{}
	h.addresses[c.addr]++
	h.group.Add(1)
	return nil
}

var (
	errFull    = errors.New("realtime: no more sockets in this process")
	errCrowded = errors.New("realtime: no more sockets from this address")
	errEnded   = errors.New("realtime: the session ended during the handshake")
)

// room tells before the upgrade whether a socket would be admitted.
func (h *Hub) room(addr string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.started || h.closed:
		return ErrNotRunning
	case len(h.clients) >= h.opt.MaxSockets:
		return errFull
	case h.addresses[addr] >= h.opt.MaxPerAddress:
		return errCrowded
	}
	return nil
}

// serve reads one socket until it ends. It returns when nothing refers to the
// link any more except a drain that is about to fail.
//
// What waits in read waits for hours, ten thousand times over: the functions on
// that path keep little on the stack, so that it fits the smaller size class.
func (h *Hub) serve(c *client) {
	if !h.welcome(c) {
		return
	}
	defer h.group.Done()
	defer h.dismiss(c)
	defer h.contain("socket")
	c.alive()
	for h.next(c) {
	}
}

func newClient(h *Hub, conn net.Conn, who visitor) *client {
	c := &client{hub: h, viewer: who.viewer, view: viewOf(who.viewer), addr: who.addr, asked: who.asked}
	c.link.open(conn)
	return c
}

// visitor is what the request told before it became a socket.
type visitor struct {
	viewer Viewer
	addr   string
	asked  time.Time
}

//go:noinline
func (h *Hub) welcome(c *client) bool {
	err := h.admit(c)
	if err == nil {
		return true
	}
	h.stats.refused.Add(1)
	_ = c.link.write(closeFrame(admitCode(err), "come back"), time.Now().Add(h.opt.WriteWait))
	c.link.close()
	return false
}

func admitCode(err error) int {
	switch {
	case errors.Is(err, ErrNotRunning):
		return closeRestart
	case errors.Is(err, errEnded):
		return closeSignIn
	}
	return closeTooSlow
}

func (h *Hub) dismiss(c *client) {
	c.mu.Lock()
	members := c.members
	c.members, c.gone = nil, true
	for _, m := range members {
		m.left = true
	}
	c.mu.Unlock()
	c.link.close()
	for _, m := range members {
		m.topic.remove(m)
		h.release(m.topic)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
	if h.addresses[c.addr]--; h.addresses[c.addr] == 0 {
		delete(h.addresses, c.addr)
	}
}

// control takes a ping or pong; they count as frames, or they would be a way
// around the limit.
func (c *client) control(answer []byte) {
	if !c.alive() {
		return
	}
	if !c.bucket.take(time.Now(), float64(c.hub.opt.FramesPerSecond)) {
		c.hub.hostile(c, closePolicy, "too many frames")
		return
	}
	if answer != nil {
		c.send(answer)
	}
}

// next waits for bytes and answers the messages that are whole with them; false
// when there will be no more.
func (h *Hub) next(c *client) bool {
	if !h.answer(c) {
		return false
	}
	if err := c.link.read(c.in.add); err != nil {
		h.finish(c, err)
		return false
	}
	return true
}

//go:noinline
func (h *Hub) answer(c *client) bool {
	for {
		m, ok, err := c.in.next()
		if err != nil {
			h.finish(c, err)
			return false
		}
		if !ok {
			return true
		}
		switch m.op {
		case opPing:
			c.control(appendFrame(nil, wsPong, m.p))
		case opPong:
			c.control(nil)
		default:
			h.take(c, m.op == opText, m.p)
		}
	}
}

//go:noinline
func (h *Hub) finish(c *client, err error) {
	switch {
	case errors.Is(err, errTooBig):
		h.hostile(c, closeTooBig, "too big")
		c.link.drop(c.sent())
	case errors.Is(err, errProtocol):
		h.hostile(c, closeProtocol, "protocol error")
		c.link.drop(c.sent())
	default:
		c.close(closeNormal, "") // an answer to theirs, or a last try
	}
}

//go:noinline
func (h *Hub) take(c *client, text bool, p []byte) {
	if !c.alive() {
		return // closing: what still comes in is not looked at
	}
	if !c.bucket.take(time.Now(), float64(h.opt.FramesPerSecond)) {
		h.hostile(c, closePolicy, "too many frames")
		return
	}
	f, err := parseFrame(p)
	if !text || err != nil {
		h.hostile(c, closePolicy, "malformed")
		return
	}
	h.handle(c, f)
}

func (h *Hub) hostile(c *client, code int, reason string) {
	h.stats.hostile.Add(1)
	c.close(code, reason)
}

// handle answers one frame. A panic in a service ends neither the process nor
// the socket.
func (h *Hub) handle(c *client, f Frame) {
	defer func() {
		if p := recover(); p != nil {
			defer h.contain("frame " + f.Op)
			h.tell(c, f, refuse(CodeUnavailable, "realtime.unavailable"))
			panic(p)
		}
	}()
	var err error
	switch {
	case f.Op == "ping":
		c.say(reply{Op: "pong", Key: f.Key})
	case f.Op == "join":
		err = h.join(c, f)
	case f.Op == "leave":
		if m := c.member(f.Topic); m != nil {
			h.leave(c, m)
		}
		if f.Key != "" {
			c.say(reply{Op: "ack", Key: f.Key, ID: f.Topic})
		}
	case h.verbs[f.Op] && h.opt.Acts != nil:
		err = h.act(c, f)
	default:
		err = refuse(CodeUnknownOp, "realtime.unknown_op")
	}
	if err != nil {
		h.tell(c, f, err)
	}
}

func (h *Hub) act(c *client, f Frame) error {
	if c.viewer.ID == "" {
		return refuse(CodeSignIn, "realtime.sign_in")
	}
	if f.Key == "" {
		return refuse(CodeInvalid, "realtime.key_missing")
	}
	m := c.target(f.Topic)
	if m == nil {
		return refuse(CodeNotJoined, "realtime.not_joined")
	}
	// A write that has begun is finished and acknowledged although the hub stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(h.ctx), h.opt.CallWait)
	defer cancel()
	id, err := h.opt.Acts.Do(ctx, c.viewer, m.topic.name, f)
	if err != nil {
		return err
	}
	c.say(reply{Op: "ack", Key: f.Key, ID: id})
	return nil
}

// target is the joined topic that an act is for. The contract's ask and support
// name none: then it is the room that was joined last, or the only topic.
func (c *client) target(topic string) *member {
	if topic != "" {
		return c.member(topic)
	}
	for i := len(c.members) - 1; i >= 0; i-- {
		if strings.HasPrefix(c.members[i].topic.name, "room:") {
			return c.members[i]
		}
	}
	if len(c.members) == 1 {
		return c.members[0]
	}
	return nil
}

// tell sends an error frame in the viewer's language.
func (h *Hub) tell(c *client, f Frame, err error) {
	h.stats.refused.Add(1)
	r := h.refusal(err)
	c.say(reply{Op: "error", Topic: f.Topic, Key: f.Key, Code: r.Code, Message: h.opt.Translate(c.viewer.Lang, r.Key, r.Args)})
}

// refusal keeps what people may read; everything else goes to the log.
func (h *Hub) refusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	h.opt.Log.Warn("live: a call failed", "err", err)
	return refuse(CodeUnavailable, "realtime.unavailable")
}
