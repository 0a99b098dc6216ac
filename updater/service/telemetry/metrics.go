package telemetry

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/store"
)

// Metrics are the service's metrics, for Prometheus to scrape.
type Metrics struct {
	registry *prometheus.Registry

	passes   *prometheus.CounterVec
	took     *prometheus.HistogramVec
	pulls    *prometheus.CounterVec
	requests *prometheus.CounterVec
	lookups  *prometheus.CounterVec
	duration *prometheus.HistogramVec
	webhooks *prometheus.CounterVec
	last     prometheus.Gauge
	left     *prometheus.GaugeVec

	mu    sync.Mutex
	hosts map[string]bool // those with a label of their own
}

// NewMetrics returns metrics with their own registry. Those of a forge have its name.
func NewMetrics(version string, f forge.Info) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), hosts: map[string]bool{}}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "freshpin", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "freshpin", Name: name, Help: help, Buckets: buckets}, labels)
		m.registry.MustRegister(h)
		return h
	}
	m.passes = counter("passes_total", "Passes over repositories.", "trigger", "outcome")
	m.took = histogram("pass_duration_seconds", "How long passes took.", []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}, "outcome")
	m.pulls = counter("pull_request_outcomes_total", "Outcomes for pull requests.", "outcome")
	m.requests = counter(f.Name+"_requests_total", "Requests to "+f.Title+".", "kind")
	m.lookups = counter("lookups_total", "Requests to registries and indexes.", "host", "outcome")
	m.duration = histogram("lookup_duration_seconds", "How long registries and indexes took.", prometheus.DefBuckets, "outcome")
	m.webhooks = counter("webhooks_total", "Webhooks received.", "source", "event", "outcome")
	m.last = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "freshpin", Name: "last_pass_timestamp_seconds", Help: "When the last pass ended, in Unix time."})
	m.left = prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "freshpin", Name: f.Name + "_rate_limit_remaining", Help: "Remaining requests of " + f.Title + "'s rate limit, by account."}, []string{"account"})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "freshpin", Name: "build_info", Help: "Always 1; the version is a label."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(m.last, m.left, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Pass counts a pass. It implements service.Watch.
func (m *Metrics) Pass(run store.Run, report *lifecycle.Report) {
	m.passes.WithLabelValues(run.Trigger, run.Outcome).Inc()
	m.took.WithLabelValues(run.Outcome).Observe(run.Took.Seconds())
	m.requests.WithLabelValues("read").Add(float64(run.Reads))
	m.requests.WithLabelValues("write").Add(float64(run.Writes))
	m.last.Set(float64(run.Began.Add(run.Took).Unix()))
	for _, o := range report.Groups {
		m.pulls.WithLabelValues(string(o.What)).Inc()
	}
}

// Webhook counts a webhook.
func (m *Metrics) Webhook(source, event, outcome string) {
	m.webhooks.WithLabelValues(source, event, outcome).Inc()
}

// Left records the remaining rate limit of an account on the forge.
func (m *Metrics) Left(account string, requests int) {
	m.left.WithLabelValues(account).Set(float64(requests))
}

// maxHosts limits the hosts with a label of their own, because repositories, which
// strangers write, name hosts.
const maxHosts = 200

// Lookup counts a request to a registry or an index.
func (m *Metrics) Lookup(host, outcome string, took time.Duration) {
	m.mu.Lock()
	if !m.hosts[host] && len(m.hosts) >= maxHosts {
		host = "other"
	}
	m.hosts[host] = true
	m.mu.Unlock()
	m.lookups.WithLabelValues(host, outcome).Inc()
	m.duration.WithLabelValues(outcome).Observe(took.Seconds())
}

// A Gauge is a number that is queried at each scrape.
type Gauge struct {
	Name, Help string
	Labels     []string
	// Ask returns the values by label values joined by "\x00".
	Ask func(ctx context.Context) (map[string]float64, error)
}

// Watch registers a gauge that is queried at most every ten seconds, and for at most
// two seconds, so that a scrape does not hang when the database does.
func (m *Metrics) Watch(g Gauge) {
	m.registry.MustRegister(&asked{Gauge: g, desc: prometheus.NewDesc("freshpin_"+g.Name, g.Help, g.Labels, nil)})
}

// Handler serves the metrics; if there are tokens, only to requests with one. The
// metrics contain names of accounts on the forge and registries, but not of repositories.
func (m *Metrics) Handler(tokens ...string) http.Handler {
	h := m.handler()
	if len(tokens) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !holds(r, tokens) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="freshpin metrics"`)
			http.Error(w, "the metrics require a token: Authorization: Bearer …", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// holds reports whether a request has one of the tokens, in constant time.
func holds(r *http.Request, tokens []string) bool {
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	// Hashes, because the comparison takes constant time only for equal lengths.
	sum, valid := sha256.Sum256([]byte(given)), 0
	for _, token := range tokens {
		ours := sha256.Sum256([]byte(token))
		valid |= subtle.ConstantTimeCompare(sum[:], ours[:])
	}
	return valid == 1 && strings.EqualFold(scheme, "Bearer")
}

func (m *Metrics) handler() http.Handler {
	// A gauge that fails must not hide the other metrics.
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second, ErrorHandling: promhttp.ContinueOnError})
}
