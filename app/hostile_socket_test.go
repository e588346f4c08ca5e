package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fasthttp/websocket"

	"minyi/models"
	"minyi/models/modelstest"
)

// dial opens a socket as the header says; the answer is nil where there was none.
func (s site) dial(path string, header http.Header) (*websocket.Conn, *http.Response) {
	conn, res, _ := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+path, header)
	return conn, res
}

// Frames that no client of ours sends end the one socket that they came from, with a
// code that says why; who listens beside it misses nothing.
func TestHostileFramesEndTheirOwnSocketOnly(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		_, unit := modelstest.City(t, s.DB)
		c := modelstest.Consultation(t, s.DB, unit, 3, nil)
		anna := s.token(modelstest.Person(t, s.DB, "anna", models.Unit{}))
		topic := models.ConsultationTopic(c.ID)
		join := `{"op":"join","topic":"` + topic + `"}`
		beside := s.socket("/ws", nil)
		if err := beside.WriteMessage(websocket.TextMessage, []byte(join)); err != nil {
			t.Fatal(err)
		}
		last := beside.until("the snapshot", func(f frame) bool { return f.Op == "snapshot" }).Seq
		text := func(p string) func(*websocket.Conn) {
			return func(c *websocket.Conn) { _ = c.WriteMessage(websocket.TextMessage, []byte(p)) }
		}
		raw := func(b ...byte) func(*websocket.Conn) {
			return func(c *websocket.Conn) { _, _ = c.NetConn().Write(b) }
		}
		flood := func(kind int, p string) func(*websocket.Conn) {
			return func(c *websocket.Conn) {
				for range 2000 {
					if c.WriteMessage(kind, []byte(p)) != nil {
						return
					}
				}
			}
		}
		for name, h := range map[string]struct {
			code int
			do   func(*websocket.Conn)
		}{
			"a byte over 16 KiB":           {1009, text(`{"op":"ping","key":"` + strings.Repeat("k", 16<<10) + `"}`)},
			"32 MiB":                       {1009, func(c *websocket.Conn) { _ = c.WriteMessage(websocket.TextMessage, make([]byte, 32<<20)) }},
			"a length beyond numbers":      {1002, raw(0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4)},
			"a length of 4 GiB":            {1009, raw(0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4)},
			"a frame without a mask":       {1002, raw(0x81, 0x02, '{', '}')},
			"reserved bits":                {1002, raw(0xf1, 0x82, 1, 2, 3, 4, 0, 0)},
			"an op of the future":          {1002, raw(0x83, 0x80, 1, 2, 3, 4)},
			"a ping in pieces":             {1002, raw(0x09, 0x80, 1, 2, 3, 4)},
			"a ping of 126 bytes":          {1002, raw(append([]byte{0x89, 0xfe, 0, 126, 1, 2, 3, 4}, make([]byte, 126)...)...)},
			"the end of nothing":           {1002, raw(0x80, 0x80, 1, 2, 3, 4)},
			"not JSON":                     {1008, text("hello")},
			"deep":                         {1008, text(strings.Repeat(`{"since":`, 1500) + "1" + strings.Repeat("}", 1500))},
			"deep arrays":                  {1008, text(strings.Repeat("[", 8000))},
			"keys again and again":         {1008, text(`{"op":"join","topic":5,"topic":"x"}`)},
			"a number for a topic":         {1008, text(`{"op":"join","topic":7}`)},
			"a position below nothing":     {1008, text(`{"op":"join","topic":"` + topic + `","since":{"epoch":"x","seq":-1}}`)},
			"a position beyond numbers":    {1008, text(`{"op":"join","topic":"` + topic + `","since":{"epoch":"x","seq":99999999999999999999}}`)},
			"no UTF-8":                     {1008, text("{\"op\":\"ask\",\"body\":\"\xff\xfe\"}")},
			"bytes instead of text":        {1008, func(c *websocket.Conn) { _ = c.WriteMessage(websocket.BinaryMessage, []byte(join)) }},
			"a compressed bomb":            {1002, raw(append([]byte{0xc1, 0x8b, 0, 0, 0, 0}, 0x4b, 0x4c, 0x1c, 0x05, 0xa3, 0x60, 0x14, 0x0c, 0x77, 0, 0)...)},
			"a bomb in pieces":             {1002, raw(0x41, 0x81, 0, 0, 0, 0, 0x4b, 0x80, 0x81, 0, 0, 0, 0, 0x4c)},
			"pieces that are too much":     {1009, func(c *websocket.Conn) { inPieces(c, 40, 1000) }},
			"pieces without end":           {1009, func(c *websocket.Conn) { inPieces(c, 1000, 0) }},
			"a message within another":     {1002, raw(0x01, 0x81, 0, 0, 0, 0, '{', 0x81, 0x82, 0, 0, 0, 0, '{', '}')},
			"half a code of goodbye":       {1002, raw(0x88, 0x81, 0, 0, 0, 0, 3)},
			"a code that nobody may send":  {1002, raw(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xee)},
			"NUL and more in a topic":      {1008, text(`{"op":"join","topic":"` + strings.Repeat("\\u0000", 200) + `"}`)},
			"a list for an op":             {1008, text(`{"op":["join"]}`)},
			"an object for a key":          {1008, text(`{"op":"ping","key":{}}`)},
			"two messages in one":          {1008, text(`{"op":"ping"} {"op":"ping"}`)},
			"a flood of asking":            {1008, flood(websocket.TextMessage, `{"op":"ask","key":"k","body":"x"}`)},
			"a flood of joins":             {1008, flood(websocket.TextMessage, join)},
			"a flood of what is no op":     {1008, flood(websocket.TextMessage, `{"op":"erase","key":"k"}`)},
			"a flood of pings":             {1008, flood(websocket.PingMessage, "")},
			"a flood of unasked answers":   {1008, flood(websocket.PongMessage, "")},
			"joins of everything there is": {1008, flood(websocket.TextMessage, `{"op":"join","topic":"settings"}`)},
		} {
			t.Run(name, func(t *testing.T) {
				conn := s.socket("/ws", nil)
				conn.t = t
				h.do(conn.Conn)
				conn.closedWith(h.code)
			})
		}
		if status, b, _ := s.call("POST", "/api/v1/consultations/"+c.ID+"/opinions", anna, opinion("a1", "路口太窄")); status != 201 {
			t.Fatalf("%d %s", status, b)
		}
		if e := beside.until("the event", func(f frame) bool { return f.Op == "event" }); e.Seq != last+1 {
			t.Errorf("who listened beside it heard %d after %d", e.Seq, last)
		}
	})
}

