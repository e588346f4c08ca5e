package app_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"minyi/handlers/web"
	"minyi/models"
	"minyi/models/modelstest"
)

var parameter = regexp.MustCompile(`:[a-z_]+|\*`)

// Every route that is not for everybody is called as nobody and as a resident.
func TestRoutesOfTheDeskAreNotThereForResidents(t *testing.T) {
	s := start(t, "")
	modelstest.City(t, s.DB)
	resident := s.token(modelstest.Person(t, s.DB, "resident", models.Unit{}))
	tried := 0
	for _, r := range s.Router.Routes() {
		path := parameter.ReplaceAllString(r.Path, "x1")
		switch r.Who {
		case web.SignedIn, web.DeskOnly, web.Officers, web.Moderators, web.Supervise, web.AdminsOnly:
		default:
			continue
		}
		tried++
		status, _, header := s.call(r.Method, path, "", nil)
		if sent := strings.Contains(header.Get("Location"), "/signin"); status != 401 && !(status == 303 && sent) {
			t.Errorf("%s %s (%s) answered nobody with %d", r.Method, r.Path, r.Who, status)
		}
		if r.Who == web.SignedIn {
			continue
		}
		if status, _, _ := s.call(r.Method, path, resident, nil); status != 404 {
			t.Errorf("%s %s (%s) answered a resident with %d", r.Method, r.Path, r.Who, status)
		}
	}
	if tried < 10 {
		t.Errorf("only %d routes ask who calls", tried)
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// The table shows at one look, and in every change of it, who may call what.
func TestTheTableOfRoutesSaysWhoMayCallWhat(t *testing.T) {
	const golden = "testdata/routes.golden"
	var have strings.Builder
	for _, r := range start(t, "").Router.Routes() {
		fmt.Fprintf(&have, "%-6s %-60s %s\n", r.Method, r.Path, r.Who)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(have.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) == have.String() {
		return
	}
	before, now := strings.Split(string(kept), "\n"), strings.Split(have.String(), "\n")
	for _, line := range now {
		if !slices.Contains(before, line) {
			t.Error("not in the table: ", line)
		}
	}
	for _, line := range before {
		if !slices.Contains(now, line) {
			t.Error("in the table and not a route: ", line)
		}
	}
	t.Error("if this is meant: go test ./app -run TableOfRoutes -update")
}
