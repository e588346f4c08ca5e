package hearings_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"minyi/handlers/handlerstest"
	"minyi/models"
	"minyi/models/modelstest"
)

// Everybody at the desk, whatever their role and unit, sees of a hearing what they may and
// nothing more: no page shows a person to who has no work there, none says that there is
// such a hearing, and no link leads to a refusal.
func TestEachRoleAtTheDeskSeesWhatItMayAndNoLinkRefuses(t *testing.T) {
	handlerstest.EachAt(t, func(t *testing.T, s handlerstest.Site, clock *modelstest.Clock) {
		j := begun(t, s, clock)
		ctx := context.Background()
		other := models.Unit{}
		err := s.DB.InTx(ctx, models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
			here, err := tx.UnitBySlug("markets")
			if err != nil {
				return err
			}
			other = models.Unit{ID: models.NewID(tx.Now), ParentID: here.ParentID, Level: models.Department, Slug: "parks", NameZH: "园林局", NameEN: "Parks", CreatedAt: tx.Now, UpdatedAt: tx.Now}
			other.Path = strings.TrimSuffix(here.Path, here.ID+"/") + other.ID + "/"
			return tx.Insert(&other)
		})
		if err != nil {
			t.Fatal(err)
		}
		j.signUp()
		j.sent(j.one.Fill(j.one.Open("/desk/hearings/new"), "/new", "unit", s.Unit(true).ID, "title_zh", "未公布的听证会", "profile", "hearing_default"), "a draft")
		rows, err := s.DB.HearingsUnder(ctx, []string{s.Unit(true).Path})
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d hearings, %v", len(rows), err)
		}
		draft := rows[0].ID
		if draft == j.h.ID {
			draft = rows[1].ID
		}
		as := func(name string, unit models.Unit, role models.RoleName) *handlerstest.Browser {
			return s.As(modelstest.Person(t, s.DB, name, unit, role))
		}
		here := s.Unit(true)
		strangers := map[string]*handlerstest.Browser{"the supervisor": as("du", here, models.Supervisor), "the officer of another unit": as("yuan", other, models.Officer),
			"the moderator of another unit": as("lin", other, models.Moderator), "a resident": s.As(modelstest.Person(t, s.DB, "ju", models.Unit{}))}
		inside := map[string]*handlerstest.Browser{"the officer": j.two, "the moderator": as("men", here, models.Moderator)}
		var routes []string
		for _, r := range s.Router.Routes() {
			if r.Method == "GET" && strings.HasPrefix(r.Path, "/desk/hearings/:id") {
				routes = append(routes, r.Path)
			}
		}
		if len(routes) < 12 {
			t.Fatalf("only %d pages of a hearing at the desk", len(routes))
		}
		walk := func(when string) {
			t.Helper()
			for name, b := range strangers {
				for _, route := range routes {
					for _, id := range []string{j.h.ID, draft} {
						path := strings.ReplaceAll(route, ":id", id)
						if strings.Contains(path, ":") {
							continue
						}
						p := b.Open(path)
						if p.Status != 404 && p.Status != 403 {
							t.Errorf("%s, %s: %s answers %d", when, name, path, p.Status)
						}
						for _, secret := range []string{"秘名", "未公布的听证会", "secret-mail", "需要轮椅位"} {
							if strings.Contains(p.Body, secret) {
								t.Errorf("%s, %s: %s shows %q", when, name, path, secret)
							}
						}
					}
				}
				for _, page := range []string{"/desk", "/desk/hearings", "/en/desk", "/desk/search?q=听证会", "/hearings", "/hearings/" + j.h.ID} {
					p := b.Open(page)
					if strings.Contains(p.Body, "未公布的听证会") || p.Find("a[href*='/desk/hearings/"+j.h.ID+"']").Length() > 0 {
						t.Errorf("%s, %s: %s tells of the hearings of another desk", when, name, page)
					}
				}
			}
			for name, b := range inside {
				tried := map[string]bool{}
				var follow func(from string, deep int)
				follow = func(from string, deep int) {
					b.Open(from).Find("a[href]").Each(func(_ int, a *goquery.Selection) {
						to := strings.SplitN(a.AttrOr("href", ""), "#", 2)[0]
						if !strings.Contains(to, "/hearings") && !strings.Contains(to, "/desk") || tried[to] || strings.HasPrefix(to, "http") {
							return
						}
						tried[to] = true
						if status, _, _ := b.Raw(to); status != 200 {
							t.Errorf("%s, %s: %s links to %s, which answers %d", when, name, from, to, status)
						} else if deep > 0 && strings.Contains(to, "/desk/hearings/") && !strings.Contains(to, ".") {
							follow(to, deep-1)
						}
					})
				}
				for _, page := range []string{"/desk/hearings", "/en/desk/hearings"} {
					follow(page, 1)
				}
				if !tried["/desk/hearings/"+j.h.ID+"/registrations"] {
					t.Errorf("%s, %s: no way to the sign-ups", when, name)
				}
			}
		}
		walk("while people sign up")
		j.draw()
		j.to(j.h.EndsAt.Add(time.Hour))
		walk("at the end")
	})
}
