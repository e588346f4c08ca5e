package hearings_test

import (
	"maps"
	"testing"
	"time"

	"minyi/app/hearings"
	"minyi/app/kit/actor"
	"minyi/models"
)

// Who chose mail gets one mail for each change and who chose text messages one message;
// a hearing that moves back to where it was has moved once more.
func TestEveryChangeIsToldOnceToEverybodyTheirWay(t *testing.T) {
	each(t, func(w *world) {
		h := w.published(w.input(speakers(models.FirstCome, 5, 5)))
		w.signUp(h, w.resident("a"), "")
		for _, contact := range []string{"13800000001", "paper@minyi.example"} { // at the counter
			_, err := w.s.Enter(w.ctx, w.one, hearings.EntryInput{Channel: models.Counter, Consent: true, Contact: contact, RegisterInput: hearings.RegisterInput{HearingID: h.ID, Name: "赵平"}}, models.Idem{})
			w.must(err)
		}
		gone := w.signUp(h, w.resident("gone"), "")
		w.must(w.s.Withdraw(w.ctx, actor.Actor{}, gone.Ticket))
		first, second := *h.StartsAt, h.StartsAt.Add(7*day)
		for i, at := range []time.Time{second, first, second} {
			move := hearings.MoveInput{StartsAt: at, EndsAt: at.Add(2 * time.Hour), PlaceZH: "市图书馆", ReasonZH: "会场维修"}
			w.must(w.s.Move(w.ctx, w.one, h.ID, i, move))
			w.fails(w.s.Move(w.ctx, w.one, h.ID, i, move), models.Conflict, "error.stale") // the form sent twice
		}
		w.must(w.s.Cancel(w.ctx, w.one, h.ID, "方案撤回", ""))
		w.fails(w.s.Cancel(w.ctx, w.one, h.ID, "方案撤回", ""), models.Conflict, "error.stale")
		letters, err := w.db.LettersDue(w.ctx, w.clock.Now().Add(time.Hour), 1000)
		w.must(err)
		got := map[string]int{}
		for _, l := range letters {
			if l.Kind == "hearing_moved" || l.Kind == "hearing_cancelled" {
				got[l.Kind+" "+string(l.Channel)+" "+l.Recipient]++
			}
		}
		want := map[string]int{}
		for _, to := range []string{"mail a@minyi.example", "mail paper@minyi.example", "sms +8613800000001"} {
			want["hearing_moved "+to], want["hearing_cancelled "+to] = 3, 1
		}
		if !maps.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}
