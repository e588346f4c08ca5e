package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/getkin/kin-openapi/openapi3"

	"minyi/app/kit/actor"
	"minyi/models"
	"minyi/models/modelstest"
)

// crowd is a site with a room and the people who are in it.
type crowd struct {
	site
	code                    string
	chair, second, ann, ben string // tokens
	annID                   string
	doc                     *openapi3.T
}

// inRoom runs f with an open room on both databases.
func inRoom(t *testing.T, moderated bool, f func(t *testing.T, c crowd)) {
	each(t, func(t *testing.T, s site) {
		city, unit := modelstest.City(t, s.DB)
		person := func(name string, u models.Unit, roles ...models.RoleName) models.Person {
			return modelstest.Person(t, s.DB, name, u, roles...)
		}
		ann := person("ann", unit)
		c := crowd{site: s, doc: s.document(), annID: ann.ID, chair: s.token(person("chair", city, models.Moderator)), second: s.token(person("second", unit, models.Moderator)), ann: s.token(ann), ben: s.token(person("ben", unit))}
		var room struct{ Code string }
		c.must("POST", "/desk/rooms", "/desk/rooms", c.chair, map[string]any{"unit": unit.ID, "title": map[string]string{"zh": "夜市听证会", "en": "Night market"}, "moderated": moderated}, 201, &room)
		c.code = room.Code
		c.must("POST", "/rooms/{code}/open", "/rooms/"+c.code+"/open", c.chair, nil, 200, nil)
		f(t, c)
	})
}

// must calls the API, holds the answer against its description and reads it.
// keys counts the idempotency keys of the tests' requests.
var keys atomic.Int64

func (c crowd) must(method, path, address, token string, in any, status int, out any) {
	c.t.Helper()
	key := fmt.Sprint(keys.Add(1))
	got, body, header := c.call(method, "/api/v1"+address, token, in, "Idempotency-Key", key)
	if got != status {
		c.t.Fatalf("%s %s answered %d, want %d: %s", method, address, got, status, body)
	}
	if method != "GET" && got < 300 { // what is sent again with its key has one effect and one answer
		if again, same, _ := c.call(method, "/api/v1"+address, token, in, "Idempotency-Key", key); again != got || !bytes.Equal(same, body) {
			c.t.Fatalf("%s %s, sent again, answered %d %s, and before %d %s", method, address, again, same, got, body)
		}
	}
	if got == 204 {
		return
	}
	holds(c.t, c.doc, method, path, got, header, body)
	if out != nil {
		if err := json.Unmarshal(body, out); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c crowd) move(verb, question string, in any) {
	c.t.Helper()
	c.must("POST", "/desk/questions/{id}/"+verb, "/desk/questions/"+question+"/"+verb, c.chair, in, 200, nil)
}

// ear is one socket whose frames are all kept.
type ear struct {
	*websocket.Conn
	t    *testing.T
	mu   sync.Mutex
	raw  []string
	news chan struct{}
	seq  map[string]uint64
	code int // by which it was closed
}

// ended is the code by which the socket was closed, 0 while it is open.
func (e *ear) ended() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.code
}

// listens opens a socket with a token, or without, and joins topics.
func (c crowd) listens(token string, topics ...string) *ear {
	c.t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(c.url, "http")+"/ws", header)
	if err != nil {
		c.t.Fatal(err)
	}
	e := &ear{Conn: conn, t: c.t, news: make(chan struct{}, 1), seq: map[string]uint64{}}
	c.t.Cleanup(func() { conn.Close() })
	go e.listen()
	for _, topic := range topics {
		e.send(map[string]any{"op": "join", "topic": topic, "key": "join " + topic})
		e.await("join "+topic, func(raw string) bool { return strings.Contains(raw, `"key":"join `+topic+`"`) })
	}
	return e
}

func (e *ear) send(frame any) {
	e.t.Helper()
	if err := e.WriteJSON(frame); err != nil {
		e.t.Fatal(err)
	}
}

func (e *ear) listen() {
	for {
		_, p, err := e.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				e.mu.Lock()
				e.code = closed.Code
				e.mu.Unlock()
			}
			return
		}
		var f frame
		_ = json.Unmarshal(p, &f)
		e.mu.Lock()
		e.raw = append(e.raw, string(p))
		switch {
		case f.Op == "snapshot":
			e.seq[f.Topic] = f.Seq
		case f.Op == "event":
			if f.Seq != e.seq[f.Topic]+1 {
				e.t.Errorf("event %d of %s follows %d", f.Seq, f.Topic, e.seq[f.Topic])
			}
			e.seq[f.Topic] = f.Seq
		}
		e.mu.Unlock()
		select {
		case e.news <- struct{}{}:
		default:
		}
	}
}

