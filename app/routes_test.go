package app_test

import (
	"regexp"
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
		case web.SignedIn, web.DeskOnly, web.Officers, web.Supervise, web.AdminsOnly:
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
