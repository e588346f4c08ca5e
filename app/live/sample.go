package live

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// Pace is how often sampled numbers are sent: every Every while they keep changing,
// and once more when they have been quiet for Quiet, so that everybody sees the last
// number at once. That extra sending happens at most every second Every.
type Pace struct{ Quiet, Every time.Duration }

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
	quiet, due := time.NewTimer(f.pace.Quiet), time.NewTimer(f.pace.Every)
	defer quiet.Stop()
	defer due.Stop()
	changed, last := false, false // last: it has just been sent because it was quiet
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.touched:
			changed = true
			quiet.Reset(f.pace.Quiet)
		case <-quiet.C:
			if changed && !last {
				changed, last = false, true
				p.send(ctx, topic, f)
				due.Reset(2 * f.pace.Every)
			}
		case <-due.C:
			if !changed {
				if p.leave(topic, t) {
					return
				}
				last = false
				due.Reset(f.pace.Every)
				continue
			}
			changed, last = false, false
			p.send(ctx, topic, f)
			due.Reset(f.pace.Every)
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

func (p *sampler) send(ctx context.Context, topic string, f feature) {
	counts, err := f.Counts(ctx, topic)
	if err != nil {
		if ctx.Err() == nil {
			p.s.log.Warn("live counts wait", "topic", topic, "err", err)
		}
		return
	}
	if counts == nil {
		return
	}
	if b, err := json.Marshal(counts); err == nil {
		p.to.Counts(topic, b)
	}
}
