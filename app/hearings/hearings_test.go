package hearings_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/app/hearings"
	"minyi/app/kit/actor"
	"minyi/app/kit/calendar"
	"minyi/app/kit/draw"
	"minyi/app/kit/record"
	"minyi/models"
	"minyi/models/modelstest"
)

var zone = time.FixedZone("CST", 8*3600)

// world is a department with two officers, a service and a clock.
type world struct {
	t        *testing.T
	ctx      context.Context
	db       *models.DB
	clock    *modelstest.Clock
	s        *hearings.Service
	city     models.Unit
	unit     models.Unit
	one, two actor.Actor
}

func each(t *testing.T, f func(w *world)) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		city, unit := modelstest.City(t, db)
		w := &world{t: t, ctx: context.Background(), db: db, clock: clock, city: city, unit: unit,
			s: hearings.New(db, hearings.Options{Zone: zone, Secret: []byte("0123456789abcdef0123456789abcdef"), PublicURL: "https://minyi.example"})}
		w.one, w.two = w.officer("yi"), w.officer("er")
		f(w)
	})
}

func (w *world) officer(name string) actor.Actor {
	p := modelstest.Person(w.t, w.db, name, w.unit, models.Officer)
	return actor.Actor{PersonID: p.ID, Name: name, Lang: "zh", Roles: []models.Role{{Name: models.Officer, UnitID: w.unit.ID, Unit: w.unit}}}
}

func (w *world) resident(name string) actor.Actor {
	p := modelstest.Person(w.t, w.db, name, w.unit)
	return actor.Actor{PersonID: p.ID, Name: name, Lang: "zh", Tier: models.TierContact}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(explain(err))
	}
}

func explain(err error) string {
	text := err.Error()
	var e *models.Error
	if errors.As(err, &e) {
		for _, also := range e.Also {
			text += ", " + also.Error()
		}
	}
	return text
}

func (w *world) fails(err error, kind models.Kind, key string) {
	w.t.Helper()
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Key != key {
		w.t.Fatalf("got %v, want kind %v with %s", err, kind, key)
	}
}

func in(now time.Time, d time.Duration) *time.Time {
	t := now.Add(d).UTC().Truncate(time.Second)
	return &t
}

const day = 24 * time.Hour

// input is a hearing that lacks nothing: sign-up is open for ten days, the hearing is
// in forty.
func (w *world) input(cats ...hearings.CategoryInput) hearings.Input {
	now := w.clock.Now()
	return hearings.Input{
		Kind: models.KindHearing, UnitID: w.unit.ID, Profile: "government_rules", Large: true, TitleZH: "停车收费听证会", TitleEN: "Parking charges", AboutZH: "收多少钱合适。",
		PlaceZH: "市政务大楼", MethodZH: "报名多的抽签。", RulesZH: "每人五分钟。", AccessZH: "有坡道。", ContactName: "王安", ContactPhone: "0000-1234567",
		SignupOpensAt: in(now, -time.Hour), SignupClosesAt: in(now, 10*day), DrawAt: in(now, 12*day), StartsAt: in(now, 40*day), EndsAt: in(now, 40*day+3*time.Hour),
		Categories: cats, Agenda: []models.AgendaItem{{TitleZH: "开场", Minutes: 10}, {TitleZH: "陈述", Minutes: 60}},
	}
}

func speakers(method models.SeatMethod, seats, waiting int) hearings.CategoryInput {
	return hearings.CategoryInput{Key: "consumers", Role: models.Speaker, NameZH: "消费者", NameEN: "Consumers", Method: method, Seats: seats, Waiting: waiting}
}

func observers(seats, waiting int) hearings.CategoryInput {
	return hearings.CategoryInput{Key: "observers", Role: models.Observer, NameZH: "旁听", NameEN: "Observers", Method: models.FirstCome, Seats: seats, Waiting: waiting}
}

