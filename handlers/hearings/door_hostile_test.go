package hearings_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// Six digits can be tried out: an account at a door may be wrong twenty times in a
// minute, a door sixty times. Who is held learns nothing, and nobody else is held.
func TestDigitsCannotBeTriedOutAtTheDoor(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 50})
		people := d.people(d.cats["a"], models.RegistrationConfirmed, 5, 1)
		first, second := people[0].tickets[0], people[1].tickets[0]
		for i := range 40 { // right ones cost nothing
			want := "already"
			if i == 0 {
				want = "in"
			}
			if got := d.show(d.east, fmt.Sprint("right", i), first.Digits); got.Result != want {
				t.Fatalf("shown %d times: %+v", i+1, got)
			}
		}
		// All at once, and many in one sending: twenty are looked up, whichever they are.
		var guesses []map[string]any
		for i := range 50 {
			guesses = append(guesses, map[string]any{"key": fmt.Sprint("list", i), "ticket": fmt.Sprintf("%06d", i)})
		}
		guesses[49]["ticket"] = second.Digits // the right one is among those that are held
		status, got := d.merge(d.east, guesses)
		count := map[string]int{}
		for _, o := range got {
			count[o.Result]++
		}
		if status != 200 || count["unknown"] != 20 || count["held"] != 30 || d.inside() != 1 {
			t.Errorf("guesses in one sending: %d %v, %d inside", status, count, d.inside())
		}
		held := d.raw(d.east, d.h.ID, []byte(`{"check_ins":[{"key":"h","ticket":"`+second.Digits+`"}]}`), "Accept-Language", "en")
		if wait, err := strconv.Atoi(held.Header.Get("Retry-After")); held.Status != 429 || err != nil || wait < 1 || wait > 60 || !strings.Contains(held.Body, "hearings.digits_held") || !strings.Contains(held.Body, "Too many wrong digits") {
			t.Errorf("the right digits of who is held: %d, come back in %q: %s", held.Status, held.Header.Get("Retry-After"), held.Body)
		}
		form := d.east.Open("/desk/hearings/" + d.h.ID + "/door")
		if p := d.east.Fill(form, "/door", "ticket", second.Digits, "desk", "东门"); p.Status != 429 || !strings.Contains(p.Find(".error-summary").Text(), "输错的签到码太多") || p.Find("#f-ticket").AttrOr("value", "") != second.Digits || p.Find("#f-desk").AttrOr("value", "") != "东门" {
			t.Errorf("the form of who is held: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		if p := d.east.Fill(d.east.Open("/en/desk/hearings/"+d.h.ID+"/door"), "/door", "ticket", second.Digits); p.Status != 429 || !strings.Contains(p.Find(".error-summary").Text(), "Too many wrong digits") {
			t.Errorf("the form in English: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		if d.inside() != 1 {
			t.Fatal("somebody who is held let a ticket in")
		}
		// The code of the ticket and the name still let in, for who is held too.
		if got := d.show(d.east, "code", "https://minyi.example/t/"+people[2].tickets[0].Code); got.Result != "in" {
			t.Errorf("by the code: %+v", got)
		}
		if got := d.show(d.east, "name", people[3].tickets[0].ID); got.Result != "in" {
			t.Errorf("by the name: %+v", got)
		}
		// Another desk has its own tries; all desks together have sixty.
		looked := 0
		for _, name := range []string{"west", "north", "south"} {
			b := d.west
			if name != "west" {
				b = d.steward(name, s.Unit(true))
			}
			var mu sync.Mutex
			var wg sync.WaitGroup
			for i := range 30 {
				wg.Go(func() {
					p := d.raw(b, d.h.ID, fmt.Appendf(nil, `{"check_ins":[{"key":"%s%d","ticket":"%06d"}]}`, name, i, i))
					mu.Lock()
					defer mu.Unlock()
					if p.Status == 200 {
						looked++
					} else if p.Status != 429 {
						t.Errorf("a guess: %d %s", p.Status, p.Body)
					}
				})
			}
			wg.Wait()
		}
		if looked != 40 {
			t.Errorf("three more desks looked up %d wrong digits in the same minute", looked)
		}
		clock.Add(time.Minute)
		if got := d.show(d.east, "later", second.Digits); got.Result != "in" {
			t.Errorf("a minute later: %+v", got)
		}
	})
}