// await waits for a frame and gives it.
func (e *ear) await(what string, wanted func(string) bool) string {
	e.t.Helper()
	deadline := time.After(time.Minute)
	for seen := 0; ; {
		e.mu.Lock()
		list := e.raw
		e.mu.Unlock()
		for ; seen < len(list); seen++ {
			if wanted(list[seen]) {
				return list[seen]
			}
		}
		select {
		case <-e.news:
		case <-deadline:
			e.t.Fatalf("no frame with %s among\n%s", what, strings.Join(list, "\n"))
		}
	}
}

func (e *ear) awaitText(text string) string {
	e.t.Helper()
	return e.await(text, func(raw string) bool { return strings.Contains(raw, text) })
}

func (e *ear) all() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.raw, "\n")
}

// acked sends an act and gives the id of its ack.
func (e *ear) acked(frame map[string]any) string {
	e.t.Helper()
	e.send(frame)
	raw := e.awaitText(fmt.Sprintf(`"key":%q`, frame["key"]))
	var f struct{ Op, ID, Code string }
	if err := json.Unmarshal([]byte(raw), &f); err != nil || f.Op != "ack" {
		e.t.Fatalf("%v was answered %s", frame, raw)
	}
	return f.ID
}

// errors sends an act and gives the code of its error.
func (e *ear) errors(frame map[string]any) string {
	e.t.Helper()
	e.send(frame)
	raw := e.awaitText(fmt.Sprintf(`"key":%q`, frame["key"]))
	var f struct{ Op, Code, Message string }
	if err := json.Unmarshal([]byte(raw), &f); err != nil || f.Op != "error" || f.Message == "" {
		e.t.Errorf("%v was answered %s", frame, raw)
	}
	return f.Code
}

// The frames of every role are recorded: what is not approved reaches nobody but its
// author and the moderators, whatever happens to it.
func TestNoFrameHoldsWhatItsReaderMayNotSee(t *testing.T) {
	inRoom(t, true, func(t *testing.T, c crowd) {
		room, own := "room:"+c.code, "room:"+c.code+":me:p:"+c.annID
		// The wall has a connection of its own: topics are told independently, and what
		// is awaited below must be the last of the topic that is looked at.
		public, wall, ben := c.listens("", room), c.listens("", room+":wall"), c.listens(c.ben, room)
		ann := c.listens(c.ann, own, room)
		desk := c.listens(c.chair, room+":desk", room)
		secrets := []string{"五栋六零二的电话", "还没有看过的话", "打错字的原文"}
		held := ann.acked(map[string]any{"op": "ask", "key": "k1", "body": secrets[0]})
		desk.awaitText(secrets[0])
		c.move("hold", held, map[string]any{"reason": "personal-data", "note": "请不要公开他人电话"})
		ann.awaitText(`"reason":"personal-data"`)
		ann.acked(map[string]any{"op": "ask", "key": "k2", "body": secrets[1]})
		typo := ann.acked(map[string]any{"op": "ask", "key": "k3", "body": secrets[2]})
		c.move("edit", typo, map[string]any{"body": "改好的文字"})
		good := ann.acked(map[string]any{"op": "ask", "key": "k4", "body": "服务费怎么算？"})
		c.move("approve", good, nil)
		double := ann.acked(map[string]any{"op": "ask", "key": "k5", "body": "服务费是怎么算出来的？"})
		c.move("merge", double, map[string]any{"into": good})
		c.move("answering", good, nil)
		c.move("answered", good, map[string]any{"answerer": "市场监管局"})
		c.must("POST", "/rooms/{code}/close", "/rooms/"+c.code+"/close", c.chair, nil, 200, nil)
		for _, e := range []*ear{public, wall, ben} {
			e.awaitText(`"kind":"rooms.closed"`)
		}
		for who, e := range map[string]*ear{"the public": public, "the wall": wall, "another resident": ben} {
			frames := e.all()
			for _, text := range append(secrets, held, typo, double, "改好的文字", "请不要公开") {
				if strings.Contains(frames, text) {
					t.Errorf("%s was sent %q", who, text)
				}
			}
			for _, text := range []string{"服务费怎么算？", `"held":{"personal-data":1}`, "市场监管局"} {
				if e != wall && !strings.Contains(frames, text) {
					t.Errorf("%s was not sent %q", who, text)
				}
			}
		}
		for _, topic := range []string{room + ":desk", own} {
			for _, e := range []*ear{public, ben} {
				if code := e.errors(map[string]any{"op": "join", "topic": topic, "key": "x" + topic}); code != "unknown_topic" {
					t.Errorf("%s: %s, want unknown_topic", topic, code)
				}
			}
		}
		status, body, _ := c.call("GET", "/api/v1/rooms/"+c.code, c.ben, nil)
		if status != 200 || strings.Contains(string(body), secrets[0]) || strings.Contains(string(body), secrets[1]) {
			t.Errorf("the API shows what is not approved: %d %s", status, body)
		}
	})
}

