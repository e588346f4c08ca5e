package operations

import (
	"encoding/json"
	"regexp"
	"slices"
)

// Words speaks one language.
type Words interface {
	T(key string, args ...any) string
}

// line is one curve of a panel: a Prometheus expression and its name, a text key or
// a label in double braces.
type line struct{ expr, legend string }

// panel is one picture of the dashboard; unit is Grafana's.
type panel struct {
	title, unit string
	lines       []line
}

// panels say whether people are served (requests, errors, time), whether writes keep
// up, and how sockets and letters go.
var panels = []panel{
	{"operations.panel_requests", "reqps", []line{{`sum by (method) (rate(minyi_request_seconds_count[5m]))`, "{{method}}"}, {`sum(rate(minyi_cache_answers_total{from="cache"}[5m]))`, "operations.line_cache"}}},
	{"operations.panel_errors", "percentunit", []line{{`sum(rate(minyi_request_seconds_count{status=~"5.."}[5m])) / sum(rate(minyi_request_seconds_count[5m]))`, "5xx"}, {`sum(rate(minyi_request_seconds_count{status="429"}[5m])) / sum(rate(minyi_request_seconds_count[5m]))`, "429"}}},
	{"operations.panel_time", "s", []line{{`histogram_quantile(0.5, sum by (le) (rate(minyi_request_seconds_bucket[5m])))`, "p50"}, {`histogram_quantile(0.99, sum by (le) (rate(minyi_request_seconds_bucket[5m])))`, "p99"}}},
	{"operations.panel_slow", "s", []line{{`topk(5, histogram_quantile(0.99, sum by (le, route) (rate(minyi_request_seconds_bucket[15m]))))`, "{{route}}"}}},
	{"operations.panel_writes", "short", []line{{`minyi_write_queue_depth`, "operations.line_waiting"}}},
	{"operations.panel_sockets", "short", []line{{`minyi_live_clients`, "operations.line_clients"}, {`minyi_live_topics`, "operations.line_topics"}}},
	{"operations.panel_live", "cps", []line{{`rate(minyi_live_delivered_total[5m])`, "operations.line_delivered"}, {`rate(minyi_live_slow_total[5m])`, "operations.line_cut"}}},
	{"operations.panel_letters", "short", []line{{`minyi_letters{state="waiting"}`, "operations.line_waiting"}, {`minyi_letters{state="failed"}`, "operations.line_failed"}}},
	{"operations.panel_search", "short", []line{{`minyi_search_behind_events`, "{{index}}"}, {`1 - minyi_search_answers`, "operations.line_titles_only"}}},
	{"operations.panel_memory", "bytes", []line{{`process_resident_memory_bytes`, "operations.line_memory"}}},
	{"operations.panel_processor", "percentunit", []line{{`rate(process_cpu_seconds_total[5m])`, "operations.line_processor"}}},
}

// columns is how many panels stand beside each other; Grafana counts 24 units.
const columns = 2

// Dashboard is a Grafana dashboard (schema 39) for what /metrics says, in one
// language. The data source is asked for when it is imported.
func Dashboard(w Words) []byte {
	word := func(s string) string {
		if isKey.MatchString(s) {
			return w.T(s)
		}
		return s
	}
	source := map[string]any{"type": "prometheus", "uid": "${datasource}"}
	var list []any
	for i, p := range panels {
		var targets []any
		for n, l := range p.lines {
			targets = append(targets, map[string]any{"refId": string(rune('A' + n)), "expr": l.expr, "legendFormat": word(l.legend), "datasource": source})
		}
		list = append(list, map[string]any{
			"id": i + 1, "type": "timeseries", "title": word(p.title), "datasource": source, "targets": targets,
			"gridPos":     map[string]int{"h": 8, "w": 24 / columns, "x": i % columns * 24 / columns, "y": i / columns * 8},
			"fieldConfig": map[string]any{"defaults": map[string]any{"unit": p.unit, "min": 0}, "overrides": []any{}},
		})
	}
	out, err := json.MarshalIndent(map[string]any{
		"title": "Minyi 民意", "uid": "minyi", "tags": []string{"minyi"}, "schemaVersion": 39, "refresh": "30s", "editable": true,
		"time": map[string]string{"from": "now-6h", "to": "now"}, "panels": list,
		"templating": map[string]any{"list": []any{map[string]any{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}}},
	}, "", "  ")
	if err != nil {
		panic(err) // plain maps always are JSON
	}
	return out
}

var (
	isKey  = regexp.MustCompile(`^operations\.`)
	metric = regexp.MustCompile(`\b(?:minyi|process|go)_[a-z_]+`)
)

// DashboardMetrics lists the names that the dashboard asks for, each once.
func DashboardMetrics() []string {
	var names []string
	for _, p := range panels {
		for _, l := range p.lines {
			names = append(names, metric.FindAllString(l.expr, -1)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