// A door says of digits that they belong elsewhere only where its steward stands at that
// door too: everybody else reads the same as for digits of nobody.
func TestTheDoorTellsNobodyWhichDigitsOthersHave(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 3})
		foreign := models.Unit{}
		d.write(func(tx *models.Tx) error {
			foreign = models.Unit{ID: models.NewID(tx.Now), Slug: "harbour", NameZH: "港务局", NameEN: "Harbour", CreatedAt: tx.Now, UpdatedAt: tx.Now}
			foreign.Path = "/" + foreign.ID + "/"
			return tx.Insert(&foreign)
		})
		theirs := d.people(d.category(d.hearing("h2027-901", foreign, 2*time.Hour), "x", 3), models.RegistrationConfirmed, 1, 1)[0].tickets[0]
		ours := d.people(d.category(d.hearing("h2027-902", s.Unit(true), 2*time.Hour), "y", 3), models.RegistrationConfirmed, 1, 1)[0].tickets[0]
		answer := func(ticket string) string {
			return d.raw(d.east, d.h.ID, []byte(`{"check_ins":[{"key":"k","ticket":"`+ticket+`"}]}`)).Body
		}
		if nobody := answer("000001"); answer(theirs.Digits) != nobody || !strings.Contains(nobody, `"unknown"`) {
			t.Errorf("digits of another unit's hearing: %s, of nobody: %s", answer(theirs.Digits), nobody)
		}
		if got := d.show(d.east, "k", ours.Digits); got.Result != "wrong_hearing" || got.Name != "" || got.Number != 0 {
			t.Errorf("digits of the next room: %+v", got)
		}
		// Whoever holds the ticket itself is told, and nothing about the other hearing.
		if got := d.show(d.east, "k", "/t/"+theirs.Code); got.Result != "wrong_hearing" || got.Name != "" || got.Number != 0 || got.Category != "" {
			t.Errorf("a ticket of another unit: %+v", got)
		}
		if got := d.show(d.east, "k", theirs.ID); got.Result != "unknown" {
			t.Errorf("the id of another ticket: %+v", got)
		}
		// Undoing tells nothing about digits either.
		_, right := d.merge(d.east, []map[string]any{{"key": "u", "undo": true, "ticket": ours.Digits}})
		_, wrong := d.merge(d.east, []map[string]any{{"key": "u", "undo": true, "ticket": "000001"}})
		if len(right) != 1 || len(wrong) != 1 || right[0] != wrong[0] {
			t.Errorf("undoing with digits: %v, %v", right, wrong)
		}
	})
}

