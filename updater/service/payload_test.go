package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// TestRealPayloads sends every real payload of GitHub to a service at work:
// none is an error, and no job is left that failed.
func TestRealPayloads(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", ".contract", "webhooks-examples.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip(".contract/webhooks-examples.json is not here: run make contract")
	}
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		Name     string            `json:"name"`
		Examples []json.RawMessage `json:"examples"`
	}
	if err := json.Unmarshal(data, &events); err != nil {
		t.Fatal(err)
	}
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("Codertocat/Hello-World", "Dockerfile", pinned)
		w.start()
		w.passed("the first pass", by("installation"))
		for _, e := range events {
			for n, payload := range e.Examples {
				var body map[string]any
				if err := json.Unmarshal(payload, &body); err != nil {
					t.Fatal(err)
				}
				if got := w.post(e.Name, body); got != http.StatusAccepted && got != http.StatusOK {
					t.Errorf("%s/%d: %d", e.Name, n, got)
				}
			}
		}
		// The last one asks for a pass, and jobs of webhooks come first.
		w.commit("Codertocat/Hello-World", "requirements.txt", clicks)
		w.passedOrGone()
		parked, err := w.service.Queue().Parked(context.Background(), 100)
		if err != nil || len(parked) > 0 {
			t.Errorf("given up: %+v %v", parked, err)
		}
	})
}

// passedOrGone waits for a pass over a repository that the payloads may have
// removed, and for every delivery to be done.
func (w *testWorld) passedOrGone() {
	w.t.Helper()
	repo, err := repositories.New(w.db).ByName(context.Background(), "Codertocat/Hello-World")
	if err == nil && !repo.Removed {
		w.passed("a push after all of them", func(r store.Run) bool {
			return r.Outcome == "done" || r.Outcome == "unchanged" || r.Outcome == "refused"
		})
	}
}
