package rooms_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// chaired is an open room with its moderator's browser.
type chaired struct {
	handlerstest.Site
	desk *handlerstest.Browser
	code string
}

// inRoom runs f in a room that the moderator has made and opened by the pages.
func inRoom(t *testing.T, f func(t *testing.T, s chaired), fields ...string) {
	t.Helper()
	handlerstest.Each(t, func(t *testing.T, site handlerstest.Site) { f(t, open(t, site, fields...)) })
}

// open makes a room by the pages, with the button pressed twice, and opens it.
func open(t *testing.T, site handlerstest.Site, fields ...string) chaired {
	t.Helper()
	s := chaired{Site: site, desk: site.As(modelstest.Person(t, site.DB, "chair", site.Unit(true), models.Moderator))}
	to, values := handlerstest.Fields(s.desk.Open("/desk/live/new"), "/desk/live", append([]string{"title_zh", "夜市听证会", "title_en", "Night market hearing", "tier", "none"}, fields...)...)
	var first string
	for range 2 {
		p := s.desk.Post(to, values)
		if p.Status != 200 || !regexp.MustCompile(`^/desk/live/[A-Z0-9]{4}$`).MatchString(p.Path) || first != "" && p.Path != first {
			t.Fatalf("made: %d %s %s", p.Status, p.Path, p.Find("main").Text())
		}
		first = p.Path
	}
	s.code = strings.TrimPrefix(first, "/desk/live/")
	if p := s.desk.Fill(s.desk.Open(first), "/state", "state", "open"); p.Status != 200 {
		t.Fatal(p.Find("main").Text())
	}
	return s
}

// ask lets a browser ask by the page's form.
func (s chaired) ask(t *testing.T, b *handlerstest.Browser, body string) handlerstest.Page {
	t.Helper()
	p := b.Fill(b.Open("/live/"+s.code), "/questions", "body", body)
	if p.Status != 200 || !strings.Contains(p.Find("#mine").Text(), body) {
		t.Fatalf("asked: %d %s", p.Status, p.Find("main").Text())
	}
	return p
}

// verb presses a button of the console at the question with these words.
func (s chaired) verb(t *testing.T, verb, body string, changes ...string) handlerstest.Page {
	t.Helper()
	p := s.desk.Open("/desk/live/" + s.code)
	card := p.Find(".desk-card").FilterFunction(func(_ int, c *goquery.Selection) bool { return strings.Contains(c.Find("[data-q=body]").Text(), body) }).First()
	id := card.AttrOr("data-question", "")
	if id == "" {
		t.Fatalf("no card for %q:\n%s", body, p.Find("main").Text())
	}
	values := url.Values{"revision": {card.AttrOr("data-revision", "")}}
	for i := 0; i+1 < len(changes); i += 2 {
		values.Set(changes[i], changes[i+1])
	}
	return s.desk.Post("/desk/live/"+s.code+"/questions/"+id+"/"+verb, values)
}

// wall is the path of the room's wall.
func (s chaired) wall(t *testing.T) string {
	t.Helper()
	r, err := s.DB.RoomByCode(t.Context(), s.code)
	if err != nil {
		t.Fatal(err)
	}
	return "/wall/" + r.WallSecret
}

func TestWhatNobodyApprovedIsOnNoPageButTheAuthorsAndTheDesk(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		author, other := s.Browser(), s.Browser()
		const words = "这句话还没有人看过"
		s.ask(t, author, words)
		s.desk.Post("/desk/live/"+s.code+"/wall", url.Values{"view": {"top"}})
		for _, path := range []string{"/live/" + s.code, "/en/live/" + s.code, "/live/" + s.code + "/plain", s.wall(t)} {
			if p := other.Open(path); p.Status != 200 || strings.Contains(p.Body, words) {
				t.Errorf("%s: %d shows what waits", path, p.Status)
			}
		}
		if p := s.verb(t, "hold", words, "reason", "personal-data", "note", "请去掉姓名"); p.Status != 200 {
			t.Fatal(p.Find("main").Text())
		}
		if p := other.Open("/live/" + s.code); strings.Contains(p.Body, words) || !strings.Contains(p.Find("main").Text(), "含有他人的个人信息：1 条") {
			t.Errorf("the public reads %s", p.Find("main").Text())
		}
		if mine := author.Open("/live/" + s.code).Find("#mine").Text(); !strings.Contains(mine, "含有他人的个人信息") || !strings.Contains(mine, "请去掉姓名") {
			t.Errorf("the author reads %s", mine)
		}
	})
}

