package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"minyi/app"
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
