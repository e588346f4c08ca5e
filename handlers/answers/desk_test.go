package answers_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// closed makes a consultation whose window is over, with opinions on its articles.
func closed(t *testing.T, s handlerstest.Site, bodies ...string) (models.Consultation, []models.Opinion) {
	t.Helper()
	c := s.Consultation(func(c *models.Consultation) {
		at := s.DB.Now().Add(-time.Hour)
		c.ClosesAt = &at
	}, true)
	var list []models.Opinion
	err := s.DB.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		list = nil
		for i, body := range bodies {
			o := models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, Number: int64(i + 1), VersionNumber: 1, ClauseKey: "a1", Voice: "v:1", Body: body, Display: models.Anonymous, Channel: models.Web, Lang: "zh", Shown: true, CreatedAt: tx.Now}
			list = append(list, o)
			if err := tx.Insert(&o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, list
}

func TestReadyReasonsAreMadeUsedChangedAndDeletedAtTheDesk(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		_, list := closed(t, s, "太吵了", "路灯太暗")
		unit := s.Unit(true)
		b := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer))
		made := b.Open("/desk/templates/new")
		bad := b.Fill(made, "/desk/templates", "name", "", "reason_zh", "消防通道要留四米。")
		if bad.Status != 422 || bad.Find("textarea[name=reason_zh]").Text() != "消防通道要留四米。" {
			t.Errorf("without a name: %d\n%s", bad.Status, bad.Find("main").Text())
		}
		to, values := handlerstest.Fields(bad, "/desk/templates", "name", "消防通道<b>", "decision", "not")
		for range 2 { // pressed twice
			if p := b.Post(to, values); p.Status != 200 || p.Path != "/desk/templates" {
				t.Fatalf("made: %d %s", p.Status, p.Find("main").Text())
			}
		}
		p := b.Open("/desk/templates")
		if n := p.Find("tbody tr").Length(); n != 1 || strings.Contains(p.Body, "通道<b>") {
			t.Fatalf("%d ready reasons after two presses\n%s", n, p.Find("main").Text())
		}
		at, _ := p.Find("tbody a").Attr("href")
		id := at[strings.LastIndex(at, "/")+1:]
		// Put into an answer: what is typed stays, nothing is decided yet.
		opinion := "/desk/opinions/" + list[0].ID
		p = b.Fill(b.Open(opinion), "/answer", "reason_zh", "您说得对。", "template", id, "insert", "1")
		if got := p.Find("textarea[name=reason_zh]").Text(); got != "您说得对。\n消防通道要留四米。" {
			t.Errorf("the reason is %q (%d)", got, p.Status)
		}
		if v, _ := p.Find("input[name=decision][checked]").Attr("value"); v != "not" {
			t.Errorf("the decision is %q", v)
		}
		if p := b.Open(opinion); p.Find(".decision").Length() != 0 {
			t.Error("putting a reason in has answered")
		}
		if p := b.Fill(b.Open(opinion), "/answer", "insert", "1"); p.Find(".error-summary").Length() != 1 {
			t.Error("nothing is said when none was chosen")
		}
		stranger := s.As(modelstest.Person(t, s.DB, "elsewhere", otherUnit(t, s), models.Officer))
		for _, path := range []string{at, at + "/remove"} {
			if p := stranger.Open(path); p.Status != 404 {
				t.Errorf("an officer elsewhere opens %s: %d", path, p.Status)
			}
			if p := stranger.Post(path, url.Values{"name": {"x"}, "reason_zh": {"x"}, "read": {"1"}}); p.Status != 404 {
				t.Errorf("an officer elsewhere posts to %s: %d", path, p.Status)
			}
		}
		if p := stranger.Open("/desk/templates"); strings.Contains(p.Body, "消防通道") {
			t.Error("an officer elsewhere sees it in the list")
		}
		old := b.Open(at)
		if p := b.Fill(old, at, "name", "改过的名字"); p.Status != 200 || p.Path != "/desk/templates" {
			t.Errorf("changed: %d", p.Status)
		}
		if p := b.Fill(old, at, "name", "用旧表单改"); p.Status != 409 || p.Find("input[name=name]").AttrOr("value", "") != "用旧表单改" {
			t.Errorf("a stale form: %d\n%s", p.Status, p.Find("main").Text())
		}
		if p := b.Fill(b.Open(at+"/remove"), "/remove"); p.Status != 200 || p.Find("tbody a").Length() != 0 {
			t.Errorf("deleted: %d", p.Status)
		}
	})
}

