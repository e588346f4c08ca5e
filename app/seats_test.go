package app_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"minyi/app/kit/code"
	"minyi/models"
	"minyi/models/modelstest"
)

// The promise: the last seat is never sold twice. Whatever comes at once, whoever
// cancels, and if the program is killed in the middle: a category never holds more
// than its seats, a seat that becomes free goes to the next in line of its category,
// and who was answered stands where the answer said.

// contest is one person's try for a seat in one hearing.
type contest struct {
	hearing       string
	person        int
	key, giveBack string // idempotency keys of signing up and of cancelling
	cancels       bool

	id        string // as acknowledged
	state     string // as acknowledged: confirmed, waiting
	refused   bool   // full
	cancelled bool   // as acknowledged
	took      time.Duration
}

func (c *contest) over() bool { return c.refused || c.id != "" && (!c.cancels || c.cancelled) }

// fair is a set of contests: a large hearing that everybody wants and many small ones.
type fair struct {
	all    []*contest
	tokens []string
}

// fairOf fills an empty store: people want one large hearing of so many seats and
// small ones with three seats and ten places to wait, twenty rivals each.
func fairOf(t *testing.T, o models.Options, people, seats, small int) *fair {
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
	f := &fair{}
	write := func(do func(*models.Tx) error) {
		t.Helper()
		if err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, do); err != nil {
			t.Fatal(err)
		}
	}
	for at := 0; at < people; at += 200 {
		write(func(tx *models.Tx) error {
			for i := at; i < min(at+200, people); i++ {
				token := code.NewToken()
				p := &models.Person{ID: models.NewID(tx.Now), Name: fmt.Sprintf("居民%d", i), Lang: "zh", Tier: models.TierContact, CreatedAt: tx.Now, UpdatedAt: tx.Now}
				if err := tx.Insert(p); err != nil {
					return err
				}
				if err := tx.Insert(&models.Token{ID: models.NewID(tx.Now), TokenHash: code.Hash(token), PersonID: p.ID, Name: "test", CreatedAt: tx.Now}); err != nil {
					return err
				}
				f.tokens = append(f.tokens, token)
			}
			return nil
		})
	}
	held := func(id string, seats, waiting int) {
		write(func(tx *models.Tx) error {
			in := func(d time.Duration) *time.Time { at := tx.Now.Add(d); return &at }
			h := &models.Hearing{ID: id, Kind: models.KindForum, UnitID: unit.ID, Profile: "government_rules", Clauses: "[]", Questions: "[]", TitleZH: "座谈会", PlaceZH: "会议室",
				SignupOpensAt: in(-time.Hour), SignupClosesAt: in(240 * time.Hour), StartsAt: in(960 * time.Hour), EndsAt: in(963 * time.Hour), PublishedAt: in(-2 * time.Hour), CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if err := tx.Insert(h); err != nil {
				return err
			}
			return tx.Insert(&models.HearingCategory{ID: models.NewID(tx.Now), HearingID: id, Key: "observers", Role: models.Observer, NameZH: "旁听人", Method: models.FirstCome, Seats: seats, Waiting: waiting})
		})
	}
	try := func(id string, person int) {
		f.all = append(f.all, &contest{hearing: id, person: person, key: code.NewToken(), giveBack: code.NewToken(), cancels: rand.IntN(2) == 0})
	}
	held("h2026-900", seats, people)
	for i := range people {
		try("h2026-900", i)
	}
	for n := range small {
		id := fmt.Sprintf("h2026-%d", 1000+n)
		held(id, 3, 10)
		for i := range 20 {
			try(id, (n*20+i)%people)
		}
	}
	rand.Shuffle(len(f.all), func(i, j int) { f.all[i], f.all[j] = f.all[j], f.all[i] })
	return f
}

// step signs a person up or, once everybody has, takes the sign-up back; false if
// nobody answered and the same must be sent again.
func (f *fair) step(t *testing.T, s *program, c *contest, cancelling bool, killed *atomic.Bool) bool {
	ask := func(method, path, key string) (answer, bool) {
		a := s.ask(method, path, func(req *fasthttp.Request) {
			req.Header.Set("Authorization", "Bearer "+f.tokens[c.person])
			req.Header.Set("Idempotency-Key", key)
		})
		return a, a.err == nil && a.status != 503
	}
	if !cancelling && c.id == "" && !c.refused {
		a, answered := ask("POST", "/api/v1/hearings/"+c.hearing+"/registrations", c.key)
		var got struct{ ID, Status, Code string }
		_ = json.Unmarshal(a.body, &got) // judged by the status below
		c.took = a.took
		switch {
		case !answered:
			if !killed.Load() && a.err != nil {
				t.Errorf("signing up was not answered: %v", a.err)
			}
			return false
		case a.status == 409 && got.Code == "hearings.full":
			c.refused = true
		case (a.status == 201 || a.status == 202) && got.ID != "":
			c.id, c.state = got.ID, got.Status
		default:
			t.Errorf("signing up for %s answered %d %.300s", c.hearing, a.status, a.body)
			c.refused = true
		}
	}
	if cancelling && c.id != "" && c.cancels && !c.cancelled {
		a, answered := ask("DELETE", "/api/v1/registrations/"+c.id, c.giveBack)
		if !answered {
			return false
		}
		if a.status/100 != 2 {
			t.Errorf("cancelling answered %d %.300s", a.status, a.body)
		}
		c.cancelled = true
	}
	return true
}

