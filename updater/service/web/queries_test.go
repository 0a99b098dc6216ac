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

// heard is the data of the pages, which notes what they ask for: the question,
// without the name or number of the repository.
type heard struct {
	web.Data
	mu    sync.Mutex
	asked []string
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

func (h *heard) Repository(ctx context.Context, name string) (store.Repository, error) {
	h.note("repository")
	return h.Data.Repository(ctx, name)
}

func (h *heard) May(ctx context.Context, v store.Viewer, id int64) (store.Access, error) {
	h.note("may")
	return h.Data.May(ctx, v, id)
}

func (h *heard) Pins(ctx context.Context, id int64) ([]store.Pin, error) {
	h.note("pins")
	return h.Data.Pins(ctx, id)
}

func (h *heard) Pulls(ctx context.Context, id int64) ([]store.Pull, error) {
	h.note("pulls")
	return h.Data.Pulls(ctx, id)
}

func (h *heard) Runs(ctx context.Context, v store.Viewer, id int64, n int) ([]store.Run, error) {
	h.note("runs")
	return h.Data.Runs(ctx, v, id, n)
}

func (h *heard) Ticks(ctx context.Context, id int64) ([]string, error) {
	h.note("ticks")
	return h.Data.Ticks(ctx, id)
}

func (h *heard) Session(ctx context.Context, id string) (store.Session, error) {
	h.note("session")
	return h.Data.Session(ctx, id)
}

func (h *heard) Repositories(ctx context.Context, v store.Viewer, f store.Filter) ([]store.Repository, int, error) {
	h.note("repositories")
	return h.Data.Repositories(ctx, v, f)
}

func (h *heard) Tick(ctx context.Context, id int64, pin, by string) error {
	h.note("tick")
	return h.Data.Tick(ctx, id, pin, by)
}

// TestHostileQueries: for a repository of others and for one that does not exist
// the same questions are put to the database, in the same order, so that no
// answer comes later than the other by what is done for it.
func TestHostileQueries(t *testing.T) {
	h := &heard{}
	w := webtest.Neighbours(t, func(o *web.Options) { h.Data, o.Data = o.Data, h })
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
