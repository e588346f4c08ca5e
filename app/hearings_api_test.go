package app_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"minyi/models"
	"minyi/models/modelstest"
)

// The rule of the contract: 201 with a seat, 202 on the way to one, 409 when it is
// not open, 401 for who cannot be told from others; a withdrawn seat is given back.
func TestSigningUpForHearingsAnswersAsTheAPIDocumentSays(t *testing.T) {
	s := startDemo(t)
	doc := s.document()
	do := func(method, path, address, token string, in any) (int, []byte) {
		t.Helper()
		status, body, h := s.call(method, "/api/v1"+address, token, in)
		holds(t, doc, method, path, status, h, body)
		return status, body
	}
	var list struct{ Hearings []struct{ ID, State string } }
	_, body := do("GET", "/hearings", "/hearings?limit=50", "", nil)
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	id := map[string]string{}
	for _, h := range list.Hearings {
		id[h.State] = h.ID
		do("GET", "/hearings/{id}", "/hearings/"+h.ID, "", nil)
	}
	for _, state := range []string{"before", "open", "drawn", "live", "recorded"} {
		if id[state] == "" {
			t.Fatalf("the demo has no hearing that is %s", state)
		}
	}
	do("GET", "/hearings", "/hearings?state=nonsense", "", nil)
	do("GET", "/hearings/{id}", "/hearings/none", "", nil)
	observer := s.token(modelstest.Person(t, s.DB, "observer", models.Unit{}))
	speaker := s.token(modelstest.Person(t, s.DB, "speaker", models.Unit{}))
	register := func(hearing, token string, in any) (int, string) {
		t.Helper()
		status, body := do("POST", "/hearings/{id}/registrations", "/hearings/"+hearing+"/registrations", token, in)
		var got struct{ ID string }
		_ = json.Unmarshal(body, &got) // a problem has no id
		return status, got.ID
	}
	status, seat := register(id["open"], observer, map[string]any{"role": "observer"})
	if status != 201 {
		t.Errorf("a free seat answered %d", status)
	}
	if status, _ := register(id["open"], speaker, map[string]any{"category": "consumers", "key_points": "夜班另算。"}); status != 202 {
		t.Errorf("the draw answered %d", status)
	}
	for name, c := range map[string]struct {
		hearing, token string
		in             any
		want           int
	}{
		"a second time":    {id["open"], observer, map[string]any{}, 409},
		"not open yet":     {id["before"], observer, map[string]any{}, 409},
		"closed":           {id["drawn"], observer, map[string]any{}, 409},
		"nobody":           {id["open"], "", map[string]any{}, 401},
		"an unknown group": {id["open"], s.token(modelstest.Person(t, s.DB, "third", models.Unit{})), map[string]any{"category": "nonsense"}, 422},
		"an unknown field": {id["open"], observer, map[string]any{"status": "confirmed"}, 422},
		"no such hearing":  {"h2000-001", observer, map[string]any{}, 404},
	} {
		if status, _ := register(c.hearing, c.token, c.in); status != c.want {
			t.Errorf("%s answered %d, want %d", name, status, c.want)
		}
	}
	if status, _ := do("GET", "/registrations/{id}", "/registrations/"+seat, speaker, nil); status != 404 {
		t.Errorf("somebody else's registration answered %d", status)
	}
	for range 2 { // again is no error
		if status, _ := do("DELETE", "/registrations/{id}", "/registrations/"+seat, observer, nil); status != 200 {
			t.Errorf("withdrawing answered %d", status)
		}
	}
	if faults, err := s.DB.SeatFaults(t.Context()); err != nil || len(faults) > 0 {
		t.Errorf("counters differ from a recount: %v, %v", faults, err)
	}
}

// The rule of P5: who signed up finds the ticket again under what they take part in,
// and nobody else does.
func TestTicketsStandUnderWhatSomebodyTakesPartIn(t *testing.T) {
	s := startDemo(t)
	anna := s.token(modelstest.Person(t, s.DB, "anna", models.Unit{}))
	bert := s.token(modelstest.Person(t, s.DB, "bert", models.Unit{}))
	open, err := s.DB.Hearings(t.Context(), models.HearingQuery{Limit: 50}, s.DB.Now())
	if err != nil {
		t.Fatal(err)
	}
	var signed struct{ URL string }
	for _, h := range open {
		if h.Takes(s.DB.Now()) {
			_, body, _ := s.call("POST", "/api/v1/hearings/"+h.ID+"/registrations", anna, map[string]any{"role": "observer"})
			if err := json.Unmarshal(body, &signed); err != nil {
				t.Fatal(err)
			}
		}
	}
	if signed.URL == "" {
		t.Fatal("the demo has no hearing to sign up for")
	}
	for token, want := range map[string]bool{anna: true, bert: false} {
		for _, lang := range []string{"", "/en"} {
			status, body, _ := s.call("GET", lang+"/me", token, nil)
			if has := strings.Contains(string(body), signed.URL); status != 200 || has != want {
				t.Errorf("%s/me answered %d, the ticket is there: %v, want %v", lang, status, has, want)
			}
		}
	}
}

