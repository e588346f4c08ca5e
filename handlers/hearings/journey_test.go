package hearings_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/app/hearings"
	"minyi/app/kit/draw"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// journey is a hearing from its sign-up to its archive, as people go through it: by the
// pages, the forms and the API of the whole program, with a clock that is moved.
type journey struct {
	t     *testing.T
	s     handlerstest.Site
	clock *modelstest.Clock
	h     models.Hearing
	// one and two are officers, desk the moderator who writes the record.
	one, two, desk *handlerstest.Browser
	people         []applicant
}

// applicant is somebody who signs up; secrets are what must never be public.
type applicant struct {
	name, public string // public is how they are named in the open
	b            *handlerstest.Browser
	ticket       string
	id           string
	secrets      []string
}

func (j *journey) zoned(at time.Time) string {
	return at.In(time.FixedZone("", 8*3600)).Format("2006-01-02T15:04")
}

func (j *journey) to(at time.Time) { j.clock.Set(at) }

// sent says that a form was taken.
func (j *journey) sent(p handlerstest.Page, what string) handlerstest.Page {
	j.t.Helper()
	if p.Status != 200 || p.Find(".error-summary").Length() > 0 {
		j.t.Fatalf("%s: %d %s\n%s", what, p.Status, p.Path, p.Find("main").Text())
	}
	return p
}

func (j *journey) desks(path string) string { return "/desk/hearings/" + j.h.ID + path }

// announce makes the hearing: three speakers by draw, an agenda, a room of live questions.
func (j *journey) announce() {
	unit := j.s.Unit(true)
	err := j.s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		in := func(d time.Duration) *time.Time { at := tx.Now.Add(d); return &at }
		j.h = models.Hearing{ID: "h2027-900", Kind: models.KindHearing, UnitID: unit.ID, Profile: "government_rules", TitleZH: "停车收费听证会", TitleEN: "Parking charges", AboutZH: "收多少合适。", PlaceZH: "市政务大楼", MethodZH: "报名多的抽签。", Clauses: "[]",
			Questions: `[{"key":"car","zh":"您有几辆车？","en":"How many cars?"}]`, SignupOpensAt: in(-time.Hour), SignupClosesAt: in(10 * day), DrawAt: in(12 * day), StartsAt: in(40 * day), EndsAt: in(40*day + 3*time.Hour),
			PublishedAt: in(-time.Hour), CreatedBy: "officer-secret-id", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Insert(&j.h); err != nil {
			return err
		}
		for i, c := range []models.HearingCategory{{Key: "owners", NameZH: "车主", NameEN: "Owners", Seats: 2, Minimum: 1}, {Key: "neighbours", NameZH: "住户", NameEN: "Neighbours", Seats: 1, Minimum: 1}} {
			c.ID, c.HearingID, c.Position, c.Role, c.Method = models.NewID(tx.Now), j.h.ID, i, models.Speaker, models.ByDraw
			if err := tx.Insert(&c); err != nil {
				return err
			}
		}
		if err := tx.SetAgenda(models.HearingTopic(j.h.ID), []models.AgendaItem{{TitleZH: "介绍草案", TitleEN: "The draft", Minutes: 20, Presenter: "市交通局"}, {TitleZH: "陈述", TitleEN: "Statements", Minutes: 60}}); err != nil {
			return err
		}
		room := &models.Room{ID: models.NewID(tx.Now), Code: "K7M4", UnitID: unit.ID, HearingID: j.h.ID, TitleZH: "现场提问", State: models.RoomClosed, Tier: models.TierContact, QuestionLimit: 120, PerPerson: 3, WallSecret: "w", WallView: models.WallQuestion, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Insert(room); err != nil {
			return err
		}
		asked := *in(40*day + time.Hour)
		return tx.Insert(&models.Question{ID: models.NewID(tx.Now), RoomID: room.ID, Number: 1, Voice: "n:1", Body: "夜里停车收不收费？", Display: models.Anonymous, Tier: models.TierContact, Lang: "zh", State: models.QuestionAnswered, Answerer: "市交通局", AnswerZH: "晚十点到早六点不收。", CreatedAt: asked, UpdatedAt: asked, ShownAt: &asked, AnsweringAt: &asked, AnsweredAt: &asked})
	})
	if err != nil {
		j.t.Fatal(err)
	}
}

