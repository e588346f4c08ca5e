package opinions_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// given sends one opinion as a resident with a token and gives its id and receipt.
func given(t *testing.T, s handlerstest.Site, b *handlerstest.Browser, id, body string) (opinion, code string) {
	t.Helper()
	base := "/consultations/" + id
	b.Post(base+"/basket?clause=a1", url.Values{"body": {body}})
	r := b.Fill(b.Open(base+"/basket"), "/basket/send")
	if !strings.HasPrefix(r.Path, "/r/") {
		t.Fatalf("no receipt: %d %s\n%s", r.Status, r.Path, r.Find("main").Text())
	}
	anchor, _ := r.Find(".check-answers > li").First().Attr("id")
	return strings.TrimPrefix(anchor, "o-"), strings.TrimPrefix(r.Path, "/r/")
}

func elsewhere(t *testing.T, s handlerstest.Site) *handlerstest.Browser {
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
	return s.As(modelstest.Person(t, s.DB, "elsewhere", u, models.Officer))
}

func TestRepliesAreTakenOnceFromWhoMayGiveThem(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, false)
		unit := s.Unit(false)
		author := s.As(modelstest.Person(t, s.DB, "author", models.Unit{}))
		id, _ := given(t, s, author, c.ID, "夜市太吵")
		page := "/opinions/" + id + "/reply"
		reader := s.As(modelstest.Person(t, s.DB, "reader", models.Unit{}))
		long := strings.Repeat("长", 2001)
		for name, body := range map[string]string{"empty": " ", "too long": long} {
			if p := reader.Fill(reader.Open(page), "/replies", "body", body); p.Status != 422 || p.Find("textarea[name=body]").Text() != body {
				t.Errorf("%s: %d, kept %d", name, p.Status, len(p.Find("textarea[name=body]").Text()))
			}
		}
		to, values := handlerstest.Fields(reader.Open(page), "/replies", "body", "我也觉得<i>吵</i>", "display", "nickname", "name", "邻居")
		for range 2 {
			if p := reader.Post(to, values); p.Status != 200 || p.Find(".replies li").Length() != 1 || strings.Contains(p.Body, "<i>吵") {
				t.Fatalf("the reply, perhaps sent twice: %d, %d replies\n%s", p.Status, p.Find(".replies li").Length(), p.Find("main").Text())
			}
		}
		officer := s.As(modelstest.Person(t, s.DB, "officer", unit, models.Officer))
		if p := officer.Fill(officer.Open(page), "/replies", "body", "已经安排巡查。"); p.Find(".replies .reply-official").Length() != 1 {
			t.Errorf("the office's reply is not marked: %d", p.Status)
		}
		// Without an account, where the unit wants to know who writes: asked to sign in, nothing kept.
		if p := s.Browser().Post(to, url.Values{"body": {"匿名的话"}}); p.Status != 401 || !strings.Contains(p.Body, "匿名的话") {
			t.Errorf("nobody replies: %d", p.Status)
		}
		reply := s.Browser().Open("/api/v1/opinions/" + id)
		if strings.Contains(reply.Body, "匿名的话") || strings.Count(reply.Body, `"number"`) != 3 {
			t.Errorf("after it all the opinion has other replies: %s", reply.Body)
		}
		for _, path := range []string{"/opinions/x", "/opinions/" + models.NewID(s.DB.Now())} {
			if p := reader.Post(path+"/replies", url.Values{"body": {"好"}}); p.Status != 404 {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
	})
}

