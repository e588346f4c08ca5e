package live

import (
	"context"
	"sync"
	"time"
)

// Pace is how often sampled numbers are sent: every Every while they keep changing,
// and at once when they have been quiet for Quiet, so that everybody sees the last
// number. On the whole that is once in Every; a little is kept in reserve for the
// quiet moments.
type Pace struct{ Quiet, Every time.Duration }

// reserve is how many sendings may follow each other before the pace holds them back.
const reserve = 3

// sampler reads the numbers of topics that change and hands them on in their pace.
type sampler struct {
	s       *Service
	to      Listener
	running sync.WaitGroup

	mu   sync.Mutex
	busy map[string]*sampled
}

// sampled is a topic whose numbers have changed lately.
type sampled struct{ touched chan struct{} }

func newSampler(s *Service, to Listener) *sampler {
	return &sampler{s: s, to: to, busy: map[string]*sampled{}}
}

func (p *sampler) wait() { p.running.Wait() }

// touch notes that the numbers of a topic have changed.
func (p *sampler) touch(ctx context.Context, topic string, f feature) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.busy[topic]
	if t == nil {
		t = &sampled{touched: make(chan struct{}, 1)}
		p.busy[topic] = t
		p.running.Go(func() { p.follow(ctx, topic, f, t) })
	}
	select {
	case t.touched <- struct{}{}:
	default: // it is known already
	}
}

// follow sends a topic's numbers until they have not changed for a while.
func (p *sampler) follow(ctx context.Context, topic string, f feature, t *sampled) {
	quiet, tick := time.NewTimer(f.pace.Quiet), time.NewTicker(f.pace.Every)
	defer quiet.Stop()
	defer tick.Stop()
	left, idle := reserve, 0
	changed, waits := false, false // waits: quiet, but nothing was left
	send := func() {
		// Numbers that could not be read now are read at a later tick.
		changed = !p.send(ctx, topic)
		waits = changed
		left--
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.touched:
			changed, idle = true, 0
			quiet.Reset(f.pace.Quiet)
		case <-quiet.C:
			switch {
			case changed && left > 0:
				send()
			case changed:
				waits = true
			}
		case <-tick.C:
			left = min(reserve, left+1)
			switch {
			case changed && (waits || left > 1):
				send()
			case !changed:
				if idle++; idle >= reserve && p.leave(topic, t) {
					return
				}
			}
		}
	}
}

// leave ends the following of a topic, unless it was touched at this moment.
func (p *sampler) leave(topic string, t *sampled) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(t.touched) > 0 {
		return false
	}
	delete(p.busy, topic)
	return true
}

// send reads the numbers of a topic and hands them on; false when they could not be
// read.
func (p *sampler) send(ctx context.Context, topic string) bool {
	counts, after, err := p.s.Counts(ctx, topic)
	if err != nil {
		if ctx.Err() == nil {
			p.s.log.Warn("live counts wait", "topic", topic, "err", err)
		}
		return false
	}
	if counts != nil {
		p.to.Counts(topic, counts, uint64(after))
	}
	return true
}