// signUp lets six people apply, every other one with consent to be named.
func (j *journey) signUp() {
	for i := range 6 {
		name, named := fmt.Sprintf("秘名%d", i), i%2 == 0
		p := modelstest.Person(j.t, j.s.DB, fmt.Sprintf("secret-mail-%d", i), models.Unit{})
		a := applicant{name: name, public: name, b: j.s.Browser(), secrets: []string{fmt.Sprintf("secret-mail-%d", i), fmt.Sprintf("需要轮椅位%d", i), fmt.Sprintf("家有%d辆秘车", i)}}
		a.b.Auth = j.s.Token(p)
		body, _ := json.Marshal(map[string]any{"category": []string{"owners", "neighbours"}[i/3], "name": name, "organisation": "秘社" + name, "publish_name": named, "access_needs": fmt.Sprintf("需要轮椅位%d", i), "consent_access": true,
			"answers": map[string]string{"car": fmt.Sprintf("家有%d辆秘车", i)}, "key_points": fmt.Sprintf("第%d点：分时收费。", i), "notify": true})
		req, err := http.NewRequest("POST", j.s.URL+"/api/v1/hearings/"+j.h.ID+"/registrations", bytes.NewReader(body))
		if err != nil {
			j.t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		got := a.b.Send(req)
		var out struct{ ID, URL, Number string }
		if err := json.Unmarshal([]byte(got.Body), &out); got.Status != 202 || out.URL == "" {
			j.t.Fatalf("signing up: %d %s %v", got.Status, got.Body, err)
		}
		a.id, a.ticket = out.ID, out.URL[strings.LastIndex(out.URL, "/t/")+3:]
		if !named {
			a.secrets = append(a.secrets, name, "秘社"+name)
			a.public = fmt.Sprintf("%06d", i+1)
		}
		j.people = append(j.people, a)
	}
}

// draw commits the list, throws the dice and publishes the result.
func (j *journey) draw() {
	j.to(j.h.SignupClosesAt.Add(day))
	seedAt := j.clock.Now().Add(day)
	j.sent(j.one.Fill(j.one.Open(j.desks("/draw")), "/draw/commit", "method", "dice", "dice", "20", "rule_zh", "三位见证人轮流掷骰子。", "seed_at", j.zoned(seedAt)), "committing the list")
	j.to(seedAt.Add(time.Minute))
	j.sent(j.one.Fill(j.one.Open(j.desks("/draw")), "/draw/seed", "value", "35162 41352 16435 22164", "witnesses", "见证甲、见证乙"), "drawing")
}

// chosen lists who has a seat.
func (j *journey) chosen() (list []applicant) {
	j.t.Helper()
	for _, a := range j.people {
		r, err := j.s.DB.RegistrationByID(context.Background(), a.id)
		if err != nil {
			j.t.Fatal(err)
		}
		if r.Status == models.RegistrationConfirmed {
			list = append(list, a)
		}
	}
	if len(list) != 3 {
		j.t.Fatalf("%d have a seat", len(list))
	}
	return list
}

// hold lets those who were chosen in, writes what they said and opens the record.
func (j *journey) hold(chosen []applicant) {
	j.to(j.h.StartsAt.Add(-30 * time.Minute))
	for _, a := range chosen {
		page := j.desk.Open(j.desks("/door"))
		if in := j.desk.Fill(page, "/door", "ticket", "https://minyi.example/t/"+a.ticket); in.Find(".door-word").Text() != "请进" {
			j.t.Fatalf("at the door: %s", in.Find(".door-result").Text())
		}
	}
	j.to(j.h.StartsAt.Add(time.Hour + 5*time.Minute))
	page := j.sent(j.desk.Fill(j.desk.Open(j.desks("/record")), "/record/begin"), "beginning the record")
	page.Find("form[action$='/begin']").Remove()
	_, typed := handlerstest.Fields(page, "/record")
	speech := 0
	for i := 0; typed.Has(fmt.Sprintf("e_kind_%d", i)); i++ {
		n := fmt.Sprintf("_%d", i)
		if typed.Get("e_kind"+n) == "speech" && typed.Get("e_id"+n) != "" { // the last rows are empty
			typed.Set("e_zh"+n, fmt.Sprintf("第%d位说：第二小时起收三元。", speech))
			speech++
		}
	}
	if speech != len(chosen) {
		j.t.Fatalf("the record begins with %d speeches for %d people", speech, len(chosen))
	}
	typed.Set("host", "主持人王安")
	typed.Set("clerk", "记录人李宁")
	typed.Set("summary_zh", "三位陈述人到场。")
	j.sent(j.desk.Post(j.desks("/record"), typed), "writing the record")
	j.sent(j.desk.Fill(j.desk.Open(j.desks("")), "/end"), "ending the hearing")
	j.sent(j.desk.Fill(j.desk.Open(j.desks("/record")), "/record/open"), "opening the record")
}

// correct lets each of the chosen say what they think of the record: one wants a
// correction and signs then, one signs, one refuses.
func (j *journey) correct(chosen []applicant) {
	page := chosen[0].b.Open("/t/" + chosen[0].ticket + "/correct")
	entry := ""
	page.Find("select[name=entry] option, input[name=entry]").Each(func(_ int, o *goquery.Selection) {
		if strings.Contains(o.Text(), chosen[0].public) {
			entry = o.AttrOr("value", "")
		}
	})
	if entry == "" {
		j.t.Fatalf("no entry of %s to correct:\n%s", chosen[0].public, page.Find("form").Text())
	}
	j.sent(chosen[0].b.Fill(page, "/correct", "entry", entry, "text", "我说的是两元。"), "asking for a correction")
	work := j.desk.Open(j.desks("/record"))
	field, _ := work.Find("[name^=text_]").Attr("name")
	wish := strings.TrimPrefix(field, "text_")
	long := j.desk.Fill(work, "/corrections/", "accept", "0", "text_"+wish, strings.Repeat("长", hearings.EntryLimit+1), "note_"+wish, "")
	if long.Status != 422 || long.Find(".error-summary li").Length() != 2 || len(long.Find("[name=text_"+wish+"]").Text()) < hearings.EntryLimit {
		j.t.Errorf("an answer that is too long and without a reason: %d %s", long.Status, long.Find(".error-summary").Text())
	}
	j.sent(j.desk.Fill(work, "/corrections/", "accept", "1", "text_"+wish, "第二小时起收两元。", "note_"+wish, "录音为准"), "deciding the correction")
	for i, signs := range []string{"1", "1", "0"} {
		j.sent(chosen[i].b.Fill(chosen[i].b.Open("/t/"+chosen[i].ticket), chosen[i].ticket+"/sign", "signs", signs), "signing")
	}
	if other := j.people[0].b.Open("/t/" + j.notChosen().ticket); other.Find("form[action$='/sign']").Length() > 0 {
		j.t.Error("somebody who was not there is asked to sign")
	}
}

func (j *journey) notChosen() applicant {
	chosen := j.chosen()
	i := slices.IndexFunc(j.people, func(a applicant) bool {
		return !slices.ContainsFunc(chosen, func(c applicant) bool { return c.id == a.id })
	})
	return j.people[i]
}

// freeze lets the days of correction pass.
func (j *journey) freeze(chosen []applicant) {
	early, _, _ := j.one.Raw("/hearings/" + j.h.ID + "/archive.zip")
	if early != 404 {
		j.t.Errorf("the archive of a record that is not frozen: %d", early)
	}
	j.to(j.h.EndsAt.Add(7 * day))
	if err := j.s.Hearings().Tick(context.Background()); err != nil {
		j.t.Fatal(err)
	}
	_, typed := handlerstest.Fields(chosen[1].b.Open("/t/"+chosen[1].ticket+"/correct"), "/correct", "text", "还有一处。")
	if late := chosen[1].b.Post("/t/"+chosen[1].ticket+"/correct", typed); late.Status != 409 && late.Status != 422 {
		j.t.Errorf("a correction after the record was frozen: %d", late.Status)
	}
}

// report says what became of the views, by two officers.
func (j *journey) report() {
	j.sent(j.one.Fill(j.one.Open(j.desks("/report")), "/report", "summary_zh", "三条意见都已研究。", "v_zh_0", "第二小时起收两元。", "v_by_0", "1 人", "v_decision_0", "partly", "v_why_zh_0", "先试行一年。"), "writing the report")
	j.sent(j.one.Fill(j.one.Open(j.desks("/report")), "/report/propose"), "proposing the report")
	before := j.one.Open(j.desks("")).Find("main").Text()
	j.sent(j.two.Fill(j.two.Open(j.desks("/report")), "/report/publish"), "publishing the report")
	if after := j.one.Open(j.desks("")).Find("main").Text(); !strings.Contains(before, "请公布报告") || strings.Contains(after, "请公布报告") || !strings.Contains(after, "报告已公布") {
		j.t.Errorf("the desk asks for a report that is public: %s", after)
	}
}

// archive fetches the package and holds each file against the manifest.
func (j *journey) archive() map[string][]byte {
	status, _, body := j.s.Browser().Raw("/hearings/" + j.h.ID + "/archive.zip")
	if status != 200 {
		j.t.Fatalf("the archive: %d", status)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		j.t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			j.t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil { // the sum of each file is checked here
			j.t.Fatal(f.Name, err)
		}
	}
	j.unpacked(body, files)
	named := map[string]bool{"MANIFEST.sha256": true}
	for line := range strings.Lines(string(files["MANIFEST.sha256"])) {
		sum, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		have := sha256.Sum256(files[name])
		if files[name] == nil || hex.EncodeToString(have[:]) != sum {
			j.t.Errorf("%s is not what the manifest says", name)
		}
		named[name] = true
	}
	for name := range files {
		if !named[name] {
			j.t.Errorf("the manifest does not name %s", name)
		}
	}
	again, _, second := j.s.Browser().Raw("/hearings/" + j.h.ID + "/archive.zip")
	if again != 200 || !bytes.Equal(body, second) {
		j.t.Error("the archive is another file each time")
	}
	return files
}

// The rule of procedure.md §1 and 33: agenda, speeches and live questions make the
// record; those who took part correct and confirm it for the set days, then it is frozen
// with a hash; report and archive follow, and anybody can check every file of it.
func TestAHearingFromItsSignUpToItsArchive(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		j := &journey{t: t, s: s, clock: clock}
		j.announce()
		j.one, j.two = s.As(modelstest.Person(t, s.DB, "yi", s.Unit(true), models.Officer)), s.As(modelstest.Person(t, s.DB, "er", s.Unit(true), models.Officer))
		j.desk = s.As(modelstest.Person(t, s.DB, "desk", s.Unit(true), models.Moderator))
		j.attach()
		j.signUp()
		j.draw()
		j.open("after the draw")
		chosen := j.chosen()
		j.hold(chosen)
		j.correct(chosen)
		j.open("while the record is open")
		j.freeze(chosen)
		j.report()
		files := j.archive()
		j.complete(files, chosen)
		for name, data := range files {
			j.clean("the archive, "+name, data)
		}
		j.open("at the end")
	})
}

