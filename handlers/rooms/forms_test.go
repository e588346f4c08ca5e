package rooms_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// wrong is a form that is filled in and cannot be taken: what is wrong with one field,
// while the others hold words that must not be lost.
type wrong struct {
	form   string            // end of its address
	filled map[string]string // all that was typed, the wrong included
	field  string            // where the fault is said
}

// kept says what of the typed words the answered page has no more in a field.
func kept(p handlerstest.Page, filled map[string]string) (lost []string) {
	for name, want := range filled {
		found := false
		p.Find("[name='" + name + "']").Each(func(_ int, el *goquery.Selection) {
			switch {
			case goquery.NodeName(el) == "select", el.AttrOr("type", "") == "radio", el.AttrOr("type", "") == "checkbox": // holds only what it offers
				found = true
			case goquery.NodeName(el) == "textarea":
				found = found || el.Text() == want
			default:
				found = found || el.AttrOr("value", "") == want
			}
		})
		if !found {
			lost = append(lost, name)
		}
	}
	return lost
}

// Whatever is typed into a form of a room comes back with what is wrong said once above
// it and at its field, with every word that was typed, and changes nothing.
func TestWhatARoomsFormsCannotTakeComesBackWholeAndChangesNothing(t *testing.T) {
	long := func(n int) string { return strings.Repeat("长", n) }
	const huge = "2147483648"
	inRoom(t, func(t *testing.T, s chaired) {
		s.ask(t, s.Browser(), "路灯什么时候修好？")
		desk := "/desk/live/" + s.code
		events := func() int64 {
			n, err := s.DB.LastEvent(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		refused := func(b *handlerstest.Browser, page string, list ...wrong) {
			t.Helper()
			for _, w := range list {
				changes := []string{}
				for name, value := range w.filled {
					changes = append(changes, name, value)
				}
				before := events()
				p := b.Fill(b.Open(page), w.form, changes...)
				switch {
				case p.Status != 422:
					t.Errorf("%s %.60v: %d %s", w.form, w.filled, p.Status, p.Find("main").Text())
				case p.Find(".error-summary").Length() != 1 || strings.TrimSpace(p.Find(".error-summary li").Text()) == "":
					t.Errorf("%s %.60v: %d summaries", w.form, w.filled, p.Find(".error-summary").Length())
				case w.field != "" && p.Find(".error-summary a[href$='f-"+w.field+"']").Length() != 1:
					t.Errorf("%s %.60v: no fault at %s: %s", w.form, w.filled, w.field, p.Find(".error-summary").Text())
				case len(kept(p, w.filled)) > 0:
					t.Errorf("%s %.60v: lost are %v", w.form, w.filled, kept(p, w.filled))
				case events() != before:
					t.Errorf("%s %.60v: something was done", w.form, w.filled)
				}
			}
		}
		room := func(field, value string) wrong {
			filled := map[string]string{"title_zh": "夜市", "title_en": "Night market", "place_zh": "三楼", "hall": "192.0.2.0/24", "per_person": "7"}
			filled[field] = value
			return wrong{"", filled, field}
		}
		for _, page := range []string{"/desk/live/new", desk + "/settings"} {
			for field, values := range map[string][]string{
				"title_zh": {long(101)}, "title_en": {long(101)}, "place_zh": {long(101)}, "place_en": {long(101)}, "starts_at": {"soon", huge}, "tier": {huge},
				"question_limit": {huge, "-1", "19", "501", "x"}, "per_person": {huge, "-1", "1001", "1e3"}, "answer_days": {huge, "91"}, "speech_seconds": {huge, "-1"}, "side_seconds": {huge, "-1"},
				"hall": {"somewhere", strings.Repeat("192.0.2.1 ", 41)},
			} {
				for _, value := range values {
					w := room(field, value)
					if w.form = "/settings"; page == "/desk/live/new" {
						w.form = "/desk/live"
					}
					refused(s.desk, page, w)
				}
			}
		}
		poll := func(field string, filled ...string) wrong {
			w := wrong{desk + "/polls", map[string]string{"kind": "single", "title_zh": "周末几点收摊？", "title_en": "When on weekends?", "options": "十点半\n十一点"}, field}
			for i := 0; i+1 < len(filled); i += 2 {
				w.filled[filled[i]] = filled[i+1]
			}
			return w
		}
		refused(s.desk, desk,
			poll("kind", "kind", huge), poll("kind", "kind", ""), poll("title_zh", "title_zh", long(121)), poll("title_en", "title_en", long(121)),
			poll("options", "options", "只有一个"), poll("options", "options", strings.Repeat("又一个\n", 11)), poll("options", "options", long(61)+"\n十一点"),
			wrong{desk + "/entries", map[string]string{"body": "", "name": "老陈"}, "body"}, wrong{desk + "/entries", map[string]string{"body": long(121), "name": "老陈"}, "body"},
			wrong{desk + "/entries", map[string]string{"body": "几点收摊？", "name": long(41)}, "name"}, wrong{desk + "/entries", map[string]string{"body": "几点收摊？", "channel": huge}, "channel"},
			wrong{desk + "/speakers", map[string]string{"name": long(41)}, "name"}, wrong{desk + "/speakers", map[string]string{"name": ""}, "name"},
			wrong{desk + "/speakers", map[string]string{"name": "老陈", "kind": huge}, "kind"}, wrong{desk + "/speakers", map[string]string{"name": "老陈", "side": huge}, "side"},
		)
		at, _ := s.desk.Open(desk).Find(".desk-card [data-q=link]").Attr("href")
		refused(s.desk, at,
			wrong{"/hold", map[string]string{"reason": huge, "note": "写了半天"}, "reason"}, wrong{"/hold", map[string]string{"reason": "insult", "note": long(301)}, "note"},
			wrong{"/edit", map[string]string{"body": ""}, "body"}, wrong{"/edit", map[string]string{"body": long(121)}, "body"},
			wrong{"/merge", map[string]string{"into": huge}, "into"}, wrong{"/merge", map[string]string{"into": "x"}, "into"},
		)
		s.verb(t, "approve", "路灯")
		refused(s.desk, at,
			wrong{"/answered", map[string]string{"answerer": long(41), "answer_zh": "马上修。"}, "answerer"}, wrong{"/answered", map[string]string{"answerer": "城管局", "answer_zh": long(2001)}, "answer_zh"},
			wrong{"/written", map[string]string{"due": "soon"}, "due"}, wrong{"/written", map[string]string{"office": huge}, "office"},
		)
		b := s.Browser()
		refused(b, "/live/"+s.code,
			wrong{"/questions", map[string]string{"body": long(121), "name": "老陈", "anonymous": ""}, "body"}, wrong{"/questions", map[string]string{"body": "几点收摊？", "name": long(41), "anonymous": ""}, "name"},
		)
		s.desk.Post(desk+"/list", url.Values{"open": {"true"}})
		refused(b, "/live/"+s.code, wrong{"/speakers", map[string]string{"name": long(41)}, "name"}, wrong{"/speakers", map[string]string{"name": "老陈", "kind": huge}, "kind"})
		s.desk.Fill(s.desk.Open(desk), desk+"/polls", "kind", "single", "title_zh", "周末几点收摊？", "options", "十点半\n十一点")
		vote, _ := s.desk.Open(desk).Find("form[action*='/polls/']").Attr("action")
		s.desk.Post(vote, url.Values{"act": {"open"}})
		vote = strings.TrimPrefix(vote, "/desk")
		refused(b, "/live/"+s.code, wrong{vote, nil, "choices"})
		refused(b, "/live/"+s.code+"/plain", wrong{vote + "?plain=1", nil, "choices"})
		// What has no field says above the console what is wrong.
		for part, values := range map[string]url.Values{"/state": {"state": {huge}}, "/wall": {"view": {huge}}, "/agenda": {"item": {huge}}} {
			before := events()
			if p := s.desk.Post(desk+part, values); p.Status != 422 || p.Find(".notice-problem").Length() != 1 || events() != before {
				t.Errorf("%s: %d, %d notices", part, p.Status, p.Find(".notice-problem").Length())
			}
		}
		// Somebody else changed the room meanwhile: the words stay.
		stale := s.desk.Open(desk + "/settings")
		s.desk.Fill(s.desk.Open(desk+"/settings"), "/settings", "title_zh", "改过的名字")
		if p := s.desk.Fill(stale, "/settings", "title_zh", "写了半天的名字"); p.Status != 409 || len(kept(p, map[string]string{"title_zh": "写了半天的名字"})) > 0 || p.Find(".error-summary").Length() != 1 {
			t.Errorf("a stale form: %d", p.Status)
		}
	}, "per_person", "100")
}

// The same for written answers, the record and its corrections, after the end.
func TestWhatTheFormsAfterARoomCannotTakeComesBackWhole(t *testing.T) {
	long := func(n int) string { return strings.Repeat("长", n) }
	inRoom(t, func(t *testing.T, s chaired) {
		author := s.Browser()
		s.ask(t, author, "路灯什么时候修好？")
		s.verb(t, "approve", "路灯")
		s.desk.Fill(s.desk.Open("/desk/live/"+s.code+"/close"), "/close", "office", s.Unit(true).ID)
		officer := s.As(modelstest.Person(t, s.DB, "officer", s.Unit(true), models.Officer))
		at, _ := officer.Open("/desk/live/answers").Find(".asked-body a").Attr("href")
		comes := func(p handlerstest.Page, filled map[string]string) {
			t.Helper()
			if lost := kept(p, filled); p.Status != 422 || p.Find(".error-summary").Length() != 1 || len(lost) > 0 {
				t.Errorf("%.60v: %d, %d summaries, lost are %v", filled, p.Status, p.Find(".error-summary").Length(), lost)
			}
		}
		fill := func(b *handlerstest.Browser, page, form string, filled map[string]string) {
			t.Helper()
			changes := []string{"accept", "1"}
			for name, value := range filled {
				changes = append(changes, name, value)
			}
			comes(b.Fill(b.Open(page), form, changes...), filled)
		}
		fill(officer, at, "/desk/live/answers/", map[string]string{"answer_zh": long(2001), "answer_en": "By the end of the month."})
		fill(officer, at, "/desk/live/answers/", map[string]string{"answer_zh": "月底前。", "answer_en": long(2001)})
		desk := "/desk/live/" + s.code + "/record"
		s.desk.Fill(s.desk.Open(desk), "/begin")
		revision := s.desk.Open(desk).Find(".edit-form [name=revision]").AttrOr("value", "")
		for _, filled := range []map[string]string{{"summary_zh": long(5001), "summary_en": "Lamps.", "host": "主持"}, {"summary_zh": "说了路灯。", "host": long(41)}, {"e_kind_0": "note", "e_zh_0": long(5001), "e_by_0": "老陈"}, {"e_kind_0": "note", "e_zh_0": "说了路灯。", "e_by_0": long(41)}} {
			values := url.Values{"revision": {revision}}
			for name, value := range filled {
				values.Set(name, value)
			}
			comes(s.desk.Post(desk, values), filled)
		}
		s.desk.Fill(s.desk.Open(desk), "/record/open")
		fill(author, "/live/"+s.code+"/record", "/corrections", map[string]string{"text": long(2001)})
		author.Fill(author.Open("/live/"+s.code+"/record"), "/corrections", "text", "是问哪天修好")
		wish, _ := s.desk.Open(desk).Find("form[action*='/corrections/']").Attr("action")
		id := wish[strings.LastIndex(wish, "/")+1:]
		for _, filled := range []map[string]string{{"text_" + id: long(5001), "note_" + id: "按录音改"}, {"text_" + id: "", "note_" + id: "写了半天的说明"}, {"text_" + id: "哪天修好？", "note_" + id: long(301)}} {
			fill(s.desk, desk, "/corrections/", filled)
		}
	})
}
