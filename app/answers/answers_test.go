package answers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"minyi/app/answers"
	"minyi/app/kit/actor"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

// desk is an office with two officers, a closed consultation and opinions on it.
type desk struct {
	db            *models.DB
	s             *answers.Service
	c             models.Consultation
	one, two      actor.Actor
	other, nobody actor.Actor // an officer of another unit; a resident
	opinions      []models.Opinion
}

func as(t testing.TB, db *models.DB, p models.Person) actor.Actor {
	t.Helper()
	roles, err := db.RolesOf(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return actor.Actor{PersonID: p.ID, Name: p.Name, Roles: roles, Lang: "zh"}
}

// newDesk makes a consultation of n clauses that closed an hour ago, with opinions
// on its clauses in turn.
func newDesk(t testing.TB, db *models.DB, clock *modelstest.Clock, opinions int, change func(i int, o *models.Opinion)) *desk {
	t.Helper()
	city, unit := modelstest.City(t, db)
	elsewhere := models.Unit{ID: models.NewID(clock.Now()), ParentID: city.ID, Level: models.Department, Slug: "parks", NameZH: "园林局", NameEN: "Parks Bureau", CreatedAt: clock.Now(), UpdatedAt: clock.Now()}
	elsewhere.Path = city.Path + elsewhere.ID + "/"
	write(t, db, func(tx *models.Tx) error { return tx.Insert(&elsewhere) })
	c := modelstest.Consultation(t, db, unit, 5, func(c *models.Consultation) {
		closes := clock.Now().Add(-time.Hour)
		opens := closes.Add(-31 * 24 * time.Hour)
		c.OpensAt, c.ClosesAt, c.PublishedAt = &opens, &closes, &opens
	})
	d := &desk{db: db, s: answers.New(db), c: c}
	d.one = as(t, db, modelstest.Person(t, db, "officer-one", unit, models.Officer))
	d.two = as(t, db, modelstest.Person(t, db, "officer-two", unit, models.Officer))
	d.other = as(t, db, modelstest.Person(t, db, "officer-parks", elsewhere, models.Officer))
	d.nobody = as(t, db, modelstest.Person(t, db, "resident", unit))
	write(t, db, func(tx *models.Tx) error {
		for i := range opinions {
			o := models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, Number: int64(i + 1), VersionNumber: 1, ClauseKey: fmt.Sprintf("a%d", i%5+1), Voice: fmt.Sprint("v:", i),
				Stance: models.StanceAmend, Body: fmt.Sprintf("第 %d 条意见：收摊时间早一点。", i+1), Display: models.Anonymous, Channel: models.Web, Lang: "zh", Tier: models.TierNone, Shown: true, CreatedAt: tx.Now}
			if change != nil {
				change(i, &o)
			}
			d.opinions = append(d.opinions, o)
			tx.Later(&o)
		}
		return nil
	})
	return d
}

func write(t testing.TB, db *models.DB, f func(*models.Tx) error) {
	t.Helper()
	if err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, f); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) picks() []answers.Pick {
	var list []answers.Pick
	for _, o := range d.opinions {
		list = append(list, answers.Pick{OpinionID: o.ID})
	}
	return list
}

func (d *desk) cover(t testing.TB) models.Coverage {
	t.Helper()
	m, err := d.db.CoverageOf(ctx, []string{d.c.ID})
	if err != nil {
		t.Fatal(err)
	}
	return m[d.c.ID]
}

var (
	adopted = answers.Decision{Decision: models.Adopted, ReasonZH: "收摊时间改到二十二点。"}
	refused = answers.Decision{Decision: models.NotAdopted, ReasonZH: "这一条上位法已有规定。", ReasonEN: "A higher law settles this."}
)

func idem(key string) models.Idem { return models.Idem{Voice: "p:x", Key: key, Hash: key} }

func wants(t *testing.T, what string, err error, kind models.Kind, key string) {
	t.Helper()
	if models.KindOf(err) != kind || err == nil || !strings.HasPrefix(err.Error(), key) {
		t.Errorf("%s: got %v, want %s", what, err, key)
	}
}

