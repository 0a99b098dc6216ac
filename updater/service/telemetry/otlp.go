package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// An otlpClient sends spans with OTLP over HTTP and protobuf. It implements
// otlptrace.Client. OpenTelemetry's own client is not used because it links gRPC.
//
// See https://opentelemetry.io/docs/specs/otlp/#otlphttp
type otlpClient struct {
	http    *http.Client
	address string      // including the path
	header  http.Header // the operator's additional headers
	gzip    bool
	wait    func(ctx context.Context, d time.Duration) error
}

// newOTLP reads the environment variables of the specification for the endpoint,
// headers and compression. The sender reads the others.
func newOTLP(client *http.Client, getenv func(string) string) (*otlpClient, error) {
	setting := func(name string) string {
		if s := getenv("OTEL_EXPORTER_OTLP_TRACES_" + name); s != "" {
			return s
		}
		return getenv("OTEL_EXPORTER_OTLP_" + name)
	}
	address := getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") // used unchanged
	if address == "" {
		address = strings.TrimSuffix(getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), "/") + "/v1/traces"
	}
	header, err := otlpHeaders(setting("HEADERS"))
	if err != nil {
		return nil, err
	}
	return &otlpClient{http: client, address: address, header: header, gzip: setting("COMPRESSION") == "gzip", wait: pause}, nil
}

// otlpHeaders parses "key=value,other=value%20two".
func otlpHeaders(text string) (http.Header, error) {
	h := http.Header{}
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS is not like key=value,key=value") // without its text, which may contain a password
		}
		h.Add(strings.TrimSpace(name), value)
	}
	return h, nil
}

// Start implements otlptrace.Client: there is no connection to open.
func (c *otlpClient) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *otlpClient) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// Limits for one batch. Spans that cannot be sent within them are dropped.
const (
	otlpTries   = 6
	otlpWait    = 5 * time.Second // after the first failure, doubled each time
	otlpLongest = 30 * time.Second
	otlpAnswer  = 64 << 10 // bytes of an answer that are read to reuse the connection
)

// UploadTraces implements otlptrace.Client. It retries as far as the specification
// allows; receivers detect duplicates by the ids of spans.
func (c *otlpClient) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// TracesData has the same fields as ExportTraceServiceRequest, whose package links gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err == nil && c.gzip {
		body, err = zipped(body)
	}
	if err != nil {
		return fmt.Errorf("send traces: %w", err)
	}
	delay := otlpWait
	for try := 1; ; try++ {
		after, again, err := c.post(ctx, body)
		if err == nil || !again || try == otlpTries {
			return err
		}
		if after <= 0 {
			// At random, so that processes do not all retry at the same moment.
			after = delay/2 + rand.N(delay)
			delay = min(2*delay, otlpLongest)
		}
		if c.wait(ctx, min(after, otlpLongest)) != nil {
			return err
		}
	}
}

// post sends a batch once. again reports whether to retry, and after is the wait that
// the receiver requests, or 0.
func (c *otlpClient) post(ctx context.Context, body []byte) (after time.Duration, again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return 0, false, fmt.Errorf("send traces: the endpoint is no address") // without its text, which may contain a password
	}
	for name, values := range c.header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	if c.gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return 0, ctx.Err() == nil, fmt.Errorf("send traces: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()                          // only read
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, otlpAnswer)) // the content is not needed
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // a date gives 0, and then our own wait applies
		return time.Duration(max(0, min(seconds, 3600))) * time.Second, true, fmt.Errorf("send traces to %s: %s", r.URL.Host, answer.Status)
	}
	if answer.StatusCode/100 != 2 {
		return 0, false, fmt.Errorf("send traces to %s: %s", r.URL.Host, answer.Status)
	}
	return 0, false, nil
}

func zipped(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
