package rooms_test

import (
	"fmt"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/rooms"
	"minyi/models"
	"minyi/models/modelstest"
)

// Who asks too often is held back alone; a hall that shares one address is not punished
// for being full, and a crowd behind another address is.
func TestAHallBehindOneAddressIsNotHeldBack(t *testing.T) {
	const person, network, crowd = 2, 4, 12
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		h := hall{Service: rooms.New(rooms.Options{DB: db, Rates: rooms.Rates{Ask: person, AskNetwork: network}}), t: t, db: db, clock: clock, unit: unit}
		h.chair = h.person("chair", models.Moderator)
		var err error
		if h.room, err = h.Create(ctx, h.chair, rooms.RoomInput{UnitID: unit.ID, TitleZH: "夜市听证会", TitleEN: "Night market hearing", Moderated: true, Hall: "192.0.2.0/28"}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if h.room, err = h.Open(ctx, h.chair, h.room.Code); err != nil {
			t.Fatal(err)
		}
		people := make([]actor.Actor, crowd)
		for i := range people {
			people[i] = h.person(fmt.Sprint("guest", i))
		}
		ask := func(i int, from, body string) error {
			who := people[i]
			who.Network = from
			_, err := h.Ask(ctx, who, rooms.AskInput{Code: h.room.Code, Body: body}, models.Idem{})
			return err
		}
		for i := range people {
			if err := ask(i, "192.0.2.7", fmt.Sprintf("第 %d 位来宾问：摊位费怎么收？", i)); err != nil {
				t.Fatalf("guest %d of a hall behind one address: %v", i, err)
			}
		}
		for n := range person {
			err := ask(0, "192.0.2.7", fmt.Sprintf("再问一次 %d", n))
			if held := models.KindOf(err) == models.TooMany; held != (n == person-1) || err != nil && !held {
				t.Errorf("question %d of one person: %v", n+2, err)
			}
		}
		clock.Add(2 * time.Minute)
		taken := 0
		for i := range people {
			switch err := ask(i, "198.51.100.9", fmt.Sprintf("在家里的第 %d 位问：几点收摊？", i)); {
			case err == nil:
				taken++
			case models.KindOf(err) != models.TooMany:
				t.Fatal(err)
			}
		}
		if taken != network {
			t.Errorf("%d questions of a minute from an address that is no hall's, want %d", taken, network)
		}
	})
}