func (d *desk) publish(t *testing.T) {
	t.Helper()
	if _, err := d.s.SaveReport(ctx, d.one, d.c.ID, 0, answers.Report{Story: []answers.Sentence{{Kind: answers.Asked, ZH: "我们问了：夜市几点收摊？", EN: "We asked when night markets should close."}}}); err != nil {
		t.Fatal(err)
	}
	if err := d.s.ProposeResponse(ctx, d.one, d.c.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.s.PublishResponse(ctx, d.two, d.c.ID, idem("publish")); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsPublishedBeforeEveryOpinionHasADecision(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		past := clock.Now()
		d := newDesk(t, db, clock, 8, func(i int, o *models.Opinion) {
			switch i {
			case 5: // waits to be shown: it still gets an answer
				o.Shown, o.HeldAt = false, &past
			case 6: // hidden: needs none
				o.Shown, o.HiddenAt = false, &past
			case 7: // a reply is no opinion of its own
				o.ParentID = "parent"
			}
		})
		if c := d.cover(t); c.Received != 7 || c.Open != 6 || c.Held != 1 || c.Hidden != 1 {
			t.Fatalf("coverage is %+v", c)
		}
		if _, err := d.s.DecideMany(ctx, d.one, d.c.ID, d.picks()[:5], adopted, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.s.SaveReport(ctx, d.one, d.c.ID, 0, answers.Report{Story: []answers.Sentence{{Kind: answers.Said, ZH: "您说了：早点收摊。"}}}); err != nil {
			t.Fatal(err)
		}
		wants(t, "proposing with an orphan", d.s.ProposeResponse(ctx, d.one, d.c.ID), models.Conflict, "answers.orphans")
		if _, err := d.s.Decide(ctx, d.one, d.opinions[5].ID, "", refused, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if err := d.s.ProposeResponse(ctx, d.one, d.c.ID); err != nil {
			t.Fatal(err)
		}
		wants(t, "the same person twice", d.s.PublishResponse(ctx, d.one, d.c.ID, models.Idem{}), models.Forbidden, "answers.second_person")
		// An opinion that staff enter between the two steps must not be left without an answer.
		late := d.opinions[0]
		late.ID, late.Number = models.NewID(clock.Now()), 9
		write(t, db, func(tx *models.Tx) error { return tx.Insert(&late) })
		wants(t, "publishing with a late orphan", d.s.PublishResponse(ctx, d.two, d.c.ID, models.Idem{}), models.Conflict, "answers.orphans")
		if c, _ := db.ConsultationByID(ctx, d.c.ID); c.AnsweredAt != nil {
			t.Error("a refused publishing left something behind")
		}
		if _, err := d.s.Decide(ctx, d.two, late.ID, "", adopted, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if err := d.s.PublishResponse(ctx, d.two, d.c.ID, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		r, err := d.s.Response(ctx, d.c.ID)
		if err != nil || !r.Published {
			t.Fatalf("the response is not public: %v", err)
		}
		if f := r.Figures; f.Received != 8 || f.Adopted != 6 || f.Not != 1 || f.Without != 1 {
			t.Errorf("the frozen numbers are %+v", f.Sums)
		}
	})
}

func TestResidentsSeeNoAnswerBeforePublishing(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 2, nil)
		if _, err := d.s.DecideMany(ctx, d.one, d.c.ID, d.picks(), adopted, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		seen := func() (map[string]models.Answer, int) {
			o, err := db.OpinionByID(ctx, d.opinions[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			m, err := d.s.AnswersOf(ctx, []models.Opinion{o})
			if err != nil {
				t.Fatal(err)
			}
			_, list, err := d.s.Answers(ctx, d.c.ID, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			return m, len(list)
		}
		if m, n := seen(); len(m) != 0 || n != 0 {
			t.Error("an answer is visible before it was published")
		}
		if _, err := d.s.Adoption(ctx, d.c.ID); !models.IsNotFound(err) {
			t.Errorf("the adoption table is there before publishing: %v", err)
		}
		d.publish(t)
		if m, n := seen(); m[d.opinions[0].ID].Decision != models.Adopted || n != 1 {
			t.Error("the published answer is not visible")
		}
	})
}

func TestOfficersOfOtherUnitsFindNothing(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 1, nil)
		tpl, err := d.s.AddTemplate(ctx, d.one, answers.TemplateInput{UnitID: d.c.UnitID, Name: "已有规定", ReasonZH: "上位法已有规定。"}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		id, opinion := d.c.ID, d.opinions[0].ID
		verbs := map[string]func(actor.Actor) error{
			"Decide": func(w actor.Actor) error {
				_, err := d.s.Decide(ctx, w, opinion, "", adopted, models.Idem{})
				return err
			},
			"DecideMany": func(w actor.Actor) error {
				_, err := d.s.DecideMany(ctx, w, id, d.picks(), adopted, models.Idem{})
				return err
			},
			"DecideFilter": func(w actor.Actor) error {
				_, err := d.s.DecideFilter(ctx, w, answers.Filter{ConsultationID: id}, 0, adopted, models.Idem{})
				return err
			},
			"Effect": func(w actor.Actor) error {
				_, _, err := d.s.Effect(ctx, w, answers.Filter{ConsultationID: id}, 0)
				return err
			},
			"Assign": func(w actor.Actor) error { _, err := d.s.Assign(ctx, w, id, "", []string{opinion}); return err },
			"Queue": func(w actor.Actor) error {
				_, err := d.s.Queue(ctx, w, answers.Filter{ConsultationID: id}, nil)
				return err
			},
			"Detail":           func(w actor.Actor) error { _, err := d.s.Detail(ctx, w, opinion); return err },
			"Desk":             func(w actor.Actor) error { _, err := d.s.Desk(ctx, w, id); return err },
			"SaveReport":       func(w actor.Actor) error { _, err := d.s.SaveReport(ctx, w, id, 0, answers.Report{}); return err },
			"ProposeResponse":  func(w actor.Actor) error { return d.s.ProposeResponse(ctx, w, id) },
			"TakeBackResponse": func(w actor.Actor) error { return d.s.TakeBackResponse(ctx, w, id) },
			"PublishResponse":  func(w actor.Actor) error { return d.s.PublishResponse(ctx, w, id, models.Idem{}) },
			"Template":         func(w actor.Actor) error { _, err := d.s.Template(ctx, w, tpl.ID); return err },
			"EditTemplate": func(w actor.Actor) error {
				return d.s.EditTemplate(ctx, w, tpl, answers.TemplateInput{Name: "x", ReasonZH: "y"})
			},
			"RemoveTemplate": func(w actor.Actor) error { return d.s.RemoveTemplate(ctx, w, tpl.ID) },
		}
		for name, verb := range verbs {
			if err := verb(d.other); !models.IsNotFound(err) {
				t.Errorf("%s by another unit's officer: %v", name, err)
			}
			if err := verb(d.nobody); !models.IsNotFound(err) {
				t.Errorf("%s by a resident: %v", name, err)
			}
			if err := verb(actor.Actor{Lang: "zh"}); models.KindOf(err) != models.SignIn {
				t.Errorf("%s by nobody: %v", name, err)
			}
		}
		if q, err := d.s.Queue(ctx, d.other, answers.Filter{}, nil); err != nil || len(q.Opinions) != 0 || len(q.Consultations) != 0 {
			t.Errorf("another unit's queue shows %d opinions (%v)", len(q.Opinions), err)
		}
		if c := d.cover(t); c.Answered != 0 {
			t.Error("somebody answered who must not")
		}
	})
}

func TestBulkAnswersReachEachOpinionOnce(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 1200, nil)
		if _, err := d.s.Decide(ctx, d.two, d.opinions[3].ID, "", refused, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		picks := append(d.picks(), d.picks()[0], answers.Pick{OpinionID: models.NewID(clock.Now())})
		g, err := d.s.DecideMany(ctx, d.one, d.c.ID, picks, adopted, idem("bulk"))
		if err != nil {
			t.Fatal(err)
		}
		if g.Done != 1199 || len(g.Failed) != 2 || g.Failed[0].Number != 4 {
			t.Fatalf("%d done, failed: %+v", g.Done, g.Failed)
		}
		wants(t, "the row that a colleague answered", g.Failed[0].Err, models.Conflict, "error.stale")
		if again, err := d.s.DecideMany(ctx, d.one, d.c.ID, picks, adopted, idem("bulk")); err != nil || again.AnswerID != g.AnswerID {
			t.Errorf("the same sending again made another answer (%v)", err)
		}
		if c := d.cover(t); c.Answered != 1200 || c.Open != 0 {
			t.Errorf("coverage is %+v", c)
		}
		tallies, err := db.Tallies(ctx, d.c.ID)
		if err != nil {
			t.Fatal(err)
		}
		sums := map[models.Decision]int64{}
		for _, x := range tallies {
			sums[x.Decision] += x.N
		}
		if sums[models.Adopted] != 1199 || sums[models.NotAdopted] != 1 {
			t.Errorf("tallies say %v", sums)
		}
	})
}

func TestAFilterAnswersWhatWasSeenAndNothingElse(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 30, nil)
		if _, err := d.s.Decide(ctx, d.one, d.opinions[5].ID, "", refused, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		f := answers.Filter{ConsultationID: d.c.ID, ClauseKey: "a1"}
		if gets, keeps, err := d.s.Effect(ctx, d.one, f, 20); err != nil || gets != 3 || keeps != 1 {
			t.Fatalf("the effect is %d, %d (%v)", gets, keeps, err)
		}
		g, err := d.s.DecideFilter(ctx, d.one, f, 20, adopted, models.Idem{})
		if err != nil || g.Done != 3 {
			t.Fatalf("%d done (%v)", g.Done, err)
		}
		if o, _ := db.OpinionByID(ctx, d.opinions[20].ID); o.AnswerID != "" {
			t.Error("an opinion that nobody has seen was answered")
		}
		q, err := d.s.Queue(ctx, d.one, answers.Filter{ConsultationID: d.c.ID, Decision: models.NotAdopted}, nil)
		if err != nil || len(q.Opinions) != 1 || q.Opinions[0].Number != 6 {
			t.Errorf("the decision that stood before was changed: %v (%v)", q.Opinions, err)
		}
	})
}