// inPieces sends a message of so many pieces, each of a size, and never its end.
func inPieces(c *websocket.Conn, n, size int) {
	piece := append([]byte{0x00, 0xfe, byte(size >> 8), byte(size), 0, 0, 0, 0}, make([]byte, size)...)
	if size < 126 {
		piece = append([]byte{0x00, 0x80 | byte(size), 0, 0, 0, 0}, make([]byte, size)...)
	}
	first := append([]byte{}, piece...)
	first[0] = 0x01
	for i := range n {
		p := piece
		if i == 0 {
			p = first
		}
		if _, err := c.NetConn().Write(p); err != nil {
			return
		}
	}
}

// What is wrong but no attack is answered by an error frame, and the socket stays: a
// page of an older site must not lose its room for it.
func TestWhatIsOnlyWrongIsAnsweredAndTheSocketStays(t *testing.T) {
	inRoom(t, true, func(t *testing.T, c crowd) {
		room := "room:" + c.code
		e := c.listens(c.ann, room)
		for code, frames := range map[string][]map[string]any{
			"unknown_topic": {
				{"op": "join", "topic": "room:ZZZZ"}, {"op": "join", "topic": "settings"}, {"op": "join", "topic": room + ":desk"}, {"op": "join", "topic": room + ":me:p:somebody"},
				{"op": "join", "topic": room + ":records"}, {"op": "join", "topic": strings.ToLower(room)}, {"op": "join", "topic": "room:"}, {"op": "join", "topic": "../" + room}, {"op": "join", "topic": "consultation:2027-999"},
			},
			"unknown_op": {{"op": "erase", "topic": room}, {"op": "JOIN", "topic": room}, {"op": "snapshot", "topic": room}, {"op": "event", "topic": room}},
			"not_joined": {{"op": "ask", "topic": "room:ZZZZ", "body": "x"}, {"op": "ask", "topic": room + ":desk", "body": "x"}},
			"invalid":    {{"op": "support", "question": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "on": true}, {"op": "ask", "body": ""}},
		} {
			for i, f := range frames {
				f["key"] = fmt.Sprint(code, i)
				if got := e.errors(f); got != code {
					t.Errorf("%v: %s, want %s", f, got, code)
				}
			}
		}
		// A frame that is sent again, as a replay or by a nervous phone, is one act.
		ask := map[string]any{"op": "ask", "key": "once", "body": "几点收摊？"}
		id := e.acked(ask)
		other := c.listens(c.ben, room)
		if got := other.acked(map[string]any{"op": "ask", "key": "once", "body": "几点收摊？"}); got == id {
			t.Error("somebody else's frame with the same key is taken for the first")
		}
		replay := c.listens(c.ann, room)
		if got := replay.acked(ask); got != id {
			t.Errorf("a replay made another question %s", got)
		}
		replay = c.listens(c.ann, room)
		if got := replay.errors(map[string]any{"op": "ask", "key": "once", "body": "别的话"}); got != "invalid" {
			t.Errorf("the same key with other words: %s", got)
		}
		e.send(map[string]any{"op": "ping", "key": "still here"})
		e.awaitText(`"still here"`)
		var queue struct{ Waiting []struct{ Body string } }
		c.must("GET", "/rooms/{code}/queue", "/rooms/"+c.code+"/queue", c.chair, nil, 200, &queue)
		if len(queue.Waiting) != 2 {
			t.Errorf("waiting are %v, want one of each", queue.Waiting)
		}
	})
}