func otherUnit(t *testing.T, s handlerstest.Site) models.Unit {
	t.Helper()
	var u models.Unit
	err := s.DB.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		u = models.Unit{ID: models.NewID(tx.Now), Level: models.City, Slug: "elsewhere", NameZH: "别处", NameEN: "Elsewhere", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		u.Path = "/" + u.ID + "/"
		return tx.Insert(&u)
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAReportIsSavedWhileOneWritesAndNobodyOverwritesAnother(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c, _ := closed(t, s, "太吵了")
		unit := s.Unit(true)
		one, two := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer)), s.As(modelstest.Person(t, s.DB, "two", unit, models.Officer))
		path := "/desk/c/" + c.ID + "/report"
		mine, theirs := one.Open(path), two.Open(path)
		to, values := handlerstest.Fields(mine, "/report", "outside_zh", "第一稿", "auto", "1")
		var answer struct{ Seen, Text string }
		saved := one.Post(to, values)
		if err := json.Unmarshal([]byte(saved.Body), &answer); err != nil || answer.Seen == "" || answer.Seen == values.Get("seen") || answer.Text == "" {
			t.Fatalf("saved by itself: %d %s", saved.Status, saved.Body)
		}
		values.Set("seen", answer.Seen)
		values.Set("outside_zh", "第二稿")
		one.Post(to, values)
		// The colleague's script is told; their button shows both texts.
		to, values = handlerstest.Fields(theirs, "/report", "outside_zh", "同事写的", "auto", "1")
		if p := two.Post(to, values); p.Status != 409 || !strings.Contains(p.Body, `"text"`) {
			t.Errorf("saved over another: %d %s", p.Status, p.Body)
		}
		values.Del("auto")
		both := two.Post(to, values)
		if both.Status != 409 || both.Find("textarea[name=outside_zh]").Text() != "同事写的" || !strings.Contains(both.Find(".report-note").Text(), "第二稿") || !strings.Contains(both.Find(".error-summary").Text(), "one") {
			t.Fatalf("the conflict: %d\n%s", both.Status, both.Find("main").Text())
		}
		// Saving again is a choice; the other words stay as a version.
		if p := two.Fill(both, "/report"); p.Status != 200 || p.Find("textarea[name=outside_zh]").Text() != "同事写的" {
			t.Fatalf("saved anew: %d\n%s", p.Status, p.Find("main").Text())
		}
		p := one.Open(path)
		link, _ := p.Find(".report-versions a").First().Attr("href")
		old := one.Open(link)
		if old.Find("textarea[name=outside_zh]").Text() != "第二稿" || old.Find(".report-note").Length() != 1 {
			t.Errorf("the earlier version at %q:\n%s", link, old.Find("main").Text())
		}
		if p := one.Fill(old, "/report"); p.Find("textarea[name=outside_zh]").Text() != "第二稿" {
			t.Error("an earlier version cannot be saved again")
		}
		long := strings.Repeat("长", 2001)
		to, values = handlerstest.Fields(one.Open(path), "/report", "outside_zh", long, "auto", "1")
		if p := one.Post(to, values); p.Status != 422 {
			t.Errorf("too long: %d", p.Status)
		}
		values.Del("auto")
		if p := one.Post(to, values); p.Status != 422 || p.Find("textarea[name=outside_zh]").Text() != long {
			t.Errorf("too long by the button: %d", p.Status)
		}
	})
}