// What a moderator does and takes back while people watch: a move undone within ten
// seconds, questions merged and parted again, polls nobody shall see yet, names that are
// hidden. Neither a frame, nor a page, nor the API, nor search says more than it may.
func TestNothingIsSaidOfWhatIsUndonePartedHiddenOrNotShownYet(t *testing.T) {
	inRoom(t, true, func(t *testing.T, c crowd) {
		room := "room:" + c.code
		public, wall, ben := c.listens("", room), c.listens("", room+":wall"), c.listens(c.ben, room)
		ask := func(body string, anonymous bool) string {
			var q struct{ ID string }
			c.must("POST", "/rooms/{code}/questions", "/rooms/"+c.code+"/questions", c.ann, map[string]any{"body": body, "anonymous": anonymous, "name": "石榴街的安"}, 201, &q)
			return q.ID
		}
		var moved struct{ Move string }
		move := func(verb, id string, in any) {
			c.must("POST", "/desk/questions/{id}/"+verb, "/desk/questions/"+id+"/"+verb, c.chair, in, 200, &moved)
		}
		undo := func() {
			c.must("POST", "/desk/moves/{id}/undo", "/desk/moves/"+moved.Move+"/undo", c.chair, nil, 200, nil)
		}
		// Held back, taken back, and held back for good: the words are never said.
		held := ask("隔壁老王的手机号", true)
		move("hold", held, map[string]any{"reason": "personal-data", "note": "只给提问人看的话"})
		undo()
		move("hold", held, map[string]any{"reason": "insult", "note": "只给提问人看的话"})
		// Merged before anybody approved it, and parted again: still waiting.
		head := ask("油烟机多久查一次？", true)
		move("approve", head, nil)
		double := ask("油烟机多久查一次呀没审过", true)
		move("merge", double, map[string]any{"into": head})
		move("unmerge", double, nil)
		move("merge", double, map[string]any{"into": head})
		undo()
		// Mended before it is approved: what stood there is said only with what is shown.
		typo := ask("原来的错字没审过", true)
		move("edit", typo, map[string]any{"body": "改过的也没审过"})
		undo()
		// Approved by mistake and taken back: gone from every list.
		slip := ask("手滑通过的话", true)
		move("approve", slip, nil)
		public.awaitText("手滑通过的话")
		undo()
		public.awaitText(`"removed":"` + slip + `"`)
		// A poll that is being prepared, and one whose result is not shown.
		var poll struct{ ID string }
		c.must("POST", "/rooms/{code}/polls", "/rooms/"+c.code+"/polls", c.chair, map[string]any{"kind": "single", "title": map[string]string{"zh": "还没开始的投票"}, "options": []any{map[string]string{"zh": "甲"}, map[string]string{"zh": "乙"}}}, 201, &poll)
		var open struct{ ID string }
		c.must("POST", "/rooms/{code}/polls", "/rooms/"+c.code+"/polls", c.chair, map[string]any{"kind": "scale", "title": map[string]string{"zh": "讲清楚了吗"}}, 201, &open)
		c.must("POST", "/desk/polls/{id}", "/desk/polls/"+open.ID, c.chair, map[string]any{"state": "open", "shown": false}, 200, nil)
		c.must("POST", "/polls/{id}/vote", "/polls/"+open.ID+"/vote", c.ann, map[string]any{"choices": []any{nil}}, 422, nil)
		c.must("POST", "/polls/{id}/vote", "/polls/"+open.ID+"/vote", c.ann, map[string]any{"choices": []int{4}}, 200, nil)
		last := ask("最后一问", true)
		move("approve", last, nil)
		move("wall", last, nil)
		for _, e := range []*ear{public, ben} {
			e.awaitText("最后一问")
			e.awaitText("讲清楚了吗")
		}
		wall.awaitText(`"about":"` + last + `"`)

		// Who comes back is told of the mistake no more than that something was.
		var start frame
		if err := json.Unmarshal([]byte(public.awaitText(`"op":"snapshot"`)), &start); err != nil {
			t.Fatal(err)
		}
		since := fmt.Sprintf("/api/v1/live?topic=%s&epoch=%s&seq=%d", room, start.Epoch, start.Seq)
		late := c.listens("")
		late.seq[room] = start.Seq
		late.send(map[string]any{"op": "join", "topic": room, "since": map[string]any{"epoch": start.Epoch, "seq": start.Seq}})
		late.awaitText("最后一问")

		never := []string{"隔壁老王", "只给提问人", "没审过", "还没开始的投票", "石榴街的安", "ann", c.annID, `"counts":[0,0,0,0,1]`, `"voters"`}
		said := map[string]string{"a signed-out reader's frames": public.all(), "another resident's frames": ben.all(), "the wall's frames": wall.all()}
		var state struct{ Wall struct{ Secret string } }
		c.must("GET", "/rooms/{code}/queue", "/rooms/"+c.code+"/queue", c.chair, nil, 200, &state)
		said["who comes back"] = late.all()
		for _, path := range []string{since, "/api/v1/rooms/" + c.code, "/api/v1/live?topic=" + room, "/api/v1/live?topic=" + room + ":wall", "/api/v1/questions/" + head, "/live/" + c.code, "/en/live/" + c.code, "/live/" + c.code + "/plain",
			"/wall/" + state.Wall.Secret, "/api/v1/rooms/" + c.code + "/similar?body=" + url.QueryEscape("油烟机多久查一次呀没审过"), "/questions/overdue"} {
			for who, token := range map[string]string{"nobody": "", "another": c.ben} {
				_, body, _ := c.call("GET", path, token, nil)
				said[path+" as "+who] = string(body)
			}
		}
		eventually(t, "what is shown is found", func() bool {
			_, body, _ := c.call("GET", "/api/v1/search?q="+url.QueryEscape("最后一问"), "", nil)
			return strings.Contains(string(body), last)
		})
		for _, q := range []string{"隔壁老王", "没审过", "手滑通过", "还没开始的投票"} {
			_, body, _ := c.call("GET", "/api/v1/search?q="+url.QueryEscape(q), c.ben, nil)
			var found struct{ Results []json.RawMessage }
			if json.Unmarshal(body, &found) != nil || len(found.Results) > 0 {
				t.Errorf("search finds %q: %s", q, body)
			}
		}
		for where, text := range said {
			for _, word := range never {
				if strings.Contains(text, word) {
					t.Errorf("%s says %q", where, word)
				}
			}
			if !strings.Contains(where, "frames") && strings.Contains(text, "手滑通过") {
				t.Errorf("%s still says what was taken back", where)
			}
		}
		for _, id := range []string{held, double, typo, slip} {
			if status, _, _ := c.call("GET", "/api/v1/questions/"+id, c.ben, nil); status != 404 {
				t.Errorf("question %s is answered %d", id, status)
			}
		}
	})
}

