package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"minyi/models"
)

// What /metrics says besides the runtime's own numbers. They are read when asked
// for, so that counting them costs the site nothing in between.
var (
	queueDepth    = describe("minyi_write_queue_depth", "Acts that wait for a writer.")
	groupActs     = describe("minyi_write_group_acts", "Acts that shared one commit.")
	groupSeconds  = describe("minyi_write_group_seconds", "Time of one commit, from its first statement to the disk.")
	cacheAnswers  = describe("minyi_cache_answers_total", "Answers to readers without identity.", "from")
	liveClients   = describe("minyi_live_clients", "Open sockets.")
	liveTopics    = describe("minyi_live_topics", "Topics that somebody listens to.")
	liveDelivered = describe("minyi_live_delivered_total", "Events handed to sockets.")
	liveSlow      = describe("minyi_live_slow_total", "Clients cut because they did not read.")
	lettersKept   = describe("minyi_letters", "Letters that wait, and those given up in the last day.", "state")
	searchAnswers = describe("minyi_search_answers", "1 while searches are answered from the index, 0 while only titles and clauses answer.", "index", "engine")
	searchMaking  = describe("minyi_search_rebuilding", "1 while the index is being made anew by this process.", "index", "engine")
	searchMapping = describe("minyi_search_mapping", "Form of the documents in the index.", "index", "engine")
	searchHolds   = describe("minyi_search_documents", "Documents in the index.", "index", "engine")
	searchBehind  = describe("minyi_search_behind_events", "Events that the index does not know yet.", "index", "engine")
	searchFailed  = describe("minyi_search_failures_total", "Searches, changes and rebuilds that the engine failed.", "index", "engine")
	allMetrics    = []*prometheus.Desc{queueDepth, groupActs, groupSeconds, cacheAnswers, liveClients, liveTopics, liveDelivered, liveSlow, lettersKept,
		searchAnswers, searchMaking, searchMapping, searchHolds, searchBehind, searchFailed}
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// numbers reads the numbers of a running site.
type numbers struct{ a *App }

// Describe names the numbers.
func (numbers) Describe(to chan<- *prometheus.Desc) {
	for _, d := range allMetrics {
		to <- d
	}
}

// Collect reads them. Letters that cannot be counted are left out: the rest is
// wanted most when the store is in trouble.
func (n numbers) Collect(to chan<- prometheus.Metric) {
	say := func(kind prometheus.ValueType, d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	a := n.a
	writes := a.DB.WriteStats()
	say(prometheus.GaugeValue, queueDepth, float64(writes.Waiting))
	for d, h := range map[*prometheus.Desc]models.Histogram{groupActs: writes.Acts, groupSeconds: writes.Seconds} {
		to <- prometheus.MustNewConstHistogram(d, h.Count, h.Sum, h.Buckets)
	}
	hits, misses := a.Router.Cache().Stats()
	say(prometheus.CounterValue, cacheAnswers, float64(hits), "cache")
	say(prometheus.CounterValue, cacheAnswers, float64(misses), "made")
	live := a.features.hub.Stats()
	say(prometheus.GaugeValue, liveClients, float64(live.Clients))
	say(prometheus.GaugeValue, liveTopics, float64(live.Topics))
	say(prometheus.CounterValue, liveDelivered, float64(live.Delivered))
	say(prometheus.CounterValue, liveSlow, float64(live.Slow))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, h := range a.features.search.Health(ctx) {
		say(prometheus.GaugeValue, searchAnswers, truth(h.Answers), h.Index, h.Engine)
		say(prometheus.GaugeValue, searchMaking, truth(h.Making), h.Index, h.Engine)
		say(prometheus.CounterValue, searchFailed, float64(h.Failures), h.Index, h.Engine)
		if h.Known {
			say(prometheus.GaugeValue, searchMapping, float64(h.Mapping), h.Index, h.Engine)
			say(prometheus.GaugeValue, searchHolds, float64(h.Documents), h.Index, h.Engine)
			say(prometheus.GaugeValue, searchBehind, float64(h.Behind), h.Index, h.Engine)
		}
	}
	if h, err := a.DB.LettersHealth(ctx, a.DB.Now().Add(-24*time.Hour)); err == nil {
		say(prometheus.GaugeValue, lettersKept, float64(h.Waiting), "waiting")
		say(prometheus.GaugeValue, lettersKept, float64(h.Failed), "failed")
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
