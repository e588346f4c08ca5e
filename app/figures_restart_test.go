//go:build bench && linux

package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"minyi/models"
)

// What a hall notices when the whole program is stopped and started again.

// returner is a phone that keeps the room's page open: when its socket ends it comes
// back as the page's script does, after pauses that grow and are spread out.
type returner struct {
	phone
	header http.Header
	dialer websocket.Dialer
	codes  []int // by which its sockets were closed
}

func returners(h hallOf, n int) []*returner {
	list := make([]*returner, n)
	for i := range list {
		local := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%4))}, Timeout: 5 * time.Second} // each stands for a hall
		list[i] = &returner{phone: phone{topic: models.RoomTopic(h.code)}, header: http.Header{}, dialer: websocket.Dialer{NetDial: local.Dial, ReadBufferSize: 1024, WriteBufferSize: 256}}
		if i < len(h.tokens) {
			list[i].header.Set("Authorization", "Bearer "+h.tokens[i])
		}
	}
	return list
}

// live keeps the phone in the room until done.
func (r *returner) live(url string, done <-chan struct{}) {
	for tries := 0; ; {
		conn, _, err := r.dialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/ws", r.header)
		if err == nil {
			tries = 0
			join := map[string]any{"op": "join", "topic": r.topic}
			r.mu.Lock()
			r.conn = conn
			if r.epoch != "" {
				join["since"] = map[string]any{"epoch": r.epoch, "seq": r.seq}
			}
			r.mu.Unlock()
			if conn.WriteJSON(join) == nil {
				code := r.read(conn)
				r.mu.Lock()
				r.codes = append(r.codes, code)
				r.mu.Unlock()
			}
			conn.Close()
		}
		tries++
		most := min(30*time.Second, 500*time.Millisecond<<min(tries, 10))
		select {
		case <-done:
			return
		case <-time.After(most/2 + rand.N(most/2)):
		}
	}
}

// inHall lets so many phones into the room and gives how to wait until all of them have
// read as many questions, and how to end them.
func inHall(t *testing.T, s *program, h hallOf, n int) (list []*returner, have func(questions int) func() bool, leave func()) {
	t.Helper()
	list = returners(h, n)
	done := make(chan struct{})
	var living sync.WaitGroup
	gate := make(chan struct{}, 64) // they do not come in one moment
	for _, r := range list {
		gate <- struct{}{}
		living.Go(func() {
			time.AfterFunc(5*time.Millisecond, func() { <-gate })
			r.live(s.url, done)
		})
	}
	for _, r := range list {
		eventually(t, "everybody is in the room", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.epoch != "" })
	}
	have = func(questions int) func() bool {
		return func() bool {
			return !slices.ContainsFunc(list, func(r *returner) bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.got) < questions })
		}
	}
	leave = sync.OnceFunc(func() {
		close(done)
		for _, r := range list {
			r.mu.Lock()
			if r.conn != nil {
				r.conn.Close()
			}
			r.mu.Unlock()
		}
		living.Wait()
	})
	t.Cleanup(leave)
	return list, have, leave
}

// The server is restarted while 5,000 are in the room.
func TestFigureRestart(t *testing.T) {
	people := number("MINYI_BENCH_PEOPLE", 5000)
	onBoth(t, 2, func(t *testing.T, name string, s *program, h hallOf) {
		list, have, _ := inHall(t, s, h, people)
		asked := 0
		ask := func() {
			asked++
			body := fmt.Sprintf("第%d问", asked)
			send := func() (int, []byte, error) {
				return post(s.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[0], body, map[string]any{"body": body})
			}
			status, answer, err := send()
			if err != nil { // over a connection to the one that was stopped: again, under the same key
				status, answer, err = send()
			}
			if err != nil || status != 201 {
				t.Fatal(status, err, string(answer))
			}
		}
		for range 5 {
			ask()
		}
		eventually(t, "everybody reads what was asked before", have(asked))
		began := time.Now()
		s.end(syscall.SIGTERM)
		ended := time.Since(began)
		s.startAt(t, strings.TrimPrefix(s.url, "http://"))
		ready := time.Since(began)
		ask() // while they are on their way
		eventually(t, "everybody is back and complete", have(asked))
		took := time.Since(began)
		told := 0
		for i, r := range list {
			r.mu.Lock()
			if len(r.got) != asked || r.fault != "" {
				t.Errorf("phone %d read %v; %s", i, r.got, r.fault)
			}
			if slices.Contains(r.codes, websocket.CloseServiceRestart) {
				told++
			}
			r.mu.Unlock()
		}
		row(t, fmt.Sprintf("restart with %d in a room, %s: stopped → all back and complete", people, name), took.Round(10*time.Millisecond).String(), "", "≤ 15 s (aim 6 s)")
		row(t, "  of it, stopped; ready again", ended.Round(10*time.Millisecond).String()+"; "+ready.Round(10*time.Millisecond).String(), "", "")
		row(t, "  told to come back", fmt.Sprint(told), "", fmt.Sprint(people))
	})
}

