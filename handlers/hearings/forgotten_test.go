package hearings_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/app/kit/actor"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// forgetting is a hearing with sign-ups of every way in which people come, each filled
// with words that stand nowhere else.
type forgetting struct {
	t     *testing.T
	s     handlerstest.Site
	clock *modelstest.Clock
	h     models.Hearing
	one   *handlerstest.Browser
	// said are the words by what they are: access, answers, contact, name, points.
	said map[string][]string
}

// say makes words that stand nowhere else and remembers what they are.
func (f *forgetting) say(what string, words ...string) string {
	f.said[what] = append(f.said[what], words...)
	return words[0]
}

// tables are all rows of the store, by table and as text.
func (f *forgetting) tables() map[string]string {
	f.t.Helper()
	parts := map[string]*bytes.Buffer{}
	_, err := f.s.DB.Export(context.Background(), func(table string) (io.Writer, error) {
		parts[table] = new(bytes.Buffer)
		return parts[table], nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	out := map[string]string{}
	for table, b := range parts {
		out[table] = b.String()
	}
	if out["acts"] == "" || out["events"] == "" || out["hearing_registrations"] == "" {
		f.t.Fatal("the store was not read")
	}
	return out
}

// where lists the rows of tables that hold a word; tables beside are not looked at.
func where(tables map[string]string, word string, beside ...string) (rows []string) {
	for table, text := range tables {
		if slices.Contains(beside, table) {
			continue
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, word) {
				rows = append(rows, table+": "+line)
			}
		}
	}
	return rows
}

// stay holds of everything that was said whether it still stands in the store.
func (f *forgetting) stay(when string, kept map[string]bool, beside ...string) {
	f.t.Helper()
	tables := f.tables()
	for what, words := range f.said {
		for _, w := range words {
			if rows := where(tables, w, beside...); (len(rows) > 0) != kept[what] {
				f.t.Errorf("%s: %s %q stands in %d rows\n%s", when, what, w, len(rows), strings.Join(rows, ""))
			}
		}
	}
}

// offDisk holds that what is kept in no row any more stands nowhere in the files of the
// store either: not in their free places, and not in the log once the night has emptied it.
// PostgreSQL frees its places by itself.
func (f *forgetting) offDisk(when string, kept map[string]bool) {
	f.t.Helper()
	if f.s.DB.Postgres() {
		return
	}
	for deadline := time.Now().Add(2 * time.Minute); ; {
		err := f.s.DB.EmptyLog(context.Background())
		if err == nil {
			break
		}
		if models.KindOf(err) != models.Unavailable || time.Now().After(deadline) {
			f.t.Fatal(err)
		}
	}
	var disk []byte
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(f.s.DB.File() + end)
		if err != nil && !os.IsNotExist(err) {
			f.t.Fatal(err)
		}
		disk = append(disk, data...)
	}
	tables := f.tables()
	for what, words := range f.said {
		for _, w := range words {
			if !kept[what] && len(where(tables, w)) == 0 && bytes.Contains(disk, []byte(w)) {
				f.t.Errorf("%s: %s %q is still readable on the disk", when, what, w)
			}
		}
	}
	if !bytes.Contains(disk, []byte("停车收费听证会")) {
		f.t.Error("the files that were looked at are not those of the store")
	}
}