func (w *world) published(input hearings.Input) models.Hearing {
	w.t.Helper()
	h, err := w.s.Create(w.ctx, w.one, input, models.Idem{})
	w.must(err)
	w.must(w.s.Propose(w.ctx, w.one, h.ID))
	w.must(w.s.Publish(w.ctx, w.two, h.ID, 0, models.Idem{}))
	h, err = w.db.HearingByID(w.ctx, h.ID)
	w.must(err)
	return h
}

func (w *world) signUp(h models.Hearing, who actor.Actor, category string, companions ...string) hearings.Registered {
	w.t.Helper()
	r, err := w.s.Register(w.ctx, who, hearings.RegisterInput{HearingID: h.ID, Category: category, Companions: companions, Notify: true}, models.Idem{})
	w.must(err)
	return r
}

func (w *world) status(id string) models.RegistrationStatus {
	w.t.Helper()
	r, err := w.db.RegistrationByID(w.ctx, id)
	w.must(err)
	return r.Status
}

// sound checks that the counters equal a recount.
func (w *world) sound() {
	w.t.Helper()
	faults, err := w.db.SeatFaults(w.ctx)
	w.must(err)
	if len(faults) > 0 {
		w.t.Fatalf("counters differ from a recount: %+v", faults)
	}
}

func TestPublishTakesTwoPeopleAndAWholeChecklist(t *testing.T) {
	each(t, func(w *world) {
		input := w.input(observers(3, 2))
		h, err := w.s.Create(w.ctx, w.one, input, models.Idem{})
		w.must(err)
		err = w.s.Propose(w.ctx, w.one, h.ID)
		w.fails(err, models.Invalid, "hearings.missing.speakers")
		input.Categories = []hearings.CategoryInput{speakers(models.ByDraw, 3, 0), observers(3, 2)}
		input.StartsAt, input.EndsAt = in(w.clock.Now(), 20*day), in(w.clock.Now(), 20*day+time.Hour)
		h, err = w.s.Edit(w.ctx, w.one, h.ID, h.Revision, input)
		w.must(err)
		w.fails(w.s.Propose(w.ctx, w.one, h.ID), models.Invalid, "hearings.missing.hearing_notice") // 30 days for government rules
		input.OverrideZH = "汛期前必须定下来。"
		_, err = w.s.Edit(w.ctx, w.one, h.ID, h.Revision, input)
		w.must(err)
		w.must(w.s.Propose(w.ctx, w.one, h.ID))
		_, err = w.s.Edit(w.ctx, w.one, h.ID, h.Revision+1, input)
		w.fails(err, models.Closed, "hearings.proposed")
		w.fails(w.s.Publish(w.ctx, w.one, h.ID, 0, models.Idem{}), models.Forbidden, "hearings.second_person")
		w.must(w.s.Publish(w.ctx, w.two, h.ID, 0, models.Idem{}))
		v, err := w.s.Show(w.ctx, h.ID)
		w.must(err)
		if len(v.Missing) != 1 || v.Missing[0].Key != "hearing_notice" || v.OverrideZH == "" {
			t.Errorf("the published override names %v", v.Missing)
		}
		stranger := w.resident("stranger")
		w.fails(w.s.Cancel(w.ctx, stranger, h.ID, "不办了", ""), models.NotFound, "error.not_found")
	})
}