func TestAStaleFormChangesNothing(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 1, nil)
		id := d.opinions[0].ID
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for _, who := range []actor.Actor{d.one, d.two} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, err := d.s.Decide(ctx, who, id, "", adopted, models.Idem{})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if models.KindOf(err) != models.Conflict {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		if won != 1 {
			t.Fatalf("%d of two rival decisions won", won)
		}
		o, _ := db.OpinionByID(ctx, id)
		if _, err := d.s.Decide(ctx, d.two, id, o.AnswerID, refused, models.Idem{}); err != nil {
			t.Errorf("a decision on what was seen: %v", err)
		}
		first, err := d.s.SaveReport(ctx, d.one, d.c.ID, 0, answers.Report{OutsideZH: "一"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.s.SaveReport(ctx, d.two, d.c.ID, first.Revision, answers.Report{OutsideZH: "二"}); err != nil {
			t.Fatal(err)
		}
		_, err = d.s.SaveReport(ctx, d.one, d.c.ID, first.Revision, answers.Report{OutsideZH: "三"})
		wants(t, "a stale report", err, models.Conflict, "error.stale")
	})
}

func TestPublishedAnswersChangeOnlyWithADatedCorrection(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 3, nil)
		g, err := d.s.DecideMany(ctx, d.one, d.c.ID, d.picks(), refused, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
		d.publish(t)
		_, err = d.s.Decide(ctx, d.one, d.opinions[1].ID, g.AnswerID, adopted, models.Idem{})
		wants(t, "a change without a note", err, models.Invalid, "answers.note_missing")
		clock.Add(48 * time.Hour)
		in := adopted
		in.NoteZH = "上次算错了面积。"
		if _, err := d.s.Decide(ctx, d.one, d.opinions[1].ID, g.AnswerID, in, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		r, err := d.s.Response(ctx, d.c.ID)
		if err != nil || len(r.Corrections) != 1 {
			t.Fatalf("%d corrections (%v)", len(r.Corrections), err)
		}
		c := r.Corrections[0]
		if !c.At.Equal(clock.Now()) || c.From != models.NotAdopted || c.To != models.Adopted || len(c.Numbers) != 1 || c.Numbers[0] != 2 || c.NoteZH != in.NoteZH {
			t.Errorf("the correction says %+v", c)
		}
		if r.Figures.Not != 3 {
			t.Errorf("the frozen numbers changed: %+v", r.Figures.Sums)
		}
		a, err := d.s.Adoption(ctx, d.c.ID)
		if err != nil || a.Sums.Not != 2 || a.Sums.Adopted != 1 {
			t.Errorf("the table says %+v (%v)", a.Sums, err)
		}
	})
}