// What is one's own comes with the snapshot after a break: the voices and votes that
// were given elsewhere meanwhile, and one's own questions in their states.
func TestWhatIsOnesOwnIsMarkedAfterABreak(t *testing.T) {
	inRoom(t, true, func(t *testing.T, c crowd) {
		room := "room:" + c.code
		var own, other, poll struct{ ID string }
		c.must("POST", "/rooms/{code}/questions", "/rooms/"+c.code+"/questions", c.ann, map[string]any{"body": "我的问题"}, 201, &own)
		c.must("POST", "/rooms/{code}/questions", "/rooms/"+c.code+"/questions", c.ben, map[string]any{"body": "别人的问题"}, 201, &other)
		c.move("approve", other.ID, nil)
		c.must("POST", "/rooms/{code}/polls", "/rooms/"+c.code+"/polls", c.chair, map[string]any{"kind": "scale", "title": map[string]string{"zh": "清楚吗"}}, 201, &poll)
		c.must("POST", "/desk/polls/{id}", "/desk/polls/"+poll.ID, c.chair, map[string]any{"state": "open"}, 200, nil)
		type snap struct {
			Op, Epoch string
			Seq       uint64
			State     struct {
				Mine   []struct{ ID, State, Reason string }
				Voiced []string
				Votes  map[string]string
			}
		}
		snapshotOf := func(token, topic string, since map[string]any) (s snap) {
			e := c.listens(token)
			e.send(map[string]any{"op": "join", "topic": topic, "since": since})
			if err := json.Unmarshal([]byte(e.awaitText(`"op":"snapshot"`)), &s); err != nil {
				t.Fatal(err)
			}
			e.Close()
			return s
		}
		before := snapshotOf(c.ann, room, nil)
		if len(before.State.Mine) != 1 || before.State.Mine[0].ID != own.ID || before.State.Mine[0].State != "waiting" || len(before.State.Voiced) != 0 {
			t.Fatalf("at first %+v", before.State)
		}
		// While this phone is away, the same person seconds and votes at another.
		c.must("POST", "/questions/{id}/support", "/questions/"+other.ID+"/support", c.ann, nil, 200, nil)
		c.must("POST", "/polls/{id}/vote", "/polls/"+poll.ID+"/vote", c.ann, map[string]any{"choices": []int{2}}, 200, nil)
		c.move("hold", own.ID, map[string]any{"reason": "off-topic"})
		for name, since := range map[string]map[string]any{"anew": nil, "from too far back": {"epoch": "another", "seq": 1}} {
			got := snapshotOf(c.ann, room, since).State
			if len(got.Mine) != 1 || got.Mine[0].Reason != "off-topic" || len(got.Voiced) != 1 || got.Voiced[0] != other.ID || got.Votes[poll.ID] != "2" {
				t.Errorf("%s: %+v", name, got)
			}
			if theirs := snapshotOf(c.ben, room, since).State; len(theirs.Mine) != 1 || theirs.Mine[0].ID != other.ID || len(theirs.Voiced) != 0 || len(theirs.Votes) != 0 {
				t.Errorf("%s, somebody else: %+v", name, theirs)
			}
		}
		// The topic of one's own goes on by number as the public one does.
		mine := room + ":me:p:" + c.annID
		at := snapshotOf(c.ann, mine, nil)
		c.move("approve", own.ID, nil)
		back := c.listens(c.ann)
		back.seq[mine] = at.Seq
		back.send(map[string]any{"op": "join", "topic": mine, "since": map[string]any{"epoch": at.Epoch, "seq": at.Seq}})
		back.awaitText(`"state":"queued"`)
		if strings.Contains(back.all(), `"op":"snapshot"`) {
			t.Error("a snapshot of one's own, although one event was missed")
		}
	})
}

