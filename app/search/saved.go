package search

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"minyi/app/kit/actor"
	"minyi/models"
	index "minyi/search"
)

// Limits of saved searches.
const (
	SavedMost  = 30        // of one person
	queryMost  = 1000      // characters of an address
	lookEvery  = time.Hour // a saved search is looked after
	wakeEvery  = time.Minute
	lookAtOnce = 20
	lookAtMost = 100 // new hits that one letter counts
	// settled is how long an act takes at most from its time to its place among the events.
	settled = time.Minute
)

// Params are the fields of the address of a search that can be saved.
var Params = []string{"q", "kind", "unit", "topic", "status", "year", "stance", "outcome", "changed", "clause"}

// Save keeps a search of a person: what is new is told by mail if mail is set. query
// is the address of the search without its path. Errors: SignIn, Invalid
// (search.nothing_to_save), Conflict (search.too_many_saved).
func (s *Service) Save(ctx context.Context, who actor.Actor, query string, mail bool) error {
	if !who.SignedIn() {
		return models.Fail(models.SignIn, "error.sign_in")
	}
	query = Canonical(query)
	if query == "" || len(query) > queryMost {
		return models.Fail(models.Invalid, "search.nothing_to_save")
	}
	have, err := s.o.DB.SavedSearchesOf(ctx, who.PersonID)
	if err != nil {
		return err
	}
	if len(have) >= SavedMost {
		return models.Fail(models.Conflict, "search.too_many_saved", "most", SavedMost)
	}
	return s.o.DB.InTx(ctx, who.Act("search.save", "person:"+who.PersonID), func(tx *models.Tx) error {
		return tx.SaveSearch(models.SavedSearch{ID: models.NewID(tx.Now), PersonID: who.PersonID, Query: query, Lang: who.Lang, Notify: mail, CreatedAt: tx.Now, LookedAt: tx.Now})
	})
}

// Saved lists what a person saved, the newest first. Errors: SignIn.
func (s *Service) Saved(ctx context.Context, who actor.Actor) ([]models.SavedSearch, error) {
	if !who.SignedIn() {
		return nil, models.Fail(models.SignIn, "error.sign_in")
	}
	return s.o.DB.SavedSearchesOf(ctx, who.PersonID)
}

// Forget removes a saved search. Errors: SignIn, NotFound.
func (s *Service) Forget(ctx context.Context, who actor.Actor, id string) error {
	if !who.SignedIn() {
		return models.Fail(models.SignIn, "error.sign_in")
	}
	return s.o.DB.InTx(ctx, who.Act("search.forget", "person:"+who.PersonID), func(tx *models.Tx) error {
		return tx.RemoveSavedSearch(who.PersonID, id)
	})
}

// Canonical brings the address of a search into one form: known fields, in one order.
func Canonical(query string) string {
	in, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
	if err != nil {
		return ""
	}
	out := url.Values{}
	for _, p := range Params {
		for _, v := range in[p] {
			if v, _ = index.Clean(v, index.TextLimit); v != "" {
				out.Add(p, v)
			}
		}
	}
	return out.Encode()
}

// choices are the facets whose values an address may give.
var choices = map[string]index.Facet{"kind": index.ByKind, "unit": ByUnit, "topic": ByTopic, "status": ByStatus, "year": index.ByYear, "stance": index.ByStance,
	"outcome": index.ByOutcome, "changed": index.ByChanged, "state": index.ByState}

// valuesMost is how many values of one facet an address may give.
const valuesMost = 40

// AskOf reads an address. Values may stand in several fields of a name or in one,
// separated by commas.
func AskOf(values url.Values) Ask {
	ask := Ask{Text: values.Get("q"), Choices: map[index.Facet][]string{}, Sort: index.ByRelevance}
	for name, f := range choices {
		for _, field := range values[name] {
			for v := range strings.SplitSeq(field, ",") {
				if v = strings.TrimSpace(v); v != "" && len(ask.Choices[f]) < valuesMost {
					ask.Choices[f] = append(ask.Choices[f], v)
				}
			}
		}
	}
	if c, _ := index.Clean(values.Get("clause"), index.TextLimit); strings.Contains(c, "#") {
		ask.Clause = c
	}
	for _, s := range index.Sorts {
		if string(s) == values.Get("sort") {
			ask.Sort = s
		}
	}
	return ask
}

