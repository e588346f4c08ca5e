// Package limit holds back who asks too often: by person first, by network
// second. It lives in memory, is bounded, and forgets at a restart; what must
// never be exceeded (tries of a one-time code) is counted in the store.
package limit

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Rate is a token bucket: Burst at once, and Burst again after Per. The zero
// Rate does not limit.
type Rate struct {
	Burst int
	Per   time.Duration
}

func (r Rate) none() bool { return r.Burst <= 0 || r.Per <= 0 }

// Rule is the limit of one action. The person's own bucket decides first: a
// thousand people in a hall share one address and each has their own. The
// network's bucket is the wide net behind it, against one who invents people;
// size it for a full office, and give halls an allowance.
type Rule struct {
	Action  string // names the buckets: sign_in, opinion, receipt
	Person  Rate
	Network Rate
}

// Verdict is the answer to a request. RetryAfter is zero when OK, else the
// time after which one request passes, in whole seconds and at least one. By
// tells which net it was that held: "person" or "network".
type Verdict struct {
	OK         bool
	RetryAfter time.Duration
	By         string
}

// Limiter holds the buckets of everybody seen lately; it is safe for concurrent use.
//
// It remembers at most a given number of buckets (about 200 bytes each). When
// full it forgets the one not asked for the longest: that person gets a fresh
// bucket. Whoever can come from so many networks that this matters is no case
// for a limiter.
type Limiter struct {
	mu      sync.Mutex
	now     func() time.Time
	buckets *simplelru.LRU[key, bucket]
	halls   []hall
}

type key struct{ action, kind, who string }

type bucket struct {
	tokens float64
	at     time.Time
}

type hall struct {
	prefix netip.Prefix
	factor int
	until  time.Time
}

// New makes a limiter that reads the time from now and keeps at most size
// buckets (100,000 when size is not positive).
func New(now func() time.Time, size int) *Limiter {
	if size <= 0 {
		size = 100_000
	}
	lru, _ := simplelru.NewLRU[key, bucket](size, nil) // fails only for sizes ≤ 0
	return &Limiter{now: now, buckets: lru}
}

// Allow asks for one request of an action. Person is whatever names somebody
// lastingly (account, voice, contact key), empty for a stranger, who is held by
// the network alone. Network is the address as [Network] gives it; empty when
// unknown. A request that is held takes nothing from either bucket.
func (l *Limiter) Allow(r Rule, person, network string) Verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	byPerson := person != "" && !r.Person.none()
	byNetwork := network != "" && !r.Network.none()
	pk, nk := key{r.Action, "person", person}, key{r.Action, "network", network}
	wide := r.Network
	if byNetwork {
		wide.Burst *= l.factor(network, now)
	}
	var p, n bucket
	if byPerson {
		p = l.fill(pk, r.Person, now)
		if wait := p.wait(r.Person); wait > 0 {
			return Verdict{RetryAfter: wait, By: "person"}
		}
	}
	if byNetwork {
		n = l.fill(nk, wide, now)
		if wait := n.wait(wide); wait > 0 {
			return Verdict{RetryAfter: wait, By: "network"}
		}
	}
	if byPerson {
		l.buckets.Add(pk, bucket{p.tokens - 1, now})
	}
	if byNetwork {
		l.buckets.Add(nk, bucket{n.tokens - 1, now})
	}
	return Verdict{OK: true}
}

// Forgive gives a person and a network a fresh bucket for an action: after the
// right password, the wrong ones before do not count.
func (l *Limiter) Forgive(r Rule, person, network string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buckets.Remove(key{r.Action, "person", person})
	l.buckets.Remove(key{r.Action, "network", network})
}

// Allowance multiplies the network limits for addresses in prefix until a
// moment: the hall of a hearing behind one address. A factor below 1 is taken as 1.
func (l *Limiter) Allowance(prefix netip.Prefix, factor int, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	kept := l.halls[:0]
	for _, h := range l.halls {
		if h.until.After(now) && h.prefix != prefix {
			kept = append(kept, h)
		}
	}
	l.halls = append(kept, hall{prefix, max(factor, 1), until})
}

// Return gives back what one request took that was let pass and turned out not to
// count: only wrong guesses are to be held.
func (l *Limiter) Return(r Rule, person, network string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, one := range []struct {
		key  key
		rate Rate
	}{{key{r.Action, "person", person}, r.Person}, {key{r.Action, "network", network}, r.Network}} {
		if _, known := l.buckets.Peek(one.key); known && !one.rate.none() {
			b := l.fill(one.key, one.rate, now)
			l.buckets.Add(one.key, bucket{b.tokens + 1, now}) // never more than full: see fill
		}
	}
}

// Len is the number of buckets held, for the metrics.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buckets.Len()
}

func (l *Limiter) factor(network string, now time.Time) int {
	if len(l.halls) == 0 {
		return 1
	}
	addr, err := netip.ParseAddr(network)
	if err != nil {
		p, err := netip.ParsePrefix(network)
		if err != nil {
			return 1
		}
		addr = p.Addr()
	}
	best := 1
	for _, h := range l.halls {
		if h.until.After(now) && h.prefix.Contains(addr) {
			best = max(best, h.factor)
		}
	}
	return best
}

// fill is the bucket as it stands now. A clock that went back adds nothing.
func (l *Limiter) fill(k key, r Rate, now time.Time) bucket {
	b, ok := l.buckets.Get(k)
	if !ok {
		return bucket{float64(r.Burst), now}
	}
	if past := now.Sub(b.at); past > 0 {
		b.tokens += float64(past) / float64(r.Per) * float64(r.Burst)
	}
	b.tokens = min(b.tokens, float64(r.Burst))
	return b
}

// wait is how long until a whole token is there; a hair less than one is one,
// because a sum of fractions may miss it.
func (b bucket) wait(r Rate) time.Duration {
	missing := 1 - b.tokens
	if missing < 1e-9 {
		return 0
	}
	d := time.Duration(missing / float64(r.Burst) * float64(r.Per))
	return (d + time.Second - 1).Truncate(time.Second)
}

// Network is the name under which an address is counted: an IPv4 address
// itself, of an IPv6 address its /64, because one line has all of that.
// Something else, such as a unix socket, has the empty name.
func Network(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		ap, err := netip.ParseAddrPort(addr)
		if err != nil {
			return ""
		}
		a = ap.Addr()
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	return netip.PrefixFrom(a, 64).Masked().String()
}