// What is no ticket of this hearing, or none any more, lets nobody in, whatever it looks like.
func TestForgedAndOldTicketsDoNotLetIn(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 6})
		people := d.people(d.cats["a"], models.RegistrationConfirmed, 6, 1)
		good := people[0].tickets[0]
		other := byte('A')
		if good.Code[21] == other {
			other = 'B'
		}
		swapped := good.Code[:21] + string(other)
		for i, forged := range []string{swapped, good.Code[:21], good.Code + "A", "https://minyi.example/t/" + swapped, "https://elsewhere.example/t/" + strings.Repeat("A", 22), "/t/", "/t//", "/t/../" + good.ID[:5],
			"' OR code <> '", `" OR ""="`, "%", "_", "\x00", strings.Repeat("9", 5000), "🎫", "-1", "null", "1e6", "００００００", people[0].registration, d.h.ID, d.cats["a"].ID, strings.Repeat("/t/", 100) + swapped} {
			if got := d.show(d.east, fmt.Sprint("f", i), forged); got.Result != "unknown" || got.Name != "" {
				t.Errorf("%.60q: %+v", forged, got)
			}
		}
		// The secret decides, not the address around it: tickets outlive a change of domain.
		if got := d.show(d.east, "old", "http://old-name.example/en/t/"+people[1].tickets[0].Code+"/"); got.Result != "in" {
			t.Errorf("a ticket that was printed under another name of the site: %+v", got)
		}
		holders := s.Browser()
		if p := holders.Fill(holders.Open("/t/"+people[2].tickets[0].Code+"/withdraw"), "/withdraw"); p.Status != 200 {
			t.Fatalf("withdrawn: %d", p.Status)
		}
		for _, shown := range []string{people[2].tickets[0].Code, people[2].tickets[0].Digits} {
			if got := d.show(d.east, "w"+shown, shown); got.Result != "not_confirmed" || got.Status != "withdrawn" {
				t.Errorf("replayed after it was withdrawn: %+v", got)
			}
		}
		if n := d.inside(); n != 1 {
			t.Errorf("%d are inside", n)
		}
		// Moved to another day: today it lets nobody in, on that day it does.
		officer := s.As(modelstest.Person(t, s.DB, "yi", s.Unit(true), models.Officer))
		at := func(m time.Time) string {
			return m.In(time.FixedZone("", 8*3600)).Format("2006-01-02T15:04")
		}
		if p := officer.Fill(officer.Open("/desk/hearings/"+d.h.ID+"/move"), "/move", "starts_at", at(d.h.StartsAt.Add(72*time.Hour)), "ends_at", at(d.h.EndsAt.Add(72*time.Hour)), "reason_zh", "停电。"); p.Status != 200 {
			t.Fatalf("moved: %d %s", p.Status, faultsOf(p))
		}
		today := d.raw(d.east, d.h.ID, []byte(`{"check_ins":[{"key":"m","ticket":"`+good.Code+`"}]}`))
		if today.Status != 409 || !strings.Contains(today.Body, "hearings.door_closed") {
			t.Errorf("on the day that was given up: %d %s", today.Status, today.Body)
		}
		clock.Add(72 * time.Hour)
		if got := d.show(d.east, "m", good.Code); got.Result != "in" {
			t.Errorf("on the new day: %+v", got)
		}
		if p := officer.Fill(officer.Open("/desk/hearings/"+d.h.ID+"/cancel"), "/cancel", "reason_zh", "方案撤回。"); p.Status != 200 {
			t.Fatalf("cancelled: %d %s", p.Status, faultsOf(p))
		}
		if p := d.raw(d.east, d.h.ID, []byte(`{"check_ins":[{"key":"c","ticket":"`+people[3].tickets[0].Code+`"}]}`)); p.Status != 409 {
			t.Errorf("after it was cancelled: %d %s", p.Status, p.Body)
		}
		if n := d.inside(); n != 2 {
			t.Errorf("%d are inside", n)
		}
		d.sound()
	})
}

