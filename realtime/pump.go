package realtime

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// work is what a topic's next turn has to do.
type work uint8

const (
	workEvents work = 1 << iota // read what is new
	workCheck                   // compare the position first
	workCounts                  // send the counts
)

// pageSize is how many events one call of Since may bring.
const pageSize = 256

// backlog holds the topics that want a turn. A topic is in it once, however
// often it was woken, and has one turn at a time: that keeps its order.
type backlog struct {
	mu   sync.Mutex
	cond sync.Cond
	list []*topic
}

func (b *backlog) add(t *topic, w work) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.want |= w
	if !t.running && !t.queued {
		t.queued = true
		b.list = append(b.list, t)
		b.cond.Signal()
	}
}

func (b *backlog) wake() {
	b.mu.Lock()
	b.cond.Broadcast()
	b.mu.Unlock()
}

// next waits for a topic; nil when the hub stops.
func (b *backlog) next(ctx context.Context) (*topic, work) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.list) == 0 && ctx.Err() == nil {
		b.cond.Wait()
	}
	if ctx.Err() != nil {
		return nil, 0
	}
	t := b.list[0]
	b.list[0] = nil
	b.list = b.list[1:]
	w := t.want
	t.want, t.queued, t.running = 0, false, true
	return t, w
}

func (b *backlog) done(t *topic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.running = false
	if t.want != 0 {
		t.queued = true
		b.list = append(b.list, t)
		b.cond.Signal()
	}
}

// Wake says that topics may have new events. Call it after the commit or on a
// notification; topics that nobody listens to cost nothing. It never blocks.
func (h *Hub) Wake(topics ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range topics {
		if t := h.topics[name]; t != nil {
			h.work.add(t, workEvents)
		}
	}
}

func (h *Hub) pump() {
	for {
		t, w := h.work.next(h.ctx)
		if t == nil {
			return
		}
		func() {
			defer h.work.done(t)
			h.turn(t, w)
		}()
	}
}

func (h *Hub) turn(t *topic, w work) {
	if !h.isLoaded(t) {
		return // whoever loads it reads the position anyway
	}
	if w&workCheck != 0 && !h.check(t) {
		return
	}
	if w&(workEvents|workCheck) != 0 || t.ahead() {
		h.readNew(t)
	}
	h.sendCounts(t)
}

func (h *Hub) isLoaded(t *topic) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.epoch != "" || t.loaded
}

// readNew hands on everything after the topic's position.
func (h *Hub) readNew(t *topic) {
	for h.ctx.Err() == nil {
		seq, ok := t.next()
		if !ok {
			return // the last pass that catches up asks for another turn
		}
		list, err := h.since(h.ctx, t.name, seq, pageSize)
		if err != nil {
			h.again(t, err)
			return
		}
		full := len(list) == pageSize
		for len(list) > 0 && list[0].Seq <= seq {
			list = list[1:]
		}
		if len(list) == 0 {
			return
		}
		if !consecutive(list, seq+1) {
			h.opt.Log.Warn("live: gap in a topic, sending snapshots", "topic", t.name, "after", seq, "next", list[0].Seq)
			h.resync(t)
			return
		}
		h.publish(t, list)
		if !full {
			return
		}
	}
}

func consecutive(list []Event, from uint64) bool {
	for i, e := range list {
		if e.Seq != from+uint64(i) {
			return false
		}
	}
	return true
}

// check compares the position; false when the topic had to start anew.
func (h *Hub) check(t *topic) bool {
	epoch, seq, err := h.position(h.ctx, t.name)
	if err != nil {
		h.again(t, err)
		return false
	}
	have, at := t.position()
	if epoch == have && seq >= at {
		return true
	}
	h.opt.Log.Info("live: topic starts anew", "topic", t.name, "epoch", epoch, "seq", seq)
	h.resync(t)
	return false
}

// again asks for another turn after a fault of the database; sockets stay.
func (h *Hub) again(t *topic, err error) {
	if h.ctx.Err() != nil {
		return
	}
	h.opt.Log.Warn("live: cannot read a topic, trying again", "topic", t.name, "err", err)
	h.mu.Lock()
	d := h.due[t]
	d.retry = time.Now().Add(500 * time.Millisecond)
	h.due[t] = d
	h.mu.Unlock()
	h.poke()
}

func (h *Hub) poke() {
	select {
	case h.nudge <- struct{}{}:
	default:
	}
}

// spread calls f for all members on as many cores as there are. It returns when
// all calls have.
func (h *Hub) spread(list []*member, f func(*member)) {
	const chunk = 64
	var next atomic.Int64
	run := func() {
		defer h.contain("round")
		for {
			from := int(next.Add(chunk)) - chunk
			if from >= len(list) {
				return
			}
			for _, m := range list[from:min(from+chunk, len(list))] {
				f(m)
			}
		}
	}
	helpers := min(runtime.GOMAXPROCS(0), (len(list)+chunk-1)/chunk) - 1
	var wait sync.WaitGroup
	for range helpers {
		wait.Go(run)
	}
	run()
	wait.Wait()
}

// clock gives topics their turn when counts or another try are due.
func (h *Hub) clock() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.nudge:
		case <-timer.C:
		}
		timer.Reset(h.takeDue(time.Now()))
	}
}

func (h *Hub) takeDue(now time.Time) time.Duration {
	wait := time.Hour
	h.mu.Lock()
	defer h.mu.Unlock()
	for t, d := range h.due {
		d.counts = h.dueLocked(t, d.counts, now, workCounts, &wait)
		d.retry = h.dueLocked(t, d.retry, now, workEvents|workCheck, &wait)
		if d == (dueAt{}) {
			delete(h.due, t)
		} else {
			h.due[t] = d
		}
	}
	return wait
}

func (h *Hub) dueLocked(t *topic, at, now time.Time, w work, wait *time.Duration) time.Time {
	switch {
	case at.IsZero():
	case at.After(now):
		*wait = min(*wait, at.Sub(now))
	default:
		h.work.add(t, w)
		return time.Time{}
	}
	return at
}

// keep pings sockets, compares positions and forgets what nobody uses.
func (h *Hub) keep() {
	const slices = 25 // so that pings of thousands do not leave in one moment
	tick := time.NewTicker(max(h.opt.PingEvery/slices, time.Millisecond))
	defer tick.Stop()
	ping := appendFrame(nil, wsPing, nil)
	checked := time.Now()
	for n := uint64(0); ; n++ {
		select {
		case <-h.ctx.Done():
			return
		case now := <-tick.C:
			h.each(func(c *client) {
				if c.slot%slices == n%slices {
					c.send(ping)
				}
			})
			if now.Sub(checked) >= h.opt.PositionEvery {
				checked = now
				h.forget(now)
				h.checkAll()
			}
		}
	}
}

func (h *Hub) checkAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.topics {
		h.work.add(t, workCheck)
	}
}