// numbers are those that a page shows which puts each frame's in place as it comes.
func (e *ear) numbers() map[string]int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	type question struct {
		ID       string
		Supports int64
	}
	out := map[string]int64{}
	for _, raw := range e.raw {
		var f struct {
			State struct{ Questions, Waiting, Queued []question }
			Data  struct {
				Question question
				Removed  string
			}
			Counts struct{ Supports map[string]int64 }
		}
		_ = json.Unmarshal([]byte(raw), &f)
		for _, q := range slices.Concat(f.State.Questions, f.State.Waiting, f.State.Queued, []question{f.Data.Question}) {
			out[q.ID] = q.Supports
		}
		for id, n := range f.Counts.Supports {
			if _, ok := out[id]; !ok {
				e.t.Errorf("counts of %s, which nothing has told of yet", id)
			}
			out[id] = n
		}
		delete(out, f.Data.Removed)
	}
	delete(out, "")
	return out
}

// While many second, moderators edit, merge and part: whoever follows ends with the
// numbers that are stored, and never hears of the number of a question that is not known.
func TestWhoFollowsEndsWithTheNumbersThatAreStored(t *testing.T) {
	inRoom(t, false, func(t *testing.T, c crowd) {
		const voices, questions = 6, 4
		var tokens []string
		for i := range voices {
			tokens = append(tokens, c.token(modelstest.Person(t, c.DB, fmt.Sprintf("voice%d", i), models.Unit{})))
		}
		room := "room:" + c.code
		public, desk := c.listens("", room), c.listens(c.chair, room+":desk")
		var ids []string
		for i := range questions {
			var q struct{ ID string }
			c.must("POST", "/rooms/{code}/questions", "/rooms/"+c.code+"/questions", c.ann, map[string]any{"body": fmt.Sprintf("第 %d 问：几点收摊？", i+1)}, 201, &q)
			ids = append(ids, q.ID)
		}
		var all sync.WaitGroup
		for _, token := range tokens {
			all.Go(func() {
				for _, id := range ids {
					if code, body, _ := c.call("POST", "/api/v1/questions/"+id+"/support", token, nil, "Idempotency-Key", token+id); code != 200 {
						t.Errorf("seconding answered %d %s", code, body)
					}
				}
			})
		}
		all.Go(func() {
			for i := range 4 {
				c.move("edit", ids[0], map[string]any{"body": fmt.Sprintf("第 1 问：到底几点收摊？（%d）", i)})
			}
			c.move("merge", ids[3], map[string]any{"into": ids[0]})
			c.move("unmerge", ids[3], nil)
			c.move("merge", ids[2], map[string]any{"into": ids[1]})
		})
		all.Wait()
		stored := map[string]int64{}
		for _, id := range []string{ids[0], ids[1], ids[3]} {
			var q struct{ Supports int64 }
			c.must("GET", "/questions/{id}", "/questions/"+id, "", nil, 200, &q)
			stored[id] = q.Supports
		}
		for who, e := range map[string]*ear{"everybody": public, "the desk": desk} {
			eventually(t, who+" has the stored numbers", func() bool {
				shown := e.numbers()
				delete(shown, ids[2]) // the desk keeps what was merged
				return maps.Equal(shown, stored)
			})
		}
	})
}