func TestAVisitorAsksAndSecondsOnceWithoutScripts(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		author, other := s.Browser(), s.Browser()
		if author.Open("/live/"+s.code).Header.Get("Set-Cookie") != "" {
			t.Error("watching sets a cookie")
		}
		s.ask(t, author, "路灯什么时候修好？")
		s.verb(t, "approve", "路灯")
		p := other.Open("/live/" + s.code)
		if p.Find("[data-list=open] button.voice").AttrOr("aria-pressed", "") != "false" {
			t.Fatal(p.Find("#questions").Text())
		}
		to, _ := handlerstest.Fields(p, "/support")
		for _, want := range []string{"1", "1"} { // pressed twice is one voice
			_, values := handlerstest.Fields(other.Open("/live/"+s.code), "/support", "support", "on")
			if p = other.Post(to, values); p.Find("[data-list=open] [data-q=count]").Text() != want {
				t.Fatalf("%s voices", p.Find("[data-list=open] [data-q=count]").Text())
			}
		}
		_, values := handlerstest.Fields(p, "/support", "support", "off")
		if p = other.Post(to, values); p.Find("[data-list=open] [data-q=count]").Text() != "0" {
			t.Fatal("a voice that was taken back is still counted")
		}
		if n := author.Open("/live/" + s.code).Find("[data-list=open] button.voice").Length(); n != 0 {
			t.Error("the author can second their own question")
		}
	})
}

func TestAQuestionThatCannotBeTakenComesBackWithItsWords(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		b := s.Browser()
		long := strings.Repeat("长", 130)
		p := b.Fill(b.Open("/live/"+s.code), "/questions", "body", long, "name", "老陈")
		if p.Status != 422 || p.Find("#ask textarea").Text() != long || p.Find("#ask [name=name]").AttrOr("value", "") != "老陈" || p.Find(".error-summary").Length() != 1 {
			t.Errorf("%d\n%s", p.Status, p.Find("#ask").Text())
		}
		form := b.Open("/live/" + s.code)
		s.desk.Post("/desk/live/"+s.code+"/state", url.Values{"state": {"paused"}})
		p = b.Fill(form, "/questions", "body", "暂停时写的")
		if p.Status != 409 || p.Find("#ask textarea").Text() != "暂停时写的" {
			t.Errorf("paused: %d\n%s", p.Status, p.Find("#ask").Text())
		}
	})
}

func TestAMoveIsTakenBackWithoutScriptsAndAConflictSaysWhoWasFaster(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		s.ask(t, s.Browser(), "路灯什么时候修好？")
		stale := s.desk.Open("/desk/live/" + s.code)
		p := s.verb(t, "approve", "路灯")
		if p.Find(".lane-queued .desk-card").Length() != 1 || !strings.Contains(p.Find("[data-undo-text]").Text(), "已通过") {
			t.Fatal(p.Find("main").Text())
		}
		if p = s.desk.Fill(p, "/undo/"); p.Find(".lane-waiting .desk-card").Length() != 1 {
			t.Fatalf("not taken back: %s", p.Find("main").Text())
		}
		card := stale.Find(".desk-card").First()
		p = s.desk.Post("/desk/live/"+s.code+"/questions/"+card.AttrOr("data-question", "")+"/hold", url.Values{"revision": {card.AttrOr("data-revision", "")}, "reason": {"insult"}, "note": {"写了半天"}})
		if p.Status != http.StatusConflict || p.Find("#hold [name=note]").AttrOr("value", "") != "写了半天" {
			t.Errorf("%d %s", p.Status, p.Find("main").Text())
		}
	})
}