func TestTheLastSeatIsSoldOnceAndTheNextInLineGetsWhatBecomesFree(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 2, 3), observers(1, 0)))
		var got []hearings.Registered
		for i := range 5 {
			got = append(got, w.signUp(h, w.resident(fmt.Sprintf("r%d", i)), "consumers"))
		}
		want := []models.RegistrationStatus{"confirmed", "confirmed", "waiting", "waiting", "waiting"}
		for i, r := range got {
			if r.Status != want[i] || r.Number != int64(i+1) {
				t.Fatalf("sign-up %d: %+v", i, r)
			}
		}
		_, err := w.s.Register(w.ctx, w.resident("late"), hearings.RegisterInput{HearingID: h.ID, Category: "consumers"}, models.Idem{})
		w.fails(err, models.Closed, "hearings.full")
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, got[0].Ticket)) // the secret of the ticket is enough
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, got[0].Ticket)) // twice has one effect
		if w.status(got[2].ID) != models.RegistrationConfirmed || w.status(got[3].ID) != models.RegistrationWaiting {
			t.Fatalf("after one seat became free: %s, %s", w.status(got[2].ID), w.status(got[3].ID))
		}
		if _, err := w.s.Ticket(w.ctx, got[2].Ticket); err != nil {
			t.Fatal(err)
		}
		w.must(w.s.SetSeats(w.ctx, w.one, h.ID, w.category(h, "consumers").ID, 4, 3))
		if w.status(got[3].ID) != models.RegistrationConfirmed || w.status(got[4].ID) != models.RegistrationConfirmed {
			t.Error("more seats do not reach the waiting list")
		}
		w.fails(w.s.SetSeats(w.ctx, w.one, h.ID, w.category(h, "consumers").ID, 3, 3), models.Conflict, "hearings.seats_held")
		w.sound()
	})
}

func (w *world) category(h models.Hearing, key string) models.HearingCategory {
	w.t.Helper()
	cats, err := w.db.CategoriesOf(w.ctx, h.ID)
	w.must(err)
	i := slices.IndexFunc(cats, func(c models.HearingCategory) bool { return c.Key == key })
	return cats[i]
}

func TestOnePersonHasOneSignUp(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 5, 0), observers(5, 0)))
		who := w.resident("wang")
		first := w.signUp(h, who, "consumers")
		_, err := w.s.Register(w.ctx, who, hearings.RegisterInput{HearingID: h.ID, Category: "observers"}, models.Idem{})
		w.fails(err, models.Conflict, "hearings.already")
		_, err = w.s.Enter(w.ctx, w.one, hearings.EntryInput{RegisterInput: hearings.RegisterInput{HearingID: h.ID, Category: "observers", Name: "王"}, Channel: models.Phone, Contact: "wang@minyi.example", Consent: true}, models.Idem{})
		w.fails(err, models.Conflict, "hearings.already")
		for range 2 { // people without a phone: nothing to tell them apart by
			_, err = w.s.Enter(w.ctx, w.one, hearings.EntryInput{RegisterInput: hearings.RegisterInput{HearingID: h.ID, Category: "observers", Name: "李"}, Channel: models.Counter, Consent: true}, models.Idem{})
			w.must(err)
		}
		w.must(w.s.Withdraw(w.ctx, who, first.ID))
		again := w.signUp(h, who, "observers")
		if again.Status != models.RegistrationConfirmed {
			t.Errorf("after withdrawing: %+v", again)
		}
		w.sound()
	})
}

func TestARepeatedSendingIsOneSignUp(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 5, 0)))
		who := w.resident("wang")
		idem := models.Idem{Voice: who.Voice(), Key: "k1", Hash: "h1"}
		a, err := w.s.Register(w.ctx, who, hearings.RegisterInput{HearingID: h.ID}, idem)
		w.must(err)
		b, err := w.s.Register(w.ctx, who, hearings.RegisterInput{HearingID: h.ID}, idem)
		w.must(err)
		if a != b {
			t.Errorf("two answers: %+v, %+v", a, b)
		}
		idem.Hash = "h2"
		_, err = w.s.Register(w.ctx, who, hearings.RegisterInput{HearingID: h.ID, Name: "other"}, idem)
		w.fails(err, models.Invalid, "error.idempotency")
	})
}

