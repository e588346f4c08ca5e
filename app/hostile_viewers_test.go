package app_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"minyi/app/demo"
	"minyi/app/kit/actor"
	"minyi/app/kit/code"
	"minyi/models"
	"minyi/models/modelstest"
)

// viewer is somebody who sends requests: a browser with its cookies, and a program
// with its token.
type viewer struct {
	name, person  string
	desk          bool
	session, csrf string // of the browser
	token         string
	own           []string // texts that are theirs to see
}

// viewers are the people of the demonstration who sign in, and two who do not.
func (s site) viewers(content demo.Content) []*viewer {
	s.t.Helper()
	list := []*viewer{{name: "nobody"}, {name: "visitor", session: "visit"}}
	n := map[string]int{}
	for _, p := range content.City.People {
		if n[p.Role]++; n[p.Role] > 2 || !p.SignIn {
			continue
		}
		row, err := s.Accounts().PersonByContact(context.Background(), actor.System, p.Email)
		if err != nil {
			s.t.Fatal(err)
		}
		v := &viewer{name: p.Role, person: row.ID, token: s.token(row), own: []string{p.Email, row.Name, row.Phone}}
		v.desk = !slices.Contains([]string{"resident", "attendee"}, p.Role)
		s.signIn(v)
		list = append(list, v)
	}
	return list
}

// signIn gives the viewer a new session, as a sign-in would.
func (s site) signIn(v *viewer) {
	s.t.Helper()
	if v.person == "" {
		return
	}
	secret := code.NewToken()
	err := s.DB.InTx(context.Background(), models.Act{By: "system", Name: "test", Silent: true}, func(tx *models.Tx) error {
		row := &models.Session{ID: models.NewID(tx.Now), TokenHash: code.Hash(secret), PersonID: v.person, Desk: v.desk, CSRF: code.NewToken(),
			CreatedAt: tx.Now, SeenAt: tx.Now, ExpiresAt: tx.Now.AddDate(0, 0, 7)}
		v.session, v.csrf = secret, row.CSRF
		return tx.Insert(row)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// cookie is the Cookie header of the viewer's browser, "" for none.
func (v *viewer) cookie(s site) string {
	prefix := ""
	if strings.HasPrefix(s.Settings.PublicURL, "https:") {
		prefix = "__Host-"
	}
	switch {
	case v.person != "":
		return prefix + "minyi_session=" + v.session
	case v.session != "":
		return prefix + "minyi_visit=" + code.Hash("visit")[:43]
	}
	return ""
}

// private are texts that residents and nobody may see of others: contacts, what is
// not published, what lies in a basket, who gave what without a name.
type private []string

const (
	unpublished = "尚未公布的草案题目七七四九"
	inBasket    = "篮子里还没有寄出的话七七四九"
)

// secrets puts something private into the site and gives all that is private in it.
func (s site) secrets(content demo.Content, viewers []*viewer) private {
	s.t.Helper()
	var p private
	for _, one := range content.City.People {
		p = append(p, one.Email)
	}
	ctx := context.Background()
	units, err := s.DB.Units(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	modelstest.Consultation(s.t, s.DB, units[0], 2, func(c *models.Consultation) {
		c.ID, c.PublishedAt, c.TitleZH, c.TitleEN = "2099-901", nil, unpublished, "Unpublished 7749"
	})
	open := modelstest.Consultation(s.t, s.DB, units[0], 3, func(c *models.Consultation) { c.ID = "2099-902" }).ID
	p = append(p, unpublished, "Unpublished 7749", inBasket)
	owner := viewers[slices.IndexFunc(viewers, func(v *viewer) bool { return v.name == "resident" })]
	owner.own = append(owner.own, inBasket)
	form := "csrf=" + owner.csrf + "&stance=amend&body=" + inBasket + "&clause=a1"
	g, err := s.wire(s.host()).do(sent{method: "POST", target: "/consultations/" + open + "/basket", body: []byte(form),
		header: []string{"Cookie", owner.cookie(s), "Content-Type", "application/x-www-form-urlencoded"}})
	if err != nil || g.status != 303 {
		s.t.Fatalf("the basket of a resident: %v %d %.900s", err, g.status, g.body)
	}
	return p
}

// hop counts the addresses from which requests come, so that the limits for one
// address, which have tests of their own, do not hide what is behind them.
var hop atomic.Uint32

func (s site) host() string {
	return strings.TrimPrefix(strings.TrimPrefix(s.Settings.PublicURL, "https://"), "http://")
}
