package app_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/app"
	"minyi/app/demo"
	"minyi/app/operations"
	"minyi/models"
	index "minyi/search"
	"minyi/search/searchtest"
)

// found asks the API and gives how many hits there are.
func (s site) found(query string) (total int, degraded bool, titles string) {
	s.t.Helper()
	status, body, _ := s.call("GET", "/api/v1/search?"+query, "", nil)
	if status != 200 {
		s.t.Fatalf("search?%s: %d %s", query, status, body)
	}
	var out struct {
		Total    int
		Degraded bool
		Hits     []struct{ Title []struct{ Text string } }
	}
	if err := json.Unmarshal(body, &out); err != nil {
		s.t.Fatal(err)
	}
	for _, h := range out.Hits {
		for _, p := range h.Title {
			titles += p.Text
		}
		titles += "\n"
	}
	return out.Total, out.Degraded, titles
}

// eventually waits until a search finds at least so much with the engine: the index of a
// new site is made while the site serves already.
func (s site) eventually(query string, least int) int {
	s.t.Helper()
	var n int
	enough := func() bool {
		now, degraded, _ := s.found(query)
		n = now
		return n >= least && !degraded
	}
	deadline := time.Now().Add(time.Minute)
	for !enough() {
		if time.Now().After(deadline) {
			s.t.Fatalf("search?%s finds %d, never %d", query, n, least)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return n
}

func TestReindexRunsBesideALiveServerAndWithoutOne(t *testing.T) {
	s := startDemo(t)
	query := "q=" + url.QueryEscape("停车")
	n := s.eventually(query, 20)
	if err := (app.ReindexCommand{}).Run(context.Background()); err != nil {
		t.Fatal("beside the server: ", err)
	}
	if again, degraded, _ := s.found(query); again != n || degraded {
		t.Errorf("%d hits after the rebuild, %d before, degraded %v", again, n, degraded)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if err := (app.ReindexCommand{}).Run(context.Background()); err != nil {
		t.Error("without a server: ", err)
	}
}

func TestSearchAnswersItsContract(t *testing.T) { answersItsContract(t) }

func TestSearchAnswersItsContractWithMeilisearch(t *testing.T) {
	server := searchtest.Meilisearch(t)
	t.Setenv("MINYI_TEST_ENGINE", server.URL)
	t.Setenv("MINYI_MEILI_KEY", server.Key)
	answersItsContract(t)
}

func answersItsContract(t *testing.T) {
	s := startDemo(t)
	s.eventually("q="+url.QueryEscape("电梯"), 20)
	s.refusesWrongValues()
	s.narrowsAsAsked()
	for _, text := range append(searchtest.Hostile, strings.Repeat("停车", 500), strings.Repeat("parking ", 1250)) {
		for _, path := range []string{"/api/v1/search?q=", "/search?q=", "/en/search?q=", "/search.atom?q=", "/search/suggest?q="} {
			status, body, _ := s.call("GET", path+url.QueryEscape(text), "", nil)
			if status != 200 || strings.Contains(string(body), "<script>alert") {
				t.Errorf("%s%.40q: %d", path, text, status)
			}
		}
	}
	seen := map[string]bool{}
	for next, pages := "", 0; pages < 50; pages++ {
		status, body, _ := s.call("GET", "/api/v1/search?limit=7&q="+url.QueryEscape("电梯")+"&cursor="+next, "", nil)
		var out struct {
			Total int
			Hits  []struct{ ID string }
			Next  string `json:"next_cursor"`
		}
		if err := json.Unmarshal(body, &out); status != 200 || err != nil {
			t.Fatalf("page %d: %d %v", pages, status, err)
		}
		for _, h := range out.Hits {
			if seen[h.ID] {
				t.Errorf("%s stands on two pages", h.ID)
			}
			seen[h.ID] = true
		}
		if next = out.Next; next == "" {
			if len(seen) != out.Total {
				t.Errorf("%d hits on all pages, %d counted", len(seen), out.Total)
			}
			break
		}
		next = url.QueryEscape(next)
	}
	if status, _, _ := s.call("GET", "/desk/search?q=x", "", nil); status == 200 {
		t.Error("the desk is open to everybody")
	}
}

// wrong are values that exist nowhere, by their fields.
var wrong = []string{"kind=nothing", "kind=clause,nothing", "kind=all", "sort=random", "sort=", "sort=DATE", "year=soon", "year=0", "year=-2027", "year=20277", "status=ended", "status=open,ended", "stance=maybe",
	"outcome=maybe", "topic=nothing", "unit=nowhere", "unit=' OR 1=1", "cursor=forged", "cursor=AAAA.BBBB", "clause=x", "changed=no"}

// A value that does not exist is told with its field, in the language of who asks, and
// never taken for another one; an empty field is no value.
func (s site) refusesWrongValues() {
	s.t.Helper()
	for _, query := range wrong {
		field, value, _ := strings.Cut(query, "=")
		status, body, header := s.call("GET", "/api/v1/search?q=x&"+strings.ReplaceAll(query, " ", "+"), "", nil, "Accept-Language", "en")
		if value == "" {
			if status != 200 {
				s.t.Errorf("%s: %d %s", query, status, body)
			}
			continue
		}
		var problem struct {
			Status int
			Errors []struct{ Field, Detail string }
		}
		if err := json.Unmarshal(body, &problem); err != nil || status != 422 || problem.Status != 422 || len(problem.Errors) != 1 || problem.Errors[0].Field != field || problem.Errors[0].Detail == "" {
			s.t.Errorf("%s: %d %s", query, status, body)
		}
		if kind := header.Get("Content-Type"); !strings.HasPrefix(kind, "application/problem+json") {
			s.t.Errorf("%s: %s", query, kind)
		}
	}
	_, body, _ := s.call("GET", "/api/v1/search?limit=1&q="+url.QueryEscape("电梯"), "", nil)
	var first struct {
		Next string `json:"next_cursor"`
	}
	if err := json.Unmarshal(body, &first); err != nil || first.Next == "" {
		s.t.Fatalf("no second page: %v %s", err, body)
	}
	for _, other := range []string{"q=" + url.QueryEscape("停车"), "kind=opinion&q=" + url.QueryEscape("电梯"), "sort=date&q=" + url.QueryEscape("电梯")} {
		if status, _, _ := s.call("GET", "/api/v1/search?"+other+"&cursor="+url.QueryEscape(first.Next), "", nil); status != 422 {
			s.t.Errorf("the cursor of another search is taken by %s: %d", other, status)
		}
	}
}

// Each field of the contract narrows to what it says, and each order is what it says.
func (s site) narrowsAsAsked() {
	s.t.Helper()
	type hit struct {
		Kind, Unit, Status, Stance string
		At                         time.Time
		Supports                   int64
	}
	ask := func(query string) (total int, hits []hit) {
		s.t.Helper()
		status, body, _ := s.call("GET", "/api/v1/search?limit=100&"+query, "", nil)
		var out struct {
			Total int
			Hits  []hit
		}
		if err := json.Unmarshal(body, &out); err != nil || status != 200 {
			s.t.Fatalf("%s: %d %v %s", query, status, err, body)
		}
		return out.Total, out.Hits
	}
	all, hits := ask("q=" + url.QueryEscape("电梯"))
	unit := hits[0].Unit
	for query, fits := range map[string]func(h hit) bool{
		"kind=clause":         func(h hit) bool { return h.Kind == "clause" },
		"kind=opinion,answer": func(h hit) bool { return h.Kind == "opinion" || h.Kind == "answer" },
		"unit=" + unit:        func(h hit) bool { return h.Unit == unit },
		"status=open":         func(h hit) bool { return h.Status == "open" },
		"stance=support":      func(h hit) bool { return h.Stance == "support" },
		"year=" + strconv.Itoa(hits[0].At.In(s.Settings.Location()).Year()): func(h hit) bool {
			return h.At.In(s.Settings.Location()).Year() == hits[0].At.In(s.Settings.Location()).Year()
		},
	} {
		n, some := ask("q=" + url.QueryEscape("电梯") + "&" + query)
		if n == 0 || n > all || slices.ContainsFunc(some, func(h hit) bool { return !fits(h) }) {
			s.t.Errorf("%s: %d of %d, or what does not fit", query, n, all)
		}
	}
	if _, some := ask("sort=date&q=" + url.QueryEscape("电梯")); !slices.IsSortedFunc(some, func(a, b hit) int { return b.At.Compare(a.At) }) {
		s.t.Error("sort=date is not the newest first")
	}
	if _, some := ask("sort=support&q=" + url.QueryEscape("电梯")); !slices.IsSortedFunc(some, func(a, b hit) int { return cmp.Compare(b.Supports, a.Supports) }) {
		s.t.Error("sort=support is not by voices")
	}
}

func TestARestoredSiteFindsWhatItHolds(t *testing.T) {
	s := startDemo(t)
	query := "q=" + url.QueryEscape("停车")
	n := s.eventually(query, 20)
	file := filepath.Join(t.TempDir(), "backup")
	ctx := context.Background()
	if _, err := operations.New(s.DB, s.Settings.DataDir).Backup(ctx, file, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(ctx, models.Options{Dir: s.Settings.DataDir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := operations.New(db, s.Settings.DataDir).Restore(ctx, file, true); err != nil {
		t.Fatal(err)
	}
	db.Close()
	again := resume(t, s)
	if got := again.eventually(query, n); got != n {
		t.Errorf("%d hits after the restore, %d before", got, n)
	}
}

// resume starts the program again on what a stopped one left.
func resume(t *testing.T, s site) site {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, s.Settings, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func(url string) { urls <- url }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("stop: ", err)
		}
	})
	return site{App: a, t: t, url: <-urls}
}

// deskFindsWhatItOpens holds that all that somebody finds at the desk, of every kind and
// in every state, leads to a page that they may open.
func (s site) deskFindsWhatItOpens() {
	s.t.Helper()
	content, err := demo.Load()
	if err != nil {
		s.t.Fatal(err)
	}
	desks := slices.DeleteFunc(s.viewers(content), func(v *viewer) bool { return !v.desk })
	hits := func(v *viewer, query string) (paths []string) {
		status, body, _ := s.call("GET", "/desk/search?"+query, "", nil, "Cookie", v.cookie(s))
		page, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
		if status != 200 || err != nil {
			s.t.Fatalf("%s looks for %s: %d %v", v.name, query, status, err)
		}
		page.Find(".hit-title a").Each(func(_ int, hit *goquery.Selection) {
			path, _, _ := strings.Cut(hit.AttrOr("href", ""), "#")
			paths = append(paths, path)
		})
		return paths
	}
	deadline := time.Now().Add(time.Minute)
	for !slices.ContainsFunc(desks, func(v *viewer) bool { return len(hits(v, "kind=registration")) > 0 }) { // the desk's index is made last
		if time.Now().After(deadline) {
			s.t.Fatal("nobody at the desk finds who signed up")
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, v := range desks {
		for _, kind := range index.Kinds {
			for n := 1; n <= 3; n++ {
				for _, path := range hits(v, fmt.Sprintf("kind=%s&page=%d", kind, n)) {
					if status, _, _ := s.call("GET", path, "", nil, "Cookie", v.cookie(s)); status != 200 && status != 303 {
						s.t.Errorf("what %s finds (%s) leads to %s: %d", v.name, kind, path, status)
					}
				}
			}
		}
	}
}

// Everything that the site shows is found, each kind by itself, and leads to its page;
// the doctor agrees, beside the server and without one.
func TestEveryKindIsFoundAndTheDoctorAgrees(t *testing.T) {
	s := startDemo(t)
	for _, kind := range index.Kinds {
		if kind.DeskOnly() {
			if status, body, _ := s.call("GET", "/api/v1/search?kind="+string(kind), "", nil); status != 422 {
				t.Errorf("%s is asked of the public: %d %s", kind, status, body)
			}
			continue
		}
		s.eventually("kind="+string(kind), 1)
		_, body, _ := s.call("GET", "/api/v1/search?limit=2&kind="+string(kind), "", nil)
		var out struct {
			Hits []struct{ Kind, URL string }
		}
		if err := json.Unmarshal(body, &out); err != nil || len(out.Hits) == 0 {
			t.Fatalf("%s: %v %s", kind, err, body)
		}
		for _, h := range out.Hits {
			at, err := url.Parse(h.URL)
			if err != nil || h.Kind != string(kind) {
				t.Fatalf("%s: hit %+v %v", kind, h, err)
			}
			if status, _, _ := s.call("GET", at.Path, "", nil); status != 200 && status != 303 { // an opinion leads to its place among the others
				t.Errorf("%s leads to %s: %d", kind, h.URL, status)
			}
		}
	}
	s.deskFindsWhatItOpens()
	s.eventually("kind=report&q="+url.QueryEscape("听证"), 1) // the report of a hearing, beside those of consultations
	doctor := app.DoctorCommand{Lang: "en"}
	if err := doctor.Run(context.Background()); err != nil {
		t.Error("beside the server: ", err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if err := doctor.Run(context.Background()); err != nil {
		t.Error("without a server: ", err)
	}
}