// unfound holds that nobody finds anything that was said, and no public page shows it.
// What was published is found, also by words that share a part with it.
func (f *forgetting) unfound(when string, published ...string) {
	f.t.Helper()
	var may []string
	for _, what := range published {
		may = append(may, f.said[what]...)
	}
	marks := func(b *handlerstest.Browser, path, word string) []string {
		p := b.Open(path + url.QueryEscape(word))
		if p.Status != 200 {
			f.t.Fatalf("%s: %s%s: %d", when, path, word, p.Status)
		}
		return p.Find("main mark").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	}
	for deadline := time.Now().Add(2 * time.Minute); len(marks(f.one, "/desk/search?q=", may[0])) == 0; {
		if time.Now().After(deadline) {
			f.t.Fatalf("%s: the desk does not find what was published: %q", when, may[0])
		}
	}
	for what, words := range f.said {
		if slices.Contains(published, what) {
			continue
		}
		for _, w := range words {
			for b, path := range map[*handlerstest.Browser]string{f.s.Browser(): "/search?q=", f.one: "/desk/search?q="} {
				for _, m := range marks(b, path, w) {
					if b != f.one || !strings.Contains(strings.Join(may, "\n"), m) {
						f.t.Errorf("%s: %s%s finds %q", when, path, w, m)
					}
				}
			}
		}
	}
	for _, path := range []string{"/hearings/" + f.h.ID, "/hearings/" + f.h.ID + "/draw", "/hearings/" + f.h.ID + "/participants.csv", "/api/v1/hearings/" + f.h.ID} {
		_, _, body := f.s.Browser().Raw(path)
		for what, words := range f.said {
			for _, w := range words {
				if !slices.Contains(published, what) && bytes.Contains(body, []byte(w)) {
					f.t.Errorf("%s: %s shows %s %q", when, path, what, w)
				}
			}
		}
	}
}

