package hearings_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/app/kit/qr"
	"minyi/frontend"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// TestTheOpenListNamesNobodyWithoutConsent: numbers for all, names with consent, how
// often each was drawn before; the same rows as CSV and XLSX, nothing before it is public.
func TestTheOpenListNamesNobodyWithoutConsent(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := filled(t, s)
		d.published(t)
		shy, open := modelstest.Person(t, s.DB, "secret-shy", models.Unit{}), modelstest.Person(t, s.DB, "secret-open", models.Unit{})
		for i, p := range []models.Person{shy, open} {
			b := s.As(p)
			changes := []string{"category", "g1", "name", []string{"秘名", "=公开"}[i], "key_points", "路口太暗。"}
			if i == 1 {
				changes = append(changes, "publish_name", "1")
			}
			if got := b.Fill(b.Open("/hearings/"+d.id+"/register"), "/register", changes...); got.Status != 200 || got.Find(".ticket").Length() != 1 {
				t.Fatalf("signed up: %d %s", got.Status, faultsOf(got))
			}
		}
		// The second was drawn for two other hearings, once of them later than this list.
		list := "/hearings/" + d.id + "/participants"
		drawn := func(id string, at time.Time) {
			t.Helper()
			err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
				h := models.Hearing{ID: id, Kind: models.KindHearing, UnitID: s.Unit(true).ID, Profile: "hearing_default", TitleZH: "另一场", Clauses: "[]", Questions: "[]", CreatedAt: at, UpdatedAt: at}
				c := models.HearingCategory{ID: models.NewID(at), HearingID: id, Key: "g1", Role: models.Speaker, NameZH: "住户", Method: models.ByDraw, Seats: 1, Taken: 1}
				r := models.Registration{ID: models.NewID(at), HearingID: id, CategoryID: c.ID, Number: 1, Status: models.RegistrationConfirmed, Active: true, Seats: 1, Identity: "p:" + open.ID, Answers: "{}", Lang: "zh", Channel: models.Web, CreatedAt: at, UpdatedAt: at, SelectedAt: &at}
				for _, row := range []any{&h, &c, &r} {
					if err := tx.Insert(row); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		drawn("h2025-001", clock.Now().Add(-300*day))
		for _, ext := range []string{".csv", ".xlsx"} {
			if status, _, _ := s.Browser().Raw(list + ext); status != 404 {
				t.Errorf("%s before the list is public: %d", ext, status)
			}
		}
		clock.Add(21 * day)
		if p := d.one.Fill(d.one.Open(d.path()), d.id+"/list", "reason_zh", "演练。"); p.Status != 200 {
			t.Fatalf("the list: %d %s", p.Status, p.Find(".error-summary").Text())
		}
		clock.Add(time.Hour)
		drawn("h2027-777", clock.Now())
		_, head, plain := s.Browser().Raw(list + ".csv")
		_, _, book := s.Browser().Raw("/en" + list + ".xlsx")
		rows := csvOf(t, plain)
		cells, formulas := cellsOf(t, book)
		if len(rows) != 3 || len(cells) != 3 || formulas != 0 || !strings.HasPrefix(head.Get("Content-Type"), "text/csv") {
			t.Fatalf("%q and %q, %d formulas, %q", rows, cells, formulas, head.Get("Content-Type"))
		}
		if rows[1][1] != "" || rows[2][1] != "'=公开" || rows[1][5] != "0" || rows[2][5] != "1" || cells[0][1] != "Name" {
			t.Errorf("rows: %q, %q", rows, cells)
		}
		for what, body := range map[string][]byte{"CSV": plain, "page": []byte(s.Browser().Open("/hearings/" + d.id).Body)} {
			for _, secret := range []string{"秘名", "secret-shy", "secret-open"} {
				if bytes.Contains(body, []byte(secret)) {
					t.Errorf("the open %s holds %q", what, secret)
				}
			}
		}
		page := s.Browser().Open("/hearings/" + d.id)
		if said := page.Find("#list-h").Parent().Text(); !strings.Contains(said, "此前抽中 1 次") || page.Find("a[href$='/participants.xlsx']").Length() != 1 {
			t.Errorf("the page of the list says %s", said)
		}
		if said := d.one.Open(d.path() + "/registrations").Find("table.data").Text(); !strings.Contains(said, "此前抽中 1 次") {
			t.Errorf("the officers' list says %s", said)
		}
	})
}

