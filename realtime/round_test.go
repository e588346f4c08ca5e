package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// counting counts how often the store is read.
type counting struct {
	*store
	since, snapshots atomic.Int64
}

func (c *counting) Since(ctx context.Context, topic string, after uint64, limit int) ([]Event, error) {
	c.since.Add(1)
	return c.store.Since(ctx, topic, after, limit)
}

func (c *counting) Snapshot(ctx context.Context, who Viewer, topic string) (json.RawMessage, error) {
	c.snapshots.Add(1)
	return c.store.Snapshot(ctx, who, topic)
}

// SnapshotKey: those in the hall share, the desk has its own.
func (c *counting) SnapshotKey(who Viewer, _ string) string {
	if strings.HasPrefix(who.ID, "p") {
		return "hall"
	}
	return ""
}

// TestHallComesBack: a process that has just started remembers nothing, and
// everybody comes back to it at once.
func TestHallComesBack(t *testing.T) {
	var c *counting
	s := open(t, func(o *Options) { c = &counting{store: o.Source.(*store)}; o.Source = c })
	for range 400 {
		s.store.add(topicA, Event{})
	}
	var wg sync.WaitGroup
	for i := range 60 {
		g, from := s.guest(fmt.Sprintf("p%d", i)), uint64(290+i%20)
		wg.Go(func() {
			g.say(fmt.Sprintf(`{"op":"join","topic":%q,"since":{"epoch":"e1","seq":%d}}`, topicA, from))
			for want := from + 1; want <= 400; want++ {
				if e := g.hear("event"); *e.Seq != want {
					t.Errorf("want %d, got %d", want, *e.Seq)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := c.since.Load(); n > 4 { // two pages of what is missed, and what is new
		t.Error("the store was read again and again:", n)
	}
	if n := c.snapshots.Load(); n != 0 {
		t.Error("nobody needed a snapshot:", n)
	}
}

// TestPrunedIsAskedForOnce: what is gone stays gone.
func TestPrunedIsAskedForOnce(t *testing.T) {
	var c *counting
	s := open(t, func(o *Options) { c = &counting{store: o.Source.(*store)}; o.Source = c })
	for range 100 {
		s.store.add(topicA, Event{})
	}
	s.store.set(func() { s.store.pruned[topicA] = 50 })
	for range 20 {
		g := s.guest("p1")
		g.say(fmt.Sprintf(`{"op":"join","topic":%q,"since":{"epoch":"e1","seq":10}}`, topicA))
		g.hear("snapshot")
		g = s.guest("p2")
		g.say(fmt.Sprintf(`{"op":"join","topic":%q,"since":{"epoch":"e1","seq":98}}`, topicA))
		if e := g.hear("event"); *e.Seq != 99 {
			t.Fatal(*e.Seq)
		}
	}
	if n := c.since.Load(); n > 4 {
		t.Error("the store was read again and again:", n)
	}
}

func TestSnapshotsAreShared(t *testing.T) {
	var c *counting
	s := open(t, func(o *Options) { c = &counting{store: o.Source.(*store)}; o.Source = c })
	join := func(who string) heard {
		g := s.guest(who)
		g.say(`{"op":"join","topic":"` + topicA + `"}`)
		return g.hear("snapshot")
	}
	began := time.Now()
	for range 10 {
		join("p1")
		join("p2")
	}
	if n := c.snapshots.Load(); n != 1 && time.Since(began) < snapshotAge {
		t.Error("who shares a key shares a snapshot, but it was taken so often:", n)
	}
	before := c.snapshots.Load()
	if f := join("desk"); !strings.Contains(string(f.State), `"desk"`) || c.snapshots.Load() != before+1 {
		t.Error("a snapshot of one's own", string(f.State))
	}
	if f := join(""); !strings.Contains(string(f.State), `"mine":""`) {
		t.Error("who is signed out never sees what somebody signed in was shown", string(f.State))
	}
}

// TestEarly: a frame that came in one piece with the handshake is heard.
func TestEarly(t *testing.T) {
	s := open(t, nil)
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.url, "ws://"), "/ws"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ask := "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	join := sent(0x81, `{"op":"join","topic":"`+topicA+`","key":"early"}`)
	if _, err := conn.Write(append([]byte(ask), join[:20]...)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(join[20:]); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(waitLimit))
	var got []byte
	for !strings.Contains(string(got), `"op":"snapshot"`) {
		buf := make([]byte, 1024)
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err, string(got))
		}
		got = append(got, buf[:n]...)
	}
}

// TestLinkOnceClosed: its descriptor may belong to somebody else by now.
func TestLinkOnceClosed(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var l link
	l.open(conn)
	if n, err := l.tryWrite([]byte("a")); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	l.close()
	if n, err := l.tryWrite([]byte("b")); n != 0 || !errors.Is(err, net.ErrClosed) {
		t.Fatal(n, err)
	}
}

// TestReadingWaitsForShards: what passes cannot keep up with stays in the
// database, and nothing that somebody still has to get is forgotten.
func TestReadingWaitsForShards(t *testing.T) {
	tp := &topic{name: topicA}
	for range shardSize + 1 {
		tp.addLocked(&member{})
	}
	if len(tp.shards) != 2 || tp.size != shardSize+1 {
		t.Fatal(len(tp.shards), tp.size)
	}
	push := func(n int) {
		var list []*posted
		for i := range n {
			list = append(list, &posted{seq: tp.seq + uint64(i) + 1})
		}
		tp.pushLocked(list, 16)
	}
	push(200)
	if _, ok := tp.next(); !ok {
		t.Fatal("a page may be under way")
	}
	push(200)
	if tp.served(tp.shards[0], 0, 400); tp.lagLocked() != 400 || len(tp.recent) != 400 {
		t.Fatal("the other shard has to get all", tp.lagLocked(), len(tp.recent))
	}
	if _, ok := tp.next(); ok {
		t.Fatal("reading goes on although a shard is far behind")
	}
	if !tp.served(tp.shards[1], 0, 400) {
		t.Fatal("the pass that catches up says that reading may go on")
	}
	if tp.served(tp.shards[1], 0, 400) {
		t.Fatal("it is said once")
	}
	push(1)
	if len(tp.recent) != 16 {
		t.Fatal("what everybody has is forgotten", len(tp.recent))
	}
	tp.anewLocked("e2", 7)
	if tp.served(tp.shards[0], 0, 401); tp.shards[0].sent != 7 {
		t.Fatal("a pass of an old era counts for nothing")
	}
	for len(tp.shards[0].members) > 0 {
		tp.remove(tp.shards[0].members[0])
	}
	push(300)
	tp.served(tp.shards[1], 1, 307)
	if tp.lagLocked() != 0 {
		t.Fatal("nobody waits in an empty shard", tp.lagLocked())
	}
}

// TestLargeHall: more than one shard, some joined late, all in order.
func TestLargeHall(t *testing.T) {
	s := open(t, nil)
	const people, total = 2*shardSize + 40, 120
	var wg sync.WaitGroup
	for i := range people {
		g := s.guest("")
		g.say(fmt.Sprintf(`{"op":"join","topic":%q,"batch":%t}`, topicA, i%5 == 0))
		wg.Go(func() { hearAll(t, g.conn, total) })
		if i%3 == 0 {
			s.store.add(topicA, Event{})
			s.hub.Wake(topicA)
		}
	}
	for s.store.add(topicA, Event{}) < total {
		s.hub.Wake(topicA)
	}
	s.hub.Wake(topicA)
	wg.Wait()
}

// hearAll reads a snapshot and every event after it up to last.
func hearAll(t *testing.T, conn *websocket.Conn, last uint64) {
	_ = conn.SetReadDeadline(time.Now().Add(waitLimit))
	for next := uint64(0); next <= last; {
		var f heard
		if err := conn.ReadJSON(&f); err != nil {
			t.Error(next, err)
			return
		}
		if f.Op == "snapshot" {
			next = *f.Seq + 1
			continue
		}
		list := f.Events
		if f.Op == "event" {
			list = []heard{f}
		}
		for _, e := range list {
			if *e.Seq != next {
				t.Errorf("want %d, got %d", next, *e.Seq)
				return
			}
			next++
		}
	}
}