func TestAnOpinionIsHiddenWithAReasonAndASecondOfficerDecidesTheAppeal(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, false)
		unit := s.Unit(false)
		author := s.As(modelstest.Person(t, s.DB, "author", models.Unit{}))
		one, two := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer)), s.As(modelstest.Person(t, s.DB, "two", unit, models.Officer))
		id, code := given(t, s, author, c.ID, "有人的电话是 138")
		reader := s.As(modelstest.Person(t, s.DB, "reader", models.Unit{}))
		if p := reader.Fill(reader.Open("/opinions/"+id+"/report"), "/report", "note", "有电话"); p.Status != 422 || p.Find("textarea[name=note]").Text() != "有电话" {
			t.Errorf("a report without a reason: %d", p.Status)
		}
		for range 2 {
			reader.Fill(reader.Open("/opinions/"+id+"/report"), "/report", "reason", "personal_data")
		}
		waits := one.Open("/desk/c/" + c.ID + "/moderation")
		if !strings.Contains(waits.Find("main").Text(), "有人的电话") {
			t.Fatalf("the report does not reach the desk:\n%s", waits.Find("main").Text())
		}
		if desk := one.Open("/desk"); desk.Find(`main a[href$="/moderation"]`).Length() != 1 {
			t.Errorf("the desk does not lead to what waits for a look:\n%s", desk.Find("main").Text())
		}
		hide := "/desk/opinions/" + id + "/hide"
		if p := elsewhere(t, s).Post(hide, url.Values{"reason": {"spam"}}); p.Status != 404 {
			t.Errorf("an officer elsewhere hides it: %d", p.Status)
		}
		long := strings.Repeat("长", 501)
		if p := one.Fill(one.Open(hide), "/hide", "reason", "personal_data", "note", long); p.Status != 422 || p.Find("textarea[name=note]").Text() != long || p.Find("input[name=reason][checked]").AttrOr("value", "") != "personal_data" {
			t.Errorf("too long a note: %d", p.Status)
		}
		if p := one.Post(hide, url.Values{"reason": {"because"}}); p.Status != 422 {
			t.Errorf("a reason that does not exist: %d", p.Status)
		}
		to, values := handlerstest.Fields(one.Open(hide), "/hide", "reason", "personal_data", "note", "里面有他人的电话")
		for range 2 { // one press too many has the effect and the answer of one
			if p := one.Post(to, values); p.Status != 200 {
				t.Fatalf("hidden: %d\n%s", p.Status, p.Find("main").Text())
			}
		}
		if p := two.Post(hide, url.Values{"reason": {"spam"}, "note": {"第二位也写了"}}); p.Status != 409 || !strings.Contains(p.Body, "已经不公开了") || !strings.Contains(p.Body, "第二位也写了") {
			t.Errorf("hidden a second time: %d\n%s", p.Status, p.Find("main").Text())
		}
		clause := "/consultations/" + c.ID + "/clauses/a1"
		for _, path := range []string{clause, "/api/v1/consultations/" + c.ID + "/opinions", "/en" + clause} {
			if p := s.Browser().Open(path); strings.Contains(p.Body, "电话是 138") {
				t.Errorf("%s still shows it", path)
			}
		}
		for _, path := range []string{"/opinions/" + id + "/reply", "/opinions/" + id + "/report", "/api/v1/opinions/" + id} {
			if p := reader.Open(path); p.Status != 404 {
				t.Errorf("%s of a hidden opinion: %d", path, p.Status)
			}
		}
		appeal(t, s, author, reader, "/r/"+code+"/opinions/"+id)
		decide := "/desk/opinions/" + id + "/appeal"
		if p := one.Post(decide, url.Values{"decision": {"lift"}}); p.Status != 403 {
			t.Errorf("who hid it decides the appeal: %d", p.Status)
		}
		for name, v := range map[string]url.Values{"no decision": {"note": {"还没有想好"}}, "too long a note": {"decision": {"uphold"}, "note": {long}}} {
			if p := two.Post(decide, v); p.Status != 422 || !strings.Contains(p.Body, v.Get("note")) {
				t.Errorf("an appeal decided with %s: %d", name, p.Status)
			}
		}
		if p := two.Post(decide, url.Values{"decision": {"lift"}, "note": {"已经遮住"}}); p.Status != 200 {
			t.Errorf("the second officer: %d\n%s", p.Status, p.Find("main").Text())
		}
		if p := two.Post(decide, url.Values{"decision": {"uphold"}}); p.Status != 409 || !strings.Contains(p.Body, "已经有了决定") {
			t.Error("an appeal was decided twice")
		}
		receipt := author.Open("/r/" + code)
		if text := receipt.Find("main").Text(); !strings.Contains(text, "恢复公开") || !strings.Contains(text, "已经遮住") {
			t.Errorf("the letter promises the decision on the receipt, which does not say it:\n%s", text)
		}
		if p := author.Open("/r/" + code + "/opinions/" + id + "/appeal"); p.Path != "/r/"+code {
			t.Errorf("a form to appeal for what is shown: %d %s", p.Status, p.Path)
		}
		if p := author.Post("/r/"+code+"/opinions/"+id+"/appeal", url.Values{"text": {"迟了一步"}}); p.Status != 409 || !strings.Contains(p.Body, "现在是公开的") || !strings.Contains(p.Body, "迟了一步") {
			t.Errorf("an appeal that comes after it is shown: %d\n%s", p.Status, p.Find("main").Text())
		}
		if p := s.Browser().Open(clause); !strings.Contains(p.Body, "电话是 138") {
			t.Error("shown again by the appeal, it is not there")
		}
	})
}