// complete holds that the package tells the whole story.
func (j *journey) complete(files map[string][]byte, chosen []applicant) {
	for _, name := range []string{"notice.json", "participants.csv", "draw.txt", "draw-commitment.txt", "record.txt", "record.sha256", "record.docx", "report.json"} {
		if len(files[name]) == 0 {
			j.t.Errorf("the archive has no %s", name)
		}
	}
	if r, found := draw.Verify(files["draw.txt"], string(files["draw-commitment.txt"])); len(found) > 0 || len(r.Chosen) != 3 {
		j.t.Errorf("the draw in the archive: %v", found)
	}
	sum := sha256.Sum256(files["record.txt"])
	hash := hex.EncodeToString(sum[:])
	if string(files["record.sha256"]) != hash+"  record.txt\n" {
		j.t.Errorf("the hash in the archive: %s", files["record.sha256"])
	}
	if page := j.s.Browser().Open("/hearings/" + j.h.ID + "/record"); !strings.Contains(page.Find("main").Text(), hash) {
		j.t.Error("the page of the record shows another hash")
	}
	record := string(files["record.txt"])
	for _, said := range []string{"介绍草案", "夜里停车收不收费？", "晚十点到早六点不收。", "第二小时起收两元。", "我说的是两元。", "录音为准", "主持人王安", "三位陈述人到场。"} {
		if !strings.Contains(record, said) {
			j.t.Errorf("the record does not say %q", said)
		}
	}
	if strings.Contains(record, "第0位说：第二小时起收三元。") && strings.Contains(record, "第1位说") && strings.Contains(record, "第2位说") {
		j.t.Error("the correction changed nothing")
	}
	if n := strings.Count(record, "signed 4\ntrue"); n != 2 || strings.Count(record, "signed 5\nfalse") != 1 {
		j.t.Errorf("%d signatures in the record:\n%s", n, record)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(files["participants.csv"], []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != 1+len(chosen) {
		j.t.Fatalf("the list of participants: %v %v", rows, err)
	}
	for _, a := range chosen {
		named := a.public == a.name
		if has := strings.Contains(string(files["participants.csv"]), a.name); has != named {
			j.t.Errorf("%s in the list: %v, consent: %v", a.name, has, named)
		}
	}
	var report struct {
		Items []models.ReportItem
	}
	if err := json.Unmarshal(files["report.json"], &report); err != nil || len(report.Items) != 1 || report.Items[0].Decision != "partly" {
		j.t.Errorf("the report: %+v %v", report, err)
	}
}

// open looks through everything that anybody can read of the hearing.
func (j *journey) open(when string) {
	j.t.Helper()
	b := j.s.Browser()
	for _, path := range []string{"/hearings/" + j.h.ID, "/en/hearings/" + j.h.ID, "/hearings/" + j.h.ID + "/draw", "/hearings/" + j.h.ID + "/draw.txt", "/hearings/" + j.h.ID + "/record", "/hearings/" + j.h.ID + "/record.docx", "/hearings/" + j.h.ID + "/calendar.ics",
		"/hearings", "/hearings.atom", "/api/v1/hearings", "/api/v1/hearings/" + j.h.ID, "/live/K7M4", "/live/K7M4/record.csv", "/search?q=" + url.QueryEscape("秘名"), "/api/v1/search?q=" + url.QueryEscape("秘名")} {
		_, _, body := b.Raw(path)
		j.clean(when+", "+path, body)
	}
}

// clean holds that nothing public names anybody who did not agree to it, how to reach
// anybody, or what anybody needs.
func (j *journey) clean(where string, body []byte) {
	j.t.Helper()
	text := string(body)
	if bytes.HasPrefix(body, []byte("PK")) { // a Word file
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			j.t.Fatal(where, err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				j.t.Fatal(where, err)
			}
			part, _ := io.ReadAll(r)
			text += string(part)
		}
	}
	for _, a := range j.people {
		for _, secret := range append(a.secrets, a.ticket, a.id) {
			if strings.Contains(text, secret) {
				j.t.Errorf("%s holds %q of %s", where, secret, a.name)
			}
		}
	}
	if strings.Contains(text, "officer-secret-id") {
		j.t.Errorf("%s holds the id of an officer", where)
	}
}
