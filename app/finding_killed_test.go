package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"minyi/app/kit/actor"
	"minyi/app/opinions"
	"minyi/models"
	"minyi/models/modelstest"
)

// The promise: whenever the program is killed, while its index is made, made anew or
// follows, the next start finds everything exactly once, and nothing that was hidden
// meanwhile.

// finds asks the API of a running program.
func (s *program) finds(query string) (total int, sure bool) {
	total, _, _, sure = s.page(query)
	return total, sure
}

// findsAll lists what is found on all pages.
func (s *program) findsAll(query string) (all []string) {
	for at := query; ; {
		_, ids, next, _ := s.page(at)
		if all = append(all, ids...); next == "" {
			return all
		}
		at = query + "&cursor=" + url.QueryEscape(next)
	}
}

func (s *program) page(query string) (total int, ids []string, next string, sure bool) {
	a := s.ask("GET", "/api/v1/search?"+query, nil)
	var out struct {
		Total             int
		Partial, Degraded bool
		Hits              []struct{ ID string }
		Next              string `json:"next_cursor"`
	}
	if a.err != nil || a.status != 200 || json.Unmarshal(a.body, &out) != nil {
		return 0, nil, "", false
	}
	for _, h := range out.Hits {
		ids = append(ids, h.ID)
	}
	return out.Total, ids, out.Next, !out.Partial && !out.Degraded
}

// complete waits until so many opinions are found, holds that each is there once, clause
// by clause, that those in gone are not, and that the doctor agrees.
func (s *program) complete(t *testing.T, want int, gone []string) {
	t.Helper()
	total, deadline := 0, time.Now().Add(90*time.Second)
	for sure := false; !sure || total != want; {
		if time.Now().After(deadline) {
			t.Fatalf("%d opinions are found, never %d", total, want)
		}
		total, sure = s.finds("kind=opinion&limit=1")
		<-time.After(20 * time.Millisecond)
	}
	seen := map[string]bool{}
	for k := range articles {
		for _, id := range s.findsAll("kind=opinion&limit=100&clause=" + url.QueryEscape(fmt.Sprintf("consultation:%s#a%d", s.consultation, k+1))) {
			if seen[id] {
				t.Errorf("%s is found twice", id)
			}
			seen[id] = true
		}
	}
	if len(seen) != want {
		t.Errorf("%d opinions are found clause by clause, not %d", len(seen), want)
	}
	for _, id := range gone {
		if seen["opinion:"+id] {
			t.Errorf("%s was hidden and is found", id)
		}
	}
	out, _ := s.command(t, "doctor", "--lang", "en").CombinedOutput() // voices of what was filled in bulk have no rows
	for _, index := range []string{"public", "desk"} {
		if !strings.Contains(string(out), "ok   The "+index+" search index") {
			t.Errorf("doctor:\n%s", out)
		}
	}
}

// hideSome hides opinions while the program is dead.
func (s *program) hideSome(t *testing.T, o models.Options, gone []string) []string {
	t.Helper()
	db, err := models.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	c, err := db.ConsultationByID(ctx, s.consultation)
	if err != nil {
		t.Fatal(err)
	}
	unit, err := db.UnitByID(ctx, c.UnitID)
	if err != nil {
		t.Fatal(err)
	}
	p := modelstest.Person(t, db, "officer"+strings.ToLower(models.NewID(db.Now())), unit, models.Officer)
	who := actor.Actor{PersonID: p.ID, Lang: "zh", Roles: []models.Role{{PersonID: p.ID, UnitID: unit.ID, Name: models.Officer, Unit: unit}}}
	list, _, err := db.OpinionIDsAfter(ctx, s.consultation, models.OpinionPlace{N: int64(20 * (len(gone) + 1))}, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range list {
		if err := opinions.New(db).Hide(ctx, who, id, "spam", "重复", models.Idem{}); err != nil {
			t.Fatal(err)
		}
	}
	return append(gone, list...)
}

// killedWhileIndexing kills the program while the index is made at its first start,
// made anew on demand, and follows what residents write.
func (s *program) killedWhileIndexing(t *testing.T, o models.Options, have, rounds int) {
	var gone []string
	for range rounds { // the first index is being made
		<-time.After(rand.N(250 * time.Millisecond))
		s.end(syscall.SIGKILL)
		gone = s.hideSome(t, o, gone)
		s.restart(t)
	}
	s.complete(t, have-len(gone), gone)
	for range rounds { // it is being made anew
		anew := s.command(t, "reindex")
		if err := anew.Start(); err != nil {
			t.Fatal(err)
		}
		<-time.After(300*time.Millisecond + rand.N(400*time.Millisecond))
		s.end(syscall.SIGKILL)
		_ = anew.Process.Kill()
		_ = anew.Wait()
		gone = s.hideSome(t, o, gone)
		s.restart(t)
	}
	s.complete(t, have-len(gone), gone)
	l := &ledger{}
	for range rounds { // it follows
		s.killedWhileWriting(t, l, 200*time.Millisecond+rand.N(300*time.Millisecond))
		gone = s.hideSome(t, o, gone)
		s.restart(t)
		s.sendAgain(t, l)
	}
	s.complete(t, have+len(l.all)-len(gone), gone)
	s.stop()
}

func TestKilledWhileItIndexesEverythingIsFoundOnce(t *testing.T) {
	dir := t.TempDir()
	o := models.Options{Dir: dir}
	s := filled(t, o, 0, 2000, "MINYI_DATA_DIR="+dir)
	s.killedWhileIndexing(t, o, 2000, 1)
}