func TestTheWallGoesDarkAndItsOldAddressDies(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		s.ask(t, s.Browser(), "路灯什么时候修好？")
		s.verb(t, "approve", "路灯")
		s.verb(t, "answering", "路灯")
		anybody, path := s.Browser(), s.wall(t)
		p := anybody.Open(path)
		if p.Find(".wall-words").Text() != "路灯什么时候修好？" || p.Find(".wall-code").Text() != s.code || p.Find(".wall-qr svg").Length() != 1 {
			t.Fatal(p.Find("body").Text())
		}
		if p.Header.Get("Referrer-Policy") != "no-referrer" || p.Header.Get("Cache-Control") != "no-store" || p.Find("meta[name=robots]").AttrOr("content", "") == "" {
			t.Error("the wall's address can leak")
		}
		s.desk.Post("/desk/live/"+s.code+"/wall", url.Values{"view": {"blank"}})
		if p = anybody.Open(path); strings.Contains(p.Body, "路灯") {
			t.Error("a blank wall holds the question")
		}
		s.desk.Post("/desk/live/"+s.code+"/wall", url.Values{"view": {"unblank"}})
		if p = anybody.Open(path); p.Find(".wall-words").Length() != 1 {
			t.Error("the wall does not come back")
		}
		s.desk.Post("/desk/live/"+s.code+"/wall/renew", url.Values{})
		if p = anybody.Open(path); p.Status != 404 {
			t.Errorf("the old address: %d", p.Status)
		}
		if p = anybody.Open(s.wall(t)); p.Status != 200 {
			t.Errorf("the new address: %d", p.Status)
		}
	})
}

func TestClosingLeavesWhatWasNotReachedToAWrittenAnswer(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		author := s.Browser()
		s.ask(t, author, "路灯什么时候修好？")
		s.verb(t, "approve", "路灯")
		office := s.Unit(true)
		if p := s.desk.Fill(s.desk.Open("/desk/live/"+s.code+"/close"), "/close", "office", office.ID, "due", "soon"); p.Status != 422 || p.Find(".error-summary").Length() != 1 {
			t.Errorf("a date that is none: %d without a summary", p.Status)
		}
		p := s.desk.Fill(s.desk.Open("/desk/live/"+s.code+"/close"), "/close", "office", office.ID)
		if p.Status != 200 || !strings.Contains(p.Find(".lane-handled").Text(), "路灯") {
			t.Fatal(p.Find("main").Text())
		}
		public := s.Browser().Open("/live/" + s.code)
		if !strings.Contains(public.Find("#questions").Text(), office.NameZH) || public.Find("#ask:not([hidden])").Length() != 0 {
			t.Errorf("after the end: %s", public.Find("main").Text())
		}
		officer := s.As(modelstest.Person(t, s.DB, "officer", office, models.Officer))
		owed := officer.Open("/desk/live/answers")
		at, _ := owed.Find(".asked-body a").Attr("href")
		if at == "" {
			t.Fatal(owed.Find("main").Text())
		}
		empty := officer.Fill(officer.Open(at), "/desk/live/answers/", "answer_zh", "")
		if empty.Status != 422 {
			t.Errorf("an empty answer: %d", empty.Status)
		}
		if p = officer.Fill(empty, "/desk/live/answers/", "answer_zh", "本月底前修好。<i>"); p.Status != 200 || p.Path != "/desk/live/answers" {
			t.Fatalf("%d %s", p.Status, p.Find("main").Text())
		}
		public = s.Browser().Open("/live/" + s.code)
		if !strings.Contains(public.Find("[data-list=settled]").Text(), "本月底前修好。<i>") {
			t.Errorf("the answer is not there: %s", public.Find("#questions").Text())
		}
		if p = s.Browser().Open("/questions/overdue"); p.Status != 200 {
			t.Error("the overdue list is not there")
		}
	})
}

