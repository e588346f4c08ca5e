package limit_test

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"minyi/app/kit/limit"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func fixture(size int) (*clock, *limit.Limiter) {
	c := &clock{time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	return c, limit.New(c.now, size)
}

var rule = limit.Rule{Action: "opinion",
	Person:  limit.Rate{Burst: 3, Per: time.Minute},
	Network: limit.Rate{Burst: 10, Per: time.Minute}}

func passed(l *limit.Limiter, n int, person, network string) (ok int) {
	for range n {
		if l.Allow(rule, person, network).OK {
			ok++
		}
	}
	return ok
}

func TestAllow(t *testing.T) {
	c, l := fixture(0)
	if n := passed(l, 5, "li", "192.0.2.1"); n != 3 {
		t.Fatalf("%d of 5 passed, want 3", n)
	}
	v := l.Allow(rule, "li", "192.0.2.1")
	if v.OK || v.By != "person" || v.RetryAfter != 20*time.Second {
		t.Fatalf("%+v, want to wait 20 s", v)
	}
	c.t = c.t.Add(v.RetryAfter - time.Second)
	if l.Allow(rule, "li", "192.0.2.1").OK {
		t.Fatal("passed before the time told")
	}
	c.t = c.t.Add(time.Second)
	if !l.Allow(rule, "li", "192.0.2.1").OK {
		t.Fatal("held after the time told")
	}
	c.t = c.t.Add(time.Hour)
	if n := passed(l, 5, "li", "192.0.2.1"); n != 3 {
		t.Fatalf("after an hour %d passed: a bucket never holds more than its burst", n)
	}
}

func TestPersonComesBeforeNetwork(t *testing.T) {
	_, l := fixture(0)
	passed(l, 100, "loud", "192.0.2.1")
	// The loud one used 3 of the network's 10; being held took nothing from the others.
	for i := range 7 {
		if v := l.Allow(rule, fmt.Sprint("quiet", i), "192.0.2.1"); !v.OK {
			t.Fatalf("quiet %d is held: %+v", i, v)
		}
	}
	v := l.Allow(rule, "eighth", "192.0.2.1")
	if v.OK || v.By != "network" || v.RetryAfter != 6*time.Second {
		t.Fatalf("%+v, want the network to hold for 6 s", v)
	}
	if n := passed(l, 3, "eighth", "192.0.2.2"); n != 3 {
		t.Fatalf("being held by a network took from the person: %d of 3", n)
	}
}

func TestAllowanceOfAHall(t *testing.T) {
	c, l := fixture(0)
	l.Allowance(netip.MustParsePrefix("192.0.2.0/24"), 50, c.t.Add(time.Hour))
	l.Allowance(netip.MustParsePrefix("2001:db8::/32"), 50, c.t.Add(time.Hour))
	for _, network := range []string{"192.0.2.1", limit.Network("2001:db8::1")} {
		ok := 0
		for i := range 600 {
			if l.Allow(rule, fmt.Sprint(i), network).OK {
				ok++
			}
		}
		if ok != 500 {
			t.Fatalf("%d of 600 in the hall %s passed, want 500", ok, network)
		}
	}
	c.t = c.t.Add(2 * time.Hour)
	ok := 0
	for i := range 600 {
		if l.Allow(rule, fmt.Sprint(i), "192.0.2.1").OK {
			ok++
		}
	}
	if ok != 10 {
		t.Fatalf("after the hearing %d passed, want 10", ok)
	}
}

func TestStrangersAreHeldByTheNetwork(t *testing.T) {
	_, l := fixture(0)
	if n := passed(l, 20, "", "192.0.2.1"); n != 10 {
		t.Fatalf("%d of 20 passed, want 10", n)
	}
	if n := passed(l, 20, "", ""); n != 20 || l.Len() != 1 {
		t.Fatalf("without any name %d of 20 passed, %d buckets", n, l.Len())
	}
	if v := l.Allow(limit.Rule{Action: "free"}, "li", "192.0.2.1"); !v.OK {
		t.Fatal("a rule without rates limits")
	}
}

func TestForgive(t *testing.T) {
	_, l := fixture(0)
	passed(l, 5, "li", "192.0.2.1")
	l.Forgive(rule, "li", "192.0.2.1")
	if n := passed(l, 5, "li", "192.0.2.1"); n != 3 {
		t.Fatalf("%d of 5 passed", n)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	_, l := fixture(100)
	for i := range 10000 {
		l.Allow(rule, fmt.Sprint(i), fmt.Sprint("10.0.0.", i%7))
	}
	if l.Len() > 100 {
		t.Fatalf("%d buckets, at most 100 wanted", l.Len())
	}
}

func TestClockGoingBack(t *testing.T) {
	c, l := fixture(0)
	passed(l, 3, "li", "")
	c.t = c.t.Add(-time.Hour)
	if v := l.Allow(rule, "li", ""); v.OK || v.RetryAfter != 20*time.Second {
		t.Fatalf("%+v", v)
	}
}

func TestManyAtOnce(t *testing.T) {
	_, l := fixture(0)
	var ok atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				if l.Allow(rule, "li", "").OK {
					ok.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if ok.Load() != 3 {
		t.Fatalf("%d passed, want 3", ok.Load())
	}
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "192.0.2.1:443": "192.0.2.1",
		"2001:db8:1:2:3::4": "2001:db8:1:2::/64", "[2001:db8:1:2::9]:80": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "@": "", "nonsense": "",
	} {
		if got := limit.Network(in); got != want {
			t.Errorf("Network(%q) = %q, want %q", in, got, want)
		}
	}
}