// Desks that were offline send what they saw in any order, twice, with wrong clocks and
// with lines that are wrong: every ticket is in once, and everybody is told.
func TestWhatDesksSawOfflineMergesWhateverTheySend(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 20})
		people := d.people(d.cats["a"], models.RegistrationConfirmed, 12, 1)
		id := func(i int) string { return people[i].tickets[0].ID }
		now := clock.Now()
		line := func(key, ticket, desk string, at time.Time) map[string]any {
			return map[string]any{"key": key, "ticket": ticket, "way": "name", "desk": desk, "at": at}
		}
		results := func(list []outcome) string {
			var out []string
			for _, o := range list {
				out = append(out, o.Result)
			}
			return strings.Join(out, " ")
		}
		send := func(b *handlerstest.Browser, want string, list []map[string]any, device ...any) []outcome {
			t.Helper()
			var got []outcome
			for range 2 { // the answer got lost
				status, again := d.merge(b, list, device...)
				if status != 200 || results(again) != want {
					t.Errorf("merged: %d %q, want %q", status, results(again), want)
				}
				got = again
			}
			return got
		}
		// A clock that is five hours fast, and one that is three hours slow: half an hour ago is
		// half an hour ago.
		clock.Add(30 * time.Minute)
		fast, slow := 5*time.Hour, -3*time.Hour
		send(d.east, "in in", []map[string]any{line("e0", id(0), "东门", now.Add(fast)), line("e1", id(1), "东门", now.Add(fast))}, "sent_at", clock.Now().Add(fast))
		got := send(d.west, "already in", []map[string]any{line("w0", id(0), "西门", now.Add(slow)), line("w2", id(2), "西门", now.Add(slow))}, "sent_at", clock.Now().Add(slow))
		if got[0].Since == nil || !got[0].Since.Equal(now) || got[0].Desk != "东门" {
			t.Errorf("the second desk is told %+v", got[0])
		}
		tickets, err := s.DB.TicketsOf(context.Background(), people[2].registration)
		if err != nil || tickets[0].ArrivedAt == nil || !tickets[0].ArrivedAt.Equal(now) {
			t.Errorf("by the slow clock: %+v %v", tickets, err)
		}
		// A device that does not tell its clock is never believed about the future or yesterday.
		send(d.east, "in in", []map[string]any{line("e3", id(3), "东门", clock.Now().Add(9*time.Hour)), line("e4", id(4), "东门", now.Add(-240*time.Hour))})
		for _, i := range []int{3, 4} {
			tickets, err := s.DB.TicketsOf(context.Background(), people[i].registration)
			if err != nil || tickets[0].ArrivedAt == nil || !tickets[0].ArrivedAt.Equal(clock.Now()) {
				t.Errorf("a moment that cannot be: %+v %v", tickets, err)
			}
		}
		// Both desks see on their pages what was shown twice.
		for _, b := range []*handlerstest.Browser{d.east, d.west} {
			p := b.Open("/desk/hearings/" + d.h.ID + "/door")
			row := strings.Join(strings.Fields(p.Find("#door-numbers table").Last().Find("tbody tr").Text()), " ")
			if !strings.Contains(row, "东门") || !strings.Contains(row, "西门") || !strings.Contains(row, models.NumberForm(people[0].number)) {
				t.Errorf("shown twice: %s", row)
			}
		}
		// Taken back before it arrives: it does not let in, the next showing does.
		send(d.east, "undone", []map[string]any{{"key": "e5", "ticket": id(5), "undo": true}})
		send(d.west, "undone", []map[string]any{line("e5", id(5), "东门", clock.Now())})
		if got := d.show(d.west, "w5", people[5].tickets[0].Digits); got.Result != "in" {
			t.Errorf("shown again after it was taken back: %+v", got)
		}
		// Wrong lines keep no other back; one key stands for one ticket.
		send(d.east, "in key_used in unknown already unknown", []map[string]any{line("x", id(6), "东门", now), line("x", id(7), "东门", now), line("y", id(7), strings.Repeat("门", 300)+"\x00", now),
			line("z", models.NewID(clock.Now()), "", now), line("x2", id(6), "", now), line("q", "", "", now)})
		// Two stewards send the same at the same moment.
		var wg sync.WaitGroup
		var mu sync.Mutex
		in := 0
		for i, b := range []*handlerstest.Browser{d.east, d.west, d.east, d.west} {
			wg.Go(func() {
				status, got := d.merge(b, []map[string]any{line(fmt.Sprint("same", i), id(8), "", now), line("both", id(9), "", now)})
				mu.Lock()
				defer mu.Unlock()
				if status != 200 || len(got) != 2 || got[1].Result != "in" {
					t.Errorf("at the same moment: %d %v", status, got)
					return
				}
				if got[0].Result == "in" {
					in++
				}
			})
		}
		wg.Wait()
		if in != 1 || d.inside() != 10 {
			t.Errorf("one ticket was let in %d times; %d are inside", in, d.inside())
		}
		d.sound()
	})
}