func TestAFamilyComesTogetherOrNotAtAll(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 3, 9)))
		single, couple := w.signUp(h, w.resident("a"), ""), w.signUp(h, w.resident("b"), "", "伴侣")
		family := w.signUp(h, w.resident("c"), "", "大宝", "二宝")
		next := w.signUp(h, w.resident("d"), "")
		if couple.Status != models.RegistrationConfirmed || family.Status != models.RegistrationWaiting || next.Status != models.RegistrationWaiting {
			t.Fatalf("%+v %+v %+v", couple, family, next)
		}
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, single.Ticket))
		if w.status(family.ID) != models.RegistrationWaiting || w.status(next.ID) != models.RegistrationConfirmed {
			t.Fatal("one free seat goes to the first who fits; a family keeps its place")
		}
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, couple.Ticket))
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, next.Ticket))
		if w.status(family.ID) != models.RegistrationConfirmed {
			t.Error("three free seats do not reach the family of three")
		}
		v, err := w.s.Ticket(w.ctx, family.Ticket)
		w.must(err)
		seen := map[string]bool{}
		for _, ticket := range v.Tickets {
			seen[ticket.Digits] = true
		}
		if len(v.Tickets) != 3 || len(seen) != 3 || seen[""] {
			t.Errorf("tickets of the family: %+v", v.Tickets)
		}
		w.sound()
	})
}

func TestAnOfferThatIsNotAnsweredGoesToTheNext(t *testing.T) {
	each(t, func(w *world) {
		input := w.input(speakers(models.FirstCome, 1, 5))
		input.OfferHours = 48
		h := w.published(input)
		a, b, c := w.signUp(h, w.resident("a"), ""), w.signUp(h, w.resident("b"), ""), w.signUp(h, w.resident("c"), "")
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, a.Ticket))
		if w.status(b.ID) != models.RegistrationOffered {
			t.Fatal("the seat is not offered")
		}
		w.must(w.s.Tick(w.ctx))
		w.clock.Add(49 * time.Hour)
		w.fails(w.s.Accept(w.ctx, actor.Actor{}, b.Ticket), models.Closed, "hearings.offer_over")
		w.must(w.s.Tick(w.ctx))
		w.must(w.s.Tick(w.ctx))
		if w.status(b.ID) != models.RegistrationExpired || w.status(c.ID) != models.RegistrationOffered {
			t.Fatalf("after the offer ended: %s, %s", w.status(b.ID), w.status(c.ID))
		}
		w.must(w.s.Accept(w.ctx, actor.Actor{}, c.Ticket))
		w.must(w.s.Accept(w.ctx, actor.Actor{}, c.Ticket))
		if w.status(c.ID) != models.RegistrationConfirmed {
			t.Error("an accepted offer gives no seat")
		}
		w.sound()
	})
}

func TestManyAtOnceForFewSeats(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 5, 1000)))
		var who []actor.Actor
		for i := range 60 {
			who = append(who, w.resident(fmt.Sprintf("m%d", i)))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[models.RegistrationStatus]int{}
		for i, one := range who {
			wg.Go(func() {
				r, err := w.s.Register(w.ctx, one, hearings.RegisterInput{HearingID: h.ID}, models.Idem{})
				if err == nil && i%2 == 0 {
					err = w.s.Withdraw(w.ctx, one, r.ID)
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				got[r.Status]++
			})
		}
		wg.Wait()
		left, err := w.db.Registrations(w.ctx, h.ID, []models.RegistrationStatus{models.RegistrationConfirmed, models.RegistrationWaiting})
		w.must(err)
		confirmed := 0
		for _, r := range left {
			if r.Status == models.RegistrationConfirmed {
				confirmed++
			} else if confirmed < 5 {
				t.Errorf("number %d waits although only %d before it have a seat", r.Number, confirmed)
			}
		}
		if confirmed != 5 || len(left) != 30 {
			t.Errorf("%d confirmed of %d left", confirmed, len(left))
		}
		w.sound()
	})
}

