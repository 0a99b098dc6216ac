package hook_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/service/hook"
	"github.com/freshpin/freshpin/updater/store"
)

// Real registries tell of what is pushed: an index with its manifests and blobs
// is one image. What could not be kept at first they send again.
func TestDistribution(t *testing.T) {
	for _, test := range []struct{ name, variable, command string }{
		{"2.8", "FRESHPIN_TEST_REGISTRY_V2", "docker-registry"},
		{"3", "FRESHPIN_TEST_REGISTRY_V3", "registry"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := binary(t, test.variable, test.command)
			events, refusals := make(chan event.Event, 100), make(chan string, 1000)
			var asked atomic.Int32
			o := newBook().options()
			o.Deliver = func(context.Context, store.Delivery) (store.Delivery, bool, error) {
				if asked.Add(1) == 1 {
					return store.Delivery{}, false, errors.New("no database yet")
				}
				return store.Delivery{}, false, nil
			}
			o.Enqueue = func(_ context.Context, _ string, e event.Event) error { events <- e; return nil }
			o.Seen = func(_, _, outcome string) {
				if outcome == "refused" {
					refusals <- outcome
				}
			}
			server := httptest.NewServer(hook.New(o))
			t.Cleanup(server.Close)
			host := launch(t, path, server.URL+"/webhooks/registry")

			ref, err := name.NewTag(host+"/team/app:1.2", name.Insecure)
			if err != nil {
				t.Fatal(err)
			}
			index, err := random.Index(64, 1, 2)
			if err != nil {
				t.Fatal(err)
			}
			if err := remote.WriteIndex(ref, index, remote.WithContext(t.Context())); err != nil {
				t.Fatal(err)
			}
			digest, err := index.Digest()
			if err != nil {
				t.Fatal(err)
			}
			want := event.Event{Kind: event.ImagesPushed, Action: "push", Images: []event.Image{{Name: host + "/team/app", Tag: "1.2", Digest: digest.String()}}}
			patience, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			select {
			case got := <-events:
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			case <-refusals:
				t.Error("refused")
			case <-patience.Done():
				t.Error("nothing came")
			}
			if asked.Load() < 2 {
				t.Error("it was not sent again")
			}
		})
	}
}

// binary returns where a server is, or skips the test.
func binary(t *testing.T, variable, command string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("real servers take long: make test-long")
	}
	if path := os.Getenv(variable); path != "" {
		return path
	}
	path, err := exec.LookPath(command)
	if err != nil {
		t.Skipf("no %s here: set %s to the server's path", command, variable)
	}
	return path
}

// launch starts a registry that notifies an address, and returns its host.
func launch(t *testing.T, path, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	file := filepath.Join(t.TempDir(), "config.yml")
	text := fmt.Sprintf("version: 0.1\nlog: {level: info}\nstorage: {inmemory: {}}\nhttp: {addr: %q}\n"+
		"notifications: {endpoints: [{name: freshpin, url: %q, headers: {Authorization: [%q]}, timeout: 5s, threshold: 3, backoff: 10ms}]}\n",
		addr, address, "Bearer "+regToken)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "serve", file)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var log strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&log, lines.Text())
		if strings.Contains(lines.Text(), "listening on") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return strings.Replace(addr, "127.0.0.1", "localhost", 1)
		}
	}
	t.Fatalf("the server did not start: %s", log.String())
	return ""
}