func TestAnswersAreGivenOnceAndOnlyByOfficersOfTheUnit(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c, list := closed(t, s, "太吵了", "路灯太暗", "同意")
		unit := s.Unit(true)
		b := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer))
		elsewhere := s.As(modelstest.Person(t, s.DB, "elsewhere", otherUnit(t, s), models.Officer))
		opinion := "/desk/opinions/" + list[0].ID
		bad := b.Fill(b.Open(opinion), "/answer", "decision", "not", "reason_zh", "")
		if bad.Status != 422 || bad.Find("input[name=decision][checked]").AttrOr("value", "") != "not" || !strings.HasPrefix(bad.Find("title").Text(), "错误") {
			t.Errorf("a refusal without a reason: %d, title %q", bad.Status, bad.Find("title").Text())
		}
		to, values := handlerstest.Fields(bad, "/answer", "reason_zh", "标准已经规定。")
		for range 2 {
			if p := b.Post(to, values); p.Status != 200 || p.Find(".decision").Length() != 1 {
				t.Fatalf("answered: %d\n%s", p.Status, p.Find("main").Text())
			}
		}
		acts, err := s.DB.AuditTrail(ctx, models.AuditFilter{About: models.ConsultationTopic(c.ID), Limit: 50})
		given := 0
		for _, a := range acts {
			if strings.HasPrefix(a.Name, "answers.") {
				given++
			}
		}
		if err != nil || given != 1 {
			t.Errorf("%d acts for one answer sent twice (%v)", given, err)
		}
		for path, form := range map[string]url.Values{
			opinion + "/answer": {"decision": {"adopted"}}, opinion + "/assign": {"to": {"me"}}, "/desk/c/" + c.ID + "/choose": {"opinion": {list[1].ID + "."}},
			"/desk/c/" + c.ID + "/answer": {"decision": {"adopted"}, "opinion": {list[1].ID + "."}}, "/desk/c/" + c.ID + "/report": {"outside_zh": {"x"}},
			"/desk/c/" + c.ID + "/report/propose": {}, "/desk/c/" + c.ID + "/report/publish": {},
		} {
			if p := elsewhere.Post(path, form); p.Status != 404 {
				t.Errorf("an officer elsewhere posts to %s: %d", path, p.Status)
			}
		}
		// Many at once: forged and foreign ids change nothing.
		chosen := b.Post("/desk/c/"+c.ID+"/choose", url.Values{"opinion": {list[1].ID + ".", list[2].ID + ".", "x' OR 1=1", models.NewID(s.DB.Now()) + "."}})
		done := b.Fill(chosen, "/answer", "decision", "adopted")
		if done.Status != 200 && done.Status != 409 {
			t.Errorf("many: %d\n%s", done.Status, done.Find("main").Text())
		}
		for _, path := range []string{"/desk/opinions/" + models.NewID(s.DB.Now()), "/desk/opinions/x", "/desk/c/2027-999/queue", "/desk/c/" + c.ID + "/queue?after=%27.x&state=nonsense&stance=%3Cb%3E"} {
			want := 404
			if strings.Contains(path, "after") {
				want = 200
			}
			if p := b.Open(path); p.Status != want {
				t.Errorf("%s: %d, want %d", path, p.Status, want)
			}
		}
	})
}

// Of two officers who answer all of a filter at once one does it; the other is told so,
// and has what was written still.
func TestWhoComesSecondWithAllOfAFilterKeepsTheirWords(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c, list := closed(t, s, "太吵了", "路灯太暗", "同意")
		unit := s.Unit(true)
		one, two := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer)), s.As(modelstest.Person(t, s.DB, "two", unit, models.Officer))
		path := "/desk/c/" + c.ID + "/answer?state=open"
		mine, theirs := one.Open(path), two.Open(path)
		if p := one.Fill(mine, "/answer", "decision", "study", "reason_zh", "写进明年的计划。"); p.Status != 200 || !strings.HasSuffix(p.Path, "/queue") {
			t.Fatalf("the first: %d %s", p.Status, p.Path)
		}
		late := two.Fill(theirs, "/answer", "decision", "not", "reason_zh", "标准已经规定。")
		if late.Status != 409 || late.Find("textarea[name=reason_zh]").Text() != "标准已经规定。" {
			t.Errorf("the second: %d %s\n%s", late.Status, late.Path, late.Find("main").Text())
		}
		for _, o := range list {
			if p := one.Open("/desk/opinions/" + o.ID); !strings.Contains(p.Find(".decision").Text(), "写进明年的计划。") {
				t.Errorf("opinion %d was answered with %q", o.Number, p.Find(".decision").Text())
			}
		}
	})
}

