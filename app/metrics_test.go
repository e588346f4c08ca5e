package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"minyi/app"
	"minyi/app/operations"
	"minyi/frontend"
)

func TestMetricsTellHowTheSiteFares(t *testing.T) {
	s := start(t, "")
	s.call("GET", "/api/v1/consultations", "", nil)
	s.call("GET", "/api/v1/consultations", "", nil)
	s.call("GET", "/api/v1/consultations/none", "", nil)
	status, body, _ := s.call("GET", "/metrics", "", nil)
	if status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	for _, want := range []string{
		`minyi_request_seconds_count{method="GET",route="/api/v1/consultations",status="200"} 1`,
		`minyi_request_seconds_count{method="GET",route="/api/v1/consultations/:id",status="404"} 1`,
		`minyi_cache_answers_total{from="cache"} 1`, "minyi_write_queue_depth 0", `minyi_write_group_acts_bucket{le="128"}`, `minyi_write_group_seconds_bucket{le="0.005"}`, "minyi_live_clients 0",
		`minyi_letters{state="waiting"} 0`, `minyi_letters{state="failed"} 0`,
		`minyi_search_documents{engine="Bleve",index="public"}`, `minyi_search_behind_events{engine="Bleve",index="desk"}`, `minyi_search_failures_total{engine="Bleve",index="public"} 0`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}

func TestDoctorLiveIsWellOnlyWhileTheServerRuns(t *testing.T) {
	s := start(t, "")
	t.Setenv("MINYI_ADDR", strings.TrimPrefix(s.url, "http://"))
	if err := (app.DoctorCommand{Live: true, Lang: "en"}).Run(context.Background()); err != nil {
		t.Error(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := (app.DoctorCommand{Live: true, Lang: "en"}).Run(context.Background()); err == nil {
		t.Error("a server that does not run is said to be well")
	}
}

func TestTheDashboardAsksOnlyForNumbersThatTheSiteGives(t *testing.T) {
	s := start(t, "")
	s.call("GET", "/api/v1/consultations", "", nil)
	_, body, _ := s.call("GET", "/metrics", "", nil)
	names := operations.DashboardMetrics()
	if len(names) < 8 {
		t.Errorf("only %d numbers are asked for", len(names))
	}
	for _, name := range names {
		if !strings.Contains(string(body), "\n"+name) {
			t.Errorf("the dashboard asks for %s, which /metrics does not have", name)
		}
	}
	for _, lang := range frontend.Languages {
		var board struct {
			Panels []struct {
				Title   string
				Targets []struct {
					Expr, LegendFormat string
				}
			}
		}
		if err := json.Unmarshal(operations.Dashboard(frontend.WordsIn(lang)), &board); err != nil {
			t.Fatal(err)
		}
		for _, p := range board.Panels {
			if p.Title == "" || strings.Contains(p.Title, "operations.") || len(p.Targets) == 0 {
				t.Errorf("%s: panel %+v", lang, p)
			}
			for _, l := range p.Targets {
				if strings.Contains(l.LegendFormat, "operations.") || strings.Contains(l.LegendFormat, "⟦") {
					t.Errorf("%s: %+v", lang, l)
				}
			}
		}
	}
}