// Only pages of this site open a socket: an address that merely looks like it does not.
func TestOnlyThisSitesPagesOpenASocket(t *testing.T) {
	t.Setenv("MINYI_PUBLIC_URL", "https://minyi.example")
	s := start(t, "")
	for origin, want := range map[string]int{
		"https://minyi.example": 101, "": 101, "https://minyi.example.evil.test": 403, "https://evilminyi.example": 403, "https://www.minyi.example": 403, "https://minyi.example:443": 403,
		"https://minyi.example:8443": 403, "http://minyi.example": 403, "HTTPS://MINYI.EXAMPLE": 403, "https://Minyi.example": 403, "https://minyi.example/": 403, "https://minyi.example.": 403,
		"https://minyi.example@evil.test": 403, "https://minyi.exampl": 403, "null": 403, "*": 403, "file://": 403, s.url: 403, "https://minyi.example, https://evil.test": 403, "https://mіnyi.example": 403,
	} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		conn, res := s.dial("/ws", h)
		if res == nil || res.StatusCode != want {
			t.Errorf("origin %q: %v, want %d", origin, res, want)
		}
		if conn != nil {
			conn.Close()
		}
	}
	for name, h := range map[string]http.Header{
		"two origins":               {"Origin": {"https://minyi.example", "https://evil.test"}},
		"a browser without origin":  {"Cookie": {"__Host-minyi_session=x"}},
		"the claim of another host": {"Origin": {"https://evil.test"}, "X-Forwarded-Host": {"evil.test"}, "Forwarded": {"host=evil.test"}},
	} {
		if conn, res := s.dial("/ws", h); res == nil || res.StatusCode != 403 {
			t.Errorf("%s: %v, want 403", name, res)
			if conn != nil {
				conn.Close()
			}
		}
	}
}

// A ticket opens one socket, however many try at once; nothing else opens any.
func TestATicketThatIsUsedByManyOpensOne(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		modelstest.City(t, s.DB)
		token := s.token(modelstest.Person(t, s.DB, "anna", models.Unit{}))
		_, b, _ := s.call("POST", "/api/v1/tickets", token, nil)
		var ticket struct{ Ticket, URL string }
		if err := json.Unmarshal(b, &ticket); err != nil {
			t.Fatal(string(b), err)
		}
		var opened atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				conn, res := s.dial(ticket.URL, nil)
				if conn != nil {
					opened.Add(1)
					conn.Close()
				} else if res == nil || res.StatusCode != 401 {
					t.Errorf("a ticket that was used: %v", res)
				}
			})
		}
		wg.Wait()
		if opened.Load() != 1 {
			t.Errorf("one ticket opened %d sockets", opened.Load())
		}
		body, mac, _ := strings.Cut(ticket.Ticket, ".")
		for name, forged := range map[string]string{
			"no seal": body, "an empty seal": body + ".", "half a seal": body + "." + mac[:10], "another body": "e30." + mac, "more": ticket.Ticket + "A", "a second part": ticket.Ticket + "." + mac,
			"nothing": ".", "long": strings.Repeat("A", 8000), "markup": "%3Cxq7%3E", "no text": "%ff%fe", "NUL": "a%00b", "the token itself": token,
		} {
			if conn, res := s.dial("/ws?ticket="+forged, nil); conn != nil || res == nil || res.StatusCode < 400 || res.StatusCode >= 500 {
				t.Errorf("a ticket with %s: %v", name, res)
			}
		}
	})
}