func TestLettersGoOutOncePerReceipt(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 1, nil)
		fan := modelstest.Person(t, db, "fan", models.Unit{})
		write(t, db, func(tx *models.Tx) error {
			fan.Notify = models.ChannelMail
			if err := tx.Save(&fan); err != nil {
				return err
			}
			for i, r := range []models.Receipt{
				{ContactKind: "mail", Contact: "a@minyi.example", ContactKey: "a@minyi.example", Notify: true},
				{ContactKind: "phone", Contact: "+8613800000000", ContactKey: "+8613800000000", Notify: true},
				{ContactKind: "mail", Contact: "b@minyi.example", ContactKey: "b@minyi.example"},
				{Notify: true}, {PersonID: fan.ID, Notify: true}, {PersonID: fan.ID, Notify: true},
			} {
				r.ID, r.Code, r.ConsultationID, r.Lang, r.CreatedAt = models.NewID(tx.Now), fmt.Sprint("C", i), d.c.ID, "zh", tx.Now
				tx.Later(&r)
			}
			return tx.Follow(fan.ID, d.c.ID, true)
		})
		if _, err := d.s.DecideMany(ctx, d.one, d.c.ID, d.picks(), adopted, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		d.publish(t)
		if err := d.s.PublishResponse(ctx, d.two, d.c.ID, idem("publish")); err != nil {
			t.Errorf("the same sending again: %v", err)
		}
		letters, err := db.LettersDue(ctx, clock.Now(), 50)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, l := range letters {
			got[l.Channel+" "+l.Recipient]++
		}
		want := map[string]int{"mail a@minyi.example": 1, "sms +8613800000000": 1, "mail fan@minyi.example": 1}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("letters go to %v, want %v", got, want)
		}
	})
}

