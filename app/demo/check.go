package demo

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	reference = regexp.MustCompile(`第[一二三四五六七八九十]+条`)
	articleZH = regexp.MustCompile(`(?m)^第([一二三四五六七八九十]+)条　`)
	articleEN = regexp.MustCompile(`(?m)^Article (\d+)\. `)
	headingZH = regexp.MustCompile(`(?m)^## 第[一二三四五六七八九十]+章　`)
	headingEN = regexp.MustCompile(`(?m)^## Chapter \d+ `)
)

// Articles returns the Chinese text of each article of the draft by key: a1,
// a2 … in order, without number.
func (v Version) Articles() map[string]string { return articles(v.Draft.ZH, articleZH) }

func articles(draft string, mark *regexp.Regexp) map[string]string {
	found := map[string]string{}
	starts := mark.FindAllStringIndex(draft, -1)
	for i, at := range starts {
		end := len(draft)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		text := draft[at[1]:end]
		if chapter := strings.Index(text, "\n## "); chapter >= 0 {
			text = text[:chapter]
		}
		found["a"+strconv.Itoa(i+1)] = strings.TrimSpace(text)
	}
	return found
}

// checker collects what is wrong, with the place.
type checker struct {
	content Content
	now     time.Time
	wrong   []error
	people  map[string]Person
	units   map[string]bool
	authors map[string]Author
	held    map[string]string // unit by consultation
}

// CheckAt says everything that is inconsistent in the content of a site filled
// at now, whose location is the city's.
func (c Content) CheckAt(now time.Time) []error {
	k := &checker{content: c, now: now, people: map[string]Person{}, units: map[string]bool{}, authors: map[string]Author{}, held: map[string]string{}}
	k.texts(reflect.ValueOf(c), "content")
	k.city()
	for _, one := range c.Consultations {
		k.held[one.Key] = one.Unit
		k.consultation(one)
	}
	k.hearings()
	return k.wrong
}

func (k *checker) must(ok bool, format string, args ...any) {
	if !ok {
		k.wrong = append(k.wrong, fmt.Errorf("demo: "+format, args...))
	}
}

// at reads a moment; a malformed one is a finding and reads as now.
func (k *checker) at(w When, where string) time.Time {
	t, err := w.At(k.now)
	if err != nil {
		k.must(false, "%s: %v", where, err)
		return k.now
	}
	return t
}

// ordered holds that moments do not go backwards.
func (k *checker) ordered(where string, moments ...When) {
	for i := 1; i < len(moments); i++ {
		k.must(!k.at(moments[i], where).Before(k.at(moments[i-1], where)), "%s: %s is before %s", where, moments[i], moments[i-1])
	}
}

// texts finds every Text that lacks a language.
func (k *checker) texts(v reflect.Value, where string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			k.texts(v.Elem(), where)
		}
	case reflect.Slice:
		for i := range v.Len() {
			k.texts(v.Index(i), fmt.Sprintf("%s[%d]", where, i))
		}
	case reflect.Struct:
		if t, ok := v.Interface().(Text); ok {
			k.must(strings.TrimSpace(t.ZH) != "" && strings.TrimSpace(t.EN) != "", "%s lacks a language", where)
			return
		}
		for i := range v.NumField() {
			k.texts(v.Field(i), where+"."+v.Type().Field(i).Name)
		}
	}
}

func (k *checker) city() {
	for _, u := range k.content.City.Units {
		k.must(!k.units[u.Key], "unit %s is there twice", u.Key)
		k.must(u.Parent == "" || k.units[u.Parent], "unit %s stands before its parent %q", u.Key, u.Parent)
		k.units[u.Key] = true
	}
	for _, a := range k.content.Authors {
		_, twice := k.authors[a.Key]
		k.must(!twice, "author %s is there twice", a.Key)
		k.authors[a.Key] = a
	}
	for _, p := range k.content.City.People {
		_, twice := k.people[p.Key]
		k.must(!twice, "person %s is there twice", p.Key)
		k.must(k.units[p.Unit], "person %s belongs to no unit", p.Key)
		k.must(p.Author == "" || k.authors[p.Author].Name == p.Name.ZH, "person %s and author %s have different names", p.Key, p.Author)
		k.people[p.Key] = p
	}
}

