package hearings_test

import (
	"slices"
	"testing"
	"time"

	"minyi/app/hearings"
	"minyi/app/kit/actor"
	"minyi/models"
)

// shown sends one showing and gives what became of it.
func (w *world) shown(h models.Hearing, in hearings.Shown) hearings.Outcome {
	w.t.Helper()
	got, err := w.s.CheckIn(w.ctx, w.one, h.ID, []hearings.Shown{in})
	w.must(err)
	return got[0]
}

func (w *world) digits(registration string) string {
	w.t.Helper()
	list, err := w.db.TicketsOf(w.ctx, registration)
	w.must(err)
	return list[0].Digits
}

func TestACheckInIsTakenBackOnceAndTheTicketLetsInAgain(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 2, 5)))
		a := w.signUp(h, w.resident("a"), "")
		w.clock.Set(h.StartsAt.Add(-time.Hour))
		digits := w.digits(a.ID)
		if got := w.shown(h, hearings.Shown{Key: "k1", Ticket: digits, Desk: "东门"}); got.Result != "in" {
			t.Fatalf("shown: %+v", got)
		}
		for range 2 { // sent twice
			if got := w.shown(h, hearings.Shown{Key: "k1", Undo: true}); got.Result != "undone" || got.Number != a.Number {
				t.Errorf("taken back: %+v", got)
			}
		}
		if got := w.shown(h, hearings.Shown{Key: "k1", Ticket: digits}); got.Result != "undone" {
			t.Errorf("the showing that was taken back, sent again: %+v", got)
		}
		if got := w.shown(h, hearings.Shown{Key: "never", Undo: true}); got.Result != "undone" {
			t.Errorf("one that never arrived: %+v", got)
		}
		if got := w.shown(h, hearings.Shown{Key: "k2", Ticket: digits, Desk: "西门"}); got.Result != "in" {
			t.Errorf("after taking it back: %+v", got)
		}
		v, err := w.s.Door(w.ctx, w.one, h.ID)
		w.must(err)
		if v.Categories[0].Arrived != 1 || v.Categories[0].Expected != 1 || len(v.Twice) != 0 {
			t.Errorf("counts: %+v, twice %+v", v.Categories[0], v.Twice)
		}
		w.sound()
	})
}

func TestTheDoorSaysWhyATicketDoesNotLetIn(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 2, 5)))
		other := w.published(w.input(speakers(models.FirstCome, 2, 5)))
		a, b := w.signUp(h, w.resident("a"), ""), w.signUp(other, w.resident("b"), "")
		digits, elsewhere := w.digits(a.ID), w.digits(b.ID)
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, a.Ticket))
		w.clock.Set(h.StartsAt.Add(-time.Hour))
		for _, c := range []struct {
			ticket, result string
			status         models.RegistrationStatus
		}{{digits, "not_confirmed", models.RegistrationWithdrawn}, {elsewhere, "wrong_hearing", ""}, {b.Ticket, "wrong_hearing", ""}, {"nobody", "unknown", ""}} {
			if got := w.shown(h, hearings.Shown{Key: "k" + c.ticket, Ticket: c.ticket}); got.Result != c.result || got.Status != c.status {
				t.Errorf("%s: %+v", c.ticket, got)
			}
		}
	})
}

