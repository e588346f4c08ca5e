package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	"minyi/app/kit/code"
	"minyi/models"
	"minyi/models/modelstest"
)

// gateway is the text message gateway of a town: it counts what reached each phone.
type gateway struct {
	*httptest.Server
	mu   sync.Mutex
	keys map[string]map[string]int // by phone, then by the key of the letter
	// until is how many phones are answered; who comes after them waits until the program
	// that asks is gone. full is told when it is reached.
	until int
	full  chan struct{}
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{keys: map[string]map[string]int{}, full: make(chan struct{}, 64)}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ To string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		g.mu.Lock()
		if g.keys[in.To] == nil {
			g.keys[in.To] = map[string]int{}
		}
		g.keys[in.To][r.Header.Get("Idempotency-Key")]++
		full := len(g.keys) >= g.until
		g.mu.Unlock()
		if full {
			g.full <- struct{}{}
			<-r.Context().Done()
			return
		}
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(g.Close)
	return g
}

// answer lets so many phones be answered from now on.
func (g *gateway) answer(n int) {
	g.mu.Lock()
	g.until = n
	g.mu.Unlock()
}

func (g *gateway) reached() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.keys)
}

// soon makes a hearing that begins in twenty hours, for which people signed up with
// their phones.
func soon(t *testing.T, db *models.DB, id, unit string, people, first int) {
	t.Helper()
	err := db.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		in := func(d time.Duration) *time.Time { at := tx.Now.Add(d); return &at }
		h := &models.Hearing{ID: id, Kind: models.KindForum, UnitID: unit, Profile: "government_rules", Clauses: "[]", Questions: "[]", TitleZH: "座谈会", PlaceZH: "会议室",
			SignupOpensAt: in(-480 * time.Hour), SignupClosesAt: in(-240 * time.Hour), StartsAt: in(20 * time.Hour), EndsAt: in(22 * time.Hour), PublishedAt: in(-481 * time.Hour), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		c := &models.HearingCategory{ID: models.NewID(tx.Now), HearingID: id, Key: "observers", Role: models.Observer, NameZH: "旁听人", Method: models.FirstCome, Seats: people, Taken: people}
		for _, row := range []any{h, c} {
			if err := tx.Insert(row); err != nil {
				return err
			}
		}
		for i := range people {
			phone := fmt.Sprintf("+86138%08d", first+i)
			r := &models.Registration{ID: models.NewID(tx.Now), HearingID: id, CategoryID: c.ID, Number: int64(i + 1), Status: models.RegistrationConfirmed, Active: true, Seats: 1, Identity: "c:" + phone, ContactKind: "phone", Contact: phone, ContactKey: phone, Name: "居民",
				Answers: "{}", Lang: "zh", Notify: true, Channel: models.Web, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			tx.Later(r)
			tx.Later(&models.Ticket{ID: models.NewID(tx.Now), HearingID: id, RegistrationID: r.ID, Code: code.NewToken()[:22], Digits: fmt.Sprintf("%06d", i)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// underWay is how many letters the program hands on at the same time.
const underWay = 4

// The promise: the reminder of a hearing reaches everybody once, also when the program
// is killed while it sends them and started again, twice. What was under way at a kill
// is tried again later with the same key, by which the gateway knows it.
func TestRemindersSurviveKillsAndReachEverybodyOnce(t *testing.T) {
	run := func(t *testing.T, o models.Options, env ...string) {
		const people = 200
		ctx := context.Background()
		store := func() *models.DB {
			t.Helper()
			db, err := models.Open(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			return db
		}
		db := store()
		if err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		_, unit := modelstest.City(t, db)
		soon(t, db, "h2027-900", unit.ID, people, 0)
		db.Close()
		g := newGateway(t)
		s := &program{}
		g.answer(20)
		s.serve(t, append(env, "MINYI_SMS_URL="+g.URL, "MINYI_OUTGOING_TO=127.0.0.0/8")...)
		for _, next := range []int{90, 1 << 30} {
			select {
			case <-g.full:
			case <-time.After(30 * time.Second):
				t.Fatalf("after half a minute %d phones were reached", g.reached())
			}
			s.end(syscall.SIGKILL)
			if n := g.reached(); n >= people {
				t.Fatalf("all %d were sent before the kill: the test has tried nothing", n)
			}
			for len(g.full) > 0 {
				<-g.full
			}
			g.answer(next)
			s.restart(t)
		}
		eventually(t, "reminders of who was not under way", func() bool { return g.reached() >= people-2*underWay })
		s.end(syscall.SIGKILL)
		// A second hearing shows when the clock of the third start has been round.
		db = store()
		soon(t, db, "h2027-901", unit.ID, 1, 10_000_000)
		db.Close()
		s.restart(t)
		eventually(t, "the reminder of the second hearing", func() bool {
			g.mu.Lock()
			defer g.mu.Unlock()
			return len(g.keys["+8613810000000"]) > 0
		})
		s.stop()
		db = store()
		defer db.Close()
		waiting, err := db.LettersDue(ctx, db.Now().Add(240*time.Hour), 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(waiting) > 3*underWay {
			t.Errorf("%d reminders still wait", len(waiting))
		}
		pending := map[string]bool{}
		for _, l := range waiting {
			pending[l.Recipient] = true
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		for i := range people {
			phone := fmt.Sprintf("+86138%08d", i)
			sent := 0
			for _, n := range g.keys[phone] {
				sent += n
			}
			switch {
			case len(g.keys[phone]) > 1:
				t.Errorf("%s was sent two letters", phone)
			case sent > 1:
				t.Errorf("%s was sent %d messages", phone, sent)
			case sent == 0 && !pending[phone]:
				t.Errorf("%s was forgotten", phone)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		run(t, models.Options{Dir: dir}, "MINYI_DATA_DIR="+dir)
	})
	t.Run("postgres", func(t *testing.T) {
		url := modelstest.PostgresURL(t)
		run(t, models.Options{URL: url}, "MINYI_DATA_DIR="+t.TempDir(), "MINYI_DATABASE_URL="+url)
	})
}