func TestTheDeskOfARoomIsForItsModerators(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		stranger := s.As(modelstest.Person(t, s.DB, "resident", s.Unit(true)))
		for _, path := range []string{"/desk/live", "/desk/live/new", "/desk/live/" + s.code, "/desk/live/" + s.code + "/settings", "/desk/live/" + s.code + "/close"} {
			if p := stranger.Open(path); p.Status != 404 {
				t.Errorf("%s: %d for a resident", path, p.Status)
			}
		}
		if p := stranger.Post("/desk/live/"+s.code+"/wall", url.Values{"view": {"blank"}}); p.Status != 404 {
			t.Errorf("a resident blanks the wall: %d", p.Status)
		}
		if p := s.Browser().Open("/live/?code=" + strings.ToLower(s.code)); p.Path != "/live/"+s.code {
			t.Errorf("a code in small letters leads to %s", p.Path)
		}
		if p := s.Browser().Open("/q/" + s.code); p.Path != "/live/"+s.code {
			t.Errorf("the printed code leads to %s", p.Path)
		}
		if p := s.Browser().Open("/live?code=ZZZZ"); p.Status != 404 || p.Find(".error-summary").Length() != 1 {
			t.Errorf("an unknown code: %d", p.Status)
		}
	})
}

func TestAnAuthorObjectsOrTakesTheQuestionBackAndNobodyElseCan(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		author, other := s.Browser(), s.Browser()
		s.ask(t, author, "路灯什么时候修好？")
		s.verb(t, "hold", "路灯", "reason", "off-topic")
		at, _ := author.Open("/live/" + s.code).Find("#mine [data-q=manage] a").Attr("href")
		p := author.Open(at)
		if p.Status != 200 {
			t.Fatalf("%d for the author", p.Status)
		}
		if o := other.Open(at); o.Status != 404 {
			t.Errorf("%d for another reader", o.Status)
		}
		if p = author.Fill(p, "/appeal", "text", ""); p.Status != 422 {
			t.Errorf("without a reason: %d", p.Status)
		}
		p = author.Fill(p, "/appeal", "text", "今天就是说路灯的事")
		if p.Status != 200 || !strings.Contains(p.Find("#mine").Text(), "另一位主持人") {
			t.Fatalf("%d %s", p.Status, p.Find("#mine").Text())
		}
		if desk := s.desk.Open("/desk/live/" + s.code); !strings.Contains(desk.Find(".lane-handled").Text(), "今天就是说路灯的事") || desk.Find("[data-verb=uphold]").Length() == 0 {
			t.Errorf("the desk reads %s", desk.Find(".lane-handled").Text())
		}
		// Who held it back does not decide about the objection.
		if p = s.verb(t, "uphold", "路灯"); p.Status != http.StatusForbidden {
			t.Errorf("the same moderator: %d", p.Status)
		}
		if p = author.Fill(author.Open(at), "/retract"); p.Status != 200 || strings.Contains(p.Find("#mine").Text(), "路灯") {
			t.Errorf("taken back: %d %s", p.Status, p.Find("#mine").Text())
		}
	})
}

func TestAQuestionIsTiedToAClauseOfTheDraft(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		if n := s.Browser().Open("/live/" + s.code).Find("[name=clause]").Length(); n != 0 {
			t.Error("clauses are offered where there is no draft")
		}
		draft := s.Consultation(nil, true)
		err := s.DB.InTx(t.Context(), models.Act{By: "system", Name: "test.draft"}, func(tx *models.Tx) error {
			now, err := s.DB.RoomByCode(t.Context(), s.code)
			if err != nil {
				return err
			}
			now.ConsultationID = draft.ID
			tx.Emit(models.RoomTopic(s.code), "rooms.changed", map[string]string{})
			return tx.Save(&now)
		})
		if err != nil {
			t.Fatal(err)
		}
		b := s.Browser()
		p := b.Open("/live/" + s.code)
		if got := p.Find("[name=clause] option").Text(); !strings.Contains(got, "第2条") {
			t.Fatalf("offered are %s", got)
		}
		p = b.Fill(p, "/questions", "body", "", "clause", "a2")
		if got := p.Find("[name=clause] option[selected]").AttrOr("value", ""); got != "a2" {
			t.Errorf("what was chosen is lost with the fault: %q", got)
		}
		p = b.Fill(p, "/questions", "body", "几点收摊？", "clause", "a9")
		if p.Status != 422 {
			t.Errorf("a clause that is not in the draft: %d", p.Status)
		}
		b.Fill(p, "/questions", "body", "几点收摊？", "clause", "a2")
		s.verb(t, "approve", "几点收摊")
		p = s.Browser().Open("/live/" + s.code + "/plain")
		link := p.Find("[data-list=plain] a[href$='/clauses/a2']")
		if !strings.Contains(link.Text(), "第2条") {
			t.Errorf("the public reads %s", p.Find("[data-list=plain]").Text())
		}
	})
}