func TestAskingAndSecondingOverTheSocketHasOneEffect(t *testing.T) {
	inRoom(t, false, func(t *testing.T, c crowd) {
		room := "room:" + c.code
		public, ann, ben := c.listens("", room), c.listens(c.ann, room), c.listens(c.ben, room)
		ask := map[string]any{"op": "ask", "key": "a1", "body": "几点收摊？", "anonymous": true}
		id := ann.acked(ask)
		again := c.listens(c.ann, room)
		if other := again.acked(ask); other != id {
			t.Errorf("the same key asked twice: %s and %s", id, other)
		}
		public.awaitText(`"body":"几点收摊？"`)
		for i := range 3 {
			ben.acked(map[string]any{"op": "support", "key": fmt.Sprint("s", i), "question": id, "on": true})
		}
		public.awaitText(`"supports":{"` + id + `":1}`)
		ben.acked(map[string]any{"op": "support", "key": "s9", "question": id, "on": false})
		public.awaitText(`"supports":{"` + id + `":0}`)
		for code, f := range map[string]map[string]any{
			"not_allowed": {"op": "support", "key": "e1", "question": id, "on": true},
			"invalid":     {"op": "ask", "key": "e2", "body": ""},
			"not_joined":  {"op": "ask", "key": "e5", "body": "别处", "topic": "room:ZZZZ"},
		} {
			if got := ann.errors(f); got != code {
				t.Errorf("%v: %s, want %s", f, got, code)
			}
		}
		for i, wrong := range []string{"", "x", "../../etc", strings.Repeat("9", 200), "01ARZ3NDEKTSV4RRFFQ69G5FAV"} {
			if got := ann.errors(map[string]any{"op": "support", "key": fmt.Sprint("w", i), "question": wrong, "on": true}); got != "invalid" {
				t.Errorf("a voice for %q: %s", wrong, got)
			}
		}
		if got := public.errors(map[string]any{"op": "ask", "key": "e3", "body": "谁？"}); got != "sign_in" {
			t.Errorf("asking without an identity: %s", got)
		}
		c.must("POST", "/rooms/{code}/pause", "/rooms/"+c.code+"/pause", c.chair, nil, 200, nil)
		if got := ann.errors(map[string]any{"op": "ask", "key": "e4", "body": "还能问吗？"}); got != "closed" {
			t.Errorf("asking while paused: %s", got)
		}
		if n := strings.Count(public.all(), `"kind":"rooms.asked"`); n != 1 {
			t.Errorf("%d questions were announced, want 1", n)
		}
	})
}

