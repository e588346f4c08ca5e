package search_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/search"
	"minyi/models"
	"minyi/models/modelstest"
	index "minyi/search"
	"minyi/search/meili"
	"minyi/search/searchtest"
)

// secrets is a store in which things of every kind say the same word, 灯塔, and one of
// their own; some of them only some people may see, some nobody.
type secrets struct {
	*place
	other models.Unit // beside the department
	// ids of the documents by the word of their own
	ids map[string]string
	// who may find what, by their words
	public, here, there []string
	// waiting is what only those may find who run the room there, signedUp who signed up
	// for the hearing there, which its officers and those at its door find
	waiting, signedUp []string
	// hide is hidden after the index was made
	hide string
}

// tell writes everything; words of their own are made of letters, so that no other text
// has a part of them.
func tell(t *testing.T, p *place) *secrets {
	s := &secrets{place: p, ids: map[string]string{}}
	old := p.db.Now().Add(-time.Hour)
	err := p.db.InTx(context.Background(), models.Act{By: "system", Name: "test.secrets", Silent: true}, func(tx *models.Tx) error {
		s.other = models.Unit{ID: models.NewID(tx.Now), ParentID: p.unit.ID, Level: models.Department, Slug: "parks", NameZH: "园林局", NameEN: "Parks Bureau", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		s.other.Path = p.unit.Path + s.other.ID + "/"
		return tx.Insert(&s.other)
	})
	if err != nil {
		t.Fatal(err)
	}
	open := modelstest.Consultation(t, p.db, s.other, 2, func(c *models.Consultation) { c.TitleZH, c.TitleEN = "河堤办法", "River rules" })
	draft := modelstest.Consultation(t, p.db, p.department, 2, func(c *models.Consultation) { c.PublishedAt, c.TitleZH = nil, "未公布的办法" })
	gone := modelstest.Consultation(t, p.db, p.department, 2, func(c *models.Consultation) { c.WithdrawnAt, c.TitleZH = &old, "撤回的办法" })

	err = p.db.InTx(context.Background(), models.Act{By: "system", Name: "test.secrets", Silent: true}, func(tx *models.Tx) error {
		n := int64(0)
		opinion := func(word string, c models.Consultation, change func(o *models.Opinion)) *models.Opinion {
			n++
			o := &models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, Number: n, VersionNumber: 1, ClauseKey: "a1", Voice: "p:x", Stance: models.StanceAmend, Body: "灯塔 " + word,
				Display: models.Anonymous, Channel: models.Web, Lang: "zh", Tier: models.TierContact, Shown: true, CreatedAt: old}
			if change != nil {
				change(o)
			}
			s.ids[word] = "opinion:" + o.ID
			tx.Later(o)
			return o
		}
		opinion("amberfield", p.c, nil)
		opinion("crimsonlake", open, nil)
		opinion("dovetail", p.c, func(o *models.Opinion) { o.Shown, o.HeldAt = false, &old })
		opinion("evergreen", open, func(o *models.Opinion) { o.Shown, o.HeldAt = false, &old })
		opinion("unpublished", draft, nil)
		opinion("withdrawn", gone, nil)
		opinion("erasedbefore", p.c, func(o *models.Opinion) { o.Shown, o.ErasedAt = false, &old })
		parent := opinion("hiddenparent", p.c, func(o *models.Opinion) { o.Shown, o.HiddenAt = false, &old })
		opinion("belowhidden", p.c, func(o *models.Opinion) { o.ParentID = parent.ID })
		s.hide = opinion("hiddenlater", p.c, nil).ID

		answer := func(word string, c models.Consultation, published *time.Time) error {
			a := models.Answer{ID: models.NewID(tx.Now), ConsultationID: c.ID, Decision: models.Decisions[0], ReasonZH: "灯塔 " + word, ClauseKey: "a1", CreatedAt: old, UpdatedAt: old, PublishedAt: published}
			s.ids[word] = "answer:" + a.ID
			return tx.Insert(&a)
		}
		hearing := func(word, id string, unit models.Unit, published *time.Time) error {
			s.ids[word] = "hearing:" + id
			return tx.Insert(&models.Hearing{ID: id, UnitID: unit.ID, Profile: "x", Clauses: "[]", TitleZH: "灯塔 " + word, CreatedAt: old, UpdatedAt: old, PublishedAt: published})
		}
		room := models.Room{ID: models.NewID(tx.Now), Code: "K7M4", UnitID: s.other.ID, TitleZH: "座谈", State: models.RoomOpen, Moderated: true, CreatedAt: old, UpdatedAt: old}
		question := func(word string, change func(q *models.Question)) error {
			n++
			q := models.Question{ID: models.NewID(tx.Now), RoomID: room.ID, Number: n, Voice: "v:" + word, Body: "灯塔 " + word, Lang: "zh", State: models.QuestionQueued, CreatedAt: old, UpdatedAt: old, ShownAt: &old}
			change(&q)
			s.ids[word] = "question:" + q.ID
			return tx.Insert(&q)
		}
		signup := func(word, hearingID string, change func(r *models.Registration)) error {
			n++
			r := models.Registration{ID: models.NewID(tx.Now), HearingID: hearingID, CategoryID: "C" + hearingID, Number: n, Status: models.RegistrationConfirmed, Active: true, Seats: 1, Name: "王", KeyPoints: "灯塔 " + word,
				Contact: callable, AccessNeeds: "wheelchairs", Answers: `{"q":"bicycles"}`, Lang: "zh", Channel: models.Web, CreatedAt: old, UpdatedAt: old}
			change(&r)
			s.ids[word] = "registration:" + r.ID
			if err := tx.Insert(&r); err != nil {
				return err
			}
			return tx.Insert(&models.Ticket{ID: models.NewID(tx.Now), HearingID: hearingID, RegistrationID: r.ID, Code: "holder" + word, Digits: fmt.Sprintf("77%04d", n), Name: r.Name})
		}
		for _, err := range []error{
			answer("answerdraft", p.c, nil), answer("answerpublic", open, &old),
			hearing("hearingdraft", "h2027-901", p.department, nil), hearing("hearingpublic", "h2027-902", s.other, &old),
			tx.Insert(&models.Hearing{ID: "h2027-903", UnitID: s.other.ID, Profile: "x", Clauses: "[]", TitleZH: "取消的会", CreatedAt: old, UpdatedAt: old, PublishedAt: &old, CancelledAt: &old}),
			tx.Insert(&models.HearingCategory{ID: "Ch2027-902", HearingID: "h2027-902", Key: "speakers", Role: models.Speaker, NameZH: "陈述人", NameEN: "Speakers", Method: models.FirstCome, Seats: 9}),
			tx.Insert(&models.HearingCategory{ID: "Ch2027-903", HearingID: "h2027-903", Key: "speakers", Role: models.Speaker, NameZH: "陈述人", NameEN: "Speakers", Method: models.FirstCome, Seats: 9}),
			signup("confirmedguest", "h2027-902", func(*models.Registration) {}),
			signup("waitingguest", "h2027-902", func(r *models.Registration) { r.Status = models.RegistrationWaiting }),
			signup("withdrawnguest", "h2027-902", func(r *models.Registration) { r.Status, r.Active = models.RegistrationWithdrawn, false }),
			signup("uninvited", "h2027-903", func(*models.Registration) {}),
			tx.Insert(&room),
			question("questionshown", func(*models.Question) {}),
			question("questionwaiting", func(q *models.Question) { q.State, q.ShownAt = models.QuestionWaiting, nil }),
			question("questionheld", func(q *models.Question) { q.State = models.QuestionHeld }),
			question("questionmerged", func(q *models.Question) { q.MergedInto = "another" }),
			question("questionerased", func(q *models.Question) { q.ErasedAt = &old }),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.public = []string{"amberfield", "crimsonlake", "answerpublic", "hearingpublic", "questionshown", "hiddenlater"}
	s.here = []string{"amberfield", "dovetail", "unpublished", "withdrawn", "hiddenparent", "belowhidden", "answerdraft", "hearingdraft", "hiddenlater"}
	s.there = []string{"crimsonlake", "evergreen", "answerpublic", "hearingpublic", "questionshown"}
	s.waiting = []string{"questionwaiting", "questionheld", "questionmerged"}
	s.signedUp = []string{"confirmedguest", "waitingguest"}
	return s
}

// reader is somebody who looks for things, and what they may find.
type reader struct {
	name  string
	who   actor.Actor
	desk  bool
	finds []string
	// door says that registrations are found as those at the door see them, calls that
	// they are found by the contact that was left.
	door, calls bool
}

// callable is a contact that several people left.
const callable = "lanternkeeper@minyi.example"

// id is the document of a word, as the reader may find it.
func (s *secrets) id(r reader, word string) string {
	if id := s.ids[word]; !r.door || !strings.HasPrefix(id, "registration:") {
		return id
	}
	return s.ids[word] + ":door"
}

func (s *secrets) readers() []reader {
	in := func(unit models.Unit, roles ...models.RoleName) actor.Actor {
		a := actor.Actor{PersonID: "p" + unit.ID, Lang: "zh"}
		for _, r := range roles {
			a.Roles = append(a.Roles, models.Role{Name: r, UnitID: unit.ID, Unit: unit})
		}
		return a
	}
	runs := slices.Concat(s.there, s.waiting, s.signedUp)
	all := append(slices.Clone(s.here), s.there...)
	elsewhere := models.Unit{ID: "z", Path: "/z/"}
	both := append(in(s.department, models.Officer).Roles, in(s.other, models.Officer).Roles...)
	twice := append(in(s.other, models.Moderator).Roles, in(s.other, models.Officer).Roles...)
	return []reader{
		{name: "a visitor", who: actor.Actor{Lang: "zh"}, finds: s.public},
		{name: "a resident", who: actor.Actor{PersonID: "p", Lang: "en"}, finds: s.public},
		{name: "an officer on the public page", who: in(s.other, models.Officer), finds: s.public},
		{name: "an officer here", who: in(s.department, models.Officer), desk: true, finds: s.here},
		{name: "an officer there", who: in(s.other, models.Officer), desk: true, finds: runs, calls: true},
		{name: "a supervisor there", who: in(s.other, models.Supervisor), desk: true, finds: s.there},
		{name: "a moderator there", who: in(s.other, models.Moderator), desk: true, finds: slices.Concat([]string{"questionshown"}, s.waiting, s.signedUp), door: true},
		{name: "a moderator there who is an officer", who: actor.Actor{PersonID: "m", Roles: twice}, desk: true, finds: runs, calls: true},
		{name: "an officer of both", who: actor.Actor{PersonID: "b", Roles: both}, desk: true, finds: slices.Concat(s.here, runs), calls: true},
		{name: "an officer of the city", who: in(s.unit, models.Officer), desk: true, finds: slices.Concat(s.here, runs), calls: true},
		{name: "a supervisor of the city", who: in(s.unit, models.Supervisor), desk: true, finds: all},
		{name: "an administrator of the city", who: in(s.unit, models.Administrator), desk: true, finds: all},
		{name: "a moderator here", who: in(s.department, models.Moderator), desk: true},
		{name: "an officer of another city", who: in(elsewhere, models.Officer, models.Supervisor, models.Administrator, models.Moderator), desk: true},
		{name: "a role without a unit", who: actor.Actor{PersonID: "n", Roles: []models.Role{{Name: models.Administrator}, {Name: models.Officer}, {Name: models.Moderator}}}, desk: true},
	}
}

// look holds that a reader finds exactly what they may see, page by page, that every
// count says so, and that the words of the rest find and count nothing.
func (s *secrets) look(t *testing.T, r reader) {
	t.Helper()
	want := map[string]int{}
	var expected []string
	for _, word := range r.finds {
		expected = append(expected, s.id(r, word))
		kind, _, _ := strings.Cut(s.ids[word], ":")
		want[kind]++
	}
	slices.Sort(expected)
	for _, sort := range index.Sorts {
		var got []string
		for offset := 0; offset < 30; offset += 3 {
			f := s.find(search.Ask{Text: "灯塔", Desk: r.desk, Sort: sort, Offset: offset, Limit: 3}, r.who)
			got = append(got, ids(f)...)
			if f.Degraded || f.Total != len(expected) {
				t.Errorf("%s, %s: %d in all, not %d (degraded %v)", r.name, sort, f.Total, len(expected), f.Degraded)
				return
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, expected) {
			t.Errorf("%s, %s: finds %v, not %v", r.name, sort, got, expected)
		}
	}
	f := s.find(search.Ask{Text: "灯塔", Desk: r.desk}, r.who)
	if got := counted(f, index.ByKind); !maps.Equal(got, want) {
		t.Errorf("%s: kinds %v, not %v", r.name, got, want)
	}
	if n := counted(f, search.ByUnit)["city"]; n != len(expected) {
		t.Errorf("%s: %d in the city, not %d", r.name, n, len(expected))
	}
	for by, counts := range f.Counts {
		sum := 0
		for _, c := range counts {
			sum += c.N
		}
		if by != search.ByUnit && sum > len(expected) {
			t.Errorf("%s: %s counts %d of %d", r.name, by, sum, len(expected))
		}
	}
	for word := range s.ids {
		id, may := s.id(r, word), slices.Contains(r.finds, word)
		f := s.find(search.Ask{Text: word, Desk: r.desk}, r.who)
		if slices.Contains(ids(f), id) != may || !may && (f.Total != 0 || len(f.Counts[index.ByKind])+len(f.Counts[index.ByYear])+len(f.Counts[search.ByUnit]) > 0) {
			t.Errorf("%s looks for %s: %d in all, %v, counts %v", r.name, word, f.Total, ids(f), f.Counts)
		}
		if like := s.find(search.Ask{Text: "灯塔 " + word + " 灯塔", Similar: true, Desk: r.desk}, r.who); !may && slices.Contains(ids(like), id) {
			t.Errorf("%s: what is like %s shows it", r.name, word)
		}
		if f := s.find(search.Ask{Text: word, Desk: r.desk, Choices: map[index.Facet][]string{index.ByState: {"held", "hidden", "draft", "merged"}}}, r.who); !may && f.Total != 0 {
			t.Errorf("%s finds %s by its state", r.name, word)
		}
	}
	calls := 0
	if r.calls {
		calls = len(s.signedUp)
	}
	if f := s.find(search.Ask{Text: callable, Desk: r.desk}, r.who); f.Total != calls || len(f.Hits) != calls {
		t.Errorf("%s finds %d by the contact, not %d", r.name, f.Total, calls)
	}
	for _, never := range []string{"wheelchairs", "bicycles", "holderconfirmedguest"} { // needs, answers, the secret of a ticket
		if f := s.find(search.Ask{Text: never, Desk: r.desk}, r.who); f.Total != 0 {
			t.Errorf("%s finds %v by %s", r.name, ids(f), never)
		}
	}
}

func counted(f search.Found, by index.Facet) map[string]int {
	out := map[string]int{}
	for _, c := range f.Counts[by] {
		out[c.Value] = c.N
	}
	return out
}

// Nothing that a reader may not see is found, counted, marked or said to be like
// something: for every role in every unit, on both engines, also after more was hidden.
func TestNobodyFindsOrCountsWhatTheyMayNotSee(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
			newPlace(t, db, clock).keepsSecrets(t)
		})
	})
	t.Run("Meilisearch", func(t *testing.T) {
		server := searchtest.OwnMeilisearch(t)
		clock := modelstest.NewClock(modelstest.Start)
		p := newPlace(t, modelstest.SQLite(t, clock.Now), clock)
		p.engine = func(name string) (index.Engine, error) {
			return meili.Open(meili.Options{URL: server.URL, Key: server.Key, Index: "minyi_" + name}), nil
		}
		p.keepsSecrets(t)
	})
}

func (p *place) keepsSecrets(t *testing.T) {
	s := tell(t, p)
	p.begin()
	t.Cleanup(func() { p.stop() })
	visitor, city := s.readers()[0], s.readers()[9]
	total := func(r reader, n int) func() bool {
		return func() bool {
			f := p.find(search.Ask{Text: "灯塔", Desk: r.desk}, r.who)
			return !f.Degraded && f.Total == n
		}
	}
	p.until("both indexes are complete", func() bool { return total(visitor, len(visitor.finds))() && total(city, len(city.finds))() })
	for _, r := range s.readers() {
		s.look(t, r)
	}
	if err := p.opinions.Hide(context.Background(), p.officer(models.Officer), s.hide, "spam", "重复", models.Idem{}); err != nil {
		t.Fatal(err)
	}
	s.public = slices.DeleteFunc(s.public, func(w string) bool { return w == "hiddenlater" })
	p.until("the hidden one counts nowhere", total(visitor, len(s.public)))
	for _, r := range s.readers()[:3] {
		s.look(t, r)
	}
}
