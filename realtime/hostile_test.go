package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

func TestHostile(t *testing.T) {
	deep := strings.Repeat(`{"since":`, 400) + "1" + strings.Repeat("}", 400)
	text := func(p string) func(*guest) {
		return func(g *guest) { _ = g.conn.WriteMessage(websocket.TextMessage, []byte(p)) }
	}
	cases := map[string]struct {
		code int
		do   func(*guest)
	}{
		"over 16 KiB":          {closeTooBig, text(`{"op":"ask","body":"` + strings.Repeat("民", 6000) + `"}`)},
		"64 MiB":               {closeTooBig, func(g *guest) { _ = g.conn.WriteMessage(websocket.TextMessage, make([]byte, 64<<20)) }},
		"not JSON":             {closePolicy, text(`hello`)},
		"empty":                {closePolicy, text(``)},
		"half an object":       {closePolicy, text(`{"op":"ping"`)},
		"two objects":          {closePolicy, text(`{"op":"ping"}{"op":"ping"}`)},
		"an array":             {closePolicy, text(`[{"op":"ping"}]`)},
		"null":                 {closePolicy, text(`null`)},
		"no op":                {closePolicy, text(`{"topic":"room:A"}`)},
		"deep":                 {closePolicy, text(deep)},
		"op is a number":       {closePolicy, text(`{"op":7}`)},
		"since is text":        {closePolicy, text(`{"op":"join","topic":"room:A","since":"7"}`)},
		"seq is negative":      {closePolicy, text(`{"op":"join","topic":"room:A","since":{"epoch":"e1","seq":-1}}`)},
		"seq is a fraction":    {closePolicy, text(`{"op":"join","topic":"room:A","since":{"epoch":"e1","seq":1.5}}`)},
		"on is text":           {closePolicy, text(`{"op":"support","key":"k","question":"q","on":"yes"}`)},
		"broken UTF-8":         {closePolicy, text("{\"op\":\"ask\",\"body\":\"\xff\"}")},
		"binary":               {closePolicy, func(g *guest) { _ = g.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"op":"ping"}`)) }},
		"a very long topic":    {closePolicy, text(`{"op":"join","topic":"room:` + strings.Repeat("A", 300) + `"}`)},
		"flood of frames":      {closePolicy, func(g *guest) { flood(g, websocket.TextMessage) }},
		"flood of pings":       {closePolicy, func(g *guest) { flood(g, websocket.PingMessage) }},
		"unsolicited pongs":    {closePolicy, func(g *guest) { flood(g, websocket.PongMessage) }},
		"a frame not unmasked": {1002, func(g *guest) { _, _ = g.conn.NetConn().Write([]byte{0x81, 0x02, '{', '}'}) }},
	}
	s := open(t, nil)
	bystander := s.guest("p9")
	bystander.say(`{"op":"join","topic":"` + topicA + `"}`)
	bystander.hear("snapshot")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := s.guest("p1")
			g.t = t
			c.do(g)
			g.closed(c.code)
			bystander.t = t
			s.store.add(topicA, Event{})
			s.hub.Wake(topicA)
			bystander.hear("event")
		})
	}
	until(t, "hostile sockets are gone", func() bool { return s.hub.Stats().Clients == 1 })
	if n := s.hub.Stats().Panics; n != 0 {
		t.Fatal("panics:", n)
	}
}

func flood(g *guest, kind int) {
	for range 500 {
		if g.conn.WriteMessage(kind, []byte(`{"op":"ping"}`)) != nil {
			return
		}
	}
}

func TestOrigin(t *testing.T) {
	s := open(t, nil)
	cases := []struct {
		origin, cookie string
		want           int
	}{
		{"https://minyi.example", "session=p1", 101},
		{"https://minyi.example:8443", "session=p1", 101},
		{"", "", 101},
		{"", "session=p1", 403}, // a browser always says where it comes from
		{"https://minyi.example.evil.test", "", 403},
		{"https://evil-minyi.example", "", 403},
		{"https://a.minyi.example", "", 403},
		{"https://minyi.example:443", "", 403},
		{"https://minyi.example:9443", "", 403},
		{"https://minyi.example/", "", 403},
		{"https://minyi.example@evil.test", "", 403},
		{"HTTPS://MINYI.EXAMPLE", "", 403},
		{"http://minyi.example", "", 403},
		{"https://minyi.exampl", "", 403},
		{"null", "", 403},
		{"*", "", 403},
	}
	for _, c := range cases {
		h := http.Header{}
		if c.origin != "" {
			h.Set("Origin", c.origin)
		}
		if c.cookie != "" {
			h.Set("Cookie", c.cookie)
		}
		conn, res, err := s.dial("", h)
		if res == nil {
			t.Fatal(c, err)
		}
		if res.StatusCode != c.want {
			t.Errorf("%+v: got %d", c, res.StatusCode)
		}
		if conn != nil {
			conn.Close()
		}
	}
	if _, res, _ := s.dial("", http.Header{"Origin": {"https://minyi.example", "https://evil.test"}}); res == nil || res.StatusCode != 403 {
		t.Error("two origins must be refused", res)
	}
	if res, err := http.Get(strings.Replace(s.url, "ws://", "http://", 1)); err != nil || res.StatusCode != 426 {
		t.Error("a plain request is told to upgrade", res, err)
	} else {
		res.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestUpgrade(t *testing.T) {
	t.Run("a refused identity is the answer of the request", func(t *testing.T) {
		s := open(t, nil)
		if _, res, _ := s.dial("?ticket=used", nil); res == nil || res.StatusCode != 401 {
			t.Fatal(res)
		}
	})
	t.Run("a full house says when to come back", func(t *testing.T) {
		for want, change := range map[int]func(*Options){
			429: func(o *Options) { o.MaxPerAddress = 2 },
			503: func(o *Options) { o.MaxSockets = 2 },
		} {
			s := open(t, change)
			a, b := s.guest(""), s.guest("")
			until(t, "both are in", func() bool { return s.hub.Stats().Clients == 2 })
			b.say(`{"op":"ping"}`)
			b.hear("pong")
			if _, res, _ := s.dial("", nil); res == nil || res.StatusCode != want || res.Header.Get("Retry-After") == "" {
				t.Fatal(want, res)
			}
			a.conn.Close()
			until(t, "the place is free again", func() bool { return s.hub.Stats().Clients == 1 })
			s.guest("").say(`{"op":"ping"}`)
		}
	})
}

func TestSlowClient(t *testing.T) {
	big := json.RawMessage(`{"text":"` + strings.Repeat("长", 20_000) + `"}`)
	slow := func(t *testing.T, change func(*Options)) (*site, *guest) {
		s := open(t, change)
		d := websocket.Dialer{HandshakeTimeout: waitLimit, NetDialContext: smallBuffer}
		conn, _, err := d.Dial(s.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		g := &guest{t, conn}
		g.say(`{"op":"join","topic":"` + topicA + `"}`)
		g.hear("snapshot")
		return s, g
	}
	feed := func(t *testing.T, s *site, others []*guest, until func() bool) {
		for n := 0; !until(); n++ {
			if n > 2000 {
				t.Fatal("the slow client was never cut")
			}
			s.store.add(topicA, Event{Data: big})
			s.hub.Wake(topicA)
			for _, g := range others {
				g.hear("event")
			}
		}
	}
	readers := func(s *site) (list []*guest) {
		for range 3 {
			g := s.guest("")
			g.say(`{"op":"join","topic":"` + topicA + `"}`)
			g.hear("snapshot")
			list = append(list, g)
		}
		return list
	}
	t.Run("whose queue is full is told 1013 if it reads again, and others miss nothing", func(t *testing.T) {
		s, g := slow(t, func(o *Options) { o.QueueFrames = 8; o.WriteWait = waitLimit })
		feed(t, s, readers(s), func() bool { return s.hub.Stats().Slow == 1 })
		g.closed(closeTooSlow)
		if st := s.hub.Stats(); st.QueueHigh == 0 || st.QueueHigh > 8 || st.Dropped == 0 {
			t.Fatal(st)
		}
	})
	t.Run("who takes nothing for the time limit is cut, and others miss nothing", func(t *testing.T) {
		s, _ := slow(t, func(o *Options) {
			o.WriteWait = 100 * time.Millisecond
			o.QueueBytes = 1 << 30
			o.QueueFrames = 1 << 20
		})
		feed(t, s, readers(s), func() bool { return s.hub.Stats().Clients == 3 })
		if s.hub.Stats().Slow != 1 {
			t.Fatal(s.hub.Stats())
		}
	})
	t.Run("who only stumbles gets everything in order", func(t *testing.T) {
		s, g := slow(t, func(o *Options) { o.WriteWait = waitLimit; o.QueueBytes = 1 << 30; o.QueueFrames = 1 << 20 })
		n := uint64(0)
		feed(t, s, readers(s), func() bool { n++; return s.hub.Stats().QueueHigh > 20 })
		for want := uint64(1); want < n; want++ {
			if e := g.hear("event"); *e.Seq != want {
				t.Fatal(want, *e.Seq)
			}
		}
	})
}

func TestAct(t *testing.T) {
	t.Run("a verb is done by the service and acknowledged with its id", func(t *testing.T) {
		s := open(t, nil)
		g := s.guest("p1")
		g.say(`{"op":"join","topic":"room:K7M4"}`)
		g.hear("snapshot")
		g.say(`{"op":"ask","key":"k1","body":"什么时候修路？","anonymous":true}`)
		if a := g.hear("ack"); a.Key != "k1" || a.ID != "Q-k1@room:K7M4" {
			t.Fatal(a)
		}
		g.say(`{"op":"support","topic":"room:K7M4","key":"k2","question":"q7","on":true}`)
		g.hear("ack")
		done := s.store.acted()
		if f := done[0]; f.Body != "什么时候修路？" || !f.Anonymous || !json.Valid(f.Raw) {
			t.Fatal(f)
		}
		if f := done[1]; f.Question != "q7" || !f.On {
			t.Fatal(f)
		}
	})
	t.Run("without sign-in, key, room or verb there is a clear error and nothing is done", func(t *testing.T) {
		s := open(t, nil)
		reader, asker := s.guest(""), s.guest("p1")
		for _, g := range []*guest{reader, asker} {
			g.say(`{"op":"join","topic":"` + topicA + `"}`)
			g.hear("snapshot")
		}
		for _, c := range []struct {
			g           *guest
			frame, code string
		}{
			{reader, `{"op":"ask","key":"k","body":"x"}`, CodeSignIn},
			{asker, `{"op":"ask","body":"x"}`, CodeInvalid},
			{asker, `{"op":"ask","key":"k","topic":"room:K7M4"}`, CodeNotJoined},
			{asker, `{"op":"erase","key":"k"}`, CodeUnknownOp},
		} {
			c.g.say(c.frame)
			if e := c.g.hear("error"); e.Code != c.code || !strings.HasPrefix(e.Message, "zh realtime.") {
				t.Fatal(c.frame, e)
			}
		}
		if done := s.store.acted(); len(done) != 0 {
			t.Fatal(done)
		}
	})
	t.Run("a panic in the service ends neither the process nor the socket", func(t *testing.T) {
		s := open(t, nil)
		s.store.acts = func(f Frame) (string, error) {
			switch f.Key {
			case "panic":
				panic("broken")
			case "closed":
				return "", fmt.Errorf("wrapped: %w", &Refusal{Code: CodeClosed, Key: "rooms.closed", Args: []any{"room", "K7M4"}})
			case "fault":
				return "", errors.New("secret path /var/db")
			}
			return "ok", nil
		}
		g := s.guest("p1")
		g.say(`{"op":"join","topic":"room:K7M4"}`)
		g.hear("snapshot")
		for key, code := range map[string]string{"panic": CodeUnavailable, "closed": CodeClosed, "fault": CodeUnavailable} {
			g.say(`{"op":"ask","key":"` + key + `","body":"x"}`)
			e := g.hear("error")
			if e.Key != key || e.Code != code || strings.Contains(e.Message, "secret") {
				t.Fatal(e)
			}
		}
		g.say(`{"op":"ask","key":"fine","body":"x"}`)
		g.hear("ack")
		if s.hub.Stats().Panics != 1 {
			t.Fatal(s.hub.Stats())
		}
	})
}

func TestAccess(t *testing.T) {
	t.Run("an ended session loses its sockets with 4401, others stay", func(t *testing.T) {
		s := open(t, nil)
		a, b, other := s.guest("p1"), s.guest("p1"), s.guest("p2")
		for _, g := range []*guest{a, b, other} {
			g.say(`{"op":"ping"}`)
			g.hear("pong")
		}
		s.hub.EndSession("")
		s.hub.EndSession("key-p1")
		a.closed(closeSignIn)
		b.closed(closeSignIn)
		s.hub.EndPerson("p3")
		other.say(`{"op":"ping"}`)
		other.hear("pong")
		s.hub.EndPerson("p2")
		other.closed(closeSignIn)
	})
	t.Run("a session that ends during the handshake gets no socket", func(t *testing.T) {
		s := open(t, nil)
		s.guest("leaving").closed(closeSignIn)
		s.hub.EndSession("key-p1")
		g := s.guest("p1") // identified after the end: somebody who may
		g.say(`{"op":"ping"}`)
		g.hear("pong")
	})
	t.Run("who may not stay on a topic is closed with 4403, others stay", func(t *testing.T) {
		s := open(t, nil)
		a, b := s.guest("p1"), s.guest("p2")
		for _, g := range []*guest{a, b} {
			g.say(`{"op":"join","topic":"room:K7M4"}`)
			g.hear("snapshot")
		}
		s.store.set(func() { s.store.down = errors.New("away") })
		s.hub.Recheck("room:K7M4") // a fault cuts nobody
		s.store.set(func() { s.store.down = nil; s.store.banned["p1"] = true })
		s.hub.Recheck("room:K7M4")
		a.closed(closeDenied)
		b.say(`{"op":"ping"}`)
		b.hear("pong")
		again := s.guest("p1")
		again.say(`{"op":"join","topic":"room:K7M4"}`)
		if e := again.hear("error"); e.Code != CodeNotAllowed {
			t.Fatal(e)
		}
	})
}

func TestShutdown(t *testing.T) {
	s := open(t, nil)
	var list []*guest
	for range 20 {
		g := s.guest("p1")
		g.say(`{"op":"join","topic":"` + topicA + `"}`)
		g.hear("snapshot")
		list = append(list, g)
	}
	var told atomic.Int32
	done := make(chan struct{})
	for _, g := range list {
		go func() {
			g.closed(closeRestart)
			g.conn.Close()
			if told.Add(1) == int32(len(list)) {
				close(done)
			}
		}()
	}
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	if err := s.hub.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	<-done
	if st := s.hub.Stats(); st.Clients != 0 {
		t.Fatal(st)
	}
	if _, res, _ := s.dial("", nil); res == nil || res.StatusCode != 503 {
		t.Fatal("after the end there is no way in", res)
	}
	if err := s.hub.Start(); err == nil {
		t.Fatal("no second start")
	}
}

// Many clients tell their program that a socket is closed only when the line has ended.
func TestWhoSaysTooMuchSeesTheEndOfTheLineAtOnce(t *testing.T) {
	s := open(t, func(o *Options) { o.CloseWait = time.Hour })
	for name, c := range map[string]struct {
		code int
		said []byte
	}{
		"too big":      {closeTooBig, append([]byte{0x81, 0xfe, 0x40, 0x01}, make([]byte, 4+16<<10+1)...)},
		"not unmasked": {1002, []byte{0x81, 0x02, '{', '}'}},
	} {
		g := s.guest("")
		if _, err := g.conn.NetConn().Write(c.said); err != nil {
			t.Fatal(err)
		}
		g.closed(c.code)
		_ = g.conn.NetConn().SetReadDeadline(time.Now().Add(waitLimit))
		if n, err := g.conn.NetConn().Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the close frame came %d bytes and %v", name, n, err)
		}
		g.conn.Close()
	}
}

func TestShutdownDoesNotWaitForWhoDoesNotAnswer(t *testing.T) {
	s := open(t, func(o *Options) { o.CloseWait = 200 * time.Millisecond })
	g := s.guest("") // never reads
	until(t, "it is there", func() bool { return s.hub.Stats().Clients == 1 })
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	if err := s.hub.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	g.closed(closeRestart)
}

// Bytes that come one by one and never make a frame do not keep a place for ever.
func TestAFrameThatNeverEndsDoesNotKeepItsPlace(t *testing.T) {
	s := open(t, func(o *Options) { o.PongWait = 300 * time.Millisecond })
	drip, live := s.guest(""), s.guest("")
	go func() {
		for _, b := range append([]byte{0x81, 0xfe, 0x20, 0x00, 0, 0, 0, 0}, make([]byte, 8<<10)...) {
			if _, err := drip.conn.NetConn().Write([]byte{b}); err != nil {
				return
			}
			<-time.After(20 * time.Millisecond)
		}
	}()
	until(t, "only who speaks in whole frames is left", func() bool {
		live.say(`{"op":"ping"}`)
		live.hear("pong")
		<-time.After(60 * time.Millisecond) // slower than a flood
		return s.hub.Stats().Clients == 1
	})
	live.say(`{"op":"ping"}`)
	live.hear("pong")
}

func TestPing(t *testing.T) {
	s := open(t, func(o *Options) { o.PingEvery, o.PongWait = 50*time.Millisecond, 2*time.Second })
	dead, live := s.guest(""), s.guest("")
	dead.conn.SetPingHandler(func(string) error { return nil })
	var pings atomic.Int32
	live.conn.SetPingHandler(func(data string) error {
		pings.Add(1)
		return live.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(waitLimit))
	})
	go func() {
		for {
			if _, _, err := live.conn.ReadMessage(); err != nil {
				return
			}
		}
	}()
	_ = dead.conn.SetReadDeadline(time.Now().Add(waitLimit))
	if _, _, err := dead.conn.ReadMessage(); err == nil {
		t.Fatal("who does not answer is closed")
	}
	until(t, "only the silent one is gone", func() bool { return s.hub.Stats().Clients == 1 })
	seen := pings.Load()
	until(t, "the other is still asked", func() bool { return pings.Load() > seen+10 && s.hub.Stats().Clients == 1 })
	live.conn.Close()
}

func smallBuffer(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	d.Control = func(_, _ string, rc syscall.RawConn) error {
		var err error
		_ = rc.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
		return err
	}
	return d.DialContext(ctx, network, addr)
}
