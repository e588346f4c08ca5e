//go:build bench && linux

package realtime

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The fan-out figures, part of make bench; alone: make bench BENCH=./realtime.
// Limit is a bare hub in the same run, each in a process of its own.
// MINYI_BENCH_RUNS sets how many runs the middle one is taken of (3).

func benchRuns() int {
	if n, err := strconv.Atoi(os.Getenv("MINYI_BENCH_RUNS")); err == nil && n > 0 {
		return n
	}
	return 3
}

// beside measures both hubs by turns, so that a busy moment of the machine hits
// both, and takes of each the run that is in the middle.
func beside[R any](t *testing.T, measure func(t *testing.T, role string) R, order func(R) time.Duration) (ours, bare R) {
	t.Helper()
	all := map[string][]R{}
	for i := range benchRuns() {
		for _, role := range []string{"bare", "ours"} {
			t.Run(fmt.Sprintf("%s %d", role, i+1), func(t *testing.T) { all[role] = append(all[role], measure(t, role)) })
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	for _, list := range all {
		slices.SortFunc(list, func(a, b R) int { return int(order(a) - order(b)) })
	}
	return all["ours"][len(all["ours"])/2], all["bare"][len(all["bare"])/2]
}

func row(t *testing.T, what, format string, ours, limit, target any) {
	t.Logf("| live, %s | "+format+" | "+format+" | %v |", what, ours, limit, target)
}

func tenth(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

type fanOut struct {
	join, p50, p99, max time.Duration
	cpu                 float64 // µs of the server for each delivery
	memory, stack       float64 // KB of the server for each joined socket
	writes              float64 // for each delivery
	lost                int
}

// fan sends so many events a second for some seconds to everybody who is joined.
func fan(t *testing.T, role string, g guestbook, rooms, rate, seconds, pad int) (r fanOut) {
	s := newServer(t, role)
	empty := s.usage("?gc=1")
	began := time.Now()
	b := s.crowd(g)
	r.join = time.Since(began)
	full := s.usage("?gc=1")
	r.memory, r.stack = (full.RSS-empty.RSS)/float64(g.n), (full.Stack-empty.Stack)/float64(g.n)
	expect := seconds * rate * g.n
	b.late = make([]time.Duration, 0, expect)
	before := s.usage("")
	s.publish(seconds*rate, rate, rooms, pad)
	b.until(time.Duration(seconds+30)*time.Second, func() bool { return b.events+b.wrong >= expect })
	after := s.usage("")
	r.cpu = (after.CPU - before.CPU) / float64(expect)
	r.writes = float64(after.Writes-before.Writes) / float64(expect)
	r.lost = expect - b.events + b.wrong
	r.p50, r.p99, r.max = times(b.late)
	return r
}

func TestFigureFanOut(t *testing.T) {
	for _, c := range []struct {
		clients, rate int
		batch         bool
		target        time.Duration
	}{
		{1000, 10, false, 30 * time.Millisecond}, {5000, 10, false, 120 * time.Millisecond}, {10000, 2, false, 250 * time.Millisecond},
		{10000, 10, false, time.Second}, {10000, 10, true, time.Second},
	} {
		name := fmt.Sprintf("%d people at %d events/s", c.clients, c.rate)
		if c.batch {
			name += ", one frame for what came together"
		}
		t.Run(name, func(t *testing.T) {
			ours, bare := beside(t, func(t *testing.T, role string) fanOut {
				return fan(t, role, guestbook{n: c.clients, batch: c.batch}, 0, c.rate, 5, 100)
			}, func(r fanOut) time.Duration { return r.p99 })
			row(t, name+": p99", "%v", tenth(ours.p99), tenth(bare.p99), "≤ "+c.target.String())
			row(t, name+": p50", "%v", tenth(ours.p50), tenth(bare.p50), "")
			row(t, name+": latest", "%v", tenth(ours.max), tenth(bare.max), "")
			row(t, name+": CPU for each delivery, µs", "%.1f", ours.cpu, bare.cpu, "≤ 15, ≤ 1.25 × limit")
			row(t, name+": writes for each delivery", "%.2f", ours.writes, bare.writes, "")
			row(t, name+": memory of each socket, KB", "%.1f", ours.memory, bare.memory, "≤ 20 (aim 16)")
			row(t, name+": of it stacks, KB", "%.1f", ours.stack, bare.stack, "")
			row(t, name+": all joined", "%v", ours.join.Round(time.Millisecond), bare.join.Round(time.Millisecond), "≤ 5s for 10,000")
			row(t, name+": lost or out of order", "%d", ours.lost, bare.lost, "0")
			if ours.lost != 0 {
				t.Error("events were lost or out of order")
			}
		})
	}
}

// TestFigureRooms shows that many small rooms cost no more than one large one.
func TestFigureRooms(t *testing.T) {
	const people, rooms, rate = 10_000, 200, 2
	byCPU := func(r fanOut) time.Duration { return time.Duration(r.cpu * 1000) }
	small, smallBare := beside(t, func(t *testing.T, role string) fanOut {
		return fan(t, role, guestbook{n: people, topic: func(i int) string { return roomTopic(i % rooms) }}, rooms, rate, 4, 100)
	}, byCPU)
	large, largeBare := beside(t, func(t *testing.T, role string) fanOut {
		return fan(t, role, guestbook{n: people}, 0, rate, 4, 100)
	}, byCPU)
	row(t, "200 rooms of 50 against one of 10,000: CPU for each delivery, ratio", "%.2f", small.cpu/large.cpu, smallBare.cpu/largeBare.cpu, "≤ 1.5 (aim 1.2)")
	row(t, "200 rooms of 50: CPU for each delivery, µs", "%.1f", small.cpu, smallBare.cpu, "≤ 15")
	row(t, "200 rooms of 50: p99", "%v", tenth(small.p99), tenth(smallBare.p99), "")
	row(t, "200 rooms of 50: lost or out of order", "%d", small.lost, smallBare.lost, "0")
	if small.lost+large.lost != 0 {
		t.Error("events were lost or out of order")
	}
}

// TestFigureNotReading: a quarter of the room falls asleep over events of 4 kB.
func TestFigureNotReading(t *testing.T) {
	const people, asleep, rate, seconds = 2000, 500, 10, 10
	type result struct {
		p99  time.Duration
		lost int
		cut  uint64
		rss  float64
	}
	run := func(t *testing.T, sleeping bool) (r result) {
		s := newServer(t, "ours")
		b := s.crowd(guestbook{n: people, window: 16 << 10})
		for _, k := range b.socks[:asleep] {
			if sleeping {
				if err := b.stop(k); err != nil {
					t.Fatal(err)
				}
			}
		}
		awake := people
		if sleeping {
			awake -= asleep
		}
		before := s.usage("?gc=1")
		expect := rate * seconds * awake
		s.publish(rate*seconds, rate, 0, 4000)
		b.until((seconds+20)*time.Second, func() bool { return b.events+b.wrong >= expect })
		after := s.usage("")
		_, r.p99, _ = times(b.late)
		r.lost, r.cut, r.rss = expect-b.events+b.wrong, after.Stats.Slow, (after.RSS-before.RSS)/1024
		return r
	}
	var alone, among []result
	for range benchRuns() {
		t.Run("all read", func(t *testing.T) { alone = append(alone, run(t, false)) })
		t.Run("a quarter does not", func(t *testing.T) { among = append(among, run(t, true)) })
	}
	if t.Failed() {
		t.FailNow()
	}
	by := func(a, b result) int { return int(a.p99 - b.p99) }
	slices.SortFunc(alone, by)
	slices.SortFunc(among, by)
	a, m := alone[len(alone)/2], among[len(among)/2]
	row(t, "500 of 2,000 do not read: p99 of the others (limit: when all read)", "%v", tenth(m.p99), tenth(a.p99), "± 20 %")
	row(t, "500 of 2,000 do not read: lost by the others", "%d", m.lost, a.lost, "0")
	row(t, "500 of 2,000 do not read: sockets cut", "%d", m.cut, a.cut, "500, 0")
	row(t, "500 of 2,000 do not read: memory while they wait, MB", "%.0f", m.rss, a.rss, "")
	if m.lost != 0 || a.cut != 0 {
		t.Error("those who read were hurt")
	}
}

// TestFigureReturn: a hall comes back at once, each having missed a hundred.
func TestFigureReturn(t *testing.T) {
	const people, missed = 5000, 100
	type result struct {
		took time.Duration
		cpu  float64
		lost int
	}
	ours, bare := beside(t, func(t *testing.T, role string) (r result) {
		s := newServer(t, role)
		watcher := s.crowd(guestbook{n: 1})
		s.publish(missed+20, 0, 0, 100)
		if !watcher.until(10*time.Second, func() bool { return watcher.events == missed+20 }) {
			t.Fatal("the events to miss were not published")
		}
		before := s.usage("?gc=1")
		began := time.Now()
		b := s.crowd(guestbook{n: people, since: &Position{"e1", 20}})
		b.until(30*time.Second, func() bool { return b.events+b.wrong >= people*missed })
		r.took = time.Since(began)
		r.cpu = (s.usage("").CPU - before.CPU) / people
		r.lost = people*missed - b.events + b.wrong
		return r
	}, func(r result) time.Duration { return r.took })
	row(t, "5,000 come back, 100 missed each: all caught up", "%v", ours.took.Round(time.Millisecond), bare.took.Round(time.Millisecond), "≤ 5s (aim 2s)")
	row(t, "5,000 come back, 100 missed each: CPU for each join, µs", "%.0f", ours.cpu, bare.cpu, "≤ 460 (aim 276)")
	row(t, "5,000 come back, 100 missed each: lost or double", "%d", ours.lost, bare.lost, "0")
	if ours.lost != 0 {
		t.Error("events were lost or came twice")
	}
}

// TestFigureVotes: everybody says a word within five seconds.
func TestFigureVotes(t *testing.T) {
	const people, during = 5000, 5 * time.Second
	type result struct {
		p50, last time.Duration
		cpu       float64
		missing   int
	}
	ours, bare := beside(t, func(t *testing.T, role string) (r result) {
		s := newServer(t, role)
		b := s.crowd(guestbook{n: people, header: func(i int) string { return fmt.Sprintf("X-Person: p%d\r\n", i) }})
		before := s.usage("?gc=1")
		b.total = people
		began := time.Now()
		for i, k := range b.socks {
			for time.Since(began) < during*time.Duration(i)/people {
				b.once(1)
			}
			if i == people-1 {
				b.said = time.Now()
			}
			if err := k.say(fmt.Sprintf(`{"op":"support","key":"v%d","question":"q","on":true}`, i)); err != nil {
				t.Fatal(err)
			}
		}
		b.until(10*time.Second, func() bool { return len(b.final) == people })
		r.cpu = (s.usage("").CPU - before.CPU) / people
		r.missing = people - len(b.final)
		r.p50, _, r.last = times(b.final)
		return r
	}, func(r result) time.Duration { return r.last })
	row(t, "5,000 vote in 5s: final count on the last phone after the last vote", "%v", tenth(ours.last), tenth(bare.last), "≤ 250ms")
	row(t, "5,000 vote in 5s: final count, p50", "%v", tenth(ours.p50), tenth(bare.p50), "")
	row(t, "5,000 vote in 5s: CPU for each vote, frames of counts included, µs", "%.0f", ours.cpu, bare.cpu, "")
	row(t, "5,000 vote in 5s: phones without the final count", "%d", ours.missing, bare.missing, "0")
	if ours.missing != 0 {
		t.Error("somebody was not told the final count")
	}
}

// TestFigureThinLines: one attendee in ten reads 1 kB a second, a third of what is
// said; the nine others notice nothing.
func TestFigureThinLines(t *testing.T) {
	const people, thin, rate, seconds = 5000, 500, 10, 8
	type result struct {
		p99  time.Duration
		cpu  float64
		lost int
		cut  uint64
	}
	run := func(t *testing.T, some bool) (r result) {
		s := newServer(t, "ours")
		b := s.crowd(guestbook{n: people, window: 4 << 10})
		wide := people
		if some {
			wide -= thin
			for _, k := range b.socks[:thin] {
				if err := b.stop(k); err != nil {
					t.Fatal(err)
				}
			}
			var sipping sync.WaitGroup
			over := make(chan struct{})
			defer sipping.Wait()
			defer close(over)
			sipping.Go(func() {
				turn := time.NewTicker(time.Second / thin)
				defer turn.Stop()
				var glass [1 << 10]byte
				for i := 0; ; i++ {
					select {
					case <-over:
						return
					case <-turn.C:
						_, _ = syscall.Read(b.socks[i%thin].fd, glass[:])
					}
				}
			})
		}
		before := s.usage("?gc=1")
		expect := rate * seconds * wide
		s.publish(rate*seconds, rate, 0, 100)
		b.until((seconds+20)*time.Second, func() bool { return b.events+b.wrong >= expect })
		after := s.usage("")
		_, r.p99, _ = times(b.late)
		r.cpu, r.lost, r.cut = (after.CPU-before.CPU)/float64(rate*seconds*people), expect-b.events+b.wrong, after.Stats.Slow
		return r
	}
	var alone, among []result
	for range benchRuns() {
		t.Run("all lines are wide", func(t *testing.T) { alone = append(alone, run(t, false)) })
		t.Run("one in ten is thin", func(t *testing.T) { among = append(among, run(t, true)) })
	}
	if t.Failed() {
		t.FailNow()
	}
	by := func(a, b result) int { return int(a.p99 - b.p99) }
	slices.SortFunc(alone, by)
	slices.SortFunc(among, by)
	a, m := alone[len(alone)/2], among[len(among)/2]
	row(t, "500 of 5,000 read 1 kB/s: p99 of the others (limit: when all lines are wide)", "%v", tenth(m.p99), tenth(a.p99), "± 20 %")
	row(t, "500 of 5,000 read 1 kB/s: CPU for each delivery, µs", "%.1f", m.cpu, a.cpu, "≤ 15")
	row(t, "500 of 5,000 read 1 kB/s: lost by the others", "%d", m.lost, a.lost, "0")
	row(t, "500 of 5,000 read 1 kB/s: sockets cut", "%d", m.cut, a.cut, "0 so soon")
	if m.lost != 0 || a.cut != 0 {
		t.Error("those who read were hurt")
	}
}
