package hearings_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"minyi/app/kit/code"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// atTheDoor makes a hearing that begins in an hour, with one observer who has a seat,
// and gives the observer's digits.
func atTheDoor(t *testing.T, s handlerstest.Site) (id, digits string) {
	t.Helper()
	unit := s.Unit(true)
	id, digits = "h2027-900", "482913"
	err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		at := func(d time.Duration) *time.Time { m := tx.Now.Add(d); return &m }
		h := &models.Hearing{ID: id, Kind: models.KindHearing, UnitID: unit.ID, Profile: "government_rules", TitleZH: "停车收费听证会", TitleEN: "Parking charges", PlaceZH: "市政务大楼",
			StartsAt: at(time.Hour), EndsAt: at(4 * time.Hour), PublishedAt: at(-time.Hour), CreatedAt: tx.Now, UpdatedAt: tx.Now, Clauses: "[]", Questions: "[]"}
		c := &models.HearingCategory{ID: models.NewID(tx.Now), HearingID: id, Key: "observers", Role: models.Observer, NameZH: "旁听", NameEN: "Observers", Method: models.FirstCome, Seats: 3, Taken: 1}
		r := &models.Registration{ID: models.NewID(tx.Now), HearingID: id, CategoryID: c.ID, Number: 1, Status: models.RegistrationConfirmed, Active: true, Seats: 1, Name: "周安", Answers: "{}", Lang: "zh", Channel: models.Web, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		k := &models.Ticket{ID: models.NewID(tx.Now), HearingID: id, RegistrationID: r.ID, Code: code.NewToken()[:22], Digits: digits, Name: "周安"}
		for _, row := range []any{h, c, r, k} {
			if err := tx.Insert(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return id, digits
}

func TestTheDoorWorksAsAForm(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		id, digits := atTheDoor(t, s)
		b := s.As(modelstest.Person(t, s.DB, "steward", s.Unit(true), models.Moderator))
		p := b.Open("/desk/hearings/" + id + "/door")
		if p.Status != 200 || !strings.Contains(p.Header.Get("Permissions-Policy"), "camera=(self)") {
			t.Fatalf("the page: %d, %q", p.Status, p.Header.Get("Permissions-Policy"))
		}
		if other := b.Open("/hearings/" + id); !strings.Contains(other.Header.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("another page may ask for the camera: %q", other.Header.Get("Permissions-Policy"))
		}
		word := func(p handlerstest.Page) string { return p.Find(".door-word").Text() }
		if empty := b.Fill(p, "/door", "ticket", " "); empty.Status != 422 || empty.Find(".error-summary").Length() != 1 {
			t.Errorf("nothing typed: %d", empty.Status)
		}
		in := b.Fill(p, "/door", "ticket", "482 913", "desk", "东门")
		if in.Status != 200 || word(in) != "请进" || in.Find("#f-desk").AttrOr("value", "") != "东门" {
			t.Fatalf("checked in: %d %q\n%s", in.Status, word(in), in.Find("main").Text())
		}
		if again := b.Fill(p, "/door", "ticket", digits, "desk", "东门"); word(again) != "请进" { // the same form sent twice
			t.Errorf("the same form again: %q", word(again))
		}
		if twice := b.Fill(in, "/door", "ticket", digits, "desk", "西门"); word(twice) != "已经进过场" || !strings.Contains(twice.Find(".door-result").Text(), "东门") {
			t.Errorf("another showing: %q", twice.Find(".door-result").Text())
		}
		if back := b.Fill(in, "/door/undo"); word(back) != "已撤销" {
			t.Errorf("taken back: %q", word(back))
		}
		if none := b.Fill(p, "/door", "ticket", "000000", "key", "another"); word(none) != "没有这张票" {
			t.Errorf("digits of nobody: %q", word(none))
		}
		found := b.Open("/desk/hearings/" + id + "/door?q=%E5%91%A8")
		if found.Find(".door-people li").Length() != 1 {
			t.Fatalf("found by name:\n%s", found.Find("#door-found").Text())
		}
		_, values := handlerstest.Fields(found, "/door")
		values.Set("way", "name")
		values.Set("ticket", found.Find(".door-people input[name=ticket]").AttrOr("value", ""))
		values.Set("key", found.Find(".door-people input[name=key]").AttrOr("value", ""))
		if by := b.Post("/desk/hearings/"+id+"/door", values); word(by) != "请进" {
			t.Errorf("checked in by name: %q", word(by))
		}
	})
}

func TestTheListOfTheDoorHoldsNoNamesAndNoDigits(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		id, digits := atTheDoor(t, s)
		b := s.Browser()
		b.Auth = s.Token(modelstest.Person(t, s.DB, "steward", s.Unit(true), models.Officer))
		path := "/api/v1/desk/hearings/" + id
		list := b.Open(path + "/door")
		if list.Status != 200 || strings.Contains(list.Body, digits) || strings.Contains(list.Body, "周安") {
			t.Fatalf("the list: %d %s", list.Status, list.Body)
		}
		send := func(body string) (int, []map[string]any) {
			req, err := http.NewRequest("POST", s.URL+path+"/check-ins", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			p := b.Send(req)
			var out struct{ Outcomes []map[string]any }
			_ = json.Unmarshal([]byte(p.Body), &out)
			return p.Status, out.Outcomes
		}
		for range 2 { // a lost answer
			status, got := send(`{"check_ins":[{"key":"a1","ticket":"` + digits + `","desk":"E"},{"key":"a2","ticket":"` + digits + `","desk":"W"}]}`)
			if status != 200 || len(got) != 2 || got[0]["result"] != "in" || got[1]["result"] != "already" {
				t.Errorf("merged: %d %v", status, got)
			}
		}
		if status, _ := send(`{"check_ins":[{"key":"","ticket":"` + digits + `"}]}`); status != 422 {
			t.Errorf("without a key: %d", status)
		}
		if status, _ := send(`{"check_ins":`); status != 422 && status != 400 {
			t.Errorf("half a request: %d", status)
		}
	})
}