// TestTheCalendarOfParticipationIsThatOfEachUnitAndYear: the whole tree, one unit with
// what lies below it, and no unit that there is not.
func TestTheCalendarOfParticipationIsThatOfEachUnitAndYear(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		d := filled(t, s)
		d.published(t)
		h, err := s.DB.HearingByID(context.Background(), d.id)
		if err != nil {
			t.Fatal(err)
		}
		year := "/hearings/year/" + h.StartsAt.In(time.FixedZone("", 8*3600)).Format("2006")
		rows := func(path string, status int) [][]string {
			t.Helper()
			p := s.Browser().Open(path)
			if p.Status != status {
				t.Fatalf("%s: %d", path, p.Status)
			}
			var out [][]string
			p.Find("table.data tbody tr").Each(func(_ int, tr *goquery.Selection) {
				out = append(out, strings.Fields(tr.Find("th, td").Map(func(_ int, c *goquery.Selection) string { return " " + strings.TrimSpace(c.Text()) })[0]+strings.Join(tr.Find("td").Map(func(_ int, c *goquery.Selection) string { return " " + strings.TrimSpace(c.Text()) }), "")))
			})
			return out
		}
		for path, want := range map[string]string{
			year: "云汀市 2 0 1 0|市场监管局 – 0 1 –", year + "?unit=markets": "市场监管局 – 0 1 –", year + "?unit=city": "云汀市 2 0 1 0|市场监管局 – 0 1 –", "/hearings/year/2001": "云汀市 2 0 0 2",
		} {
			var got []string
			for _, r := range rows(path, 200) {
				got = append(got, strings.Join(r, " "))
			}
			if strings.Join(got, "|") != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
		for _, path := range []string{year + "?unit=nowhere", "/hearings/year/12", "/hearings/year/soon", "/en/hearings/year/99999"} {
			rows(path, 404)
		}
	})
}

// The rule: a ticket can be kept where people keep things, in the album of the phone, and
// shows there what the page shows: the code that the door reads, the digits, and when.
func TestATicketIsKeptAsAPicture(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 5})
		family := d.people(d.cats["a"], models.RegistrationConfirmed, 1, 2)[0]
		waits := d.people(d.cats["a"], models.RegistrationPool, 1, 1)[0]
		holder := s.Browser()
		p := holder.Open("/t/" + family.tickets[0].Code)
		pictures := p.Find(".ticket-picture img")
		if pictures.Length() != 2 {
			t.Fatalf("%d pictures for two: %s", pictures.Length(), p.Find("main").Text())
		}
		own := p.Find("#keep-h").Parent().Find(".break a").AttrOr("href", "")
		for i, k := range family.tickets {
			path := pictures.Eq(i).AttrOr("src", "")
			status, header, data := holder.Raw(path)
			want, err := qr.Picture(strings.Replace(own, family.tickets[0].Code, k.Code, 1), k.Digits[:3]+" "+k.Digits[3:], d.h.StartsAt.In(frontend.Zone()).Format("2006-01-02 15:04"))
			if err != nil {
				t.Fatal(err)
			}
			if status != 200 || header.Get("Content-Type") != "image/png" || !strings.HasPrefix(header.Get("Content-Disposition"), "inline") || !strings.Contains(header.Get("Cache-Control"), "no-store") || !bytes.Equal(data, want) {
				t.Errorf("%s: %d %v, %d bytes", path, status, header, len(data))
			}
		}
		if status, _, _ := holder.Raw("/t/" + waits.tickets[0].Code + "/ticket.png"); status != 404 {
			t.Errorf("the picture of a ticket that lets nobody in: %d", status)
		}
		if p := holder.Open("/t/" + waits.tickets[0].Code); p.Find(".ticket-picture").Length() > 0 {
			t.Error("who waits is offered a picture")
		}
	})
}