// Nothing of a sending is taken that cannot be read, and the answer says why.
func TestASendingThatCannotBeReadChangesNothing(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 5})
		ticket := d.people(d.cats["a"], models.RegistrationConfirmed, 1, 1)[0].tickets[0].Code
		good := `{"key":"g","ticket":"` + ticket + `"}`
		for body, want := range map[string]int{
			"":                                   400,
			"[]":                                 422,
			"null":                               200, // an empty sending
			"{":                                  400,
			`{"check_ins":[` + good:              400,
			`{"check_ins":[` + good + `]} more`:  400,
			`{"check_ins":{}}`:                   422,
			`{"check_ins":"` + ticket + `"}`:     422,
			`{"check_ins":[` + good + `,"x"]}`:   422,
			`{"check_ins":[` + good + `,null]}`:  422,
			`{"check_ins":[` + good + `,{}]}`:    422,
			`{"check_ins":[` + good + `],"a":1}`: 422,
			`{"check_ins":[` + good + `,{"key":"` + strings.Repeat("k", 81) + `","ticket":"` + ticket + `"}]}`: 422,
			`{"check_ins":[` + good + `,{"key":"a\u0000b","ticket":"` + ticket + `"}]}`:                        422,
			`{"check_ins":[` + good + `,{"key":"t","ticket":"` + ticket + `","at":"yesterday"}]}`:              400,
			`{"check_ins":[` + good + `,{"key":"t","ticket":7}]}`:                                              422,
			`{"check_ins":[` + good + `,{"key":"t","admitted":true}]}`:                                         422,
			`{"check_ins":[` + good + `],"sent_at":"noon"}`:                                                    400,
			"\xff\xfe{\x00": 400,
		} {
			if p := d.raw(d.east, d.h.ID, []byte(body)); p.Status != want || want > 200 && !strings.HasPrefix(p.Header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%.90q: answered %d, want %d: %.200s", body, p.Status, want, p.Body)
			}
		}
		if p := d.raw(d.east, d.h.ID, []byte(`{"check_ins":[`+good+`]}`), "Content-Type", "text/plain"); p.Status != 415 {
			t.Errorf("as text: %d", p.Status)
		}
		many := make([]map[string]any, 5000)
		for i := range many {
			many[i] = map[string]any{"key": fmt.Sprint("m", i), "ticket": ticket}
		}
		body, err := json.Marshal(map[string]any{"check_ins": many})
		if err != nil {
			t.Fatal(err)
		}
		if p := d.raw(d.east, d.h.ID, body, "Accept-Language", "en"); p.Status != 413 || !strings.Contains(p.Body, "At most 2000 check-ins") {
			t.Errorf("5,000 lines at once: %d %s", p.Status, p.Body)
		}
		if p := d.raw(d.east, d.h.ID, bytes.Repeat([]byte(" "), 2<<20)); p.Status != 413 {
			t.Errorf("two megabytes of nothing: %d", p.Status)
		}
		if n := d.inside(); n != 0 {
			t.Errorf("%d came in by what cannot be read", n)
		}
	})
}

