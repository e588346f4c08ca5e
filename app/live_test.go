package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"minyi/models"
	"minyi/models/modelstest"
)

// frame is what the live address sends.
type frame struct {
	Op, Topic, Kind, Code, Epoch string
	Seq                          uint64
	State, Counts                struct {
		Total   int64
		Clauses map[string]int64
	}
}

type socket struct {
	*websocket.Conn
	t *testing.T
}

func (s site) socket(path string, header http.Header) socket {
	s.t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+path, header)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	return socket{conn, s.t}
}

// until reads frames until one is as wanted.
func (c socket) until(what string, wanted func(frame) bool) frame {
	c.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		var f frame
		if err := c.ReadJSON(&f); err != nil {
			c.t.Fatalf("waiting for %s: %v", what, err)
		}
		if wanted(f) {
			return f
		}
	}
}

func (c socket) closedWith(code int) {
	c.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			if !websocket.IsCloseError(err, code) {
				c.t.Fatalf("closed with %v, want %d", err, code)
			}
			return
		}
	}
}

func opinion(clause, body string) map[string]any {
	return map[string]any{"display": "anonymous", "opinions": []map[string]any{{"clause": clause, "stance": "amend", "body": body}}}
}

func TestReadersHearOfNewOpinionsAndTheirCounts(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		_, unit := modelstest.City(t, s.DB)
		c := modelstest.Consultation(t, s.DB, unit, 3, nil)
		token := s.token(modelstest.Person(t, s.DB, "resident", models.Unit{}))
		topic := models.ConsultationTopic(c.ID)
		conn := s.socket("/ws", nil)
		if err := conn.WriteJSON(map[string]any{"op": "join", "topic": topic}); err != nil {
			t.Fatal(err)
		}
		first := conn.until("the snapshot", func(f frame) bool { return f.Op == "snapshot" })
		status, body, _ := s.call("POST", "/api/v1/consultations/"+c.ID+"/opinions", token, opinion("a2", "路口太窄"), "Idempotency-Key", "one")
		if status != 201 {
			t.Fatalf("%d %s", status, body)
		}
		// Counts are sampled, and never come before the event that they count.
		var e, n frame
		e = conn.until("the event and not yet its counts", func(f frame) bool {
			if f.Op == "counts" && f.Counts.Total > 0 {
				t.Fatalf("counts of what was not told yet: %+v", f)
			}
			return f.Op == "event" && f.Kind == "opinions.submitted"
		})
		n = conn.until("its counts", func(f frame) bool { return f.Op == "counts" && f.Counts.Total > 0 })
		if e.Seq <= first.Seq {
			t.Errorf("event %+v after %+v", e, first)
		}
		if n.Counts.Total != 1 || n.Counts.Clauses["a2"] != 1 {
			t.Errorf("counts are %+v, want one opinion on a2", n.Counts)
		}

		// Who cannot keep a socket asks for the same frames.
		status, body, header := s.call("GET", fmt.Sprintf("/api/v1/live?topic=%s&epoch=%s&seq=%d", topic, first.Epoch, first.Seq), "", nil)
		var polled struct {
			Seq    uint64
			Frames []frame
		}
		if err := json.Unmarshal(body, &polled); err != nil || status != 200 {
			t.Fatalf("%d %s %v", status, body, err)
		}
		if !slices.ContainsFunc(polled.Frames, func(f frame) bool { return f.Seq == e.Seq && f.Kind == e.Kind }) || polled.Seq < e.Seq {
			t.Errorf("poll gave %s", body)
		}
		status, _, _ = s.call("GET", fmt.Sprintf("/api/v1/live?topic=%s&epoch=%s&seq=%d", topic, first.Epoch, first.Seq), "", nil, "If-None-Match", header.Get("ETag"))
		if status != 304 {
			t.Errorf("a poll without news answered %d, want 304", status)
		}
	})
}

func TestUnpublishedConsultationsCannotBeListenedTo(t *testing.T) {
	s := start(t, "")
	_, unit := modelstest.City(t, s.DB)
	c := modelstest.Consultation(t, s.DB, unit, 1, func(c *models.Consultation) { c.PublishedAt = nil })
	conn := s.socket("/ws", nil)
	for _, topic := range []string{models.ConsultationTopic(c.ID), models.ConsultationTopic("2027-999"), "room:K7M4", "settings"} {
		if err := conn.WriteJSON(map[string]any{"op": "join", "topic": topic, "key": topic}); err != nil {
			t.Fatal(err)
		}
		if f := conn.until("an error", func(f frame) bool { return f.Op == "error" }); f.Code != "unknown_topic" {
			t.Errorf("%s answered %+v", topic, f)
		}
		if status, body, _ := s.call("GET", "/api/v1/live?topic="+topic, "", nil); status != 404 {
			t.Errorf("poll of %s answered %d %s", topic, status, body)
		}
	}
}

func TestATicketOpensOneSocketAndDiesWithItsSession(t *testing.T) {
	each(t, func(t *testing.T, s site) {
		modelstest.City(t, s.DB)
		p := modelstest.Person(t, s.DB, "resident", models.Unit{})
		token := s.token(p)
		ticket := func() string {
			status, body, _ := s.call("POST", "/api/v1/tickets", token, nil)
			var out struct{ URL string }
			if err := json.Unmarshal(body, &out); err != nil || status != 201 {
				t.Fatalf("%d %s", status, body)
			}
			return out.URL
		}
		if status, _, _ := s.call("POST", "/api/v1/tickets", "", nil); status != 401 {
			t.Errorf("a ticket for nobody: %d, want 401", status)
		}
		used := ticket()
		conn := s.socket(used, nil)
		refused := func(path, why string) {
			t.Helper()
			_, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+path, nil)
			if err == nil || res == nil || res.StatusCode != 401 {
				t.Errorf("%s opened a socket (%v)", why, err)
			}
		}
		refused(used, "a spent ticket")
		refused(used[:len(used)-3]+"abc", "a forged ticket")
		open := ticket()
		rows, err := s.DB.TokensOf(context.Background(), p.ID)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		if err := s.revoke(p, rows[0].ID); err != nil {
			t.Fatal(err)
		}
		conn.closedWith(4401)
		refused(open, "the ticket of a revoked token")
	})
}

func TestForeignPagesCannotOpenASocket(t *testing.T) {
	s := start(t, "")
	for _, origin := range []string{"http://evil.example", "null", s.url + ".evil.example", "https" + strings.TrimPrefix(s.url, "http")} {
		_, res, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+"/ws", http.Header{"Origin": {origin}})
		if err == nil || res == nil || res.StatusCode != 403 {
			t.Errorf("origin %q: %v", origin, err)
		}
	}
}

func TestStoppingTellsListenersToComeBack(t *testing.T) {
	s := start(t, "")
	conn := s.socket("/ws", nil)
	done := make(chan error, 1)
	go func() { done <- s.stop() }()
	conn.closedWith(1012)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
