//go:build bench && linux

package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"minyi/app/kit/code"
	"minyi/models"
	"minyi/models/modelstest"
)

// Figures of live hearing with the whole program: sign-in, rights and snapshots
// come from the store. The fan-out itself is measured in realtime.

// phones are sockets of people who are signed in.
type phones struct {
	t       *testing.T
	addr    string
	topic   string
	secrets []string
	open    []net.Conn
}

// attendees makes so many people with a session each, as signing in does.
func attendees(t *testing.T, db *models.DB, n int) (secrets []string) {
	t.Helper()
	err := db.InTx(context.Background(), models.Act{By: "system", Name: "bench", Silent: true}, func(tx *models.Tx) error {
		for i := range n {
			mail, secret := fmt.Sprintf("attendee%d@minyi.example", i), code.NewToken()
			p := models.Person{ID: models.NewID(tx.Now), Email: mail, EmailKey: &mail, Name: mail, Nickname: mail, Lang: "zh", Tier: models.TierContact, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			s := models.Session{ID: models.NewID(tx.Now), TokenHash: code.Hash(secret), PersonID: p.ID, CSRF: code.NewToken(), CreatedAt: tx.Now, SeenAt: tx.Now, ExpiresAt: tx.Now.Add(24 * time.Hour)}
			if err := tx.Insert(&p); err != nil {
				return err
			}
			if err := tx.Insert(&s); err != nil {
				return err
			}
			secrets = append(secrets, secret)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return secrets
}

// join opens a socket for everybody, 32 at a time, and waits for all answers.
// Each address of the loopback stands for a hall; since "" means a first visit.
func (p *phones) join(since string) {
	p.t.Helper()
	p.open = make([]net.Conn, len(p.secrets))
	errs := make([]error, 32)
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for i := w; i < len(p.secrets) && errs[w] == nil; i += len(errs) {
				p.open[i], errs[w] = p.dial(i, since)
			}
		})
	}
	wg.Wait()
	p.t.Cleanup(p.close)
	for _, err := range errs {
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *phones) dial(i int, since string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%4))}}
	c, err := d.Dial("tcp4", p.addr)
	if err != nil {
		return nil, err
	}
	body := fmt.Sprintf(`{"op":"join","topic":%q,"key":"j"%s}`, p.topic, since)
	ask := "GET /ws HTTP/1.1\r\nHost: " + p.addr + "\r\nOrigin: http://" + p.addr + "\r\nCookie: minyi_session=" + p.secrets[i] +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if _, err := c.Write([]byte(ask)); err != nil {
		return c, err
	}
	var heard []byte
	hear := func(what string) error {
		buf := make([]byte, 4<<10)
		for !bytes.Contains(heard, []byte(what)) {
			_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
			n, err := c.Read(buf)
			if err != nil {
				return fmt.Errorf("%d waits for %s: %w after %.300s", i, what, err, heard)
			}
			heard = append(heard, buf[:n]...)
		}
		return nil
	}
	if err := hear("\r\n\r\n"); err != nil || !bytes.HasPrefix(heard, []byte("HTTP/1.1 101")) {
		return c, fmt.Errorf("handshake: %v %.300s", err, heard)
	}
	frame := []byte{0x81, 0x80 | 126, 0, byte(len(body)), 0, 0, 0, 0} // masked with zeros
	if _, err := c.Write(append(frame, body...)); err != nil {
		return c, err
	}
	if since != "" {
		return c, hear(`"op":"ack"`)
	}
	return c, hear(`"op":"snapshot"`)
}

func (p *phones) close() {
	for _, c := range p.open {
		if c != nil {
			c.Close()
		}
	}
	p.open = nil
}