// The server is stopped while 1,000 are in the room and people ask all the time.
func TestFigureStop(t *testing.T) {
	const people, writing = 1000, 16
	onBoth(t, writing, func(t *testing.T, name string, s *program, h hallOf) {
		list, _, leave := inHall(t, s, h, people)
		kept := make([]map[string]string, writing) // key → id
		var stopping atomic.Bool
		var writers sync.WaitGroup
		for w := range writing {
			kept[w] = map[string]string{}
			writers.Go(func() {
				for n := 0; !stopping.Load(); n++ {
					key := fmt.Sprintf("%d-%d", w, n)
					status, answer, err := post(s.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[w], key, map[string]any{"body": "问" + key})
					var got struct{ ID string }
					if err == nil && status == 201 && json.Unmarshal(answer, &got) == nil {
						kept[w][key] = got.ID
					} else if err != nil || status == 503 {
						return // it stops
					}
				}
			})
		}
		<-time.After(seconds)
		own, files := memoryOf(s.cmd.Process.Pid)
		row(t, "memory with 1,000 attendees while 16 people ask all the time, "+name, fmt.Sprintf("%.0f MB, of them %.0f MB mapped from files", own+files, files), "", "≤ 250 MiB (aim 120)")
		began := time.Now()
		s.end(syscall.SIGTERM)
		took := time.Since(began)
		stopping.Store(true)
		writers.Wait()
		told := 0
		for _, r := range list {
			eventually(t, "every socket has ended", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.codes) > 0 })
			r.mu.Lock()
			if r.codes[0] == websocket.CloseServiceRestart {
				told++
			}
			r.mu.Unlock()
		}
		leave()
		s.restart(t)
		all, lost := 0, 0
		for w, keys := range kept {
			for key, id := range keys {
				_, answer, err := post(s.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[w], key, map[string]any{"body": "问" + key})
				var got struct{ ID string }
				if all++; err != nil || json.Unmarshal(answer, &got) != nil || got.ID != id {
					lost++
				}
			}
		}
		row(t, "stop on SIGTERM with 1,000 attendees, "+name, took.Round(10*time.Millisecond).String(), "", "≤ 5 s (aim 1 s)")
		row(t, "  told to come back; acknowledged questions, of them lost", fmt.Sprintf("%d; %d, %d", told, all, lost), "", "1,000; –, 0")
		if lost > 0 {
			t.Error("acknowledged questions were lost")
		}
	})
}

// What a message costs on the wire beyond its own words.
func TestFigureBytes(t *testing.T) {
	onBoth(t, 2, func(t *testing.T, name string, s *program, h hallOf) {
		var mu sync.Mutex
		var beyond, counts []int
		seats(t, s, h, []string{""}, func(_ int, _ time.Time, frame []byte) {
			type event struct {
				Op   string
				Data struct{ Question *struct{ Body string } }
			}
			var f struct {
				event
				Events []event // those of one moment share a frame
			}
			if json.Unmarshal(frame, &f) != nil {
				return
			}
			size := 2 + len(frame) // with the head of the frame of RFC 6455
			if len(frame) > 125 {
				size += 2
			}
			if f.Op == "event" {
				f.Events = []event{f.event}
			}
			mu.Lock()
			defer mu.Unlock()
			if f.Op == "counts" {
				counts = append(counts, size)
			}
			asked := 0
			for _, e := range f.Events {
				if e.Data.Question != nil {
					asked++
					size -= len(e.Data.Question.Body)
				}
			}
			for range asked {
				beyond = append(beyond, size/asked)
			}
		})
		id := askOne(t, s, h)
		for n := range 19 {
			body := fmt.Sprintf("第%d个：夜市开到几点才不打扰住户？", n)
			if status, _, err := post(s.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[0], body, map[string]any{"body": body}); err != nil || status != 201 {
				t.Fatal(status, err)
			}
		}
		if status, _, err := post(s.url+"/api/v1/questions/"+id+"/support", h.tokens[1], "s", nil); err != nil || status != 200 {
			t.Fatal(status, err)
		}
		eventually(t, "all messages", func() bool { mu.Lock(); defer mu.Unlock(); return len(beyond) == 20 && len(counts) > 0 })
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(beyond)
		row(t, "bytes of a live question beyond its own words, "+name, fmt.Sprint(beyond[len(beyond)/2]), "", "≤ 150 (aim 60)")
		row(t, "  bytes of the numbers of voices", fmt.Sprint(counts[0]), "", "")
	})
}