func TestTheDrawFromListToReserves(t *testing.T) {
	each(t, func(w *world) {
		input := w.input(speakers(models.ByDraw, 3, 0), hearings.CategoryInput{Key: "experts", Role: models.Speaker, NameZH: "专家", Method: models.ByDraw, Minimum: 1, Seats: 2})
		input.Total = 4
		h := w.published(input)
		var pool []hearings.Registered
		for i := range 12 {
			key := "consumers"
			if i%4 == 3 {
				key = "experts"
			}
			pool = append(pool, w.signUp(h, w.resident(fmt.Sprintf("p%d", i)), key))
		}
		rule := hearings.SeedRule{Method: models.SeedDice, RuleZH: "三位见证人各掷七次骰子，取前二十次。", SeedAt: w.clock.Now().Add(12 * day)}
		_, err := w.s.CommitList(w.ctx, w.one, h.ID, rule)
		w.fails(err, models.Closed, "hearings.signup_first")
		w.clock.Add(11 * day)
		d, err := w.s.CommitList(w.ctx, w.one, h.ID, rule)
		w.must(err)
		if d.Applicants != 12 || strings.Contains(d.List, "p3") {
			t.Errorf("list of %d, or names in it", d.Applicants)
		}
		if same, err := w.s.CommitList(w.ctx, w.one, h.ID, rule); err != nil || same.Commitment != d.Commitment {
			w.t.Errorf("the same sent again: %v", err)
		}
		_, err = w.s.CommitList(w.ctx, w.two, h.ID, rule)
		w.fails(err, models.Conflict, "hearings.committed")
		seed := hearings.SeedInput{Seed: "35162 41352 16435 22164", Witnesses: []string{"王安", "李宁", "赵平"}}
		w.fails(w.s.Draw(w.ctx, w.one, h.ID, seed), models.Closed, "hearings.seed_early")
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, pool[0].Ticket)) // after the list was fixed
		w.clock.Add(25 * time.Hour)
		w.fails(w.s.Draw(w.ctx, w.one, h.ID, hearings.SeedInput{Seed: seed.Seed, Witnesses: []string{"王安"}}), models.Invalid, "hearings.witnesses_wanted")
		w.must(w.s.Draw(w.ctx, w.one, h.ID, seed))
		w.must(w.s.Draw(w.ctx, w.one, h.ID, seed)) // the same sent again
		w.fails(w.s.Draw(w.ctx, w.two, h.ID, seed), models.Conflict, "hearings.draw_done")
		file, _, err := w.s.DrawFile(w.ctx, h.ID)
		w.must(err)
		result, found := draw.Verify([]byte(file), d.Commitment)
		if len(found) > 0 || len(result.Chosen) != 4 {
			t.Fatalf("the published file: %+v", found)
		}
		confirmed, err := w.db.Registrations(w.ctx, h.ID, []models.RegistrationStatus{models.RegistrationConfirmed})
		w.must(err)
		if len(confirmed) != 4 {
			t.Errorf("%d seats given of 4", len(confirmed))
		}
		if now, _ := w.db.HearingByID(w.ctx, h.ID); now.State(w.clock.Now()) != models.HearingDrawn {
			t.Errorf("state %s", now.State(w.clock.Now()))
		}
		left, _ := w.db.Registrations(w.ctx, h.ID, []models.RegistrationStatus{models.RegistrationPool})
		if len(left) > 0 {
			t.Errorf("%d stay in the pool", len(left))
		}
		// A seat that becomes free goes to the first reserve of the same category.
		drawn, err := w.s.Drawing(w.ctx, h.ID)
		w.must(err)
		gone := confirmed[0]
		key := "consumers"
		if gone.CategoryID == w.category(h, "experts").ID {
			key = "experts"
		}
		var next int64
		for _, p := range drawn.Result.Reserves[key] {
			n, _ := strconv.ParseInt(p.Number, 10, 64)
			if r := pool[n-1]; next == 0 && w.status(r.ID) == models.RegistrationWaiting {
				next = n
			}
		}
		w.must(w.s.Withdraw(w.ctx, w.one, gone.ID))
		if next != 0 && w.status(pool[next-1].ID) != models.RegistrationConfirmed {
			t.Errorf("reserve %d of %s did not come up", next, key)
		}
		w.sound()
	})
}

