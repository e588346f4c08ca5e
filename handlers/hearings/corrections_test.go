package hearings_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"minyi/app/hearings"
	"minyi/app/kit/docx"
	"minyi/app/kit/record"
	"minyi/frontend"
	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// recorded holds the hearing of a door and opens its record for correction.
func (d *doorway) recorded() {
	d.t.Helper()
	d.write(func(tx *models.Tx) error {
		return tx.SetAgenda(models.HearingTopic(d.h.ID), []models.AgendaItem{{TitleZH: "介绍草案", TitleEN: "The draft", Minutes: 20}, {TitleZH: "陈述", TitleEN: "Statements", Minutes: 60}})
	})
	d.clock.Set(d.h.StartsAt.Add(time.Hour))
	base := "/desk/hearings/" + d.h.ID
	for _, step := range [][2]string{{base + "/record", "/record/begin"}, {base, "/end"}, {base + "/record", "/record/open"}} {
		if p := d.east.Fill(d.east.Open(step[0]), step[1]); p.Status != 200 || p.Find(".error-summary").Length() > 0 {
			d.t.Fatalf("%s: %d %s", step[1], p.Status, p.Find(".error-summary").Text())
		}
	}
}

// wishes lists what was asked for.
func (d *doorway) wishes() (texts []string) {
	d.t.Helper()
	parts, err := d.DB.RecordParts(context.Background(), models.HearingTopic(d.h.ID))
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range parts.Corrections {
		texts = append(texts, c.Text)
	}
	return texts
}

// A wish for correction that cannot be taken says why in the reader's language, keeps
// what was typed, and is not half there: an entry that is gone, nothing written, too much
// written, and one more than the twenty that everybody has.
func TestWishesForCorrectionHaveLimitsAndSaySo(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 5})
		people := d.people(d.cats["a"], models.RegistrationConfirmed, 2, 1)
		for i, p := range people {
			d.show(d.east, fmt.Sprint("k", i), p.tickets[0].Code)
		}
		d.recorded()
		holder, path := s.Browser(), "/t/"+people[0].tickets[0].Code+"/correct"
		long := strings.Repeat("长", hearings.CorrectionLimit+3)
		// refused sends a wish that cannot be taken in a language.
		refused := func(lang string, status int, fault, says, entry, text string) {
			t.Helper()
			before := len(d.wishes())
			p := holder.Fill(holder.Open(lang+path), "/correct", "entry", entry, "text", text)
			said := p.Find(".error-summary").Text()
			if p.Status != status || !strings.Contains(said, says) || p.Find("textarea[name=text]").Text() != text {
				t.Errorf("%s wish %.20q for %q: %d %q, typed text is %.20q", lang, text, entry, p.Status, said, p.Find("textarea[name=text]").Text())
			}
			if fault != "" && p.Find(`.error-summary a[href="#f-`+fault+`"]`).Length() != 1 {
				t.Errorf("%s: the summary leads to no field %s: %s", lang, fault, said)
			}
			if n := len(d.wishes()); n != before {
				t.Errorf("a refused wish left %d behind", n-before)
			}
		}
		gone := models.NewID(clock.Now())
		refused("", 422, "entry", "请重新选择要补正哪一段", gone, "我说的是两元。")
		refused("/en", 422, "entry", "Choose again which part", gone, "I said two.")
		refused("", 422, "entry", "请重新选择", "' OR 1=1", "我说的是两元。")
		refused("", 422, "text", "写", "", "\u3000\u200b")
		refused("/en", 422, "text", "Say what it should be", "", "")
		refused("", 422, "text", "3", "", long)
		refused("/en", 422, "text", "1000", "", long)
		_, values := handlerstest.Fields(holder.Open(path), "/correct", "text", "第 0 处。")
		for range 2 { // an impatient thumb
			if p := holder.Post(path, values); p.Status != 200 {
				t.Fatalf("a wish: %d %s", p.Status, p.Find("main").Text())
			}
		}
		for i := 1; i < record.MostWishes; i++ {
			if p := holder.Fill(holder.Open(path), "/correct", "text", fmt.Sprintf("第 %d 处。", i)); p.Status != 200 || p.Find(".error-summary").Length() > 0 {
				t.Fatalf("wish %d: %d %s", i+1, p.Status, p.Find(".error-summary").Text())
			}
		}
		if n := len(d.wishes()); n != record.MostWishes {
			t.Fatalf("%d wishes are there", n)
		}
		refused("", 409, "", fmt.Sprintf("最多提 %d 处补正", record.MostWishes), "", "再一处。")
		refused("/en", 409, "", fmt.Sprintf("At most %d corrections", record.MostWishes), "", "One more.")
		// Everybody has their own twenty.
		other := "/t/" + people[1].tickets[0].Code + "/correct"
		if p := holder.Fill(holder.Open(other), "/correct", "text", "别人的。"); p.Status != 200 || len(d.wishes()) != record.MostWishes+1 {
			t.Errorf("somebody else: %d, %d wishes", p.Status, len(d.wishes()))
		}
		// Too late: the days are over, and what was typed is still there.
		form := holder.Open(other)
		_, values = handlerstest.Fields(form, "/correct", "text", "迟到的。")
		clock.Add(30 * 24 * time.Hour)
		if p := holder.Post(other, url.Values(values)); p.Status != 409 || !strings.Contains(p.Find(".error-summary").Text(), "补正") || p.Find("textarea[name=text]").Text() != "迟到的。" || len(d.wishes()) != record.MostWishes+1 {
			t.Errorf("after the days: %d %s", p.Status, p.Find(".error-summary").Text())
		}
	})
}

