package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/app/accounts"
	"minyi/app/drafting"
	"minyi/app/hearings"
	"minyi/app/kit/actor"
	"minyi/app/opinions"
	"minyi/app/search"
	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
	"minyi/search/embedded"
)

// examined asks for both findings and joins what they say.
func (p *place) examined() (ok bool, text string) {
	ok = true
	for _, f := range p.s.Examine(context.Background()) {
		ok = ok && f.OK
		text += fmt.Sprintf("%s: %s %v %s\n", f.Index, f.Says, f.Args, f.Cause)
	}
	return ok, text
}

func TestTheDoctorComparesTheIndexWithTheStore(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		one := p.say("烤鱿鱼的油烟太大了")
		p.until("an opinion is found", p.finds("鱿鱼", "opinion:"+one[0]))
		p.until("a running program is well", func() bool {
			ok, text := p.examined()
			return ok && !strings.Contains(text, "behind") && !strings.Contains(text, "making") && !strings.Contains(text, "at_start")
		})
		p.stop()
		if ok, text := p.examined(); !ok {
			t.Errorf("a stopped program is ill: %s", text)
		}
		p.say("炒粉摊位应当限量")
		if ok, text := p.examined(); !ok || !strings.Contains(text, "search.examined_behind") {
			t.Errorf("what a start will catch up with: %v %s", ok, text)
		}
		p.begin()
		p.until("it is caught up with", func() bool { _, text := p.examined(); return !strings.Contains(text, "behind") })
		p.stop()
		p.spoil(func(e *embedded.Engine) error {
			return e.Apply(context.Background(), index.Batch{Delete: []string{"opinion:" + one[0]}})
		})
		if ok, text := p.examined(); ok || !strings.Contains(text, "search.examined_wrong") {
			t.Errorf("a document that is missing: %v %s", ok, text)
		}
		p.begin()
	})
}

// spoil changes the index of the public while nobody keeps it.
func (p *place) spoil(f func(e *embedded.Engine) error) {
	p.t.Helper()
	e, err := embedded.Open(filepath.Join(p.dir, "public"))
	if err == nil {
		err = errors.Join(f(e), e.Close())
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// An index of an older form goes on answering until the new one is complete.
func TestAnIndexOfAnOlderFormAnswersUntilTheNewOneIsThere(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		one := p.say("垃圾桶不够")
		p.until("an opinion is found", p.finds("垃圾桶", "opinion:"+one[0]))
		p.stop()
		p.spoil(func(e *embedded.Engine) error {
			at, err := e.Position(context.Background())
			at.Mapping--
			old := index.Document{ID: "opinion:" + one[0], Kind: index.KindOpinion, Matter: models.ConsultationTopic(p.c.ID), Text: index.Words{ZH: "旧样子的垃圾桶"}}
			return errors.Join(err, e.Apply(context.Background(), index.Batch{Put: []index.Document{old}, Position: &at}))
		})
		if ok, text := p.examined(); !ok || !strings.Contains(text, "search.examined_at_start") {
			t.Errorf("an old form: %v %s", ok, text)
		}
		p.gate = make(chan struct{})
		p.begin()
		p.until("the old one answers", p.finds("旧样子", "opinion:"+one[0]))
		two := p.say("围挡挡住了盲道")
		p.until("the old one follows meanwhile", p.finds("围挡", "opinion:"+two[0]))
		p.until("the doctor says what goes on", func() bool {
			ok, text := p.examined()
			return ok && strings.Contains(text, "public: search.health_making")
		})
		close(p.gate)
		p.until("the new one is in use", func() bool { return p.find(search.Ask{Text: "旧样子"}).Total == 0 })
		for text, id := range map[string]string{"垃圾桶": one[0], "围挡": two[0]} {
			if got := ids(p.find(search.Ask{Text: text})); !slices.Contains(got, "opinion:"+id) {
				t.Errorf("%s finds %v in the new one", text, got)
			}
		}
	})
}

