package search_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"minyi/app/accounts"
	"minyi/app/administration"
	"minyi/app/hearings"
	"minyi/app/kit/actor"
	"minyi/app/search"
	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
	"minyi/search/searchtest"
)

// signUps is a place with hearings that people sign up for.
type signUps struct {
	*place
	h       *hearings.Service
	officer actor.Actor
	// down does something while the engine of both indexes is away.
	down func(act func())
}

// hearing makes a public hearing with sign-up open.
func (s *signUps) hearing(id, title string) {
	s.t.Helper()
	now := s.db.Now()
	at := func(d time.Duration) *time.Time { t := now.Add(d); return &t }
	err := s.db.InTx(context.Background(), models.Act{By: "system", Name: "test.hearing", Silent: true}, func(tx *models.Tx) error {
		h := models.Hearing{ID: id, Kind: models.KindHearing, UnitID: s.department.ID, Profile: "government_rules", Clauses: "[]", Questions: "[]", TitleZH: title, SignupOpensAt: at(-time.Hour), SignupClosesAt: at(24 * time.Hour),
			StartsAt: at(48 * time.Hour), EndsAt: at(50 * time.Hour), PublishedAt: &tx.Now, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Insert(&h); err != nil {
			return err
		}
		tx.Emit(models.HearingTopic(id), "hearings.published", map[string]any{"id": id})
		return tx.Insert(&models.HearingCategory{ID: "C" + id, HearingID: id, Key: "speakers", Role: models.Speaker, NameZH: "摊主代表", NameEN: "Stall keepers", Method: models.FirstCome, Seats: 20})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// enter signs somebody up who phoned.
func (s *signUps) enter(hearing, name, contact, points string) hearings.Registered {
	s.t.Helper()
	r, err := s.h.Enter(context.Background(), s.officer, hearings.EntryInput{Channel: models.Phone, Contact: contact, Consent: true, RegisterInput: hearings.RegisterInput{HearingID: hearing, Name: name, Organisation: "灯火社", KeyPoints: points}}, models.Idem{})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// digits of the first ticket of a registration.
func (s *signUps) digits(id string) string {
	s.t.Helper()
	list, err := s.db.TicketsOf(context.Background(), id)
	if err != nil || len(list) == 0 || len(list[0].Digits) != 6 {
		s.t.Fatalf("tickets %+v %v", list, err)
	}
	return list[0].Digits
}

func (s *signUps) desk(text string) search.Found {
	s.t.Helper()
	return s.find(search.Ask{Text: text, Desk: true, Choices: map[index.Facet][]string{index.ByKind: {string(index.KindRegistration)}}}, s.officer)
}

// found waits until a text finds one registration, which the counts say as well.
func (s *signUps) found(id string, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		s.until(text+" finds the registration", func() bool {
			f := s.desk(text)
			return !f.Degraded && f.Total == 1 && len(f.Hits) == 1 && f.Hits[0].ID == "registration:"+id && only(f, index.ByKind, "registration", 1)
		})
	}
}

// gone waits until texts find and count nothing.
func (s *signUps) gone(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		s.until(text+" finds and counts nothing", func() bool {
			f := s.desk(text)
			return !f.Degraded && f.Total == 0 && len(f.Hits) == 0 && len(f.Counts[index.ByKind])+len(f.Counts[index.ByState])+len(f.Counts[search.ByUnit]) == 0
		})
	}
}

func newSignUps(t *testing.T, p *place, down func(act func())) *signUps {
	s := &signUps{place: p, officer: p.officer(models.Officer), down: down,
		h: hearings.New(p.db, hearings.Options{Zone: time.UTC, Secret: []byte("0123456789abcdef0123456789abcdef"), PublicURL: "https://minyi.example"})}
	s.hearing("h2027-001", "夜市灯光听证会")
	s.hearing("h2027-002", "河岸散步座谈")
	return s
}

// follow holds that the desk finds who signed up by all that its list says, and what is
// taken away by nothing at all, also when it was taken away while the engine was down.
func (s *signUps) follow() {
	ctx, t := context.Background(), s.t
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	lin := s.enter("h2027-001", "林一帆", "13900001111", "收摊以后关掉大灯")
	zhou := s.enter("h2027-001", "周晓梅", "lantern.seven@minyi.example", "请把音量调低")
	he := s.enter("h2027-002", "贺子川", "13900002222", "河岸需要座椅")
	person := modelstest.Person(t, s.db, "wan", s.unit)
	wan, err := s.h.Register(ctx, actor.Actor{PersonID: person.ID, Lang: "zh", Tier: models.TierContact}, hearings.RegisterInput{HearingID: "h2027-001", Name: "万里晴", KeyPoints: "煤气罐要检查"}, models.Idem{})
	must(err)

	s.found(lin.ID, "林一帆", "linyifan", "13900001111", "夜市灯光听证会 "+models.NumberForm(lin.Number), s.digits(lin.ID), "关掉大灯", "夜市灯光听证会 林一帆")
	s.found(zhou.ID, "周晓梅", "lantern.seven@minyi.example", "音量调低")
	s.found(he.ID, "贺子川", "河岸散步座谈 贺子川")
	s.found(wan.ID, "万里晴", "煤气罐")
	s.until("the group finds all of a hearing, with where they stand", func() bool {
		f := s.desk("摊主代表")
		return f.Total == 4 && only(f, index.ByState, "confirmed", 4)
	})
	if f := s.desk("林一帆"); f.Hits[0].Path != "/desk/hearings/h2027-001/registrations?after=0" || f.Hits[0].Matter.Title.ZH != "夜市灯光听证会" || f.Hits[0].Title.EN != "000001 林一帆 (Stall keepers)" {
		t.Errorf("hit %+v", f.Hits[0])
	}
	for _, text := range []string{"林一帆", "linyifan", "13900001111", "关掉大灯", "摊主代表"} {
		if f := s.find(search.Ask{Text: text}); f.Total != 0 || len(f.Hits) != 0 || len(f.Counts[index.ByKind]) != 0 {
			t.Errorf("everybody finds %s: %v of %d", text, ids(f), f.Total)
		}
	}

	s.down(func() { must(s.h.Withdraw(ctx, s.officer, lin.ID)) })
	s.gone("林一帆", "13900001111", "关掉大灯", s.digits(lin.ID))
	must(s.h.Cancel(ctx, s.officer, "h2027-002", "另行安排", ""))
	s.gone("贺子川", "13900002222", "河岸需要座椅")
	s.found(zhou.ID, "周晓梅")

	a := accounts.New(accounts.Options{DB: s.db, Secret: []byte("x"), Log: slog.New(slog.DiscardHandler)})
	a.OnErasing(s.h.Erased)
	s.down(func() { must(a.Erase(ctx, actor.Actor{PersonID: person.ID, Fresh: true, Lang: "zh"})) })
	s.gone("万里晴", "wanliqing", "煤气罐")
	s.found(wan.ID, models.NumberForm(wan.Number)) // it stays in the list without a name

	purge := administration.New(s.db, slog.New(slog.DiscardHandler))
	s.clock.Add(300 * 24 * time.Hour) // contacts are kept for half a year, names for three years
	s.down(func() { _, err := purge.Purge(ctx); must(err) })
	s.gone("lantern.seven@minyi.example", "lantern")
	s.found(zhou.ID, "周晓梅")
	s.clock.Add(1000 * 24 * time.Hour)
	s.down(func() { _, err := purge.Purge(ctx); must(err) })
	s.gone("周晓梅", "zhouxiaomei", "灯火社", "音量调低")
	s.found(zhou.ID, models.NumberForm(zhou.Number))
	if f := s.desk(models.NumberForm(zhou.Number)); strings.Contains(f.Hits[0].Title.ZH+f.Hits[0].Contacts+f.Hits[0].Text.ZH, "周") {
		t.Errorf("the hit still tells the name: %+v", f.Hits[0])
	}
}

func TestTheDeskFindsWhoSignedUpAndNothingThatWasTakenAway(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		each(t, func(t *testing.T, p *place) {
			newSignUps(t, p, func(act func()) {
				p.away.Store(true)
				act()
				p.stop()
				p.away.Store(false)
				p.begin()
			}).follow()
		})
	})
	t.Run("Meilisearch", func(t *testing.T) {
		eachWithMeilisearch(t, func(t *testing.T, p *place, server *searchtest.Process) {
			newSignUps(t, p, func(act func()) {
				server.Stop()
				act()
				server.Start()
			}).follow()
		})
	})
}
