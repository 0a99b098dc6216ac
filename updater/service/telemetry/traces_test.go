package telemetry

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// guardedFor is the transport that the service gives: the host of the endpoint may be a private one.
func guardedFor(host string) *http.Transport {
	return fetch.Guarded(func(at string) bool { return at == host })
}

// TestHostileTraces: traces go to the endpoint that the operator named, with
// the certificates that they named, and a redirect leads them nowhere.
func TestHostileTraces(t *testing.T) {
	var inside atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	defer elsewhere.Close()
	for _, test := range []struct {
		name string
		tls  bool
		code int
	}{{"accepted", false, 200}, {"accepted over TLS", true, 200}, {"redirected", false, 307}, {"redirected with another method", false, 302}} {
		var asked atomic.Int64
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(test.code)
		}))
		env := map[string]string{}
		if test.tls {
			server.StartTLS()
			file := filepath.Join(t.TempDir(), "ca.pem")
			data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			env["OTEL_EXPORTER_OTLP_CERTIFICATE"] = file
		} else {
			server.Start()
		}
		env["OTEL_EXPORTER_OTLP_ENDPOINT"] = server.URL
		shutdown, err := Traces(t.Context(), func(name string) string { return env[name] }, "1.2.3", guardedFor)
		if err != nil {
			t.Fatal(err)
		}
		_, end := Start(context.Background(), "pass", nil)
		end(nil)
		shutdown()
		if asked.Load() == 0 {
			t.Errorf("%s: nothing came", test.name)
		}
		server.Close()
	}
	if inside.Load() > 0 {
		t.Errorf("redirects led to %d requests elsewhere", inside.Load())
	}
	for _, endpoint := range []string{"http://u:SECRET@:x", "collector:SECRET@host", "::SECRET", "/SECRET"} {
		env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
		if _, err := Traces(t.Context(), func(name string) string { return env[name] }, "1", guardedFor); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
	// A name that the operator has not configured is not dialled if it resolves to a private address.
	client, err := sender("https://collector.example", func(string) string { return "" }, guardedFor)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = client.Transport.(*http.Transport).DialContext(ctx, "tcp", elsewhere.Listener.Addr().(*net.TCPAddr).String())
	if err == nil {
		t.Error("a private address was dialled for a public endpoint")
	}
}