// appeal tries strangers, faults, the author, and the author again.
func appeal(t *testing.T, s handlerstest.Site, author, stranger *handlerstest.Browser, opinion string) {
	t.Helper()
	path := opinion + "/appeal"
	if p := stranger.Post(path, url.Values{"text": {"不是我的"}}); p.Status != 404 {
		t.Errorf("a stranger appeals: %d", p.Status)
	}
	if p := stranger.Post(opinion+"/erase", url.Values{}); p.Status != 404 {
		t.Errorf("a stranger erases: %d", p.Status)
	}
	form := author.Open(path)
	if p := author.Fill(form, "/appeal", "text", " "); p.Status != 422 {
		t.Errorf("an empty appeal: %d", p.Status)
	}
	for range 2 { // one press too many has the effect and the answer of one
		if p := author.Fill(form, "/appeal", "text", "电话是我自己的"); p.Status != 200 {
			t.Errorf("the author appeals: %d\n%s", p.Status, p.Find("main").Text())
		}
	}
	if p := author.Post(path, url.Values{"text": {"再来一次"}}); p.Status != 409 || !strings.Contains(p.Body, "再来一次") || !strings.Contains(p.Body, "已经请求过复核") {
		t.Errorf("a second appeal: %d\n%s", p.Status, p.Find("main").Text())
	}
}