// begin makes the hearing: speakers and observers in their order, press by approval.
func (f *forgetting) begin() {
	unit := f.s.Unit(true)
	f.one = f.s.As(modelstest.Person(f.t, f.s.DB, "yi", unit, models.Officer))
	err := f.s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		in := func(d time.Duration) *time.Time { at := tx.Now.Add(d); return &at }
		f.h = models.Hearing{ID: "h2027-900", Kind: models.KindHearing, UnitID: unit.ID, Profile: "hearing_default", TitleZH: "停车收费听证会", TitleEN: "Parking charges", PlaceZH: "市政务大楼", Clauses: "[]",
			Questions: `[{"key":"car","zh":"您有几辆车？","en":"How many cars?"}]`, SignupOpensAt: in(-time.Hour), SignupClosesAt: in(10 * day), StartsAt: in(40 * day), EndsAt: in(40*day + 3*time.Hour), PublishedAt: in(-time.Hour), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Insert(&f.h); err != nil {
			return err
		}
		for i, c := range []models.HearingCategory{{Key: "speakers", Role: models.Speaker, Method: models.FirstCome}, {Key: "observers", Role: models.Observer, Method: models.FirstCome}, {Key: "press", Role: models.Press, Method: models.Approval}} {
			c.ID, c.HearingID, c.Position, c.NameZH, c.NameEN, c.Seats = models.NewID(tx.Now), f.h.ID, i, c.Key, c.Key, 20
			if err := tx.Insert(&c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// account signs somebody up by the program interface, where no visit is known.
func (f *forgetting) account(p models.Person, category string, in map[string]any) (id string) {
	f.t.Helper()
	b := f.s.As(p)
	in["category"], in["consent_access"], in["notify"] = category, true, true
	body, err := json.Marshal(in)
	if err != nil {
		f.t.Fatal(err)
	}
	req, err := http.NewRequest("POST", f.s.URL+"/api/v1/hearings/"+f.h.ID+"/registrations", bytes.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	got := b.Send(req)
	var out struct{ ID string }
	if err := json.Unmarshal([]byte(got.Body), &out); err != nil || out.ID == "" {
		f.t.Fatalf("signing up: %d %s %v", got.Status, got.Body, err)
	}
	return out.ID
}

// list is the published list of participants.
func (f *forgetting) list() string {
	_, _, body := f.s.Browser().Raw("/hearings/" + f.h.ID + "/participants.csv")
	return string(body)
}

func (f *forgetting) took(p handlerstest.Page) {
	f.t.Helper()
	if p.Status != 200 || p.Find(".error-summary").Length() > 0 {
		f.t.Fatalf("refused: %d %s\n%s", p.Status, p.Path, p.Find("main").Text())
	}
}

// written waits until every letter has left, so that none is written into the store later.
func (f *forgetting) written() {
	f.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		if h, err := f.s.DB.LettersHealth(context.Background(), f.clock.Now()); err != nil {
			f.t.Fatal(err)
		} else if h.Waiting == 0 {
			return
		}
		f.s.Browser().Open("/mailbox")
	}
	f.t.Fatal("letters wait")
}

func (f *forgetting) purge(days int) {
	f.t.Helper()
	f.clock.Set(f.h.EndsAt.AddDate(0, 0, days))
	if _, err := f.s.Administration().Purge(context.Background()); err != nil {
		f.t.Fatal(err)
	}
}

// The rule of 个人信息保护法 art. 19 and 47, and procedure.md §4: when the term of a field
// is over, nothing of it stands anywhere: in no row of any table, be it of the log, of
// events, of letters or of repeated requests, and nobody finds it. What was published
// stays: the names of speakers who agreed to it and their key points.
func TestWhatASignUpSaidIsNowhereWhenItsTermIsOver(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		f := &forgetting{t: t, s: s, clock: clock, said: map[string][]string{}}
		f.begin()
		// By account, without consent to be named, and declined with a reason.
		declined := modelstest.Person(t, s.DB, "xinguan", models.Unit{})
		id := f.account(declined, "press", map[string]any{"name": f.say("name", "欧阳甲子"), "organisation": f.say("name", "云汀甲子晚报"), "access_needs": f.say("access", "甲子需要轮椅位"), "key_points": f.say("name", "甲子愿闻其详"), "answers": map[string]string{"car": f.say("access", "甲子家两辆")}})
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID+"/registrations"), "/decide", "registration", id, "approve", "0", "note_"+id, f.say("name", "甲子的记者证过期")))
		f.say("contact", "xinguan@minyi.example")
		// By a contact that a code confirmed, with somebody who comes along.
		visitor := s.Browser()
		asked := visitor.Fill(visitor.Open("/hearings/"+f.h.ID+"/register"), "/register", "category", "observers", "name", f.say("name", "司徒乙丑"), "companion_0", f.say("name", "司徒丙寅"), "contact", f.say("contact", "yichou@minyi.example"),
			"key_points", f.say("name", "乙丑想听一听"), "access_needs", f.say("access", "乙丑看不清小字"), "consent_access", "1", "q_car", f.say("access", "乙丑没有车"))
		f.took(visitor.Fill(asked, "/register", "code", s.Code("yichou@minyi.example")))
		// At the counter, by phone.
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID+"/entry"), "/entry", "channel", "counter", "category", "speakers", "name", f.say("name", "端木丁卯"), "organisation", f.say("name", "丁卯便利店"), "contact", "13987650001", "key_points", f.say("points", "丁卯说夜里别收"),
			"access_needs", f.say("access", "丁卯要手语"), "consent_access", "1", "q_car", f.say("access", "丁卯一辆货车"), "consent", "1"))
		f.say("contact", "13987650001")
		// A speaker who agreed to be named.
		named := modelstest.Person(t, s.DB, "wuchen", models.Unit{})
		f.account(named, "speakers", map[string]any{"name": f.say("published", "诸葛戊辰"), "organisation": f.say("published", "戊辰物业"), "publish_name": true, "access_needs": f.say("access", "戊辰要大字"), "key_points": f.say("points", "戊辰说分时收"), "answers": map[string]string{"car": f.say("access", "戊辰三辆")}})
		f.say("contact", "wuchen@minyi.example")

		everything := map[string]bool{"name": true, "access": true, "contact": true, "points": true, "published": true}
		f.stay("at first", everything)
		f.clock.Set(f.h.SignupClosesAt.Add(time.Hour))
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID), "/list"))
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID+"/move"), "/move", "place_zh", "市图书馆", "reason_zh", "会场维修。"))
		moved, err := s.DB.HearingByID(context.Background(), f.h.ID)
		if err != nil || moved.PlaceZH != "市图书馆" {
			t.Fatalf("moved to %q: %v", moved.PlaceZH, err)
		}
		f.clock.Set(f.h.StartsAt.Add(-30 * time.Minute))
		f.took(f.one.Open("/desk/hearings/" + f.h.ID + "/registrations.csv"))
		f.took(f.one.Open("/desk/hearings/" + f.h.ID + "/registrations.xlsx"))
		f.took(f.one.Open("/desk/hearings/" + f.h.ID + "/door?q=" + url.QueryEscape("端木")))
		if err := s.Hearings().Tick(context.Background()); err != nil {
			t.Fatal(err)
		}
		f.clock.Set(f.h.EndsAt.Add(-time.Minute))
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID+"/record"), "/record/begin"))
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID), "/end"))
		f.written()
		accounts := []string{"people"} // what somebody left with the account is kept with it

		f.purge(29)
		f.stay("before the first term is over", everything)
		f.purge(31)
		f.stay("after the term of needs and answers", map[string]bool{"name": true, "contact": true, "points": true, "published": true})
		f.purge(181)
		f.stay("after the term of contacts", map[string]bool{"name": true, "points": true, "published": true}, accounts...)
		f.purge(1096)
		f.stay("after the term of names", map[string]bool{"points": true, "published": true}, accounts...)
		f.offDisk("after the term of names", map[string]bool{"points": true, "published": true})
		f.unfound("at the end", "points", "published")
		list := f.list()
		for _, w := range append(f.said["points"], f.said["published"]...) {
			if !strings.Contains(list, w) {
				t.Errorf("what was published is gone: %s in %s", w, list)
			}
		}
		tables := f.tables()
		for _, w := range f.said["points"] {
			if rows := where(tables, w); len(rows) != 1 || !strings.HasPrefix(rows[0], "hearing_registrations:") {
				t.Errorf("the key points of the list stand elsewhere too: %s", rows)
			}
		}
	})
}

