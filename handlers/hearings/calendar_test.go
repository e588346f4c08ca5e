package hearings_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	strict "github.com/emersion/go-ical"

	"minyi/app/kit/code"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// The title of these tests is longer than a line of a calendar in every way of counting,
// and holds what the format has to escape.
const longTitle = "关于《云汀市机动车停车收费管理办法（草案）》第三条、第七条; 分时收费, 以及老旧小区夜间优惠的听证会 \\ 第二场"

// dated is a date as a strict reader, which is not the library that wrote it, reads it.
type dated struct {
	t      *testing.T
	method string
	*strict.Event
}

// dateAt fetches a calendar, holds its form against RFC 5545 and gives its one date.
func dateAt(t *testing.T, b *handlerstest.Browser, path string) dated {
	t.Helper()
	status, header, body := b.Raw(path)
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/calendar") {
		t.Fatalf("%s: %d %s", path, status, header.Get("Content-Type"))
	}
	lines := strings.Split(string(body), "\r\n")
	for _, line := range lines {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("%s: a line of %d bytes: %q", path, len(line), line)
		}
	}
	cal, err := strict.NewDecoder(bytes.NewReader(body)).Decode()
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, body)
	}
	if err := strict.NewEncoder(new(bytes.Buffer)).Encode(cal); err != nil { // there it checks which properties may stand where
		t.Errorf("%s: %v\n%s", path, err, body)
	}
	events := cal.Events()
	if len(events) != 1 {
		t.Fatalf("%s: %d dates", path, len(events))
	}
	return dated{t, cal.Props.Get("METHOD").Value, &events[0]}
}

func (d dated) text(name string) string {
	d.t.Helper()
	v, err := d.Props.Text(name)
	if err != nil {
		d.t.Errorf("%s: %v", name, err)
	}
	return v
}

func (d dated) at(name string) time.Time {
	d.t.Helper()
	v, err := d.Props.DateTime(name, nil)
	if err != nil || !strings.HasSuffix(d.Props.Get(name).Value, "Z") {
		d.t.Errorf("%s is no moment that every zone reads alike: %q, %v", name, d.Props.Get(name).Value, err)
	}
	return v
}

func (d dated) sequence() int {
	d.t.Helper()
	n, err := d.Props.Get("SEQUENCE").Int()
	if err != nil {
		d.t.Error(err)
	}
	return n
}

