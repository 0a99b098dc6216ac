package telemetry

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// How long a value stays valid, and how long a query may take.
const (
	goodFor = 10 * time.Second
	mayTake = 2 * time.Second
)

// asked is a gauge with queried values. After a failed query the old values stay.
type asked struct {
	Gauge
	desc *prometheus.Desc

	mu     sync.Mutex
	when   time.Time
	values map[string]float64
}

// Describe implements prometheus.Collector.
func (a *asked) Describe(to chan<- *prometheus.Desc) { to <- a.desc }

// Collect implements prometheus.Collector.
func (a *asked) Collect(to chan<- prometheus.Metric) {
	for labels, value := range a.now() {
		var words []string
		// Split gives one word for an empty text, and a gauge without labels has none.
		if len(a.Labels) > 0 {
			words = strings.Split(labels, "\x00")
		}
		// MustNewConstMetric panics if the labels do not fit.
		if len(words) == len(a.Labels) {
			to <- prometheus.MustNewConstMetric(a.desc, prometheus.GaugeValue, value, words...)
		}
	}
}

// now returns the values. One caller at a time refreshes them; the others get the last ones.
func (a *asked) now() map[string]float64 {
	values, old := a.last()
	if !old {
		return values
	}
	ctx, cancel := context.WithTimeout(context.Background(), mayTake)
	defer cancel()
	fresh, err := a.Ask(ctx)
	if err != nil {
		return values
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.values = fresh
	return fresh
}

// last returns the last values, and whether the caller must refresh them.
func (a *asked) last() (values map[string]float64, old bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if old = time.Since(a.when) >= goodFor; old {
		// Before the query, so that only one scrape makes it, and a failed one is not repeated at once.
		a.when = time.Now()
	}
	return a.values, old
}