// Who asks to be erased is erased from every sign-up at once, by whatever way it came;
// the published list goes on without the name, and no page shows it from a store of
// ready pages.
func TestWhatTheSignUpsOfAPersonSaidIsNowhereAfterTheyAreErased(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		f := &forgetting{t: t, s: s, clock: clock, said: map[string][]string{}}
		f.begin()
		p := modelstest.Person(t, s.DB, "jisi", models.Unit{})
		f.say("contact", "jisi@minyi.example")
		f.account(p, "speakers", map[string]any{"name": f.say("name", "公孙己巳"), "organisation": f.say("name", "己巳书店"), "companions": []string{f.say("name", "公孙庚午")}, "publish_name": true, "access_needs": f.say("access", "己巳要轮椅"),
			"key_points": f.say("points", "己巳说晚点收"), "answers": map[string]string{"car": f.say("access", "己巳一辆")}})
		other := f.h // an earlier one, where an officer signed the person up by that contact and said no
		err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			f.h.ID = "h2027-901"
			if err := tx.Insert(&f.h); err != nil {
				return err
			}
			return tx.Insert(&models.HearingCategory{ID: models.NewID(tx.Now), HearingID: f.h.ID, Key: "press", Role: models.Press, NameZH: "媒体", Method: models.Approval, Seats: 2})
		})
		if err != nil {
			t.Fatal(err)
		}
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID+"/entry"), "/entry", "channel", "counter", "category", "press", "name", f.say("name", "公孙先生己巳"), "contact", "jisi@minyi.example", "key_points", f.say("name", "己巳来采访"), "access_needs", f.say("access", "己巳怕楼梯"), "consent_access", "1", "q_car", f.say("access", "己巳骑车"), "consent", "1"))
		list, err := s.DB.Registrations(context.Background(), f.h.ID, nil)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d sign-ups, %v", len(list), err)
		}
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID+"/registrations"), "/decide", "registration", list[0].ID, "approve", "0", "note_"+list[0].ID, f.say("name", "己巳不是记者")))
		f.h = other
		f.clock.Set(f.h.SignupClosesAt.Add(time.Hour))
		f.took(f.one.Fill(f.one.Open("/desk/hearings/"+f.h.ID), "/list"))
		if list := f.list(); !strings.Contains(list, "公孙己巳") {
			t.Fatalf("who agreed to it is not named: %s", list)
		}
		f.stay("at first", map[string]bool{"name": true, "access": true, "contact": true, "points": true})
		f.written()
		if err := s.Accounts().Erase(context.Background(), actor.Actor{PersonID: p.ID, Fresh: true, Lang: "zh"}); err != nil {
			t.Fatal(err)
		}
		f.stay("after the erasure", map[string]bool{"points": true})
		f.offDisk("after the erasure", map[string]bool{"points": true})
		f.unfound("after the erasure", "points")
		if list := f.list(); !strings.Contains(list, "000001") || !strings.Contains(list, f.said["points"][0]) {
			t.Errorf("the list of participants: %s", list)
		}
	})
}
