package search_test

import (
	"context"
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
	// waiting is what only those may find who run the room there
	waiting []string
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
		for _, err := range []error{
			answer("answerdraft", p.c, nil), answer("answerpublic", open, &old),
			hearing("hearingdraft", "h2027-901", p.department, nil), hearing("hearingpublic", "h2027-902", s.other, &old),
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
	return s
}

// reader is somebody who looks for things, and what they may find.
type reader struct {
	name  string
	who   actor.Actor
	desk  bool
	finds []string
}

func (s *secrets) readers() []reader {
	in := func(unit models.Unit, roles ...models.RoleName) actor.Actor {
		a := actor.Actor{PersonID: "p" + unit.ID, Lang: "zh"}
		for _, r := range roles {
			a.Roles = append(a.Roles, models.Role{Name: r, UnitID: unit.ID, Unit: unit})
		}
		return a
	}
	runs := append(slices.Clone(s.there), s.waiting...)
	all := append(slices.Clone(s.here), s.there...)
	elsewhere := models.Unit{ID: "z", Path: "/z/"}
	return []reader{
		{"a visitor", actor.Actor{Lang: "zh"}, false, s.public},
		{"a resident", actor.Actor{PersonID: "p", Lang: "en"}, false, s.public},
		{"an officer on the public page", in(s.department, models.Officer), false, s.public},
		{"an officer here", in(s.department, models.Officer), true, s.here},
		{"an officer there", in(s.other, models.Officer), true, runs},
		{"a supervisor there", in(s.other, models.Supervisor), true, s.there},
		{"a moderator there", in(s.other, models.Moderator), true, append([]string{"questionshown"}, s.waiting...)},
		{"an officer of both", actor.Actor{PersonID: "b", Roles: append(in(s.department, models.Officer).Roles, in(s.other, models.Officer).Roles...)}, true, append(slices.Clone(s.here), runs...)},
		{"a supervisor of the city", in(s.unit, models.Supervisor), true, all},
		{"an administrator of the city", in(s.unit, models.Administrator), true, all},
		{"a moderator here", in(s.department, models.Moderator), true, nil},
		{"an officer of another city", in(elsewhere, models.Officer, models.Supervisor, models.Administrator), true, nil},
		{"a role without a unit", actor.Actor{PersonID: "n", Roles: []models.Role{{Name: models.Administrator}}}, true, nil},
	}
}

// look holds that a reader finds exactly what they may see, page by page, that every
// count says so, and that the words of the rest find and count nothing.
func (s *secrets) look(t *testing.T, r reader) {
	t.Helper()
	want := map[string]int{}
	var expected []string
	for _, word := range r.finds {
		expected = append(expected, s.ids[word])
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
	for word, id := range s.ids {
		may := slices.Contains(r.finds, word)
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
	visitor, city := s.readers()[0], s.readers()[8]
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
	if err := p.opinions.Hide(context.Background(), p.officer(models.Officer), s.hide, "spam", "重复"); err != nil {
		t.Fatal(err)
	}
	s.public = slices.DeleteFunc(s.public, func(w string) bool { return w == "hiddenlater" })
	p.until("the hidden one counts nowhere", total(visitor, len(s.public)))
	for _, r := range s.readers()[:3] {
		s.look(t, r)
	}
}
