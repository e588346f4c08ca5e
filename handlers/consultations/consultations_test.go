package consultations_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/valyala/fasthttp/fasthttputil"

	"minyi/app/consultations"
	"minyi/app/kit/actor"
	"minyi/app/kit/cursor"
	"minyi/app/opinions"
	"minyi/frontend"
	handlers "minyi/handlers/consultations"
	"minyi/handlers/web"
	"minyi/models"
	"minyi/models/modelstest"
)

type nobody struct{}

func (nobody) BySession(context.Context, string) (actor.Actor, error) {
	return actor.Actor{}, models.Fail(models.SignIn, "error.sign_in")
}

func (nobody) ByToken(context.Context, string) (actor.Actor, error) {
	return actor.Actor{}, models.Fail(models.SignIn, "error.sign_in")
}

type site struct {
	t      *testing.T
	client *http.Client
}

func open(t *testing.T, db *models.DB) site {
	t.Helper()
	secret := []byte(strings.Repeat("k", 32))
	r := web.NewRouter(web.Options{People: nobody{}, PublicURL: "http://minyi.test", Secret: secret, Now: db.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Site: func(string) frontend.Site { return frontend.Site{Name: "民意", BaseURL: "http://minyi.test"} }})
	cursors, err := cursor.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	db.OnCommit(r.Cache().Committed)
	handlers.Mount(r, consultations.New(db), opinions.New(db), cursors, nil, nil, handlers.Nearby{Mark: func(ctx context.Context, topic string) (string, error) {
		seq, err := db.TopicPosition(ctx, topic)
		return fmt.Sprint("store:", seq), err
	}})
	r.Finish()
	ln := fasthttputil.NewInmemoryListener()
	s := web.NewServer(r)
	go s.Serve(ln)
	t.Cleanup(func() { s.Shutdown(context.Background()) })
	return site{t, &http.Client{
		Transport:     &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ln.Dial() }, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (s site) get(path string, want int) *goquery.Document {
	s.t.Helper()
	res, err := s.client.Do(httptestRequest(path))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode != want {
		s.t.Fatalf("GET %s: %d, want %d: %s", path, res.StatusCode, want, doc.Find("main").Text())
	}
	html, _ := doc.Html()
	if strings.Contains(html, "⟦") {
		i := strings.Index(html, "⟦")
		s.t.Errorf("%s shows a text that is missing: %.60s", path, html[i:])
	}
	if want == 200 && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && doc.Find("h1").Length() != 1 {
		s.t.Errorf("%s has %d h1", path, doc.Find("h1").Length())
	}
	return doc
}

func httptestRequest(path string) *http.Request {
	r := httptest.NewRequest("GET", "http://minyi.test"+path, nil)
	r.RequestURI = ""
	return r
}

func say(t *testing.T, db *models.DB, id, clause, body string, n int) {
	t.Helper()
	for i := range n {
		_, err := opinions.New(db).Submit(context.Background(), actor.Actor{PersonID: fmt.Sprint("p", i), Lang: "zh"}, opinions.SubmitInput{ConsultationID: id, Opinions: []opinions.Said{{ClauseKey: clause, Stance: models.StanceAmend, Body: fmt.Sprint(body, i)}}}, models.Idem{})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryPageStandsInBothLanguages(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 5, func(c *models.Consultation) {
			c.Points, c.ExplanationZH, c.NextZH = `{"zh":["收摊时间"],"who_zh":"摊主"}`, "<script>alert(1)</script>说明", "公布采纳情况"
		})
		say(t, db, c.ID, "a1", "<b>晚上</b>十一点收摊就好。", 45)
		s := open(t, db)
		for _, lang := range []string{"", "/en"} {
			for _, path := range []string{"/consultations", "/consultations/" + c.ID, "/consultations/" + c.ID + "/draft", "/consultations/" + c.ID + "/clauses/a1", "/consultations/" + c.ID + "/clauses/a1?sort=sides", "/consultations/" + c.ID + "/clauses/a1?sort=supported&stance=amend", "/consultations/" + c.ID + "/clauses/a3"} {
				doc := s.get(lang+path, 200)
				if doc.Find("main script, main b").Length() > 0 {
					t.Errorf("%s%s draws the markup of a text", lang, path)
				}
			}
			s.get(lang+"/", 200)
			s.get(lang+"/consultations.atom", 200)
			s.get(lang+"/consultations/"+c.ID+"/deadline.ics", 200)
			s.get(lang+"/c/"+c.ID, 303)
		}
		for _, path := range []string{"", "/versions", "/draft"} {
			s.get("/api/v1/consultations/"+c.ID+path, 200)
		}
		s.get("/api/v1/consultations?limit=1", 200)
	})
}

// A page asks the store at most six things, the same for one opinion and for fifty:
// nothing is asked for each of what is listed.
func TestAPageAsksAsMuchForFiftyOpinionsAsForOne(t *testing.T) {
	const most = 6
	modelstest.Each(t, func(t *testing.T, db *models.DB, _ *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 20, nil)
		say(t, db, c.ID, "a1", "第", 1)
		var mu sync.Mutex
		var asked []string
		db.OnRead(func(statement string) { mu.Lock(); defer mu.Unlock(); asked = append(asked, statement) })
		s, turn := open(t, db), 0
		asks := func(path string) []string {
			turn++
			mu.Lock()
			asked = nil
			mu.Unlock()
			s.get(fmt.Sprintf("%snobody=%d", path, turn), 200) // no page that is kept ready
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(asked)
		}
		base := "/consultations/" + c.ID
		paths := []string{"/?", "/consultations?", base + "?", base + "/draft?", base + "/clauses/a1?", base + "/clauses/a1?sort=supported&"}
		one := map[string]int{}
		for _, path := range paths {
			asks(path) // what is kept in memory is there from the second reader on
			one[path] = len(asks(path))
		}
		say(t, db, c.ID, "a1", "再", 49)
		for _, path := range paths {
			list := asks(path)
			if len(list) == 0 || len(list) > most || len(list) != one[path] {
				t.Errorf("%s: %d statements, %d with one opinion; at most %d\n%s", path, len(list), one[path], most, strings.Join(list, "\n"))
			}
		}
	})
}