func TestNothingWaitsForAnOfficerOnceTheAuthorHasErasedTheWords(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, false)
		unit := s.Unit(false)
		author := s.As(modelstest.Person(t, s.DB, "author", models.Unit{}))
		one, two := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer)), s.As(modelstest.Person(t, s.DB, "two", unit, models.Officer))
		desk := "/desk/opinions/"
		reported, _ := given(t, s, author, c.ID, "被人举报的话")
		s.As(modelstest.Person(t, s.DB, "reader", models.Unit{})).Post("/opinions/"+reported+"/report", url.Values{"reason": {"spam"}})
		objected, code := given(t, s, author, c.ID, "请求复核的话")
		one.Post(desk+objected+"/hide", url.Values{"reason": {"abuse"}})
		author.Post("/r/"+code+"/opinions/"+objected+"/appeal", url.Values{"text": {"并没有骂人"}})
		if waits := two.Open("/desk/c/" + c.ID + "/moderation").Find(".check-answers > li").Length(); waits != 2 {
			t.Fatalf("%d wait, not the report and the appeal", waits)
		}
		for _, id := range []string{reported, objected} {
			receipt := author.Open("/me").Find(`a[href$="#o-`+id+`"]`).AttrOr("href", "")
			code, _, _ := strings.Cut(strings.TrimPrefix(receipt, "/r/"), "#")
			to, values := handlerstest.Fields(author.Open("/r/"+code+"/opinions/"+id+"/erase"), "/erase")
			for range 2 { // one press too many has the effect and the answer of one
				if p := author.Post(to, values); p.Status != 200 {
					t.Fatalf("erased: %d\n%s", p.Status, p.Find("main").Text())
				}
			}
		}
		if p := two.Open("/desk/c/" + c.ID + "/moderation"); p.Find(".check-answers > li").Length() != 0 {
			t.Errorf("what was erased waits:\n%s", p.Find("main").Text())
		}
		if p := two.Open("/desk"); p.Find(`main a[href$="/moderation"]`).Length() != 0 {
			t.Errorf("the desk counts what was erased:\n%s", p.Find("main").Text())
		}
		for act, v := range map[string]url.Values{objected + "/appeal": {"decision": {"lift"}, "note": {"可以公开"}}, reported + "/hide": {"reason": {"spam"}, "note": {"重复发"}}} { // forms that were open before
			if p := two.Post(desk+act, v); p.Status != 409 || !strings.Contains(p.Body, "作者已经删除") || !strings.Contains(p.Body, v.Get("note")) {
				t.Errorf("%s: %d\n%s", act, p.Status, p.Find("main").Text())
			}
		}
	})
}

func TestTheAuthorOfAHiddenReplyIsToldWhyAndMayAppeal(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, false)
		unit := s.Unit(false)
		author := s.As(modelstest.Person(t, s.DB, "author", models.Unit{}))
		author.Fill(author.Open("/me/settings"), "/me/settings/profile", "notify", "mail")
		one, two := s.As(modelstest.Person(t, s.DB, "one", unit, models.Officer)), s.As(modelstest.Person(t, s.DB, "two", unit, models.Officer))
		parent, _ := given(t, s, s.As(modelstest.Person(t, s.DB, "first", models.Unit{})), c.ID, "原来的意见")
		author.Fill(author.Open("/opinions/"+parent+"/reply"), "/replies", "body", "回复里的话")
		_, after, _ := strings.Cut(s.Browser().Open("/api/v1/opinions/"+parent).Body, `"replies_list":[{"id":"`)
		id, _, _ := strings.Cut(after, `"`)
		if p := author.Open("/opinions/" + id + "/appeal"); p.Status != 404 {
			t.Errorf("a page about the hiding of what is shown: %d", p.Status)
		}
		one.Post("/desk/opinions/"+id+"/hide", url.Values{"reason": {"abuse"}, "note": {"说了人家的家事"}})
		link := author.Open("/me").Find(`main a[href$="/appeal"]`).AttrOr("href", "")
		page := author.Open(link)
		if text := page.Find("main").Text(); page.Status != 200 || !strings.Contains(text, "回复里的话") || !strings.Contains(text, "辱骂或威胁") || !strings.Contains(text, "说了人家的家事") {
			t.Fatalf("%q does not say why: %d\n%s", link, page.Status, text)
		}
		s.Letters(link)
		for name, b := range map[string]*handlerstest.Browser{"a stranger": s.Browser(), "an officer": one} {
			if p := b.Open(link); p.Status != 404 || strings.Contains(p.Body, "回复里的话") {
				t.Errorf("%s reads it: %d", name, p.Status)
			}
			if p := b.Post(link, url.Values{"text": {"不是我的"}}); p.Status != 404 {
				t.Errorf("%s appeals: %d", name, p.Status)
			}
		}
		if p := author.Fill(page, "/appeal", "text", "家事是我自己的"); p.Status != 200 || !strings.Contains(p.Body, "已请求复核") || p.Find("textarea").Length() != 0 {
			t.Errorf("the appeal: %d\n%s", p.Status, p.Find("main").Text())
		}
		if p := author.Post(link, url.Values{"text": {"再来一次"}}); p.Status != 409 || !strings.Contains(p.Body, "再来一次") {
			t.Errorf("a second appeal: %d", p.Status)
		}
		two.Post("/desk/opinions/"+id+"/appeal", url.Values{"decision": {"lift"}, "note": {"确实是自家的事"}})
		if text := author.Open(link).Find("main").Text(); !strings.Contains(text, "恢复公开") || !strings.Contains(text, "确实是自家的事") {
			t.Errorf("the decision is not told:\n%s", text)
		}
	})
}