func TestWhoAskedCorrectsAndConfirmsTheRecordOfARoom(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		author, other := s.Browser(), s.Browser()
		s.ask(t, author, "几点收摊？")
		s.ask(t, author, "油烟机多久检查一次？")
		s.verb(t, "approve", "几点收摊")
		record, desk := "/live/"+s.code+"/record", "/desk/live/"+s.code+"/record"
		if p := s.desk.Open(desk); p.Status != 200 || p.Find("form[action$='/begin']").Length() != 0 {
			t.Errorf("a record before the end: %d", p.Status)
		}
		s.desk.Fill(s.desk.Open("/desk/live/"+s.code+"/close"), "/close")
		if p := s.desk.Fill(s.desk.Open(desk), "/begin"); p.Status != 200 || !strings.Contains(p.Find("[name=e_zh_0]").Text(), "几点收摊") || strings.Contains(p.Body, "油烟机") {
			t.Fatalf("gathered: %d %s", p.Status, p.Find("main").Text())
		}
		form, words := s.desk.Open(desk).Find(".edit-form"), url.Values{"summary_zh": {"会上提了一个问题。"}, "e_kind_0": {"question"}, "e_zh_0": {"几点收摊？"}, "e_kind_1": {"note"}, "e_zh_1": {"主持人介绍了草案。"}}
		for _, name := range []string{"revision", "e_id_0"} {
			words.Set(name, form.Find("[name="+name+"]").AttrOr("value", ""))
		}
		if p := s.desk.Post(desk, words); p.Status != 200 || !strings.Contains(p.Find("[name=e_zh_1]").Text(), "介绍了草案") {
			t.Fatalf("written: %d %s", p.Status, p.Find("main").Text())
		}
		if p := other.Open(record); p.Status != 404 {
			t.Errorf("a record in work is seen: %d", p.Status)
		}
		if n := other.Open("/live/" + s.code).Find("a[href$='/record']").Length(); n != 0 {
			t.Error("the room leads to a record in work")
		}
		if p := s.desk.Fill(s.desk.Open(desk), "/record/open"); p.Status != 200 {
			t.Fatal(p.Find("main").Text())
		}
		if n := other.Open("/live/" + s.code).Find("a[href$='/record']").Length(); n != 1 {
			t.Error("the room does not lead to its record")
		}
		if p := other.Open(record); p.Status != 200 || !strings.Contains(p.Find("main").Text(), "主持人介绍了草案。") || p.Find("form[action$='/confirm']").Length() != 0 {
			t.Errorf("others read %d %s", p.Status, p.Find("main").Text())
		}
		p := author.Open(record)
		if p = author.Fill(p, "/corrections", "text", ""); p.Status != 422 || p.Find(".error-summary").Length() != 1 {
			t.Errorf("an empty wish: %d", p.Status)
		}
		if p = author.Fill(p, "/corrections", "text", "是问几点开始"); p.Status != 200 || !strings.Contains(p.Find("main").Text(), "待处理") {
			t.Fatalf("wished: %d %s", p.Status, p.Find("main").Text())
		}
		if p = author.Fill(p, "/confirm", "signed", "1"); !strings.Contains(p.Find("main").Text(), "您已确认无误") {
			t.Errorf("confirmed: %s", p.Find("main").Text())
		}
		if p = other.Post(record+"/confirm", url.Values{"signed": {"1"}}); p.Status == 200 {
			t.Error("who said nothing confirms")
		}
		box := s.desk.Open(desk).Find("form[action*='/corrections/'] textarea").AttrOr("name", "") // as a browser sends them
		if p = s.desk.Fill(s.desk.Open(desk), "/corrections/", box, "几点开始？", "accept", "1"); p.Status != 200 {
			t.Fatal(p.Find("main").Text())
		}
		if text := other.Open(record).Find("main").Text(); !strings.Contains(text, "几点开始？") || !strings.Contains(text, "已采纳") || !strings.Contains(text, "已确认 1 段") {
			t.Errorf("afterwards others read %s", text)
		}
		if p = s.desk.Post("/desk/live/"+s.code+"/record", url.Values{"e_kind_0": {"note"}, "e_zh_0": {"改掉"}, "revision": {"1"}}); p.Status == 200 {
			t.Error("an open record is written over")
		}
		if p = other.Open("/live/" + s.code); !strings.Contains(p.Find(".room-note a").Text(), "核对和确认") {
			t.Errorf("the room leads to its record by %q", p.Find(".room-note a").Text())
		}
	})
}