func TestWhoWasDrawnLatelyStandsBehindAllOthers(t *testing.T) {
	each(t, func(w *world) {
		drawn := map[string]bool{}
		who := map[string]actor.Actor{}
		for i := range 8 {
			name := fmt.Sprintf("p%d", i)
			who[name] = w.resident(name)
		}
		for round := range 2 {
			input := w.input(speakers(models.ByDraw, 4, 0))
			input.CoolingDays = 365
			h := w.published(input)
			mine := map[string]string{}
			for name, one := range who {
				mine[w.signUp(h, one, "").ID] = name
			}
			w.clock.Add(11 * day)
			_, err := w.s.CommitList(w.ctx, w.one, h.ID, hearings.SeedRule{Method: models.SeedPublic, RuleZH: "次日福彩开奖号码。", SeedAt: w.clock.Now().Add(day)})
			w.must(err)
			w.clock.Add(25 * time.Hour)
			w.must(w.s.Draw(w.ctx, w.one, h.ID, hearings.SeedInput{Seed: fmt.Sprint(round), Source: "福彩官网"}))
			confirmed, err := w.db.Registrations(w.ctx, h.ID, []models.RegistrationStatus{models.RegistrationConfirmed})
			w.must(err)
			for _, r := range confirmed {
				if drawn[mine[r.ID]] {
					t.Errorf("%s was drawn in both rounds although others applied", mine[r.ID])
				}
				drawn[mine[r.ID]] = true
			}
		}
		if len(drawn) != 8 {
			t.Errorf("%d of 8 people were drawn in two rounds of 4", len(drawn))
		}
	})
}

func TestCheckInLetsATicketInOnce(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 2, 5)))
		a, b, c, d := w.signUp(h, w.resident("a"), ""), w.signUp(h, w.resident("b"), ""), w.signUp(h, w.resident("c"), ""), w.signUp(h, w.resident("d"), "")
		show := func(key, ticket, desk string, at time.Time) hearings.Outcome {
			t.Helper()
			out, err := w.s.CheckIn(w.ctx, w.one, h.ID, []hearings.Shown{{Key: key, Ticket: ticket, Way: "camera", At: at, Desk: desk}})
			w.must(err)
			return out[0]
		}
		_, err := w.s.CheckIn(w.ctx, w.one, h.ID, []hearings.Shown{{Key: "k", Ticket: a.Ticket}})
		w.fails(err, models.Closed, "hearings.door_closed")
		w.clock.Set(h.StartsAt.Add(-30 * time.Minute))
		v, err := w.s.Ticket(w.ctx, a.Ticket)
		w.must(err)
		if got := show("k1", v.Tickets[0].Digits, "东门", w.clock.Now()); got.Result != "in" || got.Number != 1 {
			t.Errorf("digits: %+v", got)
		}
		if got := show("k1", v.Tickets[0].Digits, "东门", w.clock.Now()); got.Result != "in" {
			t.Errorf("the same showing sent again: %+v", got)
		}
		if got := show("k2", "https://minyi.example/t/"+a.Ticket, "西门", w.clock.Now()); got.Result != "already" || got.Desk != "东门" || got.Since == nil {
			t.Errorf("a second desk: %+v", got)
		}
		if got := show("k3", "000000", "西门", w.clock.Now()); got.Result != "unknown" {
			t.Errorf("digits of nobody: %+v", got)
		}
		if got := show("k4", d.Ticket, "西门", w.clock.Now()); got.Result != "reserve" {
			t.Errorf("a reserve at the door: %+v", got)
		}
		w.clock.Set(h.StartsAt.Add(10 * time.Minute))
		noShows, called, err := w.s.CallReserves(w.ctx, w.one, h.ID, w.category(h, "consumers").ID)
		w.must(err)
		if noShows != 1 || called != 1 || w.status(b.ID) != models.RegistrationNoShow || w.status(d.ID) != models.RegistrationConfirmed || w.status(c.ID) != models.RegistrationWaiting {
			t.Errorf("%d no-shows, %d called; b %s, c %s, d %s", noShows, called, w.status(b.ID), w.status(c.ID), w.status(d.ID))
		}
		if got := show("k5", d.Ticket, "西门", w.clock.Now()); got.Result != "in" {
			t.Errorf("the reserve who was called up: %+v", got)
		}
		if got := show("k6", b.Ticket, "西门", w.clock.Now()); got.Result != "not_confirmed" {
			t.Errorf("who comes too late: %+v", got)
		}
		w.sound()
	})
}