func TestWhoHasOnlyTheContactDetailMayAppeal(t *testing.T) {
	s := handlerstest.Start(t, "")
	c := s.Consultation(nil, false)
	b := s.Browser()
	base := "/consultations/" + c.ID
	b.Post(base+"/basket?clause=a1", url.Values{"body": {"要藏起来的话"}})
	asked := b.Fill(b.Open(base+"/basket"), "/basket/send", "contact", "lin@minyi.example")
	receipt := b.Fill(asked, "/basket/send", "code", s.Code("lin@minyi.example"))
	anchor, _ := receipt.Find(".check-answers > li").First().Attr("id")
	officer := s.As(modelstest.Person(t, s.DB, "officer", s.Unit(false), models.Officer))
	officer.Post("/desk/opinions/"+strings.TrimPrefix(anchor, "o-")+"/hide", url.Values{"reason": {"abuse"}})
	other := s.Browser() // the letter is read on another device
	if locked := other.Open(receipt.Path); locked.Find(`main a[href*="/appeal"]`).Length() != 0 {
		t.Error("who has only the code is asked to appeal")
	}
	open := other.Fill(other.Open(receipt.Path), receipt.Path, "detail", "lin@minyi.example")
	link := open.Find(`main a[href*="/appeal"]`).AttrOr("href", "")
	form := other.Open(link)
	if form.Status != 200 || !strings.Contains(form.Body, "要藏起来的话") {
		t.Fatalf("no form to appeal at %q: %d\n%s", link, form.Status, open.Find("main").Text())
	}
	if p := other.Fill(form, "/appeal", "text", " "); p.Status != 422 || p.Find("textarea[name=text]").Length() != 1 {
		t.Errorf("an empty appeal: %d", p.Status)
	}
	if p := other.Fill(form, "/appeal", "text", "并没有骂人"); p.Status != 200 || !strings.Contains(p.Body, "已请求复核") {
		t.Errorf("the appeal: %d\n%s", p.Status, p.Find("main").Text())
	}
	plain, _, _ := strings.Cut(link, "?")
	if p := s.Browser().Post(plain, url.Values{"text": {"不是我的"}}); p.Status != 404 {
		t.Errorf("without the detail: %d", p.Status)
	}
	if w := officer.Open("/desk/c/" + c.ID + "/moderation"); !strings.Contains(w.Find("main").Text(), "并没有骂人") {
		t.Errorf("the appeal does not reach the desk:\n%s", w.Find("main").Text())
	}
}

