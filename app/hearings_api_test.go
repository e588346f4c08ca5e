package app_test

import (
	"encoding/json"
	"strings"
	"testing"

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