// The report on a long draft is written piece by piece without scripts: an overview says
// what is still to write, each piece is saved by itself, and nothing typed is lost.
func TestALongReportIsWrittenPieceByPiece(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		unit := s.Unit(true)
		c := modelstest.Consultation(t, s.DB, unit, 25, func(c *models.Consultation) {
			at := s.DB.Now().Add(-time.Hour)
			c.ClosesAt = &at
		})
		err := s.DB.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			for i := range 25 {
				o := models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, Number: int64(i + 1), VersionNumber: 1, ClauseKey: fmt.Sprint("a", i+1), Voice: "v:1", Body: "太吵了", Display: models.Anonymous, Channel: models.Web, Lang: "zh", Shown: true, CreatedAt: tx.Now}
				if err := tx.Insert(&o); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		one, two := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer)), s.As(modelstest.Person(t, s.DB, "two", unit, models.Officer))
		path := "/desk/c/" + c.ID + "/report"
		over := one.Open(path)
		if n := over.Find("table.data tbody tr").Length(); n != 3 || over.Find(".report-clause").Length() != 0 || over.Find("textarea[name=method_zh]").Length() != 1 {
			t.Fatalf("the overview has %d pieces, %d clauses", n, over.Find(".report-clause").Length())
		}
		second, _ := over.Find("table.data tbody tr a").Eq(1).Attr("href")
		piece, theirs := one.Open(second), two.Open(path+"?part=a1")
		if n := piece.Find(".report-clause").Length(); n != 10 || piece.Find("textarea[name=method_zh]").Length() != 0 || piece.Find(".report-jumps a").Length() != 10 {
			t.Fatalf("a piece has %d clauses", n)
		}
		// Two write on different pieces; what is wrong comes back with what was typed.
		long := strings.Repeat("长", 2001)
		bad := one.Fill(piece, "/report", "c_a12_reason_zh", long, "c_a13_summary_zh", "大家说太吵")
		if bad.Status != 422 || bad.Find("textarea[name=c_a12_reason_zh]").Text() != long || bad.Find("textarea[name=c_a13_summary_zh]").Text() != "大家说太吵" || bad.Find(".report-clause").Length() != 10 {
			t.Fatalf("too long: %d", bad.Status)
		}
		saved := one.Fill(bad, "/report", "c_a12_reason_zh", "标准已经规定。", "c_a12_decision", "not")
		if saved.Status != 200 || saved.Find("textarea[name=c_a13_summary_zh]").Text() != "大家说太吵" || saved.Find("#c_a12_block[open]").Length() != 0 || saved.Find("#c_a13_block[open]").Length() != 1 {
			t.Fatalf("saved: %d\n%s", saved.Status, saved.Find("main").Text())
		}
		next := two.Fill(theirs, "/report", "c_a1_decision", "adopted", "then", "next")
		if next.Status != 200 || next.Find("#c_a11_block").Length() != 1 {
			t.Fatalf("going on leads to %s: %d", next.Path, next.Status)
		}
		// The same piece is no longer what the colleague had before them.
		stale := two.Fill(next, "/report", "c_a12_reason_zh", "同事写的")
		if stale.Status != 200 {
			t.Fatalf("what was drawn after saving: %d", stale.Status)
		}
		if p := one.Fill(saved, "/report", "c_a12_reason_zh", "我又改了"); p.Status != 409 || p.Find("textarea[name=c_a12_reason_zh]").Text() != "我又改了" || !strings.Contains(p.Find(".report-note").Text(), "同事写的") {
			t.Errorf("the conflict: %d\n%s", p.Status, p.Find("main").Text())
		}
		// What is left to write, of any piece.
		todo := one.Open(path + "?show=todo")
		if todo.Find("#c_a1_block, #c_a12_block").Length() != 0 || todo.Find("#c_a13_block").Length() != 0 || todo.Find(".report-clause").Length() != 10 {
			t.Errorf("among the unfinished: %s", todo.Find(".report-jumps").Text())
		}
		todo = one.Fill(todo, "/report", "then", "next")
		if todo.Find("#c_a13_block").Length() != 1 {
			t.Errorf("the next unfinished: %s", todo.Find(".report-jumps").Text())
		}
		frame := one.Fill(one.Open(path), "/report", "story1_zh", "我们问了：几点收摊。", "next_zh", "明年再看。")
		if frame.Status != 200 || !strings.Contains(frame.Find("table.data").Text(), "第1条至第10条") {
			t.Fatalf("the frame: %d\n%s", frame.Status, frame.Find("main").Text())
		}
		// An earlier version is looked at piece by piece too, and nothing makes no sense.
		for _, q := range []string{"?part=a12&version=1", "?part=nonsense", "?show=nonsense", "?part=a99&after=%27", "?show=todo&after=a25"} {
			if p := one.Open(path + q); p.Status != 200 {
				t.Errorf("%s: %d", q, p.Status)
			}
		}
		for _, v := range []url.Values{{}, {"part": {"a1"}}, {"show": {"todo"}, "seen": {"x"}}, {"c_a1_decision": {"nonsense"}}, {"part": {"a1"}, "then": {"next"}, "next": {"https://elsewhere.example/"}}} {
			if p := one.Post(path, v); p.Status >= 500 || strings.Contains(p.Path, "elsewhere") {
				t.Errorf("%v: %d %s", v, p.Status, p.Path)
			}
		}
		d := one.Open(path + "?part=a12")
		if d.Find("textarea[name=c_a12_reason_zh]").Text() != "同事写的" {
			t.Errorf("a12 says %q", d.Find("textarea[name=c_a12_reason_zh]").Text())
		}
	})
}