// A hall that was offline all day sends 5,000 lines from three desks, some of them twice.
func TestFiveThousandLinesOfThreeDesksLetEachTicketInOnce(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		const people, lines = 250, 5000
		d := doorOf(t, s, clock, map[string]int{"a": people})
		list := d.people(d.cats["a"], models.RegistrationConfirmed, people, 1)
		in := map[string]bool{}
		for at := 0; at < lines; at += 1000 {
			var part []map[string]any
			for i := at; i < at+1000; i++ {
				one := map[string]any{"key": fmt.Sprint("k", i%600), "ticket": list[i%600%people].tickets[0].ID, "desk": fmt.Sprint("desk ", i%3), "at": clock.Now()}
				switch {
				case i%7 == 6: // of another site
					one["key"], one["ticket"] = fmt.Sprint("x", i), fmt.Sprintf("https://elsewhere.example/t/%022d", i)
				case i >= 600 && i%100 == 1: // the key of somebody else
					one["ticket"] = list[(i+1)%600%people].tickets[0].ID
				}
				part = append(part, one)
			}
			var before []outcome
			for range 1 + (lines-at)/lines { // the answer to the first got lost
				status, got := d.merge(d.east, part)
				for range 20 { // a desk comes again when it is told so: the machine may be busy
					if status != 503 {
						break
					}
					status, got = d.merge(d.east, part)
				}
				if status != 200 || len(got) != len(part) {
					t.Fatalf("lines from %d: %d, %d outcomes", at, status, len(got))
				}
				for i, o := range got {
					if o.Result == "in" {
						in[o.Key] = true
					}
					if before != nil && (o.Result != before[i].Result || o.Number != before[i].Number) {
						t.Errorf("line %d: %+v, when sent again %+v", at+i, before[i], o)
					}
				}
				before = got
			}
		}
		if len(in) != people || d.inside() != people {
			t.Errorf("%d showings let in, %d of %d are inside", len(in), d.inside(), people)
		}
		d.sound()
	})
}

// Only who stands at this door now may read its list or let anybody in; what somebody
// saw offline who lost the role meanwhile is taken from a colleague.
func TestOnlyStewardsOfTheUnitLetIn(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 5})
		ticket := d.people(d.cats["a"], models.RegistrationConfirmed, 1, 1)[0].tickets[0]
		foreign := models.Unit{}
		d.write(func(tx *models.Tx) error {
			foreign = models.Unit{ID: models.NewID(tx.Now), Slug: "harbour", NameZH: "港务局", NameEN: "Harbour", CreatedAt: tx.Now, UpdatedAt: tx.Now}
			foreign.Path = "/" + foreign.ID + "/"
			return tx.Insert(&foreign)
		})
		seen := []map[string]any{{"key": "off", "ticket": ticket.ID, "at": clock.Now()}}
		api := "/api/v1/desk/hearings/" + d.h.ID + "/door"
		for name, c := range map[string]struct {
			b      *handlerstest.Browser
			status []int
		}{
			"a steward of another unit": {d.steward("theirs", foreign), []int{404}},
			"a resident":                {s.As(modelstest.Person(t, s.DB, "resident", models.Unit{})), []int{403, 404}},
			"nobody":                    {s.Browser(), []int{401, 403}},
		} {
			post, got := d.merge(c.b, seen)
			read, page := c.b.Open(api), c.b.Open("/desk/hearings/"+d.h.ID+"/door")
			if got != nil || !strings.Contains(fmt.Sprint(c.status), strconv.Itoa(post)) || !strings.Contains(fmt.Sprint(c.status), strconv.Itoa(read.Status)) || strings.Contains(read.Body, "tickets") || page.Find("#door-numbers").Length() != 0 {
				t.Errorf("%s: sends %d, reads %d %s", name, post, read.Status, read.Body)
			}
		}
		gone := modelstest.Person(t, s.DB, "gone", s.Unit(true), models.Moderator)
		b := s.As(gone)
		if p := b.Open(api); p.Status != 200 {
			t.Fatalf("the list of a steward: %d", p.Status)
		}
		roles, err := s.DB.RolesOf(context.Background(), gone.ID)
		if err != nil || len(roles) != 1 {
			t.Fatal(roles, err)
		}
		if err := s.Accounts().Revoke(context.Background(), actor.System, roles[0].ID); err != nil {
			t.Fatal(err)
		}
		if status, _ := d.merge(b, seen); status != 404 && status != 403 {
			t.Errorf("who lost the role meanwhile: %d", status)
		}
		if p := b.Open(api); p.Status != 404 && p.Status != 403 {
			t.Errorf("who lost the role reads: %d", p.Status)
		}
		if n := d.inside(); n != 0 {
			t.Errorf("%d came in", n)
		}
		if status, got := d.merge(d.west, seen); status != 200 || got[0].Result != "in" {
			t.Errorf("the same from a colleague: %d %v", status, got)
		}
	})
}
