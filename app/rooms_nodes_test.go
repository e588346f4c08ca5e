package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"

	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/app/rooms"
	"minyi/models"
	"minyi/models/modelstest"
)

// hallOf is a store with an open room, and people with tokens, ready to be served by
// one node or more.
type hallOf struct {
	code   string
	room   models.Room
	chair  string
	tokens []string
}

// furnish makes an open, unmoderated room and n people in a fresh store.
func furnish(t *testing.T, o models.Options, n int) hallOf {
	t.Helper()
	ctx := context.Background()
	db, err := models.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	_, unit := modelstest.City(t, db)
	h := hallOf{chair: code.NewToken()}
	chair := modelstest.Person(t, db, "chair", unit, models.Moderator)
	err = db.InTx(ctx, models.Act{By: "system", Name: "test.fixture", Silent: true}, func(tx *models.Tx) error {
		token := func(secret, person string) {
			tx.Later(&models.Token{ID: models.NewID(tx.Now), TokenHash: code.Hash(secret), PersonID: person, Name: "test", CreatedAt: tx.Now})
		}
		var people []models.Person
		for i := range n {
			mail := fmt.Sprintf("attendee%d@minyi.example", i)
			people = append(people, models.Person{ID: models.NewID(tx.Now), Email: mail, EmailKey: &mail, Name: mail, Nickname: mail, Lang: "zh", Tier: models.TierContact, CreatedAt: tx.Now, UpdatedAt: tx.Now})
			tx.Later(&people[i])
		}
		for _, p := range people {
			secret := code.NewToken()
			h.tokens = append(h.tokens, secret)
			token(secret, p.ID)
		}
		token(h.chair, chair.ID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := rooms.New(rooms.Options{DB: db})
	who := actorOf(chair, unit)
	if h.room, err = s.Create(ctx, who, rooms.RoomInput{UnitID: unit.ID, TitleZH: "夜市听证会", PerPerson: 1000}, models.Idem{}); err != nil {
		t.Fatal(err)
	}
	if h.room, err = s.Open(ctx, who, h.room.Code); err != nil {
		t.Fatal(err)
	}
	h.code = h.room.Code
	return h
}

// post sends JSON with a token and a key to a node.
func post(url, token, key string, in any) (int, []byte, error) {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	b, err := json.Marshal(in)
	if err != nil {
		return 0, nil, err
	}
	req.SetRequestURI(url)
	req.Header.SetMethod("POST")
	req.Header.SetContentType("application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Idempotency-Key", key)
	req.SetBody(b)
	err = patient.Do(req, res)
	return res.StatusCode(), append([]byte(nil), res.Body()...), err
}

// phone is one person's page: it follows the room's topic, comes back after a break
// to whichever node there is, and keeps the questions that it was shown, in order.
type phone struct {
	topic string
	token string

	mu    sync.Mutex
	conn  *websocket.Conn
	epoch string
	seq   uint64
	got   []string // bodies of questions, each as often as it came
	fault string
}

// follow opens a socket to a node and reads it until it breaks.
func (p *phone) follow(url string) error {
	header := http.Header{}
	if p.token != "" {
		header.Set("Authorization", "Bearer "+p.token)
	}
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/ws", header)
	if err != nil {
		return err
	}
	join := map[string]any{"op": "join", "topic": p.topic}
	p.mu.Lock()
	if p.epoch != "" {
		join["since"] = map[string]any{"epoch": p.epoch, "seq": p.seq}
	}
	p.conn = conn
	p.mu.Unlock()
	if err := conn.WriteJSON(join); err != nil {
		return err
	}
	go p.read(conn)
	return nil
}

// read takes what the socket says until it ends, and gives the code of its end.
func (p *phone) read(conn *websocket.Conn) (code int) {
	for {
		var f struct {
			Op, Epoch string
			Seq       uint64
			Data      struct{ Question *struct{ Body string } }
		}
		if err := conn.ReadJSON(&f); err != nil {
			conn.Close()
			if closed := (*websocket.CloseError)(nil); errors.As(err, &closed) {
				code = closed.Code
			}
			return code
		}
		p.mu.Lock()
		switch f.Op {
		case "snapshot":
			if p.epoch != "" {
				p.fault = fmt.Sprintf("a snapshot at %d, although it stood at %d", f.Seq, p.seq)
			}
			p.epoch, p.seq = f.Epoch, f.Seq
		case "event":
			if f.Seq != p.seq+1 {
				p.fault = fmt.Sprintf("event %d follows %d", f.Seq, p.seq)
			}
			p.seq = f.Seq
			if f.Data.Question != nil {
				p.got = append(p.got, f.Data.Question.Body)
			}
		}
		p.mu.Unlock()
	}
}

// shown waits until a question is on the phone.
func (p *phone) shown(t *testing.T, body string) {
	t.Helper()
	eventually(t, body, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.got) > 0 && p.got[len(p.got)-1] == body
	})
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ready(); {
		if time.Now().After(deadline) {
			t.Fatal("in vain: ", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// node starts one more process on the same database.
func node(t *testing.T, database string) *program {
	t.Helper()
	s := &program{}
	s.serve(t, "MINYI_DATA_DIR="+t.TempDir(), "MINYI_DATABASE_URL="+database)
	return s
}

// Two processes on one PostgreSQL serve one room: what is asked at one is on the
// phones of the other, and when one is killed its people go on at the other with
// nothing lost and nothing twice.
func TestTwoNodesServeOneRoom(t *testing.T) {
	database := modelstest.PostgresURL(t)
	h := furnish(t, models.Options{URL: database}, 2)
	a, b := node(t, database), node(t, database)
	topic := models.RoomTopic(h.code)
	atA, atB := &phone{topic: topic}, &phone{topic: topic}
	for p, n := range map[*phone]*program{atA: a, atB: b} {
		if err := p.follow(n.url); err != nil {
			t.Fatal(err)
		}
	}
	joined := func(p *phone) func() bool {
		return func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.epoch != "" }
	}
	eventually(t, "the phone at A joins", joined(atA))
	eventually(t, "the phone at B joins", joined(atB))
	var asked []string
	ask := func(n *program) {
		t.Helper()
		body := fmt.Sprintf("第%d问", len(asked)+1)
		status, answer, err := post(n.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[0], body, map[string]any{"body": body})
		if err != nil || status != 201 {
			t.Fatal(status, err, string(answer))
		}
		asked = append(asked, body)
	}
	for i := range 6 {
		began := time.Now()
		ask([]*program{a, b}[i%2])
		atB.shown(t, asked[i])
		atA.shown(t, asked[i])
		t.Logf("asked at node %d, on the phones of both after %v", i%2+1, time.Since(began).Round(time.Millisecond))
	}
	a.end(syscall.SIGKILL)
	ask(b) // while the people of A are on their way
	if err := atA.follow(b.url); err != nil {
		t.Fatal(err)
	}
	ask(b)
	for name, p := range map[string]*phone{"A": atA, "B": atB} {
		p.shown(t, asked[len(asked)-1])
		p.mu.Lock()
		if fmt.Sprint(p.got) != fmt.Sprint(asked) || p.fault != "" {
			t.Errorf("the phone at %s was shown %v, want %v; %s", name, p.got, asked, p.fault)
		}
		p.mu.Unlock()
	}
	// Voices given at both nodes count once each.
	var id struct{ Questions []struct{ ID string } }
	_, body, err := fasthttp.Get(nil, b.url+"/api/v1/rooms/"+h.code)
	if err != nil || json.Unmarshal(body, &id) != nil || len(id.Questions) != len(asked) {
		t.Fatalf("%v %s", err, body)
	}
	again := node(t, database)
	for i, n := range []*program{b, again, b, again} {
		status, answer, err := post(n.url+"/api/v1/questions/"+id.Questions[0].ID+"/support", h.tokens[1], fmt.Sprint("v", i), nil)
		var got rooms.Seconded
		if err != nil || status != 200 || json.Unmarshal(answer, &got) != nil || got.Supports != 1 {
			t.Errorf("voice %d: %d %v %s", i, status, err, answer)
		}
	}
}

// Who has themselves erased is in the memory of no node any more: what was told by name
// is not told again to who comes back.
func TestAnErasedNameLeavesTheMemoryOfEveryNode(t *testing.T) {
	database := modelstest.PostgresURL(t)
	h := furnish(t, models.Options{URL: database}, 1)
	a, b := node(t, database), node(t, database)
	const name = "安若素"
	status, answer, err := post(a.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[0], "named", map[string]any{"body": "几点散会？", "anonymous": false, "name": name})
	if err != nil || status != 201 {
		t.Fatal(status, err, string(answer))
	}
	live := func(n *program, seq int64) string {
		t.Helper()
		_, body, err := fasthttp.Get(nil, n.url+fmt.Sprintf("/api/v1/live?topic=%s", models.RoomTopic(h.code)))
		var at struct {
			Epoch string
			Seq   int64
		}
		if err != nil || json.Unmarshal(body, &at) != nil {
			t.Fatal(err, string(body))
		}
		if seq < 0 {
			return string(body)
		}
		_, body, err = fasthttp.Get(nil, n.url+fmt.Sprintf("/api/v1/live?topic=%s&epoch=%s&seq=%d", models.RoomTopic(h.code), at.Epoch, seq))
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	for _, n := range []*program{a, b} {
		eventually(t, "both nodes remember it", func() bool { return strings.Contains(live(n, -1), name) && strings.Contains(live(n, 0), name) })
	}
	db, err := models.Open(t.Context(), models.Options{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := db.QuestionsAll(t.Context(), h.room.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	s := rooms.New(rooms.Options{DB: db})
	err = db.InTx(t.Context(), models.Act{By: "system", Name: "test.erase"}, func(tx *models.Tx) error {
		p, err := tx.Person(list[0].PersonID)
		if err != nil {
			return err
		}
		if err := s.Erased(tx, p.ID); err != nil {
			return err
		}
		return tx.ErasePerson(p)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []*program{a, b} {
		eventually(t, fmt.Sprintf("node %d has forgotten it", i+1), func() bool {
			missed := live(n, 0)
			return strings.Contains(missed, "rooms.forgotten") && !strings.Contains(missed, name) && !strings.Contains(live(n, -1), name)
		})
	}
}

// roomKilled kills the program again and again while questions are asked: every
// phone of the room comes back and is shown each question once and in order.
func roomKilled(t *testing.T, s *program, h hallOf, listeners, kills int) {
	t.Helper()
	list := make([]*phone, listeners)
	everybody := func(do func(*phone) error) {
		t.Helper()
		var wg sync.WaitGroup
		next := make(chan *phone, listeners)
		for _, p := range list {
			next <- p
		}
		close(next)
		for range 32 {
			wg.Go(func() {
				for p := range next {
					if err := do(p); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	for i := range list {
		list[i] = &phone{topic: models.RoomTopic(h.code)}
	}
	everybody(func(p *phone) error { return p.follow(s.url) })
	for _, p := range list {
		eventually(t, "all phones join", func() bool { p.mu.Lock(); defer p.mu.Unlock(); return p.epoch != "" })
	}
	var asked []string
	for round := range kills {
		done := make(chan struct{})
		var open string // asked and not answered
		go func() {
			defer close(done)
			for n := 0; ; n++ {
				body := fmt.Sprintf("第%d轮第%d问", round, n)
				status, _, err := post(s.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[0], body, map[string]any{"body": body})
				if err != nil || status != 201 {
					open = body
					return
				}
				asked = append(asked, body)
			}
		}()
		eventually(t, "questions are asked", func() bool {
			list[0].mu.Lock()
			defer list[0].mu.Unlock()
			return len(list[0].got) > 10*(round+1)
		})
		s.end(syscall.SIGKILL)
		<-done
		s.restart(t)
		body := map[string]any{"body": open}
		status, answer, err := post(s.url+"/api/v1/rooms/"+h.code+"/questions", h.tokens[0], open, body) // the same key: it may have been kept
		if err != nil || status != 201 {
			t.Fatal(status, err, string(answer))
		}
		asked = append(asked, open)
		began := time.Now()
		everybody(func(p *phone) error { return p.follow(s.url) })
		for _, p := range list {
			p.shown(t, open)
		}
		t.Logf("%d phones back and complete %v after the program was ready", listeners, time.Since(began).Round(time.Millisecond))
	}
	for i, p := range list {
		p.mu.Lock()
		if fmt.Sprint(p.got) != fmt.Sprint(asked) || p.fault != "" {
			t.Errorf("phone %d was shown %d of %d questions, or not in order; %s", i, len(p.got), len(asked), p.fault)
		}
		p.conn.Close()
		p.mu.Unlock()
	}
	t.Logf("%d questions on %d phones, each once and in order, over %d kills", len(asked), listeners, kills)
}

func TestAKilledRoomComesBackWhole(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		h := furnish(t, models.Options{Dir: dir}, 1)
		s := &program{}
		s.serve(t, "MINYI_DATA_DIR="+dir, "MINYI_LIMIT_ASK=0")
		roomKilled(t, s, h, 20, 2)
	})
	t.Run("postgres", func(t *testing.T) {
		database := modelstest.PostgresURL(t)
		h := furnish(t, models.Options{URL: database}, 1)
		s := &program{}
		s.serve(t, "MINYI_DATA_DIR="+t.TempDir(), "MINYI_DATABASE_URL="+database, "MINYI_LIMIT_ASK=0")
		roomKilled(t, s, h, 20, 2)
	})
}

// actorOf is a person with a role in a unit, as the web would know them.
func actorOf(p models.Person, unit models.Unit) actor.Actor {
	return actor.Actor{PersonID: p.ID, Name: p.Name, Tier: p.Tier, Lang: "zh", Roles: []models.Role{{Name: models.Moderator, Unit: unit}}}
}
