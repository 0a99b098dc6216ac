package web_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/service/web/webtest"
	"github.com/freshpin/freshpin/updater/store"
)

// heard notes what the pages ask their data for: the question, without the name or
// number of the repository.
type heard struct {
	mu    sync.Mutex
	asked []string
}

// over puts a listener before each part of the data.
func (h *heard) over(d web.Data) web.Data {
	d.Repositories = heardRepositories{d.Repositories, h}
	d.Pins = heardPins{d.Pins, h}
	d.Pulls = heardPulls{d.Pulls, h}
	d.History = heardHistory{d.History, h}
	d.Sessions = heardSessions{d.Sessions, h}
	return d
}

func (h *heard) note(what string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, what)
}

func (h *heard) taken() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := h.asked
	h.asked = nil
	return list
}

type heardRepositories struct {
	web.Repositories
	h *heard
}

func (r heardRepositories) ByName(ctx context.Context, name string) (store.Repository, error) {
	r.h.note("repository")
	return r.Repositories.ByName(ctx, name)
}

func (r heardRepositories) May(ctx context.Context, v store.Viewer, id int64) (store.Access, error) {
	r.h.note("may")
	return r.Repositories.May(ctx, v, id)
}

func (r heardRepositories) List(ctx context.Context, v store.Viewer, f store.Filter) ([]store.Repository, int, error) {
	r.h.note("repositories")
	return r.Repositories.List(ctx, v, f)
}

type heardPins struct {
	web.Pins
	h *heard
}

func (p heardPins) Of(ctx context.Context, id int64) ([]store.Pin, error) {
	p.h.note("pins")
	return p.Pins.Of(ctx, id)
}

func (p heardPins) Ticks(ctx context.Context, id int64) ([]string, error) {
	p.h.note("ticks")
	return p.Pins.Ticks(ctx, id)
}

func (p heardPins) Tick(ctx context.Context, id int64, pin, by string) error {
	p.h.note("tick")
	return p.Pins.Tick(ctx, id, pin, by)
}

type heardPulls struct {
	web.Pulls
	h *heard
}

func (p heardPulls) Of(ctx context.Context, id int64) ([]store.Pull, error) {
	p.h.note("pulls")
	return p.Pulls.Of(ctx, id)
}

type heardHistory struct {
	web.History
	h *heard
}

func (r heardHistory) Runs(ctx context.Context, v store.Viewer, id int64, n int) ([]store.Run, error) {
	r.h.note("runs")
	return r.History.Runs(ctx, v, id, n)
}

type heardSessions struct {
	web.Sessions
	h *heard
}

func (s heardSessions) ByID(ctx context.Context, id string) (store.Session, error) {
	s.h.note("session")
	return s.Sessions.ByID(ctx, id)
}

// TestHostileQueries: for a repository of others and for one that does not exist
// the same questions are put to the database, in the same order, so that no
// answer comes later than the other by what is done for it.
func TestHostileQueries(t *testing.T) {
	h := &heard{}
	w := webtest.Neighbours(t, func(o *web.Options) { o.Data = h.over(o.Data) })
	compared := 0
	for _, login := range []string{"grace", "ned", "nobody"} {
		b := w.As(login)
		for _, route := range routes {
			h.taken()
			there := b.Get(strings.ReplaceAll(route, "%s", "evil/secret"))
			first := h.taken()
			not := b.Get(strings.ReplaceAll(route, "%s", "evil/nothing"))
			second := h.taken()
			if !slices.Equal(first, second) || len(first) == 0 {
				t.Errorf("%s: %s asks %q, for what does not exist %q", login, route, first, second)
			}
			if there.StatusCode != http.StatusNotFound || not.StatusCode != there.StatusCode || there.Text != not.Text || headers(there) != headers(not) {
				t.Errorf("%s: %s: the answers differ", login, route)
			}
			compared++
		}
	}
	b := w.As("grace")
	h.taken()
	if r := b.Get("/r/acme/shop"); r.StatusCode != http.StatusOK || !slices.Contains(h.taken(), "pins") {
		t.Errorf("her own is %d, and nothing is heard of it", r.StatusCode)
	}
	t.Logf("%d pairs", compared)
}