func TestMovingAndCancellingKeepTheHistoryAndTellEverybody(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 2, 5)))
		w.signUp(h, w.resident("a"), "")
		w.signUp(h, w.resident("b"), "")
		at := w.clock.Now().Add(50 * day)
		move := hearings.MoveInput{StartsAt: at, EndsAt: at.Add(2 * time.Hour), PlaceZH: "市图书馆", ReasonZH: "会场维修"}
		w.must(w.s.Move(w.ctx, w.one, h.ID, h.Sequence, move))
		w.fails(w.s.Move(w.ctx, w.one, h.ID, h.Sequence, move), models.Conflict, "error.stale")
		v, err := w.s.Show(w.ctx, h.ID)
		w.must(err)
		if v.Sequence != 1 || len(v.Changes) != 1 || !v.Changes[0].OldStartsAt.Equal(*h.StartsAt) || v.PlaceZH != "市图书馆" {
			t.Errorf("after moving: %+v", v.Changes)
		}
		w.must(w.s.Cancel(w.ctx, w.one, h.ID, "方案撤回", ""))
		letters, err := w.db.LettersDue(w.ctx, w.clock.Now().Add(time.Hour), 100)
		w.must(err)
		kinds := map[string]int{}
		for _, l := range letters {
			kinds[l.Kind]++
		}
		if kinds["hearing_moved"] != 2 || kinds["hearing_cancelled"] != 2 || kinds["hearing_confirmed"] != 2 {
			t.Errorf("letters: %v", kinds)
		}
		_, err = w.s.Register(w.ctx, w.resident("c"), hearings.RegisterInput{HearingID: h.ID}, models.Idem{})
		w.fails(err, models.Closed, "hearings.is_cancelled")
	})
}

func TestRemindersAreSentOnce(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 2, 5)))
		w.signUp(h, w.resident("a"), "")
		count := func() int {
			list, err := w.db.LettersDue(w.ctx, w.clock.Now().Add(time.Hour), 100)
			w.must(err)
			n := 0
			for _, l := range list {
				if l.Kind == "hearing_reminder" {
					n++
				}
			}
			return n
		}
		w.must(w.s.Tick(w.ctx))
		if count() != 0 {
			t.Error("reminded too early")
		}
		for i, at := range []time.Duration{-6 * day, -20 * time.Hour} {
			w.clock.Set(h.StartsAt.Add(at))
			for range 3 {
				w.must(w.s.Tick(w.ctx))
			}
			if count() != i+1 {
				t.Errorf("%d reminders after %d moments", count(), i+1)
			}
		}
	})
}

