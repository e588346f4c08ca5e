package web

import "github.com/prometheus/client_golang/prometheus"

// durations counts answers by the pattern of their route, never by their address:
// addresses have no end. Those that came from the cache have a count of their own.
func durations() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "minyi_request_seconds", Help: "How long answers took that were made anew, by route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	}, []string{"method", "route", "status"})
}

// Durations is the histogram of how long answers took, for /metrics.
func (r *Router) Durations() prometheus.Collector { return r.took }