func TestPaperPhoneAndCounterEntriesNameEveryFaultAndCountOnce(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, true)
		b := s.As(modelstest.Person(t, s.DB, "officer", s.Unit(true), models.Officer))
		path := "/desk/c/" + c.ID + "/entry"
		right := url.Values{"channel": {"paper"}, "clause": {"a2"}, "body": {"纸上写的意见"}, "display": {"anonymous"}, "consent": {"1"}}
		with := func(changes ...string) url.Values {
			v := url.Values{}
			for k, l := range right {
				v[k] = l
			}
			for i := 0; i+1 < len(changes); i += 2 {
				v.Set(changes[i], changes[i+1])
			}
			return v
		}
		for name, v := range map[string]url.Values{
			"no channel": with("channel", ""), "web is no paper": with("channel", "web"), "no consent": with("consent", ""), "no words": with("body", ""), "a name that is not there": with("display", "name"),
			"a contact that is none": with("contact", "nobody"), "a day that is none": with("received", "2027-13-45"), "a day before the window": with("received", "2001-01-01"), "a clause that is not there": with("clause", "a99"),
		} {
			p := b.Post(path, v)
			if p.Status != 422 || p.Find(".error-summary").Length() != 1 || p.Find("textarea[name=body]").Text() != v.Get("body") {
				t.Errorf("%s: %d\n%s", name, p.Status, p.Find(".error-summary").Text())
			}
		}
		if counts, err := s.DB.ClauseCounts(ctx, c.ID); err != nil || counts[""].Total != 0 {
			t.Fatalf("wrong entries left %d opinions (%v)", counts[""].Total, err)
		}
		// The form speaks to the officer about somebody else's name and view.
		for lang, words := range map[string][]string{"": {"居民的姓名怎样显示", "居民的态度"}, "/en": {"How the resident's name appears", "The resident's view"}} {
			text := b.Open(lang + path).Find("main form").Text()
			for _, w := range words {
				if !strings.Contains(text, w) {
					t.Errorf("%s%s does not say %q:\n%s", lang, path, w, text)
				}
			}
			if lower := strings.ToLower(text); strings.Contains(lower, "your") || strings.Contains(lower, "您") {
				t.Errorf("%s%s asks the officer for what is the resident's:\n%s", lang, path, text)
			}
		}
		to, values := handlerstest.Fields(b.Open(path), "/entry")
		for k, l := range right {
			values[k] = l
		}
		codes := map[string]bool{}
		for range 2 {
			p := b.Upload(to, values, handlerstest.Attached{Name: "scan.pdf", Data: []byte("%PDF-1.7\n%%EOF")})
			codes[p.Find(".notice a").AttrOr("href", "none")] = true
		}
		counts, err := s.DB.ClauseCounts(ctx, c.ID)
		if err != nil || counts[""].Total != 1 || len(codes) != 1 {
			t.Errorf("one entry sent twice makes %d opinions and %v", counts[""].Total, codes)
		}
		if p := elsewhere(t, s).Post(path, right); p.Status != 404 {
			t.Errorf("an officer elsewhere enters: %d", p.Status)
		}
		for code := range codes {
			if p := s.Browser().Open(code); p.Status != 200 || strings.Contains(p.Body, "纸上写的") {
				t.Errorf("the receipt for others: %d", p.Status)
			}
		}
	})
}

func TestMyPageShowsWhatIsMineAndNothingElse(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, false)
		lin, wang := s.As(modelstest.Person(t, s.DB, "lin", models.Unit{})), s.As(modelstest.Person(t, s.DB, "wang", models.Unit{}))
		_, code := given(t, s, lin, c.ID, "林的意见")
		lin.Post("/consultations/"+c.ID+"/basket?clause=a2", url.Values{"body": {"还没提交的"}})
		for _, lang := range []string{"", "/en"} {
			p := lin.Open(lang + "/me")
			if text := p.Find("main").Text(); p.Status != 200 || !strings.Contains(text, "林的意见") || !strings.Contains(text, code) || p.Find(`main a[href$="/basket"]`).Length() == 0 {
				t.Errorf("%s/me: %d\n%s", lang, p.Status, text)
			}
			if p := wang.Open(lang + "/me"); strings.Contains(p.Body, "林的意见") || strings.Contains(p.Body, code) {
				t.Error("somebody else's opinions are shown")
			}
		}
		if p := wang.Open("/r/" + code); strings.Contains(p.Body, "林的意见") {
			t.Error("somebody else's receipt shows its texts")
		}
		if p := s.Browser().Open("/me"); p.Path != "/signin" {
			t.Errorf("without an account: %d %s", p.Status, p.Path)
		}
	})
}

