package hearings_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// calls asks at one desk for the reserves of a category, as the page does.
func (d *doorway) calls(b *handlerstest.Browser, key string) handlerstest.Page {
	d.t.Helper()
	path := "/desk/hearings/" + d.h.ID + "/door/reserves?category=" + d.cats[key].ID
	return b.Fill(b.Open(path), "/door/reserves")
}

// page opens the door at a desk and gives what its part on reserves says.
func (d *doorway) reserves(b *handlerstest.Browser) (said string, buttons int) {
	d.t.Helper()
	part := b.Open("/desk/hearings/" + d.h.ID + "/door").Find("section[aria-labelledby=calls-h]")
	return strings.Join(strings.Fields(part.Text()), " "), part.Find(".button-row a").Length()
}

// When somebody does not come, the reserves of the same category who wait at the door get
// the seats in their order, once, however many desks call at the same moment; who was
// called up is not taken for absent by the next call.
func TestSeveralDesksCallUpReservesOnceAndInOrder(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 4, "b": 2})
		seated := d.people(d.cats["a"], models.RegistrationConfirmed, 4, 1) // two of them do not come
		others := d.people(d.cats["b"], models.RegistrationConfirmed, 2, 1) // one of them does not come
		queue := d.people(d.cats["a"], models.RegistrationWaiting, 5, 1)
		theirs := d.people(d.cats["b"], models.RegistrationWaiting, 1, 1)
		for i, one := range []holder{seated[0], seated[1], others[0]} {
			if got := d.show(d.east, fmt.Sprint("in", i), one.tickets[0].Digits); got.Result != "in" {
				t.Fatalf("with a seat: %+v", got)
			}
		}
		// The third, second, fifth in line come, in this order, to different desks.
		for i, n := range []int{2, 1, 4} {
			b := []*handlerstest.Browser{d.east, d.west}[i%2]
			if got := d.show(b, fmt.Sprint("r", n), queue[n].tickets[0].Code); got.Result != "reserve" || got.Status != "waiting" {
				t.Fatalf("a reserve: %+v", got)
			}
		}
		if early := d.calls(d.east, "a"); early.Status != 409 || !strings.Contains(early.Find(".error-summary").Text(), "半小时") {
			t.Errorf("called an hour before: %d", early.Status)
		}
		if said, buttons := d.reserves(d.west); buttons != 0 || strings.Contains(said, "人未到") {
			t.Errorf("an hour before the page offers it: %s", said)
		}
		clock.Set(d.h.StartsAt.Add(time.Minute))
		if said, buttons := d.reserves(d.west); buttons != 2 || !strings.Contains(said, "旁听a：2 人未到") || !strings.Contains(said, "旁听b：1 人未到") {
			t.Errorf("the page offers: %s", said)
		}
		var wg sync.WaitGroup
		for _, b := range []*handlerstest.Browser{d.east, d.west, d.east, d.west} {
			wg.Go(func() {
				if p := d.calls(b, "a"); p.Status != 200 {
					t.Errorf("called: %d %s", p.Status, p.Find("main").Text())
				}
			})
		}
		wg.Wait()
		want := []models.RegistrationStatus{models.RegistrationWaiting, models.RegistrationConfirmed, models.RegistrationConfirmed, models.RegistrationWaiting, models.RegistrationWaiting}
		for i, r := range queue {
			if got := d.status(r); got != want[i] {
				t.Errorf("number %d in line is %s, want %s", i+1, got, want[i])
			}
		}
		for i, r := range seated {
			want := []models.RegistrationStatus{models.RegistrationConfirmed, models.RegistrationConfirmed, models.RegistrationNoShow, models.RegistrationNoShow}[i]
			if got := d.status(r); got != want {
				t.Errorf("seat %d is %s, want %s", i+1, got, want)
			}
		}
		if d.status(others[1]) != models.RegistrationConfirmed || d.status(theirs[0]) != models.RegistrationWaiting {
			t.Errorf("the other category: %s, %s", d.status(others[1]), d.status(theirs[0]))
		}
		// Both desks read whom to call in, and nothing more to call up in this category.
		for _, b := range []*handlerstest.Browser{d.east, d.west} {
			said, buttons := d.reserves(b)
			if buttons != 1 || !strings.Contains(said, "叫到了，还没进场") || !strings.Contains(said, models.NumberForm(queue[1].number)) || !strings.Contains(said, models.NumberForm(queue[2].number)) || strings.Contains(said, models.NumberForm(queue[4].number)) {
				t.Errorf("after the call: %d, %s", buttons, said)
			}
		}
		// The showing from before the call, sent once more, still says wait; a new one lets in.
		if got := d.show(d.east, "r2", queue[2].tickets[0].Code); got.Result != "reserve" {
			t.Errorf("sent again: %+v", got)
		}
		for _, n := range []int{1, 2} {
			if got := d.show(d.west, fmt.Sprint("called", n), queue[n].tickets[0].Code); got.Result != "in" {
				t.Errorf("called up: %+v", got)
			}
		}
		if got := d.show(d.east, "r2", queue[2].tickets[0].Code); got.Result != "reserve" { // and after it too
			t.Errorf("sent again after they came in: %+v", got)
		}
		if p := d.west.Open("/desk/hearings/" + d.h.ID + "/door"); p.Find("#twice-h").Length() != 0 {
			t.Errorf("a reserve who waited counts as shown twice: %s", p.Find("#door-numbers").Text())
		}
		d.sound()
	})
}