// officer holds that a person of the content is an officer of the unit: one
// department never touches another's work.
func (k *checker) officer(key, unit, where string) {
	p, ok := k.people[key]
	k.must(ok && p.Role == "officer" && p.Unit == unit, "%s: %q is no officer of %s", where, key, unit)
}

func (k *checker) hearings() {
	rooms := map[string]Room{}
	for _, r := range k.content.Rooms {
		rooms[r.Code] = r
	}
	for _, h := range k.content.Hearings {
		k.hearing(h)
		if h.Room != "" {
			r, ok := rooms[h.Room]
			k.must(ok && r.Hearing == h.Key, "hearing %s and room %s do not agree", h.Key, h.Room)
			k.room(h.Agenda, r)
		}
	}
	for _, r := range k.content.Rooms {
		if r.Hearing == "" {
			k.must(r.Unit != "" && r.Title != nil && r.Place != nil && r.Opened != "", "room %s has no unit, title or time of its own", r.Code)
			k.room(r.Agenda, r)
		}
	}
}

func (k *checker) hearing(h Hearing) {
	k.must(k.held[h.Consultation] == h.Unit && h.Unit != "", "hearing %s is not held by the unit of its draft", h.Key)
	for _, a := range h.Agenda {
		if a.By != "" {
			k.officer(a.By, h.Unit, "hearing "+h.Key)
		}
	}
	k.ordered("hearing "+h.Key, h.Notice, h.SignupOpens, h.SignupCloses, h.Draw, h.Starts, h.Ends)
	groups := map[string]int{}
	for _, g := range h.Groups {
		groups[g.Key] = g.Seats
	}
	for _, s := range append(append([]Applicant{}, h.Speakers...), h.Applicants...) {
		_, known := k.authors[s.Author]
		_, group := groups[s.Group]
		k.must(known && group, "hearing %s: speaker %s in group %s", h.Key, s.Author, s.Group)
	}
	for _, s := range h.Speakers {
		groups[s.Group]--
		k.must(groups[s.Group] >= 0, "hearing %s: more speakers than seats in %s", h.Key, s.Group)
	}
	states := map[string][2]When{
		"announced": {h.Notice, h.SignupOpens}, "signup": {h.SignupOpens, h.SignupCloses},
		"drawn": {h.Draw, h.Starts}, "live": {h.Starts, h.Ends}, "recorded": {h.Ends, "+9999d@00:00"},
	}
	span, ok := states[h.State]
	k.must(ok && !k.at(span[0], h.Key).After(k.now) && k.now.Before(k.at(span[1], h.Key)), "hearing %s is not %s now", h.Key, h.State)
}

func (k *checker) room(items []AgendaItem, r Room) {
	agenda := map[string]bool{}
	for _, a := range items {
		agenda[a.Key] = true
	}
	for _, q := range r.Questions {
		_, known := k.authors[q.Author]
		k.must(known && agenda[q.Agenda], "question %s has author %s and agenda item %s", q.ID, q.Author, q.Agenda)
		k.must(q.State != "answered" || q.Answer != nil, "question %s lacks its answer", q.ID)
		k.must((q.State == "declined") == (q.Reason != ""), "question %s: declined needs a reason", q.ID)
		k.must(r.State != "closed" || q.State == "declined" || q.Answer != nil, "question %s in a closed room is not answered", q.ID)
	}
	for _, e := range r.Floor {
		_, known := k.authors[e.Author]
		k.must(known && agenda[e.Agenda], "room %s: speaker %s on item %s", r.Code, e.Author, e.Agenda)
	}
	for _, p := range r.Polls {
		k.must(len(p.Options) == len(p.Votes), "room %s: a poll has %d options and %d votes", r.Code, len(p.Options), len(p.Votes))
	}
}
