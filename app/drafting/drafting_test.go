package drafting_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/app/drafting"
	"minyi/app/kit/actor"
	"minyi/app/kit/outline"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

type desk struct {
	s             *drafting.Service
	db            *models.DB
	first, second actor.Actor
	stranger      actor.Actor
	unit          models.Unit
}

func newDesk(t *testing.T, db *models.DB) desk {
	city, unit := modelstest.City(t, db)
	d := desk{s: drafting.New(db, time.FixedZone("CST", 8*3600)), db: db, unit: unit}
	as := func(name string, in models.Unit) actor.Actor {
		p := modelstest.Person(t, db, name, in, models.Officer)
		roles, err := db.RolesOf(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		return actor.Actor{PersonID: p.ID, Roles: roles, Lang: "zh"}
	}
	d.first, d.second = as("first", unit), as("second", unit)
	var other models.Unit
	if err := db.InTx(ctx, models.Act{By: "system", Name: "test"}, func(tx *models.Tx) error {
		other = models.Unit{ID: models.NewID(tx.Now), ParentID: city.ID, Level: models.Department, Slug: "parks", NameZH: "园林局", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		other.Path = city.Path + other.ID + "/"
		return tx.Insert(&other)
	}); err != nil {
		t.Fatal(err)
	}
	d.stranger = as("stranger", other)
	return d
}

func (d desk) input(now time.Time) drafting.Input {
	opens, closes := now.Add(time.Hour), now.Add(40*24*time.Hour)
	due := closes.Add(30 * 24 * time.Hour)
	return drafting.Input{UnitID: d.unit.ID, Profile: "major_decision", Topic: "markets", TitleZH: "夜市管理办法", TitleEN: "Night market rules", ExplanationZH: "说明", NextZH: "下一步",
		ContactName: "承办科", ContactPhone: "0000-5550100", OpensAt: &opens, ClosesAt: &closes, ResponseDueAt: &due}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (d desk) draft(t *testing.T, c models.Consultation, text string) models.Version {
	t.Helper()
	i := must(d.s.Import(ctx, d.first, c.ID, "draft.md", []byte(text), outline.Options{}, models.Idem{}))(t)
	return must(d.s.Confirm(ctx, d.first, i.ID, drafting.ConfirmInput{Revision: i.Revision}))(t)
}

const v1 = "# 夜市管理办法\n\n第一章　总则\n\n第一条　为了方便居民，制定本办法。\n\n第二条　夜市每天营业到晚上十一点。\n\n第三条　摊位前要留出三米宽的通道。\n"
const v2 = "# 夜市管理办法\n\n第一章　总则\n\n第一条　为了方便居民，制定本办法。\n\n第二条　夜市由街道办事处负责日常管理，遇到投诉当天答复。\n\n第三条　夜市每天营业到晚上十点半。\n\n第四条　摊位前要留出三米宽的通道。\n"

func TestPublishingTakesTwoPeopleAndOneOfThemWins(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db)
		c := must(d.s.Create(ctx, d.first, d.input(clock.Now()), models.Idem{}))(t)
		if c.ID != "2027-001" {
			t.Errorf("the first consultation of the year is %s", c.ID)
		}
		if err := d.s.Propose(ctx, d.first, c.ID); models.KindOf(err) != models.Invalid {
			t.Errorf("proposed without a draft: %v", err)
		}
		d.draft(t, c, v1)
		if err := d.s.Publish(ctx, d.second, c.ID, models.Idem{}); models.KindOf(err) != models.Conflict {
			t.Errorf("published without a proposal: %v", err)
		}
		if err := d.s.Propose(ctx, d.first, c.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.s.Publish(ctx, d.first, c.ID, models.Idem{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("the same person published: %v", err)
		}
		var wg sync.WaitGroup
		won := make(chan bool, 8)
		for range 8 {
			wg.Go(func() {
				if d.s.Publish(ctx, d.second, c.ID, models.Idem{}) == nil {
					won <- true
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Errorf("%d publishings of one consultation", len(won))
		}
		if _, err := d.s.Edit(ctx, d.first, c.ID, c.Revision, d.input(clock.Now())); models.KindOf(err) != models.Closed {
			t.Errorf("a public consultation was edited: %v", err)
		}
		if err := d.s.Undo(ctx, d.first, c.ID); err != nil {
			t.Errorf("undo within ten minutes: %v", err)
		}
	})
}

func TestClausesKeepTheirIdentityIntoTheNextVersion(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db)
		c := must(d.s.Create(ctx, d.first, d.input(clock.Now()), models.Idem{}))(t)
		d.draft(t, c, v1)
		if err := d.s.Propose(ctx, d.first, c.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.s.Publish(ctx, d.second, c.ID, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		v := d.draft(t, c, v2)
		if v.Number != 2 {
			t.Fatalf("version %d", v.Number)
		}
		clauses := must(db.ClausesOf(ctx, v.ID))(t)
		got := map[string]string{}
		for _, cl := range clauses {
			got[cl.Number] = cl.Key
		}
		if got["第三条"] != "a2" || got["第四条"] != "a3" || got["第一条"] != "a1" || got["第二条"] == "a2" {
			t.Errorf("identities after renumbering: %v", got)
		}
		if err := d.s.PublishVersion(ctx, d.first, c.ID, 2, models.Idem{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("who imported it also published it: %v", err)
		}
		if err := d.s.PublishVersion(ctx, d.second, c.ID, 2, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if err := d.s.PublishVersion(ctx, d.second, c.ID, 2, models.Idem{}); models.KindOf(err) != models.Conflict {
			t.Errorf("published twice: %v", err)
		}
	})
}

func TestOfficersOfOtherUnitsFindNothing(t *testing.T) {
	db := modelstest.SQLite(t, modelstest.NewClock(modelstest.Start).Now)
	d := newDesk(t, db)
	c := must(d.s.Create(ctx, d.first, d.input(db.Now()), models.Idem{}))(t)
	i := must(d.s.Import(ctx, d.first, c.ID, "d.md", []byte(v1), outline.Options{}, models.Idem{}))(t)
	now := db.Now()
	same := func(o outline.Outline) (outline.Outline, error) { return o, nil }
	for name, try := range map[string]func(actor.Actor) error{
		"create": func(a actor.Actor) error { _, err := d.s.Create(ctx, a, d.input(now), models.Idem{}); return err },
		"show":   func(a actor.Actor) error { _, err := d.s.Show(ctx, a, c.ID); return err },
		"edit":   func(a actor.Actor) error { _, err := d.s.Edit(ctx, a, c.ID, c.Revision, d.input(now)); return err },
		"import": func(a actor.Actor) error {
			_, err := d.s.Import(ctx, a, c.ID, "d.md", []byte(v1), outline.Options{}, models.Idem{})
			return err
		},
		"import by id": func(a actor.Actor) error { _, err := d.s.ImportByID(ctx, a, i.ID); return err },
		"fix":          func(a actor.Actor) error { _, err := d.s.Fix(ctx, a, i.ID, i.Revision, same); return err },
		"confirm": func(a actor.Actor) error {
			_, err := d.s.Confirm(ctx, a, i.ID, drafting.ConfirmInput{Revision: 1})
			return err
		},
		"give up":         func(a actor.Actor) error { return d.s.GiveUp(ctx, a, i.ID) },
		"propose":         func(a actor.Actor) error { return d.s.Propose(ctx, a, c.ID) },
		"take back":       func(a actor.Actor) error { return d.s.TakeBack(ctx, a, c.ID) },
		"publish":         func(a actor.Actor) error { return d.s.Publish(ctx, a, c.ID, models.Idem{}) },
		"undo":            func(a actor.Actor) error { return d.s.Undo(ctx, a, c.ID) },
		"publish version": func(a actor.Actor) error { return d.s.PublishVersion(ctx, a, c.ID, 1, models.Idem{}) },
		"extend": func(a actor.Actor) error {
			return d.s.Extend(ctx, a, c.ID, now.Add(99*24*time.Hour), nil, "为了多听意见", "")
		},
		"withdraw": func(a actor.Actor) error { return d.s.Withdraw(ctx, a, c.ID, "重新起草", "") },
	} {
		if err := try(d.stranger); !models.IsNotFound(err) {
			t.Errorf("%s by an officer of another unit: %v", name, err)
		}
		if err := try(actor.Actor{}); models.KindOf(err) != models.SignIn {
			t.Errorf("%s by nobody: %v", name, err)
		}
	}
	if list := must(d.s.Mine(ctx, d.stranger))(t); len(list) != 0 {
		t.Errorf("a stranger's desk shows %d consultations", len(list))
	}
	if list := must(d.s.Mine(ctx, d.first))(t); len(list) != 1 {
		t.Errorf("the officer's desk shows %d consultations", len(list))
	}
}

func TestAShortWindowNeedsAReason(t *testing.T) {
	clock := modelstest.NewClock(modelstest.Start)
	db := modelstest.SQLite(t, clock.Now)
	d := newDesk(t, db)
	in := d.input(clock.Now())
	closes := in.OpensAt.Add(12 * 24 * time.Hour)
	in.ClosesAt = &closes
	c := must(d.s.Create(ctx, d.first, in, models.Idem{}))(t)
	d.draft(t, c, v1)
	err := d.s.Propose(ctx, d.first, c.ID)
	if e, ok := err.(*models.Error); !ok || e.Key != "drafting.missing.window" {
		t.Errorf("12 days without a reason: %v", err)
	}
	in.ShortReasonZH = "中考临近，需要尽快施行。"
	if _, err := d.s.Edit(ctx, d.first, c.ID, 1, in); err != nil {
		t.Fatal(err)
	}
	if err := d.s.Propose(ctx, d.first, c.ID); err != nil {
		t.Errorf("12 days with a reason: %v", err)
	}
	if _, err := d.s.Edit(ctx, d.first, c.ID, 1, in); err == nil {
		t.Error("a stale form was taken")
	}
}

// What the notice says can be reached.
func TestTheContactOfANoticeIsAnAddress(t *testing.T) {
	clock := modelstest.NewClock(modelstest.Start)
	d := newDesk(t, modelstest.SQLite(t, clock.Now))
	in := d.input(clock.Now())
	for _, mail := range []string{"office", "office@", "13900001111"} {
		in.ContactEmail = mail
		_, err := d.s.Create(ctx, d.first, in, models.Idem{})
		if e, ok := err.(*models.Error); !ok || e.Field != "contact_email" || e.Key != "drafting.email_wrong" {
			t.Errorf("%q: %v", mail, err)
		}
	}
	in.ContactEmail = "office@yunting.example"
	must(d.s.Create(ctx, d.first, in, models.Idem{}))(t)
}

func TestFilesThatCannotBeReadLeaveNothingBehind(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	d := newDesk(t, db)
	c := must(d.s.Create(ctx, d.first, d.input(db.Now()), models.Idem{}))(t)
	for name, data := range map[string][]byte{"x.docx": []byte("PK\x03\x04broken"), "x.doc": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), "x.txt": {0, 1, 2, 3, 0x89, 0xfe, 0, 0}, "blank.md": []byte(" \n\n"), "none.txt": nil} {
		if _, err := d.s.Import(ctx, d.first, c.ID, name, data, outline.Options{}, models.Idem{}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if list := must(db.ImportsOf(ctx, c.ID))(t); len(list) != 0 {
		t.Errorf("%d imports were left behind", len(list))
	}
}

func TestARealRegulationComesThroughTheDesk(t *testing.T) {
	shared := os.Getenv("MINYI_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "data", "policies", "zh")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("SKIPPED: no policy texts at ", dir)
	}
	db := modelstest.SQLite(t, nil)
	d := newDesk(t, db)
	c := must(d.s.Create(ctx, d.first, d.input(db.Now()), models.Idem{}))(t)
	for i, year := range []string{"2020-03-27", "2024-11-29"} {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("北京市优化营商环境条例(%s).md", year)))
		if err != nil {
			t.Fatal(err)
		}
		v := d.draft(t, c, string(b))
		if i == 0 {
			if err := d.s.Propose(ctx, d.first, c.ID); err != nil {
				t.Fatal(err)
			}
			if err := d.s.Publish(ctx, d.second, c.ID, models.Idem{}); err != nil {
				t.Fatal(err)
			}
		}
		articles := 0
		for _, cl := range must(db.ClausesOf(ctx, v.ID))(t) {
			if cl.Kind == "article" {
				articles++
			}
		}
		if want := []int{83, 94}[i]; articles != want {
			t.Errorf("%s: %d articles, want %d", year, articles, want)
		}
	}
}