// The rule: whoever gave much finds all of it, twenty opinions at a time, nothing twice,
// and what waits for the author stands on the first page however old it is.
func TestMyPageGoesOnUntilEverythingWasShown(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, false)
		lin, wang := s.As(modelstest.Person(t, s.DB, "lin", models.Unit{})), s.As(modelstest.Person(t, s.DB, "wang", models.Unit{}))
		hidden, _ := given(t, s, lin, c.ID, "意见0。")
		officer := s.As(modelstest.Person(t, s.DB, "officer", s.Unit(false), models.Officer))
		if p := officer.Fill(officer.Open("/desk/opinions/"+hidden+"/hide"), "/hide", "reason", "personal_data", "note", "里面有他人的电话"); p.Status != 200 {
			t.Fatalf("hiding: %d %s\n%s", p.Status, p.Path, p.Find("main").Text())
		}
		for n := 1; n <= 45; n++ {
			lin.Post("/consultations/"+c.ID+"/basket?clause=a"+strconv.Itoa(1+n%2), url.Values{"body": {fmt.Sprintf("意见%d。", n)}})
			if n%15 == 0 {
				lin.Fill(lin.Open("/consultations/"+c.ID+"/basket"), "/basket/send")
			}
		}
		p, said, second := lin.Open("/me"), "", ""
		if !strings.Contains(p.Find("main .section").First().Text(), c.TitleZH) {
			t.Errorf("what was hidden does not wait on the first page:\n%s", p.Find("main").Text())
		}
		for pages := 1; ; pages++ {
			if n := p.Find(".me-group li").Length(); n > 20 {
				t.Errorf("page %d has %d opinions", pages, n)
			}
			said += p.Find(".me-group").Text()
			next, more := p.Find("a[rel=next]").Attr("href")
			if !more {
				break
			}
			if second = next; pages > 5 {
				t.Fatal("the pages do not end")
			}
			p = lin.Open(next)
		}
		for n := 0; n <= 45; n++ {
			if got := strings.Count(said, fmt.Sprintf("意见%d。", n)); got != 1 {
				t.Errorf("opinion %d is shown %d times", n, got)
			}
		}
		for name, p := range map[string]handlerstest.Page{"forged": lin.Open("/me?cursor=abc"), "somebody else's": wang.Open(second)} {
			if p.Status != 422 || strings.Contains(p.Body, "意见1。") {
				t.Errorf("a cursor that is %s: %d", name, p.Status)
			}
		}
	})
}

func TestForgedCursorsAndClosedThingsAreRefusedInWords(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		c := s.Consultation(nil, false)
		author := s.As(modelstest.Person(t, s.DB, "author", models.Unit{}))
		id, _ := given(t, s, author, c.ID, "第一条")
		given(t, s, author, c.ID, "第二条")
		api := "/api/v1/consultations/" + c.ID + "/opinions"
		first := author.Open(api + "?limit=1&clause=a1")
		_, after, ok := strings.Cut(first.Body, `"next_cursor":"`)
		if !ok {
			t.Fatalf("no cursor: %s", first.Body)
		}
		cursor, _, _ := strings.Cut(after, `"`)
		for name, q := range map[string]string{"changed": "?clause=a1&cursor=" + cursor + "x", "of another clause": "?clause=a2&cursor=" + cursor, "of another order": "?clause=a1&sort=supported&cursor=" + cursor, "nonsense": "?cursor=%27%3B--", "stance": "?stance=angry", "a clause that never was": "?clause=a99", "sort": "?sort=random"} {
			if p := author.Open(api + q); p.Status != 422 || !strings.Contains(p.Header.Get("Content-Type"), "problem+json") {
				t.Errorf("%s: %d %s", name, p.Status, p.Body)
			}
		}
		if p := author.Open(api + "?limit=1&clause=a1&cursor=" + cursor); p.Status != 200 || !strings.Contains(p.Body, "第一条") {
			t.Errorf("the true cursor: %d %s", p.Status, p.Body)
		}
		// The window closes: nothing is taken any more, words come back.
		err := s.DB.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			row, err := tx.Consultation(c.ID)
			if err != nil {
				return err
			}
			return tx.MoveClosing(c.ID, *row.ClosesAt, tx.Now.Add(-time.Minute), nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		reader := s.As(modelstest.Person(t, s.DB, "reader", models.Unit{}))
		for path, v := range map[string]url.Values{"/opinions/" + id + "/replies": {"body": {"晚来的话"}}, "/consultations/" + c.ID + "/basket?clause=a1": {"body": {"晚来的话"}}, "/opinions/" + id + "/support": {"support": {"on"}}} {
			p := reader.Post(path, v)
			if p.Status != 409 || v.Get("body") != "" && !strings.Contains(p.Body, "晚来的话") || v.Has("support") && (!strings.Contains(p.Body, "不能再支持") || strings.Contains(p.Find("main").Text(), "您写的内容")) {
				t.Errorf("%s after closing: %d", path, p.Status)
			}
		}
	})
}