// Who comes late, a reserve or somebody with a seat, is let in while a seat of their
// category is free, and told plainly when none is.
func TestWhoComesLateIsLetInOnlyWhileASeatIsFree(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 4, "b": 1})
		seated := d.people(d.cats["a"], models.RegistrationConfirmed, 4, 1)
		family := d.people(d.cats["a"], models.RegistrationWaiting, 1, 2)[0]
		queue := d.people(d.cats["a"], models.RegistrationWaiting, 3, 1)
		full := d.people(d.cats["b"], models.RegistrationConfirmed, 1, 1)[0]
		third := d.people(d.cats["b"], models.RegistrationWaiting, 1, 1)[0]
		clock.Set(d.h.StartsAt.Add(-10 * time.Minute))
		show := func(key string, h holder, want string) {
			t.Helper()
			if got := d.show(d.east, key, h.tickets[0].Code); got.Result != want {
				t.Errorf("%s: %+v, want %s", key, got, want)
			}
		}
		show("s0", seated[0], "in")
		show("f", full, "in")
		show("q2", queue[2], "reserve") // no seat is free yet
		if p := d.calls(d.west, "a"); p.Status != 200 {
			t.Fatalf("called: %d", p.Status)
		}
		if d.status(queue[2]) != models.RegistrationConfirmed { // three seats became free, one reserve waited
			t.Errorf("who waited is %s", d.status(queue[2]))
		}
		show("s1", seated[1], "in")    // late, and a seat is left
		show("fam", family, "reserve") // two come together, one seat is left
		show("q0", queue[0], "in")     // late too, and takes it
		show("s2", seated[2], "not_confirmed")
		show("q1", queue[1], "reserve") // nothing is left
		show("t", third, "reserve")     // of the other category
		show("q2b", queue[2], "in")
		if n := d.inside(); n != 5 {
			t.Errorf("%d are inside", n)
		}
		// Somebody gives the seat back while the hearing is on: the first who waits gets it when called.
		clock.Set(d.h.StartsAt.Add(5 * time.Minute))
		if got, _ := d.merge(d.east, []map[string]any{{"key": "s1", "undo": true}}); got != 200 {
			t.Fatal("taken back: ", got)
		}
		holders := s.Browser()
		if p := holders.Fill(holders.Open("/t/"+seated[1].tickets[0].Code+"/withdraw"), "/withdraw"); p.Status != 200 {
			t.Fatalf("withdrawn: %d %s", p.Status, p.Find("main").Text())
		}
		said, buttons := d.reserves(d.west)
		if buttons != 1 || !strings.Contains(said, "旁听a：空 1 个名额") {
			t.Errorf("with a free seat and people who wait: %s", said)
		}
		if p := d.calls(d.west, "a"); p.Status != 200 || d.status(queue[1]) != models.RegistrationConfirmed || d.status(family) != models.RegistrationWaiting {
			t.Errorf("called again: %d, %s, %s", p.Status, d.status(queue[1]), d.status(family))
		}
		if faults, err := s.DB.SeatFaults(context.Background()); err != nil || len(faults) > 0 {
			t.Errorf("counters differ from a recount: %v, %v", faults, err)
		}
	})
}