// lookAfter looks after saved searches until ctx ends.
func (s *Service) lookAfter(ctx context.Context) {
	for ctx.Err() == nil {
		rest(ctx, wakeEvery)
		if err := s.LookAfterDue(ctx, lookEvery); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("saved searches wait", "err", err)
		}
	}
}

// LookAfterDue tells the owners of saved searches what is new, of those that were not
// looked after for a while. While the engine is away nothing is told and nothing lost.
func (s *Service) LookAfterDue(ctx context.Context, every time.Duration) error {
	list, err := s.o.DB.SavedSearchesDue(ctx, s.o.DB.Now().Add(-every), lookAtOnce)
	if err != nil {
		return err
	}
	for _, one := range list {
		if err := s.lookAfterOne(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) lookAfterOne(ctx context.Context, saved models.SavedSearch) error {
	values, err := url.ParseQuery(saved.Query)
	if err != nil {
		return err
	}
	ask := AskOf(values)
	ask.Sort, ask.Limit = index.ByDate, lookAtMost
	until, err := s.knownUntil(ctx)
	if err != nil || !until.After(saved.LookedAt) {
		return err
	}
	found, err := s.Find(ctx, actor.Actor{Lang: saved.Lang}, ask)
	if err != nil || found.Degraded {
		return err
	}
	var fresh []Hit
	for _, h := range found.Hits {
		// What is like it only by some words is not what somebody waits for.
		if news := h.News(); !found.Loose && news.After(saved.LookedAt) && !news.After(until) {
			fresh = append(fresh, h)
		}
	}
	err = s.o.DB.InTx(ctx, models.Act{By: "system", Name: "search.tell", About: "person:" + saved.PersonID, Silent: true}, func(tx *models.Tx) error {
		if err := tx.LookedAfter(saved, until); err != nil || len(fresh) == 0 {
			return err
		}
		p, err := tx.Person(saved.PersonID)
		if err != nil {
			return err
		}
		l := models.LetterTo(p, "search_alert")
		l.Lang, l.DedupeKey = saved.Lang, "search:"+saved.ID+":"+until.Format(time.RFC3339)
		return tx.QueueLetter(l, map[string]string{"query": calls(ask, fresh[0], saved.Lang), "n": count(len(fresh)), "first": fresh[0].Name(saved.Lang), "url": "/search?" + saved.Query + "&sort=date"})
	})
	if models.KindOf(err) == models.Conflict {
		return nil // another node has done it
	}
	return err
}

// knownUntil is the moment up to which the index of the public has everything: what comes
// later is told by the next look, so that an index that lags behind makes nobody miss
// anything. It is zero while the index cannot be asked.
func (s *Service) knownUntil(ctx context.Context) (time.Time, error) {
	until := s.o.DB.Now().Add(-settled)
	e := s.indexers[0].get()
	if e == nil {
		return time.Time{}, nil
	}
	at, err := e.Position(ctx)
	if errors.Is(err, index.ErrAway) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	missing, err := s.o.DB.EventsAfter(ctx, at.Seq, 1)
	if err == nil && len(missing) > 0 && !missing[0].At.After(until) {
		until = missing[0].At.Add(-time.Microsecond)
	}
	return until, err
}

// calls is how a letter calls a search: by what was typed, or else by what it is about.
func calls(ask Ask, hit Hit, lang string) string {
	switch {
	case ask.Text != "":
		return ask.Text
	case ask.Clause == "" && len(ask.Choices[ByUnit]) == 1:
		return hit.Unit.Name(lang)
	}
	return hit.Matter.Title.In(lang)
}

func count(n int) string {
	if n >= lookAtMost {
		return "100+"
	}
	return strconv.Itoa(n)
}

// Name is how a hit is called in one line: its title, or what it belongs to.
func (h Hit) Name(lang string) string {
	name := h.Title.In(lang)
	if name == "" {
		name = h.Matter.Title.In(lang)
	}
	if h.Number != "" && lang != "en" { // numbers are printed in Chinese
		name += " " + h.Number
	}
	return name
}
