package hearings_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"minyi/app/kit/code"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// doorway is the door of a hearing that begins in an hour, with two stewards.
type doorway struct {
	handlerstest.Site
	t          *testing.T
	clock      *modelstest.Clock
	h          models.Hearing
	east, west *handlerstest.Browser
	cats       map[string]models.HearingCategory
	digits     int
}

// outcome is what the program answers about one showing.
type outcome struct {
	Key, Result, Status, Name, Category, Desk string
	Number                                    int64
	Since                                     *time.Time
}

// holder is somebody with a ticket.
type holder struct {
	registration string
	number       int64
	tickets      []models.Ticket
}

// doorOf makes the hearing with categories of so many seats each.
func doorOf(t *testing.T, s handlerstest.Site, clock *modelstest.Clock, seats map[string]int) *doorway {
	t.Helper()
	d := &doorway{Site: s, t: t, clock: clock, cats: map[string]models.HearingCategory{}, digits: 100_000}
	unit := s.Unit(true)
	d.h = d.hearing("h2027-900", unit, time.Hour)
	for key, n := range seats {
		d.cats[key] = d.category(d.h, key, n)
	}
	d.east, d.west = d.steward("east", unit), d.steward("west", unit)
	return d
}

// steward gives the browser of a moderator of a unit.
func (d *doorway) steward(name string, unit models.Unit) *handlerstest.Browser {
	d.t.Helper()
	return d.As(modelstest.Person(d.t, d.DB, name, unit, models.Moderator))
}

func (d *doorway) write(do func(tx *models.Tx) error) {
	d.t.Helper()
	if err := d.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, do); err != nil {
		d.t.Fatal(err)
	}
}

// hearing makes a public hearing that begins after a while.
func (d *doorway) hearing(id string, unit models.Unit, begins time.Duration) (h models.Hearing) {
	d.t.Helper()
	d.write(func(tx *models.Tx) error {
		at := func(after time.Duration) *time.Time { m := tx.Now.Add(after); return &m }
		h = models.Hearing{ID: id, Kind: models.KindHearing, UnitID: unit.ID, Profile: "hearing_default", TitleZH: "停车收费听证会", TitleEN: "Parking charges", PlaceZH: "市政务大楼", Clauses: "[]", Questions: "[]",
			SignupOpensAt: at(-480 * time.Hour), SignupClosesAt: at(-240 * time.Hour), StartsAt: at(begins), EndsAt: at(begins + 3*time.Hour), PublishedAt: at(-481 * time.Hour), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		return tx.Insert(&h)
	})
	return h
}

func (d *doorway) category(h models.Hearing, key string, seats int) (c models.HearingCategory) {
	d.t.Helper()
	d.write(func(tx *models.Tx) error {
		c = models.HearingCategory{ID: models.NewID(tx.Now), HearingID: h.ID, Key: key, Role: models.Observer, NameZH: "旁听" + key, NameEN: "Observers " + key, Method: models.FirstCome, Seats: seats, Waiting: 1000}
		return tx.Insert(&c)
	})
	return c
}

// people signs up n registrations of so many seats each, with seats of the category or
// on its waiting list.
func (d *doorway) people(c models.HearingCategory, status models.RegistrationStatus, n, seats int) (list []holder) {
	d.t.Helper()
	d.write(func(tx *models.Tx) error {
		for range n {
			number, err := tx.Number("registrations:" + c.HearingID)
			if err != nil {
				return err
			}
			r := &models.Registration{ID: models.NewID(tx.Now), HearingID: c.HearingID, CategoryID: c.ID, Number: number, Status: status, Active: true, Seats: seats, Name: fmt.Sprintf("周%d", number), Answers: "{}", Lang: "zh", Channel: models.Web, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if err := tx.Insert(r); err != nil {
				return err
			}
			one := holder{registration: r.ID, number: number}
			for i := range seats {
				k := models.Ticket{ID: models.NewID(tx.Now), HearingID: c.HearingID, RegistrationID: r.ID, Position: i, Code: code.NewToken()[:22], Name: fmt.Sprintf("%s之%d", r.Name, i)}
				if status == models.RegistrationConfirmed {
					d.digits++
					k.Digits = fmt.Sprintf("%06d", d.digits)
				}
				if err := tx.Insert(&k); err != nil {
					return err
				}
				one.tickets = append(one.tickets, k)
			}
			list = append(list, one)
		}
		if status == models.RegistrationConfirmed {
			ok, err := tx.TakeSeats(c.ID, n*seats)
			if err == nil && !ok {
				err = models.Fail(models.Conflict, "error.stale")
			}
			return err
		}
		return tx.FillQueue(c.ID, n*seats)
	})
	return list
}

// raw sends a body to the check-in of a hearing.
func (d *doorway) raw(b *handlerstest.Browser, hearing string, body []byte, header ...string) handlerstest.Page {
	d.t.Helper()
	req, err := http.NewRequest("POST", d.URL+"/api/v1/desk/hearings/"+hearing+"/check-ins", bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return b.Send(req)
}

// merge sends showings of a device that adds what it says about itself.
func (d *doorway) merge(b *handlerstest.Browser, list []map[string]any, device ...any) (int, []outcome) {
	d.t.Helper()
	whole := map[string]any{"check_ins": list}
	for i := 0; i+1 < len(device); i += 2 {
		whole[device[i].(string)] = device[i+1]
	}
	body, err := json.Marshal(whole)
	if err != nil {
		d.t.Fatal(err)
	}
	p := d.raw(b, d.h.ID, body)
	var out struct{ Outcomes []outcome }
	if err := json.Unmarshal([]byte(p.Body), &out); err != nil && p.Status == 200 {
		d.t.Fatalf("no JSON: %v\n%s", err, p.Body)
	}
	return p.Status, out.Outcomes
}

// show shows one ticket and gives what becomes of it.
func (d *doorway) show(b *handlerstest.Browser, key, ticket string) outcome {
	d.t.Helper()
	status, got := d.merge(b, []map[string]any{{"key": key, "ticket": ticket, "desk": "东门"}})
	if status != 200 || len(got) != 1 {
		d.t.Fatalf("showing %q: %d, %d outcomes", ticket, status, len(got))
	}
	return got[0]
}

// inside counts who has come in.
func (d *doorway) inside() int {
	d.t.Helper()
	counts, err := d.DB.DoorCounts(context.Background(), d.h.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	n := 0
	for _, c := range counts {
		n += c.Arrived
	}
	return n
}

func (d *doorway) status(h holder) models.RegistrationStatus {
	d.t.Helper()
	r, err := d.DB.RegistrationByID(context.Background(), h.registration)
	if err != nil {
		d.t.Fatal(err)
	}
	return r.Status
}

// sound holds that the counters of seats equal a recount.
func (d *doorway) sound() {
	d.t.Helper()
	if faults, err := d.DB.SeatFaults(context.Background()); err != nil || len(faults) > 0 {
		d.t.Errorf("counters differ from a recount: %v, %v", faults, err)
	}
}
