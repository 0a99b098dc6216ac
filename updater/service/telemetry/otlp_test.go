package telemetry

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spansOf are two spans in the form of the protocol.
func spansOf() []*tracepb.ResourceSpans {
	span := func(name string) *tracepb.Span {
		return &tracepb.Span{Name: name, TraceId: []byte("0123456789abcdef"), SpanId: []byte("01234567"), StartTimeUnixNano: 1, EndTimeUnixNano: 2}
	}
	return []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: []*tracepb.Span{span("pass"), span("lookup")}}}}}
}

func TestOTLP(t *testing.T) {
	for _, test := range []struct {
		name    string
		env     map[string]string // BASE stands for the server
		answers []int             // one a try, the last for all further ones
		after   string            // Retry-After
		path    string
		waits   []time.Duration // exact ones; nil: as many as tries
		tries   int
		fails   bool
	}{
		{name: "plain", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE"}, answers: []int{200}, path: "/v1/traces", tries: 1},
		{name: "with a path", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE/in/"}, answers: []int{202}, path: "/in/v1/traces", tries: 1},
		{name: "own endpoint", env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "BASE/x", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://no.invalid"}, answers: []int{200}, path: "/x", tries: 1},
		{name: "compressed", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}, answers: []int{200}, path: "/v1/traces", tries: 1},
		{name: "busy", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE"}, answers: []int{503, 429, 200}, after: "7", path: "/v1/traces", tries: 3, waits: []time.Duration{7 * time.Second, 7 * time.Second}},
		{name: "busy for a day", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE"}, answers: []int{503, 200}, after: "86400", path: "/v1/traces", tries: 2, waits: []time.Duration{otlpLongest}},
		{name: "no time said", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE"}, answers: []int{502, 504, 200}, path: "/v1/traces", tries: 3},
		{name: "never", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE"}, answers: []int{503}, path: "/v1/traces", tries: otlpTries, fails: true},
		{name: "refused", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE"}, answers: []int{400}, path: "/v1/traces", tries: 1, fails: true},
		{name: "broken", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "BASE"}, answers: []int{500}, path: "/v1/traces", tries: 1, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			tries := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != test.path || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-protobuf" {
					t.Errorf("%s %s %s", r.Method, r.URL.Path, r.Header.Get("Content-Type"))
				}
				var got tracepb.TracesData
				if err := proto.Unmarshal(received(t, r), &got); err != nil || !proto.Equal(&got, &tracepb.TracesData{ResourceSpans: spansOf()}) {
					t.Errorf("%v: %v", err, &got)
				}
				code := test.answers[min(tries, len(test.answers)-1)]
				tries++
				if test.after != "" {
					w.Header().Set("Retry-After", test.after)
				}
				w.WriteHeader(code)
			}))
			defer server.Close()
			c, err := newOTLP(server.Client(), func(name string) string { return strings.ReplaceAll(test.env[name], "BASE", server.URL) })
			if err != nil {
				t.Fatal(err)
			}
			var waits []time.Duration
			c.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
			err = c.UploadTraces(t.Context(), spansOf())
			if (err != nil) != test.fails || tries != test.tries || len(waits) != tries-1 {
				t.Errorf("%d tries, waits %v: %v", tries, waits, err)
			}
			if test.waits != nil && !slices.Equal(waits, test.waits) {
				t.Errorf("waits %v, want %v", waits, test.waits)
			}
		})
	}
}

func received(t *testing.T, r *http.Request) []byte {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return nil
		}
		body = z
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Error(err)
	}
	return data
}

// TestOTLPEnds: a batch is not waited for when the program ends.
func TestOTLPEnds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer server.Close()
	c, err := newOTLP(server.Client(), func(name string) string { return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL}[name] })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c.wait = func(ctx context.Context, _ time.Duration) error { cancel(); return pause(ctx, time.Hour) }
	if err := c.UploadTraces(ctx, spansOf()); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("it does not say why nothing was sent: %v", err)
	}
}

func TestOTLPHeaders(t *testing.T) {
	for _, test := range []struct {
		text string
		want map[string]string // nil for an error
	}{
		{"", map[string]string{}},
		{"api-key=a%20b%3D, X-Team = red ,", map[string]string{"Api-Key": "a b=", "X-Team": "red"}},
		{"a=b=c", map[string]string{"A": "b=c"}},
		{"SECRET", nil},
		{"a=%zzSECRET", nil},
	} {
		got, err := otlpHeaders(test.text)
		if err != nil && strings.Contains(err.Error(), "SECRET") || (err == nil) != (test.want != nil) || len(got) != len(test.want) {
			t.Errorf("%q: %v %v", test.text, got, err)
		}
		for name, value := range test.want {
			if got.Get(name) != value {
				t.Errorf("%q: %s is %q", test.text, name, got.Get(name))
			}
		}
	}
}

func TestWrap(t *testing.T) {
	before := otel.GetTracerProvider()
	defer otel.SetTracerProvider(before)
	seen := tracetest.NewInMemoryExporter()
	otel.SetTracerProvider(sdk.NewTracerProvider(sdk.WithSyncer(seen)))
	h := Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, end := Start(r.Context(), "inner", nil)
		end(nil)
		switch r.URL.Path {
		case "/none":
		case "/early":
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusTeapot)
		case "/late":
			_, _ = io.WriteString(w, "ok")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		case "/panics":
			panic("hostile")
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	for _, test := range []struct {
		path, status string // "" for no span
		bad          bool
	}{{"/none", "200", false}, {"/early", "418", false}, {"/late", "200", false}, {"/bad", "502", true}, {"/webhooks/SECRET", "", false}} {
		seen.Reset()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, test.path, nil))
		var status string
		inner, bad := false, false
		for _, s := range seen.GetSpans() {
			for _, a := range s.Attributes {
				if a.Key == "http.response.status_code" {
					status = a.Value.String()
				}
			}
			if s.Name == "inner" {
				inner = s.Parent.IsValid()
			}
			bad = bad || s.Status.Code == 1
		}
		if status != test.status || bad != test.bad || inner != (test.status != "") {
			t.Errorf("%s: status %q, an error %v, inner span below it %v", test.path, status, bad, inner)
		}
	}
	seen.Reset()
	func() {
		defer func() { _ = recover() }()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/panics", nil))
	}()
	if len(seen.GetSpans()) != 2 {
		t.Errorf("%d spans of a request that panics", len(seen.GetSpans()))
	}
}