// run lets everybody try at once, then half of them cancel at once, and kills the
// program so many times meanwhile, by turns in the one and the other.
func (f *fair) run(t *testing.T, s *program, kills int) {
	t.Helper()
	for round := 0; !t.Failed(); round++ {
		open := slices.DeleteFunc(slices.Clone(f.all), (*contest).over)
		if len(open) == 0 {
			return
		}
		killIn := round % 2
		if round >= kills {
			killIn = -1
		}
		if f.pass(t, s, open, false, killIn == 0) || f.pass(t, s, open, true, killIn == 1) {
			s.end(syscall.SIGKILL)
			s.restart(t)
		}
	}
}

// pass does one step of each contest; true if the program was killed in the middle.
func (f *fair) pass(t *testing.T, s *program, open []*contest, cancelling, kill bool) bool {
	var killed atomic.Bool
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for !killed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(open) {
					return
				}
				if f.step(t, s, open[i], cancelling, &killed) && done.Add(1) == int64(len(open)/3+1) && kill {
					killed.Store(true)
					_ = s.cmd.Process.Signal(syscall.SIGKILL)
				}
			}
		})
	}
	wg.Wait()
	return killed.Load()
}

// oversold counts what must not be, from the store itself.
func (f *fair) oversold(t *testing.T, o models.Options) (oversold, moved int) {
	t.Helper()
	ctx := context.Background()
	db, err := models.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	faults, err := db.SeatFaults(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Errorf("seats do not add up: %+v", fault)
	}
	rows := map[string]models.Registration{}
	hearings := map[string]bool{}
	for _, c := range f.all {
		hearings[c.hearing] = true
	}
	for id := range hearings {
		list, err := db.Registrations(ctx, id, nil)
		if err != nil {
			t.Fatal(err)
		}
		cats, err := db.CategoriesOf(ctx, id)
		if err != nil || len(cats) != 1 {
			t.Fatal(err, len(cats))
		}
		var holding, waiting []models.Registration
		for _, r := range list {
			rows[r.ID] = r
			switch {
			case r.Status.HoldsSeat():
				holding = append(holding, r)
			case r.Status == models.RegistrationWaiting:
				waiting = append(waiting, r)
			}
		}
		if over := len(holding) - cats[0].Seats; over > 0 {
			oversold += over
			t.Errorf("%s: %d seats were sold of %d", id, len(holding), cats[0].Seats)
		}
		if len(waiting) > 0 && len(holding) < cats[0].Seats {
			t.Errorf("%s: a seat is free while %d wait", id, len(waiting))
		}
		byNumber := func(a, b models.Registration) int { return cmp.Compare(a.Number, b.Number) }
		if len(holding) > 0 && len(waiting) > 0 && slices.MaxFunc(holding, byNumber).Number > slices.MinFunc(waiting, byNumber).Number {
			t.Errorf("%s: somebody was passed over in the line", id)
		}
	}
	for _, c := range f.all {
		r, kept := rows[c.id]
		want := []models.RegistrationStatus{models.RegistrationConfirmed}
		switch {
		case c.refused:
			continue
		case c.cancelled:
			want[0] = models.RegistrationWithdrawn
		case c.state == string(models.RegistrationWaiting):
			want = append(want, models.RegistrationWaiting)
			if r.Status == models.RegistrationConfirmed {
				moved++
			}
		}
		if !kept || !slices.Contains(want, r.Status) {
			t.Errorf("%s was told %s (cancelled: %v) and is %q", c.id, c.state, c.cancelled, r.Status)
		}
	}
	acknowledged := 0
	for _, c := range f.all {
		if c.id != "" {
			acknowledged++
		}
	}
	if len(rows) != acknowledged {
		t.Errorf("%d sign-ups are kept, %d were acknowledged", len(rows), acknowledged)
	}
	return oversold, moved
}

// sellSeats runs a fair on a store and says what came of it.
func sellSeats(t *testing.T, o models.Options, people, seats, small, kills int, env ...string) {
	t.Helper()
	name := "SQLite"
	if o.URL != "" {
		name = "PostgreSQL"
	}
	f := fairOf(t, o, people, seats, small)
	s := &program{}
	s.serve(t, env...)
	began := time.Now()
	f.run(t, s, kills)
	took := time.Since(began)
	s.stop()
	oversold, moved := f.oversold(t, o)
	var times []time.Duration
	for _, c := range f.all {
		times = append(times, c.took)
	}
	slices.Sort(times)
	if moved == 0 {
		t.Error("nobody moved up: the test has tried nothing")
	}
	t.Logf("| last seats, %s: %d contests, half of them cancelling, %d kills | %d oversold, %d moved up in order, %.0f contests/s, p99 %s | | 0 oversold |", name, len(f.all), kills, oversold, moved,
		float64(len(f.all))/took.Seconds(), times[len(times)*99/100].Round(time.Millisecond))
}

// seatsOnBoth runs a fair on SQLite and on PostgreSQL.
func seatsOnBoth(t *testing.T, people, seats, small, kills int) {
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		sellSeats(t, models.Options{Dir: dir}, people, seats, small, kills, "MINYI_DATA_DIR="+dir)
	})
	t.Run("postgres", func(t *testing.T) {
		url := modelstest.PostgresURL(t)
		sellSeats(t, models.Options{URL: url}, people, seats, small, kills, "MINYI_DATA_DIR="+t.TempDir(), "MINYI_DATABASE_URL="+url)
	})
}

func TestTheLastSeatIsNeverSoldTwiceWhateverComesAtOnce(t *testing.T) {
	seatsOnBoth(t, 100, 10, 10, 2)
}
