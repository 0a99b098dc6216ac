package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

func TestOneFlight(t *testing.T) {
	started, goOn := make(chan struct{}), make(chan struct{})
	url, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(started)
		<-goOn
		io.WriteString(w, "once")
	})
	c := client(t, Options{})
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if res, err := c.Get(t.Context(), Request{URL: url}); err != nil || string(res.Body) != "once" {
				t.Errorf("Get = %v, %v", res, err)
			}
		})
	}
	<-started
	close(goOn)
	group.Wait()
	if n.Load() != 1 || c.Stats() != (Stats{Sent: 1, Cached: 49}) {
		t.Errorf("%d requests, %+v, want 1 and 49 from memory", n.Load(), c.Stats())
	}
}

// If the first caller gives up, the others still get their answer.
func TestLeaderGivesUp(t *testing.T) {
	var seen atomic.Int64
	first := make(chan struct{})
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) == 1 {
			close(first)
			<-r.Context().Done()
		}
	})
	c := client(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := c.Get(ctx, Request{URL: url}); !errors.Is(err, context.Canceled) {
			t.Errorf("first: %v, want canceled", err)
		}
	})
	<-first
	group.Go(func() {
		if _, err := c.Get(t.Context(), Request{URL: url}); err != nil {
			t.Errorf("second: %v", err)
		}
	})
	cancel()
	group.Wait()
}
