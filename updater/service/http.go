package service

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/service/hook"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/store"
)

// handler routes the paths of the service.
func (s *Service) handler(ctx context.Context) (http.Handler, error) {
	mux := http.NewServeMux()
	hooks := s.o.Hooks
	hooks.Deliver = func(ctx context.Context, d store.Delivery) (store.Delivery, bool, error) {
		before, known, err := s.processes.Deliver(ctx, d)
		return before, known, s.database(err)
	}
	hooks.Enqueue = func(ctx context.Context, delivery string, e event.Event) error {
		return s.queue.Add(ctx, queue.Hook{Delivery: delivery, Event: e})
	}
	// Webhooks are authenticated by a secret, and probes reveal nothing confidential,
	// so both accept any Host header.
	mux.Handle("/webhooks/", plainly(hook.New(hooks)))
	mux.Handle("GET /healthz", plainly(http.HandlerFunc(s.healthz)))
	mux.Handle("GET /readyz", plainly(http.HandlerFunc(s.readyz)))
	if s.o.Metrics != nil {
		mux.Handle("GET /metrics", plainly(s.o.Metrics))
	}
	if s.o.Pages != nil {
		pages, err := s.o.Pages(ctx, s)
		if err != nil {
			return nil, err
		}
		mux.Handle("/", pages)
	}
	if s.o.Wrap != nil {
		return s.o.Wrap(mux), nil
	}
	return mux, nil
}

// plainly adds security headers to responses that are not pages.
func plainly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.Plain(w)
		h.ServeHTTP(w, r)
	})
}

// healthz reports that the process is alive.
func (s *Service) healthz(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"status": "ok", "processes": s.Processes()})
}

// readyz reports whether the process can work: whether the database answers.
func (s *Service) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if err := s.db.Ping(ctx); err != nil {
		answer(w, http.StatusServiceUnavailable, map[string]any{"status": "unavailable", "reason": "the database does not answer"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"status": "ready"})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have disconnected
}
