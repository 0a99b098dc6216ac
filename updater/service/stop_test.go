package service_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/service"
)

// TestStoppedWithin: a process that is stopped in the middle of a pass finishes
// the step that it is in; whoever comes next does the rest, and nothing twice.
func TestStoppedWithin(t *testing.T) {
	for _, grace := range []time.Duration{10 * time.Second, time.Millisecond} {
		t.Run(grace.String(), func(t *testing.T) {
			onBoth(t, func(t *testing.T, w *testWorld) {
				w.repo("acme/shop0", "Dockerfile", pinned, "requirements.txt", clicks)
				reached, on := make(chan bool), make(chan bool)
				var writes atomic.Int32
				w.hub.OnWrite(func(_ int, _ *http.Request, before bool) {
					if before && writes.Add(1) == 3 {
						close(reached)
						<-on
					}
				})
				stop := w.start(func(o *service.Options) { o.Grace = grace })
				<-reached
				stopped := make(chan bool)
				go func() { defer close(stopped); stop() }()
				time.AfterFunc(50*time.Millisecond, func() { close(on) })
				<-stopped
				w.start()
				w.untilAll(1)
				w.eachOnce(1, 2)
			})
		})
	}
}