// What an officer has begun is found at the desk from its first moment and as it stands,
// by nobody else, and the doctor counts it as the index does.
func TestTheDeskFindsWhatIsBegun(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		ctx, officer := context.Background(), p.officer(models.Officer)
		if err := p.db.InTx(ctx, actor.System.Act("test", ""), func(tx *models.Tx) error {
			for range 200 { // the fixtures took the first ones themselves
				if _, err := tx.NewConsultationID(time.UTC); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		c, err := drafting.New(p.db, time.UTC).Create(ctx, officer, drafting.Input{UnitID: p.department.ID, TitleZH: "河堤散步道管理办法"}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		desk := hearings.New(p.db, hearings.Options{Zone: time.UTC, Secret: []byte("0123456789abcdef0123456789abcdef")})
		h, err := desk.Create(ctx, officer, hearings.Input{Kind: models.KindHearing, UnitID: p.department.ID, TitleZH: "渡船班次听证会"}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		found := func(text, id string) func() bool {
			return func() bool {
				return slices.Contains(ids(p.find(search.Ask{Text: text, Desk: true}, officer)), id)
			}
		}
		p.until("a consultation that was begun", found("河堤散步道", "consultation:"+c.ID))
		p.until("a hearing that was begun", found("渡船班次", "hearing:"+h.ID))
		if _, err := desk.Edit(ctx, officer, h.ID, h.Revision, hearings.Input{Kind: models.KindHearing, UnitID: p.department.ID, TitleZH: "摆渡时刻听证会"}); err != nil {
			t.Fatal(err)
		}
		p.until("the doctor agrees", func() bool { ok, _ := p.examined(); return ok })
		p.until("its new title", found("摆渡时刻", "hearing:"+h.ID))
		for _, text := range []string{"河堤散步道", "摆渡时刻"} {
			if f := p.find(search.Ask{Text: text}); f.Total != 0 {
				t.Errorf("the public finds %v by %s", ids(f), text)
			}
		}
	})
}

// The desk finds somebody by a new contact and a new name within moments, and not by
// the old ones.
func TestTheDeskFollowsAChangedContact(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		ctx := context.Background()
		who := actor.Actor{PersonID: modelstest.Person(t, p.db, "before", models.Unit{}).ID, Lang: "zh"}
		said, err := p.opinions.Submit(ctx, who, opinions.SubmitInput{ConsultationID: p.c.ID, Opinions: []opinions.Said{{ClauseKey: "a1", Body: "夜里灯光太亮"}}}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		officer := p.officer(models.Officer)
		desk := func(text string) func() bool {
			return func() bool {
				f := p.find(search.Ask{Text: text, Desk: true}, officer)
				return !f.Loose && slices.Contains(ids(f), "opinion:"+said.Opinions[0])
			}
		}
		p.until("found by the contact", desk("before@minyi.example"))
		s := accounts.New(accounts.Options{DB: p.db, Secret: []byte("a secret of thirty-two characters"), Log: slog.New(slog.DiscardHandler)})
		sent, err := s.SendContactCode(ctx, who, "fresh@minyi.example")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ChangeContact(ctx, who, sent.Ticket, p.code("fresh@minyi.example")); err != nil {
			t.Fatal(err)
		}
		p.until("found by the new contact", desk("fresh@minyi.example"))
		if err := s.ChangeProfile(ctx, who, accounts.ProfileInput{Name: "林晓月", Nickname: "月", Notify: "none", Lang: "zh"}); err != nil {
			t.Fatal(err)
		}
		p.until("found by the new name", desk("林晓月"))
		if desk("before@minyi.example")() { // their name was the same word
			t.Error("found by a contact that is not theirs any more")
		}
		if f := p.find(search.Ask{Text: "林晓月"}); f.Total != 0 {
			t.Errorf("the public finds a name: %v", ids(f))
		}
	})
}

// code is the code that was sent to somebody.
func (p *place) code(recipient string) string {
	p.t.Helper()
	list, err := p.db.Letters(context.Background(), false, "", 100)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, l := range list {
		var data struct{ Code string }
		if l.Recipient == recipient && json.Unmarshal([]byte(l.Data), &data) == nil {
			return data.Code
		}
	}
	p.t.Fatalf("no letter to %s", recipient)
	return ""
}