// The rule of the contract: a wrong question is refused by name, in the reader's language,
// and a cursor belongs to the filters that it was made for; pages narrowed by state are full.
func TestWrongQuestionsToTheListOfHearingsAreNamed(t *testing.T) {
	s := startDemo(t)
	doc := s.document()
	type list struct {
		Hearings []struct{ ID, State string }
		Next     string `json:"next_cursor"`
	}
	ask := func(query, lang string) (int, list, string) {
		t.Helper()
		status, body, h := s.call("GET", "/api/v1/hearings?"+query, "", nil, "Accept-Language", lang)
		holds(t, doc, "GET", "/hearings", status, h, body)
		var out list
		_ = json.Unmarshal(body, &out) // a problem has no list
		return status, out, string(body)
	}
	status, first, _ := ask("limit=1", "zh")
	if status != 200 || len(first.Hearings) != 1 || first.Next == "" {
		t.Fatalf("the first page: %d, %+v", status, first)
	}
	seen := map[string]bool{first.Hearings[0].ID: true}
	for next := first.Next; next != ""; {
		_, page, _ := ask("limit=1&cursor="+next, "zh")
		for _, h := range page.Hearings {
			if seen[h.ID] {
				t.Errorf("%s stands on two pages", h.ID)
			}
			seen[h.ID] = true
		}
		next = page.Next
	}
	_, all, _ := ask("limit=100", "zh")
	if len(seen) != len(all.Hearings) {
		t.Errorf("%d on pages of one, %d at once", len(seen), len(all.Hearings))
	}
	for query, field := range map[string]string{
		"limit=0": "limit", "limit=-1": "limit", "limit=abc": "limit", "limit=99999999999999999999": "limit", "past=maybe": "past", "kind=party": "kind", "state=%3Cb%3E": "state", "unit=nowhere": "unit", "cursor=abc": "cursor",
		"past=true&cursor=" + first.Next: "cursor", "cursor=" + first.Next + "x": "cursor",
	} {
		for _, lang := range []string{"zh", "en"} {
			status, _, body := ask(query, lang)
			han := strings.ContainsFunc(body, func(r rune) bool { return r > 0x2e80 })
			if status != 422 || !strings.Contains(body, `"field":"`+field+`"`) || han != (lang == "zh") {
				t.Errorf("?%s in %s: %d %s", query, lang, status, body)
			}
		}
	}
	if status, page, _ := ask("limit=1&state=recorded", "zh"); status != 200 || len(page.Hearings) != 1 || page.Hearings[0].State != "recorded" {
		t.Errorf("the first that is recorded: %d, %+v", status, page)
	}
}

// The rule of the contract: 409 when it is full; a repeated sending with its key is one
// sign-up; a ticket's secret withdraws it, what is foreign or unknown is not found.
func TestAFullHearingAnswersThatItIsFull(t *testing.T) {
	s := startDemo(t)
	doc := s.document()
	units, err := s.DB.Units(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unit := units[0]
	err = s.DB.InTx(t.Context(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		at := func(d time.Duration) *time.Time { m := tx.Now.Add(d); return &m }
		h := models.Hearing{ID: "h2099-900", Kind: models.KindForum, UnitID: unit.ID, Profile: "hearing_default", TitleZH: "座谈会", PlaceZH: "会议室", Clauses: "[]", Questions: `[{"key":"car","zh":"几辆车？","en":"How many cars?","required":true}]`,
			SignupOpensAt: at(-time.Hour), SignupClosesAt: at(time.Hour), StartsAt: at(48 * time.Hour), EndsAt: at(50 * time.Hour), PublishedAt: at(-time.Hour), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		c := models.HearingCategory{ID: models.NewID(tx.Now), HearingID: h.ID, Key: "watch", Role: models.Observer, NameZH: "旁听", Method: models.FirstCome, Seats: 1, Waiting: 1}
		if err := tx.Insert(&h); err != nil {
			return err
		}
		return tx.Insert(&c)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ ID, Status, Ticket string }
	register := func(name string, in any, header ...string) (int, string) {
		t.Helper()
		status, body, h := s.call("POST", "/api/v1/hearings/h2099-900/registrations", s.token(modelstest.Person(t, s.DB, name, models.Unit{})), in, header...)
		holds(t, doc, "POST", "/hearings/{id}/registrations", status, h, body)
		got.ID = ""
		_ = json.Unmarshal(body, &got) // a problem has no id
		return status, string(body)
	}
	answers := map[string]any{"answers": map[string]string{"car": "一辆"}}
	if status, body := register("silent", map[string]any{}); status != 422 || !strings.Contains(body, `"field":"q_car"`) {
		t.Errorf("without an answer that is wanted: %d %s", status, body)
	}
	for i, want := range []int{201, 202, 409} {
		if status, body := register(string(rune('a'+i))+"-api", answers); status != want {
			t.Errorf("sign-up %d: %d %s", i+1, status, body)
		}
	}
	who := s.token(modelstest.Person(t, s.DB, "twice", models.Unit{}))
	_, _, _ = s.call("DELETE", "/api/v1/registrations/"+got.Ticket, "", nil)
	again := []string{}
	for range 2 {
		status, body, h := s.call("POST", "/api/v1/hearings/h2099-900/registrations", who, answers, "Idempotency-Key", "k-1")
		holds(t, doc, "POST", "/hearings/{id}/registrations", status, h, body)
		again = append(again, string(body))
	}
	if again[0] != again[1] {
		t.Errorf("sent twice: %s and %s", again[0], again[1])
	}
	for _, id := range []string{"none", "%3Cb%3E", models.NewID(s.DB.Now())} {
		if status, body, h := s.call("DELETE", "/api/v1/registrations/"+id, who, nil); status != 404 {
			t.Errorf("withdrawing %q: %d", id, status)
		} else {
			holds(t, doc, "DELETE", "/registrations/{id}", status, h, body)
		}
	}
	if faults, err := s.DB.SeatFaults(t.Context()); err != nil || len(faults) > 0 {
		t.Errorf("counters differ from a recount: %v, %v", faults, err)
	}
}
