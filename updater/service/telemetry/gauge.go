package telemetry

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// How long an answer is good, and how long it may take.
const (
	goodFor = 10 * time.Second
	mayTake = 2 * time.Second
)

// asked is a gauge whose values are asked for. What could not be asked is as it was.
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
		if len(a.Labels) > 0 {
			words = strings.Split(labels, "\x00")
		}
		if len(words) == len(a.Labels) {
			to <- prometheus.MustNewConstMetric(a.desc, prometheus.GaugeValue, value, words...)
		}
	}
}

// now returns the values. One caller asks again; the others get what was heard last.
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

// last returns what was heard last, and whether the caller is to ask again.
func (a *asked) last() (values map[string]float64, old bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if old = time.Since(a.when) >= goodFor; old {
		a.when = time.Now()
	}
	return a.values, old
}
