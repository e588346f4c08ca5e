package meili_test

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"testing"

	"minyi/search"
	"minyi/search/meili"
	"minyi/search/searchtest"
)

var update = flag.Bool("update", false, "record the exchanges anew, with a real server")

const recording = "testdata/exchanges.json"

// conversation is what is recorded: an index is made, filled, asked, changed and made
// anew. Tasks that are still under way are asked for again, so those that took long when
// it was recorded take as long when it is replayed.
func conversation(t *testing.T, e *meili.Engine) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(e.Reset(ctx))
	must(e.Apply(ctx, search.Batch{Put: searchtest.Corpus()[:5], Position: &search.Position{Store: "s", Mapping: search.Mapping, Seq: 3}}))
	at, err := e.Position(ctx)
	must(err)
	if at.Seq != 3 {
		t.Errorf("position %+v", at)
	}
	r, err := e.Search(ctx, search.Query{Text: "停车管理条例第十二条", Limit: 5, Facets: []search.Facet{search.ByKind, search.ByYear}, Filters: map[search.Facet][]string{search.ByKind: {"clause"}}})
	must(err)
	if len(r.Hits) == 0 || r.Hits[0].Number != "第十二条" || r.Facets[search.ByKind]["clause"] == 0 {
		t.Errorf("found %+v", r)
	}
	r, err = e.Search(ctx, search.Query{Text: `gadrens" OR 1=1`, Limit: 5, Sort: search.ByDate, Without: []string{`a"b\c`}})
	must(err)
	must(e.Apply(ctx, search.Batch{Delete: []string{"consultation:2027-001"}, Position: &search.Position{Store: "s", Mapping: search.Mapping, Seq: 4}}))
	n, err := e.Count(ctx)
	must(err)
	if n != 4 {
		t.Errorf("%d documents, not 4", n)
	}
	must(e.Health(ctx))
}

func TestTheClientAsksAsItWasRecorded(t *testing.T) {
	if *update {
		server := searchtest.Meilisearch(t)
		recorder := &searchtest.Recorder{}
		conversation(t, meili.Open(meili.Options{URL: server.URL, Key: server.Key, Index: "minyi_recorded", HTTP: &http.Client{Transport: recorder}}))
		b, err := json.Marshal(recorder.Kept)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(recording, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	replayer := searchtest.Replay(t, recording)
	conversation(t, meili.Open(meili.Options{URL: "http://meilisearch.example", Key: "x", Index: "minyi_recorded", HTTP: &http.Client{Transport: replayer}}))
	if replayer.Left() > 0 {
		t.Errorf("%d recorded exchanges were not asked for", replayer.Left())
	}
}

// A server that is away, refuses or lies is an engine that is away, never a wrong answer.
func TestAServerThatIsAway(t *testing.T) {
	e := meili.Open(meili.Options{URL: "http://127.0.0.1:1", Key: "k", Index: "minyi_away"})
	if _, err := e.Search(context.Background(), search.Query{Text: "x"}); err == nil {
		t.Error("no error")
	}
	if err := e.Health(context.Background()); err == nil {
		t.Error("healthy")
	}
}