// The opinions of a whole consultation are listed in every order as those of one clause
// are: page by page, each once, and a page of any length takes three statements at most:
// those with voices, those without, and the replies.
func TestAWholeConsultationIsListedInEveryOrder(t *testing.T) {
	handlerstest.Each(t, func(t *testing.T, s handlerstest.Site) {
		var asked atomic.Int64
		s.DB.OnRead(func(statement string) { // other things read meanwhile: only what lists opinions counts
			if strings.Contains(statement, "parent_id = '' AND shown") || strings.Contains(statement, "parent_id IN") {
				asked.Add(1)
			}
		})
		c := s.Consultation(nil, false)
		var all []models.Opinion
		err := s.DB.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			all = nil
			for i := range 45 {
				o := models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, Number: int64(i + 1), VersionNumber: 1, ClauseKey: fmt.Sprint("a", i%2+1), Voice: "v:1", Stance: models.Stances[i%3],
					Body: "路口太窄", Display: models.Anonymous, Channel: models.Web, Lang: "zh", Shown: true, Supports: int64(i * 7 % 5), Replies: int64(i * 5 % 4), CreatedAt: tx.Now}
				if err := tx.Insert(&o); err != nil {
					return err
				}
				tx.Count(c.ID, o.ClauseKey, o.Stance, 1)
				all = append(all, o)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		reader := s.As(modelstest.Person(t, s.DB, "reader", models.Unit{}))
		for _, sort := range []models.Sort{models.Newest, models.Supported, models.Discussed} {
			for _, stance := range []models.Stance{models.StanceNone, models.Stances[1]} {
				var want []string
				in := slices.Clone(all)
				slices.SortFunc(in, func(x, y models.Opinion) int {
					a, b := sort.Place(x), sort.Place(y)
					return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(b.ID, a.ID))
				})
				for _, o := range in {
					if stance == models.StanceNone || o.Stance == stance {
						want = append(want, o.ID)
					}
				}
				for _, limit := range []int{4, 100} {
					var got []string
					cursor := ""
					for {
						before := asked.Load()
						p := reader.Open(fmt.Sprintf("/api/v1/consultations/%s/opinions?sort=%s&stance=%s&limit=%d&cursor=%s", c.ID, sort, stance, limit, url.QueryEscape(cursor)))
						var page struct {
							Opinions []struct{ ID string }
							Next     string `json:"next_cursor"`
						}
						if err := json.Unmarshal([]byte(p.Body), &page); p.Status != 200 || err != nil {
							t.Fatalf("%s %s: %d %s", sort, stance, p.Status, p.Body)
						}
						for _, o := range page.Opinions {
							got = append(got, o.ID)
						}
						if n := asked.Load() - before; n == 0 || n > 3 {
							t.Errorf("%s %s by %d: %d statements", sort, stance, limit, n)
						}
						if cursor = page.Next; cursor == "" {
							break
						}
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s %s by %d:\n%v\nwant\n%v", sort, stance, limit, got, want)
					}
				}
			}
		}
	})
}
