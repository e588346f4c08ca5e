//go:build bench

package app_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"minyi/models"
	"minyi/models/modelstest"
)

// Figures of a room with the whole program: the store, the verbs, the hub. What the
// hub alone can do, beside a bare one, is measured in realtime.

// seat is one person's socket in a room.
type seat struct{ conn *websocket.Conn }

// seats opens a socket for each token and joins the room; no token is a reader.
func seats(t *testing.T, s *program, h hallOf, tokens []string, heard func(i int, at time.Time, frame []byte)) []*seat {
	t.Helper()
	list, errs := make([]*seat, len(tokens)), make([]error, 64)
	var joined, wg sync.WaitGroup
	joined.Add(len(tokens))
	for w := range errs {
		wg.Go(func() {
			for i := w; i < len(tokens); i += len(errs) {
				if list[i], errs[w] = sit(s, h, tokens[i], i, &joined, heard); errs[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	joined.Wait()
	t.Cleanup(func() {
		for _, one := range list {
			one.conn.Close()
		}
	})
	return list
}

func sit(s *program, h hallOf, token string, i int, joined *sync.WaitGroup, heard func(int, time.Time, []byte)) (*seat, error) {
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	local := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%4))}} // each stands for a hall
	d := websocket.Dialer{NetDial: local.Dial, ReadBufferSize: 1024, WriteBufferSize: 256}
	conn, _, err := d.Dial("ws"+strings.TrimPrefix(s.url, "http")+"/ws", header)
	if err != nil {
		return nil, err
	}
	if err := conn.WriteJSON(map[string]any{"op": "join", "topic": models.RoomTopic(h.code), "batch": true}); err != nil {
		return nil, err
	}
	go func() {
		first := true
		for {
			_, p, err := conn.ReadMessage()
			if err != nil {
				return
			}
			if first {
				first = false
				joined.Done()
			}
			heard(i, time.Now(), p)
		}
	}()
	return &seat{conn: conn}, nil
}

// onBoth runs a figure on SQLite and on PostgreSQL.
func onBoth(t *testing.T, people int, f func(t *testing.T, name string, s *program, h hallOf)) {
	limits := []string{"MINYI_LIMIT_ASK=0", "MINYI_LIMIT_ASK_NETWORK=0", "MINYI_LIMIT_VOICE=0", "MINYI_LIMIT_VOICE_NETWORK=0"}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		h := furnish(t, models.Options{Dir: dir}, people)
		s := &program{}
		s.serve(t, append(limits, "MINYI_DATA_DIR="+dir)...)
		f(t, "SQLite", s, h)
	})
	t.Run("postgres", func(t *testing.T) {
		database := modelstest.PostgresURL(t)
		h := furnish(t, models.Options{URL: database}, people)
		s := &program{}
		s.serve(t, append(limits, "MINYI_DATA_DIR="+t.TempDir(), "MINYI_DATABASE_URL="+database)...)
		f(t, "PostgreSQL", s, h)
	})
}

// A question is on every screen of a hall of 1,000, kept on disk first.
func TestFigureQuestionOnEveryScreen(t *testing.T) {
	const people, questions = 1000, 60
	onBoth(t, 2, func(t *testing.T, name string, s *program, h hallOf) {
		var mu sync.Mutex
		arrived := map[string][]time.Time{}
		seats(t, s, h, make([]string, people), func(_ int, at time.Time, frame []byte) {
			if i := strings.Index(string(frame), "计时"); i >= 0 {
				key := string(frame)[i : i+len("计时000")]
				mu.Lock()
				arrived[key] = append(arrived[key], at)
				mu.Unlock()
			}
		})
		var acked, all []time.Duration
		for n := range questions {
			key := fmt.Sprintf("计时%03d", n)
			began := time.Now()
			status, body, err := post(s.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[n%2], key, map[string]any{"body": key + "：夜市开到几点才不打扰住户？摊位前留多宽的路？油烟和垃圾谁来清？"})
			if err != nil || status != 201 {
				t.Fatal(status, err, string(body))
			}
			acked = append(acked, time.Since(began))
			eventually(t, key, func() bool { mu.Lock(); defer mu.Unlock(); return len(arrived[key]) == people })
			mu.Lock()
			for _, at := range arrived[key] {
				all = append(all, at.Sub(began))
			}
			mu.Unlock()
		}
		slices.Sort(all)
		slices.Sort(acked)
		row(t, "question asked → on every screen, 1,000 attendees, kept first, "+name, fmt.Sprintf("p50 %s, p99 %s (acknowledged p50 %s)", ms(all[len(all)/2]), ms(all[len(all)*99/100]), ms(acked[len(acked)/2])), "", "p99 ≤ raw limit + 30 ms")
	})
}