func TestAConsultationWithoutOpinionsGetsAOneLineReport(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 0, nil)
		if err := d.s.ProposeResponse(ctx, d.one, d.c.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.s.PublishResponse(ctx, d.two, d.c.ID, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if r, err := d.s.Response(ctx, d.c.ID); err != nil || !r.Published || r.Figures.Received != 0 {
			t.Errorf("%+v (%v)", r, err)
		}
	})
}

func TestNothingIsPublishedWhileOpinionsAreTaken(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		d := newDesk(t, db, clock, 0, nil)
		write(t, db, func(tx *models.Tx) error {
			closes := tx.Now.Add(-time.Minute)
			d.c.ClosesAt, d.c.GraceMinutes = &closes, 30
			return tx.Save(&d.c)
		})
		wants(t, "publishing within the grace", d.s.ProposeResponse(ctx, d.one, d.c.ID), models.Conflict, "answers.still_open")
		clock.Add(30 * time.Minute)
		if err := d.s.ProposeResponse(ctx, d.one, d.c.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestBadDecisionsAreNamedFieldByField(t *testing.T) {
	db := modelstest.SQLite(t, modelstest.NewClock(modelstest.Start).Now)
	d := newDesk(t, db, modelstest.NewClock(modelstest.Start), 1, nil)
	long := strings.Repeat("长", answers.ReasonLimit+1)
	for name, c := range map[string]struct {
		in    answers.Decision
		field string
	}{
		"no decision":              {answers.Decision{ReasonZH: "x"}, "decision"},
		"an unknown decision":      {answers.Decision{Decision: "maybe", ReasonZH: "x"}, "decision"},
		"no reason":                {answers.Decision{Decision: models.ToBeStudied, ReasonZH: " \u200b\n"}, "reason_zh"},
		"a reason over the limit":  {answers.Decision{Decision: models.Adopted, ReasonZH: long}, "reason_zh"},
		"an English one over it":   {answers.Decision{Decision: models.Adopted, ReasonEN: long}, "reason_en"},
		"a clause that is not":     {answers.Decision{Decision: models.Adopted, ClauseKey: "a99", Version: 1}, "clause"},
		"a version that is not":    {answers.Decision{Decision: models.Adopted, ClauseKey: "a1", Version: 7}, "clause"},
		"a clause without version": {answers.Decision{Decision: models.Adopted, ClauseKey: "a1"}, "clause"},
	} {
		_, err := d.s.Decide(ctx, d.one, d.opinions[0].ID, "", c.in, models.Idem{})
		var e *models.Error
		if models.KindOf(err) != models.Invalid || !asError(err, &e) || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.s.Decide(ctx, d.one, d.opinions[0].ID, "", answers.Decision{Decision: models.Adopted, ReasonZH: long[:len(long)-len("长")]}, models.Idem{}); err != nil {
		t.Errorf("a reason at the limit: %v", err)
	}
}

func asError(err error, e **models.Error) bool { return errors.As(err, e) }