func TestTheThreadIsReadPageByPageWithoutScripts(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	_, unit := modelstest.City(t, db)
	c := modelstest.Consultation(t, db, unit, 2, nil)
	say(t, db, c.ID, "a1", "第", 45)
	s := open(t, db)
	base := "/consultations/" + c.ID + "/clauses/a1"
	path, seen := base, map[string]bool{}
	for page := range 3 {
		doc := s.get(path, 200)
		doc.Find("article.opinion").Each(func(_ int, a *goquery.Selection) { seen[a.AttrOr("id", "")] = true })
		next, more := doc.Find(".thread .pager a[rel=next]").Attr("href")
		if more != (page < 2) {
			t.Fatalf("page %d: next is %v", page+1, more)
		}
		path = next
	}
	if len(seen) != 45 {
		t.Errorf("the pages show %d of 45 opinions", len(seen))
	}
	s.get(base+"?cursor=forged", 422)
	s.get("/consultations/"+c.ID+"/clauses/a9", 404)
	s.get("/opinions/nonsense", 404)
}

func TestWhatIsNotPublicIsNotThere(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	_, unit := modelstest.City(t, db)
	draft := modelstest.Consultation(t, db, unit, 2, func(c *models.Consultation) { c.PublishedAt = nil })
	taken := modelstest.Consultation(t, db, unit, 2, func(c *models.Consultation) { c.WithdrawnAt, c.WithdrawnZH = c.OpensAt, "数字写错了" })
	s := open(t, db)
	for _, path := range []string{"", "/draft", "/draft?preview=1", "/clauses/a1", "/compare", "/deadline.ics"} {
		s.get("/consultations/"+draft.ID+path, 404)
	}
	s.get("/api/v1/consultations/"+draft.ID, 404)
	for _, path := range []string{"", "/draft", "/clauses/a1"} {
		if doc := s.get("/consultations/"+taken.ID+path, 410); !strings.Contains(doc.Find("main").Text(), "数字写错了") {
			t.Errorf("%s of a withdrawn consultation does not say why", path)
		}
	}
	if list := s.get("/consultations", 200).Find("main").Text(); strings.Contains(list, draft.ID) || !strings.Contains(list, "找到 0 项") {
		t.Errorf("the list shows what is not public: %s", list)
	}
}

func TestAFilterThatMakesNoSenseIsIgnoredAndSaid(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	_, unit := modelstest.City(t, db)
	modelstest.Consultation(t, db, unit, 2, nil)
	s := open(t, db)
	doc := s.get("/consultations?status=maybe&unit=nowhere&time=soon&page=zwei", 200)
	text := doc.Find("main").Text()
	if !strings.Contains(text, "找到 1 项") || !strings.Contains(text, "没有使用：时间、状态、部门") {
		t.Errorf("the list says: %s", text)
	}
	if doc := s.get("/consultations?unit=markets&status=open", 200); doc.Find(".chosen li").Length() != 2 || doc.Find(".matter").Length() != 1 {
		t.Error("filters in force are not shown with the row they keep")
	}
	if doc := s.get("/consultations?status=answered", 200); doc.Find(".matter").Length() != 0 || doc.Find(".empty").Length() != 1 {
		t.Error("an empty list does not say what to do")
	}
	s.get("/api/v1/consultations?status=maybe", 422)
	s.get("/api/v1/consultations?cursor=forged", 422)
}

func TestAVeryLongDraftIsShownInParts(t *testing.T) {
	db := modelstest.SQLite(t, nil)
	_, unit := modelstest.City(t, db)
	c := modelstest.Consultation(t, db, unit, 300, nil)
	s := open(t, db)
	doc := s.get("/consultations/"+c.ID+"/draft", 200)
	if n := doc.Find(".draft-text [data-clause]").Length(); n < 50 || n > 130 {
		t.Errorf("the first part has %d clauses", n)
	}
	if n := s.get("/consultations/"+c.ID+"/draft?clause=a299", 200).Find("#a299").Length(); n != 1 {
		t.Error("the part with the clause that was asked for is not shown")
	}
}