// 5,000 people second one question within 5 s: each voice is kept and counted once,
// and everybody sees the last number.
func TestFigureVoteBurst(t *testing.T) {
	people, within := number("MINYI_BENCH_PEOPLE", 5000), 5*time.Second
	onBoth(t, people, func(t *testing.T, name string, s *program, h hallOf) {
		id := askOne(t, s, h)
		last := fmt.Sprintf(`"%s":%d`, id, people-1) // the author has none
		var mu sync.Mutex
		final, acks := make([]time.Time, people), make([]time.Time, people)
		counts := 0
		list := seats(t, s, h, h.tokens, func(i int, at time.Time, frame []byte) {
			text := string(frame)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case strings.Contains(text, `"op":"ack"`):
				acks[i] = at
			case strings.Contains(text, `"op":"counts"`):
				if i == 0 {
					counts++
				}
				if final[i].IsZero() && strings.Contains(text, last) {
					final[i] = at
				}
			case strings.Contains(text, `"op":"error"`):
				t.Error(text)
			}
		})
		began := time.Now()
		var wg sync.WaitGroup
		sent := make([]time.Time, people)
		for w := range 64 {
			wg.Go(func() {
				for i := 1 + w; i < people; i += 64 {
					<-time.After(time.Until(began.Add(within * time.Duration(i) / time.Duration(people))))
					sent[i] = time.Now()
					if err := list[i].conn.WriteJSON(map[string]any{"op": "support", "key": "s", "question": id, "on": true}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		all := func(list []time.Time) func() bool {
			return func() bool {
				mu.Lock()
				defer mu.Unlock()
				return !slices.ContainsFunc(list, time.Time.IsZero)
			}
		}
		eventually(t, "every voice is acknowledged", all(acks[1:]))
		eventually(t, "everybody sees the last number", all(final))
		mu.Lock()
		defer mu.Unlock()
		lastAck, lastSent, seen := slices.MaxFunc(acks, time.Time.Compare), slices.MaxFunc(sent, time.Time.Compare), slices.MaxFunc(final, time.Time.Compare)
		var waits []time.Duration
		for i := 1; i < people; i++ {
			waits = append(waits, acks[i].Sub(sent[i]))
		}
		slices.Sort(waits)
		row(t, fmt.Sprintf("%d second within 5 s, %s: last voice sent → last number on every phone", people-1, name), ms(seen.Sub(lastSent)), "103 ms (bare hub)", "≤ 250 ms")
		row(t, "  of it, last acknowledgement → last number on every phone", ms(seen.Sub(lastAck)), "", "")
		row(t, "  each voice sent → kept and acknowledged", fmt.Sprintf("p50 %s, p99 %s", ms(waits[len(waits)/2]), ms(waits[len(waits)*99/100])), "", "")
		row(t, "  numbers sent to each phone", fmt.Sprint(counts), "", "about one a second")
		status, body, err := post(s.url+"/api/v1/questions/"+id+"/support", h.tokens[1], "again", nil)
		var got struct{ Supports int }
		if err != nil || json.Unmarshal(body, &got) != nil || got.Supports != people-1 {
			t.Errorf("counted %d %v %s, want %d", status, err, body, people-1)
		}
	})
}

// askOne asks the question that all second.
func askOne(t *testing.T, s *program, h hallOf) string {
	t.Helper()
	status, body, err := post(s.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[0], "q", map[string]any{"body": "夜市开到几点？"})
	var got struct{ ID string }
	if err != nil || status != 201 || json.Unmarshal(body, &got) != nil {
		t.Fatal(status, err, string(body))
	}
	return got.ID
}