// Two desks without a connection let the same ticket in: one of them counts, the
// other is told, and the page lists it.
func TestDesksThatWereOfflineMergeWithoutAdmittingTwice(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 3, 5)))
		a, b := w.signUp(h, w.resident("a"), ""), w.signUp(h, w.resident("b"), "")
		w.clock.Set(h.StartsAt.Add(-time.Hour))
		list, err := w.s.DoorList(w.ctx, w.one, h.ID)
		w.must(err)
		if len(list.Tickets) != 2 || !list.Open || list.Salt == "" {
			t.Fatalf("the list: %+v", list)
		}
		id := map[int64]string{}
		for _, e := range list.Tickets {
			id[e.Number] = e.ID
		}
		if e := list.Tickets[0]; e.Digits != hearings.DoorHash(list.Salt, w.digits(a.ID)) || e.Code != hearings.DoorHash(list.Salt, a.Ticket) {
			t.Errorf("hashes of %+v", e)
		}
		seen := w.clock.Now()
		w.clock.Add(10 * time.Minute)
		east := []hearings.Shown{{Key: "e1", Ticket: id[a.Number], Desk: "东门", At: seen}, {Key: "e2", Ticket: id[b.Number], Desk: "东门", At: seen}}
		west := []hearings.Shown{{Key: "w1", Ticket: id[a.Number], Desk: "西门", At: seen.Add(time.Minute)}}
		for range 2 { // a lost answer: everything is sent again
			got, err := w.s.CheckIn(w.ctx, w.one, h.ID, east)
			w.must(err)
			if got[0].Result != "in" || got[1].Result != "in" {
				t.Errorf("the first desk: %+v", got)
			}
			got, err = w.s.CheckIn(w.ctx, w.two, h.ID, west)
			w.must(err)
			if got[0].Result != "already" || got[0].Desk != "东门" || !got[0].Since.Equal(seen) {
				t.Errorf("the second desk: %+v", got)
			}
		}
		v, err := w.s.Door(w.ctx, w.one, h.ID)
		w.must(err)
		if v.Categories[0].Arrived != 2 || len(v.Twice) != 1 || v.Twice[0].Number != a.Number || v.Twice[0].FirstDesk != "东门" || v.Twice[0].Desk != "西门" {
			t.Errorf("here %+v, twice %+v", v.Categories[0], v.Twice)
		}
		found, err := w.s.DoorFind(w.ctx, w.one, h.ID, "A")
		w.must(err)
		if len(found) != 1 || found[0].Number != a.Number {
			t.Errorf("found by name: %+v", found)
		}
		if found, err = w.s.DoorFind(w.ctx, w.one, h.ID, "%"); err != nil || len(found) != 0 {
			t.Errorf("a per cent sign finds %d, %v", len(found), err)
		}
		if _, err := w.s.DoorList(w.ctx, w.resident("c"), h.ID); !models.IsNotFound(err) {
			t.Errorf("a resident reads the list of the door: %v", err)
		}
	})
}

// The door calls up reserves of the category whose seats stayed empty, and holds those
// who came against the profile's rule on composition.
func TestReservesAreCalledUpInTheirOwnCategoryAndTheCompositionIsHeldAtTheDoor(t *testing.T) {
	each(t, func(w *world) {
		shares := speakers(models.FirstCome, 3, 5)
		shares.Rule = "consumers_share"
		experts := hearings.CategoryInput{Key: "experts", Role: models.Speaker, NameZH: "专家", Method: models.FirstCome, Seats: 2, Waiting: 5}
		input := w.input(shares, experts)
		input.Profile, input.OverrideZH = "price_hearing", "试行。"
		h := w.published(input)
		sign := func(name, category string) hearings.Registered { return w.signUp(h, w.resident(name), category) }
		c1, c2, c3 := sign("c1", "consumers"), sign("c2", "consumers"), sign("c3", "consumers")
		c4, c5 := sign("c4", "consumers"), sign("c5", "consumers") // reserves
		e1, e2, e3 := sign("e1", "experts"), sign("e2", "experts"), sign("e3", "experts")
		w.clock.Set(h.StartsAt.Add(-40 * time.Minute))
		show := func(r hearings.Registered, want string) {
			t.Helper()
			if got := w.shown(h, hearings.Shown{Key: "k" + r.ID + want, Ticket: r.Ticket}); got.Result != want {
				t.Errorf("number %d: %+v, want %s", r.Number, got, want)
			}
		}
		share := func(part, whole int, met bool) {
			t.Helper()
			v, err := w.s.Door(w.ctx, w.one, h.ID)
			w.must(err)
			i := slices.IndexFunc(v.Composition, func(s hearings.Share) bool { return s.Rule.Key == "consumers_share" })
			if i < 0 || v.Composition[i].Part != part || v.Composition[i].Whole != whole || v.Composition[i].Met != met {
				t.Errorf("%d of %d (%v) wanted: %+v", part, whole, met, v.Composition)
			}
		}
		show(e1, "in")
		show(e2, "in")
		share(0, 2, false)
		show(c1, "in")
		share(1, 3, false) // two in five are asked for
		show(e3, "reserve")
		show(c5, "reserve")
		consumers := w.category(h, "consumers").ID
		_, _, err := w.s.CallReserves(w.ctx, w.one, h.ID, consumers)
		w.fails(err, models.Closed, "hearings.reserves_early")
		w.clock.Set(h.StartsAt.Add(time.Minute))
		noShows, called, err := w.s.CallReserves(w.ctx, w.one, h.ID, consumers)
		w.must(err)
		if noShows != 2 || called != 1 || w.status(c5.ID) != models.RegistrationConfirmed || w.status(c4.ID) != models.RegistrationWaiting || w.status(e3.ID) != models.RegistrationWaiting {
			t.Errorf("%d no-shows, %d called; c4 %s, c5 %s, e3 %s", noShows, called, w.status(c4.ID), w.status(c5.ID), w.status(e3.ID))
		}
		show(c5, "in")
		share(2, 4, true)
		show(c2, "in")            // late, and one seat is left
		show(c3, "not_confirmed") // the other went to the reserve
		w.sound()
	})
}
