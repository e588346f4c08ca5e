package answers_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"
	"github.com/xuri/excelize/v2"

	service "minyi/app/answers"
	"minyi/app/kit/actor"
	"minyi/app/kit/docx"
	"minyi/frontend"
	"minyi/handlers/answers"
	"minyi/handlers/web"
	"minyi/models"
	"minyi/models/modelstest"
)

var ctx = context.Background()

// staff knows officers by a token that is their id.
type staff struct{ db *models.DB }

func (staff) BySession(context.Context, string) (actor.Actor, error) {
	return actor.Actor{}, models.Fail(models.SignIn, "error.sign_in")
}

func (s staff) ByToken(ctx context.Context, token string) (actor.Actor, error) {
	roles, err := s.db.RolesOf(ctx, token)
	return actor.Actor{PersonID: token, Roles: roles}, err
}

func TestEveryFormOfTheTableCarriesTheSameRows(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB, clock *modelstest.Clock) {
		_, unit := modelstest.City(t, db)
		c := modelstest.Consultation(t, db, unit, 3, func(c *models.Consultation) {
			closes := clock.Now().Add(-time.Hour)
			c.ClosesAt = &closes
		})
		one, two := modelstest.Person(t, db, "one", unit, models.Officer), modelstest.Person(t, db, "two", unit, models.Officer)
		stranger := modelstest.Person(t, db, "stranger", models.Unit{})
		var opinion string
		err := db.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			for i, body := range []string{"=HYPERLINK(\"http://x\")", "<b>粗体</b>，第二行\n还有一行", "@早点收摊"} {
				o := models.Opinion{ID: models.NewID(tx.Now), ConsultationID: c.ID, Number: int64(i + 1), VersionNumber: 1, ClauseKey: "a1", Voice: "v:1", Body: body, Display: models.Nickname, DisplayName: "老街坊", Channel: models.Web, Lang: "zh", Shown: true, CreatedAt: tx.Now}
				if i == 2 {
					o.Display, o.HiddenAt, o.Shown = models.Anonymous, &tx.Now, false
				}
				opinion = o.ID
				tx.Later(&o)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		s := service.New(db)
		r := web.NewRouter(web.Options{People: staff{db}, PublicURL: "http://minyi.test", Secret: []byte(strings.Repeat("k", 32)), Now: clock.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Site: func(string) frontend.Site { return frontend.Site{Name: "民意"} }})
		db.OnCommit(r.Cache().Committed)
		answers.Mount(r, s)
		r.Finish()
		ln := fasthttputil.NewInmemoryListener()
		server := web.NewServer(r)
		go server.Serve(ln)
		t.Cleanup(func() { server.Shutdown(ctx) })
		client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ln.Dial() }}}
		fetch := func(path, token string, status int) []byte {
			t.Helper()
			req, _ := http.NewRequest("GET", "http://minyi.test"+path, nil)
			if token != "" {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != status {
				t.Errorf("%s: %d, want %d (%v)", path, res.StatusCode, status, err)
			}
			return b
		}
		base := "/consultations/" + c.ID
		fetch(base+"/adoption.csv", "", 404)
		if soFar := string(fetch(base+"/adoption", "", 200)); !strings.Contains(soFar, "还没有公布") || strings.Contains(soFar, "粗体") {
			t.Error("before publishing the table must say what is counted so far, and nothing of the opinions' answers")
		}
		unpublished := modelstest.Consultation(t, db, unit, 1, func(c *models.Consultation) { c.PublishedAt = nil })
		fetch("/consultations/"+unpublished.ID+"/adoption", "", 404)
		if !strings.Contains(string(fetch(base+"/response", "", 200)), "正在整理") {
			t.Error("before publishing the page does not say that opinions are being worked on")
		}
		for _, path := range []string{"/desk/queue", "/desk/c/" + c.ID + "/queue?state=open", "/desk/c/" + c.ID + "/answer?upto=9", "/desk/opinions/" + opinion, "/desk/c/" + c.ID + "/report"} {
			fetch(path, one.ID, 200)
			fetch("/en"+path, one.ID, 200)
			fetch(path, stranger.ID, 404)
		}
		if _, err := s.DecideFilter(ctx, as(t, db, one), service.Filter{ConsultationID: c.ID}, 0, service.Decision{Decision: models.PartlyAdopted, ReasonZH: "改到二十二点。"}, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SaveReport(ctx, as(t, db, one), c.ID, 0, service.Report{Story: []service.Sentence{{Kind: service.Changed, ZH: "我们改了：收摊提前。"}}}); err != nil {
			t.Fatal(err)
		}
		if err := s.ProposeResponse(ctx, as(t, db, one), c.ID); err != nil {
			t.Fatal(err)
		}
		fetch("/desk/c/"+c.ID+"/report", two.ID, 200)
		if err := s.PublishResponse(ctx, as(t, db, two), c.ID, models.Idem{}); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{base + "/response", "/en" + base + "/response", "/answers.atom", base + "/answers.atom", "/api/v1" + base + "/response", "/api/v1" + base + "/answers", "/en" + base + "/adoption"} {
			fetch(path, "", 200)
		}
		table, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(fetch(base+"/adoption.csv", "", 200), []byte("\ufeff")))).ReadAll()
		if err != nil || len(table) != 6 {
			t.Fatalf("the CSV has %d lines (%v)", len(table), err)
		}
		// As on the page: the time for comments, the numbers, then the table.
		lead := table[:2]
		if !strings.HasPrefix(lead[0][0], "征求意见时间：") || strings.Join(lead[1], "|") != "收到 3 条|采纳 0 条|部分采纳 2 条|未采纳 0 条|另行研究 0 条|内容已隐去或删除 1 条" {
			t.Errorf("above the table stands %q", lead)
		}
		table = table[2:]
		if table[1][2] != "'=HYPERLINK(\"http://x\")" || table[1][1] != "老街坊" || table[1][3] != "部分采纳" || table[3][2] != "内容已按规定隐去" || table[3][1] == "老街坊" {
			t.Errorf("the CSV says %q", table)
		}
		book, err := excelize.OpenReader(bytes.NewReader(fetch(base+"/adoption.xlsx", "", 200)))
		if err != nil {
			t.Fatal(err)
		}
		sheetRows, err := book.GetRows(book.GetSheetName(0))
		if err != nil || len(sheetRows) != len(lead)+len(table) || !slices.Equal(sheetRows[1], lead[1]) {
			t.Fatalf("the sheet has %d rows, the second is %q (%v)", len(sheetRows), sheetRows[1], err)
		}
		sheetRows = sheetRows[len(lead):]
		file := fetch(base+"/adoption.docx", "", 200)
		if _, err := zip.NewReader(bytes.NewReader(file), int64(len(file))); err != nil {
			t.Fatal(err)
		}
		doc, err := docx.Read(file, docx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var inWord [][]string
		for _, b := range doc.Blocks {
			if b.Kind == docx.Table {
				inWord = b.Rows
			}
		}
		if len(inWord) != len(table) {
			t.Fatalf("Word has %d rows", len(inWord))
		}
		page := string(fetch(base+"/adoption", "", 200))
		for i, row := range table {
			for j, cell := range row {
				in := ""
				if j < len(sheetRows[i]) {
					in = sheetRows[i][j]
				}
				if in != cell || inWord[i][j] != strings.TrimPrefix(cell, "'") {
					t.Errorf("row %d, column %d: CSV %q, sheet %q, Word %q", i, j, cell, in, inWord[i][j])
				}
			}
		}
		if !strings.Contains(page, "&lt;b&gt;粗体") || strings.Contains(page, "<b>粗体") || strings.Contains(page, "@早点收摊") {
			t.Error("the page shows markup or what was hidden")
		}
	})
}

func as(t *testing.T, db *models.DB, p models.Person) actor.Actor {
	t.Helper()
	roles, err := db.RolesOf(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return actor.Actor{PersonID: p.ID, Roles: roles, Lang: "zh"}
}