func TestWhoWasShownNothingWhileTypingIsShownSimilarQuestionsAfterSending(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		author, other := s.Browser(), s.Browser()
		s.ask(t, author, "夜市收摊能不能统一到晚上十一点？")
		s.verb(t, "approve", "夜市收摊")
		if p := s.ask(t, author, "路灯什么时候修好？"); p.Find("#alike").Length() != 0 {
			t.Error("what nobody else asks is said to be alike")
		}
		for plain, form := range map[string]string{"": "/questions", "/plain": "/questions?plain=1"} {
			p := other.Fill(other.Open("/live/"+s.code+plain), form, "body", "收摊能不能统一到十一点"+plain)
			part := p.Find("#alike")
			if p.Status != 200 || !strings.Contains(part.Text(), "夜市收摊能不能统一到晚上十一点？") || !strings.Contains(p.Find("#mine").Text(), "收摊能不能统一到十一点") {
				t.Fatalf("%s shows %q", p.Path, part.Text())
			}
			if strings.HasSuffix(p.Path, "/plain") != (plain != "") {
				t.Errorf("from the view %q to %s", plain, p.Path)
			}
			if ids := p.Find("#alike [id^='q-']").Length(); ids != 0 {
				t.Error("an id stands twice on the page")
			}
			if plain == "" {
				p = other.Fill(p, "/support", "support", "on")
				if got := p.Find("[data-list=open] [data-q=count]").First().Text(); got != "1" {
					t.Errorf("%s voices after seconding", got)
				}
			}
		}
		own := author.Open("/live/" + s.code + "?asked=00000000000000000000000000").Find("#alike").Length()
		if own != 0 {
			t.Error("a question that is not one's own is spoken of")
		}
	})
}