// ahead makes a hearing in forty days with one observer's ticket in a state, and gives
// the secret of the ticket.
func ahead(t *testing.T, s handlerstest.Site, status models.RegistrationStatus) (h models.Hearing, ticket string) {
	t.Helper()
	unit := s.Unit(true)
	ticket = code.NewToken()[:22]
	err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		at := func(d time.Duration) *time.Time { m := tx.Now.Add(d).Truncate(time.Minute); return &m }
		h = models.Hearing{ID: "h2027-900", Kind: models.KindHearing, UnitID: unit.ID, Profile: "government_rules", TitleZH: longTitle, TitleEN: "Parking charges; second hearing", PlaceZH: "市政务大楼一层, 101 室; 从东门进", PlaceEN: "City hall",
			SignupOpensAt: at(-time.Hour), SignupClosesAt: at(240 * time.Hour), StartsAt: at(960 * time.Hour), EndsAt: at(963 * time.Hour), ContactName: "王安", ContactEmail: "parking@minyi.example",
			PublishedAt: at(-2 * time.Hour), CreatedAt: tx.Now.Add(-3 * time.Hour), UpdatedAt: tx.Now.Add(-3 * time.Hour), Clauses: "[]", Questions: "[]"}
		taken, queued := 0, 0
		if status.HoldsSeat() {
			taken = 1
		} else if status == models.RegistrationWaiting {
			queued = 1
		}
		c := &models.HearingCategory{ID: models.NewID(tx.Now), HearingID: h.ID, Key: "observers", Role: models.Observer, NameZH: "旁听", NameEN: "Observers", Method: models.FirstCome, Seats: 1, Taken: taken, Waiting: 5, Queued: queued}
		r := &models.Registration{ID: models.NewID(tx.Now), HearingID: h.ID, CategoryID: c.ID, Number: 1, Status: status, Active: true, Seats: 1, Name: "周安", Answers: "{}", Lang: "zh", Channel: models.Web, CreatedAt: tx.Now.Add(-time.Hour), UpdatedAt: tx.Now.Add(-time.Hour)}
		k := &models.Ticket{ID: models.NewID(tx.Now), HearingID: h.ID, RegistrationID: r.ID, Code: ticket, Digits: "482913", Name: "周安"}
		for _, row := range []any{&h, c, r, k} {
			if err := tx.Insert(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h, ticket
}

// The rule of RFC 5545 and 5546: one date keeps its name for life, each change of time
// and place has a higher number, and one that is cancelled takes itself away.
func TestCalendarsFollowAHearingThatMovesAndIsCancelled(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		h, ticket := ahead(t, s, models.RegistrationConfirmed)
		reader, officer := s.Browser(), s.As(modelstest.Person(t, s.DB, "yi", s.Unit(true), models.Officer))
		paths := []string{"/hearings/" + h.ID + "/calendar.ics", "/t/" + ticket + "/calendar.ics", "/en/t/" + ticket + "/calendar.ics"}
		uid, stamp := map[string]string{}, map[string]time.Time{}
		// holds looks at all three after a change.
		holds := func(when string, sequence int, method, status string, starts, ends time.Time, place string) {
			t.Helper()
			for _, path := range paths {
				d := dateAt(t, reader, path)
				if d.method != method || d.text("STATUS") != status || d.sequence() != sequence {
					t.Errorf("%s, %s: %s, %s, number %d", when, path, d.method, d.text("STATUS"), d.sequence())
				}
				if !d.at("DTSTART").Equal(starts) || !d.at("DTEND").Equal(ends) {
					t.Errorf("%s, %s: %v to %v", when, path, d.at("DTSTART"), d.at("DTEND"))
				}
				if known := uid[path]; known != "" && known != d.text("UID") {
					t.Errorf("%s, %s: the date has another name, %s", when, path, d.text("UID"))
				}
				if now := d.at("DTSTAMP"); now.Before(stamp[path]) || now.After(s.DB.Now()) {
					t.Errorf("%s, %s: stamped %v", when, path, now)
				}
				uid[path], stamp[path] = d.text("UID"), d.at("DTSTAMP")
				title, at := longTitle, place
				if strings.HasPrefix(path, "/en") {
					title, at = "Parking charges; second hearing", d.text("LOCATION")
				}
				if d.text("SUMMARY") != title || d.text("LOCATION") != at {
					t.Errorf("%s, %s: %q at %q", when, path, d.text("SUMMARY"), d.text("LOCATION"))
				}
				if who := d.Props.Get("ORGANIZER"); who == nil || who.Value != "mailto:parking@minyi.example" || who.Params.Get("CN") == "" {
					t.Errorf("%s, %s: held by %+v", when, path, who)
				}
			}
		}
		holds("published", 0, "PUBLISH", "CONFIRMED", *h.StartsAt, *h.EndsAt, h.PlaceZH)
		if uid[paths[0]] == uid[paths[1]] || uid[paths[1]] != uid[paths[2]] {
			t.Errorf("names: %v", uid)
		}
		zone := time.FixedZone("", 8*3600)
		starts, ends := h.StartsAt.Add(49*time.Hour), h.EndsAt.Add(50*time.Hour)
		moved := officer.Fill(officer.Open("/desk/hearings/"+h.ID+"/move"), "/move", "starts_at", starts.In(zone).Format("2006-01-02T15:04"), "ends_at", ends.In(zone).Format("2006-01-02T15:04"),
			"place_zh", "市图书馆, 二楼; 报告厅", "place_en", "City library, second floor", "reason_zh", "会场维修。")
		if moved.Status != 200 {
			t.Fatalf("moving: %d\n%s", moved.Status, moved.Find("main").Text())
		}
		holds("moved", 1, "PUBLISH", "CONFIRMED", starts, ends, "市图书馆, 二楼; 报告厅")
		cancelled := officer.Fill(officer.Open("/desk/hearings/"+h.ID+"/cancel"), "/cancel", "reason_zh", "方案撤回。")
		if cancelled.Status != 200 {
			t.Fatalf("cancelling: %d\n%s", cancelled.Status, cancelled.Find("main").Text())
		}
		holds("cancelled", 2, "CANCEL", "CANCELLED", starts, ends, "市图书馆, 二楼; 报告厅")
	})
}

// A person's own date is uncertain while they wait for a seat, certain once they have
// one, and goes when they give it back; its number never falls.
func TestTheDateOfATicketFollowsTheSeat(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		h, ticket := ahead(t, s, models.RegistrationWaiting)
		b, path := s.Browser(), "/t/"+ticket+"/calendar.ics"
		waiting := dateAt(t, b, path)
		if waiting.text("STATUS") != "TENTATIVE" || waiting.method != "PUBLISH" || waiting.sequence() != 0 {
			t.Errorf("waiting: %s, %s, number %d", waiting.method, waiting.text("STATUS"), waiting.sequence())
		}
		officer := s.As(modelstest.Person(t, s.DB, "yi", s.Unit(true), models.Officer))
		cats, err := s.DB.CategoriesOf(context.Background(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		given := officer.Fill(officer.Open("/desk/hearings/"+h.ID), "/seats", "seat_category", cats[0].ID, "seats", "2", "waiting", "5")
		if given.Status != 200 {
			t.Fatalf("one seat more: %d\n%s", given.Status, given.Find("main").Text())
		}
		seated := dateAt(t, b, path)
		if seated.text("STATUS") != "CONFIRMED" || seated.text("UID") != waiting.text("UID") || seated.sequence() != 0 || !seated.at("DTSTAMP").After(waiting.at("DTSTAMP")) {
			t.Errorf("with a seat: %s, number %d, stamped %v after %v", seated.text("STATUS"), seated.sequence(), seated.at("DTSTAMP"), waiting.at("DTSTAMP"))
		}
		if back := b.Fill(b.Open("/t/"+ticket+"/withdraw"), "/withdraw"); back.Status != 200 {
			t.Fatalf("withdrawing: %d", back.Status)
		}
		gone := dateAt(t, b, path)
		if gone.method != "CANCEL" || gone.text("STATUS") != "CANCELLED" || gone.sequence() != 1 || gone.text("UID") != seated.text("UID") {
			t.Errorf("given back: %s, %s, number %d", gone.method, gone.text("STATUS"), gone.sequence())
		}
		if whole := dateAt(t, b, "/hearings/"+h.ID+"/calendar.ics"); whole.text("STATUS") != "CONFIRMED" {
			t.Errorf("the hearing itself: %s", whole.text("STATUS"))
		}
	})
}