func TestTheRecordIsCorrectedConfirmedAndFrozen(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 2, 5)))
		a := w.signUp(h, w.resident("a"), "")
		w.clock.Set(h.StartsAt.Add(5 * time.Minute))
		_, err := w.s.CheckIn(w.ctx, w.one, h.ID, []hearings.Shown{{Key: "k", Ticket: a.Ticket}})
		w.must(err)
		w.must(w.s.BeginRecord(w.ctx, w.one, h.ID))
		rec, err := w.s.Record(w.ctx, w.one, h.ID)
		w.must(err)
		if len(rec.Entries) != 3 { // two points of the agenda, one speaker
			t.Fatalf("%d entries", len(rec.Entries))
		}
		if _, err := w.s.Record(w.ctx, actor.Actor{}, h.ID); !models.IsNotFound(err) {
			t.Error("the public sees the record before it is open")
		}
		rec.Entries[2].TextZH = "第二小时起收三元。"
		w.must(w.s.WriteRecord(w.ctx, w.one, h.ID, rec.Revision, hearings.RecordInput{SummaryZH: "来了一人。", Host: "王安", Clerk: "李宁", Entries: rec.Entries}))
		w.fails(w.s.OpenRecord(w.ctx, w.one, h.ID, rec.Revision+1), models.Closed, "hearings.not_ended")
		w.must(w.s.End(w.ctx, w.one, h.ID))
		w.must(w.s.OpenRecord(w.ctx, w.one, h.ID, rec.Revision+1))
		rec, err = w.s.Record(w.ctx, actor.Actor{}, h.ID)
		w.must(err)
		entry := rec.Entries[2]
		w.must(w.s.Correct(w.ctx, actor.Actor{}, a.Ticket, entry.ID, "我说的是两元。"))
		rec, _ = w.s.Record(w.ctx, actor.Actor{}, h.ID)
		w.must(w.s.DecideCorrection(w.ctx, w.one, h.ID, rec.Corrections[0].ID, true, "第二小时起收两元。", "录音为准"))
		w.must(w.s.Confirm(w.ctx, actor.Actor{}, a.Ticket, true))
		w.clock.Add(6 * day)
		w.must(w.s.Tick(w.ctx))
		w.must(w.s.Tick(w.ctx))
		rec, err = w.s.Record(w.ctx, actor.Actor{}, h.ID)
		w.must(err)
		if rec.FrozenAt == nil || rec.Entries[2].TextZH != "第二小时起收两元。" || rec.Entries[2].ID != entry.ID || rec.Hash != record.Hash(rec.Record, rec.RecordParts) {
			t.Errorf("frozen %v, hash %q, entry %+v", rec.FrozenAt, rec.Hash, rec.Entries[2])
		}
		if rec.Hearing.State(w.clock.Now()) != models.HearingRecorded {
			t.Errorf("state %s", rec.Hearing.State(w.clock.Now()))
		}
		w.fails(w.s.Correct(w.ctx, actor.Actor{}, a.Ticket, entry.ID, "还有一处"), models.Closed, "hearings.record_closed")
		w.fails(w.s.WriteRecord(w.ctx, w.one, h.ID, rec.Revision, hearings.RecordInput{}), models.Closed, "hearings.record_frozen")
	})
}

func TestTheYearCountsTheWholeTree(t *testing.T) {
	each(t, func(w *world) {
		w.published(w.input(speakers(models.FirstCome, 2, 5)))
		rows, err := w.s.Year(w.ctx, 2027)
		w.must(err)
		for _, r := range rows {
			if r.Scheduled != 1 || r.Overdue != 0 {
				t.Errorf("%s: %+v", r.Unit.Slug, r)
			}
		}
		w.clock.Set(time.Date(2027, 12, 20, 0, 0, 0, 0, time.UTC))
		rows, err = w.s.Year(w.ctx, 2027)
		w.must(err)
		if rows[0].Held != 1 || rows[0].Overdue != 1 || rows[1].Overdue != 0 {
			t.Errorf("at the end of the year: %+v", rows)
		}
		if rows[0].Promised != 2 || rows[0].Rule.Source.Zh == "" || rows[1].Promised != 0 {
			t.Errorf("promised as it ships: %+v", rows)
		}
		w.must(w.db.InTx(w.ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			return tx.AddRuleProfile(models.RuleProfile{Key: calendar.Programme, UnitID: w.city.ID, NameZH: "安排", NameEN: "Programme",
				Rules: `[{"key":"large_events","number":4,"unit":"times","duty":{"zh":"办","en":"Hold"},"source":{"zh":"市计划","en":"City plan"}}]`})
		}))
		rows, err = w.s.Year(w.ctx, 2027)
		w.must(err)
		if rows[0].Promised != 4 || rows[0].Overdue != 3 || rows[0].Rule.UnitID != w.city.ID || rows[0].Rule.Source.Zh != "市计划" {
			t.Errorf("promised by the city: %+v", rows)
		}
	})
}