// Who loses the role loses the desk's socket at once, and does not get in again.
func TestWhoIsNoLongerModeratorHearsTheDeskNoMore(t *testing.T) {
	inRoom(t, true, func(t *testing.T, c crowd) {
		desk := "room:" + c.code + ":desk"
		list, err := c.Accounts().Staff(context.Background(), actor.System)
		if err != nil {
			t.Fatal(err)
		}
		e := c.listens(c.second, desk)
		for _, r := range list {
			if r.Person.Name == "second" {
				if err := c.Accounts().Revoke(context.Background(), actor.System, r.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		eventually(t, "the socket is closed", func() bool { return e.ended() == 4401 })
		again := c.listens(c.second)
		if got := again.errors(map[string]any{"op": "join", "topic": desk, "key": "j"}); got != "unknown_topic" {
			t.Errorf("who has lost the role was answered %s", got)
		}
	})
}

func TestWhoComesBackGetsWhatWasMissedOnce(t *testing.T) {
	inRoom(t, false, func(t *testing.T, c crowd) {
		room := "room:" + c.code
		first := c.listens("", room)
		var snap frame
		if err := json.Unmarshal([]byte(first.awaitText(`"op":"snapshot"`)), &snap); err != nil {
			t.Fatal(err)
		}
		first.Close()
		for i := range 5 {
			c.must("POST", "/rooms/{code}/questions", "/rooms/"+c.code+"/questions", c.ann, map[string]any{"body": fmt.Sprintf("第%d问", i)}, 201, nil)
		}
		back := c.listens("")
		back.seq[room] = snap.Seq
		back.send(map[string]any{"op": "join", "topic": room, "since": map[string]any{"epoch": snap.Epoch, "seq": snap.Seq}})
		back.awaitText("第4问")
		if strings.Contains(back.all(), `"op":"snapshot"`) {
			t.Error("a snapshot, although five events were missed")
		}
		status, body, _ := c.call("GET", fmt.Sprintf("/api/v1/live?topic=%s&epoch=%s&seq=%d", room, snap.Epoch, snap.Seq), "", nil)
		if status != 200 || strings.Count(string(body), `"op":"event"`) != 5 {
			t.Errorf("polling gives %d %s", status, body)
		}
	})
}

func TestTheAPIOfRoomsAnswersAsItIsDescribed(t *testing.T) {
	inRoom(t, true, func(t *testing.T, c crowd) {
		base, q := "/rooms/"+c.code, ""
		var asked struct{ ID string }
		ask := func(token, body string) string {
			c.must("POST", "/rooms/{code}/questions", base+"/questions", token, map[string]any{"body": body, "anonymous": false}, 201, &asked)
			return asked.ID
		}
		refused := func(method, path, address, token string, in any, status int) {
			t.Helper()
			c.must(method, path, address, token, in, status, nil)
		}
		refused("POST", "/rooms/{code}/questions", base+"/questions", "", map[string]any{"body": "谁？"}, 401)
		refused("POST", "/rooms/{code}/questions", base+"/questions", c.ann, map[string]any{"body": strings.Repeat("长", 121)}, 422)
		refused("POST", "/rooms/{code}/questions", base+"/questions", c.ann, map[string]any{"text": "x"}, 422)
		refused("POST", "/rooms/{code}/questions", "/rooms/ZZZZ/questions", c.ann, map[string]any{"body": "谁？"}, 404)
		q = ask(c.ann, "几点收摊？")
		c.must("GET", "/questions/{id}", "/questions/"+q, c.ann, nil, 200, nil) // what waits is there for its author
		refused("GET", "/questions/{id}", "/questions/"+q, c.ben, nil, 404)
		refused("GET", "/questions/{id}", "/questions/"+q, "", nil, 404)
		refused("GET", "/rooms/{code}/queue", base+"/queue", c.ben, nil, 404)
		refused("POST", "/desk/questions/{id}/approve", "/desk/questions/"+q+"/approve", c.ben, nil, 404)
		c.must("GET", "/rooms/{code}/queue", base+"/queue", c.chair, nil, 200, nil)
		var moved struct{ Move string }
		c.must("POST", "/desk/questions/{id}/approve", "/desk/questions/"+q+"/approve", c.chair, map[string]any{"revision": 1}, 200, &moved)
		c.must("POST", "/desk/moves/{id}/undo", "/desk/moves/"+moved.Move+"/undo", c.chair, nil, 200, nil)
		c.move("approve", q, nil)
		refused("POST", "/desk/questions/{id}/approve", "/desk/questions/"+q+"/approve", c.chair, nil, 409)
		c.must("POST", "/questions/{id}/support", "/questions/"+q+"/support", c.ben, nil, 200, nil)
		refused("POST", "/questions/{id}/support", "/questions/"+q+"/support", c.ann, nil, 403)
		c.must("DELETE", "/questions/{id}/support", "/questions/"+q+"/support", c.ben, nil, 200, nil)
		c.must("GET", "/questions/{id}", "/questions/"+q, "", nil, 200, nil)
		c.must("GET", "/rooms/{code}/similar", base+"/similar?body=几点能收摊", "", nil, 200, nil)
		c.must("POST", "/rooms/{code}/agenda", base+"/agenda", c.chair, map[string]any{"items": []any{map[string]any{"title": map[string]string{"zh": "收费", "en": "Fees"}, "minutes": 20}}}, 200, nil)
		c.must("POST", "/rooms/{code}/wall", base+"/wall", c.chair, map[string]any{"view": "question", "about": q}, 200, nil)
		c.move("wall", q, nil)
		c.move("answering", q, nil)
		c.move("written", q, map[string]any{"due": time.Now().AddDate(0, 0, 10).Format(time.DateOnly)})
		c.must("POST", "/desk/questions/{id}/answer", "/desk/questions/"+q+"/answer", c.chair, map[string]any{"answer": map[string]string{"zh": "十一点。", "en": "At eleven."}}, 200, nil)
		held := ask(c.ann, "谁家的电话？")
		c.move("hold", held, map[string]any{"reason": "personal-data"})
		c.must("POST", "/questions/{id}/appeal", "/questions/"+held+"/appeal", c.ann, map[string]any{"text": "是公开的电话"}, 200, nil)
		refused("POST", "/questions/{id}/appeal", "/questions/"+held+"/appeal", c.ben, map[string]any{"text": "x"}, 404)
		refused("POST", "/desk/questions/{id}/uphold", "/desk/questions/"+held+"/uphold", c.chair, nil, 403)
		c.must("POST", "/desk/questions/{id}/uphold", "/desk/questions/"+held+"/uphold", c.second, nil, 200, nil)
		c.must("POST", "/rooms/{code}/focus", base+"/focus", c.chair, map[string]any{"question": held}, 204, nil)
		c.must("DELETE", "/questions/{id}", "/questions/"+held, c.ann, nil, 204, nil)
		refused("POST", "/rooms/{code}/questions", base+"/questions", c.ann, map[string]any{"body": "第几条？", "clause": "a1"}, 422)
		c.must("POST", "/rooms/{code}/entries", base+"/entries", c.chair, map[string]any{"body": "现场的人想问", "name": "王阿姨", "channel": "paper"}, 201, nil)
		c.must("POST", "/rooms/{code}/list", base+"/list", c.chair, map[string]any{"open": true}, 200, nil)
		var entry struct{ ID string }
		c.must("POST", "/rooms/{code}/speakers", base+"/speakers", c.ann, map[string]any{"name": "安", "side": "for"}, 201, &entry)
		for _, verb := range []string{"extend", "give", "hold", "give", "stop"} {
			c.must("POST", "/desk/speakers/{id}/"+verb, "/desk/speakers/"+entry.ID+"/"+verb, c.chair, nil, 200, nil)
		}
		c.must("POST", "/rooms/{code}/speakers", base+"/speakers", c.ben, map[string]any{"name": "本"}, 201, &entry)
		c.must("POST", "/desk/speakers/{id}/place", "/desk/speakers/"+entry.ID+"/place", c.chair, nil, 200, nil)
		c.must("DELETE", "/speakers/{id}", "/speakers/"+entry.ID, c.ben, nil, 204, nil)
		var poll struct{ ID string }
		c.must("POST", "/rooms/{code}/polls", base+"/polls", c.chair, map[string]any{"kind": "scale", "title": map[string]string{"zh": "清楚吗", "en": "Clear?"}}, 201, &poll)
		c.must("POST", "/desk/polls/{id}", "/desk/polls/"+poll.ID, c.chair, map[string]any{"state": "open", "shown": true}, 200, nil)
		c.must("POST", "/polls/{id}/vote", "/polls/"+poll.ID+"/vote", c.ben, map[string]any{"choices": []int{3}}, 200, nil)
		c.must("POST", "/rooms/{code}/rest", base+"/rest", c.chair, map[string]any{}, 200, nil)
		c.must("GET", "/rooms/{code}", base, c.ann, nil, 200, nil)
		c.must("GET", "/rooms/{code}", base, "", nil, 200, nil)
		c.must("GET", "/rooms", "/rooms", "", nil, 200, nil)
		c.must("GET", "/questions/overdue", "/questions/overdue", "", nil, 200, nil)
		c.must("POST", "/rooms/{code}/close", base+"/close", c.chair, nil, 200, nil)
		c.must("POST", "/rooms/{code}/record", base+"/record", c.chair, nil, 200, nil)
		refused("GET", "/rooms/{code}/record", base+"/record", c.ann, nil, 404)
		var record struct{ Entries []struct{ ID, Kind string } }
		c.must("POST", "/rooms/{code}/record/open", base+"/record/open", c.chair, nil, 200, &record)
		for _, e := range record.Entries {
			if e.Kind == "question" {
				c.must("POST", "/rooms/{code}/record/corrections", base+"/record/corrections", c.ann, map[string]any{"entry": e.ID, "text": "改一个字"}, 201, nil)
				break
			}
		}
		var wished struct{ Corrections []struct{ ID string } }
		c.must("POST", "/rooms/{code}/record/confirm", base+"/record/confirm", c.ann, map[string]any{"signed": true}, 200, &wished)
		c.must("POST", "/rooms/{code}/record/corrections/{id}", base+"/record/corrections/"+wished.Corrections[0].ID, c.chair, map[string]any{"accept": false, "note": "与录音一致"}, 200, nil)
		for _, file := range []string{"csv", "docx"} {
			for _, lang := range []string{"", "/en"} {
				if status, body, h := c.call("GET", lang+"/live/"+c.code+"/record."+file, "", nil); status != 200 || len(body) < 100 || !strings.Contains(h.Get("Content-Disposition"), "attachment") {
					t.Errorf("the record as %s%s: %d", file, lang, status)
				}
			}
		}
	})
}

func TestAQuestionIsFoundOnceItIsApproved(t *testing.T) {
	inRoom(t, true, func(t *testing.T, c crowd) {
		found := func(q string) bool {
			status, body, _ := c.call("GET", "/api/v1/search?kind=question&q="+url.QueryEscape(q), "", nil)
			return status == 200 && strings.Contains(string(body), "/live/"+c.code)
		}
		var held, shown struct{ ID string }
		c.must("POST", "/rooms/{code}/questions", "/rooms/"+c.code+"/questions", c.ann, map[string]any{"body": "隔壁院子的石榴树"}, 201, &held)
		c.must("POST", "/rooms/{code}/questions", "/rooms/"+c.code+"/questions", c.ann, map[string]any{"body": "充电桩能不能刷公交卡"}, 201, &shown)
		c.move("approve", shown.ID, nil)
		eventually(t, "the question is found", func() bool { return found("充电桩") })
		if found("石榴树") {
			t.Error("what waits for a moderator is found")
		}
		c.move("hold", shown.ID, map[string]any{"reason": "off-topic"})
		eventually(t, "what was held back is found no more", func() bool { return !found("充电桩") })
	})
}