func TestAClauseOfALongDraftIsNamedByItsNumberAndThePlainViewStaysLight(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		draft := modelstest.Consultation(t, s.DB, s.Unit(true), 400, nil)
		err := s.DB.InTx(t.Context(), models.Act{By: "system", Name: "test.draft"}, func(tx *models.Tx) error {
			now, err := s.DB.RoomByCode(t.Context(), s.code)
			if err != nil {
				return err
			}
			now.ConsultationID = draft.ID
			tx.Emit(models.RoomTopic(s.code), "rooms.changed", map[string]string{})
			return tx.Save(&now)
		})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 30 {
			s.ask(t, s.Browser(), strings.Repeat("路灯什么时候能修好，由哪个部门负责，", 5)+"第"+strconv.Itoa(n)+"问")
			s.verb(t, "approve", "第"+strconv.Itoa(n)+"问")
		}
		b := s.Browser()
		p := b.Open("/live/" + s.code + "/plain")
		if p.Find("select[name=clause]").Length() != 0 || p.Find("input[name=clause]").Length() != 1 {
			t.Error("hundreds of clauses are listed")
		}
		if size := packed(t, p.Body); size > 12_000 { // with its style and scripts 25 kB, see the journeys
			t.Errorf("the plain view has %d bytes", size)
		}
		for _, c := range []struct{ typed, key string }{{"12", "a12"}, {"第十二条", "a12"}, {"第３条", "a3"}, {"a399", "a399"}, {"", ""}} {
			body := "条款：" + c.typed + "？"
			if p = b.Fill(b.Open("/live/"+s.code+"/plain"), "/questions?plain=1", "body", body, "clause", c.typed); p.Status != 200 {
				t.Fatalf("%q: %d %s", c.typed, p.Status, p.Find(".error-summary").Text())
			}
			s.verb(t, "approve", body)
			list := b.Open("/live/" + s.code + "/plain").Find("[data-list=plain] > li").Last().Find("a[href*='/clauses/']")
			if got := list.AttrOr("href", ""); c.key == "" && got != "" || c.key != "" && !strings.HasSuffix(got, "/clauses/"+c.key) {
				t.Errorf("%q leads to %q, want %s", c.typed, got, c.key)
			}
		}
		for _, wrong := range []string{"401", "第四百零一条", "1.2", "哪一条"} {
			p = b.Fill(b.Open("/live/"+s.code+"/plain"), "/questions?plain=1", "body", "问一问", "clause", wrong)
			if p.Status != 422 || p.Find("[name=clause]").AttrOr("value", "") != wrong {
				t.Errorf("%q: %d, kept is %q", wrong, p.Status, p.Find("[name=clause]").AttrOr("value", ""))
			}
		}
	}, "per_person", "100")
}

// packed is how many bytes a page has on the wire.
func packed(t *testing.T, body string) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

func TestAFloodOfSimilarQuestionsIsGroupedAndMergedWithoutScripts(t *testing.T) {
	inRoom(t, func(t *testing.T, s chaired) {
		b := s.Browser()
		for _, body := range []string{"夜市几点收摊？", "路灯什么时候修好？", "夜市到底几点收摊？", "油烟机多久检查一次？", "路灯什么时候能修好？", "夜市几点才收摊啊？"} {
			s.ask(t, b, body)
		}
		numbers := func(p handlerstest.Page) string {
			return strings.Join(p.Find(".lane-waiting .desk-card").Map(func(_ int, c *goquery.Selection) string { return c.AttrOr("data-number", "") }), " ")
		}
		p := s.desk.Open("/desk/live/" + s.code)
		if got := numbers(p); got != "1 2 3 4 5 6" {
			t.Fatalf("waiting are %s", got)
		}
		to := p.Find("a[data-group]").AttrOr("href", "")
		if p = s.desk.Open(to); numbers(p) != "1 3 6 2 5 4" || !strings.Contains(p.Find(".lane-flood").Text(), "2 组") {
			t.Fatalf("grouped are %s: %s", numbers(p), p.Find(".lane-flood").Text())
		}
		// One press merges, and the groups stay together for the next.
		for _, want := range []string{"1 6 2 5 4", "1 2 5 4", "1 2 4"} {
			button := p.Find(".lane-waiting button[data-like]").First()
			card := button.Closest(".desk-card")
			values := url.Values{"revision": {card.AttrOr("data-revision", "")}, "into": {button.AttrOr("value", "")}, "group": {card.Find("[name=group]").AttrOr("value", "")}}
			if p = s.desk.Post(button.AttrOr("formaction", ""), values); p.Status != 200 || numbers(p) != want {
				t.Fatalf("%d: left are %s, want %s", p.Status, numbers(p), want)
			}
		}
		if n := p.Find(".lane-merged .desk-card").Length(); n != 3 {
			t.Errorf("%d are merged", n)
		}
	}, "per_person", "100")
}