// The rule: who took part confirms and corrects the record (decree 713, art. 17). Who had a
// seat and did not come reads on the ticket why they cannot, in both languages, and no
// address lets them; one of a family who came is enough, and words in the record are too.
func TestOnlyWhoTookPartSignsTheRecord(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 9})
		came := d.people(d.cats["a"], models.RegistrationConfirmed, 1, 1)[0]
		family := d.people(d.cats["a"], models.RegistrationConfirmed, 1, 3)[0]
		wired := d.people(d.cats["a"], models.RegistrationConfirmed, 1, 1)[0]
		away := d.people(d.cats["a"], models.RegistrationConfirmed, 1, 1)[0]
		d.show(d.east, "came", came.tickets[0].Code)
		d.show(d.east, "child", family.tickets[2].Code)
		d.recorded()
		d.write(func(tx *models.Tx) error { // spoke by telephone, as the clerk noted
			entries, err := tx.RecordEntries(models.HearingTopic(d.h.ID))
			if err != nil {
				return err
			}
			return tx.SetRecordEntries(models.HearingTopic(d.h.ID), append(entries, models.RecordEntry{Kind: "speech", RegistrationID: wired.registration, TextZH: "电话里说两元。"}))
		})
		reader := s.Browser()
		for name, of := range map[string]holder{"who came": came, "a family of which one came": family, "who spoke by telephone": wired} {
			path := "/t/" + of.tickets[0].Code
			if p := reader.Fill(reader.Open(path), "/sign", "signs", "1"); p.Status != 200 || !strings.Contains(p.Find("#record-h").Parent().Text(), "已确认") {
				t.Errorf("%s signs: %d %s", name, p.Status, p.Find("main").Text())
			}
			if p := reader.Fill(reader.Open(path+"/correct"), "/correct", "text", name); p.Status != 200 || p.Find(".error-summary").Length() > 0 {
				t.Errorf("%s corrects: %d %s", name, p.Status, p.Find(".error-summary").Text())
			}
		}
		for lang, says := range map[string]string{"": "没有您的签到记录", "/en": "not noted as having come"} {
			path := lang + "/t/" + away.tickets[0].Code
			p := reader.Open(path)
			if p.Status != 200 || p.Find("form[action$='/sign'], a[href$='/correct']").Length() > 0 || strings.Count(p.Find("main").Text(), says) != 1 || p.Find("a[href$='/record']").Length() != 1 {
				t.Errorf("%s: the ticket of who did not come: %d %s", lang, p.Status, p.Find("main").Text())
			}
			for to, values := range map[string]url.Values{"/sign": {"signs": {"1"}}, "/correct": {"text": {"我没来，也想改。"}}} {
				if p := reader.Post(path+to, values); p.Status != 403 || strings.Count(p.Find("main").Text(), says) != 1 || to == "/correct" && p.Find("textarea[name=text]").Text() != values.Get("text") {
					t.Errorf("%s%s: %d %s", lang, to, p.Status, p.Find("main").Text())
				}
			}
			if p := reader.Open(path + "/correct"); p.Status != 403 || p.Find("textarea").Length() > 0 || strings.Count(p.Find("main").Text(), says) != 1 {
				t.Errorf("%s: the form for who did not come: %d %s", lang, p.Status, p.Find("main").Text())
			}
		}
		parts, err := d.DB.RecordParts(context.Background(), models.HearingTopic(d.h.ID))
		if err != nil || len(parts.Confirmations) != 3 || len(parts.Corrections) != 3 {
			t.Errorf("%d signed, %d wishes, %v", len(parts.Confirmations), len(parts.Corrections), err)
		}
	})
}

// The rule: papers of the archive are read anywhere, so they say their times in words and
// by which clock, in the language they are written in.
func TestTheRecordInWordSaysItsTimesAsPeopleDo(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		d := doorOf(t, s, clock, map[string]int{"a": 2})
		one := d.people(d.cats["a"], models.RegistrationConfirmed, 1, 1)[0]
		d.show(d.east, "k", one.tickets[0].Code)
		d.recorded()
		holder := s.Browser()
		holder.Fill(holder.Open("/t/"+one.tickets[0].Code), "/sign", "signs", "1")
		for lang, words := range map[string]*frontend.Words{"": frontend.WordsIn("zh"), "/en": frontend.WordsIn("en")} {
			status, _, file := holder.Raw(lang + "/hearings/" + d.h.ID + "/record.docx")
			doc, err := docx.Read([]byte(file), docx.Options{})
			if status != 200 || err != nil {
				t.Fatalf("%s: %d %v", lang, status, err)
			}
			said := fmt.Sprint(doc)
			for _, want := range []string{words.DateLetter(*d.h.StartsAt), words.DateLetter(clock.Now()), words.ZoneName(clock.Now())} {
				if !strings.Contains(said, want) {
					t.Errorf("%s: %q is not in the record:\n%s", lang, want, said)
				}
			}
			if machine := regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d`).FindString(said); machine != "" {
				t.Errorf("%s: the record says %s", lang, machine)
			}
		}
	})
}