func TestFigureLiveJoin(t *testing.T) {
	const people = 10_000
	dir := t.TempDir()
	db, err := models.Open(context.Background(), models.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, unit := modelstest.City(t, db)
	c := modelstest.Consultation(t, db, unit, articles, nil)
	secrets := attendees(t, db, people)
	db.Close()
	var took, again []time.Duration
	var each, used []float64
	for range runs {
		s := &program{consultation: c.ID}
		s.serve(t, "MINYI_DATA_DIR="+dir)
		pid := s.cmd.Process.Pid
		p := &phones{t: t, addr: strings.TrimPrefix(s.url, "http://"), topic: models.ConsultationTopic(c.ID), secrets: secrets}
		before, spent, began := memory(pid), cpu(pid), time.Now()
		p.join("")
		took = append(took, time.Since(began))
		each = append(each, (memory(pid)-before)*1024/people)
		used = append(used, float64((cpu(pid)-spent).Microseconds())/people)
		at := s.position(t, p.topic)
		p.close()
		began = time.Now()
		p.join(at)
		again = append(again, time.Since(began))
		p.close()
		s.stop()
	}
	slices.Sort(took)
	slices.Sort(again)
	slices.Sort(each)
	slices.Sort(used)
	row(t, "10,000 signed in open a consultation live: all have the snapshot", ms(took[len(took)/2]), "", "≤ 5 s")
	row(t, "the same come back with their number: all caught up", ms(again[len(again)/2]), "", "≤ 5 s")
	row(t, "memory of each, right after joining, nothing collected by hand", fmt.Sprintf("%.1f KB", each[len(each)/2]), "", "≤ 20 KB (aim 16)")
	row(t, "CPU of each join, handshake and sign-in included", fmt.Sprintf("%.0f µs", used[len(used)/2]), "", "≤ 460 µs")
}

// A whole hall opens the page of a room with thirty questions at once, each with their
// own questions and voices in the snapshot, and comes back after a break.
func TestFigureRoomJoin(t *testing.T) {
	const people, questions = 10_000, 30
	dir := t.TempDir()
	h := furnish(t, models.Options{Dir: dir}, 0)
	db, err := models.Open(context.Background(), models.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	secrets := attendees(t, db, people)
	db.Close()
	s := &program{}
	s.serve(t, "MINYI_DATA_DIR="+dir, "MINYI_LIMIT_ASK=0", "MINYI_LIMIT_ASK_NETWORK=0")
	for i := range questions {
		body := fmt.Sprintf(`{"body":"第 %d 个问题：路灯什么时候修好？"}`, i)
		req, err := http.NewRequest("POST", s.url+"/api/v1/rooms/"+h.code+"/questions", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": {"Bearer " + h.chair}, "Content-Type": {"application/json"}}
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusCreated {
			t.Fatal(answer.Status)
		}
	}
	p := &phones{t: t, addr: strings.TrimPrefix(s.url, "http://"), topic: models.RoomTopic(h.code), secrets: secrets}
	var took, again []time.Duration
	for range runs {
		began := time.Now()
		p.join("")
		took = append(took, time.Since(began))
		at := s.position(t, p.topic)
		p.close()
		began = time.Now()
		p.join(at)
		again = append(again, time.Since(began))
		p.close()
	}
	slices.Sort(took)
	slices.Sort(again)
	row(t, "10,000 signed in open a room of 30 questions: all have the snapshot", ms(took[len(took)/2]), "", "≤ 5 s")
	row(t, "the same come back with their number: all caught up", ms(again[len(again)/2]), "", "≤ 5 s")
}

// position is where a topic stands, as the since of a join frame.
func (s *program) position(t *testing.T, topic string) string {
	t.Helper()
	status, body, err := fasthttp.Get(nil, s.url+"/api/v1/live?topic="+topic)
	var at struct {
		Epoch string `json:"epoch"`
		Seq   uint64 `json:"seq"`
	}
	if err == nil {
		err = json.Unmarshal(body, &at)
	}
	if err != nil || status != 200 {
		t.Fatal(status, err, string(body))
	}
	return fmt.Sprintf(`,"since":{"epoch":%q,"seq":%d}`, at.Epoch, at.Seq)
}
